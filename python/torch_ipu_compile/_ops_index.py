# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: elements and rows by their numbers."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value, count_of, need
from ._ops import aten, flat_value, handles, number_of


def rows_by(b: Builder, x: Value, index: Value) -> Value:
    """Parts of the first dimension, by their numbers."""
    columns = count_of(x.shape[1:])
    table = flat_value(b, x, [x.shape[0], columns])
    where = b.dense(index)
    to = b.new([*index.shape, columns], x.dtype)
    b.op("embedding", [to.base], [table, where], to.base, table, where)
    return Value(to.base, to.t.view([*index.shape, *x.shape[1:]]))


@handles(aten.embedding.default)
def embedding(b: Builder, meta: Any, table: Value, index: Value, padding: int = -1,
              scale: bool = False, sparse: bool = False) -> Value:
    to = b.new(meta.shape, meta.dtype)
    source, where = b.dense(table), b.dense(index)
    b.op("embedding", [to.base], [source, where], to.base, source, where)
    return to


def scatter_rows(b: Builder, shape: Any, rows: Value, index: Value, skip: int,
                 onto: Value | None = None) -> Value:
    onto = onto if onto is not None else b.number(0, shape, rows.dtype)
    to = b.own(onto)
    source, where = b.dense(rows), b.dense(index)
    b.op("scatter_add", [to], [source, where, to], to, source, where, skip)
    return b.value(to, shape, rows.dtype)


@handles(aten.embedding_dense_backward.default)
def embedding_grad(b: Builder, meta: Any, dy: Value, index: Value, rows: int, padding: int,
                   scale: bool) -> Value:
    need(not scale, "gradients scaled by frequency")
    return scatter_rows(b, tuple(meta.shape), dy, index, padding)


@handles(aten.index_select.default)
def index_select(b: Builder, meta: Any, x: Value, dim: int, index: Value) -> Value:
    dim %= len(x.shape)
    turned = Value(x.base, x.t.movedim(dim, 0), x.const)
    value = rows_by(b, turned, index)
    return Value(value.base, value.t.movedim(0, dim))


def from_the_front(b: Builder, index: Value, rows: int) -> Value:
    """Indices as they are in brackets: negative ones count from the end."""
    shape, kind = index.shape, index.dtype
    negative = b.elementwise(lib.IPU_MAP_LT, shape, torch.bool, [index, b.number(0, (), kind)], kind)
    moved = b.elementwise(lib.IPU_MAP_ADD, shape, kind, [index, b.number(rows, (), kind)], kind)
    return b.elementwise(lib.IPU_MAP_SELECT, shape, kind, [negative, moved, index],
                         [torch.bool, kind, kind])


def vectors(b: Builder, x: Value, indices: Any) -> tuple[int, list[Value]]:
    """Indices of neighbouring dimensions: the first of them, and what is wanted of each. One index
    of any shape, or several vectors, of which each has a dimension of the result of its own."""
    given = [(dim, i) for dim, i in enumerate(indices) if i is not None]
    need(all(i.dtype in (torch.int64, torch.int32) for _, i in given),
         "what is chosen by true and false, of which nobody knows how much it is")
    first, count = given[0][0], len(given)
    need([dim for dim, _ in given] == list(range(first, first + count)),
         "indices of dimensions that are not neighbours")
    values = [from_the_front(b, i, x.shape[dim]) for dim, i in given]
    if count == 1:
        return first, values
    most = max(len(v.shape) for v in values)
    vectors = []
    for place, value in enumerate(values):
        shape = [1] * (most - len(value.shape)) + list(value.shape)
        need(most == count and all(n == 1 for d, n in enumerate(shape) if d != place),
             "several indices that are taken together")
        vectors.append(Value(value.base, value.t.reshape(-1), value.const))
    return first, vectors


@handles(aten.index.Tensor, aten._unsafe_index.Tensor)
def index_tensor(b: Builder, meta: Any, x: Value, indices: Any) -> Value:
    first, chosen = vectors(b, x, indices)
    for dim, index in enumerate(chosen, first):
        turned = Value(x.base, x.t.movedim(dim, 0), x.const)
        value, extra = rows_by(b, turned, index), len(index.shape)
        order = [*range(extra, extra + dim), *range(extra), *range(extra + dim, value.t.ndim)]
        x = Value(value.base, value.t.permute(order))
    return x


@handles(aten.index_put.default, aten._unsafe_index_put.default)
def index_put(b: Builder, meta: Any, x: Value, indices: Any, rows: Value,
              accumulate: bool = False) -> Value:
    need(accumulate, "index_put that is no sum")
    first, chosen = vectors(b, x, indices)
    shape = list(x.shape)
    places = chosen[0].shape if len(chosen) == 1 else [n for v in chosen for n in v.shape]
    rows = Value(rows.base, rows.t.expand([*shape[:first], *places,
                                           *shape[first + len(chosen):]]), rows.const)
    for dim, index in reversed(list(enumerate(chosen, first))):
        last = dim == first
        rows = summed_rows(b, rows, dim, index, shape[dim], x if last else None)
    return rows


def summed_rows(b: Builder, rows: Value, dim: int, index: Value, count: int,
                onto: Value | None) -> Value:
    """The reverse of taking parts of a dimension: added up where they came from."""
    extra = len(index.shape)
    order = [*range(dim, dim + extra), *range(dim), *range(dim + extra, rows.t.ndim)]
    turned = Value(rows.base, rows.t.permute(order), rows.const)
    rest = list(turned.shape[extra:])
    source = flat_value(b, turned, [count_of(index.shape), count_of(rest)])
    where = flat_value(b, index, [count_of(index.shape)])
    onto = b.number(0, [count, *rest], rows.dtype) if onto is None else \
        Value(onto.base, onto.t.movedim(dim, 0), onto.const)
    to = b.own(onto, list(range(len(rest) + 1)))
    flat = b.view(to, [count, count_of(rest)])
    b.op("scatter_add", [flat], [source, where, flat], flat, source, where, -1)
    value = b.value(to, [count, *rest], rows.dtype)
    return Value(value.base, value.t.movedim(0, dim))


def places_of(b: Builder, x: Value, dim: int, index: Value, at: int) -> Value:
    """Where along a dimension the index's number @at says, in the shape of x."""
    shape = [1] * len(x.shape)
    shape[dim] = x.shape[dim]
    numbers = b.new([x.shape[dim]], torch.int32)
    b.op("arange", [numbers.base], [], numbers.base, 0, 1)
    chosen = Value(index.base, index.t.narrow(dim, at, 1), index.const)
    return b.elementwise(lib.IPU_MAP_EQ, x.shape, torch.bool,
                         [Value(numbers.base, numbers.t.view(shape)), chosen], torch.int32)


def scattered(b: Builder, x: Value, dim: int, index: Value, source: Any, add: bool) -> Value:
    """By comparing: one pass for each index of an element's."""
    dim %= len(x.shape)
    need(index.shape[dim] <= 4 and all(i == n for d, (i, n) in enumerate(zip(index.shape, x.shape))
                                       if d != dim),
         "scatter by more than 4 indices, or of a part")
    kind = x.dtype if x.dtype != torch.bool else torch.uint8
    for at in range(index.shape[dim]):
        given = Value(source.base, source.t.narrow(dim, at, 1), source.const) \
            if isinstance(source, Value) and source.shape else number_of(b, source, x.dtype)
        if add:
            given = b.elementwise(lib.IPU_MAP_ADD, x.shape, x.dtype, [x, given], kind)
        x = b.elementwise(lib.IPU_MAP_SELECT, x.shape, x.dtype,
                          [places_of(b, x, dim, index, at), given, x], [torch.bool, kind, kind])
    return x


@handles(aten.scatter.src, aten.scatter.value)
def scatter(b: Builder, meta: Any, x: Value, dim: int, index: Value, source: Any) -> Value:
    return scattered(b, x, dim, index, source, False)


@handles(aten.scatter_add.default)
def scatter_add(b: Builder, meta: Any, x: Value, dim: int, index: Value, source: Value) -> Value:
    return scattered(b, x, dim, index, source, True)


@handles(aten.gather.default)
def gather(b: Builder, meta: Any, x: Value, dim: int, index: Value, *,
           sparse_grad: bool = False) -> Value:
    to = b.new(meta.shape, x.dtype)
    source, where = b.dense(x), b.dense(index)
    b.op("take_along", [to.base], [source, where], to.base, source, where, dim % len(x.shape))
    return to
