# SPDX-License-Identifier: MIT
"""poptorch.optim: PyTorch's optimisers, with the arguments that PopTorch's have beside."""

from __future__ import annotations

from typing import Any

import torch

from ._options import refuse

# Types in which PopTorch could keep what is accumulated: it is float32 here.
_TYPES = {"accum_type", "velocity_accum_type", "first_order_momentum_accum_type",
          "second_order_momentum_accum_type"}


class _Scaled:
    """With a loss that is multiplied by a number, and gradients that are divided by it."""

    loss_scaling = 1.0

    def _plain(self, given: dict[str, Any]) -> dict[str, Any]:
        """PyTorch's arguments of those that were given."""
        scaling = given.pop("loss_scaling", None)
        if scaling is not None:
            self.loss_scaling = float(scaling)
        return _plain(type(self).__name__, given)


def _plain(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Without what changes nothing here; what would change something is refused."""
    left = dict(given)
    for kind in _TYPES:
        left.pop(kind, None)
    left.pop("use_combined_accum", None)
    if left.pop("velocity_scaling", None) not in (None, 1, 1.0):
        raise refuse(f"optim.{name}(velocity_scaling=...)", "leave it out")
    if left.pop("bias_correction", True) is False or left.pop("max_grad_norm", None) is not None:
        raise refuse(f"optim.{name} without bias correction, or with max_grad_norm", "leave it out")
    return left


class SGD(_Scaled, torch.optim.SGD):
    def __init__(self, params: Any, lr: float, **given: Any) -> None:
        super().__init__(params, lr=lr, **self._plain(given))


class Adam(_Scaled, torch.optim.Adam):
    def __init__(self, params: Any, lr: float = 1e-3, **given: Any) -> None:
        super().__init__(params, lr=lr, **self._plain(given))


class AdamW(_Scaled, torch.optim.AdamW):
    def __init__(self, params: Any, lr: float = 1e-3, **given: Any) -> None:
        super().__init__(params, lr=lr, **self._plain(given))


class RMSprop(_Scaled, torch.optim.RMSprop):
    def __init__(self, params: Any, lr: float = 1e-2, **given: Any) -> None:
        super().__init__(params, lr=lr, **self._plain(given))


class LAMB:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise refuse("optim.LAMB", "AdamW is")
