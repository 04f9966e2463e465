/* SPDX-License-Identifier: MIT */
/* Entry points that work on what the others have left. */
#include <ipu/tile.h>

IPU_OUTPUT(uint32_t, sum, IPU_SHARDED, 1);

static uint32_t total;

IPU_ENTRY(add)
{
	total += ipu_tile_id() + 1;
	sum[0] = total;
	return 0;
}

IPU_ENTRY(twice)
{
	total *= 2;
	sum[0] = total;
	return 0;
}

IPU_ENTRY(fail)
{
	return 7;
}

int main(void)
{
	total = 100;
	sum[0] = total;
	return 0;
}
