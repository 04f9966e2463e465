# SPDX-License-Identifier: MIT
"""torch.autocast, and GradScaler."""

import copy
import unittest

import torch
import torch.nn.functional as F
from torch import nn

from eager import DEVICE, Case

HALVES = (torch.float16, torch.bfloat16)


class Autocast(Case):
    def test_types(self):
        """Those that PyTorch lists: products in half precision, softmax and losses in float32."""
        x, w = torch.randn(4, 8, device=DEVICE), torch.randn(5, 8, device=DEVICE)
        y = torch.tensor([0, 1, 2, 3], device=DEVICE)
        for name in ("ipu", "xipu"):
            for half in HALVES:
                with torch.autocast(name, dtype=half):
                    out = F.linear(x, w)
                    self.assertEqual(out.dtype, half)
                    self.assertEqual((x @ w.t()).dtype, half)
                    self.assertEqual(F.relu(out).dtype, half)
                    self.assertEqual(F.softmax(out, 1).dtype, torch.float32)
                    self.assertEqual(F.cross_entropy(out, y).dtype, torch.float32)
                    self.assertEqual(F.layer_norm(out, (5,)).dtype, torch.float32)
                    self.assertEqual((out + x[:, :5]).dtype, torch.float32)
                    self.assertEqual(torch.cat([out, x], 1).dtype, torch.float32)
                    with torch.autocast(name, enabled=False):
                        self.assertEqual(F.linear(x, w).dtype, torch.float32)
                self.assertEqual(F.linear(x, w).dtype, torch.float32)

    def test_as_listed_for_cuda(self):
        """One operation of each list that both have, with the type that the list says."""
        a = torch.randn(4, 4, device=DEVICE)
        image, kernel = torch.randn(1, 2, 6, 6, device=DEVICE), torch.randn(3, 2, 3, 3, device=DEVICE)
        with torch.autocast(DEVICE):
            for lower in (a.mm(a), torch.bmm(a[None], a[None]), torch.addmm(a, a, a),
                          F.conv2d(image, kernel), a.matmul(a),
                          F.scaled_dot_product_attention(a[None], a[None], a[None])):
                self.assertEqual(lower.dtype, torch.float16)
            h = a.half()
            for single in (h.exp(), h.abs().log(), h.square().sum(), F.mse_loss(h, h), h.pow(2),
                           h.abs().rsqrt(), F.log_softmax(h, 1), h.norm()):
                self.assertEqual(single.dtype, torch.float32)
        self.assertEqual(torch.get_autocast_dtype("xipu"), torch.float16)

    def test_gradients_are_float32(self):
        model = nn.Linear(8, 4).to(DEVICE)
        with torch.autocast(DEVICE):
            loss = model(torch.randn(3, 8, device=DEVICE)).square().mean()
        loss.backward()
        self.assertEqual(model.weight.grad.dtype, torch.float32)

    def test_scaler(self):
        torch.ipu.set_strict(False)  # it computes 1 / scale in float64
        model = nn.Linear(4, 2).to(DEVICE)
        step = torch.optim.SGD(model.parameters(), 0.1)
        scaler = torch.amp.GradScaler("xipu", init_scale=1024.0, growth_interval=2)
        before = model.weight.detach().cpu().clone()
        scaler.scale(model(torch.ones(1, 4, device=DEVICE)).sum()).backward()
        self.assertEqual(model.bias.grad.tolist(), [1024.0] * 2)
        scaler.unscale_(step)
        self.assertEqual(model.bias.grad.tolist(), [1.0] * 2)
        scaler.step(step)
        scaler.update()
        self.assertSame(model.weight.detach().cpu(), before - 0.1, 1e-6)
        # A gradient that is not finite: the step is left out, and the scale halved.
        before = model.weight.detach().cpu().clone()
        step.zero_grad()
        scaler.scale(model(torch.full((1, 4), torch.inf, device=DEVICE)).sum()).backward()
        scaler.step(step)
        scaler.update()
        self.assertEqual(scaler.get_scale(), 512.0)
        self.assertSame(model.weight.detach().cpu(), before, 0)
        for _ in range(2):
            step.zero_grad()
            scaler.scale(model(torch.ones(1, 4, device=DEVICE)).sum()).backward()
            scaler.step(step)
            scaler.update()
        self.assertEqual(scaler.get_scale(), 1024.0)

    def test_training(self):
        """A convolutional network in half precision follows the one in float32."""
        torch.manual_seed(3)
        torch.ipu.set_strict(False)
        torch.ipu.reset_fallbacks()
        model = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(),
                              nn.Linear(6 * 9, 10))
        x, y = torch.randn(16, 1, 8, 8), torch.randint(0, 10, (16,))
        wanted = self.losses(copy.deepcopy(model), x, y, None)
        for half in HALVES:
            got = self.losses(copy.deepcopy(model).to(DEVICE), x.to(DEVICE), y.to(DEVICE), half)
            for w, g in zip(wanted, got):
                self.assertAlmostEqual(w, g, delta=0.02 if half == torch.float16 else 0.1)
            self.assertLess(got[-1], got[0] * 0.7)
        # That of the scaler, of one number.
        self.assertLessEqual(set(torch.ipu.fallbacks()), {"aten::copy_", "aten::reciprocal.out"})

    @staticmethod
    def losses(model, x, y, half):
        step = torch.optim.SGD(model.parameters(), 0.2, momentum=0.9)
        scaler = torch.amp.GradScaler("xipu", enabled=half == torch.float16)
        losses = []
        for _ in range(12):
            step.zero_grad()
            with torch.autocast(DEVICE, dtype=half, enabled=half is not None):
                loss = F.cross_entropy(model(x), y)
            scaler.scale(loss).backward()
            scaler.step(step)
            scaler.update()
            losses.append(loss.item())
        return losses


if __name__ == "__main__":
    unittest.main()
