# SPDX-License-Identifier: MIT
"""The tile-figure directive: how arrays lie over tiles, drawn when the pages are built.

    .. tile-figure:: 16 tiles; tile 5

       y 24x32: own
       x 24x32: same
       b 32: columns

draws each array, rows from top to bottom, in the colours of the tiles that have its parts. What the
named tile has of the result is outlined ("own"), and so is what it needs of an operand: the "same" elements,
"all" of them, the "part" that it has itself, the "rows" that its elements are in, or the "columns" of an array of one row. How arrays
lie is what libipu/tile/include/ipu/chunk.h says; tests/docs compares the two.
"""

import re
from html import escape

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

SHORT_ROWS = 4096  # IPU_SHORT_ROWS
WIDTH, HEIGHT = 150, 130  # of a drawn array, at most
ARRAY = re.compile(r"(\S+) ([\dx]+)(?:: (own|same|all|part|rows|columns))?$")


def chunk_of(tiles, shape):
    """ipu_chunk_of() of chunk.h."""
    count = 1
    for extent in shape:
        count *= extent
    if not count:
        return 4
    even = -(-(-(-count // tiles)) // 16) * 16
    if len(shape) < 2:
        return even
    last = shape[-1]
    unit = 1 if last % 4 == 0 else 2 if last % 2 == 0 else 4
    rows = -(-(count // last) // tiles)
    whole = -(-rows // unit) * unit * last
    return whole if whole <= SHORT_ROWS or whole <= 2 * even else even


def rectangles(begin, end, columns):
    """Elements begin to end of rows of so many columns: rectangles (row, column, rows, columns)."""
    parts = []
    while begin < end:
        row, column = divmod(begin, columns)
        if column or end - begin < columns:
            length = min(columns - column, end - begin)
            parts.append((row, column, 1, length))
        else:
            length = (end - begin) // columns * columns
            parts.append((row, 0, length // columns, columns))
        begin += length
    return parts


class Array:
    """One array of a figure."""

    def __init__(self, name, shape, need, tiles):
        self.name, self.shape, self.need = name, shape, need
        self.columns = shape[-1]
        self.count = 1
        for extent in shape:
            self.count *= extent
        self.rows = self.count // self.columns
        self.chunk = chunk_of(tiles, shape)
        self.x_unit = WIDTH / self.columns
        self.y_unit = max(min(HEIGHT / self.rows, self.x_unit), 14 if self.rows == 1 else 2)

    def part(self, tile):
        """The elements of a tile: from, to."""
        return min(tile * self.chunk, self.count), min((tile + 1) * self.chunk, self.count)

    def needed(self, tile, own, columns):
        """What a tile needs that has elements own[0] to own[1] of a result of so many columns."""
        if self.need in ("own", "same"):
            return own
        if self.need == "part":
            return self.part(tile)
        if self.need == "rows":
            return (own[0] // columns * self.columns,
                    min(-(-own[1] // columns) * self.columns, self.count))
        return (0, self.count)

    def draw(self, left, tiles, outline):
        """As SVG, and where it ends."""
        out = []
        for tile in range(tiles):
            for row, column, rows, columns in rectangles(*self.part(tile), self.columns):
                out.append(self.rectangle(left, row, column, rows, columns,
                                          f'fill="hsl({tile * 137 % 360},55%,72%)"'))
        for row, column, rows, columns in rectangles(*outline, self.columns):
            out.append(self.rectangle(left, row, column, rows, columns,
                                      'fill="none" stroke="black" stroke-width="2"'))
        label = f"{self.name} [{', '.join(str(extent) for extent in self.shape)}]"
        out.append(f'<text x="{left}" y="14" font-size="12">{escape(label)}</text>')
        return out, left + max(WIDTH, 8 * len(label)) + 24

    def rectangle(self, left, row, column, rows, columns, style):
        """One of them."""
        return (f'<rect x="{left + column * self.x_unit:.1f}" y="{22 + row * self.y_unit:.1f}" '
                f'width="{columns * self.x_unit:.1f}" height="{rows * self.y_unit:.1f}" {style}/>')


def figure(tiles, tile, arrays):
    """The whole figure as SVG; the first array is the result."""
    out, left, height = [], 4, 0
    own = arrays[0].part(tile)
    for array in arrays:
        parts, left = array.draw(left, tiles, array.needed(tile, own, arrays[0].columns))
        out += parts
        height = max(height, 22 + array.rows * array.y_unit)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{height + 6:.0f}" '
            f'font-family="sans-serif">' + "".join(out) + "</svg>")


class TileFigure(SphinxDirective):
    """.. tile-figure:: N tiles; tile T"""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        where = re.match(r"(\d+) tiles; tile (\d+)$", self.arguments[0])
        lines = [ARRAY.match(line.strip()) for line in self.content if line.strip()]
        if not where or not lines or not all(lines):
            raise self.error("tile-figure: it is 'N tiles; tile T', and lines of 'name 24x32: own'")
        tiles, tile = int(where.group(1)), int(where.group(2))
        arrays = [Array(line.group(1), [int(n) for n in line.group(2).split("x")], line.group(3) or "all",
                        tiles) for line in lines]
        text = f"On {tiles} tiles: what tile {tile} has, and what it needs, is outlined."
        svg = figure(tiles, tile, arrays)
        return [nodes.raw("", f'<div class="tile-figure">{svg}</div>', format="html"),
                nodes.paragraph("", "", nodes.emphasis(text=text))]


def setup(app):
    """Sphinx calls this."""
    app.add_directive("tile-figure", TileFigure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
