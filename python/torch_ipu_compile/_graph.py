# SPDX-License-Identifier: MIT
"""From a traced FX graph to an executable: labels, constants, what is not done on tiles."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch._decomp import _core_aten_decompositions_post_autograd, get_decompositions
from torch.fx import GraphModule, Node
from torch.nn.attention import SDPBackend, sdpa_kernel

from . import (  # noqa: F401  (those of operations fill the table)
    _layers,
    _ops_conv,
    _ops_division,
    _ops_index,
    _ops_loss,
    _ops_norm,
    _ops_pool,
    _ops_product,
    _ops_random,
    _ops_reduce,
)
from ._lower import Builder, Unsupported
from ._ops import TABLE
from ._places import label_of

log = logging.getLogger("ipu")

#: How often each operation was done by the CPU in graphs that were compiled, by its name
fallbacks: Counter[str] = Counter()

_reported: set[tuple[str, str]] = set()

#: What was compiled: {"name", "seconds", "operations", "chains", "cached"}
compiled: list[dict[str, Any]] = []

# Operations that the tiles have as one, and are not to be taken apart.
WHOLE = {
    "native_batch_norm_backward", "native_layer_norm_backward", "_softmax_backward_data",
    "_log_softmax_backward_data", "gelu_backward", "threshold_backward", "nll_loss_forward",
    "nll_loss_backward", "nll_loss2d_forward", "nll_loss2d_backward", "mse_loss",
    "mse_loss_backward", "native_dropout_backward", "embedding_dense_backward", "tanh_backward",
    "sigmoid_backward", "silu", "silu_backward", "avg_pool2d_backward",
    "leaky_relu_backward", "lerp", "addcmul", "addcdiv",
}

RANDOM = {"rand", "randn", "rand_like", "randn_like", "native_dropout", "bernoulli", "randint",
          "randperm", "normal", "uniform", "multinomial", "rand_like", "empty", "empty_like",
          "new_empty", "empty_strided", "new_empty_strided"}


def decompositions() -> dict[Any, Callable[..., Any]]:
    """To what the tables of _ops.py have."""
    table = _core_aten_decompositions_post_autograd()
    table.update(get_decompositions([torch.ops.aten.native_group_norm]))
    table = {op: how for op, how in table.items() if op._schema.name.split("::")[1] not in WHOLE}
    return table | _layers.OTHERS


@contextmanager
def tracing() -> Iterator[None]:
    """Operations as they are made of others, with no kernels of the CPU's own, and their lines."""
    with sdpa_kernel(SDPBackend.MATH), torch.backends.mkldnn.flags(enabled=False), \
            torch.fx.traceback.preserve_node_meta(), _layers.replaced():
        yield


def _plain(value: Any, env: dict[Node, Any], b: Builder | None) -> Any:
    """An argument: nodes replaced by what they are."""
    if isinstance(value, Node):
        value = env[value]
        return b.constant(value) if b is not None and isinstance(value, torch.Tensor) else value
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(one, env, b) for one in value)
    if isinstance(value, slice):
        return value
    return value


def _is_known(node: Node, env: dict[Node, Any]) -> bool:
    name = str(node.target).split(".")
    if not isinstance(node.target, torch._ops.OpOverload) or name[1] in RANDOM:
        return False
    val = node.meta.get("val")
    return isinstance(val, torch.Tensor) and val.numel() <= 1 << 22 and all(
        isinstance(env.get(n), torch.Tensor) for n in node.all_input_nodes)


def _evaluate(node: Node, env: dict[Node, Any]) -> torch.Tensor:
    kwargs = dict(node.kwargs)
    if "device" in kwargs:
        kwargs["device"] = "cpu"
    return node.target(*_plain(node.args, env, None), **_plain_kwargs(kwargs, env, None))


def _plain_kwargs(kwargs: Any, env: dict[Node, Any], b: Builder | None) -> dict[str, Any]:
    return {name: _plain(value, env, b) for name, value in kwargs.items()}


def lower_node(b: Builder, node: Node, env: dict[Node, Any]) -> Any:
    """What a node is, in the graph."""
    if _is_known(node, env):
        return _evaluate(node, env)
    handler = TABLE.get(node.target)
    if handler is None:
        raise Unsupported("no operation of the tiles does this")
    b.label = label_of(node)
    meta = node.meta.get("val")
    args, kwargs = _plain(node.args, env, b), _plain_kwargs(node.kwargs, env, b)
    for one in meta if isinstance(meta, (tuple, list)) else [meta]:
        if isinstance(one, torch.Tensor) and one.dtype in (torch.float64, torch.complex64,
                                                           torch.complex128):
            raise Unsupported(f"{one.dtype} is not a type of the tiles")
    return handler(b, meta, *args, **kwargs)


class Missing:
    """In place of what the tiles do not compute, to see what else they do not."""


def lower(b: Builder, gm: GraphModule, env: dict[Node, Any]) -> dict[Node, str]:
    """All nodes of a graph whose placeholders are in `env`; returns what cannot be, and why."""
    missing: dict[Node, str] = {}
    with torch.no_grad():
        for node in gm.graph.nodes:
            if node.op == "get_attr":
                value: Any = gm
                for name in str(node.target).split("."):
                    value = getattr(value, name)
                env[node] = value
            if node.op != "call_function":
                continue
            if any(isinstance(env.get(n), Missing) for n in node.all_input_nodes):
                if node.target not in TABLE and not _is_known(node, env):
                    missing[node] = "no operation of the tiles does this"
                env[node] = Missing()
                continue
            try:
                env[node] = lower_node(b, node, env)
            except Unsupported as error:
                missing[node] = str(error)
                env[node] = Missing()
    return missing


def describe(missing: dict[Node, str]) -> str:
    return "; ".join(sorted({f"{node.target} at {label_of(node)}: {why}"
                             for node, why in missing.items()}))


def report(missing: dict[Node, str]) -> None:
    """One line for each operation that the CPU does."""
    for node, why in missing.items():
        fallbacks[str(node.target)] += 1
        place = str(node.target), label_of(node)
        if place in _reported:
            continue
        _reported.add(place)
        log.warning("ipu: %s at %s is done by the CPU: %s", node.target, label_of(node), why)


def done(name: str, began: float, exe: Any, cached: bool = False) -> None:
    seconds, info = time.monotonic() - began, exe.info()
    compiled.append({"name": name, "seconds": seconds, "operations": info.operations,
                     "chains": info.chains, "cached": cached})
    log.info("ipu: %s, %d operations, %d of them chains, on %d tiles, compiled in %.2f s", name,
             info.operations, info.chains, info.tiles, seconds)


def flat_outputs(gm: GraphModule) -> Sequence[Any]:
    node = next(n for n in gm.graph.nodes if n.op == "output")
    result = node.args[0]
    return list(result) if isinstance(result, (list, tuple)) else [result]
