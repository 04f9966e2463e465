/* SPDX-License-Identifier: MIT */
/* The memory functions a tile program has; as in the C standard. */
#ifndef IPU_STRING_H
#define IPU_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *memcpy(void *__restrict to, const void *__restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *from, int value, size_t n);

#ifdef __cplusplus
}
#endif

/* So that the compiler may do a short one in place, in spite of -ffreestanding. */
#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#define memset(to, value, n) __builtin_memset(to, value, n)
#define memcmp(a, b, n) __builtin_memcmp(a, b, n)

#endif /* IPU_STRING_H */
