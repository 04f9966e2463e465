# SPDX-License-Identifier: MIT
"""What goes wrong, as exceptions, with libipu's own words."""

from __future__ import annotations

import errno as _errno
from typing import Any

from ._libipu import ffi, lib


class Error(OSError):
    """A call of libipu that failed.

    `errno` is the code, of the module errno; the text says what happened, where, and what to
    do next.
    """

    def __init__(self, errno: int, message: str) -> None:
        super().__init__(errno, message)

    def __str__(self) -> str:
        return str(self.strerror)


class Timeout(Error, TimeoutError):
    """The time to wait was over; what was waited for goes on."""


class ExitError(Error):
    """A program that ran to its end, where a tile exited with a code that is not 0.

    Its outputs can be read, Program.read().
    """

    def __init__(self, message: str, tile: int, code: int) -> None:
        super().__init__(0, message)
        self.tile = tile  #: the lowest tile that did so
        self.code = code  #: its exit code

    def __reduce__(self) -> Any:
        return type(self), (self.strerror, self.tile, self.code)


class Fault(Error):
    """A tile, or the card for a tile, met something that it cannot do, and the run ended."""

    cause: str  #: what happened, "load outside SRAM"
    cause_code: int  #: the same as the number of enum ipu_fault_cause
    tile: int | None  #: the tile within the context; None if the fault is not a tile's
    worker: int | None  #: the worker, 0 to 5; None if it was the supervisor, or no unit of a tile
    unit: str | None  #: "worker 2", "supervisor"
    pc: int | None  #: tile address of the instruction
    addr: int  #: address that was accessed, where the cause has one
    detail: str  #: more of the cause, "address 0x10"
    text: str | None  #: what an assert() or ipu_trap_text() of the program says
    file: str | None  #: source file, with debug information
    line: int | None  #: line in it
    function: str | None  #: function
    advice: str  #: what to do about it, a sentence

    def __init__(self, errno: int, message: str, **details: Any) -> None:
        super().__init__(errno, message)
        self.__dict__.update(details)

    @property
    def source(self) -> str | None:
        """Where in the program's source, "vadd.c:12"; None without debug information."""
        return f"{self.file}:{self.line}" if self.file else None

    @property
    def report(self) -> str:
        """All that is known, in several lines, as ipu-run prints it."""
        detail = f", {self.detail}" if self.detail else ""
        lines = [f"faulted: {self.text or self.cause + detail}"]
        if self.tile is not None:
            lines.append(f"  where   tile {self.tile}, {self.unit}, pc {self.pc:#x}")
        if self.source:
            lines.append(f"  source  {self.source}" +
                         (f" in {self.function}" if self.function else ""))
        lines.append(f"  advice  {self.advice}")
        return "\n".join(lines)

    def __reduce__(self) -> Any:
        return _again, (self.errno, self.strerror, dict(self.__dict__))


def _again(errno: int, message: str, details: dict[str, Any]) -> Fault:
    return Fault(errno, message, **details)


def text_of(chars: Any) -> str:
    """A C string, of a pointer or an array; "" for NULL."""
    if chars == ffi.NULL:
        return ""
    text: bytes = ffi.string(chars)
    return text.decode("utf-8", "replace")


def last_error(code: int) -> Error:
    """The exception for what the last call returned."""
    message = text_of(lib.ipu_error()) or _errno.errorcode.get(-code, str(code))
    return (Timeout if -code == _errno.ETIME else Error)(-code, message)


def check(code: int) -> int:
    """Raise what a call of libipu returned, if that is an error."""
    if code < 0:
        raise last_error(code)
    return code


def _where(fault: Any, program: Any, details: dict[str, Any]) -> None:
    """Where in the program's source a fault was, and what the program says of it."""
    source = ffi.new("struct ipu_source *", {"size": ffi.sizeof("struct ipu_source")})
    if program == ffi.NULL:
        return
    if not lib.ipu_program_source(program, fault.pc, source):
        details["function"] = text_of(source.function) or None
        if source.line:
            details["file"], details["line"] = text_of(source.file), source.line
    details["text"] = text_of(lib.ipu_program_fault_text(program, fault)) or None
    if details["text"]:
        details["advice"] = ("The program checks this itself; ipu-run --gdb shows its variables "
                             "there.")


def fault_of(error: Error, fault: Any, program: Any) -> Fault:
    """The exception for a struct ipu_fault; `program` is that which ran, or NULL."""
    detail = ffi.new("char[]", 96)
    lib.ipu_fault_detail(fault, detail, 96)
    details: dict[str, Any] = {
        "cause": text_of(lib.ipu_fault_name(fault.cause)),
        "cause_code": fault.cause,
        "tile": None, "worker": None, "unit": None, "pc": None,
        "addr": fault.addr,
        "detail": text_of(detail),
        "text": None, "file": None, "line": None, "function": None,
        "advice": text_of(lib.ipu_fault_advice(fault.cause)),
    }
    if fault.tile != lib.IPU_NO_TILE:
        details["tile"], details["pc"] = fault.tile, fault.pc
        if fault.unit == lib.IPU_SUPERVISOR:
            details["unit"] = "supervisor"
        elif fault.unit != lib.IPU_NO_UNIT:
            details["worker"], details["unit"] = fault.unit, f"worker {fault.unit}"
        _where(fault, program, details)
    return Fault(error.errno or 0, str(error), **details)
