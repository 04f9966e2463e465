# SPDX-License-Identifier: MIT
"""Programs that are called: inputs, outputs, tiles, entry points."""

import errno
import pickle
import unittest

import numpy as np

import ipu
from support import DeviceCase, program


class Calls(DeviceCase):
    def test_an_array_in_and_out(self):
        vadd = self.load("vadd")
        a = np.arange(1000, dtype="float32")
        c = vadd(a=a, b=2 * a)
        self.assertEqual((c.dtype, c.shape), (np.float32, (1000,)))
        np.testing.assert_array_equal(c, 3 * a)
        self.assertGreater(vadd.report.cycles, 0)
        self.assertFalse(vadd.report.at_sync)

    def test_what_was_given_stays(self):
        vadd = self.load("vadd")
        vadd(a=[1, 2, 3], b=[4, 5, 6])
        np.testing.assert_array_equal(vadd(b=[0, 0, 1]), [1, 2, 4])
        vadd.reset()
        with self.assertRaisesRegex(TypeError, 'Input "a" .* was not given: it wants float32'):
            vadd(b=[0, 0, 1])

    def test_tiles_of_each_call(self):
        vadd = self.load("vadd", tiles=None)
        self.assertIsNone(vadd.tiles)
        self.assertEqual(self.device.usage().contexts, 0)
        for tiles in (1, 3, 4, 2):
            c = vadd(a=np.ones(10, "f4"), b=np.ones(10, "f4"), tiles=tiles)
            np.testing.assert_array_equal(c, np.full(10, 2))
            self.assertEqual(vadd.tiles, tiles)
            self.assertEqual(self.device.usage().tiles, tiles)
        with self.assertRaisesRegex(ValueError, "is not from 1 to"):
            vadd(tiles=self.device.tiles + 1)
        with self.assertRaises(ValueError):
            vadd(tiles=0)
        self.assertEqual(vadd.tiles, 2)
        with self.assertRaises(ValueError):
            self.device.load(program("vadd"), 0)
        with self.assertRaises(ipu.Error) as raised:
            self.device.load(program("vadd"), self.device.tiles + 1)
        self.assertEqual(raised.exception.errno, errno.EINVAL)

    def test_two_at_once(self):
        vadd, matmul = self.load("vadd", 2), self.load("matmul", 2)
        a, b = (np.random.default_rng(1).standard_normal(shape).astype("f4")
                for shape in ((6, matmul.elf.tensors["a"].shape[1]),
                              matmul.elf.tensors["b"].shape))
        first = vadd.start({"a": np.ones(100, "f4"), "b": np.ones(100, "f4")})
        second = matmul.start({"a": a, "b": b})
        np.testing.assert_allclose(second.result(), a @ b, rtol=1e-4, atol=1e-4)
        np.testing.assert_array_equal(first.result(), np.full(100, 2))

    def test_several_outputs(self):
        copy = self.load("copy-O2")
        inputs = {}
        for name, tensor in copy.elf.tensors.items():
            if tensor.is_input:
                dtype = "uint16" if tensor.dtype == "bfloat16" else tensor.dtype
                inputs[name] = np.arange(np.prod(tensor.shape)).reshape(tensor.shape) \
                    .astype(dtype)
        outputs = copy(**inputs)
        self.assertIsInstance(outputs, ipu.Outputs)
        names = [name for name, tensor in copy.elf.tensors.items() if tensor.is_output]
        self.assertEqual(list(outputs.keys()), names)
        self.assertEqual(len(outputs), len(names))
        for name in names:
            if name.endswith("_out"):
                source = inputs[name.removesuffix("_out")]
                self.assertEqual(outputs[name].dtype, source.dtype)
                np.testing.assert_array_equal(outputs[name], source)
                np.testing.assert_array_equal(getattr(outputs, name), source)
        self.assertEqual(set(dict(outputs)), set(names))
        again = pickle.loads(pickle.dumps(outputs))
        self.assertEqual(again.keys(), outputs.keys())
        with self.assertRaisesRegex(KeyError, "nothing"):
            outputs["nothing"]
        with self.assertRaises(AttributeError):
            outputs.nothing  # pylint: disable=pointless-statement
        one = copy(outputs=[names[0]])
        self.assertEqual(one.dtype, outputs[0].dtype)
        self.assertIsNone(copy(outputs=[]))
        np.testing.assert_array_equal(copy.read(names[1]), outputs[1])

    def test_output_into_memory_that_is_there(self):
        vadd = self.load("vadd")
        there = np.zeros(5, "f4")
        c = vadd.run({"a": np.ones(5, "f4"), "b": np.ones(5, "f4")}, out={"c": there})
        self.assertIs(c, there)
        np.testing.assert_array_equal(there, np.full(5, 2))
        with self.assertRaisesRegex(ValueError, "shape"):
            vadd.run(out={"c": np.zeros(6, "f4")})
        with self.assertRaisesRegex(TypeError, "wants float32"):
            vadd.run(out={"c": np.zeros(5)})
        with self.assertRaisesRegex(ValueError, "written"):
            vadd.run(out={"c": np.frombuffer(bytes(there), "f4")})
        with self.assertRaisesRegex(ValueError, "one piece"):
            vadd.run(out={"c": np.zeros(10, "f4")[::2]})
        # None of that has changed anything.
        np.testing.assert_array_equal(vadd(), there)

    def test_bfloat16_are_bits(self):
        double = self.load("bfloat16", 1)
        self.assertEqual(double.elf.tensors["x"].dtype, "bfloat16")
        x = np.linspace(-2, 2, 64).astype("f4")
        y = double(x=(x.view(np.uint32) >> 16).astype(np.uint16))
        self.assertEqual((y.dtype, y.shape), (np.uint16, (64,)))
        with self.assertRaisesRegex(TypeError, "bfloat16, as bits in uint16.*float32"):
            double(x=x)

    def test_grid(self):
        heat = self.load("heat", 4)
        plate = np.zeros((30, 20), "f4")
        plate[10:20, 5:10] = 100
        after = heat(steps=[3], plate=plate)
        self.assertEqual(after.shape, plate.shape)
        self.assertFalse(np.array_equal(after, plate))

    def test_entry_points(self):
        entries = self.load("entries", 2)
        self.assertEqual(entries.elf.entries, ("add", "twice", "fail"))
        np.testing.assert_array_equal(entries(), [100, 100])
        np.testing.assert_array_equal(entries(entry="add"), [101, 102])
        np.testing.assert_array_equal(entries(entry="twice"), [202, 204])
        np.testing.assert_array_equal(entries(), [100, 100])
        with self.assertRaisesRegex(ipu.Error, 'no entry point "other"; it has main, add'):
            entries(entry="other")
        np.testing.assert_array_equal(entries(entry="add"), [101, 102])

    def test_exit_code(self):
        entries = self.load("entries", 2)
        with self.assertRaisesRegex(ipu.ExitError, "tile 0 exited with code 7") as raised:
            entries(entry="fail")
        self.assertEqual((raised.exception.tile, raised.exception.code), (0, 7))
        self.assertEqual(entries.report.exit_code, 7)
        again = pickle.loads(pickle.dumps(raised.exception))
        self.assertEqual((str(again), again.code), (str(raised.exception), 7))
        np.testing.assert_array_equal(entries.read("sum").shape, (2,))
        np.testing.assert_array_equal(entries(), [100, 100])

    def test_started_and_waited_for(self):
        spin = self.load("fault-spin", 1, watchdog=600)
        run = spin.start()
        self.assertFalse(run.done)
        with self.assertRaises(ipu.Timeout):
            run.wait(0.05)
        with self.assertRaises(TimeoutError):
            run.result(timeout=0)
        with self.assertRaisesRegex(ipu.Error, "under way") as raised:
            spin()
        self.assertEqual(raised.exception.errno, errno.EBUSY)
        run.cancel()
        self.assertTrue(run.done)
        with self.assertRaises(ipu.Error) as raised:
            run.result()
        self.assertEqual(raised.exception.errno, errno.ECANCELED)
        self.assertFalse(spin.start().done)

    def test_external_syncs(self):
        prints = self.load("print", 2)
        prints.on_print = None
        prints()
        syncs = 1
        while prints.report.at_sync:
            prints.resume()
            syncs += 1
        self.assertEqual(syncs, 8)
        with self.assertRaisesRegex(ipu.Error, "does not wait at an external sync"):
            prints.resume()

    def test_closed(self):
        vadd = self.load("vadd")
        with vadd:
            vadd(a=[1], b=[1])
        self.assertTrue(vadd.closed)
        self.assertEqual(self.device.usage().contexts, 0)
        with self.assertRaisesRegex(ValueError, "closed"):
            vadd(a=[1], b=[1])
        vadd.close()

    def test_the_device_is_closed_first(self):
        device = ipu.Device()
        vadd = device.load(program("vadd"), 1)
        device.close()
        device.close()
        self.assertTrue(device.closed)
        np.testing.assert_array_equal(vadd(a=[1], b=[1]), [2])
        vadd.close()
        for call in (device.usage, lambda: device.load(program("vadd"), 1),
                     lambda: device.buffer(10), device.context):
            with self.assertRaisesRegex(ValueError, "device is closed"):
                call()


class Refused(DeviceCase):
    def test_names(self):
        vadd = self.load("vadd")
        with self.assertRaisesRegex(TypeError, 'no tensor "d"; it has a, b, c'):
            vadd(d=[1])
        with self.assertRaisesRegex(ValueError, '"c" is no input'):
            vadd(c=[1])
        with self.assertRaisesRegex(TypeError, 'no output "a"; it has c'):
            vadd(a=[1], b=[1], outputs="a")

    def test_shapes(self):
        matmul = self.load("matmul")
        inner = matmul.elf.tensors["a"].shape[1]
        for shape in ((4,), (4, inner + 1), (4, inner, 1), ()):
            with self.subTest(shape=shape), self.assertRaisesRegex(
                    ValueError, rf'"a" wants the shape \(rows, {inner}\), and was given '):
                matmul(a=np.zeros(shape, "f4"), b=np.zeros(matmul.elf.tensors["b"].shape, "f4"))
        with self.assertRaisesRegex(ipu.Error, "has room for") as raised:
            matmul(a=np.zeros((100000, inner), "f4"), b=matmul_b(matmul))
        self.assertEqual(raised.exception.errno, errno.E2BIG)

    def test_types(self):
        vadd = self.load("vadd")
        for dtype in ("float64", "float16", "int32", "uint8", "bool", "complex64"):
            with self.subTest(dtype=dtype), self.assertRaisesRegex(
                    TypeError, "wants float32, and was given .*: convert it"):
                vadd(a=np.zeros(3, dtype), b=[1, 2, 3])
        for value in (object(), "text", None, {1: 2}, np.zeros(3, "M8[s]")):
            with self.subTest(value=value), self.assertRaises((TypeError, ValueError)):
                vadd(a=value, b=[1])
        with self.assertRaises(ValueError):
            vadd(a=[[1, 2], [3]], b=[1])
        # Nothing of that has changed anything.
        np.testing.assert_array_equal(vadd(a=[1], b=[1]), [2])

    def test_arrays_that_are_copied(self):
        vadd = self.load("vadd")
        wide = np.arange(40, dtype="f4").reshape(8, 5)
        for a in (wide[:, 2], np.arange(8, dtype="f4")[::-1], np.arange(8, dtype=">f4"),
                  np.float32(5), 5, 5.5, np.arange(0, dtype="f4"),
                  np.broadcast_to(np.float32(3), 8)):
            with self.subTest(a=a):
                b = np.zeros(np.shape(a), "f4")
                np.testing.assert_array_equal(vadd(a=a, b=b), np.atleast_1d(a).astype("f4"))
        matmul = self.load("matmul")
        inner = matmul.elf.tensors["a"].shape[1]
        a = np.asfortranarray(np.random.default_rng(2).standard_normal((6, inner)).astype("f4"))
        b = matmul_b(matmul)
        np.testing.assert_allclose(matmul(a=a, b=b), a @ b, rtol=1e-4, atol=1e-3)

    def test_files(self):
        with self.assertRaises(ipu.Error) as raised:
            self.device.load("/nowhere/vadd.elf")
        self.assertEqual(raised.exception.errno, errno.ENOENT)
        self.assertIn("/nowhere/vadd.elf", str(raised.exception))
        with self.assertRaises(ipu.Error) as raised:
            self.device.load(b"no program", 1)
        self.assertEqual(raised.exception.errno, errno.ENOEXEC)
        loaded = self.device.load(program("vadd").read_bytes(), 1)
        np.testing.assert_array_equal(loaded(a=[1], b=[1]), [2])
        loaded.close()

    def test_devices(self):
        with self.assertRaises(ipu.Error) as raised:
            ipu.Device("sim:tiles=2000")
        self.assertEqual(raised.exception.errno, errno.EINVAL)
        self.assertIn("tiles", str(raised.exception))
        self.assertIsInstance(raised.exception, OSError)


def matmul_b(matmul):
    return np.ones(matmul.elf.tensors["b"].shape, "f4")


class Files(unittest.TestCase):
    def test_what_a_program_says_of_itself(self):
        elf = ipu.Elf(program("heat"))
        plate = elf.tensors["plate"]
        self.assertEqual((plate.layout, plate.dtype), ("grid", "float32"))
        self.assertTrue(plate.is_input and plate.is_output and not plate.is_stream)
        self.assertEqual(plate.wanted(), "(rows, columns)")
        regions = elf.regions
        self.assertEqual(sum(region.size for region in regions), 624 << 10)
        self.assertIn("plate", [region.name for region in regions])
        self.assertIn("heat", repr(elf))
        source = ipu.Elf(program("debug-O0")).source(elf.entry_address)
        self.assertTrue(source.function)
        with self.assertRaises(ipu.Error):
            elf.source(0)

    def test_version_and_cards(self):
        self.assertRegex(ipu.__version__, r"^\d+\.\d+\.\d+$")
        for card in ipu.cards():
            self.assertRegex(card.address, r"^\w{4}:")

    def test_all_names_are_there(self):
        for name in ipu.__all__:
            self.assertTrue(getattr(ipu, name).__doc__, name)
