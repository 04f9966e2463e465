# SPDX-License-Identifier: MIT
"""PyTorch's optimisers as operations of the tiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from ipu_graph import NONE, lib

from ._lower import Builder, Value
from ._runtime import Runtime, is_placed, order_of, place

KEEP = lib.IPU_GRAPH_IN | lib.IPU_GRAPH_OUT | lib.IPU_GRAPH_KEEP


class Optimiser:
    """One of PyTorch's, whose state moves to the card; `fields` says how a group is done."""

    def __init__(self, optimiser: torch.optim.Optimizer, kind: int,
                 names: tuple[tuple[str, str | None], ...],
                 fields: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        """`names`: of states, in their places, and what a group has if it has them."""
        self.optimiser, self.kind, self.names, self.fields = optimiser, kind, names, fields
        self.step = 0
        self._inputs: dict[Any, int] = {}
        self._builder: Builder | None = None

    def _states(self, group: dict[str, Any]) -> dict[int, str]:
        """States of a group's parameters, by their places."""
        return {place: name for place, (name, key) in enumerate(self.names)
                if key is None or group[key]}

    def adopt(self, on: Runtime) -> None:
        """State in the pool's memory, from 0 on or as it is, laid out as its parameter."""
        for group in self.optimiser.param_groups:
            for parameter in group["params"]:
                state = self.optimiser.state[parameter]
                self.step = max(self.step, int(state.get("step", 0)))
                for name in self._states(group).values():
                    old = state.get(name)
                    if is_placed(old, on):
                        continue
                    new = self._state_of(parameter, on)
                    place(new, on)
                    state[name] = new.zero_() if old is None else new.copy_(old)

    def _state_of(self, parameter: torch.Tensor, on: Runtime) -> torch.Tensor:
        if parameter.device.type != "cpu":
            return torch.empty_like(parameter, dtype=torch.float32, requires_grad=False)
        return on.tensor(tuple(parameter.shape), torch.float32, parameter.stride())

    def tensors(self) -> list[torch.Tensor]:
        return [state[name] for state in self.optimiser.state.values() for name, _ in self.names
                if name in state]

    def scalars(self) -> dict[Any, torch.Tensor]:
        """What the next step is given: its number, and the rate of each group."""
        self.step += 1
        self.optimiser._opt_called = True  # type: ignore[attr-defined]  # schedulers ask
        given: dict[Any, torch.Tensor] = {"step": torch.tensor(float(self.step))}
        for number, group in enumerate(self.optimiser.param_groups):
            given[number] = torch.tensor(float(group["lr"]))
        for state in self.optimiser.state.values():
            state["step"] = torch.tensor(float(self.step))
        return given

    def _scalar(self, b: Builder, key: Any) -> int:
        if self._builder is not b:
            self._builder, self._inputs = b, {}
        if key not in self._inputs:
            base = b.root((), torch.float32, lib.IPU_GRAPH_IN, "rate" if key != "step" else "step")
            b.as_root(base).bound = ("scalar", key, 0)
            self._inputs[key] = base
        return self._inputs[key]

    def lower(self, b: Builder, parameter: torch.Tensor, param: int, given: Value,
              order: list[int]) -> None:
        """The step of one parameter, with its gradient."""
        groups = self.optimiser.param_groups
        number = next((i for i, g in enumerate(groups) if any(p is parameter for p in g["params"])),
                      None)
        if number is None:
            return
        if groups[number].get("maximize"):
            given = b.elementwise(lib.IPU_MAP_NEG, given.shape, given.dtype, [given], given.dtype)
        grad, state = b.physical(given, order), [NONE, NONE, NONE]
        for i, name in self._states(groups[number]).items():
            host = self.optimiser.state[parameter][name]
            assert order_of(host) == order
            state[i] = b.root([host.shape[d] for d in order], torch.float32, KEEP, name)
            b.as_root(state[i]).bound = host
        rate, step = self._scalar(b, number), self._scalar(b, "step")
        writes = [param, *(s for s in state if s != NONE)]
        b.op("optim", writes, [*writes, grad, rate, step], kind=self.kind, param=param, grad=grad,
             state=state, rate=rate, step=step, **self.fields(groups[number]))


def _refuse(group: dict[str, Any], *names: str) -> None:
    for name in names:
        if group.get(name):
            raise ValueError(f"{name} of the optimiser is not there on the card; set it to False.")


def optimiser_of(optimiser: torch.optim.Optimizer) -> Optimiser:
    """What a step of it is; ValueError for one that there is not."""
    names = (torch.optim.SGD, torch.optim.AdamW, torch.optim.Adam, torch.optim.Adadelta,
             torch.optim.RMSprop)
    kind = next((k for k in names if isinstance(optimiser, k)), type(optimiser))
    for group in optimiser.param_groups:
        _refuse(group, "differentiable")
    if kind is torch.optim.SGD:
        return Optimiser(optimiser, lib.IPU_GRAPH_SGD, (("momentum_buffer", "momentum"),),
                         lambda g: {"weight_decay": g["weight_decay"], "momentum": g["momentum"],
                                    "dampening": g["dampening"], "flag": g["nesterov"]})
    if kind in (torch.optim.Adam, torch.optim.AdamW):
        states = ("exp_avg", None), ("exp_avg_sq", None), ("max_exp_avg_sq", "amsgrad")
        return Optimiser(optimiser, lib.IPU_GRAPH_ADAM, states, lambda g: {
            "weight_decay": g["weight_decay"], "keep": g["betas"][0], "keep2": g["betas"][1],
            "epsilon": g["eps"], "flag": kind is torch.optim.AdamW})
    if kind is torch.optim.Adadelta:
        return Optimiser(optimiser, lib.IPU_GRAPH_ADADELTA,
                         (("square_avg", None), ("acc_delta", None)),
                         lambda g: {"weight_decay": g["weight_decay"], "keep": g["rho"],
                                    "epsilon": g["eps"]})
    if kind is torch.optim.RMSprop:
        states = ("square_avg", None), ("grad_avg", "centered"), ("momentum_buffer", "momentum")
        return Optimiser(optimiser, lib.IPU_GRAPH_RMSPROP, states, lambda g: {
            "weight_decay": g["weight_decay"], "keep": g["alpha"], "epsilon": g["eps"],
            "momentum": g["momentum"], "flag": g["centered"]})
    raise ValueError(f"{kind.__name__} is not an optimiser of the card: SGD, Adam, AdamW, Adadelta "
                     f"and RMSprop are.")
