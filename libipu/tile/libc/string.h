/* SPDX-License-Identifier: MIT */
/* <string.h>: the C library's, where the compiler may do a short one in place. */
#ifndef IPU_STRING_H
#define IPU_STRING_H

#include_next <string.h>

/* In spite of -ffreestanding. */
#define memcpy(to, from, n) __builtin_memcpy(to, from, n)
#define memmove(to, from, n) __builtin_memmove(to, from, n)
#define memset(to, value, n) __builtin_memset(to, value, n)
#define memcmp(a, b, n) __builtin_memcmp(a, b, n)

#endif /* IPU_STRING_H */
