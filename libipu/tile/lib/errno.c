/* SPDX-License-Identifier: MIT */
/* errno, of which each unit has its own. */
#include <ipu/tile.h>

/* The C library is configured to call it. */
int *__ipu_errno(void);

int *__ipu_errno(void)
{
	static int numbers[IPU_WORKERS + 1];

	return &numbers[ipu_unit()];
}
