// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Floating point in integers, see ipu_softfloat.h.
 *
 * Numbers are taken apart into a sign, an exponent and 63 bits, worked on, and
 * rounded once when they are put together again. Bits that fall off at the
 * right stay as a one in the lowest place ("sticky"), which is enough for any
 * rounding as there are never fewer than 26 places.
 */
#include "ipu_softfloat.h"

#define FRACTION	23			/* fraction bits of a binary32 */
#define BIAS		127
#define EXP_MAX		255			/* exponent of infinities and NaNs */
#define TOP		62			/* place of a significand's leading one */
#define ONE		(1ull << TOP)
#define DROPPED		(TOP - FRACTION)	/* places that rounding removes */

enum kind { ZERO, FINITE, INFINITE, NAN_QUIET, NAN_SIGNALING };

/**
 * struct number - a binary32 taken apart
 * @kind: what it is; @exp and @sig are for FINITE only
 * @negative: its sign
 * @exp: its value is @sig / ONE * 2 ^ @exp
 * @sig: ONE <= @sig < 2 * ONE
 */
struct number {
	enum kind kind;
	bool negative;
	int exp;
	uint64_t sig;
};

static uint64_t shift_right_sticky(uint64_t a, unsigned int n)
{
	if (!n)
		return a;
	if (n > 63)
		return a != 0;
	return a >> n | ((a << (64 - n)) != 0);
}

/* @sig != 0 with any leading place to one with its leading one at TOP */
static void normalize(struct number *x)
{
	int shift = __builtin_clzll(x->sig) - (63 - TOP);

	if (shift < 0)
		x->sig = shift_right_sticky(x->sig, -shift);
	else
		x->sig <<= shift;
	x->exp -= shift;
}

static struct number unpack(uint32_t bits)
{
	uint32_t fraction = bits & ((1u << FRACTION) - 1);
	int exp = bits >> FRACTION & EXP_MAX;
	struct number x = { .kind = FINITE, .negative = bits >> 31 };

	if (exp == EXP_MAX) {
		x.kind = !fraction ? INFINITE : bits & IPU_F32_QUIET ? NAN_QUIET : NAN_SIGNALING;
		return x;
	}
	if (!exp && !fraction) {
		x.kind = ZERO;
		return x;
	}
	x.exp = (exp ? exp : 1) - BIAS;
	x.sig = (uint64_t)(exp ? fraction | 1u << FRACTION : fraction) << DROPPED;
	normalize(&x);
	return x;
}

static bool is_nan(const struct number *x)
{
	return x->kind == NAN_QUIET || x->kind == NAN_SIGNALING;
}

static uint32_t sign_bit(bool negative)
{
	return negative ? IPU_F32_SIGN : 0;
}

static uint32_t nan_of(const struct number *a, const struct number *b, uint8_t *flags)
{
	if (a->kind == NAN_SIGNALING || b->kind == NAN_SIGNALING)
		*flags |= IPU_FLAG_NV;
	return IPU_F32_NAN;
}

static uint32_t invalid(uint8_t *flags)
{
	*flags |= IPU_FLAG_NV;
	return IPU_F32_NAN;
}

/* what is added at the places to be dropped before they are */
static uint64_t rounding_increment(uint64_t sig, unsigned int dropped, bool negative,
				   enum ipu_rounding rm)
{
	uint64_t half = 1ull << (dropped - 1);

	switch (rm) {
	case IPU_RNE:
		return half - 1 + (sig >> dropped & 1);
	case IPU_RMM:
		return half;
	case IPU_RDN:
		return negative ? 2 * half - 1 : 0;
	case IPU_RUP:
		return negative ? 0 : 2 * half - 1;
	default:
		return 0;
	}
}

static uint64_t round_off(uint64_t sig, unsigned int dropped, bool negative, enum ipu_rounding rm)
{
	return (sig + rounding_increment(sig, dropped, negative, rm)) >> dropped;
}

static uint32_t overflow(bool negative, enum ipu_rounding rm, uint8_t *flags)
{
	bool to_zero = rm == IPU_RTZ || rm == (negative ? IPU_RUP : IPU_RDN);

	*flags |= IPU_FLAG_OF | IPU_FLAG_NX;
	return sign_bit(negative) | (to_zero ? IPU_F32_INF - 1 : IPU_F32_INF);
}

/* a FINITE number, rounded and put together */
static uint32_t pack(const struct number *x, enum ipu_rounding rm, uint8_t *flags)
{
	int exp = x->exp + BIAS;
	uint64_t sig = x->sig;
	bool inexact, tiny = false;

	if (exp <= 0) {
		/* tiny unless rounding with all places would make it the smallest normal number */
		tiny = exp < 0 || round_off(sig, DROPPED, x->negative, rm) < 2ull << FRACTION;
		sig = shift_right_sticky(sig, 1 - exp);
		exp = 1;
	}
	inexact = sig & ((1ull << DROPPED) - 1);
	sig = round_off(sig, DROPPED, x->negative, rm);
	/* the leading one, if there, adds one to the exponent, as does a carry out of the fraction */
	sig += (uint64_t)(exp - 1) << FRACTION;
	if (sig >= IPU_F32_INF)
		return overflow(x->negative, rm, flags);
	if (inexact)
		*flags |= IPU_FLAG_NX | (tiny ? IPU_FLAG_UF : 0);
	return sign_bit(x->negative) | sig;
}

/* the sum of two numbers that are no NaNs */
static uint32_t sum(struct number a, struct number b, enum ipu_rounding rm, uint8_t *flags)
{
	struct number t;

	if (a.kind == INFINITE || b.kind == INFINITE) {
		if (a.kind == b.kind && a.negative != b.negative)
			return invalid(flags);
		return sign_bit(a.kind == INFINITE ? a.negative : b.negative) | IPU_F32_INF;
	}
	if (a.kind == ZERO && b.kind == ZERO)
		return sign_bit(a.negative == b.negative ? a.negative : rm == IPU_RDN);
	if (a.kind == ZERO)
		return pack(&b, rm, flags);
	if (b.kind == ZERO)
		return pack(&a, rm, flags);
	if (a.exp < b.exp || (a.exp == b.exp && a.sig < b.sig)) {
		t = a;
		a = b;
		b = t;
	}
	b.sig = shift_right_sticky(b.sig, a.exp - b.exp);
	if (a.negative == b.negative)
		a.sig += b.sig;
	else
		a.sig -= b.sig;
	if (!a.sig)
		return sign_bit(rm == IPU_RDN);
	normalize(&a);
	return pack(&a, rm, flags);
}

uint32_t ipu_soft_add(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = unpack(a), y = unpack(b);

	(void)c;
	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, flags);
	return sum(x, y, rm, flags);
}

uint32_t ipu_soft_sub(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	return ipu_soft_add(a, b ^ IPU_F32_SIGN, c, rm, flags);
}

/* the product, exact, of two numbers that are no NaNs and not infinity and zero */
static struct number product(const struct number *x, const struct number *y)
{
	struct number p = { .negative = x->negative != y->negative };

	if (x->kind == INFINITE || y->kind == INFINITE) {
		p.kind = INFINITE;
	} else if (x->kind == ZERO || y->kind == ZERO) {
		p.kind = ZERO;
	} else {
		p.kind = FINITE;
		p.sig = (x->sig >> TOP / 2) * (y->sig >> TOP / 2);
		p.exp = x->exp + y->exp;
		normalize(&p);
	}
	return p;
}

static bool infinity_by_zero(const struct number *x, const struct number *y)
{
	return (x->kind == INFINITE && y->kind == ZERO) || (x->kind == ZERO && y->kind == INFINITE);
}

uint32_t ipu_soft_mul(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = unpack(a), y = unpack(b), p;

	(void)c;
	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, flags);
	if (infinity_by_zero(&x, &y))
		return invalid(flags);
	p = product(&x, &y);
	if (p.kind == FINITE)
		return pack(&p, rm, flags);
	return sign_bit(p.negative) | (p.kind == INFINITE ? IPU_F32_INF : 0);
}

uint32_t ipu_soft_fma(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = unpack(a), y = unpack(b), z = unpack(c);

	/* infinity times zero is invalid even where a quiet NaN is added */
	if (infinity_by_zero(&x, &y))
		return invalid(flags);
	if (is_nan(&x) || is_nan(&y) || is_nan(&z)) {
		nan_of(&x, &y, flags);
		return nan_of(&z, &z, flags);
	}
	return sum(z, product(&x, &y), rm, flags);
}

uint32_t ipu_soft_div(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = unpack(a), y = unpack(b);
	uint64_t divisor;

	(void)c;
	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, flags);
	if ((x.kind == INFINITE && y.kind == INFINITE) || (x.kind == ZERO && y.kind == ZERO))
		return invalid(flags);
	x.negative = x.negative != y.negative;
	if (x.kind == INFINITE)
		return sign_bit(x.negative) | IPU_F32_INF;
	if (x.kind == ZERO || y.kind == INFINITE)
		return sign_bit(x.negative);
	if (y.kind == ZERO) {
		*flags |= IPU_FLAG_DZ;
		return sign_bit(x.negative) | IPU_F32_INF;
	}
	/* the divisor without its zeros has FRACTION + 1 places, which leaves 39 of the quotient */
	divisor = y.sig >> DROPPED;
	x.exp += FRACTION - 1 - y.exp;
	x.sig = x.sig / divisor << 1 | (x.sig % divisor != 0);
	normalize(&x);
	return pack(&x, rm, flags);
}

/* the largest root with root * root <= @a, bit by bit; @a < 1 << 62 */
static uint64_t integer_root(uint64_t a)
{
	uint64_t root = 0, bit;

	for (bit = 1ull << 30; bit; bit >>= 1)
		if ((root | bit) * (root | bit) <= a)
			root |= bit;
	return root;
}

uint32_t ipu_soft_sqrt(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = unpack(a);
	uint64_t radicand, root;

	(void)b;
	(void)c;
	if (is_nan(&x))
		return nan_of(&x, &x, flags);
	if (x.kind == ZERO)
		return a;
	if (x.negative)
		return invalid(flags);
	if (x.kind == INFINITE)
		return a;
	/* an even exponent, and 31 places of the root, with 30 behind the point */
	radicand = x.exp & 1 ? x.sig >> 1 : x.sig >> 2;
	x.exp = (x.exp - (x.exp & 1)) / 2;
	root = integer_root(radicand);
	x.sig = root << (TOP - 30) | (root * root != radicand);
	return pack(&x, rm, flags);
}

/* ---- Integers -------------------------------------------------------------------------- */

/* @a rounded to an integer between @min and @max, which NaNs and what is outside saturate to */
static uint32_t to_integer(uint32_t a, int64_t min, int64_t max, enum ipu_rounding rm,
			   uint8_t *flags)
{
	struct number x = unpack(a);
	unsigned int dropped = TOP;
	int64_t value;

	if (x.kind == ZERO)
		return 0;
	if (is_nan(&x) || x.kind == INFINITE || x.exp > 31) {
		*flags |= IPU_FLAG_NV;
		return is_nan(&x) || !x.negative ? max : min;
	}
	if (x.exp < 0)
		x.sig = shift_right_sticky(x.sig, -x.exp);
	else
		dropped = TOP - x.exp;
	value = round_off(x.sig, dropped, x.negative, rm);
	if (x.negative)
		value = -value;
	if (value < min || value > max) {
		*flags |= IPU_FLAG_NV;
		return value < min ? min : max;
	}
	if (x.sig & ((1ull << dropped) - 1))
		*flags |= IPU_FLAG_NX;
	return value;
}

static uint32_t from_integer(int64_t value, enum ipu_rounding rm, uint8_t *flags)
{
	struct number x = { .kind = FINITE, .negative = value < 0, .exp = TOP };

	if (!value)
		return 0;
	x.sig = value < 0 ? -value : value;
	normalize(&x);
	return pack(&x, rm, flags);
}

uint32_t ipu_soft_to_i32(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	(void)b;
	(void)c;
	return to_integer(a, INT32_MIN, INT32_MAX, rm, flags);
}

uint32_t ipu_soft_to_u32(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm, uint8_t *flags)
{
	(void)b;
	(void)c;
	return to_integer(a, 0, UINT32_MAX, rm, flags);
}

uint32_t ipu_soft_from_i32(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm,
			   uint8_t *flags)
{
	(void)b;
	(void)c;
	return from_integer((int32_t)a, rm, flags);
}

uint32_t ipu_soft_from_u32(uint32_t a, uint32_t b, uint32_t c, enum ipu_rounding rm,
			   uint8_t *flags)
{
	(void)b;
	(void)c;
	return from_integer(a, rm, flags);
}
