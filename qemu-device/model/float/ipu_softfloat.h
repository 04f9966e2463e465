/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * IEEE 754 binary32 and binary16 by integer arithmetic, as RISC-V requires: all five
 * rounding modes, exact flags with tininess after rounding, canonical NaNs. The
 * engine uses the host's FPU where that gives the same bits and these functions
 * elsewhere: for round to nearest, ties to max magnitude, for a static rounding
 * mode that is not the current one, and on hosts it has no code for.
 *
 * The folder float/ offers arithmetic on numbers: this, the host's FPU, small formats,
 * Xipu's functions and random numbers. It does not deal with registers.
 * Knows: isa.
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
	IPU_ROD = 5,	/* to odd: an inexact result gets an odd last bit; vfncvt.rod.f.f.w */
	IPU_DYN = 7,	/* in an instruction: use frm */
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

#define IPU_F16_SIGN	0x8000u
#define IPU_F16_INF	0x7c00u
#define IPU_F16_NAN	0x7e00u
#define IPU_F16_QUIET	0x0200u

/**
 * struct ipu_float_format - a format; its numbers lie in the lower bits of a word
 * @fraction: fraction bits
 * @bias: what is added to exponents
 * @sign: the sign bit
 * @inf: infinity
 * @quiet: the bit that is set in a quiet NaN
 *
 * Functions that take one are inline, so that the fields are constants in them.
 */
struct ipu_float_format {
	unsigned int fraction;
	int bias;
	uint32_t sign;
	uint32_t inf;
	uint32_t quiet;
};

static const struct ipu_float_format ipu_f32 = {
	.fraction = 23,
	.bias = 127,
	.sign = IPU_F32_SIGN,
	.inf = IPU_F32_INF,
	.quiet = IPU_F32_QUIET,
};

static const struct ipu_float_format ipu_f16 = {
	.fraction = 10,
	.bias = 15,
	.sign = IPU_F16_SIGN,
	.inf = IPU_F16_INF,
	.quiet = IPU_F16_QUIET,
};

static inline bool ipu_is_nan(const struct ipu_float_format *f, uint32_t a)
{
	return (a & ~f->sign) > f->inf;
}

static inline bool ipu_is_snan(const struct ipu_float_format *f, uint32_t a)
{
	return ipu_is_nan(f, a) && !(a & f->quiet);
}

static inline bool ipu_f32_is_nan(uint32_t a)
{
	return ipu_is_nan(&ipu_f32, a);
}

static inline bool ipu_f16_is_nan(uint32_t a)
{
	return ipu_is_nan(&ipu_f16, a);
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
ipu_soft_op ipu_soft_to_i32;	/* a as a signed integer; NaNs and values out of range saturate */
ipu_soft_op ipu_soft_to_u32;
ipu_soft_op ipu_soft_to_i16;	/* the same, sign-extended */
ipu_soft_op ipu_soft_to_u16;
ipu_soft_op ipu_soft_to_i8;
ipu_soft_op ipu_soft_to_u8;
ipu_soft_op ipu_soft_from_i32;	/* the integer a */
ipu_soft_op ipu_soft_from_u32;

/* The same for binary16, whose numbers are the lower halves of operands and results. */
ipu_soft_op ipu_soft_add_h;
ipu_soft_op ipu_soft_sub_h;
ipu_soft_op ipu_soft_mul_h;
ipu_soft_op ipu_soft_div_h;
ipu_soft_op ipu_soft_sqrt_h;
ipu_soft_op ipu_soft_fma_h;
ipu_soft_op ipu_soft_to_i32_h;
ipu_soft_op ipu_soft_to_u32_h;
ipu_soft_op ipu_soft_to_i16_h;
ipu_soft_op ipu_soft_to_u16_h;
ipu_soft_op ipu_soft_to_i8_h;
ipu_soft_op ipu_soft_to_u8_h;
ipu_soft_op ipu_soft_from_i32_h;
ipu_soft_op ipu_soft_from_u32_h;

ipu_soft_op ipu_soft_widen;	/* binary16 to binary32 */
ipu_soft_op ipu_soft_narrow;	/* binary32 to binary16; @rm may also be IPU_ROD */

/* ipu_softfloat_estimate.c: of 1 / sqrt(a) and 1 / a, in 7 bits */
ipu_soft_op ipu_soft_rsqrt7;
ipu_soft_op ipu_soft_rsqrt7_h;
ipu_soft_op ipu_soft_rec7;
ipu_soft_op ipu_soft_rec7_h;

#endif /* IPU_SOFTFLOAT_H */
