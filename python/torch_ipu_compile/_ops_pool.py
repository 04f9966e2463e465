# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: pooling."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import NONE

from ._lower import Builder, Value, need
from ._ops import aten, handles
from ._ops_conv import NHWC
from ._ops_product import product


def pair(x: Any, default: int = 0) -> list[int]:
    x = list(x) if isinstance(x, (list, tuple)) else [x]
    return [default, default] if not x else x * 2 if len(x) == 1 else x


class Pool:
    def __init__(self, x: Value, kernel: Any, stride: Any, padding: Any = 0, dilation: Any = 1,
                 include: bool = True) -> None:
        need(len(x.shape) == 4, "pooling without a batch")
        self.fields = {"kernel": pair(kernel), "stride": pair(stride) if stride else pair(kernel),
                       "padding": pair(padding), "dilation": pair(dilation, 1),
                       "include_padding": include}

    def run(self, b: Builder, writes: list[int], reads: list[int], **fields: Any) -> None:
        b.op("pool2d", writes, reads, **fields, **self.fields)


@handles(aten.max_pool2d_with_indices.default)
def max_pool(b: Builder, meta: Any, x: Value, kernel: Any, stride: Any = (), padding: Any = 0,
             dilation: Any = 1, ceil_mode: bool = False) -> Any:
    shape = meta[0].shape
    y, index = b.new(shape, x.dtype, NHWC), b.new(shape, torch.int64, NHWC)
    source = b.physical(x, NHWC)
    Pool(x, kernel, stride, padding, dilation).run(
        b, [y.base, index.base], [source], mean=False, gradient=False, x=source, y=y.base,
        index=index.base)
    return y, index


@handles(aten.max_pool2d_with_indices_backward.default)
def max_pool_grad(b: Builder, meta: Any, dy: Value, x: Value, kernel: Any, stride: Any,
                  padding: Any, dilation: Any, ceil_mode: bool, index: Value) -> Value:
    dx = b.new(x.shape, x.dtype, NHWC)
    grad, where = b.physical(dy, NHWC), b.physical(index, NHWC)
    Pool(x, kernel, stride, padding, dilation).run(
        b, [dx.base], [grad, where], mean=False, gradient=True, x=dx.base, y=grad, index=where)
    return dx


def average(b: Builder, shape: Any, x: Value, pool: Pool, gradient: bool) -> Value:
    to = b.new(shape, x.dtype, NHWC)
    source = b.physical(x, NHWC)
    pool.run(b, [to.base], [source], mean=True, gradient=gradient,
             x=to.base if gradient else source, y=source if gradient else to.base, index=NONE)
    return to


@handles(aten.avg_pool2d.default)
def avg_pool(b: Builder, meta: Any, x: Value, kernel: Any, stride: Any = (), padding: Any = 0,
             ceil_mode: bool = False, include: bool = True, divisor: Any = None) -> Value:
    need(divisor is None and not ceil_mode, "a divisor of its own, or ceil_mode")
    return average(b, meta.shape, x, Pool(x, kernel, stride, padding, 1, include), False)


@handles(aten.avg_pool2d_backward.default)
def avg_pool_grad(b: Builder, meta: Any, dy: Value, x: Value, kernel: Any, stride: Any,
                  padding: Any, ceil_mode: bool, include: bool, divisor: Any) -> Value:
    need(divisor is None and not ceil_mode, "a divisor of its own, or ceil_mode")
    return average(b, x.shape, dy, Pool(x, kernel, stride, padding, 1, include), True)


def windows(inner: Any, outer: Any) -> list[int] | None:
    """The window of adaptive pooling, if all are the same, side by side."""
    if len(inner) != 4 or any(i % o for i, o in zip(inner[-2:], outer[-2:])):
        return None
    return [i // o for i, o in zip(inner[-2:], outer[-2:])]


def means(b: Builder, x: Value, dim: int, inner: int, outer: int, gradient: bool) -> Value:
    """Of windows of several sizes in a dimension: a product with how much of each is in which."""
    matrix = torch.zeros(inner, outer)
    for o in range(outer):
        begin, end = o * inner // outer, -(-(o + 1) * inner // outer)
        matrix[begin:end, o] = 1 / (end - begin)
    weights = b.cast(b.constant(matrix.t() if gradient else matrix), x.dtype)
    rows = Value(x.base, x.t.movedim(dim, -1), x.const)
    shape = [*rows.shape[:-1], weights.shape[1]]
    flat = b.contiguous(rows)
    flat = Value(flat.base, flat.t.reshape(-1, rows.shape[-1]), flat.const)
    to = product(b, flat, weights, x.dtype)
    return Value(to.base, to.t.view(shape).movedim(-1, dim))


@handles(aten._adaptive_avg_pool2d.default)
def adaptive_pool(b: Builder, meta: Any, x: Value, size: Any) -> Value:
    kernel = windows(x.shape, meta.shape)
    if kernel:
        return average(b, meta.shape, x, Pool(x, kernel, kernel), False)
    for dim in (-1, -2):
        x = means(b, x, dim, x.shape[dim], meta.shape[dim], False)
    return x


@handles(aten._adaptive_avg_pool2d_backward.default)
def adaptive_pool_grad(b: Builder, meta: Any, dy: Value, x: Value) -> Value:
    kernel = windows(x.shape, dy.shape)
    if kernel:
        return average(b, x.shape, dy, Pool(x, kernel, kernel), True)
    for dim in (-1, -2):
        dy = means(b, dy, dim, x.shape[dim], dy.shape[dim], True)
    return dy
