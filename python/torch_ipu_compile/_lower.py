# SPDX-License-Identifier: MIT
"""From the nodes of an FX graph to operations of an ipu_graph.

A value is what a view of PyTorch is: strides and an offset into a dense tensor of the graph.
So permutations, slices and expansions cost nothing until an operation needs its operand in an
order that it is not in; then it is copied, once. A value whose elements are all the same number
is that number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import torch

from ipu_graph import NONE, Graph, bits, lib

from ._runtime import order_of

DTYPES = {
    torch.float32: lib.IPU_F32, torch.float16: lib.IPU_F16, torch.bfloat16: lib.IPU_BF16,
    torch.int64: lib.IPU_I32, torch.int32: lib.IPU_I32, torch.int16: lib.IPU_I16,
    torch.int8: lib.IPU_I8, torch.uint8: lib.IPU_U8, torch.bool: lib.IPU_U8,
}


class Unsupported(Exception):
    """No operation of the tiles does this."""


def need(condition: object, why: str) -> None:
    if not condition:
        raise Unsupported(why)


class Value:
    """A view of a tensor of the graph, or a number: `t` is a meta tensor with its strides."""

    __slots__ = ("base", "t", "const")

    def __init__(self, base: int, t: torch.Tensor, const: float | int | bool | None = None) -> None:
        self.base, self.t, self.const = base, t, const

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.t.shape)

    @property
    def dtype(self) -> torch.dtype:
        return self.t.dtype


class Root:
    """A tensor of the graph that is no view."""

    def __init__(self, dtype: int, shape: tuple[int, ...], role: int, name: str) -> None:
        self.dtype, self.shape, self.role, self.name = dtype, shape, role, name
        self.bound: Any = None  # what the host has for it


class Op:
    __slots__ = ("label", "call", "writes", "reads", "args")

    def __init__(self, label: str, call: str, writes: list[int], reads: list[int],
                 args: Any) -> None:
        self.label, self.call, self.writes, self.reads, self.args = label, call, writes, reads, args


def count_of(shape: Sequence[int]) -> int:
    count = 1
    for extent in shape:
        count *= extent
    return count


class Builder:
    """Tensors and operations, kept until it is known which of them are needed."""

    def __init__(self, keep_constants: bool = False) -> None:
        self.tensors: list[Root | tuple[int, tuple[int, ...]]] = []
        self.ops: list[Op] = []
        self.label = ""
        self._views: dict[Any, int] = {}
        self._copies: dict[Any, int] = {}
        self._constant_role = lib.IPU_GRAPH_IN | (lib.IPU_GRAPH_KEEP if keep_constants else 0)
        self.generator_tensor: int | None = None

    # ---- tensors ----

    def root(self, shape: Sequence[int], dtype: torch.dtype, role: int = 0, name: str = "") -> int:
        need(dtype in DTYPES, f"{dtype} is not a type of the tiles")
        shape = tuple(int(extent) for extent in shape)
        need(count_of(shape) < 2**31, "2^31 elements or more")
        while len(shape) > 6:
            shape = (shape[0] * shape[1], *shape[2:])
        self.tensors.append(Root(DTYPES[dtype], shape, role, name))
        return len(self.tensors) - 1

    def base_of(self, number: int) -> int:
        tensor = self.tensors[number]
        return number if isinstance(tensor, Root) else tensor[0]

    def as_root(self, number: int) -> Root:
        tensor = self.tensors[number]
        assert isinstance(tensor, Root)
        return tensor

    def view(self, base: int, shape: Sequence[int]) -> int:
        """The tensor with another shape."""
        shape = tuple(shape)
        root = self.as_root(base)
        if root.shape == shape:
            return base
        key = (base, shape)
        if key not in self._views:
            need(len(shape) <= 6, "more than 6 dimensions")
            self.tensors.append((base, shape))
            self._views[key] = len(self.tensors) - 1
        return self._views[key]

    def value(self, base: int, shape: Sequence[int], dtype: torch.dtype,
              order: Sequence[int] | None = None) -> Value:
        """A tensor that has a value's elements with its dimensions in an order."""
        shape = tuple(shape)
        t = torch.empty([shape[i] for i in order] if order is not None else shape, dtype=dtype,
                        device="meta")
        if order is not None:
            inverse = [0] * len(shape)
            for place, dim in enumerate(order):
                inverse[dim] = place
            t = t.permute(inverse)
        return Value(base, t)

    def new(self, shape: Sequence[int], dtype: torch.dtype,
            order: Sequence[int] | None = None) -> Value:
        physical = [shape[i] for i in order] if order is not None else shape
        return self.value(self.root(physical, dtype), shape, dtype, order)

    def constant(self, tensor: torch.Tensor) -> Value:
        """What is known when the graph is compiled."""
        tensor = tensor.detach()
        if tensor.numel() and tensor.dtype in DTYPES:
            one = tensor.as_strided([n if s else 1 for n, s in zip(tensor.shape, tensor.stride())],
                                    tensor.stride(), tensor.storage_offset())
            first = one.reshape(-1)[0]
            if bool((one == first).all()):
                return self.number(first.item(), tuple(tensor.shape), tensor.dtype)
        tensor = tensor.contiguous()
        wide = tensor.dtype == torch.int64
        base = self.root(tensor.shape, tensor.dtype, self._constant_role, "constant")
        self.as_root(base).bound = tensor.to(torch.int32) if wide else tensor
        return self.value(base, tuple(tensor.shape), tensor.dtype)

    def number(self, number: float | int | bool, shape: Sequence[int], dtype: torch.dtype) -> Value:
        t = torch.empty((), dtype=dtype, device="meta").expand(tuple(shape))
        return Value(NONE, t, number)

    def generator(self) -> int:
        """Random numbers of the run."""
        if self.generator_tensor is None:
            self.tensors.append(Root(lib.IPU_U32, (4,), lib.IPU_GRAPH_IN | lib.IPU_GRAPH_OUT |
                                     lib.IPU_GRAPH_COPIES, "generator"))
            self.generator_tensor = len(self.tensors) - 1
        return self.generator_tensor

    # ---- operations ----

    def op(self, call: str, writes: Sequence[int], reads: Sequence[int], *args: Any,
           **fields: Any) -> None:
        """`reads` and `writes` say what is needed for what; NONE among them is left out."""
        self.ops.append(Op(self.label, call, [self.base_of(n) for n in writes if n != NONE],
                           [self.base_of(n) for n in reads if n != NONE], (args, fields)))

    def map(self, op: int, to: int, *operands: int, scalar: int = 0, alpha: int = 0,
            beta: int = 0) -> None:
        padded = [*operands, NONE, NONE, NONE][:3]
        self.op("map", [to], padded, op, to, *padded, scalar, alpha, beta)

    def scalar_bits(self, number: float | int | bool, dtype: torch.dtype) -> int:
        return bits(float(number)) if dtype.is_floating_point else int(number) & NONE

    # ---- operands ----

    def physical(self, value: Value, order: Sequence[int] | None = None) -> int:
        """The tensor of its elements, dimensions in an order: it, a view of it, or a copy."""
        u = value.t if order is None else value.t.permute(tuple(order))
        if value.const is not None:
            return self._filled(value.const, tuple(u.shape), value.dtype)
        root = self.as_root(value.base)
        if u.is_contiguous() and u.storage_offset() == 0 and u.numel() == count_of(root.shape):
            return self.view(value.base, u.shape)
        return self._copied(value.base, u)

    def _filled(self, number: Any, shape: tuple[int, ...], dtype: torch.dtype) -> int:
        key = ("fill", number, shape, dtype)
        if key not in self._copies:
            to = self.root(shape, dtype)
            self.op("fill", [to], [], to, self.scalar_bits(number, dtype))
            self._copies[key] = to
        return self.view(self._copies[key], shape)

    def _copied(self, base: int, u: torch.Tensor) -> int:
        key = (base, tuple(u.shape), u.stride(), u.storage_offset())
        if key not in self._copies:
            to = self.root(u.shape, u.dtype)
            self._copy(to, base, u)
            self._copies[key] = to
        return self.view(self._copies[key], tuple(u.shape))

    def _copy(self, to: int, base: int, u: torch.Tensor) -> None:
        if not u.numel():
            return
        shape: list[int] = []
        stride: list[int] = []
        for extent, step in zip(u.shape, u.stride()):
            if extent == 1:
                continue
            if shape and stride[-1] == step * extent:
                shape[-1], stride[-1] = shape[-1] * extent, step
            else:
                shape.append(extent)
                stride.append(step)
        need(len(shape) <= 6, "a copy of more than 6 dimensions")
        self.op("copy", [to], [base], to, base, u.storage_offset(), shape or [1], stride or [1])

    def dense(self, value: Value) -> int:
        return self.physical(value)

    def own(self, value: Value, order: Sequence[int] | None = None) -> int:
        """A tensor with its elements that nobody else has, to be written to."""
        u = value.t if order is None else value.t.permute(tuple(order))
        to = self.root(u.shape, value.dtype)
        if value.const is not None:
            self.op("fill", [to], [], to, self.scalar_bits(value.const, value.dtype))
        elif u.is_contiguous() and u.storage_offset() == 0 and \
                u.numel() == count_of(self.as_root(value.base).shape):
            self.duplicate(to, self.view(value.base, u.shape), value.dtype)
        else:
            self._copy(to, value.base, u)
        return to

    def duplicate(self, to: int, source: int, dtype: torch.dtype) -> None:
        """A copy from tile to the same tile; adding -0 changes nothing."""
        self.map(lib.IPU_MAP_ADD, to, source, scalar=self.scalar_bits(-0.0, dtype))

    def order(self, value: Value) -> list[int]:
        return order_of(value.t) if value.const is None else list(range(value.t.ndim))

    def contiguous(self, value: Value) -> Value:
        if value.const is not None:
            return value
        number = self.dense(value)
        return self.value(self.base_of(number), value.shape, value.dtype)

    def cast(self, value: Value, dtype: torch.dtype) -> Value:
        """In another type."""
        if value.dtype == dtype:
            return value
        need(dtype in DTYPES, f"{dtype} is not a type of the tiles")
        if value.const is not None:
            const = torch.tensor(value.const, dtype=value.dtype).to(dtype).item()
            return self.number(const, value.shape, dtype)
        if dtype != torch.bool and DTYPES[dtype] == DTYPES[value.dtype]:
            return Value(value.base, _retyped(value.t, dtype))
        key = ("cast", value.base, value.shape, value.t.stride(), value.t.storage_offset(),
               value.dtype, dtype)
        order = self.order(value)
        if key not in self._copies:
            source = self.physical(value, order)
            to = self.root([value.shape[i] for i in order], dtype)
            if dtype == torch.bool:
                self.map(lib.IPU_MAP_NE, to, source, scalar=0)
            else:
                self.op("cast", [to], [source], to, source)
            self._copies[key] = to
        return self.value(self._copies[key], value.shape, dtype, order)

    # ---- elementwise ----

    def elementwise(self, op: int, shape: Sequence[int], dtype: torch.dtype,
                    operands: Sequence[Value], kind: torch.dtype | Sequence[torch.dtype],
                    alpha: float | int = 0, beta: float | int = 0) -> Value:
        """`kind` is the type that operands are needed in."""
        shape = tuple(shape)
        kinds = [kind] * len(operands) if isinstance(kind, torch.dtype) else list(kind)
        operands = [self.cast(value, k) for value, k in zip(operands, kinds)]
        scalars = [v.const for v in operands if v.const is not None]
        if len(scalars) == len(operands) or len(set(map(repr, scalars))) > 1:
            keep = 0 if len(scalars) == len(operands) else 1
            operands = [self._unfold(v, i >= keep or len(scalars) == len(operands))
                        for i, v in enumerate(operands)]
            scalars = [v.const for v in operands if v.const is not None]
        order = self._order_for(shape, operands)
        to = self.new(shape, dtype, order)
        numbers = [NONE if v.const is not None else self._aligned(v, shape, order)
                   for v in operands]
        scalar = self.scalar_bits(scalars[0], kinds[-1]) if scalars else 0
        self.map(op, to.base, *numbers, scalar=scalar, alpha=self.scalar_bits(alpha, kinds[-1]),
                 beta=self.scalar_bits(beta, kinds[-1]))
        return to

    def _unfold(self, value: Value, really: bool) -> Value:
        """A number as a tensor of one element."""
        if value.const is None or not really:
            return value
        number = self._filled(value.const, (), value.dtype)
        return Value(number, torch.empty((), dtype=value.dtype, device="meta"))

    def _order_for(self, shape: tuple[int, ...], operands: Sequence[Value]) -> list[int]:
        for value in operands:
            if value.const is None and value.shape == shape and 0 not in [
                    s for s, n in zip(value.t.stride(), shape) if n > 1]:
                return order_of(value.t)
        return list(range(len(shape)))

    def _aligned(self, value: Value, shape: tuple[int, ...], order: Sequence[int]) -> int:
        """An operand so that the tiles broadcast what is to be."""
        t = value.t.expand(shape)
        t = t.as_strided([1 if n > 1 and not s else n for n, s in zip(t.shape, t.stride())],
                         t.stride(), t.storage_offset())
        return self.physical(Value(value.base, t), order)

    # ---- the end ----

    def bind(self, value: Value, role: int, name: str, stride: Sequence[int] | None) -> int:
        """The tensor that the host gets; of these strides, or those that it has."""
        order = None
        if stride is not None:
            order = order_of(torch.empty(0, device="meta").as_strided(value.shape, stride)
                             if 0 in value.shape else
                             torch.empty_strided(value.shape, tuple(stride), device="meta"))
        number = self.physical(value, order)
        base = self.base_of(number)
        root = self.as_root(base)
        if root.role:
            number = base = self.own(value, order)
            root = self.as_root(base)
        root.role = role
        root.name = root.name or name
        return base

    def finish(self) -> tuple[Graph, list[int], str]:
        """The graph of what is needed; the tensors that the host has, in their order; and
        a text that is the same for the same graph."""
        needed = {i for i, t in enumerate(self.tensors)
                  if isinstance(t, Root) and t.role & lib.IPU_GRAPH_OUT}
        ops: list[Op] = []
        for op in reversed(self.ops):
            if any(n in needed for n in op.writes):
                ops.append(op)
                needed.update(op.reads)
                needed.update(op.writes)
        ops.reverse()
        bound = [i for i, t in enumerate(self.tensors) if isinstance(t, Root) and
                 (t.role & lib.IPU_GRAPH_OUT or (t.role and i in needed))]
        return self._emit(ops, needed | set(bound)), bound, self._text(ops, bound)

    def _text(self, ops: list[Op], bound: list[int]) -> str:
        tensors = [(t.dtype, t.shape, t.role) if isinstance(t, Root) else t for t in self.tensors]
        text = repr((tensors, bound, [(op.label, op.call, op.args) for op in ops]))
        return hashlib.sha256(text.encode()).hexdigest()

    def _emit(self, ops: list[Op], needed: set[int]) -> Graph:
        graph = Graph()
        numbers: dict[int, int] = {NONE: NONE}
        for i, tensor in enumerate(self.tensors):
            if isinstance(tensor, Root):
                if i in needed:
                    numbers[i] = graph.tensor(tensor.dtype, tensor.shape, tensor.role, tensor.name)
            elif tensor[0] in needed:
                numbers[i] = graph.view(numbers[tensor[0]], tensor[1])
        label = None
        for op in ops:
            if op.label != label:
                label = op.label
                graph.label(label)
            args, fields = op.args
            tensors = TENSOR_ARGS.get(op.call)
            args = [numbers[a] if tensors and k in tensors else a for k, a in enumerate(args)]
            fields = {k: [numbers[n] for n in v] if k == "state" else
                      numbers[v] if k in TENSOR_FIELDS and not isinstance(v, bool) else v
                      for k, v in fields.items()}
            getattr(graph, op.call)(*args, **fields)
        return graph


def _retyped(t: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    count = t.storage_offset() + sum((n - 1) * s for n, s in zip(t.shape, t.stride()) if n) + 1
    return torch.empty(count, dtype=dtype, device="meta").as_strided(
        t.shape, t.stride(), t.storage_offset())


# Which arguments of a call are tensors.
TENSOR_ARGS = {
    "map": {1, 2, 3, 4}, "copy": {0, 1}, "fill": {0}, "arange": {0}, "cast": {0, 1},
    "random": {1, 2}, "dropout": {0, 1, 2, 3}, "dropout_grad": {0, 1, 2}, "reduce": {1, 2},
    "softmax": {1, 2}, "softmax_grad": {1, 2, 3}, "mse": {1, 2, 3}, "mse_grad": {1, 2, 3, 4},
    "matmul": {0, 1, 2}, "embedding": {0, 1, 2}, "scatter_add": {0, 1, 2},
    "take_along": {0, 1, 2}, "place": {0, 1}, "sort": {0, 1, 2},
}
TENSOR_FIELDS = {
    "to", "x", "y", "gamma", "beta", "mean", "rstd", "running_mean", "running_var", "dy", "dgamma",
    "dbeta", "loss", "total", "labels", "dx", "a", "b", "bias", "index", "param", "grad", "rate",
    "step", "state", "hy", "cy", "gates", "out", "h", "cx", "dgates", "all", "dcx", "dout", "dhy",
    "dcy",
}

Handler = Callable[..., Any]
