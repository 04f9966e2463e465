# SPDX-License-Identifier: MIT
"""Faults as exceptions, and what tiles print."""

import contextlib
import errno
import io
import pickle

import numpy as np

import ipu
from support import PATIENCE, ROOT, DeviceCase

SOURCE = ROOT / "tests/tools/tile/fault.c"


def marked(name):
    """The number of the line that faults."""
    for number, line in enumerate(SOURCE.read_text().splitlines(), 1):
        if f"/* MARK {name} */" in line:
            return number
    raise AssertionError(name)


class Faults(DeviceCase):
    def fault(self, name, **options):
        loaded = self.load(f"fault-{name}", 3, **options)
        with self.assertRaises(ipu.Fault) as raised:
            loaded()
        loaded.close()
        return loaded, raised.exception

    def test_where(self):
        for name, worker, cause in (("load", 3, "load"), ("store", 5, "store"),
                                    ("illegal", None, "illegal"), ("trap", None, "trap")):
            with self.subTest(name=name):
                _, fault = self.fault(name)
                self.assertEqual(fault.errno, errno.EIO)
                self.assertIsInstance(fault.tile, int)
                self.assertIn(cause, fault.cause)
                self.assertEqual(fault.worker, worker)
                self.assertEqual(fault.unit,
                                 "supervisor" if worker is None else f"worker {worker}")
                self.assertTrue(fault.source.endswith(f"fault.c:{marked(name)}"), fault.source)
                self.assertTrue(fault.function)
                self.assertGreater(fault.pc, 0)
                self.assertTrue(fault.advice)
                self.assertIn(f"  where   tile {fault.tile}, {fault.unit}, pc 0x", fault.report)
                self.assertIn("  source  ", fault.report)
        self.assertTrue(str(fault))

    def test_the_address(self):
        _, fault = self.fault("load")
        self.assertEqual(fault.addr, 0x1000)
        self.assertIn("0x1000", fault.detail)
        again = pickle.loads(pickle.dumps(fault))
        self.assertEqual((str(again), again.report, again.errno, again.addr),
                         (str(fault), fault.report, fault.errno, fault.addr))

    def test_an_assertion(self):
        with self.assertRaises(ipu.Fault) as raised:
            self.load("assert-1", 1)()
        fault = raised.exception
        self.assertRegex(fault.text, r"assert\.c:\d+: assertion failed: ")
        self.assertIn(fault.text, fault.report)

    def test_the_watchdog(self):
        _, fault = self.fault("spin", watchdog=0.2)
        self.assertEqual(fault.errno, errno.ETIMEDOUT)

    def test_the_next_call_works(self):
        _, first = self.fault("load")
        loaded = self.load("fault-load", 3)
        with self.assertRaises(ipu.Fault):
            loaded()
        with self.assertRaises(ipu.Fault) as raised:
            loaded()
        self.assertEqual(raised.exception.source, first.source)
        vadd = self.load("vadd", 2)
        np.testing.assert_array_equal(vadd(a=[1], b=[2]), [3])

    def test_a_run_that_is_waited_for_later(self):
        run = self.load("fault-load", 1).start()
        with self.assertRaises(ipu.Fault):
            run.wait(PATIENCE)
        self.assertTrue(run.done)
        with self.assertRaises(ipu.Fault):
            run.result()

    def test_what_is_no_fault(self):
        """An error after a fault is not told as that fault."""
        with self.device.context(1) as context:
            context.load(ipu.Elf(self.load("fault-load", 1).elf.name))
            with self.assertRaises(ipu.Fault):
                context.run()
            with self.assertRaises(ipu.Error) as raised:
                context.run()
            self.assertNotIsInstance(raised.exception, ipu.Fault)
            self.assertEqual(raised.exception.errno, errno.EINVAL)


class Prints(DeviceCase):
    def test_they_go_to_stdout(self):
        prints, text = self.load("print", 2), io.StringIO()
        with contextlib.redirect_stdout(text):
            prints()
        self.assertIn("[tile 0] hello from tile 0 of 2\n", text.getvalue())
        self.assertIn("[tile 1.w3] line of worker 3, 0.75\n", text.getvalue())
        text = io.StringIO()
        with contextlib.redirect_stdout(text):
            prints.resume()
        self.assertIn("[tile 1] number 299\n", text.getvalue())
        self.assertRegex(text.getvalue(), r"\[tile 1\] \(\d+ lines lost: more than")

    def test_they_go_to_a_function(self):
        prints, lines = self.load("print", 2), []
        prints.on_print = lines.append
        prints()
        self.assertEqual(sorted((line.tile, line.text, line.dropped) for line in lines
                                if line.worker is None),
                         [(tile, f"hello from tile {tile} of 2", 0) for tile in (0, 1)])
        self.assertGreater(lines[0].cycles, 0)
        self.assertEqual(sorted({line.worker for line in lines} - {None}), list(range(6)))
        prints.on_print = None
        count = len(lines)
        prints.resume()
        self.assertEqual(len(lines), count)

    def test_what_the_function_raises(self):
        prints = self.load("print", 2)

        def take(_line):
            raise RuntimeError("no more")

        prints.on_print = take
        with self.assertRaisesRegex(RuntimeError, "no more"):
            prints()
        prints.on_print = None
        prints()
        self.assertTrue(prints.report.at_sync)

    def test_they_come_while_the_program_runs(self):
        prints, lines = self.load("print-forever", 1, watchdog=600), []
        prints.on_print = lines.append
        run = prints.start()
        with self.assertRaises(ipu.Timeout):
            run.wait(1.5)
        run.cancel()
        self.assertEqual([line.text for line in lines], ["now", "and now"])
