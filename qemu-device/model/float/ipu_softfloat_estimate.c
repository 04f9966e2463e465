// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The 7-bit estimates of the vector extension, vfrec7.v and vfrsqrt7.v, all of whose
 * bits the specification defines. The tables hold fractions, by leading bits of the
 * operand.
 */
#include "ipu_float_bits.h"

#define BITS	7	/* of an estimate, and of an index */

/* round(65536 / (257 + 2 * i)) - 128: of 1 / x in the middle of an interval of x */
static const uint8_t reciprocals[1 << BITS] = {
	127, 125, 123, 121, 119, 117, 116, 114, 112, 110, 109, 107, 105, 104, 102, 100,
	99, 97, 96, 94, 93, 91, 90, 88, 87, 85, 84, 83, 81, 80, 79, 77,
	76, 75, 74, 72, 71, 70, 69, 68, 66, 65, 64, 63, 62, 61, 60, 59,
	58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43,
	42, 41, 40, 40, 39, 38, 37, 36, 35, 35, 34, 33, 32, 31, 31, 30,
	29, 28, 28, 27, 26, 25, 25, 24, 23, 23, 22, 21, 21, 20, 19, 19,
	18, 17, 17, 16, 15, 15, 14, 14, 13, 12, 12, 11, 11, 10, 9, 9,
	8, 8, 7, 7, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0,
};

/*
 * round(256 / sqrt(x)) - 128, x again in the middle of an interval: first 64 of them
 * from 2 to 4 (where the operand's biased exponent is even), then 64 from 1 to 2.
 */
static const uint8_t roots[1 << BITS] = {
	52, 51, 50, 48, 47, 46, 44, 43, 42, 41, 40, 39, 38, 36, 35, 34,
	33, 32, 31, 30, 30, 29, 28, 27, 26, 25, 24, 23, 23, 22, 21, 20,
	19, 19, 18, 17, 16, 16, 15, 14, 14, 13, 12, 12, 11, 10, 10, 9,
	9, 8, 7, 7, 6, 6, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0,
	127, 125, 123, 121, 119, 118, 116, 114, 113, 111, 109, 108, 106, 105, 103, 102,
	100, 99, 97, 96, 95, 93, 92, 91, 90, 88, 87, 86, 85, 84, 83, 82,
	80, 79, 78, 77, 76, 75, 74, 73, 72, 71, 70, 70, 69, 68, 67, 66,
	65, 64, 63, 63, 62, 61, 60, 59, 59, 58, 57, 56, 56, 55, 54, 53,
};

/* the exponent as if subnormals had leading ones, and the fraction after that one */
static int normalize(const struct ipu_float_format *f, uint32_t a, uint32_t *fraction)
{
	int exp = (a & f->inf) >> f->fraction;
	int shift;

	*fraction = a & ((1u << f->fraction) - 1);
	if (exp)
		return exp;
	shift = __builtin_clz(*fraction) - (31 - (int)f->fraction);
	*fraction = *fraction << shift & ((1u << f->fraction) - 1);
	return 1 - shift;
}

static uint32_t nan_of(const struct ipu_float_format *f, uint32_t a, uint8_t *flags)
{
	ipu_float_note_snan(f, a, a, flags);
	return ipu_nan(f);
}

static uint32_t reciprocal_root(const struct ipu_float_format *f, uint32_t a, uint8_t *flags)
{
	const uint32_t magnitude = a & ~f->sign;
	uint32_t fraction, index;
	int exp;

	if (ipu_is_nan(f, a))
		return nan_of(f, a, flags);
	if (!magnitude) {
		*flags |= IPU_FLAG_DZ;
		return a | f->inf;
	}
	if (a & f->sign) {
		*flags |= IPU_FLAG_NV;
		return ipu_nan(f);
	}
	if (a == f->inf)
		return 0;
	exp = normalize(f, a, &fraction);
	index = (exp & 1) << (BITS - 1) | fraction >> (f->fraction - (BITS - 1));
	exp = (3 * f->bias - 1 - exp) / 2;
	return (uint32_t)exp << f->fraction | (uint32_t)roots[index] << (f->fraction - BITS);
}

/* 1 / @a where that is too large for the format */
static uint32_t overflow(const struct ipu_float_format *f, uint32_t sign, enum ipu_rounding rm,
			 uint8_t *flags)
{
	bool to_zero = rm == IPU_RTZ || rm == (sign ? IPU_RUP : IPU_RDN);

	*flags |= IPU_FLAG_OF | IPU_FLAG_NX;
	return sign | (to_zero ? f->inf - 1 : f->inf);
}

static uint32_t reciprocal(const struct ipu_float_format *f, uint32_t a, enum ipu_rounding rm,
			   uint8_t *flags)
{
	const uint32_t sign = a & f->sign, magnitude = a & ~f->sign;
	uint32_t fraction;
	int exp;

	if (ipu_is_nan(f, a))
		return nan_of(f, a, flags);
	if (!magnitude) {
		*flags |= IPU_FLAG_DZ;
		return sign | f->inf;
	}
	if (magnitude == f->inf)
		return sign;
	exp = normalize(f, a, &fraction);
	if (exp < -1)
		return overflow(f, sign, rm, flags);
	fraction = (uint32_t)reciprocals[fraction >> (f->fraction - BITS)] << (f->fraction - BITS);
	exp = 2 * f->bias - 1 - exp;
	if (exp > 0)
		return sign | (uint32_t)exp << f->fraction | fraction;
	/* subnormal: the leading one is among the fraction's bits */
	return sign | (fraction | 1u << f->fraction) >> (1 - exp);
}

#define IPU_SOFT(name, expression) \
	uint32_t name(uint32_t a, uint32_t b, uint32_t c, \
		      enum ipu_rounding rm __attribute__((unused)), uint8_t *flags) \
	{ \
		(void)b; \
		(void)c; \
		return (expression); \
	}

IPU_SOFT(ipu_soft_rsqrt7, reciprocal_root(&ipu_f32, a, flags))
IPU_SOFT(ipu_soft_rsqrt7_h, reciprocal_root(&ipu_f16, a, flags))
IPU_SOFT(ipu_soft_rec7, reciprocal(&ipu_f32, a, rm, flags))
IPU_SOFT(ipu_soft_rec7_h, reciprocal(&ipu_f16, a, rm, flags))
