# SPDX-License-Identifier: MIT
"""PyTorch on the IPU: the device "ipu", and the module torch.ipu.

`import torch` loads it. Tensors are in memory that the card reads where it is; operations are
submitted, and run while the program goes on. What the tiles cannot do runs on the CPU, and is
counted: see fallbacks() and set_strict().

PyTorch 2.6 has a device type "ipu" of its own that cannot be an eager device, so that tensors
show "xipu" as theirs; "ipu" is understood wherever a device is asked for.
"""

import sys
import types

import torch

from . import _C

NAME = _C.name()

__all__ = [
    "Event",
    "Stream",
    "current_device",
    "current_stream",
    "device",
    "device_count",
    "empty_cache",
    "fallbacks",
    "get_amp_supported_dtype",
    "get_device_name",
    "get_rng_state",
    "init",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "is_strict",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "memory_summary",
    "ops",
    "reset_fallbacks",
    "seed",
    "set_device",
    "set_rng_state",
    "set_strict",
    "synchronize",
    "tiles",
]


# ---- What ran on the CPU -------------------------------------------------------------------------


def fallbacks() -> dict:
    """Operations that ran on the CPU, and how often, since the start or reset_fallbacks()."""
    return _C.fallbacks()


def reset_fallbacks() -> None:
    """Begin to count from 0."""
    _C.forget_fallbacks()


def set_strict(strict: bool = True) -> None:
    """Let an operation that would run on the CPU raise an error instead (or IPU_TORCH_STRICT=1)."""
    _C.set_strict(strict)


def is_strict() -> bool:
    return _C.is_strict()


# ---- What ran on the tiles --------------------------------------------------------------------------


def ops() -> list:
    """Operations by types, shapes and strides: their tiles, bytes of each, runs and card cycles.

    Those that took the most cycles come first."""
    names = ("name", "tiles", "tensor_bytes", "table_bytes", "runs", "cycles")
    made = [dict(zip(names, row)) for row in _C.made()]
    return sorted(made, key=lambda op: -op["cycles"])


# ---- The device ----------------------------------------------------------------------------------


def init() -> None:
    """Open the device that IPU_DEVICE names, as the first operation does."""
    _C.start()


_lazy_init = init


def is_initialized() -> bool:
    return True


def is_available() -> bool:
    """Can the device be opened? It is, if it can."""
    try:
        _C.start()
    except RuntimeError:
        return False
    return True


def device_count() -> int:
    return 1 if is_available() else 0


def current_device() -> int:
    return 0


def _index(device) -> int:
    if device is None:
        return 0
    if isinstance(device, int):
        index = device
    else:
        device = torch.device(device)
        if device.type not in (NAME, "ipu"):
            raise ValueError(f"{device} is no IPU")
        index = device.index or 0
    if index > 0:
        raise RuntimeError(f"There is one IPU, and no number {index}")
    return index


def set_device(device) -> None:
    _index(device)


class device:
    """A context in which a device is the current one; there is one."""

    def __init__(self, device):
        self.index = _index(device)

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False


def get_device_name(device=None) -> str:
    _index(device)
    return f"IPU of {tiles()} tiles"


def tiles(device=None) -> int:
    """Tiles of the device."""
    _index(device)
    return _C.usage()[3]


def synchronize(device=None) -> None:
    """Wait until all that was submitted is done; what has failed of it is raised here."""
    _index(device)
    _C.synchronize()


# ---- Streams and events: operations run one after the other ------------------------------------------


class Stream:
    def __init__(self, device=None, priority: int = 0):
        self.device_index = _index(device)

    def synchronize(self) -> None:
        synchronize()

    def query(self) -> bool:
        synchronize()
        return True

    def wait_stream(self, stream) -> None:
        pass

    def wait_event(self, event) -> None:
        pass

    def record_event(self, event=None):
        event = event or Event()
        event.record(self)
        return event

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return False


def current_stream(device=None) -> Stream:
    return Stream(device)


class Event:
    """A moment: record() waits for what was submitted before, so that it is the end of that."""

    def __init__(self, enable_timing: bool = False, blocking: bool = False):
        self._time = None

    def record(self, stream=None) -> None:
        import time

        synchronize()
        self._time = time.perf_counter()

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        synchronize()

    def wait(self, stream=None) -> None:
        pass

    def elapsed_time(self, end: "Event") -> float:
        """Milliseconds of the host until another event."""
        if self._time is None or end._time is None:
            raise RuntimeError("Both events must have been recorded")
        return (end._time - self._time) * 1e3


# ---- Random numbers ------------------------------------------------------------------------------------


def _is_in_bad_fork() -> bool:
    return False


def manual_seed(seed: int) -> None:
    _C.set_generator(int(seed) & (2**64 - 1), 0)


manual_seed_all = manual_seed


def seed() -> int:
    value = torch.seed() & (2**64 - 1)
    manual_seed(value)
    return value


def get_rng_state(device=None) -> torch.Tensor:
    _index(device)
    return torch.tensor(
        list(b"".join(word.to_bytes(8, "little") for word in _C.get_generator())),
        dtype=torch.uint8,
    )


def set_rng_state(state: torch.Tensor, device=None) -> None:
    _index(device)
    data = bytes(state.tolist())
    if len(data) != 16:
        raise ValueError("The state of an IPU's generator is 16 bytes")
    _C.set_generator(int.from_bytes(data[:8], "little"), int.from_bytes(data[8:], "little"))


# ---- Memory --------------------------------------------------------------------------------------------


def memory_allocated(device=None) -> int:
    """Bytes of tensors."""
    _index(device)
    return _C.usage()[0]


def max_memory_allocated(device=None) -> int:
    _index(device)
    return _C.usage()[1]


def memory_reserved(device=None) -> int:
    """Bytes of the buffers that tensors are in."""
    _index(device)
    return _C.usage()[2]


def memory_stats(device=None) -> dict:
    allocated, most, reserved, _ = _C.usage()
    return {
        "allocated_bytes.all.current": allocated,
        "allocated_bytes.all.peak": most,
        "reserved_bytes.all.current": reserved,
    }


def memory_summary(device=None) -> str:
    allocated, most, reserved, count = _C.usage()
    return (
        f"IPU of {count} tiles, memory that it shares with the host:\n"
        f"  tensors      {allocated / 2**20:10.1f} MiB\n"
        f"  at most      {most / 2**20:10.1f} MiB\n"
        f"  buffers      {reserved / 2**20:10.1f} MiB\n"
    )


def empty_cache() -> None:
    """Memory that tensors had is kept for the next ones; there is nothing to be done."""


# ---- Types -----------------------------------------------------------------------------------------------


def get_amp_supported_dtype() -> list:
    return [torch.float16, torch.bfloat16]


def is_bf16_supported() -> bool:
    return True


# ---- Loading -----------------------------------------------------------------------------------------------


def _alias_autocast() -> None:
    """torch.autocast("ipu") is that of the device's own name: that of PyTorch does nothing."""
    init = torch.amp.autocast_mode.autocast.__init__

    def __init__(self, device_type, *args, **kwargs):
        init(self, NAME if device_type == "ipu" else device_type, *args, **kwargs)

    torch.amp.autocast_mode.autocast.__init__ = __init__


def _register() -> None:
    module = sys.modules[__name__]
    torch.utils.rename_privateuse1_backend(NAME)
    torch._register_device_module(NAME, module)
    torch.utils.generate_methods_for_privateuse1_backend()
    torch.ipu = module
    sys.modules["torch.ipu"] = module
    _alias_autocast()


def _autoload() -> None:
    """The entry point of torch.backends: importing this module has done it."""


_register()
