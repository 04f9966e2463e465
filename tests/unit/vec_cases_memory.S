/* SPDX-License-Identifier: MIT */
/*
 * Vector loads and stores. Loads find list a in memory at a0, stores put list d
 * there; indices are list b, and strides in a1.
 */
#include "vec_cases.inc"

	.option	norvc

	/* vl is the number of elements of list a, so that the type says SEW */
	.macro	load sew, t, a, b, want, x, insn:vararg
	case	KIND_V, \sew, \sew, "\a", \t, "\b", \sew, "0", \sew, "\want", \x, \insn
	.endm
	load	byte, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle8.v v24, (a0)
	load	half, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle16.v v24, (a0)
	load	word, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle32.v v24, (a0)
	load	byte, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle8ff.v v24, (a0)
	load	half, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle16ff.v v24, (a0)
	load	word, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 0, vle32ff.v v24, (a0)
	load	byte, byte, "1, 2, 3, 4, 5", "0", "1, 3, 5, 0x5a, 0x5a", 2, vlse8.v v24, (a0), a1
	load	half, byte, "1, 2, 3", "0", "1, 1, 1", 0, vlse16.v v24, (a0), a1
	load	word, byte, "1, 2, 3", "0", "1, 0x00030000, 0x5a5a5a5a", 6, vlse32.v v24, (a0), a1
	case	KIND_WHOLE, byte, byte, "0xa5, 0x5a, 0, 0, 0, 0, 0, 0, 0", byte, "0", byte, "0", byte, "0xa5, 0x5a", 0, vlm.v v24, (a0)
	load	byte, byte, "1, 2, 3, 4", "3, 0, 2, 3", "4, 1, 3, 4", 0, vluxei8.v v24, (a0), v16
	load	byte, byte, "1, 2, 3, 4", "3, 0, 2, 3", "4, 1, 3, 4", 0, vloxei8.v v24, (a0), v16
	load	half, half, "1, 2, 3, 4", "6, 0, 1, 2", "4, 1, 0x200, 2", 0, vluxei16.v v24, (a0), v16
	load	half, half, "1, 2, 3, 4", "6, 0, 1, 2", "4, 1, 0x200, 2", 0, vloxei16.v v24, (a0), v16
	load	word, word, "1, 2, 3, 4", "12, 0, 4, 8", "4, 1, 2, 3", 0, vluxei32.v v24, (a0), v16
	load	word, word, "1, 2, 3, 4", "12, 0, 4, 8", "4, 1, 2, 3", 0, vloxei32.v v24, (a0), v16

	/* stores: what list a has beyond its number does not matter */
	.macro	stor sew, tb, b, d, tw, want, x, insn:vararg
	case	KIND_MEMORY, \sew, \sew, "0, 0, 0", \tb, "\b", \sew, "\d", \tw, "\want", \x, \insn
	.endm
	stor	byte, byte, "0", "1, 2, 3, 4", byte, "1, 2, 3", 0, vse8.v v24, (a0)
	stor	half, byte, "0", "1, 2, 3, 4", half, "1, 2, 3", 0, vse16.v v24, (a0)
	stor	word, byte, "0", "1, 2, 3, 4", word, "1, 2, 3", 0, vse32.v v24, (a0)
	stor	byte, byte, "0", "1, 2, 3", byte, "1, 0x5a, 2, 0x5a, 3", 2, vsse8.v v24, (a0), a1
	stor	half, byte, "0", "1, 2, 3", byte, "1, 0, 0x5a, 2, 0, 0x5a, 3, 0", 3, vsse16.v v24, (a0), a1
	stor	word, byte, "0", "1, 2, 3", word, "1, 0x5a5a5a5a, 2, 0x5a5a5a5a, 3", 8, vsse32.v v24, (a0), a1
	case	KIND_MEMORY, byte, byte, "0, 0, 0, 0, 0, 0, 0, 0, 0", byte, "0", byte, "1, 2, 3", byte, "1, 2", 0, vsm.v v24, (a0)
	stor	byte, byte, "2, 0, 1", "1, 2, 3", byte, "2, 3, 1", 0, vsuxei8.v v24, (a0), v16
	stor	byte, byte, "2, 0, 2", "1, 2, 3", byte, "2, 0x5a, 3", 0, vsoxei8.v v24, (a0), v16
	stor	half, half, "4, 0, 2", "1, 2, 3", half, "2, 3, 1", 0, vsuxei16.v v24, (a0), v16
	stor	half, half, "4, 0, 4", "1, 2, 3", half, "2, 0x5a5a, 3", 0, vsoxei16.v v24, (a0), v16
	stor	word, word, "8, 0, 4", "1, 2, 3", word, "2, 3, 1", 0, vsuxei32.v v24, (a0), v16
	stor	word, word, "8, 0, 8", "1, 2, 3", word, "2, 0x5a5a5a5a, 3", 0, vsoxei32.v v24, (a0), v16

	/* segments: fields go to consecutive registers, of which v24 is checked */
	.macro	loads sew, t, a, b, want, x, insn:vararg
	case	KIND_FIELD, \sew, \sew, "\a", \t, "\b", \sew, "0", \sew, "\want", \x, \insn
	.endm
	loads	byte, byte, "1, 2, 3, 4", "0", "1, 3, 0x5a, 0x5a", 0, vlseg2e8.v v24, (a0)
	loads	half, byte, "1, 2, 3, 4", "0", "1, 4, 0x5a5a, 0x5a5a", 0, vlseg3e16.v v24, (a0)
	loads	word, byte, "1, 2, 3, 4", "0", "1, 3, 0x5a5a5a5a, 0x5a5a5a5a", 0, vlseg2e32.v v24, (a0)
	loads	byte, byte, "1, 2, 3, 4", "0", "1, 3, 0x5a, 0x5a", 0, vlseg2e8ff.v v24, (a0)
	loads	half, byte, "1, 2, 3, 4", "0", "1, 4, 0x5a5a, 0x5a5a", 0, vlseg3e16ff.v v24, (a0)
	loads	word, byte, "1, 2, 3, 4", "0", "1, 3, 0x5a5a5a5a, 0x5a5a5a5a", 0, vlseg2e32ff.v v24, (a0)
	loads	byte, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 1, vlsseg4e8.v v24, (a0), a1
	loads	half, byte, "1, 2, 3, 4", "0", "1, 2, 3, 4", 2, vlsseg2e16.v v24, (a0), a1
	loads	word, byte, "1, 2, 3, 4", "0", "1, 1, 1, 1", 0, vlsseg8e32.v v24, (a0), a1
	loads	byte, byte, "1, 2, 3, 4", "3, 0, 2, 3", "4, 1, 3, 4", 0, vluxseg2ei8.v v24, (a0), v16
	loads	byte, byte, "1, 2, 3, 4", "3, 0, 2, 3", "4, 1, 3, 4", 0, vloxseg2ei8.v v24, (a0), v16
	loads	half, half, "1, 2, 3, 4", "6, 0, 1, 2", "4, 1, 0x200, 2", 0, vluxseg2ei16.v v24, (a0), v16
	loads	half, half, "1, 2, 3, 4", "6, 0, 1, 2", "4, 1, 0x200, 2", 0, vloxseg2ei16.v v24, (a0), v16
	loads	word, word, "1, 2, 3, 4", "12, 0, 4, 8", "4, 1, 2, 3", 0, vluxseg2ei32.v v24, (a0), v16
	loads	word, word, "1, 2, 3, 4", "12, 0, 4, 8", "4, 1, 2, 3", 0, vloxseg2ei32.v v24, (a0), v16

	/* of stores the second field is of v25, which holds the pattern, as memory does */
	.macro	segs sew, b, tw, want, x, insn:vararg
	case	KIND_MEMORY, \sew, \sew, "0, 0", \sew, "\b", \sew, "1, 2", \tw, "\want", \x, \insn
	.endm
	segs	byte, "0", byte, "1, 0x5a, 2, 0x5a", 0, vsseg2e8.v v24, (a0)
	segs	half, "0", half, "1, 0x5a5a, 0x5a5a, 2", 0, vsseg3e16.v v24, (a0)
	segs	word, "0", word, "1, 0x5a5a5a5a, 2", 0, vsseg2e32.v v24, (a0)
	segs	byte, "0", byte, "1, 0x5a, 0x5a, 2", 3, vssseg2e8.v v24, (a0), a1
	segs	half, "0", half, "1, 0x5a5a, 2", 4, vssseg2e16.v v24, (a0), a1
	segs	word, "0", word, "2, 0x5a5a5a5a", 0, vssseg2e32.v v24, (a0), a1
	segs	byte, "2, 0", byte, "2, 0x5a, 1, 0x5a", 0, vsuxseg2ei8.v v24, (a0), v16
	segs	byte, "2, 2", byte, "0x5a, 0x5a, 2, 0x5a", 0, vsoxseg2ei8.v v24, (a0), v16
	segs	half, "4, 0", half, "2, 0x5a5a, 1, 0x5a5a", 0, vsuxseg2ei16.v v24, (a0), v16
	segs	half, "4, 4", half, "0x5a5a, 0x5a5a, 2", 0, vsoxseg2ei16.v v24, (a0), v16
	segs	word, "8, 0", word, "2, 0x5a5a5a5a, 1", 0, vsuxseg2ei32.v v24, (a0), v16
	segs	word, "8, 8", word, "0x5a5a5a5a, 0x5a5a5a5a, 2", 0, vsoxseg2ei32.v v24, (a0), v16

	/* whole registers: the list and the pattern behind it */
	.macro	whole insn:vararg
	case	KIND_WHOLE, byte, byte, "1, 2, 3", byte, "0", byte, "0", byte, "1, 2, 3", 0, \insn
	.endm
	.irp	n, 1, 2, 4, 8
	whole	vl\n\()re8.v v24, (a0)
	whole	vl\n\()re16.v v24, (a0)
	whole	vl\n\()re32.v v24, (a0)
	.endr
	.macro	wholes insn:vararg
	case	KIND_MEMORY, half, half, "0", byte, "0", byte, "1, 2, 3", byte, "1, 2, 3", 0, \insn
	.endm
	wholes	vs1r.v v24, (a0)
	wholes	vs2r.v v24, (a0)
	wholes	vs4r.v v24, (a0)
	wholes	vs8r.v v24, (a0)
