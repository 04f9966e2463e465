// SPDX-License-Identifier: MIT
/* Casts, constants, and counted numbers. */
#include <math.h>
#include <stdio.h>

#include "families.h"
#include "shapes.h"

static const uint32_t types[] = { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_U32,
				  IPU_I16, IPU_U16, IPU_I8,   IPU_U8 };

static bool is_float(uint32_t dtype)
{
	return epsilon(dtype) > 0;
}

/* What op_fill.h says of each pair of types. */
static double cast(uint32_t to, uint32_t from, double value)
{
	const double least = to == IPU_U32 ? 0 : -0x1p31;
	const double most = to == IPU_U32 ? 0x1p32 - 1 : 0x1p31 - 1;

	if (is_float(to))
		return rounded(to, is_float(from) ? value : rounded(IPU_F32, value));
	if (is_float(from))
		value = isnan(value) ? most : trunc(fmin(fmax(value, least), most));
	return rounded(to, value);
}

static void add_cast(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	static const double special[] = { 0.5,
					  -0.5,
					  1.5,
					  -1.9,
					  255,
					  256,
					  300,
					  -129,
					  65535,
					  65536,
					  -40000,
					  16777217,
					  3e9,
					  -3e9,
					  1e10,
					  1e-9,
					  2147483647,
					  123456789,
					  -1234567,
					  65519,
					  (double)INFINITY,
					  -(double)INFINITY,
					  (double)NAN };
	const uint32_t from_type = types[random_below(sheet, 9)];
	uint32_t shape[DIMS], ndim = random_shape(sheet, size, shape);
	const uint32_t from = array_random(sheet, from_type, ndim, shape);
	const uint32_t to = array_add(sheet, dtype, ndim, shape);
	struct array *a = &sheet->array[from];

	snprintf(sheet->what, sizeof(sheet->what), "cast from %s to %s, %s", type_name(from_type),
		 type_name(dtype), shape_text(ndim, shape));
	for (uint32_t i = 0; i < a->count / 2; i++) {
		const double value = special[random_below(sheet, sizeof(special) / sizeof(double))];

		if (is_float(from_type) || fabs(value) < 1e12)
			array_set(sheet, from, random_below(sheet, a->count), value);
	}
	SCRIPT(sheet, DO_CAST, to, from);
	for (uint32_t i = 0; i < a->count; i++)
		array_expect(sheet, to, i, cast(dtype, from_type, a->value[i]), 0);
}

static void add_fill(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[DIMS], ndim = random_shape(sheet, size, shape);
	const uint32_t to = array_add(sheet, dtype, ndim, shape), count = sheet->array[to].count;
	const bool counted = random_below(sheet, 2);
	double start = (int32_t)random_below(sheet, 2000) - 1000;
	double step = counted ? (int32_t)random_below(sheet, 21) - 10 : 0;

	snprintf(sheet->what, sizeof(sheet->what), "%s of %s, %s", counted ? "arange" : "fill",
		 type_name(dtype), shape_text(ndim, shape));
	if (is_float(dtype)) {
		start = rounded(IPU_F32, start / 7);
		step = rounded(IPU_F32, step / 7);
	}
	const uint32_t first = is_float(dtype) ? float_bits(start) : (uint32_t)(int32_t)start;
	const uint32_t next = is_float(dtype) ? float_bits(step) : (uint32_t)(int32_t)step;

	if (counted)
		SCRIPT(sheet, DO_ARANGE, to, first, next);
	else
		SCRIPT(sheet, DO_FILL, to, first);
	for (uint32_t i = 0; i < count; i++) {
		const double want = start + step * i;
		const double most = is_float(dtype) ? tolerance(dtype, want) * 0.5 : 0;
		const double larger = fmax(fabs(want), fmax(fabs(start), fabs(step * i)));

		if (is_float(dtype))
			array_expect(sheet, to, i,
				     isinf(rounded(dtype, want)) ? rounded(dtype, want) : want,
				     most + (i < 65536 && dtype == IPU_F32 ?
						     0 :
						     tolerance(IPU_F32, larger)));
		else
			array_expect(sheet, to, i, rounded(dtype, want), 0);
	}
}

static void add(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	if (random_below(sheet, 4))
		add_cast(sheet, dtype, size);
	else
		add_fill(sheet, dtype, size);
}

const struct family family_cast = { "cast",
				    { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_U32, IPU_I16,
				      IPU_U16, IPU_I8, IPU_U8 },
				    add,
				    .alike = false };
