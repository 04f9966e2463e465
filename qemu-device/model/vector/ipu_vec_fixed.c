// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector fixed-point arithmetic: saturation and rounding.
 */
#include "ipu_vec_loops.h"

/*
 * What is done to elements a and b, exactly, in twice the width of the result's
 * elements; and then the limits of the result. @sew is the result's.
 */
#define BITS(sew)	(8 << (sew))
#define LOW_U(sew)	0
#define HIGH_U(sew)	((ipu_ws##sew)(((ipu_ws##sew)1 << BITS(sew)) - 1))
#define LOW_S(sew)	(-((ipu_ws##sew)1 << (BITS(sew) - 1)))
#define HIGH_S(sew)	(((ipu_ws##sew)1 << (BITS(sew) - 1)) - 1)

#define ADD(sew, a, b)	((ipu_ws##sew)(a) + (ipu_ws##sew)(b))
#define SUB(sew, a, b)	((ipu_ws##sew)(a) - (ipu_ws##sew)(b))
#define MUL(sew, a, b)	((ipu_ws##sew)(a) * (ipu_ws##sew)(b))
#define FIRST(sew, a, b) (a)

/* how far results are shifted right, with rounding */
#define BY_1(sew, b)	1
#define BY_FRACTION(sew, b) (BITS(sew) - 1)
#define BY_B(sew, b)	((b) & (BITS(sew) - 1))
#define BY_B_WIDE(sew, b) ((b) & (2 * BITS(sew) - 1))

/* ipu_unit.vxrm */
enum {
	VXRM_RNU,	/* to nearest, up */
	VXRM_RNE,	/* to nearest, even */
	VXRM_RDN,	/* down */
	VXRM_ROD,	/* to odd */
};

#define IPU_VEC_SOURCE "ipu_vec_fixed.c.inc"
#include "ipu_vec_tiers.h"
