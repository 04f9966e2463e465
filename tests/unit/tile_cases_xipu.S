/* SPDX-License-Identifier: MIT */
/*
 * Xipu's arithmetic on f and x registers: want, flags, fa0, fa1, fa2, instruction,
 * every result worked out by hand or from a table of constants. Other tests try
 * many operands; these show that each encoding does its own operation.
 */
#include "isa/ipu_isa.h"
#include "tile_cases.inc"

	.option	norvc

	.equ	P0, 0x00000000
	.equ	N0, 0x80000000
	.equ	P1, 0x3f800000
	.equ	N1, 0xbf800000
	.equ	P4, 0x40800000
	.equ	HALF, 0x3f000000
	.equ	INF, 0x7f800000
	.equ	NINF, 0xff800000
	.equ	QNAN, 0x7fc00000
	.equ	SNAN, 0xff800001
	.equ	MAX, 0x7f7fffff

	/* f16, in their boxes */
	.equ	H0, 0xffff0000
	.equ	HN0, 0xffff8000
	.equ	H1, 0xffff3c00
	.equ	HN1, 0xffffbc00
	.equ	H4, 0xffff4400
	.equ	HHALF, 0xffff3800
	.equ	HINF, 0xffff7c00
	.equ	HNINF, 0xfffffc00
	.equ	HNAN, 0xffff7e00
	.equ	HSNAN, 0xffff7c01
	.equ	UNBOXED, 0xfffe3c00

	.macro	fn_s want, flags, in, fn
	flt	\want, \flags, \in, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_FN_S, fa0, fa0, x\fn
	.endm
	.macro	fn_h want, flags, in, fn
	flt	\want, \flags, \in, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_FN_H, fa0, fa0, x\fn
	.endm

	/* exp */
	fn_s	P1, 0, P0, 0
	fn_s	0x402df854, 1, P1, 0
	fn_s	0x3ebc5ab2, 1, N1, 0
	fn_s	INF, 0, INF, 0
	fn_s	P0, 0, NINF, 0
	fn_s	INF, 5, MAX, 0
	fn_s	P0, 3, 0xff7fffff, 0
	fn_s	QNAN, 16, SNAN, 0
	fn_s	QNAN, 0, 0xffc12345, 0
	fn_h	H1, 0, HN0, 0
	fn_h	0xffff4170, 1, H1, 0
	fn_h	HNAN, 0, UNBOXED, 0
	fn_h	HINF, 5, 0xffff4a00, 0
	fn_h	HNAN, 16, HSNAN, 0

	/* log */
	fn_s	P0, 0, P1, 1
	fn_s	0x3f317218, 1, 0x40000000, 1
	fn_s	0xbf317218, 1, HALF, 1
	fn_s	NINF, 8, P0, 1
	fn_s	NINF, 8, N0, 1
	fn_s	QNAN, 16, N1, 1
	fn_s	QNAN, 16, NINF, 1
	fn_s	INF, 0, INF, 1
	fn_h	0xffff398c, 1, 0xffff4000, 1
	fn_h	HNINF, 8, H0, 1
	fn_h	HNAN, 16, HN1, 1

	/* tanh */
	fn_s	N0, 0, N0, 2
	fn_s	0x3f42f7d6, 1, P1, 2
	fn_s	0xbf42f7d6, 1, N1, 2
	fn_s	N1, 0, NINF, 2
	fn_h	0xffff3a18, 1, H1, 2
	fn_h	H1, 0, HINF, 2

	/* sigmoid */
	fn_s	HALF, 0, P0, 3
	fn_s	0x3f3b26a8, 1, P1, 3
	fn_s	P0, 0, NINF, 3
	fn_s	P1, 0, INF, 3
	fn_h	HHALF, 0, H0, 3
	fn_h	0xffff39d9, 1, H1, 3

	/* rsqrt */
	fn_s	HALF, 0, P4, 4
	fn_s	0x3f3504f3, 1, 0x40000000, 4
	fn_s	INF, 8, P0, 4
	fn_s	NINF, 8, N0, 4
	fn_s	P0, 0, INF, 4
	fn_s	QNAN, 16, N1, 4
	fn_h	HHALF, 0, H4, 4
	fn_h	HNINF, 8, HN0, 4
	fn_h	0xffff39a8, 1, 0xffff4000, 4

	/* conversions */
	.macro	to_f8 want, flags, in, cvt
	.text
8808:	.insn	r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_CVT, a0, fa0, x\cvt
	ebreak
	entry	CASE_X, 0, \want, \flags, \in, 0, 0, "f16 to f8, \cvt"
	.endm
	.macro	from_f8 want, flags, in, cvt
	flt	\want, \flags, \in, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_CVT, fa0, a0, x\cvt
	.endm

	flt	H1, 0, P1, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_CVT, fa0, fa0, x0
	flt	HNINF, 5, 0xff7fffff, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_CVT, fa0, fa0, x0
	flt	HNAN, 16, SNAN, 0, 0, .insn r IPU_OPCODE, IPU_F3_FLOAT, IPU_F7_CVT, fa0, fa0, x0
	to_f8	0x38, 0, H1, 1
	to_f8	0x7f, 5, 0xffff7bff, 1
	to_f8	0x7f, 0, UNBOXED, 1
	to_f8	0x3c, 0, H1, 2
	to_f8	0xfc, 5, 0xfffffbff, 2
	to_f8	0x7e, 16, HSNAN, 2
	to_f8	0xb8, 0, HN1, 3
	to_f8	0x7e, 5, 0xffff7bff, 3
	to_f8	0xbc, 0, HN1, 4
	to_f8	0xfb, 0, HNINF, 4
	from_f8	HN1, 0, 0x123456b8, 5
	from_f8	HNAN, 0, 0xff, 5
	from_f8	HN1, 0, 0x123456bc, 6
	from_f8	HNAN, 16, 0x7d, 6

	/* the generator's state starts as splitmix64 gives it for tile 3, unit 6 */
	int	0x58cecea4, 0, 0, csrr a0, IPU_CSR_PRNG0
	int	0x7fc3f2e0, 0, 0, csrr a0, IPU_CSR_PRNG1
	int	0x598d4195, 0, 0, csrr a0, IPU_CSR_PRNG2
	int	0xd41b716b, 0, 0, csrr a0, IPU_CSR_PRNG3
