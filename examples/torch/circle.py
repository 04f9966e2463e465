# SPDX-License-Identifier: MIT
"""The tutorial's model: is a point inside of a circle? See Documentation/pytorch.rst."""

import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(1)
model = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 2)).to("ipu")
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def batch():
    x = torch.randn(256, 2)
    return x.to("ipu"), (x.norm(dim=1) > 1.2).long().to("ipu")


def train(x, y):
    loss = F.cross_entropy(model(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss


for number in range(200):
    loss = train(*batch())
    if number % 50 == 0:
        print(number, loss.item())
print(torch.ipu.fallbacks())

# With the whole step as one graph
import torch_ipu_compile  # noqa: E402

step = torch_ipu_compile.compile_step(model, F.cross_entropy, optimizer)
for number in range(200, 400):
    loss = step(*batch())
print(number, loss.item())

# Where the time of a step goes: files for https://ui.perfetto.dev
x, y = batch()
with torch.ipu.profile("step.json") as p:
    train(x, y)
print(p.table())

# A step that is compiled
with torch.ipu.profile("compiled.json"):
    step(x, y)
