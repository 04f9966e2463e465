#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The time of a small sum on the tiles, and on PyTorch's CPU device.

usage: add.py [FILE]

Run in the VM (`scripts/torch-vm`), it says what the way to the card takes, by user queues and by the
driver: torch_add_small_user_queue_us and torch_add_small_driver_us, which are added to FILE,
build/bench.json. Little is imported, as that takes minutes where the VM's processor is emulated.
"""

import os
import sys
import time
from pathlib import Path

import torch

from report import CPU, Report

ROUNDS = 5


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


def in_child(function):
    """What a function returns, which opens the device for itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, repr(function()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        text = file.read()
    if os.waitpid(child, 0)[1]:
        sys.exit("add.py: a child failed")
    return float(text)


def by_user_queue(wanted, times=100):
    torch.ipu.set_user_queue(wanted)
    us = add_us("ipu", times=times)
    if torch.ipu.submission()["user_queue"] != wanted:
        sys.exit("add.py: " + torch.ipu.submission()["why_not"])
    return us


def main():
    report = Report()
    for _ in range(ROUNDS):
        queue = in_child(lambda: by_user_queue(True))
        driver = in_child(lambda: by_user_queue(False))
        peer = in_child(lambda: add_us("cpu", times=100))
        report.add("torch_add_small_driver_us", "us", driver, CPU, peer / driver)
        report.add("torch_add_small_user_queue_us", "us", queue, "driver", driver / queue)
    report.finish(Path(sys.argv[1]) if sys.argv[1:] else None)


if __name__ == "__main__":
    main()
