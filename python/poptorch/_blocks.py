# SPDX-License-Identifier: MIT
"""Where PopTorch's programs say which IPU does what. Here every operation lies over all tiles of
one card, so that blocks, stages and strategies are accepted, and place nothing."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any

from torch import nn

from ._options import refuse


class Block:
    """A part of a model, in a with statement."""

    def __init__(self, user_id: str | None = None, ipu_id: int | None = None) -> None:
        self.user_id, self.ipu_id = user_id, ipu_id

    def __enter__(self) -> Block:
        return self

    def __exit__(self, *unused: Any) -> None:
        pass

    @staticmethod
    def useAutoId() -> None:
        pass

    @staticmethod
    def start(user_id: str | None = None, ipu_id: int | None = None) -> None:
        pass


def BeginBlock(layer_to_call: Any, user_id: str | None = None, ipu_id: int | None = None) -> Any:
    """The layer itself."""
    return layer_to_call


def BlockFunction(user_id: str | None = None, ipu_id: int | None = None) -> Callable[[Any], Any]:
    """A decorator that changes nothing."""
    return lambda function: function


def removeBlocks(module: nn.Module) -> None:
    """There are none in a module."""


class Stage:
    """Blocks that were to run on an IPU."""

    def __init__(self, *block_ids: str) -> None:
        self.blocks = block_ids

    def ipu(self, ipu_id: int) -> Stage:
        return self


class AutoStage(enum.Enum):
    """How stages were made from blocks."""

    SameAsIpu = 0
    AutoIncrement = 1


class _Strategy:
    """How stages were run. Here a model is run as a whole: batches of a call come one after the
    other, and those of gradientAccumulation() are accumulated, whatever the strategy."""

    def __init__(self, *args: Any) -> None:
        self.stages = args

    def stage(self, name: str) -> Stage:
        return Stage(name)


class PipelinedExecution(_Strategy):
    pass


class ShardedExecution(_Strategy):
    pass


class _Phased:
    def __init__(self, *args: Any) -> None:
        raise refuse(type(self).__name__, "PipelinedExecution and ShardedExecution are accepted")


class SerialPhasedExecution(_Phased):
    pass


class ParallelPhasedExecution(_Phased):
    pass


class TensorLocationSettings:
    """Where tensors were: what fits into the tiles' memory stays there."""

    def _accepted(self, *args: Any) -> TensorLocationSettings:
        return self

    useOnChipStorage = useReplicatedTensorSharding = useIOTilesToLoad = useIOTilesToStore = _accepted
    minElementsForOffChip = minElementsForReplicatedTensorSharding = _accepted
