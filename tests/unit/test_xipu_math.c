// SPDX-License-Identifier: MIT
/*
 * Xipu's functions against the host's in long double: of every f16, where the
 * result must be the correctly rounded one, and of several million f32, where the
 * error must stay below the bound of ipu_xmath.h.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>

#include "float/ipu_narrow.h"
#include "float/ipu_xmath.h"

#define BOUND 0.5001L /* of the error, in units in the last place */
#define STRIDE 2003 /* over all f32, a prime */

/**
 * struct function - a function and its reference
 * @name: for messages
 * @number: IPU_FN_*
 * @reference: the same, for numbers only
 * @positive: it has no result below zero
 * @pole: it has a pole at zero
 */
struct function {
	const char *name;
	unsigned int number;
	long double (*reference)(long double x);
	bool positive;
	bool pole;
};

static long double sigmoidl(long double x)
{
	return 1 / (1 + expl(-x));
}

static long double rsqrtl(long double x)
{
	return 1 / sqrtl(x);
}

static const struct function functions[] = {
	{ "exp", IPU_FN_EXP, expl, false, false },
	{ "log", IPU_FN_LOG, logl, true, true },
	{ "tanh", IPU_FN_TANH, tanhl, false, false },
	{ "sigmoid", IPU_FN_SIGMOID, sigmoidl, false, false },
	{ "rsqrt", IPU_FN_RSQRT, rsqrtl, true, true },
};

/* a format: fraction bits, smallest normal exponent, largest finite number */
struct format {
	int fraction;
	int least;
	long double most;
};

static const struct format f32 = { 23, -126, 0x1.fffffep127L };
static const struct format f16 = { 10, -14, 65504 };

/* the distance between numbers of @format around @x */
static long double ulp_of(const struct format *format, long double x)
{
	int exponent;

	frexpl(x, &exponent);
	exponent--;
	if (!x || exponent < format->least)
		exponent = format->least;
	return ldexpl(1, exponent - format->fraction);
}

/* @x rounded to nearest, ties to even, which rintl does */
static long double round_to(const struct format *format, long double x)
{
	const long double ulp = ulp_of(format, x);
	const long double rounded = rintl(x / ulp) * ulp;

	return fabsl(rounded) > format->most ? copysignl(INFINITY, x) : rounded;
}

static long double value_of_f32(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return (long double)value;
}

/* the flags of @got, the result for @x, where none of them is special */
static void check_flags(const struct format *format, long double x, long double want,
			long double got, uint8_t flags)
{
	const bool overflow = isfinite(x) && isinf(got);
	/* below this it is tiny though rounded with the exponent unbounded */
	const long double tiny =
		ldexpl(1, format->least) - ldexpl(1, format->least - format->fraction - 2);

	assert_false(flags & (IPU_FLAG_NV | IPU_FLAG_DZ));
	assert_int_equal(!!(flags & IPU_FLAG_OF), overflow);
	if (!(flags & IPU_FLAG_NX)) {
		assert_false(flags);
		/* exact as far as the 53 bits that were rounded show */
		assert_true(want == got || fabsl(want - got) <= fabsl(got) * 0x1p-49L);
		return;
	}
	assert_int_equal(!!(flags & IPU_FLAG_UF), fabsl(want) < tiny);
}

/* NaNs, poles and what lies outside the domain; true if @x was one of these */
static bool check_special(const struct function *f, bool nan, bool signaling, long double x,
			  bool got_canonical, long double got, uint8_t flags)
{
	if (nan || (f->positive && x < 0)) {
		assert_true(got_canonical);
		assert_int_equal(flags, signaling || !nan ? IPU_FLAG_NV : 0);
		return true;
	}
	if (f->pole && x == 0) {
		assert_true(isinf(got));
		assert_int_equal(!!signbit(got), f->number == IPU_FN_LOG || signbit(x));
		assert_int_equal(flags, IPU_FLAG_DZ);
		return true;
	}
	return false;
}

static void all_f16(void **state)
{
	const struct function *f = *state;
	uint32_t bits;

	for (bits = 0; bits <= 0xffff; bits++) {
		const long double x = value_of_f32(ipu_f16_widen(bits));
		uint8_t flags = 0;
		const uint16_t result = ipu_xmath_f16(f->number, bits, &flags);
		const long double got = value_of_f32(ipu_f16_widen(result));
		long double want;

		if (check_special(f, isnan(x), !(bits & 0x200), x, result == IPU_F16_NAN, got,
				  flags))
			continue;
		want = f->reference(x);
		if (got != round_to(&f16, want) || !signbit(got) != !signbit(want))
			fail_msg("%s of %#x is %#x, %La, not %La", f->name, bits, result, got,
				 want);
		check_flags(&f16, x, want, got, flags);
	}
}

static void check_f32(const struct function *f, uint32_t bits, long double *worst)
{
	const long double x = value_of_f32(bits);
	uint8_t flags = 0;
	const uint32_t result = ipu_xmath_f32(f->number, bits, &flags);
	const long double got = value_of_f32(result);
	long double want, error;

	if (check_special(f, isnan(x), !(bits & IPU_F32_QUIET), x, result == IPU_F32_NAN, got,
			  flags))
		return;
	want = f->reference(x);
	if (!signbit(got) != !signbit(want))
		fail_msg("%s of %#x has the wrong sign", f->name, bits);
	check_flags(&f32, x, want, got, flags);
	if (isinf(got) || isinf(want)) {
		if (got != round_to(&f32, want))
			fail_msg("%s of %#x is %La, not %La", f->name, bits, got, want);
		return;
	}
	error = fabsl(got - want) / ulp_of(&f32, want);
	if (error > BOUND)
		fail_msg("%s of %#x is %La, not %La", f->name, bits, got, want);
	if (error > *worst)
		*worst = error;
}

/* every STRIDEth one, and those around 0, 1 and the ends of the range */
static void many_f32(void **state)
{
	static const uint32_t around[] = { 0x00000000, 0x00800000, 0x3f800000, 0x40000000,
					   0x42b17218, 0x42cff1b5, 0x41102cb3, 0x7f800000,
					   0x39800000, 0x33800000, 0x3f317218, 0x7fc00000 };
	const struct function *f = *state;
	long double worst = 0;
	uint64_t bits;
	unsigned int i;

	for (bits = 0; bits <= UINT32_MAX; bits += STRIDE)
		check_f32(f, bits, &worst);
	for (i = 0; i < sizeof(around) / sizeof(around[0]); i++)
		for (bits = 0; bits < 2000; bits++) {
			check_f32(f, around[i] + (uint32_t)bits - 1000, &worst);
			check_f32(f, (around[i] + (uint32_t)bits - 1000) ^ IPU_F32_SIGN, &worst);
		}
	printf("# %s: worst error %.8Lf ulp\n", f->name, worst);
}

#define TESTS(i)                                                               \
	{ #i " of all f16", all_f16, NULL, NULL, (void *)&functions[i] },      \
	{                                                                      \
		#i " of many f32", many_f32, NULL, NULL, (void *)&functions[i] \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TESTS(IPU_FN_EXP),     TESTS(IPU_FN_LOG),   TESTS(IPU_FN_TANH),
		TESTS(IPU_FN_SIGMOID), TESTS(IPU_FN_RSQRT),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
