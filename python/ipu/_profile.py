# SPDX-License-Identifier: MIT
"""Where the time of runs goes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING

from ._errors import check
from ._libipu import ffi, lib

if TYPE_CHECKING:
    from ._context import Context

_KINDS = {lib.IPU_EVENT_STEP: "step", lib.IPU_EVENT_TILE: "tile", lib.IPU_EVENT_WORKER: "worker",
          lib.IPU_EVENT_WAIT: "wait", lib.IPU_EVENT_MARK: "mark"}
_ENDS = {lib.IPU_STEP_END_INTERNAL: "internal", lib.IPU_STEP_END_EXTERNAL: "external",
         lib.IPU_STEP_END_EXIT: "exit"}


@dataclass(frozen=True)
class Totals:
    """Sums over all runs that were profiled; the four times add up to Report.cycles."""

    supersteps: int  #: supersteps
    compute_cycles: int  #: from the start of a superstep to its slowest tile's end
    sync_cycles: int  #: internal syncs
    exchange_cycles: int  #: exchanges
    host_cycles: int  #: resuming after external syncs
    records_bytes: int  #: memory that records take
    dropped: int  #: records that there was no room for; the sums have them
    lost: int  #: likewise, of units that did too many things at once


@dataclass(frozen=True)
class ProfileEvent:
    """Something that was recorded; times are cycles since the run began. See ipu_profile.h."""

    kind: str  #: "step", "tile", "worker", "wait" or "mark"
    tile: int  #: the tile; of a superstep the slowest
    worker: int | None  #: of a worker, wait or mark; None for the supervisor
    mark: str  #: of a mark: its name
    begin: int  #: when it began
    end: int  #: when it ended
    step: int  #: of a superstep: its number
    step_end: str  #: of a superstep: what ended it, "internal", "external" or "exit"
    tiles: int  #: of a superstep: tiles that took part
    first: int  #: of a superstep: when the first tile arrived at its end
    last: int  #: of a superstep: when the last one did
    exchange: int  #: of a superstep: when the exchange began
    busy: int  #: of a superstep: sum over its tiles of the cycles until they arrived
    instructions: int  #: of a superstep or tile: instructions executed
    exchange_bytes: int  #: of a superstep or tile: bytes received
    exited: bool  #: of a tile: it exited


class Profile:
    """The profile of a context or program, from its making to the end of its with block.

    It can be read until the next one begins. Options: `memory`, bytes for records, 16 MiB;
    `sample_cycles`, take a sample each so many cycles of a unit; `step_stride` and `tile_stride`,
    record tiles of one superstep of so many, and one tile of so many.
    """

    def __init__(self, context: Context, *, memory: int = 0, sample_cycles: int = 0,
                 step_stride: int = 0, tile_stride: int = 0) -> None:
        options = ffi.new("struct ipu_profile_options *", {
            "size": ffi.sizeof("struct ipu_profile_options"), "bytes": memory,
            "sample_cycles": sample_cycles, "step_stride": step_stride,
            "tile_stride": tile_stride})
        self._context = context
        with context._handle.use() as pointer:
            check(lib.ipu_profile_start(pointer, options))

    def stop(self) -> None:
        """Profile no more runs."""
        with self._context._handle.use() as pointer:
            check(lib.ipu_profile_stop(pointer))

    @property
    def totals(self) -> Totals:
        """The sums over all runs so far."""
        totals = ffi.new("struct ipu_profile_totals *",
                         {"size": ffi.sizeof("struct ipu_profile_totals")})
        with self._context._handle.use() as pointer:
            check(lib.ipu_profile_get_totals(pointer, totals))
        return Totals(totals.supersteps, totals.compute_cycles, totals.sync_cycles,
                      totals.exchange_cycles, totals.host_cycles, totals.records_bytes,
                      totals.dropped, totals.lost)

    def events(self) -> Iterator[ProfileEvent]:
        """What was recorded, in the order of ipu_profile.h."""
        place = ffi.new("uint64_t *")
        event = ffi.new("struct ipu_profile_event *")
        while True:
            event.size = ffi.sizeof("struct ipu_profile_event")
            with self._context._handle.use() as pointer:
                if not check(lib.ipu_profile_next(pointer, place, event)):
                    return
            kind = _KINDS.get(event.kind, "unknown")
            of_unit = kind in ("worker", "wait", "mark") and event.unit != lib.IPU_SUPERVISOR
            yield ProfileEvent(
                kind, event.tile, event.unit if of_unit else None,
                self._context.elf.mark(event.value) if kind == "mark" else "", event.begin,
                event.end, event.step, _ENDS.get(event.step_end, "") if kind == "step" else "",
                event.tiles, event.first, event.last, event.exchange, event.busy,
                event.instructions, event.exchange_bytes, bool(event.exited))

    def samples(self) -> Iterator[tuple[int, int]]:
        """Tile addresses that were sampled, and how often; Elf.source() knows their lines."""
        found, count = ffi.new("uint32_t *"), ffi.new("uint32_t *")
        address = 0
        while address < 1 << 32:
            with self._context._handle.use() as pointer:
                if not check(lib.ipu_profile_samples(pointer, address, found, count)):
                    return
            yield int(found[0]), int(count[0])
            address = int(found[0]) + 1

    def __enter__(self) -> Profile:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        if not self._context.closed:
            self.stop()
