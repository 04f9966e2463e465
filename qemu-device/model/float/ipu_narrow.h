/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Between the small floating-point formats: binary16 and the two f8 formats of
 * the OCP 8-bit Floating Point Specification (OFP8) 1.0, and from binary32 to
 * binary16 with stochastic rounding.
 *
 * E5M2 is the upper byte of a binary16. E4M3 has a bias of 7, no infinities,
 * one NaN of either sign (S.1111.111), and goes to 448.
 */
#ifndef IPU_NARROW_H
#define IPU_NARROW_H

#include <stdbool.h>
#include <stdint.h>

#include "ipu_softfloat.h"

#define IPU_E4M3_NAN	0x7fu
#define IPU_E4M3_MAX	0x7eu		/* 448 */
#define IPU_E5M2_NAN	0x7eu
#define IPU_E5M2_INF	0x7cu
#define IPU_E5M2_MAX	0x7bu		/* 57344 */

/* the two f8 formats */
enum ipu_f8 { IPU_E4M3, IPU_E5M2 };

/**
 * struct ipu_cut - a number's magnitude cut to a narrower format
 * @code: the format's bits, rounded down; one more is the next number up
 * @rest: what was cut off, in units of 2 ^ -32 of the distance to the next number
 * @tiny: too small for a normal number before rounding
 * @inexact: something was cut off, even if too little to show in @rest
 */
struct ipu_cut {
	uint32_t code;
	uint32_t rest;
	bool tiny;
	bool inexact;
};

/**
 * ipu_cut - cut a binary32's magnitude
 * @a: bits of a number that is not a NaN; the sign does not matter
 * @fraction: fraction bits of the format
 * @bias: of the format's exponents
 *
 * There is no overflow: codes continue above the format's largest number.
 */
static inline struct ipu_cut ipu_cut(uint32_t a, unsigned int fraction, int bias)
{
	const int exp32 = a >> 23 & 255;
	const int exp = (exp32 ? exp32 : 1) - 127 + bias;
	const uint64_t sig = exp32 ? (a & 0x7fffff) | 0x800000 : a & 0x7fffff;
	const unsigned int drop = 23 - fraction + (exp < 1 ? 1 - exp : 0);
	const uint64_t fixed = sig << 32 >> (drop < 63 ? drop : 63);

	return (struct ipu_cut) {
		.code = (exp < 1 ? 0 : (uint32_t)(exp - 1) << fraction) + (uint32_t)(fixed >> 32),
		.rest = (uint32_t)fixed,
		.tiny = exp < 1,
		.inexact = drop > 24 ? sig != 0 : sig & ((1u << drop) - 1),
	};
}

/* to nearest, ties to even */
static inline uint32_t ipu_cut_nearest(const struct ipu_cut *cut)
{
	return cut->code + (cut->rest > 0x80000000u - (cut->code & 1));
}

/* A binary16 in an f register is NaN-boxed; anything else is a NaN. */
static inline uint16_t ipu_f16_unbox(uint32_t reg)
{
	return reg >> 16 == 0xffff ? reg : IPU_F16_NAN;
}

static inline uint32_t ipu_f16_box(uint16_t a)
{
	return a | 0xffff0000u;
}

/** ipu_f16_widen - the binary32 of the same value; a NaN keeps its quiet bit */
static inline uint32_t ipu_f16_widen(uint16_t a)
{
	const uint32_t sign = (uint32_t)(a & 0x8000) << 16;
	const uint32_t exp = a >> 10 & 31, fraction = a & 0x3ff;
	unsigned int up;

	if (exp == 31)
		return sign | IPU_F32_INF | fraction << 13;
	if (exp)
		return sign | (exp + 112) << 23 | fraction << 13;
	if (!fraction)
		return sign;
	up = __builtin_clz(fraction) - 21;
	return sign | (113 - up) << 23 | (fraction << up & 0x3ff) << 13;
}

/**
 * ipu_f16_from_f32_sr - round a binary32 to a binary16 stochastically
 * @a: bits; rounded away from zero with a probability equal to its distance from
 *	the next number towards zero, in whole 2 ^ -16 of the distance between
 *	both numbers
 * @random: 16 random bits
 *
 * Tininess, for underflow, is detected before rounding.
 */
static inline uint16_t ipu_f16_from_f32_sr(uint32_t a, uint16_t random, uint8_t *flags)
{
	const uint16_t sign = a >> 16 & 0x8000;
	struct ipu_cut cut;
	uint32_t code;

	if (ipu_f32_is_nan(a)) {
		*flags |= ipu_is_snan(&ipu_f32, a) ? IPU_FLAG_NV : 0;
		return IPU_F16_NAN;
	}
	if ((a & ~IPU_F32_SIGN) == IPU_F32_INF)
		return sign | IPU_F16_INF;
	cut = ipu_cut(a, 10, 15);
	code = cut.code + (((cut.rest >> 16) + random) >> 16);
	if (code >= IPU_F16_INF) {
		*flags |= IPU_FLAG_OF | IPU_FLAG_NX;
		return sign | IPU_F16_INF;
	}
	if (cut.inexact)
		*flags |= cut.tiny ? IPU_FLAG_UF | IPU_FLAG_NX : IPU_FLAG_NX;
	return sign | code;
}

/** ipu_f8_widen - the binary16 of the same value; a signaling NaN remains signaling */
static inline uint16_t ipu_f8_widen(uint8_t a, enum ipu_f8 format)
{
	const uint16_t sign = (a & 0x80) << 8;
	const uint16_t magnitude = a & 0x7f;
	unsigned int up;

	if (format == IPU_E5M2)
		return a << 8;
	if (magnitude == IPU_E4M3_NAN)
		return IPU_F16_NAN;
	if (magnitude >> 3)
		return sign | (magnitude + (8 << 3)) << 7;
	if (!magnitude)
		return sign;
	up = __builtin_clz(magnitude) - 28;
	return sign | (9 - up) << 10 | (magnitude << up & 7) << 7;
}

/**
 * ipu_f16_from_f8 - widen as an instruction does
 * Return: the same value; for a NaN the canonical one, with NV if it was signaling.
 */
static inline uint16_t ipu_f16_from_f8(uint8_t a, enum ipu_f8 format, uint8_t *flags)
{
	const uint16_t wide = ipu_f8_widen(a, format);

	if ((wide & 0x7fff) <= IPU_F16_INF)
		return wide;
	*flags |= wide & 0x200 ? 0 : IPU_FLAG_NV;
	return IPU_F16_NAN;
}

/**
 * ipu_f8_from_f16 - round a binary16 to nearest, ties to even
 * @saturate: values that are too large, infinities included, become the largest
 *	number instead of an infinity (E5M2) or the canonical NaN (E4M3)
 *
 * Raises NV for a signaling NaN, and for an infinity that becomes a NaN.
 */
static inline uint8_t ipu_f8_from_f16(uint16_t a, enum ipu_f8 format, bool saturate,
				      uint8_t *flags)
{
	const uint32_t wide = ipu_f16_widen(a);
	const uint8_t sign = a >> 8 & 0x80;
	const unsigned int fraction = format == IPU_E4M3 ? 3 : 2;
	const unsigned int most = format == IPU_E4M3 ? IPU_E4M3_MAX : IPU_E5M2_MAX;
	const uint8_t beyond = saturate ? sign | most :
			       format == IPU_E4M3 ? IPU_E4M3_NAN : sign | IPU_E5M2_INF;
	struct ipu_cut cut, unbounded;
	uint32_t code;

	if (ipu_f32_is_nan(wide)) {
		*flags |= ipu_is_snan(&ipu_f32, wide) ? IPU_FLAG_NV : 0;
		return format == IPU_E4M3 ? IPU_E4M3_NAN : IPU_E5M2_NAN;
	}
	if ((wide & ~IPU_F32_SIGN) == IPU_F32_INF) {
		*flags |= beyond == IPU_E4M3_NAN ? IPU_FLAG_NV : 0;
		return beyond;
	}
	cut = ipu_cut(wide, fraction, format == IPU_E4M3 ? 7 : 15);
	code = ipu_cut_nearest(&cut);
	if (code > most) {
		*flags |= IPU_FLAG_OF | IPU_FLAG_NX;
		return beyond;
	}
	if (cut.inexact) {
		/* tiny, unless rounding with unbounded exponents makes it a normal number */
		unbounded = ipu_cut(wide, fraction, 127);
		if (cut.tiny && ipu_cut_nearest(&unbounded) <
				(uint32_t)(format == IPU_E4M3 ? 121 : 113) << fraction)
			*flags |= IPU_FLAG_UF;
		*flags |= IPU_FLAG_NX;
	}
	return sign | code;
}

#endif /* IPU_NARROW_H */
