# SPDX-License-Identifier: MIT
"""What the tests of the eager device share: results beside those of the CPU."""

import copy
import unittest

import torch

DEVICE = "ipu"
# oneDNN's gradients of convolutions are wrong on some processors: they cannot be what is compared with.
torch.backends.mkldnn.set_flags(False)

TOLERANCE = {torch.float32: 1e-5, torch.float16: 2e-3, torch.bfloat16: 2e-2}


def moved(value, device):
    """Tensors in lists, tuples and dictionaries, on another device."""
    if isinstance(value, torch.Tensor):
        result = value.detach().to(device)
        return result.requires_grad_(value.requires_grad)
    if isinstance(value, (list, tuple)):
        return type(value)(moved(v, device) for v in value)
    if isinstance(value, dict):
        return {k: moved(v, device) for k, v in value.items()}
    return value


class Case(unittest.TestCase):
    """In strict mode: nothing runs on the CPU."""

    def setUp(self):
        torch.manual_seed(1)
        torch.ipu.set_strict(True)
        self.addCleanup(torch.ipu.set_strict, False)

    def assertSame(self, got, wanted, tolerance=None):
        if isinstance(wanted, (list, tuple)):
            self.assertEqual(len(got), len(wanted))
            for g, w in zip(got, wanted):
                self.assertSame(g, w, tolerance)
            return
        if not isinstance(wanted, torch.Tensor):
            self.assertEqual(got, wanted)
            return
        self.assertEqual(got.dtype, wanted.dtype)
        self.assertEqual(got.shape, wanted.shape)
        if tolerance is None:
            tolerance = TOLERANCE.get(wanted.dtype, 0)
        torch.testing.assert_close(
            got.detach().cpu(), wanted.detach(), rtol=tolerance, atol=tolerance, equal_nan=True
        )

    def check(self, function, *args, tolerance=None):
        """A function gives the same on the device as on the CPU, and so do its gradients."""
        wanted = function(*args)
        there = [moved(a, DEVICE) for a in args]
        got = function(*there)
        self.assertSame(got, wanted, tolerance)
        if not (isinstance(wanted, torch.Tensor) and wanted.requires_grad):
            return got
        grad = torch.randn(wanted.shape).to(wanted.dtype)
        wanted.backward(grad)
        got.backward(grad.to(DEVICE))
        for a, b in zip(there, args):
            if isinstance(b, torch.Tensor) and b.grad is not None:
                self.assertSame(a.grad, b.grad, (tolerance or TOLERANCE[b.dtype]) * 4)
                a.grad = b.grad = None
        return got

    def train(self, model, loss, data, optimizer, steps=10, tolerance=1e-3):
        """The losses of a training are those of the CPU's."""
        losses = []
        for device in ("cpu", DEVICE):
            net = copy.deepcopy(model).to(device)
            step = optimizer(net.parameters())
            row = []
            for i in range(steps):
                x, y = data(i)
                step.zero_grad()
                value = loss(net(x.to(device)), y.to(device))
                value.backward()
                step.step()
                row.append(value.item())
            losses.append(row)
        for i, (wanted, got) in enumerate(zip(*losses)):
            self.assertAlmostEqual(
                got, wanted, delta=tolerance * max(1, abs(wanted)), msg=f"step {i}: {losses}"
            )
        self.assertLess(losses[1][-1], losses[1][0])
