# SPDX-License-Identifier: MIT
"""Jobs by a user queue: what is seen of them, and that nothing else differs."""

import numpy as np

import ipu
import test_faults
import test_process
import test_streams
from support import DeviceCase, program


class Submission(DeviceCase):
    user_queue = True

    def test_by_a_user_queue(self):
        vadd = self.load("vadd", 2)
        np.testing.assert_array_equal(vadd(a=[1], b=[2]), [3])
        how = vadd.context.submission()
        self.assertTrue(how.user_queue)
        self.assertEqual((how.restarts, how.why_not), (0, ""))
        before = how.jobs
        vadd()
        self.assertGreater(vadd.context.submission().jobs, before)

    def test_a_fault_makes_the_queue_anew(self):
        with self.device.context(1) as context:
            context.load(ipu.Elf(program("fault-load")))
            with self.assertRaises(ipu.Fault):
                context.run()
            context.load(ipu.Elf(program("vadd")))
            context.set("a", np.ones(3, "f4"))
            context.set("b", np.ones(3, "f4"))
            context.run()
            np.testing.assert_array_equal(context.get("c"), [2] * 3)
            self.assertEqual(context.submission().restarts, 1)

    def test_by_the_driver(self):
        with ipu.Device() as device, device.context(1) as context:
            how = context.submission()
        self.assertFalse(how.user_queue)
        self.assertEqual((how.jobs, how.why_not), (0, ""))
        self.assertGreater(how.room, 0)


class Faults(test_faults.Faults):
    user_queue = True


class Streams(test_streams.Streams):
    user_queue = True


class Interrupts(test_process.Interrupts):
    user_queue = True


class Forks(test_process.Forks):
    user_queue = True


class Profiles(test_process.Profiles):
    user_queue = True
