/* SPDX-License-Identifier: MIT */
/*
 * Exponential, logarithm and hyperbolic tangent in float; <math.h> states their
 * errors. Plain C, so that a test can compare them with the host's.
 */
#include <stdint.h>

float expf(float x);
float logf(float x);
float tanhf(float x);

union float_bits {
	float f;
	uint32_t u;
};

/* ln 2 in two parts: n * LN2_HIGH is exact for the n of a float's exponent. */
#define LN2_HIGH 0.693145751953125f
#define LN2_LOW 1.42860682e-6f
#define LOG2_E 1.44269504f

static float power_of_two(int n)
{
	union float_bits bits = { .u = (uint32_t)(n + 127) << 23 };

	return bits.f;
}

float expf(float x)
{
	float n, r, sum;
	int exponent;

	if (x != x)
		return x;
	if (x > 88.8f)
		return __builtin_inff();
	if (x < -104.0f)
		return 0.0f;

	/* x = n ln 2 + r, |r| <= ln 2 / 2; then the series of e to the r, and times 2 to the n. */
	exponent = (int)(x * LOG2_E + (x < 0.0f ? -0.5f : 0.5f));
	n = (float)exponent;
	r = x - n * LN2_HIGH - n * LN2_LOW;
	sum = 1.0f / 40320;
	sum = sum * r + 1.0f / 5040;
	sum = sum * r + 1.0f / 720;
	sum = sum * r + 1.0f / 120;
	sum = sum * r + 1.0f / 24;
	sum = sum * r + 1.0f / 6;
	sum = sum * r + 0.5f;
	sum = r + r * r * sum;

	/* In two steps: a float may not be able to hold 2 to the n. */
	return (1.0f + sum) * power_of_two(exponent / 2) * power_of_two(exponent - exponent / 2);
}

float logf(float x)
{
	union float_bits m = { x };
	int exponent, subnormal = 0;
	float n, f, s, t, series;

	if (x != x || x == __builtin_inff())
		return x;
	if (x == 0.0f)
		return -__builtin_inff();
	if (x < 0.0f)
		return __builtin_nanf("");
	if (m.u < 0x800000) {
		m.f = x * 0x1p23f;
		subnormal = 23;
	}

	/* x = m 2^n, where m is between the roots of 1/2 and 2 (0x3f3504f3 is the root of 1/2). */
	exponent = (int)(m.u - 0x3f3504f3) >> 23;
	m.u -= (uint32_t)exponent << 23;
	n = (float)(exponent - subnormal);

	/*
	 * ln m = 2 artanh s = 2 s + 2 s (t / 3 + t^2 / 5 + ...) with f = m - 1, s = f / (2 + f),
	 * t = s^2; and 2 s = f - s f, where f is exact.
	 */
	f = m.f - 1.0f;
	s = f / (2.0f + f);
	t = s * s;
	series = 2.0f / 11;
	series = series * t + 2.0f / 9;
	series = series * t + 2.0f / 7;
	series = series * t + 2.0f / 5;
	series = series * t + 2.0f / 3;
	return n * LN2_HIGH + (f - (s * (f - t * series) - n * LN2_LOW));
}

float tanhf(float x)
{
	float magnitude = __builtin_fabsf(x);
	float t, p, q;

	if (magnitude < 0.625f) {
		/* x less a quotient of polynomials; agrees with the series to x^13. */
		t = x * x;
		p = ((27.0f * t + 2772.0f) * t + 45045.0f) * t;
		q = ((28.0f * t + 3150.0f) * t + 62370.0f) * t + 135135.0f;
		/* -0 less anything that is 0 would be +0. */
		return __builtin_copysignf(x - x * (p / q), x);
	}
	return __builtin_copysignf(1.0f - 2.0f / (expf(2.0f * magnitude) + 1.0f), x);
}
