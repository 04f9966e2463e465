# SPDX-License-Identifier: MIT
"""Elements and arrays: what Python objects are as the elements of tensors.

NumPy's arrays go in and come out if NumPy can be imported; else what comes out is a
memoryview. What goes in is anything with a buffer: arrays, bytes, array.array, memoryview.
"""

from __future__ import annotations

import math
import struct
import sys
from typing import Any, NamedTuple

from ._libipu import ffi
from ._memory import Memory, View

try:
    import numpy
except ImportError:
    numpy = None  # type: ignore[assignment]


class Dtype(NamedTuple):
    """A type of elements, by its name."""

    name: str
    format: str  # of the module struct
    itemsize: int
    type_code: int  # of DLPack
    numpy_name: str


_INT, _UINT, _FLOAT, _BFLOAT, _BOOL = 0, 1, 2, 4, 6

_DTYPES = {row[0]: Dtype(*row) for row in (
    ("float32", "f", 4, _FLOAT, "float32"),
    ("float16", "e", 2, _FLOAT, "float16"),
    ("bfloat16", "H", 2, _BFLOAT, "uint16"),  # NumPy has no such type: its bits
    ("int8", "b", 1, _INT, "int8"),
    ("uint8", "B", 1, _UINT, "uint8"),
    ("int16", "h", 2, _INT, "int16"),
    ("uint16", "H", 2, _UINT, "uint16"),
    ("int32", "i", 4, _INT, "int32"),
    ("uint32", "I", 4, _UINT, "uint32"),
    ("int64", "q", 8, _INT, "int64"),
    ("uint64", "Q", 8, _UINT, "uint64"),
    ("float64", "d", 8, _FLOAT, "float64"),
    ("bool", "?", 1, _BOOL, "bool"),
)}


def dtype_of(name: object) -> Dtype:
    """The type that a name says, or one of NumPy's."""
    text = name if isinstance(name, str) else getattr(name, "name", getattr(name, "__name__", ""))
    if text not in _DTYPES and numpy is not None:
        try:
            text = numpy.dtype(name).name  # type: ignore[call-overload]
        except TypeError:
            pass
    if text not in _DTYPES:
        raise TypeError(f"{name!r} is no type of elements; there are {', '.join(_DTYPES)}.")
    return _DTYPES[str(text)]


class Elements(NamedTuple):
    """The elements of a Python object, one behind the other, and what they are."""

    pointer: Any  # of cffi, valid as long as `keep`
    nbytes: int
    shape: tuple[int, ...]
    keep: View


def _elements(view: object, shape: tuple[int, ...], must_write: bool = False) -> Elements:
    keep = View(view, must_write)
    return Elements(ffi.cast("void *", keep.address), keep.nbytes, shape, keep)


def _format_kind(view: memoryview) -> tuple[str, int, bool]:
    """What a buffer's elements are: "int", "uint", "float"...; bytes of one; whether swapped."""
    text = view.format
    order = text[0] if text[:1] in tuple("@=<>!") else "@"
    code = text.lstrip("@=<>!")
    kinds = {"f": "float", "d": "float", "e": "float", "?": "bool", "c": "uint"}
    kind = kinds.get(code) or ("int" if code in tuple("bhilqn") else
                               "uint" if code in tuple("BHILQNP") else code)
    little = sys.byteorder == "little"
    swapped = view.itemsize > 1 and order in ((">", "!") if little else ("<",))
    return kind, view.itemsize, swapped


def _dtype_kind(dtype: Dtype) -> tuple[str, int]:
    return {_INT: "int", _UINT: "uint", _FLOAT: "float", _BFLOAT: "uint",
            _BOOL: "bool"}[dtype.type_code], dtype.itemsize


def _refuse(given: str, what: str, dtype: Dtype) -> TypeError:
    if dtype.name == "bfloat16":
        return TypeError(f"{what} wants bfloat16, as bits in uint16, and was given {given}: "
                         "convert float32 in NumPy, "
                         "(a.view(numpy.uint32) >> 16).astype(numpy.uint16).")
    return TypeError(f"{what} wants {dtype.name}, and was given {given}: convert it, "
                     f"a.astype(\"{dtype.numpy_name}\") in NumPy.")


def _pack(values: object, dtype: Dtype, what: str) -> tuple[memoryview, tuple[int, ...]]:
    """Numbers in lists and tuples, which have no type of their own."""
    shape: list[int] = []
    level: Any = values
    while isinstance(level, (list, tuple)):
        shape.append(len(level))
        level = level[0] if level else 0
    flat: list[Any] = [values]
    for count in shape:
        if any(not isinstance(part, (list, tuple)) or len(part) != count for part in flat):
            raise ValueError(f"{what} was given lists of different lengths.")
        flat = [item for part in flat for item in part]
    try:
        data = struct.pack(f"={len(flat)}{dtype.format}", *flat)
    except (struct.error, OverflowError) as error:
        raise TypeError(f"{what} wants {dtype.name}: {error}.") from None
    return memoryview(data), tuple(shape)


def _numpy_view(value: Any, dtype: Dtype, what: str) -> memoryview:
    """By way of NumPy: numbers, lists, and what NumPy knows how to look at."""
    wanted = numpy.dtype(dtype.numpy_name)
    plain = isinstance(value, (bool, int, float, list, tuple))
    array = numpy.asarray(value, dtype=wanted if plain else None)
    if array.dtype.newbyteorder("=") != wanted:
        raise _refuse(array.dtype.name, what, dtype)
    array = numpy.asarray(array, dtype=wanted)
    # Unlike ascontiguousarray() this keeps arrays without a dimension so.
    whole: Any = array if array.flags.c_contiguous else array.copy(order="C")
    return memoryview(whole)


def _view(value: Any, dtype: Dtype, what: str) -> tuple[memoryview, tuple[int, ...]]:
    try:
        view = memoryview(value)
    except (TypeError, BufferError, ValueError):
        if numpy is not None:
            view = _numpy_view(value, dtype, what)
        elif isinstance(value, (bool, int, float, list, tuple)):
            return _pack(value, dtype, what)
        else:
            raise TypeError(f"{what} was given {type(value).__name__}, which has no buffer: give "
                            "it an array or a list of numbers.") from None
    kind, itemsize, swapped = _format_kind(view)
    if (kind, itemsize) != _dtype_kind(dtype):
        raise _refuse(f"{kind}{8 * itemsize}" if kind != "bool" else kind, what, dtype)
    if swapped:
        if numpy is None:
            raise TypeError(f"{what} was given elements of the other byte order.")
        view = _numpy_view(value, dtype, what)
    return view, tuple(view.shape or ())


def elements_of(value: Any, dtype: Dtype, what: str) -> Elements:
    """The elements of an object, copied only if they do not lie one behind the other.

    Types must agree, as no conversion is exact: only numbers without a type of their own,
    and lists of them, become what is wanted.
    """
    view, shape = _view(value, dtype, what)
    return _elements(view if view.c_contiguous else view.tobytes(), shape)


def writable(value: Any, dtype: Dtype, what: str) -> Elements:
    """Memory of the caller's to be filled in."""
    view = memoryview(value)
    kind, itemsize, swapped = _format_kind(view)
    if (kind, itemsize) != _dtype_kind(dtype) or swapped:
        raise _refuse(f"{kind}{8 * itemsize}", what, dtype)
    if view.readonly or not view.c_contiguous:
        raise ValueError(f"{what} cannot be written there: it wants memory that can be written "
                         "and lies in one piece.")
    return _elements(view, tuple(view.shape or ()), True)


def new_array(dtype: Dtype, shape: tuple[int, ...]) -> Any:
    """An array to be filled in: NumPy's, or without it a memoryview."""
    if numpy is not None:
        return numpy.empty(shape, dtype.numpy_name)
    memory = ffi.new("char[]", max(1, math.prod(shape) * dtype.itemsize))
    return memoryview(Memory(  # type: ignore[call-overload]
        int(ffi.cast("uintptr_t", memory)), shape, dtype.format, dtype.itemsize,
        dtype.type_code, False, memory, 0))


def array_from(data: bytearray, dtype: Dtype, row: tuple[int, ...]) -> Any:
    """Rows that were collected in a bytearray, as an array."""
    rows = len(data) // (math.prod(row) * dtype.itemsize)
    if numpy is not None:
        return numpy.frombuffer(data, dtype.numpy_name).reshape(rows, *row)
    array = new_array(dtype, (rows, *row))
    ffi.memmove(_elements(array, (), True).pointer, data, len(data))
    return array
