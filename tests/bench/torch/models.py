# SPDX-License-Identifier: MIT
"""Five networks, and steps of their training: as a program of PyTorch makes them, and compiled."""

import time

import torch
import torch.nn.functional as F
from torch import nn

import torch_ipu_compile


class Cnn(nn.Module):
    """Debian's test of its PyTorch, train-mnist.py: Fashion-MNIST."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(1, 32, 3), nn.Conv2d(32, 64, 3)
        self.drop1, self.drop2 = nn.Dropout(0.25), nn.Dropout(0.5)
        self.fc1, self.fc2 = nn.Linear(9216, 128), nn.Linear(128, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv2(F.relu(self.conv1(x)))), 2)
        x = F.relu(self.fc1(self.drop1(x).flatten(1)))
        return F.log_softmax(self.fc2(self.drop2(x)), dim=1)


class Block(nn.Module):
    """A block of GPT, 256 wide, between an embedding and logits."""

    def __init__(self, width=256, heads=4, words=256, length=64):
        super().__init__()
        self.heads = heads
        self.words, self.places = nn.Embedding(words, width), nn.Embedding(length, width)
        self.norm1, self.norm2, self.last = (nn.LayerNorm(width) for _ in range(3))
        self.qkv, self.mix = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.out = nn.Linear(width, words, bias=False)

    def forward(self, index):
        b, t = index.shape
        x = self.words(index) + self.places(torch.arange(t, device=index.device))
        q, k, v = self.qkv(self.norm1(x)).view(b, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.mix(y.transpose(1, 2).reshape(b, t, -1))
        x = x + self.down(F.gelu(self.up(self.norm2(x))))
        return self.out(self.last(x)).flatten(0, 1)


class Residual(nn.Module):
    """Half as large, and twice as many channels."""

    def __init__(self, channels):
        super().__init__()
        after = 2 * channels
        self.conv1 = nn.Conv2d(channels, after, 3, 2, 1, bias=False)
        self.conv2 = nn.Conv2d(after, after, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(after), nn.BatchNorm2d(after)
        self.short = nn.Conv2d(channels, after, 1, 2, bias=False)

    def forward(self, x):
        y = self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))
        return F.relu(y + self.short(x))


class ResNet(nn.Module):
    """Two residual blocks, on images of 32 by 32."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16)
        self.blocks, self.out = nn.Sequential(Residual(16), Residual(32)), nn.Linear(64, 10)

    def forward(self, x):
        x = self.blocks(F.relu(self.norm(self.conv(x))))
        return self.out(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Lstm(nn.Module):
    """Images of 28 by 28, two rows in each of 14 steps."""

    def __init__(self):
        super().__init__()
        self.lstm, self.out = nn.LSTM(56, 64, batch_first=True), nn.Linear(64, 10)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


def mlp():
    return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))


def images(batch, *shape):
    return lambda: (torch.randn(batch, *shape), torch.randint(0, 10, (batch,)))


def text():
    x = torch.randint(0, 256, (8, 65))
    return x[:, :-1].contiguous(), x[:, 1:].flatten()


#: name: (title, model, loss, optimiser, a batch)
MODELS = {
    "mlp": ("MLP", mlp, F.cross_entropy, lambda p: torch.optim.SGD(p, 0.01, 0.9), images(64, 784)),
    "cnn": ("CNN", Cnn, F.nll_loss, lambda p: torch.optim.Adadelta(p, 1.0), images(64, 1, 28, 28)),
    "resnet": ("ResNet-like", ResNet, F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-3),
               images(16, 3, 32, 32)),
    "lstm": ("LSTM", Lstm, F.cross_entropy, lambda p: torch.optim.Adam(p, 1e-3),
             images(32, 14, 56)),
    "gpt": ("GPT block", Block, F.cross_entropy, lambda p: torch.optim.AdamW(p, 1e-3), text),
}


class Step:
    """A step of training by name, on a device: call it, and finish() when it has to be done."""

    def __init__(self, name, device="cpu", dropout=True):
        torch.manual_seed(1)
        _, make, self.loss, optimiser, batch = MODELS[name]
        self.model, self.device = make().to(device), device
        for module in self.model.modules() if not dropout else ():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        self.optimiser = optimiser(self.model.parameters())
        self.batch = batch()

    def __call__(self):
        x, y = (t.to(self.device) for t in self.batch)
        self.optimiser.zero_grad()
        loss = self.loss(self.model(x), y)
        loss.backward()
        self.optimiser.step()
        return loss

    def finish(self):
        if self.device != "cpu":
            torch.ipu.synchronize()


class Compiled(Step):
    """The same as one graph, that is run from the host's memory."""

    def __init__(self, name, on=None, dropout=True):
        super().__init__(name, dropout=dropout)
        began = time.perf_counter()
        self.step = torch_ipu_compile.compile_step(self.model, self.loss, self.optimiser, on=on)
        self.step.compile(*self.batch)
        self.seconds = time.perf_counter() - began

    def __call__(self):
        return self.step(*self.batch)
