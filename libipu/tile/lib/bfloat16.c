/* SPDX-License-Identifier: MIT */
/*
 * Functions that the compiler calls to round to __bf16, to nearest, ties to even; the
 * other direction is a shift. A NaN stays one.
 */
#include <stdint.h>

__bf16 __truncsfbf2(float x);

/* The result is in an integer register, other than __truncsfbf2()'s: so clang 19 has it. */
uint32_t __truncdfbf2(double x);

union float_bits {
	float f;
	uint32_t u;
};

union bf16_bits {
	uint16_t u;
	__bf16 b;
};

static uint16_t narrow(uint32_t bits)
{
	if ((bits & 0x7fffffff) > 0x7f800000)
		return (uint16_t)(bits >> 16 | 0x40);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

__bf16 __truncsfbf2(float x)
{
	const union float_bits bits = { x };
	const union bf16_bits result = { narrow(bits.u) };

	return result.b;
}

/* By way of a float that is rounded to odd, so that rounding twice is rounding once. */
uint32_t __truncdfbf2(double x)
{
	union float_bits bits = { (float)x };
	const double back = (double)bits.f;

	if (back != x && back == back) {
		if (__builtin_fabs(back) > __builtin_fabs(x))
			bits.u--;
		bits.u |= 1;
	}
	return narrow(bits.u);
}
