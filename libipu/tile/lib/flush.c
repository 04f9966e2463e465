/* SPDX-License-Identifier: MIT */
/* fflush(), which may be given NULL for all streams: that is the one that has any bytes. */
#include <stdio.h>

int fflush(FILE *file)
{
	if (!file)
		file = stdout;
	return file->flush ? file->flush(file) : 0;
}
