/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * IEEE 754 binary32 in integers, as RISC-V wants it: all five rounding modes,
 * exact flags with tininess after rounding, canonical NaNs. The engine uses
 * the host's FPU where that gives the same bits and these functions elsewhere:
 * for round to nearest, ties to max magnitude, for a static rounding mode
 * that is not the current one, and on hosts it has no code for.
 */
#ifndef IPU_SOFTFLOAT_H
#define IPU_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

enum ipu_rounding {
	IPU_RNE = 0,	/* to nearest, ties to even */
	IPU_RTZ = 1,	/* towards zero */
	IPU_RDN = 2,	/* down */
	IPU_RUP = 3,	/* up */
	IPU_RMM = 4,	/* to nearest, ties to max magnitude */
	IPU_DYN = 7,	/* in an instruction: what frm says */
};

/* fflags */
#define IPU_FLAG_NX	0x01
#define IPU_FLAG_UF	0x02
#define IPU_FLAG_OF	0x04
#define IPU_FLAG_DZ	0x08
#define IPU_FLAG_NV	0x10

#define IPU_F32_SIGN	0x80000000u
#define IPU_F32_INF	0x7f800000u
#define IPU_F32_NAN	0x7fc00000u	/* the canonical NaN */
#define IPU_F32_QUIET	0x00400000u

static inline bool ipu_f32_is_nan(uint32_t a)
{
	return (a & ~IPU_F32_SIGN) > IPU_F32_INF;
}

static inline bool ipu_f32_is_snan(uint32_t a)
{
	return ipu_f32_is_nan(a) && !(a & IPU_F32_QUIET);
}

/*
 * Arithmetic with one signature, so that they can be passed around: operands
 * that an operation does not have are ignored; @rm is one of the five modes;
 * flags raised are added to @flags.
 */
typedef uint32_t ipu_soft_op(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm,
			     uint8_t *flags);

ipu_soft_op ipu_soft_add;	/* a + b */
ipu_soft_op ipu_soft_sub;	/* a - b */
ipu_soft_op ipu_soft_mul;	/* a * b */
ipu_soft_op ipu_soft_div;	/* a / b */
ipu_soft_op ipu_soft_sqrt;	/* square root of a */
ipu_soft_op ipu_soft_fma;	/* a * b + c, rounded once */
ipu_soft_op ipu_soft_to_i32;	/* a as a signed integer; NaN and what is too large saturate */
ipu_soft_op ipu_soft_to_u32;
ipu_soft_op ipu_soft_from_i32;	/* the integer a */
ipu_soft_op ipu_soft_from_u32;

#endif /* IPU_SOFTFLOAT_H */
