/* SPDX-License-Identifier: MIT */
/* Every collective, made once and run twice; collective-host.c has what must come out. */
#include <ipu/tile.h>
#include <string.h>

#include "../collective.h"

#define ROUNDS 2

IPU_INPUT(uint32_t, arguments, IPU_BROADCAST, ARGUMENTS);
IPU_OUTPUT(uint32_t, results, IPU_SHARDED, 1, RESULTS);

/* Words as data_word(), for the tiles to move. */
static uint32_t blocks[MAX_BLOCK * MAX_TILES];
/* Floats as data_float(), which are not changed, and others to be reduced in place. */
static float floats[MAX_WORDS > MAX_BLOCK *MAX_TILES ? MAX_WORDS : MAX_BLOCK *MAX_TILES];
static uint32_t scratch[IPU_REDUCE_SCRATCH(MAX_BLOCK * MAX_TILES)];

IPU_COLLECTIVE(broadcast, 1);
IPU_COLLECTIVE(scatter, 1);
IPU_COLLECTIVE(gather, MAX_TILES);
IPU_COLLECTIVE(all_gather, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(all_to_all, MAX_TILES);
IPU_COLLECTIVE(reduce, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(reduce_scatter, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(all_reduce, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(minimum, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(max_half, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(sum_int, IPU_COLLECTIVE_ROOM);
IPU_COLLECTIVE(bits, IPU_COLLECTIVE_ROOM);

static void make_all(void)
{
	const uint32_t words = arguments[WORDS], bytes = 4 * arguments[BLOCK];
	const uint32_t root = arguments[ROOT];
	uint32_t *out = results[0];

	ipu_make_broadcast(&broadcast, root, out + AT_BROADCAST, 4 * words);
	ipu_make_scatter(&scatter, root, blocks, out + AT_SCATTER, bytes);
	ipu_make_gather(&gather, root, blocks, out + AT_GATHER, bytes);
	/* On an even number of tiles from where the blocks are in place. */
	ipu_make_all_gather(&all_gather, ipu_tile_count() % 2 ? blocks : out + AT_ALL_GATHER,
			    out + AT_ALL_GATHER, bytes);
	ipu_make_all_to_all(&all_to_all, out + AT_ALL_TO_ALL, out + AT_ALL_TO_ALL, bytes);
	ipu_make_reduce(&reduce, root, floats, out + AT_REDUCE, words, IPU_F32, IPU_SUM, scratch);
	ipu_make_reduce_scatter(&reduce_scatter, floats, out + AT_REDUCE_SCATTER, arguments[BLOCK],
				IPU_F32, IPU_SUM, scratch);
	ipu_make_all_reduce(&all_reduce, out + AT_ALL_REDUCE, out + AT_ALL_REDUCE, words, IPU_F32,
			    IPU_SUM, scratch);
	ipu_make_all_reduce(&minimum, floats, out + AT_MIN, words, IPU_F32, IPU_MIN, scratch);
	ipu_make_all_reduce(&max_half, out + AT_MAX_HALF, out + AT_MAX_HALF, 2 * words, IPU_F16,
			    IPU_MAX, scratch);
	ipu_make_all_reduce(&sum_int, blocks, out + AT_SUM_INT, words, IPU_I32, IPU_SUM, scratch);
	ipu_make_all_reduce(&bits, out + AT_OR, out + AT_OR, words, IPU_U32, IPU_OR, scratch);
}

static void fill(uint32_t round)
{
	const uint32_t tile = ipu_tile_id(), words = arguments[WORDS];
	const uint32_t all = arguments[BLOCK] * ipu_tile_count();

	memset(results, 0xee, sizeof(results));
	for (uint32_t i = 0; i < words || i < all; i++) {
		blocks[i] = data_word(tile, i, round);
		floats[i] = data_float(tile, i, round);
	}
	for (uint32_t i = 0; i < arguments[BLOCK]; i++)
		results[0][AT_ALL_GATHER + tile * arguments[BLOCK] + i] = blocks[i];
	memcpy(results[0] + AT_ALL_TO_ALL, blocks, 4 * all);
	memcpy(results[0] + AT_ALL_REDUCE, floats, 4 * words);
	if (tile == arguments[ROOT])
		memcpy(results[0] + AT_BROADCAST, blocks, 4 * words);
	/* Halves that are numbers: of 14 bits, below 2. And few bits, so that not all get set. */
	for (uint32_t i = 0; i < words; i++) {
		results[0][AT_MAX_HALF + i] = blocks[i] & 0x3fff3fff;
		results[0][AT_OR + i] = data_bit(tile, i, round);
	}
}

int main(void)
{
	make_all();
	for (uint32_t round = 0; round < ROUNDS; round++) {
		fill(round);
		ipu_run_collective(&broadcast);
		ipu_run_collective(&scatter);
		ipu_run_collective(&gather);
		ipu_run_collective(&all_gather);
		ipu_run_collective(&all_to_all);
		ipu_run_collective(&reduce);
		ipu_run_collective(&reduce_scatter);
		ipu_run_collective(&all_reduce);
		ipu_run_collective(&minimum);
		ipu_run_collective(&max_half);
		ipu_run_collective(&sum_int);
		ipu_run_collective(&bits);
	}
	return 0;
}
