/* SPDX-License-Identifier: MIT */
/*
 * How an array lies over the tiles: shared by tile programs (<ipu/array.h>) and the host, which
 * puts elements where tiles look for them.
 */
#ifndef IPU_CHUNK_H
#define IPU_CHUNK_H

#include <stdint.h>

/** IPU_SHORT_ROWS - elements of whole rows that are not too many for a tile */
#define IPU_SHORT_ROWS 4096

/**
 * ipu_chunk_of - how many elements of an array a tile has: tile t those from t times as many on
 * @tiles: of the run
 * @ndim: dimensions
 * @shape: of the array; fewer than 2^31 elements in all
 *
 * A multiple of 4. Arrays of one dimension are shared evenly, and so are others whose rows are long
 * where whole rows would leave tiles without work.
 */
static inline uint32_t ipu_chunk_of(uint32_t tiles, uint32_t ndim, const uint32_t *shape)
{
	uint32_t count = 1, even, last, unit;
	uint64_t rows, whole;

	for (uint32_t i = 0; i < ndim; i++)
		count *= shape[i];
	if (!count)
		return 4;
	even = ((count + tiles - 1) / tiles + 15) / 16 * 16;
	if (ndim < 2)
		return even;
	last = shape[ndim - 1];
	unit = last % 4 == 0 ? 1 : last % 2 == 0 ? 2 : 4;
	rows = ((uint64_t)count / last + tiles - 1) / tiles;
	whole = (rows + unit - 1) / unit * unit * last;
	return whole <= IPU_SHORT_ROWS || whole <= 2 * (uint64_t)even ? (uint32_t)whole : even;
}

#endif /* IPU_CHUNK_H */
