/* SPDX-License-Identifier: MIT */
/*
 * void gemm_rows(const float *a, const float *packed, float *to, size_t half)
 *
 * Four rows of a product of matrices, see gemm-vector.c: in as many columns as four vector
 * registers hold, from four rows of a and the packed columns of b. @half is the size of
 * eight registers in bytes.
 */
	/* 128 floats */
	.equ	ROW, 512

	/* four elements of a row of a */
	.macro	load_a row, f0, f1, f2, f3
	flw	\f0, \row * ROW(a0)
	flw	\f1, \row * ROW + 4(a0)
	flw	\f2, \row * ROW + 8(a0)
	flw	\f3, \row * ROW + 12(a0)
	.endm

	/* a row of b times four elements of a column of a */
	.macro	add_products row, f0, f1, f2, f3
	vfmacc.vf	v8, \f0, \row
	vfmacc.vf	v12, \f1, \row
	vfmacc.vf	v16, \f2, \row
	vfmacc.vf	v20, \f3, \row
	.endm

	.text
	.globl	gemm_rows
gemm_rows:
	vsetvli	t0, x0, e32, m4, ta, ma
	vmv.v.i	v8, 0
	vmv.v.i	v12, 0
	vmv.v.i	v16, 0
	vmv.v.i	v20, 0
	addi	t1, a0, ROW
1:
	load_a	0, fa0, fa1, fa2, fa3
	load_a	1, fa4, fa5, fa6, fa7
	load_a	2, ft0, ft1, ft2, ft3
	load_a	3, ft4, ft5, ft6, ft7
	add	t2, a1, a3
	vl8re32.v	v0, (a1)
	vl8re32.v	v24, (t2)
	add_products	v0, fa0, fa4, ft0, ft4
	add_products	v4, fa1, fa5, ft1, ft5
	add_products	v24, fa2, fa6, ft2, ft6
	add_products	v28, fa3, fa7, ft3, ft7
	add	a1, t2, a3
	addi	a0, a0, 16
	bne	a0, t1, 1b

	vse32.v	v8, (a2)
	addi	a2, a2, ROW
	vse32.v	v12, (a2)
	addi	a2, a2, ROW
	vse32.v	v16, (a2)
	addi	a2, a2, ROW
	vse32.v	v20, (a2)
	ret
