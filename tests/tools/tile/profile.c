/* SPDX-License-Identifier: MIT */
/*
 * What a profile has to show: supersteps in which tile t works as long as its number says,
 * with and without workers, an exchange, an external sync, marks; tile 0 exits first.
 */
#include <ipu/tile.h>

#ifndef STEPS
#define STEPS 4
#endif
#define BYTES 256

static uint32_t from[BYTES / 4], to[BYTES / 4];
static volatile uint32_t sum;

static __attribute__((noinline)) void spin(uint32_t times)
{
	for (uint32_t i = 0; i < times; i++)
		sum = sum + i;
}

static void work(void *arg)
{
	ipu_trace(100 + ipu_worker_id());
	spin(*(uint32_t *)arg * (1 + ipu_worker_id()));
}

int main(void)
{
	const uint32_t tile = ipu_tile_id(), count = ipu_tile_count();
	struct ipu_xfer pull = ipu_pull((tile + 1) % count, from, to, BYTES);
	uint32_t times = 10 * (1 + tile % 8);

	for (uint32_t step = 0; step < STEPS; step++) {
		ipu_trace_name("step");
		ipu_run_workers(work, &times);
		ipu_exchange(&pull, tile % 2 ? 1 : 0);
	}
	ipu_sync_external();
	ipu_trace_name("a \"quoted\" name");
	spin(times);
	if (tile == 0)
		return 0;
	ipu_sync_internal();
	spin(100);
	return 0;
}
