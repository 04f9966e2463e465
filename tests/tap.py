# SPDX-License-Identifier: MIT
"""Results of unittest as lines of TAP, each as soon as it is there."""

import sys
import unittest


class Tap(unittest.TestResult):
    """What a suite is run with."""

    def _line(self, test, state, more="", diagnosis=""):
        name = test.id().removeprefix("unittest.loader._FailedTest.")
        print(f"{state} {self.testsRun} - {name}{more}")
        for line in diagnosis.rstrip("\n").splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def addSuccess(self, test):
        self._line(test, "ok")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line(test, "ok", f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(test, "not ok", diagnosis=self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        if isinstance(test, unittest.TestCase):
            self._line(test, "not ok", diagnosis=self.errors[-1][1])
        else:  # what prepares a class or module
            self.testsRun += 1
            self._line(test, "not ok", diagnosis=self.errors[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            for line in f"{subtest}\n{self._exc_info_to_string(err, test)}".splitlines():
                print(f"# {line}")
            self.broken = test

    broken = None

    def stopTest(self, test):
        super().stopTest(test)
        # One that failed in a part of it is told neither as a success nor as a failure.
        if self.broken is test:
            self._line(test, "not ok")
            self.broken = None


def run(suite):
    """Run tests, and print TAP; the exit status."""
    print("TAP version 13")
    result = Tap()
    suite.run(result)
    print(f"1..{result.testsRun}")
    return int(not result.wasSuccessful())
