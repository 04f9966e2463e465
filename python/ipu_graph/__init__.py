# SPDX-License-Identifier: MIT
"""Graphs of tensor operations on an IPU: a Python binding of <ipu_graph.h>.

    engine = Engine(Pool(Device("sim:tiles=64")))
    graph = Graph()
    x = graph.tensor(lib.IPU_F32, (64, 100), lib.IPU_GRAPH_IN, "x")
    y = graph.tensor(lib.IPU_F32, (64, 100), lib.IPU_GRAPH_OUT, "y")
    graph.map(lib.IPU_MAP_RELU, y, x)
    relu = engine.compile(graph)
    relu([x_address, y_address])
    engine.wait()

What an operation does, its header says (<ipu/op_map.h> and so on); tensors are numbers, and
memory is given by its addresses. Errors are exceptions with libipu's words.
"""

from __future__ import annotations

import errno as _errno
import math
import struct
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from ipu._errors import Error, check
from ipu._libipu import ffi, lib

__all__ = ["Device", "Engine", "Error", "Executable", "Graph", "NONE", "Pool", "bits", "ffi", "lib"]

#: In place of a tensor
NONE = 0xffffffff


def bits(value: float) -> int:
    """The bits of a float, as operations take it."""
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        packed = struct.pack("<f", math.copysign(math.inf, value))
    return int.from_bytes(packed, "little")


def own(owner: Any, pointer: Any, destroy: Callable[[Any], None], *keep: Any) -> Any:
    """Destroy what the pointer is to with its owner, before what it needs, `keep`; at the end
    of the process, the last that was made first."""
    weakref.finalize(owner, lambda *needed: destroy(pointer), *keep)
    return pointer


class Device:
    """A card, or the simulator; `name` as ipu_open() has it."""

    def __init__(self, name: str | None = None) -> None:
        out = ffi.new("struct ipu_device **")
        check(lib.ipu_open(ffi.NULL if name is None else name.encode(), out))
        self.pointer = own(self, out[0], lib.ipu_close)


class Pool:
    """Memory of the host that a device's engines can use without a copy."""

    def __init__(self, device: Device | None = None, pointer: int = 0) -> None:
        self.state = {"alive": True}
        if pointer:
            self.pointer = ffi.cast("struct ipu_pool *", pointer)
            return
        assert device
        out = ffi.new("struct ipu_pool **")
        check(lib.ipu_pool_create(device.pointer, out))
        self.pointer = own(self, out[0], lambda pool, state=self.state: (
            state.update(alive=False), lib.ipu_pool_destroy(pool)), device)

    def alloc(self, size: int) -> Any:
        """Memory with the buffer protocol; given back when nobody has it any more. It lasts as
        long as the pool, which it keeps; at the end of the process both go."""
        data = lib.ipu_pool_alloc(self.pointer, size)
        if data == ffi.NULL:
            check(-_errno.ENOMEM)
        return ffi.buffer(ffi.gc(data, self._give_back), size)

    def _give_back(self, data: Any) -> None:
        if self.state["alive"]:
            lib.ipu_pool_free(self.pointer, data)


class Executable:
    """A graph that has its place on the tiles."""

    def __init__(self, engine: Engine, pointer: Any) -> None:
        self.pointer = own(self, pointer, lib.ipu_executable_destroy, engine)

    def __call__(self, data: Sequence[int]) -> None:
        """Run it, with the addresses of what goes in and out; see ipu_execute()."""
        addresses = ffi.new("uintptr_t[]", data)  # which a cast does not keep
        check(lib.ipu_execute(self.pointer, ffi.cast("void **", addresses)))

    def save(self, path: str) -> None:
        """Write it to a file, for Engine.load()."""
        check(lib.ipu_executable_save(self.pointer, path.encode()))

    def info(self) -> Any:
        info = ffi.new("struct ipu_executable_info *")
        info.size = ffi.sizeof("struct ipu_executable_info")
        check(lib.ipu_executable_get_info(self.pointer, info))
        return info


class Engine:
    """Tiles that run graphs."""

    def __init__(self, pool: Pool, tiles: int = 0, cycles: bool = False, watchdog_ms: int = 0,
                 user_queue: bool = False, pointer: int = 0) -> None:
        self.pool = pool
        if pointer:
            self.pointer = ffi.cast("struct ipu_engine *", pointer)
            return
        out = ffi.new("struct ipu_engine **")
        options = ffi.new("struct ipu_engine_options *",
                          {"size": ffi.sizeof("struct ipu_engine_options"), "tiles": tiles,
                           "cycles": cycles, "watchdog_ms": watchdog_ms,
                           "flags": lib.IPU_CONTEXT_USER_QUEUE if user_queue else 0})
        check(lib.ipu_engine_create(pool.pointer, options, out))
        self.pointer = own(self, out[0], lib.ipu_engine_destroy, pool)

    @property
    def tiles(self) -> int:
        return int(lib.ipu_engine_tiles(self.pointer))

    def compile(self, graph: Graph, name: str = "", tiles: int = 0,
                profile: bool = False) -> Executable:
        out = ffi.new("struct ipu_executable **")
        text = ffi.new("char[]", name.encode())
        options = ffi.new("struct ipu_compile_options *",
                          {"size": ffi.sizeof("struct ipu_compile_options"), "name": text,
                           "tiles": tiles, "profile": profile})
        check(lib.ipu_compile(self.pointer, graph.pointer, options, out))
        return Executable(self, out[0])

    def load(self, path: str) -> Executable:
        """What Executable.save() wrote."""
        out = ffi.new("struct ipu_executable **")
        check(lib.ipu_executable_load(self.pointer, path.encode(), out))
        return Executable(self, out[0])

    def smallest(self, graph: Graph, room: int = 0) -> int:
        return int(lib.ipu_engine_smallest(self.pointer, graph.pointer, room))

    def wait(self) -> None:
        check(lib.ipu_engine_wait(self.pointer))

    def flush(self, forget: bool = False) -> None:
        check(lib.ipu_engine_flush(self.pointer, forget))


class Graph:
    """Operations on tensors, which are numbers; the methods are the calls of ipu_graph.h."""

    def __init__(self) -> None:
        out = ffi.new("struct ipu_graph **")
        check(lib.ipu_graph_create(out))
        self.pointer = own(self, out[0], lib.ipu_graph_destroy)

    def label(self, text: str) -> None:
        lib.ipu_graph_label(self.pointer, text.encode())

    def tensor(self, dtype: int, shape: Sequence[int], role: int = 0, name: str = "") -> int:
        number = lib.ipu_graph_tensor(self.pointer, name.encode(), dtype, len(shape), list(shape),
                                      role)
        if number == NONE:
            check(-_errno.EINVAL)
        return int(number)

    def view(self, of: int, shape: Sequence[int]) -> int:
        number = lib.ipu_graph_view(self.pointer, of, len(shape), list(shape))
        if number == NONE:
            check(-_errno.EINVAL)
        return int(number)

    def map(self, op: int, to: int, a: int, b: int = NONE, c: int = NONE, scalar: int = 0,
            alpha: int = 0, beta: int = 0, given: int = NONE) -> None:
        check(lib.ipu_graph_map(self.pointer, ffi.new(
            "struct ipu_graph_map *", [op, to, [a, b, c], given, scalar & NONE, alpha & NONE,
                                       beta & NONE])))

    def copy(self, to: int, source: int, offset: int, shape: Sequence[int],
             stride: Sequence[int]) -> None:
        check(lib.ipu_graph_copy(self.pointer, to, source, offset, len(shape), list(shape),
                                 list(stride)))

    def norm(self, **fields: Any) -> None:
        self._struct("norm", {name: NONE for name in (
            "to", "x", "gamma", "beta", "mean", "rstd", "running_mean", "running_var", "dy",
            "dgamma", "dbeta")} | fields)

    def loss(self, **fields: Any) -> None:
        self._struct("loss", {"x": NONE, "dx": NONE} | fields)

    def lstm(self, **fields: Any) -> None:
        self._struct("lstm", {"out": NONE} | fields)

    def lstm_grad(self, **fields: Any) -> None:
        self._struct("lstm_grad", {"all": NONE, "dhy": NONE, "dcy": NONE} | fields)

    def conv2d(self, **fields: Any) -> None:
        self._struct("conv", {"bias": NONE} | fields, "conv2d")

    def pool2d(self, **fields: Any) -> None:
        self._struct("pool", {"index": NONE} | fields, "pool2d")

    def optim(self, **fields: Any) -> None:
        self._struct("optim", {"step": NONE} | fields)

    def _struct(self, name: str, fields: dict[str, Any], call: str = "") -> None:
        check(getattr(lib, f"ipu_graph_{call or name}")(
            self.pointer, ffi.new(f"struct ipu_graph_{name} *", fields)))

    def __getattr__(self, name: str) -> Any:
        """The other calls, with their arguments as they are: fill, cast, reduce, matmul, ..."""
        function = getattr(lib, f"ipu_graph_{name}")
        return lambda *args: check(function(self.pointer, *args))
