/* SPDX-License-Identifier: MIT */
/*
 * Vector fixed-point, reduction, mask and permutation instructions, every result
 * worked out by hand. VXRM: 0 to nearest, ties up; 1 ties to even; 2 down; 3 to
 * odd. FLAGS: 0x100 is vxsat.
 */
#include "vec_cases.inc"

	.option	norvc

	.set	FLAGS, 0x100
	bini	vsaddu, byte, "0, 240, 241, 255", 15, "15, 255, 255, 255"
	bini	vsadd, byte, "0, 120, 0x80, 0xf0", 15, "15, 127, 0x8f, 0xff"
	bini	vsadd, half, "0, 0x8000, 0x8001, 0x7fff", -1, "-1, 0x8000, 0x8000, 0x7ffe"
	bin	vssubu, byte, "0, 1, 2, 255", 2, "0, 0, 0, 253"
	bin	vssub, byte, "0, 0x80, 0x81, 0x7f", 2, "0xfe, 0x80, 0x80, 0x7d"
	bin	vssub, word, "0, 1, 0x7fffffff, -1", 0x80000000, "0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff"
	bin	vsmul, byte, "0x80, 0x7f, 1, 0", 0x80, "0x7f, 0x81, 0xff, 0"
	.set	FLAGS, 0
	bini	vsaddu, word, "0, 1, 2, 3", 7, "7, 8, 9, 10"

	/* the half of a sum */
	bin	vaaddu, byte, "0, 1, 2, 255", 255, "128, 128, 129, 255"
	bin	vaadd, byte, "0, 1, 2, 0x80", 1, "1, 1, 2, 0xc1"
	bin	vasubu, byte, "0, 1, 2, 255", 1, "0, 0, 1, 127"
	bin	vasub, byte, "0, 1, 2, 0x80", 1, "0, 0, 1, 0xc0"
	.set	VXRM, 1
	bin	vaaddu, byte, "0, 1, 2, 255", 255, "128, 128, 128, 255"
	bin	vaadd, half, "0, 1, 2, 3", 1, "0, 1, 2, 2"
	.set	VXRM, 2
	bin	vaaddu, half, "0, 1, 2, 0xffff", 0xffff, "0x7fff, 0x8000, 0x8000, 0xffff"
	bin	vasubu, word, "0, 1, 2, -1", 1, "-1, 0, 0, 0x7fffffff"
	.set	VXRM, 3
	bin	vaadd, byte, "0, 1, 2, 3", 1, "1, 1, 1, 2"
	bin	vasub, half, "0, 1, 2, 3", 1, "-1, 0, 1, 1"

	/* shifts that round */
	.set	VXRM, 0
	bini	vssrl, byte, "1, 2, 3, 255", 1, "1, 1, 2, 128"
	bini	vssra, byte, "1, 2, 0xff, 0x81", 1, "1, 1, 0, 0xc1"
	.set	VXRM, 1
	bini	vssrl, byte, "1, 2, 3, 6", 2, "0, 0, 1, 2"
	.set	VXRM, 2
	bini	vssra, byte, "1, 2, 0xff, 0x81", 1, "0, 1, 0xff, 0xc0"
	.set	VXRM, 3
	bini	vssrl, half, "1, 4, 5, 8", 2, "1, 1, 1, 2"
	.set	VXRM, 0
	.set	FLAGS, 0x100
	narrow	vnclipu, byte, half, "0x0ff0, 0x0ff8, 0xffff, 8", 4, "255, 255, 255, 1"
	narrow	vnclip, byte, half, "0x07f0, 0x07f8, 0x8000, 8", 4, "127, 127, 0x80, 1"
	.set	VXRM, 2
	.set	FLAGS, 0
	narrow	vnclip, half, word, "0x7fffffff, 0x80000000, -1, 0xffff", 16, "0x7fff, 0x8000, -1, 0"
	.set	VXRM, 0

	/* reductions */
	red	vredsum, byte, "1, 2, 3, 255", "10", "15"
	red	vredand, byte, "0xf7, 0x7f, 0xff", "0xfe", "0x76"
	red	vredor, half, "1, 2, 4", "0x8000", "0x8007"
	red	vredxor, word, "1, 3, 7", "-1", "-6"
	red	vredminu, byte, "5, 255, 128", "6", "5"
	red	vredmin, byte, "5, 255, 128", "6", "128"
	red	vredmaxu, half, "5, 0xffff, 6", "7", "0xffff"
	red	vredmax, half, "5, 0xffff, 6", "7", "7"
	case	KIND_ELEMENT, byte, byte, "255, 255, 1", half, "2", half, "0", half, "513", 0, vwredsumu.vs v24, v8, v16
	case	KIND_ELEMENT, byte, byte, "255, 255, 1", half, "2", half, "0", half, "1", 0, vwredsum.vs v24, v8, v16

	/* of masks; a list's bytes beyond the first are for vl */
	.macro	mask op, want
	case	KIND_MASK, byte, byte, "0xca, 0, 0, 0, 0, 0, 0, 0", byte, "0xac", byte, "0", byte, "\want", 0, \op v24, v8, v16
	.endm
	mask	vmand.mm, 0x88
	mask	vmnand.mm, 0x77
	mask	vmandn.mm, 0x42
	mask	vmxor.mm, 0x66
	mask	vmor.mm, 0xee
	mask	vmnor.mm, 0x11
	mask	vmorn.mm, 0xdb
	mask	vmxnor.mm, 0x99
	.set	MASK, 0xfffffffd
	case	KIND_X, byte, byte, "0xcb, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", word, "4", 0, vcpop.m a2, v8
	case	KIND_X, byte, byte, "0xcb, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", word, "3", 0, vcpop.m a2, v8, v0.t
	case	KIND_X, byte, byte, "0xc8, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", word, "3", 0, vfirst.m a2, v8
	case	KIND_X, byte, byte, "0xc2, 0, 0", byte, "0", byte, "0", word, "-1", 0, vfirst.m a2, v8, v0.t
	.set	MASK, 0xffffffff
	case	KIND_WHOLE, byte, byte, "0x88, 0, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", byte, "0x07", 0, vmsbf.m v24, v8
	case	KIND_WHOLE, byte, byte, "0, 0, 0, 0", byte, "0", byte, "0", byte, "0x0f", 0, vmsbf.m v24, v8
	case	KIND_X, byte, byte, "0, 0, 0, 0", byte, "0", byte, "0", word, "-1", 0, vfirst.m a2, v8
	case	KIND_WHOLE, byte, byte, "0x88, 0, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", byte, "0x0f", 0, vmsif.m v24, v8
	case	KIND_WHOLE, byte, byte, "0x88, 0, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", byte, "0x08", 0, vmsof.m v24, v8
	case	KIND_WHOLE, byte, byte, "0x16, 0, 0, 0, 0, 0", byte, "0", byte, "0", byte, "0, 0, 1, 2, 2, 3", 0, viota.m v24, v8
	case	KIND_WHOLE, half, half, "0, 0, 0, 0", byte, "0", half, "0", half, "0, 1, 2, 3", 0, vid.v v24

	/* slides and gathers */
	case	KIND_WHOLE, byte, byte, "1, 2, 3, 4", byte, "0", byte, "9, 8, 7, 6", byte, "9, 8, 1, 2", 2, vslideup.vx v24, v8, a1
	case	KIND_WHOLE, byte, byte, "1, 2, 3, 4", byte, "0", byte, "9, 8, 7, 6", byte, "9, 1, 2, 3", 0, vslideup.vi v24, v8, 1
	case	KIND_WHOLE, half, half, "1, 2, 3, 4", half, "0", half, "9, 8, 7, 6", half, "9, 8, 7, 6", -1, vslideup.vx v24, v8, a1
	/* behind vl there is the pattern, up to VLMAX; from there on zeros */
	case	KIND_WHOLE, word, word, "1, 2, 3, 4", word, "0", word, "0", word, "0, 0, 0, 0", -1, vslidedown.vx v24, v8, a1
	case	KIND_WHOLE, byte, byte, "1, 2, 3, 4", byte, "0", byte, "0", byte, "2, 3, 4, 0x5a", 0, vslidedown.vi v24, v8, 1
	case	KIND_WHOLE, half, half, "1, 2, 3, 4", half, "0", half, "0", half, "0x8000, 1, 2, 3", 0x8000, vslide1up.vx v24, v8, a1
	case	KIND_WHOLE, half, half, "1, 2, 3, 4", half, "0", half, "0", half, "2, 3, 4, 0x8000", 0x8000, vslide1down.vx v24, v8, a1
	case	KIND_WHOLE, half, half, "1, 2, 3, 4", half, "0", half, "0", half, "0x8000, 1, 2, 3", 0x8000, vfslide1up.vf v24, v8, fa1
	case	KIND_WHOLE, word, word, "1, 2, 3, 4", word, "0", word, "0", word, "2, 3, 4, 0x80000000", 0x80000000, vfslide1down.vf v24, v8, fa1
	case	KIND_V, byte, byte, "1, 2, 3, 4", byte, "3, 3, 0, 255", byte, "0", byte, "4, 4, 1, 0", 0, vrgather.vv v24, v8, v16
	case	KIND_V, half, half, "1, 2, 3, 4", half, "0", half, "0", half, "0, 0, 0, 0", 0x10000, vrgather.vx v24, v8, a1
	case	KIND_V, word, word, "1, 2, 3, 4", word, "0", word, "0", word, "3, 3, 3, 3", 0, vrgather.vi v24, v8, 2
	case	KIND_V, byte, byte, "1, 2, 3, 4", half, "3, 1, 256, 0", byte, "0", byte, "4, 2, 0, 1", 0, vrgatherei16.vv v24, v8, v16
	case	KIND_WHOLE, half, half, "1, 2, 3, 4, 5, 6", byte, "0xa6", half, "9, 9, 9, 9, 9, 9", half, "2, 3, 6, 9, 9, 9", 0, vcompress.vm v24, v8, v16

	/* whole registers */
	case	KIND_WHOLE, byte, byte, "1, 2, 3", byte, "0", byte, "1, 2, 3", byte, "1, 2, 3", 0, vmv1r.v v24, v24
	case	KIND_WHOLE, byte, byte, "1, 2, 3", byte, "0", byte, "0", byte, "1, 2, 3", 0, vmv2r.v v24, v8
	case	KIND_WHOLE, byte, byte, "1, 2, 3", byte, "0", byte, "0", byte, "1, 2, 3", 0, vmv4r.v v24, v8
	case	KIND_WHOLE, byte, byte, "1, 2, 3", byte, "0", byte, "0", byte, "1, 2, 3", 0, vmv8r.v v24, v8
