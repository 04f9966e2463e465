# SPDX-License-Identifier: MIT
"""Threads, fork(), Ctrl-C, and profiles."""

import errno
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import ipu
from support import PATIENCE, DeviceCase, program, python


class Threads(DeviceCase):
    def test_one_program_of_many(self):
        vadd = self.load("vadd", 2)

        def call(number):
            a = np.full(100, number, "f4")
            return vadd(a=a, b=a)[0]

        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(call, range(20))), [2.0 * n for n in range(20)])

    def test_programs_of_their_own(self):
        def call(number):
            with self.device.load(program("vadd"), 1) as vadd:
                return [vadd(a=[number], b=[i])[0] for i in range(5)]

        with ThreadPoolExecutor(4) as pool:
            self.assertEqual(list(pool.map(call, range(8))),
                             [[n + i for i in range(5)] for n in range(8)])

    def test_others_run_meanwhile(self):
        spin = self.load("fault-spin", 1, watchdog=1.5)
        steps, done = 0, threading.Event()

        def call():
            with self.assertRaises(ipu.Fault):
                spin()
            done.set()

        thread = threading.Thread(target=call)
        thread.start()
        while not done.is_set():
            steps += 1
            time.sleep(0.001)
        thread.join()
        self.assertGreater(steps, 3)

    def test_close_ends_what_another_thread_waits_for(self):
        spin, raised = self.load("fault-spin", 1, watchdog=600), []

        def call():
            try:
                spin()
            except (ipu.Error, ValueError) as error:
                raised.append(error)

        thread = threading.Thread(target=call)
        thread.start()
        time.sleep(0.3)
        spin.close()
        thread.join(PATIENCE)
        self.assertFalse(thread.is_alive())
        self.assertEqual(len(raised), 1)


    def test_cancel_ends_what_another_thread_waits_for(self):
        spin = self.load("fault-spin", 1, watchdog=600)
        run, raised = spin.start(), []

        def wait():
            try:
                run.wait()
            except ipu.Error as error:
                raised.append(error.errno)

        threads = [threading.Thread(target=wait) for _ in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(0.3)
        self.assertFalse(run.done)
        with self.assertRaises(ipu.Timeout):
            run.wait(0.1)
        run.cancel()
        for thread in threads:
            thread.join(PATIENCE)
        self.assertEqual(raised, [errno.ECANCELED] * 2)
        run = spin.start()
        self.assertFalse(run.done)
        run.cancel()


class Interrupts(DeviceCase):
    def test_ctrl_c_ends_a_run(self):
        spin = self.load("fault-spin", 1, watchdog=600)
        for _ in range(2):
            begun = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
                spin()
            self.assertLess(time.monotonic() - begun, PATIENCE)
            self.assertEqual(self.device.usage().contexts, 0)

    def test_ctrl_c_ends_the_waiting_for_a_run(self):
        spin = self.load("fault-spin", 1, watchdog=600)
        run = spin.start()
        with self.assertRaises(KeyboardInterrupt):
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            run.wait()
        self.assertFalse(run.done)
        run.cancel()
        self.assertTrue(run.done)

    def test_a_handler_of_ones_own(self):
        class Alarm(Exception):
            """What it raises."""

        def handler(_signal, _frame):
            raise Alarm

        spin = self.load("fault-spin", 1, watchdog=600)
        old = signal.signal(signal.SIGALRM, handler)
        self.addCleanup(signal.signal, signal.SIGALRM, old)
        with self.assertRaises(Alarm):
            signal.setitimer(signal.ITIMER_REAL, 0.5)
            spin()
        self.assertEqual(self.device.usage().contexts, 0)


class Forks(DeviceCase):
    def in_child(self, function):
        """Call it in a child, whose exit status says whether it went well."""
        child = os.fork()
        if not child:
            status = 1
            try:
                function()
                status = 0
            except BaseException as error:  # pylint: disable=broad-except
                print(f"# in the child: {type(error).__name__}: {error}", flush=True)
            finally:
                os._exit(status)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)

    def test_a_child(self):
        vadd = self.load("vadd", 1)
        buffer = self.device.buffer(100)
        vadd(a=[1], b=[1])

        def child():
            for call in (vadd, lambda: self.device.buffer(1), lambda: self.device.context(1),
                         self.device.usage):
                try:
                    call()
                except ipu.Error as error:
                    assert error.errno == errno.EPERM and "fork" in str(error), error
                else:
                    raise AssertionError("works")
            for look in (memoryview, np.asarray, np.from_dlpack):
                try:
                    look(buffer)
                except BufferError as error:
                    assert "fork" in str(error)
                except Exception as error:  # pylint: disable=broad-except
                    assert "fork" in str(error) or look is np.asarray, error
                else:
                    raise AssertionError("works")
            vadd.close()
            buffer.close()
            self.device.close()
            with ipu.Device() as device, device.load(vadd.elf, 1) as own:
                assert own(a=[2], b=[2])[0] == 4

        self.in_child(child)
        np.testing.assert_array_equal(vadd(a=[2], b=[3]), [5])
        np.asarray(buffer)[0] = 1

    def test_a_child_that_ends_as_usual(self):
        done = python("""
import os, sys, ipu
device = ipu.Device()
vadd = device.load(sys.argv[1], 1)
vadd(a=[1], b=[1])
if not os.fork():
    sys.exit(0)
assert os.wait()[1] == 0
assert vadd(a=[1], b=[1])[0] == 2
print("ok")
""", program("vadd"))
        self.assertEqual((done.stdout, done.stderr, done.returncode), ("ok\n", "", 0))


class Profiles(DeviceCase):
    def test_totals_and_events(self):
        loaded = self.load("profile", 2)
        with loaded.profile(sample_cycles=6) as profile:
            loaded()
            cycles = loaded.report.cycles
            while loaded.report.at_sync:
                loaded.resume()
                cycles += loaded.report.cycles
        loaded.reset()
        totals = profile.totals
        self.assertEqual(totals.compute_cycles + totals.sync_cycles + totals.exchange_cycles +
                         totals.host_cycles, cycles)
        events = list(profile.events())
        steps = [event for event in events if event.kind == "step"]
        self.assertEqual(len(steps), totals.supersteps)
        self.assertEqual(steps[-1].step_end, "exit")
        self.assertEqual({event.tile for event in events if event.kind == "tile"}, {0, 1})
        self.assertLessEqual({event.worker for event in events if event.kind == "worker"},
                             set(range(6)))
        self.assertTrue(all(event.mark for event in events if event.kind == "mark"))
        self.assertTrue(any(event.kind == "mark" for event in events))
        samples = dict(profile.samples())
        self.assertTrue(samples)
        lines = {loaded.elf.source(address).file.rpartition("/")[2] for address in samples}
        self.assertIn("profile.c", lines)

    def test_refused(self):
        with self.assertRaises(ipu.Error) as raised:
            self.load("vadd", 1).profile(memory=1 << 40)
        self.assertEqual(raised.exception.errno, errno.EINVAL)
