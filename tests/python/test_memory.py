# SPDX-License-Identifier: MIT
"""Buffers, and commands that use them."""

import errno
import gc
import itertools
import os
import weakref

import numpy as np

import ipu
from support import SIMULATED, DeviceCase, program, python


class Buffers(DeviceCase):
    def test_one_memory_for_all(self):
        buffer = self.device.buffer((3, 4), "float32")
        self.assertEqual((buffer.shape, buffer.dtype, buffer.nbytes, len(buffer)),
                         ((3, 4), "float32", 48, 3))
        self.assertEqual(buffer.size % 4096, 0)
        bare = type("Bare", (), {"__array_interface__": buffer.__array_interface__})()
        views = [np.asarray(buffer), np.from_dlpack(buffer), np.array(buffer, copy=False),
                 np.asarray(memoryview(buffer)),
                 np.asarray(bare)]
        views[0][:] = np.arange(12).reshape(3, 4)
        for view in views:
            self.assertEqual((view.dtype, view.shape), (np.float32, (3, 4)))
            self.assertEqual(view.ctypes.data, buffer.address)
            np.testing.assert_array_equal(view, np.arange(12).reshape(3, 4))
        self.assertEqual(buffer.__dlpack_device__(), (1, 0))

    def test_all_types(self):
        for dtype in ("float32", "float16", "int8", "uint8", "int16", "uint16", "int32", "uint32",
                      "int64", "uint64", "float64", "bool"):
            with self.subTest(dtype=dtype):
                for name in (dtype, np.dtype(dtype), getattr(np, dtype + "_" * (dtype == "bool"))):
                    buffer = self.device.buffer(5, name)
                    self.assertEqual(buffer.dtype, dtype)
                array = np.asarray(buffer)
                self.assertEqual(array.dtype, np.dtype(dtype))
                self.assertEqual(array.itemsize, memoryview(buffer).itemsize)
                self.assertEqual(np.dtype(buffer.__array_interface__["typestr"]), np.dtype(dtype))
                np.testing.assert_array_equal(array, np.zeros(5))
                if dtype != "bool":  # this NumPy's DLPack has none
                    self.assertEqual(np.from_dlpack(buffer).dtype, np.dtype(dtype))
        buffer = self.device.buffer(5, "bfloat16")
        self.assertEqual((buffer.dtype, np.asarray(buffer).dtype), ("bfloat16", np.uint16))
        for wrong in ("float8", "complex64", 7, object):
            with self.assertRaises(TypeError):
                self.device.buffer(5, wrong)

    def test_views(self):
        buffer = self.device.buffer(4096)
        part = buffer.view("float32", (2, 3), 8)
        np.asarray(part)[:] = 1
        self.assertEqual(np.asarray(buffer)[8:32].tobytes(), np.ones(6, "f4").tobytes())
        self.assertEqual(part.offset, 8)
        self.assertEqual(part.view("uint8", (4,), 4).offset, 12)
        for dtype, shape, offset in (("uint8", (4097,), 0), ("uint8", (1,), -1),
                                     ("float32", (1,), 2), ("float32", (1,), 4096)):
            with self.assertRaisesRegex(ValueError, "are not in a buffer of"):
                buffer.view(dtype, shape, offset)

    def test_the_older_and_the_newer_dlpack(self):
        buffer = self.device.buffer(4, "int32")
        self.assertIn('"dltensor"', repr(buffer.__dlpack__()))
        self.assertIn('"dltensor"', repr(buffer.__dlpack__(max_version=(0, 8))))
        self.assertIn('"dltensor_versioned"', repr(buffer.__dlpack__(max_version=(1, 0))))
        buffer.__dlpack__(stream=None, dl_device=(1, 0), copy=False)
        for wrong in ({"stream": 1}, {"dl_device": (2, 0)}, {"copy": True}):
            with self.assertRaises(BufferError):
                buffer.__dlpack__(**wrong)
        with self.assertRaises(TypeError):
            buffer.__dlpack__(None)

    def test_memory_lives_as_long_as_its_arrays(self):
        for look in (np.asarray, np.from_dlpack, memoryview,
                     lambda buffer: np.asarray(buffer.view("uint8", (100,), 50)),
                     lambda buffer: np.asarray(
                         type("Bare", (), {"__array_interface__": buffer.__array_interface__,
                                           "keep": buffer})())):
            buffer = self.device.buffer(1 << 20)
            np.asarray(buffer)[:] = 7
            view = look(buffer)
            buffer.close()
            with self.assertRaisesRegex(ValueError, "closed"):
                memoryview(buffer)
            del buffer
            gc.collect()
            self.assertEqual(view[99], 7)
        with self.device.buffer(10) as buffer:
            pass
        self.assertTrue(buffer.closed)
        for use in (lambda: buffer.size, lambda: buffer.view("uint8", (1,)),
                    lambda: np.asarray(buffer), lambda: buffer.__array_interface__,
                    buffer.__dlpack__):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()

    def test_memory_is_given_back(self):
        def mapped():
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[0]) * os.sysconf("SC_PAGESIZE")

        before = mapped()
        for _ in range(30):
            for look in (np.asarray, np.from_dlpack, lambda buffer: buffer.__dlpack__(),
                         lambda buffer: buffer.__array_interface__):
                look(self.device.buffer(4 << 20))
        gc.collect()
        self.assertLess(mapped() - before, 100 << 20)

    def test_refused(self):
        with self.assertRaises(ipu.Error) as raised:
            self.device.buffer(0)
        self.assertEqual(raised.exception.errno, errno.EINVAL)
        with self.assertRaises(ValueError):
            self.device.buffer(-1)
        with self.assertRaises((ipu.Error, ValueError, OverflowError)):
            self.device.buffer((1 << 40, 1 << 40))

    def test_a_buffer_is_an_input(self):
        vadd = self.load("vadd")
        a = self.device.buffer(10, "float32")
        np.asarray(a)[:] = 3
        np.testing.assert_array_equal(vadd(a=a, b=a), np.full(10, 6))


class Commands(DeviceCase):
    def test_copies_and_fills(self):
        base = self.device.info.sram_base + (256 << 10)
        with self.device.context(2) as context:
            there, back = self.device.buffer((2, 64), "uint32"), self.device.buffer((2, 64), "u4")
            np.asarray(there)[:] = np.arange(128).reshape(2, 64)
            source, target = context.map(there), context.map(back, writable=True)
            commands = context.commands(8)
            commands.copy_to_tiles(0, 2, base, source, 256).fill(1, 1, base, 16, 0xabcd)
            commands.copy_from_tiles(0, 2, base, target, 64, 4)
            self.assertEqual(len(commands), 3)
            event = commands.submit()
            event.wait()
            self.assertTrue(event.done)
            want = np.asarray(there).copy()
            want[1, :4] = 0xabcd
            np.testing.assert_array_equal(np.asarray(back), want)
            np.asarray(back)[:] = 0
            events = [commands.submit() for _ in range(5)]
            self.assertEqual([one.seqno for one in events],
                             list(range(event.seqno + 1, event.seqno + 6)))
            events[-1].wait(60)
            np.testing.assert_array_equal(np.asarray(back), want)
            context.unmap(target)
            with self.assertRaises(ipu.Fault) as raised:
                commands.submit().wait()
            self.assertIn("not mapped", raised.exception.cause)
            commands.reset()
            self.assertEqual(len(commands), 0)
            with self.assertRaises(ipu.Error) as raised:
                commands.submit()
            self.assertEqual(raised.exception.errno, errno.EINVAL)
            for _ in range(8):
                commands.fill(0, 1, base, 4)
            with self.assertRaises(ipu.Error) as raised:
                commands.fill(0, 1, base, 4)
            self.assertEqual(raised.exception.errno, errno.ENOSPC)
            with self.assertRaises(ipu.Error):
                context.unmap(source + (1 << 30))

    def test_the_context_is_closed_first(self):
        context = self.device.context(1)
        commands = context.commands(2).fill(0, 1, self.device.info.sram_base, 64)
        event = commands.submit()
        context.close()
        for use in (commands.submit, commands.reset, event.wait, lambda: len(commands)):
            with self.assertRaisesRegex(ValueError, "closed"):
                use()
        commands.close()

    def test_a_context_by_hand(self):
        with self.device.context(2) as context:
            with self.assertRaisesRegex(ValueError, "No program is loaded"):
                context.set("a", [1])
            elf = ipu.Elf(program("vadd"))
            context.load(elf)
            context.set("a", np.arange(10, dtype="f4"))
            context.set("b", np.arange(10, dtype="f4"))
            report = context.run()
            self.assertGreater(report.instructions, 0)
            np.testing.assert_array_equal(context.get("c"), 2 * np.arange(10))
            self.assertEqual(context.shape("c"), (10,))
            self.assertEqual(context.health(), ipu.Health("usable", ""))
            with self.assertRaisesRegex(KeyError, "no tensor"):
                context.get("d")
            with self.assertRaises(ipu.Error):
                context.wait()
        with self.assertRaisesRegex(ValueError, "context is closed"):
            context.run()


class Orders(DeviceCase):
    def test_objects_end_in_any_order(self):
        # On an emulated host some of the 720 orders must do.
        for order in itertools.islice(itertools.permutations(range(6)), 0, None,
                                      1 if SIMULATED else 29):
            device = ipu.Device()
            context = device.context(1)
            buffer = device.buffer(4096)
            address = context.map(buffer)
            commands = context.commands(4).copy_to_tiles(
                0, 1, device.info.sram_base + (256 << 10), address, 64)
            event = commands.submit()
            array = np.asarray(buffer)
            things = [device, context, buffer, commands, event, array]
            del device, context, buffer, commands, event, array
            for index in order:
                things[index] = None
            gc.collect()

    def test_cycles(self):
        ends = []

        class Holder:
            """Uses what it has when it ends, in any order with what it has."""

            def __init__(self, device):
                self.device = device
                self.context = device.context(1)
                self.buffer = device.buffer(4096)
                self.array = np.asarray(self.buffer)
                self.view = memoryview(self.buffer)
                self.capsule = self.buffer.__dlpack__()
                self.program = device.load(program("vadd"), 1)
                self.program(a=self.buffer.view("float32", (3,)), b=memoryview(bytes(12)).cast("f"))
                self.run = self.program.start()
                self.commands = self.context.commands(3)
                self.cycle = self

            def __del__(self):
                ends.append(int(self.array[0]) + self.view[1] + bytes(self.buffer)[2])

        for _ in range(5):
            Holder(self.device)
            Holder(self.device)
            gc.collect()
        self.assertEqual(ends, [0] * 10)

    def test_programs_end_without_being_closed(self):
        vadd = self.device.load(program("vadd"), 1)
        run = vadd.start({"a": [1], "b": [2]})
        gone = weakref.ref(vadd)
        del vadd
        self.assertEqual(run.result()[0], 3)
        del run
        gc.collect()
        self.assertIsNone(gone())
        self.assertEqual(self.device.usage().contexts, 0)

    def test_many_runs_leave_nothing(self):
        def resident():
            with open("/proc/self/statm", encoding="ascii") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")

        vadd, a = self.load("vadd", 1), np.ones(10000, "f4")
        few = 30 if SIMULATED else 5
        for count in (few, 10 * few):
            for _ in range(count):
                vadd(a=a, b=a)
                with self.device.load(vadd.elf, 1) as another:
                    another(a=a, b=a)
            gc.collect()
            if count == few:
                before = resident()
        self.assertLess(resident() - before, 8 << 20)

    def test_the_interpreter_ends_in_the_middle(self):
        done = python("""
import sys, ipu
device = ipu.Device()
spin = device.load(sys.argv[1], 1)
run = spin.start()
buffer = device.buffer(100)
view = memoryview(buffer)
capsule = buffer.__dlpack__()
def forever():
    while True:
        yield b"1234" * 1000
filter = device.load(sys.argv[2], 1)
stream = filter.start({"h": [1.0], "x": forever()})
sys.cycle = [stream, buffer, view, capsule, run]
sys.cycle.append(sys.cycle)
print("end")
""", program("fault-spin"), program("filter"))
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("end\n", "", 0))


class WithoutNumPy(DeviceCase):
    def test_memoryviews_in_and_out(self):
        done = python("""
import sys
sys.modules["numpy"] = None
import array, ipu
device = ipu.Device()
vadd = device.load(sys.argv[1], 2)
a = array.array("f", range(10))
c = vadd(a=a, b=a)
assert type(c) is memoryview and c.format == "f" and c.tolist() == [2 * x for x in a], c
assert vadd(a=c, b=[1, 2.5] * 5)[1] == 4.5
assert vadd(a=memoryview(a)[::2], b=[0] * 5).tolist() == [0, 2, 4, 6, 8]
assert vadd(a=3, b=4).tolist() == [7]
for wrong in (array.array("d", [1]), array.array("i", [1]), b"1234", "text", object(), None,
              ["x"], [1e300 * 10], memoryview(b"12345678").cast("B", (2, 4))):
    try:
        vadd(a=wrong, b=[1])
    except (TypeError, ValueError) as error:
        assert "Input" in str(error), error
    else:
        raise AssertionError(wrong)
there = array.array("f", [0])
vadd.run({"a": [1], "b": [2]}, out={"c": there})
assert there[0] == 3
buffer = device.buffer((2, 3), "float32")
view = memoryview(buffer)
view[1, 2] = 5
assert view.tolist() == [[0, 0, 0], [0, 0, 5]] and view.shape == (2, 3)
copies = device.load(sys.argv[2], 1)
matmul = device.load(sys.argv[3], 1)
rows, inner = 2, matmul.elf.tensors["a"].shape[1]
columns = matmul.elf.tensors["c"].shape[1]
c = matmul(a=[[1.0] * inner] * rows, b=[[2.0] * columns] * inner)
assert c.shape == (rows, columns) and c[1, 2] == 2 * inner, c
try:
    matmul(a=[[1.0] * inner, [2.0]], b=[[2.0] * columns] * inner)
except ValueError as error:
    assert "different lengths" in str(error)
filters = device.load(sys.argv[4], 1)
y = filters(h=[1, 1], x=array.array("f", range(10000)))
assert y.shape == (10000,) and y[9999] == 9999 + 9998, y
print("ok")
""", program("vadd"), program("copy-O2"), program("matmul"), program("filter"))
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("ok\n", "", 0))
