/* SPDX-License-Identifier: MIT */
/*
 * Functions that the compiler calls for 64-bit integers on a 32-bit tile:
 * division and conversion from and to float. The compiler defines their names.
 * Division by zero gives all ones and the dividend as the remainder, as the
 * instructions do.
 */
#include <stdint.h>

uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);
int64_t __moddi3(int64_t a, int64_t b);
float __floatundisf(uint64_t a);
float __floatdisf(int64_t a);
uint64_t __fixunssfdi(float a);
int64_t __fixsfdi(float a);

union float_bits {
	float f;
	uint32_t u;
};

static uint64_t divide(uint64_t a, uint64_t b, uint64_t *rest)
{
	uint64_t quotient = 0;
	int shift;

	if (b == 0) {
		*rest = a;
		return UINT64_MAX;
	}
	if (a < b) {
		*rest = a;
		return 0;
	}
	if (a >> 32 == 0) {
		*rest = (uint32_t)a % (uint32_t)b;
		return (uint32_t)a / (uint32_t)b;
	}

	/* By hand, bit by bit, from where the divisor's first bit meets the dividend's. */
	shift = __builtin_clzll(b) - __builtin_clzll(a);
	for (b <<= shift; shift >= 0; shift--, b >>= 1) {
		quotient <<= 1;
		if (a >= b) {
			a -= b;
			quotient |= 1;
		}
	}
	*rest = a;
	return quotient;
}

static uint64_t magnitude(int64_t a)
{
	return a < 0 ? -(uint64_t)a : (uint64_t)a;
}

uint64_t __udivdi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	return divide(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b)
{
	uint64_t rest;

	divide(a, b, &rest);
	return rest;
}

int64_t __divdi3(int64_t a, int64_t b)
{
	uint64_t rest, quotient;

	if (b == 0)
		return -1;
	quotient = divide(magnitude(a), magnitude(b), &rest);
	return (int64_t)((a < 0) != (b < 0) ? -quotient : quotient);
}

int64_t __moddi3(int64_t a, int64_t b)
{
	uint64_t rest;

	divide(magnitude(a), magnitude(b), &rest);
	return (int64_t)(a < 0 ? -rest : rest);
}

float __floatundisf(uint64_t a)
{
	union float_bits scale;
	uint32_t top;
	int shift;

	if (a >> 32 == 0)
		return (float)(uint32_t)a;

	/* The top 32 bits, the last one set if a bit below is: rounds as all 64 would. */
	shift = 32 - __builtin_clzll(a);
	top = (uint32_t)(a >> shift) | (a << (64 - shift) != 0);
	scale.u = (uint32_t)(127 + shift) << 23;
	return (float)top * scale.f;
}

float __floatdisf(int64_t a)
{
	float f = __floatundisf(magnitude(a));

	return a < 0 ? -f : f;
}

/* As the instructions do: too large, or not a number, gives the largest value. */
uint64_t __fixunssfdi(float a)
{
	union float_bits bits = { a };
	int exponent = (int)(bits.u >> 23 & 0xff) - 150;
	uint32_t mantissa = (bits.u & 0x7fffff) | 0x800000;

	if (a < 1.0f)
		return 0;
	if (!(a < 0x1p64f))
		return UINT64_MAX;
	return exponent < 0 ? mantissa >> -exponent : (uint64_t)mantissa << exponent;
}

int64_t __fixsfdi(float a)
{
	if (a <= -0x1p63f)
		return INT64_MIN;
	if (!(a < 0x1p63f))
		return INT64_MAX;
	return a < 0 ? -(int64_t)__fixunssfdi(-a) : (int64_t)__fixunssfdi(a);
}
