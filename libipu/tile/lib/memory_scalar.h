/* SPDX-License-Identifier: MIT */
/* Moving and comparing bytes a word at a time. For memory.c alone. */
#ifndef MEMORY_SCALAR_H
#define MEMORY_SCALAR_H

#include <stddef.h>
#include <stdint.h>

/* A word that may alias any type; SRAM needs no alignment, so neither does the word. */
typedef uint32_t __attribute__((may_alias, aligned(1))) word;

static inline void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
	for (; n >= 16; n -= 16, to += 16, from += 16) {
		const word *f = (const word *)from;
		word *t = (word *)to;
		uint32_t w0 = f[0], w1 = f[1], w2 = f[2], w3 = f[3];

		t[0] = w0;
		t[1] = w1;
		t[2] = w2;
		t[3] = w3;
	}
	for (; n; n--)
		*to++ = *from++;
}

static inline void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
	for (to += n, from += n; n >= 4; n -= 4) {
		to -= 4;
		from -= 4;
		*(word *)to = *(const word *)from;
	}
	for (; n; n--)
		*--to = *--from;
}

static inline void fill(uint8_t *to, uint8_t value, size_t n)
{
	uint32_t pattern = value * 0x01010101u;

	for (; n >= 4; n -= 4, to += 4)
		*(word *)to = pattern;
	for (; n; n--)
		*to++ = value;
}

/* how many are the same from the first on */
static inline size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i;

	for (i = 0; i < n && a[i] == b[i]; i++)
		;
	return i;
}

/* how many come before the first @value */
static inline size_t other_bytes(const uint8_t *from, uint8_t value, size_t n)
{
	size_t i;

	for (i = 0; i < n && from[i] != value; i++)
		;
	return i;
}

#endif /* MEMORY_SCALAR_H */
