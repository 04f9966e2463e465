# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: sums and other reductions, and what is sorted."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value, count_of, need
from ._ops import aten, handles


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
