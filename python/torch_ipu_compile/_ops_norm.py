# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: norms, and softmax."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import NONE, lib

from ._lower import Builder, Value, count_of
from ._ops import F32, aten, flat_value, handles
from ._ops_reduce import last, reduce


# ---- Softmax ----------------------------------------------------------------------------

def softmax(log: bool) -> Any:
    def handler(b: Builder, meta: Any, x: Value, dim: int, half_to_float: bool = False) -> Value:
        x = b.cast(x, meta.dtype)
        if not x.shape:
            return b.number(0 if log else 1, (), meta.dtype)
        order = last(b, x, dim)
        source = b.physical(x, order)
        to = b.new(x.shape, meta.dtype, order)
        b.op("softmax", [to.base], [source], log, to.base, source, 1.0, 0)
        return to
    return handler


handles(aten._softmax.default)(softmax(False))
handles(aten._log_softmax.default)(softmax(True))


def softmax_grad(log: bool) -> Any:
    def handler(b: Builder, meta: Any, dy: Value, y: Value, dim: int, dtype: Any) -> Value:
        order = last(b, y, dim)
        result = b.physical(y, order)
        grad = b.physical(b.cast(dy, y.dtype), order)
        to = b.new(y.shape, y.dtype, order)
        b.op("softmax_grad", [to.base], [result, grad], log, to.base, result, grad, 1.0, 0)
        return b.cast(to, meta.dtype)
    return handler


handles(aten._softmax_backward_data.default)(softmax_grad(False))
handles(aten._log_softmax_backward_data.default)(softmax_grad(True))


# ---- Norms ------------------------------------------------------------------------------

def vector(b: Builder, x: Any, dtype: torch.dtype) -> int:
    """Channels: a tensor of one dimension that is no view, as the tiles want it; or NONE."""
    if x is None:
        return NONE
    x = b.cast(x, dtype)
    number = b.dense(x)
    root = b.as_root(b.base_of(number))
    if len(root.shape) == 1:
        return b.base_of(number)
    to = b.root(x.shape, x.dtype)
    b.duplicate(to, number, x.dtype)
    return to


def channels_last(n: int) -> list[int]:
    return [0, *range(2, n), 1]


def batch_norm_train(b: Builder, x: Value, gamma: Any, beta: Any, running: Any, momentum: float,
                     epsilon: float) -> Any:
    order = channels_last(len(x.shape))
    channels = [x.shape[1]]
    to = b.new(x.shape, x.dtype, order)
    mean, rstd = b.new(channels, F32), b.new(channels, F32)
    moved = [NONE, NONE]
    if running[0] is not None:
        moved = [b.own(b.cast(r, F32)) for r in running]
    source = b.physical(x, order)
    g, o = vector(b, gamma, x.dtype), vector(b, beta, x.dtype)
    b.op("norm", [to.base, mean.base, rstd.base, *moved], [source, g, o, *moved], batch=True,
         to=to.base, x=source, gamma=g, beta=o, mean=mean.base, rstd=rstd.base,
         running_mean=moved[0], running_var=moved[1], momentum=momentum, epsilon=epsilon)
    return to, mean, rstd, [None if n == NONE else b.value(n, channels, F32) for n in moved]


def batch_norm_apply(b: Builder, x: Value, gamma: Any, beta: Any, mean: Value, var: Value,
                     epsilon: float) -> Value:
    order = channels_last(len(x.shape))
    to = b.new(x.shape, x.dtype, order)
    source = b.physical(x, order)
    g, o = vector(b, gamma, x.dtype), vector(b, beta, x.dtype)
    m, v = vector(b, mean, F32), vector(b, var, F32)
    b.op("norm", [to.base], [source, g, o, m, v], batch=True, inference=True, to=to.base, x=source,
         gamma=g, beta=o, mean=m, rstd=v, epsilon=epsilon)
    return to


@handles(aten._native_batch_norm_legit_functional.default)
def batch_norm_functional(b: Builder, meta: Any, x: Value, gamma: Any, beta: Any, mean: Any,
                          var: Any, training: bool, momentum: float, epsilon: float) -> Any:
    if not training:
        empty = b.number(0, (0,), F32)
        return batch_norm_apply(b, x, gamma, beta, mean, var, epsilon), empty, empty, mean, var
    to, save_mean, rstd, moved = batch_norm_train(b, x, gamma, beta, (mean, var), momentum, epsilon)
    return (to, save_mean, rstd, *moved)


@handles(aten._native_batch_norm_legit.no_stats)
def batch_norm_no_stats(b: Builder, meta: Any, x: Value, gamma: Any, beta: Any, training: bool,
                        momentum: float, epsilon: float) -> Any:
    return batch_norm_train(b, x, gamma, beta, (None, None), momentum, epsilon)[:3]


@handles(aten._native_batch_norm_legit_no_training.default)
def batch_norm_no_training(b: Builder, meta: Any, x: Value, gamma: Any, beta: Any, mean: Value,
                           var: Value, momentum: float, epsilon: float) -> Any:
    empty = b.number(0, (0,), F32)
    return batch_norm_apply(b, x, gamma, beta, mean, var, epsilon), empty, empty


@handles(aten.native_batch_norm.default)
def native_batch_norm(b: Builder, meta: Any, x: Value, gamma: Any, beta: Any, mean: Any, var: Any,
                      training: bool, momentum: float, epsilon: float) -> Any:
    return batch_norm_functional(b, meta, x, gamma, beta, mean, var, training, momentum,
                                 epsilon)[:3]


def frozen_batch_norm_grad(b: Builder, dy: Value, x: Value, gamma: Any, mean: Value, var: Value,
                           epsilon: float, mask: Any) -> Any:
    """In evaluation mode: the mean and the variance are numbers that do not depend on x."""
    shape = [1, x.shape[1], *[1] * (len(x.shape) - 2)]
    rest = [0, *range(2, len(x.shape))]

    def along(value: Value) -> Value:
        return Value(value.base, value.t.view(shape), value.const)

    var = b.elementwise(lib.IPU_MAP_ADD, var.shape, F32, [var, b.number(epsilon, (), F32)], F32)
    rstd = b.elementwise(lib.IPU_MAP_RSQRT, var.shape, F32, [var], F32)
    scale = rstd if gamma is None else b.elementwise(lib.IPU_MAP_MUL, rstd.shape, F32,
                                                     [rstd, gamma], F32)
    results: list[Any] = [None, None, None]
    if mask[0]:
        results[0] = b.cast(b.elementwise(lib.IPU_MAP_MUL, x.shape, F32, [dy, along(scale)], F32),
                            x.dtype)
    kind = x.dtype if gamma is None else gamma.dtype
    if mask[1]:
        away = b.elementwise(lib.IPU_MAP_SUB, x.shape, F32, [x, along(mean)], F32)
        away = b.elementwise(lib.IPU_MAP_MUL, x.shape, F32, [away, dy], F32)
        total = reduce(b, lib.IPU_REDUCE_SUM, away, rest, False, F32)
        results[1] = b.cast(b.elementwise(lib.IPU_MAP_MUL, total.shape, F32, [total, rstd], F32),
                            kind)
    if mask[2]:
        results[2] = b.cast(reduce(b, lib.IPU_REDUCE_SUM, dy, rest, False, F32), kind)
    return tuple(results)


@handles(aten.native_batch_norm_backward.default)
def batch_norm_backward(b: Builder, meta: Any, dy: Value, x: Value, gamma: Any, mean: Any, var: Any,
                        save_mean: Any, save_rstd: Any, train: bool, epsilon: float,
                        mask: Any) -> Any:
    if not train:
        return frozen_batch_norm_grad(b, dy, x, gamma, mean, var, epsilon, mask)
    order = channels_last(len(x.shape))
    dx = b.new(x.shape, x.dtype, order)
    dgamma, dbeta = b.new([x.shape[1]], F32), b.new([x.shape[1]], F32)
    grad, source = b.physical(dy, order), b.physical(x, order)
    g, m, r = vector(b, gamma, x.dtype), vector(b, save_mean, F32), vector(b, save_rstd, F32)
    b.op("norm", [dx.base, dgamma.base, dbeta.base], [grad, source, g, m, r], batch=True,
         gradient=True, to=dx.base, x=source, dy=grad, gamma=g, mean=m, rstd=r,
         dgamma=dgamma.base, dbeta=dbeta.base, epsilon=epsilon)
    kind = x.dtype if gamma is None else gamma.dtype
    return dx, b.cast(dgamma, kind), b.cast(dbeta, kind)


def rows_of(x: Value, shape: Any) -> tuple[list[int], list[int]]:
    columns = count_of(shape)
    outer = list(x.shape[:len(x.shape) - len(shape)])
    return [count_of(outer), columns], outer


@handles(aten.native_layer_norm.default)
def layer_norm(b: Builder, meta: Any, x: Value, shape: Any, gamma: Any, beta: Any,
               epsilon: float) -> Any:
    flat_shape, outer = rows_of(x, shape)
    source = flat_value(b, x, flat_shape)
    to = b.new(flat_shape, x.dtype)
    mean, rstd = b.new([flat_shape[0]], F32), b.new([flat_shape[0]], F32)
    g = NONE if gamma is None else flat_value(b, b.cast(gamma, x.dtype), [flat_shape[1]])
    o = NONE if beta is None else flat_value(b, b.cast(beta, x.dtype), [flat_shape[1]])
    b.op("norm", [to.base, mean.base, rstd.base], [source, g, o], to=to.base, x=source, gamma=g,
         beta=o, mean=mean.base, rstd=rstd.base, epsilon=epsilon)
    ones = outer + [1] * len(shape)
    return (Value(to.base, to.t.view(x.shape)), Value(mean.base, mean.t.view(ones)),
            Value(rstd.base, rstd.t.view(ones)))


@handles(aten.native_layer_norm_backward.default)
def layer_norm_backward(b: Builder, meta: Any, dy: Value, x: Value, shape: Any, mean: Value,
                        rstd: Value, gamma: Any, beta: Any, mask: Any) -> Any:
    flat_shape, _ = rows_of(x, shape)
    rows, columns = [flat_shape[0]], [flat_shape[1]]
    dx = b.new(flat_shape, x.dtype)
    dgamma = b.new(columns, x.dtype).base if mask[1] else NONE
    dbeta = b.new(columns, x.dtype).base if mask[2] else NONE
    grad, source = flat_value(b, b.cast(dy, x.dtype), flat_shape), flat_value(b, x, flat_shape)
    m, r = flat_value(b, mean, rows), flat_value(b, rstd, rows)
    g = NONE if gamma is None else flat_value(b, b.cast(gamma, x.dtype), columns)
    b.op("norm", [dx.base, dgamma, dbeta], [grad, source, g, m, r], gradient=True, to=dx.base,
         x=source, dy=grad, gamma=g, mean=m, rstd=r, dgamma=dgamma, dbeta=dbeta)
    wide = lambda n: None if n == NONE else b.value(n, shape, x.dtype)  # noqa: E731
    return Value(dx.base, dx.t.view(x.shape)), wide(dgamma), wide(dbeta)
