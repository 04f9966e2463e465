/* SPDX-License-Identifier: MIT */
/*
 * Vector floating-point instructions: SEW and LMUL, vl, frm, want, flags, in1,
 * in2, in3, instruction, every result worked out by hand. Before the instruction
 * the first words of v1, v2 and v4 are in1, in2 and in3, that of v0 is in3, too,
 * and fa0 is in1; the result is the first word of v4. So with vl 1 and halves the
 * upper half of in3 stays. Flags: 1 inexact, 2 underflow, 4 overflow, 8 division
 * by zero, 16 invalid.
 */
#include "tile_cases.inc"

	.option	norvc

	.macro	vec config, vl, frm, want, flags, in1, in2, in3, insn:vararg
	.text
8808:	vsetivli x0, 1, e32, m1, ta, ma
	fsrmi	t1, 0
	vfmv.s.f v0, fa2
	vfmv.s.f v1, fa0
	vfmv.s.f v2, fa1
	vfmv.s.f v4, fa2
	fsrm	t1
	vsetivli x0, \vl, \config, tu, mu
	\insn
	fsrmi	0
	vsetivli x0, 1, e32, m1, ta, ma
	vfmv.f.s fa0, v4
	ebreak
	entry	CASE_F, \frm, \want, \flags, \in1, \in2, \in3, "\config: \insn"
	.endm

	/* one single */
	.macro	s want, flags, in1, in2, in3, insn:vararg
	vec	"e32, m1", 1, 0, \want, \flags, \in1, \in2, \in3, \insn
	.endm

	/* one half, below what in3 has in its upper half */
	.macro	h want, flags, in1, in2, in3, insn:vararg
	vec	"e16, m1", 1, 0, 0xaaaa0000|\want, \flags, 0x5a5a0000|\in1, 0x5a5a0000|\in2, 0xaaaa0000|\in3, \insn
	.endm

	/* the same with a boxed fa0 */
	.macro	hf want, flags, in1, in2, in3, insn:vararg
	vec	"e16, m1", 1, 0, 0xaaaa0000|\want, \flags, 0xffff0000|\in1, 0x5a5a0000|\in2, 0xaaaa0000|\in3, \insn
	.endm

	/* from halves to a single, or the other way */
	.macro	w want, flags, in1, in2, in3, insn:vararg
	vec	"e16, mf2", 1, 0, \want, \flags, \in1, \in2, \in3, \insn
	.endm

	.equ	S1, 0x3f800000		/* single: 1, 2, 3, -1 */
	.equ	S2, 0x40000000
	.equ	S3, 0x40400000
	.equ	SN1, 0xbf800000
	.equ	SMAX, 0x7f7fffff
	.equ	SINF, 0x7f800000
	.equ	SNAN, 0x7fc00000
	.equ	SSIG, 0x7f800001	/* a signaling NaN */
	.equ	H1, 0x3c00		/* half: the same */
	.equ	H2, 0x4000
	.equ	H3, 0x4200
	.equ	HN1, 0xbc00
	.equ	HMAX, 0x7bff
	.equ	HINF, 0x7c00
	.equ	HNAN, 0x7e00
	.equ	HSIG, 0x7c01

	/* add and subtract: vs2 comes first */
	s	S3, 0, S1, S2, 0, vfadd.vv v4, v2, v1
	s	S3, 0, S1, S2, 0, vfadd.vf v4, v2, fa0
	s	S1, 1, 0x33800000, S1, 0, vfadd.vv v4, v2, v1
	s	SNAN, 16, SINF, 0xff800000, 0, vfadd.vv v4, v2, v1
	s	SNAN, 16, S1, SSIG, 0, vfadd.vv v4, v2, v1
	s	SNAN, 0, S1, 0xffc12345, 0, vfadd.vv v4, v2, v1
	s	S1, 0, S1, S2, 0, vfsub.vv v4, v2, v1
	s	S1, 0, S1, S2, 0, vfsub.vf v4, v2, fa0
	s	SN1, 0, S1, S2, 0, vfrsub.vf v4, v2, fa0
	h	H3, 0, H1, H2, 0, vfadd.vv v4, v2, v1
	h	HINF, 5, HMAX, HMAX, 0, vfadd.vv v4, v2, v1
	hf	H1, 0, H1, H2, 0, vfsub.vf v4, v2, fa0
	/* an f register without ones above the half is a NaN */
	h	HNAN, 0, H1, H2, 0, vfadd.vf v4, v2, fa0

	/* by frm, with modes the host has and one it has not */
	vec	"e32, m1", 1, 1, S1, 1, 0x33800000, S1, 0, vfadd.vv v4, v2, v1
	vec	"e32, m1", 1, 2, 0x3f7fffff, 1, 0xb3000000, S1, 0, vfadd.vv v4, v2, v1
	vec	"e32, m1", 1, 3, 0x3f800001, 1, 0x33800000, S1, 0, vfadd.vv v4, v2, v1
	vec	"e32, m1", 1, 4, 0x3f800001, 1, 0x33800000, S1, 0, vfadd.vv v4, v2, v1

	/* multiply, divide, root */
	s	0x40c00000, 0, S2, S3, 0, vfmul.vv v4, v2, v1
	s	0x7f800000, 5, SMAX, S2, 0, vfmul.vf v4, v2, fa0
	s	0x00000000, 3, 0x3f000000, 0x00000001, 0, vfmul.vv v4, v2, v1
	h	0x0000, 3, 0x3800, 0x0001, 0, vfmul.vv v4, v2, v1
	h	0x0400, 1, 0x3801, 0x07fe, 0, vfmul.vv v4, v2, v1
	s	0x3eaaaaab, 1, S3, S1, 0, vfdiv.vv v4, v2, v1
	s	0x7f800000, 8, 0, S1, 0, vfdiv.vf v4, v2, fa0
	s	0x3eaaaaab, 1, S1, S3, 0, vfrdiv.vf v4, v2, fa0
	h	0x3555, 1, H3, H1, 0, vfdiv.vv v4, v2, v1
	h	HNAN, 16, 0, 0, 0, vfdiv.vv v4, v2, v1
	s	0x3fb504f3, 1, 0, S2, 0, vfsqrt.v v4, v2
	h	0x3da8, 1, 0, H2, 0, vfsqrt.v v4, v2
	h	HNAN, 16, 0, HN1, 0, vfsqrt.v v4, v2

	/* estimates: of 1 and 2; of zero; of the largest subnormals' reciprocals */
	s	0x3f7f0000, 0, 0, S1, 0, vfrsqrt7.v v4, v2
	s	0x3f340000, 0, 0, S2, 0, vfrsqrt7.v v4, v2
	s	SINF, 8, 0, 0, 0, vfrsqrt7.v v4, v2
	s	0xff800000, 8, 0, 0x80000000, 0, vfrsqrt7.v v4, v2
	s	SNAN, 16, 0, SN1, 0, vfrsqrt7.v v4, v2
	s	0, 0, 0, SINF, 0, vfrsqrt7.v v4, v2
	h	0x3bf8, 0, 0, H1, 0, vfrsqrt7.v v4, v2
	s	0x3f7f0000, 0, 0, S1, 0, vfrec7.v v4, v2
	h	0x3bf8, 0, 0, H1, 0, vfrec7.v v4, v2
	s	SINF, 8, 0, 0, 0, vfrec7.v v4, v2
	s	0x80000000, 0, 0, 0xff800000, 0, vfrec7.v v4, v2
	s	SINF, 5, 0, 0x00000001, 0, vfrec7.v v4, v2
	vec	"e32, m1", 1, 1, SMAX, 5, 0, 0x00000001, 0, vfrec7.v v4, v2

	/* multiply-add: 2 * 3 and 1, signs, and which operand is what */
	s	0x40e00000, 0, S2, S3, S1, vfmacc.vv v4, v1, v2
	s	0x40e00000, 0, S2, S3, S1, vfmacc.vf v4, fa0, v2
	s	0xc0e00000, 0, S2, S3, S1, vfnmacc.vv v4, v1, v2
	s	0xc0e00000, 0, S2, S3, S1, vfnmacc.vf v4, fa0, v2
	s	0x40a00000, 0, S2, S3, S1, vfmsac.vv v4, v1, v2
	s	0x40a00000, 0, S2, S3, S1, vfmsac.vf v4, fa0, v2
	s	0xc0a00000, 0, S2, S3, S1, vfnmsac.vv v4, v1, v2
	s	0xc0a00000, 0, S2, S3, S1, vfnmsac.vf v4, fa0, v2
	s	0x40e00000, 0, S2, S1, S3, vfmadd.vv v4, v1, v2
	s	0x40e00000, 0, S2, S1, S3, vfmadd.vf v4, fa0, v2
	s	0xc0e00000, 0, S2, S1, S3, vfnmadd.vv v4, v1, v2
	s	0xc0e00000, 0, S2, S1, S3, vfnmadd.vf v4, fa0, v2
	s	0x40a00000, 0, S2, S1, S3, vfmsub.vv v4, v1, v2
	s	0x40a00000, 0, S2, S1, S3, vfmsub.vf v4, fa0, v2
	s	0xc0a00000, 0, S2, S1, S3, vfnmsub.vv v4, v1, v2
	s	0xc0a00000, 0, S2, S1, S3, vfnmsub.vf v4, fa0, v2
	/* (1 + 2^-23)^2 - (1 + 2^-22) is 2^-46 */
	s	0x28800000, 0, 0x3f800001, 0x3f800001, 0xbf800002, vfmacc.vv v4, v1, v2
	/* infinity times zero and a quiet NaN is invalid, a quiet NaN alone is not */
	s	SNAN, 16, SINF, 0, SNAN, vfmacc.vv v4, v1, v2
	s	SNAN, 0, S1, S1, 0xffc00001, vfmacc.vv v4, v1, v2
	s	SNAN, 16, SINF, S1, SINF, vfmsac.vv v4, v1, v2
	vec	"e16, m1", 1, 0, 0x5a5a7e00, 16, HINF, 0, 0x5a5a7e00, vfmacc.vv v4, v1, v2
	vec	"e16, m1", 2, 0, 0x00104700, 0, 0x3c014000, 0x3c014200, 0xbc023c00, vfmacc.vv v4, v1, v2
	h	0x3e02, 1, 0x3e00, 0x3c01, 0x0001, vfmacc.vv v4, v1, v2
	h	0x3e01, 1, 0x3e00, 0x3c01, 0x8001, vfmacc.vv v4, v1, v2

	/* minimum, maximum, signs */
	s	0x80000000, 0, 0, 0x80000000, 0, vfmin.vv v4, v2, v1
	s	S1, 0, S1, SNAN, 0, vfmin.vv v4, v2, v1
	s	S1, 16, S1, SSIG, 0, vfmin.vf v4, v2, fa0
	s	SNAN, 0, 0xffc00001, 0xffc00001, 0, vfmax.vv v4, v2, v1
	s	S2, 0, S2, SN1, 0, vfmax.vf v4, v2, fa0
	h	H1, 16, HSIG, H1, 0, vfmax.vv v4, v2, v1
	h	0x8000, 0, 0x8000, 0, 0, vfmin.vv v4, v2, v1
	s	SN1, 0, 0x80000000, S1, 0, vfsgnj.vv v4, v2, v1
	s	SN1, 0, SN1, S1, 0, vfsgnj.vf v4, v2, fa0
	s	SN1, 0, S1, S1, 0, vfsgnjn.vv v4, v2, v1
	s	S1, 0, SN1, S1, 0, vfsgnjn.vf v4, v2, fa0
	s	S1, 0, SN1, SN1, 0, vfsgnjx.vv v4, v2, v1
	h	0xfc01, 0, HN1, HSIG, 0, vfsgnjx.vv v4, v2, v1
	hf	HN1, 0, HN1, H1, 0, vfsgnjx.vf v4, v2, fa0

	/* comparisons: bit 0, the others stay */
	s	0x0000000f, 0, S1, S1, 0x0000000e, vmfeq.vv v4, v2, v1
	s	0x0000000e, 0, SNAN, SNAN, 0x0000000f, vmfeq.vv v4, v2, v1
	s	0x0000000e, 16, S1, SSIG, 0x0000000f, vmfeq.vf v4, v2, fa0
	s	0x00000001, 0, S1, SNAN, 0, vmfne.vv v4, v2, v1
	s	0x00000000, 0, S1, S1, 1, vmfne.vf v4, v2, fa0
	s	0x00000001, 0, S2, S1, 0, vmflt.vv v4, v2, v1
	s	0x00000000, 16, S2, SNAN, 1, vmflt.vf v4, v2, fa0
	s	0x00000001, 0, S1, S1, 0, vmfle.vv v4, v2, v1
	s	0x00000001, 0, 0, 0x80000000, 0, vmfle.vf v4, v2, fa0
	s	0x00000001, 0, S1, S2, 0, vmfgt.vf v4, v2, fa0
	s	0x00000001, 0, S1, S1, 0, vmfge.vf v4, v2, fa0
	vec	"e16, m1", 2, 0, 0x00000002, 0, 0x42004000, 0x40004000, 0, vmflt.vv v4, v2, v1
	vec	"e16, m1", 2, 0, 0x00000000, 16, 0x42004000, 0x7e004000, 2, vmflt.vv v4, v2, v1

	/* classes, moves, merges, slides */
	s	0x200, 0, 0, SNAN, 0, vfclass.v v4, v2
	s	0x004, 0, 0, 0x80000001, 0, vfclass.v v4, v2
	vec	"e16, m1", 2, 0, 0x01000040, 0, 0, 0x7c013c00, 0, vfclass.v v4, v2
	s	S3, 0, S3, 0, 0, vfmv.v.f v4, fa0
	vec	"e16, m1", 2, 0, 0x3c003c00, 0, 0xffff3c00, 0, 0, vfmv.v.f v4, fa0
	vec	"e16, m1", 2, 0, 0x7e007e00, 0, 0x00003c00, 0, 0, vfmv.v.f v4, fa0
	vec	"e16, m1", 2, 0, 0x40003c00, 0, 0xffff3c00, 0x40004200, 1, vfmerge.vfm v4, v2, fa0, v0
	hf	H1, 0, H1, 0, 0, vfmv.s.f v4, fa0
	vec	"e16, m1", 2, 0, 0x42003c00, 0, 0xffff3c00, 0x40004200, 0, vfslide1up.vf v4, v2, fa0
	vec	"e16, m1", 2, 0, 0x3c004000, 0, 0xffff3c00, 0x40004200, 0, vfslide1down.vf v4, v2, fa0

	/* what is masked off stays and raises nothing: 1 / 0 only where in3 has a bit */
	vec	"e16, m1", 2, 0, 0x00013c00, 0, 0x00003c00, 0x3c003c00, 0x00010001, vfdiv.vv v4, v2, v1, v0.t
	vec	"e16, m1", 2, 0, 0x7c000002, 8, 0x00003c00, 0x3c003c00, 0x00000002, vfdiv.vv v4, v2, v1, v0.t
	vec	"e32, m1", 0, 0, S1, 0, SSIG, SSIG, S1, vfadd.vv v4, v2, v1

	/* wider results */
	w	S3, 0, H1, H2, 0, vfwadd.vv v4, v2, v1
	w	S3, 0, 0xffff0000|H1, H2, 0, vfwadd.vf v4, v2, fa0
	w	0x477fe000, 1, 0x0001, HMAX, 0, vfwadd.vv v4, v2, v1
	w	S1, 0, H1, H2, 0, vfwsub.vv v4, v2, v1
	w	S1, 0, 0xffff0000|H1, H2, 0, vfwsub.vf v4, v2, fa0
	w	S3, 0, H1, S2, 0, vfwadd.wv v4, v2, v1
	w	S3, 0, 0xffff0000|H1, S2, 0, vfwadd.wf v4, v2, fa0
	w	S1, 0, H1, S2, 0, vfwsub.wv v4, v2, v1
	w	S1, 0, 0xffff0000|H1, S2, 0, vfwsub.wf v4, v2, fa0
	w	0x27800000, 0, 0x0001, 0x0001, 0, vfwmul.vv v4, v2, v1
	w	0x40c00000, 0, 0xffff0000|H2, H3, 0, vfwmul.vf v4, v2, fa0
	w	SNAN, 16, HSIG, H1, 0, vfwmul.vv v4, v2, v1
	w	0x40e00000, 0, H2, H3, S1, vfwmacc.vv v4, v1, v2
	w	0x40e00000, 0, 0xffff0000|H2, H3, S1, vfwmacc.vf v4, fa0, v2
	w	0xc0e00000, 0, H2, H3, S1, vfwnmacc.vv v4, v1, v2
	w	0xc0e00000, 0, 0xffff0000|H2, H3, S1, vfwnmacc.vf v4, fa0, v2
	w	0x40a00000, 0, H2, H3, S1, vfwmsac.vv v4, v1, v2
	w	0x40a00000, 0, 0xffff0000|H2, H3, S1, vfwmsac.vf v4, fa0, v2
	w	0xc0a00000, 0, H2, H3, S1, vfwnmsac.vv v4, v1, v2
	w	0xc0a00000, 0, 0xffff0000|H2, H3, S1, vfwnmsac.vf v4, fa0, v2
	w	SNAN, 16, HINF, 0, SNAN, vfwmacc.vv v4, v1, v2

	/* conversions in one width */
	s	0xfffffffe, 1, 0, 0xc0200000, 0, vfcvt.x.f.v v4, v2
	s	0x7fffffff, 16, 0, SNAN, 0, vfcvt.x.f.v v4, v2
	s	0x80000000, 16, 0, 0xcf800000, 0, vfcvt.x.f.v v4, v2
	s	0x80000000, 0, 0, 0xcf000000, 0, vfcvt.x.f.v v4, v2
	s	0, 1, 0, 0xbf000000, 0, vfcvt.xu.f.v v4, v2
	s	0, 16, 0, SN1, 0, vfcvt.xu.f.v v4, v2
	s	0xff000000, 0, 0, 0x4f7f0000, 0, vfcvt.xu.f.v v4, v2
	s	3, 1, 0, 0x407fffff, 0, vfcvt.rtz.x.f.v v4, v2
	s	3, 1, 0, 0x407fffff, 0, vfcvt.rtz.xu.f.v v4, v2
	h	0x7fff, 16, 0, 0x7800, 0, vfcvt.x.f.v v4, v2
	h	0x8000, 0, 0, 0xf800, 0, vfcvt.x.f.v v4, v2
	h	65504, 0, 0, HMAX, 0, vfcvt.xu.f.v v4, v2
	h	0xffff, 16, 0, HINF, 0, vfcvt.rtz.xu.f.v v4, v2
	h	0xfffe, 1, 0, 0xc100, 0, vfcvt.rtz.x.f.v v4, v2
	s	0x4f800000, 1, 0, 0xffffffff, 0, vfcvt.f.xu.v v4, v2
	s	SN1, 0, 0, 0xffffffff, 0, vfcvt.f.x.v v4, v2
	h	HINF, 5, 0, 0xffff, 0, vfcvt.f.xu.v v4, v2
	h	HN1, 0, 0, 0xffff, 0, vfcvt.f.x.v v4, v2

	/* to twice the width */
	w	65504, 0, 0, HMAX, 0, vfwcvt.x.f.v v4, v2
	w	0, 16, 0, HN1, 0, vfwcvt.xu.f.v v4, v2
	w	0x7fffffff, 16, 0, HNAN, 0, vfwcvt.rtz.x.f.v v4, v2
	w	2, 1, 0, 0x4100, 0, vfwcvt.rtz.xu.f.v v4, v2
	w	0x477fff00, 0, 0, 0xffff, 0, vfwcvt.f.xu.v v4, v2
	w	SN1, 0, 0, 0xffff, 0, vfwcvt.f.x.v v4, v2
	w	0x33800000, 0, 0, 0x0001, 0, vfwcvt.f.f.v v4, v2
	w	SNAN, 16, 0, HSIG, 0, vfwcvt.f.f.v v4, v2
	vec	"e8, mf4", 2, 0, 0x0000bc00, 0, 0, 0x000000ff, 0xaaaaaaaa, vfwcvt.f.x.v v4, v2
	vec	"e8, mf4", 2, 0, 0x3c005bf8, 0, 0, 0x000001ff, 0xaaaaaaaa, vfwcvt.f.xu.v v4, v2

	/* to half the width: 65519.996, 65520, what is below half of the smallest one */
	w	0xaaaa7bff, 1, 0, 0x477fefff, 0xaaaaaaaa, vfncvt.f.f.w v4, v2
	w	0xaaaa7c00, 5, 0, 0x477ff000, 0xaaaaaaaa, vfncvt.f.f.w v4, v2
	w	0xaaaa0000, 3, 0, 0x33000000, 0xaaaaaaaa, vfncvt.f.f.w v4, v2
	w	0xaaaa7e00, 16, 0, SSIG, 0xaaaaaaaa, vfncvt.f.f.w v4, v2
	w	0xaaaa3c01, 1, 0, 0x3f800001, 0xaaaaaaaa, vfncvt.rod.f.f.w v4, v2
	w	0xaaaa3c01, 1, 0, 0x3f803fff, 0xaaaaaaaa, vfncvt.rod.f.f.w v4, v2
	w	0xaaaa7bff, 5, 0, SMAX, 0xaaaaaaaa, vfncvt.rod.f.f.w v4, v2
	w	0xaaaa0001, 3, 0, 0x00000001, 0xaaaaaaaa, vfncvt.rod.f.f.w v4, v2
	w	0xaaaa7fff, 16, 0, 0x47000000, 0xaaaaaaaa, vfncvt.x.f.w v4, v2
	w	0xaaaaffff, 1, 0, 0x477fff40, 0xaaaaaaaa, vfncvt.rtz.xu.f.w v4, v2
	w	0xaaaaffff, 16, 0, 0x477fffff, 0xaaaaaaaa, vfncvt.xu.f.w v4, v2
	w	0xaaaa8000, 1, 0, 0xc7000001, 0xaaaaaaaa, vfncvt.rtz.x.f.w v4, v2
	w	0xaaaa7c00, 5, 0, 65520, 0xaaaaaaaa, vfncvt.f.xu.w v4, v2
	w	0xaaaa6800, 1, 0, 2049, 0xaaaaaaaa, vfncvt.f.x.w v4, v2
	vec	"e8, mf4", 2, 0, 0xaaaa807f, 16, 0, 0xdc005c00, 0xaaaaaaaa, vfncvt.x.f.w v4, v2
	vec	"e8, mf4", 2, 0, 0xaaaa00ff, 16, 0, 0xbc005c00, 0xaaaaaaaa, vfncvt.xu.f.w v4, v2
	vec	"e8, mf4", 2, 0, 0xaaaafe02, 1, 0, 0xc1004100, 0xaaaaaaaa, vfncvt.rtz.x.f.w v4, v2
	vec	"e8, mf4", 2, 0, 0xaaaa00ff, 1, 0, 0xb8005bf9, 0xaaaaaaaa, vfncvt.rtz.xu.f.w v4, v2

	/* reductions: what in1 has, and the elements of v2 in order */
	vec	"e16, m1", 2, 0, 0xaaaa4600, 0, H1, 0x42004000, 0xaaaaaaaa, vfredosum.vs v4, v2, v1
	vec	"e16, m1", 2, 0, 0xaaaa4600, 0, H1, 0x42004000, 0xaaaaaaaa, vfredusum.vs v4, v2, v1
	/* 2048 and 1 and 1: each time it is a tie */
	vec	"e16, m1", 2, 0, 0xaaaa6800, 1, 0x6800, 0x3c003c00, 0xaaaaaaaa, vfredosum.vs v4, v2, v1
	vec	"e16, m1", 2, 0, 0xaaaac000, 0, H1, 0x4200c000, 0xaaaaaaaa, vfredmin.vs v4, v2, v1
	vec	"e16, m1", 2, 0, 0xaaaa4200, 0, HNAN, 0x4200c000, 0xaaaaaaaa, vfredmax.vs v4, v2, v1
	vec	"e16, m1", 2, 0, 0xaaaa7e00, 16, HNAN, 0x7e007c01, 0xaaaaaaaa, vfredmax.vs v4, v2, v1
	vec	"e16, mf2", 2, 0, 0x45000000, 0, 0x45000000, 0xbc003c00, 0, vfwredosum.vs v4, v2, v1
	vec	"e16, mf2", 2, 0, 0x45000000, 0, 0x45000000, 0x3c00bc00, 0, vfwredusum.vs v4, v2, v1
	/* without an element it is the operand, a signaling NaN too; with vl 0 nothing is written */
	vec	"e16, m1", 2, 0, 0x00007c01, 0, HSIG, 0x42004000, 0, vfredosum.vs v4, v2, v1, v0.t
	vec	"e32, m1", 1, 0, S1, 0, S1, S1, 0, vfredmin.vs v4, v2, v1, v0.t
	vec	"e32, m1", 0, 0, S3, 0, S1, S1, S3, vfredosum.vs v4, v2, v1
