# SPDX-License-Identifier: MIT
"""What tiles print."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ._libipu import ffi, lib


@dataclass(frozen=True)
class Line:
    """A line that a unit of a tile has printed."""

    tile: int  #: the tile within the context
    worker: int | None  #: the worker; None if it was the supervisor
    text: str  #: without the newline
    cycles: int  #: the tile's clock when the line ended
    dropped: int  #: lines of the tile just before this one that are lost

    def __str__(self) -> str:
        unit = "" if self.worker is None else f".w{self.worker}"
        return f"[tile {self.tile}{unit}] {self.text}"


def to_stdout(line: Line) -> None:
    """Print a line as ipu-run does, to what sys.stdout is now: a notebook's cell, say."""
    lost = ""
    if line.dropped:
        lost = (f"[tile {line.tile}] ({line.dropped} line{'' if line.dropped == 1 else 's'} lost: "
                "more than the tile's buffer holds, see <ipu/print.h>)\n")
    sys.stdout.write(f"{lost}{line}\n")


class Printer:
    """Hands lines to a function; what that raises is raised when the run has been waited for."""

    def __init__(self) -> None:
        self.take: Callable[[Line], object] | None = to_stdout
        self.error: BaseException | None = None
        # No cycle, so that it ends with its context.
        self.handle = ffi.new_handle(weakref.ref(self))

    def raise_error(self) -> None:
        error, self.error = self.error, None
        if error:
            raise error


@ffi.def_extern()  # type: ignore[misc]
def ipu_py_print(printed: Any, data: Any) -> None:
    printer: Printer = ffi.from_handle(data)()
    if printer.error or not printer.take:
        return
    try:
        text = bytes(ffi.buffer(printed.text, printed.bytes)).decode("utf-8", "replace")
        worker = None if printed.unit == lib.IPU_SUPERVISOR else printed.unit
        printer.take(Line(printed.tile, worker, text, printed.cycles, printed.dropped))
    except BaseException as error:  # pylint: disable=broad-except
        printer.error = error
