# SPDX-License-Identifier: MIT
"""Recurrent layers: all steps of an LSTM's layer are one operation of the traced graph.

PyTorch takes nn.LSTM and nn.GRU apart into some forty operations for each step. Of an LSTM's, two
are left here, forward and backward: a product, and a cell. What has no state, the products with
the inputs and the gradients of weights, is done for all steps at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F

from ._lower import Builder, Value, need
from ._ops import TABLE, flat_value
from ._ops_product import product

Pair = tuple[torch.Tensor, torch.Tensor]

# ---- Operations ---------------------------------------------------------------------------

_library = torch.library.Library("ipu_compile", "DEF")
# The states [steps, rows, columns]; then the gates of each step; then the cell's states
_library.define("lstm(Tensor x, Tensor h, Tensor c, Tensor weight) -> Tensor[]")
# Gradients of x, h and c
_library.define("lstm_grad(Tensor dout, Tensor? dc, Tensor c, Tensor weight, Tensor[] gates, "
                "Tensor[] cells) -> Tensor[]")
_ops = torch.ops.ipu_compile


def _cell(x: torch.Tensor, c: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    i, f, g, o = x.chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c = f * c + i * g
    return o * c.tanh(), c, torch.cat([i, f, g, o], 1)


def _lstm(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor,
          weight: torch.Tensor) -> list[torch.Tensor]:
    """By the CPU, where a part of a graph cannot be done by tiles."""
    states, gates, cells = [], [], []
    for step in x:
        h, c, gate = _cell(step + h @ weight.t(), c)
        states.append(h)
        gates.append(gate)
        cells.append(c)
    return [torch.stack(states), *gates, *cells]


def _lstm_grad(dout: torch.Tensor, dc: torch.Tensor | None, c: torch.Tensor, weight: torch.Tensor,
               gates: Sequence[torch.Tensor], cells: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    dx: list[torch.Tensor] = []
    dh, dcell = torch.zeros_like(c), torch.zeros_like(c) if dc is None else dc
    for step in reversed(range(len(gates))):
        i, f, g, o = gates[step].chunk(4, 1)
        dh, tanh = dh + dout[step], cells[step].tanh()
        dcell = dcell + dh * o * (1 - tanh * tanh)
        before = cells[step - 1] if step else c
        dgates = torch.cat([dcell * g * i * (1 - i), dcell * before * f * (1 - f),
                            dcell * i * (1 - g * g), dh * tanh * o * (1 - o)], 1)
        dh, dcell = dgates @ weight, dcell * f
        dx.insert(0, dgates)
    return [torch.stack(dx), dh, dcell]


_library.impl("lstm", _lstm, "CompositeExplicitAutograd")
_library.impl("lstm_grad", _lstm_grad, "CompositeExplicitAutograd")


@torch.library.register_fake("ipu_compile::lstm", lib=_library)
def _(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor,
      weight: torch.Tensor) -> list[torch.Tensor]:
    steps, rows, width = x.shape
    return [x.new_empty(steps, rows, width // 4), *(x.new_empty(rows, width) for _ in range(steps)),
            *(x.new_empty(rows, width // 4) for _ in range(steps))]


@torch.library.register_fake("ipu_compile::lstm_grad", lib=_library)
def _(dout: torch.Tensor, dc: torch.Tensor | None, c: torch.Tensor, weight: torch.Tensor,
      gates: Sequence[torch.Tensor], cells: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    steps, rows, columns = dout.shape
    return [dout.new_empty(steps, rows, 4 * columns), dout.new_empty(rows, columns),
            dout.new_empty(rows, columns)]


class LstmLayer(torch.autograd.Function):
    """x, which has what inputs and biases give the gates [steps, rows, 4 columns], the first states
    and the weights of a state, to the states and the last one of the cell."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor,
                weight: torch.Tensor) -> Pair:
        out, *rest = _ops.lstm(x, h, c, weight)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(h, c, weight, out, *rest)
        return out, rest[-1]

    @staticmethod
    def backward(ctx: Any, dout: torch.Tensor | None, dc: torch.Tensor | None) -> Any:
        h, c, weight, out, *rest = ctx.saved_tensors
        steps = len(rest) // 2
        dout = torch.zeros_like(out) if dout is None else dout
        dx, dh, dc = _ops.lstm_grad(dout, dc, c, weight, rest[:steps], rest[steps:])
        before = torch.cat([h.unsqueeze(0), out[:-1]])
        return dx, dh, dc, dx.flatten(0, 1).t() @ before.flatten(0, 1)


# ---- On tiles ---------------------------------------------------------------------------------

def lower_lstm(b: Builder, meta: Any, x: Value, h: Value, c: Value, weight: Value) -> list[Value]:
    steps, rows, columns = *x.shape[:2], h.shape[1]
    need(rows and columns, "an LSTM without examples, or without a state")
    turned = Value(weight.base, weight.t.t(), weight.const)
    source = flat_value(b, x, [steps * rows, 4 * columns])
    out = b.new([steps * rows, columns], x.dtype)
    gates, cells = [], []
    for step in range(steps):
        given = b.dense(product(b, h, turned, x.dtype) if h.const != 0 else
                        b.number(0, [rows, 4 * columns], x.dtype))
        old, h = b.dense(c), b.new([rows, columns], x.dtype)
        c, gate = b.new([rows, columns], x.dtype), b.new([rows, 4 * columns], x.dtype)
        b.op("lstm", [h.base, c.base, gate.base, out.base],
             [source, given, old, *([out.base] if step else [])], row=step * rows, hy=h.base,
             cy=c.base, gates=gate.base, out=out.base, x=source, h=given, cx=old)
        gates.append(gate)
        cells.append(c)
    return [Value(out.base, out.t.view(steps, rows, columns)), *gates, *cells]


def lower_lstm_grad(b: Builder, meta: Any, dout: Value, dc: Value | None, c: Value, weight: Value,
                    gates: Sequence[Value], cells: Sequence[Value]) -> list[Value | None]:
    steps, rows, columns = dout.shape
    source = flat_value(b, dout, [steps * rows, columns])
    dx, dh = b.new([steps * rows, 4 * columns], dout.dtype), None
    for step in reversed(range(steps)):
        dgates = b.new([rows, 4 * columns], dout.dtype)
        dcx = b.new([rows, columns], dout.dtype)
        reads = {"dout": source, "gates": b.dense(gates[step]), "cy": b.dense(cells[step]),
                 "cx": b.dense(cells[step - 1] if step else c)}
        for name, value in ("dhy", dh), ("dcy", dc):
            if value is not None:
                reads[name] = b.dense(value)
        b.op("lstm_grad", [dgates.base, dx.base, dcx.base],
             [*reads.values(), *([dx.base] if step < steps - 1 else [])], row=step * rows,
             dgates=dgates.base, all=dx.base, dcx=dcx.base, **reads)
        dh, dc = product(b, dgates, weight, dout.dtype), dcx
    return [Value(dx.base, dx.t.view(steps, rows, 4 * columns)), dh, dc]


TABLE[_ops.lstm.default] = lower_lstm
TABLE[_ops.lstm_grad.default] = lower_lstm_grad


# ---- In place of PyTorch's ------------------------------------------------------------------------

def _is_whole(x: torch.Tensor, h: torch.Tensor, c: torch.Tensor, weight: torch.Tensor) -> bool:
    """Whether the tiles have it as one: not with projections, nor odd rows of two bytes."""
    same = len({x.dtype, h.dtype, c.dtype, weight.dtype}) == 1
    return same and h.shape == c.shape and (x.dtype.itemsize == 4 or h.shape[1] % 2 == 0)


def _lstm_layer(x: torch.Tensor, hidden: Pair, params: Sequence[torch.Tensor],
                biased: bool) -> tuple[torch.Tensor, Pair]:
    (h, c), weight = hidden, params[1]
    x = F.linear(x, params[0], params[2] + params[3] if biased else None)
    if _is_whole(x, h, c, weight):
        out, c = LstmLayer.apply(x, h, c, weight)
        return out, (out[-1], c)
    states = []
    for step in x:
        h, c, _ = _cell(step + F.linear(h, weight), c)
        h = F.linear(h, params[-1]) if h.shape[1] != hidden[0].shape[1] else h
        states.append(h)
    return torch.stack(states), (h, c)


def _gru_layer(x: torch.Tensor, h: torch.Tensor, params: Sequence[torch.Tensor],
               biased: bool) -> tuple[torch.Tensor, torch.Tensor]:
    x = F.linear(x, params[0], params[2] if biased else None)
    states = []
    for step in x:
        given = F.linear(h, params[1], params[3] if biased else None).chunk(3, 1)
        r, z, n = step.chunk(3, 1)
        r, z = (r + given[0]).sigmoid(), (z + given[1]).sigmoid()
        n = (n + r * given[2]).tanh()
        h = n + z * (h - n)
        states.append(h)
    return torch.stack(states), h


def _layers(layer: Callable[..., Any], x: torch.Tensor, hidden: Sequence[Any],
            params: Sequence[torch.Tensor], each: int, biased: bool, dropout: float, train: bool,
            ways: int, batch_first: bool) -> tuple[torch.Tensor, list[Any]]:
    """All layers, of `each` parameters, in one direction or both."""
    x = x.transpose(0, 1) if batch_first else x
    ends, count = [], len(hidden)
    for number in range(0, count, ways):
        outs = []
        for way in range(ways):
            at = number + way
            out, end = layer(x.flip(0) if way else x, hidden[at], params[at * each:][:each], biased)
            outs.append(out.flip(0) if way else out)
            ends.append(end)
        x = torch.cat(outs, 2) if ways > 1 else outs[0]
        if dropout and train and number + ways < count:
            x = F.dropout(x, dropout)
    return x.transpose(0, 1) if batch_first else x, ends


def lstm(x: torch.Tensor, hx: Sequence[torch.Tensor], params: Sequence[torch.Tensor],
         biased: bool, layers: int, dropout: float, train: bool, both_ways: bool,
         batch_first: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """aten.lstm.input"""
    each = (4 if biased else 2) + (hx[0].shape[2] != hx[1].shape[2])
    hidden = list(zip(hx[0].unbind(0), hx[1].unbind(0)))
    out, ends = _layers(_lstm_layer, x, hidden, params, each, biased, dropout, train,
                        2 if both_ways else 1, batch_first)
    return out, torch.stack([h for h, _ in ends]), torch.stack([c for _, c in ends])


def gru(x: torch.Tensor, hx: torch.Tensor, params: Sequence[torch.Tensor], biased: bool,
        layers: int, dropout: float, train: bool, both_ways: bool,
        batch_first: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """aten.gru.input"""
    out, ends = _layers(_gru_layer, x, hx.unbind(0), params, 4 if biased else 2, biased, dropout,
                        train, 2 if both_ways else 1, batch_first)
    return out, torch.stack(ends)
