/* SPDX-License-Identifier: MIT */
/*
 * An all-reduce over all tiles of a run, which may be of several cards, as often as asked for:
 * each time every tile adds what all have.
 */
#include <ipu/collective.h>
#include <ipu/tile.h>

/* Rounds, and the tile that traps in the last one, or none: the first number that no tile has. */
IPU_INPUT(uint32_t, arguments, IPU_BROADCAST, 2);

/* Of each tile: its number, how many tiles there are, the least and the sum of all. */
IPU_OUTPUT(uint32_t, results, IPU_SHARDED, 1, 4);

/* Room for the tiles of eight cards, where IPU_COLLECTIVE_ROOM is for those of one. */
#define ROOM 640

IPU_COLLECTIVE(total, ROOM);
IPU_COLLECTIVE(least, ROOM);

static uint32_t scratch[IPU_REDUCE_SCRATCH(ROOM)];

int main(void)
{
	const uint32_t id = ipu_tile_id();
	uint32_t *row = results[0];

	IPU_ROWS(results) = 1;
	row[0] = id;
	row[1] = ipu_tile_count();
	row[2] = id + 100;
	row[3] = id + 1;
	ipu_make_all_reduce(&total, &row[3], &row[3], 1, IPU_U32, IPU_SUM, scratch);
	ipu_make_all_reduce(&least, &row[2], &row[2], 1, IPU_U32, IPU_MIN, scratch);
	for (uint32_t round = 1; round <= arguments[0]; round++) {
		if (round == arguments[0])
			ipu_assert(id != arguments[1]);
		ipu_run_collective(&total);
		ipu_run_collective(&least);
	}
	return 0;
}
