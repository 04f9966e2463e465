// SPDX-License-Identifier: MIT
/* Time as the library's waits count it. */
#include <time.h>

#include "ipu_internal.h"

uint64_t ipu_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int64_t ipu_deadline_ns(int64_t timeout_ns)
{
	int64_t deadline;

	if (timeout_ns < 0)
		return INT64_MAX;
	if (timeout_ns == 0)
		return 0;
	if (__builtin_add_overflow((int64_t)ipu_now_ns(), timeout_ns, &deadline))
		return INT64_MAX;
	return deadline;
}
