# SPDX-License-Identifier: MIT
"""Cards, and the simulator."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ._buffer import Buffer
from ._context import Context
from ._dtypes import dtype_of
from ._elf import Elf
from ._errors import check, text_of
from ._handle import Handle
from ._libipu import ffi, lib
from ._program import Program


@dataclass(frozen=True)
class Card:
    """A card as the PCI bus shows it, whether usable or not."""

    address: str  #: PCI address, "0000:00:04.0"
    node: str  #: the driver's device file, "/dev/accel/accel0"; "" without one
    driver: str  #: kernel driver bound to it, "" if none


@dataclass(frozen=True)
class Info:
    """Constant properties of a device."""

    name: str  #: what it was opened as: device file, or "sim"
    driver: str  #: name of the driver, "ipu"; "sim" for the simulator
    driver_version: str  #: "major.minor.patch"
    isa: str  #: the tile ISA as compilers spell it
    vlen: int  #: bits of a vector register, 0 without vectors
    tiles: int  #: tiles on the card
    sram_base: int  #: tile address of the first byte of SRAM
    sram_size: int  #: bytes of one tile's SRAM
    workers: int  #: workers of one tile
    clock_khz: int  #: tile clock in kHz
    contexts: int  #: most contexts at a time
    max_cmds: int  #: most commands of one submission
    serial: int  #: serial number


@dataclass(frozen=True)
class Usage:
    """How much of a card is in use, by all processes."""

    contexts: int  #: contexts in use
    tiles: int  #: tiles that belong to contexts
    largest_free: int  #: tiles in the largest free range
    resets: int  #: times a context or the card was reset after a fault


def cards() -> list[Card]:
    """The cards on the PCI bus; needs no driver and no privilege."""
    out = ffi.new("struct ipu_card_list **")
    check(lib.ipu_card_list_new(out))
    cards_ = ffi.gc(out[0], lib.ipu_card_list_free)
    desc = ffi.new("struct ipu_card_desc *")
    found = []
    for index in range(lib.ipu_card_list_count(cards_)):
        desc.size = ffi.sizeof("struct ipu_card_desc")
        check(lib.ipu_card_list_get(cards_, index, desc))
        found.append(Card(text_of(desc.address), text_of(desc.node), text_of(desc.driver)))
    return found


def _isa(bits: int) -> str:
    text = ffi.new("char[]", 96)
    lib.ipu_isa_string(bits, text, 96)
    return text_of(text)


def _info(device: Any) -> Info:
    info = ffi.new("struct ipu_info *", {"size": ffi.sizeof("struct ipu_info")})
    check(lib.ipu_get_info(device, info))
    return Info(text_of(info.name), text_of(info.driver), text_of(info.driver_version),
                _isa(info.isa), info.vlen, info.tiles, info.sram_base, info.sram_size,
                info.workers, info.clock_khz, info.contexts, info.max_cmds, info.serial)


class Device:
    """A card, or the simulator.

    `name` is "/dev/accel/accel0"; a PCI address, "0000:00:04.0"; or "sim", "sim:tiles=1472" for
    a card that is simulated in this process. Without one it is $IPU_DEVICE, or the first card.
    A device may be used by several threads, and not by the child of a fork(), which opens its own.

    With `user_queue` the jobs of its programs and contexts get to the card without a call of the
    kernel, where the card and its driver have user queues: Context.submission() says so.
    """

    def __init__(self, name: str | None = None, *, user_queue: bool = False) -> None:
        out = ffi.new("struct ipu_device **")
        check(lib.ipu_open(ffi.NULL if name is None else name.encode(), out))
        self._handle = Handle("device", out[0], lib.ipu_close)
        self._user_queue = user_queue
        with self._handle.use() as device:
            #: Its constant properties
            self.info = _info(device)

    @property
    def tiles(self) -> int:
        """Tiles on the card."""
        return self.info.tiles

    def usage(self) -> Usage:
        """How much of the card is in use now."""
        usage = ffi.new("struct ipu_usage *", {"size": ffi.sizeof("struct ipu_usage")})
        with self._handle.use() as device:
            check(lib.ipu_get_usage(device, usage))
        return Usage(usage.contexts, usage.tiles, usage.largest_free, usage.resets)

    def load(self, program: str | os.PathLike[str] | bytes | Elf, tiles: int | None = None, *,
             watchdog: float | None = None) -> Program:
        """A program, in a context of its own, to be called.

        With `tiles` it has so many tiles from now on. Without, the first call says how many, or
        takes all that there are. `watchdog` is the time in seconds that a run may take, 10 s
        unless it is said.
        """
        elf = program if isinstance(program, Elf) else Elf(program)
        return Program(self._handle, self.info, elf, tiles, watchdog, self._user_queue)

    def context(self, tiles: int | None = None, *, watchdog: float | None = None) -> Context:
        """Tiles of the card and an address space, for what load() has no words for."""
        return Context(self._handle, self.info, tiles, watchdog, self._user_queue)

    def buffer(self, shape: int | tuple[int, ...], dtype: object = "uint8") -> Buffer:
        """Memory that the card can be given to read and write, Context.map(); it is zeroed."""
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        return Buffer._create(self._handle, shape, dtype_of(dtype))

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._handle.closed

    def close(self) -> None:
        """Close it; it is freed with its last program, context and buffer."""
        self._handle.close()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<ipu.Device {self.info.name}: {self.tiles} tiles{state}>"
