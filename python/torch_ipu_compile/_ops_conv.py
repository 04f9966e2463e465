# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: convolutions."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import NONE, lib

from ._lower import Builder, Value, need
from ._ops import aten, handles
from ._ops_reduce import reduce

NHWC = [0, 2, 3, 1]


class Conv:
    """One or two dimensions as two, channels last; a transposed one as the gradient of another."""

    def __init__(self, x: Value, w: Value, stride: Any, padding: Any, dilation: Any,
                 transposed: bool, output_padding: Any, groups: int) -> None:
        self.lines = len(x.shape) == 3
        need(len(x.shape) in (3, 4), "a convolution in three dimensions")
        need(x.dtype.is_floating_point, "a convolution of integers")
        grow = (lambda values, more: [more, *values]) if self.lines else (lambda v, m: list(v))
        self.fields = {"stride": grow(stride, 1), "padding": grow(padding, 0),
                       "dilation": grow(dilation, 1), "groups": groups}
        self.transposed = transposed

    def image(self, b: Builder, x: Value) -> int:
        t = x.t.unsqueeze(2) if self.lines else x.t
        return b.physical(Value(x.base, t, x.const), NHWC)

    def weights(self, b: Builder, w: Value) -> int:
        t = w.t.unsqueeze(2) if self.lines else w.t
        return b.physical(Value(w.base, t, w.const), [2, 3, 1, 0])

    def result(self, b: Builder, shape: Any, dtype: torch.dtype, order: list[int]) -> Value:
        shape = [*shape[:2], 1, shape[2]] if self.lines else list(shape)
        return b.new(shape, dtype, order)

    def done(self, value: Value) -> Value:
        return Value(value.base, value.t.squeeze(2)) if self.lines else value

    def run(self, b: Builder, which: int, to: int, a: int, c: int, bias: int = NONE) -> None:
        b.op("conv2d", [to], [a, c, bias], **{"pass": which}, to=to, a=a, b=c, bias=bias,
             **self.fields)


@handles(aten.convolution.default)
def convolution(b: Builder, meta: Any, x: Value, w: Value, bias: Any, *how: Any) -> Value:
    conv = Conv(x, w, *how)
    to = conv.result(b, meta.shape, meta.dtype, NHWC)
    if not conv.transposed:
        conv.run(b, 0, to.base, conv.image(b, x), conv.weights(b, w),
                 NONE if bias is None else b.dense(bias))
        return conv.done(to)
    conv.run(b, 1, to.base, conv.image(b, x), conv.weights(b, w))
    value = conv.done(to)
    if bias is None:
        return value
    t = bias.t.view([-1] + [1] * (len(meta.shape) - 2))
    return b.elementwise(lib.IPU_MAP_ADD, meta.shape, meta.dtype,
                         [value, Value(bias.base, t, bias.const)], meta.dtype)


@handles(aten.convolution_backward.default)
def convolution_backward(b: Builder, meta: Any, dy: Value, x: Value, w: Value, bias_sizes: Any,
                         *rest: Any) -> Any:
    *how, mask = rest
    conv = Conv(x, w, *how)
    grad = conv.image(b, dy)
    results: list[Any] = [None, None, None]
    if mask[0]:
        dx = conv.result(b, x.shape, x.dtype, NHWC)
        conv.run(b, 0 if conv.transposed else 1, dx.base, grad, conv.weights(b, w))
        results[0] = conv.done(dx)
    if mask[1]:
        dw = conv.result(b, w.shape, w.dtype, [2, 3, 1, 0])
        image = conv.image(b, x)
        first, second = (grad, image) if conv.transposed else (image, grad)
        conv.run(b, 2, dw.base, first, second)
        results[1] = conv.done(dw)
    if mask[2]:
        results[2] = reduce(b, lib.IPU_REDUCE_SUM, dy, [0, *range(2, len(dy.shape))], False,
                            dy.dtype)
    return tuple(results)
