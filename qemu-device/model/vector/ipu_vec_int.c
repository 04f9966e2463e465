// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector integer arithmetic except products and quotients.
 */
#include "ipu_vec_arith.h"

/*
 * What the instructions do to an element of the sew'th width: a is vs2's, b vs1's or
 * the scalar. Results are truncated to vd's width.
 */
#define BITS(sew)		(8u << (sew))
#define ADD(sew, a, b)		((uint32_t)(a) + (b))
#define SUB(sew, a, b)		((uint32_t)(a) - (b))
#define RSUB(sew, a, b)		((uint32_t)(b) - (a))
#define AND(sew, a, b)		((a) & (b))
#define OR(sew, a, b)		((a) | (b))
#define XOR(sew, a, b)		((a) ^ (b))
#define SLL(sew, a, b)		((uint32_t)(a) << ((b) & (BITS(sew) - 1)))
#define SHR(sew, a, b)		((a) >> ((b) & (BITS(sew) - 1)))
#define SHR_WIDE(sew, a, b)	((a) >> ((b) & (2 * BITS(sew) - 1)))
#define MIN(sew, a, b)		((a) < (b) ? (a) : (b))
#define MAX(sew, a, b)		((a) > (b) ? (a) : (b))

#define EXTEND(sew, a)		(a)

#define IPU_VEC_SOURCE "ipu_vec_int.c.inc"
#include "ipu_vec_tiers.h"
