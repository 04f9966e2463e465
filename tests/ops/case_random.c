// SPDX-License-Identifier: MIT
/* Random numbers and dropout, against the host's own, and as a whole against what they should be. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "families.h"
#include "shapes.h"

/* Where the numbers of a case come from. */
struct source {
	uint32_t seed[2];
	uint32_t offset[2];
};

/* Philox 4x32-10, as op_random.h says: the word of an element. */
static uint32_t word_of(const struct source *source, uint32_t element)
{
	uint32_t x[4] = { element / 4, 0, source->offset[0], source->offset[1] };
	uint32_t key[2] = { source->seed[0], source->seed[1] };

	for (uint32_t round = 0; round < 10; round++) {
		const uint64_t a = (uint64_t)x[0] * 0xd2511f53, b = (uint64_t)x[2] * 0xcd9e8d57;
		const uint32_t next[4] = { (uint32_t)(b >> 32) ^ x[1] ^ key[0], (uint32_t)b,
					   (uint32_t)(a >> 32) ^ x[3] ^ key[1], (uint32_t)a };

		for (uint32_t i = 0; i < 4; i++)
			x[i] = next[i];
		key[0] += 0x9e3779b9;
		key[1] += 0xbb67ae85;
	}
	return x[element % 4];
}

static double radius(const struct source *source, uint32_t element)
{
	const uint32_t p = word_of(source, element & ~1u);

	return sqrt(-2 * log(((p >> 9) + 0.5) / 0x1p23));
}

static double normal_of(const struct source *source, uint32_t element)
{
	const double angle = word_of(source, element | 1) * (2 * M_PI / 0x1p32);

	return radius(source, element) * (element & 1 ? sin(angle) : cos(angle));
}

static bool chosen(const struct source *source, uint32_t element, double p)
{
	return (word_of(source, element) >> 8) / 0x1p24 < p;
}

/* The mean of all numbers; a case of very many shows whether they are of their distribution. */
static void check_mean(const struct sheet *sheet, uint32_t count, double sum, double mean,
		       double deviation)
{
	if (count >= 100 && fabs(sum / count - mean) > 6 * deviation / sqrt(count)) {
		fprintf(stderr, "%s: the mean of %u numbers is %g instead of %g\n", sheet->what,
			count, sum / count, mean);
		exit(1);
	}
}

static uint32_t new_generator(struct sheet *sheet, struct source *source)
{
	const uint32_t lay = sheet->lay, words = 4;
	uint32_t number;

	source->seed[0] = random_below(sheet, 0xffffffff);
	source->seed[1] = random_below(sheet, 0xffffffff);
	source->offset[0] = random_below(sheet, 2) ? 0xffffffff : random_below(sheet, 1000);
	source->offset[1] = random_below(sheet, 3);
	sheet->lay = LAY_COPIES;
	number = array_add(sheet, IPU_U32, 1, &words);
	sheet->lay = lay;
	for (uint32_t i = 0; i < 2; i++) {
		array_set(sheet, number, i, source->seed[i]);
		array_set(sheet, number, 2 + i, source->offset[i]);
	}
	return number;
}

static void next(struct source *source)
{
	if (!++source->offset[0])
		source->offset[1]++;
}

static void add_uniform(struct sheet *sheet, uint32_t to, uint32_t generator, struct source *source)
{
	const struct array *array = &sheet->array[to];
	const int digits = array->dtype == IPU_F32 ? 24 : array->dtype == IPU_F16 ? 11 : 8;
	const float low = (float)random_normal(sheet), high = low + 2.5f;
	double sum = 0;

	/* A run before this one takes numbers of its own. */
	SCRIPT(sheet, DO_UNIFORM, to, generator, float_bits(0), float_bits(1));
	SCRIPT(sheet, DO_UNIFORM, to, generator, float_bits((double)low), float_bits((double)high));
	next(source);
	for (uint32_t i = 0; i < array->count; i++) {
		const float u = (float)(word_of(source, i) >> (32 - digits));
		const float want = fmaf(u, (high - low) / (float)(1 << digits), low);

		array_expect(sheet, to, i, rounded(array->dtype, (double)want), 0);
		sum += (double)want;
	}
	check_mean(sheet, array->count, sum, (double)(low + high) / 2 - 1.25 / (1 << digits),
		   2.5 / sqrt(12));
}

static void add_normal(struct sheet *sheet, uint32_t to, uint32_t generator,
		       const struct source *source)
{
	const struct array *array = &sheet->array[to];
	const double mean = rounded(IPU_F32, random_normal(sheet)), deviation = 1.5;
	double sum = 0, squares = 0;

	SCRIPT(sheet, DO_NORMAL, to, generator, float_bits(mean), float_bits(deviation));
	for (uint32_t i = 0; i < array->count; i++) {
		const double z = normal_of(source, i), want = mean + deviation * z;

		array_expect(sheet, to, i, want,
			     tolerance(array->dtype, want) +
				     deviation * 4 * 0x1p-23 * radius(source, i));
		sum += z;
		squares += z * z;
	}
	check_mean(sheet, array->count, sum, 0, 1);
	check_mean(sheet, array->count, squares, 1, sqrt(2));
}

static double probability(struct sheet *sheet)
{
	const uint32_t n = random_below(sheet, 10);

	return n < 2 ? n : (double)(float)(random_below(sheet, 1000) / 1000.0);
}

static void add_bernoulli(struct sheet *sheet, uint32_t to, uint32_t generator,
			  const struct source *source)
{
	const struct array *array = &sheet->array[to];
	const double p = probability(sheet);
	double sum = 0;

	SCRIPT(sheet, DO_BERNOULLI, to, generator, float_bits(p));
	for (uint32_t i = 0; i < array->count; i++) {
		const bool one = chosen(source, i, p);

		array_expect(sheet, to, i, one, 0);
		sum += one;
	}
	check_mean(sheet, array->count, sum, p, 0.5);
}

/* Forward and backward. */
static void add_dropout(struct sheet *sheet, uint32_t to, uint32_t generator,
			const struct source *source)
{
	const struct array *array = &sheet->array[to];
	const double p = probability(sheet), keep = (double)(1 - (float)p);
	const double scale = p < 1 ? (double)(1 / (1 - (float)p)) : 0;
	const uint32_t from = array_random(sheet, array->dtype, array->ndim, array->shape);
	const uint32_t mask = array_add(sheet, IPU_U8, array->ndim, array->shape);
	const uint32_t grad = array_random(sheet, array->dtype, array->ndim, array->shape);
	const uint32_t back = array_add(sheet, array->dtype, array->ndim, array->shape);

	SCRIPT(sheet, DO_DROPOUT, to, generator, float_bits(p), mask, from);
	SCRIPT(sheet, DO_DROPOUT_GRAD, back, grad, mask, float_bits(p));
	for (uint32_t i = 0; i < array->count; i++) {
		const bool kept = chosen(source, i, keep);
		const double want = kept ? sheet->array[from].value[i] * scale : 0;
		const double slope = kept ? sheet->array[grad].value[i] * scale : 0;

		array_expect(sheet, mask, i, kept, 0);
		array_expect(sheet, to, i, want, tolerance(array->dtype, want) * 0.51);
		array_expect(sheet, back, i, slope, tolerance(array->dtype, slope) * 0.51);
	}
}

static void add_random(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	static const char *const names[] = { "uniform", "normal", "dropout", "bernoulli" };
	const uint32_t kind = epsilon(dtype) > 0 ? random_below(sheet, 4) : 3;
	uint32_t shape[DIMS], ndim = random_shape(sheet, size, shape);
	const uint32_t to = array_add(sheet, dtype, ndim, shape);
	struct source source;
	const uint32_t generator = new_generator(sheet, &source);

	snprintf(sheet->what, sizeof(sheet->what), "random: %s of %s, %s", names[kind],
		 type_name(dtype), shape_text(ndim, shape));
	if (kind == 0)
		add_uniform(sheet, to, generator, &source);
	else if (kind == 1)
		add_normal(sheet, to, generator, &source);
	else if (kind == 2)
		add_dropout(sheet, to, generator, &source);
	else
		add_bernoulli(sheet, to, generator, &source);
}

const struct family family_random = { "random",
				      { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_U8 },
				      add_random,
				      .alike = true };
