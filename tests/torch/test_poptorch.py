# SPDX-License-Identifier: MIT
"""PopTorch's interface beside PyTorch on the CPU. Run by tests/torch/compile."""

import contextlib
import copy
import io
import unittest

import torch
from torch import nn

import poptorch

torch._C._set_mkldnn_enabled(False)


class Model(nn.Module):
    """As Graphcore's tutorials have it: with labels it also returns the loss."""

    def __init__(self):
        super().__init__()
        self.conv, self.fc = nn.Conv2d(1, 4, 3), nn.Linear(4 * 36, 10)
        self.loss = nn.CrossEntropyLoss()

    def forward(self, x, labels=None):
        with poptorch.Block("first"):
            x = torch.relu(self.conv(x))
        x = self.fc(x.flatten(1))
        if labels is None:
            return x.argmax(1)
        return x, self.loss(x, labels)


class TestPopTorch(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(1)
        self.model = Model()
        self.other = copy.deepcopy(self.model)
        self.data = torch.utils.data.TensorDataset(torch.randn(70, 1, 8, 8),
                                                   torch.randint(0, 10, (70,)))

    def test_training_and_inference(self):
        options = poptorch.Options().deviceIterations(2).replicationFactor(1)
        options.Training.gradientAccumulation(2)
        loader = poptorch.DataLoader(options, self.data, batch_size=8)
        training = poptorch.trainingModel(
            self.model, options, poptorch.optim.AdamW(self.model.parameters(), lr=1e-2))
        optimizer = torch.optim.AdamW(self.other.parameters(), lr=1e-2)
        self.assertEqual(len(loader), 2)
        for images, labels in loader:
            output, loss = training(images, labels)
            for step in range(2):
                optimizer.zero_grad()
                for part in range(2):
                    place = slice(16 * step + 8 * part, 16 * step + 8 * part + 8)
                    wanted, other_loss = self.other(images[place], labels[place])
                    (other_loss / 2).backward()
                optimizer.step()
            torch.testing.assert_close(output, wanted.detach(), rtol=1e-4, atol=1e-4)
            torch.testing.assert_close(loss, other_loss.detach(), rtol=1e-4, atol=1e-4)
        options = poptorch.Options().deviceIterations(2)
        inference = poptorch.inferenceModel(self.model.eval(), options)
        self.assertTrue(torch.equal(inference(images), self.other.eval()(images)))
        self.assertGreater(inference.cycleCount(), 0)
        torch.testing.assert_close(training.state_dict()["fc.weight"], self.other.fc.weight.detach(),
                                   rtol=1e-3, atol=1e-4)

    def test_output_modes(self):
        x = torch.randn(8, 3)
        layer = nn.Linear(3, 2)
        wanted = layer(x).detach()
        for mode, every, part in (("All", None, wanted), ("Final", None, wanted[6:]),
                                  ("EveryN", 2, wanted.view(4, 2, 2)[1::2].flatten(0, 1)),
                                  ("Sum", None, wanted.view(4, 2, 2).sum(0))):
            options = poptorch.Options().deviceIterations(4)
            options.outputMode(getattr(poptorch.OutputMode, mode), every)
            got = poptorch.inferenceModel(layer, options)(x)
            torch.testing.assert_close(got, part, rtol=1e-5, atol=1e-5, msg=mode)

    def test_another_rate(self):
        model = nn.Sequential(nn.Linear(3, 1))

        class Loss(nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, x):
                return poptorch.identity_loss(self.model(x), reduction="mean")

        training = poptorch.trainingModel(Loss(), None, poptorch.optim.SGD(model.parameters(), 0.0))
        x = torch.randn(4, 3)
        first = training(x)
        self.assertEqual(training(x), first)
        training.setOptimizer(poptorch.optim.SGD(model.parameters(), lr=0.1))
        training(x)
        self.assertLess(training(x).item(), first.item())

    def test_print_tensor(self):
        layer = nn.Linear(2, 2)

        class Printing(nn.Module):
            def __init__(self):
                super().__init__()
                self.layer = layer

            def forward(self, x):
                return poptorch.ipu_print_tensor(self.layer(x), "hidden") + 1

        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            poptorch.inferenceModel(Printing())(torch.ones(1, 2))
        self.assertIn("hidden: tensor(", text.getvalue())

    def test_what_is_not_there_says_so(self):
        for call in (lambda: poptorch.custom_op([], "x", "y", 1), lambda: poptorch.Options().foo(1),
                     lambda: poptorch.optim.LAMB([]),
                     lambda: poptorch.optim.SGD(self.model.parameters(), lr=1, velocity_scaling=8)):
            with self.assertRaisesRegex(NotImplementedError, "is not there on this card"):
                call()

    def test_a_model_without_a_loss_is_told(self):
        training = poptorch.trainingModel(nn.Linear(3, 2))
        with self.assertRaisesRegex(ValueError, "identity_loss"):
            training(torch.randn(4, 3))


if __name__ == "__main__":
    unittest.main()
