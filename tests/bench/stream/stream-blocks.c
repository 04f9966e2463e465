/* SPDX-License-Identifier: MIT */
/* Takes block after block, and adds up a word of each so that none can be missing. */
#include <ipu/tile.h>

IPU_STREAM_IN(uint32_t, x, IPU_SHARDED, 16384);
IPU_OUTPUT(uint32_t, sum, IPU_SHARDED, 1);

int main(void)
{
	sum[0] = 0;
	while (ipu_stream_next(x))
		sum[0] += IPU_ROWS(x) ? x[IPU_ROWS(x) - 1] : 0;
	return 0;
}
