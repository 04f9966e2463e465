# SPDX-License-Identifier: MIT
"""Profiles of what a program does on the host and on the tiles, for Perfetto."""

import torch
from torch.profiler import ProfilerActivity


class profile(torch.profiler.profile):
    """torch.profiler.profile of the host and of the cards, written to a file at its end.

        with torch.ipu.profile("step.json") as p:
            step(x, y)
        print(p.table())

    https://ui.perfetto.dev opens the file. It has the operations of the host, on a track for each
    thread, and a track for each card, on which operations take the card's time.
    """

    def __init__(self, path=None, **options):
        options.setdefault("activities", [ProfilerActivity.CPU, ProfilerActivity.PrivateUse1])
        super().__init__(**options)
        self._path = path

    def __exit__(self, kind, value, trace):
        super().__exit__(kind, value, trace)
        if self._path is not None and kind is None:
            self.export_chrome_trace(str(self._path))

    def table(self, rows: int = 20) -> str:
        """Operations by the card's time."""
        averages = self.key_averages()
        return averages.table(sort_by="self_device_time_total", row_limit=rows)
