# SPDX-License-Identifier: MIT
"""The eager device where programs do odd things, end in the middle, or go on for long.

IPU_TEST_STEPS is how many steps the test of leaks takes (400).
"""

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
import unittest

import torch
import torch.nn.functional as F

from eager import DEVICE, Case

TRAIN = """
import sys, torch
torch.manual_seed(1)
model = torch.nn.Linear(8, 3).to("ipu")
step = torch.optim.SGD(model.parameters(), 0.1)
x, y = torch.randn(16, 8).to("ipu"), torch.randint(0, 3, (16,)).to("ipu")
print("begun", flush=True)
for i in range(int(sys.argv[1])):
    step.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x), y)
    loss.backward()
    step.step()
print(loss.item())
"""


def start(program, *args):
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, args)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def resident():
    """Bytes of this process in memory."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


class Processes(unittest.TestCase):
    def test_two_at_once_and_one_that_is_killed(self):
        several = [start(TRAIN, 20), start(TRAIN, 20), start(TRAIN, 10**9)]
        self.assertEqual(several[2].stdout.readline(), "begun\n")
        time.sleep(0.3)
        several[2].send_signal(signal.SIGKILL)
        outputs = [p.communicate(timeout=600)[0].split() for p in several[:2]]
        self.assertEqual(several[2].wait(), -signal.SIGKILL)
        several[2].communicate()
        self.assertEqual(outputs[0], outputs[1])
        self.assertEqual(start(TRAIN, 20).communicate(timeout=600)[0].split(), outputs[0])

    def test_a_fork_has_no_device_and_says_so(self):
        """What a child of fork() does with a tensor is an error, and no hang."""
        program = """
import os, torch
x = torch.ones(3, device="ipu") + 1
x.cpu()
child = os.fork()
if not child:
    try:
        print((x + 1).cpu().tolist(), flush=True)
    except RuntimeError as error:
        print("error", error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
print((x + 1).cpu().tolist())
"""
        out, err = start(program).communicate(timeout=600)
        lines = out.splitlines()
        self.assertEqual(lines[-1], "[3.0, 3.0, 3.0]", out + err)
        self.assertTrue(lines[0].startswith("error") or lines[0] == lines[-1], out + err)

    def test_standard_streams_that_are_closed(self):
        program = """
import os
for fd in (0, 1, 2):
    os.close(fd)
import torch
ok = (torch.ones(3, device="ipu") + 1).sum().item() == 6
os._exit(0 if ok else 1)
"""
        self.assertEqual(start(program).wait(timeout=600), 0)


class Faults(Case):
    def test_in_a_step(self):
        """It is told with the operation, and the next step is as if nothing had been."""
        model = torch.nn.Sequential(torch.nn.Embedding(5, 4), torch.nn.Linear(4, 3)).to(DEVICE)
        step = torch.optim.SGD(model.parameters(), 0.1)
        losses = []
        for labels in ([0, 2], [0, 9], [0, 2]):
            step.zero_grad()
            x, y = torch.tensor([1, 3], device=DEVICE), torch.tensor(labels, device=DEVICE)
            before = model[1].weight.detach().cpu()
            loss = F.cross_entropy(model(x), y)
            if 9 in labels:
                with self.assertRaisesRegex(RuntimeError, "nll_loss"):
                    loss.item()
                self.assertSame(model[1].weight, before, 0)
                continue
            loss.backward()
            step.step()
            losses.append(loss.item())
        self.assertLess(losses[1], losses[0])

    def test_an_exception_in_backward(self):
        class Bad(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, grad):
                raise ValueError("mine")

        x = torch.ones(4, device=DEVICE, requires_grad=True)
        with self.assertRaisesRegex(ValueError, "mine"):
            Bad.apply(x).sum().backward()
        (x * 3).sum().backward()
        self.assertEqual(x.grad.tolist(), [3.0] * 4)

    def test_more_than_there_is(self):
        with self.assertRaisesRegex(RuntimeError, "memory|storage|bytes"):
            torch.empty(1 << 50, device=DEVICE)
        self.assertEqual((torch.ones(2, device=DEVICE) + 1).tolist(), [2.0, 2.0])


class Odd(Case):
    def test_views_of_views(self):
        def f(a):
            a = a.clone()
            b = a.t()[1:, ::2]
            b[:, 1].mul_(3)
            b.add_(b.clone().flip(0))
            c = b.unsqueeze(0).expand(2, *b.shape)
            return c.sum(0) + a.view(-1)[3]

        self.check(f, torch.randn(6, 5))

    def test_gradients_through_views_that_are_changed(self):
        def f(a):
            b = a * 1
            b[:, ::2] *= 2
            b[1].copy_(b[0])
            return b.diagonal()

        self.check(f, torch.randn(4, 5, requires_grad=True))

    def test_what_is_no_number(self):
        a = torch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45, 3e38])
        for f in (torch.abs, torch.neg, torch.sqrt, torch.relu, torch.isnan, torch.isinf, torch.sum):
            self.check(f, a)
        for f in (torch.maximum, torch.minimum, torch.add, torch.mul, torch.eq, torch.lt):
            self.check(f, a, a.flip(0))
        for f in (torch.max, torch.min, torch.argmax, lambda a: a.sort().values):
            self.check(f, a)
        self.check(lambda a: a.softmax(0), a[2:])
        self.check(lambda a: a.clamp(-1, 1), a)

    def test_whole_numbers_overflow(self):
        a = torch.tensor([2**31 - 1, -(2**31), 7], dtype=torch.int32)
        self.check(lambda a: a + 1, a)
        self.check(lambda a: a * 3 - 5, a)
        self.check(lambda a: -a, a)
        self.check(lambda a: a + 100, torch.tensor([127, -128], dtype=torch.int8))
        self.check(lambda a: a - 1, torch.tensor([0, 255], dtype=torch.uint8))

    def test_a_batch_of_none(self):
        model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.LayerNorm(3))
        there = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.LayerNorm(3))
        there.to(DEVICE)
        for m, device in ((model, "cpu"), (there, DEVICE)):
            out = m(torch.empty(0, 4, device=device))
            self.assertEqual(out.shape, (0, 3))
            out.sum().backward()
            self.assertEqual(m[0].weight.grad.abs().sum().item(), 0)

    def test_larger_than_the_tiles(self):
        """52 million bytes, where 64 tiles have 40: on the CPU, and counted."""
        torch.ipu.set_strict(False)
        a = torch.randn(13_000_000)
        self.check(lambda a: a * 2 + 1, a)
        self.check(lambda a: a.sum(), a, tolerance=1e-3)

    def test_threads(self):
        errors = []

        def work(seed):
            try:
                a = torch.full((50, 3), float(seed), device=DEVICE)
                for i in range(30):
                    a = a * 1.0 + 1
                    b = a[:, ::2].contiguous()
                assert a[0, 0].item() == seed + 30 and b[7, 1].item() == seed + 30
            except Exception as error:  # pylint: disable=broad-except
                errors.append(error)

        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(errors, [])

    def test_tensors_that_go_while_they_are_used(self):
        total = torch.zeros(64, device=DEVICE)
        for i in range(200):
            a = torch.full((64,), float(i), device=DEVICE)
            total += a * 2
            del a
        self.assertEqual(total[5].item(), 2 * sum(range(200)))


class Leaks(unittest.TestCase):
    def test_steps(self):
        steps = int(os.environ.get("IPU_TEST_STEPS", "400"))
        model = torch.nn.Linear(8, 4).to(DEVICE)
        step = torch.optim.Adam(model.parameters(), 1e-3)
        x = torch.randn(16, 8).to(DEVICE)
        held = {}
        for i in range(steps):
            step.zero_grad()
            F.relu(model(x)).square().mean().backward()
            step.step()
            if i in (steps // 10, steps - 1):
                torch.ipu.synchronize()
                gc.collect()
                held[i] = resident(), torch.ipu.memory_allocated()
        (first, allocated), (last, at_end) = held.values()
        print(f"# {steps} steps: {first >> 20} and then {last >> 20} MiB, {at_end} bytes of the pool")
        self.assertEqual(at_end, allocated)
        self.assertLess(last - first, 24 << 20)


if __name__ == "__main__":
    unittest.main()
