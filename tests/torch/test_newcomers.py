# SPDX-License-Identifier: MIT
"""What people try first: networks in the style of torchvision's, layers of torch.nn, losses,
optimisers and loops of training, compiled, beside PyTorch on the CPU, with nothing done by it.

Run by tests/torch/test-compile, on the card that IPU_DEVICE names.
"""

import copy
import os
import tempfile
import unittest

import torch
import torch.nn.functional as F
from torch import nn

import torch_ipu_compile as ipu
from test_compile import Case
from torch_ipu_compile._rnn import LstmLayer

torch._C._set_mkldnn_enabled(False)


def setUpModule():
    ipu.configure(os.environ.get("IPU_DEVICE"))


# ---- Networks -----------------------------------------------------------------------------------


def conv(i, o, kernel=3, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(i, o, kernel, stride, kernel // 2, groups=groups, bias=False),
                         nn.BatchNorm2d(o), nn.ReLU6(inplace=True))


class Bottleneck(nn.Module):
    """Of ResNet-50."""

    def __init__(self, i, middle, o, stride):
        super().__init__()
        self.body = nn.Sequential(conv(i, middle, 1), conv(middle, middle, 3, stride),
                                  nn.Conv2d(middle, o, 1, bias=False), nn.BatchNorm2d(o))
        self.short = nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))

    def forward(self, x):
        return F.relu(self.body(x) + self.short(x))


class Inverted(nn.Module):
    """Of MobileNet."""

    def __init__(self, i, o):
        super().__init__()
        self.body = nn.Sequential(conv(i, 4 * i, 1), conv(4 * i, 4 * i, groups=4 * i),
                                  nn.Conv2d(4 * i, o, 1, bias=False), nn.BatchNorm2d(o))
        self.add = i == o

    def forward(self, x):
        return x + self.body(x) if self.add else self.body(x)


class Squeeze(nn.Module):
    """Of EfficientNet: channels are weighted by what all of the image has."""

    def __init__(self, channels):
        super().__init__()
        self.down, self.up = nn.Conv2d(channels, 4, 1), nn.Conv2d(4, channels, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.up(F.silu(self.down(F.adaptive_avg_pool2d(x, 1)))))


class Dense(nn.Module):
    """Of DenseNet: what each layer makes is put beside what it got."""

    def __init__(self, channels):
        super().__init__()
        self.layers = nn.ModuleList(conv(channels + 4 * i, 4) for i in range(3))

    def forward(self, x):
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return F.avg_pool2d(x, 2)


class Inception(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one, self.three = conv(channels, 4, 1), conv(channels, 6)
        self.pool = nn.Sequential(nn.MaxPool2d(3, 1, 1), conv(channels, 4, 1))
        self.mean = nn.Sequential(nn.AvgPool2d(3, 1, 1), conv(channels, 4, 1))

    def forward(self, x):
        return torch.cat([self.one(x), self.three(x), self.pool(x), self.mean(x)], 1)


class Unet(nn.Module):
    """An image to an image."""

    def __init__(self, up):
        super().__init__()
        self.down, self.middle, self.up, self.out = conv(3, 8), conv(8, 16), up, conv(16, 4)

    def forward(self, x):
        skip = self.down(x)
        x = self.middle(F.max_pool2d(skip, 2))
        return self.out(torch.cat([self.up(x), skip], 1))


class Vit(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.patch = nn.Conv2d(3, width, 4, 4)
        self.token = nn.Parameter(torch.zeros(1, 1, width))
        self.places = nn.Parameter(torch.randn(1, 17, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 4, 64, 0.0, "gelu", batch_first=True,
                                           norm_first=True)
        self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], 1) + self.places
        return self.head(self.layers(x)[:, 0])


class ConvNext(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.stem, self.deep = nn.Conv2d(3, width, 4, 4), nn.Conv2d(width, width, 7, 1, 3,
                                                                     groups=width)
        self.norm, self.scale = nn.LayerNorm(width), nn.Parameter(torch.full((width,), 1e-1))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        x = self.stem(x)
        y = self.norm(self.deep(x).permute(0, 2, 3, 1))
        return x + (self.scale * self.down(F.gelu(self.up(y)))).permute(0, 3, 1, 2)


class Attention(nn.Module):
    """Queries of one sequence see another one, or themselves up to their place."""

    def __init__(self, causal):
        super().__init__()
        self.attention, self.causal = nn.MultiheadAttention(16, 4, batch_first=True), causal

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if self.causal else None
        return self.attention(x, x.flip(1) if not self.causal else x, x, attn_mask=mask,
                              need_weights=False)[0]


class Translator(nn.Module):
    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(20, 16, padding_idx=0)
        self.body = nn.Transformer(16, 2, 1, 1, 32, 0.0, batch_first=True)
        self.out = nn.Linear(16, 20)

    def forward(self, x):
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        return self.out(self.body(self.words(x), self.words(x.flip(1)), tgt_mask=mask))


class Recurrent(nn.Module):
    """All that a recurrent layer gives."""

    def __init__(self, layer, *args, **how):
        super().__init__()
        self.layer = layer(*args, **how)

    def forward(self, x):
        out, state = self.layer(x)
        state = state if isinstance(state, tuple) else (state,)
        return torch.cat([out.flatten(), *(s.flatten() for s in state)])


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(6, 8)
        self.h, self.c = (nn.Parameter(torch.randn(1, 3, 8)) for _ in range(2))

    def forward(self, x):
        out, (h, _) = self.lstm(x, (self.h, self.c))
        return out.sum(0) * h[0]


class Cells(nn.Module):
    """A loop of one's own."""

    def __init__(self):
        super().__init__()
        self.one, self.two = nn.LSTMCell(6, 8), nn.GRUCell(8, 8)

    def forward(self, x):
        h, c, g = (x.new_zeros(x.shape[1], 8) for _ in range(3))
        for step in x:
            h, c = self.one(step, (h, c))
            g = self.two(h, g)
        return g


class Autoencoder(nn.Module):
    """Variational: random numbers within, and two losses."""

    def __init__(self):
        super().__init__()
        self.mean, self.spread, self.out = nn.Linear(12, 4), nn.Linear(12, 4), nn.Linear(4, 12)

    def forward(self, x):
        mean, spread = self.mean(x), self.spread(x)
        sample = mean + torch.exp(0.5 * spread) * 0.1
        return self.out(sample), -0.5 * (1 + spread - mean.pow(2) - spread.exp()).sum(1).mean()


def image(*shape):
    return lambda: torch.randn(*shape)


SMALL = image(2, 3, 16, 16)

#: name: (network, what it is given)
NETWORKS = {
    "alexnet": (lambda: nn.Sequential(
        nn.Conv2d(3, 8, 5, 2, 2), nn.ReLU(True), nn.MaxPool2d(3, 2), nn.AdaptiveAvgPool2d((2, 2)),
        nn.Flatten(), nn.Dropout(0.0), nn.Linear(32, 10)), SMALL),
    "vgg": (lambda: nn.Sequential(conv(3, 8), nn.MaxPool2d(2, 2), conv(8, 16), nn.MaxPool2d(2, 2),
                                  nn.AdaptiveAvgPool2d((7, 7)), nn.Flatten(),
                                  nn.Linear(16 * 49, 10)), SMALL),
    "resnet": (lambda: nn.Sequential(
        nn.Conv2d(3, 8, 7, 2, 3, bias=False), nn.BatchNorm2d(8), nn.ReLU(True),
        nn.MaxPool2d(3, 2, 1), Bottleneck(8, 4, 16, 1), Bottleneck(16, 8, 32, 2),
        nn.AdaptiveAvgPool2d((1, 1)), nn.Flatten(), nn.Linear(32, 10)), SMALL),
    "mobilenet": (lambda: nn.Sequential(conv(3, 8, 3, 2), Inverted(8, 8), Inverted(8, 12)), SMALL),
    "mobilenet v3": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3, 2, 1), nn.Hardswish(), Squeeze(8),
                                           nn.Hardsigmoid()), SMALL),
    "squeezenet": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3, 2), nn.ReLU(True),
                                         nn.MaxPool2d(3, 2, ceil_mode=True)), SMALL),
    "densenet": (lambda: nn.Sequential(Dense(3), nn.BatchNorm2d(15), nn.ReLU()), SMALL),
    "inception": (lambda: Inception(3), SMALL),
    "shufflenet": (lambda: nn.Sequential(nn.Conv2d(3, 8, 1), nn.ChannelShuffle(2),
                                         nn.Conv2d(8, 8, 3, 1, 1, groups=2)), SMALL),
    "unet": (lambda: Unet(nn.ConvTranspose2d(16, 8, 2, 2)), SMALL),
    "unet nearest": (lambda: Unet(nn.Sequential(nn.Upsample(scale_factor=2),
                                                nn.Conv2d(16, 8, 1))), SMALL),
    "unet bilinear": (lambda: Unet(nn.Sequential(
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True), nn.Conv2d(16, 8, 1))),
        SMALL),
    "super resolution": (lambda: nn.Sequential(nn.Conv2d(3, 12, 3, 1, 1), nn.PixelShuffle(2)),
                         SMALL),
    "vit": (Vit, SMALL),
    "convnext": (ConvNext, SMALL),
    "generator": (lambda: nn.Sequential(
        nn.ConvTranspose2d(8, 8, 4, 1, 0), nn.BatchNorm2d(8), nn.ReLU(True),
        nn.ConvTranspose2d(8, 3, 4, 2, 1), nn.Tanh()), image(2, 8, 1, 1)),
    "discriminator": (lambda: nn.Sequential(
        nn.Conv2d(3, 8, 4, 2, 1), nn.LeakyReLU(0.2, True), nn.InstanceNorm2d(8, affine=True),
        nn.Conv2d(8, 1, 8), nn.Sigmoid()), SMALL),
    "group norm": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.GroupNorm(2, 8), nn.SiLU()), SMALL),
    "sound": (lambda: nn.Sequential(nn.Conv1d(2, 8, 5, 2, 2), nn.BatchNorm1d(8), nn.PReLU(),
                                    nn.MaxPool1d(2), nn.AdaptiveAvgPool1d(1)), image(2, 2, 32)),
    "attention": (lambda: Attention(False), image(2, 6, 16)),
    "causal attention": (lambda: Attention(True), image(2, 6, 16)),
    "encoder": (lambda: nn.TransformerEncoderLayer(16, 4, 32, 0.0, batch_first=True),
                image(2, 6, 16)),
    "translator": (Translator, lambda: torch.randint(1, 20, (2, 6))),
    "gru": (lambda: Recurrent(nn.GRU, 6, 8), image(5, 3, 6)),
    "gru both ways": (lambda: Recurrent(nn.GRU, 6, 8, 2, batch_first=True, bidirectional=True),
                      image(3, 5, 6)),
    "lstm": (lambda: Recurrent(nn.LSTM, 6, 8), image(5, 3, 6)),
    "lstm both ways": (lambda: Recurrent(nn.LSTM, 6, 8, 2, batch_first=True, bidirectional=True),
                       image(3, 5, 6)),
    "lstm without biases": (lambda: Recurrent(nn.LSTM, 6, 7, bias=False), image(5, 3, 6)),
    "lstm with projections": (lambda: Recurrent(nn.LSTM, 6, 8, proj_size=4), image(5, 3, 6)),
    "lstm with states": (Stateful, image(5, 3, 6)),
    "rnn": (lambda: Recurrent(nn.RNN, 6, 8), image(5, 3, 6)),
    "cells": (Cells, image(5, 3, 6)),
}


class TestNetworks(Case):
    """Forward and backward of each."""

    def check(self, name):
        make, batch = NETWORKS[name]
        model = make()
        other = copy.deepcopy(model)
        compiled = torch.compile(model, backend="ipu", options={"strict": True})
        x = batch()
        y = x.clone()
        if x.is_floating_point():
            x.requires_grad_(), y.requires_grad_()
        got, wanted = compiled(x), other(y)
        self.assertNear(got, wanted, 1e-4)
        weights = torch.randn_like(wanted)
        (got * weights).sum().backward(), (wanted * weights).sum().backward()
        if x.is_floating_point():
            self.assertNear(x.grad, y.grad, 1e-3)
        for (key, mine), theirs in zip(model.named_parameters(), other.parameters()):
            torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-3, atol=1e-3, msg=lambda
                                       text, key=key: f"{key}: {text}")
        for mine, theirs in zip(model.buffers(), other.buffers()):
            self.assertNear(mine, theirs, 1e-4)
        self.assertFalse(ipu.fallbacks)


for _name in NETWORKS:
    setattr(TestNetworks, "test_" + _name.replace(" ", "_"),
            lambda self, name=_name: self.check(name))


# ---- Steps --------------------------------------------------------------------------------------


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(8, 16), nn.Linear(16, 5)

    def forward(self, x):
        return self.two(torch.relu(self.one(x)))


def rows():
    return torch.randn(6, 8), torch.randint(0, 5, (6,))


class Steps(Case):
    def check(self, make, loss, optimiser, batch, steps=4, tolerance=1e-4, **how):
        """Losses of so many steps, and the parameters after them."""
        model = make()
        other = copy.deepcopy(model)
        theirs = optimiser(other.parameters())
        step = ipu.compile_step(model, loss, optimiser(model.parameters()), **how)
        for _ in range(steps):
            x, *y = batch()
            theirs.zero_grad()
            wanted = loss(other(x), *y)
            wanted.backward()
            theirs.step()
            self.assertNear(step(x, *y), wanted.detach(), tolerance)
        state = model.state_dict()
        for key, value in other.state_dict().items():
            self.assertNear(state[key], value, 10 * tolerance)
        return model, step


class TestOptimisers(Steps):
    def test_optimisers(self):
        ways = {
            "amsgrad": lambda p: torch.optim.Adam(p, 1e-2, amsgrad=True),
            "adamw amsgrad": lambda p: torch.optim.AdamW(p, 1e-2, amsgrad=True, maximize=True),
            "sgd": lambda p: torch.optim.SGD(p, 1e-2, 0.9, nesterov=True, weight_decay=0.1,
                                             maximize=True),
            "adadelta": lambda p: torch.optim.Adadelta(p, maximize=True),
            "rmsprop": lambda p: torch.optim.RMSprop(p, 1e-3, centered=True, maximize=True),
        }
        for name, way in ways.items():
            with self.subTest(name):
                self.check(Linear, F.cross_entropy, way, rows)

    def test_groups_that_differ(self):
        def two(p):
            weights, bias, *rest = p
            return torch.optim.Adam([{"params": [weights, bias], "amsgrad": True, "lr": 1e-2},
                                     {"params": rest, "weight_decay": 0.1, "maximize": True}], 1e-3)

        def momentum(p):
            first, *rest = p
            return torch.optim.SGD([{"params": [first]}, {"params": rest, "momentum": 0.9}], 0.1)

        self.check(Linear, F.cross_entropy, two, rows)
        self.check(Linear, F.cross_entropy, momentum, rows)

    def test_states_are_saved_and_loaded(self):
        models = [Linear(), Linear()]
        models[1].load_state_dict(models[0].state_dict())
        optimisers = [torch.optim.Adam(m.parameters(), 1e-2, amsgrad=True) for m in models]
        x, y = rows()
        step = ipu.compile_step(models[0], F.cross_entropy, optimisers[0])
        step(x, y), step(x, y)
        models[1].load_state_dict(models[0].state_dict())
        with tempfile.TemporaryFile() as file:
            torch.save(optimisers[0].state_dict(), file)
            file.seek(0)
            optimisers[1].load_state_dict(torch.load(file))
        best = copy.deepcopy(models[0].state_dict()), copy.deepcopy(optimisers[0].state_dict())
        wanted = step(x, y)
        models[0].load_state_dict(best[0]), optimisers[0].load_state_dict(best[1])
        self.assertNear(step(x, y), wanted)
        other = ipu.compile_step(models[1], F.cross_entropy, optimisers[1])
        self.assertNear(other(x, y), wanted)


class TestLosses(Steps):
    def test_images(self):
        def make():
            return nn.Conv2d(3, 5, 3, padding=1)

        def batch():
            labels = torch.randint(0, 5, (2, 8, 8))
            labels[0, :2] = 255
            return torch.randn(2, 3, 8, 8), labels

        sgd = lambda p: torch.optim.SGD(p, 0.5)  # noqa: E731
        weights = torch.tensor([1.0, 0.5, 2.0, 0.0, 3.0])
        for how in ({}, {"weight": weights}, {"reduction": "sum"}, {"label_smoothing": 0.1}):
            with self.subTest(how):
                self.check(make, lambda x, y, how=how: F.cross_entropy(
                    x, y, ignore_index=255, **how) / (64 if "reduction" in how else 1), sgd, batch)
        self.check(make, lambda x, y: F.nll_loss(F.log_softmax(x, 1), y, ignore_index=255,
                                                 reduction="none").mean(), sgd, batch)

    def test_sequences(self):
        self.check(lambda: nn.Conv1d(3, 5, 3, padding=1), F.cross_entropy,
                   lambda p: torch.optim.SGD(p, 0.5),
                   lambda: (torch.randn(2, 3, 9), torch.randint(0, 5, (2, 9))))

    def test_of_rows(self):
        weights = torch.tensor([1.0, 0.5, 2.0, 0.0, 3.0])
        ways = {
            "weights": nn.CrossEntropyLoss(weight=weights),
            "sums of weights": nn.CrossEntropyLoss(weight=weights, reduction="sum"),
            "none": lambda x, y: F.cross_entropy(x, y, reduction="none").square().mean(),
            "none of weights": lambda x, y: F.cross_entropy(x, y, weights,
                                                            reduction="none").square().mean(),
            "smoothing": nn.CrossEntropyLoss(label_smoothing=0.1),
            "smoothing and weights": nn.CrossEntropyLoss(weight=weights, label_smoothing=0.1),
            "probabilities": lambda x, y: F.cross_entropy(x, F.one_hot(y, 5).float()),
            "binary": lambda x, y: F.binary_cross_entropy(torch.sigmoid(x),
                                                          F.one_hot(y, 5).float()),
            "logits": lambda x, y: F.binary_cross_entropy_with_logits(
                x, F.one_hot(y, 5).float(), pos_weight=weights),
            "kl": lambda x, y: F.kl_div(F.log_softmax(x, 1), F.softmax(x.detach() * 2, 1),
                                        reduction="batchmean"),
            "huber": lambda x, y: F.huber_loss(x, F.one_hot(y, 5).float()),
            "smooth": lambda x, y: F.smooth_l1_loss(x, F.one_hot(y, 5).float()),
            "margin": lambda x, y: F.multi_margin_loss(x, y),
            "cosine": lambda x, y: 1 - F.cosine_similarity(x, F.one_hot(y, 5).float()).mean(),
            "gaussian": lambda x, y: F.gaussian_nll_loss(
                x, F.one_hot(y, 5).float(), x.detach().square()),
            "triplet": lambda x, y: F.triplet_margin_loss(x[:2], x[2:4], x[4:]),
        }
        for name, loss in ways.items():
            with self.subTest(name):
                self.check(Linear, loss, lambda p: torch.optim.SGD(p, 0.1), rows)

    def test_several(self):
        def loss(out, x):
            return F.mse_loss(out[0], x) + 0.1 * out[1]

        def batch():
            x = torch.randn(6, 12)
            return x, x

        self.check(Autoencoder, loss, lambda p: torch.optim.Adam(p, 1e-2), batch)


class Bags(nn.Module):
    """Rows of a table by bag: of two dimensions, or one behind the other."""

    def __init__(self, factors=False, **how):
        super().__init__()
        self.bags, self.out, self.factors = nn.EmbeddingBag(10, 6, **how), nn.Linear(6, 5), factors

    def forward(self, x):
        factors = x.float() * 0.1 if self.factors else None
        offsets = None if x.ndim == 2 else torch.tensor([0, 2, 2, 9])
        return self.out(self.bags(x, offsets, per_sample_weights=factors))


class TestBags(Steps):
    def test_bags(self):
        ways = ({"mode": "sum"}, {"mode": "mean"}, {"mode": "max"}, {"mode": "sum", "factors": True},
                {"mode": "mean", "padding_idx": 3}, {"mode": "sum", "include_last_offset": True})
        for how in ways:
            for shape in ((9,), (4, 3)):
                if how.get("include_last_offset") and shape == (4, 3):
                    continue
                count = 3 if "include_last_offset" in how else 4
                with self.subTest(how=how, shape=shape):
                    self.check(lambda how=how: Bags(**how), F.cross_entropy,
                               lambda p: torch.optim.SGD(p, 0.5),
                               lambda shape=shape, count=count: (
                                   torch.randint(0, 10, shape), torch.randint(0, 5, (count,))))

    def test_calls(self):
        model = Bags(mode="mean")
        compiled = torch.compile(model, backend="ipu", options={"strict": True})
        x = torch.randint(0, 10, (9,))
        self.assertNear(compiled(x), model(x))


class TestLoops(Steps):
    """Training as PyTorch's tutorials have it."""

    def test_a_frozen_batch_norm(self):
        class Frozen(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Sequential(conv(3, 8), conv(8, 8), nn.AdaptiveAvgPool2d(1),
                                          nn.Flatten(), nn.Linear(8, 5))
                for module in self.body.modules():
                    if isinstance(module, nn.BatchNorm2d):
                        module.running_mean.normal_(), module.running_var.uniform_(0.5, 2)

            def train(self, mode=True):
                super().train(mode)
                for module in self.body.modules():
                    if isinstance(module, nn.BatchNorm2d):
                        module.eval()
                return self

            def forward(self, x):
                return self.body(x)

        def make():
            return Frozen().train()

        self.check(make, F.cross_entropy, lambda p: torch.optim.SGD(p, 0.1),
                   lambda: (torch.randn(4, 3, 8, 8), torch.randint(0, 5, (4,))))
        model = make()
        other = copy.deepcopy(model)
        x = torch.randn(4, 3, 8, 8)
        torch.compile(model, backend="ipu", options={"strict": True})(x).square().sum().backward()
        other(x).square().sum().backward()
        for mine, theirs in zip(model.parameters(), other.parameters()):
            self.assertNear(mine.grad, theirs.grad, 1e-3)

    def test_frozen_layers(self):
        def make():
            model = Linear()
            model.one.requires_grad_(False)
            return model

        self.check(make, F.cross_entropy,
                   lambda p: torch.optim.Adam([q for q in p if q.requires_grad], 1e-2), rows)

    def test_tied_weights(self):
        class Tied(nn.Module):
            def __init__(self):
                super().__init__()
                self.words, self.out = nn.Embedding(12, 8), nn.Linear(8, 12, bias=False)
                self.out.weight = self.words.weight

            def forward(self, x):
                return self.out(self.words(x)).flatten(0, 1)

        self.check(Tied, F.cross_entropy, lambda p: torch.optim.AdamW(p, 1e-2),
                   lambda: (torch.randint(0, 12, (2, 5)), torch.randint(0, 12, (10,))))

    def test_accumulated_clipped_and_scheduled(self):
        """With gradients and the optimiser on the CPU."""
        model = Linear()
        other = copy.deepcopy(model)
        losses = []
        for network, run in ((model, torch.compile(model, backend="ipu",
                                                   options={"strict": True})), (other, other)):
            torch.manual_seed(3)
            optimiser = torch.optim.AdamW(network.parameters(), 1e-2)
            schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 4)
            for number in range(8):
                x, y = rows()
                loss = F.cross_entropy(run(x), y)
                (loss / 2).backward()
                losses.append(loss.detach())
                if number % 2:
                    nn.utils.clip_grad_norm_(network.parameters(), 0.5)
                    optimiser.step()
                    optimiser.zero_grad()
                    schedule.step()
        self.assertNear(torch.stack(losses[:8]), torch.stack(losses[8:]), 1e-4)

    def test_training_and_testing_in_turn(self):
        model = nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Dropout(0.0),
                              nn.Linear(16, 5))
        other = copy.deepcopy(model)
        optimisers = [torch.optim.SGD(m.parameters(), 0.1) for m in (model, other)]
        step = ipu.compile_step(model, F.cross_entropy, optimisers[0])
        test = ipu.compile_inference(model)
        for _ in range(3):
            model.train(), other.train()
            x, y = rows()
            optimisers[1].zero_grad()
            wanted = F.cross_entropy(other(x), y)
            wanted.backward()
            optimisers[1].step()
            self.assertNear(step(x, y), wanted.detach(), 1e-4)
            model.eval(), other.eval()
            with torch.no_grad():
                self.assertNear(test(x), other(x), 1e-3)
        compiled = torch.compile(other, backend="ipu", options={"strict": True})
        for _ in range(2):
            other.train()
            compiled(x).sum().backward()
            other.eval()
            with torch.inference_mode():
                self.assertNear(compiled(x), other(x), 1e-4)

    def test_half_models(self):
        for dtype in (torch.float16, torch.bfloat16):
            with self.subTest(dtype):
                torch._dynamo.reset()
                model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(),
                                      nn.Flatten(), nn.Linear(8 * 36, 5)).to(dtype)
                other = copy.deepcopy(model).float()
                x = torch.randn(2, 3, 8, 8).to(dtype)
                compiled = torch.compile(model, backend="ipu", options={"strict": True})
                got, wanted = compiled(x), other(x.float())
                self.assertEqual(got.dtype, dtype)
                self.assertNear(got.float(), wanted, 0.1)
                got.float().sum().backward()
                wanted.sum().backward()
                self.assertNear(model[4].weight.grad.float(), other[4].weight.grad, 0.1)
        lstm = Recurrent(nn.LSTM, 6, 8).half()
        x = torch.randn(5, 3, 6)
        step = ipu.compile_inference(lstm)
        self.assertNear(step(x.half()).float(), copy.deepcopy(lstm).float()(x), 0.02)

    def test_autocast(self):
        model = Linear()
        other = copy.deepcopy(model)

        def run(x):
            with torch.autocast("cpu", dtype=torch.bfloat16):
                return model(x)

        x, y = rows()
        compiled = torch.compile(run, backend="ipu", options={"strict": True})
        loss = F.cross_entropy(compiled(x).float(), y)
        loss.backward()
        self.assertNear(loss, F.cross_entropy(other(x), y), 0.05)
        self.assertEqual(model.one.weight.grad.dtype, torch.float32)

    def test_a_loop_of_recurrent_steps(self):
        for name in ("lstm", "gru both ways", "lstm both ways", "lstm with projections"):
            with self.subTest(name):
                make, batch = NETWORKS[name]
                self.check(make, lambda x, y: (x * y[:len(x)]).sum() / 10,
                           lambda p: torch.optim.Adam(p, 1e-2),
                           lambda batch=batch: (batch(), torch.ones(2000)))

    def test_a_recurrent_layer_that_the_cpu_does(self):
        """Of a type that the tiles do not have; and the gradient is that of the layer."""
        model = Recurrent(nn.LSTM, 6, 8).double()
        x = torch.randn(5, 3, 6, dtype=torch.float64)
        with self.assertLogs("ipu", "WARNING"):
            self.assertNear(torch.compile(model, backend="ipu")(x), model(x), 1e-9)
        given = [torch.randn(shape, dtype=torch.float64, requires_grad=True)
                 for shape in ((3, 2, 20), (2, 5), (2, 5), (20, 5))]
        self.assertTrue(torch.autograd.gradcheck(LstmLayer.apply, given))

    def test_dropout_between_recurrent_layers(self):
        model = Recurrent(nn.LSTM, 6, 64, 2, dropout=0.5)
        compiled = torch.compile(model, backend="ipu", options={"strict": True})
        x = torch.randn(5, 3, 6)
        first, second = compiled(x), compiled(x)
        self.assertGreater((first - second).abs().max().item(), 1e-3)


if __name__ == "__main__":
    unittest.main()
