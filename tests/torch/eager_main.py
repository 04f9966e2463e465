# SPDX-License-Identifier: MIT
"""Runs the tests of the modules named, and prints what `scripts/check` reads."""

import sys
import unittest


class Result(unittest.TestResult):
    def _line(self, test, good, why=""):
        name = test.id().split(".", 1)[1]
        print(f"{'ok' if good else 'not ok'} {self.testsRun} - {name}", flush=True)
        for line in why.splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._line(test, True)

    def addError(self, test, err):
        super().addError(test, err)
        self._line(test, False, self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._line(test, False, self.failures[-1][1])


def main():
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    result = Result()
    print(f"1..{suite.countTestCases()}", flush=True)
    suite.run(result)
    sys.exit(not result.wasSuccessful())


main()
