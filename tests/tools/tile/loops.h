/* SPDX-License-Identifier: MIT */
/* Loops that the compiler can make vectors of, in a build with vectors and one without. */
#ifndef LOOPS_H
#define LOOPS_H

#include <stdint.h>

#define LOOPS_SIZE 600

/**
 * struct loops_in - what they read
 * @index: below LOOPS_SIZE
 */
struct loops_in {
	uint8_t bytes[3 * LOOPS_SIZE];
	int8_t signed_bytes[LOOPS_SIZE];
	int16_t halves[LOOPS_SIZE];
	int32_t words[2 * LOOPS_SIZE];
	uint32_t index[LOOPS_SIZE];
	float floats[LOOPS_SIZE];
	_Float16 float16s[LOOPS_SIZE];
};

/* what they write, an array for each loop */
struct loops_out {
	uint8_t average[LOOPS_SIZE];
	uint8_t planes[3][LOOPS_SIZE];
	int16_t products[LOOPS_SIZE];
	int32_t widened[LOOPS_SIZE];
	int32_t chosen[LOOPS_SIZE];
	int32_t even[LOOPS_SIZE];
	int32_t gathered[LOOPS_SIZE];
	int32_t reversed[LOOPS_SIZE];
	int32_t quotients[LOOPS_SIZE];
	int32_t sum;
	int32_t largest;
	float fused[LOOPS_SIZE];
	float roots[LOOPS_SIZE];
	int32_t rounded[LOOPS_SIZE];
	float from_words[LOOPS_SIZE];
	_Float16 narrowed[LOOPS_SIZE];
	_Float16 half_sums[LOOPS_SIZE];
};

/* all loops, over @n elements */
void loops_vector(const struct loops_in *in, struct loops_out *out, uint32_t n);
void loops_scalar(const struct loops_in *in, struct loops_out *out, uint32_t n);

#endif /* LOOPS_H */
