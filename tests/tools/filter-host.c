// SPDX-License-Identifier: MIT
/*
 * filter-host x N: N samples for examples/filter, raw, on standard output
 * filter-host y N TAPS: what it makes of them with the taps 1, 2, ... TAPS
 *
 * All are small whole numbers, so that every sum is exact in whatever order it is formed.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static float sample(uint64_t n)
{
	return (float)((n * 2654435761u >> 7) % 201) - 100;
}

static float filtered(uint64_t n, uint64_t taps)
{
	float sum = 0;

	for (uint64_t j = 0; j < taps && j <= n; j++)
		sum += (float)(j + 1) * sample(n - j);
	return sum;
}

int main(int argc, char **argv)
{
	uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	uint64_t taps = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;

	for (uint64_t n = 0; n < count; n++) {
		float value = taps ? filtered(n, taps) : sample(n);

		if (!fwrite(&value, sizeof(value), 1, stdout))
			return 1;
	}
	return fflush(stdout) != 0;
}
