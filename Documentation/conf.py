# SPDX-License-Identifier: MIT
# Sphinx configuration: `sphinx-build -W Documentation build/docs`.

import re
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
# Leave no __pycache__ in the source tree.
sys.dont_write_bytecode = True
sys.path.insert(0, str(here / "extensions"))

project = "ipu"
author = "The ipu authors"
copyright = author
# The version has one home, the root meson.build.
release = re.search(r"version: '([^']+)'", (here.parent / "meson.build").read_text()).group(1)
version = release

extensions = ["kernel_doc", "op_table", "plan_figure", "tile_figure"]
exclude_patterns = ["extensions"]
primary_domain = "c"
highlight_language = "none"
nitpicky = False

html_theme = "alabaster"
html_theme_options = {
	"description": "An open AI accelerator: card, driver, library",
	"page_width": "1100px",
	"sidebar_width": "240px",
	"fixed_sidebar": True,
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_show_sourcelink = False
html_copy_source = False
