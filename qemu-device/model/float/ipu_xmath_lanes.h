/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Xipu's functions, on several numbers at once. A template, included with
 *
 *	IPU_LANES	numbers at a time: 2, 4 or 8
 *	IPU_T(name)	name with a suffix of its own
 *
 * Everything is computed in binary64 by the additions, multiplications, divisions
 * and square roots written here, in this order, none of them fused (the model is
 * compiled with -ffp-contract=off), rounded to nearest. So every host gets the same
 * bits, with any number of lanes. The result is accurate to about 2^-50 and is then
 * rounded once to binary32 or binary16, which also gives the flags.
 *
 * To be called while the host rounds to nearest and its flags do not matter.
 *
 * Defines for each function of ipu_xmath.h
 *
 *	uint8_t IPU_T(exp_f32)(const uint8_t *in, uint8_t *out, unsigned int count)
 *
 * and the same with f16, which return the flags to raise. @count is a multiple of
 * IPU_LANES; @out may be @in.
 */

typedef double IPU_T(xd) __attribute__((vector_size(8 * IPU_LANES)));
typedef int64_t IPU_T(xi) __attribute__((vector_size(8 * IPU_LANES)));
typedef uint64_t IPU_T(xu) __attribute__((vector_size(8 * IPU_LANES)));
typedef float IPU_T(xf) __attribute__((vector_size(4 * IPU_LANES)));
typedef int32_t IPU_T(xw) __attribute__((vector_size(4 * IPU_LANES)));
typedef uint16_t IPU_T(xh) __attribute__((vector_size(2 * IPU_LANES)));

#define XD	IPU_T(xd)
#define XI	IPU_T(xi)
#define XU	IPU_T(xu)
#define XF	IPU_T(xf)
#define XW	IPU_T(xw)
#define XH	IPU_T(xh)
#define XSPLAT(value)	((XD){ 0 } + (value))
#define XSIGN		INT64_MIN
#define XINF		__builtin_inf()

/* Each lane of @a where @mask is -1, of @b where it is 0. */
static inline XD IPU_T(select)(XI mask, XD a, XD b)
{
	return (XD)((mask & (XI)a) | (~mask & (XI)b));
}

static inline XD IPU_T(magnitude)(XD x)
{
	return (XD)((XI)x & ~XSIGN);
}

/* A NaN stays one. */
static inline XD IPU_T(clamp)(XD x, double limit)
{
	x = IPU_T(select)(x > XSPLAT(limit), XSPLAT(limit), x);
	return IPU_T(select)(x < XSPLAT(-limit), XSPLAT(-limit), x);
}

static inline XD IPU_T(sqrt)(XD x)
{
#if !defined(__x86_64__)
	unsigned int i;

	for (i = 0; i < IPU_LANES; i++)
		x[i] = __builtin_sqrt(x[i]);
	return x;
#elif IPU_LANES == 8
	return (XD)_mm512_maskz_sqrt_pd(0xff, (__m512d)x);
#elif IPU_LANES == 4
	return (XD)_mm256_sqrt_pd((__m256d)x);
#else
	return (XD)_mm_sqrt_pd((__m128d)x);
#endif
}

/* e^x = (1 + the result) * *power, a power of two; |x| is at most 700 */
static inline XD IPU_T(exp_parts)(XD x, XD *power)
{
	const double to_integer = 0x1.8p52;	/* adding it rounds to an integer in the low bits */
	const XD shifted = x * 0x1.71547652b82fep0 + to_integer;
	const XD n = shifted - to_integer;
	/* ln 2 in two parts, so that the first product is exact */
	const XD r = (x - n * 0x1.62e42feep-1) - n * 0x1.a39ef35793c76p-33;
	XD sum = XSPLAT(1.0 / 479001600);

	*power = (XD)(((XU)shifted - (XU)XSPLAT(to_integer) + 1023) << 52);
	sum = sum * r + 1.0 / 39916800;
	sum = sum * r + 1.0 / 3628800;
	sum = sum * r + 1.0 / 362880;
	sum = sum * r + 1.0 / 40320;
	sum = sum * r + 1.0 / 5040;
	sum = sum * r + 1.0 / 720;
	sum = sum * r + 1.0 / 120;
	sum = sum * r + 1.0 / 24;
	sum = sum * r + 1.0 / 6;
	sum = sum * r + 0.5;
	return r + r * r * sum;
}

/* Beyond the limits all results are 0 or too large. */
static inline XD IPU_T(exp)(XD x)
{
	XD power;
	const XD less_one = IPU_T(exp_parts)(IPU_T(clamp)(x, 200), &power);
	const XD result = (1.0 + less_one) * power;

	return IPU_T(select)(IPU_T(magnitude)(x) == XSPLAT(XINF),
			     IPU_T(select)(x > 0.0, x, XSPLAT(0)), result);
}

static inline XD IPU_T(log)(XD x)
{
	/* x = m * 2^n with m from sqrt(1/2) to sqrt(2), and log m = 2 artanh of s */
	const XU n = ((XU)x + 0x00095f6200000000) >> 52;
	const XD m = (XD)((XU)x - ((n - 1023) << 52));
	const XD s = (m - 1.0) / (m + 1.0);
	const XD z = s * s;
	const XD exponent = (XD)(n | 0x4330000000000000) - (0x1p52 + 1023);
	XD sum = XSPLAT(1.0 / 21), result;

	sum = sum * z + 1.0 / 19;
	sum = sum * z + 1.0 / 17;
	sum = sum * z + 1.0 / 15;
	sum = sum * z + 1.0 / 13;
	sum = sum * z + 1.0 / 11;
	sum = sum * z + 1.0 / 9;
	sum = sum * z + 1.0 / 7;
	sum = sum * z + 1.0 / 5;
	sum = sum * z + 1.0 / 3;
	result = exponent * 0x1.62e42fefa39efp-1 + (s + s * z * sum) * 2.0;
	result = IPU_T(select)(x > 0.0, result, XSPLAT(__builtin_nan("")));
	result = IPU_T(select)(x == 0.0, XSPLAT(-XINF), result);
	return IPU_T(select)(x == XSPLAT(XINF), x, result);
}

/* (e^2|x| - 1) / (e^2|x| + 1); from 40 on that is 1 */
static inline XD IPU_T(tanh)(XD x)
{
	XD power;
	const XD y = IPU_T(clamp)(IPU_T(magnitude)(x) * 2.0, 80);
	const XD part = IPU_T(exp_parts)(y, &power);
	const XD less_one = (power - 1.0) + power * part;
	const XD result = less_one / (less_one + 2.0);

	return (XD)((XI)result | ((XI)x & XSIGN));
}

static inline XD IPU_T(sigmoid)(XD x)
{
	XD power;
	const XD part = IPU_T(exp_parts)(IPU_T(clamp)(-x, 200), &power);
	const XD result = 1.0 / (1.0 + (1.0 + part) * power);

	return IPU_T(select)(x == XSPLAT(-XINF), XSPLAT(0), result);
}

/* for a zero an infinity with its sign */
static inline XD IPU_T(rsqrt)(XD x)
{
	const XD root = IPU_T(sqrt)(IPU_T(select)(x > 0.0, x, XSPLAT(1)));
	const XD result = IPU_T(select)(x < 0.0, XSPLAT(__builtin_nan("")), 1.0 / root);

	return IPU_T(select)(x == 0.0, (XD)((XI)XSPLAT(XINF) | ((XI)x & XSIGN)),
			     IPU_T(select)(x == x, result, x));
}

/* ---- Operands and results ----------------------------------------------------------------- */

/* Which flags a block raises: those with -1 in some lane. */
struct IPU_T(raised) {
	XI invalid, zero_divide, overflow, underflow, inexact;
};

static inline XD IPU_T(get_f32)(const uint8_t *in, struct IPU_T(raised) *raised)
{
	XF x;
	XW bits;

	memcpy(&x, in, sizeof(x));
	memcpy(&bits, in, sizeof(bits));
	raised->invalid |= __builtin_convertvector(
		(x != x) & ((bits & (int32_t)IPU_F32_QUIET) == 0), XI);
	return __builtin_convertvector(x, XD);
}

static inline void IPU_T(put_f32)(XD value, uint8_t *out, struct IPU_T(raised) *raised)
{
	const XF rounded = __builtin_convertvector(value, XF);
	const XD back = __builtin_convertvector(rounded, XD);
	const XD size = IPU_T(magnitude)(value);
	const XI inexact = (back < value) | (back > value);
	const XW nan = rounded != rounded;
	const XW bits = ((XW)rounded & ~nan) | (nan & (int32_t)IPU_F32_NAN);

	raised->inexact |= inexact;
	raised->overflow |= inexact & (IPU_T(magnitude)(back) == XSPLAT(XINF));
	/* tiny after rounding as if exponents were unbounded */
	raised->underflow |= inexact & (size < XSPLAT(0x1.ffffffp-127));
	memcpy(out, &bits, sizeof(bits));
}

static inline XD IPU_T(get_f16)(const uint8_t *in, struct IPU_T(raised) *raised)
{
	XH half;
	XI a;
	XD x;

	memcpy(&half, in, sizeof(half));
	a = __builtin_convertvector(half, XI);
	raised->invalid |= ((a & 0x7fff) > IPU_F16_INF) & ((a & 0x200) == 0);
	/* move the fields to a binary64's; a product corrects the exponent, also of subnormals */
	x = (XD)((a & 0x7fff) << 42) * 0x1p1008;
	x = IPU_T(select)((a & 0x7fff) >= IPU_F16_INF,
			  (XD)((a & 0x3ff) << 42 | 0x7ff0000000000000), x);
	return (XD)((XI)x | (a & 0x8000) << 48);
}

static inline void IPU_T(put_f16)(XD value, uint8_t *out, struct IPU_T(raised) *raised)
{
	const XD size = IPU_T(magnitude)(value);
	const XU exponent = (XU)IPU_T(select)(size < XSPLAT(0x1p-14), XSPLAT(0x1p-14), size) >> 52;
	/* adding it leaves ten fraction bits, or the bits down to 2^-24 */
	const XD cutter = (XD)((exponent + 42) << 52 | 0x8000000000000);
	const XD rounded = (size + cutter) - cutter;
	const XI inexact = (rounded < size) | (rounded > size);
	const XI overflow = rounded > XSPLAT(65504);
	const XI nan = value != value;
	XI bits = ((XI)rounded >> 42) - (1008 << 10);
	const XI small = (XI)(rounded * 0x1p24 + 0x1p52) & 0x7ff;
	const XI is_small = rounded < XSPLAT(0x1p-14);
	XH half;

	bits = (is_small & small) | (~is_small & bits);
	bits = (overflow & IPU_F16_INF) | (~overflow & bits);
	bits |= (XI)((XU)value >> 48) & 0x8000;
	bits = (nan & IPU_F16_NAN) | (~nan & bits);
	half = __builtin_convertvector(bits, XH);
	memcpy(out, &half, sizeof(half));
	raised->inexact |= inexact | (overflow & (size < XSPLAT(XINF)));
	raised->overflow |= overflow & (size < XSPLAT(XINF));
	raised->underflow |= inexact & (size < XSPLAT(0x1.ffep-15));
}

static inline bool IPU_T(any)(XI mask)
{
	int64_t some = 0;
	unsigned int i;

	for (i = 0; i < IPU_LANES; i++)
		some |= mask[i];
	return some;
}

static inline uint8_t IPU_T(flags)(const struct IPU_T(raised) *raised)
{
	return (IPU_T(any)(raised->invalid) ? IPU_FLAG_NV : 0) |
	       (IPU_T(any)(raised->zero_divide) ? IPU_FLAG_DZ : 0) |
	       (IPU_T(any)(raised->overflow) ? IPU_FLAG_OF : 0) |
	       (IPU_T(any)(raised->underflow) ? IPU_FLAG_UF : 0) |
	       (IPU_T(any)(raised->inexact) ? IPU_FLAG_NX : 0);
}

/*
 * Define the function @name of numbers of @bytes bytes each. Not inlined, so that
 * none of it is moved to where the host rounds otherwise.
 */
#define IPU_XMATH_BLOCK(name, format, bytes) \
	static __attribute__((noinline)) uint8_t IPU_T(name##_##format)( \
		const uint8_t *in, uint8_t *out, unsigned int count) \
	{ \
		struct IPU_T(raised) raised = { 0 }; \
		unsigned int i; \
		\
		for (i = 0; i < count; i += IPU_LANES) { \
			const XD x = IPU_T(get_##format)(in + i * (bytes), &raised); \
			const XD y = IPU_T(name)(x); \
			\
			raised.invalid |= (y != y) & (x == x); \
			raised.zero_divide |= (x == 0.0) & \
					      (IPU_T(magnitude)(y) == XSPLAT(XINF)); \
			IPU_T(put_##format)(y, out + i * (bytes), &raised); \
		} \
		return IPU_T(flags)(&raised); \
	}

#define IPU_XMATH_BLOCKS(name) \
	IPU_XMATH_BLOCK(name, f32, 4) \
	IPU_XMATH_BLOCK(name, f16, 2)

IPU_XMATH_BLOCKS(exp)
IPU_XMATH_BLOCKS(log)
IPU_XMATH_BLOCKS(tanh)
IPU_XMATH_BLOCKS(sigmoid)
IPU_XMATH_BLOCKS(rsqrt)

#undef IPU_XMATH_BLOCKS
#undef IPU_XMATH_BLOCK
#undef XD
#undef XI
#undef XU
#undef XF
#undef XW
#undef XH
#undef XSPLAT
#undef XSIGN
#undef XINF
