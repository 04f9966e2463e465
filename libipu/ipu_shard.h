/* SPDX-License-Identifier: MIT */
/* How the rows of a sharded tensor are distributed over tiles. */
#ifndef IPU_SHARD_H
#define IPU_SHARD_H

#include <stdint.h>

/**
 * struct ipu_shard - how rows are distributed
 * @per_tile: rows of a full tile; 0 when there are no rows
 * @full: tiles that hold as many, from tile 0 on
 * @rest: rows of the tile after those; the others hold none
 */
struct ipu_shard {
	uint64_t per_tile;
	uint32_t full;
	uint32_t rest;
};

/** ipu_shard - distribute @rows over @tiles tiles, at least 1 */
static inline struct ipu_shard ipu_shard(uint64_t rows, uint32_t tiles)
{
	struct ipu_shard shard = { 0 };

	if (rows) {
		shard.per_tile = rows / tiles + (rows % tiles != 0);
		shard.full = (uint32_t)(rows / shard.per_tile);
		shard.rest = (uint32_t)(rows % shard.per_tile);
	}
	return shard;
}

/** ipu_shard_rows - rows of one tile */
static inline uint64_t ipu_shard_rows(const struct ipu_shard *shard, uint32_t tile)
{
	if (tile < shard->full)
		return shard->per_tile;
	return tile == shard->full ? shard->rest : 0;
}

#endif /* IPU_SHARD_H */
