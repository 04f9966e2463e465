// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Floating point in integers, see ipu_softfloat.h.
 *
 * Numbers of either format are unpacked to a sign, an exponent and a significand
 * of 63 bits, and rounded once when the result is packed. If bits are shifted out
 * at the right, the lowest bit is set ("sticky"), which is enough for any rounding
 * as there are never fewer than 26 bits.
 */
#include "ipu_softfloat.h"

#define TOP		62			/* position of a significand's leading one */
#define ONE		(1ull << TOP)
#define PLACES		24			/* bits of a significand, at most */

enum kind { ZERO, FINITE, INFINITE, NAN_QUIET, NAN_SIGNALING };

/**
 * struct number - a number unpacked
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

/* what the operations below need to know: the format, the rounding mode and where flags go */
struct context {
	const struct ipu_float_format *format;
	enum ipu_rounding rm;
	uint8_t *flags;
};

static uint64_t shift_right_sticky(uint64_t a, unsigned int n)
{
	if (!n)
		return a;
	if (n > 63)
		return a != 0;
	return a >> n | ((a << (64 - n)) != 0);
}

/* shift @sig, which is not 0, to have its leading one at TOP */
static void normalize(struct number *x)
{
	int shift = __builtin_clzll(x->sig) - (63 - TOP);

	if (shift < 0)
		x->sig = shift_right_sticky(x->sig, -shift);
	else
		x->sig <<= shift;
	x->exp -= shift;
}

static struct number unpack(const struct ipu_float_format *f, uint32_t bits)
{
	uint32_t fraction = bits & ((1u << f->fraction) - 1);
	int exp = (bits & f->inf) >> f->fraction;
	struct number x = { .kind = FINITE, .negative = bits & f->sign };

	if ((bits & f->inf) == f->inf) {
		x.kind = !fraction ? INFINITE : bits & f->quiet ? NAN_QUIET : NAN_SIGNALING;
		return x;
	}
	if (!exp && !fraction) {
		x.kind = ZERO;
		return x;
	}
	x.exp = (exp ? exp : 1) - f->bias;
	x.sig = (uint64_t)(exp ? fraction | 1u << f->fraction : fraction) << (TOP - f->fraction);
	normalize(&x);
	return x;
}

static bool is_nan(const struct number *x)
{
	return x->kind == NAN_QUIET || x->kind == NAN_SIGNALING;
}

static uint32_t sign_bit(const struct context *c, bool negative)
{
	return negative ? c->format->sign : 0;
}

static uint32_t canonical_nan(const struct context *c)
{
	return c->format->inf | c->format->quiet;
}

static uint32_t nan_of(const struct number *a, const struct number *b, const struct context *c)
{
	if (a->kind == NAN_SIGNALING || b->kind == NAN_SIGNALING)
		*c->flags |= IPU_FLAG_NV;
	return canonical_nan(c);
}

static uint32_t invalid(const struct context *c)
{
	*c->flags |= IPU_FLAG_NV;
	return canonical_nan(c);
}

/* what to add before the lowest @dropped bits are dropped */
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
	case IPU_ROD:
		return sig >> dropped & 1 ? 0 : 2 * half - 1;
	default:
		return 0;
	}
}

static uint64_t round_off(uint64_t sig, unsigned int dropped, bool negative, enum ipu_rounding rm)
{
	return (sig + rounding_increment(sig, dropped, negative, rm)) >> dropped;
}

static uint32_t overflow(bool negative, const struct context *c)
{
	bool to_zero = c->rm == IPU_RTZ || c->rm == IPU_ROD ||
		       c->rm == (negative ? IPU_RUP : IPU_RDN);

	*c->flags |= IPU_FLAG_OF | IPU_FLAG_NX;
	return sign_bit(c, negative) | (to_zero ? c->format->inf - 1 : c->format->inf);
}

/* a FINITE number, rounded and packed */
static uint32_t pack(const struct number *x, const struct context *c)
{
	const unsigned int fraction = c->format->fraction, dropped = TOP - fraction;
	int exp = x->exp + c->format->bias;
	uint64_t sig = x->sig;
	bool inexact, tiny = false;

	if (exp <= 0) {
		/* tiny unless rounding at full precision makes it the smallest normal number */
		tiny = exp < 0 || round_off(sig, dropped, x->negative, c->rm) < 2ull << fraction;
		sig = shift_right_sticky(sig, 1 - exp);
		exp = 1;
	}
	inexact = sig & ((1ull << dropped) - 1);
	sig = round_off(sig, dropped, x->negative, c->rm);
	/* the leading one, if there, adds one to the exponent, as does a carry out of the fraction */
	sig += (uint64_t)(exp - 1) << fraction;
	if (sig >= c->format->inf)
		return overflow(x->negative, c);
	if (inexact)
		*c->flags |= IPU_FLAG_NX | (tiny ? IPU_FLAG_UF : 0);
	return sign_bit(c, x->negative) | sig;
}

/* any number but a NaN */
static uint32_t pack_any(const struct number *x, const struct context *c)
{
	if (x->kind == FINITE)
		return pack(x, c);
	return sign_bit(c, x->negative) | (x->kind == INFINITE ? c->format->inf : 0);
}

/* ---- Arithmetic ------------------------------------------------------------------------ */

/* the sum of two numbers that are not NaNs */
static uint32_t sum(struct number a, struct number b, const struct context *c)
{
	struct number t;

	if (a.kind == INFINITE || b.kind == INFINITE) {
		if (a.kind == b.kind && a.negative != b.negative)
			return invalid(c);
		return pack_any(a.kind == INFINITE ? &a : &b, c);
	}
	if (a.kind == ZERO && b.kind == ZERO)
		return sign_bit(c, a.negative == b.negative ? a.negative : c->rm == IPU_RDN);
	if (a.kind == ZERO)
		return pack(&b, c);
	if (b.kind == ZERO)
		return pack(&a, c);
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
		return sign_bit(c, c->rm == IPU_RDN);
	normalize(&a);
	return pack(&a, c);
}

static uint32_t add(struct number x, struct number y, const struct context *c)
{
	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, c);
	return sum(x, y, c);
}

static uint32_t subtract(struct number x, struct number y, const struct context *c)
{
	y.negative = !y.negative;
	return add(x, y, c);
}

/* the product, exact, of two numbers that are not NaNs and not infinity and zero */
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

static uint32_t multiply(struct number x, struct number y, const struct context *c)
{
	struct number p;

	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, c);
	if (infinity_by_zero(&x, &y))
		return invalid(c);
	p = product(&x, &y);
	return pack_any(&p, c);
}

static uint32_t multiply_add(struct number x, struct number y, struct number z,
			     const struct context *c)
{
	/* infinity times zero is invalid even where a quiet NaN is added */
	if (infinity_by_zero(&x, &y))
		return invalid(c);
	if (is_nan(&x) || is_nan(&y) || is_nan(&z)) {
		nan_of(&x, &y, c);
		return nan_of(&z, &z, c);
	}
	return sum(z, product(&x, &y), c);
}

static uint32_t divide(struct number x, struct number y, const struct context *c)
{
	uint64_t divisor;

	if (is_nan(&x) || is_nan(&y))
		return nan_of(&x, &y, c);
	if ((x.kind == INFINITE && y.kind == INFINITE) || (x.kind == ZERO && y.kind == ZERO))
		return invalid(c);
	x.negative = x.negative != y.negative;
	if (x.kind == INFINITE)
		return pack_any(&x, c);
	if (x.kind == ZERO || y.kind == INFINITE)
		return sign_bit(c, x.negative);
	if (y.kind == ZERO) {
		*c->flags |= IPU_FLAG_DZ;
		return sign_bit(c, x.negative) | c->format->inf;
	}
	/* without trailing zeros the divisor has PLACES bits, which leaves 39 for the quotient */
	divisor = y.sig >> (TOP + 1 - PLACES);
	x.exp += PLACES - 2 - y.exp;
	x.sig = x.sig / divisor << 1 | (x.sig % divisor != 0);
	normalize(&x);
	return pack(&x, c);
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

static uint32_t square_root(struct number x, const struct context *c)
{
	uint64_t radicand, root;

	if (is_nan(&x))
		return nan_of(&x, &x, c);
	if (x.kind == ZERO)
		return pack_any(&x, c);
	if (x.negative)
		return invalid(c);
	if (x.kind == INFINITE)
		return pack_any(&x, c);
	/* an even exponent, and a root of 31 bits, 30 of them after the point */
	radicand = x.exp & 1 ? x.sig >> 1 : x.sig >> 2;
	x.exp = (x.exp - (x.exp & 1)) / 2;
	root = integer_root(radicand);
	x.sig = root << (TOP - 30) | (root * root != radicand);
	return pack(&x, c);
}

/* ---- Conversions ----------------------------------------------------------------------- */

/* @x rounded to an integer between @min and @max; NaNs and values outside saturate */
static uint32_t to_integer(struct number x, int64_t min, int64_t max, const struct context *c)
{
	unsigned int dropped = TOP;
	int64_t value;

	if (x.kind == ZERO)
		return 0;
	if (is_nan(&x) || x.kind == INFINITE || x.exp > 31) {
		*c->flags |= IPU_FLAG_NV;
		return is_nan(&x) || !x.negative ? max : min;
	}
	if (x.exp < 0)
		x.sig = shift_right_sticky(x.sig, -x.exp);
	else
		dropped = TOP - x.exp;
	value = round_off(x.sig, dropped, x.negative, c->rm);
	if (x.negative)
		value = -value;
	if (value < min || value > max) {
		*c->flags |= IPU_FLAG_NV;
		return value < min ? min : max;
	}
	if (x.sig & ((1ull << dropped) - 1))
		*c->flags |= IPU_FLAG_NX;
	return value;
}

static uint32_t from_integer(int64_t value, const struct context *c)
{
	struct number x = { .kind = FINITE, .negative = value < 0, .exp = TOP };

	if (!value)
		return 0;
	x.sig = value < 0 ? -value : value;
	normalize(&x);
	return pack(&x, c);
}

static uint32_t convert(struct number x, const struct context *c)
{
	if (is_nan(&x))
		return nan_of(&x, &x, c);
	return pack_any(&x, c);
}

/* ---- By name --------------------------------------------------------------------------- */

/* Define @name: @expression of the operands a, b and z, with a context for results of @to. */
#define IPU_SOFT(name, to, expression) \
	uint32_t name(uint32_t a __attribute__((unused)), uint32_t b __attribute__((unused)), \
		      uint32_t z __attribute__((unused)), enum ipu_rounding rm, uint8_t *flags) \
	{ \
		const struct context c = { .format = &(to), .rm = rm, .flags = flags }; \
		\
		return (expression); \
	}

/* the operations of both formats; @h is the end of their names */
#define IPU_SOFT_FORMAT(f, h) \
	IPU_SOFT(ipu_soft_add##h, f, add(unpack(&f, a), unpack(&f, b), &c)) \
	IPU_SOFT(ipu_soft_sub##h, f, subtract(unpack(&f, a), unpack(&f, b), &c)) \
	IPU_SOFT(ipu_soft_mul##h, f, multiply(unpack(&f, a), unpack(&f, b), &c)) \
	IPU_SOFT(ipu_soft_div##h, f, divide(unpack(&f, a), unpack(&f, b), &c)) \
	IPU_SOFT(ipu_soft_sqrt##h, f, square_root(unpack(&f, a), &c)) \
	IPU_SOFT(ipu_soft_fma##h, f, \
		 multiply_add(unpack(&f, a), unpack(&f, b), unpack(&f, z), &c)) \
	IPU_SOFT(ipu_soft_to_i32##h, f, to_integer(unpack(&f, a), INT32_MIN, INT32_MAX, &c)) \
	IPU_SOFT(ipu_soft_to_u32##h, f, to_integer(unpack(&f, a), 0, UINT32_MAX, &c)) \
	IPU_SOFT(ipu_soft_to_i16##h, f, to_integer(unpack(&f, a), INT16_MIN, INT16_MAX, &c)) \
	IPU_SOFT(ipu_soft_to_u16##h, f, to_integer(unpack(&f, a), 0, UINT16_MAX, &c)) \
	IPU_SOFT(ipu_soft_to_i8##h, f, to_integer(unpack(&f, a), INT8_MIN, INT8_MAX, &c)) \
	IPU_SOFT(ipu_soft_to_u8##h, f, to_integer(unpack(&f, a), 0, UINT8_MAX, &c)) \
	IPU_SOFT(ipu_soft_from_i32##h, f, from_integer((int32_t)a, &c)) \
	IPU_SOFT(ipu_soft_from_u32##h, f, from_integer(a, &c))

IPU_SOFT_FORMAT(ipu_f32, )
IPU_SOFT_FORMAT(ipu_f16, _h)
IPU_SOFT(ipu_soft_widen, ipu_f32, convert(unpack(&ipu_f16, a), &c))
IPU_SOFT(ipu_soft_narrow, ipu_f16, convert(unpack(&ipu_f32, a), &c))
