// SPDX-License-Identifier: MIT
/*
 * A plan as SVG: matrices, cut into blocks. A block has the colour of a tile that computes with
 * it: of those that share it, the one that is nearest to the tile that is outlined.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "output.h"
#include "plan_request.h"

#define LONGEST 320.0 /* pixels of the longest side */
#define SHORTEST 24.0
#define MARGIN 16.0
#define LABEL 22.0
#define GAP 40.0

/**
 * struct side - a side of a matrix
 * @elements: that it has
 * @block: of these in a block
 * @parts: blocks
 * @step: from the tile of a block to that of the next
 * @own: the block of the tile that is outlined
 * @pixels: length
 */
struct side {
	uint32_t elements;
	uint32_t block;
	uint32_t parts;
	uint32_t step;
	uint32_t own;
	double pixels;
};

static struct side make_side(uint32_t elements, uint32_t block, uint32_t parts, uint32_t step,
			     uint32_t tile)
{
	return (struct side){ elements, block, parts, step, tile / step % parts, 0 };
}

static void set_pixels(struct side *side, uint32_t longest)
{
	side->pixels = LONGEST * side->elements / (longest ? longest : 1);
	if (side->pixels < SHORTEST)
		side->pixels = SHORTEST;
}

/* Where a block begins, in pixels. */
static double place(const struct side *side, uint32_t part)
{
	const double at = (double)part * side->block;

	return side->pixels * (at < side->elements ? at / side->elements : 1);
}

static void draw_block(FILE *file, double left, double top, const struct side *rows,
		       const struct side *columns, uint32_t row, uint32_t column, const char *style)
{
	const double x = place(columns, column), y = place(rows, row);

	fprintf(file, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" %s/>\n", left + x,
		top + y, place(columns, column + 1) - x, place(rows, row + 1) - y, style);
}

static void draw_matrix(FILE *file, double left, double top, const char *name,
			const struct side *rows, const struct side *columns, uint32_t tile)
{
	const uint32_t first = tile - rows->own * rows->step - columns->own * columns->step;

	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\">%s [%u, %u]</text>\n", left, top - 6, name,
		rows->elements, columns->elements);
	for (uint32_t i = 0; i < rows->parts; i++)
		for (uint32_t j = 0; j < columns->parts; j++) {
			const uint32_t owner = first + i * rows->step + j * columns->step;
			char style[80];

			snprintf(style, sizeof(style),
				 "fill=\"hsl(%u,55%%,72%%)\" stroke=\"white\" stroke-width=\"0.3\"",
				 owner * 137 % 360);
			draw_block(file, left, top, rows, columns, i, j, style);
		}
	draw_block(file, left, top, rows, columns, rows->own, columns->own,
		   "fill=\"none\" stroke=\"black\" stroke-width=\"2\"");
}

static void begin_svg(FILE *file, double width, double height)
{
	fprintf(file,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n",
		width, height);
}

/* ---- Products ----------------------------------------------------------------------- */

static void draw_product(FILE *file, const struct plan_request *request)
{
	const struct ipu_product *product = &request->product;
	const struct ipu_plan *p = &request->plan;
	const uint32_t tile = request->tile;
	struct side m = make_side(product->m, p->m, p->pm, p->pn * p->pk, tile);
	struct side n = make_side(product->n, p->n, p->pn, p->pk, tile);
	struct side k = make_side(product->k, p->k, p->pk, 1, tile);
	uint32_t longest = m.elements > n.elements ? m.elements : n.elements;

	if (k.elements > longest)
		longest = k.elements;
	set_pixels(&m, longest);
	set_pixels(&n, longest);
	set_pixels(&k, longest);
	begin_svg(file, 2 * MARGIN + k.pixels + GAP + n.pixels + 80,
		  2 * MARGIN + 2 * LABEL + k.pixels + GAP + m.pixels);
	draw_matrix(file, MARGIN, MARGIN + LABEL + k.pixels + GAP, "A", &m, &k, tile);
	draw_matrix(file, MARGIN + k.pixels + GAP, MARGIN + LABEL, "B", &k, &n, tile);
	draw_matrix(file, MARGIN + k.pixels + GAP, MARGIN + LABEL + k.pixels + GAP, "C", &m, &n,
		    tile);
}

/* ---- Convolutions ------------------------------------------------------------------- */

static struct side side_of(const struct plan_request *request, uint32_t dim)
{
	const struct ipu_conv_plan *plan = &request->conv;
	uint32_t extents[IPU_CONV_DIMS], step = 1;

	plan_extents(request, extents);
	for (uint32_t d = dim + 1; d < IPU_CONV_DIMS; d++)
		step *= plan->parts[d];
	return make_side(extents[dim], plan->block[dim], plan->parts[dim], step, request->tile);
}

/* The part of an axis of the positions' operand that a block of positions needs. */
static struct side seen(const struct plan_request *request, const struct ipu_conv_axis *axis,
			const struct side *side)
{
	const bool grad = request->pass == IPU_CONV_INPUT_GRAD;
	const int64_t begin = (int64_t)side->own * side->block,
		      extent = grad ? axis->out : axis->in;
	const int64_t span = (int64_t)(axis->kernel - 1) * axis->dilation;
	int64_t end = begin + side->block < side->elements ? begin + side->block : side->elements;
	int64_t from, to;

	if (grad) {
		from = (begin + axis->padding - span) / axis->stride;
		to = (end - 1 + axis->padding) / axis->stride + 1;
	} else {
		from = begin * axis->stride - axis->padding;
		to = (end - 1) * axis->stride - axis->padding + span + 1;
	}
	from = from < 0 ? 0 : from;
	to = to > extent ? extent : to;
	/* @step and @own are where it begins and ends. */
	return (struct side){ .elements = (uint32_t)extent,
			      .step = (uint32_t)from,
			      .own = (uint32_t)(to > from ? to : from) };
}

static void draw_seen(FILE *file, double left, double top, const char *name,
		      const struct side *rows, const struct side *columns)
{
	const double x = columns->pixels * columns->step / columns->elements;
	const double y = rows->pixels * rows->step / rows->elements;

	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\">%s [%u, %u]</text>\n", left, top - 6, name,
		rows->elements, columns->elements);
	fprintf(file,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#eee\"/>\n",
		left, top, columns->pixels, rows->pixels);
	fprintf(file,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"none\" "
		"stroke=\"black\" stroke-width=\"2\"/>\n",
		left + x, top + y, columns->pixels * columns->own / columns->elements - x,
		rows->pixels * rows->own / rows->elements - y);
}

static void draw_conv(FILE *file, const struct plan_request *request)
{
	static const char *const names[][3] = {
		{ "input, an image", "output, an image", "channels, in and out" },
		{ "output's gradient, an image", "input's gradient, an image",
		  "channels, out and in" },
		{ "input, an image", "output's gradient, an image",
		  "weights, channels in and out" },
	};
	const char *const *name = names[request->pass];
	struct side y = side_of(request, IPU_CONV_Y), x = side_of(request, IPU_CONV_X);
	struct side k = side_of(request, IPU_CONV_K), c = side_of(request, IPU_CONV_C);
	struct side sy = seen(request, &request->folded.y, &y);
	struct side sx = seen(request, &request->folded.x, &x);
	const uint32_t channels = k.elements > c.elements ? k.elements : c.elements;
	const double column = LONGEST / 2 + GAP + 40;
	uint32_t longest = y.elements > x.elements ? y.elements : x.elements;

	longest = sy.elements > longest ? sy.elements : longest;
	longest = sx.elements > longest ? sx.elements : longest;
	set_pixels(&y, 2 * longest);
	set_pixels(&x, 2 * longest);
	set_pixels(&sy, 2 * longest);
	set_pixels(&sx, 2 * longest);
	set_pixels(&k, 2 * channels);
	set_pixels(&c, 2 * channels);
	begin_svg(file, 2 * MARGIN + 3 * column, 2 * MARGIN + LABEL + LONGEST / 2);
	draw_seen(file, MARGIN, MARGIN + LABEL, name[0], &sy, &sx);
	draw_matrix(file, MARGIN + column, MARGIN + LABEL, name[1], &y, &x, request->tile);
	draw_matrix(file, MARGIN + 2 * column, MARGIN + LABEL, name[2], &k, &c, request->tile);
}

/* ---- The file ----------------------------------------------------------------------- */

static void draw(FILE *file, const struct plan_request *request)
{
	if (!plan_tiles(request))
		begin_svg(file, 0, 0);
	else if (request->is_conv)
		draw_conv(file, request);
	else
		draw_product(file, request);
	fputs("</svg>\n", file);
}

int plan_draw(const struct plan_request *request)
{
	struct output out;
	char *text = NULL;
	size_t bytes = 0;
	char why[300];
	FILE *file;
	int err;

	if (!strcmp(request->svg, "-")) {
		draw(stdout, request);
		return cli_flush();
	}
	file = open_memstream(&text, &bytes);
	if (!file)
		return cli_fail(CLI_INTERNAL, "Out of memory.");
	draw(file, request);
	err = fclose(file) ? -errno : output_open(request->svg, &out);
	if (!err)
		err = output_close(&out, output_put(&out, text, bytes));
	free(text);
	if (!err)
		return CLI_OK;
	output_describe(err, why, sizeof(why));
	return cli_fail(CLI_OUTPUT, "%s %s", request->svg, why);
}
