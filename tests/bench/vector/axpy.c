// SPDX-License-Identifier: MIT
/*
 * y += a x, of whole numbers that floats hold exactly.
 */
#include "bench.h"

#define SIZE 4096

static float x[SIZE], y[SIZE];

static void axpy(float a)
{
	uint32_t i;

	for (i = 0; i < SIZE; i++)
		y[i] += a * x[i];
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;
	/* what was added in all stays small: 1, -2, 1, 1, -2, 1, ... times x */
	int32_t added = 0, next = 1;

	for (i = 0; i < SIZE; i++) {
		x[i] = (int32_t)(bench_random(&seed) & 0xff) - 128;
		y[i] = 0;
	}
	while (rounds--) {
		axpy((float)next);
		added += next;
		next = added == 1 ? -2 : 1;
		i = bench_random(&seed) % SIZE;
		if ((int32_t)y[i] != added * (int32_t)x[i])
			return BENCH_WRONG;
	}
	for (i = 0; i < SIZE; i++) {
		if ((int32_t)y[i] != added * (int32_t)x[i])
			return BENCH_WRONG;
		sum = bench_checksum(sum, (uint32_t)(int32_t)y[i]);
	}
	return sum;
}
