# SPDX-License-Identifier: MIT
"""Tile programs as files: what they say of themselves, with no device."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from ._dtypes import Dtype, dtype_of
from ._errors import check, text_of
from ._handle import Handle
from ._libipu import ffi, lib


@dataclass(frozen=True)
class Tensor:
    """A tensor that a program declares."""

    name: str  #: its name
    dtype: str  #: type of its elements, as NumPy names it, or "bfloat16"
    shape: tuple[int, ...]  #: of what one tile can hold
    layout: str  #: "sharded", "broadcast" or "grid"
    is_input: bool  #: the host gives it
    is_output: bool  #: the host reads it
    is_stream: bool  #: it is a stream, taken or given block after block

    @property
    def fixed(self) -> int:
        """The first dimension whose size the program fixes; those before are the caller's."""
        return 2 if self.layout == "grid" else 1

    @property
    def row(self) -> tuple[int, ...]:
        """The shape of a row of a stream."""
        return self.shape[1:]

    def wanted(self) -> str:
        """The shape that it wants in words, "(rows, 3)"."""
        words = ["rows", "columns"][:self.fixed] + [str(count) for count in
                                                    self.shape[self.fixed:]]
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"

    def _dtype(self) -> Dtype:
        return dtype_of(self.dtype)


@dataclass(frozen=True)
class Region:
    """A part of a tile's SRAM, as a program uses it."""

    name: str  #: the tensor, the section, or the unit whose stack it is; "" for none
    kind: str  #: "code", "constants", "data", "tensor", "stack", "padding" or "free"
    address: int  #: tile address
    size: int  #: bytes


@dataclass(frozen=True)
class Source:
    """A place in a program's source."""

    function: str  #: "" if not known
    file: str  #: "" without debug information
    line: int  #: from 1 on; 0 without debug information
    offset: int  #: bytes from the start of the function


_LAYOUTS = {lib.IPU_SHARDED: "sharded", lib.IPU_BROADCAST: "broadcast", lib.IPU_GRID: "grid"}


def _tensor(program: Any, index: int) -> Tensor:
    desc = ffi.new("struct ipu_tensor_desc *", {"size": ffi.sizeof("struct ipu_tensor_desc")})
    check(lib.ipu_program_tensor(program, index, desc))
    return Tensor(
        text_of(desc.name), text_of(lib.ipu_dtype_name(desc.dtype)),
        tuple(desc.shape[i] for i in range(desc.ndim)), _LAYOUTS[desc.layout],
        bool(desc.direction & lib.IPU_TENSOR_IN), bool(desc.direction & lib.IPU_TENSOR_OUT),
        bool(desc.direction & lib.IPU_TENSOR_STREAM))


class Elf:
    """A tile program, from a file or from the bytes of one.

    It needs no device, belongs to no process and may be used by several threads. The same one
    may be loaded many times, Device.load().
    """

    def __init__(self, source: str | os.PathLike[str] | bytes, name: str | None = None) -> None:
        out = ffi.new("struct ipu_program **")
        if isinstance(source, bytes):
            self.name = name or "(bytes)"
            check(lib.ipu_program_open_memory(source, len(source), self.name.encode(), out))
        else:
            self.name = name or os.fspath(source)
            check(lib.ipu_program_open(os.fsencode(source), out))
        self._handle = Handle("program", out[0], lib.ipu_program_close)
        with self._handle.use() as program:
            count = lib.ipu_program_tensor_count(program)
            #: The tensors and streams, by name, in the order declared
            self.tensors = {tensor.name: tensor for tensor in
                            (_tensor(program, i) for i in range(count))}
            count = lib.ipu_program_entry_count(program)
            #: Where runs can begin besides main()
            self.entries = tuple(text_of(lib.ipu_program_entry_name(program, i))
                                 for i in range(count))
            #: Tile address where every tile's supervisor starts
            self.entry_address = int(lib.ipu_program_entry(program))

    @property
    def regions(self) -> list[Region]:
        """The memory map, each byte of a tile's SRAM once, in the order of addresses."""
        region = ffi.new("struct ipu_region *")
        regions = []
        with self._handle.use() as program:
            for index in range(lib.ipu_program_region_count(program)):
                region.size = ffi.sizeof("struct ipu_region")
                check(lib.ipu_program_region(program, index, region))
                regions.append(Region(text_of(region.name),
                                      text_of(lib.ipu_region_name(region.kind)), region.addr,
                                      region.bytes))
        return regions

    def source(self, pc: int) -> Source:
        """The source line of a tile address."""
        source = ffi.new("struct ipu_source *", {"size": ffi.sizeof("struct ipu_source")})
        with self._handle.use() as program:
            check(lib.ipu_program_source(program, pc, source))
        return Source(text_of(source.function), text_of(source.file), source.line, source.offset)

    def mark(self, value: int) -> str:
        """The name of a mark, ipu_trace_name() of the SDK, or its number."""
        text = ffi.new("char[]", 128)
        with self._handle.use() as program:
            lib.ipu_program_mark(program, value, text, 128)
        return text_of(text)

    def __repr__(self) -> str:
        return f"<ipu.Elf {self.name!r}: {', '.join(self.tensors) or 'no tensors'}>"
