/* SPDX-License-Identifier: MIT */
/* Square roots of numbers that must not be negative: the sample of python.rst. */
#include <assert.h>
#include <math.h>
#include <stdio.h>

#include <ipu/tile.h>

IPU_INPUT(float, x, IPU_SHARDED, 1000);
IPU_OUTPUT(float, y, IPU_SHARDED, 1000);

static void roots(void *arg)
{
	struct ipu_range part = ipu_worker_range(IPU_ROWS(x));

	(void)arg;
	for (uint32_t i = part.begin; i < part.end; i++) {
		assert(x[i] >= 0);
		y[i] = sqrtf(x[i]);
	}
}

int main(void)
{
	printf("%u rows\n", (unsigned int)IPU_ROWS(x));
	ipu_run_workers(roots, NULL);
	IPU_ROWS(y) = IPU_ROWS(x);
	return 0;
}
