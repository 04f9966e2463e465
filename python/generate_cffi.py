#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Write the C source of ipu._libipu, by which Python calls libipu.

What there is to call is read from libipu's public headers, so that nothing has to be kept in
step with them: the preprocessor leaves the declarations, and all integer constants whose
names start with IPU_ come with them. A header of its own needs one more word in meson.build.
Functions that headers declare for tile programs, and that libipu does not export, are left out.

Usage: generate_cffi.py OUTPUT.c LIBIPU.map [-I FOLDER]... -- COMPILER... -- HEADER...
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import cffi

# What cffi knows without a header: bool, size_t and the like.
STANDARD = ("stdbool.h", "stddef.h", "stdint.h")

# Functions that C calls and Python defines, see _print.py and _streams.py.
CALLBACKS = """
extern "Python" void ipu_py_print(const struct ipu_printed *line, void *data);
extern "Python" int64_t ipu_py_source(void *arg, void *data, size_t bytes);
extern "Python" int64_t ipu_py_sink(void *arg, void *data, size_t bytes);
"""


def preprocess(compiler, folders, headers, *options):
    """The headers, one after the other, through the preprocessor."""
    text = "".join(f"#include <{header}>\n" for header in headers)
    with tempfile.TemporaryDirectory() as empty:
        for name in STANDARD:
            (Path(empty) / name).touch()
        command = [*compiler, "-E", "-P", "-nostdinc", "-undef", *options, f"-I{empty}",
                   *(f"-I{folder}" for folder in folders), "-x", "c", "-"]
        return subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True,
                              check=True).stdout


def without_bodies(text):
    """Inline functions are no part of the library's interface: they are left out."""
    start = re.compile(r"^static inline [^;{]*\{", re.M)
    while found := start.search(text):
        end, depth = found.end(), 1
        while depth:
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            end += 1
        text = text[:found.start()] + text[end:]
    return text


def exported(text, version_script):
    """The declarations, but those of functions that the library keeps to itself."""
    names = set(re.findall(r"^\t(\w+);", Path(version_script).read_text(encoding="utf-8"), re.M))
    return re.sub(r"^[\w ]+[ *](ipu_\w+)\([^;{}]*\);$",
                  lambda found: found[0] if found[1] in names else "", text, flags=re.M)


def constants(text):
    """Macros that stand for a number; the compiler says which when it compiles the module."""
    found = re.findall(r"^#define (IPU_\w+) ([^\"\s].*)$", text, re.M)
    return "".join(f"#define {name} ...\n" for name, value in sorted(found)
                   if re.fullmatch(r"[\w\s()|<+*~-]+", value))


def main():
    output, version_script, *rest = sys.argv[1:]
    first = rest.index("--")
    second = rest.index("--", first + 1)
    folders = [word for word in rest[:first] if word != "-I"]
    compiler, headers = rest[first + 1:second], rest[second + 1:]

    ffi = cffi.FFI()
    ffi.cdef(constants(preprocess(compiler, folders, headers, "-dM")) +
             exported(without_bodies(preprocess(compiler, folders, headers)), version_script) +
             CALLBACKS)
    ffi.set_source("ipu._libipu", "".join(f"#include <{header}>\n" for header in headers))
    ffi.emit_c_code(output)


if __name__ == "__main__":
    main()
