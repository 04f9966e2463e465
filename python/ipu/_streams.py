# SPDX-License-Identifier: MIT
"""What feeds the streams of a program, and what takes them."""

from __future__ import annotations

import errno
import os
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ._dtypes import Elements, array_from, elements_of, writable
from ._elf import Tensor
from ._errors import check
from ._libipu import ffi, lib
from ._memory import View


class Stream:
    """A source or sink as libipu takes it, and what must live as long."""

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.name = tensor.name.encode()
        self.error: BaseException | None = None
        # No cycle, so that it ends with the last who needs it.
        self._handle = ffi.new_handle(weakref.ref(self))

    def attach(self, context: Any) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Give back what was opened for it."""

    def result(self) -> Any:
        """What a sink of its own has taken; None for any other."""
        return None

    def raise_error(self) -> None:
        """What Python code raised in a thread of the stream's."""
        error, self.error = self.error, None
        if error:
            raise error


class _Memory(Stream):
    def __init__(self, tensor: Tensor, elements: Elements) -> None:
        super().__init__(tensor)
        self._elements = elements

    def attach(self, context: Any) -> None:
        check(lib.ipu_stream_memory(context, self.name, self._elements.pointer,
                                    self._elements.nbytes))


class _File(Stream):
    def __init__(self, tensor: Tensor, fd: int, owned: bool) -> None:
        super().__init__(tensor)
        self._fd, self._owned = fd, owned

    def attach(self, context: Any) -> None:
        check(lib.ipu_stream_fd(context, self.name, self._fd))

    def close(self) -> None:
        if self._owned:
            self._owned = False
            os.close(self._fd)


class _Source(Stream):
    """Bytes from an iterator, whose items are of any length."""

    def __init__(self, tensor: Tensor, items: Iterator[Any]) -> None:
        super().__init__(tensor)
        self._items = items
        self._item: View | None = None
        self._done = 0  # bytes of it

    def attach(self, context: Any) -> None:
        check(lib.ipu_stream_callback(context, self.name, lib.ipu_py_source, self._handle))

    def _view(self, item: Any) -> View:
        if isinstance(item, (bytes, bytearray)):
            return View(item)  # type: ignore[no-any-return]
        return elements_of(item, self.tensor._dtype(), f"Stream \"{self.tensor.name}\"").keep

    def fill(self, data: Any, count: int) -> int:
        """Bytes of the item that has some left; 0 when there is none."""
        while self._item is None or self._done == self._item.nbytes:
            self._item, self._done = None, 0
            for item in self._items:
                self._item = self._view(item)
                break
            else:
                return 0
        count = min(count, self._item.nbytes - self._done)
        ffi.memmove(data, ffi.cast("char *", self._item.address) + self._done, count)
        self._done += count
        return count


class _Sink(Stream):
    """Bytes to a function."""

    def __init__(self, tensor: Tensor, take: Callable[[bytes], object]) -> None:
        super().__init__(tensor)
        self._take = take

    def attach(self, context: Any) -> None:
        check(lib.ipu_stream_callback(context, self.name, lib.ipu_py_sink, self._handle))

    def take(self, data: Any, count: int) -> int:
        self._take(bytes(ffi.buffer(data, count)))
        return count


class _Collected(_Sink):
    """Rows that become an array."""

    def __init__(self, tensor: Tensor) -> None:
        self._data = bytearray()
        super().__init__(tensor, self._data.extend)

    def result(self) -> Any:
        return array_from(self._data, self.tensor._dtype(), self.tensor.row)


@ffi.def_extern()  # type: ignore[misc]
def ipu_py_source(arg: Any, data: Any, count: int) -> int:
    stream: _Source = ffi.from_handle(arg)()
    try:
        return stream.fill(data, count)
    except BaseException as error:  # pylint: disable=broad-except
        stream.error = error
        return -errno.EIO


@ffi.def_extern()  # type: ignore[misc]
def ipu_py_sink(arg: Any, data: Any, count: int) -> int:
    stream: _Sink = ffi.from_handle(arg)()
    try:
        return stream.take(data, count)
    except BaseException as error:  # pylint: disable=broad-except
        stream.error = error
        return -errno.EIO


def _reads(file: Any) -> Iterator[bytes]:
    while data := file.read(1 << 20):
        if not isinstance(data, bytes):
            raise TypeError("A stream wants a file that was opened in binary mode, \"rb\".")
        yield data


def _writes(file: Any) -> Callable[[bytes], object]:
    """A function that writes all that it is given; raw files may take a part at a time."""
    def write(data: bytes) -> None:
        rest = memoryview(data)
        while rest.nbytes:
            taken = file.write(rest)
            rest = rest[rest.nbytes if taken is None else taken:]
    return write


def _whole_rows(take: Callable[[Any], object], tensor: Tensor) -> Callable[[bytes], object]:
    """A function that is given arrays, of the whole rows that there are."""
    row_bytes = tensor._dtype().itemsize
    for count in tensor.row:
        row_bytes *= count
    pending = bytearray()

    def taken(data: bytes) -> None:
        pending.extend(data)
        whole = len(pending) - len(pending) % row_bytes
        if whole:
            array = array_from(pending[:whole], tensor._dtype(), tensor.row)
            del pending[:whole]
            take(array)
    return taken


def source_of(value: Any, tensor: Tensor) -> Stream:
    """An array, a path, a file descriptor, a file or an iterable, as a source."""
    what = f"Stream \"{tensor.name}\""
    if isinstance(value, (str, os.PathLike)):
        return _File(tensor, os.open(value, os.O_RDONLY | os.O_CLOEXEC), True)
    if isinstance(value, int):
        return _File(tensor, value, False)
    if hasattr(value, "read"):
        return _Source(tensor, _reads(value))
    if isinstance(value, Iterator):
        return _Source(tensor, value)
    try:
        memoryview(value)
    except (TypeError, BufferError, ValueError):
        if isinstance(value, Iterable) and not (isinstance(value, (list, tuple)) or
                                                hasattr(value, "__array_interface__")):
            return _Source(tensor, iter(value))
    elements = elements_of(value, tensor._dtype(), what)
    if elements.shape[1:] != tensor.row:
        raise ValueError(f"{what} wants the shape {tensor.wanted()}, and was given "
                         f"{elements.shape}.")
    return _Memory(tensor, elements)


def sink_of(value: Any, tensor: Tensor) -> Stream:
    """A path, a file descriptor, a file, a function or writable memory, as a sink.

    None collects what comes; it is then the sink's result().
    """
    if value is None:
        return _Collected(tensor)
    if isinstance(value, (str, os.PathLike)):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
        return _File(tensor, os.open(value, flags, 0o666), True)
    if isinstance(value, int):
        return _File(tensor, value, False)
    if hasattr(value, "write"):
        return _Sink(tensor, _writes(value))
    if callable(value):
        return _Sink(tensor, _whole_rows(value, tensor))
    return _Memory(tensor, writable(value, tensor._dtype(), f"Stream \"{tensor.name}\""))
