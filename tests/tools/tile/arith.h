/* SPDX-License-Identifier: MIT */
/*
 * What the SDK's library computes for the compiler: 64-bit division, and
 * conversions between 64-bit integers, float and half. The same code runs on
 * the tiles, where it calls the library, and on the host, and both must give
 * the same sums.
 */
#ifndef ARITH_H
#define ARITH_H

#include <stdint.h>
#include <string.h>

#define ARITH_SUMS 7
#define ARITH_ROUNDS 200

static uint64_t arith_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	/* Of every length, not only long ones. */
	return *seed >> (*seed & 63);
}

static uint32_t arith_add(uint32_t sum, uint64_t value)
{
	return (sum << 5 | sum >> 27) * 31 + (uint32_t)value + (uint32_t)(value >> 32);
}

static uint32_t arith_float_bits(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return value != value ? 0x7fc00000 : bits;
}

static float arith_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* No part of ISO C, as -Wpedantic would say. */
__extension__ typedef _Float16 arith_float16;

/* The bits of a half made from @value, and of the float made from that half. */
static uint64_t arith_half(float value)
{
	arith_float16 half = (arith_float16)value;
	float back = (float)half;
	uint16_t bits;

	memcpy(&bits, &half, sizeof(bits));
	if (value != value)
		bits = 0x7e00;
	return (uint64_t)bits << 32 | arith_float_bits(back);
}

static void arith_sums(uint64_t seed, uint32_t sums[ARITH_SUMS])
{
	memset(sums, 0, ARITH_SUMS * sizeof(*sums));
	for (int round = 0; round < ARITH_ROUNDS; round++) {
		uint64_t a = arith_random(&seed), b = arith_random(&seed) | 1;
		int64_t c = (int64_t)a, d = (int64_t)b;
		float f;

		if (round % 2)
			c = -c;
		if (round % 3)
			d = -d;
		sums[0] = arith_add(sums[0], a / b);
		sums[1] = arith_add(sums[1], a % b);
		sums[2] = arith_add(sums[2], (uint64_t)(c / (d == -1 ? 3 : d)));
		sums[3] = arith_add(sums[3], (uint64_t)(c % (d == -1 ? 3 : d)));
		sums[4] = arith_add(sums[4], (uint64_t)arith_float_bits((float)a) << 32 |
						     arith_float_bits((float)c));
		/* Below 2 to the 63, where both conversions are defined. */
		f = (float)(a >> 1) / (float)(1 + (b & 0xff));
		if (f < 0x1p63f)
			sums[5] = arith_add(sums[5],
					    (uint64_t)f + (uint64_t)(int64_t)(round % 2 ? f : -f));
		sums[6] = arith_add(sums[6], arith_half(arith_float((uint32_t)a)));
		sums[6] = arith_add(sums[6], arith_half((float)(uint32_t)b / 4096.0f));
	}
}

#endif /* ARITH_H */
