/* SPDX-License-Identifier: MIT */
/*
 * Vector integer instructions, every result worked out by hand: the type, vs2, the
 * other operand, the result.
 */
#include "vec_cases.inc"

	.option	norvc

	/* sums wrap */
	bini	vadd, byte, "0, 127, 128, 255", 1, "1, 128, 129, 0"
	bini	vadd, word, "0, 0x7fffffff, 0x80000000, 0xffffffff", -16, "0xfffffff0, 0x7fffffef, 0x7ffffff0, 0xffffffef"
	bin	vsub, half, "0, 0x8000, 0x7fff, 1", 1, "0xffff, 0x7fff, 0x7ffe, 0"
	vx	half, "0, 0x8000, 0x7fff, 1", 1, "1, 0x8001, 0x8002, 0", vrsub.vx
	vi	byte, "0, 0x80, 0x7f, 15", 15, "15, 0x8f, 0x90, 0", vrsub.vi

	/* widening ones do not */
	wide	vwaddu, byte, half, "0, 127, 128, 255", 255, "255, 382, 383, 510"
	wide	vwadd, byte, half, "0, 127, 128, 255", 0x80, "0xff80, 0xffff, 0xff00, 0xff7f"
	wide	vwsubu, half, word, "0, 1, 0x8000, 0xffff", 1, "0xffffffff, 0, 0x7fff, 0xfffe"
	wide	vwsub, half, word, "0, 1, 0x8000, 0x7fff", 0xffff, "1, 2, 0xffff8001, 0x8000"
	widew	vwaddu, byte, half, "0, 0xffff, 0x8000, 1", 255, "255, 254, 0x80ff, 256"
	widew	vwadd, byte, half, "0, 0xffff, 0x8000, 1", 255, "0xffff, 0xfffe, 0x7fff, 0"
	widew	vwsubu, half, word, "0, 0xffffffff, 0x80000000, 1", 0xffff, "0xffff0001, 0xffff0000, 0x7fff0001, 0xffff0002"
	widew	vwsub, half, word, "0, 0xffffffff, 0x80000000, 1", 0xffff, "1, 0, 0x80000001, 2"

	/* extensions: the type of the result says SEW */
	case	KIND_V, half, byte, "0, 127, 128, 255, 0, 0, 0, 0", byte, "0", half, "0", half, "0, 127, 128, 255, 0, 0, 0, 0", 0, vzext.vf2 v24, v8
	.macro	ext op, f, t, tw, want
	.text
8808:	\op\().\f v24, v8
	ebreak
	.section .rodata
8809:	.asciz	"\op\().\f"
	.section .cases, "a"
	.balign	4
	.word	8808b, 8809b, KIND_V, SEW_\tw, 0, MASK, FRM, VXRM, FLAGS
	put	\t, "0, 1, -128 & ((1 << (8 * SIZE_\t)) - 1), (1 << (8 * SIZE_\t)) - 1"
	put	byte, "0"
	put	\tw, "0"
	put	\tw, "\want"
	.text
	.endm
	ext	vzext, vf2, byte, half, "0, 1, 128, 255"
	ext	vsext, vf2, byte, half, "0, 1, 0xff80, 0xffff"
	ext	vzext, vf4, byte, word, "0, 1, 128, 255"
	ext	vsext, vf4, byte, word, "0, 1, 0xffffff80, 0xffffffff"
	ext	vsext, vf2, half, word, "0, 1, 0xffffff80, 0xffffffff"

	/* carries from and to v0; elements 0 and 2 have one */
	.set	MASK, 0x5
	case	KIND_WHOLE, byte, byte, "0, 127, 255, 255", byte, "0, 0, 0, 0", byte, "0", byte, "1, 127, 0, 255", 0, vadc.vvm v24, v8, v16, v0
	case	KIND_WHOLE, byte, byte, "0, 127, 255, 255", byte, "0", byte, "0", byte, "2, 128, 1, 0", 1, vadc.vxm v24, v8, a1, v0
	case	KIND_WHOLE, byte, byte, "0, 127, 255, 255", byte, "0", byte, "0", byte, "0, 126, 255, 254", 0, vadc.vim v24, v8, -1, v0
	case	KIND_WHOLE, word, word, "0, 1, 2, 0", word, "1, 1, 1, 1", word, "0", word, "-2, 0, 0, -1", 0, vsbc.vvm v24, v8, v16, v0
	case	KIND_WHOLE, word, word, "0, 1, 2, 0", word, "0", word, "0", word, "-2, 0, 0, -1", 1, vsbc.vxm v24, v8, a1, v0
	case	KIND_WHOLE, byte, byte, "0, 255, 255, 254", byte, "0, 0, 0, 1", byte, "0", byte, "4", 0, vmadc.vvm v24, v8, v16, v0
	case	KIND_WHOLE, byte, byte, "255, 255, 254, 254", byte, "0", byte, "0", byte, "7", 1, vmadc.vxm v24, v8, a1, v0
	case	KIND_WHOLE, byte, byte, "0, 1, 255, 254", byte, "0", byte, "0", byte, "15", 0, vmadc.vim v24, v8, -1, v0
	case	KIND_WHOLE, half, half, "0, 0, 1, 1", half, "0, 0, 1, 2", byte, "0", byte, "13", 0, vmsbc.vvm v24, v8, v16, v0
	case	KIND_WHOLE, half, half, "0, 0, 1, 1", half, "0", byte, "0", byte, "7", 1, vmsbc.vxm v24, v8, a1, v0
	.set	MASK, 0xffffffff
	case	KIND_MASK, byte, byte, "0, 255, 255, 254", byte, "0, 0, 1, 1", byte, "0", byte, "4", 0, vmadc.vv v24, v8, v16
	case	KIND_MASK, byte, byte, "0, 255, 255, 254", byte, "0", byte, "0", byte, "6", 1, vmadc.vx v24, v8, a1
	case	KIND_MASK, byte, byte, "0, 1, 255, 254", byte, "0", byte, "0", byte, "14", 0, vmadc.vi v24, v8, -1
	case	KIND_MASK, word, word, "0, 0, 1, 1", word, "0, 1, 1, 2", byte, "0", byte, "10", 0, vmsbc.vv v24, v8, v16
	case	KIND_MASK, word, word, "0, 0, 1, 1", word, "0", byte, "0", byte, "3", 1, vmsbc.vx v24, v8, a1

	/* bits */
	bini	vand, half, "0, 0x5555, 0xffff, 0x000f", -6, "0, 0x5550, 0xfffa, 0x000a"
	bini	vor, half, "0, 0x5555, 0xffff, 0xf000", 10, "10, 0x555f, 0xffff, 0xf00a"
	bini	vxor, word, "0, 0x55555555, 0xffffffff, 5", -1, "-1, 0xaaaaaaaa, 0, -6"

	/* shifts: as many low bits count as SEW needs */
	bini	vsll, byte, "1, 0x80, 0xff, 3", 9, "2, 0, 0xfe, 6"
	bini	vsrl, byte, "1, 0x80, 0xff, 3", 15, "0, 1, 1, 0"
	bini	vsra, byte, "1, 0x80, 0xff, 0x7f", 7, "0, 0xff, 0xff, 0"
	bini	vsll, word, "1, 0x80000000, 0xffffffff, 3", 31, "0x80000000, 0, 0x80000000, 0x80000000"
	bini	vsra, half, "0x8000, 0x7fff, 0xfffe, 4", 17, "0xc000, 0x3fff, 0xffff, 2"
	narrow	vnsrl, byte, half, "0x1234, 0xff00, 0x8000, 0x00ff", 8, "0x12, 0xff, 0x80, 0"
	narrow	vnsra, byte, half, "0x1234, 0xff00, 0x8000, 0x00ff", 12, "1, 0xff, 0xf8, 0"
	narrow	vnsra, half, word, "0x80000000, 0x7fffffff, 0x10000, 0xffff", 16, "0x8000, 0x7fff, 1, 0"

	/* comparisons */
	cmp	vmseq, byte, "0, 127, 128, 255", 128, 4
	cmpi	vmseq, byte, "0, 255, 128, 15", -1, 2
	cmp	vmsne, half, "0, 127, 128, 255", 128, 11
	cmpi	vmsne, half, "0, 0xffff, 128, 15", -1, 13
	cmp	vmsltu, byte, "0, 127, 128, 255", 128, 3
	cmp	vmslt, byte, "0, 127, 128, 255", 255, 4
	cmp	vmsleu, word, "0, 0x7fffffff, 0x80000000, -1", 0x80000000, 7
	cmpi	vmsleu, word, "0, 0x7fffffff, 0x80000000, -1", -1, 15
	cmp	vmsle, word, "0, 0x7fffffff, 0x80000000, -1", -1, 12
	cmpi	vmsle, half, "0, 5, 0x8000, 6", 5, 7
	case	KIND_MASK, byte, byte, "0, 127, 128, 255", byte, "0", byte, "0", byte, "8", 128, vmsgtu.vx v24, v8, a1
	case	KIND_MASK, byte, byte, "0, 127, 128, 255", byte, "0", byte, "0", byte, "3", 255, vmsgt.vx v24, v8, a1
	cmpi	vmsgtu, byte, "0, 127, 128, 255", 15, 14
	cmpi	vmsgt, byte, "0, 127, 128, 255", -1, 3
	bin	vminu, byte, "0, 127, 128, 255", 128, "0, 127, 128, 128"
	bin	vmin, byte, "0, 127, 128, 255", 255, "255, 255, 128, 255"
	bin	vmaxu, half, "0, 127, 0x8000, 0xffff", 0x8000, "0x8000, 0x8000, 0x8000, 0xffff"
	bin	vmax, half, "0, 127, 0x8000, 0xffff", 0xffff, "0, 127, 0xffff, 0xffff"

	/* products */
	bin	vmul, byte, "0, 127, 128, 255", 3, "0, 125, 128, 253"
	bin	vmulhu, byte, "0, 127, 128, 255", 255, "0, 126, 127, 254"
	bin	vmulh, byte, "0, 127, 128, 255", 0x80, "0, 0xc0, 0x40, 0"
	bin	vmulhsu, byte, "0, 127, 128, 255", 255, "0, 126, 0x80, 0xff"
	bin	vmulhu, word, "0, 1, 0x80000000, 0xffffffff", 0xffffffff, "0, 0, 0x7fffffff, 0xfffffffe"
	bin	vmulh, word, "0, 1, 0x80000000, 0xffffffff", 0x80000000, "0, 0xffffffff, 0x40000000, 0"
	bin	vmulhsu, word, "0, 1, 0x80000000, 0xffffffff", 0xffffffff, "0, 0, 0x80000000, 0xffffffff"
	wide	vwmul, half, word, "0, 1, 0x8000, 0xffff", 0x8000, "0, 0xffff8000, 0x40000000, 0x8000"
	wide	vwmulu, half, word, "0, 1, 0x8000, 0xffff", 0xffff, "0, 0xffff, 0x7fff8000, 0xfffe0001"
	wide	vwmulsu, byte, half, "0, 1, 0x80, 0xff", 0xff, "0, 0xff, 0x8080, 0xff01"

	/* quotients: by 0, and the one that is too large */
	bin	vdivu, byte, "0, 127, 128, 255", 0, "255, 255, 255, 255"
	bin	vdivu, word, "0, 127, 0x80000000, -1", 2, "0, 63, 0x40000000, 0x7fffffff"
	bin	vdiv, byte, "0, 127, 128, 255", 0, "255, 255, 255, 255"
	bin	vdiv, half, "0, 127, 0x8000, 0xffff", 0xffff, "0, -127, 0x8000, 1"
	bin	vremu, byte, "0, 127, 128, 255", 0, "0, 127, 128, 255"
	bin	vrem, half, "0, 127, 0x8000, 0xffff", 0xffff, "0, 0, 0, 0"
	bin	vrem, word, "7, -7, 0x80000000, 0", 3, "1, -1, -2, 0"

	/* with a third operand: vs2, vs1, vd */
	acc	vmacc, byte, "0, 1, 128, 255", 3, "1, 255, 2, 4", "1, 2, 130, 1"
	acc	vnmsac, byte, "0, 1, 128, 255", 3, "1, 255, 2, 4", "1, 252, 130, 7"
	acc	vmadd, half, "1, 2, 3, 4", 5, "0, 1, 0xffff, 0x8000", "1, 7, 0xfffe, 0x8004"
	acc	vnmsub, half, "1, 2, 3, 4", 5, "0, 1, 0xffff, 0x8000", "1, 0xfffd, 8, 0x8004"
	.macro	wacc op, t, tw, a, b, d, want
	case	KIND_V, \t, \t, "\a", \t, "\b, \b, \b, \b", \tw, "\d", \tw, "\want", \b, \op\().vv v24, v16, v8
	case	KIND_V, \t, \t, "\a", \t, "0", \tw, "\d", \tw, "\want", \b, \op\().vx v24, a1, v8
	.endm
	wacc	vwmaccu, byte, half, "0, 1, 128, 255", 255, "1, 2, 0x8080, 0xffff", "1, 257, 0, 0xfe00"
	wacc	vwmacc, byte, half, "0, 1, 128, 255", 255, "1, 2, 3, 0xffff", "1, 1, 131, 0"
	wacc	vwmaccsu, byte, half, "0, 1, 128, 255", 255, "1, 2, 3, 0", "1, 1, 0xff83, 0xff01"
	case	KIND_V, byte, byte, "0, 1, 128, 255", byte, "0", half, "1, 2, 3, 0", half, "1, 257, 0x8083, 0xff01", 255, vwmaccus.vx v24, a1, v8

	/* moves */
	.set	MASK, 0x5
	case	KIND_WHOLE, byte, byte, "1, 2, 3, 4", byte, "9, 9, 9, 9", byte, "0", byte, "9, 2, 9, 4", 0, vmerge.vvm v24, v8, v16, v0
	case	KIND_WHOLE, half, half, "1, 2, 3, 4", half, "0", half, "0", half, "-9, 2, -9, 4", -9, vmerge.vxm v24, v8, a1, v0
	case	KIND_WHOLE, word, word, "1, 2, 3, 4", word, "0", word, "0", word, "-9, 2, -9, 4", 0, vmerge.vim v24, v8, -9, v0
	.set	MASK, 0xffffffff
	case	KIND_WHOLE, word, word, "0, 0, 0, 0", word, "1, 2, 3, 4", word, "0", word, "1, 2, 3, 4", 0, vmv.v.v v24, v16
	case	KIND_WHOLE, half, half, "0, 0, 0", half, "0", half, "0", half, "0x8001, 0x8001, 0x8001", 0x18001, vmv.v.x v24, a1
	case	KIND_WHOLE, byte, byte, "0, 0, 0", byte, "0", byte, "0", byte, "-16, -16, -16", 0, vmv.v.i v24, -16
	case	KIND_X, byte, byte, "0x80, 1", byte, "0", byte, "0", word, "0xffffff80", 0, vmv.x.s a2, v8
	case	KIND_X, half, half, "0x7fff, 1", byte, "0", byte, "0", word, "0x7fff", 0, vmv.x.s a2, v8
	case	KIND_ELEMENT, half, half, "0, 0", byte, "0", half, "0", half, "0x5678", 0x12345678, vmv.s.x v24, a1
