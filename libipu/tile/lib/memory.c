/* SPDX-License-Identifier: MIT */
/* The memory functions that the compiler calls of itself, and that <string.h> offers. */
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* A word that may stand for any type; SRAM needs no alignment, so neither does it. */
typedef uint32_t __attribute__((may_alias, aligned(1))) word;

static void copy_up(uint8_t *to, const uint8_t *from, size_t n)
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

static void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
	for (to += n, from += n; n >= 4; n -= 4) {
		to -= 4;
		from -= 4;
		*(word *)to = *(const word *)from;
	}
	for (; n; n--)
		*--to = *--from;
}

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
	uint32_t pattern = (uint8_t)value * 0x01010101u;
	uint8_t *t = to;

	for (; n >= 4; n -= 4, t += 4)
		*(word *)t = pattern;
	for (; n; n--)
		*t++ = (uint8_t)value;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const uint8_t *p = a, *q = b;

	for (; n && *p == *q; n--) {
		p++;
		q++;
	}
	return n ? *p - *q : 0;
}
