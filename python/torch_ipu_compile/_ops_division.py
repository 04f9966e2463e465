# SPDX-License-Identifier: MIT
"""How each operation of ATen is done: quotients that are rounded, and remainders."""

from __future__ import annotations

from typing import Any

import torch

from ipu_graph import lib

from ._lower import Builder, Value, need
from ._ops import aten, handles, number_of


class Division:
    """x / y, of whole numbers or floats, and what is left of it."""

    def __init__(self, b: Builder, meta: Any, x: Any, y: Any) -> None:
        self.b, self.shape, self.kind = b, meta.shape, meta.dtype
        need(self.kind != torch.bool, "a division of what is true or false")
        self.x, self.y = number_of(b, x, self.kind), number_of(b, y, self.kind)

    def map(self, op: int, *operands: Value) -> Value:
        return self.b.elementwise(op, self.shape, self.kind, operands, self.kind)

    def test(self, op: int, x: Value, y: Value | None = None) -> Value:
        operands = [x, self.zero if y is None else y]
        return self.b.elementwise(op, self.shape, torch.bool, operands, operands[0].dtype
                                  if operands[0].dtype != torch.bool else torch.uint8)

    def select(self, condition: Value, x: Value, y: Value) -> Value:
        return self.b.elementwise(lib.IPU_MAP_SELECT, self.shape, self.kind, [condition, x, y],
                                  [torch.bool, self.kind, self.kind])

    @property
    def zero(self) -> Value:
        return self.b.number(0, (), self.kind)

    def quotient(self) -> Value:
        return self.map(lib.IPU_MAP_DIV, self.x, self.y)

    def truncated(self) -> Value:
        value = self.quotient()
        return self.map(lib.IPU_MAP_TRUNC, value) if self.kind.is_floating_point else value

    def fmod(self) -> Value:
        if self.kind.is_floating_point:
            return self.map(lib.IPU_MAP_FMOD, self.x, self.y)
        return self.map(lib.IPU_MAP_SUB, self.x, self.map(lib.IPU_MAP_MUL, self.quotient(), self.y))

    def is_below(self, rest: Value) -> Value:
        """Is what fmod() leaves to be taken from the next quotient, as the signs differ?"""
        differ = self.test(lib.IPU_MAP_NE, self.test(lib.IPU_MAP_LT, rest),
                           self.test(lib.IPU_MAP_LT, self.y))
        return self.test(lib.IPU_MAP_AND, self.test(lib.IPU_MAP_NE, rest), differ)

    def remainder(self) -> Value:
        rest = self.fmod()
        return self.select(self.is_below(rest), self.map(lib.IPU_MAP_ADD, rest, self.y), rest)

    def floored(self) -> Value:
        """Of floats a quotient without rest, which may be off by less than a half; 0 has a sign."""
        rest, quotient = self.fmod(), self.quotient()
        below, one = self.is_below(rest), self.b.number(1, (), self.kind)
        if not self.kind.is_floating_point:
            return self.select(below, self.map(lib.IPU_MAP_SUB, quotient, one), quotient)
        even = self.map(lib.IPU_MAP_DIV, self.map(lib.IPU_MAP_SUB, self.x, rest), self.y)
        near = self.map(lib.IPU_MAP_ROUND,
                        self.select(below, self.map(lib.IPU_MAP_SUB, even, one), even))
        signed = self.map(lib.IPU_MAP_MUL, quotient, self.zero)
        near = self.select(self.test(lib.IPU_MAP_EQ, near), signed, near)
        return self.select(self.test(lib.IPU_MAP_EQ, self.y), quotient, near)


@handles(aten.div.Tensor_mode, aten.div.Scalar_mode, aten.floor_divide)
def div_mode(b: Builder, meta: Any, x: Any, y: Any, rounding_mode: str | None = "floor") -> Value:
    division = Division(b, meta, x, y)
    return {None: division.quotient, "trunc": division.truncated,
            "floor": division.floored}[rounding_mode]()


@handles(aten.remainder)
def remainder(b: Builder, meta: Any, x: Any, y: Any) -> Value:
    return Division(b, meta, x, y).remainder()


@handles(aten.fmod)
def fmod(b: Builder, meta: Any, x: Any, y: Any) -> Value:
    return Division(b, meta, x, y).fmod()
