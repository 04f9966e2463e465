/* SPDX-License-Identifier: MIT */
/* Each tile computes the sums of arith.h from a seed of its own. */
#include <ipu/tile.h>

#include "arith.h"

IPU_OUTPUT(uint32_t, sums, IPU_SHARDED, 1, ARITH_SUMS);

int main(void)
{
	arith_sums(ipu_tile_id() + 1, sums[0]);
	return 0;
}
