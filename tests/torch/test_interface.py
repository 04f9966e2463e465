# SPDX-License-Identifier: MIT
"""What programs do with a device besides computing on it."""

import copy
import io
import os
import subprocess
import sys
import time
import unittest

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.checkpoint import checkpoint

from eager import DEVICE, Case


class Interface(Case):
    def test_save_and_load(self):
        t = torch.arange(6.0, device=DEVICE)
        where = torch.tensor(0.0, device=DEVICE).device
        for location, device in ((None, where), ("cpu", torch.device("cpu")), ("xipu", where),
                                 ("xipu:0", where), (lambda s, at: s, torch.device("cpu")),
                                 ({"xipu:0": "cpu"}, torch.device("cpu"))):
            file = io.BytesIO()
            torch.save({"t": t, "view": t[2:4]}, file)
            file.seek(0)
            loaded = torch.load(file, map_location=location)
            self.assertEqual(loaded["t"].device, device)
            self.assertEqual(loaded["view"].tolist(), [2, 3])
            loaded["t"][2] = 9
            self.assertEqual(loaded["view"].tolist(), [9, 3])  # of one storage, as before
        file = io.BytesIO()
        torch.save(torch.ones(3), file)
        file.seek(0)
        self.assertEqual(torch.load(file, map_location="xipu").device, where)

    def test_checkpoints_draw_the_same_numbers_again(self):
        for reentrant in (False, True):
            x = torch.ones(1000, device=DEVICE, requires_grad=True)
            y = checkpoint(lambda x: F.dropout(x, 0.5) * x, x, use_reentrant=reentrant)
            y.sum().backward()
            self.assertTrue(torch.equal(x.grad.cpu() != 0, y.cpu() != 0))

    def test_inference_of_a_transformer_with_padding(self):
        layer = nn.TransformerEncoderLayer(8, 2, 16, dropout=0, batch_first=True)
        model = nn.TransformerEncoder(layer, 2).eval()
        x, padding = torch.randn(2, 5, 8), torch.tensor([[0, 0, 0, 1, 1], [0] * 5]).bool()
        with torch.no_grad():
            wanted = model(x, src_key_padding_mask=padding)
            got = model.to(DEVICE)(x.to(DEVICE), src_key_padding_mask=padding.to(DEVICE))
        self.assertSame(got, wanted)

    def test_copies(self):
        model = nn.BatchNorm1d(4).to(DEVICE)
        other = copy.deepcopy(model)
        other.weight.data.fill_(3)
        self.assertEqual(model.weight.tolist(), [1] * 4)
        self.assertEqual(other.running_mean.device, model.running_mean.device)
        t = torch.ones(3, device=DEVICE, requires_grad=True)
        self.assertTrue(copy.deepcopy(t).requires_grad)
        self.assertEqual(copy.copy(t).data_ptr(), t.data_ptr())

    def test_dlpack(self):
        """The memory is the host's, too: in both directions nothing is copied that lies there."""
        t = torch.arange(12.0, device=DEVICE).view(3, 4) * 2
        array = np.from_dlpack(t)
        self.assertEqual(array.tolist(), t.tolist())
        self.assertEqual(array.__array_interface__["data"][0], t.data_ptr())
        self.assertEqual(np.from_dlpack(t.t()).strides, (4, 16))
        there = torch.from_dlpack(t)
        self.assertEqual((there.device.type, there.data_ptr()), ("cpu", t.data_ptr()))
        there[0, 0] = 5
        self.assertEqual((t + 1)[0, 0].item(), 6)
        del t
        self.assertEqual(there[0].tolist(), [5, 2, 4, 6])  # it keeps the memory
        with self.assertRaisesRegex(RuntimeError, "gradient"):
            np.from_dlpack(torch.ones(2, device=DEVICE, requires_grad=True))
        with self.assertRaisesRegex(RuntimeError, "not on an IPU"):
            torch.ipu.as_cpu(torch.ones(2))
        back = torch.from_dlpack(np.arange(4.0, dtype=np.float32)).to(DEVICE)
        self.assertEqual((back + 1).tolist(), [1, 2, 3, 4])
        capsule = torch.utils.dlpack.to_dlpack(back)
        again = torch.utils.dlpack.from_dlpack(capsule)
        self.assertEqual((again.device, again.data_ptr()), (back.device, back.data_ptr()))

    def test_loader_with_workers(self):
        data = torch.utils.data.TensorDataset(torch.randn(24, 3), torch.arange(24))
        (torch.ones(3, device=DEVICE) + 1).sum().item()
        loader = torch.utils.data.DataLoader(data, 6, num_workers=2, pin_memory=True,
                                             pin_memory_device="xipu")
        seen = []
        for x, y in loader:
            self.assertTrue(x.is_pinned("xipu"))
            seen += (y.to(DEVICE, non_blocking=True) + 0).tolist()
        self.assertEqual(seen, list(range(24)))

    def test_child_of_fork(self):
        torch.ones(3, device=DEVICE).sum().item()
        self.assertFalse(torch.ipu._is_in_bad_fork())
        child = os.fork()
        if not child:
            try:
                bad = torch.ipu._is_in_bad_fork()
                torch.manual_seed(1)
                try:
                    torch.ones(3, device=DEVICE)
                    os._exit(1)
                except RuntimeError as error:
                    os._exit(0 if bad and "fork" in str(error) else 2)
            except BaseException:
                os._exit(3)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        self.assertEqual(torch.ones(3, device=DEVICE).sum().item(), 3)

    def test_accelerator(self):
        self.assertTrue(torch.accelerator.is_available())
        self.assertEqual(torch.accelerator.current_accelerator().type, "xipu")
        self.assertEqual(torch.accelerator.current_device_index(), 0)
        torch.accelerator.synchronize()
        stream = torch.accelerator.current_stream()
        stream.synchronize()
        self.assertEqual(stream.device.type, "xipu")

    def test_jobs_go_by_a_user_queue(self):
        torch.ones(3, device=DEVICE).sum().item()
        before = torch.ipu.submission()
        self.assertTrue(before["user_queue"])
        self.assertEqual(before["why_not"], "")
        torch.ones(3, device=DEVICE).sum().item()
        self.assertGreater(torch.ipu.submission(0)["jobs"], before["jobs"])

    def test_jobs_go_by_the_driver(self):
        """By the environment, or by a call before the device is opened, which counts for more.
        Each way is that of a child of one process, which has not opened a device."""
        program = """
import os, torch
for value, call, queue in (("0", None, False), ("1", None, True), ("", None, True),
                           ("1", False, False), ("0", True, True)):
    if not os.fork():
        os.environ["IPU_TORCH_USER_QUEUE"] = value
        if call is not None:
            torch.ipu.set_user_queue(call)
        right = (torch.ones(3, device="ipu") + 1).sum().item() == 6
        how = torch.ipu.submission()
        os._exit(not right or how["user_queue"] != queue or (how["jobs"] > 0) != queue)
    print(value, call, os.wait()[1])
"""
        run = subprocess.run([sys.executable, "-W", "ignore", "-c", program], text=True,
                             capture_output=True, check=True)
        self.assertEqual(run.stdout, "0 None 0\n1 None 0\n None 0\n1 False 0\n0 True 0\n")

    def test_events(self):
        for event in (torch.ipu.Event, lambda **how: torch.Event(device="xipu", **how)):
            begin, end = event(enable_timing=True), event(enable_timing=True)
            begin.record()
            time.sleep(0.02)
            (torch.randn(50, 50, device=DEVICE) @ torch.randn(50, 50, device=DEVICE)).relu()
            end.record()
            end.synchronize()
            self.assertTrue(end.query())
            self.assertTrue(20 <= begin.elapsed_time(end) < 60000)
        with self.assertRaises((RuntimeError, ValueError)):
            torch.ipu.Event().elapsed_time(torch.ipu.Event())

    def test_memory(self):
        before = torch.ipu.memory_allocated()
        kept = torch.ones(1 << 18, device=DEVICE)
        self.assertGreaterEqual(torch.ipu.memory_allocated(), before + (1 << 20))
        self.assertGreaterEqual(torch.ipu.max_memory_allocated(), torch.ipu.memory_allocated())
        self.assertGreaterEqual(torch.ipu.memory_reserved(), torch.ipu.memory_allocated())
        self.assertRegex(torch.ipu.memory_summary(), r"xipu:0, an IPU of \d+ tiles(.|\n)*tensors +[\d.]+ MiB")
        self.assertEqual(torch.ipu.memory_stats()["allocated_bytes.all.current"],
                         torch.ipu.memory_allocated())
        del kept

    def test_strict_names_operation_and_shapes(self):
        a = torch.empty(3, 4, dtype=torch.float64, device=DEVICE)
        with self.assertRaisesRegex(RuntimeError, r"aten::mul.*Double\[3, 4\].*set_strict"):
            a * a
        with self.assertRaisesRegex(RuntimeError, r"aten::\S*qr\S*\(Float\[3, 3\]"):
            torch.linalg.qr(torch.ones(3, 3, device=DEVICE))

    def test_numbers_do_not_depend_on_the_tiles(self):
        """A program, on other numbers of tiles."""
        program = (
            "import torch; torch.manual_seed(11); d = 'ipu';"
            "t = [torch.rand(999, device=d), torch.randn(5000, device=d),"
            " torch.nn.functional.dropout(torch.ones(777, device=d), 0.3),"
            " torch.bernoulli(torch.full((500,), 0.4, device=d))];"
            "import hashlib; print(hashlib.sha256(b''.join(x.cpu().numpy().tobytes() for x in t))"
            ".hexdigest())"
        )
        digests = set()
        for tiles in (1, 7, 64):
            env = {k: v for k, v in os.environ.items() if k != "IPU_DEVICES"}
            env["IPU_DEVICE"] = f"sim:tiles={tiles}"
            run = subprocess.run([sys.executable, "-c", program], env=env, text=True,
                                 capture_output=True, check=True)
            digests.add(run.stdout)
        self.assertEqual(len(digests), 1, digests)


if __name__ == "__main__":
    unittest.main()
