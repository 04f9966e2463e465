# SPDX-License-Identifier: MIT
"""Tiles of a card: libipu's contexts, call by call."""

from __future__ import annotations

import errno
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._buffer import Buffer
from ._dtypes import Elements, elements_of, new_array, writable
from ._elf import Elf, Tensor
from ._errors import Error, Timeout, check, fault_of, last_error, text_of
from ._handle import Handle
from ._libipu import ffi, lib
from ._print import Line, Printer
from ._streams import Stream, sink_of, source_of

if TYPE_CHECKING:
    from ._commands import Commands
    from ._device import Info
    from ._profile import Profile

# Waits are cut in pieces, so that Python sees signals, the first ones short.
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0

_STATES = {lib.IPU_USABLE: "usable", lib.IPU_LOST: "lost", lib.IPU_BANNED: "banned"}
_WHY = {
    lib.IPU_WHY_NONE: "", lib.IPU_WHY_FAULT: "fault", lib.IPU_WHY_HANG: "hang",
    lib.IPU_WHY_RESET: "reset", lib.IPU_WHY_SUSPEND: "suspend", lib.IPU_WHY_PCI: "pci",
}


@dataclass(frozen=True)
class Report:
    """What a run did."""

    at_sync: bool  #: the program waits at an external sync, for resume(); else it has ended
    exit_tile: int  #: the lowest tile whose exit code is not 0, else 0
    exit_code: int  #: its exit code, else 0
    cycles: int  #: card time in cycles of the tile clock
    instructions: int  #: instructions that all tiles executed
    supersteps: int  #: supersteps
    exchange_bytes: int  #: bytes moved between tiles
    host_ns: int  #: time from the submission to its end as the host saw it


@dataclass(frozen=True)
class Health:
    """Whether a context can still be used."""

    state: str  #: "usable"; "lost", and its tiles' memory is gone; "banned" for what it did
    why: str  #: "", "fault", "hang", "reset", "suspend" or "pci"


@dataclass(frozen=True)
class Submission:
    """How a context's jobs get to the card."""

    user_queue: bool  #: by a user queue; else by the driver
    room: int  #: most jobs that have not ended
    jobs: int  #: jobs that the user queue has taken
    sleeps: int  #: waits for them that asked the kernel to be woken
    restarts: int  #: user queues that were lost, after a fault, and made anew
    why_not: str  #: why there is no user queue though one was asked for, a sentence; else ""


@dataclass(frozen=True)
class StreamInfo:
    """What has gone through a stream since it was attached."""

    blocks: int  #: blocks that the tiles have taken or given
    rows: int  #: rows of them
    bytes: int  #: bytes read from the source, or written to the sink
    wait_ns: int  #: how long the tiles waited for the source or sink


def wait_in_pieces(wait: Callable[[int], int], timeout: float | None) -> int:
    """Wait by a function that is given ns and returns -ETIME when they are over."""
    deadline = None if timeout is None else time.monotonic() + max(0.0, timeout)
    piece = _FIRST_WAIT
    while True:
        left = piece if deadline is None else min(piece, max(0.0, deadline - time.monotonic()))
        code = wait(int(left * 1e9))
        if code != -errno.ETIME or (deadline is not None and time.monotonic() >= deadline):
            return code
        piece = min(2 * piece, _LONGEST_WAIT)


class Context:
    """Tiles of a card and an address space; see Device.context().

    The methods are libipu's functions, and wait for one another as these do. What Program adds
    is that it has a program from its beginning, and loads it anew after a fault.
    """

    def __init__(self, device: Handle, info: Info, tiles: int | None, watchdog: float | None,
                 user_queue: bool) -> None:
        if tiles is not None and tiles < 1:
            raise ValueError(f"{tiles} tiles are too few: 1 at least.")
        if watchdog is not None and not 0.001 <= watchdog < 1 << 22:
            raise ValueError(f"A watchdog of {watchdog} s is none: 0.001 at least.")
        options = ffi.new("struct ipu_context_options *", {
            "size": ffi.sizeof("struct ipu_context_options"),
            "tiles": tiles or 0,
            "watchdog_ms": math.ceil(1000 * watchdog) if watchdog else 0,
            "flags": lib.IPU_CONTEXT_USER_QUEUE if user_queue else 0,
        })
        out = ffi.new("struct ipu_context **")
        with device.use() as pointer:
            check(lib.ipu_context_create(pointer, options, out))
        self._printer = Printer()
        self._handle = Handle("context", out[0], lib.ipu_context_destroy)
        self._handle.keep.append(self._printer)
        self._info = info
        self._elf: Elf | None = None
        self._streams: dict[str, Stream] = {}
        self._last_fault = 0
        self._under_way = False  # a run, that has not been waited for
        with self._handle.use() as context:
            #: Its tiles
            self.tiles = int(lib.ipu_context_tiles(context))
            check(lib.ipu_set_print(context, lib.ipu_py_print, self._printer.handle))

    # ---- Programs ---------------------------------------------------------------

    def load(self, program: Elf) -> None:
        """Load a program into the SRAM of all tiles; streams are detached."""
        for stream in self._load(program):
            stream.close()

    def _load(self, program: Elf) -> list[Stream]:
        """The same; returns the streams that were attached."""
        with self._handle.use() as context:
            with program._handle.use() as pointer:
                code = lib.ipu_load(context, pointer)
            if -code in (errno.EBUSY, errno.EPERM):  # nothing has changed
                self.check(context, code)
            streams = list(self._streams.values())
            self._streams.clear()
            for stream in streams:
                self._handle.keep.remove(stream)
            self._elf = program if code >= 0 else None
            self.check(context, code)
        return streams

    @property
    def elf(self) -> Elf:
        """The program that is loaded."""
        if not self._elf:
            raise ValueError("No program is loaded: load() one first.")
        return self._elf

    def _tensor(self, name: str) -> Tensor:
        try:
            return self.elf.tensors[name]
        except KeyError:
            raise KeyError(f"{self.elf.name} has no tensor \"{name}\"; it has "
                           f"{', '.join(self.elf.tensors) or 'none'}.") from None

    def set(self, name: str, value: Any) -> None:
        """Give an input its elements, which are copied."""
        tensor = self._tensor(name)
        self._set(tensor, input_elements(tensor, value))

    def _set(self, tensor: Tensor, elements: Elements) -> None:
        with self._handle.use() as context:
            self.check(context, lib.ipu_tensor_set(
                context, tensor.name.encode(), elements.pointer, elements.nbytes,
                elements.shape[0]))

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape that an output has after a run."""
        tensor = self._tensor(name)
        shape = ffi.new("uint64_t[]", lib.IPU_NOTE_MAX_DIMS)
        with self._handle.use() as context:
            self.check(context, lib.ipu_tensor_shape(context, name.encode(), shape))
        return tuple(shape[i] for i in range(len(tensor.shape)))

    def get(self, name: str, out: Any = None) -> Any:
        """An output as a new array, or in `out`, memory of the same shape and type."""
        tensor = self._tensor(name)
        dtype, shape = tensor._dtype(), self.shape(name)
        array = new_array(dtype, shape) if out is None else out
        elements = writable(array, dtype, f"Output \"{name}\"")
        if elements.shape != shape:
            raise ValueError(f"Output \"{name}\" has the shape {shape}, and is to be written "
                             f"where there is {elements.shape}.")
        with self._handle.use() as context:
            self.check(context, lib.ipu_tensor_get(context, name.encode(), elements.pointer,
                                                   elements.nbytes, ffi.NULL))
        return array

    def set_entry(self, name: str) -> None:
        """Choose where runs begin: an entry point of the program, or "main"."""
        with self._handle.use() as context:
            self.check(context, lib.ipu_set_entry(context, name.encode()))

    def start(self) -> None:
        """Start the program; each start is followed by wait()."""
        with self._handle.use() as context:
            self.check(context, lib.ipu_run_start(context))
            self._under_way = True

    def start_resume(self) -> None:
        """Resume the program, which waits at an external sync; followed by wait()."""
        with self._handle.use() as context:
            self.check(context, lib.ipu_resume_start(context))
            self._under_way = True

    def wait(self, timeout: float | None = None) -> Report:
        """Wait for what was started, for so many seconds, or without a limit.

        Signals are seen meanwhile; when Ctrl-C ends the waiting, the run goes on.
        """
        report = ffi.new("struct ipu_report *", {"size": ffi.sizeof("struct ipu_report")})

        def wait(nanoseconds: int) -> int:
            # Each time anew, so that close() from another thread ends this.
            with self._handle.use() as context:
                code = int(lib.ipu_run_wait(context, nanoseconds, report))
                self._under_way = code == -errno.ETIME
                if not self._under_way:
                    self.check(context, code)
                return code

        if wait_in_pieces(wait, timeout) < 0:
            raise Timeout(errno.ETIME, f"The run has not ended within {timeout} s: it goes on, "
                                       "and can be waited for again.")
        self._printer.raise_error()
        return Report(report.at_sync, report.exit_tile, report.exit_code, report.cycles,
                      report.instructions, report.supersteps, report.exchange_bytes,
                      report.host_ns)

    def run(self) -> Report:
        """start(), and wait(): for a run that takes longer than Ctrl-C waits, see Program."""
        self.start()
        return self.wait()

    def resume(self) -> Report:
        """start_resume(), and wait()."""
        self.start_resume()
        return self.wait()

    # ---- What tiles print ---------------------------------------------------------

    @property
    def on_print(self) -> Callable[[Line], object] | None:
        """Is called with each line that tiles print, by wait(); None drops them.

        At first it prints them to sys.stdout.
        """
        return self._printer.take

    @on_print.setter
    def on_print(self, take: Callable[[Line], object] | None) -> None:
        self._printer.take = take

    # ---- Streams ------------------------------------------------------------------

    def attach(self, name: str, end: Any = None) -> None:
        """Attach a source or sink to a stream, until detach() or the next load().

        A source is an array, a path, a file descriptor, a binary file, or an iterable of arrays
        or bytes of any length. A sink is a path, a file descriptor, a binary file, a function
        that takes arrays of whole rows, or memory to be written; None collects an array, which
        detach() returns. Iterables and functions are called by a thread of the stream's, and do
        not use the context.
        """
        tensor = self._tensor(name)
        if not tensor.is_stream:
            raise ValueError(f"Tensor \"{name}\" is no stream.")
        stream = source_of(end, tensor) if tensor.is_input else sink_of(end, tensor)
        try:
            self._attach(stream)
        except BaseException:
            stream.close()
            raise

    def _attach(self, stream: Stream) -> None:
        with self._handle.use() as context:
            stream.attach(context)
        # For the callbacks, as long as libipu may call them.
        self._handle.keep.append(stream)
        self._streams[stream.tensor.name] = stream

    def detach(self, name: str) -> Any:
        """Detach a stream; the array that was collected, if one was."""
        stream = self._streams.get(name)
        with self._handle.use() as context:
            check(lib.ipu_stream_detach(context, name.encode()))
        if not stream:
            return None
        del self._streams[name]
        self._handle.keep.remove(stream)
        stream.close()
        return stream.result()

    def stream_info(self, name: str) -> StreamInfo:
        """What has gone through a stream; at any time."""
        info = ffi.new("struct ipu_stream_info *", {"size": ffi.sizeof("struct ipu_stream_info")})
        with self._handle.use() as context:
            check(lib.ipu_stream_get_info(context, name.encode(), info))
        return StreamInfo(info.blocks, info.rows, info.bytes, info.wait_ns)

    # ---- Memory and commands --------------------------------------------------------

    def map(self, buffer: Buffer, writable: bool = False) -> int:  # pylint: disable=W0621
        """Map a buffer for the card; its virtual address in this context."""
        address = ffi.new("uint64_t *")
        flags = lib.IPU_BO_WRITE if writable else lib.IPU_BO_READ
        with self._handle.use() as context:
            check(lib.ipu_bo_map(context, buffer._used(), flags, address))
        return int(address[0]) + buffer.offset

    def unmap(self, address: int) -> None:
        """Remove what map() returned, also for jobs in flight."""
        page = 4095
        with self._handle.use() as context:
            check(lib.ipu_bo_unmap(context, address & ~page))

    def commands(self, capacity: int) -> Commands:
        """An empty list of commands for the card, with room for so many."""
        from ._commands import Commands  # pylint: disable=import-outside-toplevel
        return Commands(self, capacity)

    # ---- Faults -------------------------------------------------------------------

    def health(self) -> Health:
        """Whether it can still be used, and if not, why."""
        health = ffi.new("struct ipu_health *", {"size": ffi.sizeof("struct ipu_health")})
        with self._handle.use() as context:
            check(lib.ipu_get_health(context, health))
        return Health(_STATES.get(health.state, "unknown"), _WHY.get(health.why, "unknown"))

    def submission(self) -> Submission:
        """How its jobs get to the card: see `user_queue` of Device."""
        how = ffi.new("struct ipu_submission *", {"size": ffi.sizeof("struct ipu_submission")})
        with self._handle.use() as context:
            check(lib.ipu_get_submission(context, how))
        return Submission(how.user_queue, how.room, how.jobs, how.sleeps, how.restarts,
                          text_of(how.why_not))

    def _fault(self, context: Any, error: Error, seqno: int) -> Error:
        """A Fault in the place of an error that a new fault is the reason of."""
        fault = ffi.new("struct ipu_fault *", {"size": ffi.sizeof("struct ipu_fault")})
        if lib.ipu_get_fault(context, seqno, fault) or (
                not seqno and fault.seqno <= self._last_fault):
            return error
        self._last_fault = max(self._last_fault, fault.seqno)
        if not self._elf:
            return fault_of(error, fault, ffi.NULL)
        with self._elf._handle.use() as program:
            return fault_of(error, fault, program)

    def _raise(self, context: Any, code: int, seqno: int = 0) -> None:
        error = last_error(code)
        if -code in (errno.EIO, errno.ETIMEDOUT):
            error = self._fault(context, error, seqno)
        self._printer.error = None
        for stream in self._streams.values():
            try:
                stream.raise_error()
            except BaseException as raised:
                raise raised from error
        raise error

    def check(self, context: Any, code: int) -> None:
        """As the function of that name; a fault is told with where it was."""
        if code < 0:
            self._raise(context, code)

    # ---- Profiles -----------------------------------------------------------------

    def profile(self, **options: int) -> Profile:
        """Profile runs from now on; see Profile for the options."""
        from ._profile import Profile  # pylint: disable=import-outside-toplevel
        return Profile(self, **options)

    # ---- The end --------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._handle.closed

    def close(self) -> None:
        """Cancel what still runs, and free the tiles.

        Its lists of commands are closed first, which waits for their jobs. A stream's iterator
        or function that is being called is waited for; Ctrl-C ends the waiting.
        """
        streams, self._streams = list(self._streams.values()), {}
        ends_at_once = not any(type(stream).__name__ in ("_Source", "_Sink") for stream in streams)
        if ends_at_once or self.closed:
            self._handle.close()
        else:
            closing = threading.Thread(target=self._handle.close, daemon=True)
            closing.start()
            while closing.is_alive():
                closing.join(0.1)
        for stream in streams:
            stream.close()

    def __enter__(self) -> Context:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self.closed else f"{self.tiles} tiles"
        return f"<ipu.Context on {self._info.name}: {state}>"


def input_elements(tensor: Tensor, value: Any) -> Elements:
    """What is given for an input, checked against what the program declares."""
    if not tensor.is_input or tensor.is_stream:
        kind = "a stream: attach() it" if tensor.is_stream else "an output"
        raise ValueError(f"Tensor \"{tensor.name}\" is no input, but {kind}.")
    what = f"Input \"{tensor.name}\""
    elements = elements_of(value, tensor._dtype(), what)
    if not elements.shape and len(tensor.shape) == 1:
        elements = elements._replace(shape=(1,))
    shape = elements.shape
    if len(shape) != len(tensor.shape) or shape[tensor.fixed:] != tensor.shape[tensor.fixed:]:
        raise ValueError(f"{what} wants the shape {tensor.wanted()}, and was given {shape}.")
    return elements
