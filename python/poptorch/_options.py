# SPDX-License-Identifier: MIT
"""poptorch.Options."""

from __future__ import annotations

import enum
import logging
from typing import Any

import torch

log = logging.getLogger("poptorch")


class OutputMode(enum.Enum):
    """Of which iterations a model returns what it gave."""

    All = 0
    Sum = 1
    Final = 2
    EveryN = 3
    Default = 4


class ReductionType(enum.Enum):
    """How gradients of several batches are put together."""

    Sum = 0
    Mean = 1


class DataLoaderMode(enum.Enum):
    """How a DataLoader loads; all of them are PyTorch's own way here."""

    Sync = 0
    Async = 1
    AsyncRebatched = 2


class NotThere(NotImplementedError):
    """Something of PopTorch that this package does not have."""


def refuse(what: str, instead: str) -> NotThere:
    return NotThere(f"poptorch.{what} is not there on this card: {instead}")


class _Group:
    """A part of the options, whose calls return it, as PopTorch's do."""

    _name = ""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise refuse(f"Options.{self._name}{name}", "leave it out")


class _Training(_Group):
    _name = "Training."

    def __init__(self) -> None:
        self._accumulate = 1
        self._mean = True

    def gradientAccumulation(self, batches: int) -> _Training:
        """Gradients of so many batches are put together before the optimiser's step."""
        self._accumulate = int(batches)
        return self

    def accumulationAndReplicationReductionType(self, kind: ReductionType) -> _Training:
        """Their mean, which is the default, or their sum."""
        self._mean = kind is ReductionType.Mean
        return self

    def setAutomaticLossScaling(self, enabled: bool) -> _Training:
        if enabled:
            raise refuse("Options.Training.setAutomaticLossScaling(True)", "give loss_scaling=1")
        return self


class _Precision(_Group):
    _name = "Precision."

    def halfFloatCasting(self, kind: Any) -> _Precision:
        """PyTorch's own rules of promotion hold."""
        return self

    def setPartialsType(self, kind: torch.dtype) -> _Precision:
        """Sums are of float32, whatever this says."""
        if kind not in (torch.float32, torch.float, torch.half):
            raise ValueError("partials are torch.float or torch.half")
        return self

    def enableStochasticRounding(self, enabled: bool) -> _Precision:
        if enabled:
            raise refuse("Options.Precision.enableStochasticRounding(True)", "it rounds to nearest")
        return self

    def enableFloatingPointExceptions(self, enabled: bool) -> _Precision:
        if enabled:
            raise refuse("Options.Precision.enableFloatingPointExceptions(True)",
                         "torch.autograd.detect_anomaly() on the CPU finds NaNs")
        return self

    def runningStatisticsAlwaysFloat(self, enabled: bool) -> _Precision:
        """They are float32."""
        return self


class _Ignored(_Group):
    """Options by which work was placed and streamed; here every operation has all tiles."""

    def __init__(self, name: str) -> None:
        self._prefix = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)

        def accepted(*args: Any, **kwargs: Any) -> _Ignored:
            log.info("poptorch.Options.%s.%s has nothing to do here", self._prefix, name)
            return self
        return accepted


class Options(_Group):
    """How models are run. Each call returns the options.

    deviceIterations, Training.gradientAccumulation, outputMode, randomSeed,
    enableExecutableCaching and useIpuModel do what they did; replicationFactor computes the
    replicas one after the other, with the same result. Where there is nothing to do, as every
    operation lies over all tiles (availableMemoryProportion, TensorLocations, pipelining), a
    call is accepted.
    """

    def __init__(self) -> None:
        self.Training = _Training()
        self.Precision = _Precision()
        self.TensorLocations = _Ignored("TensorLocations")
        self._iterations = 1
        self._replicas = 1
        self._mode = OutputMode.Default
        self._every = 1
        self._seed: int | None = None
        self._cache: str | None = None
        self._simulator = False

    def deviceIterations(self, iterations: int) -> Options:
        """Batches, or steps of training, of a call."""
        self._iterations = int(iterations)
        return self

    def replicationFactor(self, replicas: int) -> Options:
        """Replicas, which are computed one after the other."""
        self._replicas = int(replicas)
        return self

    def outputMode(self, mode: OutputMode, every: int | None = None) -> Options:
        """Final for training and All for inference, unless it is said."""
        if mode is OutputMode.EveryN and not every:
            raise ValueError("OutputMode.EveryN needs to know of how many")
        self._mode, self._every = mode, every or 1
        return self

    def randomSeed(self, seed: int) -> Options:
        """Of dropout and the like."""
        self._seed = int(seed)
        return self

    def setAvailableMemoryProportion(self, proportion: Any) -> Options:
        """Nothing to do: operations are planned for the memory that there is."""
        return self

    def enableExecutableCaching(self, path: str | None) -> Options:
        """Keep what was compiled in a folder."""
        self._cache = path
        return self

    def useIpuModel(self, use: bool) -> Options:
        """The simulator, instead of a card."""
        self._simulator = bool(use)
        return self

    def useOfflineIpuTarget(self, *args: Any) -> Options:
        raise refuse("Options.useOfflineIpuTarget()", "use the simulator: useIpuModel(True)")

    def setExecutionStrategy(self, strategy: Any) -> Options:
        """Nothing to do: there are no stages."""
        return self

    def connectionType(self, kind: Any) -> Options:
        """Nothing to do."""
        return self

    def enableProfiling(self, path: str | None = None) -> Options:
        raise refuse("Options.enableProfiling()", "ipu-prof records a program's runs")

    def anchorTensor(self, *args: Any) -> Options:
        raise refuse("Options.anchorTensor()", "return the tensor from the model")

    anchorMode = outputMode

    @property
    def device_iterations(self) -> int:
        return self._iterations

    @property
    def replication_factor(self) -> int:
        return self._replicas

    def toDict(self) -> dict[str, Any]:
        return {"device_iterations": self._iterations, "replication_factor": self._replicas,
                "gradient_accumulation": self.Training._accumulate, "output_mode": self._mode.name}
