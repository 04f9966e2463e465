# SPDX-License-Identifier: MIT
"""Models that were wrapped: trainingModel() and inferenceModel()."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import nn

import torch_ipu_compile as compiler

from ._options import Options, OutputMode, refuse

# Of the model that is being traced: what was marked as its loss, and what is to be printed.
_losses: list[torch.Tensor] = []
_printed: list[tuple[str, torch.Tensor]] = []


def mark_loss(loss: torch.Tensor) -> None:
    _losses.append(loss)


def mark_printed(title: str, tensor: torch.Tensor) -> None:
    _printed.append((title, tensor))


def _loss_of(out: Any) -> torch.Tensor:
    """What was marked, or the one number that depends on parameters."""
    if len(_losses) > 1:
        raise ValueError("More than one tensor was marked by poptorch.identity_loss(); mark the sum.")
    if _losses:
        return _losses[0]
    found = [t for t in pytree.tree_leaves(out) if isinstance(t, torch.Tensor) and not t.ndim and
             t.requires_grad]
    if len(found) != 1:
        raise ValueError(
            f"A model for training returns its loss, a tensor of no dimension that depends on the "
            f"parameters, and this one returns {len(found)} such. Mark it: "
            f'poptorch.identity_loss(loss, reduction="mean").')
    return found[0]


_runtimes: dict[Any, compiler.Runtime] = {}


def _runtime_of(options: Options) -> compiler.Runtime:
    if not options._simulator:
        return compiler.runtime()
    if "sim" not in _runtimes:
        name = os.environ.get("IPU_DEVICE", "")
        _runtimes["sim"] = compiler.runtime() if name.startswith("sim") else \
            compiler.configure("sim")
    return _runtimes["sim"]


class PoplarExecutor:
    """A model that is called as PyTorch's are, and runs on the card."""

    def __init__(self, model: nn.Module, options: Options | None,
                 optimizer: torch.optim.Optimizer | None) -> None:
        self.options = options or Options()
        self._user, self._optimizer = model, optimizer
        self._titles: list[str] = []
        self._wrap = model
        self._step: compiler.Step | None = None
        if self.options._cache:
            compiler.enable_cache(self.options._cache)

    # ---- running ----

    def _call(self, run: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, Any]:
        """The model's forward while it is traced."""
        _losses.clear()
        _printed.clear()
        out = run(*args)
        loss = _loss_of(out) if self._optimizer is not None else None
        self._titles = [title for title, _ in _printed]
        result = out, [tensor for _, tensor in _printed]
        _losses.clear()
        _printed.clear()
        return loss, result

    def _ready(self) -> compiler.Step:
        if self._step is None:
            on = _runtime_of(self.options)
            if self.options._seed is not None:
                on.seed(self.options._seed)
            training = self._optimizer is not None
            self._step = compiler.Step(
                self._user, self._call, self._optimizer, outputs=True, on=on,
                steps=self.options._iterations * (1 if training else self.options._replicas),
                accumulate=self.options.Training._accumulate * self.options._replicas
                if training else 1, mean=self.options.Training._mean)
        return self._step

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs:
            raise refuse("trainingModel's and inferenceModel's keyword arguments",
                         "give the model's inputs by their places")
        step = self._ready()
        compiled = step.compile(*args)
        results = compiled.run(args)
        if self._optimizer is not None:
            results = results[1:]
        out, printed = pytree.tree_unflatten(results, compiled.spec)
        for title, tensor in zip(self._titles, printed):
            print(f"{title}: {tensor}" if title else tensor)
        return pytree.tree_map(self._chosen, out)

    def _chosen(self, every: torch.Tensor) -> torch.Tensor:
        """Of all batches those that are wanted, one behind the other."""
        mode, n = self.options._mode, 1
        if mode is OutputMode.Default:
            mode = OutputMode.Final if self._optimizer is not None else OutputMode.All
        if mode is OutputMode.Sum:
            return every.sum(0)
        if mode is OutputMode.Final:
            replicas = self.options._replicas
            every = every[-replicas:]
            n = replicas
        elif mode is OutputMode.EveryN:
            every = every[self.options._every - 1::self.options._every]
        if every.ndim > 1:
            return every.flatten(0, 1)
        return every[0] if n == 1 and len(every) == 1 else every

    def compile(self, *args: Any) -> None:
        """Compile for inputs of these shapes."""
        self._ready().compile(*args)

    def isCompiled(self) -> bool:
        return self._step is not None and bool(self._step._shapes)

    def setOptimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Other constants for the optimiser, which keeps its state."""
        old = self._optimizer
        if old is None:
            raise ValueError("A model for inference has no optimiser.")
        if type(old) is not type(optimizer) or len(old.param_groups) != len(optimizer.param_groups):
            raise refuse("setOptimizer() with one of another kind", "make another trainingModel()")
        changed = False
        for mine, given in zip(old.param_groups, optimizer.param_groups):
            for name, value in given.items():
                if name not in ("params", "lr") and mine.get(name) != value:
                    changed = True
                if name != "params":
                    mine[name] = value
        if changed and self._step is not None:
            self._step.changed()

    # ---- parameters ----

    def copyWeightsToHost(self) -> None:
        """Bring parameters to the host; model.state_dict() does so by itself."""
        if self._step is not None:
            self._step.sync()

    def copyWeightsToDevice(self) -> None:
        """What the host has written to parameters, to the card."""
        if self._step is not None:
            self._step.sync(forget=True)
            self._step.loaded()

    def copyNamedBuffersToDevice(self) -> None:
        self.copyWeightsToDevice()

    def state_dict(self, *args: Any, **kwargs: Any) -> Any:
        return self._user.state_dict(*args, **kwargs)

    def load_state_dict(self, state: Any, strict: bool = True) -> Any:
        return self._user.load_state_dict(state, strict)

    def __getattr__(self, name: str) -> Any:
        """Attributes of the model."""
        return getattr(self.__dict__["_user"], name)

    @property
    def model(self) -> nn.Module:
        return self._user

    def train(self, mode: bool = True) -> PoplarExecutor:
        self._user.train(mode)
        return self

    def eval(self) -> PoplarExecutor:
        return self.train(False)

    # ---- the card ----

    def cycleCount(self) -> int:
        """Card cycles of the runs of a call, on the average."""
        info = self._step.info if self._step is not None else None
        if info is None or not info.runs:
            raise ValueError("The model has not run.")
        return int(info.cycles // info.runs) * self.options._iterations

    def destroy(self) -> None:
        """Give back what it has on the card."""
        self.copyWeightsToHost()
        self._step = None

    def detachFromDevice(self) -> None:
        self.copyWeightsToHost()

    def attachToDevice(self) -> None:
        """Nothing to do: what is needed is brought when it is called."""

    def isAttachedToDevice(self) -> bool:
        return self._step is not None

    def save(self, *args: Any, **kwargs: Any) -> None:
        raise refuse("save() of an executable", "options.enableExecutableCaching(folder) keeps them")

    compileAndExport = save

    def getPerfCounters(self) -> Any:
        raise refuse("getPerfCounters()", "cycleCount() says what a call takes")

    getLatency = getHostIpuLatency = getIpuHostLatency = getComputeLatency = getPerfCounters


def trainingModel(model: nn.Module, options: Options | None = None,
                  optimizer: torch.optim.Optimizer | None = None) -> PoplarExecutor:
    """A model for training: its forward returns the loss, perhaps beside other tensors."""
    if optimizer is None:
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    return PoplarExecutor(model, options, optimizer)


def inferenceModel(model: nn.Module, options: Options | None = None) -> PoplarExecutor:
    """A model for inference. Parameters that a trainingModel() of the same model has trained
    are there by themselves."""
    return PoplarExecutor(model, options, None)
