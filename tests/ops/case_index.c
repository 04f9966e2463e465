// SPDX-License-Identifier: MIT
/* Operations that find elements by indices, and put them in order. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "families.h"
#include "shapes.h"

/* Indices below @limit of so many elements, in one or two dimensions. */
static uint32_t add_indices(struct sheet *sheet, uint32_t count, uint32_t limit)
{
	const uint32_t half = count % 2 == 0 && random_below(sheet, 2) ? 2 : 1;
	const uint32_t shape[] = { half, count / half };
	const uint32_t number = array_add(sheet, IPU_I32, half, half == 1 ? shape + 1 : shape);

	for (uint32_t i = 0; i < count; i++)
		array_set(sheet, number, i, random_below(sheet, limit));
	return number;
}

/* A table's shape: [V, D]. */
static void table_shape(struct sheet *sheet, uint32_t size, uint32_t *shape)
{
	shape[0] = random_extent(sheet, size);
	shape[1] = random_below(sheet, 2) ? size / shape[0] : random_extent(sheet, size / shape[0]);
}

static void add_embedding(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[2], to_shape[2], table, index, to, count;

	table_shape(sheet, size, shape);
	count = random_extent(sheet, size / shape[1]);
	snprintf(sheet->what, sizeof(sheet->what), "embedding of %s, %u rows from %s",
		 type_name(dtype), count, shape_text(2, shape));
	table = array_random(sheet, dtype, 2, shape);
	index = add_indices(sheet, count, shape[0]);
	to_shape[0] = count;
	to_shape[1] = shape[1];
	to = array_add(sheet, dtype, 2, to_shape);
	SCRIPT(sheet, DO_EMBEDDING, to, table, index);
	for (uint32_t i = 0; i < count * shape[1]; i++) {
		const uint32_t row = (uint32_t)sheet->array[index].value[i / shape[1]];

		array_expect(sheet, to, i, sheet->array[table].value[row * shape[1] + i % shape[1]],
			     0);
	}
}

const struct family family_embedding = { "embedding",
					 { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_U8 },
					 add_embedding,
					 .alike = false };

/* What is there when rows have been added. */
static void expect_sums(struct sheet *sheet, uint32_t to, uint32_t from, uint32_t index,
			uint32_t skip)
{
	const struct array *array = sheet->array;
	const uint32_t columns = array[to].shape[1], dtype = array[to].dtype;
	const uint32_t count = array[index].count;
	double *sum = malloc(array[to].count * sizeof(*sum));
	double *most = malloc(array[to].count * sizeof(*most));

	for (uint32_t i = 0; i < array[to].count; i++) {
		sum[i] = array[to].value[i];
		most[i] = fabs(sum[i]);
	}
	for (uint32_t i = 0; i < count * columns; i++) {
		const uint32_t row = (uint32_t)array[index].value[i / columns];

		if (row == skip)
			continue;
		sum[row * columns + i % columns] += array[from].value[i];
		most[row * columns + i % columns] += fabs(array[from].value[i]);
	}
	for (uint32_t i = 0; i < array[to].count; i++)
		array_expect(sheet, to, i, sum[i],
			     tolerance(dtype, sum[i]) + most[i] * count * 0x1p-24);
	free(sum);
	free(most);
}

/* And when they have been put there, in their order. */
static void expect_rows(struct sheet *sheet, uint32_t to, uint32_t from, uint32_t index)
{
	const struct array *array = sheet->array;
	const uint32_t columns = array[to].shape[1];

	for (uint32_t i = 0; i < array[to].count; i++)
		array_expect(sheet, to, i, array[to].value[i], 0);
	for (uint32_t i = 0; i < array[index].count * columns; i++)
		array_expect(sheet, to,
			     (uint32_t)array[index].value[i / columns] * columns + i % columns,
			     array[from].value[i], 0);
}

static void add_scatter(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const bool put = dtype == IPU_I32 || random_below(sheet, 2);
	uint32_t shape[2], from_shape[2], from, index, to, count, skip;

	table_shape(sheet, size, shape);
	count = random_extent(sheet, size / shape[1]);
	/* To put rows in order takes scratch memory for each. */
	if (put && count > 3000)
		count = 3000;
	skip = random_below(sheet, 2) ? NO_ARRAY : random_below(sheet, shape[0]);
	snprintf(sheet->what, sizeof(sheet->what), "%s of %s, %u rows to %s",
		 put ? "scatter" : "scatter-add", type_name(dtype), count, shape_text(2, shape));
	to = array_random(sheet, dtype, 2, shape);
	index = add_indices(sheet, count, shape[0]);
	from_shape[0] = count;
	from_shape[1] = shape[1];
	from = array_random(sheet, dtype, 2, from_shape);
	if (put) {
		SCRIPT(sheet, DO_SCATTER, to, from, index);
		expect_rows(sheet, to, from, index);
	} else {
		SCRIPT(sheet, DO_SCATTER_ADD, to, from, index, skip);
		expect_sums(sheet, to, from, index, skip);
	}
}

const struct family family_scatter = { "scatter",
				       { IPU_F32, IPU_F16, IPU_BF16, IPU_I32 },
				       add_scatter,
				       .alike = false };

static void add_gather(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[DIMS], own[DIMS], ndim, dim, from, index, to;

	do
		ndim = random_shape(sheet, size, shape);
	while (!ndim);
	dim = random_below(sheet, ndim);
	for (uint32_t d = 0; d < ndim; d++) {
		shape[d] += !shape[d];
		own[d] = random_below(sheet, 2) ? shape[d] : random_extent(sheet, shape[d]);
	}
	snprintf(sheet->what, sizeof(sheet->what), "gather of %s in dimension %u from %s",
		 type_name(dtype), dim, shape_text(ndim, shape));
	from = array_random(sheet, dtype, ndim, shape);
	index = array_add(sheet, IPU_I32, ndim, own);
	to = array_add(sheet, dtype, ndim, own);
	SCRIPT(sheet, DO_GATHER, to, from, index, dim);
	for (uint32_t i = 0; i < sheet->array[to].count; i++) {
		uint32_t left = i, at = 0, pitch = 1;

		array_set(sheet, index, i, random_below(sheet, shape[dim]));
		for (uint32_t d = ndim; d-- > 0; left /= own[d], pitch *= shape[d])
			at += pitch *
			      (d == dim ? (uint32_t)sheet->array[index].value[i] : left % own[d]);
		array_expect(sheet, to, i, sheet->array[from].value[at], 0);
	}
}

const struct family family_gather = { "gather",
				      { IPU_F32, IPU_F16, IPU_U8 },
				      add_gather,
				      .alike = false };

static void add_place(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[DIMS], own[DIMS], ndim, dim, offset, from, to, at, left, pitch;

	do
		ndim = random_shape(sheet, size, shape);
	while (!ndim);
	dim = random_below(sheet, ndim);
	memcpy(own, shape, sizeof(own));
	own[dim] = random_below(sheet, shape[dim] + 1);
	offset = random_below(sheet, shape[dim] - own[dim] + 1);
	snprintf(sheet->what, sizeof(sheet->what),
		 "place of %s, %u of dimension %u from %u on in %s", type_name(dtype), own[dim],
		 dim, offset, shape_text(ndim, shape));
	from = array_random(sheet, dtype, ndim, own);
	to = array_random(sheet, dtype, ndim, shape);
	SCRIPT(sheet, DO_PLACE, to, from, dim, offset);
	for (uint32_t i = 0; i < sheet->array[to].count; i++)
		array_expect(sheet, to, i, sheet->array[to].value[i], 0);
	for (uint32_t i = 0; i < sheet->array[from].count; i++) {
		left = i;
		at = 0;
		pitch = 1;
		for (uint32_t d = ndim; d-- > 0; left /= own[d], pitch *= shape[d])
			at += pitch * (left % own[d] + (d == dim ? offset : 0));
		array_expect(sheet, to, at, sheet->array[from].value[i], 0);
	}
}

const struct family family_place = { "place",
				     { IPU_F32, IPU_F16, IPU_I32, IPU_U8 },
				     add_place,
				     .alike = false };

/* ---- Sorting ---------------------------------------------------------------------- */

struct item {
	double value;
	uint32_t at;
};

/* Ascending; a NaN is larger than all numbers. */
static int order(double a, double b)
{
	if (isnan(a) || isnan(b))
		return !!isnan(a) - !!isnan(b);
	return (a > b) - (a < b);
}

static int ascending(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	const int by_value = order(x->value, y->value);

	return by_value ? by_value : (x->at > y->at) - (x->at < y->at);
}

static int descending(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	const int by_value = order(y->value, x->value);

	return by_value ? by_value : (x->at > y->at) - (x->at < y->at);
}

static void add_sort(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[DIMS], ndim, from, values, indices, length, keep, down;
	struct item *items;

	do
		ndim = random_shape(sheet, size < 1200 ? size : 1200, shape);
	while (!ndim);
	length = shape[ndim - 1];
	down = random_below(sheet, 2);
	snprintf(sheet->what, sizeof(sheet->what), "sort of %s, %s", type_name(dtype),
		 shape_text(ndim, shape));
	from = array_random(sheet, dtype, ndim, shape);
	/* Some are equal, and some no numbers. */
	for (uint32_t i = 0; i < sheet->array[from].count; i++) {
		if (random_below(sheet, 4) == 0)
			array_set(sheet, from, i, (double)random_below(sheet, 4) - 2);
		if (dtype != IPU_I32 && random_below(sheet, 50) == 0)
			array_set(sheet, from, i, random_below(sheet, 2) ? (double)NAN : -0.0);
	}
	keep = shape[ndim - 1] = random_below(sheet, 2) ? length : random_below(sheet, length + 1);
	values = array_add(sheet, dtype, ndim, shape);
	indices = random_below(sheet, 4) ? array_add(sheet, IPU_I32, ndim, shape) : NO_ARRAY;
	SCRIPT(sheet, DO_SORT, values, indices, from, down);
	items = malloc((length + 1) * sizeof(*items));
	for (uint32_t row = 0; keep && row < sheet->array[from].count / length; row++) {
		for (uint32_t i = 0; i < length; i++)
			items[i] = (struct item){ sheet->array[from].value[row * length + i], i };
		qsort(items, length, sizeof(*items), down ? descending : ascending);
		for (uint32_t i = 0; i < keep; i++) {
			array_expect(sheet, values, row * keep + i, items[i].value, 0);
			if (indices != NO_ARRAY)
				array_expect(sheet, indices, row * keep + i, items[i].at, 0);
		}
	}
	free(items);
}

const struct family family_sort = { "sort",
				    { IPU_F32, IPU_F16, IPU_BF16, IPU_I32 },
				    add_sort,
				    .alike = false };
