// SPDX-License-Identifier: MIT
/* Reductions: each operation over random dimensions. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ipu/op_numbers.h>

#include "families.h"
#include "shapes.h"

/* What one result has come to so far. */
struct state {
	double value;
	double sizes; /* sum of what has been added, without signs */
	uint32_t count;
	uint32_t place;
};

static void add_element(struct state *s, uint32_t op, double x)
{
	const bool first = s->count == 0;
	const bool least = op == IPU_REDUCE_MIN || op == IPU_REDUCE_ARGMIN;

	switch (op) {
	case IPU_REDUCE_SUM:
	case IPU_REDUCE_MEAN:
		s->value += x;
		s->sizes += fabs(x);
		break;
	case IPU_REDUCE_SUM_SQUARES:
	case IPU_REDUCE_NORM:
		s->value += x * x;
		s->sizes += x * x;
		break;
	case IPU_REDUCE_PRODUCT:
		s->value = first ? x : s->value * x;
		break;
	case IPU_REDUCE_ANY:
		s->value = s->value != 0 || x != 0;
		break;
	case IPU_REDUCE_ALL:
		s->value = (first || s->value != 0) && x != 0;
		break;
	default:
		if (first ||
		    (!isnan(s->value) && (isnan(x) || (least ? x < s->value : x > s->value)))) {
			s->value = x;
			s->place = s->count;
		}
	}
	s->count++;
}

static void expect(struct sheet *sheet, uint32_t to, uint32_t at, const struct state *s,
		   uint32_t op)
{
	const uint32_t dtype = sheet->array[to].dtype;
	double want = s->value, most;

	/* Additions one after the other are far fewer than the square root of all. */
	most = s->sizes * 0x1p-24 * (8 + sqrt(s->count));
	if (op == IPU_REDUCE_PRODUCT)
		most = fabs(want) * 0x1p-24 * s->count;
	if (op == IPU_REDUCE_MEAN) {
		want = s->value / s->count;
		most /= s->count;
	}
	if (op == IPU_REDUCE_NORM) {
		want = sqrt(s->value);
		most = want > 0 ? most / want : 0;
	}
	if (op == IPU_REDUCE_ARGMAX || op == IPU_REDUCE_ARGMIN)
		want = s->place;
	if (op == IPU_REDUCE_ALL && !s->count)
		want = 1;
	if (op == IPU_REDUCE_PRODUCT && !s->count)
		want = 1;
	if (epsilon(dtype) > 0)
		most += tolerance(dtype, want);
	else if (op == IPU_REDUCE_SUM || op == IPU_REDUCE_PRODUCT)
		want = rounded(dtype, want);
	array_expect(sheet, to, at, want, isnan(most) || epsilon(dtype) == 0 ? 0 : most);
}

/* Numbers that operations have trouble with: equal ones, and now and then a NaN. */
static void fill(struct sheet *sheet, uint32_t from, uint32_t op)
{
	const struct array *array = &sheet->array[from];
	const bool floats = epsilon(array->dtype) > 0;
	const bool nan = floats && random_below(sheet, 4) == 0;
	const uint32_t sparse = random_below(sheet, 2);

	for (uint32_t i = 0; i < array->count; i++) {
		double x = array->value[i];

		if (op == IPU_REDUCE_PRODUCT)
			x = floats ? 1 + x / 64 : random_below(sheet, 40) ? 1 : -2;
		if (op == IPU_REDUCE_ANY || op == IPU_REDUCE_ALL)
			x = random_below(sheet, 8) ? sparse : 1 - sparse;
		if (op == IPU_REDUCE_ARGMAX || op == IPU_REDUCE_ARGMIN)
			x = floor(x * 2);
		if (nan && op >= IPU_REDUCE_MAX && op <= IPU_REDUCE_ARGMIN &&
		    random_below(sheet, 100) == 0)
			x = copysign((double)NAN, random_below(sheet, 2) ? 1 : -1);
		array_set(sheet, from, i, x);
	}
}

/* Dimensions to reduce: ARGMAX and ARGMIN only some next to each other. */
static uint32_t random_dims(struct sheet *sheet, uint32_t op, uint32_t ndim)
{
	uint32_t first, dims;

	if (op != IPU_REDUCE_ARGMAX && op != IPU_REDUCE_ARGMIN)
		return random_below(sheet, 4) ? random_below(sheet, 1u << ndim) : (1u << ndim) - 1;
	if (!ndim)
		return 0;
	first = random_below(sheet, ndim);
	dims = (1u << (1 + random_below(sheet, ndim - first))) - 1;
	return dims << first;
}

static uint32_t random_op(struct sheet *sheet, uint32_t dtype)
{
	static const uint32_t whole[] = { IPU_REDUCE_SUM, IPU_REDUCE_PRODUCT, IPU_REDUCE_MAX,
					  IPU_REDUCE_MIN, IPU_REDUCE_ARGMAX,  IPU_REDUCE_ARGMIN,
					  IPU_REDUCE_ANY, IPU_REDUCE_ALL };

	if (dtype == IPU_U8)
		return random_below(sheet, 2) ? IPU_REDUCE_ANY : IPU_REDUCE_ALL;
	if (dtype == IPU_I32)
		return whole[random_below(sheet, 8)];
	return random_below(sheet, IPU_REDUCE_OPS);
}

/* Element @at of the array goes to which result? */
static uint32_t result_of(uint32_t at, uint32_t ndim, const uint32_t *shape, uint32_t dims)
{
	uint32_t to = 0, pitch = 1;

	for (uint32_t d = ndim; d-- > 0; at /= shape[d]) {
		if (dims >> d & 1)
			continue;
		to += at % shape[d] * pitch;
		pitch *= shape[d];
	}
	return to;
}

static uint32_t result_type(struct sheet *sheet, uint32_t op, uint32_t dtype)
{
	if (op == IPU_REDUCE_ANY || op == IPU_REDUCE_ALL)
		return IPU_U8;
	if (op == IPU_REDUCE_ARGMAX || op == IPU_REDUCE_ARGMIN)
		return IPU_I32;
	return epsilon(dtype) > 0 && random_below(sheet, 4) == 0 ? IPU_F32 : dtype;
}

static void add_reduce(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const uint32_t op = random_op(sheet, dtype);
	uint32_t shape[DIMS], kept[DIMS], dims, to, from, n = 0, reduced = 1;
	const uint32_t ndim = random_shape(sheet, size, shape);
	struct state *states;

	dims = random_dims(sheet, op, ndim);
	for (uint32_t d = 0; d < ndim; d++) {
		/* There is no largest of no elements. */
		if ((dims >> d & 1) && !shape[d] && op >= IPU_REDUCE_MAX && op <= IPU_REDUCE_ARGMIN)
			shape[d] = 1;
		if (dims >> d & 1)
			reduced *= shape[d];
		else
			kept[n++] = shape[d];
	}
	snprintf(sheet->what, sizeof(sheet->what),
		 "reduce: operation %u of %s, %s, dimensions 0x%x", op, type_name(dtype),
		 shape_text(ndim, shape), dims);
	from = array_random(sheet, dtype, ndim, shape);
	fill(sheet, from, op);
	to = array_add(sheet, result_type(sheet, op, dtype), n, kept);
	SCRIPT(sheet, DO_REDUCE, op, to, from, dims);
	states = calloc(sheet->array[to].count + 1, sizeof(*states));
	for (uint32_t i = 0; states && i < sheet->array[from].count; i++)
		add_element(&states[result_of(i, ndim, shape, dims)], op,
			    sheet->array[from].value[i]);
	for (uint32_t i = 0; states && i < sheet->array[to].count; i++)
		expect(sheet, to, i, &states[i], op);
	free(states);
}

const struct family family_reduce = { "reduce",
				      { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_U8 },
				      add_reduce,
				      .alike = false };
