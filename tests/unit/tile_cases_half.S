/* SPDX-License-Identifier: MIT */
/*
 * Half-precision instructions: want, flags, fa0, fa1, fa2, instruction, every
 * result worked out by hand. Flags: 1 inexact, 2 underflow, 4 overflow, 8
 * division by zero, 16 invalid. A half is given by its 16 bits; "half" rows put
 * ones above them in operands and result, "narrow" rows in the result only,
 * "test" rows in the operands only.
 */
#include "tile_cases.inc"

	.option	norvc

	.equ	BOX, 0xffff0000

	.macro	half want, flags, in1, in2, in3, insn:vararg
	flt	BOX|\want, \flags, BOX|\in1, BOX|\in2, BOX|\in3, \insn
	.endm

	.macro	halfm frm, want, flags, in1, in2, in3, insn:vararg
	fltm	\frm, BOX|\want, \flags, BOX|\in1, BOX|\in2, BOX|\in3, \insn
	.endm

	.macro	narrow want, flags, in1, insn:vararg
	flt	BOX|\want, \flags, \in1, \in1, 0, \insn
	.endm

	.macro	test want, flags, in1, in2, insn:vararg
	fix	\want, \flags, BOX|\in1, BOX|\in2, \insn
	.endm

	/* numbers, and how they lie */
	.equ	P0, 0x0000
	.equ	N0, 0x8000
	.equ	P1, 0x3c00
	.equ	N1, 0xbc00
	.equ	P2, 0x4000
	.equ	P3, 0x4200
	.equ	ULP, 0x1000		/* 2^-11, half the place of 1's last bit */
	.equ	P1U, 0x3c01		/* the number after 1 */
	.equ	P1D, 0x3bff		/* the one before */
	.equ	MIN, 0x0400		/* the smallest normal number, 2^-14 */
	.equ	SUB, 0x0001		/* the smallest subnormal, 2^-24 */
	.equ	MAX, 0x7bff		/* 65504 */
	.equ	INF, 0x7c00
	.equ	NINF, 0xfc00
	.equ	QNAN, 0x7e00
	.equ	PAYLOAD, 0xff12		/* a quiet NaN that is not the canonical one */
	.equ	SNAN, 0x7c01

	/* loads, stores and moves; those to x take the bits as they are */
	flt	0xffff7c01, 0, 0x12347c01, 0, 0, flh fa0, (sp)
	flt	0xffff1234, 0, 0x12347c01, 0, 0, flh fa0, 2(sp)
	store	0xaaaa7c01, 0x12347c01, 0, 0xaaaaaaaa, fsh fa0, (sp)
	fix	0x00007c01, 0, 0x12347c01, 0, fmv.x.h a0, fa0
	fix	0xffff8001, 0, 0x12348001, 0, fmv.x.h a0, fa0
	flt	0xffff8001, 0, 0, 0x12348001, 0, fmv.h.x fa0, a1

	/* what has no ones above it is the canonical NaN, which is quiet */
	flt	BOX|QNAN, 0, P1, BOX|P1, 0, fadd.h fa0, fa0, fa1
	flt	BOX|QNAN, 0, BOX|P1, 0xfffe0000|P1, 0, fmul.h fa0, fa0, fa1
	flt	BOX|QNAN, 0, 0x7fff0000|P1, 0, 0, fsqrt.h fa0, fa0
	flt	BOX|QNAN, 0, BOX|P1, BOX|P1, 0x3f800000, fmadd.h fa0, fa0, fa1, fa2
	flt	BOX|P1, 0, BOX|P1, SNAN, 0, fmin.h fa0, fa0, fa1
	flt	BOX|P1, 0, BOX|N1, NINF, 0, fsgnj.h fa0, fa0, fa1
	flt	BOX|QNAN, 0, P1, BOX|P1, 0, fsgnj.h fa0, fa0, fa1
	flt	0x7fc00000, 0, SNAN, 0, 0, fcvt.s.h fa0, fa0
	fix	0x200, 0, SNAN, 0, fclass.h a0, fa0
	fix	0, 0, SNAN, BOX|P1, feq.h a0, fa0, fa1
	fix	0, 16, P1, BOX|P1, flt.h a0, fa0, fa1
	fix	0x7fffffff, 16, P1, 0, fcvt.w.h a0, fa0

	/* add and subtract */
	half	P3, 0, P1, P2, 0, fadd.h fa0, fa0, fa1
	half	P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rne
	half	P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rtz
	half	P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rdn
	half	P1U, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rup
	half	P1U, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rmm
	half	0x3c02, 1, P1U, ULP, 0, fadd.h fa0, fa0, fa1, rne
	half	0xbc01, 1, N1, 0x9000, 0, fadd.h fa0, fa0, fa1, rmm
	half	0xbc01, 1, N1, 0x9000, 0, fadd.h fa0, fa0, fa1, rdn
	half	N1, 1, N1, 0x9000, 0, fadd.h fa0, fa0, fa1, rup
	half	P0, 0, P1, N1, 0, fadd.h fa0, fa0, fa1, rne
	half	N0, 0, P1, N1, 0, fadd.h fa0, fa0, fa1, rdn
	half	N0, 0, N0, N0, 0, fadd.h fa0, fa0, fa1
	half	INF, 5, MAX, MAX, 0, fadd.h fa0, fa0, fa1, rne
	half	MAX, 5, MAX, MAX, 0, fadd.h fa0, fa0, fa1, rtz
	half	MAX, 5, MAX, MAX, 0, fadd.h fa0, fa0, fa1, rdn
	half	INF, 5, MAX, MAX, 0, fadd.h fa0, fa0, fa1, rmm
	/* 65504 + 16 is halfway to 65536, which is too large; + 8 is below */
	half	INF, 5, MAX, 0x4c00, 0, fadd.h fa0, fa0, fa1, rne
	half	MAX, 1, MAX, 0x4800, 0, fadd.h fa0, fa0, fa1, rne
	half	INF, 0, INF, P1, 0, fadd.h fa0, fa0, fa1
	half	QNAN, 16, INF, NINF, 0, fadd.h fa0, fa0, fa1
	half	QNAN, 0, PAYLOAD, P1, 0, fadd.h fa0, fa0, fa1
	half	QNAN, 16, SNAN, P1, 0, fadd.h fa0, fa0, fa1
	half	0x0002, 0, SUB, SUB, 0, fadd.h fa0, fa0, fa1
	half	N1, 0, P1, P2, 0, fsub.h fa0, fa0, fa1
	half	QNAN, 16, INF, INF, 0, fsub.h fa0, fa0, fa1
	half	SUB, 0, MIN, 0x03ff, 0, fsub.h fa0, fa0, fa1
	half	P1D, 1, P1, SUB, 0, fsub.h fa0, fa0, fa1, rtz
	/* 32768 and 2^-24 are 39 places apart: a float does not hold the sum */
	half	0x7801, 1, 0x7800, SUB, 0, fadd.h fa0, fa0, fa1, rup
	half	0x77ff, 1, 0x7800, 0x8001, 0, fadd.h fa0, fa0, fa1, rtz

	/* by frm */
	halfm	0, P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1
	halfm	2, P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1
	halfm	3, P1U, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1
	halfm	4, P1U, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1
	halfm	7, P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rne
	halfm	3, P1, 1, P1, ULP, 0, fadd.h fa0, fa0, fa1, rdn

	/* multiply: 1.5 * (1 + 2^-10) is halfway; 2^-24 / 2 is, too */
	half	0x4600, 0, P2, P3, 0, fmul.h fa0, fa0, fa1
	half	0x3e02, 1, 0x3e00, P1U, 0, fmul.h fa0, fa0, fa1, rne
	half	0x3e01, 1, 0x3e00, P1U, 0, fmul.h fa0, fa0, fa1, rtz
	half	0x3e02, 1, 0x3e00, P1U, 0, fmul.h fa0, fa0, fa1, rmm
	half	P0, 3, SUB, 0x3800, 0, fmul.h fa0, fa0, fa1, rne
	half	SUB, 3, SUB, 0x3800, 0, fmul.h fa0, fa0, fa1, rmm
	half	SUB, 3, SUB, 0x3800, 0, fmul.h fa0, fa0, fa1, rup
	half	0x8001, 3, SUB, 0xb800, 0, fmul.h fa0, fa0, fa1, rdn
	half	INF, 5, MAX, P2, 0, fmul.h fa0, fa0, fa1
	half	0xfbff, 5, MAX, 0xc000, 0, fmul.h fa0, fa0, fa1, rup
	half	QNAN, 16, INF, P0, 0, fmul.h fa0, fa0, fa1
	half	N0, 0, P0, N1, 0, fmul.h fa0, fa0, fa1

	/*
	 * Tininess is that of the result rounded to 11 places with any exponent.
	 * MIN * (1 - 2^-11) has 11 places, so it is tiny. (2 - 2^-9) * MIN times
	 * (1 + 2^-10) / 2 is MIN * (1 - 2^-20), which is tiny only if rounded down.
	 */
	half	MIN, 3, MIN, P1D, 0, fmul.h fa0, fa0, fa1, rne
	half	0x03ff, 3, MIN, P1D, 0, fmul.h fa0, fa0, fa1, rtz
	half	MIN, 1, 0x07fe, 0x3801, 0, fmul.h fa0, fa0, fa1, rne
	half	MIN, 1, 0x07fe, 0x3801, 0, fmul.h fa0, fa0, fa1, rup
	half	MIN, 1, 0x07fe, 0x3801, 0, fmul.h fa0, fa0, fa1, rmm
	half	0x03ff, 3, 0x07fe, 0x3801, 0, fmul.h fa0, fa0, fa1, rtz

	/* divide: a third is 1.0101010101|0101 in binary */
	half	0x3555, 1, P1, P3, 0, fdiv.h fa0, fa0, fa1, rne
	half	0x3555, 1, P1, P3, 0, fdiv.h fa0, fa0, fa1, rtz
	half	0x3556, 1, P1, P3, 0, fdiv.h fa0, fa0, fa1, rup
	half	0x3555, 1, P1, P3, 0, fdiv.h fa0, fa0, fa1, rmm
	half	INF, 8, P1, P0, 0, fdiv.h fa0, fa0, fa1
	half	NINF, 8, P1, N0, 0, fdiv.h fa0, fa0, fa1, rmm
	half	QNAN, 16, P0, P0, 0, fdiv.h fa0, fa0, fa1
	half	QNAN, 16, INF, INF, 0, fdiv.h fa0, fa0, fa1
	half	P0, 0, P1, INF, 0, fdiv.h fa0, fa0, fa1
	half	0x0200, 0, MIN, P2, 0, fdiv.h fa0, fa0, fa1
	half	0x0155, 3, MIN, P3, 0, fdiv.h fa0, fa0, fa1, rne

	/* square root: of 2 it is 1.6a0|9e667f in hex */
	half	0x3da8, 1, P2, 0, 0, fsqrt.h fa0, fa0, rne
	half	0x3da9, 1, P2, 0, 0, fsqrt.h fa0, fa0, rup
	half	0x3da8, 1, P2, 0, 0, fsqrt.h fa0, fa0, rmm
	half	P2, 0, 0x4400, 0, 0, fsqrt.h fa0, fa0
	half	0x0c00, 0, SUB, 0, 0, fsqrt.h fa0, fa0
	half	N0, 0, N0, 0, 0, fsqrt.h fa0, fa0
	half	QNAN, 16, N1, 0, 0, fsqrt.h fa0, fa0
	half	INF, 0, INF, 0, 0, fsqrt.h fa0, fa0

	/* multiply and add, rounded once: (1 + 2^-10)^2 - (1 + 2^-9) is 2^-20 */
	half	0x0010, 0, P1U, P1U, 0xbc02, fmadd.h fa0, fa0, fa1, fa2
	half	0x0010, 0, P1U, P1U, 0x3c02, fmsub.h fa0, fa0, fa1, fa2
	half	0x8010, 0, P1U, P1U, 0x3c02, fnmsub.h fa0, fa0, fa1, fa2
	half	0x8010, 0, P1U, P1U, 0xbc02, fnmadd.h fa0, fa0, fa1, fa2
	half	0x4700, 0, P2, P3, P1, fmadd.h fa0, fa0, fa1, fa2
	half	0x4500, 0, P2, P3, P1, fmsub.h fa0, fa0, fa1, fa2
	half	0xc500, 0, P2, P3, P1, fnmsub.h fa0, fa0, fa1, fa2
	half	0xc700, 0, P2, P3, P1, fnmadd.h fa0, fa0, fa1, fa2
	half	QNAN, 16, INF, P0, QNAN, fmadd.h fa0, fa0, fa1, fa2
	half	QNAN, 0, PAYLOAD, P1, P1, fmadd.h fa0, fa0, fa1, fa2
	half	QNAN, 16, P1, P1, SNAN, fmadd.h fa0, fa0, fa1, fa2
	half	QNAN, 16, INF, P1, INF, fmsub.h fa0, fa0, fa1, fa2
	half	P0, 0, P1, P1, P1, fmsub.h fa0, fa0, fa1, fa2, rne
	half	N0, 0, P1, P1, P1, fmsub.h fa0, fa0, fa1, fa2, rdn
	half	P1U, 1, P1, P1, ULP, fmadd.h fa0, fa0, fa1, fa2, rmm
	half	P1, 1, P1, P1, ULP, fmadd.h fa0, fa0, fa1, fa2, rne
	/*
	 * 1.5 * (1 + 2^-10) is halfway, and 2^-24 added is above: a float would lose
	 * it. 2^-48 above or below 32768 is lost even in a double.
	 */
	half	0x3e02, 1, 0x3e00, P1U, SUB, fmadd.h fa0, fa0, fa1, fa2, rne
	half	0x3e01, 1, 0x3e00, P1U, 0x8001, fmadd.h fa0, fa0, fa1, fa2, rne
	half	0x7801, 1, SUB, SUB, 0x7800, fmadd.h fa0, fa0, fa1, fa2, rup
	half	0x77ff, 1, SUB, 0x8001, 0x7800, fmadd.h fa0, fa0, fa1, fa2, rdn
	half	0x7800, 1, SUB, 0x8001, 0x7800, fmadd.h fa0, fa0, fa1, fa2, rne
	/* 2^-48 alone is tiny and next to nothing */
	half	P0, 3, SUB, SUB, P0, fmadd.h fa0, fa0, fa1, fa2, rne
	half	SUB, 3, SUB, SUB, P0, fmadd.h fa0, fa0, fa1, fa2, rup

	/* signs, also of NaNs */
	half	P1, 0, N1, P2, 0, fsgnj.h fa0, fa0, fa1
	half	N1, 0, P1, P2, 0, fsgnjn.h fa0, fa0, fa1
	half	P1, 0, N1, NINF, 0, fsgnjx.h fa0, fa0, fa1
	half	0xfc01, 0, SNAN, N0, 0, fsgnj.h fa0, fa0, fa1

	/* minimum and maximum */
	half	N1, 0, N1, P2, 0, fmin.h fa0, fa0, fa1
	half	0xc000, 0, N1, 0xc000, 0, fmin.h fa0, fa0, fa1
	half	N0, 0, P0, N0, 0, fmin.h fa0, fa0, fa1
	half	N0, 0, N0, P0, 0, fmin.h fa0, fa0, fa1
	half	P1, 0, QNAN, P1, 0, fmin.h fa0, fa0, fa1
	half	P1, 16, P1, SNAN, 0, fmin.h fa0, fa0, fa1
	half	QNAN, 0, PAYLOAD, PAYLOAD, 0, fmin.h fa0, fa0, fa1
	half	P2, 0, P1, P2, 0, fmax.h fa0, fa0, fa1
	half	P0, 0, N0, P0, 0, fmax.h fa0, fa0, fa1
	half	QNAN, 16, SNAN, QNAN, 0, fmax.h fa0, fa0, fa1

	/* comparisons */
	test	1, 0, P1, P1, feq.h a0, fa0, fa1
	test	1, 0, P0, N0, feq.h a0, fa0, fa1
	test	0, 0, QNAN, QNAN, feq.h a0, fa0, fa1
	test	0, 16, SNAN, P1, feq.h a0, fa0, fa1
	test	1, 0, P1, P2, flt.h a0, fa0, fa1
	test	0, 0, N0, P0, flt.h a0, fa0, fa1
	test	1, 0, NINF, N1, flt.h a0, fa0, fa1
	test	0, 16, QNAN, P1, flt.h a0, fa0, fa1
	test	1, 0, P1, P1, fle.h a0, fa0, fa1
	test	1, 0, P0, N0, fle.h a0, fa0, fa1
	test	0, 0, P2, P1, fle.h a0, fa0, fa1
	test	0, 16, P1, QNAN, fle.h a0, fa0, fa1

	/* classes */
	test	0x001, 0, NINF, 0, fclass.h a0, fa0
	test	0x002, 0, N1, 0, fclass.h a0, fa0
	test	0x004, 0, 0x8001, 0, fclass.h a0, fa0
	test	0x008, 0, N0, 0, fclass.h a0, fa0
	test	0x010, 0, P0, 0, fclass.h a0, fa0
	test	0x020, 0, 0x03ff, 0, fclass.h a0, fa0
	test	0x040, 0, MIN, 0, fclass.h a0, fa0
	test	0x080, 0, INF, 0, fclass.h a0, fa0
	test	0x100, 0, SNAN, 0, fclass.h a0, fa0
	test	0x200, 0, PAYLOAD, 0, fclass.h a0, fa0

	/* to integers: 2.5, -2.5, 0.5, and what does not fit */
	test	2, 1, 0x4100, 0, fcvt.w.h a0, fa0, rne
	test	2, 1, 0x4100, 0, fcvt.w.h a0, fa0, rtz
	test	3, 1, 0x4100, 0, fcvt.w.h a0, fa0, rup
	test	3, 1, 0x4100, 0, fcvt.w.h a0, fa0, rmm
	test	0xfffffffd, 1, 0xc100, 0, fcvt.w.h a0, fa0, rdn
	test	0xfffffffe, 1, 0xc100, 0, fcvt.w.h a0, fa0, rne
	test	65504, 0, MAX, 0, fcvt.w.h a0, fa0
	test	0xffff0020, 0, 0xfbff, 0, fcvt.w.h a0, fa0
	test	0x7fffffff, 16, INF, 0, fcvt.w.h a0, fa0
	test	0x80000000, 16, NINF, 0, fcvt.w.h a0, fa0
	test	0x7fffffff, 16, PAYLOAD, 0, fcvt.w.h a0, fa0, rmm
	test	65504, 0, MAX, 0, fcvt.wu.h a0, fa0
	test	0, 16, N1, 0, fcvt.wu.h a0, fa0
	test	0, 1, 0xb800, 0, fcvt.wu.h a0, fa0, rne
	test	0, 16, 0xb800, 0, fcvt.wu.h a0, fa0, rdn
	test	0, 0, N0, 0, fcvt.wu.h a0, fa0
	test	0xffffffff, 16, QNAN, 0, fcvt.wu.h a0, fa0

	/* from integers: 2049 is halfway, 65519 the last one that is not too large */
	narrow	P1, 0, 1, fcvt.h.w fa0, a0
	narrow	N1, 0, -1, fcvt.h.w fa0, a0
	narrow	P0, 0, 0, fcvt.h.w fa0, a0, rdn
	narrow	0x6800, 1, 2049, fcvt.h.w fa0, a0, rne
	narrow	0x6801, 1, 2049, fcvt.h.w fa0, a0, rmm
	narrow	MAX, 1, 65519, fcvt.h.w fa0, a0, rne
	narrow	INF, 5, 65520, fcvt.h.w fa0, a0, rne
	narrow	NINF, 5, 0x80000000, fcvt.h.w fa0, a0, rne
	narrow	0xfbff, 5, 0x80000000, fcvt.h.w fa0, a0, rtz
	narrow	INF, 5, 0x01000001, fcvt.h.w fa0, a0, rup
	narrow	INF, 5, 0xffffffff, fcvt.h.wu fa0, a0, rne
	narrow	MAX, 5, 0xffffffff, fcvt.h.wu fa0, a0, rdn
	narrow	0x4200, 0, 3, fcvt.h.wu fa0, a0

	/* from and to single precision */
	flt	0x3f800000, 0, BOX|P1, 0, 0, fcvt.s.h fa0, fa0
	flt	0x33800000, 0, BOX|SUB, 0, 0, fcvt.s.h fa0, fa0
	flt	0xb8000000, 0, BOX|0x8200, 0, 0, fcvt.s.h fa0, fa0
	flt	0x477fe000, 0, BOX|MAX, 0, 0, fcvt.s.h fa0, fa0
	flt	0xff800000, 0, BOX|NINF, 0, 0, fcvt.s.h fa0, fa0
	flt	0x7fc00000, 0, BOX|PAYLOAD, 0, 0, fcvt.s.h fa0, fa0
	flt	0x7fc00000, 16, BOX|SNAN, 0, 0, fcvt.s.h fa0, fa0
	narrow	P1, 0, 0x3f800000, fcvt.h.s fa0, fa0
	narrow	P1, 1, 0x3f801000, fcvt.h.s fa0, fa0, rne
	narrow	P1U, 1, 0x3f801000, fcvt.h.s fa0, fa0, rmm
	narrow	P1U, 1, 0x3f801001, fcvt.h.s fa0, fa0, rne
	narrow	MAX, 1, 0x477fefff, fcvt.h.s fa0, fa0, rne
	narrow	INF, 5, 0x477ff000, fcvt.h.s fa0, fa0, rne
	narrow	MAX, 5, 0x7f7fffff, fcvt.h.s fa0, fa0, rtz
	narrow	P0, 3, 0x33000000, fcvt.h.s fa0, fa0, rne
	narrow	SUB, 3, 0x33000001, fcvt.h.s fa0, fa0, rne
	narrow	SUB, 3, 0x00000001, fcvt.h.s fa0, fa0, rup
	narrow	MIN, 3, 0x387fe000, fcvt.h.s fa0, fa0, rne
	narrow	MIN, 1, 0x387ff000, fcvt.h.s fa0, fa0, rne
	narrow	QNAN, 0, 0xffc00001, fcvt.h.s fa0, fa0
	narrow	QNAN, 16, 0x7f800001, fcvt.h.s fa0, fa0
	narrow	NINF, 0, 0xff800000, fcvt.h.s fa0, fa0
