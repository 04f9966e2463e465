// SPDX-License-Identifier: MIT
/*
 * The Mandelbrot set on a grid, and its area.
 */
#include "bench.h"

#define SIZE 96
#define LIMIT 200

/* The set's area, and what the grid and the limit may add or miss. */
#define AREA 1.5066f
#define ERROR 0.08f

static uint32_t escape(float cx, float cy)
{
	float x = 0, y = 0, xx = 0, yy = 0;
	uint32_t n;

	for (n = 0; n < LIMIT && xx + yy <= 4; n++) {
		y = 2 * x * y + cy;
		x = xx - yy + cx;
		xx = x * x;
		yy = y * y;
	}
	return n;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, k, sum = 0;

	while (rounds--) {
		uint32_t inside = 0, total = 0;

		for (i = 0; i < SIZE; i++) {
			for (k = 0; k < SIZE; k++) {
				uint32_t n = escape(((float)i + 0.5f) * (3.0f / SIZE) - 2.25f,
						    ((float)k + 0.5f) * (3.0f / SIZE) - 1.5f);

				inside += n == LIMIT;
				total += n;
			}
		}
		if (!bench_near((float)inside * (9.0f / (SIZE * SIZE)), AREA, ERROR))
			return BENCH_WRONG;
		sum = bench_checksum(sum, total);
	}
	return sum;
}
