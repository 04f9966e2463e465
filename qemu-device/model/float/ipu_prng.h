/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The random number generator of a unit: xoroshiro128aox, after J. Hanlon and
 * S. Felix, "A Fast Hardware Pseudorandom Number Generator Based on
 * xoroshiro128" (2022), as in a Mk2 IPU. Its state is in CSRs.
 */
#ifndef IPU_PRNG_H
#define IPU_PRNG_H

#include <stdint.h>

static inline uint64_t ipu_rotate_left(uint64_t a, unsigned int n)
{
	return a << n | a >> (64 - n);
}

/** ipu_prng_next - draw 64 bits and advance @state, two words, which stays 0 if it is 0 */
static inline uint64_t ipu_prng_next(uint64_t *state)
{
	const uint64_t s0 = state[0], s1 = state[1];
	const uint64_t either = s0 ^ s1, both = s0 & s1;

	state[0] = ipu_rotate_left(s0, 55) ^ either ^ either << 14;
	state[1] = ipu_rotate_left(either, 36);
	return either ^ (ipu_rotate_left(both, 1) | ipu_rotate_left(both, 2));
}

/* splitmix64, whose outputs are good seeds for generators of this family */
static inline uint64_t ipu_prng_seed_word(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

/** ipu_prng_reset - the state at the start of a run, different for each unit of each tile */
static inline void ipu_prng_reset(uint64_t *state, uint32_t tile, uint32_t unit)
{
	uint64_t x = (uint64_t)tile << 32 | unit;

	state[0] = ipu_prng_seed_word(&x);
	state[1] = ipu_prng_seed_word(&x);
}

#endif /* IPU_PRNG_H */
