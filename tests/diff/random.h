/* SPDX-License-Identifier: MIT */
/*
 * Random numbers that depend only on their seed, and operands among which the
 * special ones are likely.
 */
#ifndef DIFF_RANDOM_H
#define DIFF_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct diff_random {
	uint64_t state;
};

/** diff_seed - a generator for number @n of the sequence of @seed */
void diff_seed(struct diff_random *random, uint64_t seed, uint64_t n);

uint32_t diff_bits(struct diff_random *random);

/** diff_below - 0..@limit - 1 */
uint32_t diff_below(struct diff_random *random, uint32_t limit);

/** diff_chance - true once in @n */
static inline bool diff_chance(struct diff_random *random, uint32_t n)
{
	return !diff_below(random, n);
}

/** diff_integer, diff_float, diff_half - an operand: special, small, or any */
uint32_t diff_integer(struct diff_random *random);
uint32_t diff_float(struct diff_random *random);
uint16_t diff_half(struct diff_random *random);

/** diff_finite - a float such that products and sums of a few are finite */
uint32_t diff_finite(struct diff_random *random);

/** diff_float_register - a float, a NaN-boxed half, or nearly one */
uint32_t diff_float_register(struct diff_random *random);

#endif /* DIFF_RANDOM_H */
