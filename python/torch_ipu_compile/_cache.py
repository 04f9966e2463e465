# SPDX-License-Identifier: MIT
"""Executables: compiled, or of a cache on disk.

A file is named by a hash of the graph, the tiles and libipu's version. It is written to another
name first, so that several processes may have the same cache.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ipu_graph import Error, Executable, Graph, ffi, lib

from ._runtime import Runtime

log = logging.getLogger("ipu")
_given = os.environ.get("IPU_GRAPH_CACHE")
_folder: Path | None = Path(_given) if _given else None


def enable_cache(folder: str | os.PathLike[str] | None) -> None:
    """Keep executables in a folder, which is made; None keeps none. Without a call it is
    $IPU_GRAPH_CACHE."""
    global _folder
    if folder is not None and not hasattr(lib, "ipu_executable_save"):
        raise NotImplementedError("This libipu does not write executables to files.")
    _folder = Path(folder) if folder is not None else None


def _fitted(on: Runtime, graph: Graph, name: str) -> Executable:
    """On all tiles for the least card cycles; otherwise on few, which is the least time of a
    host that emulates them, and more if their tables do not fit."""
    tiles = on.tiles if on.cycles else min(on.tiles, on.engine.smallest(graph))
    while True:
        try:
            return on.engine.compile(graph, name, tiles)
        except Error as error:
            if tiles >= on.tiles or error.errno not in (errno.ENOSPC, errno.EIO):
                raise
        tiles = min(on.tiles, tiles + max(1, tiles // 2))


def compile(on: Runtime, graph: Graph, name: str, text: str) -> tuple[Executable, bool]:
    """An executable, and whether it was cached."""
    if _folder is None:
        return _fitted(on, graph, name), False
    version = ffi.string(lib.ipu_version()).decode()
    fuse = os.environ.get("IPU_FUSE", "")
    key = hashlib.sha256(f"{text} {on.tiles} {on.cycles} {version} {fuse}".encode()).hexdigest()
    path = _folder / f"{key}.ipuexe"
    if path.exists():
        try:
            return on.engine.load(str(path)), True
        except Error as error:
            log.warning("ipu: %s cannot be used and is made again: %s", path, error)
    exe = _fitted(on, graph, name)
    _save(exe, path)
    return exe, False


def _save(exe: Executable, path: Path) -> None:
    """A cache that cannot be written to is no reason to fail."""
    part = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        exe.save(str(part))
        part.replace(path)
    except OSError as error:
        log.warning("ipu: the executable is not kept: %s", error)
        part.unlink(missing_ok=True)


class Profiled:
    """An executable, called under its name, and with notes of how long each operation takes while
    a profile of the card is taken: another one then, of the same graph."""

    def __init__(self, on: Runtime, graph: Graph, name: str, exe: Executable) -> None:
        self._on, self._graph, self._name, self._exe = on, graph, name, exe
        self._noting: Executable | None = None

    def __call__(self, data: Sequence[int]) -> None:
        if "torch_ipu" not in sys.modules or not sys.modules["torch_ipu"]._C.is_profiled():
            self._exe(data)
            return
        noting = self._noting = self._noting or self._make()
        with torch.profiler.record_function(self._name):
            noting(data)

    def _make(self) -> Executable:
        try:
            return self._on.engine.compile(self._graph, self._name, self._exe.info().tiles, True)
        except Error as error:
            log.warning("ipu: the operations of %s are not profiled: %s", self._name, error)
            return self._exe
