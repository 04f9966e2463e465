// SPDX-License-Identifier: MIT
/*
 * The product by vector instructions, the way that libraries do it: some columns of b are
 * packed, so that what is needed together is contiguous, and the inner loop (gemm-rows.S) is
 * in assembly, since compilers do not allocate registers for it well enough. It holds the
 * sums of four rows, of as many columns as four registers hold, and four rows of b, which
 * takes all 32 registers.
 */
#include <riscv_vector.h>

#include "gemm.h"

void gemm_rows(const float *a, const float *packed, float *to, size_t half, uint32_t rows);

_Static_assert(ROWS % 4 == 0 && INNER == 128 && COLUMNS == 128, "what gemm_rows is for");

/* @vl columns of b */
static void pack(float *packed, const float *b, size_t vl)
{
	uint32_t k;

	for (k = 0; k < INNER; k++)
		__riscv_vse32(packed + k * vl, __riscv_vle32_v_f32m4(b + k * COLUMNS, vl), vl);
}

static void gemm(const float *a, const float *b, float *product)
{
	static float packed[INNER * COLUMNS] __attribute__((aligned(64)));
	const size_t vl = __riscv_vsetvlmax_e32m4();
	uint32_t j;

	/* VLMAX divides COLUMNS at every VLEN there is */
	for (j = 0; j < COLUMNS; j += vl) {
		pack(packed, b + j, vl);
		gemm_rows(a, packed, product + j, 2 * vl * sizeof(float), ROWS);
	}
}
