/* SPDX-License-Identifier: MIT */
/*
 * void gemm_rows(const float *a, const float *packed, float *to, size_t half, uint32_t rows)
 *
 * Rows of a product of matrices, see gemm-vector.c: four at a time, in as many columns as four
 * vector registers hold, from as many rows of a and the packed columns of b. @half is the size
 * of eight registers in bytes.
 */
	/* 128 floats */
	.equ	ROW, 512

	/* fs0..fs11 belong to the caller */
	.macro	all_saved insn
	\insn	fs0, (sp)
	\insn	fs1, 4(sp)
	\insn	fs2, 8(sp)
	\insn	fs3, 12(sp)
	\insn	fs4, 16(sp)
	\insn	fs5, 20(sp)
	\insn	fs6, 24(sp)
	\insn	fs7, 28(sp)
	\insn	fs8, 32(sp)
	\insn	fs9, 36(sp)
	\insn	fs10, 40(sp)
	\insn	fs11, 44(sp)
	.endm

	/* eight elements of a row of a */
	.macro	load_a row, f0, f1, f2, f3, f4, f5, f6, f7
	flw	\f0, \row * ROW(a0)
	flw	\f1, \row * ROW + 4(a0)
	flw	\f2, \row * ROW + 8(a0)
	flw	\f3, \row * ROW + 12(a0)
	flw	\f4, \row * ROW + 16(a0)
	flw	\f5, \row * ROW + 20(a0)
	flw	\f6, \row * ROW + 24(a0)
	flw	\f7, \row * ROW + 28(a0)
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
	addi	sp, sp, -48
	all_saved	fsw
	vsetvli	t0, x0, e32, m4, ta, ma
1:
	vmv.v.i	v8, 0
	vmv.v.i	v12, 0
	vmv.v.i	v16, 0
	vmv.v.i	v20, 0
	mv	t0, a1
	addi	t1, a0, ROW
2:
	load_a	0, fa0, fa1, fa2, fa3, fa4, fa5, fa6, fa7
	load_a	1, ft0, ft1, ft2, ft3, ft4, ft5, ft6, ft7
	load_a	2, fs0, fs1, fs2, fs3, fs4, fs5, fs6, fs7
	load_a	3, fs8, fs9, fs10, fs11, ft8, ft9, ft10, ft11
	add	t2, t0, a3
	add	t3, t2, a3
	add	t4, t3, a3
	vl8re32.v	v0, (t0)
	vl8re32.v	v24, (t2)
	add_products	v0, fa0, ft0, fs0, fs8
	add_products	v4, fa1, ft1, fs1, fs9
	add_products	v24, fa2, ft2, fs2, fs10
	add_products	v28, fa3, ft3, fs3, fs11
	vl8re32.v	v0, (t3)
	vl8re32.v	v24, (t4)
	add_products	v0, fa4, ft4, fs4, ft8
	add_products	v4, fa5, ft5, fs5, ft9
	add_products	v24, fa6, ft6, fs6, ft10
	add_products	v28, fa7, ft7, fs7, ft11
	add	t0, t4, a3
	addi	a0, a0, 32
	bne	a0, t1, 2b

	addi	t1, a2, ROW
	addi	t2, a2, 2 * ROW
	addi	t3, a2, 3 * ROW
	vse32.v	v8, (a2)
	vse32.v	v12, (t1)
	vse32.v	v16, (t2)
	vse32.v	v20, (t3)
	addi	a0, a0, 3 * ROW
	addi	a2, t3, ROW
	addi	a4, a4, -4
	bnez	a4, 1b

	all_saved	flw
	addi	sp, sp, 48
	ret
