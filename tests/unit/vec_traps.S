/* SPDX-License-Identifier: MIT */
/*
 * Programs for vec_traps.c that check themselves: vtype and vl, faults in the
 * middle of a load or store and how it is resumed, fault-only-first loads, and what
 * is illegal. Each exits with 0, or with the number of the first check that failed.
 *
 * The handler counts traps in s6 and keeps mcause, mtval and vstart of the last one in
 * s2, s3 and s4. After an illegal instruction it skips it, and after a fault of memory
 * it repeats the instruction, with the base in a0 replaced by s5.
 */
#include "tile_programs.inc"

	.option	norvc

	.equ	END, IPU_SRAM_END
	.equ	BASE, IPU_SRAM_END - 0x1000

	.macro	checked name
	program	\name
	lla	t0, handler
	csrw	mtvec, t0
	li	s6, 0
	li	s11, 0
	.endm

	.macro	expect reg, value
	addi	s11, s11, 1
	li	t6, \value
	bne	\reg, t6, failed
	.endm

	.macro	expect_word base, offset, value
	lw	t5, \offset(\base)
	expect	t5, \value
	.endm

	.macro	good
	li	s11, 0
	j	failed
	.endm

	/* the next instruction must be illegal */
	.macro	illegal insn:vararg
	mv	s7, s6
	\insn
	addi	s7, s7, 1
	addi	s11, s11, 1
	bne	s6, s7, failed
	expect	s2, 2
	.endm

	/* what the assembler does not accept, by its fields */
	.macro	raw funct6, vm, vs2, vs1, funct3, vd
	.word	\funct6 << 26 | \vm << 25 | \vs2 << 20 | \vs1 << 15 | \funct3 << 12 | \vd << 7 | 0x57
	.endm

	.text
	.balign	4
handler:
	csrr	s2, mcause
	csrr	s3, mtval
	csrr	s4, vstart
	addi	s6, s6, 1
	li	t6, 2
	beq	s2, t6, 1f
	mv	a0, s5
	mret
1:	csrr	t6, mepc
	addi	t6, t6, 4
	csrw	mepc, t6
	mret

failed:
	csrw	mtvec, x0
	ipu_exit s11

	/* 16 words from BASE on are 1, 2, ... */
fill:	li	t0, BASE
	li	t1, 1
	li	t2, 17
1:	sw	t1, 0(t0)
	addi	t0, t0, 4
	addi	t1, t1, 1
	bne	t1, t2, 1b
	ret

/* vl is what was asked for, at most VLMAX; x0 asks for all or for the same */
checked	set_vl
	csrr	s8, vlenb
	vsetvli	a1, zero, e8, m1, ta, ma
	sub	a1, a1, s8
	expect	a1, 0
	vsetvli	a1, zero, e32, m8, ta, ma
	slli	a2, s8, 1
	sub	a1, a1, a2
	expect	a1, 0
	vsetivli a1, 3, e16, m1, ta, ma
	expect	a1, 3
	csrr	a1, vtype
	expect	a1, 0xc8
	li	a2, 5
	vsetvli	a1, a2, e8, m1, tu, mu
	expect	a1, 5
	csrr	a1, vl
	expect	a1, 5
	vsetvli	zero, zero, e32, m4, tu, mu
	csrr	a1, vl
	expect	a1, 5
	csrr	a1, vtype
	expect	a1, 0x12
	li	a2, -1
	vsetvli	a1, a2, e16, mf2, tu, mu
	srli	a2, s8, 2
	sub	a1, a1, a2
	expect	a1, 0
	li	a2, 0
	vsetvli	a1, a2, e16, m2, tu, mu
	expect	a1, 0
	/* vstart becomes 0 */
	csrwi	vstart, 3
	vsetivli a1, 3, e16, m1, ta, ma
	csrr	a1, vstart
	expect	a1, 0
	expect	s6, 0
	good

/* what is not supported sets vill, and then only whole registers move */
checked	set_vill
	.macro	vill vtype
	li	a2, \vtype
	li	a3, 4
	vsetvl	a1, a3, a2
	expect	a1, 0
	csrr	a1, vtype
	expect	a1, 0x80000000
	csrr	a1, vl
	expect	a1, 0
	.endm
	vill	0x18			/* SEW 64 */
	vill	0x04			/* LMUL reserved */
	vill	0x0e			/* SEW 16, LMUL 1/4: above ELEN */
	vill	0x17			/* SEW 32, LMUL 1/2 */
	vill	0x16
	vill	0x100
	vill	0x80000000
	expect	s6, 0
	illegal	vadd.vv v8, v8, v8
	illegal	vmv.x.s a1, v8
	illegal	vmv1r.v v8, v9
	illegal	vle8.v v8, (sp)
	li	a0, BASE
	vl1re8.v v8, (a0)
	vs1r.v	v8, (a0)
	expect	s6, 4
	/* x0, x0 with another VLMAX is reserved */
	vsetivli a1, 3, e16, m1, ta, ma
	vsetvli	zero, zero, e8, m1, ta, ma
	csrr	a1, vtype
	expect	a1, 0x80000000
	good

/* a load stops at the element that faults and resumes there; -4 is a word before the end */
checked	load_again
	jal	fill
	vsetivli zero, 4, e32, m1, ta, ma
	vmv.v.i	v8, -1
	li	s5, BASE
	li	a0, END - 8
	li	t0, 0x1234
	sw	t0, 0(a0)
	sw	t0, 4(a0)
	vle32.v	v8, (a0)
	expect	s6, 1
	expect	s2, 5
	expect	s3, END
	expect	s4, 2
	csrr	a1, vstart
	expect	a1, 0
	li	a0, BASE + 64
	vse32.v	v8, (a0)
	expect_word a0, 0, 0x1234
	expect_word a0, 4, 0x1234
	expect_word a0, 8, 3
	expect_word a0, 12, 4
	good

/* an element that a mask leaves out does not fault */
checked	masked_load
	jal	fill
	vsetivli zero, 4, e32, m1, ta, ma
	vmv.v.i	v8, -1
	vmv.v.i	v0, 9
	li	s5, BASE
	li	a0, END - 8
	sw	zero, 0(a0)
	vle32.v	v8, (a0), v0.t
	expect	s6, 1
	expect	s4, 3
	expect	s3, END + 4
	vmv.v.i	v0, 3
	li	a0, END - 8
	vle32.v	v9, (a0), v0.t
	expect	s6, 1
	li	a0, BASE + 64
	vse32.v	v8, (a0)
	expect_word a0, 0, 0
	expect_word a0, 4, -1
	expect_word a0, 8, -1
	expect_word a0, 12, 4
	good

checked	store_again
	jal	fill
	vsetivli zero, 4, e32, m1, ta, ma
	vmv.v.i	v8, 7
	li	s5, BASE
	li	a0, END - 12
	vse32.v	v8, (a0)
	expect	s6, 1
	expect	s2, 7
	expect	s3, END
	expect	s4, 3
	expect_word s5, 0, 1
	expect_word s5, 8, 3
	expect_word s5, 12, 7
	li	a0, END - 12
	expect_word a0, 8, 7
	good

/* strides and indices: the second element of the four is the one outside */
checked	scattered_again
	jal	fill
	vsetivli zero, 4, e32, m1, ta, ma
	li	s5, BASE + 16
	li	a0, END - 4
	li	a1, 4
	vlse32.v v8, (a0), a1
	expect	s6, 1
	expect	s4, 1
	vid.v	v9
	vsll.vi	v9, v9, 2
	li	a0, END - 4
	vluxei32.v v8, (a0), v9
	expect	s6, 2
	expect	s4, 1
	expect	s3, END
	li	a0, END - 4
	vsoxei32.v v8, (a0), v9
	expect	s6, 3
	expect	s4, 1
	li	a0, END - 12
	vlseg2e32.v v10, (a0)
	expect	s6, 4
	expect	s4, 1
	expect_word s5, 4, 6
	good

/* only element 0 can fault; at another one the load ends there */
checked	first_fault
	jal	fill
	vsetivli zero, 4, e32, m1, ta, ma
	li	s5, BASE
	li	a0, END - 8
	vle32ff.v v8, (a0)
	expect	s6, 0
	csrr	a1, vl
	expect	a1, 2
	vsetivli zero, 4, e32, m1, ta, ma
	li	a0, END
	vle32ff.v v8, (a0)
	expect	s6, 1
	expect	s2, 5
	expect	s4, 0
	csrr	a1, vl
	expect	a1, 4
	li	a0, END - 16
	vle32ff.v v8, (a0)
	csrr	a1, vl
	expect	a1, 4
	vsetivli zero, 4, e8, mf2, ta, ma
	li	a0, END - 5
	vlseg2e8ff.v v8, (a0)
	csrr	a1, vl
	expect	a1, 2
	expect	s6, 1
	good

/* groups that do not begin where they must, or overlap where they must not */
checked	groups
	vsetivli zero, 4, e8, m2, ta, ma
	illegal	vadd.vv v1, v2, v4
	illegal	vadd.vv v2, v3, v4
	illegal	vadd.vv v2, v4, v5
	illegal	vwadd.vv v2, v4, v6		/* EMUL 4 */
	illegal	raw 0x31, 1, 4, 8, 2, 4	/* vwadd.vv v4, v4, v8: not the upper part of vd */
	illegal	vnsrl.wi v6, v4, 1		/* not the lower part of vs2 */
	illegal	raw 0x0c, 1, 8, 4, 0, 8	/* vrgather.vv v8, v8, v4 */
	illegal	raw 0x0c, 1, 4, 8, 0, 8
	illegal	raw 0x0e, 1, 8, 1, 3, 8	/* vslideup.vi v8, v8, 1 */
	illegal	raw 0x17, 1, 8, 4, 2, 8	/* vcompress.vm v8, v8, v4 */
	illegal	raw 0x14, 1, 8, 2, 2, 8	/* vmsof.m v8, v8 */
	illegal	vmseq.vv v5, v4, v6		/* a mask in the upper part of vs2 */
	illegal	raw 0, 0, 2, 4, 0, 0	/* vadd.vv v0, v2, v4, v0.t */
	illegal	vse8.v v0, (sp), v0.t
	illegal	vfadd.vv v2, v4, v6		/* SEW 8 */
	illegal	vlseg5e8.v v8, (sp)		/* ten registers */
	illegal	raw 0x27, 1, 2, 1, 3, 1	/* vmv2r.v v1, v2 */
	illegal	.word 0x62810307		/* vl4re8.v v6, (sp) */
	vsetivli zero, 4, e32, m1, ta, ma
	illegal	vwadd.vv v2, v4, v6		/* SEW 64 */
	csrwi	vstart, 1
	illegal	vredsum.vs v4, v5, v6
	csrwi	vstart, 1
	illegal	vcpop.m a1, v4
	csrwi	vstart, 0
	csrwi	frm, 5
	illegal	vfadd.vv v2, v4, v6
	csrwi	frm, 0
	mv	s7, s6
	/* and what looks like them and is right */
	vmseq.vv v4, v4, v6
	vredsum.vs v0, v4, v6, v0.t
	vsetivli zero, 4, e8, m2, ta, ma
	vwadd.vv v4, v6, v8
	vnsrl.wi v4, v4, 1
	sub	s7, s7, s6
	expect	s7, 0
	good
