// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector products, quotients and multiply-adds.
 */
#include "ipu_vec_arith.h"

/*
 * What the instructions do to an element of the sew'th width: a is vs2's, b vs1's or
 * the scalar, c vd's. Results are truncated to vd's width.
 */
#define BITS(sew)		(8u << (sew))
/* 32 bits hold a product of 16-bit elements; signed ones are extended */
#define MUL(sew, a, b)		((uint32_t)(a) * (uint32_t)(b))
#define MULH(sew, a, b)		((ipu_ws##sew)(a) * (ipu_ws##sew)(b) >> BITS(sew))
#define MULHU(sew, a, b)	((ipu_wu##sew)((ipu_wu##sew)(a) * (uint64_t)(b)) >> BITS(sew))
#define MACC(sew, a, b, c)	((uint32_t)(c) + MUL(sew, a, b))
#define NMSAC(sew, a, b, c)	((uint32_t)(c) - MUL(sew, a, b))
#define MADD(sew, a, b, c)	((uint32_t)(a) + MUL(sew, b, c))
#define NMSUB(sew, a, b, c)	((uint32_t)(a) - MUL(sew, b, c))

#define DIVU(sew, a, b)		((b) ? (a) / (b) : UINT32_MAX)
#define REMU(sew, a, b)		((b) ? (a) % (b) : (a))
/* division by -1 is negation, also of the lowest number, for which / overflows */
#define NEGATE(a)		((int32_t)(0 - (uint32_t)(a)))
#define DIV(sew, a, b)		((b) == 0 ? -1 : (b) == -1 ? NEGATE(a) : (a) / (b))
#define REM(sew, a, b)		((b) == 0 ? (a) : (b) == -1 ? 0 : (a) % (b))

#define IPU_VEC_SOURCE "ipu_vec_mul.c.inc"
#include "ipu_vec_tiers.h"
