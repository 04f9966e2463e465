# SPDX-License-Identifier: MIT
"""Several cards: IPU_DEVICES has two, of different sizes."""

import copy
import threading
import unittest

import torch
import torch.nn.functional as F
from torch import nn

from eager import Case


@unittest.skipIf(torch.ipu.device_count() < 2, "there is one card")
class Cards(Case):
    def setUp(self):
        super().setUp()
        torch.ipu.set_device(0)
        self.addCleanup(torch.ipu.set_device, 0)

    def test_there_are_two(self):
        self.assertEqual(torch.ipu.device_count(), 2)
        self.assertEqual(torch.accelerator.device_count(), 2)
        self.assertNotEqual(torch.ipu.tiles(0), torch.ipu.tiles(1))
        self.assertIn(str(torch.ipu.tiles(1)), torch.ipu.get_device_name("ipu:1"))
        for no in ("ipu:2", "xipu:7"):
            with self.assertRaisesRegex(RuntimeError, "numbered from 0 on, and there are 2"):
                torch.ones(2, device=no)
        with self.assertRaisesRegex(RuntimeError, "there are 2"):
            torch.ipu.set_device(2)

    def test_tensors(self):
        a = torch.arange(6.0).to("ipu:1")
        self.assertEqual(str(a.device), "xipu:1")
        self.assertEqual((a * 2 + 1).device, a.device)
        self.assertEqual((a * 2 + 1).tolist(), [1, 3, 5, 7, 9, 11])
        self.assertEqual(torch.zeros(2, device="ipu").device.index, 0)
        self.assertEqual(nn.Linear(2, 2).to("ipu:1").weight.device, a.device)
        self.assertEqual(torch.empty_like(a).device, a.device)
        self.assertEqual(a.sum().item(), 15)
        self.assertEqual(a.new_zeros(2).device, a.device)

    def test_copies_between(self):
        a = torch.randn(30, 40, device="ipu:0")
        b = (a + 1).to("ipu:1")
        self.assertEqual(b.device.index, 1)
        self.assertSame((b - 1).to("ipu:0").cpu(), (a + 1).cpu() - 1, 1e-6)
        c = torch.zeros(40, 30, device="ipu:1")
        c.copy_(a.t())
        self.assertSame(c.cpu(), a.cpu().t(), 0)
        self.assertSame(a.t().to("ipu:1").cpu(), a.cpu().t(), 0)
        self.assertEqual(torch.ipu.fallbacks(), {})

    def test_current(self):
        self.assertEqual(torch.ipu.current_device(), 0)
        with torch.ipu.device(1):
            self.assertEqual(torch.ipu.current_device(), 1)
            self.assertEqual(torch.ones(2, device="ipu").device.index, 1)
            with torch.ipu.device("ipu:0"):
                self.assertEqual(torch.ones(2, device="xipu").device.index, 0)
            self.assertEqual(torch.ipu.current_device(), 1)
        self.assertEqual(torch.ipu.current_device(), 0)
        torch.ipu.set_device("ipu:1")
        self.assertEqual(torch.accelerator.current_device_index(), 1)
        self.assertEqual(torch.ones(2).to("ipu").device.index, 1)
        seen = []
        thread = threading.Thread(target=lambda: seen.append(torch.ipu.current_device()))
        thread.start()
        thread.join()
        self.assertEqual(seen, [0])
        torch.accelerator.set_device_index(0)
        self.assertEqual(torch.ipu.current_device(), 0)

    def test_memory(self):
        torch.ones(1, device="ipu:1")
        before = torch.ipu.memory_allocated(0), torch.ipu.memory_allocated(1)
        a = torch.empty(1 << 20, device="ipu:1")
        self.assertEqual(torch.ipu.memory_allocated(0), before[0])
        self.assertGreaterEqual(torch.ipu.memory_allocated("ipu:1"), before[1] + (4 << 20))
        self.assertIn(f"{torch.ipu.tiles(1)} tiles", torch.ipu.memory_summary(1))
        del a
        self.assertEqual(torch.ipu.memory_allocated(1), before[1])

    def test_mixing(self):
        a, b = torch.ones(3, 3, device="ipu:0"), torch.ones(3, 3, device="ipu:1")
        for function in (torch.add, torch.mm, torch.maximum, lambda a, b: torch.cat([a, b]),
                         F.mse_loss, F.linear, torch.linalg.cross):
            torch.ipu.set_strict(False)
            with self.assertRaisesRegex(RuntimeError, "same device.*xipu:0 and xipu:1|at least two devices"):
                function(a, b)
        with self.assertRaisesRegex(RuntimeError, "same device.*cpu"):
            torch.mm(a, torch.ones(3, 3))
        with self.assertRaisesRegex(RuntimeError, "same device.*cpu"):
            a + torch.ones(3, 3)
        self.assertEqual((a + torch.tensor(2.0)).sum().item(), 27)

    def test_generators(self):
        torch.manual_seed(7)
        a = torch.rand(50, device="ipu:0").tolist()
        self.assertEqual(torch.rand(50, device="ipu:1").tolist(), a)
        torch.ipu.manual_seed(8)
        self.assertNotEqual(torch.rand(50, device="ipu:0").tolist(), a)
        g = torch.Generator(device="xipu:1").manual_seed(7)
        self.assertEqual(g.device.index, 1)
        self.assertEqual(torch.rand(50, device="ipu:1", generator=g).tolist(), a)
        state = torch.ipu.get_rng_state(1)
        b = torch.rand(5, device="ipu:1").tolist()
        torch.rand(5, device="ipu:0")
        torch.ipu.set_rng_state(state, 1)
        self.assertEqual(torch.rand(5, device="ipu:1").tolist(), b)
        with torch.random.fork_rng(devices=[0, 1], device_type="xipu"):
            torch.rand(5, device="ipu:1")
        torch.ipu.set_rng_state(state, 1)
        self.assertEqual(torch.rand(5, device="ipu:1").tolist(), b)

    def test_failure_is_that_cards(self):
        table = torch.ones(4, 2, device="ipu:1")
        table.index_select(0, torch.tensor([9], device="ipu:1"))
        self.assertEqual((torch.ones(3, device="ipu:0") + 1).sum().item(), 6)
        with self.assertRaisesRegex(RuntimeError, "index"):
            torch.ipu.synchronize(1)
        self.assertEqual((table + 1).sum().item(), 16)

    def test_data_parallel(self):
        """Gradients of two halves, averaged over two cards, are those of the whole."""
        model = nn.Sequential(nn.Linear(10, 16), nn.Tanh(), nn.Linear(16, 4))
        x, y = torch.randn(32, 10), torch.randint(0, 4, (32,))
        replicas = [copy.deepcopy(model).to(f"ipu:{i}") for i in range(2)]
        steps = [torch.optim.SGD(m.parameters(), 0.2) for m in (model, *replicas)]
        losses = []
        for _ in range(6):
            loss = F.cross_entropy(model(x), y)
            for step in steps:
                step.zero_grad()
            loss.backward()
            halves = []
            for i, replica in enumerate(replicas):
                half = slice(16 * i, 16 * i + 16)
                out = replica(x[half].to(f"ipu:{i}"))
                halves.append(F.cross_entropy(out, y[half].to(f"ipu:{i}")))
                halves[-1].backward()
            for p, q in zip(*(r.parameters() for r in replicas)):
                mean = (p.grad + q.grad.to(p.device)) / 2
                p.grad.copy_(mean)
                q.grad.copy_(mean)
            for step in steps:
                step.step()
            mean = sum(h.item() for h in halves) / 2
            self.assertAlmostEqual(mean, loss.item(), delta=1e-4)
            losses.append(mean)
        self.assertLess(losses[-1], losses[0])
        for a, b, c in zip(model.parameters(), *(r.parameters() for r in replicas)):
            self.assertSame(b, a, 1e-4)
            self.assertSame(c.cpu(), b.cpu(), 0)

    def test_loader_on_each(self):
        data = torch.utils.data.TensorDataset(torch.arange(8.0))
        for i in range(2):
            loader = torch.utils.data.DataLoader(data, 4, pin_memory=True,
                                                 pin_memory_device=f"xipu:{i}")
            seen = [v for (x,) in loader for v in x.to(f"ipu:{i}", non_blocking=True).tolist()]
            self.assertEqual(seen, list(range(8)))

    def test_saved_on_the_other(self):
        import io

        file = io.BytesIO()
        torch.save(torch.arange(4.0, device="ipu:1"), file)
        file.seek(0)
        self.assertEqual(str(torch.load(file).device), "xipu:1")
        file.seek(0)
        there = torch.load(file, map_location="xipu:0")
        self.assertEqual((str(there.device), there.tolist()), ("xipu:0", [0, 1, 2, 3]))


if __name__ == "__main__":
    unittest.main()
