/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Operations on the bits of numbers of either format: comparisons, minimum and
 * maximum, classes. Flags raised are added to @flags.
 */
#ifndef IPU_FLOAT_BITS_H
#define IPU_FLOAT_BITS_H

#include "ipu_softfloat.h"

static inline uint32_t ipu_nan(const struct ipu_float_format *f)
{
	return f->inf | f->quiet;
}

/* numbers as integers in the same order, with -0 below +0 */
static inline int32_t ipu_float_order(const struct ipu_float_format *f, uint32_t a)
{
	int32_t magnitude = a & ~f->sign;

	return a & f->sign ? ~magnitude : magnitude;
}

static inline bool ipu_both_zero(const struct ipu_float_format *f, uint32_t a, uint32_t b)
{
	return !((a | b) & ~f->sign);
}

static inline void ipu_float_note_snan(const struct ipu_float_format *f, uint32_t a, uint32_t b,
				       uint8_t *flags)
{
	if (ipu_is_snan(f, a) || ipu_is_snan(f, b))
		*flags |= IPU_FLAG_NV;
}

/* the lesser, or the greater; the number if the other one is a NaN */
static inline uint32_t ipu_float_extremum(const struct ipu_float_format *f, uint32_t a, uint32_t b,
					  bool greater, uint8_t *flags)
{
	ipu_float_note_snan(f, a, b, flags);
	if (ipu_is_nan(f, a))
		return ipu_is_nan(f, b) ? ipu_nan(f) : b;
	if (ipu_is_nan(f, b))
		return a;
	return (ipu_float_order(f, a) > ipu_float_order(f, b)) == greater ? a : b;
}

/* quiet: only a signaling NaN is invalid */
static inline bool ipu_float_equal(const struct ipu_float_format *f, uint32_t a, uint32_t b,
				   uint8_t *flags)
{
	if (ipu_is_nan(f, a) || ipu_is_nan(f, b)) {
		ipu_float_note_snan(f, a, b, flags);
		return false;
	}
	return a == b || ipu_both_zero(f, a, b);
}

/* any NaN is invalid */
static inline bool ipu_float_less(const struct ipu_float_format *f, uint32_t a, uint32_t b,
				  bool or_equal, uint8_t *flags)
{
	if (ipu_is_nan(f, a) || ipu_is_nan(f, b)) {
		*flags |= IPU_FLAG_NV;
		return false;
	}
	if (a == b || ipu_both_zero(f, a, b))
		return or_equal;
	return ipu_float_order(f, a) < ipu_float_order(f, b);
}

/* one bit of ten, as of fclass */
static inline uint32_t ipu_float_class(const struct ipu_float_format *f, uint32_t a)
{
	bool negative = a & f->sign;
	uint32_t magnitude = a & ~f->sign;

	if (ipu_is_nan(f, a))
		return ipu_is_snan(f, a) ? 1 << 8 : 1 << 9;
	if (magnitude == f->inf)
		return negative ? 1 << 0 : 1 << 7;
	if (!magnitude)
		return negative ? 1 << 3 : 1 << 4;
	if (magnitude >> f->fraction == 0)
		return negative ? 1 << 2 : 1 << 5;
	return negative ? 1 << 1 : 1 << 6;
}

/* a half as a single; unlike a conversion this keeps signaling NaNs and raises nothing */
static inline uint32_t ipu_half_as_single(uint32_t a)
{
	uint32_t sign = (a & IPU_F16_SIGN) << 16, magnitude = a & ~IPU_F16_SIGN;
	unsigned int shift;

	if (magnitude >= IPU_F16_INF)
		return sign | IPU_F32_INF | (magnitude - IPU_F16_INF) << 13;
	if (magnitude >> 10)
		return sign | ((magnitude << 13) + (112u << 23));
	if (!magnitude)
		return sign;
	shift = __builtin_clz(magnitude) - 21;
	return sign | ((magnitude << (13 + shift)) + ((112 - shift) << 23));
}

#endif /* IPU_FLOAT_BITS_H */
