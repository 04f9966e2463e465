// SPDX-License-Identifier: MIT
/*
 * The scalar product of two vectors of whole numbers, small enough for floats to
 * hold every sum exactly, in whatever order.
 */
#include "bench.h"

#define SIZE 4096

static float x[SIZE], y[SIZE];

static float dot(void)
{
	float sum = 0;
	uint32_t i;

	for (i = 0; i < SIZE; i++)
		sum += x[i] * y[i];
	return sum;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;
	int32_t want = 0;

	for (i = 0; i < SIZE; i++) {
		x[i] = (int32_t)(bench_random(&seed) & 63) - 32;
		y[i] = (int32_t)(bench_random(&seed) & 63) - 32;
		want += (int32_t)x[i] * (int32_t)y[i];
	}
	while (rounds--) {
		/* one factor is another one each time */
		i = rounds % SIZE;
		want -= (int32_t)x[i] * (int32_t)y[i];
		x[i] = (int32_t)(rounds & 31);
		want += (int32_t)x[i] * (int32_t)y[i];
		if ((int32_t)dot() != want)
			return BENCH_WRONG;
		sum = bench_checksum(sum, (uint32_t)want);
	}
	return sum;
}
