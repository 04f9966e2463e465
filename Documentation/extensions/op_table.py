# SPDX-License-Identifier: MIT
"""The op-table directive: a group of enum ipu_map, as a table made from its comments.

    .. op-table:: IPU_MAP_ADD

shows the group that the operation begins, and what the comment before the group says.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

HEADER = Path(__file__).resolve().parents[2] / "libipu/tile/include/ipu/op_numbers.h"
ENUM = re.compile(r"enum ipu_map \{(.*?)\n\};", re.S)
GROUP = re.compile(r"^\t/\*(.*?)\*/\n(.*?)(?=^\t/\*|\Z)", re.S | re.M)
OPERATION = re.compile(r"^\t(IPU_MAP_\w+),(?: /\* (.*?) \*/)?$", re.M)


def groups():
    """For each group what is said about it, and operations with their comments."""
    body = ENUM.search(HEADER.read_text()).group(1)
    for intro, operations in GROUP.findall(body):
        yield re.sub(r"\s*\n\s*\*?\s*", " ", intro).strip(), OPERATION.findall(operations)


class OpTable(SphinxDirective):
    """.. op-table:: FIRST"""

    required_arguments = 1

    def run(self):
        self.env.note_dependency(str(HEADER))
        found = [group for group in groups() if group[1][0][0] == self.arguments[0]]
        if not found:
            raise self.error(f"op-table: no group begins with {self.arguments[0]}")
        intro, operations = found[0]
        lines = [intro.replace("*", "\\*"), "", ".. list-table::", "   :header-rows: 1", "",
                 "   * - Operation", "     - Result", "     - Tolerance, and what else there is"]
        for name, comment in operations:
            result, _, more = comment.partition("; ")
            if result.endswith(" ulp") or result == "exact":
                result, more = "", result
            lines += [f"   * - ``{name}``"]
            lines += [f"     - {part}".rstrip() for part in
                      (part.replace("*", "\\*").replace("|", "\\|") for part in (result, more))]
        node = nodes.Element()
        self.state.nested_parse(StringList(lines, source=str(HEADER)), self.content_offset, node)
        return node.children


def setup(app):
    """Sphinx calls this."""
    app.add_directive("op-table", OpTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
