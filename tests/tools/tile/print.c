// SPDX-License-Identifier: MIT
/* What printf() does on several tiles; tests/tools/test-libc has what is to be printed. */
#include <stdio.h>

#include <ipu/tile.h>

static void work(void *arg)
{
	printf("%s of worker %u", (const char *)arg, (unsigned int)ipu_worker_id());
	printf(", %.2f\n", 0.25 * (double)ipu_worker_id());
}

int main(void)
{
	const uint32_t tile = ipu_tile_id();

	printf("hello from tile %u of %u\n", (unsigned int)tile, (unsigned int)ipu_tile_count());
	ipu_run_workers(work, "line");
	ipu_sync_external();

	/* More than the buffer holds, on one tile, and then the host takes it. */
	for (int i = 0; tile == 1 && i < 300; i++)
		printf("number %03d\n", i);
	ipu_sync_external();

	/* More than it holds in all, but not at once; the host takes none of what has not ended. */
	for (int i = 0; i < 5; i++) {
		for (int k = 0; k < 50; k++)
			puts("again and again");
		printf("part %d,", i);
		ipu_sync_external();
	}
	printf("\n%0300d\n", 7);
	fputs("to stderr, without a newline", stderr);
	return 0;
}
