# SPDX-License-Identifier: MIT
"""PopTorch's interface, over compiled graphs: for programs that were written for it.

    options = poptorch.Options().deviceIterations(10)
    loader = poptorch.DataLoader(options, dataset, batch_size=16, shuffle=True)
    training = poptorch.trainingModel(model, options, poptorch.optim.SGD(model.parameters(), lr=0.1))
    for images, labels in loader:
        output, loss = training(images, labels)

What is not there raises an error that says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import torch

import torch_ipu_compile as _compiler

from . import optim
from ._blocks import (AutoStage, BeginBlock, Block, BlockFunction, ParallelPhasedExecution,
                      PipelinedExecution, SerialPhasedExecution, ShardedExecution, Stage,
                      TensorLocationSettings, removeBlocks)
from ._executor import (PoplarExecutor, inferenceModel, isRunningOnIpu, mark_loss, mark_printed,
                        trainingModel)
from ._options import (DataLoaderMode, HalfFloatCastingBehavior, NotThere, Options, OutputMode,
                       OverlapMode, ReductionType, log, refuse)

AnchorMode = OutputMode

__all__ = [
    "AnchorMode", "AsynchronousDataAccessor", "AutoStage", "BeginBlock", "Block", "BlockFunction",
    "DataLoader", "DataLoaderMode", "HalfFloatCastingBehavior", "NotThere", "Options",
    "OutputMode", "OverlapMode", "ParallelPhasedExecution", "PipelinedExecution",
    "PoplarExecutor", "ReductionType", "SerialPhasedExecution", "ShardedExecution", "Stage",
    "TensorLocationSettings", "for_loop", "identity_loss", "inferenceModel",
    "ipuHardwareIsAvailable", "ipu_print_tensor", "isRunningOnIpu", "nop", "optim",
    "recomputationCheckpoint", "removeBlocks", "serializedMatMul", "setLogLevel",
    "set_available_memory", "trainingModel",
]


class DataLoader(torch.utils.data.DataLoader[Any]):
    """PyTorch's, whose batches are those of a whole call: batch_size times device iterations,
    replicas and accumulated batches. The last examples that are too few for a call are left
    out, unless drop_last=False is said and a call is one batch."""

    def __init__(self, options: Options, dataset: Any, batch_size: int | None = 1,
                 shuffle: bool | None = None, num_workers: int = 0, drop_last: bool | None = None,
                 mode: DataLoaderMode = DataLoaderMode.Sync, **given: Any) -> None:
        calls = options._iterations * options._replicas * options.Training._accumulate
        self._options = options
        for name in ("persistent_workers", "auto_distributed_partitioning", "async_options",
                     "rebatched_worker_size"):
            given.pop(name, None)
        if calls > 1 and drop_last is False:
            raise refuse("DataLoader(drop_last=False) with several batches a call",
                         "let the last ones go, or run one batch a call")
        if given.get("batch_sampler") is not None:
            super().__init__(dataset, num_workers=num_workers, **given)
            return
        if batch_size is not None:
            given["drop_last"] = calls > 1 if drop_last is None else drop_last
            batch_size *= calls
        super().__init__(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers,
                         **given)

    @property
    def combinedBatchSize(self) -> int | None:
        """Examples of a call."""
        return self.batch_size

    @property
    def options(self) -> Options:
        return self._options

    def terminate(self) -> None:
        """Nothing to do: workers end with the loop over the batches."""


class AsynchronousDataAccessor:
    """The batches of a loader, which are fetched when they are asked for: workers of a DataLoader
    (num_workers) fetch them ahead."""

    def __init__(self, data_accessor: Any, *unused: Any, **also: Any) -> None:
        self._data = data_accessor

    def __len__(self) -> int:
        return len(self._data)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._data)

    def terminate(self) -> None:
        """Nothing to do."""


def identity_loss(x: torch.Tensor, reduction: str | int) -> torch.Tensor:
    """Mark the loss: the mean or the sum of x, or x itself, "none"."""
    kinds: dict[Any, Callable[[torch.Tensor], torch.Tensor]] = {
        "mean": torch.mean, 1: torch.mean, "sum": torch.sum, 0: torch.sum,
        "none": lambda t: t, 2: lambda t: t}
    if reduction not in kinds:
        raise ValueError(f'reduction is "mean", "sum" or "none", not {reduction!r}')
    loss = kinds[reduction](x)
    if not loss.ndim:
        mark_loss(loss)
    return loss


def ipu_print_tensor(tensor: torch.Tensor, title: str = "", *unused: Any) -> torch.Tensor:
    """Print what a tensor is in each call, when the call has ended; its gradient is not printed."""
    mark_printed(title, tensor.detach())
    return tensor


def nop(tensor: torch.Tensor) -> torch.Tensor:
    return tensor


def recomputationCheckpoint(*tensors: torch.Tensor) -> Any:
    """Nothing is recomputed: the tensors themselves."""
    return tensors if len(tensors) > 1 else tensors[0]


def set_available_memory(tensor: torch.Tensor, proportion: float) -> torch.Tensor:
    """Operations are planned for the memory that there is: the tensor itself."""
    return tensor


def serializedMatMul(lhs: torch.Tensor, rhs: torch.Tensor, *unused: Any) -> torch.Tensor:
    """The planner serialises what does not fit: a product."""
    return torch.matmul(lhs, rhs)


def for_loop(count: int, body: Callable[..., Any], inputs: list[torch.Tensor]) -> list[torch.Tensor]:
    """The body so many times, one after the other, in the graph."""
    for _ in range(count):
        inputs = list(body(*inputs))
    return inputs


def ipuHardwareIsAvailable(num_ipus: int = 1) -> bool:
    """Whether there is a card; not counting the simulator."""
    try:
        name = _compiler.runtime().name
    except OSError:
        return False
    return num_ipus <= 1 and not (name or "").startswith("sim")


def setLogLevel(level: str | int) -> None:
    """What the loggers "poptorch" and "ipu" tell: 0 and 1, or TRACE and DEBUG: all; 2, INFO; 3,
    WARN; 4, ERR; 6, OFF: nothing."""
    names = {"TRACE": 0, "DEBUG": 1, "INFO": 2, "WARN": 3, "ERR": 4, "OFF": 6}
    number = names.get(level, -1) if isinstance(level, str) else level
    levels = {0: logging.DEBUG, 1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING,
              4: logging.ERROR, 6: logging.CRITICAL + 1}
    if number not in levels:
        raise ValueError(f"poptorch.setLogLevel() takes one of {', '.join(names)}, not {level!r}")
    logging.basicConfig()
    for logger in (log, logging.getLogger("ipu")):
        logger.setLevel(levels[number])


_INSTEAD = {
    "custom_op": "write it with PyTorch's operations, and compiled it runs on the tiles",
    "CPU": "take it out of the model",
    "cond": "compute both, and choose with torch.where()",
    "MultiConv": "convolutions need no planning together: leave it out",
    "ctc_beam_search_decoder": "decode on the host",
}


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    raise refuse(name, _INSTEAD.get(name, "see Documentation/torch-compile.rst for what is"))
