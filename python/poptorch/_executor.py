# SPDX-License-Identifier: MIT
"""Models that were wrapped: trainingModel() and inferenceModel()."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import nn

import torch_ipu_compile as compiler

from ._options import Options, OutputMode, log, refuse

# Of the model that is being traced: whether one is, what was marked as its loss, and what is to be
# printed.
_tracing = False
_losses: list[torch.Tensor] = []
_printed: list[tuple[str, torch.Tensor]] = []


def mark_loss(loss: torch.Tensor) -> None:
    _losses.append(loss)


def mark_printed(title: str, tensor: torch.Tensor) -> None:
    _printed.append((title, tensor))


def isRunningOnIpu() -> bool:
    """Whether the model's forward is being made for the card, or else runs on the host."""
    return _tracing


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


def scaling_of(optimizer: torch.optim.Optimizer | None) -> float:
    """By how much its loss is multiplied."""
    return float(getattr(optimizer, "loss_scaling", 1))


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
        global _tracing
        _losses.clear()
        _printed.clear()
        _tracing = True
        try:
            out = run(*args)
            loss = self._scaled(_loss_of(out)) if self._optimizer is not None else None
            self._titles = [title for title, _ in _printed]
            return loss, (out, [tensor for _, tensor in _printed])
        finally:
            _tracing = False
            _losses.clear()
            _printed.clear()

    def _scaled(self, loss: torch.Tensor) -> torch.Tensor:
        scale = scaling_of(self._optimizer)
        return loss if scale == 1 else loss * scale

    def _by_place(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Sequence[Any]:
        """The model's inputs, without names."""
        if not kwargs:
            return args
        places = inspect.signature(self._user.forward).bind(*args, **kwargs).arguments
        names = list(inspect.signature(self._user.forward).parameters)
        if list(places) != names[:len(places)] or "args" in places or "kwargs" in places:
            missing = [name for name in names if name not in places]
            raise refuse(f"{type(self._user).__name__}'s call without {', '.join(missing)}",
                         "give all inputs before the last one that is given")
        return tuple(places.values())

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
                if training else 1, mean=self.options.Training._mean,
                scale=scaling_of(self._optimizer))
        return self._step

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        step = self._ready()
        args = self._by_place(args, kwargs)
        compiled = step.compile(*args)
        results = compiled.run(args)
        if self._optimizer is not None:
            results = results[1:]
        out, printed = pytree.tree_unflatten(results, compiled.spec)
        for title, tensor in zip(self._titles, printed):
            print(f"{title}: {tensor}" if title else tensor)
        if self.options._log_cycles:
            log.info("Cycles: %d", self.cycleCount())
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

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Compile for inputs of these shapes."""
        self._ready().compile(*self._by_place(args, kwargs))

    def isCompiled(self) -> bool:
        return self._step is not None and bool(self._step._shapes)

    def setOptimizer(self, optimizer: torch.optim.Optimizer) -> None:
        """Other constants for the optimiser, which keeps its state."""
        old = self._optimizer
        if old is None:
            raise ValueError("A model for inference has no optimiser.")
        if type(old) is not type(optimizer) or len(old.param_groups) != len(optimizer.param_groups):
            raise refuse("setOptimizer() with one of another kind", "make another trainingModel()")
        if scaling_of(old) != scaling_of(optimizer):
            raise refuse("setOptimizer() with another loss_scaling", "make another trainingModel()")
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

    def getAnchoredTensor(self, name: str) -> Any:
        raise refuse("getAnchoredTensor()", "return the tensor from the model")

    def getTensorNames(self) -> Any:
        raise refuse("getTensorNames()", "print tensors with poptorch.ipu_print_tensor()")

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
