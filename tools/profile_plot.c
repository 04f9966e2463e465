// SPDX-License-Identifier: MIT
/*
 * A profile as an SVG picture: a row for each tile, or of many tiles for some of them, and
 * in it the time in columns. A column has the colour of what the tile did for most of it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "profile.h"
#include "run_report.h"
#include "text_file.h"

#define COLUMNS 1000
#define MOST_ROWS 368
#define PLOT_HEIGHT 368 /* of fewer rows, if they are not higher than MOST_HEIGHT */
#define MOST_HEIGHT 24
#define LEFT 60
#define TOP 50
#define BOTTOM 50

enum phase { COMPUTE, SYNC, EXCHANGE, HOST, PHASES };

static const struct {
	const char *name;
	const char *colour;
} phases[PHASES] = {
	[COMPUTE] = { "compute", "#2f7d4f" },
	[SYNC] = { "sync", "#e3b448" },
	[EXCHANGE] = { "exchange", "#3b6fb6" },
	[HOST] = { "host", "#a4508b" },
};

/**
 * struct plot - a picture that is being made
 * @view: of what
 * @file: where it is written
 * @rows: rows, each of one tile of @tiles_per_row
 * @cycles: of @view as a number above 0
 * @part: of each row and column, how much of it each phase has, from 0 to 1
 */
struct plot {
	const struct profile_view *view;
	struct text_file file;
	uint32_t rows;
	uint32_t tiles_per_row;
	double cycles;
	float (*part)[COLUMNS][PHASES];
};

/* ---- What tiles did ------------------------------------------------------------------------- */

static void add(float (*row)[PHASES], enum phase phase, double begin, double end)
{
	while (begin < end) {
		uint32_t column = begin < COLUMNS - 1 ? (uint32_t)begin : COLUMNS - 1;
		double next = column + 1 < end ? column + 1 : end;

		row[column][phase] += (float)(next - begin);
		if (column == COLUMNS - 1)
			return;
		begin = next;
	}
}

static void add_phase(struct plot *plot, uint32_t tile, enum phase phase, uint64_t begin,
		      uint64_t end)
{
	const double scale = COLUMNS / plot->cycles;

	if (tile % plot->tiles_per_row == 0 && tile / plot->tiles_per_row < plot->rows)
		add(plot->part[tile / plot->tiles_per_row], phase, (double)begin * scale,
		    (double)end * scale);
}

static int read_events(struct plot *plot)
{
	struct ipu_profile_event event = { .size = sizeof(event) }, step = { 0 }, before = { 0 };
	uint64_t place = 0;
	int err;

	while ((err = ipu_profile_next(plot->view->ctx, &place, &event)) > 0) {
		if (event.kind == IPU_EVENT_STEP) {
			before = step;
			step = event;
		}
		if (event.kind != IPU_EVENT_TILE)
			continue;
		if (before.size && before.step_end == IPU_STEP_END_EXTERNAL)
			add_phase(plot, event.tile, HOST, before.end, step.begin);
		add_phase(plot, event.tile, COMPUTE, event.begin, event.end);
		if (event.exited)
			continue;
		add_phase(plot, event.tile, SYNC, event.end, step.exchange);
		add_phase(plot, event.tile, EXCHANGE, step.exchange, step.end);
	}
	return err;
}

/* The phase with the most of a column; PHASES when the tile did nothing that was recorded. */
static enum phase most(const float *part)
{
	enum phase best = PHASES;
	float least = 0;

	for (enum phase phase = 0; phase < PHASES; phase++)
		if (part[phase] > least) {
			best = phase;
			least = part[phase];
		}
	return best;
}

/* ---- The picture ------------------------------------------------------------------------------ */

static void put_text(struct plot *plot, double x, double y, const char *anchor, const char *text)
{
	text_print(&plot->file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
	for (; *text; text++)
		text_print(&plot->file,
			   *text == '<'		      ? "&lt;" :
			   *text == '&'		      ? "&amp;" :
			   *text < ' ' || *text > '~' ? "?" :
							"%c",
			   *text);
	text_print(&plot->file, "</text>\n");
}

/* What one phase has of a row: a path of bars. */
static void put_bars(struct plot *plot, uint32_t row, enum phase phase, double y, double height)
{
	bool open = false;

	for (uint32_t x = 0; x < COLUMNS; x++) {
		uint32_t end = x;

		while (end < COLUMNS && most(plot->part[row][end]) == phase)
			end++;
		if (end == x)
			continue;
		if (!open)
			text_print(&plot->file, "<path fill=\"%s\" d=\"", phases[phase].colour);
		open = true;
		text_print(&plot->file, "M%u %.2fh%uv%.2fh-%uz", LEFT + x, y, end - x, height,
			   end - x);
		x = end;
	}
	if (open)
		text_print(&plot->file, "\"/>\n");
}

static void put_legend(struct plot *plot)
{
	for (enum phase phase = 0; phase < PHASES; phase++) {
		const uint32_t x = LEFT + 120 * phase;

		text_print(&plot->file,
			   "<rect x=\"%u\" y=\"26\" width=\"12\" height=\"12\" fill=\"%s\"/>\n", x,
			   phases[phase].colour);
		put_text(plot, x + 18, 36, "start", phases[phase].name);
	}
}

static void put_axes(struct plot *plot, double height)
{
	char text[64];

	for (unsigned int i = 0; i <= 10; i++) {
		snprintf(text, sizeof(text), "%.0f", plot->cycles * i / 10);
		put_text(plot, LEFT + COLUMNS * i / 10.0, TOP + height + 18, "middle", text);
	}
	put_text(plot, LEFT + COLUMNS / 2.0, TOP + height + 38, "middle",
		 "cycles of the tile clock");
	put_text(plot, LEFT - 8, TOP + 10, "end", "tile 0");
	snprintf(text, sizeof(text), "%u", (plot->rows - 1) * plot->tiles_per_row);
	if (plot->rows > 1)
		put_text(plot, LEFT - 8, TOP + height, "end", text);
}

static void put_picture(struct plot *plot)
{
	const double fitting = (double)PLOT_HEIGHT / plot->rows;
	const double each = fitting < MOST_HEIGHT ? fitting : MOST_HEIGHT;
	const double height = each * plot->rows;
	char title[320];

	text_print(&plot->file,
		   "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
		   "font-family=\"sans-serif\" font-size=\"12\">\n"
		   "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
		   LEFT + COLUMNS + 40, TOP + height + BOTTOM);
	snprintf(title, sizeof(title), "%s on %s, %u tiles, %" PRIu64 " cycles",
		 plot->view->result->program, plot->view->result->device, plot->view->result->tiles,
		 plot->view->cycles);
	put_text(plot, LEFT, 16, "start", title);
	put_legend(plot);
	for (uint32_t row = 0; row < plot->rows; row++)
		for (enum phase phase = 0; phase < PHASES; phase++)
			put_bars(plot, row, phase, TOP + row * each, each > 4 ? each - 1 : each);
	put_axes(plot, height);
	text_print(&plot->file, "</svg>\n");
}

static int write_plot(struct plot *plot, const char *path)
{
	int err = read_events(plot);

	if (err)
		return profile_fail_events(err);
	err = text_open(&plot->file, path);
	if (!err) {
		put_picture(plot);
		err = text_close(&plot->file);
	}
	return err ? profile_fail_output(path, err) : 0;
}

int profile_write_plot(const struct profile_view *view, const char *path)
{
	const uint32_t tiles = view->result->tiles;
	struct plot *plot = calloc(1, sizeof(*plot));
	int status;

	if (!plot)
		return profile_fail_events(-ENOMEM);
	plot->view = view;
	plot->cycles = view->cycles ? (double)view->cycles : 1;
	/* tiles that were not recorded have no rows */
	plot->tiles_per_row = view->options->tile_stride ? view->options->tile_stride : 1;
	while ((tiles - 1) / plot->tiles_per_row + 1 > MOST_ROWS)
		plot->tiles_per_row *= 2;
	plot->rows = (tiles - 1) / plot->tiles_per_row + 1;
	plot->part = calloc(plot->rows, sizeof(*plot->part));
	status = plot->part ? write_plot(plot, path) : profile_fail_events(-ENOMEM);
	free(plot->part);
	free(plot);
	return status;
}
