// SPDX-License-Identifier: MIT
/*
 * The product of two matrices of floats in the order of loops that goes along rows,
 * of whole numbers that floats hold exactly.
 */
#include <string.h>

#include "bench.h"

#define SIZE 96

static float a[SIZE][SIZE], b[SIZE][SIZE], product[SIZE][SIZE];

static void multiply(void)
{
	uint32_t i, j, k;

	memset(product, 0, sizeof(product));
	for (i = 0; i < SIZE; i++)
		for (k = 0; k < SIZE; k++)
			for (j = 0; j < SIZE; j++)
				product[i][j] += a[i][k] * b[k][j];
}

/* one element in whole numbers */
static int32_t element(uint32_t i, uint32_t j)
{
	int32_t sum = 0;
	uint32_t k;

	for (k = 0; k < SIZE; k++)
		sum += (int32_t)a[i][k] * (int32_t)b[k][j];
	return sum;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, j, seed = 1, sum = 0;

	for (i = 0; i < SIZE; i++) {
		for (j = 0; j < SIZE; j++) {
			a[i][j] = (int32_t)(bench_random(&seed) & 0xff) - 128;
			b[i][j] = (int32_t)(bench_random(&seed) & 0xff) - 128;
		}
	}
	while (rounds--) {
		a[rounds % SIZE][0] += 1;
		multiply();
		i = bench_random(&seed) % SIZE;
		j = bench_random(&seed) % SIZE;
		if ((int32_t)product[i][j] != element(i, j))
			return BENCH_WRONG;
		sum = bench_checksum(sum, (uint32_t)(int32_t)product[i][j]);
	}
	return sum;
}
