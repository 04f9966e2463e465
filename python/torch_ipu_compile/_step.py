# SPDX-License-Identifier: MIT
"""A whole step of training as one graph: forward, loss, backward and optimiser.

Parameters, buffers and what the optimiser keeps stay in the tiles' memory from step to step.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.utils._pytree as pytree
from torch import nn
from torch._functorch.aot_autograd import _aot_export_function
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import GraphModule

from ipu_graph import lib

from . import _cache
from ._graph import decompositions, describe, done, flat_outputs, lower, tracing
from ._lower import Builder, Unsupported, Value
from ._optim import Optimiser, optimiser_of
from ._places import noted, spread
from ._runtime import Runtime, is_dense, is_placed, narrow_of, order_of, place, raw, runtime

log = logging.getLogger("ipu")
KEEP = lib.IPU_GRAPH_IN | lib.IPU_GRAPH_OUT | lib.IPU_GRAPH_KEEP


#: How a model is called with a step's arguments: returns the loss, or None, and what it gave
Call = Callable[[Callable[..., Any], Sequence[Any]], tuple[Any, Any]]


def trace(model: nn.Module, call: Call, states: list[torch.Tensor], args: Sequence[torch.Tensor],
          outputs: bool, train: bool) -> tuple[GraphModule, Any, Any]:
    """The joint graph: (states, args) -> (changed states, loss, outputs, gradients)."""
    count = len(states)
    names = [n for n, _ in model.named_parameters()] + [n for n, _ in model.named_buffers()]
    spec: list[Any] = []

    def function(*flat: torch.Tensor) -> Any:
        given = dict(zip(names, flat))
        loss, out = call(lambda *a: torch.func.functional_call(model, given, a), flat[count:])
        leaves, tree = pytree.tree_flatten(out)
        spec[:] = [tree]
        kept = [leaf.detach() for leaf in leaves] if outputs else []
        return (loss, *kept) if train else tuple(kept)

    # A loss may have tensors of its own, such as the weights of classes: they are constants.
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    with fake, tracing(), noted(model), (torch.enable_grad() if train else torch.no_grad()):
        gm, metadata, _, _ = _aot_export_function(
            function, (*states, *args), num_params_buffers=count,
            decompositions=decompositions(), no_tangents=train)
    spread(gm)
    return gm, metadata, spec[0]


class Step:
    """What compile_step() returns: call it with the inputs and targets of a step, or of
    `steps` of them, one behind the other in the first dimension; it returns the losses."""

    def __init__(self, model: nn.Module, call: Call, optimiser: Any = None, *, steps: int = 1,
                 accumulate: int = 1, clip: float | None = None, outputs: bool = False,
                 mean: bool = True, on: Runtime | None = None, scale: float = 1.0) -> None:
        self._runtime = on or runtime()
        self._model, self._call, self._steps, self._accumulate = model, call, steps, accumulate
        self._clip, self._outputs = clip, outputs
        # Gradients are multiplied by it
        self._scale = (1 / accumulate if mean else 1.0) / scale
        self._optimiser: Optimiser | None = optimiser_of(optimiser) if optimiser else None
        self._shapes: dict[Any, _Compiled] = {}
        self._last: _Compiled | None = None
        self._adopt()
        model._register_state_dict_hook(lambda *_: self.sync())
        model._register_load_state_dict_pre_hook(lambda *_: self.sync(forget=True))
        model.register_load_state_dict_post_hook(lambda *_: self.loaded())
        if optimiser is not None:
            optimiser.register_state_dict_pre_hook(lambda _: self.sync())
            optimiser.register_load_state_dict_pre_hook(lambda *_: self.sync(forget=True))
            optimiser.register_load_state_dict_post_hook(lambda _: self.changed())

    def _adopt(self) -> None:
        """Parameters, buffers and the optimiser's state move to memory that the card shares,
        unless another step has moved them there."""
        self._states: list[torch.Tensor] = []
        self._hidden: dict[int, torch.Tensor] = {}
        for parameter in self._model.parameters():
            if not is_placed(parameter, self._runtime):
                parameter.data = self._placed(parameter.data)
                place(parameter, self._runtime)
            self._states.append(parameter)
        for name, buffer in list(self._model.named_buffers()):
            if not is_placed(buffer, self._runtime):
                buffer = self._moved(name, buffer)
            if buffer.dtype == torch.int64:
                self._hidden[len(self._states)] = narrow_of(buffer)
            self._states.append(buffer)
        if self._optimiser is not None:
            self._optimiser.adopt(self._runtime)

    def _moved(self, name: str, buffer: torch.Tensor) -> torch.Tensor:
        owner, _, own = name.rpartition(".")
        moved = self._runtime.adopt(buffer) if buffer.device.type == "cpu" else \
            buffer.contiguous()
        narrow = buffer.dtype == torch.int64
        place(moved, self._runtime,
              self._runtime.adopt(buffer.cpu().to(torch.int32)) if narrow else None)
        self._model.get_submodule(owner)._buffers[own] = moved
        return moved

    def _placed(self, data: torch.Tensor) -> torch.Tensor:
        """Weights of convolutions in the order in which the tiles want them. Those of the device
        "ipu" are in the pool's memory already."""
        if data.device.type != "cpu":
            return data if is_dense(data) else data.contiguous()
        if data.ndim != 4:
            return self._runtime.adopt(data.contiguous())
        o, i, h, w = data.shape
        moved = self._runtime.tensor((o, i, h, w), data.dtype, (1, o, w * i * o, i * o))
        return moved.copy_(data)

    def __call__(self, *args: torch.Tensor) -> Any:
        compiled = self.compile(*args)
        return compiled.given(compiled.run(args))

    def compile(self, *args: torch.Tensor) -> _Compiled:
        """What runs for arguments of these shapes."""
        micro = self._steps * self._accumulate
        for arg in args:
            if micro > 1 and arg.shape[0] % micro:
                raise ValueError(f"{arg.shape[0]} examples are not {self._steps} steps of "
                                 f"{self._accumulate} batches each.")
        key = tuple((tuple(a.shape), a.dtype) for a in args), self._model.training
        compiled = self._shapes.get(key)
        if compiled is None:
            compiled = self._shapes[key] = _Compiled(self, args)
        return compiled

    def sync(self, forget: bool = False) -> None:
        """Bring parameters to the host's memory. `forget`: the host is going to change them."""
        self._runtime.engine.flush(forget)
        for index, hidden in self._hidden.items():
            self._states[index].copy_(hidden)

    def loaded(self) -> None:
        """The host has changed what stays on the tiles: after sync(forget=True)."""
        for index, hidden in self._hidden.items():
            hidden.copy_(self._states[index])

    def changed(self) -> None:
        """The optimiser has other constants, or its state is elsewhere: compile again."""
        self.sync(forget=True)
        self._shapes.clear()
        if self._optimiser is not None:
            self._optimiser.adopt(self._runtime)

    @property
    def info(self) -> Any:
        """Of the executable that ran last: tiles, bytes, runs and cycles."""
        return self._last.exe.info() if self._last else None


class _Compiled:
    """A step for inputs of one shape."""

    def __init__(self, step: Step, args: Sequence[torch.Tensor]) -> None:
        began = time.monotonic()
        self.step = step
        self.optimiser = step._optimiser
        self.micro = [a[:a.shape[0] // (step._steps * step._accumulate)].detach() for a in args]
        self.train = step._optimiser is not None
        self.names = [n for n, _ in step._model.named_parameters()] + \
            [n for n, _ in step._model.named_buffers()]
        states = [s.detach().requires_grad_(s.requires_grad and self.train) for s in step._states]
        gm, metadata, self.spec = trace(step._model, step._call, states, self.micro,
                                        step._outputs, self.train)
        self.b = Builder(keep_constants=True)
        self._build(gm, metadata)
        graph, bound, text = self.b.finish()
        self.bound = [self.b.as_root(n).bound for n in bound]
        self._fix_constants()
        name = f"{type(step._model).__name__}{' step' if self.train else ''}"
        self.exe, cached = _cache.compile(step._runtime, graph, name, text)
        self.execute = _cache.Profiled(step._runtime, graph, name, self.exe)
        done(name, began, self.exe, cached)

    # ---- building ----

    def _build(self, gm: GraphModule, metadata: Any) -> None:
        b, step = self.b, self.step
        self.state_values = [self._state(i) for i in range(len(step._states))]
        total: list[Any] = []
        results: list[Any] = []
        current = list(self.state_values)
        for part in range(step._accumulate):
            flat = self._one(gm, current, part)
            changed = metadata.mutated_inp_runtime_indices
            mutated, rest = flat[:len(changed)], flat[len(changed):]
            for index, value in zip(changed, mutated):
                current[index] = value
            fw = metadata.num_outputs
            results.append(rest[:fw])
            total = self._sum(total, rest[fw:fw + len(step._states)])
        self._finish_outputs(results)
        self._store(current)
        if not self.train:
            return
        b.label = "optimizer"
        trained = [(s, v, g) for s, v, g in zip(step._states, self.state_values, total)
                   if g is not None and isinstance(s, nn.Parameter)]
        self._optimise(trained)

    def _one(self, gm: GraphModule, states: list[Value], part: int) -> list[Any]:
        """Forward and backward of one batch."""
        b = self.b
        places = [n for n in gm.graph.nodes if n.op == "placeholder"]
        env: dict[Any, Any] = dict(zip(places, states))
        for index, (node, arg) in enumerate(zip(places[len(states):], self.micro)):
            env[node] = self._input(index, arg, part)
        missing = lower(b, gm, env)
        if missing:
            raise Unsupported(
                f"A step is one submission, so that the tiles have to do all of it, and they do "
                f"not do {describe(missing)}. Change the model, or train it with "
                f'torch.compile(model, backend="ipu"), where the CPU does the rest.')
        return [env[n] if isinstance(n, torch.fx.Node) else n for n in flat_outputs(gm)]

    def _input(self, index: int, arg: torch.Tensor, part: int) -> Value:
        b = self.b
        wide = lib.IPU_GRAPH_WIDE if arg.dtype == torch.int64 else 0
        base = b.root(arg.shape, arg.dtype, lib.IPU_GRAPH_IN | wide, f"input {index}")
        b.as_root(base).bound = ("input", index, part)
        return b.value(base, tuple(arg.shape), arg.dtype)

    def _state(self, index: int) -> Value:
        """A parameter or buffer, as it lies in the host's memory."""
        b, tensor = self.b, self.step._states[index]
        order = order_of(tensor)
        base = b.root([tensor.shape[d] for d in order], tensor.dtype, KEEP,
                      self.names[index])
        b.as_root(base).bound = self.step._hidden.get(index, tensor)
        return b.value(base, tuple(tensor.shape), tensor.dtype, order)

    def _sum(self, total: list[Any], grads: Sequence[Any]) -> list[Any]:
        b = self.b
        grads = [b.constant(g) if isinstance(g, torch.Tensor) else g for g in grads]
        if not total:
            return list(grads)
        return [t if g is None else g if t is None else
                b.elementwise(lib.IPU_MAP_ADD, t.shape, t.dtype, [t, g], t.dtype)
                for t, g in zip(total, grads)]

    def _finish_outputs(self, results: list[list[Any]]) -> None:
        b = self.b
        for part, values in enumerate(results):
            for place, value in enumerate(values):
                value = b.constant(value) if isinstance(value, torch.Tensor) else value
                stride = torch.empty(value.shape, device="meta").stride()
                value = b.cast(value, torch.int32 if value.dtype == torch.int64 else value.dtype)
                base = b.bind(value, lib.IPU_GRAPH_OUT, "output", stride)
                b.as_root(base).bound = ("output", place, part)
        self.shapes = [(tuple(v.shape), torch.int32 if v.dtype == torch.int64 else v.dtype, v.dtype)
                       for v in results[0]]

    def _store(self, current: list[Any]) -> None:
        """Changed buffers, into what stays on the tiles."""
        b = self.b
        for before, after in zip(self.state_values, current):
            if before is after:
                continue
            after = b.constant(after) if isinstance(after, torch.Tensor) else after
            order = b.order(before)
            source = b.physical(b.cast(after, before.dtype), order)
            b.duplicate(before.base, source, before.dtype)

    def _optimise(self, trained: list[Any]) -> None:
        b, clip = self.b, self.step._clip
        grads = [g for _, _, g in trained]
        if self.step._scale != 1:
            grads = [b.elementwise(lib.IPU_MAP_MUL, g.shape, g.dtype,
                                   [g, b.number(self.step._scale, (), g.dtype)], g.dtype)
                     for g in grads]
        if clip is not None:
            grads = clip_grads(b, grads, clip)
        for (parameter, value, _), grad in zip(trained, grads):
            order = b.order(value)
            assert self.optimiser
            self.optimiser.lower(b, parameter, value.base, grad, order)

    def _fix_constants(self) -> None:
        """What is kept has to be in memory of the pool."""
        on = self.step._runtime
        self.bound = [on.generator if b is None else
                      on.adopt(b) if isinstance(b, torch.Tensor) and not self._is_ours(b) else b
                      for b in self.bound]

    def _is_ours(self, tensor: torch.Tensor) -> bool:
        return any(tensor is s for s in [
            *self.step._states, *self.step._hidden.values(),
            *(self.optimiser.tensors() if self.optimiser else [])])

    # ---- running ----

    def run(self, args: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """All steps of a call; what each batch gave, one behind the other."""
        step = self.step
        args = [a.contiguous() for a in args]
        count = step._steps * step._accumulate
        results = [step._runtime.tensor((count, *shape), dtype) for shape, dtype, _ in self.shapes]
        step._last = self
        for number in range(step._steps):
            scalars = self.optimiser.scalars() if self.optimiser else {}
            self.execute([self._address(b, args, results, scalars, number) for b in self.bound])
        step._runtime.engine.wait()
        device = args[0].device if args else torch.device("cpu")
        return [r.to(device, dtype, copy=True) for r, (_, _, dtype) in zip(results, self.shapes)]

    def _address(self, bound: Any, args: Sequence[torch.Tensor], results: Sequence[torch.Tensor],
                 scalars: dict[Any, torch.Tensor], number: int) -> int:
        if isinstance(bound, torch.Tensor):
            return raw(bound)
        kind, index, part = bound
        at = number * self.step._accumulate + part
        if kind == "scalar":
            return raw(scalars[index])
        if kind == "input":
            one = self.micro[index]
            return raw(args[index]) + at * one.numel() * one.element_size()
        return raw(results[index][at])

    def given(self, results: list[torch.Tensor]) -> Any:
        """Losses of steps; with the outputs, if these are wanted."""
        step = self.step
        one = step._steps * step._accumulate == 1
        leaves = [r[0] if one else r.flatten(0, 1) if r.ndim > 1 else r
                  for r in results[1 if self.train else 0:]]
        out = pytree.tree_unflatten(leaves, self.spec) if step._outputs else None
        if not self.train:
            return out
        losses = results[0]
        losses = losses[0] if one else losses.view(step._steps, step._accumulate).mean(1)
        return (losses, out) if step._outputs else losses


def clip_grads(b: Builder, grads: list[Value], limit: float) -> list[Value]:
    """As torch.nn.utils.clip_grad_norm_()."""
    from ._ops_reduce import reduce
    f32 = torch.float32
    total = None
    for grad in grads:
        square = reduce(b, lib.IPU_REDUCE_SUM_SQUARES, grad, None, False, f32)
        total = square if total is None else b.elementwise(lib.IPU_MAP_ADD, (), f32,
                                                           [total, square], f32)
    assert total is not None
    norm = b.elementwise(lib.IPU_MAP_SQRT, (), f32, [total], f32)
    norm = b.elementwise(lib.IPU_MAP_ADD, (), f32, [norm, b.number(1e-6, (), f32)], f32)
    scale = b.elementwise(lib.IPU_MAP_DIV, (), f32, [b.number(limit, (), f32), norm], f32)
    scale = b.elementwise(lib.IPU_MAP_MIN, (), f32, [scale, b.number(1.0, (), f32)], f32)
    return [b.elementwise(lib.IPU_MAP_MUL, g.shape, g.dtype, [g, scale], g.dtype) for g in grads]


def compile_step(model: nn.Module, loss: Callable[..., Any], optimizer: torch.optim.Optimizer, *,
                 inputs: int = 1, steps: int = 1, accumulate: int = 1,
                 clip_grad_norm: float | None = None, outputs: bool = False,
                 on: Runtime | None = None) -> Step:
    """A step of training as one submission, on the card.

        step = compile_step(model, F.cross_entropy, torch.optim.Adam(model.parameters()))
        for x, y in loader:
            loss = step(x, y)

    The first `inputs` arguments of a call are the model's, the others the loss's, which gets
    what the model returns before them. `steps`: a call has the examples of so many steps, one
    behind the other, and returns as many losses; the host waits once. `accumulate`: gradients
    are the mean of so many batches, with as many losses' mean. `outputs`: also return what the
    model returned. The optimiser is one of PyTorch's SGD, Adam, AdamW, Adadelta and RMSprop,
    and its learning rates may change between calls.

    Parameters stay on the tiles: step.sync() brings them to the host; model.state_dict() does
    so by itself. Who changes them on the host calls step.sync(forget=True) before.
    """
    def call(run: Callable[..., Any], args: Sequence[Any]) -> tuple[Any, Any]:
        out = run(*args[:inputs])
        return loss(out, *args[inputs:]), out

    return Step(model, call, optimizer, steps=steps, accumulate=accumulate, clip=clip_grad_norm,
                outputs=outputs, on=on)


def compile_inference(model: nn.Module, *, steps: int = 1, on: Runtime | None = None) -> Step:
    """A model whose parameters stay on the tiles, called with its inputs; with `steps` of so
    many batches, one behind the other, and the host waits once."""
    return Step(model, lambda run, args: (None, run(*args)), steps=steps, outputs=True, on=on)
