/* SPDX-License-Identifier: MIT */
/* Functions of floats, see map.h. */
#include "map.h"

typedef vfloat32m4_t vector;

#define FUNCTION(name, result)   \
	MAP_FUNCTION(map_##name) \
	{                        \
		return (result); \
	}

/* @x where @mask, @other elsewhere. */
#define WHERE(mask, x, other) __riscv_vmerge((other), (x), (mask), vl)
#define WHERE_F(mask, x, other) __riscv_vfmerge((other), (x), (mask), vl)

#define SPLAT(x) __riscv_vfmv_v_f_f32m4((x), vl)

/* ---- Arithmetic ------------------------------------------------------------------- */

static vector with_nans(vector result, vector a, vector b, size_t vl)
{
	result = WHERE(__riscv_vmfne(a, a, vl), a, result);
	return WHERE(__riscv_vmfne(b, b, vl), b, result);
}

FUNCTION(add, __riscv_vfadd(a, b, vl))
FUNCTION(sub, __riscv_vfsub(a, b, vl))
FUNCTION(mul, __riscv_vfmul(a, b, vl))
FUNCTION(div, __riscv_vfdiv(a, b, vl))
FUNCTION(min, with_nans(__riscv_vfmin(a, b, vl), a, b, vl))
FUNCTION(max, with_nans(__riscv_vfmax(a, b, vl), a, b, vl))
FUNCTION(add_scaled, __riscv_vfmacc(a, alpha, b, vl))
FUNCTION(fma, __riscv_vfmadd(a, b, c, vl))
FUNCTION(addcmul, __riscv_vfmacc(a, alpha, __riscv_vfmul(b, c, vl), vl))
FUNCTION(addcdiv, __riscv_vfadd(a, __riscv_vfdiv(__riscv_vfmul(b, alpha, vl), c, vl), vl))
FUNCTION(lerp, __riscv_vfmacc(a, alpha, __riscv_vfsub(b, a, vl), vl))
FUNCTION(neg, __riscv_vfneg(a, vl))
FUNCTION(abs, __riscv_vfabs(a, vl))
FUNCTION(square, __riscv_vfmul(a, a, vl))
FUNCTION(clamp, with_nans(__riscv_vfmin(__riscv_vfmax(a, alpha, vl), beta, vl), a, a, vl))
FUNCTION(relu, WHERE_F(__riscv_vmflt(a, 0.0f, vl), 0.0f, a))
FUNCTION(leaky_relu, WHERE(__riscv_vmfgt(a, 0.0f, vl), a, __riscv_vfmul(a, alpha, vl)))
FUNCTION(sqrt, __riscv_vfsqrt(a, vl))
FUNCTION(rsqrt, ipu_vrsqrt_v_f32m4(a, vl))
FUNCTION(reciprocal, __riscv_vfrdiv(a, 1.0f, vl))

MAP_FUNCTION(map_sign)
{
	const vector one = __riscv_vfsgnj(SPLAT(1.0f), a, vl);

	/* A 0 stays, and so does a NaN. */
	return WHERE(__riscv_vmfgt(__riscv_vfabs(a, vl), 0.0f, vl), one, a);
}

/* Numbers from 2^23 on, infinities and NaNs are whole, and stay; so does the sign of a 0. */
static vector whole(vector a, vint32m4_t number, size_t vl)
{
	const vbool8_t small = __riscv_vmflt(__riscv_vfabs(a, vl), 0x1p23f, vl);
	const vector result = __riscv_vfsgnj(__riscv_vfcvt_f_x_v_f32m4(number, vl), a, vl);

	return WHERE(small, result, a);
}

FUNCTION(floor, whole(a, __riscv_vfcvt_x_f_v_i32m4_rm(a, __RISCV_FRM_RDN, vl), vl))
FUNCTION(ceil, whole(a, __riscv_vfcvt_x_f_v_i32m4_rm(a, __RISCV_FRM_RUP, vl), vl))
FUNCTION(round, whole(a, __riscv_vfcvt_x_f_v_i32m4_rm(a, __RISCV_FRM_RNE, vl), vl))
FUNCTION(trunc, whole(a, __riscv_vfcvt_rtz_x_f_v_i32m4(a, vl), vl))

/* ---- Exponentials ----------------------------------------------------------------- */

FUNCTION(exp, ipu_vexp_v_f32m4(a, vl))
FUNCTION(log, ipu_vlog_v_f32m4(a, vl))
FUNCTION(tanh, ipu_vtanh_v_f32m4(a, vl))
FUNCTION(sigmoid, ipu_vsigmoid_v_f32m4(a, vl))
FUNCTION(silu, __riscv_vfmul(a, ipu_vsigmoid_v_f32m4(a, vl), vl))

/* With u = 1 + x as it was rounded: log(u) is off by as much as u - 1 is, which is known. */
MAP_FUNCTION(map_log1p)
{
	const vector u = __riscv_vfadd(a, 1.0f, vl), d = __riscv_vfsub(u, 1.0f, vl);
	const vector log = ipu_vlog_v_f32m4(u, vl);
	const vector result = __riscv_vfmul(log, __riscv_vfdiv(a, d, vl), vl);
	const vector special = WHERE(__riscv_vmfeq(d, 0.0f, vl), a, log);

	return WHERE(__riscv_vmfne(result, result, vl), special, result);
}

/* With u = exp(x) as it was rounded, and so u - 1 and log(u) off by as much. */
MAP_FUNCTION(map_expm1)
{
	const vector u = ipu_vexp_v_f32m4(a, vl), d = __riscv_vfsub(u, 1.0f, vl);
	const vector log = ipu_vlog_v_f32m4(u, vl);
	const vector result = __riscv_vfmul(d, __riscv_vfdiv(a, log, vl), vl);
	const vector large = WHERE(__riscv_vmfgt(__riscv_vfabs(a, vl), 40.0f, vl), d, result);

	return WHERE(__riscv_vmfeq(d, 0.0f, vl), a, large);
}

/* Is a float odd, cut off? From 2^24 on all are even. */
static vbool8_t is_odd(vector x, size_t vl)
{
	const vint32m4_t number = __riscv_vfcvt_rtz_x_f_v_i32m4(x, vl);
	const vbool8_t odd = __riscv_vmsne(__riscv_vand(number, 1, vl), 0, vl);

	return __riscv_vmand(odd, __riscv_vmflt(__riscv_vfabs(x, vl), 0x1p24f, vl), vl);
}

/* exp(b * log|a|), with the rounding errors of log and of the product put right. */
static vector power(vector size, vector b, size_t vl)
{
	const vector log = ipu_vlog_v_f32m4(size, vl), back = ipu_vexp_v_f32m4(log, vl);
	const vector rest = __riscv_vfdiv(__riscv_vfsub(size, back, vl), back, vl);
	const vector product = __riscv_vfmul(b, log, vl);
	const vector lost = __riscv_vfmsac(product, b, log, vl);
	const vector low = __riscv_vfmacc(lost, b, rest, vl);
	const vector result = ipu_vexp_v_f32m4(product, vl);
	const vector fine = __riscv_vfmacc(result, result, low, vl);

	/* Not of 0 and infinity, in size or result. */
	return WHERE(__riscv_vmfne(fine, fine, vl), result, fine);
}

MAP_FUNCTION(map_pow)
{
	const vector size = __riscv_vfabs(a, vl);
	const vector trunc = map_trunc(b, b, b, vl, 0, 0);
	const vbool8_t not_whole = __riscv_vmfne(trunc, b, vl);
	const vbool8_t below = __riscv_vmflt(a, 0.0f, vl);
	const vbool8_t finite = __riscv_vmflt(size, __builtin_inff(), vl);
	const vector signed_one = WHERE(__riscv_vmandn(is_odd(b, vl), not_whole, vl),
					__riscv_vfsgnj(SPLAT(1.0f), a, vl), SPLAT(1.0f));
	vector result = __riscv_vfsgnj(power(size, b, vl), signed_one, vl);

	result = WHERE(__riscv_vmfeq(size, 1.0f, vl), signed_one, result);
	result = WHERE_F(__riscv_vmand(__riscv_vmand(below, finite, vl), not_whole, vl),
			 __builtin_nanf(""), result);
	result = WHERE_F(__riscv_vmfeq(b, 0.0f, vl), 1.0f, result);
	return WHERE_F(__riscv_vmfeq(a, 1.0f, vl), 1.0f, result);
}

/* ---- Remainders --------------------------------------------------------------------- */

#define BITS(x) __riscv_vreinterpret_v_f32m4_u32m4(x)
#define FLOAT(x) __riscv_vreinterpret_v_u32m4_f32m4(x)

/* The exponent of a float that is not negative, as its bits have it; of the smallest ones 1. */
static vuint32m4_t exponent(vuint32m4_t x, size_t vl)
{
	return __riscv_vmaxu(__riscv_vsrl(x, 23, vl), 1, vl);
}

/* Its digits: 24 bits, or less of the smallest ones. */
static vuint32m4_t digits(vuint32m4_t x, vuint32m4_t exponent, size_t vl)
{
	return __riscv_vsub(x, __riscv_vsll(__riscv_vsub(exponent, 1, vl), 23, vl), vl);
}

/* Digits as a float with that exponent. */
static vector scaled(vuint32m4_t digits, vuint32m4_t exponent, size_t vl)
{
	const vuint32m4_t one = __riscv_vmv_v_x_u32m4(1, vl);
	const vuint32m4_t normal = __riscv_vsll(__riscv_vsub(exponent, 23, vl), 23, vl);
	const vuint32m4_t small = __riscv_vsll(one, __riscv_vsub(exponent, 1, vl), vl);
	const vuint32m4_t unit = WHERE(__riscv_vmsgtu(exponent, 23, vl), normal, small);

	return __riscv_vfmul(__riscv_vfcvt_f_xu_v_f32m4(digits, vl), FLOAT(unit), vl);
}

/*
 * A division by hand: eight binary places of the quotient at a time, which are forgotten. Bits are
 * compared, of which those of a NaN are the greatest.
 */
MAP_FUNCTION(map_fmod)
{
	const vector size = __riscv_vfabs(a, vl), other = __riscv_vfabs(b, vl);
	const vuint32m4_t x = exponent(BITS(size), vl), y = exponent(BITS(other), vl);
	const vuint32m4_t divisor = digits(BITS(other), y, vl);
	const vbool8_t less = __riscv_vmsltu(BITS(size), BITS(other), vl);
	const vbool8_t known = __riscv_vmand(__riscv_vmflt(size, __builtin_inff(), vl),
					     __riscv_vmfgt(other, 0.0f, vl), vl);
	vuint32m4_t rest = __riscv_vremu(digits(BITS(size), x, vl), divisor, vl);
	vuint32m4_t left = __riscv_vmerge(__riscv_vsub(x, y, vl), 0, less, vl);

	while (__riscv_vcpop(__riscv_vmsne(left, 0, vl), vl)) {
		const vuint32m4_t step = __riscv_vminu(left, 8, vl);

		rest = __riscv_vremu(__riscv_vsll(rest, step, vl), divisor, vl);
		left = __riscv_vsub(left, step, vl);
	}
	return WHERE_F(__riscv_vmnot(known, vl), __builtin_nanf(""),
		       WHERE(less, a, __riscv_vfsgnj(scaled(rest, y, vl), a, vl)));
}

/* ---- The error function ------------------------------------------------------------- */

/* c[0] * x^(n - 1) + ... + c[n - 1] */
static vector polynomial(vector x, const float *c, uint32_t n, size_t vl)
{
	vector result = SPLAT(c[0]);

	for (uint32_t i = 1; i < n; i++)
		result = __riscv_vfmadd(result, x, SPLAT(c[i]), vl);
	return result;
}

#define ERF_SMALL 0.95f
#define ERFC_ZERO 5.6f

/* Chebyshev interpolation: erf(x) / x - 1 by x^2, for x up to ERF_SMALL. */
static const float erf_small[] = {
	0x1.581b9ap-14f, -0x1.a8d37ep-11f, 0x1.549f5ep-8f, -0x1.b80a72p-6f,
	0x1.ce2ddap-4f,	 -0x1.812742p-2f,  0x1.06eba8p-3f,
};

/* log(erfc(t)) / t + 1 by t, from there to ERFC_ZERO; beyond, erfc is below 3e-15. */
static const float erfc_large[] = {
	-0x1.ef72b8p-27f, 0x1.911cfcp-22f, -0x1.8f16dep-19f, -0x1.676080p-17f, 0x1.b2cf18p-12f,
	-0x1.0dd432p-8f,  0x1.97b166p-6f,  -0x1.b8eddep-4f,  -0x1.44ba82p-1f,  -0x1.07f6f6p-3f,
};

static vector erf_of_small(vector x, size_t vl)
{
	const vector p = polynomial(__riscv_vfmul(x, x, vl), erf_small, 7, vl);

	return __riscv_vfmadd(p, x, x, vl);
}

/* 1 - erf(t) of t from ERF_SMALL on. */
static vector erfc_of_large(vector t, size_t vl)
{
	const vector q = polynomial(t, erfc_large, 10, vl);
	const vector r = ipu_vexp_v_f32m4(__riscv_vfmsub(q, t, t, vl), vl);

	return WHERE_F(__riscv_vmfgt(t, ERFC_ZERO, vl), 0.0f, r);
}

MAP_FUNCTION(map_erf)
{
	const vector t = __riscv_vfabs(a, vl);
	const vector large = __riscv_vfrsub(erfc_of_large(t, vl), 1.0f, vl);

	return WHERE(__riscv_vmfgt(t, ERF_SMALL, vl), __riscv_vfsgnj(large, a, vl),
		     erf_of_small(a, vl));
}

/* The normal distribution: the part of it below @x, without cancellation where that is small. */
static vector normal_part(vector x, size_t vl)
{
	const vector z = __riscv_vfmul(x, 0x1.6a09e6p-1f, vl), t = __riscv_vfabs(z, vl);
	const vector half = __riscv_vfmul(erfc_of_large(t, vl), 0.5f, vl);
	const vector large =
		WHERE(__riscv_vmflt(z, 0.0f, vl), half, __riscv_vfrsub(half, 1.0f, vl));
	const vector small = __riscv_vfadd(__riscv_vfmul(erf_of_small(z, vl), 0.5f, vl), 0.5f, vl);

	return WHERE(__riscv_vmfgt(t, ERF_SMALL, vl), large, small);
}

FUNCTION(gelu, __riscv_vfmul(a, normal_part(a, vl), vl))

/* x * (part + density), times the gradient. */
MAP_FUNCTION(map_gelu_grad)
{
	const vector exponent = __riscv_vfmul(__riscv_vfmul(b, b, vl), -0.5f, vl);
	const vector density = __riscv_vfmul(ipu_vexp_v_f32m4(exponent, vl), 0x1.988454p-2f, vl);

	return __riscv_vfmul(a, __riscv_vfmadd(density, b, normal_part(b, vl), vl), vl);
}

/* (1 + tanh(u)) / 2 is sigmoid(2 * u), without cancellation: of x * (p + q * x^2) here. */
#define GELU_P 0x1.988454p+0f /* 2 * sqrt(2 / pi) */
#define GELU_Q 0x1.2444f2p-4f /* times 0.044715 */

static vector gelu_gate(vector x, size_t vl)
{
	const vector square = __riscv_vfmul(x, x, vl);
	const vector p = __riscv_vfmadd(square, GELU_Q, SPLAT(GELU_P), vl);

	return ipu_vsigmoid_v_f32m4(__riscv_vfmul(p, x, vl), vl);
}

FUNCTION(gelu_tanh, __riscv_vfmul(a, gelu_gate(a, vl), vl))

/* s + x * s * (1 - s) * slope */
static vector gated_grad(vector x, vector s, vector slope, size_t vl)
{
	const vector change = __riscv_vfmul(__riscv_vfrsub(s, 1.0f, vl), s, vl);

	return __riscv_vfmadd(__riscv_vfmul(change, slope, vl), x, s, vl);
}

MAP_FUNCTION(map_gelu_tanh_grad)
{
	const vector square = __riscv_vfmul(b, b, vl);
	const vector slope = __riscv_vfmadd(square, 3 * GELU_Q, SPLAT(GELU_P), vl);

	return __riscv_vfmul(a, gated_grad(b, gelu_gate(b, vl), slope, vl), vl);
}

/* ---- Other gradients ---------------------------------------------------------------- */

FUNCTION(silu_grad,
	 __riscv_vfmul(a, gated_grad(b, ipu_vsigmoid_v_f32m4(b, vl), SPLAT(1.0f), vl), vl))
FUNCTION(relu_grad, WHERE_F(__riscv_vmfle(b, alpha, vl), 0.0f, a))
FUNCTION(leaky_relu_grad, WHERE(__riscv_vmfgt(b, 0.0f, vl), a, __riscv_vfmul(a, alpha, vl)))
FUNCTION(clamp_grad,
	 WHERE_F(__riscv_vmnand(__riscv_vmfge(b, alpha, vl), __riscv_vmfle(b, beta, vl), vl), 0.0f,
		 a))
FUNCTION(sqrt_grad, __riscv_vfdiv(__riscv_vfmul(a, 0.5f, vl), b, vl))
FUNCTION(rsqrt_grad, __riscv_vfmul(__riscv_vfmul(a, -0.5f, vl),
				   __riscv_vfmul(__riscv_vfmul(b, b, vl), b, vl), vl))
FUNCTION(reciprocal_grad, __riscv_vfneg(__riscv_vfmul(a, __riscv_vfmul(b, b, vl), vl), vl))
FUNCTION(tanh_grad, __riscv_vfmul(a, __riscv_vfnmsac(SPLAT(1.0f), b, b, vl), vl))
FUNCTION(sigmoid_grad, __riscv_vfmul(__riscv_vfmul(a, b, vl), __riscv_vfrsub(b, 1.0f, vl), vl))

/* ---- Tests ------------------------------------------------------------------------ */

#define TEST(name, result)                                                                 \
	static vbool8_t test_##name(vector a, __attribute__((unused)) vector b, size_t vl) \
	{                                                                                  \
		return (result);                                                           \
	}

TEST(eq, __riscv_vmfeq(a, b, vl))
TEST(ne, __riscv_vmfne(a, b, vl))
TEST(lt, __riscv_vmflt(a, b, vl))
TEST(le, __riscv_vmfle(a, b, vl))
TEST(gt, __riscv_vmflt(b, a, vl))
TEST(ge, __riscv_vmfle(b, a, vl))
TEST(and, __riscv_vmand(__riscv_vmfne(a, 0.0f, vl), __riscv_vmfne(b, 0.0f, vl), vl))
TEST(or, __riscv_vmor(__riscv_vmfne(a, 0.0f, vl), __riscv_vmfne(b, 0.0f, vl), vl))
TEST(xor, __riscv_vmxor(__riscv_vmfne(a, 0.0f, vl), __riscv_vmfne(b, 0.0f, vl), vl))
TEST(not, __riscv_vmfeq(a, 0.0f, vl))
TEST(isnan, __riscv_vmfne(a, a, vl))
TEST(isinf, __riscv_vmfeq(__riscv_vfabs(a, vl), __builtin_inff(), vl))
TEST(isfinite, __riscv_vmflt(__riscv_vfabs(a, vl), __builtin_inff(), vl))

map_function *const map_floats[IPU_MAP_OPS] = {
	[IPU_MAP_ADD] = map_add,
	[IPU_MAP_SUB] = map_sub,
	[IPU_MAP_MUL] = map_mul,
	[IPU_MAP_DIV] = map_div,
	[IPU_MAP_MIN] = map_min,
	[IPU_MAP_MAX] = map_max,
	[IPU_MAP_ADD_SCALED] = map_add_scaled,
	[IPU_MAP_FMA] = map_fma,
	[IPU_MAP_ADDCMUL] = map_addcmul,
	[IPU_MAP_ADDCDIV] = map_addcdiv,
	[IPU_MAP_LERP] = map_lerp,
	[IPU_MAP_NEG] = map_neg,
	[IPU_MAP_ABS] = map_abs,
	[IPU_MAP_SIGN] = map_sign,
	[IPU_MAP_SQUARE] = map_square,
	[IPU_MAP_CLAMP] = map_clamp,
	[IPU_MAP_RELU] = map_relu,
	[IPU_MAP_FLOOR] = map_floor,
	[IPU_MAP_CEIL] = map_ceil,
	[IPU_MAP_ROUND] = map_round,
	[IPU_MAP_TRUNC] = map_trunc,
	[IPU_MAP_SQRT] = map_sqrt,
	[IPU_MAP_RSQRT] = map_rsqrt,
	[IPU_MAP_RECIPROCAL] = map_reciprocal,
	[IPU_MAP_EXP] = map_exp,
	[IPU_MAP_EXPM1] = map_expm1,
	[IPU_MAP_LOG] = map_log,
	[IPU_MAP_LOG1P] = map_log1p,
	[IPU_MAP_POW] = map_pow,
	[IPU_MAP_FMOD] = map_fmod,
	[IPU_MAP_ERF] = map_erf,
	[IPU_MAP_TANH] = map_tanh,
	[IPU_MAP_SIGMOID] = map_sigmoid,
	[IPU_MAP_SILU] = map_silu,
	[IPU_MAP_GELU] = map_gelu,
	[IPU_MAP_GELU_TANH] = map_gelu_tanh,
	[IPU_MAP_LEAKY_RELU] = map_leaky_relu,
	[IPU_MAP_RELU_GRAD] = map_relu_grad,
	[IPU_MAP_LEAKY_RELU_GRAD] = map_leaky_relu_grad,
	[IPU_MAP_CLAMP_GRAD] = map_clamp_grad,
	[IPU_MAP_SQRT_GRAD] = map_sqrt_grad,
	[IPU_MAP_RSQRT_GRAD] = map_rsqrt_grad,
	[IPU_MAP_RECIPROCAL_GRAD] = map_reciprocal_grad,
	[IPU_MAP_TANH_GRAD] = map_tanh_grad,
	[IPU_MAP_SIGMOID_GRAD] = map_sigmoid_grad,
	[IPU_MAP_SILU_GRAD] = map_silu_grad,
	[IPU_MAP_GELU_GRAD] = map_gelu_grad,
	[IPU_MAP_GELU_TANH_GRAD] = map_gelu_tanh_grad,
};

map_test *const map_float_tests[IPU_MAP_OPS] = {
	[IPU_MAP_EQ] = test_eq,
	[IPU_MAP_NE] = test_ne,
	[IPU_MAP_LT] = test_lt,
	[IPU_MAP_LE] = test_le,
	[IPU_MAP_GT] = test_gt,
	[IPU_MAP_GE] = test_ge,
	[IPU_MAP_AND] = test_and,
	[IPU_MAP_OR] = test_or,
	[IPU_MAP_XOR] = test_xor,
	[IPU_MAP_NOT] = test_not,
	[IPU_MAP_ISNAN] = test_isnan,
	[IPU_MAP_ISINF] = test_isinf,
	[IPU_MAP_ISFINITE] = test_isfinite,
};
