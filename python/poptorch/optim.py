# SPDX-License-Identifier: MIT
"""poptorch.optim: PyTorch's optimisers, with the arguments that PopTorch's have beside."""

from __future__ import annotations

from typing import Any

import torch

from ._options import refuse

# Types in which PopTorch could keep what is accumulated: it is float32 here.
_TYPES = {"accum_type", "velocity_accum_type", "first_order_momentum_accum_type",
          "second_order_momentum_accum_type"}


def _plain(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Without what changes nothing here; what would change something is refused."""
    left = dict(given)
    for kind in _TYPES:
        left.pop(kind, None)
    left.pop("use_combined_accum", None)
    for what in ("loss_scaling", "velocity_scaling"):
        if left.pop(what, None) not in (None, 1, 1.0):
            raise refuse(f"optim.{name}({what}=...)", "gradients are not scaled; give 1")
    if left.pop("bias_correction", True) is False or left.pop("max_grad_norm", None) is not None:
        raise refuse(f"optim.{name} without bias correction, or with max_grad_norm", "leave it out")
    return left


class SGD(torch.optim.SGD):
    def __init__(self, params: Any, lr: float, **given: Any) -> None:
        super().__init__(params, lr=lr, **_plain("SGD", given))


class Adam(torch.optim.Adam):
    def __init__(self, params: Any, lr: float = 1e-3, **given: Any) -> None:
        super().__init__(params, lr=lr, **_plain("Adam", given))


class AdamW(torch.optim.AdamW):
    def __init__(self, params: Any, lr: float = 1e-3, **given: Any) -> None:
        super().__init__(params, lr=lr, **_plain("AdamW", given))


class RMSprop(torch.optim.RMSprop):
    def __init__(self, params: Any, lr: float = 1e-2, **given: Any) -> None:
        super().__init__(params, lr=lr, **_plain("RMSprop", given))


class LAMB:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise refuse("optim.LAMB", "AdamW is")
