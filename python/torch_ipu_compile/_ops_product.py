# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: products of matrices."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value, count_of, need
from ._ops import aten, handles, number_of
from ._ops_reduce import reduce


def factor(b: Builder, x: Value) -> tuple[int, int]:
    """An operand of a product as it lies, and whether that is transposed."""
    n = len(x.shape)
    swapped = [*range(n - 2), n - 1, n - 2]
    if x.const is None and not x.t.is_contiguous() and x.t.permute(swapped).is_contiguous():
        return b.physical(x, swapped), 1
    return b.physical(x), 0


def product(b: Builder, x: Value, y: Value, dtype: torch.dtype) -> Value:
    to = b.new([*x.shape[:-1], y.shape[-1]], dtype)
    if not x.shape[-1] or not count_of(to.shape):
        return b.number(0, to.shape, dtype)
    a, ta = factor(b, b.cast(x, dtype))
    c, tb = factor(b, b.cast(y, dtype))
    b.op("matmul", [to.base], [a, c], to.base, a, c,
         (lib.IPU_TRANS_A if ta else 0) | (lib.IPU_TRANS_B if tb else 0))
    return to


@handles(aten.mm.default, aten.bmm.default)
def mm(b: Builder, meta: Any, x: Value, y: Value) -> Value:
    need(meta.dtype.is_floating_point, "a product of integers")
    return product(b, x, y, meta.dtype)


@handles(aten.addmm.default, aten.baddbmm.default)
def addmm(b: Builder, meta: Any, bias: Value, x: Value, y: Value, *, beta: Any = 1,
          alpha: Any = 1) -> Value:
    need(meta.dtype.is_floating_point, "a product of integers")
    value = product(b, x, y, meta.dtype)
    if alpha != 1:
        value = b.elementwise(lib.IPU_MAP_MUL, meta.shape, meta.dtype,
                              [value, number_of(b, alpha, meta.dtype)], meta.dtype)
    if beta == 1:
        return b.elementwise(lib.IPU_MAP_ADD, meta.shape, meta.dtype, [value, bias], meta.dtype)
    return b.elementwise(lib.IPU_MAP_ADD_SCALED, meta.shape, meta.dtype, [value, bias], meta.dtype,
                         alpha=beta)


@handles(aten.mv.default, aten.dot.default)
def mv(b: Builder, meta: Any, x: Value, y: Value) -> Value:
    both = b.elementwise(lib.IPU_MAP_MUL, x.shape, meta.dtype, [x, y], meta.dtype)
    return reduce(b, lib.IPU_REDUCE_SUM, both, [-1], False, meta.dtype)
