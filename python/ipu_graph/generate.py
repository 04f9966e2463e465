#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the C source of ipu_graph._libipu, by which Python calls <ipu_graph.h>.

Usage: generate.py OUTPUT.c LIBRARY FOLDER... -- COMPILER...

What the headers declare for tile programs only, the library does not have, and neither has
the module.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cffi

HEADERS = "#include <ipu.h>\n#include <ipu_graph.h>\n"


def preprocess(compiler, folders, text):
    """What the headers declare; cffi knows by itself what the standard's headers do."""
    with tempfile.TemporaryDirectory() as empty:
        for name in ("stdbool.h", "stddef.h", "stdint.h"):
            (Path(empty) / name).touch()
        command = [*compiler, "-E", "-P", "-nostdinc", "-undef", f"-I{empty}",
                   *(f"-I{folder}" for folder in folders), "-x", "c", "-"]
        return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True,
                              check=True).stdout


def exports(library):
    """Names of the library's functions."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE,
                           text=True, check=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def main():
    output, library, *rest = sys.argv[1:]
    end = rest.index("--")
    text = preprocess(rest[end + 1:], rest[:end], HEADERS)
    text = re.sub(r"^static inline [^;{]*\{.*?^\}$", "", text, flags=re.M | re.S)
    there = exports(library)
    text = re.sub(r"^[\w ]+[ *](ipu_\w+)\([^;{}]*\);$",
                  lambda found: found[0] if found[1] in there else "", text, flags=re.M)
    ffi = cffi.FFI()
    ffi.cdef(text)
    ffi.set_source("ipu_graph._libipu", HEADERS)
    ffi.emit_c_code(output)


if __name__ == "__main__":
    main()
