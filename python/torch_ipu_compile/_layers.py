# SPDX-License-Identifier: MIT
"""Layers that are taken apart in another way than PyTorch's own, while a model is traced."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as F
from torch._C import DispatchKey
from torch._decomp.decompositions import upsample_compute_output_size

from . import _rnn

aten = torch.ops.aten


# ---- Images made larger or smaller --------------------------------------------------------------


def _places(x: torch.Tensor, count: int, size: int, corners: bool, scale: Any) -> torch.Tensor:
    """Of each element of the result, its place in the source, of `count` elements."""
    to = torch.arange(size, dtype=x.dtype if x.dtype == torch.float64 else torch.float32,
                      device=x.device)
    if corners:
        return to * ((count - 1) / max(size - 1, 1))
    step = 1 / scale if scale else count / size
    return (to * step + (step / 2 - 0.5)).clamp(0, count - 1)


def _between(x: torch.Tensor, count: int, size: int, corners: bool, scale: Any) -> torch.Tensor:
    """[count, size]: how much of each element is in each of the result. No input is in it, so that
    it is known when a graph is compiled."""
    places = _places(x, count, size, corners, scale)
    source = torch.arange(count, dtype=places.dtype, device=x.device)
    return (1 - (places - source[:, None]).abs()).clamp(min=0).to(x.dtype)


def upsample_linear(x: torch.Tensor, size: Any, corners: bool,
                    scales: Sequence[float] | None) -> torch.Tensor:
    """aten.upsample_linear1d.vec, upsample_bilinear2d.vec: a product for each dimension."""
    size = upsample_compute_output_size(x.shape, size, scales)
    for place, extent in enumerate(size):
        dim, scale = place + 2, scales[place] if scales else None
        matrix = _between(x, x.shape[dim], extent, corners, scale)
        x = (x.movedim(dim, -1) @ matrix).movedim(-1, dim)
    return x


def upsample_nearest(x: torch.Tensor, size: Any, scales: Sequence[float] | None) -> torch.Tensor:
    """aten.upsample_nearest1d.vec, upsample_nearest2d.vec: repeated, if that is a whole number."""
    size = upsample_compute_output_size(x.shape, size, scales)
    for place, extent in enumerate(size):
        dim, count = place + 2, x.shape[place + 2]
        if extent % count == 0 and (not scales or scales[place] == extent // count):
            shape = [*x.shape[:dim + 1], extent // count, *x.shape[dim + 1:]]
            x = x.unsqueeze(dim + 1).expand(shape).flatten(dim, dim + 1)
            continue
        step = 1 / scales[place] if scales else count / extent
        chosen = (torch.arange(extent, dtype=torch.float32, device=x.device) * step).long()
        x = x.index_select(dim, chosen.clamp(max=count - 1))
    return x


# ---- Bags of rows ---------------------------------------------------------------------------------


def _largest(rows: torch.Tensor, member: torch.Tensor, indices: torch.Tensor) -> Any:
    """Of each bag, by column, the largest number, or 0 of none; and the index of its row."""
    shown = torch.where(member.unsqueeze(2), rows, -torch.inf)
    some = member.any(1, keepdim=True)
    return torch.where(some, shown.amax(1), 0.0), indices[shown.argmax(1)]


def embedding_bag(weight: torch.Tensor, indices: torch.Tensor, offsets: torch.Tensor,
                  by_frequency: bool = False, mode: int = 0, sparse: bool = False,
                  factors: torch.Tensor | None = None, has_end: bool = False,
                  padding: int | None = None) -> tuple[torch.Tensor, ...]:
    """aten.embedding_bag: how often each row is in each bag, and a product of that with the rows."""
    count = indices.numel()
    place = torch.arange(count, dtype=offsets.dtype, device=offsets.device)
    begin = offsets[:-1] if has_end else offsets
    end = offsets[1:] if has_end else torch.cat([offsets[1:], offsets.new_full((1,), count)])
    member = (begin.unsqueeze(1) <= place) & (place < end.unsqueeze(1))
    bag = member.to(torch.int32).argmax(0)
    if padding is not None:
        member = member & (indices != padding % weight.shape[0])
    rows = aten.embedding(weight, indices, -1, by_frequency, sparse)
    size = member.sum(1)
    if mode == 2:
        total, chosen = _largest(rows, member, indices)
        return total, bag, size, chosen
    if factors is not None:
        rows = rows * factors.unsqueeze(1)
    total = member.to(rows.dtype) @ rows
    if mode == 1:
        total = total / size.clamp(min=1).unsqueeze(1).to(rows.dtype)
    return total, bag, size, indices.new_zeros(0)


# ---- Checks of numbers that are not known yet -------------------------------------------------------


def _unchecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """Where it asks torch.any() whether something is wrong, nothing is."""
    def unchecked(*args: Any, **kwargs: Any) -> Any:
        with mock.patch.object(torch, "any", lambda *_: False):
            return function(*args, **kwargs)
    return unchecked


OTHERS: dict[Any, Callable[..., Any]] = {
    aten.upsample_linear1d.vec: upsample_linear, aten.upsample_bilinear2d.vec: upsample_linear,
    aten.upsample_nearest1d.vec: upsample_nearest, aten.upsample_nearest2d.vec: upsample_nearest,
    aten.lstm.input: _rnn.lstm, aten.gru.input: _rnn.gru,
    aten.embedding_bag.default: embedding_bag, aten.embedding_bag.padding_idx: embedding_bag,
}


@contextmanager
def replaced() -> Iterator[None]:
    """While a model is traced, these are in place of what PyTorch makes of such layers."""
    keys = DispatchKey.CompositeImplicitAutograd, DispatchKey.Autograd
    before = {op: dict(op.py_kernels) for op in OTHERS}
    gaussian = F.gaussian_nll_loss
    F.gaussian_nll_loss = _unchecked(gaussian)
    for op, function in OTHERS.items():
        op.py_kernels.update(dict.fromkeys(keys, function))
        op._dispatch_cache.clear()
    try:
        yield
    finally:
        F.gaussian_nll_loss = gaussian
        for op, kernels in before.items():
            op.py_kernels.clear()
            op.py_kernels.update(kernels)
            op._dispatch_cache.clear()
