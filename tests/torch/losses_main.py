# SPDX-License-Identifier: MIT
"""Five small trainings: the losses of 50 steps, eager and compiled, are those of the CPU's, as TAP.

usage: losses_main.py STEPS, on the device that IPU_DEVICE names
"""

import copy
import os
import sys
import unittest

import torch
import torch.nn.functional as F
from torch import nn

import tap
import torch_ipu_compile
from test_eager_training import Block, Recurrent, Residual

STEPS = 50
torch.backends.mkldnn.set_flags(False)  # see eager.py


class Mnist(nn.Module):
    """Debian's train-mnist.py, narrower, and for images of 12 by 12."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 4, 3), nn.Conv2d(4, 8, 3)
        self.fc1, self.fc2 = nn.Linear(8 * 16, 16), nn.Linear(16, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        return F.log_softmax(self.fc2(F.relu(self.fc1(x.flatten(1)))), 1)


def images(*shape, classes=10):
    return lambda: (torch.randn(shape), torch.randint(0, classes, shape[:1]))


def words():
    text = torch.randint(0, 50, (2, 13))
    return text[:, :-1], text[:, 1:].flatten()


def mlp():
    return nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 10))


# model, loss, optimiser, batch, and whether it has a schedule and clipping
TRAININGS = {
    "mlp_sgd": (mlp, F.cross_entropy, lambda p: torch.optim.SGD(p, 0.05, 0.9), images(16, 20), False),
    "cnn_adam": (Residual, F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-3),
                 images(4, 3, 8, 8), False),
    "lstm_rmsprop": (Recurrent, F.cross_entropy, lambda p: torch.optim.RMSprop(p, 1e-3),
                     images(4, 5, 6, classes=3), False),
    "transformer_adamw": (lambda: Block(16, 2), F.cross_entropy, lambda p: torch.optim.AdamW(p, 1e-3), words, False),
    "mnist_adadelta": (Mnist, F.nll_loss, lambda p: torch.optim.Adadelta(p, 0.5),
                       images(8, 1, 12, 12), True),
}


def train(model, loss, optimiser, batches, device, extras):
    model = model.to(device)
    step = optimiser(model.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(step, 10, 0.7)
    losses = []
    for i in range(STEPS):
        x, y = batches[i % len(batches)]
        step.zero_grad()
        value = loss(model(x.to(device)), y.to(device))
        value.backward()
        if extras:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        step.step()
        if extras:
            schedule.step()
        losses.append(value.detach())
    return [value.item() for value in losses]


def train_compiled(model, loss, optimiser, batches, extras):
    step = optimiser(model.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(step, 10, 0.7)
    run = torch_ipu_compile.compile_step(model, loss, step, clip_grad_norm=1.0 if extras else None)
    losses = []
    for i in range(STEPS):
        losses.append(run(*batches[i % len(batches)]).item())
        if extras:
            schedule.step()
    return losses


class Losses(unittest.TestCase):
    """One test for each, eager and compiled."""

    def check(self, name, compiled):
        torch.manual_seed(3)
        make, loss, optimiser, batch, extras = TRAININGS[name]
        model, batches = make(), [batch() for _ in range(4)]
        wanted = train(copy.deepcopy(model), loss, optimiser, batches, "cpu", extras)
        if compiled:
            got = train_compiled(model, loss, optimiser, batches, extras)
        else:
            got = train(model, loss, optimiser, batches, "ipu", extras)
        worst = max(abs(a - b) for a, b in zip(got, wanted))
        print(f"# {name}: {wanted[0]:.4f} to {wanted[-1]:.4f}, at most {worst:.1e} apart")
        self.assertLess(wanted[-1], wanted[0])
        self.assertLess(worst, 1e-3, list(zip(got, wanted)))


def add(name, compiled):
    def test(self):
        torch.ipu.set_strict(not compiled)
        self.addCleanup(torch.ipu.set_strict, False)
        self.check(name, compiled)

    setattr(Losses, f"test_{name}_{'compiled' if compiled else 'eager'}", test)


for each in TRAININGS:
    add(each, False)
    add(each, True)

if __name__ == "__main__":
    STEPS = int(sys.argv[1])
    torch_ipu_compile.configure(os.environ.get("IPU_DEVICE"))
    sys.exit(tap.run(unittest.defaultTestLoader.loadTestsFromTestCase(Losses)))
