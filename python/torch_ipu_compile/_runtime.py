# SPDX-License-Identifier: MIT
"""The card that graphs run on, and memory that it shares with PyTorch's tensors."""

from __future__ import annotations

import os
import sys
import threading
from typing import Any

import torch
from torch.utils.weak import WeakTensorKeyDictionary

import ipu_graph


def _user_queue() -> bool:
    """Whether jobs are to go by a user queue: the device's choice, or made as it makes it."""
    if "torch_ipu" in sys.modules:
        return bool(sys.modules["torch_ipu"]._C.user_queue())
    return os.environ.get("IPU_TORCH_USER_QUEUE") != "0"


class Runtime:
    """An engine over all tiles of a card, its pool, and the state of its random numbers."""

    def __init__(self, name: str | None = None, tiles: int = 0, cycles: bool = False, *,
                 shared: tuple[int, int] | None = None) -> None:
        self.name, self.cycles = name, cycles
        if shared:
            self.pool = ipu_graph.Pool(pointer=shared[0])
            self.engine = ipu_graph.Engine(self.pool, pointer=shared[1])
        else:
            self.pool = ipu_graph.Pool(ipu_graph.Device(name))
            self.engine = ipu_graph.Engine(self.pool, tiles, cycles,
                                           user_queue=_user_queue())
        self.generator = self.tensor((4,), torch.int32)
        self.seed(torch.initial_seed())

    @property
    def tiles(self) -> int:
        return self.engine.tiles

    def seed(self, seed: int) -> None:
        """Begin the random numbers anew: what torch.manual_seed() is for the CPU."""
        self.engine.wait()
        words = [seed & 0xffffffff, seed >> 32 & 0xffffffff, 0, 0]
        self.generator.copy_(torch.tensor([w - (w >> 31 << 32) for w in words], dtype=torch.int32))

    def tensor(self, shape: tuple[int, ...], dtype: torch.dtype,
               stride: tuple[int, ...] | None = None) -> torch.Tensor:
        """A CPU tensor in the pool's memory, not initialised."""
        count = 1
        for extent in shape:
            count *= extent
        if not count:
            return torch.empty(shape, dtype=dtype)
        flat = torch.frombuffer(self.pool.alloc(count * dtype.itemsize), dtype=dtype, count=count)
        return flat.view(shape) if stride is None else flat.as_strided(shape, stride)

    def adopt(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy of it in the pool's memory, with its strides if it is dense."""
        stride = tensor.stride() if is_dense(tensor) else None
        copy = self.tensor(tuple(tensor.shape), tensor.dtype, stride)
        copy.copy_(tensor.detach())
        return copy


# Tensors in a runtime's pool: that, their address, and of int64 the tensor of int32 that the card
# has. Kept beside them, so that copies, and what is saved, know nothing of it.
_places: Any = WeakTensorKeyDictionary()


def place(tensor: torch.Tensor, on: Runtime, narrow: torch.Tensor | None = None) -> None:
    """Note that a tensor is in the memory of a runtime's pool."""
    _places[tensor] = on, tensor.data_ptr(), narrow


def is_placed(tensor: Any, on: Runtime) -> bool:
    return isinstance(tensor, torch.Tensor) and \
        _places.get(tensor, ())[:2] == (on, tensor.data_ptr())


def narrow_of(tensor: torch.Tensor) -> torch.Tensor:
    narrow: torch.Tensor = _places[tensor][2]
    return narrow


def is_dense(tensor: torch.Tensor) -> bool:
    """Whether its elements fill their memory, in any order of the dimensions."""
    return tensor.permute(order_of(tensor)).is_contiguous()


def order_of(tensor: torch.Tensor) -> list[int]:
    """Dimensions in the order of memory; those of one element stay beside their neighbours."""
    strides = list(tensor.stride())
    for i in range(len(strides) - 1, -1, -1):
        if tensor.shape[i] == 1:
            strides[i] = strides[i + 1] * tensor.shape[i + 1] if i + 1 < len(strides) else 1
    return sorted(range(len(strides)), key=lambda i: (-strides[i], i))


_lock = threading.Lock()
_runtime: Runtime | None = None


def configure(device: str | None = None, tiles: int = 0, cycles: bool = False) -> Runtime:
    """Choose the card, as ipu_open() names it, before anything runs; or another one for what
    is compiled from now on. Without it: $IPU_DEVICE, or the first card.

    A graph has as few tiles as it fits into, as a host that emulates tiles takes its time for
    each of them. With `cycles` it has all, and is planned for the least card cycles.
    """
    global _runtime
    with _lock:
        _runtime = Runtime(device, tiles, cycles)
        return _runtime


def runtime() -> Runtime:
    """The card in use: that of the device "ipu", if there is one."""
    global _runtime
    with _lock:
        if _runtime is None and "torch_ipu" in sys.modules:
            _, pool, engine = sys.modules["torch_ipu"]._C.handles()
            _runtime = Runtime(os.environ.get("IPU_DEVICE"), shared=(pool, engine))
        if _runtime is None:
            _runtime = Runtime(os.environ.get("IPU_DEVICE"))
        return _runtime


def raw(tensor: Any) -> int:
    return int(tensor.data_ptr())
