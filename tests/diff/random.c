// SPDX-License-Identifier: MIT
/*
 * Random numbers and operands, see random.h.
 */
#include "random.h"

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

void diff_seed(struct diff_random *random, uint64_t seed, uint64_t n)
{
	random->state = mix(seed) + mix(n + 0x9e3779b97f4a7c15);
}

uint32_t diff_bits(struct diff_random *random)
{
	random->state += 0x9e3779b97f4a7c15;
	return mix(random->state) >> 32;
}

uint32_t diff_below(struct diff_random *random, uint32_t limit)
{
	return (uint64_t)diff_bits(random) * limit >> 32;
}

#define PICK(random, table) (table)[diff_below(random, sizeof(table) / sizeof((table)[0]))]

uint32_t diff_integer(struct diff_random *random)
{
	static const uint32_t special[] = {
		0,	    1,		2,	    31,		32,	    0x7f,	0x80,
		0xff,	    0x7fff,	0x8000,	    0xffff,	0x7ffffffe, 0x7fffffff, 0x80000000,
		0x80000001, 0xfffffffe, 0xffffffff, 0xffffff80, 0xffff8000, 0x01000001,
	};

	switch (diff_below(random, 4)) {
	case 0:
		return PICK(random, special);
	case 1:
		return diff_below(random, 64) - 32;
	case 2: /* ones between two random places */
		return (0xffffffff >> diff_below(random, 32)) &
		       (0xffffffff << diff_below(random, 32));
	default:
		return diff_bits(random);
	}
}

uint32_t diff_float(struct diff_random *random)
{
	static const uint32_t special[] = {
		0x00000000, /* zero */
		0x00000001, 0x00000002, 0x007fffff, /* subnormal */
		0x00800000, 0x00800001, 0x00ffffff, /* the smallest normal ones */
		0x33800000, 0x34000000, /* half a unit and one unit in the last place of 1 */
		0x3effffff, 0x3f000000, 0x3f000001, 0x3f7fffff, 0x3f800000,
		0x3f800001, 0x3fc00000, 0x40000000, 0x40200000, /* near and at halves */
		0x4b000000, 0x4b7fffff, 0x4b800000, 0x4b800001, /* where integers end */
		0x4effffff, 0x4f000000, 0x4f000001, 0x4f7fffff, 0x4f800000,
		0x7e800000, 0x7f7ffffe, 0x7f7fffff, /* the largest */
		0x7f800000, /* infinity */
		0x7f800001, 0x7fbfffff, /* signaling NaNs */
		0x7fc00000, 0x7fc12345, 0x7fffffff, /* quiet ones */
	};
	uint32_t bits = diff_bits(random);

	switch (diff_below(random, 8)) {
	case 0:
	case 1:
	case 2:
		return PICK(random, special) ^ (bits & 0x80000000);
	case 3: /* near each other in size, so that sums round */
	case 4:
		return (bits & 0x807fffff) | (112 + diff_below(random, 32)) << 23;
	case 5: /* small */
		return (bits & 0x807fffff) | diff_below(random, 30) << 23;
	case 6: /* a whole number or a half */
		return (bits & 0x80600000) | (126 + diff_below(random, 10)) << 23;
	default:
		return bits;
	}
}

uint32_t diff_finite(struct diff_random *random)
{
	uint32_t bits = diff_bits(random);

	if (diff_chance(random, 16))
		return bits & 0x80ffffff; /* the smallest ones */
	return (bits & 0x807fffff) | (112 + diff_below(random, 32)) << 23;
}

uint16_t diff_half(struct diff_random *random)
{
	static const uint16_t special[] = {
		0x0000, /* zero */
		0x0001, 0x0002, 0x03ff, /* subnormal */
		0x0400, 0x0401, 0x07fe, /* the smallest normal ones */
		0x1000, 0x1400, /* half a unit and one unit in the last place of 1 */
		0x37ff, 0x3800, 0x3801, 0x3bff, 0x3c00,
		0x3c01, 0x3e00, 0x4000, 0x4100, /* near and at halves */
		0x57f0, 0x5800, 0x5bf8, 0x5c00, 0x7800, /* where integers of 8 and 16 bits end */
		0x7bfe, 0x7bff, /* the largest */
		0x7c00, /* infinity */
		0x7c01, 0x7dff, /* signaling NaNs */
		0x7e00, 0x7e12, 0x7fff, /* quiet ones */
	};
	uint32_t bits = diff_bits(random);

	switch (diff_below(random, 8)) {
	case 0:
	case 1:
	case 2:
		return PICK(random, special) ^ (bits & 0x8000);
	case 3: /* near each other in size */
	case 4:
		return (bits & 0x83ff) | (10 + diff_below(random, 12)) << 10;
	case 5: /* a whole number or a half */
		return (bits & 0x8300) | (14 + diff_below(random, 6)) << 10;
	default:
		return bits;
	}
}

uint32_t diff_float_register(struct diff_random *random)
{
	if (diff_chance(random, 2))
		return diff_float(random);
	if (diff_chance(random, 16))
		return diff_half(random) | (0xffff0000 ^ 0x10000u << diff_below(random, 16));
	return diff_half(random) | 0xffff0000;
}
