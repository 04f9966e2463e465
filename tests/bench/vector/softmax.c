// SPDX-License-Identifier: MIT
/*
 * e^x of every element of a row, over their sum. The exponential function is a
 * polynomial, as it has to be where there is no instruction for it.
 */
#include "bench.h"

#define ROWS 8
#define SIZE 512
#define LOG2_E 1.44269504f

static float in[ROWS][SIZE], out[ROWS][SIZE];

/* e^x for -80 <= x <= 0: 2^n times 2^f, f from -1/2 to 1/2, to about 1e-6 */
static inline float exponential(float x)
{
	float scaled = x * LOG2_E;
	int32_t n = (int32_t)(scaled - 0.5f);
	float f = scaled - (float)n;
	union {
		uint32_t bits;
		float value;
	} power = { .bits = (uint32_t)(n + 127) << 23 };
	float p = 1.54035304e-4f;

	p = p * f + 1.33335581e-3f;
	p = p * f + 9.61812911e-3f;
	p = p * f + 5.55041087e-2f;
	p = p * f + 2.40226507e-1f;
	p = p * f + 6.93147181e-1f;
	p = p * f + 1;
	return p * power.value;
}

static void softmax(const float *restrict row, float *restrict to)
{
	float max = row[0], sum = 0;
	uint32_t i;

	for (i = 1; i < SIZE; i++)
		max = row[i] > max ? row[i] : max;
	for (i = 0; i < SIZE; i++) {
		to[i] = exponential(row[i] - max);
		sum += to[i];
	}
	sum = 1 / sum;
	for (i = 0; i < SIZE; i++)
		to[i] *= sum;
}

/* e must be e, and the elements of a row 1 in all and in the order of the input's */
static bool is_right(const float *row, const float *to)
{
	float sum = 0;
	uint32_t i;

	for (i = 0; i < SIZE; i++) {
		sum += to[i];
		if (i && (row[i] > row[i - 1]) != (to[i] > to[i - 1]))
			return false;
	}
	return bench_near(sum, 1, 1e-4f) && bench_near(exponential(-1), 0.36787944f, 1e-6f);
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, j, seed = 1;

	/* neighbours differ, and by enough for a rounding not to matter */
	for (i = 0; i < ROWS; i++)
		for (j = 0; j < SIZE; j++)
			in[i][j] = (float)(int32_t)((bench_random(&seed) & 0xff) * 2 + j % 2) / 128;
	while (rounds--) {
		in[0][rounds % SIZE & ~1u] += 0.03125f;
		if (in[0][rounds % SIZE & ~1u] > 4)
			in[0][rounds % SIZE & ~1u] -= 4;
		for (i = 0; i < ROWS; i++)
			softmax(in[i], out[i]);
	}
	for (i = 0; i < ROWS; i++)
		if (!is_right(in[i], out[i]))
			return BENCH_WRONG;
	return bench_checksum(0, 1);
}
