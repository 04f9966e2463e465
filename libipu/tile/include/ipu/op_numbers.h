/* SPDX-License-Identifier: MIT */
/* What operations compute, by number: shared by tile programs and the host. */
#ifndef IPU_OP_NUMBERS_H
#define IPU_OP_NUMBERS_H

/**
 * enum ipu_map - what is computed for each element, from a, b and c
 *
 * alpha and beta are of struct ipu_map_args. "Any" type is f32, f16, bfloat16, i32, i16, u16, i8
 * or u8. The tolerances are in units in the last place (ulp) of an f32 result, to which one
 * rounding to f16 or bfloat16 is added; "exact" is a result that is rounded correctly.
 */
enum ipu_map {
	/* Arithmetic; of any type. Integers wrap. */
	IPU_MAP_ADD, /* a + b; exact */
	IPU_MAP_SUB, /* a - b; exact */
	IPU_MAP_MUL, /* a * b; exact */
	IPU_MAP_DIV, /* a / b; exact. Of integers cut off, and a division by 0 is -1 */
	IPU_MAP_MIN, /* the lesser of a and b; a NaN, if one of them is */
	IPU_MAP_MAX, /* the greater */
	IPU_MAP_ADD_SCALED, /* a + alpha * b; exact, as is all that has one product and one sum */
	IPU_MAP_FMA, /* a * b + c; exact */
	IPU_MAP_ADDCMUL, /* a + alpha * b * c; the product is rounded */
	IPU_MAP_ADDCDIV, /* a + alpha * b / c; alpha * b and the quotient are rounded; of floats */
	IPU_MAP_LERP, /* a + alpha * (b - a); the difference is rounded; of floats */
	IPU_MAP_NEG, /* -a */
	IPU_MAP_ABS, /* |a| */
	IPU_MAP_SIGN, /* -1, 0 or 1 */
	IPU_MAP_SQUARE, /* a * a; exact */
	IPU_MAP_CLAMP, /* a, at least alpha, and then at most beta; NaNs remain */
	IPU_MAP_RELU, /* a, but 0 where that is below 0; NaNs remain */
	IPU_MAP_SELECT, /* b where a is not 0, c elsewhere; a is u8, b and c are of any type or u32 */

	/* Of integers. */
	IPU_MAP_BIT_AND, /* a & b */
	IPU_MAP_BIT_OR, /* a | b */
	IPU_MAP_BIT_XOR, /* a ^ b */
	IPU_MAP_BIT_NOT, /* ~a */

	/* Of any type, and the result is 0 or 1 as u8. With a NaN all but NE are 0. */
	IPU_MAP_EQ, /* a == b */
	IPU_MAP_NE, /* a != b */
	IPU_MAP_LT, /* a < b */
	IPU_MAP_LE, /* a <= b */
	IPU_MAP_GT, /* a > b */
	IPU_MAP_GE, /* a >= b */
	IPU_MAP_AND, /* a and b are not 0 */
	IPU_MAP_OR, /* a or b is not 0 */
	IPU_MAP_XOR, /* one of a and b is not 0 */
	IPU_MAP_NOT, /* a is 0 */
	IPU_MAP_ISNAN, /* a is a NaN */
	IPU_MAP_ISINF, /* a is an infinity */
	IPU_MAP_ISFINITE, /* a is neither */

	/* Of floats, as all that follow. */
	IPU_MAP_FLOOR, /* the next whole number that is not above; exact */
	IPU_MAP_CEIL, /* the next whole number that is not below; exact */
	IPU_MAP_ROUND, /* the nearest whole number, ties to even; exact */
	IPU_MAP_TRUNC, /* the next whole number towards 0; exact */
	IPU_MAP_SQRT, /* the square root; exact */
	IPU_MAP_RSQRT, /* 1 / sqrt(a); 0.51 ulp */
	IPU_MAP_RECIPROCAL, /* 1 / a; exact */
	IPU_MAP_EXP, /* e to the power a; 0.51 ulp */
	IPU_MAP_EXPM1, /* exp(a) - 1; 4 ulp */
	IPU_MAP_LOG, /* the natural logarithm; 0.51 ulp */
	IPU_MAP_LOG1P, /* log(1 + a); 4 ulp */
	IPU_MAP_POW, /* a to the power b; 3 + 2 * |b * log(a)| ulp */
	IPU_MAP_FMOD, /* what is left of a when |b| is taken away, until it is less; exact */
	IPU_MAP_ERF, /* the error function; 2 ulp */
	IPU_MAP_TANH, /* the hyperbolic tangent; 0.51 ulp */
	IPU_MAP_SIGMOID, /* 1 / (1 + exp(-a)); 0.51 ulp */
	IPU_MAP_SILU, /* a * sigmoid(a); 2 ulp */
	IPU_MAP_GELU, /* a * (1 + erf(a / sqrt(2))) / 2; 4 + 4 * a^2 ulp, 0 below -7.9 */
	IPU_MAP_GELU_TANH, /* tanh(sqrt(2 / pi) * (a + 0.044715 * a^3)) for erf; 4 + 4 * a^2 ulp */
	IPU_MAP_LEAKY_RELU, /* a where that is above 0, elsewhere alpha * a; exact */

	/*
	 * Gradients: a is that of the result, b what was saved, "x" the operand or "y" the
	 * result. Within 4 ulp where no other tolerance is given. The gradients of exp, log and
	 * the like are MUL, DIV, ...
	 */
	IPU_MAP_RELU_GRAD, /* of x or y: a where that is above alpha, else 0; alpha is 0 for relu */
	IPU_MAP_LEAKY_RELU_GRAD, /* of x: a where that is above 0, elsewhere alpha * a */
	IPU_MAP_CLAMP_GRAD, /* of x: a where that is from alpha to beta, else 0 */
	IPU_MAP_SQRT_GRAD, /* of y: a / (2 * y) */
	IPU_MAP_RSQRT_GRAD, /* of y: a * -y^3 / 2 */
	IPU_MAP_RECIPROCAL_GRAD, /* of y: a * -y^2 */
	IPU_MAP_TANH_GRAD, /* of y: a * (1 - y^2) */
	IPU_MAP_SIGMOID_GRAD, /* of y: a * y * (1 - y) */
	IPU_MAP_SILU_GRAD, /* of x; 8 * |a| * max(|x|, 1) ulp of 1 */
	IPU_MAP_GELU_GRAD, /* of x; 8 * |a| ulp of 1 */
	IPU_MAP_GELU_TANH_GRAD, /* of x; 16 * |a| ulp of 1 */

	IPU_MAP_OPS
};

/**
 * enum ipu_reduce - what many elements are reduced to, <ipu/op_reduce.h>
 */
enum ipu_reduce {
	IPU_REDUCE_SUM,
	IPU_REDUCE_MEAN,
	IPU_REDUCE_PRODUCT,
	IPU_REDUCE_MAX,
	IPU_REDUCE_MIN,
	IPU_REDUCE_ARGMAX,
	IPU_REDUCE_ARGMIN,
	IPU_REDUCE_ANY,
	IPU_REDUCE_ALL,
	IPU_REDUCE_SUM_SQUARES,
	IPU_REDUCE_NORM,
	IPU_REDUCE_OPS
};

/**
 * enum ipu_loss - what becomes of the losses of rows or elements, <ipu/op_rows.h>
 */
enum ipu_loss { IPU_LOSS_NONE, IPU_LOSS_MEAN, IPU_LOSS_SUM };

#endif /* IPU_OP_NUMBERS_H */
