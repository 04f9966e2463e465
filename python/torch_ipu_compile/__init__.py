# SPDX-License-Identifier: MIT
"""PyTorch's models compiled for the card: torch.compile(model, backend="ipu"), and compile_step(),
which makes a whole step of training one submission.

    import torch_ipu_compile
    torch_ipu_compile.configure("sim:tiles=64")     # or leave it: $IPU_DEVICE, or the first card
    model = torch.compile(model, backend="ipu")

See Documentation/torch-compile.rst.
"""

from ._backend import backend, register
from ._cache import enable_cache
from ._graph import compiled, fallbacks
from ._lower import Unsupported
from ._runtime import Runtime, configure, runtime
from ._step import Step, compile_inference, compile_step

register()

__all__ = ["Runtime", "Step", "Unsupported", "backend", "compile_inference", "compile_step",
           "compiled", "configure", "enable_cache", "fallbacks", "runtime"]
