# SPDX-License-Identifier: MIT
"""The plan-figure directive: what the planner finds, drawn by ipu-plan when the pages are built.

    .. plan-figure:: --matmul 256x192x512 --tiles 64

shows its drawing and what it prints. Without build/host there is a line instead that says how to
get it.
"""

import os
import subprocess
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(os.environ.get("IPU_BUILD", ROOT / "build/host")) / "tools/ipu-plan"


class PlanFigure(SphinxDirective):
    """.. plan-figure:: OPTION..."""

    required_arguments = 1
    final_argument_whitespace = True

    def plan(self, *options):
        """What the tool prints."""
        done = subprocess.run([TOOL, *self.arguments[0].split(), *options], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise self.error(f"plan-figure: {done.stderr.strip()}")
        return done.stdout

    def run(self):
        command = f"ipu-plan {self.arguments[0]}"
        if not TOOL.exists():
            return [nodes.paragraph("", f"The figure that belongs here is drawn by {command}: run "
                                        "make sim, and build the pages again.")]
        svg = self.plan("--svg", "-")
        text = f"$ {command}\n{self.plan()}"
        return [nodes.raw("", f'<div class="tile-figure">{svg}</div>', format="html"),
                nodes.literal_block(text, text)]


def setup(app):
    """Sphinx calls this."""
    app.add_directive("plan-figure", PlanFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
