# SPDX-License-Identifier: MIT
"""Runs the tests of the modules named, and prints what `scripts/check` reads."""

import sys
import unittest

import tap

sys.exit(tap.run(unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])))
