# SPDX-License-Identifier: MIT
"""The kernel-doc directive, as far as this project's headers need it.

    .. kernel-doc:: driver/include/uapi/drm/ipu_accel.h
       :identifiers: drm_ipu_submit drm_ipu_wait

shows the kernel-doc comments of a file, in its order: of everything, or of the
identifiers named. They are declared to Sphinx's C domain, so :c:func:`name`
links to them. With :opening: what the file's first comment says goes before them, or is all, without identifiers. The path counts from the root of the repository. Comments
that stand inside a structure or an enumeration describe its members, as those
with "@member:" in the opening comment do. A name that is not found is an
error, so that a page cannot outlive what it documents.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"/\*\*[ \t\n](.*?)\*/", re.S)
OPENING = re.compile(r"(?:(struct|enum|union|typedef|DOC:)\s+)?([\w /-]+?)(?:\(\))?\s*(?:[-:]\s*(.*))?$")
MEMBER = re.compile(r"@([\w.]+|\.\.\.):\s*(.*)$")
REFERENCE = re.compile(r"&(?:struct|enum|union)?\s*(\w+)")
LITERAL = re.compile(r"(``.*?``)|\|")
CONSTANT = re.compile(r"%(\w+)")
SECTION = re.compile(r"\b(Return|Layout|Cost|Tolerance|Errors): ")
QUALIFIER = re.compile(r"\b(?:IPU_INLINE_|static|inline)\s+|__attribute__\(\((?:[^()]|\([^()]*\))*\)\)\s*")


def strip_stars(body):
    """The lines of a comment without the decoration at their start."""
    lines = [re.sub(r"^\s*\* ?", "", line).rstrip() for line in body.split("\n")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def inline(text):
    """kernel-doc's marks as reStructuredText's."""
    text = REFERENCE.sub(r"``\1``", text)
    text = CONSTANT.sub(r"``\1``", text)
    text = SECTION.sub(r"**\1:** ", text)
    text = re.sub(r"(?<![\w`])@(\w+)", r"``\1``", text)
    return LITERAL.sub(lambda match: match.group(1) or r"\|", text)


def literal(lines):
    """Lines that begin with a tab, after an empty one, as a literal block."""
    out = []
    for number, line in enumerate(lines):
        if line.startswith("\t") and (number == 0 or not lines[number - 1].strip()):
            out += ["::", ""]
        out.append(line.expandtabs(4) if line.startswith("\t") else inline(line))
    return out


def opening(text):
    """What the first comment of a file says, after the line of its licence."""
    comment = re.search(r"/\*(?!\*| SPDX)(.*?)\*/", text, re.S)
    lines = [re.sub(r"^\s*\*(?: (?! )|(?=\t)|$)", "", line.rstrip()) for line in
             comment.group(1).strip().split("\n")]
    return literal(lines) + [""]


class Entry:
    """One documented thing: a structure, an enumeration, a function, a macro."""

    def __init__(self, lines):
        opening = OPENING.match(lines[0])
        self.kind = opening.group(1) or ""
        self.name = opening.group(2).strip()
        self.brief = opening.group(3) or ""
        self.members = {}
        self.text = []
        self.declaration = ""
        self.parse(lines[1:])

    def parse(self, lines):
        """Sort what follows the opening line into members and text."""
        target = "brief"
        for line in lines:
            member = MEMBER.match(line)
            if member:
                target = member.group(1)
                self.members[target] = member.group(2)
            elif not line.strip():
                target = ""
                self.text.append("")
            elif target == "brief":
                self.brief += " " + line.strip()
            elif target:
                self.members[target] += " " + line.strip()
            else:
                self.text.append(line)

    def directive(self):
        """The directive of Sphinx's C domain that declares the entry, or None."""
        if self.kind in ("struct", "enum", "union"):
            return f".. c:{self.kind}:: {self.name}"
        if self.declaration.startswith("#define"):
            return f".. c:macro:: {self.name}"
        if self.declaration:
            return ".. c:function:: " + " ".join(self.declaration.split())
        return None

    def body(self):
        """What is said about the entry."""
        out = []
        if self.kind in ("struct", "enum", "union"):
            out = [".. code-block:: c", ""]
            out += ["   " + line for line in self.declaration.split("\n")] + [""]
        brief = inline(self.brief.strip())
        if brief:
            out += [brief[0].upper() + brief[1:] + ("" if brief.endswith(".") else "."), ""]
        for name, description in self.members.items():
            out += [f"``{name}``", "   " + inline(description), ""]
        out += literal(self.text)
        return out

    def rst(self):
        """The entry as reStructuredText."""
        directive = self.directive()
        if not directive:
            return self.body() + [""]
        return [directive, ""] + ["   " + line for line in self.body()] + [""]


def declaration_after(text, start):
    """The declaration that follows a comment, without comments inside it."""
    rest = text[start:].lstrip("\n")
    if rest.startswith("#define"):
        return re.match(r"(?:.*\\\n)*.*", rest).group(0)
    if not re.match(r"[\w]", rest):
        return ""
    if not re.match(r"(struct|enum|union)\s+\w+\s*\{", rest):
        return QUALIFIER.sub("", re.split(r";|\n\{", rest)[0])
    depth = 0
    for end, char in enumerate(rest):
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == ";" and depth == 0:
            break
    code = re.sub(r"[ \t]*/\*.*?\*/[ \t]*", "", rest[: end + 1], flags=re.S)
    return re.sub(r"\n\s*\n+", "\n", code).expandtabs(8)


def read_entries(path):
    """All documented things of a header, in order."""
    text = path.read_text()
    entries = []
    inside = None  # (entry, end of its declaration)
    for comment in COMMENT.finditer(text):
        lines = strip_stars(comment.group(1))
        if not lines:
            continue
        if inside and comment.start() < inside[1]:
            member = MEMBER.match(" ".join(line.strip() for line in lines if line.strip()))
            if member:
                inside[0].members[member.group(1)] = member.group(2)
            continue
        entry = Entry(lines)
        entry.declaration = declaration_after(text, comment.end())
        entries.append(entry)
        inside = None
        if entry.kind in ("struct", "enum", "union"):
            inside = (entry, text.find("\n};", comment.end()))
    return entries


class KernelDoc(SphinxDirective):
    """.. kernel-doc:: FILE"""

    required_arguments = 1
    option_spec = {"identifiers": directives.unchanged, "opening": directives.flag}

    def run(self):
        path = ROOT / self.arguments[0]
        if not path.is_file():
            raise self.error(f"kernel-doc: there is no {self.arguments[0]}")
        self.env.note_dependency(str(path))
        entries = read_entries(path)
        wanted = self.options.get("identifiers", "").split()
        missing = sorted(set(wanted) - {entry.name for entry in entries})
        if missing:
            raise self.error(f"kernel-doc: {self.arguments[0]} does not document {' '.join(missing)}")
        lines = opening(path.read_text()) if "opening" in self.options else []
        if "opening" in self.options and not wanted:
            entries = []
        for entry in entries:
            if not wanted or entry.name in wanted:
                lines += entry.rst()
        node = nodes.section()
        node.document = self.state.document
        nested_parse_with_titles(self.state, StringList(lines, source=str(path)), node)
        return node.children


def setup(app):
    """Sphinx calls this."""
    app.add_directive("kernel-doc", KernelDoc)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
