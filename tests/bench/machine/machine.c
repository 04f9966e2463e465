/* SPDX-License-Identifier: MIT */
/*
 * What all tiles of the card do together in the benchmark: supersteps, exchanges, work.
 */
#include <ipu/tile.h>

#include "machine.h"

#define MOST 262144 /* bytes that a tile sends, and that it receives */
#define ENTRIES 4096

IPU_INPUT(uint32_t, params, IPU_BROADCAST, MACHINE_PARAMS);
IPU_OUTPUT(uint32_t, sum, IPU_SHARDED, 1);

static struct ipu_xfer table[ENTRIES];
static uint32_t source[MOST / 4];
static uint32_t target[MOST / 4];

/* Entry i reads from the tile @away + i tiles further on, or from that of all entries. */
static uint32_t fill_table(uint32_t bytes, uint32_t entry, uint32_t step)
{
	uint32_t count = bytes / entry;
	uint32_t away = 1;

	for (uint32_t i = 0; i < count; i++) {
		table[i] = ipu_pull((ipu_tile_id() + away) % ipu_tile_count(),
				    (char *)source + i * entry, (char *)target + i * entry, entry);
		away += step;
	}
	return count;
}

static void exchanges(uint32_t rounds, uint32_t count)
{
	for (uint32_t i = 0; i < rounds; i++)
		ipu_exchange(table, count);
}

static void work(void *arg)
{
	uint32_t rounds = *(const uint32_t *)arg;
	uint32_t value = ipu_unit() + 1;

	for (uint32_t i = 0; i < rounds; i++)
		value = value * 1664525 + (value >> 16) + i;
	__atomic_fetch_xor(&sum[0], value, __ATOMIC_RELAXED);
}

int main(void)
{
	uint32_t rounds = params[MACHINE_ROUNDS];
	uint32_t bytes = params[MACHINE_BYTES];
	uint32_t entry = params[MACHINE_ENTRY];

	IPU_ROWS(sum) = 1;
	sum[0] = 0;
	switch (params[MACHINE_MODE]) {
	case MACHINE_SUPERSTEPS:
		exchanges(rounds, 0);
		break;
	case MACHINE_NEIGHBOURS:
	case MACHINE_ALL_TO_ALL:
		for (uint32_t i = 0; i < bytes / 4; i++)
			source[i] = ipu_tile_id() + i;
		exchanges(rounds,
			  fill_table(bytes, entry, params[MACHINE_MODE] == MACHINE_ALL_TO_ALL));
		for (uint32_t i = 0; i < bytes / 4; i++)
			sum[0] += target[i];
		break;
	case MACHINE_WORK:
		for (uint32_t i = 0; i < bytes; i++)
			ipu_run_workers(work, &rounds);
		break;
	}
	return 0;
}
