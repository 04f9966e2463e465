// SPDX-License-Identifier: MIT
/*
 * The SDK's memcpy(), of many bytes and of fewer, at all alignments.
 */
#include <string.h>

#include "bench.h"

#define SIZE 65536
#define PARTS 16

static uint8_t from[SIZE + PARTS], to[SIZE + PARTS];

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, seed = 1, sum = 0;

	for (i = 0; i < sizeof(from); i++)
		from[i] = (uint8_t)bench_random(&seed);
	while (rounds--) {
		const uint32_t shift = rounds % PARTS, part = SIZE / PARTS;

		memcpy(to + shift, from, SIZE);
		i = bench_random(&seed) % SIZE;
		if (to[shift + i] != from[i])
			return BENCH_WRONG;
		for (i = 0; i < PARTS; i++)
			memcpy(to + i * part, from + i * part + shift, part - i);
		i = bench_random(&seed) % (part - PARTS);
		if (to[shift * part + i] != from[shift * part + shift + i])
			return BENCH_WRONG;
		from[i] += (uint8_t)rounds;
		sum = bench_checksum(sum, to[i]);
	}
	return sum;
}
