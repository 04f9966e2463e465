/* SPDX-License-Identifier: MIT */
/*
 * Programs for tile_debug.c: each makes one access around 0x80000, with a0 and sp
 * there, a stride of 24 in a1, indices 0, 100, 200, 300 in v8 and a mask of the
 * elements 0 and 2 in v0; four elements of 32 bits. a2 is the last word of SRAM.
 * For matrices a3 is 0x81000, and the strides in a4 are 8 and 64 words.
 */
#include "tile_programs.inc"

	.option	norvc
	.option	arch, +zve32f, +zfh

	.macro	begin name
	program	\name
	li	a0, 0x80000
	mv	sp, a0
	li	a1, 24
	li	a2, IPU_SRAM_END - 4
	li	a3, 0x81000
	li	a4, 64 << 16 | 8
	lla	t1, indices
	vsetivli zero, 4, e32, m1, ta, ma
	vle32.v	v8, (t1)
	addi	t1, t1, 16
	vle32.v	v0, (t1)
	.endm

	.macro	access name, insn:vararg
	begin	\name
	\insn
	ipu_exit zero
	.endm

	access	lb, lb a2, -1(a0)
	access	lhu, lhu a2, 2(a0)
	access	lw, lw a2, -4(a0)
	access	sb, sb a2, 2047(a0)
	access	sh, sh a2, -2048(a0)
	access	sw, sw a2, 32(a0)
	access	flw, flw fa2, 4(a0)
	access	fsw, fsw fa2, -8(a0)
	access	flh, flh fa2, 6(a0)
	access	lr, lr.w a2, (a0)
	access	sc, sc.w a2, a1, (a0)
	access	amo, amoadd.w a2, a1, (a0)
	.option	rvc
	access	c_lw, c.lw a2, 124(a0)
	access	c_sw, c.sw a2, 64(a0)
	access	c_flw, c.flw fa2, 60(a0)
	access	c_fsw, c.fsw fa2, 4(a0)
	access	c_lwsp, c.lwsp a2, 252(sp)
	access	c_swsp, c.swsp a2, 252(sp)
	access	c_flwsp, c.flwsp fa2, 60(sp)
	access	c_fswsp, c.fswsp fa2, 192(sp)
	.option	norvc
	access	vle, vle32.v v4, (a0)
	access	vse, vse32.v v4, (a0)
	access	vse_masked, vse32.v v4, (a0), v0.t
	access	vlse, vlse32.v v4, (a0), a1
	access	vluxei, vluxei32.v v4, (a0), v8
	access	vlseg2, vlseg2e32.v v4, (a0)
	access	vs2r, vs2r.v v4, (a0)
	access	vsm, vsm.v v4, (a0)
	access	amp_a, .insn r4 IPU_OPCODE, IPU_F3_AMP, 0, x16, a0, a3, a4
	access	amp_b, .insn r4 IPU_OPCODE, IPU_F3_AMP, 0, x16, a0, a3, a4
	access	ampt_a, .insn r4 IPU_OPCODE, IPU_F3_AMP, 2, x16, a0, a3, a4

	/* illegal: too many registers, vill, mstatus.VS and FS off, a reserved encoding */
	begin	bad_group
	vsetvli	t0, zero, e8, m8, ta, ma
	vluxei32.v v16, (a0), v31
	begin	bad_vill
	li	t0, -1
	vsetvl	t0, zero, t0
	vle32.v	v4, (a0)
	begin	bad_vs
	li	t0, 0x600
	csrc	mstatus, t0
	vle32.v	v4, (a0)
	begin	bad_fs
	li	t0, 0x6000
	csrc	mstatus, t0
	flw	fa2, (a0)
	begin	bad_amo
	.insn	r 0x2f, 2, 0x7c, a5, a0, a1

	/* these fault: across the end of SRAM, misaligned, in the second element, in B */
	begin	over_lw
	lw	a5, 2(a2)
	begin	over_amo
	addi	sp, sp, 2
	amoadd.w a5, a1, (sp)
	begin	over_vse
	vse32.v	v4, (a2)
	begin	over_amp
	.insn	r4 IPU_OPCODE, IPU_F3_AMP, 0, x16, a0, a2, a4

	program	adjacent
	li	a0, 0x80000
	li	a1, 1
	sw	a1, 0(a0)
	sw	a1, 4(a0)
	sw	a1, 8(a0)
	lw	a2, 4(a0)
	ipu_exit zero

	.data
	.balign	16
indices:
	.word	0, 100, 200, 300
	.word	5, 0, 0, 0
