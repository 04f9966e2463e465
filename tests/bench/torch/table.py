#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a training step of each network takes: the table in Documentation/pytorch-models.inc.

usage: table.py [FILE]

Run where PyTorch is (`scripts/in-torch`), on the card that IPU_DEVICE names; writes to FILE, or
prints. Each network's step is made eagerly, and compiled. Of each it says

 - operations: of PyTorch that ran on the tiles, which are a submission each; of a compiled step,
   those of its graph
 - fallbacks: operations that ran on the CPU
 - supersteps and cycles of the card, and the shares of them in which the slowest tile computed, tiles
   synced, and exchanged
 - the host's milliseconds: processor time of PyTorch's threads, with the copies that it makes; what
   emulates the tiles is not part of it
 - the step's milliseconds, and the host's share of it
"""

import multiprocessing
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("USER", "nobody")  # which PyTorch's compiler asks for
import torch  # noqa: E402

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / "build/host/python")]

import torch_ipu_compile  # noqa: E402
from ipu_graph import check, ffi, lib  # noqa: E402
from models import MODELS, Compiled, Step  # noqa: E402

STEPS = 5
COLUMNS = ["network", "step", "ops", "fallbacks", "supersteps", "cycles", "compute", "sync",
           "exchange", "host ms", "step ms", "host"]


def host_seconds():
    """Processor time of this thread, and of that in which PyTorch computes gradients."""
    total = time.thread_time()
    for task in Path("/proc/self/task").iterdir():
        if (task / "comm").read_text().startswith("pt_autograd"):
            total += int((task / "schedstat").read_text().split()[0]) / 1e9
    return total


def profiled(engine, step):
    """Sums of the card's profile over a step."""
    totals = ffi.new("struct ipu_profile_totals *",
                     {"size": ffi.sizeof("struct ipu_profile_totals")})
    context = lib.ipu_engine_context(engine.pointer)
    check(lib.ipu_profile_start(context, ffi.NULL))
    step()
    engine.wait()
    check(lib.ipu_profile_get_totals(context, totals))
    check(lib.ipu_profile_stop(context))
    return totals


def row(name, kind, step, ops):
    """Its cells."""
    engine = torch_ipu_compile.runtime().engine
    torch.ipu.reset_fallbacks()
    for _ in range(2):
        step()
    step.finish()
    host, began = host_seconds(), time.perf_counter()
    for _ in range(STEPS):
        step()
    step.finish()
    seconds, host = time.perf_counter() - began, host_seconds() - host
    totals = profiled(engine, step)
    parts = totals.compute_cycles, totals.sync_cycles, totals.exchange_cycles
    fallbacks = sum(torch.ipu.fallbacks().values()) // (STEPS + 3)  # which were all steps
    return [MODELS[name][0], kind, ops, fallbacks, totals.supersteps, sum(parts),
            *(f"{100 * part / sum(parts):.0f} %" for part in parts),
            f"{host / STEPS * 1e3:.1f}", f"{seconds / STEPS * 1e3:.0f}",
            f"{100 * host / seconds:.0f} %"]


def runs_of(step):
    """Operations that a step submits."""
    def runs():
        return sum(op["runs"] for op in torch.ipu.ops())

    step()
    step.finish()
    before = runs()
    step()
    step.finish()
    return runs() - before


def measure(name, kind):
    torch.set_num_threads(1)
    if kind == "eager":
        step = Step(name, "ipu")
        return row(name, kind, step, runs_of(step))
    step = Compiled(name)
    return row(name, kind, step, torch_ipu_compile.compiled[-1]["operations"])


def rows():
    """Each in a process of its own: nothing that others have made is on the tiles."""
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        return pool.starmap(measure, [(name, kind) for name in MODELS
                                      for kind in ("eager", "compiled")], 1)


def text(lines):
    """A table of reStructuredText."""
    cells = [COLUMNS, *([f"{c:,}" if isinstance(c, int) else c for c in line] for line in lines)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(COLUMNS))]
    rule = "  ".join("=" * width for width in widths)
    parts = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip()
             for line in cells]
    return "\n".join([".. SPDX-License-Identifier: MIT", "", rule, parts[0], rule, *parts[1:], rule,
                      ""])


def main():
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(text(rows()), encoding="utf-8")
    else:
        print(text(rows()), end="")


if __name__ == "__main__":
    main()
