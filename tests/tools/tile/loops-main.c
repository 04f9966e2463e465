// SPDX-License-Identifier: MIT
/*
 * Runs the loops of both builds with random numbers and compares what they wrote;
 * exit code 0, or 1 plus the place of the first byte that differs.
 */
#include <ipu/tile.h>
#include <string.h>

#include "loops.h"

static struct loops_in in;
static struct loops_out vector, scalar;

static uint32_t seed = 1;

static uint32_t random_bits(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void fill(void)
{
	uint32_t i;

	for (i = 0; i < sizeof(in.bytes); i++)
		in.bytes[i] = (uint8_t)random_bits();
	for (i = 0; i < 2 * LOOPS_SIZE; i++)
		in.words[i] = (int32_t)(random_bits() << 8 ^ random_bits());
	for (i = 0; i < LOOPS_SIZE; i++) {
		in.signed_bytes[i] = (int8_t)random_bits();
		in.halves[i] = (int16_t)random_bits();
		in.index[i] = random_bits() % LOOPS_SIZE;
		in.floats[i] = (float)((int32_t)random_bits() - 0x800000) / 257.0f;
		in.float16s[i] = (_Float16)((float)(int16_t)random_bits() / 64.0f);
	}
}

int main(void)
{
	static const uint32_t sizes[] = { 1, 2, 3, 7, 16, 31, 33, 64, 100, 257, 599, 600 };
	const uint8_t *a = (const uint8_t *)&vector, *b = (const uint8_t *)&scalar;
	uint32_t i, at;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		fill();
		loops_vector(&in, &vector, sizes[i]);
		loops_scalar(&in, &scalar, sizes[i]);
		for (at = 0; at < sizeof(vector); at++)
			if (a[at] != b[at])
				return (int)(at + 1);
	}
	return 0;
}
