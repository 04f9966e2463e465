# SPDX-License-Identifier: MIT
"""Programs that are called like functions."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ._context import Context, Report, StreamInfo, input_elements
from ._elf import Elf, Tensor
from ._errors import Error, ExitError, Timeout
from ._handle import Handle
from ._print import Line, to_stdout
from ._streams import Stream, sink_of, source_of

if TYPE_CHECKING:
    from ._device import Info
    from ._profile import Profile

# After these, what is on the tiles is not what was.
_RUINED = (errno.EIO, errno.ETIMEDOUT, errno.ENODEV, errno.ECANCELED)


class Outputs(tuple[Any, ...]):
    """Several outputs, in the order in which the program declares them, and by their names.

    `y, z = outputs`, `outputs["y"]`, `outputs.y` and `dict(outputs)` all work.
    """

    _names: tuple[str, ...]

    @classmethod
    def _make(cls, values: Mapping[str, Any]) -> Outputs:
        self = cls(values.values())
        self._names = tuple(values)
        return self

    def keys(self) -> tuple[str, ...]:
        """Their names."""
        return self._names

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self._names:
                raise KeyError(f"There is no output \"{key}\"; there are {', '.join(self._names)}.")
            key = self._names.index(key)
        return super().__getitem__(key)

    def __getattr__(self, name: str) -> Any:
        names = self.__dict__.get("_names", ())
        if name not in names:
            raise AttributeError(f"There is no output \"{name}\"; there are {', '.join(names)}.")
        return tuple.__getitem__(self, names.index(name))

    def __reduce__(self) -> Any:
        return _outputs_again, (dict(zip(self._names, self)),)

    def __repr__(self) -> str:
        pairs = ", ".join(f"{name}={value!r}" for name, value in zip(self._names, self))
        return f"Outputs({pairs})"


def _outputs_again(values: dict[str, Any]) -> Outputs:
    return Outputs._make(values)


class Run:
    """A run that was started and may be under way: see Program.start()."""

    def __init__(self, program: Program, streams: dict[str, Stream], outputs: list[str],
                 out: Mapping[str, Any]) -> None:
        self._program, self._context, self._streams = program, program.context, streams
        self._outputs, self._out = outputs, out
        self._lock = threading.Lock()  # of who waits
        self._ended = self._cancelled = False
        self._error: BaseException | None = None
        self._result: Any = None
        #: What it did; None before its end
        self.report: Report | None = None

    def _end(self, error: BaseException | None, report: Report | None) -> None:
        collected = self._program._ended(self, error, report)
        self._ended, self._error, self.report = True, error, report
        if error:
            return
        try:
            self._read(collected)
        except (Error, ValueError) as caught:
            self._error = caught
            return
        if report and report.exit_code:
            self._error = ExitError(
                f"{self._program.elf.name}: tile {report.exit_tile} exited with code "
                f"{report.exit_code}.", report.exit_tile, report.exit_code)

    def _read(self, collected: dict[str, Any]) -> None:
        values = {}
        for name in self._program.elf.tensors:
            if collected.get(name) is not None:
                values[name] = collected[name]
            elif name in self._outputs:
                values[name] = self._program.read(name, self._out.get(name))
        if len(values) == 1:
            self._result = next(iter(values.values()))
        elif values:
            self._result = Outputs._make(values)

    def wait(self, timeout: float | None = None) -> Report:
        """Wait for its end, for so many seconds, or without a limit.

        Raises what the run ended with: Fault, ExitError, what a stream's iterator raised;
        Timeout when it has not ended. When it is Ctrl-C that ends the waiting, the run goes on.
        """
        begun = time.monotonic()
        if not self._lock.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            raise Timeout(errno.ETIME, "Another thread waits for this run, which goes on.")
        try:
            if not self._ended:
                self._wait(None if timeout is None else timeout - (time.monotonic() - begun))
        finally:
            self._lock.release()
        if self._error:
            raise self._error
        assert self.report
        return self.report

    def _wait(self, timeout: float | None) -> None:
        try:
            report = self._context.wait(timeout)
        except BaseException as error:
            # Else it is the waiting that has ended, by time or a signal.
            if self._context._under_way and not self._context.closed:
                raise
            self._end(self._cancel_error() if self._cancelled else error, None)
        else:
            self._end(self._cancel_error() if self._cancelled else None, report)

    def _cancel_error(self) -> Error:
        return Error(errno.ECANCELED, f"The run of {self._program.elf.name} was cancelled.")

    @property
    def done(self) -> bool:
        """Whether it has ended, well or not; wait() and result() say how."""
        try:
            self.wait(0)
        except Timeout:
            return False
        except BaseException:  # pylint: disable=broad-except
            if not self._ended:
                raise
        return True

    def result(self, timeout: float | None = None) -> Any:
        """The outputs, as Program.__call__() returns them, at its end: wait()."""
        self.wait(timeout)
        return self._result

    def cancel(self) -> None:
        """End it in the middle. The program's next call begins anew, without its streams."""
        if self._ended:
            return
        self._cancelled = True
        try:
            self._context.close()  # which ends what another thread waits for, too
        finally:
            with self._lock:
                if not self._ended:
                    self._end(self._cancel_error(), None)

    def __repr__(self) -> str:
        return f"<ipu.Run of {self._program.elf.name}: {'ended' if self._ended else 'under way'}>"


class Program:
    """A program on tiles of its own: see Device.load().

    A call gives the inputs, runs the program and returns the outputs:

        y = prog(x=x, tiles=64)

    What is in the tiles' memory stays there from call to call, so an input that does not
    change needs to be given once. After a fault, or on another number of tiles, the program
    begins anew: all inputs are to be given again. Calls from several threads wait for one another.
    """

    def __init__(self, device: Handle, info: Info, elf: Elf, tiles: int | None,
                 watchdog: float | None, user_queue: bool) -> None:
        self._device, self._info, self._watchdog = device, info, watchdog
        self._tiles, self._user_queue = tiles, user_queue
        self._context: Context | None = None
        self._loaded = False
        self._given: set[str] = set()
        self._attached: dict[str, Stream] = {}
        self._run: Run | None = None
        self._on_print: Callable[[Line], object] | None = to_stdout
        self._lock = threading.RLock()
        self._closed = False
        #: What the file says
        self.elf = elf
        #: What the last run did; None before the first
        self.report: Report | None = None
        if tiles is not None:
            self.context  # pylint: disable=pointless-statement

    # ---- Its context --------------------------------------------------------------

    @property
    def tiles(self) -> int | None:
        """Its tiles; None until there is a call that says so, or takes all."""
        return self._context.tiles if self._context else self._tiles

    @property
    def context(self) -> Context:
        """The context that it runs in, with the program loaded."""
        with self._lock:
            if self._closed:
                raise ValueError("This program is closed.")
            if self._context and (self._context.closed or not self._loaded and (
                    self._context._under_way or not self._usable(self._context))):
                self._leave()
            if not self._context:
                self._context = Context(self._device, self._info, self._tiles, self._watchdog,
                                        self._user_queue)
                self._context.on_print = self._on_print
            if not self._loaded:
                self._load(self._context)
            return self._context

    @staticmethod
    def _usable(context: Context) -> bool:
        try:
            return context.health().state == "usable"
        except (Error, ValueError):
            return False

    def _load(self, context: Context) -> None:
        self._given.clear()
        context._load(self.elf)
        for stream in self._attached.values():
            context._attach(stream)
        self._loaded = True

    def _leave(self) -> None:
        """Give the context up, and keep what is attached for the next one."""
        context, self._context = self._context, None
        self._loaded = False
        if context:
            for name in self._attached:
                context._streams.pop(name, None)
            context.close()

    def _abandon(self) -> None:
        """Give the context up, and all that is attached."""
        attached, self._attached = self._attached, {}
        self._leave()
        for stream in attached.values():
            stream.close()

    def _move(self, tiles: int | None) -> None:
        """To so many tiles, if it is not there."""
        if tiles is None or (self._context and self._context.tiles == tiles):
            return
        if not 1 <= tiles <= self._info.tiles:
            raise ValueError(f"{self._info.name} has {self._info.tiles} tiles: {tiles} is not "
                             "from 1 to that.")
        self._leave()
        self._tiles = tiles

    # ---- Runs -----------------------------------------------------------------------

    def __call__(self, *, tiles: int | None = None, entry: str | None = None,
                 outputs: Iterable[str] | None = None, **inputs: Any) -> Any:
        """Give inputs, run the program to its end, and return the outputs.

        Inputs are arrays of the type and shape that the program declares, elf.tensors; numbers
        and lists of them are converted. A stream is given what attach() takes; an output stream
        that is given nothing is collected in an array. One output is returned as it is, several
        as Outputs; without any it is None. `tiles` is how many tiles to run on; `entry` an entry
        point of the program instead of main(); `outputs` the names of those outputs to read,
        instead of all. Tensors of one of these names are given to run().

        Raises Fault when a tile cannot go on, ExitError when one exits with a code that is not
        0, and Error for what else libipu reports. Ctrl-C ends the run, and the next call begins
        anew.
        """
        return self.run(inputs, tiles=tiles, entry=entry, outputs=outputs)

    def run(self, inputs: Mapping[str, Any] | None = None, *, tiles: int | None = None,
            entry: str | None = None, outputs: Iterable[str] | None = None,
            out: Mapping[str, Any] | None = None) -> Any:
        """The same with inputs of any name, and outputs into memory that there is: `out`."""
        with self._lock:
            run = self.start(inputs, tiles=tiles, entry=entry, outputs=outputs, out=out)
            return self._to_the_end(run)

    def resume(self, inputs: Mapping[str, Any] | None = None, *,
               outputs: Iterable[str] | None = None, out: Mapping[str, Any] | None = None) -> Any:
        """Resume a program that waits at an external sync, report.at_sync, as run()."""
        with self._lock:
            return self._to_the_end(self._start(inputs or {}, outputs, out or {}, None, True))

    @staticmethod
    def _to_the_end(run: Run) -> Any:
        try:
            return run.result()
        except BaseException:
            if not run._ended:  # Ctrl-C
                run.cancel()
            raise

    def start(self, inputs: Mapping[str, Any] | None = None, *, tiles: int | None = None,
              entry: str | None = None, outputs: Iterable[str] | None = None,
              out: Mapping[str, Any] | None = None) -> Run:
        """run() that does not wait: the Run says when it has ended, and what came of it."""
        with self._lock:
            self._check_idle()
            self._move(tiles)
            return self._start(inputs or {}, outputs, out or {}, entry, False)

    def _check_idle(self) -> None:
        if self._run:
            raise Error(errno.EBUSY, f"A run of {self.elf.name} is under way: wait for it, "
                                     "Run.wait().")

    def _tensor(self, name: str) -> Tensor:
        if name not in self.elf.tensors:
            raise TypeError(f"{self.elf.name} has no tensor \"{name}\"; it has "
                            f"{', '.join(self.elf.tensors) or 'none'}.")
        return self.elf.tensors[name]

    def _output_names(self, outputs: Iterable[str] | None, out: Mapping[str, Any]) -> list[str]:
        if isinstance(outputs, str):
            outputs = (outputs,)
        all_ = [name for name, tensor in self.elf.tensors.items()
                if tensor.is_output and not tensor.is_stream]
        names = all_ if outputs is None else list(outputs)
        for name in [*names, *out]:
            if name not in all_:
                raise TypeError(f"{self.elf.name} has no output \"{name}\"; it has "
                                f"{', '.join(all_) or 'none'}.")
        return [*names, *(name for name in out if name not in names)]

    def _check_inputs(self, given: Iterable[str]) -> None:
        """A program with one way to run has all of its inputs, or would run without saying so."""
        have = {*given, *self._given, *self._attached}
        for name, tensor in self.elf.tensors.items():
            if tensor.is_input and name not in have and (tensor.is_stream or
                                                         not self.elf.entries):
                kind = "Stream" if tensor.is_stream else "Input"
                raise TypeError(f"{kind} \"{name}\" of {self.elf.name} was not given: it wants "
                                f"{tensor.dtype} of the shape {tensor.wanted()}.")

    def _start(self, inputs: Mapping[str, Any], outputs: Iterable[str] | None,
               out: Mapping[str, Any], entry: str | None, resume: bool) -> Run:
        self._check_idle()
        tensors = {name: self._tensor(name) for name in inputs}
        names = self._output_names(outputs, out)
        elements = {name: input_elements(tensor, inputs[name])
                    for name, tensor in tensors.items() if not tensor.is_stream}
        context = self.context
        self._check_inputs(inputs)
        streams: dict[str, Stream] = {}
        try:
            for name, given in elements.items():
                context._set(tensors[name], given)
                self._given.add(name)
            if not resume and self.elf.entries:
                context.set_entry(entry or "main")
            elif entry:
                context.set_entry(entry)
            self._attach_all(context, inputs, streams)
            run = Run(self, streams, names, out)
            if resume:
                context.start_resume()
            else:
                context.start()
        except BaseException as error:
            self._settle(error, streams)
            raise
        self._run = run
        return run

    def _attach_all(self, context: Context, inputs: Mapping[str, Any],
                    streams: dict[str, Stream]) -> None:
        """The streams of one run."""
        for name, tensor in self.elf.tensors.items():
            if not tensor.is_stream or (name in self._attached and name not in inputs):
                continue
            end = inputs.get(name)
            stream = source_of(end, tensor) if tensor.is_input else sink_of(end, tensor)
            streams[name] = stream
            context._attach(stream)

    def _settle(self, error: BaseException | None, streams: dict[str, Stream]) -> dict[str, Any]:
        """After a run, or one that did not begin: its streams are given back."""
        if isinstance(error, OSError) and error.errno in _RUINED or (
                error and not isinstance(error, Error)):
            self._loaded = False
        results = {}
        for name, stream in streams.items():
            if self._context and name in self._context._streams:
                try:
                    self._context.detach(name)
                except Error:
                    self._loaded = False
            stream.close()
            results[name] = stream.result()
        return results

    def _ended(self, run: Run, error: BaseException | None,
               report: Report | None) -> dict[str, Any]:
        with self._lock:
            if error:
                self._loaded = False
            self._run = None
            self.report = report or self.report
            if run._cancelled:
                self._abandon()
            return self._settle(error, run._streams)

    def read(self, name: str, out: Any = None) -> Any:
        """An output of the last run, as a new array or in `out`."""
        with self._lock:
            return self.context.get(name, out)

    def reset(self) -> None:
        """Begin anew: the next call loads the program, and all inputs are to be given."""
        with self._lock:
            self._check_idle()
            self._loaded = False

    # ---- Streams, prints, profiles --------------------------------------------------

    def attach(self, name: str, end: Any = None) -> None:
        """Attach a source or sink to a stream for all runs until detach(): Context.attach()."""
        with self._lock:
            self._check_idle()
            self.context.attach(name, end)
            self._attached[name] = self.context._streams[name]

    def detach(self, name: str) -> Any:
        """Detach a stream; the array that was collected, if one was."""
        with self._lock:
            self._check_idle()
            self._attached.pop(name, None)
            return self.context.detach(name)

    def stream_info(self, name: str) -> StreamInfo:
        """What has gone through a stream that is attached; at any time."""
        return self.context.stream_info(name)

    @property
    def on_print(self) -> Callable[[Line], object] | None:
        """Is called with each line that tiles print, and at first prints it to sys.stdout.

        It is called while somebody waits for the run, by that thread. None drops lines.
        """
        return self._on_print

    @on_print.setter
    def on_print(self, take: Callable[[Line], object] | None) -> None:
        self._on_print = take
        if self._context:
            self._context.on_print = take

    def profile(self, **options: int) -> Profile:
        """Profile runs from now on, or in a with block; see Profile for the options."""
        with self._lock:
            return self.context.profile(**options)

    # ---- The end --------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether it is closed."""
        return self._closed

    def close(self) -> None:
        """Cancel what still runs, and free the tiles.

        It waits for no lock, so that another thread can end what takes too long.
        """
        self._closed = True
        context = self._context
        if context:
            context.close()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.tiles or 'no'} tiles"
        return f"<ipu.Program {self.elf.name} on {self._info.name}: {state}>"
