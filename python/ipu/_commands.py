# SPDX-License-Identifier: MIT
"""Command lists, for what programs and their tensors have no words for."""

from __future__ import annotations

import errno
from typing import Any

from ._context import Context, wait_in_pieces
from ._errors import Timeout, check
from ._handle import Handle
from ._libipu import ffi, lib


class Event:
    """The end of a job that was submitted. Jobs of a context end in their order."""

    def __init__(self, context: Context, seqno: int) -> None:
        self._context = context
        self.seqno = seqno  #: the job's number in its context, from 1 on

    def _wait(self, nanoseconds: int) -> int:
        with self._context._handle.use() as context:
            code = int(lib.ipu_wait(context, self.seqno, nanoseconds))
            if code < 0 and code != -errno.ETIME:
                self._context._raise(context, code, self.seqno)
            return code

    @property
    def done(self) -> bool:
        """Whether the job has ended; raises what it ended with, as wait() does."""
        return self._wait(0) == 0

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the job, for so many seconds, or without a limit."""
        if wait_in_pieces(self._wait, timeout) < 0:
            raise Timeout(errno.ETIME, f"Job {self.seqno} has not ended within {timeout} s: it "
                                       "goes on, and can be waited for again.")

    def __repr__(self) -> str:
        return f"<ipu.Event of job {self.seqno}>"


class Commands:
    """A list of commands for the card: see Context.commands().

    It belongs to one thread at a time. Tile addresses are in the SRAM of tiles, and host
    addresses those that Context.map() returns.
    """

    def __init__(self, context: Context, capacity: int) -> None:
        out = ffi.new("struct ipu_cmds **")
        self._context = context
        with context._handle.use() as pointer:
            check(lib.ipu_cmds_create(pointer, capacity, out))
        self._handle = Handle("list", out[0], lib.ipu_cmds_destroy, context._handle)

    def __len__(self) -> int:
        with self._handle.use() as cmds:
            return int(lib.ipu_cmds_count(cmds))

    def _copy(self, add: Any, tile_first: int, tile_count: int, tile_address: int,
              host_address: int, row_bytes: int, rows: int, tile_row_stride: int | None,
              host_row_stride: int | None, host_tile_stride: int | None) -> Commands:
        row_stride = row_bytes if host_row_stride is None else host_row_stride
        copy = ffi.new("struct ipu_copy *", {
            "size": ffi.sizeof("struct ipu_copy"),
            "tile_first": tile_first,
            "tile_count": tile_count,
            "tile_addr": tile_address,
            "row_bytes": row_bytes,
            "rows": rows,
            "tile_row_stride": row_bytes if tile_row_stride is None else tile_row_stride,
            "host_va": host_address,
            "host_tile_stride": rows * row_stride if host_tile_stride is None else host_tile_stride,
            "host_row_stride": row_stride,
        })
        with self._handle.use() as cmds:
            check(add(cmds, copy))
        return self

    def copy_to_tiles(self, tile_first: int, tile_count: int, tile_address: int,
                      host_address: int, row_bytes: int, rows: int = 1, *,
                      tile_row_stride: int | None = None, host_row_stride: int | None = None,
                      host_tile_stride: int | None = None) -> Commands:
        """Add a copy to the SRAM of tiles; with a host_tile_stride of 0 all get the same.

        Strides are bytes; without one, rows and tiles lie one behind the other.
        """
        return self._copy(lib.ipu_cmds_copy_to_tiles, tile_first, tile_count, tile_address,
                          host_address, row_bytes, rows, tile_row_stride, host_row_stride,
                          host_tile_stride)

    def copy_from_tiles(self, tile_first: int, tile_count: int, tile_address: int,
                        host_address: int, row_bytes: int, rows: int = 1, *,
                        tile_row_stride: int | None = None, host_row_stride: int | None = None,
                        host_tile_stride: int | None = None) -> Commands:
        """Add a copy from the SRAM of tiles, as copy_to_tiles()."""
        return self._copy(lib.ipu_cmds_copy_from_tiles, tile_first, tile_count, tile_address,
                          host_address, row_bytes, rows, tile_row_stride, host_row_stride,
                          host_tile_stride)

    def fill(self, tile_first: int, tile_count: int, tile_address: int, nbytes: int,
             value: int = 0) -> Commands:
        """Add a fill of SRAM with a pattern of 4 bytes; address and length are aligned to 4."""
        with self._handle.use() as cmds:
            check(lib.ipu_cmds_fill(cmds, tile_first, tile_count, tile_address, nbytes, value))
        return self

    def run(self, tile_first: int, tile_count: int, entry: int, stack: int, argument: int = 0, *,
            report_address: int = 0, profile_address: int = 0) -> Commands:
        """Add a run: tiles start at `entry`, with `stack` as stack pointer and `argument` as a0."""
        launch = ffi.new("struct ipu_launch *", {
            "size": ffi.sizeof("struct ipu_launch"),
            "tile_first": tile_first,
            "tile_count": tile_count,
            "entry": entry,
            "sp": stack,
            "arg": argument,
            "report_va": report_address,
            "profile_va": profile_address,
        })
        with self._handle.use() as cmds:
            check(lib.ipu_cmds_run(cmds, launch))
        return self

    def submit(self) -> Event:
        """Submit the list as one job; again, as often as wanted, until it is reset."""
        seqno = ffi.new("uint64_t *")
        with self._handle.use() as cmds:
            check(lib.ipu_cmds_submit(cmds, seqno))
        return Event(self._context, int(seqno[0]))

    def reset(self) -> None:
        """Empty the list; waits for the job that uses it."""
        with self._handle.use() as cmds:
            check(lib.ipu_cmds_reset(cmds))

    def close(self) -> None:
        """Free the list; waits for the job that uses it."""
        self._handle.close()
