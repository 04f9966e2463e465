// SPDX-License-Identifier: MIT
/*
 * The product by vector instructions: three rows at a time, in as many columns as
 * eight registers hold, of a part of b that stays in the host's cache.
 */
#include <riscv_vector.h>

#include "gemm.h"

#define DEPTH 64

/* add @depth terms to @rows (1 to 3) rows of the product, in @vl columns */
static inline __attribute__((always_inline)) void
multiply_rows(uint32_t rows, const float *a, const float *b, float *to, uint32_t depth, size_t vl)
{
	vfloat32m8_t sum0 = __riscv_vle32_v_f32m8(to, vl);
	vfloat32m8_t sum1 = rows > 1 ? __riscv_vle32_v_f32m8(to + COLUMNS, vl) : sum0;
	vfloat32m8_t sum2 = rows > 2 ? __riscv_vle32_v_f32m8(to + 2 * COLUMNS, vl) : sum0;
	uint32_t k;

	for (k = 0; k < depth; k++) {
		const vfloat32m8_t row = __riscv_vle32_v_f32m8(b + k * COLUMNS, vl);

		sum0 = __riscv_vfmacc(sum0, a[k], row, vl);
		if (rows > 1)
			sum1 = __riscv_vfmacc(sum1, a[INNER + k], row, vl);
		if (rows > 2)
			sum2 = __riscv_vfmacc(sum2, a[2 * INNER + k], row, vl);
	}
	__riscv_vse32(to, sum0, vl);
	if (rows > 1)
		__riscv_vse32(to + COLUMNS, sum1, vl);
	if (rows > 2)
		__riscv_vse32(to + 2 * COLUMNS, sum2, vl);
}

/* all rows in some columns, and some of the terms */
static void multiply_part(const float *a, const float *b, float *to, size_t vl)
{
	uint32_t i;

	for (i = 0; i + 3 <= ROWS; i += 3)
		multiply_rows(3, a + i * INNER, b, to + i * COLUMNS, DEPTH, vl);
	for (; i < ROWS; i++)
		multiply_rows(1, a + i * INNER, b, to + i * COLUMNS, DEPTH, vl);
}

static void gemm(const float *a, const float *b, float *product)
{
	uint32_t i, j, k;
	size_t vl;

	for (i = 0; i < ROWS * COLUMNS; i += vl) {
		vl = __riscv_vsetvl_e32m8(ROWS * COLUMNS - i);
		__riscv_vse32(product + i, __riscv_vfmv_v_f_f32m8(0, vl), vl);
	}
	for (j = 0; j < COLUMNS; j += vl) {
		vl = __riscv_vsetvl_e32m8(COLUMNS - j);
		for (k = 0; k < INNER; k += DEPTH)
			multiply_part(a + k, b + k * COLUMNS + j, product + j, vl);
	}
}
