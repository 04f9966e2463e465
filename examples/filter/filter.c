/* SPDX-License-Identifier: MIT */
/*
 * A finite impulse response filter in a shell pipeline, over all tiles and their workers:
 * y[n] = h[0] x[n] + h[1] x[n - 1] + ..., of raw floats, however many come.
 *
 *	ipu-cc -o filter.elf filter.c
 *	... | ipu-run filter.elf -i h=h.npy --stream-in x=- --stream-out y=- | ...
 *
 * Each tile filters its part of a block, for which it needs the samples before: those of the
 * tiles before it, and where there is none those at the end of the block before.
 */
#include <string.h>

#include <ipu/tile.h>

#define ROWS 4096 /* of a block on one tile */
#define TAPS 64
#define BEFORE (TAPS - 1)

IPU_INPUT(float, h, IPU_BROADCAST, TAPS);
IPU_STREAM_IN(float, x, IPU_SHARDED, ROWS);
IPU_STREAM_OUT(float, y, IPU_SHARDED, ROWS);

static float window[BEFORE + ROWS]; /* this tile's samples, and those before them */
static float tail[BEFORE]; /* the end of the block before */
static float next_tail[BEFORE];
static uint32_t per_tile; /* rows of a tile that is full in this block */
static struct ipu_xfer table[TAPS + 1];

static void filter(void *arg)
{
	struct ipu_range part = ipu_worker_range(IPU_ROWS(x));

	(void)arg;
	for (uint32_t i = part.begin; i < part.end; i++) {
		float sum = 0;

		for (uint32_t j = 0; j < IPU_ROWS(h); j++)
			sum += h[j] * window[BEFORE + i - j];
		y[i] = sum;
	}
}

/*
 * How the block is distributed, which tile 0 knows: it is full. Only the last block is
 * short, so that the next one's history is the end of a full one, on the last tile.
 */
static void exchange_shape(void)
{
	table[0] = ipu_pull(0, &IPU_ROWS(x), &per_tile, sizeof(per_tile));
	table[1] = ipu_pull(ipu_tile_count() - 1, &x[ROWS - BEFORE], next_tail, sizeof(next_tail));
	ipu_exchange(table, 2);
}

/* What comes before this tile's samples: from the block before, or the tiles before. */
static void exchange_before(void)
{
	uint32_t first = ipu_tile_id() * per_tile, count = 0, have = 0;

	if (first < BEFORE) {
		have = BEFORE - first;
		memcpy(window, tail + first, have * sizeof(window[0]));
	}
	while (have < BEFORE && IPU_ROWS(x)) {
		uint32_t at = first - BEFORE + have;
		uint32_t part = per_tile - at % per_tile;

		if (part > BEFORE - have)
			part = BEFORE - have;
		table[count++] = ipu_pull(at / per_tile, &x[at % per_tile], &window[have],
					  part * sizeof(window[0]));
		have += part;
	}
	ipu_exchange(table, count);
	memcpy(window + BEFORE, x, IPU_ROWS(x) * sizeof(x[0]));
	memcpy(tail, next_tail, sizeof(tail));
}

int main(void)
{
	memset(tail, 0, sizeof(tail));
	while (ipu_stream_next(x)) {
		exchange_shape();
		exchange_before();
		ipu_run_workers(filter, NULL);
		IPU_ROWS(y) = IPU_ROWS(x);
		ipu_stream_put(y);
	}
	return 0;
}
