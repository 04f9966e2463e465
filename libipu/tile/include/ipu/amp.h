/* SPDX-License-Identifier: MIT */
/*
 * Matrix products: the instructions ipu.amp and ipu.ampt, and a whole product that
 * uses them. Included by <ipu/tile.h>.
 *
 * One instruction adds A * B to C, with A of 8 rows and up to a quarter of VLEN
 * columns (half of it for halves), and B of as many rows and VLEN / 16 columns, both in
 * SRAM. C, of floats, is in two variables: its rows 0 to 3 in the one and 4 to 7 in the
 * other, each row being a quarter of it.
 *
 *	vfloat32m8_t low, high;
 *
 *	ipu_amp_load(&low, &high, c, ldc);
 *	ipu_amp_f32(&low, &high, a, b, ipu_amp_strides(lda, ldb), steps);
 *	ipu_amp_store(c, ldc, low, high);
 *
 * Each element of C gets its products in the order of A's columns, by fused
 * multiply-adds, so the bits of the result do not depend on how the product is
 * divided.
 */
#ifndef IPU_TILE_AMP_H
#define IPU_TILE_AMP_H

#include <ipu/tile.h>

#ifdef __riscv_vector

#include <riscv_vector.h>

/** ipu_amp_columns - columns of B and C: 32 with the usual VLEN of 512 */
IPU_INLINE_ uint32_t ipu_amp_columns(void)
{
	return (uint32_t)__riscv_vlenb() / 2;
}

/** ipu_amp_strides - elements from a row of A to the next, and of B; both below 65536 */
IPU_INLINE_ uint32_t ipu_amp_strides(uint32_t a, uint32_t b)
{
	return b << 16 | a;
}

/* C += A * B, with the accumulators in the registers that the instruction requires. */
#define IPU_AMP_(funct2, config, low, high, a, b, strides, steps)                             \
	do {                                                                                  \
		register vfloat32m8_t low_ __asm__("v16") = *(low);                           \
		register vfloat32m8_t high_ __asm__("v24") = *(high);                         \
                                                                                              \
		__asm__ volatile("vsetvli zero, %5, " config ", ta, ma\n\t"                   \
				 ".insn r4 %6, %7, %8, %0, %2, %3, %4"                        \
				 : "+vr"(low_), "+vr"(high_)                                  \
				 : "r"(a), "r"(b), "r"(strides), "r"(steps), "i"(IPU_OPCODE), \
				   "i"(IPU_F3_AMP), "i"(funct2)                               \
				 : "vl", "vtype", "memory");                                  \
		*(low) = low_;                                                                \
		*(high) = high_;                                                              \
	} while (0)

/**
 * ipu_amp_f32 - C += A * B in one instruction
 * @low: rows 0 to 3 of C
 * @high: rows 4 to 7
 * @a: 8 rows of @steps columns
 * @b: @steps rows of ipu_amp_columns() columns
 * @strides: of A and B, see ipu_amp_strides()
 * @steps: at most what ipu_amp_steps_f32() gives
 */
IPU_INLINE_ void ipu_amp_f32(vfloat32m8_t *low, vfloat32m8_t *high, const float *a, const float *b,
			     uint32_t strides, size_t steps)
{
	IPU_AMP_(IPU_F2_AMP_S, "e32, m8", low, high, a, b, strides, steps);
}

/** ipu_ampt_f32 - the same with A transposed in SRAM: @steps rows of 8 columns */
IPU_INLINE_ void ipu_ampt_f32(vfloat32m8_t *low, vfloat32m8_t *high, const float *a, const float *b,
			      uint32_t strides, size_t steps)
{
	IPU_AMP_(IPU_F2_AMPT_S, "e32, m8", low, high, a, b, strides, steps);
}

/** ipu_amp_f16 - the same with A and B of halves; @steps as from ipu_amp_steps_f16() */
IPU_INLINE_ void ipu_amp_f16(vfloat32m8_t *low, vfloat32m8_t *high, const _Float16 *a,
			     const _Float16 *b, uint32_t strides, size_t steps)
{
	IPU_AMP_(IPU_F2_AMP_H, "e16, m8", low, high, a, b, strides, steps);
}

/** ipu_ampt_f16 - the same with A transposed in SRAM: @steps rows of 8 columns */
IPU_INLINE_ void ipu_ampt_f16(vfloat32m8_t *low, vfloat32m8_t *high, const _Float16 *a,
			      const _Float16 *b, uint32_t strides, size_t steps)
{
	IPU_AMP_(IPU_F2_AMPT_H, "e16, m8", low, high, a, b, strides, steps);
}

/** ipu_amp_steps_f32 - how many of @left steps one instruction does */
IPU_INLINE_ size_t ipu_amp_steps_f32(size_t left)
{
	return __riscv_vsetvl_e32m8(left);
}

/** ipu_amp_steps_f16 - how many of @left steps one instruction does with halves */
IPU_INLINE_ size_t ipu_amp_steps_f16(size_t left)
{
	return __riscv_vsetvl_e16m8(left);
}

/** ipu_amp_load - take C from memory, its rows @ldc floats apart */
IPU_INLINE_ void ipu_amp_load(vfloat32m8_t *low, vfloat32m8_t *high, const float *c, uint32_t ldc)
{
	const size_t vl = __riscv_vsetvlmax_e32m2();

	*low = __riscv_vcreate_v_f32m2_f32m8(
		__riscv_vle32_v_f32m2(c, vl), __riscv_vle32_v_f32m2(c + ldc, vl),
		__riscv_vle32_v_f32m2(c + 2 * ldc, vl), __riscv_vle32_v_f32m2(c + 3 * ldc, vl));
	c += 4 * ldc;
	*high = __riscv_vcreate_v_f32m2_f32m8(
		__riscv_vle32_v_f32m2(c, vl), __riscv_vle32_v_f32m2(c + ldc, vl),
		__riscv_vle32_v_f32m2(c + 2 * ldc, vl), __riscv_vle32_v_f32m2(c + 3 * ldc, vl));
}

/** ipu_amp_store - put C into memory, its rows @ldc floats apart */
IPU_INLINE_ void ipu_amp_store(float *c, uint32_t ldc, vfloat32m8_t low, vfloat32m8_t high)
{
	const size_t vl = __riscv_vsetvlmax_e32m2();

	__riscv_vse32(c, __riscv_vget_v_f32m8_f32m2(low, 0), vl);
	__riscv_vse32(c + ldc, __riscv_vget_v_f32m8_f32m2(low, 1), vl);
	__riscv_vse32(c + 2 * ldc, __riscv_vget_v_f32m8_f32m2(low, 2), vl);
	__riscv_vse32(c + 3 * ldc, __riscv_vget_v_f32m8_f32m2(low, 3), vl);
	c += 4 * ldc;
	__riscv_vse32(c, __riscv_vget_v_f32m8_f32m2(high, 0), vl);
	__riscv_vse32(c + ldc, __riscv_vget_v_f32m8_f32m2(high, 1), vl);
	__riscv_vse32(c + 2 * ldc, __riscv_vget_v_f32m8_f32m2(high, 2), vl);
	__riscv_vse32(c + 3 * ldc, __riscv_vget_v_f32m8_f32m2(high, 3), vl);
}

/* ---- A whole product ------------------------------------------------------------------ */

/*
 * A product of matrices of @type, by blocks of IPU_AMP_ROWS rows and ipu_amp_columns()
 * columns; what is left over at the edges is done by vectors: the same bits, more slowly.
 * @steps and @amp are for blocks; for edges, @set is the vector length of so many columns,
 * @load a row of B, and @add adds a product to a sum of floats, rounded once.
 */
#define IPU_GEMM_(name, type, steps_, amp, set, load, add)                                         \
	IPU_INLINE_ void name##_block_(float *c, uint32_t ldc, const type *a, uint32_t lda,        \
				       const type *b, uint32_t ldb, uint32_t k)                    \
	{                                                                                          \
		const uint32_t strides = ipu_amp_strides(lda, ldb);                                \
		vfloat32m8_t low, high;                                                            \
		uint32_t steps;                                                                    \
                                                                                                   \
		ipu_amp_load(&low, &high, c, ldc);                                                 \
		for (; k; k -= steps) {                                                            \
			steps = (uint32_t)steps_(k);                                               \
			amp(&low, &high, a, b, strides, steps);                                    \
			a += steps;                                                                \
			b += steps * ldb;                                                          \
		}                                                                                  \
		ipu_amp_store(c, ldc, low, high);                                                  \
	}                                                                                          \
                                                                                                   \
	IPU_INLINE_ void name##_edge_(float *c, uint32_t ldc, const type *a, uint32_t lda,         \
				      const type *b, uint32_t ldb, uint32_t m, uint32_t n,         \
				      uint32_t k)                                                  \
	{                                                                                          \
		uint32_t row, column, step, vl;                                                    \
                                                                                                   \
		for (column = 0; column < n; column += vl) {                                       \
			vl = (uint32_t)set(n - column);                                            \
			for (row = 0; row < m; row++) {                                            \
				float *at = c + row * ldc + column;                                \
				vfloat32m4_t sum = __riscv_vle32_v_f32m4(at, vl);                  \
                                                                                                   \
				for (step = 0; step < k; step++)                                   \
					sum = add(sum, a[row * lda + step],                        \
						  load(b + step * ldb + column, vl), vl);          \
				__riscv_vse32(at, sum, vl);                                        \
			}                                                                          \
		}                                                                                  \
	}                                                                                          \
                                                                                                   \
	IPU_INLINE_ void name##_whole_(float *c, uint32_t ldc, const type *a, uint32_t lda,        \
				       const type *b, uint32_t ldb, uint32_t m, uint32_t n,        \
				       uint32_t k)                                                 \
	{                                                                                          \
		const uint32_t columns = ipu_amp_columns();                                        \
		const uint32_t whole_m = m - m % IPU_AMP_ROWS, whole_n = n - n % columns;          \
		uint32_t row, column;                                                              \
                                                                                                   \
		for (column = 0; column < whole_n; column += columns)                              \
			for (row = 0; row < whole_m; row += IPU_AMP_ROWS)                          \
				name##_block_(c + row * ldc + column, ldc, a + row * lda, lda,     \
					      b + column, ldb, k);                                 \
		name##_edge_(c + whole_n, ldc, a, lda, b + whole_n, ldb, whole_m, n - whole_n, k); \
		name##_edge_(c + whole_m * ldc, ldc, a + whole_m * lda, lda, b, ldb, m - whole_m,  \
			     n, k);                                                                \
	}

IPU_GEMM_(ipu_sgemm, float, ipu_amp_steps_f32, ipu_amp_f32, __riscv_vsetvl_e32m4,
	  __riscv_vle32_v_f32m4, __riscv_vfmacc)
/* The product of two halves is exact in a float. */
IPU_GEMM_(ipu_hgemm, _Float16, ipu_amp_steps_f16, ipu_amp_f16, __riscv_vsetvl_e16m2,
	  __riscv_vle16_v_f16m2, __riscv_vfwmacc)

/**
 * ipu_sgemm - C += A * B in float
 * @c: @m rows of @n columns, @ldc elements apart
 * @ldc: elements from a row of C to the next
 * @a: @m rows of @k columns
 * @lda: elements from a row of A to the next, below 65536
 * @b: @k rows of @n columns
 * @ldb: elements from a row of B to the next, below 65536
 * @m: rows of A and C
 * @n: columns of B and C
 * @k: columns of A, rows of B
 *
 * By the calling unit alone; workers can share the rows of C. C overlaps neither A
 * nor B. Fastest where @m is a multiple of 8 and @n one of ipu_amp_columns().
 */
static inline __attribute__((unused)) void ipu_sgemm(float *c, uint32_t ldc, const float *a,
						     uint32_t lda, const float *b, uint32_t ldb,
						     uint32_t m, uint32_t n, uint32_t k)
{
	ipu_sgemm_whole_(c, ldc, a, lda, b, ldb, m, n, k);
}

/**
 * ipu_hgemm - C += A * B with A and B of halves, and C of floats
 * @c: @m rows of @n columns, @ldc elements apart
 * @ldc: elements from a row of C to the next
 * @a: @m rows of @k columns
 * @lda: elements from a row of A to the next, below 65536
 * @b: @k rows of @n columns
 * @ldb: elements from a row of B to the next, below 65536
 * @m: rows of A and C
 * @n: columns of B and C
 * @k: columns of A, rows of B
 *
 * As ipu_sgemm(), at up to four times its speed. Products of halves are exact, and each is added
 * to C in float, rounded once, in the order of A's columns.
 */
static inline __attribute__((unused)) void ipu_hgemm(float *c, uint32_t ldc, const _Float16 *a,
						     uint32_t lda, const _Float16 *b, uint32_t ldb,
						     uint32_t m, uint32_t n, uint32_t k)
{
	ipu_hgemm_whole_(c, ldc, a, lda, b, ldb, m, n, k);
}

#endif /* __riscv_vector */

#endif /* IPU_TILE_AMP_H */
