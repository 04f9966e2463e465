// SPDX-License-Identifier: MIT
/* Steps of an LSTM among those of a sequence, and their gradients. */
#include <math.h>
#include <stdio.h>

#include "families.h"
#include "shapes.h"

#define LONGEST 250 /* state: all of a row must fit a tile's scratch memory */
#define SLACK 0x1p-20 /* of the functions, and what cancels */

/* Where the step is: @rows of them from @row on, of @all. */
struct place {
	uint32_t row;
	uint32_t rows;
	uint32_t all;
	uint32_t columns;
};

static struct place random_place(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	struct place place = { .columns = random_extent(sheet, LONGEST) };

	if (dtype != IPU_F32)
		place.columns += place.columns % 2;
	place.rows = random_extent(sheet, size / (8 * place.columns) + 1);
	place.row = place.rows * random_below(sheet, 3);
	place.all = place.row + place.rows * (1 + random_below(sheet, 3));
	return place;
}

static uint32_t given(struct sheet *sheet, uint32_t dtype, uint32_t rows, uint32_t columns)
{
	return array_random(sheet, dtype, 2, (const uint32_t[]){ rows, columns });
}

static uint32_t result(struct sheet *sheet, uint32_t dtype, uint32_t rows, uint32_t columns)
{
	return array_add(sheet, dtype, 2, (const uint32_t[]){ rows, columns });
}

static double value(const struct sheet *sheet, uint32_t array, uint32_t at)
{
	return sheet->array[array].value[at];
}

/* What the other steps have stays. */
static void expect_others(struct sheet *sheet, uint32_t array, const struct place *place,
			  uint32_t width)
{
	for (uint32_t at = 0; at < place->all * width; at++)
		if (at / width < place->row || at / width >= place->row + place->rows)
			array_expect(sheet, array, at, 0, 0);
}

/* ---- A step ----------------------------------------------------------------------- */

struct step {
	uint32_t hy, cy, gates, out, x, h, cx;
};

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

static void expect_state(struct sheet *sheet, const struct step *s, const struct place *p,
			 uint32_t row, uint32_t column)
{
	const uint32_t dtype = sheet->array[s->hy].dtype, at = row * p->columns + column;
	const double cx = value(sheet, s->cx, at);
	double gate[4], off[4], cy, cy_off, hy, hy_off;

	for (uint32_t k = 0; k < 4; k++) {
		const uint32_t i = (4 * row + k) * p->columns + column;
		const double sum =
			value(sheet, s->x, i + 4 * p->row * p->columns) + value(sheet, s->h, i);

		gate[k] = k == 2 ? tanh(sum) : sigmoid(sum);
		off[k] = SLACK * (1 + fabs(sum)) * fabs(gate[k]) + tolerance(dtype, gate[k]);
		array_expect(sheet, s->gates, i, gate[k], off[k]);
	}
	cy = gate[1] * cx + gate[0] * gate[2];
	cy_off = (off[1] + SLACK * gate[1]) * fabs(cx) + off[0] * fabs(gate[2]) + off[2] * gate[0] +
		 off[0] * off[2] + tolerance(dtype, cy);
	hy = gate[3] * tanh(cy);
	hy_off = off[3] * fabs(tanh(cy)) + gate[3] * cy_off + SLACK * fabs(hy) +
		 tolerance(dtype, hy);
	array_expect(sheet, s->cy, at, cy, cy_off);
	array_expect(sheet, s->hy, at, hy, hy_off);
	array_expect(sheet, s->out, at + p->row * p->columns, hy, hy_off);
}

static void add_step(struct sheet *sheet, uint32_t dtype, const struct place *p)
{
	const struct step s = {
		.hy = result(sheet, dtype, p->rows, p->columns),
		.cy = result(sheet, dtype, p->rows, p->columns),
		.gates = result(sheet, dtype, p->rows, 4 * p->columns),
		.out = result(sheet, dtype, p->all, p->columns),
		.x = given(sheet, dtype, p->all, 4 * p->columns),
		.h = given(sheet, dtype, p->rows, 4 * p->columns),
		.cx = given(sheet, dtype, p->rows, p->columns),
	};

	SCRIPT(sheet, DO_LSTM, p->row, s.hy, s.cy, s.gates, s.out, s.x, s.h, s.cx);
	for (uint32_t row = 0; row < p->rows; row++)
		for (uint32_t column = 0; column < p->columns; column++)
			expect_state(sheet, &s, p, row, column);
	expect_others(sheet, s.out, p, p->columns);
}

/* ---- Its gradient ----------------------------------------------------------------- */

struct gradient {
	uint32_t dgates, all, dcx, dout, dhy, dcy, gates, cx, cy;
};

static void expect_gate(struct sheet *sheet, const struct gradient *g, const struct place *p,
			uint32_t row, uint32_t gate, uint32_t column, double want, double size)
{
	const uint32_t at = (4 * row + gate) * p->columns + column;
	const double off =
		SLACK * (size + fabs(want)) + tolerance(sheet->array[g->dgates].dtype, want);

	array_expect(sheet, g->dgates, at, want, off);
	array_expect(sheet, g->all, at + 4 * p->row * p->columns, want, off);
}

static void expect_gradient(struct sheet *sheet, const struct gradient *g, const struct place *p,
			    uint32_t row, uint32_t column)
{
	const uint32_t at = row * p->columns + column, first = at + 3 * row * p->columns;
	const double cx = value(sheet, g->cx, at), t = tanh(value(sheet, g->cy, at));
	const double dout = value(sheet, g->dout, at + p->row * p->columns);
	const double dhy = g->dhy == NO_ARRAY ? 0 : value(sheet, g->dhy, at);
	const double dcy = g->dcy == NO_ARRAY ? 0 : value(sheet, g->dcy, at);
	const double i = value(sheet, g->gates, first);
	const double f = value(sheet, g->gates, first + p->columns);
	const double c = value(sheet, g->gates, first + 2 * p->columns);
	const double o = value(sheet, g->gates, first + 3 * p->columns);
	const double dh = dout + dhy, dh_size = fabs(dout) + fabs(dhy);
	const double dc = dh * o * (1 - t * t) + dcy, size = dh_size * fabs(o) * 2 + fabs(dcy);

	expect_gate(sheet, g, p, row, 0, column, dc * c * i * (1 - i),
		    size * fabs(c) * (fabs(i) + i * i));
	expect_gate(sheet, g, p, row, 1, column, dc * cx * f * (1 - f),
		    size * fabs(cx) * (fabs(f) + f * f));
	expect_gate(sheet, g, p, row, 2, column, dc * i * (1 - c * c),
		    size * fabs(i) * (1 + c * c));
	expect_gate(sheet, g, p, row, 3, column, dh * t * o * (1 - o),
		    dh_size * fabs(t) * (fabs(o) + o * o));
	array_expect(sheet, g->dcx, at, dc * f,
		     SLACK * size * fabs(f) + tolerance(sheet->array[g->dcx].dtype, dc * f));
}

static void add_gradient(struct sheet *sheet, uint32_t dtype, const struct place *p)
{
	const bool last = !random_below(sheet, 3);
	const struct gradient g = {
		.dgates = result(sheet, dtype, p->rows, 4 * p->columns),
		.all = result(sheet, dtype, p->all, 4 * p->columns),
		.dcx = result(sheet, dtype, p->rows, p->columns),
		.dout = given(sheet, dtype, p->all, p->columns),
		.dhy = last ? NO_ARRAY : given(sheet, dtype, p->rows, p->columns),
		.dcy = last ? NO_ARRAY : given(sheet, dtype, p->rows, p->columns),
		.gates = given(sheet, dtype, p->rows, 4 * p->columns),
		.cx = given(sheet, dtype, p->rows, p->columns),
		.cy = given(sheet, dtype, p->rows, p->columns),
	};

	SCRIPT(sheet, DO_LSTM_GRAD, p->row, g.dgates, g.all, g.dcx, g.dout, g.dhy, g.dcy, g.gates,
	       g.cx, g.cy);
	for (uint32_t row = 0; row < p->rows; row++)
		for (uint32_t column = 0; column < p->columns; column++)
			expect_gradient(sheet, &g, p, row, column);
	expect_others(sheet, g.all, p, 4 * p->columns);
}

static void add_lstm(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const struct place place = random_place(sheet, dtype, size);

	snprintf(sheet->what, sizeof(sheet->what), "lstm of %s, %u columns, rows %u to %u of %u",
		 type_name(dtype), place.columns, place.row, place.row + place.rows, place.all);
	if (random_below(sheet, 2))
		add_step(sheet, dtype, &place);
	else
		add_gradient(sheet, dtype, &place);
}

const struct family family_lstm = { "lstm",
				    { IPU_F32, IPU_F16, IPU_BF16 },
				    add_lstm,
				    .alone = true };
