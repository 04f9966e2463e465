// SPDX-License-Identifier: MIT
/*
 * Lines of tiles and workers at times of their own, in a run that takes a second or so; with
 * FOREVER one that does not end.
 */
#include <stdio.h>

#include <ipu/print.h>

IPU_PRINT_BUFFER(32768);

static void wait(uint32_t turns)
{
	for (uint32_t i = 0; i < turns; i++)
		__asm__ volatile("");
}

static void work(void *arg)
{
	const uint32_t me = ipu_tile_id() * 7 + ipu_worker_id();

	(void)arg;
	for (uint32_t i = 0; i < 25; i++) {
		wait((me * 2654435761u + i * 40503) % 300000);
		printf("line %u\n", (unsigned int)i);
	}
}

int main(void)
{
#ifdef FOREVER
	puts("now");
	wait(1000);
	puts("and now");
	for (;;)
		;
#endif
	for (uint32_t i = 0; i < 4; i++) {
		ipu_run_workers(work, NULL);
		/* Others wait for the first one. */
		if (ipu_tile_id() == 0)
			wait(3000000);
		printf("superstep %u\n", (unsigned int)i);
		ipu_sync_internal();
	}
	return 0;
}
