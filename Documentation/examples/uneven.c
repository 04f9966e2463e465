/* SPDX-License-Identifier: MIT */
/* Tile t does t times as much as tile 1, in two supersteps. */
#include <ipu/tile.h>

#define COUNT 256

static float values[COUNT], neighbours[COUNT];

static __attribute__((noinline)) void scale(float *x, float by)
{
	for (int i = 0; i < COUNT; i++)
		x[i] *= by;
}

static void work(void *arg)
{
	(void)arg;
	for (uint32_t i = 0; i < ipu_tile_id(); i++)
		scale(values, 0.5f);
}

int main(void)
{
	const uint32_t next = (ipu_tile_id() + 1) % ipu_tile_count();
	const struct ipu_xfer pull = ipu_pull(next, values, neighbours, sizeof(values));

	ipu_trace_name("first half");
	ipu_run_workers(work, NULL);
	ipu_exchange(&pull, 1);
	ipu_trace_name("second half");
	ipu_run_workers(work, NULL);
	return 0;
}
