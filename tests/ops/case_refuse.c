// SPDX-License-Identifier: MIT
/* Operations that cannot be, and what their messages say. */
#include <stdio.h>

#include <ipu/op_numbers.h>

#include "families.h"

#define SHAPE(...)                                                                         \
	(sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t)), (const uint32_t[]) \
	{                                                                                  \
		__VA_ARGS__                                                                \
	}

static void bad_index(struct sheet *sheet)
{
	const uint32_t table = array_random(sheet, IPU_F32, SHAPE(50, 8));
	const uint32_t index = array_add(sheet, IPU_I32, SHAPE(300));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(300, 8));

	array_set(sheet, index, 299, random_below(sheet, 2) ? 50 : -1);
	SCRIPT(sheet, DO_EMBEDDING, to, table, index);
	sheet_refuse(sheet, "embedding: index 299 is ");
}

static void bad_row(struct sheet *sheet)
{
	const uint32_t to = array_random(sheet, IPU_F32, SHAPE(50, 8));
	const uint32_t index = array_add(sheet, IPU_I32, SHAPE(300));
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(300, 8));

	array_set(sheet, index, 7, 50);
	SCRIPT(sheet, DO_SCATTER_ADD, to, from, index, NO_ARRAY);
	sheet_refuse(sheet, "scatter-add: index 7 is 50, and must be from 0 to 49");
}

static void bad_label(struct sheet *sheet)
{
	const uint32_t x = array_random(sheet, IPU_F32, SHAPE(40, 8));
	const uint32_t labels = array_add(sheet, IPU_I32, SHAPE(40));
	const uint32_t loss = array_add(sheet, IPU_F32, 0, NULL);
	const uint32_t total = array_add(sheet, IPU_F32, 0, NULL);

	array_set(sheet, labels, 39, 8);
	SCRIPT(sheet, DO_LOSS, 0, IPU_LOSS_MEAN, (uint32_t)-100, loss, total, x, labels, NO_ARRAY);
	sheet_refuse(sheet,
		     "loss: label 39 is 8, and must be from 0 to 7, or -100, which is ignored");
}

static void bad_element(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F16, SHAPE(50, 8));
	const uint32_t index = array_add(sheet, IPU_I32, SHAPE(50, 8));
	const uint32_t to = array_add(sheet, IPU_F16, SHAPE(50, 8));

	array_set(sheet, index, 399, 8);
	SCRIPT(sheet, DO_GATHER, to, from, index, 1);
	sheet_refuse(sheet, "gather: index 399 is 8, and must be from 0 to 7");
}

static void too_long(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(5, 9));

	SCRIPT(sheet, DO_PLACE, to, from, 1, 2);
	sheet_refuse(sheet, "place: what is placed does not fit into dimension 1");
}

static void too_many(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t values = array_add(sheet, IPU_F32, SHAPE(5, 9));

	SCRIPT(sheet, DO_SORT, values, NO_ARRAY, from, 0);
	sheet_refuse(sheet, "sort: the shapes or types");
}

static void no_broadcast(struct sheet *sheet)
{
	const uint32_t a = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(6, 8));

	SCRIPT(sheet, DO_MAP, IPU_MAP_RELU, to, a, NO_ARRAY, NO_ARRAY, 0, 0, 0, NO_ARRAY);
	sheet_refuse(sheet, "map: an operand has 5 elements in the dimension 1 from the last, "
			    "where the result has 6");
}

static void too_large(struct sheet *sheet)
{
	/* Only the tiles are told: the host has no room for it. */
	SCRIPT(sheet, DO_ARRAY, LAY_USUAL, IPU_F32, 0, 1472, 200000);
	sheet_refuse(sheet, "array of [1472, 200000]: a tile needs ");
}

/* With rows of an odd number of elements, whose unit is 4 of them: more than 2^32. */
static void wraps(struct sheet *sheet)
{
	SCRIPT(sheet, DO_ARRAY, LAY_USUAL, IPU_U8, 0, 1, 1073741825);
	sheet_refuse(sheet, "array of [1, 1073741825]: a tile needs ");
}

static void too_many_elements(struct sheet *sheet)
{
	SCRIPT(sheet, DO_ARRAY, LAY_USUAL, IPU_U8, 0, 65536, 65536);
	sheet_refuse(sheet, "array of [65536, 65536]: 2^31 elements or more");
}

static void too_many_dimensions(struct sheet *sheet)
{
	SCRIPT(sheet, DO_ARRAY, LAY_USUAL, IPU_U8, 0, 1, 1, 1, 1, 1, 1, 1);
	sheet_refuse(sheet, "array of [1, 1, 1, 1, 1, 1]: and more dimensions");
}

static void view_too_long(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(4, 4));

	SCRIPT(sheet, DO_COPY, to, from, 0, 2, 4, 4, 12, 2);
	sheet_refuse(sheet, "copy: dimension 1 of the view goes from element 0 to 42 of an array "
			    "that has 40");
}

static void view_before(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(4));

	SCRIPT(sheet, DO_COPY, to, from, 2, 1, 4, (uint32_t)-1);
	sheet_refuse(sheet, "copy: dimension 0 of the view goes from element -1 to 2");
}

static void no_reduction(struct sheet *sheet)
{
	const uint32_t from = array_random(sheet, IPU_F32, SHAPE(5, 8));
	const uint32_t to = array_add(sheet, IPU_F32, SHAPE(5));

	SCRIPT(sheet, DO_REDUCE, 0x7fffffff, to, from, 2);
	sheet_refuse(sheet, "reduce: there is no operation 2147483647");
}

static void no_scratch(struct sheet *sheet)
{
	const uint32_t rows = sheet->tiles * 4;
	const uint32_t from = array_random(sheet, IPU_I32, SHAPE(rows, 3000));
	const uint32_t to = array_add(sheet, IPU_I32, SHAPE(rows, 1));

	SCRIPT(sheet, DO_SORT, to, NO_ARRAY, from, 0);
	sheet_refuse(sheet, "sort: it needs ");
}

static void add_refusal(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	static void (*const refusals[])(struct sheet *sheet) = {
		bad_index,     bad_row,	    bad_label,	       bad_element,
		too_long,      too_many,    no_broadcast,      too_large,
		no_scratch,    wraps,	    too_many_elements, too_many_dimensions,
		view_too_long, view_before, no_reduction,
	};
	const uint32_t count = sizeof(refusals) / sizeof(refusals[0]);

	(void)dtype;
	(void)size;
	snprintf(sheet->what, sizeof(sheet->what), "refusal %u", sheet->runs % count);
	refusals[sheet->runs % count](sheet);
}

const struct family family_refuse = { "refuse", { IPU_F32 }, add_refusal, .alone = true };
