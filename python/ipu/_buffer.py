# SPDX-License-Identifier: MIT
"""Memory that the card can be given to read and write, and Python sees as an array."""

from __future__ import annotations

import math
import os
import sys
from types import TracebackType
from typing import Any

from ._dtypes import Dtype, dtype_of
from ._errors import check
from ._handle import Handle
from ._libipu import ffi, lib
from ._memory import Memory


class Buffer(Memory):
    """Memory that contexts can map, as an array: see Device.buffer().

    Nothing is copied by numpy.asarray(buffer), memoryview(buffer), torch.from_dlpack(buffer)
    and the like. Their arrays keep the memory.
    """

    _bo: Any
    _dtype: Dtype

    @classmethod
    def _make(cls, bo: Any, dtype: Dtype, shape: tuple[int, ...], offset: int) -> Buffer:
        memory = int(ffi.cast("uintptr_t", lib.ipu_bo_data(bo))) + offset
        # What it returns is a Buffer: _memory.pyi cannot say so.
        self: Buffer = cls.__new__(cls, memory, shape, dtype.format, dtype.itemsize,
                                   dtype.type_code, False, bo, os.getpid())
        self._bo, self._dtype = bo, dtype
        return self

    @classmethod
    def _create(cls, device: Handle, shape: tuple[int, ...], dtype: Dtype) -> Buffer:
        if any(count < 0 for count in shape):
            raise ValueError(f"No buffer has the shape {shape}.")
        out = ffi.new("struct ipu_bo **")
        with device.use() as pointer:
            check(lib.ipu_bo_create(pointer, math.prod(shape) * dtype.itemsize, out))
        return cls._make(ffi.gc(out[0], lib.ipu_bo_destroy), dtype, shape, 0)

    def _used(self) -> Any:
        if self.closed:
            raise ValueError("This buffer is closed.")
        return self._bo

    @property
    def dtype(self) -> str:
        """Type of its elements, "float32"; those of a "bfloat16" are seen as uint16."""
        return self._dtype.name

    @property
    def size(self) -> int:
        """Bytes of the memory, whole pages."""
        return int(lib.ipu_bo_size(self._used()))

    @property
    def offset(self) -> int:
        """Bytes of the memory before this part of it, 0 unless view() made it."""
        return self.address - int(ffi.cast("uintptr_t", lib.ipu_bo_data(self._used())))

    @property
    def __array_interface__(self) -> dict[str, Any]:
        self._hold()  # as the address is all that the other side has
        order = "|" if self._dtype.itemsize == 1 else "<" if sys.byteorder == "little" else ">"
        kind = {"f": "f", "e": "f", "d": "f", "?": "b"}.get(
            self._dtype.format, "i" if self._dtype.format.islower() else "u")
        return {
            "version": 3,
            "shape": self.shape,
            "typestr": f"{order}{kind}{self._dtype.itemsize}",
            "data": (self.address, False),
            "strides": None,
        }

    def view(self, dtype: object, shape: tuple[int, ...], offset: int = 0) -> Buffer:
        """A part of the same memory, which begins `offset` bytes after this one."""
        wanted = dtype_of(dtype)
        bytes_ = math.prod(shape) * wanted.itemsize
        start = self.offset + offset
        if offset < 0 or offset % wanted.itemsize or start + bytes_ > self.size:
            raise ValueError(f"{bytes_} bytes from byte {offset} on, aligned to {wanted.itemsize}, "
                             f"are not in a buffer of {self.size - self.offset}.")
        return self._make(self._bo, wanted, tuple(shape), start)

    def close(self) -> None:
        """Give the memory back: now, or with the last array, view or mapping that is of it."""
        self._bo = None
        super().close()

    def __enter__(self) -> Buffer:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("A buffer without a dimension has no length.")
        return self.shape[0]

    def __repr__(self) -> str:
        state = ", closed" if self.closed else ""
        return f"<ipu.Buffer {self.dtype} {self.shape}{state}>"
