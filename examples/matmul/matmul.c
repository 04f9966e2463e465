/* SPDX-License-Identifier: MIT */
/*
 * The product of two matrices. Every tile has some rows of A and all of B, and
 * computes the rows of C that belong to its rows of A.
 *
 *	ipu-run matmul.elf --device sim -i a=a.npy -i b=b.npy -o c=c.npy
 */
#include <ipu/tile.h>
#include <string.h>

#define ROWS 96 /* of A on one tile, at most */
#define INNER 256
#define COLUMNS 256

IPU_INPUT(float, a, IPU_SHARDED, ROWS, INNER);
IPU_INPUT(float, b, IPU_BROADCAST, INNER, COLUMNS);
IPU_OUTPUT(float, c, IPU_SHARDED, ROWS, COLUMNS);

/* One worker's rows, in whole blocks of the size that ipu_sgemm() is fastest with. */
static void multiply(void *arg)
{
	const uint32_t blocks = (IPU_ROWS(a) + IPU_AMP_ROWS - 1) / IPU_AMP_ROWS;
	const struct ipu_range range = ipu_worker_range(blocks);
	uint32_t begin = range.begin * IPU_AMP_ROWS, end = range.end * IPU_AMP_ROWS;

	(void)arg;
	if (end > IPU_ROWS(a))
		end = IPU_ROWS(a);
	if (begin >= end)
		return;
	memset(c[begin], 0, (end - begin) * sizeof(c[0]));
	ipu_sgemm(c[begin], COLUMNS, a[begin], INNER, b[0], COLUMNS, end - begin, COLUMNS, INNER);
}

int main(void)
{
	IPU_ROWS(c) = IPU_ROWS(a);
	ipu_run_workers(multiply, NULL);
	return 0;
}
