# SPDX-License-Identifier: MIT
"""torch.profiler with the cards, and the traces that Perfetto opens."""

import json
import tempfile
import unittest
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn
from torch.profiler import ProfilerActivity

from eager import DEVICE, Case


def no_overlaps(events):
    """Slices of a track begin no earlier than the one before ended; in ns."""
    tracks = {}
    for event in events:
        begin = round(event["ts"] * 1000)
        tracks.setdefault((event["pid"], event["tid"]), []).append(
            (begin, begin + round(event["dur"] * 1000))
        )
    for slices in tracks.values():
        slices.sort()
        for (_, end), (begin, _) in zip(slices, slices[1:]):
            if begin < end - 2:  # microseconds are written with three digits
                return False
    return True


class Trace:
    """What a file has of the cards."""

    def __init__(self, path):
        self.all = json.loads(Path(path).read_text(encoding="utf-8"))["traceEvents"]
        self.runs = [e for e in self.all if e.get("cat") == "kernel"]
        self.graphs = [e for e in self.all if e.get("cat") == "gpu_user_annotation"]
        self.host = [e for e in self.all if e.get("cat") == "cpu_op"]

    def process(self, number):
        names = [e["args"]["name"] for e in self.all
                 if e["ph"] == "M" and e["name"] == "process_name" and e["pid"] == number]
        return names[-1]


class Profiles(Case):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = Path(folder.name) / "step.json"
        self.x = torch.randn(40, 30, device=DEVICE)
        self.w = torch.randn(30, 20, device=DEVICE, requires_grad=True)

    def step(self):
        loss = (self.x @ self.w).relu().square().sum()
        loss.backward()
        return loss

    def test_operations_have_the_cards_time(self):
        self.step().item()
        runs = {op["name"]: op["cycles"] for op in torch.ipu.ops() if op["name"] == "relu"}
        activities = [ProfilerActivity.CPU, ProfilerActivity.PrivateUse1]
        with torch.profiler.profile(activities=activities) as p:
            self.step()
        by_name = {a.key: a for a in p.key_averages()}
        cycles = {op["name"]: op["cycles"] for op in torch.ipu.ops() if op["name"] == "relu"}
        took = by_name["aten::relu"].self_device_time_total
        clock = took / (cycles["relu"] - runs["relu"])
        self.assertTrue(0.0001 < clock < 0.01, clock)  # 100 MHz to 10 GHz
        self.assertGreater(by_name["aten::mm"].self_device_time_total, took)
        self.assertEqual(by_name["mm"].count, 2)  # forward, and the gradient of the weights
        self.assertEqual(by_name["aten::empty"].self_device_time_total, 0)
        table = p.key_averages().table(sort_by="self_device_time_total", row_limit=3)
        self.assertRegex(table, r"Self XIPU time total: [0-9.]+.s")

    def test_trace(self):
        self.step()
        with torch.ipu.profile(self.path) as p:
            self.step()
            self.step()
        self.assertIn("aten::mm", p.table())
        trace = Trace(self.path)
        self.assertEqual([e["name"] for e in trace.runs].count("mm"), 4)
        self.assertTrue(no_overlaps(trace.runs))
        self.assertEqual(trace.process(0), "IPU 0")
        numbers = {e["args"]["External id"] for e in trace.host}
        for run in trace.runs:
            self.assertGreater(run["args"]["cycles"], 0)
            self.assertGreater(run["args"]["tiles"], 0)
            self.assertIn(run["args"]["External id"], numbers)
        begun = min(e["ts"] for e in trace.host)
        self.assertTrue(all(e["ts"] >= begun for e in trace.runs))

    def test_compiled_step(self):
        import torch_ipu_compile

        model = nn.Sequential(nn.Linear(12, 20), nn.ReLU(), nn.Linear(20, 5)).to(DEVICE)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        step = torch_ipu_compile.compile_step(model, F.cross_entropy, optimizer)
        x, y = torch.randn(8, 12, device=DEVICE), torch.randint(0, 5, (8,)).to(DEVICE)
        losses = [step(x, y).item()]
        with torch.ipu.profile(self.path) as p:
            losses += [step(x, y).item() for _ in range(2)]
        losses.append(step(x, y).item())
        # It goes on where it was, with another executable meanwhile.
        self.assertEqual(sorted(losses, reverse=True), losses)
        trace = Trace(self.path)
        self.assertEqual([e["name"] for e in trace.graphs], ["Sequential step"] * 2)
        self.assertTrue(any(e["name"].startswith("matmul") for e in trace.runs))
        self.assertTrue(any("optimizer" in e["name"] for e in trace.runs))
        self.assertTrue(no_overlaps(trace.runs) and no_overlaps(trace.graphs))
        for graph in trace.graphs:
            within = [e for e in trace.runs if graph["ts"] - 0.002 <= e["ts"] and
                      e["ts"] + e["dur"] <= graph["ts"] + graph["dur"] + 0.002]
            cycles = sum(e["args"]["cycles"] for e in within)
            self.assertTrue(graph["args"]["cycles"] / 2 < cycles <= graph["args"]["cycles"])
        spent = {a.key: a for a in p.key_averages()}["Sequential step"]
        self.assertGreater(spent.device_time_total, 0)

    def test_cpu_only_is_not_slower(self):
        with torch.profiler.profile(activities=[ProfilerActivity.CPU]) as p:
            self.step()
        self.assertNotIn("mm", {a.key for a in p.key_averages()})

    def test_failure_is_raised(self):
        table = torch.ones(4, 2, device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, "index"):
            with torch.ipu.profile(self.path):
                table.index_select(0, torch.tensor([9], device=DEVICE))
        with torch.ipu.profile(self.path):
            self.step()
        self.assertTrue(Trace(self.path).runs)


if __name__ == "__main__":
    unittest.main()
