# SPDX-License-Identifier: MIT
"""torch.compile(model, backend="ipu").

Dynamo's graphs go through AOTAutograd; what comes of it becomes graphs of the tiles. What these
do not have is done by PyTorch in between, and reported by its line.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from functorch.compile import make_boxed_func
from torch._dynamo.backends.common import aot_autograd
from torch.fx import GraphModule, Node
from torch.fx.passes.split_module import split_module
from torch.utils._python_dispatch import _disable_current_modes

from ipu_graph import lib

from . import _cache
from ._graph import decompositions, describe, done, flat_outputs, lower, report, tracing
from ._lower import Builder, Unsupported, Value
from ._runtime import Runtime, is_dense, order_of, raw, runtime


class Program:
    """A graph on the tiles, called with tensors."""

    def __init__(self, on: Runtime, gm: GraphModule, static: frozenset[int] = frozenset()) -> None:
        self._on, self._static = on, static
        self._kept: dict[int, tuple[torch.Tensor, Any]] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self.exe: Any = None
        began, b = time.monotonic(), Builder()
        env: dict[Node, Any] = {}
        for index, node in enumerate(n for n in gm.graph.nodes if n.op == "placeholder"):
            env[node] = self._input(b, node, index)
        self.missing = lower(b, gm, env)
        if self.missing:
            return
        for place, node in enumerate(flat_outputs(gm)):
            self._output(b, env[node] if isinstance(node, Node) else node, node, place)
        graph, bound, text = b.finish()
        self._bound = [b.as_root(n).bound for n in bound]
        self._bound = [on.generator if x is None else x for x in self._bound]
        if any(isinstance(x, tuple) and x[0] == "output" for x in self._bound):
            self.exe, cached = _cache.compile(on, graph, "graph", text)
            self._execute = _cache.Profiled(on, graph, "graph", self.exe)
            done("graph", began, self.exe, cached)

    def _input(self, b: Builder, node: Node, index: int) -> Any:
        val = node.meta.get("val")
        self._inputs.append(None)
        if not isinstance(val, torch.Tensor):
            return val
        stride = tuple(val.stride())
        t = torch.empty(0, dtype=val.dtype, device="meta").as_strided(tuple(val.shape), stride)
        if not is_dense(t):
            t = torch.empty(tuple(val.shape), dtype=val.dtype, device="meta")
        order = order_of(t)
        self._inputs[index] = (tuple(t.shape), tuple(t.stride()))
        if val.dtype in (torch.float64, torch.complex64, torch.complex128):
            return Value(0, t)  # whatever uses it says that it cannot be
        role = lib.IPU_GRAPH_IN | (lib.IPU_GRAPH_WIDE if val.dtype == torch.int64 else 0)
        kept = index in self._static and val.is_floating_point() and val.numel() > 0
        base = b.root([t.shape[d] for d in order], val.dtype,
                      role | lib.IPU_GRAPH_KEEP if kept else role, node.name)
        b.as_root(base).bound = ("kept" if kept else "input", index)
        return b.value(base, tuple(t.shape), val.dtype, order)

    def _output(self, b: Builder, value: Any, node: Any, place: int) -> None:
        """What the caller gets: an argument, a constant, or of the tiles."""
        if isinstance(node, Node) and node.op == "placeholder":
            index = [n for n in node.graph.nodes if n.op == "placeholder"].index(node)
            self._outputs.append(("argument", index))
            return
        if isinstance(value, torch.Tensor):
            self._outputs.append(("constant", value))
            return
        if not isinstance(value, Value):
            self._outputs.append(("constant", value))
            return
        meta = node.meta["val"]
        t = torch.empty(0, dtype=meta.dtype, device="meta").as_strided(
            tuple(meta.shape), tuple(meta.stride()))
        stride = tuple(t.stride()) if is_dense(t) else tuple(torch.empty(
            tuple(meta.shape), device="meta").stride())
        value = b.cast(value, meta.dtype)
        base = b.bind(value, lib.IPU_GRAPH_OUT, node.name, stride)
        b.as_root(base).bound = ("output", place)
        self._outputs.append(("output", (tuple(meta.shape), stride, meta.dtype)))

    def __call__(self, *args: Any) -> list[Any]:
        device = next((a.device for a in args if isinstance(a, torch.Tensor)), torch.device("cpu"))
        held = [self._ready(a, how) for a, how in zip(args, self._inputs)]
        made: dict[int, torch.Tensor] = {}
        narrow: dict[int, torch.Tensor] = {}
        for place, (kind, what) in enumerate(self._outputs):
            if kind == "output":
                shape, stride, dtype = what
                made[place] = torch.empty_strided(shape, stride, dtype=dtype, device=device)
                if dtype == torch.int64:
                    narrow[place] = torch.empty_strided(shape, stride, dtype=torch.int32)
        if self.exe is not None:
            self._execute([self._address(b, held, narrow, made) for b in self._bound])
            if device.type == "cpu" or narrow:
                self._on.engine.wait()
        for place, small in narrow.items():
            made[place].copy_(small)
        return [made[p] if kind == "output" else args[what] if kind == "argument" else
                what.to(device) if isinstance(what, torch.Tensor) else what
                for p, (kind, what) in enumerate(self._outputs)]

    def _keep(self, index: int, arg: torch.Tensor) -> int:
        """What is copied to the tiles again only when it has changed: a copy in the pool."""
        version = None if arg.is_inference() else (arg.data_ptr(), arg._version)
        copy, before = self._kept.get(index, (None, None))
        if copy is None or version is None or version != before:
            self._on.engine.flush(True)
            copy = self._on.adopt(arg) if copy is None else copy.copy_(arg)
            self._kept[index] = copy, version
        return raw(copy)

    def _ready(self, arg: Any, how: Any) -> Any:
        """An argument with the strides that the graph was compiled for."""
        if how is None:
            return arg
        shape, stride = how
        if arg.stride() == stride or not arg.numel():
            return arg.detach()
        return torch.empty_strided(shape, stride, dtype=arg.dtype, device=arg.device).copy_(arg)

    def _address(self, bound: Any, held: Sequence[Any], narrow: dict[int, torch.Tensor],
                 made: dict[int, torch.Tensor]) -> int:
        if isinstance(bound, torch.Tensor):
            return raw(bound)
        kind, index = bound
        if kind == "kept":
            return self._keep(index, held[index])
        return raw(held[index] if kind == "input" else narrow.get(index, made[index])
                   if kind == "output" else 0)


def _split(gm: GraphModule, missing: dict[Node, str]) -> GraphModule:
    """Parts that are done by the tiles and by the CPU in turn."""
    part: dict[Node, int] = {}
    current, on_cpu = 0, False
    for node in gm.graph.nodes:
        if node.op != "call_function":
            continue
        if getattr(node.target, "__name__", "") == "getitem":
            part[node] = part[node.args[0]]
            continue
        if (node in missing) != on_cpu and part:
            current += 1
        on_cpu = node in missing
        part[node] = current
    for node in gm.graph.nodes:  # a part has its constants as inputs
        if node.op == "get_attr":
            node.meta.setdefault("val", operator.attrgetter(node.target)(gm))
    return split_module(gm, gm, lambda node: part[node])


def compile_graph(gm: GraphModule, strict: bool = False, on: Runtime | None = None,
                  static: frozenset[int] = frozenset()) -> Any:
    """A callable for a graph of AOTAutograd; `static` inputs seldom change from call to call."""
    on = on or runtime()
    program = Program(on, gm, static)
    if not program.missing:
        return program
    missing = dict(program.missing)
    if strict:
        raise Unsupported(f"Not done by the tiles: {describe(missing)}")
    report(missing)
    for node in missing:
        node.meta["ipu_by_cpu"] = True
    whole = _split(gm, missing)
    for name, child in list(whole.named_children()):
        if not any(n.meta.get("ipu_by_cpu") for n in child.graph.nodes):
            part = compile_graph(child, strict, on)
            delattr(whole, name)
            setattr(whole, name, _Unpacked(part, child))
    return whole


class _Unpacked(torch.nn.Module):
    """A program as a part of a graph, which returns what its part did."""

    def __init__(self, program: Any, child: GraphModule) -> None:
        super().__init__()
        node = next(n for n in child.graph.nodes if n.op == "output")
        self._single = not isinstance(node.args[0], (list, tuple))
        object.__setattr__(self, "_program", program)

    def forward(self, *args: Any) -> Any:
        result = self._program(*args)
        if not isinstance(result, (list, tuple)):
            return result
        return result[0] if self._single else tuple(result)


def _shape_of(args: Sequence[Any]) -> Any:
    return tuple((tuple(a.shape), a.stride(), a.dtype, a.requires_grad)
                 if isinstance(a, torch.Tensor) else a for a in args)


def backend(gm: GraphModule, example_inputs: Sequence[Any], *, strict: bool = False,
            options: dict[str, Any] | None = None, **unused: Any) -> Callable[..., Any]:
    """What torch.compile() calls. `options`: {"strict": True} refuses what is not done by tiles."""
    for name in set(options or {}) - {"strict"}:
        raise ValueError(f"The backend ipu has no option {name!r}; it has strict.")
    strict = strict or bool((options or {}).get("strict"))

    def compiler(part: GraphModule, inputs: Sequence[Any]) -> Any:
        # AOTAutograd calls in its mode, in which tensors are fake.
        with _disable_current_modes():
            return make_boxed_func(compile_graph(part, strict))

    def infer(part: GraphModule, inputs: Sequence[Any]) -> Any:
        # Parameters change in each step of training, but not between calls without gradients.
        static = frozenset(i for i, x in enumerate(example_inputs)
                           if isinstance(x, torch.nn.Parameter))
        same = len(inputs) == len(example_inputs)
        with _disable_current_modes():
            return make_boxed_func(compile_graph(part, strict,
                                                 static=static if same else frozenset()))

    aot = aot_autograd(fw_compiler=compiler, bw_compiler=compiler, inference_compiler=infer,
                       decompositions=decompositions())

    def compile_now(args: Sequence[Any]) -> Callable[..., Any]:
        with tracing():
            return aot(gm, args)

    if not any(isinstance(a, (torch.SymInt, int)) for a in example_inputs):
        return compile_now(example_inputs)
    # Of changing shapes: once for each of them.
    shapes: dict[Any, Callable[..., Any]] = {}

    def dispatch(*args: Any) -> Any:
        key = _shape_of(args)
        if key not in shapes:
            shapes[key] = compile_now(args)
        return shapes[key](*args)

    return dispatch


def register() -> None:
    from torch._dynamo.backends.registry import _BACKENDS, register_backend
    if "ipu" not in _BACKENDS:
        register_backend(backend, name="ipu")
    # Without it dynamo leaves nn.LSTM and the like to the CPU, layer by layer.
    torch._dynamo.config.allow_rnn = True
