# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: views, and what is computed element by element."""

from __future__ import annotations

import math
import operator
from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Handler, Value, count_of, need

aten = torch.ops.aten
F32 = torch.float32

#: Handlers by overload: handler(builder, node's meta value, *args, **kwargs)
TABLE: dict[Any, Handler] = {}


def handles(*targets: Any) -> Any:
    """Register a handler for overloads, or all overloads of a packet."""
    def register(function: Handler) -> Handler:
        for target in targets:
            for one in ([getattr(target, name) for name in target.overloads()]
                        if isinstance(target, torch._ops.OpOverloadPacket) else [target]):
                TABLE[one] = function
        return function
    return register


# ---- Views ------------------------------------------------------------------------------

def view_of(target: Any) -> Handler:
    """What changes strides alone is done by PyTorch itself, on a meta tensor."""
    def handler(b: Builder, meta: Any, value: Value, *args: Any, **kwargs: Any) -> Any:
        try:
            t = target(value.t, *args, **kwargs)
        except (RuntimeError, ValueError):
            value = b.contiguous(value)
            t = target(value.t, *args, **kwargs)
        if isinstance(t, (tuple, list)):
            return tuple(Value(value.base, one, value.const) for one in t)
        return Value(value.base, t, value.const)
    return handler


for _target in (
    aten.permute.default, aten.transpose.int, aten.t.default, aten.unsqueeze.default,
    aten.squeeze.default, aten.squeeze.dim, aten.squeeze.dims, aten.expand.default,
    aten.select.int, aten.split.Tensor, aten.split_with_sizes.default, aten.unbind.int,
    aten.view.default, aten.diagonal.default, aten.as_strided.default, aten.unfold.default,
    aten.slice.Tensor, aten.narrow.default,
):
    TABLE[_target] = view_of(_target)
TABLE[aten._unsafe_view.default] = TABLE[aten.reshape.default] = view_of(aten.view.default)


@handles(aten.as_strided.default)
def as_strided(b: Builder, meta: Any, value: Value, size: Any, stride: Any,
               offset: int = 0) -> Value:
    value = b.contiguous(value)
    need(value.const is None, "as_strided of a number")
    return Value(value.base, value.t.as_strided(size, stride, offset or 0))


@handles(aten.alias, aten.detach, aten.clone, aten.lift_fresh_copy, aten.lift_fresh)
def same(b: Builder, meta: Any, value: Value, **kwargs: Any) -> Value:
    return value


@handles(operator.getitem)
def getitem(b: Builder, meta: Any, values: Any, index: int) -> Any:
    need(values[index] is not None, "a result that is not computed on tiles")
    return values[index]


@handles(aten._to_copy, aten.to)
def to_copy(b: Builder, meta: Any, value: Value, *args: Any, **kwargs: Any) -> Value:
    return b.cast(value, meta.dtype)


@handles(aten.copy.default)
def copy(b: Builder, meta: Any, to: Value, source: Value, non_blocking: bool = False) -> Value:
    source = b.cast(source, to.dtype)
    return Value(source.base, source.t.expand(to.shape), source.const)


def flat_value(b: Builder, value: Value, shape: list[int]) -> int:
    """Its elements in this shape."""
    number = b.dense(value)
    return b.view(b.base_of(number), shape)


# ---- Constants --------------------------------------------------------------------------

@handles(aten.full, aten.full_like, aten.scalar_tensor, aten.new_full)
def full(b: Builder, meta: Any, *args: Any, **kwargs: Any) -> Value:
    return b.number(next(a for a in reversed(args) if isinstance(a, (int, float, bool))),
                    tuple(meta.shape), meta.dtype)


@handles(aten.zeros, aten.zeros_like, aten.new_zeros, aten.empty.memory_format, aten.empty_like,
         aten.new_empty, aten.new_empty_strided, aten.empty_strided)
def zeros(b: Builder, meta: Any, *args: Any, **kwargs: Any) -> Value:
    return b.number(0, tuple(meta.shape), meta.dtype)


@handles(aten.ones, aten.ones_like, aten.new_ones)
def ones(b: Builder, meta: Any, *args: Any, **kwargs: Any) -> Value:
    return b.number(1, tuple(meta.shape), meta.dtype)


# ---- Element by element -----------------------------------------------------------------

def number_of(b: Builder, x: Any, dtype: torch.dtype) -> Value:
    """An operand: a value, or a number of Python as one."""
    return x if isinstance(x, Value) else b.number(x, (), dtype)


def compute_type(*operands: Any) -> torch.dtype:
    """The type that PyTorch computes in."""
    kind: Any = None
    plain = [v.t if isinstance(v, Value) else v for v in operands]
    kind = plain[0] if len(plain) == 1 else torch.result_type(plain[0], plain[1])
    if isinstance(kind, torch.Tensor):
        kind = kind.dtype
    for extra in plain[2:]:
        kind = torch.result_type(torch.empty((1,), dtype=kind, device="meta"), extra)
    return kind


def binary(op: int, *, floats: bool = False, swap: bool = False) -> Handler:
    def handler(b: Builder, meta: Any, x: Any, y: Any) -> Value:
        kind = meta.dtype
        operands = [number_of(b, y if swap else x, kind), number_of(b, x if swap else y, kind)]
        return b.elementwise(op, meta.shape, kind, operands, kind)
    return handler


def compare(op: int) -> Handler:
    def handler(b: Builder, meta: Any, x: Any, y: Any) -> Value:
        kind = compute_type(x, y)
        kind = torch.uint8 if kind == torch.bool else kind
        return b.elementwise(op, meta.shape, torch.bool,
                             [number_of(b, x, kind), number_of(b, y, kind)], kind)
    return handler


def unary(op: int) -> Handler:
    def handler(b: Builder, meta: Any, x: Value) -> Value:
        return b.elementwise(op, meta.shape, meta.dtype, [x], meta.dtype)
    return handler


def test(op: int) -> Handler:
    def handler(b: Builder, meta: Any, x: Value) -> Value:
        kind = torch.uint8 if x.dtype == torch.bool else x.dtype
        return b.elementwise(op, meta.shape, torch.bool, [x], kind)
    return handler


for _names, _handler in {
    (aten.mul,): binary(lib.IPU_MAP_MUL),
    (aten.div.Tensor, aten.div.Scalar, aten.true_divide): binary(lib.IPU_MAP_DIV),
    (aten.minimum, aten.fmin): binary(lib.IPU_MAP_MIN),
    (aten.maximum, aten.fmax): binary(lib.IPU_MAP_MAX),
    (aten.bitwise_and,): binary(lib.IPU_MAP_BIT_AND),
    (aten.bitwise_or,): binary(lib.IPU_MAP_BIT_OR),
    (aten.bitwise_xor,): binary(lib.IPU_MAP_BIT_XOR),
    (aten.eq,): compare(lib.IPU_MAP_EQ), (aten.ne,): compare(lib.IPU_MAP_NE),
    (aten.lt,): compare(lib.IPU_MAP_LT), (aten.le,): compare(lib.IPU_MAP_LE),
    (aten.gt,): compare(lib.IPU_MAP_GT), (aten.ge,): compare(lib.IPU_MAP_GE),
    (aten.logical_and,): compare(lib.IPU_MAP_AND), (aten.logical_or,): compare(lib.IPU_MAP_OR),
    (aten.logical_xor,): compare(lib.IPU_MAP_XOR),
    (aten.logical_not,): test(lib.IPU_MAP_NOT), (aten.isnan,): test(lib.IPU_MAP_ISNAN),
    (aten.isinf,): test(lib.IPU_MAP_ISINF), (aten.isfinite,): test(lib.IPU_MAP_ISFINITE),
    (aten.neg,): unary(lib.IPU_MAP_NEG), (aten.abs,): unary(lib.IPU_MAP_ABS),
    (aten.sign, aten.sgn): unary(lib.IPU_MAP_SIGN), (aten.square,): unary(lib.IPU_MAP_SQUARE),
    (aten.relu,): unary(lib.IPU_MAP_RELU), (aten.floor,): unary(lib.IPU_MAP_FLOOR),
    (aten.ceil,): unary(lib.IPU_MAP_CEIL), (aten.round.default,): unary(lib.IPU_MAP_ROUND),
    (aten.trunc,): unary(lib.IPU_MAP_TRUNC), (aten.sqrt,): unary(lib.IPU_MAP_SQRT),
    (aten.rsqrt,): unary(lib.IPU_MAP_RSQRT), (aten.reciprocal,): unary(lib.IPU_MAP_RECIPROCAL),
    (aten.exp,): unary(lib.IPU_MAP_EXP), (aten.expm1,): unary(lib.IPU_MAP_EXPM1),
    (aten.log,): unary(lib.IPU_MAP_LOG), (aten.log1p,): unary(lib.IPU_MAP_LOG1P),
    (aten.erf,): unary(lib.IPU_MAP_ERF), (aten.tanh,): unary(lib.IPU_MAP_TANH),
    (aten.sigmoid,): unary(lib.IPU_MAP_SIGMOID), (aten.silu,): unary(lib.IPU_MAP_SILU),
    (aten.tanh_backward,): binary(lib.IPU_MAP_TANH_GRAD),
    (aten.sigmoid_backward,): binary(lib.IPU_MAP_SIGMOID_GRAD),
    (aten.silu_backward,): binary(lib.IPU_MAP_SILU_GRAD),
}.items():
    handles(*_names)(_handler)


def scaled(sign: int, op: int) -> Handler:
    def handler(b: Builder, meta: Any, x: Any, y: Any, alpha: Any = 1) -> Value:
        kind = meta.dtype if meta.dtype != torch.bool else torch.uint8
        operands = [number_of(b, x, kind), number_of(b, y, kind)]
        if alpha == 1:
            return b.elementwise(op, meta.shape, meta.dtype, operands, kind)
        return b.elementwise(lib.IPU_MAP_ADD_SCALED, meta.shape, meta.dtype, operands, kind,
                             alpha=sign * alpha)
    return handler


handles(aten.add.Tensor, aten.add.Scalar)(scaled(1, lib.IPU_MAP_ADD))
handles(aten.sub.Tensor, aten.sub.Scalar)(scaled(-1, lib.IPU_MAP_SUB))


@handles(aten.rsub.Scalar, aten.rsub.Tensor)
def rsub(b: Builder, meta: Any, x: Any, y: Any, alpha: Any = 1) -> Value:
    return scaled(-1, lib.IPU_MAP_SUB)(b, meta, y, x, alpha)


@handles(aten.bitwise_not)
def bitwise_not(b: Builder, meta: Any, x: Value) -> Value:
    op = lib.IPU_MAP_NOT if x.dtype == torch.bool else lib.IPU_MAP_BIT_NOT
    kind = torch.uint8 if x.dtype == torch.bool else x.dtype
    return b.elementwise(op, meta.shape, meta.dtype, [x], kind)


@handles(aten.pow.Tensor_Scalar, aten.pow.Tensor_Tensor, aten.pow.Scalar)
def power(b: Builder, meta: Any, x: Any, y: Any) -> Value:
    kind = meta.dtype
    if y == 2:
        return b.elementwise(lib.IPU_MAP_SQUARE, meta.shape, kind, [x], kind)
    if y == 0.5:
        return b.elementwise(lib.IPU_MAP_SQRT, meta.shape, kind, [x], kind)
    if y == -0.5:
        return b.elementwise(lib.IPU_MAP_RSQRT, meta.shape, kind, [x], kind)
    if y == -1:
        return b.elementwise(lib.IPU_MAP_RECIPROCAL, meta.shape, kind, [x], kind)
    if y == 1:
        return b.cast(x, kind)
    if y == 3:
        square = b.elementwise(lib.IPU_MAP_SQUARE, meta.shape, kind, [x], kind)
        return b.elementwise(lib.IPU_MAP_MUL, meta.shape, kind, [square, x], kind)
    need(kind.is_floating_point, "a power of integers")
    return b.elementwise(lib.IPU_MAP_POW, meta.shape, kind,
                         [number_of(b, x, kind), number_of(b, y, kind)], kind)


@handles(aten.clamp.default, aten.clamp_min.default, aten.clamp_max.default, aten.hardtanh)
def clamp(b: Builder, meta: Any, x: Value, low: Any = None, high: Any = None) -> Value:
    kind = meta.dtype
    least = -math.inf if kind.is_floating_point else -2**31
    return b.elementwise(lib.IPU_MAP_CLAMP, meta.shape, kind, [x], kind,
                         alpha=least if low is None else low,
                         beta=-least - (0 if kind.is_floating_point else 1) if high is None
                         else high)


TABLE[aten.hardtanh.default] = lambda b, meta, x, low=-1, high=1: clamp(b, meta, x, low, high)
TABLE[aten.clamp_max.default] = lambda b, meta, x, high: clamp(b, meta, x, None, high)


@handles(aten.clamp.Tensor, aten.clamp_min.Tensor, aten.clamp_max.Tensor)
def clamp_tensor(b: Builder, meta: Any, x: Value, low: Any = None, high: Any = None) -> Value:
    kind = meta.dtype
    if low is not None:
        x = b.elementwise(lib.IPU_MAP_MAX, meta.shape, kind, [x, low], kind)
    if high is not None:
        x = b.elementwise(lib.IPU_MAP_MIN, meta.shape, kind, [x, high], kind)
    return x


TABLE[aten.clamp_max.Tensor] = lambda b, meta, x, high: clamp_tensor(b, meta, x, None, high)


@handles(aten.gelu.default)
def gelu(b: Builder, meta: Any, x: Value, *, approximate: str = "none") -> Value:
    op = lib.IPU_MAP_GELU_TANH if approximate == "tanh" else lib.IPU_MAP_GELU
    return b.elementwise(op, meta.shape, meta.dtype, [x], meta.dtype)


@handles(aten.gelu_backward.default)
def gelu_backward(b: Builder, meta: Any, dy: Value, x: Value, *,
                  approximate: str = "none") -> Value:
    op = lib.IPU_MAP_GELU_TANH_GRAD if approximate == "tanh" else lib.IPU_MAP_GELU_GRAD
    return b.elementwise(op, meta.shape, meta.dtype, [dy, x], meta.dtype)


@handles(aten.threshold_backward.default)
def threshold_backward(b: Builder, meta: Any, dy: Value, x: Value, threshold: Any) -> Value:
    return b.elementwise(lib.IPU_MAP_RELU_GRAD, meta.shape, meta.dtype, [dy, x], meta.dtype,
                         alpha=threshold)


@handles(aten.leaky_relu.default)
def leaky_relu(b: Builder, meta: Any, x: Value, slope: Any = 0.01) -> Value:
    return b.elementwise(lib.IPU_MAP_LEAKY_RELU, meta.shape, meta.dtype, [x], meta.dtype,
                         alpha=slope)


@handles(aten.leaky_relu_backward.default)
def leaky_relu_backward(b: Builder, meta: Any, dy: Value, x: Value, slope: Any,
                        of_result: bool) -> Value:
    return b.elementwise(lib.IPU_MAP_LEAKY_RELU_GRAD, meta.shape, meta.dtype, [dy, x], meta.dtype,
                         alpha=slope)


@handles(aten.where.self, aten.where.ScalarSelf, aten.where.ScalarOther)
def where(b: Builder, meta: Any, cond: Value, x: Any, y: Any) -> Value:
    kind = meta.dtype
    if cond.const is not None:
        chosen = b.cast(number_of(b, x if cond.const else y, kind), kind)
        return Value(chosen.base, chosen.t.expand(tuple(meta.shape)), chosen.const)
    small = torch.uint8 if kind == torch.bool else kind
    return b.elementwise(lib.IPU_MAP_SELECT, meta.shape, kind,
                         [cond, number_of(b, x, kind), number_of(b, y, kind)],
                         [torch.bool, small, small])


@handles(aten.masked_fill.Scalar, aten.masked_fill.Tensor)
def masked_fill(b: Builder, meta: Any, x: Value, mask: Value, number: Any) -> Value:
    return where(b, meta, mask, number, x)


@handles(aten.addcmul.default)
def addcmul(b: Builder, meta: Any, x: Value, y: Value, z: Value, *, value: Any = 1) -> Value:
    return b.elementwise(lib.IPU_MAP_ADDCMUL, meta.shape, meta.dtype, [x, y, z], meta.dtype,
                         alpha=value)


@handles(aten.addcdiv.default)
def addcdiv(b: Builder, meta: Any, x: Value, y: Value, z: Value, *, value: Any = 1) -> Value:
    return b.elementwise(lib.IPU_MAP_ADDCDIV, meta.shape, meta.dtype, [x, y, z], meta.dtype,
                         alpha=value)


@handles(aten.lerp.Scalar)
def lerp(b: Builder, meta: Any, x: Value, y: Value, weight: Any) -> Value:
    return b.elementwise(lib.IPU_MAP_LERP, meta.shape, meta.dtype, [x, y], meta.dtype, alpha=weight)


# ---- Put together -----------------------------------------------------------------------

@handles(aten.cat.default)
def cat(b: Builder, meta: Any, values: list[Value], dim: int = 0) -> Value:
    values = [b.cast(v, meta.dtype) for v in values if v.shape != (0,)]
    dim %= meta.ndim
    full_size = max(values, key=lambda v: count_of(v.shape))
    order = b.order(full_size) if full_size.const is None else list(range(meta.ndim))
    to = b.new(meta.shape, meta.dtype, order)
    at = 0
    for value in values:
        source = b.physical(value, order)
        if count_of(value.shape):
            b.op("place", [to.base], [source] + ([to.base] if at else []), to.base, source,
                 order.index(dim), at)
        at += value.shape[dim]
    return to


def place(b: Builder, x: Value, part: Value, dim: int, at: int) -> Value:
    """x with a part of it replaced."""
    order = b.order(x)
    to = b.own(x, order)
    source = b.physical(b.cast(part, x.dtype), order)
    b.op("place", [to], [source, to], to, source, order.index(dim), at)
    return b.value(to, x.shape, x.dtype, order)


def spaced(b: Builder, part: Value, dim: int, step: int, number: Any, most: int) -> Value:
    """A number after each element in a dimension, step - 1 times; at most so many elements."""
    shape = list(part.shape)
    wide = b.number(number, [*shape[:dim + 1], step, *shape[dim + 1:]], part.dtype)
    value = place(b, wide, Value(part.base, part.t.unsqueeze(dim + 1), part.const), dim + 1, 0)
    value = b.contiguous(value)
    shape[dim] *= step
    return Value(value.base, value.t.view(shape).narrow(dim, 0, min(shape[dim], most)))


@handles(aten.slice_scatter.default)
def slice_scatter(b: Builder, meta: Any, x: Value, part: Value, dim: int = 0, start: Any = None,
                  end: Any = None, step: int = 1) -> Value:
    dim %= meta.ndim
    length = x.shape[dim]
    start = min(max(start + length if start is not None and start < 0 else start or 0, 0), length)
    if step > 1 and count_of(part.shape):
        need(x.const is not None, "slice_scatter with a step")
        part = spaced(b, part, dim, step, x.const, length - start)
    return place(b, x, part, dim, start) if count_of(part.shape) else x


@handles(aten.select_scatter.default)
def select_scatter(b: Builder, meta: Any, x: Value, part: Value, dim: int, index: int) -> Value:
    dim %= meta.ndim
    part = Value(part.base, part.t.unsqueeze(dim), part.const)
    return place(b, x, part, dim, index % x.shape[dim])


@handles(aten.slice_backward.default)
def slice_backward(b: Builder, meta: Any, dy: Value, sizes: Any, dim: int, start: int, end: int,
                   step: int) -> Value:
    zero = b.number(0, tuple(meta.shape), meta.dtype)
    return slice_scatter(b, meta, zero, dy, dim, start, end, step)


@handles(aten.select_backward.default)
def select_backward(b: Builder, meta: Any, dy: Value, sizes: Any, dim: int, index: int) -> Value:
    return select_scatter(b, meta, b.number(0, tuple(meta.shape), meta.dtype), dy, dim, index)


@handles(aten.constant_pad_nd.default)
def constant_pad_nd(b: Builder, meta: Any, x: Value, pad: list[int], number: Any = 0) -> Value:
    n = len(x.shape)
    t = x.t
    pads = {n - 1 - i // 2: (pad[i], pad[i + 1]) for i in range(0, len(pad), 2)}
    for dim, (before, after) in pads.items():
        if before < 0 or after < 0:
            t = t.narrow(dim, max(-before, 0), t.shape[dim] + min(before, 0) + min(after, 0))
    x = Value(x.base, t, x.const)
    for dim, (before, after) in pads.items():
        if before > 0 or after > 0:
            shape = list(x.shape)
            shape[dim] += max(before, 0) + max(after, 0)
            x = place(b, b.number(number, shape, meta.dtype), x, dim, max(before, 0))
    return x


@handles(aten.repeat.default)
def repeat(b: Builder, meta: Any, x: Value, sizes: list[int]) -> Value:
    shape = [1] * (len(sizes) - len(x.shape)) + list(x.shape)
    wide = [n for pair in zip(sizes, shape) for n in pair]
    value = b.contiguous(x)
    t = value.t.view(shape).view([n for s in shape for n in (1, s)]).expand(wide)
    if value.const is not None:
        return b.number(value.const, tuple(meta.shape), meta.dtype)
    number = b.physical(Value(value.base, t)) if len(wide) <= 6 else None
    need(number is not None, "repeat of more than 3 dimensions")
    return b.value(b.base_of(number), tuple(meta.shape), meta.dtype)


@handles(aten.flip.default)
def flip(b: Builder, meta: Any, x: Value, dims: list[int]) -> Value:
    source, n = b.dense(x), len(x.shape)
    turned = {d % n for d in dims}
    stride = list(torch.empty(x.shape, device="meta").stride())
    offset = sum((x.shape[d] - 1) * stride[d] for d in turned)
    need(n <= 6 and n and count_of(x.shape), "flip of no element, or of more than 6 dimensions")
    to = b.new(meta.shape, meta.dtype)
    b.op("copy", [to.base], [source], to.base, source, offset, list(x.shape),
         [-s if d in turned else s for d, s in enumerate(stride)])
    return to
