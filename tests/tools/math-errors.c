/* SPDX-License-Identifier: MIT */
/*
 * The errors that the SDK's <math.h> states, on floats from one end to the
 * other: the SDK's functions, compiled for the host, against the host's in double
 * precision. Prints TAP.
 */
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The step through the 2^32 floats: a prime, so that all kinds of them occur. */
#define STRIDE 409

/* libipu/tile/lib/math.c, compiled with its functions' names changed to these. */
float tile_expf(float x);
float tile_logf(float x);
float tile_tanhf(float x);

/* By how many units in the last place of a float @got is off. */
static double error_in_ulp(float got, double want)
{
	int exponent;

	if (isnan(want))
		return isnan(got) ? 0 : INFINITY;
	if (isinf(got) || isinf((float)want))
		return got == (float)want ? 0 : INFINITY;
	frexp(want, &exponent);
	if (exponent < -125)
		exponent = -125;
	return fabs((double)got - want) / ldexp(1, exponent - 24);
}

static int check(int number, const char *name, float (*function)(float), double (*truth)(double),
		 double bound)
{
	double worst = 0;
	float worst_at = 0;

	for (uint64_t i = 0; i < 1ull << 32; i += STRIDE) {
		uint32_t bits = (uint32_t)i;
		double error;
		float x;

		memcpy(&x, &bits, sizeof(x));
		error = error_in_ulp(function(x), truth((double)x));
		if (!(error <= worst)) {
			worst = error;
			worst_at = x;
		}
	}
	printf("%sok %d - %s is off by %.3f ulp at most, at %a; stated are %.1f\n",
	       worst < bound ? "" : "not ", number, name, worst, (double)worst_at, bound);
	return worst < bound ? 0 : 1;
}

int main(void)
{
	bool negative;
	int failed = 0;

	printf("TAP version 13\n1..4\n");
	failed += check(1, "expf", tile_expf, exp, 1);
	failed += check(2, "logf", tile_logf, log, 1);
	failed += check(3, "tanhf", tile_tanhf, tanh, 1.5);
	negative = signbit(tile_tanhf(-0.0f));
	printf("%sok 4 - tanhf(-0) is -0\n", negative ? "" : "not ");
	failed += !negative;
	return failed ? 1 : 0;
}
