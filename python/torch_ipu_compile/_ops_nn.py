# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: reductions, products, layers of networks."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import NONE, lib

from ._lower import Builder, Value, count_of, need
from ._ops import aten, handles, number_of

F32 = torch.float32
NHWC = [0, 2, 3, 1]


# ---- Reductions -------------------------------------------------------------------------

def reduce(b: Builder, op: int, x: Value, dims: Any, keepdim: bool, dtype: torch.dtype) -> Value:
    n = len(x.shape)
    which = sorted({d % n for d in dims}) if dims is not None and len(dims) else list(range(n))
    if x.const is not None:
        x = b.value(b.base_of(b.dense(x)), x.shape, x.dtype)
    order = b.order(x)
    source = b.physical(x, order)
    left = [d for d in order if d not in which]
    kept = [x.shape[d] for d in left]
    to = b.root(kept, dtype)
    b.op("reduce", [to], [source], op, to, source,
         sum(1 << i for i, d in enumerate(order) if d in which))
    value = b.value(to, [x.shape[d] for d in sorted(left)], dtype,
                    [sorted(left).index(d) for d in left])
    t = value.t
    if keepdim:
        for d in which:
            t = t.unsqueeze(d)
    return Value(to, t)


def as_sum(b: Builder, x: Value, dtype: torch.dtype) -> Value:
    """In a type that sums can be of."""
    return b.cast(x, torch.int32 if not dtype.is_floating_point else
                  x.dtype if x.dtype.is_floating_point else dtype)


@handles(aten.sum.dim_IntList, aten.sum.default)
def sum_(b: Builder, meta: Any, x: Value, dims: Any = None, keepdim: bool = False, *,
         dtype: Any = None) -> Value:
    return reduce(b, lib.IPU_REDUCE_SUM, as_sum(b, x, meta.dtype), dims, keepdim, meta.dtype)


@handles(aten.mean.dim, aten.mean.default)
def mean(b: Builder, meta: Any, x: Value, dims: Any = None, keepdim: bool = False, *,
         dtype: Any = None) -> Value:
    return reduce(b, lib.IPU_REDUCE_MEAN, x, dims, keepdim, meta.dtype)


def one_dim(op: int) -> Any:
    def handler(b: Builder, meta: Any, x: Value, dims: Any = None, keepdim: bool = False) -> Value:
        dims = [dims] if isinstance(dims, int) else dims
        need(x.dtype.is_floating_point or x.dtype in (torch.int32, torch.int64), f"of {x.dtype}")
        return reduce(b, op, x, dims, keepdim, meta.dtype)
    return handler


handles(aten.amax.default, aten.max.default)(one_dim(lib.IPU_REDUCE_MAX))
handles(aten.amin.default, aten.min.default)(one_dim(lib.IPU_REDUCE_MIN))
handles(aten.prod.default, aten.prod.dim_int)(one_dim(lib.IPU_REDUCE_PRODUCT))


def argument(op: int) -> Any:
    def handler(b: Builder, meta: Any, x: Value, dim: Any = None, keepdim: bool = False) -> Value:
        if dim is None:
            x = b.contiguous(x)
            dim, x = 0, Value(x.base, x.t.reshape(-1))
            return reduce(b, op, x, [0], False, meta.dtype)
        return reduce(b, op, x, [dim], keepdim, meta.dtype)
    return handler


handles(aten.argmax.default)(argument(lib.IPU_REDUCE_ARGMAX))
handles(aten.argmin.default)(argument(lib.IPU_REDUCE_ARGMIN))


@handles(aten.max.dim, aten.min.dim)
def max_dim(b: Builder, meta: Any, x: Value, dim: int, keepdim: bool = False) -> Any:
    return (reduce(b, lib.IPU_REDUCE_MAX, x, [dim], keepdim, x.dtype),
            reduce(b, lib.IPU_REDUCE_ARGMAX, x, [dim], keepdim, torch.int64))


@handles(aten.min.dim)
def min_dim(b: Builder, meta: Any, x: Value, dim: int, keepdim: bool = False) -> Any:
    return (reduce(b, lib.IPU_REDUCE_MIN, x, [dim], keepdim, x.dtype),
            reduce(b, lib.IPU_REDUCE_ARGMIN, x, [dim], keepdim, torch.int64))


def logical(op: int) -> Any:
    def handler(b: Builder, meta: Any, x: Value, dims: Any = None, keepdim: bool = False) -> Value:
        dims = [dims] if isinstance(dims, int) else dims
        return reduce(b, op, x, dims, keepdim, torch.bool)
    return handler


handles(aten.any.default, aten.any.dim, aten.any.dims)(logical(lib.IPU_REDUCE_ANY))
handles(aten.all.default, aten.all.dim, aten.all.dims)(logical(lib.IPU_REDUCE_ALL))


@handles(aten.linalg_vector_norm.default)
def vector_norm(b: Builder, meta: Any, x: Value, order: Any = 2, dims: Any = None,
                keepdim: bool = False, *, dtype: Any = None) -> Value:
    need(order == 2, f"a norm of order {order}")
    return reduce(b, lib.IPU_REDUCE_NORM, x, dims, keepdim, meta.dtype)


def variance(b: Builder, x: Value, dims: Any, correction: Any, keepdim: bool,
             dtype: torch.dtype) -> tuple[Value, Value]:
    n = len(x.shape)
    dims = list(range(n)) if dims is None or not len(dims) else [d % n for d in dims]
    rows = count_of([x.shape[d] for d in dims])
    centre = reduce(b, lib.IPU_REDUCE_MEAN, x, dims, True, dtype)
    away = b.elementwise(lib.IPU_MAP_SUB, x.shape, dtype, [x, centre], dtype)
    total = reduce(b, lib.IPU_REDUCE_SUM_SQUARES, away, dims, keepdim, dtype)
    divisor = rows - (1 if correction is None else correction)
    var = b.elementwise(lib.IPU_MAP_DIV, total.shape, dtype,
                        [total, b.number(float(max(divisor, 0)), (), dtype)], dtype)
    if not keepdim:
        t = centre.t
        for d in sorted(dims, reverse=True):
            t = t.squeeze(d)
        centre = Value(centre.base, t)
    return var, centre


@handles(aten.var.correction)
def var(b: Builder, meta: Any, x: Value, dims: Any = None, *, correction: Any = None,
        keepdim: bool = False) -> Value:
    return variance(b, x, dims, correction, keepdim, meta.dtype)[0]


@handles(aten.var_mean.correction)
def var_mean(b: Builder, meta: Any, x: Value, dims: Any = None, *, correction: Any = None,
             keepdim: bool = False) -> Any:
    return variance(b, x, dims, correction, keepdim, x.dtype)


@handles(aten.topk.default)
def topk(b: Builder, meta: Any, x: Value, k: int, dim: int = -1, largest: bool = True,
         sorted: bool = True) -> Any:
    return ordered(b, x, k, dim, largest)


@handles(aten.sort.default, aten.sort.stable)
def sort(b: Builder, meta: Any, x: Value, dim: int = -1, descending: bool = False, *,
         stable: Any = None) -> Any:
    return ordered(b, x, x.shape[dim], dim, descending)


def ordered(b: Builder, x: Value, k: int, dim: int, descending: bool) -> Any:
    need(x.dtype.is_floating_point or x.dtype in (torch.int32, torch.int64), f"of {x.dtype}")
    order = last(b, x, dim)
    source = b.physical(x, order)
    shape = list(x.shape)
    shape[dim % len(shape)] = k
    values = b.new(shape, x.dtype, order)
    indices = b.new(shape, torch.int64, order)
    b.op("sort", [values.base, indices.base], [source], values.base, indices.base, source,
         descending)
    return values, indices


def last(b: Builder, x: Value, dim: int) -> list[int]:
    """The order of x with a dimension as the last one."""
    order = b.order(x)
    dim %= len(order)
    return [d for d in order if d != dim] + [dim]


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


# ---- Products ---------------------------------------------------------------------------

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


# ---- Convolutions and pooling -----------------------------------------------------------

def pair(x: Any, default: int = 0) -> list[int]:
    x = list(x) if isinstance(x, (list, tuple)) else [x]
    return [default, default] if not x else x * 2 if len(x) == 1 else x


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


def flat_value(b: Builder, value: Value, shape: list[int]) -> int:
    """Its elements in this shape."""
    number = b.dense(value)
    return b.view(b.base_of(number), shape)


def rows_by(b: Builder, x: Value, index: Value) -> Value:
    """Parts of the first dimension, by their numbers."""
    columns = count_of(x.shape[1:])
    table = flat_value(b, x, [x.shape[0], columns])
    where = b.dense(index)
    to = b.new([*index.shape, columns], x.dtype)
    b.op("embedding", [to.base], [table, where], to.base, table, where)
    return Value(to.base, to.t.view([*index.shape, *x.shape[1:]]))


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


# ---- Dropout, random numbers ------------------------------------------------------------

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
