# SPDX-License-Identifier: MIT
"""What examples/torch/fashion.py changes of Debian's test changes no number. Run by test-compile."""

import sys
import tempfile
import unittest
from pathlib import Path

import torch
from torchvision import datasets, transforms

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples/torch"))
import fashion  # noqa: E402  # pylint: disable=wrong-import-position


class TestFashion(unittest.TestCase):
    def test_images_that_are_converted_together_are_the_same(self):
        with tempfile.TemporaryDirectory() as folder:
            fashion.unpack_data(Path(folder))
            data = datasets.FashionMNIST(f"{folder}/data", transform=transforms.Compose(
                [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]))
            wanted = torch.utils.data.DataLoader(data, batch_size=500)
            got = fashion.Together.loader(data, batch_size=500)
            self.assertEqual((len(got), len(got.dataset)), (len(wanted), 60000))
            for _, (x, y), (u, v) in zip(range(2), wanted, got):
                self.assertTrue(torch.equal(x, u) and x.dtype == u.dtype)
                self.assertTrue(torch.equal(y, v) and y.dtype == v.dtype)


if __name__ == "__main__":
    unittest.main()
