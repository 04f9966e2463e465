/* SPDX-License-Identifier: MIT */
/*
 * The memory functions that the compiler calls implicitly, and that <string.h>
 * declares. The loops over bytes are in memory_vector.h, and in memory_scalar.h for
 * programs that are compiled without vectors.
 */
#include <stddef.h>
#include <stdint.h>

#ifdef __riscv_vector
#include "memory_vector.h"
#else
#include "memory_scalar.h"
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *from, int value, size_t n);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
	copy_up(to, from, n);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to - (uintptr_t)from >= n)
		copy_up(to, from, n);
	else
		copy_down(to, from, n);
	return to;
}

void *memset(void *to, int value, size_t n)
{
	fill(to, (uint8_t)value, n);
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;
	size_t same = equal_bytes(p, q, n);

	return same < n ? p[same] - q[same] : 0;
}

void *memchr(const void *from, int value, size_t n)
{
	size_t others = other_bytes(from, (uint8_t)value, n);

	return others < n ? (uint8_t *)from + others : NULL;
}
