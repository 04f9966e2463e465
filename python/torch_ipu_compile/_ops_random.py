# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: dropout, and random numbers."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value
from ._ops import aten, handles


@handles(aten.native_dropout.default)
def dropout(b: Builder, meta: Any, x: Value, p: float, train: Any) -> Any:
    if train is False or p == 0:
        return x, b.number(True, x.shape, torch.bool)
    order = b.order(x)
    source, generator = b.physical(x, order), b.generator()
    to, mask = b.new(x.shape, x.dtype, order), b.new(x.shape, torch.bool, order)
    b.op("dropout", [to.base, mask.base, generator], [source, generator], to.base, mask.base,
         source, generator, p)
    return to, mask


@handles(aten.native_dropout_backward.default)
def dropout_grad(b: Builder, meta: Any, dy: Value, mask: Value, scale: float) -> Value:
    if mask.const is not None:
        return b.elementwise(lib.IPU_MAP_MUL, dy.shape, dy.dtype,
                             [dy, b.number(scale, (), dy.dtype)], dy.dtype)
    order = b.order(mask)
    grad, kept = b.physical(dy, order), b.physical(mask, order)
    to = b.new(dy.shape, dy.dtype, order)
    b.op("dropout_grad", [to.base], [grad, kept], to.base, grad, kept,
         1 - 1 / scale if scale else 1.0)
    return to


def random(kind: int, low: float, high: float) -> Any:
    def handler(b: Builder, meta: Any, *args: Any, **kwargs: Any) -> Value:
        to, generator = b.new(meta.shape, meta.dtype), b.generator()
        b.op("random", [to.base, generator], [generator], kind, to.base, generator, low, high)
        return to
    return handler


handles(aten.rand.default, aten.rand_like.default)(random(lib.IPU_GRAPH_UNIFORM, 0.0, 1.0))
handles(aten.randn.default, aten.randn_like.default)(random(lib.IPU_GRAPH_NORMAL, 0.0, 1.0))
