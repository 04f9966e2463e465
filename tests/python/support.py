# SPDX-License-Identifier: MIT
"""What the tests share."""

import gc
import os
import subprocess
import sys
import unittest
from pathlib import Path

import ipu

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("IPU_BUILD", ROOT / "build/host")).resolve()

SIMULATED = os.environ.get("IPU_DEVICE", "").startswith("sim")

# A host that emulates another is slow.
PATIENCE = 60.0


def program(name):
    """Path of a program: an example's, or one of those for tests."""
    for path in (BUILD / "examples" / name / f"{name}.elf", BUILD / "tests/tools" / f"{name}.elf"):
        if path.exists():
            return path
    raise FileNotFoundError(f"{name}.elf is not built: run scripts/build-host tests")


class DeviceCase(unittest.TestCase):
    """A test with a device, on which nothing is left at the end."""

    user_queue = False

    def setUp(self):
        self.device = ipu.Device(user_queue=self.user_queue)
        self.addCleanup(self._closed)

    def _closed(self):
        gc.collect()
        left = self.device.usage().contexts
        self.device.close()
        if SIMULATED:
            self.assertEqual(left, 0, "contexts that nobody has closed")

    def load(self, name, tiles=4, **options):
        loaded = self.device.load(program(name), tiles, **options)
        self.addCleanup(loaded.close)
        return loaded


def python(code, *arguments, stdin=subprocess.DEVNULL, **options):
    """Another Python that runs some code."""
    path = os.pathsep.join((str(BUILD / "python"), str(Path(__file__).parent)))
    return subprocess.run(
        # From Python 3.12 on it warns of any fork() beside threads.
        [sys.executable, "-B", "-W", "ignore::DeprecationWarning", "-c", code,
         *map(str, arguments)], stdin=stdin,
        env={**os.environ, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"},
        capture_output=True, text=True, timeout=10 * PATIENCE, check=False, **options)
