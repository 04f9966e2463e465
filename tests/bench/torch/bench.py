#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The speed of PyTorch on the tiles, beside the same on PyTorch's CPU device.

usage: bench.py [--json FILE] [--rounds N] [--only PART] [--check]

Run where PyTorch is (`scripts/in-torch`), on the card that IPU_DEVICE names. Prints a table, and
adds the figures to FILE, build/bench.json. --check measures nothing: each network is trained for
some steps each way, and losses are compared, as TAP.
"""

import argparse
import contextlib
import io
import math
import os
import statistics
import sys
import tempfile
import time
import unittest
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("USER", "nobody")  # which PyTorch's compiler asks for
import torch  # noqa: E402
import torch.nn.functional as F  # noqa: E402
from torchvision import datasets, transforms  # noqa: E402

TOP = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(TOP / folder) for folder in ("build/host/python", "examples/torch", "tests")]

import fashion  # noqa: E402
import tap  # noqa: E402
import torch_ipu_compile  # noqa: E402
from add import small_add  # noqa: E402
from models import MODELS, Compiled, Step  # noqa: E402
from report import CPU, Report  # noqa: E402

IMAGES, BATCH, BATCHES = 60000, 64, 6  # of an epoch; and as many batches are timed
EPOCH = math.ceil(IMAGES / BATCH)


# ---- Networks --------------------------------------------------------------------------------------


def step_ms(step, least=0.3):
    """Milliseconds of a step, of three or as many as take so many seconds; after two others."""
    for _ in range(2):
        step()
    step.finish()
    began, count = time.perf_counter(), 0
    while count < 3 or time.perf_counter() - began < least:
        step()
        count += 1
        if count % 4 == 0 or step.device == "cpu":
            step.finish()  # or this would time how fast steps are submitted
    step.finish()
    return (time.perf_counter() - began) / count * 1e3


def cycles_of(step):
    """Card cycles of an eager step."""
    def total():
        step.finish()
        return sum(op["cycles"] for op in torch.ipu.ops())

    before = total()
    step()
    return total() - before


def networks(report, names):
    """A step of each network: on the CPU, eagerly and compiled."""
    gains = []
    for name in names:
        cpu, eager, compiled = Step(name), Step(name, "ipu"), Compiled(name)
        times = [step_ms(step) for step in (cpu, eager, compiled)]
        report.add(f"torch_{name}_step_eager_vs_cpu", "ms", times[1], CPU, times[0] / times[1])
        report.add(f"torch_{name}_step_vs_cpu", "ms", times[2], CPU, times[0] / times[2])
        report.add(f"compiled_vs_eager_{name}", "ms", times[2], "eager", times[1] / times[2])
        gains.append(times[1] / times[2])
        report.add(f"torch_compile_seconds_{name}", "s", compiled.seconds)
        report.add(f"torch_step_cycles_eager_{name}", "cycles", cycles_of(eager))
        info = compiled.step.info
        report.add(f"torch_step_cycles_compiled_{name}", "cycles", info.cycles / info.runs)
    if len(names) == len(MODELS):
        mean = statistics.geometric_mean(gains)
        report.add("compiled_vs_eager", "x", mean, "eager", mean)


# ---- An epoch of Fashion-MNIST ---------------------------------------------------------------------


class Training:
    """Debian's train-mnist.py, of which some batches are trained, and timed."""

    def __init__(self, folder):
        fashion.unpack_data(folder)
        text = (TOP / "build/train-mnist.py").read_text(encoding="utf-8")
        self.script = {"__name__": "train"}
        exec(compile(text, "train-mnist.py", "exec"), self.script)  # pylint: disable=exec-used
        data = datasets.FashionMNIST(str(folder / "data"), transform=transforms.Compose(
            [transforms.ToTensor(), transforms.Normalize((0.1307,), (0.3081,))]))
        self.loader = torch.utils.data.DataLoader(data, batch_size=BATCH)

    def begin(self, device):
        torch.manual_seed(1)
        network = self.script["Net"]().to(device)
        return network, torch.optim.Adadelta(network.parameters(), lr=1.0)

    def plain(self, device):
        """By the script's own loop."""
        network, optimiser = self.begin(device)
        args = SimpleNamespace(log_interval=EPOCH, dry_run=False)

        def train(batches):
            loader = fashion.Progress(self.loader, False, batches)
            with contextlib.redirect_stdout(io.StringIO()):
                self.script["train"](args, network, device, loader, optimiser, 1)
            if device != "cpu":
                torch.ipu.synchronize()

        return train

    def compiled(self):
        network, optimiser = self.begin("cpu")
        step = torch_ipu_compile.compile_step(network, F.nll_loss, optimiser)

        def train(batches):
            for images, labels in fashion.Progress(self.loader, False, batches):
                step(images, labels)

        return train


def epochs(report, rounds):
    """Some batches of an epoch; its time is that of all batches at the same speed."""
    with tempfile.TemporaryDirectory() as folder:
        training = Training(Path(folder))
        ways = [training.plain("cpu"), training.plain("ipu"), training.compiled()]
        for _ in range(rounds):
            times = []
            for train in ways:
                train(1)
                began = time.perf_counter()
                train(BATCHES)
                times.append((time.perf_counter() - began) / BATCHES * EPOCH)
            for name, ours in (("", times[1]), ("_compiled", times[2])):
                report.add(f"torch_mnist_epoch{name}_vs_cpu", "s", ours, CPU, times[0] / ours)


# ---- Checks ------------------------------------------------------------------------------------------


class Losses(unittest.TestCase):
    """Three steps of each network have the same losses each way, and nothing runs on the CPU."""

    def check(self, name):
        def losses(step):
            return [step().item() for _ in range(3)]

        torch.backends.mkldnn.set_flags(False)  # wrong gradients on some processors
        torch.ipu.set_strict(True)
        wanted = losses(Step(name, dropout=False))
        for step in (Step(name, "ipu", dropout=False), Compiled(name, dropout=False)):
            got = losses(step)
            for a, b in zip(got, wanted):
                self.assertAlmostEqual(a, b, delta=1e-3 * max(1, abs(b)), msg=f"{got}, {wanted}")


for key in MODELS:
    setattr(Losses, f"test_{key}", lambda self, key=key: self.check(key))


def main():
    parser = argparse.ArgumentParser(description="the speed of PyTorch on the tiles")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add the figures to it")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="(default: 3)")
    parser.add_argument("--only", choices=["epoch", "add", *MODELS], help="measure this alone")
    parser.add_argument("--check", action="store_true", help="compare losses, as TAP")
    args = parser.parse_args()
    if args.check:
        sys.exit(tap.run(unittest.defaultTestLoader.loadTestsFromTestCase(Losses)))
    torch.set_num_threads(2)
    report = Report()
    torch_ipu_compile.compile_inference(torch.nn.Linear(1, 1)).compile(torch.ones(1, 1))
    if args.only in (None, "epoch"):
        epochs(report, args.rounds)
    for _ in range(args.rounds):
        if args.only in (None, "add"):
            small_add(report, "torch_add_small_us", 1000)
        networks(report, [name for name in MODELS if args.only in (None, name)])
    report.finish(args.json)


if __name__ == "__main__":
    main()
