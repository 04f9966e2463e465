#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which lines of the driver ran, from what the kernel counted.

usage: coverage.py MODULE-FOLDER LEAST FOLDER...

MODULE-FOLDER is where the module was built, with gcov's notes (.gcno) in driver/; each
other FOLDER has the counts (.gcda) of one run of a machine, which are added. Prints, as
comments of TAP, how many lines of each file ran and which did not, and succeeds if at least
LEAST percent of all did. The driver's KUnit tests are no part of it.
"""

import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

# The file's name, and for each line how often it ran.
Files = dict[str, collections.Counter[int]]


def add_counts(files: Files, module: pathlib.Path, counts: pathlib.Path) -> None:
    """Add what gcov makes of one file of counts and the notes of the same name."""
    notes = module / "driver" / counts.with_suffix(".gcno").name
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(notes, folder)
        shutil.copy(counts, folder)
        told = subprocess.run(
            ["gcov", "--json-format", "--stdout", counts.name],
            cwd=folder,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
    for source in json.loads(told)["files"]:
        path = module / source["file"]
        if path.parent != module / "driver":
            continue
        lines = files.setdefault(path.name, collections.Counter())
        for line in source["lines"]:
            lines[line["line_number"]] += line["count"]


def ranges(numbers: list[int]) -> str:
    """1, 2, 3, 7 as 1-3 7."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return " ".join(f"{a}-{b}" if a < b else f"{a}" for a, b in spans)


def main() -> int:
    """Print the report; the exit status."""
    module, least = pathlib.Path(sys.argv[1]).resolve(), float(sys.argv[2])
    files: Files = {}
    for folder in sys.argv[3:]:
        for counts in sorted(pathlib.Path(folder).glob("*.gcda")):
            add_counts(files, module, counts)
    ran = total = 0
    for name, lines in sorted(files.items()):
        missed = sorted(number for number, count in lines.items() if not count)
        done = len(lines) - len(missed)
        print(f"# {name:20} {100 * done / len(lines):5.1f} % of {len(lines):4} lines", end="")
        print(f"; not {ranges(missed)}" if missed else "")
        ran += done
        total += len(lines)
    if not total:
        print("# no counts: is the module that of scripts/build coverage?")
        return 1
    print(f"# all of the driver    {100 * ran / total:5.1f} % of {total:4} lines")
    return int(100 * ran < least * total)


if __name__ == "__main__":
    sys.exit(main())
