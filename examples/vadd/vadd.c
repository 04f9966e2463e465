/* SPDX-License-Identifier: MIT */
/*
 * c = a + b, over all tiles and their workers.
 *
 *	ipu-cc -o vadd.elf vadd.c
 *	ipu-run vadd.elf --tiles 64 -i a=a.npy -i b=b.npy -o c=c.npy
 *
 * The host cuts a and b into as many pieces as there are tiles; every tile adds
 * its piece, a sixth of it on each worker. No tile needs another one's data, so
 * there is no exchange.
 */
#include <ipu/tile.h>

/* The most that one tile takes: three times 128 KiB of its 624 KiB. */
#define ROWS 32768

IPU_INPUT(float, a, IPU_SHARDED, ROWS);
IPU_INPUT(float, b, IPU_SHARDED, ROWS);
IPU_OUTPUT(float, c, IPU_SHARDED, ROWS);

/* Runs on each of the six workers. */
static void add(void *arg)
{
	struct ipu_range part = ipu_worker_range(IPU_ROWS(c));

	(void)arg;
	for (uint32_t i = part.begin; i < part.end; i++)
		c[i] = a[i] + b[i];
}

/* Runs on the supervisor of every tile. */
int main(void)
{
	ipu_assert(IPU_ROWS(a) == IPU_ROWS(b));
	IPU_ROWS(c) = IPU_ROWS(a);
	ipu_run_workers(add, NULL);
	return 0;
}
