# SPDX-License-Identifier: MIT
"""Figures, as `make bench` prints and writes them."""

import json
import statistics


CPU = "PyTorch's CPU"


class Report:
    """Values and ratios of all rounds by name."""

    def __init__(self):
        self.lines = {}

    def add(self, name, unit, value, peer=None, ratio=None):
        line = self.lines.setdefault(name, (unit, peer, [], []))
        line[2].append(value)
        if peer:
            line[3].append(ratio)

    def __iter__(self):
        for name, (unit, peer, values, ratios) in self.lines.items():
            spread = ratios if peer else values
            yield {"name": name, "value": float(f"{statistics.median(values):.6g}"), "unit": unit,
                   "peer": peer,
                   "ratio": float(f"{statistics.median(ratios):.6g}") if peer else None,
                   "rounds": len(values), "min": float(f"{min(spread):.6g}"),
                   "max": float(f"{max(spread):.6g}")}

    def print(self):
        print(f"{'name':34} {'value':>10} {'unit':8} {'peer':13} {'ratio':>8} {'min':>8} {'max':>8}")
        for line in self:
            ratio = f"{line['ratio']:8.3f}" if line["peer"] else f"{'-':>8}"
            print(f"{line['name']:34} {line['value']:10.1f} {line['unit']:8} "
                  f"{line['peer'] or '-':13} {ratio} {line['min']:8.3f} {line['max']:8.3f}")

    def finish(self, path=None):
        """Print them, and write them to a file, beside what is there of other parts."""
        self.print()
        if not path:
            return
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        lines = [line for line in old if line["name"] not in self.lines] + list(self)
        path.write_text("[\n" + ",\n".join(map(json.dumps, lines)) + "\n]\n", encoding="utf-8")
