# SPDX-License-Identifier: MIT
"""Streams: from arrays, files and iterators, to all of these."""

import io
import os
import tempfile
import threading
from pathlib import Path

import numpy as np

import ipu
from support import DeviceCase, program, python


class Streams(DeviceCase):
    def setUp(self):
        super().setUp()
        self.filter = self.load("filter", 2)
        self.h = np.array([1, 0.5], "f4")
        self.x = np.random.default_rng(3).standard_normal(50000).astype("f4")
        self.y = np.convolve(self.x, self.h)[:len(self.x)].astype("f4")
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def same(self, y):
        np.testing.assert_allclose(y, self.y, rtol=1e-6, atol=1e-6)

    def test_from_arrays(self):
        self.same(self.filter(h=self.h, x=self.x))
        self.same(self.filter(x=np.repeat(self.x, 2)[::2]))
        self.assertEqual(self.filter(x=np.zeros(0, "f4")).shape, (0,))
        self.same(self.filter(x=memoryview(self.x)))
        buffer = self.device.buffer(len(self.x), "float32")
        np.asarray(buffer)[:] = self.x
        self.same(self.filter(x=buffer))

    def test_from_iterators(self):
        parts = np.array_split(self.x, [1, 2, 5, 4096, 4097, 20000, 20000, 49999])
        self.same(self.filter(h=self.h, x=iter(parts)))
        self.same(self.filter(x=(part.tobytes() for part in parts)))
        self.same(self.filter(x=(bytearray(self.x.tobytes()[i:i + 7])
                                 for i in range(0, self.x.nbytes, 7))))
        self.same(self.filter(x=map(np.asarray, parts)))
        self.assertEqual(self.filter(x=iter(())).shape, (0,))

        class Batches:
            """Something to be iterated over, again and again, as a DataLoader."""

            def __iter__(_self):  # pylint: disable=no-self-argument
                return iter(parts)

        batches = Batches()
        self.same(self.filter(x=batches))
        self.same(self.filter(x=batches))

    def test_from_files(self):
        path = self.folder / "x"
        self.x.tofile(path)
        self.same(self.filter(h=self.h, x=path))
        self.same(self.filter(x=str(path)))
        with open(path, "rb") as file:
            self.same(self.filter(x=file))
        with open(path, "rb", buffering=0) as file:
            self.same(self.filter(x=file))
            file.seek(0)
            self.same(self.filter(x=file.fileno()))
        self.same(self.filter(x=io.BytesIO(self.x.tobytes())))
        self.same(self.filter(x=np.memmap(path, "f4", "r")))
        reader, writer = os.pipe()
        feeder = threading.Thread(target=lambda: (os.write(writer, self.x[:10000].tobytes()),
                                                  os.close(writer)))
        feeder.start()
        np.testing.assert_allclose(self.filter(x=reader), self.y[:10000], rtol=1e-6, atol=1e-6)
        feeder.join()
        os.close(reader)
        with open(path, "r", encoding="latin-1") as file, \
                self.assertRaisesRegex(TypeError, "binary"):
            self.filter(h=self.h, x=file)
        with self.assertRaises(FileNotFoundError):
            self.filter(h=self.h, x=self.folder / "nothing")

    def test_to_everything(self):
        path = self.folder / "y"
        self.assertIsNone(self.filter(h=self.h, x=self.x, y=path))
        self.same(np.fromfile(path, "f4"))
        with open(path, "wb") as file:
            self.filter(x=self.x, y=file)
        self.same(np.fromfile(path, "f4"))
        with open(path, "wb", buffering=0) as file:
            self.filter(x=self.x, y=file.fileno())
        self.same(np.fromfile(path, "f4"))
        parts = []
        self.filter(x=self.x, y=parts.append)
        self.assertGreater(len(parts), 1)
        self.same(np.concatenate(parts))
        there = np.zeros(50000, "f4")
        self.filter(x=self.x, y=there)
        self.same(there)
        with self.assertRaisesRegex(ipu.Error, "is full"):
            self.filter(x=self.x, y=np.zeros(100, "f4"))

    def test_attached_for_many_runs(self):
        taken = []
        self.filter.attach("y", taken.append)
        for _ in range(2):
            self.assertIsNone(self.filter(h=self.h, x=self.x))
        self.assertEqual(self.filter.stream_info("y").rows, 2 * len(self.x))
        # They stay when the program moves to other tiles.
        self.filter(h=self.h, x=self.x, tiles=1)
        self.filter.detach("y")
        self.same(np.concatenate(taken)[-len(self.x):])
        self.assertEqual(sum(map(len, taken)), 3 * len(self.x))
        self.same(self.filter(x=self.x))
        self.filter.attach("y")
        self.filter(x=self.x)
        self.filter(x=self.x)
        self.assertEqual(self.filter.detach("y").shape, (2 * len(self.x),))

    def test_what_an_iterator_raises(self):
        def items():
            yield self.x[:5000]
            raise LookupError("the data is gone")

        with self.assertRaisesRegex(LookupError, "the data is gone") as raised:
            self.filter(h=self.h, x=items())
        self.assertIsInstance(raised.exception.__cause__, ipu.Error)
        with self.assertRaisesRegex(TypeError, "wants float32"):
            self.filter(h=self.h, x=iter([np.zeros(5)]))
        with self.assertRaisesRegex(TypeError, "wants float32"):
            self.filter(h=self.h, x=iter(["text"]))

        def full(_part):
            raise OSError(28, "no space")

        with self.assertRaisesRegex(OSError, "no space"):
            self.filter(h=self.h, x=self.x, y=full)
        self.same(self.filter(h=self.h, x=self.x))

    def test_refused(self):
        with self.assertRaisesRegex(TypeError, 'Stream "x" .* was not given'):
            self.filter(h=self.h)
        with self.assertRaisesRegex(TypeError, "wants float32"):
            self.filter(h=self.h, x=np.zeros(4))
        with self.assertRaisesRegex(ValueError, r"wants the shape \(rows,\)"):
            self.filter(h=self.h, x=np.zeros((4, 2), "f4"))
        with self.assertRaisesRegex(ValueError, "is no stream"):
            self.filter.attach("h", self.h)
        with self.assertRaises(ipu.Error):
            self.filter.detach("x")
        with self.assertRaisesRegex(ipu.Error, "row"):  # it ends in the middle of one
            self.filter(h=self.h, x=iter([b"12345"]))
        self.same(self.filter(h=self.h, x=self.x))

    def test_ctrl_c_while_an_iterator_waits(self):
        done = python("""
import os, signal, sys, threading, time, ipu
device = ipu.Device()
filter = device.load(sys.argv[1], 1)
def items():
    yield b"1234"
    threading.Thread(target=interrupt, daemon=True).start()
    time.sleep(10000)
def interrupt():
    while True:  # a host that is busy may see two as one
        time.sleep(2)
        os.kill(os.getpid(), signal.SIGINT)
try:
    filter(h=[1.0], x=items())
except KeyboardInterrupt:
    os.write(1, b"interrupted")
    os._exit(0)
""", program("filter"))
        self.assertEqual((done.stdout, done.stderr), ("interrupted", ""))
