// SPDX-License-Identifier: MIT
/*
 * The SDK's memchr(): the first zero byte of a long text, and of a short one.
 */
#include <string.h>

#include "bench.h"

#define SIZE 65536

static uint8_t text[SIZE];

static uint32_t length(const uint8_t *from)
{
	const uint8_t *end = memchr(from, 0, SIZE - (uint32_t)(from - text));

	return end ? (uint32_t)(end - from) : SIZE;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;

	for (i = 0; i < SIZE; i++)
		text[i] = (uint8_t)(bench_random(&seed) % 255 + 1);
	while (rounds--) {
		const uint32_t end = SIZE - 1 - bench_random(&seed) % 1024;

		text[end] = 0;
		for (i = 0; i < SIZE; i += SIZE / 16) {
			if (length(text + i + rounds % 64) != end - i - rounds % 64)
				return BENCH_WRONG;
		}
		text[end] = 1;
		sum = bench_checksum(sum, end);
	}
	return sum;
}
