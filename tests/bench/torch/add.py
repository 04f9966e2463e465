#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The time of a small sum on the tiles, and on PyTorch's CPU device.

usage: add.py [FILE]

Run in the VM (`scripts/torch-vm`), it says what the driver takes: torch_add_small_driver_us, which is
added to FILE, build/bench.json. Little is imported, as that takes minutes where the VM's processor is
emulated.
"""

import sys
import time
from pathlib import Path

import torch

from report import CPU, Report


def add_us(device, count=1000, times=1000):
    """Microseconds of the sum of so many floats, one sum after the other, and the last waited for."""
    a, b = torch.randn(count, device=device), torch.randn(count, device=device)
    for number in range(times + times // 10):
        if number == times // 10:
            (a + b).cpu()
            began = time.perf_counter()
        c = a + b
    c.cpu()
    return (time.perf_counter() - began) / times * 1e6


def small_add(report, name, times):
    ours, peer = add_us("ipu", times=times), add_us("cpu", times=times)
    report.add(name, "us", ours, CPU, peer / ours)


def main():
    report = Report()
    for _ in range(5):
        small_add(report, "torch_add_small_driver_us", 100)
    report.finish(Path(sys.argv[1]) if sys.argv[1:] else None)


if __name__ == "__main__":
    main()
