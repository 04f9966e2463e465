# SPDX-License-Identifier: MIT
"""Small networks that are trained on the eager device, with no operation on the CPU."""

import io
import unittest

import torch
import torch.nn.functional as F
from torch import nn

from eager import DEVICE, Case


def labelled(batch, *shape, classes=10):
    def data(i):
        generator = torch.Generator().manual_seed(i % 4)
        x = torch.randn(batch, *shape, generator=generator)
        return x, torch.randint(0, classes, (batch,), generator=generator)

    return data


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.second = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.last = nn.Linear(8 * 16, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.first(x)))
        x = F.max_pool2d(x + F.relu(self.second(x)), 2)
        return self.last(x.flatten(1))


class Block(nn.Module):
    """A transformer with one block, as GPT has them."""

    def __init__(self, width=32, heads=4, words=50, length=12):
        super().__init__()
        self.heads = heads
        self.words = nn.Embedding(words, width)
        self.places = nn.Embedding(length, width)
        self.before = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.out = nn.Linear(width, width)
        self.between = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.head = nn.Linear(width, words, bias=False)

    def forward(self, index):
        n, t = index.shape
        x = self.words(index) + self.places(torch.arange(t, device=index.device))
        q, k, v = (
            part.view(n, t, self.heads, -1).transpose(1, 2)
            for part in self.qkv(self.before(x)).split(x.shape[-1], 2)
        )
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(y.transpose(1, 2).reshape(n, t, -1))
        x = x + self.down(F.gelu(self.up(self.between(x))))
        return self.head(x).flatten(0, 1)


class Recurrent(nn.Module):
    def __init__(self, kind=nn.LSTM, **options):
        super().__init__()
        self.cells = kind(6, 16, batch_first=True, **options)
        self.last = nn.Linear(16, 3)

    def forward(self, x):
        return self.last(self.cells(x)[0][:, -1])


class Detector(nn.Module):
    """What larger networks of images are made of."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect")
        self.norm = nn.GroupNorm(2, 8)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.other = nn.InstanceNorm2d(8, affine=True)
        self.last = nn.Conv2d(8, 10, 1)

    def forward(self, x):
        x = F.silu(self.norm(self.first(x)))
        y = F.hardswish(self.other(self.second(F.avg_pool2d(x, 3, 2, 1))))
        x = F.mish(x + F.interpolate(y, x.shape[-2:], mode="bilinear"))
        return F.adaptive_avg_pool2d(F.softplus(self.last(x)), 1).flatten(1)


class Training(Case):
    def test_mlp(self):
        model = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 10))
        for optimizer in (
            lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, weight_decay=1e-3),
            lambda p: torch.optim.Adam(p, 1e-2),
            lambda p: torch.optim.AdamW(p, 1e-2, foreach=False),
            lambda p: torch.optim.Adam(p, 1e-2, weight_decay=1e-2, fused=True),
            lambda p: torch.optim.AdamW(p, 1e-2, fused=True, maximize=False),
            lambda p: torch.optim.Adadelta(p),
            lambda p: torch.optim.RMSprop(p, 1e-2),
        ):
            self.train(model, F.cross_entropy, labelled(16, 20), optimizer, steps=12)

    def test_cnn(self):
        self.train(
            Residual(), F.cross_entropy, labelled(8, 3, 8, 8), lambda p: torch.optim.Adam(p, 1e-2)
        )

    def test_detector(self):
        self.train(
            Detector(),
            lambda x, y: F.smooth_l1_loss(x, F.one_hot(y, 10).float()),
            labelled(4, 3, 10, 10),
            lambda p: torch.optim.AdamW(p, 1e-2, fused=True),
            steps=6,
        )

    def test_transformer(self):
        def data(i):
            generator = torch.Generator().manual_seed(i % 2)
            x = torch.randint(0, 50, (4, 13), generator=generator)
            return x[:, :-1], x[:, 1:].flatten()

        self.train(Block(), F.cross_entropy, data, lambda p: torch.optim.AdamW(p, 1e-2), steps=8)

    def test_lstm(self):
        self.train(
            Recurrent(),
            F.cross_entropy,
            labelled(8, 5, 6, classes=3),
            lambda p: torch.optim.Adam(p, 1e-2),
        )

    def test_gru(self):
        for bias in (True, False):
            self.train(
                Recurrent(nn.GRU, num_layers=2, bias=bias),
                F.cross_entropy,
                labelled(8, 5, 6, classes=3),
                lambda p: torch.optim.Adam(p, 1e-2),
            )

    def test_clipping_and_schedule(self):
        model = nn.Linear(8, 4).to(DEVICE)
        step = torch.optim.SGD(model.parameters(), 0.1)
        schedule = torch.optim.lr_scheduler.StepLR(step, 1, 0.5)
        for _ in range(3):
            model(torch.randn(5, 8, device=DEVICE)).square().sum().backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            self.assertGreater(norm.item(), 0.5)
            whole = torch.cat([p.grad.flatten() for p in model.parameters()]).norm().item()
            self.assertAlmostEqual(whole, 0.5, delta=1e-4)
            step.step()
            schedule.step()
            step.zero_grad()

    def test_save_and_load(self):
        model = nn.Linear(8, 4).to(DEVICE)
        file = io.BytesIO()
        torch.save(model.state_dict(), file)
        file.seek(0)
        other = nn.Linear(8, 4)
        other.load_state_dict(torch.load(file, map_location="cpu"))
        file.seek(0)
        again = torch.load(file)
        self.assertSame(model.weight.cpu(), other.weight, 0)
        self.assertEqual(again["weight"].device, model.weight.device)

    def test_pinned_loader(self):
        data = torch.utils.data.TensorDataset(torch.randn(10, 3), torch.arange(10))
        loader = torch.utils.data.DataLoader(data, 4, pin_memory=True, pin_memory_device="xipu")
        seen = []
        for x, y in loader:
            self.assertTrue(x.is_pinned("xipu"))
            seen += y.to(DEVICE, non_blocking=True).tolist()
        self.assertEqual(seen, list(range(10)))

    def test_memory_is_given_back(self):
        def step():
            a = torch.randn(100, 100, device=DEVICE)
            (a @ a).sum().item()

        step()
        before = torch.ipu.memory_allocated()
        for _ in range(100):
            step()
        self.assertEqual(torch.ipu.memory_allocated(), before)


if __name__ == "__main__":
    unittest.main()
