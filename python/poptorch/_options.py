# SPDX-License-Identifier: MIT
"""poptorch.Options."""

from __future__ import annotations

import copy
import enum
import logging
import warnings
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


class HalfFloatCastingBehavior(enum.Enum):
    """What an operation on float16 and float32 gives; here, as in PyTorch, float32."""

    FloatDowncastToHalf = 0
    HalfUpcastToFloat = 1
    Default = 2


class OverlapMode(enum.Enum):
    """When inputs are copied; here a call copies them before its runs."""

    NoOverlap = 0
    OverlapAccumulationLoop = 1
    OverlapDeviceIterationLoop = 2


class NotThere(NotImplementedError):
    """Something of PopTorch that this package does not have."""


def refuse(what: str, instead: str) -> NotThere:
    return NotThere(f"poptorch.{what} is not there on this card: {instead}")


def differs(what: str, here: str) -> None:
    """What is accepted, although it changes nothing: told once for each place."""
    warnings.warn(f"poptorch.{what}: {here}", stacklevel=3)


def at_least_one(number: int, what: str) -> int:
    if int(number) < 1:
        raise ValueError(f"poptorch.Options.{what} is 1 or more, not {number}")
    return int(number)


class _Group:
    """A part of the options, whose calls return it, as PopTorch's do."""

    _name = ""
    #: Calls that have nothing to do here, and are accepted
    _nothing: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        if name in self._nothing:
            return self._accept(name)
        if name.startswith("_"):
            raise AttributeError(name)
        raise refuse(f"Options.{self._name}{name}", "leave it out")

    def _accept(self, name: str) -> Any:
        def accepted(*args: Any, **kwargs: Any) -> Any:
            log.info("poptorch.Options.%s%s has nothing to do here", self._name, name)
            return self
        return accepted


class _Training(_Group):
    """Convolutions are planned for the memory that there is, and means are taken at the end."""

    _name = "Training."
    _nothing = {"setConvolutionDithering", "setMeanAccumulationAndReplicationReductionStrategy"}

    def __init__(self) -> None:
        self._accumulate = 1
        self._mean = True

    def gradientAccumulation(self, batches: int) -> _Training:
        """Gradients of so many batches are put together before the optimiser's step."""
        self._accumulate = at_least_one(batches, "gradientAccumulation")
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
        """PyTorch's own rules of promotion hold, which are HalfUpcastToFloat."""
        if kind is HalfFloatCastingBehavior.FloatDowncastToHalf:
            raise refuse("Options.Precision.halfFloatCasting(FloatDowncastToHalf)",
                         "convert with half() what is to be float16")
        return self

    def setPartialsType(self, kind: torch.dtype) -> _Precision:
        """Sums are of float32, whatever this says."""
        if kind not in (torch.float32, torch.float, torch.half):
            raise ValueError("partials are torch.float or torch.half")
        return self

    def enableStochasticRounding(self, enabled: bool) -> _Precision:
        """With a warning: it rounds to nearest, whatever this says."""
        if enabled:
            differs("Options.Precision.enableStochasticRounding(True)", "it rounds to nearest here")
        return self

    def enableFloatingPointExceptions(self, enabled: bool) -> _Precision:
        if enabled:
            raise refuse("Options.Precision.enableFloatingPointExceptions(True)",
                         "torch.autograd.detect_anomaly() on the CPU finds NaNs")
        return self

    def runningStatisticsAlwaysFloat(self, enabled: bool) -> _Precision:
        """They are float32."""
        return self


class _Locations(_Group):
    """Where tensors are: what fits into the tiles' memory stays there."""

    _name = "TensorLocations."
    _nothing = {"numIOTiles", "setActivationLocation", "setWeightLocation", "setOptimizerLocation",
                "setAccumulatorLocation"}


class _Jit(_Group):
    """Models are traced by PyTorch's AOTAutograd, whatever this says."""

    _name = "Jit."
    _nothing = {"traceModel"}


class _Distributed(_Group):
    """One process has the card."""

    _name = "Distributed."

    def configureProcessId(self, process_id: int, num_processes: int) -> _Distributed:
        if num_processes > 1:
            raise refuse(f"Options.Distributed with {num_processes} processes", "start one")
        return self


class _Popart(_Group):
    """Settings of PopART, by name, which is not here."""

    _name = "_Popart."
    _nothing = {"setPatterns"}

    def set(self, name: str, value: Any) -> _Popart:
        """With a warning, where results could differ."""
        if name == "enableStochasticRounding" and value:
            differs(f'Options._Popart.set("{name}", {value})', "it rounds to nearest here")
        else:
            self._accept(f'set("{name}")')()
        return self


class Options(_Group):
    """How models are run. Each call returns the options.

    deviceIterations, Training.gradientAccumulation, outputMode, randomSeed, logCycleCount,
    enableExecutableCaching and useIpuModel do what they did; replicationFactor computes the
    replicas one after the other, with the same result. Where there is nothing to do, as every
    operation lies over all tiles (availableMemoryProportion, TensorLocations, pipelining), a
    call is accepted, and the logger "poptorch" says so.
    """

    #: How work was placed, streamed and shown
    _nothing = {"appendToLocationExcludes", "autoRoundNumIPUs", "broadcastBuffers", "connectionType",
                "disableModuleNamescope", "enableStableNorm", "logDir", "maxRepeatLogs", "modelName",
                "relaxOptimizerAttributesChecks", "setAvailableMemoryProportion",
                "setExecutionStrategy", "showCompilationProgressBar", "sourceLocationExcludes",
                "syncPattern", "updatableNamedBuffers"}

    def __init__(self) -> None:
        self.Training = _Training()
        self.Precision = _Precision()
        self.TensorLocations = _Locations()
        self.Jit = _Jit()
        self.Distributed = _Distributed()
        self._Popart = self.Popart = self._popart = _Popart()
        self._iterations = 1
        self._replicas = 1
        self._mode = OutputMode.Default
        self._every = 1
        self._seed: int | None = None
        self._cache: str | None = None
        self._simulator = False
        self._log_cycles = False

    def clone(self) -> Options:
        """A copy, whose calls change it alone."""
        return copy.deepcopy(self)

    def deviceIterations(self, iterations: int) -> Options:
        """Batches, or steps of training, of a call."""
        self._iterations = at_least_one(iterations, "deviceIterations")
        return self

    def replicationFactor(self, replicas: int) -> Options:
        """Replicas, which are computed one after the other."""
        self._replicas = at_least_one(replicas, "replicationFactor")
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

    def enableExecutableCaching(self, path: str | None) -> Options:
        """Keep what was compiled in a folder."""
        self._cache = path
        return self

    def useIpuModel(self, use: bool) -> Options:
        """The simulator, instead of a card."""
        self._simulator = bool(use)
        return self

    def useIpuId(self, number: int) -> Options:
        if number:
            raise refuse(f"Options.useIpuId({number})", "the environment's IPU_DEVICE names the card")
        return self

    def logCycleCount(self, log_cycles: bool) -> Options:
        """The logger "poptorch" tells of each call's card cycles, as information."""
        self._log_cycles = bool(log_cycles)
        return self

    def enableSyntheticData(self, enabled: bool) -> Options:
        """With a warning: what is given is copied to the tiles, whatever this says."""
        if enabled:
            differs("Options.enableSyntheticData(True)", "the data that is given is used here")
        return self

    def useOfflineIpuTarget(self, *args: Any) -> Options:
        raise refuse("Options.useOfflineIpuTarget()", "use the simulator: useIpuModel(True)")

    def enableProfiling(self, path: str | None = None) -> Options:
        raise refuse("Options.enableProfiling()", "ipu-prof records a program's runs")

    def anchorTensor(self, *args: Any) -> Options:
        raise refuse("Options.anchorTensor()", "return the tensor from the model")

    def loadFromFile(self, path: str) -> Options:
        raise refuse("Options.loadFromFile()", "make its calls in the program")

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
