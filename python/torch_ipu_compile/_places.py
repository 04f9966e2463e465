# SPDX-License-Identifier: MIT
"""Where in the user's program an operation comes from, for messages and profiles."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.fx import GraphModule, Node
from torch.fx.experimental.proxy_tensor import PythonKeyTracer

_TORCH, _HERE = os.path.dirname(torch.__file__), os.path.dirname(__file__)


def _is_own(path: str) -> bool:
    return not path.startswith((_TORCH, _HERE, "<"))


def _place(names: dict[int, str]) -> tuple[str, str]:
    """The innermost line that is not PyTorch's, and the innermost module."""
    frame: Any = sys._getframe(2)
    module = ""
    while frame is not None:
        code = frame.f_code
        if not module and code.co_name == "forward":
            module = names.get(id(frame.f_locals.get("self")), "")
        if _is_own(code.co_filename):
            return f"{os.path.basename(code.co_filename)}:{frame.f_lineno}", module
        frame = frame.f_back
    return "", module


@contextmanager
def noted(model: nn.Module) -> Iterator[None]:
    """While a model is traced, each node gets its place."""
    names = {id(module): name for name, module in model.named_modules()}
    create = PythonKeyTracer.create_node

    def create_node(self: Any, *args: Any, **kwargs: Any) -> Node:
        node = create(self, *args, **kwargs)
        node.meta["ipu_place"] = _place(names)
        return node

    PythonKeyTracer.create_node = create_node  # type: ignore[method-assign]
    try:
        yield
    finally:
        PythonKeyTracer.create_node = create  # type: ignore[method-assign]


def spread(gm: GraphModule) -> None:
    """An operation of the backward pass has the place of that whose gradient it is."""
    forward: dict[Any, tuple[str, str]] = {}
    for node in gm.graph.nodes:
        place, number = node.meta.get("ipu_place"), node.meta.get("seq_nr")
        if place and place[1]:
            forward[number] = place
        elif place and number in forward:
            node.meta["ipu_place"] = forward[number]


def label_of(node: Node) -> str:
    """"net.py:12 fc1"; without a module, the operation."""
    name = str(getattr(node.target, "__name__", node.target)).split(".")[0]
    if node.meta.get("ipu_place"):
        place, module = node.meta["ipu_place"]
        return f"{place} {module or name}".strip()
    stack = node.meta.get("nn_module_stack")
    if stack:
        last = str(list(stack.values())[-1][0])
        name = last.replace("L['self'].", "").split("__")[-1] or name
    found = re.findall(r'File "([^"]+)", line (\d+)', node.meta.get("stack_trace") or "")
    own = [p for p in found if _is_own(p[0])] or found
    return f"{os.path.basename(own[-1][0])}:{own[-1][1]} {name}" if own else name
