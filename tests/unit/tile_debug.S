/* SPDX-License-Identifier: MIT */
/*
 * Programs for tile_debug.c: each makes one access around 0x80000, with a0 and sp
 * there, a stride of 24 in a1, indices 0, 100, 200, 300 in v8 and a mask of the
 * elements 0 and 2 in v0; four elements of 32 bits.
 */
#include "tile_programs.inc"

	.option	norvc
	.option	arch, +zve32f, +zfh

	.macro	access name, insn:vararg
	program	\name
	li	a0, 0x80000
	mv	sp, a0
	li	a1, 24
	lla	t1, indices
	vsetivli zero, 4, e32, m1, ta, ma
	vle32.v	v8, (t1)
	addi	t1, t1, 16
	vle32.v	v0, (t1)
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

	.data
	.balign	16
indices:
	.word	0, 100, 200, 300
	.word	5, 0, 0, 0
