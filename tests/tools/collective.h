/* SPDX-License-Identifier: MIT */
/* What tests/tools/tile/collective.c and collective-host.c share: the data, and its places. */
#ifndef COLLECTIVE_H
#define COLLECTIVE_H

#include <stdint.h>

#define MAX_TILES 1472
#define MAX_WORDS 256 /* of an array that is reduced */
#define MAX_BLOCK 2 /* words of a block that goes from a tile to another */

/* The arguments: words of the input `arguments`. */
enum argument { WORDS, BLOCK, ROOT, ARGUMENTS };

/* Where results are in a tile's row of the output `results`, in words. */
#define AT_BROADCAST 0
#define AT_SCATTER (AT_BROADCAST + MAX_WORDS)
#define AT_REDUCE_SCATTER (AT_SCATTER + MAX_BLOCK)
#define AT_REDUCE (AT_REDUCE_SCATTER + MAX_BLOCK)
#define AT_ALL_REDUCE (AT_REDUCE + MAX_WORDS)
#define AT_MIN (AT_ALL_REDUCE + MAX_WORDS)
#define AT_MAX_HALF (AT_MIN + MAX_WORDS)
#define AT_SUM_INT (AT_MAX_HALF + MAX_WORDS)
#define AT_OR (AT_SUM_INT + MAX_WORDS)
#define AT_GATHER (AT_OR + MAX_WORDS)
#define AT_ALL_GATHER (AT_GATHER + MAX_BLOCK * MAX_TILES)
#define AT_ALL_TO_ALL (AT_ALL_GATHER + MAX_BLOCK * MAX_TILES)
#define RESULTS (AT_ALL_TO_ALL + MAX_BLOCK * MAX_TILES)

/* Word @i of tile @tile in round @round: any bits. */
static inline uint32_t data_word(uint32_t tile, uint32_t i, uint32_t round)
{
	uint32_t x = tile * 0x9e3779b9u + i * 0x85ebca6bu + round * 0xc2b2ae35u;

	x ^= x >> 15;
	x *= 0x2c1b3c6du;
	x ^= x >> 12;
	return x;
}

/* A float of which sums depend on the order. */
static inline float data_float(uint32_t tile, uint32_t i, uint32_t round)
{
	return (float)(int32_t)data_word(tile, i, round) * 1e-6f;
}

/* One bit, or none. */
static inline uint32_t data_bit(uint32_t tile, uint32_t i, uint32_t round)
{
	uint32_t word = data_word(tile, i, round);

	return word % 61 < 32 ? 1u << (word % 61) : 0;
}

#endif /* COLLECTIVE_H */
