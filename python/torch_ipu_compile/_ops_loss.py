# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: losses."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value, count_of, need
from ._ops import F32, aten, flat_value, handles
from ._ops_index import rows_by
from ._ops_reduce import reduce

# ---- Likelihoods ------------------------------------------------------------------------

def loss_rows(b: Builder, x: Value) -> int:
    """Logits of [rows, classes]: of one row, or of [N, C, H, W]."""
    t = x.t.unsqueeze(0) if x.t.ndim == 1 else x.t.movedim(1, -1)
    return flat_value(b, Value(x.base, t, x.const), [count_of(t.shape[:-1]), t.shape[-1]])


def flat_labels(b: Builder, labels: Value) -> Value:
    count = count_of(labels.shape)
    return b.value(b.base_of(flat_value(b, labels, [count])), [count], labels.dtype)


def like_logits(to: Value, shape: Any) -> Value:
    """Rows of classes, as the logits were."""
    if len(shape) == 1:
        return Value(to.base, to.t.view(shape))
    return Value(to.base, to.t.view([shape[0], *shape[2:], shape[1]]).movedim(-1, 1))


def row_weights(b: Builder, labels: Value, weight: Value, ignore: int) -> tuple[Value, Value]:
    """Of each row the label, or 0, and the weight of its class; 0 for the label to ignore."""
    rows, kind = labels.shape, labels.dtype
    seen = b.elementwise(lib.IPU_MAP_NE, rows, torch.bool, [labels, b.number(ignore, (), kind)],
                         kind)
    known = b.elementwise(lib.IPU_MAP_SELECT, rows, kind, [seen, labels, b.number(0, (), kind)],
                          [torch.bool, kind, kind])
    column = Value(weight.base, weight.t.unsqueeze(1), weight.const)
    each = rows_by(b, column, known)
    each = b.cast(Value(each.base, each.t.view(rows)), F32)
    return known, b.elementwise(lib.IPU_MAP_SELECT, rows, F32, [seen, each, b.number(0, (), F32)],
                                [torch.bool, F32, F32])


def weighted_loss(b: Builder, x: int, kind: torch.dtype, labels: Value, weight: Value,
                  reduction: int, ignore: int) -> tuple[Value, Value]:
    """The loss of each row, or one; and the sum of the weights. By simpler operations."""
    count = labels.shape[0]
    known, each = row_weights(b, labels, weight, ignore)
    chosen, to = flat_value(b, known, [count, 1]), b.new([count, 1], kind)
    b.op("take_along", [to.base], [x, chosen], to.base, x, chosen, 1)
    loss = b.elementwise(lib.IPU_MAP_MUL, [count], F32, [Value(to.base, to.t.view(count)), each],
                         F32)
    loss = b.elementwise(lib.IPU_MAP_NEG, [count], F32, [loss], F32)
    total = reduce(b, lib.IPU_REDUCE_SUM, each, None, False, F32)
    if reduction != lib.IPU_LOSS_NONE:
        loss = reduce(b, lib.IPU_REDUCE_SUM, loss, None, False, F32)
    if reduction == lib.IPU_LOSS_MEAN:
        loss = b.elementwise(lib.IPU_MAP_DIV, (), F32, [loss, total], F32)
    return loss, total


@handles(aten.nll_loss_forward.default, aten.nll_loss2d_forward.default)
def nll_loss(b: Builder, meta: Any, x: Value, labels: Value, weight: Any, reduction: int,
             ignore: int) -> Any:
    source, count = loss_rows(b, x), count_of(labels.shape)
    where = flat_value(b, labels, [count])
    if weight is not None:
        loss, total = weighted_loss(b, source, x.dtype, flat_labels(b, labels), weight, reduction,
                                    ignore)
    else:
        loss = b.new([count] if reduction == lib.IPU_LOSS_NONE else (), F32)
        total = b.new((), F32)
        b.op("loss", [loss.base, total.base], [source, where], nll=True, reduction=reduction,
             ignore=ignore, loss=loss.base, total=total.base, x=source, labels=where)
    loss = Value(loss.base, loss.t.view(tuple(meta[0].shape)))
    return b.cast(loss, x.dtype), b.cast(total, x.dtype)


def weighted_loss_grad(b: Builder, dloss: Value, shape: list[int], labels: Value, weight: Value,
                       ignore: int, total: Value | None) -> Value:
    """-weight times the gradient of the loss, where the label is, and 0 elsewhere."""
    count, kind = labels.shape[0], labels.dtype
    known, each = row_weights(b, labels, weight, ignore)
    each = b.elementwise(lib.IPU_MAP_MUL, [count], F32, [each, dloss], F32)
    if total is not None:
        each = b.elementwise(lib.IPU_MAP_DIV, [count], F32, [each, total], F32)
    each = b.elementwise(lib.IPU_MAP_NEG, [count], F32, [each], F32)
    classes = b.new([shape[1]], torch.int32)
    b.op("arange", [classes.base], [], classes.base, 0, 1)
    here = b.elementwise(lib.IPU_MAP_EQ, shape, torch.bool,
                         [Value(known.base, known.t.unsqueeze(1)), classes], kind)
    return b.elementwise(lib.IPU_MAP_SELECT, shape, F32,
                         [here, Value(each.base, each.t.unsqueeze(1)), b.number(0, (), F32)],
                         [torch.bool, F32, F32])


@handles(aten.nll_loss_backward.default, aten.nll_loss2d_backward.default)
def nll_loss_grad(b: Builder, meta: Any, dloss: Value, x: Value, labels: Value, weight: Any,
                  reduction: int, ignore: int, total: Value) -> Value:
    count = count_of(labels.shape)
    shape = [count, x.shape[1 if len(x.shape) > 1 else 0]]
    grad, where = b.cast(dloss, F32), flat_value(b, labels, [count])
    if reduction == lib.IPU_LOSS_NONE:
        number = flat_value(b, grad, [count])
        grad = b.value(b.base_of(number), [count], F32)
    if weight is not None:
        dx = weighted_loss_grad(b, grad, shape, flat_labels(b, labels), weight, ignore,
                                b.cast(total, F32) if reduction == lib.IPU_LOSS_MEAN else None)
        return like_logits(b.cast(dx, x.dtype), x.shape)
    dx = b.new(shape, x.dtype)
    of, rows = b.dense(grad), b.dense(b.cast(total, F32))
    b.op("loss", [dx.base], [of, where, rows], nll=True, gradient=True, reduction=reduction,
         ignore=ignore, loss=of, total=rows, labels=where, dx=dx.base)
    return like_logits(dx, x.shape)


# ---- Squared errors ---------------------------------------------------------------------

@handles(aten.mse_loss.default)
def mse_loss(b: Builder, meta: Any, x: Value, y: Value, reduction: int = 1) -> Value:
    need(x.shape == y.shape, "a squared error of different shapes")
    order = b.order(x)
    loss = b.new(meta.shape, x.dtype, order) if reduction == 0 else b.new((), F32)
    first, second = b.physical(x, order), b.physical(b.cast(y, x.dtype), order)
    b.op("mse", [loss.base], [first, second], reduction, loss.base, first, second)
    return b.cast(loss, meta.dtype)


@handles(aten.mse_loss_backward.default)
def mse_loss_grad(b: Builder, meta: Any, dloss: Value, x: Value, y: Value, reduction: int) -> Value:
    need(x.shape == y.shape, "a squared error of different shapes")
    order = b.order(x)
    dx = b.new(x.shape, x.dtype, order)
    grad = b.physical(b.cast(dloss, x.dtype), order) if reduction == 0 else \
        b.dense(b.cast(dloss, F32))
    first, second = b.physical(x, order), b.physical(b.cast(y, x.dtype), order)
    b.op("mse_grad", [dx.base], [grad, first, second], reduction, grad, first, second, dx.base)
    return dx
