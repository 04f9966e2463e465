// SPDX-License-Identifier: MIT
/*
 * Xipu's conversions, compared with their definition: f8 to f16 and back, all
 * of them, and stochastic rounding with every random number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "float/ipu_narrow.h"
#include "float/ipu_prng.h"

/**
 * struct format - a format of the OCP 8-bit Floating Point Specification
 * @fraction: fraction bits
 * @bias: of the exponent
 * @max: code of the largest finite number
 * @least: the smallest normal number
 */
struct format {
	int fraction;
	int bias;
	unsigned int max;
	double least;
};

static const struct format formats[] = {
	[IPU_E4M3] = { 3, 7, 0x7e, 0x1p-6 },
	[IPU_E5M2] = { 2, 15, 0x7b, 0x1p-14 },
};

/* the number of an f8's code without its sign; codes continue beyond the largest one */
static double value_of(const struct format *format, unsigned int code)
{
	const int exponent = (int)(code >> format->fraction);
	const int fraction = (int)code & ((1 << format->fraction) - 1);

	if (!exponent)
		return ldexp(fraction, 1 - format->bias - format->fraction);
	return ldexp((1 << format->fraction) + fraction,
		     exponent - format->bias - format->fraction);
}

static double value_of_f16(uint16_t bits)
{
	const int exponent = bits >> 10 & 31;
	const int fraction = bits & 0x3ff;
	const double size =
		exponent ? ldexp(0x400 + fraction, exponent - 25) : ldexp(fraction, -24);

	if (exponent == 31)
		return fraction	     ? (double)NAN :
		       bits & 0x8000 ? (double)-INFINITY :
				       (double)INFINITY;
	return bits & 0x8000 ? -size : size;
}

static void all_f8(void **state)
{
	unsigned int format, code;

	(void)state;
	for (format = IPU_E4M3; format <= IPU_E5M2; format++) {
		const struct format *f = &formats[format];

		for (code = 0; code < 0x100; code++) {
			uint8_t flags = 0;
			const uint16_t wide = ipu_f16_from_f8(code, format, &flags);
			const unsigned int size = code & 0x7f;

			if (size <= f->max) {
				assert_true(value_of_f16(wide) ==
					    (code & 0x80 ? -1 : 1) * value_of(f, size));
				assert_int_equal(wide >> 15, code >> 7);
				assert_int_equal(flags, 0);
			} else if (format == IPU_E5M2 && size == 0x7c) {
				assert_int_equal(wide, (code & 0x80) << 8 | IPU_F16_INF);
				assert_int_equal(flags, 0);
			} else {
				assert_int_equal(wide, IPU_F16_NAN);
				assert_int_equal(flags, format == IPU_E5M2 && size == 0x7d ?
								IPU_FLAG_NV :
								0);
			}
		}
	}
}

/* the code of the number nearest to @size, of two the even one; max + 1 is too large */
static unsigned int nearest(const struct format *f, double size)
{
	unsigned int code = 0;

	while (code <= f->max) {
		const double below = size - value_of(f, code);
		const double above = value_of(f, code + 1) - size;

		if (below < above || (below == above && code % 2 == 0))
			break;
		code++;
	}
	return code;
}

static void check_to_f8(unsigned int format, uint16_t bits, bool saturate)
{
	const struct format *f = &formats[format];
	const double size = fabs(value_of_f16(bits));
	const unsigned int sign = bits >> 8 & 0x80;
	const unsigned int beyond = saturate	       ? sign | f->max :
				    format == IPU_E4M3 ? 0x7f :
							 sign | 0x7c;
	uint8_t flags = 0, want_flags = 0;
	const unsigned int got = ipu_f8_from_f16(bits, format, saturate, &flags);
	unsigned int want;

	if (isnan(size)) {
		want = format == IPU_E4M3 ? 0x7f : 0x7e;
		want_flags = bits & 0x200 ? 0 : IPU_FLAG_NV;
	} else if (isinf(size)) {
		want = beyond;
		want_flags = beyond == 0x7f ? IPU_FLAG_NV : 0;
	} else if (nearest(f, size) > f->max) {
		want = beyond;
		want_flags = IPU_FLAG_OF | IPU_FLAG_NX;
	} else {
		want = sign | nearest(f, size);
		if (value_of(f, want & 0x7f) != size)
			/* half a place of an unbounded format below the least normal number */
			want_flags = size < f->least - ldexp(f->least, -f->fraction - 2) ?
					     IPU_FLAG_UF | IPU_FLAG_NX :
					     IPU_FLAG_NX;
	}
	if (got != want || flags != want_flags)
		fail_msg("f16 %#x to f8 %u is %#x with flags %#x, not %#x with %#x", bits, format,
			 got, flags, want, want_flags);
}

static void all_f16_to_f8(void **state)
{
	uint32_t bits;

	(void)state;
	for (bits = 0; bits <= 0xffff; bits++) {
		check_to_f8(IPU_E4M3, bits, false);
		check_to_f8(IPU_E4M3, bits, true);
		check_to_f8(IPU_E5M2, bits, false);
		check_to_f8(IPU_E5M2, bits, true);
	}
}

/* ---- Stochastic rounding --------------------------------------------------------------------- */

static uint32_t bits_of(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static void exact_stays(void **state)
{
	uint64_t random[2] = { 1, 2 };
	uint32_t bits;
	unsigned int i;

	(void)state;
	for (bits = 0; bits <= 0xffff; bits++) {
		const double value = value_of_f16(bits);

		for (i = 0; i < 16; i++) {
			uint8_t flags = 0;
			const uint16_t got = ipu_f16_from_f32_sr(bits_of((float)value),
								 ipu_prng_next(random), &flags);

			assert_int_equal(got, isnan(value) ? IPU_F16_NAN : bits);
			assert_int_equal(flags, 0);
		}
	}
}

/* with all 2^16 random numbers: how often @value goes up, @below being the f16 below it */
static void check_odds(float value, uint16_t below)
{
	const double low = value_of_f16(below);
	const double high = below + 1 == IPU_F16_INF ? 65536 : value_of_f16(below + 1);
	const double want = floor(((double)value - low) / (high - low) * 65536);
	unsigned int random, ups = 0;

	for (random = 0; random <= 0xffff; random++) {
		uint8_t flags = 0;
		const uint16_t got = ipu_f16_from_f32_sr(bits_of(-value), random, &flags);
		const uint8_t tiny = (double)value < 0x1p-14 ? IPU_FLAG_UF : 0;

		assert_in_range(got & 0x7fff, below, below + 1);
		assert_int_equal(got >> 15, 1);
		ups += (got & 0x7fff) != below;
		assert_int_equal(flags, (double)value == low ? 0 :
					got == 0xfc00	     ? IPU_FLAG_OF | IPU_FLAG_NX :
							       tiny | IPU_FLAG_NX);
	}
	assert_true(ups == want);
}

static void odds(void **state)
{
	static const uint16_t below[] = { 0, 1, 2, 0x3ff, 0x400, 0x3bff, 0x3c00, 0x7bff };
	static const double part[] = { 0x1p-20, 0x1p-13, 0.25, 0.5, 0x1.555p-1, 0x1.ffep-1 };
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		const double low = value_of_f16(below[i]);
		const double high = below[i] == 0x7bff ? 65536 : value_of_f16(below[i] + 1);

		for (j = 0; j < sizeof(part) / sizeof(part[0]); j++)
			check_odds((float)(low + part[j] * (high - low)), below[i]);
	}
}

static void sr_special(void **state)
{
	static const struct {
		uint32_t a;
		uint16_t want;
		uint8_t flags;
	} rows[] = {
		{ 0x7f800000, 0x7c00, 0 },
		{ 0xff800000, 0xfc00, 0 },
		{ 0xffc00001, 0x7e00, 0 },
		{ 0x7f800001, 0x7e00, IPU_FLAG_NV },
		{ 0x47800000, 0x7c00, IPU_FLAG_OF | IPU_FLAG_NX }, /* 65536 */
		{ 0xff7fffff, 0xfc00, IPU_FLAG_OF | IPU_FLAG_NX },
		{ 0x00000001, 0x0000, IPU_FLAG_UF | IPU_FLAG_NX }, /* far below 2^-24 */
		{ 0x80800000, 0x8000, IPU_FLAG_UF | IPU_FLAG_NX },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t flags = 0;

		assert_int_equal(ipu_f16_from_f32_sr(rows[i].a, 0xffff, &flags), rows[i].want);
		assert_int_equal(flags, rows[i].flags);
	}
}

/* mean and variance of a number rounded with the generator's own bits */
static void drawn(void **state)
{
	enum { DRAWS = 1000000 };
	const double part = 0.3; /* 1 + this much of the distance to the next f16 */
	const float value = (float)(1 + part * 0x1p-10);
	uint64_t random[2];
	double sum = 0, squares = 0, mean, variance;
	unsigned int i;

	(void)state;
	ipu_prng_reset(random, 0, 0);
	for (i = 0; i < DRAWS; i++) {
		uint8_t flags = 0;
		const uint16_t got =
			ipu_f16_from_f32_sr(bits_of(value), ipu_prng_next(random), &flags);
		const double up = got - 0x3c00;

		sum += up;
		squares += up * up;
	}
	mean = sum / DRAWS;
	variance = squares / DRAWS - mean * mean;
	/* five standard deviations of the mean are 0.0023 */
	assert_true(fabs(mean - part) < 0.0023);
	assert_true(fabs(variance - part * (1 - part)) < 0.0023);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_f8),      cmocka_unit_test(all_f16_to_f8),
		cmocka_unit_test(exact_stays), cmocka_unit_test(odds),
		cmocka_unit_test(sr_special),  cmocka_unit_test(drawn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
