# SPDX-License-Identifier: MIT
"""PyTorch on the IPU: the device "ipu", and the module torch.ipu.

`import torch` loads it. Tensors are in memory that the card reads where it is; operations are
submitted, and run while the program goes on. What the tiles cannot do runs on the CPU, and is
counted: see fallbacks() and set_strict().

PyTorch 2.6 has a device type "ipu" of its own that cannot be an eager device, so that tensors
show "xipu" as theirs; "ipu" is understood wherever a device is asked for.
"""

import functools
import sys
import time

import torch

from . import _C
from ._profile import profile

NAME = _C.name()

__all__ = [
    "Event",
    "Stream",
    "as_cpu",
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
    "initial_seed",
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
    "profile",
    "reset_fallbacks",
    "seed",
    "set_device",
    "set_rng_state",
    "set_strict",
    "set_user_queue",
    "submission",
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
    """Open the current device, as the first operation on it does."""
    _C.start(_C.current())


_lazy_init = init


def is_initialized() -> bool:
    """Has a device been opened?"""
    return any(_C.is_started(i) for i in range(_C.count()))


def __getattr__(name: str) -> bool:
    """`_initialized`: torch.utils.checkpoint keeps the random numbers' state only if it is true."""
    if name == "_initialized":
        return is_initialized()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def is_available() -> bool:
    """Can the current device be opened? It is, if it can."""
    try:
        init()
    except RuntimeError:
        return False
    return True


def device_count() -> int:
    """Devices that IPU_DEVICES names, separated by spaces; without it the one that IPU_DEVICE
    names; without that, all cards that have a device file."""
    return _C.count()


def current_device() -> int:
    return _C.current()


def _index(device) -> int:
    """The number of a device; the current one's, if it is not said."""
    if device is None:
        return _C.current()
    if isinstance(device, int):
        index = device
    else:
        device = torch.device(device)
        if device.type not in (NAME, "ipu"):
            raise ValueError(f"{device} is no IPU")
        index = -1 if device.index is None else device.index
    return _C.current() if index < 0 else index


def set_device(device) -> None:
    """Use a device, of this thread, where none is named or "ipu" has no number."""
    _C.set_current(_index(device))


class device:
    """A context in which a device is the current one; None or -1 changes nothing."""

    def __init__(self, device):
        self.index = _index(device)

    def __enter__(self):
        self._before = _C.current()
        _C.set_current(self.index)
        return self

    def __exit__(self, *args):
        _C.set_current(self._before)
        return False


def get_device_name(device=None) -> str:
    return f"IPU of {tiles(device)} tiles"


def tiles(device=None) -> int:
    """Tiles of the device."""
    return _C.usage(_index(device))[3]


def set_user_queue(wanted: bool = True) -> None:
    """Submit by a user queue, of devices that are opened from now on (or IPU_TORCH_USER_QUEUE=0 not to)."""
    _C.set_user_queue(wanted)


def submission(device=None) -> dict:
    """How jobs get to the device: whether by a "user_queue", and "why_not" although it was asked for;
    the "room" for jobs that have not ended; of the queue, since the last failure, "jobs", "sleeps"
    and "restarts", as ipu_get_submission() has them."""
    return _C.submission(_index(device))


def synchronize(device=None) -> None:
    """Wait until all that was submitted is done; what has failed of it is raised here."""
    _C.synchronize(_index(device))


# ---- Streams and events: operations run one after the other ------------------------------------------


class Stream:
    def __init__(self, device=None, priority: int = 0):
        self.device_index = _index(device)

    def synchronize(self) -> None:
        synchronize(self.device_index)

    def query(self) -> bool:
        synchronize(self.device_index)
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
        synchronize(stream.device_index if stream else None)
        self._time = time.perf_counter()

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        pass

    def wait(self, stream=None) -> None:
        pass

    def elapsed_time(self, end: "Event") -> float:
        """Milliseconds of the host until another event."""
        if self._time is None or end._time is None:
            raise RuntimeError("Both events must have been recorded")
        return (end._time - self._time) * 1e3


# ---- Random numbers ------------------------------------------------------------------------------------


def _is_in_bad_fork() -> bool:
    """A child of a process that has opened a device cannot use it."""
    return _C.is_forked()


def manual_seed(seed: int) -> None:
    """Begin the random numbers of the current device anew."""
    _C.set_generator(_C.current(), int(seed) & (2**64 - 1), 0)


def manual_seed_all(seed: int) -> None:
    """Those of all devices."""
    for index in range(max(1, _C.count())):
        _C.set_generator(index, int(seed) & (2**64 - 1), 0)


def seed() -> int:
    value = torch.seed() & (2**64 - 1)
    manual_seed(value)
    return value


def initial_seed() -> int:
    return _C.get_generator(_C.current())[0]


def get_rng_state(device=None) -> torch.Tensor:
    return torch.tensor(
        list(b"".join(word.to_bytes(8, "little") for word in _C.get_generator(_index(device)))),
        dtype=torch.uint8,
    )


def set_rng_state(state: torch.Tensor, device=None) -> None:
    data = bytes(state.tolist())
    if len(data) != 16:
        raise ValueError("The state of an IPU's generator is 16 bytes")
    _C.set_generator(
        _index(device),
        int.from_bytes(data[:8], "little"),
        int.from_bytes(data[8:], "little"),
    )


# ---- Memory --------------------------------------------------------------------------------------------


def memory_allocated(device=None) -> int:
    """Bytes of tensors."""
    return _C.usage(_index(device))[0]


def max_memory_allocated(device=None) -> int:
    return _C.usage(_index(device))[1]


def memory_reserved(device=None) -> int:
    """Bytes of the buffers that tensors are in."""
    return _C.usage(_index(device))[2]


def memory_stats(device=None) -> dict:
    allocated, most, reserved, _ = _C.usage(_index(device))
    return {
        "allocated_bytes.all.current": allocated,
        "allocated_bytes.all.peak": most,
        "reserved_bytes.all.current": reserved,
    }


def memory_summary(device=None) -> str:
    index = _index(device)
    allocated, most, reserved, count = _C.usage(index)
    return (
        f"{NAME}:{index}, an IPU of {count} tiles; memory that it shares with the host:\n"
        f"  tensors      {allocated / 2**20:10.1f} MiB\n"
        f"  at most      {most / 2**20:10.1f} MiB\n"
        f"  buffers      {reserved / 2**20:10.1f} MiB\n"
    )


def as_cpu(tensor: torch.Tensor) -> torch.Tensor:
    """A tensor of the CPU in the same memory, for NumPy and others: nothing is copied.

    It waits for the operations before it; call synchronize() after later ones."""
    return torch.ops.ipu.as_cpu(tensor.detach())


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

    @functools.wraps(init)  # torch.compile() looks at its arguments
    def __init__(self, device_type, *args, **kwargs):
        init(self, NAME if device_type == "ipu" else device_type, *args, **kwargs)

    torch.amp.autocast_mode.autocast.__init__ = __init__


def _offer_dlpack() -> None:
    """Others get tensors by DLPack as the CPU's, for they are in memory that the host has, too."""
    export, where = torch.Tensor.__dlpack__, torch.Tensor.__dlpack_device__

    def shared(tensor):
        # PyTorch refuses those that require gradients.
        return as_cpu(tensor) if tensor.device.type == NAME and not tensor.requires_grad else tensor

    def __dlpack__(self, *args, **kwargs):
        return export(shared(self), *args, **kwargs)

    def __dlpack_device__(self):
        return where(as_cpu(self) if self.device.type == NAME else self)

    torch.Tensor.__dlpack__ = __dlpack__
    torch.Tensor.__dlpack_device__ = __dlpack_device__


def _register() -> None:
    module = sys.modules[__name__]
    torch.utils.rename_privateuse1_backend(NAME)
    torch._register_device_module(NAME, module)
    torch.utils.generate_methods_for_privateuse1_backend()
    torch.ipu = module
    sys.modules["torch.ipu"] = module
    _alias_autocast()
    _offer_dlpack()
    # Attention of whole layers in one operation: nothing for tiles, and nested tensors, which they lack.
    torch.backends.mha.set_fastpath_enabled(False)


def _autoload() -> None:
    """The entry point of torch.backends: importing this module has done it."""


_register()
