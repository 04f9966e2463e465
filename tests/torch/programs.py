#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two programs on the card that IPU_DEVICE names, or the first one: PopTorch's, and compile_step().
Prints lines of TAP; see test-programs."""

import os
import sys
import traceback

os.environ.setdefault("USER", "nobody")  # which PyTorch's compiler asks for
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torch import nn  # noqa: E402

import poptorch  # noqa: E402
import torch_ipu_compile  # noqa: E402


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.out = nn.Conv2d(1, 4, 3), nn.Linear(4 * 36, 3)

    def forward(self, x, labels=None):
        x = self.out(F.relu(self.conv(x)).flatten(1))
        return x if labels is None else (x, F.cross_entropy(x, labels))


def data(count=48):
    """Three kinds of pictures, with noise."""
    generator = torch.Generator().manual_seed(1)
    kinds = torch.randn(3, 1, 8, 8, generator=generator)
    labels = torch.arange(count) % 3
    return torch.utils.data.TensorDataset(
        kinds[labels] + torch.randn(count, 1, 8, 8, generator=generator) / 4, labels)


def poptorch_program():
    options = poptorch.Options().deviceIterations(3)
    loader = poptorch.DataLoader(options, data(), batch_size=8)
    model = Model()
    training = poptorch.trainingModel(
        model, options, poptorch.optim.Adam(model.parameters(), lr=0.02))
    losses = [training(*batch)[1].item() for _ in range(3) for batch in loader]
    assert losses[-1] < losses[0] / 2, losses
    inference = poptorch.inferenceModel(model.eval(), options)
    right = [inference(images).argmax(1) == labels for images, labels in loader]
    assert torch.cat(right).float().mean() > 0.9
    assert poptorch.ipuHardwareIsAvailable() or "sim" in os.environ.get("IPU_DEVICE", "")


def compiled_program():
    model = Model()
    step = torch_ipu_compile.compile_step(
        model, F.cross_entropy, torch.optim.SGD(model.parameters(), lr=0.1), steps=2)
    images, labels = data(32).tensors
    losses = [step(images, labels) for _ in range(6)]
    assert losses[-1][-1] < losses[0][0] / 2, losses
    step.sync()
    assert F.cross_entropy(model(images), labels) < losses[0][0]


def main():
    failed = False
    for number, program in enumerate((poptorch_program, compiled_program), 1):
        torch.manual_seed(1)
        try:
            program()
            print(f"ok {number} - {program.__name__}", flush=True)
        except Exception:  # pylint: disable=broad-exception-caught
            failed = True
            print(f"not ok {number} - {program.__name__}", flush=True)
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
