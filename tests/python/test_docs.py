# SPDX-License-Identifier: MIT
"""The page of the documentation, line by line as a notebook runs it; and the types."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import BUILD, ROOT, SIMULATED, python

PAGE = ROOT / "Documentation/python.rst"

# A notebook runs statements by exec(), in a loop of asyncio's, and is nobody's main program.
NOTEBOOK = r"""
import asyncio, doctest, re, sys, threading
page = open(sys.argv[1], encoding="utf-8").read()
blocks = re.findall(r"^\.\. code-block:: pycon\n\n((?:   .*\n|\n)+)", page, re.M)
text = "\n".join(re.sub("^   ", "", block, flags=re.M) for block in blocks)
failed = []
def run():
    names = {"__name__": "notebook"}
    test = doctest.DocTestParser().get_doctest(text, names, "python.rst", None, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    result = runner.run(test)
    failed.append(result.failed)
    print(result.attempted)
async def cells():
    run()
if sys.argv[2] == "thread":
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
else:
    asyncio.run(cells())
sys.exit(failed != [0])
"""


@unittest.skipUnless(SIMULATED, "of the simulator")
class Page(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        for source in [*ROOT.glob("Documentation/examples/*.c"), *ROOT.glob("examples/*/*.c")]:
            shutil.copy(source, cls.folder)
        environment = {**os.environ, "IPU_SDK": str(BUILD / "libipu/tile"),
                       "PATH": f"{BUILD}/tools:{ROOT}/tools:{os.environ['PATH']}"}
        for line in PAGE.read_text(encoding="utf-8").splitlines():
            if line.startswith("   $ ipu-cc "):
                subprocess.run(line[5:], shell=True, check=True, cwd=cls.folder, env=environment)

    def page(self, where):
        done = python(NOTEBOOK, PAGE, where, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertGreater(int(done.stdout), 50)
        self.assertEqual(done.stderr, "")

    def test_the_page_in_a_loop(self):
        self.page("loop")

    def test_the_page_in_a_thread(self):
        self.page("thread")


@unittest.skipUnless(SIMULATED, "of the host")
class Types(unittest.TestCase):
    def mypy(self, *arguments):
        with tempfile.TemporaryDirectory() as cache:
            return subprocess.run(
                [sys.executable, "-m", "mypy", "--strict", "--no-warn-unused-ignores",
                 "--cache-dir", cache, *arguments], cwd=BUILD / "python",
                env={**os.environ, "MYPYPATH": str(BUILD / "python")}, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, check=False)

    def test_the_package(self):
        done = self.mypy("-p", "ipu")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertTrue((BUILD / "python/ipu/py.typed").exists())

    def test_a_program_that_uses_it(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "user.py"
            file.write_text("""
import ipu

def cycles(device: ipu.Device) -> int:
    program = device.load("x.elf", tiles=3)
    program(x=[1, 2])
    return program.report.cycles if program.report else 0

def where(fault: ipu.Fault) -> str | None:
    return fault.source
""", encoding="utf-8")
            done = self.mypy(str(file))
            self.assertEqual(done.returncode, 0, done.stdout)
            with file.open("a", encoding="utf-8") as user:
                user.write("wrong: str = ipu.Device('sim').tiles\nipu.Device().load()\n")
            done = self.mypy(str(file))
            self.assertIn("Incompatible types", done.stdout)
            self.assertIn("Missing positional argument", done.stdout)
