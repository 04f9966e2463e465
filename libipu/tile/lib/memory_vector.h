/* SPDX-License-Identifier: MIT */
/*
 * Moving and comparing bytes eight vector registers at a time. Each step reads all of
 * its bytes before it writes any, so overlaps within a step do no harm. For memory.c
 * alone.
 */
#ifndef MEMORY_VECTOR_H
#define MEMORY_VECTOR_H

#include <riscv_vector.h>
#include <stddef.h>
#include <stdint.h>

static inline void copy_up(uint8_t *to, const uint8_t *from, size_t n)
{
	size_t vl;

	for (; n; n -= vl, to += vl, from += vl) {
		vl = __riscv_vsetvl_e8m8(n);
		__riscv_vse8(to, __riscv_vle8_v_u8m8(from, vl), vl);
	}
}

static inline void copy_down(uint8_t *to, const uint8_t *from, size_t n)
{
	while (n) {
		size_t vl = __riscv_vsetvl_e8m8(n);

		n -= vl;
		__riscv_vse8(to + n, __riscv_vle8_v_u8m8(from + n, vl), vl);
	}
}

static inline void fill(uint8_t *to, uint8_t value, size_t n)
{
	const vuint8m8_t values = __riscv_vmv_v_x_u8m8(value, __riscv_vsetvlmax_e8m8());
	size_t vl;

	for (; n; n -= vl, to += vl) {
		vl = __riscv_vsetvl_e8m8(n);
		__riscv_vse8(to, values, vl);
	}
}

/* how many are the same from the first on */
static inline size_t equal_bytes(const uint8_t *a, const uint8_t *b, size_t n)
{
	size_t i, vl;

	for (i = 0; i < n; i += vl) {
		long first;

		vl = __riscv_vsetvl_e8m8(n - i);
		first = __riscv_vfirst(__riscv_vmsne(__riscv_vle8_v_u8m8(a + i, vl),
						     __riscv_vle8_v_u8m8(b + i, vl), vl),
				       vl);
		if (first >= 0)
			return i + (size_t)first;
	}
	return n;
}

/* how many come before the first @value */
static inline size_t other_bytes(const uint8_t *from, uint8_t value, size_t n)
{
	size_t i, vl;

	for (i = 0; i < n; i += vl) {
		long first;

		vl = __riscv_vsetvl_e8m8(n - i);
		first = __riscv_vfirst(__riscv_vmseq(__riscv_vle8_v_u8m8(from + i, vl), value, vl),
				       vl);
		if (first >= 0)
			return i + (size_t)first;
	}
	return n;
}

#endif /* MEMORY_VECTOR_H */
