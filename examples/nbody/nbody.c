/* SPDX-License-Identifier: MIT */
/*
 * Bodies that attract each other by gravity. Each tile moves some of them, and needs to know
 * where all of them are: before each step the tiles gather the places of all bodies on all tiles.
 */
#include <ipu/tile.h>
#include <string.h>

#include "nbody.h"

#define HELD 512 /* bodies that a tile moves, at most */
#define BODIES 8192 /* in all, at most */

IPU_INPUT(uint32_t, steps, IPU_BROADCAST, 1);
/* Place and mass of a body, and its speed with a number that is not used. */
IPU_INOUT(float, places, IPU_SHARDED, HELD, 4);
IPU_INOUT(float, speeds, IPU_SHARDED, HELD, 4);

static float all[BODIES][4];
IPU_COLLECTIVE(gather, IPU_COLLECTIVE_ROOM);

/* The acceleration of this tile's bodies, by all others in the order of their numbers. */
static void move_share(void *arg)
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(places));

	(void)arg;
	for (uint32_t i = range.begin; i < range.end; i++) {
		float sum[3] = { 0, 0, 0 };

		for (uint32_t j = 0; j < IPU_TOTAL_ROWS(places); j++)
			nbody_pull(sum, all[j][0] - places[i][0], all[j][1] - places[i][1],
				   all[j][2] - places[i][2], all[j][3]);
		for (uint32_t axis = 0; axis < 3; axis++)
			nbody_move(&places[i][axis], &speeds[i][axis], sum[axis]);
	}
}

int main(void)
{
	/* Blocks are equally large: what the last tiles do not have is at the end of `all`. */
	const uint32_t held = IPU_PLACE(places).full_rows;

	ipu_assert(held * ipu_tile_count() <= BODIES);
	ipu_make_all_gather(&gather, places, all, held * sizeof(places[0]));
	for (uint32_t i = 0; i < steps[0]; i++) {
		ipu_run_collective(&gather);
		ipu_run_workers(move_share, NULL);
	}
	return 0;
}
