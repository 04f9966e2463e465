/* SPDX-License-Identifier: MIT */
/*
 * What memory is compared with: memcpy() of two threads.
 */
#ifndef BENCH_COPY_H
#define BENCH_COPY_H

#include <stddef.h>

/** bench_copy_seconds - in which two threads copy @bytes, once of @rounds; 0 without memory */
double bench_copy_seconds(size_t bytes, unsigned int rounds);

#endif /* BENCH_COPY_H */
