/* SPDX-License-Identifier: MIT */
/*
 * The sum of all elements of x, over all tiles: how tiles exchange data.
 *
 *	ipu-run reduce.elf --tiles 64 -i x=x.npy -o sum=sum.npy
 *
 * First every tile sums its own piece, a sixth of it on each worker. Then the
 * tiles' sums are added in a tree: with 8 tiles, in three exchanges,
 *
 *	0 <- 1   2 <- 3   4 <- 5   6 <- 7
 *	0 <- 2            4 <- 6
 *	0 <- 4
 *
 * Integers, so that the order of the additions does not change the result.
 */
#include <ipu/tile.h>

/* The most that one tile takes: 256 KiB. */
#define ROWS 65536

IPU_INPUT(int32_t, x, IPU_SHARDED, ROWS);
IPU_OUTPUT(int32_t, sum, IPU_BROADCAST, 1);

/* One sum for each worker, so that no two write the same word. */
static uint32_t worker_sum[IPU_WORKERS];

/* This tile's sum, which another tile pulls, and what this tile has pulled. */
static uint32_t tile_sum;
static uint32_t pulled;

static void sum_part(void *arg)
{
	struct ipu_range part = ipu_worker_range(IPU_ROWS(x));
	uint32_t total = 0;

	(void)arg;
	for (uint32_t i = part.begin; i < part.end; i++)
		total += (uint32_t)x[i];
	worker_sum[ipu_worker_id()] = total;
}

int main(void)
{
	uint32_t tile = ipu_tile_id();

	ipu_run_workers(sum_part, NULL);
	for (int worker = 0; worker < IPU_WORKERS; worker++)
		tile_sum += worker_sum[worker];

	for (uint32_t distance = 1; distance < ipu_tile_count(); distance *= 2) {
		bool pulls = tile % (2 * distance) == 0 && tile + distance < ipu_tile_count();
		struct ipu_xfer pull =
			ipu_pull(tile + distance, &tile_sum, &pulled, sizeof(pulled));

		/* Every tile takes part in every exchange, even one that pulls nothing. */
		ipu_exchange(&pull, pulls);
		if (pulls)
			tile_sum += pulled;
	}

	/* Tile 0 has it all; the host reads a broadcast output from there. */
	sum[0] = (int32_t)tile_sum;
	return 0;
}
