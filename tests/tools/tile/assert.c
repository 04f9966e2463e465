// SPDX-License-Identifier: MIT
/* Programs that end themselves, one for each value of HOW, and say why. */
#include <assert.h>
#include <stdlib.h>

#include <ipu/tile.h>

static volatile uint32_t three = 3;

static void work(void *arg)
{
	(void)arg;
	assert(ipu_tile_id() != 1 || ipu_worker_id() != 4 || !"\"worker\" 4 with 100 %");
}

int main(void)
{
	assert(three == 3);
	if (HOW == 1)
		assert(three == 4);
	if (HOW == 2)
		ipu_run_workers(work, NULL);
	if (HOW == 3)
		abort();
	if (HOW == 4)
		ipu_trap_text("a reason of its own");
	return 0;
}
