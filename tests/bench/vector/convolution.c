// SPDX-License-Identifier: MIT
/*
 * A picture of floats filtered with three by three weights, of whole numbers that
 * floats hold exactly.
 */
#include "bench.h"

#define SIZE 128
#define OUT (SIZE - 2)

static float in[SIZE][SIZE], out[OUT][OUT], weight[3][3];

static void convolve(void)
{
	uint32_t i, j;

	for (i = 0; i < OUT; i++)
		for (j = 0; j < OUT; j++)
			out[i][j] = in[i][j] * weight[0][0] + in[i][j + 1] * weight[0][1] +
				    in[i][j + 2] * weight[0][2] + in[i + 1][j] * weight[1][0] +
				    in[i + 1][j + 1] * weight[1][1] +
				    in[i + 1][j + 2] * weight[1][2] + in[i + 2][j] * weight[2][0] +
				    in[i + 2][j + 1] * weight[2][1] +
				    in[i + 2][j + 2] * weight[2][2];
}

/* one element in whole numbers */
static int32_t element(uint32_t i, uint32_t j)
{
	int32_t sum = 0;
	uint32_t y, x;

	for (y = 0; y < 3; y++)
		for (x = 0; x < 3; x++)
			sum += (int32_t)in[i + y][j + x] * (int32_t)weight[y][x];
	return sum;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, j, seed = 1, sum = 0;

	for (i = 0; i < SIZE; i++)
		for (j = 0; j < SIZE; j++)
			in[i][j] = (int32_t)(bench_random(&seed) & 0xff);
	for (i = 0; i < 9; i++)
		weight[i / 3][i % 3] = (int32_t)(bench_random(&seed) & 15) - 8;
	while (rounds--) {
		weight[rounds % 3][1] = (int32_t)(rounds & 7);
		convolve();
		i = bench_random(&seed) % OUT;
		j = bench_random(&seed) % OUT;
		if ((int32_t)out[i][j] != element(i, j))
			return BENCH_WRONG;
		sum = bench_checksum(sum, (uint32_t)(int32_t)out[i][j]);
	}
	return sum;
}
