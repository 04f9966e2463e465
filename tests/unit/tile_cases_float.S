/* SPDX-License-Identifier: MIT */
/*
 * Single-precision instructions: want, flags, fa0, fa1, fa2, instruction, every
 * result worked out by hand. Flags: 1 inexact, 2 underflow, 4 overflow, 8
 * division by zero, 16 invalid.
 */
#include "tile_cases.inc"

	.option	norvc

	/* numbers, and how they lie */
	.equ	P0, 0x00000000
	.equ	N0, 0x80000000
	.equ	P1, 0x3f800000
	.equ	N1, 0xbf800000
	.equ	P2, 0x40000000
	.equ	P3, 0x40400000
	.equ	ULP, 0x33800000		/* 2^-24, half the place of 1's last bit */
	.equ	P1U, 0x3f800001		/* the number after 1 */
	.equ	P1D, 0x3f7fffff		/* the one before */
	.equ	MIN, 0x00800000		/* the smallest normal number */
	.equ	SUB, 0x00000001		/* the smallest subnormal */
	.equ	MAX, 0x7f7fffff
	.equ	INF, 0x7f800000
	.equ	NINF, 0xff800000
	.equ	QNAN, 0x7fc00000
	.equ	PAYLOAD, 0xffc12345	/* a quiet NaN that is not the canonical one */
	.equ	SNAN, 0x7f800001

	/* loads and stores move bits */
	flt	SNAN, 0, SNAN, 0, 0, flw fa0, (sp)
	flt	0x40000000, 0, 0, 0x40000000, 0, flw fa0, 4(sp)
	store	SNAN, SNAN, 0, 0, fsw fa0, (sp)
	fix	SNAN, 0, SNAN, 0, fmv.x.w a0, fa0
	flt	PAYLOAD, 0, 0, PAYLOAD, 0, fmv.w.x fa0, a1

	/* add and subtract */
	flt	P3, 0, P1, P2, 0, fadd.s fa0, fa0, fa1
	flt	P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rne
	flt	P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rtz
	flt	P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rdn
	flt	P1U, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rup
	flt	P1U, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rmm
	flt	0x3f800002, 1, P1U, ULP, 0, fadd.s fa0, fa0, fa1, rne
	flt	0xbf800001, 1, N1, 0xb3800000, 0, fadd.s fa0, fa0, fa1, rmm
	flt	0xbf800001, 1, N1, 0xb3800000, 0, fadd.s fa0, fa0, fa1, rdn
	flt	N1, 1, N1, 0xb3800000, 0, fadd.s fa0, fa0, fa1, rup
	flt	P0, 0, P1, N1, 0, fadd.s fa0, fa0, fa1, rne
	flt	N0, 0, P1, N1, 0, fadd.s fa0, fa0, fa1, rdn
	flt	P0, 0, P0, N0, 0, fadd.s fa0, fa0, fa1
	flt	N0, 0, N0, N0, 0, fadd.s fa0, fa0, fa1
	flt	INF, 5, MAX, MAX, 0, fadd.s fa0, fa0, fa1, rne
	flt	MAX, 5, MAX, MAX, 0, fadd.s fa0, fa0, fa1, rtz
	flt	MAX, 5, MAX, MAX, 0, fadd.s fa0, fa0, fa1, rdn
	flt	INF, 5, MAX, MAX, 0, fadd.s fa0, fa0, fa1, rmm
	flt	INF, 0, INF, P1, 0, fadd.s fa0, fa0, fa1
	flt	QNAN, 16, INF, NINF, 0, fadd.s fa0, fa0, fa1
	flt	QNAN, 0, PAYLOAD, P1, 0, fadd.s fa0, fa0, fa1
	flt	QNAN, 16, SNAN, P1, 0, fadd.s fa0, fa0, fa1
	flt	0x00000002, 0, SUB, SUB, 0, fadd.s fa0, fa0, fa1
	flt	N1, 0, P1, P2, 0, fsub.s fa0, fa0, fa1
	flt	QNAN, 16, INF, INF, 0, fsub.s fa0, fa0, fa1
	flt	P0, 0, P0, P0, 0, fsub.s fa0, fa0, fa1
	flt	0x00000001, 0, MIN, 0x007fffff, 0, fsub.s fa0, fa0, fa1
	flt	P1D, 1, P1, SUB, 0, fsub.s fa0, fa0, fa1, rtz

	/* by frm */
	fltm	0, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1
	fltm	1, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1
	fltm	2, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1
	fltm	3, P1U, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1
	fltm	4, P1U, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1
	fltm	4, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rne
	fltm	7, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rne
	fltm	3, P1, 1, P1, ULP, 0, fadd.s fa0, fa0, fa1, rdn

	/* multiply: 1.5 * (1 + 2^-23) is halfway; 2^-149 / 2 is, too */
	flt	0x40c00000, 0, P2, P3, 0, fmul.s fa0, fa0, fa1
	flt	0x3fc00002, 1, 0x3fc00000, P1U, 0, fmul.s fa0, fa0, fa1, rne
	flt	0x3fc00001, 1, 0x3fc00000, P1U, 0, fmul.s fa0, fa0, fa1, rtz
	flt	0x3fc00002, 1, 0x3fc00000, P1U, 0, fmul.s fa0, fa0, fa1, rmm
	flt	P0, 3, SUB, 0x3f000000, 0, fmul.s fa0, fa0, fa1, rne
	flt	SUB, 3, SUB, 0x3f000000, 0, fmul.s fa0, fa0, fa1, rmm
	flt	SUB, 3, SUB, 0x3f000000, 0, fmul.s fa0, fa0, fa1, rup
	flt	0x80000001, 3, SUB, 0xbf000000, 0, fmul.s fa0, fa0, fa1, rdn
	flt	INF, 5, MAX, P2, 0, fmul.s fa0, fa0, fa1
	flt	0xff7fffff, 5, MAX, 0xc0000000, 0, fmul.s fa0, fa0, fa1, rup
	flt	QNAN, 16, INF, P0, 0, fmul.s fa0, fa0, fa1
	flt	N0, 0, P0, N1, 0, fmul.s fa0, fa0, fa1

	/*
	 * Tininess is that of the result rounded to 24 places with any exponent.
	 * MIN * (1 - 2^-24) has 24 places, so it is tiny. (2 - 2^-22) * MIN times
	 * (1 + 2^-23) / 2 is MIN * (1 - 2^-46), which is tiny only if rounded down.
	 */
	flt	MIN, 3, MIN, P1D, 0, fmul.s fa0, fa0, fa1, rne
	flt	0x007fffff, 3, MIN, P1D, 0, fmul.s fa0, fa0, fa1, rtz
	flt	MIN, 1, 0x00fffffe, 0x3f000001, 0, fmul.s fa0, fa0, fa1, rne
	flt	MIN, 1, 0x00fffffe, 0x3f000001, 0, fmul.s fa0, fa0, fa1, rup
	flt	MIN, 1, 0x00fffffe, 0x3f000001, 0, fmul.s fa0, fa0, fa1, rmm
	flt	0x007fffff, 3, 0x00fffffe, 0x3f000001, 0, fmul.s fa0, fa0, fa1, rtz

	/* divide */
	flt	0x3eaaaaab, 1, P1, P3, 0, fdiv.s fa0, fa0, fa1, rne
	flt	0x3eaaaaaa, 1, P1, P3, 0, fdiv.s fa0, fa0, fa1, rtz
	flt	0x3eaaaaab, 1, P1, P3, 0, fdiv.s fa0, fa0, fa1, rmm
	flt	INF, 8, P1, P0, 0, fdiv.s fa0, fa0, fa1
	flt	NINF, 8, N1, P0, 0, fdiv.s fa0, fa0, fa1
	flt	NINF, 8, P1, N0, 0, fdiv.s fa0, fa0, fa1, rmm
	flt	QNAN, 16, P0, P0, 0, fdiv.s fa0, fa0, fa1
	flt	QNAN, 16, INF, INF, 0, fdiv.s fa0, fa0, fa1
	flt	P0, 0, P1, INF, 0, fdiv.s fa0, fa0, fa1
	flt	INF, 0, INF, P0, 0, fdiv.s fa0, fa0, fa1
	flt	0x00400000, 0, MIN, P2, 0, fdiv.s fa0, fa0, fa1

	/* square root: of 2 it is 1.6a09e667f in hex, 3fb504f3|33 */
	flt	0x3fb504f3, 1, P2, 0, 0, fsqrt.s fa0, fa0, rne
	flt	0x3fb504f4, 1, P2, 0, 0, fsqrt.s fa0, fa0, rup
	flt	0x3fb504f3, 1, P2, 0, 0, fsqrt.s fa0, fa0, rmm
	flt	P2, 0, 0x40800000, 0, 0, fsqrt.s fa0, fa0
	flt	N0, 0, N0, 0, 0, fsqrt.s fa0, fa0
	flt	QNAN, 16, N1, 0, 0, fsqrt.s fa0, fa0
	flt	INF, 0, INF, 0, 0, fsqrt.s fa0, fa0
	flt	QNAN, 16, NINF, 0, 0, fsqrt.s fa0, fa0, rmm
	flt	0x1a3504f3, 1, SUB, 0, 0, fsqrt.s fa0, fa0

	/* multiply and add, rounded once: (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46 */
	flt	0x28800000, 0, P1U, P1U, 0xbf800002, fmadd.s fa0, fa0, fa1, fa2
	flt	0x28800000, 0, P1U, P1U, 0x3f800002, fmsub.s fa0, fa0, fa1, fa2
	flt	0xa8800000, 0, P1U, P1U, 0x3f800002, fnmsub.s fa0, fa0, fa1, fa2
	flt	0xa8800000, 0, P1U, P1U, 0xbf800002, fnmadd.s fa0, fa0, fa1, fa2
	flt	0x40e00000, 0, P2, P3, P1, fmadd.s fa0, fa0, fa1, fa2
	flt	0x40a00000, 0, P2, P3, P1, fmsub.s fa0, fa0, fa1, fa2
	flt	0xc0a00000, 0, P2, P3, P1, fnmsub.s fa0, fa0, fa1, fa2
	flt	0xc0e00000, 0, P2, P3, P1, fnmadd.s fa0, fa0, fa1, fa2
	flt	QNAN, 16, INF, P0, QNAN, fmadd.s fa0, fa0, fa1, fa2
	flt	QNAN, 16, P0, INF, P1, fmadd.s fa0, fa0, fa1, fa2
	flt	QNAN, 0, PAYLOAD, P1, P1, fmadd.s fa0, fa0, fa1, fa2
	flt	QNAN, 16, P1, P1, SNAN, fmadd.s fa0, fa0, fa1, fa2
	flt	QNAN, 16, INF, P1, INF, fmsub.s fa0, fa0, fa1, fa2
	flt	P0, 0, P1, P1, P1, fmsub.s fa0, fa0, fa1, fa2, rne
	flt	N0, 0, P1, P1, P1, fmsub.s fa0, fa0, fa1, fa2, rdn
	flt	P1U, 1, P1, P1, ULP, fmadd.s fa0, fa0, fa1, fa2, rmm
	flt	P1, 1, P1, P1, ULP, fmadd.s fa0, fa0, fa1, fa2, rne
	flt	0xbf800001, 1, P1, P1, ULP, fnmadd.s fa0, fa0, fa1, fa2, rmm

	/* signs, also of NaNs */
	flt	0x3f800000, 0, N1, P2, 0, fsgnj.s fa0, fa0, fa1
	flt	N1, 0, P1, P2, 0, fsgnjn.s fa0, fa0, fa1
	flt	P1, 0, N1, NINF, 0, fsgnjx.s fa0, fa0, fa1
	flt	0xff800001, 0, SNAN, N0, 0, fsgnj.s fa0, fa0, fa1

	/* minimum and maximum */
	flt	P1, 0, P1, P2, 0, fmin.s fa0, fa0, fa1
	flt	N1, 0, N1, P2, 0, fmin.s fa0, fa0, fa1
	flt	0xc0000000, 0, N1, 0xc0000000, 0, fmin.s fa0, fa0, fa1
	flt	N0, 0, P0, N0, 0, fmin.s fa0, fa0, fa1
	flt	N0, 0, N0, P0, 0, fmin.s fa0, fa0, fa1
	flt	P1, 0, QNAN, P1, 0, fmin.s fa0, fa0, fa1
	flt	P1, 16, P1, SNAN, 0, fmin.s fa0, fa0, fa1
	flt	QNAN, 0, PAYLOAD, PAYLOAD, 0, fmin.s fa0, fa0, fa1
	flt	P2, 0, P1, P2, 0, fmax.s fa0, fa0, fa1
	flt	P0, 0, P0, N0, 0, fmax.s fa0, fa0, fa1
	flt	P0, 0, N0, P0, 0, fmax.s fa0, fa0, fa1
	flt	QNAN, 16, SNAN, QNAN, 0, fmax.s fa0, fa0, fa1

	/* comparisons */
	fix	1, 0, P1, P1, feq.s a0, fa0, fa1
	fix	1, 0, P0, N0, feq.s a0, fa0, fa1
	fix	0, 0, QNAN, QNAN, feq.s a0, fa0, fa1
	fix	0, 16, SNAN, P1, feq.s a0, fa0, fa1
	fix	1, 0, P1, P2, flt.s a0, fa0, fa1
	fix	0, 0, P1, P1, flt.s a0, fa0, fa1
	fix	0, 0, N0, P0, flt.s a0, fa0, fa1
	fix	1, 0, NINF, N1, flt.s a0, fa0, fa1
	fix	0, 16, QNAN, P1, flt.s a0, fa0, fa1
	fix	1, 0, P1, P1, fle.s a0, fa0, fa1
	fix	1, 0, P0, N0, fle.s a0, fa0, fa1
	fix	0, 0, P2, P1, fle.s a0, fa0, fa1
	fix	0, 16, P1, QNAN, fle.s a0, fa0, fa1

	/* classes */
	fix	0x001, 0, NINF, 0, fclass.s a0, fa0
	fix	0x002, 0, N1, 0, fclass.s a0, fa0
	fix	0x004, 0, 0x80000001, 0, fclass.s a0, fa0
	fix	0x008, 0, N0, 0, fclass.s a0, fa0
	fix	0x010, 0, P0, 0, fclass.s a0, fa0
	fix	0x020, 0, 0x007fffff, 0, fclass.s a0, fa0
	fix	0x040, 0, MIN, 0, fclass.s a0, fa0
	fix	0x080, 0, INF, 0, fclass.s a0, fa0
	fix	0x100, 0, SNAN, 0, fclass.s a0, fa0
	fix	0x200, 0, PAYLOAD, 0, fclass.s a0, fa0

	/* to integers: 2.5, -2.5, 3.5, 0.5, and what does not fit */
	fix	2, 1, 0x40200000, 0, fcvt.w.s a0, fa0, rne
	fix	2, 1, 0x40200000, 0, fcvt.w.s a0, fa0, rtz
	fix	2, 1, 0x40200000, 0, fcvt.w.s a0, fa0, rdn
	fix	3, 1, 0x40200000, 0, fcvt.w.s a0, fa0, rup
	fix	3, 1, 0x40200000, 0, fcvt.w.s a0, fa0, rmm
	fix	0xfffffffe, 1, 0xc0200000, 0, fcvt.w.s a0, fa0, rne
	fix	0xfffffffe, 1, 0xc0200000, 0, fcvt.w.s a0, fa0, rtz
	fix	0xfffffffd, 1, 0xc0200000, 0, fcvt.w.s a0, fa0, rdn
	fix	0xfffffffe, 1, 0xc0200000, 0, fcvt.w.s a0, fa0, rup
	fix	0xfffffffd, 1, 0xc0200000, 0, fcvt.w.s a0, fa0, rmm
	fix	4, 1, 0x40600000, 0, fcvt.w.s a0, fa0, rne
	fixm	1, 3, 1, 0x40600000, 0, fcvt.w.s a0, fa0
	fixm	4, 1, 1, 0x3f000000, 0, fcvt.w.s a0, fa0
	fix	0, 0, N0, 0, fcvt.w.s a0, fa0
	fix	0x80000000, 0, 0xcf000000, 0, fcvt.w.s a0, fa0, rtz
	fix	0x7fffff80, 0, 0x4effffff, 0, fcvt.w.s a0, fa0, rtz
	fix	0x7fffffff, 16, 0x4f000000, 0, fcvt.w.s a0, fa0, rtz
	fix	0x80000000, 16, 0xcf000001, 0, fcvt.w.s a0, fa0, rtz
	fix	0x7fffffff, 16, INF, 0, fcvt.w.s a0, fa0
	fix	0x80000000, 16, NINF, 0, fcvt.w.s a0, fa0
	fix	0x7fffffff, 16, 0xffc00000, 0, fcvt.w.s a0, fa0
	fix	0, 1, SUB, 0, fcvt.w.s a0, fa0, rne
	fix	1, 1, SUB, 0, fcvt.w.s a0, fa0, rup
	fix	0xffffffff, 1, 0x80000001, 0, fcvt.w.s a0, fa0, rdn
	fix	3, 1, 0x40600000, 0, fcvt.wu.s a0, fa0, rtz
	fix	0xffffff00, 0, 0x4f7fffff, 0, fcvt.wu.s a0, fa0, rtz
	fix	0x80000000, 0, 0x4f000000, 0, fcvt.wu.s a0, fa0, rtz
	fix	0xffffffff, 16, 0x4f800000, 0, fcvt.wu.s a0, fa0, rtz
	fix	0, 1, 0xbf000000, 0, fcvt.wu.s a0, fa0, rne
	fix	0, 1, 0xbf7fffff, 0, fcvt.wu.s a0, fa0, rtz
	fix	0, 16, N1, 0, fcvt.wu.s a0, fa0, rtz
	fix	0, 16, 0xbf400000, 0, fcvt.wu.s a0, fa0, rdn
	fix	0xffffffff, 16, QNAN, 0, fcvt.wu.s a0, fa0
	fix	0, 16, NINF, 0, fcvt.wu.s a0, fa0

	/* from integers: 2^24 + 1 is halfway between two */
	flt	P1, 0, 0, 1, 0, fcvt.s.w fa0, a1
	flt	N1, 0, 0, 0xffffffff, 0, fcvt.s.w fa0, a1
	flt	0x4f800000, 1, 0, 0xffffffff, 0, fcvt.s.wu fa0, a1
	flt	0x4f7fffff, 1, 0, 0xffffffff, 0, fcvt.s.wu fa0, a1, rtz
	flt	0xcf000000, 0, 0, 0x80000000, 0, fcvt.s.w fa0, a1
	flt	0x4f000000, 0, 0, 0x80000000, 0, fcvt.s.wu fa0, a1
	flt	0x4b800000, 1, 0, 0x01000001, 0, fcvt.s.w fa0, a1, rne
	flt	0x4b800001, 1, 0, 0x01000001, 0, fcvt.s.w fa0, a1, rup
	flt	0x4b800001, 1, 0, 0x01000001, 0, fcvt.s.w fa0, a1, rmm
	flt	0xcb800001, 1, 0, 0xfeffffff, 0, fcvt.s.w fa0, a1, rmm
	flt	P0, 0, P1, 0, 0, fcvt.s.w fa0, a1, rdn
	fltm	1, 0x4b800000, 1, 0, 0x01000001, 0, fcvt.s.wu fa0, a1
	fltm	4, 0x4b800001, 1, 0, 0x01000001, 0, fcvt.s.wu fa0, a1
