/* SPDX-License-Identifier: MIT */
/*
 * Vector floating-point instructions, every result worked out by hand. FLAGS: 1
 * inexact, 2 underflow, 4 overflow, 8 division by zero, 16 invalid.
 */
#include "vec_cases.inc"

	.option	norvc

	.equ	S1, 0x3f800000
	.equ	S2, 0x40000000
	.equ	S3, 0x40400000
	.equ	S4, 0x40800000
	.equ	S6, 0x40c00000
	.equ	SM1, 0xbf800000
	.equ	SM2, 0xc0000000
	.equ	SH, 0x3f000000
	.equ	SINF, 0x7f800000
	.equ	SNAN, 0x7fc00000
	.equ	SSNAN, 0x7f800001
	.equ	SM0, 0x80000000
	.equ	H1, 0x3c00
	.equ	H2, 0x4000
	.equ	H3, 0x4200
	.equ	H4, 0x4400
	.equ	H6, 0x4600
	.equ	HM1, 0xbc00
	.equ	HM2, 0xc000
	.equ	HH, 0x3800
	.equ	HINF, 0x7c00
	.equ	HNAN, 0x7e00

	/* quiet NaNs say nothing, and become the canonical one */
	fbin	vfadd, word, "S1, SINF, 0x7fc12345, SM1", S1, "S2, SINF, SNAN, 0"
	fbin	vfadd, half, "H1, HINF, 0x7e12, HM1", H1, "H2, HINF, HNAN, 0"
	fbin	vfsub, word, "S3, SINF, SNAN, S1", S1, "S2, SINF, SNAN, 0"
	fbin	vfsub, half, "H3, HINF, HNAN, H1", H1, "H2, HINF, HNAN, 0"
	vf	word, "S3, SINF, SNAN, S1", S1, "SM2, 0xff800000, SNAN, 0", vfrsub.vf
	fbin	vfmul, word, "S3, SM1, 0, SM0", S2, "S6, SM2, 0, SM0"
	fbin	vfmul, half, "H3, HM1, 0, 0x8000", H2, "H6, HM2, 0, 0x8000"
	fbin	vfdiv, word, "S6, S2, SM2, SINF", S2, "S3, S1, SM1, SINF"
	vf	half, "H1, H2, HM1, HINF", H2, "H2, H1, HM2, 0", vfrdiv.vf
	un	word, "S4, 0, SM0, SINF", "S2, 0, SM0, SINF", vfsqrt.v
	un	half, "H4, 0, 0x8000, HINF", "H2, 0, 0x8000, HINF", vfsqrt.v
	.set	FLAGS, 16
	fbin	vfadd, word, "S1, 0xff800000, SSNAN, 0", SINF, "SINF, SNAN, SNAN, SINF"
	un	word, "S4, SM1, SSNAN, SNAN", "S2, SNAN, SNAN, SNAN", vfsqrt.v
	.set	FLAGS, 8
	fbin	vfdiv, half, "H6, HM2, HNAN, HINF", 0, "HINF, 0xfc00, HNAN, HINF"
	.set	FLAGS, 5
	fbin	vfmul, word, "0x7f7fffff, S1, 0, S1", 0x7f7fffff, "SINF, 0x7f7fffff, 0, 0x7f7fffff"
	.set	FRM, 1
	fbin	vfmul, word, "0x7f7fffff, S1, 0, S1", 0x7f7fffff, "0x7f7fffff, 0x7f7fffff, 0, 0x7f7fffff"
	.set	FRM, 0
	.set	FLAGS, 0
	fbin	vfmin, word, "S1, SM1, SNAN, 0", SM0, "SM0, SM1, SM0, SM0"
	fbin	vfmax, half, "H1, HM1, HNAN, 0", 0x8000, "H1, 0x8000, 0x8000, 0"
	.set	FLAGS, 16
	fbin	vfmax, word, "S1, SM1, SSNAN, 0", S1, "S1, S1, S1, S1"
	.set	FLAGS, 0

	/* vs2, vs1, vd */
	facc	vfmacc, word, "S1, S2, S3, 0", S2, "S1, S2, 0, SM0", "S3, S6, S6, 0"
	facc	vfnmacc, word, "S1, S2, S3, 0", S1, "S1, S2, S3, 0", "SM2, 0xc0800000, 0xc0c00000, SM0"
	facc	vfmsac, word, "S1, S2, S3, 0", S2, "S1, S2, S4, 0", "S1, S2, S2, 0"
	facc	vfnmsac, half, "H1, H2, H3, 0", H2, "H4, H4, H6, H1", "H2, 0, 0, H1"
	facc	vfmadd, half, "H1, H2, H1, 0", H2, "H1, H2, H1, HM1", "H3, H6, H3, HM2"
	facc	vfnmadd, word, "S1, S2, S1, 0", S1, "S1, S2, S1, SM1", "SM2, 0xc0800000, SM2, S1"
	facc	vfmsub, word, "S1, S2, S1, 0", S2, "S1, S2, S1, SM1", "S1, S2, S1, SM2"
	facc	vfnmsub, word, "S2, S4, S2, 0", S2, "S1, S1, S1, SM1", "0, S2, 0, S2"

	/* results twice as wide, and vs2 of .wv and .wf, too */
	.macro	fwide op, a, b, want
	case	KIND_V, half, half, "\a", half, "\b, \b, \b, \b", word, "0", word, "\want", \b, \op\().vv v24, v8, v16
	case	KIND_V, half, half, "\a", half, "0", word, "0", word, "\want", \b, \op\().vf v24, v8, fa1
	.endm
	.macro	fwidew op, a, b, want
	case	KIND_V, half, word, "\a", half, "\b, \b, \b, \b", word, "0", word, "\want", \b, \op\().wv v24, v8, v16
	case	KIND_V, half, word, "\a", half, "0", word, "0", word, "\want", \b, \op\().wf v24, v8, fa1
	.endm
	.macro	fwacc op, a, b, d, want
	case	KIND_V, half, half, "\a", half, "\b, \b, \b, \b", word, "\d", word, "\want", \b, \op\().vv v24, v16, v8
	case	KIND_V, half, half, "\a", half, "0", word, "\d", word, "\want", \b, \op\().vf v24, fa1, v8
	.endm
	fwide	vfwadd, "H1, HM1, HINF, HNAN", H1, "S2, 0, SINF, SNAN"
	fwide	vfwsub, "H3, H1, HINF, HNAN", H1, "S2, 0, SINF, SNAN"
	fwide	vfwmul, "H3, HM1, 0, 0x7bff", H2, "S6, SM2, 0, 0x47ffe000"
	fwidew	vfwadd, "S1, SM1, SINF, SNAN", H1, "S2, 0, SINF, SNAN"
	fwidew	vfwsub, "S3, S1, SINF, SNAN", H1, "S2, 0, SINF, SNAN"
	fwacc	vfwmacc, "H1, H2, H3, 0", H2, "S1, S2, 0, S1", "S3, S6, S6, S1"
	fwacc	vfwnmacc, "H1, H2, 0, 0", H1, "S1, S2, S1, S2", "SM2, 0xc0800000, SM1, SM2"
	fwacc	vfwmsac, "H1, H2, H3, 0", H2, "S1, S2, S4, S1", "S1, S2, S2, SM1"
	fwacc	vfwnmsac, "H1, H2, H3, 0", H2, "S4, S4, S6, S1", "S2, 0, 0, S1"

	/* signs, comparisons, classes */
	fbin	vfsgnj, word, "S1, SM1, SSNAN, SM0", SM2, "SM1, SM1, 0xff800001, SM0"
	fbin	vfsgnjn, half, "H1, HM1, HNAN, 0", HM2, "H1, H1, HNAN, 0"
	fbin	vfsgnjx, word, "S1, SM1, SNAN, 0", SM2, "SM1, S1, 0xffc00000, SM0"
	.macro	fcmp op, t, a, b, want
	case	KIND_MASK, \t, \t, "\a", \t, "\b, \b, \b, \b", byte, "0", byte, "\want", \b, \op\().vv v24, v8, v16
	case	KIND_MASK, \t, \t, "\a", \t, "0", byte, "0", byte, "\want", \b, \op\().vf v24, v8, fa1
	.endm
	fcmp	vmfeq, word, "S1, 0, SNAN, SM0", 0, 10
	fcmp	vmfne, half, "H1, 0, HNAN, 0x8000", 0, 5
	fcmp	vmflt, word, "S1, SM1, 0, SM0", 0, 2
	fcmp	vmfle, half, "H1, HM1, 0, 0x8000", 0, 14
	case	KIND_MASK, word, word, "S1, SM1, 0, SM0", word, "0", byte, "0", byte, "1", 0, vmfgt.vf v24, v8, fa1
	case	KIND_MASK, half, half, "H1, HM1, 0, 0x8000", half, "0", byte, "0", byte, "13", 0, vmfge.vf v24, v8, fa1
	.set	FLAGS, 16
	fcmp	vmflt, word, "S1, SM1, SNAN, SM0", 0, 2
	fcmp	vmfeq, word, "S1, 0, SSNAN, SM0", 0, 10
	.set	FLAGS, 0
	un	word, "0xff800000, SM0, SSNAN, SNAN", "1, 8, 0x100, 0x200", vfclass.v
	un	half, "HINF, 1, H1, 0x8001", "0x80, 0x20, 0x40, 4", vfclass.v

	/* moves */
	.set	MASK, 0x5
	case	KIND_WHOLE, word, word, "1, 2, 3, 4", word, "0", word, "0", word, "S1, 2, S1, 4", S1, vfmerge.vfm v24, v8, fa1, v0
	.set	MASK, 0xffffffff
	case	KIND_WHOLE, half, half, "0, 0, 0", half, "0", half, "0", half, "H1, H1, H1", H1, vfmv.v.f v24, fa1
	case	KIND_ELEMENT, word, word, "0, 0, 0", half, "0", word, "0", word, "S1", S1, vfmv.s.f v24, fa1
	case	KIND_F, word, word, "SSNAN, 0, 0", half, "0", word, "0", word, "SSNAN", 0, vfmv.f.s fa2, v8
	case	KIND_F, half, half, "0x7c01, 0, 0", half, "0", word, "0", half, "0x7c01", 0, vfmv.f.s fa2, v8

	/* conversions */
	.set	FLAGS, 17
	un	word, "S1, 0x40200000, SM1, SNAN", "1, 2, 0, -1", vfcvt.xu.f.v
	un	word, "S1, 0x40200000, SM1, SNAN", "1, 2, -1, 0x7fffffff", vfcvt.x.f.v
	un	half, "H1, 0x4300, HM1, HINF", "1, 3, 0, 0xffff", vfcvt.rtz.xu.f.v
	un	half, "H1, 0x4300, HM1, HINF", "1, 3, 0xffff, 0x7fff", vfcvt.rtz.x.f.v
	.set	FLAGS, 0
	un	word, "1, 2, 0, 0x80000000", "S1, S2, 0, 0x4f000000", vfcvt.f.xu.v
	un	word, "1, 2, -1, 0x80000000", "S1, S2, SM1, 0xcf000000", vfcvt.f.x.v
	.set	FLAGS, 5
	un	half, "1, 2, 0, 0xffff", "H1, H2, 0, HINF", vfcvt.f.xu.v
	.set	FLAGS, 0
	.macro	fwcvt op, ta, sew, a, tw, want
	case	KIND_V, \sew, \ta, "\a", \sew, "0", \tw, "0", \tw, "\want", 0, \op v24, v8
	.endm
	.set	FLAGS, 17
	fwcvt	vfwcvt.xu.f.v, half, half, "H1, 0x4100, HM1, HNAN", word, "1, 2, 0, -1"
	fwcvt	vfwcvt.x.f.v, half, half, "H1, 0x4100, HM1, HNAN", word, "1, 2, -1, 0x7fffffff"
	fwcvt	vfwcvt.rtz.xu.f.v, half, half, "H1, 0x4300, HM1, HNAN", word, "1, 3, 0, -1"
	fwcvt	vfwcvt.rtz.x.f.v, half, half, "H1, 0x4300, HM1, HNAN", word, "1, 3, -1, 0x7fffffff"
	fwcvt	vfncvt.xu.f.w, word, half, "S1, 0x40200000, SM1, SNAN", half, "1, 2, 0, 0xffff"
	fwcvt	vfncvt.x.f.w, word, half, "S1, 0x40200000, SM1, SNAN", half, "1, 2, 0xffff, 0x7fff"
	fwcvt	vfncvt.rtz.xu.f.w, half, byte, "H1, 0x4300, HM1, HNAN", byte, "1, 3, 0, 255"
	fwcvt	vfncvt.rtz.x.f.w, half, byte, "H1, 0x4300, HM1, HNAN", byte, "1, 3, 255, 127"
	.set	FLAGS, 0
	fwcvt	vfwcvt.f.xu.v, byte, byte, "1, 2, 0, 255", half, "H1, H2, 0, 0x5bf8"
	fwcvt	vfwcvt.f.x.v, half, half, "1, 2, 0xffff, 0x8000", word, "S1, S2, SM1, 0xc7000000"
	fwcvt	vfwcvt.f.f.v, half, half, "H1, 0x8000, HINF, 1", word, "S1, SM0, SINF, 0x33800000"
	.set	FLAGS, 5
	fwcvt	vfncvt.f.xu.w, word, half, "1, 2, 0, -1", half, "H1, H2, 0, HINF"
	fwcvt	vfncvt.f.x.w, word, half, "1, 2, -1, 0x80000000", half, "H1, H2, HM1, 0xfc00"
	fwcvt	vfncvt.f.f.w, word, half, "S1, SM0, SNAN, 0x477ff000", half, "H1, 0x8000, HNAN, HINF"
	.set	FLAGS, 1
	fwcvt	vfncvt.rod.f.f.w, word, half, "S1, SM0, SNAN, 0x3f800001", half, "H1, 0x8000, HNAN, 0x3c01"
	.set	FLAGS, 0

	/* estimates: of 1 / x and 1 / sqrt(x), seven bits by the manual's tables */
	un	word, "S1, SINF, SNAN, S2", "0x3f7f0000, 0, SNAN, 0x3eff0000", vfrec7.v
	un	word, "S1, SINF, SNAN, S4", "0x3f7f0000, 0, SNAN, 0x3eff0000", vfrsqrt7.v
	.set	FLAGS, 8
	un	half, "H1, 0, 0x8000, H2", "0x3bf8, HINF, 0xfc00, 0x37f8", vfrec7.v
	un	half, "H1, 0, 0x8000, H4", "0x3bf8, HINF, 0xfc00, 0x37f8", vfrsqrt7.v
	.set	FLAGS, 0

	/* reductions */
	red	vfredosum, word, "S1, S2, S3, 0", "S1", "0x40e00000"
	red	vfredusum, half, "H1, H2, H1, 0", "H2", "H6"
	red	vfredmin, word, "S1, SM1, SNAN, 0", "S2", "SM1"
	red	vfredmax, half, "H1, HM1, HNAN, 0", "H2", "H2"
	case	KIND_ELEMENT, half, half, "H1, H2, H1, 0", word, "S2", word, "0", word, "S6", 0, vfwredosum.vs v24, v8, v16
	case	KIND_ELEMENT, half, half, "H1, H2, H1, 0", word, "S2", word, "0", word, "S6", 0, vfwredusum.vs v24, v8, v16
