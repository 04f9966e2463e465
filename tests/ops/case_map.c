// SPDX-License-Identifier: MIT
/* Operations on each element by itself, and copies. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <ipu/op_numbers.h>

#include "families.h"
#include "shapes.h"

/* A shape that is broadcast to @shape: some dimensions are 1, some first ones missing. */
static uint32_t operand_shape(struct sheet *sheet, uint32_t ndim, const uint32_t *shape,
			      uint32_t *own)
{
	const uint32_t skip = random_below(sheet, 2) ? 0 : random_below(sheet, ndim + 1);

	for (uint32_t i = skip; i < ndim; i++)
		own[i - skip] = random_below(sheet, 3) ? shape[i] : 1;
	return ndim - skip;
}

/* The element of a broadcast operand that belongs to element @at of the result. */
static double operand(const struct sheet *sheet, uint32_t number, uint32_t ndim,
		      const uint32_t *shape, uint32_t at)
{
	const struct array *array = &sheet->array[number];
	uint32_t from = 0, stride = 1;

	for (uint32_t i = 0; i < array->ndim; i++) {
		const uint32_t own = array->shape[array->ndim - 1 - i], all = shape[ndim - 1 - i];

		if (own > 1)
			from += at % all * stride;
		stride *= own;
		at /= all;
	}
	return array->value[from];
}

/* ---- What each operation computes -------------------------------------------------- */

enum types { FLOAT = 1, INTEGER = 2, ANY = 3, FLAGS = 4 /* with one of these: the result is u8 */ };

/* What the operations compute with; reals are what a tile has, rounded. */
struct numbers {
	double a, b, c, alpha, beta;
};

#define REFERENCE(name, expression)                                                    \
	static double name(const struct numbers *n)                                    \
	{                                                                              \
		__attribute__((unused)) const double a = n->a, b = n->b, c = n->c,     \
						     alpha = n->alpha, beta = n->beta; \
                                                                                       \
		return (expression);                                                   \
	}

static double sigmoid(double x)
{
	return 1 / (1 + exp(-x));
}

/* The normal distribution and its density; the gate of gelu with a tanh. */
static double part(double x)
{
	return erfc(-x * M_SQRT1_2) / 2;
}

static double density(double x)
{
	return exp(-x * x / 2) / sqrt(2 * M_PI);
}

static double gate(double x)
{
	return sigmoid(2 * sqrt(2 / M_PI) * (x + 0.044715 * x * x * x));
}

static double gate_grad(double x)
{
	const double slope = 2 * sqrt(2 / M_PI) * (1 + 3 * 0.044715 * x * x);

	return gate(x) + x * gate(x) * (1 - gate(x)) * slope;
}

static double quotient(double a, double b)
{
	return a / b;
}

REFERENCE(add, a + b)
REFERENCE(sub, a - b)
REFERENCE(mul, a *b)
REFERENCE(div_, quotient(a, b))
REFERENCE(min_, isnan(a) || isnan(b) ? (double)NAN : fmin(a, b))
REFERENCE(max_, isnan(a) || isnan(b) ? (double)NAN : fmax(a, b))
REFERENCE(add_scaled, a + alpha * b)
REFERENCE(fma_, a *b + c)
REFERENCE(addcmul, a + alpha * b * c)
REFERENCE(addcdiv, a + alpha * b / c)
REFERENCE(lerp, a + alpha * (b - a))
REFERENCE(neg, -a)
REFERENCE(abs_, fabs(a))
REFERENCE(sign, isnan(a) ? a : (a > 0) - (a < 0))
REFERENCE(square, a *a)
REFERENCE(clamp, isnan(a) ? a : fmin(fmax(a, alpha), beta))
REFERENCE(relu, a < 0 ? 0 : a)
REFERENCE(select_, a != 0 ? b : c)
REFERENCE(bit_and, (int64_t)a &(int64_t)b)
REFERENCE(bit_or, (int64_t)a | (int64_t)b)
REFERENCE(bit_xor, (int64_t)a ^ (int64_t)b)
REFERENCE(bit_not, ~(int64_t)a)
REFERENCE(eq, a == b)
REFERENCE(ne, a != b)
REFERENCE(lt, a < b)
REFERENCE(le, a <= b)
REFERENCE(gt, a > b)
REFERENCE(ge, a >= b)
REFERENCE(and_, a != 0 && b != 0)
REFERENCE(or_, a != 0 || b != 0)
REFERENCE(xor_, (a != 0) != (b != 0))
REFERENCE(not_, a == 0)
REFERENCE(isnan_, isnan(a) != 0)
REFERENCE(isinf_, isinf(a) != 0)
REFERENCE(isfinite_, isfinite(a) != 0)
REFERENCE(floor_, floor(a))
REFERENCE(ceil_, ceil(a))
REFERENCE(round_, nearbyint(a))
REFERENCE(trunc_, trunc(a))
REFERENCE(sqrt_, sqrt(a))
REFERENCE(rsqrt_, 1 / sqrt(a))
REFERENCE(reciprocal, 1 / a)
REFERENCE(exp_, exp(a))
REFERENCE(expm1_, expm1(a))
REFERENCE(log_, log(a))
REFERENCE(log1p_, log1p(a))
REFERENCE(pow_, pow(a, b))
REFERENCE(fmod_, fmod(a, b))
REFERENCE(erf_, erf(a))
REFERENCE(tanh_, tanh(a))
REFERENCE(sigmoid_, sigmoid(a))
REFERENCE(silu, a *sigmoid(a))
REFERENCE(gelu, a *part(a))
REFERENCE(gelu_tanh, a *gate(a))
REFERENCE(leaky_relu, a > 0 ? a : alpha * a)
REFERENCE(relu_grad, b <= alpha ? 0 : a)
REFERENCE(leaky_relu_grad, b > 0 ? a : alpha * a)
REFERENCE(clamp_grad, b >= alpha && b <= beta ? a : 0)
REFERENCE(sqrt_grad, a / (2 * b))
REFERENCE(rsqrt_grad, a * -b * b * b / 2)
REFERENCE(reciprocal_grad, a * -b * b)
REFERENCE(tanh_grad, a * (1 - b * b))
REFERENCE(sigmoid_grad, a *b * (1 - b))
REFERENCE(silu_grad, a *(sigmoid(b) + b * sigmoid(b) * (1 - sigmoid(b))))
REFERENCE(gelu_grad, a *(part(b) + b * density(b)))
REFERENCE(gelu_tanh_grad, a *gate_grad(b))

/* How far off a result may be, in ulp of an f32 that it has. */
#define EXACT 0.5

REFERENCE(pow_ulp, 3 + 2 * fabs(b * log(fabs(a))))
REFERENCE(gelu_ulp, 4 + 4 * a * a)

/* The same in units of 2^-23, for sums that can cancel each other. */
REFERENCE(addcmul_off, fabs(alpha *b *c))
REFERENCE(addcdiv_off, 2 * fabs(alpha * b / c))
REFERENCE(lerp_off, fabs(alpha *(b - a)))
REFERENCE(gelu_off, fabs(a) * 1e-7)
REFERENCE(silu_grad_off, 8 * fabs(a) * fmax(fabs(b), 1))
REFERENCE(gelu_grad_off, 8 * fabs(a))
REFERENCE(gelu_tanh_grad_off, 16 * fabs(a))

/**
 * struct known - an operation
 * @name: for messages
 * @operands: how many
 * @types: it takes
 * @ulp: a tolerance, or 0 if @ulps computes it
 * @off: another one, which is added
 * @forward: of a gradient: what it is the gradient of
 * @of_result: that is computed from the result
 */
static const struct known {
	const char *name;
	uint32_t operands;
	uint32_t types;
	double (*compute)(const struct numbers *n);
	double ulp;
	double (*ulps)(const struct numbers *n);
	double (*off)(const struct numbers *n);
	enum ipu_map forward;
	bool of_result;
} known[IPU_MAP_OPS] = {
	[IPU_MAP_ADD] = { "add", 2, ANY, add, EXACT },
	[IPU_MAP_SUB] = { "sub", 2, ANY, sub, EXACT },
	[IPU_MAP_MUL] = { "mul", 2, ANY, mul, EXACT },
	[IPU_MAP_DIV] = { "div", 2, ANY, div_, EXACT },
	[IPU_MAP_MIN] = { "min", 2, ANY, min_, EXACT },
	[IPU_MAP_MAX] = { "max", 2, ANY, max_, EXACT },
	[IPU_MAP_ADD_SCALED] = { "add_scaled", 2, ANY, add_scaled, EXACT },
	[IPU_MAP_FMA] = { "fma", 3, ANY, fma_, EXACT },
	[IPU_MAP_ADDCMUL] = { "addcmul", 3, ANY, addcmul, EXACT, .off = addcmul_off },
	[IPU_MAP_ADDCDIV] = { "addcdiv", 3, FLOAT, addcdiv, EXACT, .off = addcdiv_off },
	[IPU_MAP_LERP] = { "lerp", 2, FLOAT, lerp, EXACT, .off = lerp_off },
	[IPU_MAP_NEG] = { "neg", 1, ANY, neg, EXACT },
	[IPU_MAP_ABS] = { "abs", 1, ANY, abs_, EXACT },
	[IPU_MAP_SIGN] = { "sign", 1, ANY, sign, EXACT },
	[IPU_MAP_SQUARE] = { "square", 1, ANY, square, EXACT },
	[IPU_MAP_CLAMP] = { "clamp", 1, ANY, clamp, EXACT },
	[IPU_MAP_RELU] = { "relu", 1, ANY, relu, EXACT },
	[IPU_MAP_SELECT] = { "select", 3, ANY, select_, EXACT },
	[IPU_MAP_BIT_AND] = { "bit_and", 2, INTEGER, bit_and, EXACT },
	[IPU_MAP_BIT_OR] = { "bit_or", 2, INTEGER, bit_or, EXACT },
	[IPU_MAP_BIT_XOR] = { "bit_xor", 2, INTEGER, bit_xor, EXACT },
	[IPU_MAP_BIT_NOT] = { "bit_not", 1, INTEGER, bit_not, EXACT },
	[IPU_MAP_EQ] = { "eq", 2, ANY | FLAGS, eq, EXACT },
	[IPU_MAP_NE] = { "ne", 2, ANY | FLAGS, ne, EXACT },
	[IPU_MAP_LT] = { "lt", 2, ANY | FLAGS, lt, EXACT },
	[IPU_MAP_LE] = { "le", 2, ANY | FLAGS, le, EXACT },
	[IPU_MAP_GT] = { "gt", 2, ANY | FLAGS, gt, EXACT },
	[IPU_MAP_GE] = { "ge", 2, ANY | FLAGS, ge, EXACT },
	[IPU_MAP_AND] = { "and", 2, ANY | FLAGS, and_, EXACT },
	[IPU_MAP_OR] = { "or", 2, ANY | FLAGS, or_, EXACT },
	[IPU_MAP_XOR] = { "xor", 2, ANY | FLAGS, xor_, EXACT },
	[IPU_MAP_NOT] = { "not", 1, ANY | FLAGS, not_, EXACT },
	[IPU_MAP_ISNAN] = { "isnan", 1, ANY | FLAGS, isnan_, EXACT },
	[IPU_MAP_ISINF] = { "isinf", 1, ANY | FLAGS, isinf_, EXACT },
	[IPU_MAP_ISFINITE] = { "isfinite", 1, ANY | FLAGS, isfinite_, EXACT },
	[IPU_MAP_FLOOR] = { "floor", 1, FLOAT, floor_, EXACT },
	[IPU_MAP_CEIL] = { "ceil", 1, FLOAT, ceil_, EXACT },
	[IPU_MAP_ROUND] = { "round", 1, FLOAT, round_, EXACT },
	[IPU_MAP_TRUNC] = { "trunc", 1, FLOAT, trunc_, EXACT },
	[IPU_MAP_SQRT] = { "sqrt", 1, FLOAT, sqrt_, EXACT },
	[IPU_MAP_RSQRT] = { "rsqrt", 1, FLOAT, rsqrt_, 0.51 },
	[IPU_MAP_RECIPROCAL] = { "reciprocal", 1, FLOAT, reciprocal, EXACT },
	[IPU_MAP_EXP] = { "exp", 1, FLOAT, exp_, 0.51 },
	[IPU_MAP_EXPM1] = { "expm1", 1, FLOAT, expm1_, 4 },
	[IPU_MAP_LOG] = { "log", 1, FLOAT, log_, 0.51 },
	[IPU_MAP_LOG1P] = { "log1p", 1, FLOAT, log1p_, 4 },
	[IPU_MAP_POW] = { "pow", 2, FLOAT, pow_, .ulps = pow_ulp },
	[IPU_MAP_FMOD] = { "fmod", 2, FLOAT, fmod_, EXACT },
	[IPU_MAP_ERF] = { "erf", 1, FLOAT, erf_, 2 },
	[IPU_MAP_TANH] = { "tanh", 1, FLOAT, tanh_, 0.51 },
	[IPU_MAP_SIGMOID] = { "sigmoid", 1, FLOAT, sigmoid_, 0.51 },
	[IPU_MAP_SILU] = { "silu", 1, FLOAT, silu, 2 },
	[IPU_MAP_GELU] = { "gelu", 1, FLOAT, gelu, .ulps = gelu_ulp, .off = gelu_off },
	[IPU_MAP_GELU_TANH] = { "gelu_tanh", 1, FLOAT, gelu_tanh, .ulps = gelu_ulp },
	[IPU_MAP_LEAKY_RELU] = { "leaky_relu", 1, FLOAT, leaky_relu, EXACT },
	[IPU_MAP_RELU_GRAD] = { "relu_grad", 2, FLOAT, relu_grad, EXACT },
	[IPU_MAP_LEAKY_RELU_GRAD] = { "leaky_relu_grad", 2, FLOAT, leaky_relu_grad, EXACT,
				      .forward = IPU_MAP_LEAKY_RELU },
	[IPU_MAP_CLAMP_GRAD] = { "clamp_grad", 2, FLOAT, clamp_grad, EXACT,
				 .forward = IPU_MAP_CLAMP },
	[IPU_MAP_SQRT_GRAD] = { "sqrt_grad", 2, FLOAT, sqrt_grad, 4, .forward = IPU_MAP_SQRT,
				.of_result = true },
	[IPU_MAP_RSQRT_GRAD] = { "rsqrt_grad", 2, FLOAT, rsqrt_grad, 4, .forward = IPU_MAP_RSQRT,
				 .of_result = true },
	[IPU_MAP_RECIPROCAL_GRAD] = { "reciprocal_grad", 2, FLOAT, reciprocal_grad, 4,
				      .forward = IPU_MAP_RECIPROCAL, .of_result = true },
	[IPU_MAP_TANH_GRAD] = { "tanh_grad", 2, FLOAT, tanh_grad, 4, .forward = IPU_MAP_TANH,
				.of_result = true },
	[IPU_MAP_SIGMOID_GRAD] = { "sigmoid_grad", 2, FLOAT, sigmoid_grad, 4,
				   .forward = IPU_MAP_SIGMOID, .of_result = true },
	[IPU_MAP_SILU_GRAD] = { "silu_grad", 2, FLOAT, silu_grad, 1, .off = silu_grad_off,
				.forward = IPU_MAP_SILU },
	[IPU_MAP_GELU_GRAD] = { "gelu_grad", 2, FLOAT, gelu_grad, 1, .off = gelu_grad_off,
				.forward = IPU_MAP_GELU },
	[IPU_MAP_GELU_TANH_GRAD] = { "gelu_tanh_grad", 2, FLOAT, gelu_tanh_grad, 1,
				     .off = gelu_tanh_grad_off, .forward = IPU_MAP_GELU_TANH },
};

/* ---- Cases ------------------------------------------------------------------------ */

/* Numbers that are often special; of floats a few of them are put among the random ones. */
static void add_special(struct sheet *sheet, uint32_t number)
{
	static const double special[] = { 0,
					  -0.0,
					  1,
					  -1,
					  0.5,
					  -0.5,
					  1.5,
					  2.5,
					  3,
					  -2,
					  30,
					  -30,
					  1e-5,
					  -1e-5,
					  4.5,
					  -6,
					  (double)INFINITY,
					  -(double)INFINITY,
					  (double)NAN };
	const struct array *array = &sheet->array[number];
	const uint32_t count = sizeof(special) / sizeof(special[0]);

	for (uint32_t i = 0; i < array->count / 8; i++)
		array_set(sheet, number, random_below(sheet, array->count),
			  special[random_below(sheet, count)]);
}

/* An operand, of another float type now and then, or the scalar. */
static uint32_t add_operand(struct sheet *sheet, uint32_t dtype, uint32_t ndim,
			    const uint32_t *shape, bool scalar)
{
	static const uint32_t floats[] = { IPU_F32, IPU_F16, IPU_BF16 };
	uint32_t own[DIMS], own_ndim = operand_shape(sheet, ndim, shape, own), number;

	if (scalar && !random_below(sheet, 4))
		return NO_ARRAY;
	if (epsilon(dtype) > 0 && !random_below(sheet, 5))
		dtype = floats[random_below(sheet, 3)];
	number = array_random(sheet, dtype, own_ndim, own);
	if (epsilon(dtype) > 0 && !random_below(sheet, 2))
		add_special(sheet, number);
	return number;
}

static void expect(struct sheet *sheet, uint32_t to, uint32_t at, const struct known *op,
		   const struct numbers *n)
{
	const uint32_t dtype = sheet->array[to].dtype;
	double want = op->compute(n), ulps = op->ulps ? op->ulps(n) : op->ulp, most = 0;

	/* Cut off, or too large. */
	if (!(epsilon(dtype) > 0))
		want = rounded(dtype, isfinite(want) ? want : -1);
	else if (isinf(rounded(dtype, want)))
		want = rounded(dtype, want);
	if (isfinite(want) && epsilon(dtype) > 0) {
		most = tolerance(dtype, want) * (dtype == IPU_F32 ? ulps : 0.5);
		if (dtype != IPU_F32)
			most += tolerance(IPU_F32, want) * ulps;
		if (op->off)
			most += op->off(n) * epsilon(IPU_F32);
	}
	array_expect(sheet, to, at, want, most);
}

/* The reference of a gradient, compared with the slope of what it is the gradient of. */
static bool slope_differs(const struct known *op, const struct numbers *n)
{
	const struct known *forward = &known[op->forward];
	const double h = 1e-5 * fmax(1, fabs(n->b));
	struct numbers x = { .a = n->b, .alpha = n->alpha, .beta = n->beta }, saved = *n;
	const double y = forward->compute(&x);
	double up, down, want;

	if (!op->forward || !isfinite(n->a) || !(fabs(n->b) < 8) || !(fabs(n->b) > 0.01) ||
	    !isfinite(y) || fabs(n->b - n->alpha) < h || fabs(n->b - n->beta) < h)
		return false;
	if (op->of_result)
		saved.b = y;
	want = op->compute(&saved);
	x.a = n->b + h;
	up = forward->compute(&x);
	x.a = n->b - h;
	down = forward->compute(&x);
	return fabs(n->a * (up - down) / (2 * h) - want) > 1e-4 * (fabs(n->a) + fabs(want));
}

static double operand_or(const struct sheet *sheet, uint32_t number, double scalar, uint32_t ndim,
			 const uint32_t *shape, uint32_t at)
{
	return number == NO_ARRAY ? scalar : operand(sheet, number, ndim, shape, at);
}

static uint32_t choose(struct sheet *sheet, uint32_t dtype)
{
	const uint32_t type = epsilon(dtype) > 0 ? FLOAT : INTEGER;
	uint32_t op;

	do
		op = random_below(sheet, IPU_MAP_OPS);
	while (!(known[op].types & type));
	return op;
}

/* A scalar for a type, and its bits. */
static double scalar(struct sheet *sheet, uint32_t dtype, uint32_t *bits)
{
	double value;

	if (epsilon(dtype) > 0) {
		value = rounded(IPU_F32, random_normal(sheet));
		*bits = float_bits(value);
	} else {
		value = (int32_t)random_below(sheet, 21) - 10;
		*bits = (uint32_t)(int32_t)value;
	}
	return value;
}

/* The scalars as an array that every tile has, and others, which do not count, in the script. */
static uint32_t given(struct sheet *sheet, uint32_t dtype, uint32_t *word, double number,
		      double alpha, double beta)
{
	const uint32_t lay = sheet->lay, words = 3;
	const double value[] = { number, alpha, beta };
	uint32_t array;

	sheet->lay = LAY_COPIES;
	array = array_add(sheet, epsilon(dtype) > 0 ? IPU_F32 : IPU_I32, 1, &words);
	sheet->lay = lay;
	for (uint32_t i = 0; i < words; i++) {
		array_set(sheet, array, i, value[i]);
		word[i] = 0;
	}
	return array;
}

static void add_map(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	const uint32_t code = choose(sheet, dtype);
	const struct known *op = &known[code];
	uint32_t shape[DIMS], ndim = random_shape(sheet, size, shape);
	uint32_t word[9] = { code, 0, NO_ARRAY, NO_ARRAY, NO_ARRAY, [8] = NO_ARRAY };
	struct numbers n;
	double number;

	snprintf(sheet->what, sizeof(sheet->what), "map: %s of %s, %s", op->name, type_name(dtype),
		 shape_text(ndim, shape));
	number = scalar(sheet, dtype, &word[5]);
	n.alpha = scalar(sheet, dtype, &word[6]);
	n.beta = scalar(sheet, dtype, &word[7]);
	/* In place, or not. */
	if (!(op->types & FLAGS) && code != IPU_MAP_SELECT && !random_below(sheet, 3)) {
		word[1] = word[2] = array_random(sheet, dtype, ndim, shape);
	} else {
		word[1] = array_add(sheet, op->types & FLAGS ? IPU_U8 : dtype, ndim, shape);
		word[2] = add_operand(sheet, code == IPU_MAP_SELECT ? IPU_U8 : dtype, ndim, shape,
				      false);
	}
	for (uint32_t i = 1; i < op->operands; i++)
		word[2 + i] = add_operand(sheet, dtype, ndim, shape, true);
	if (!random_below(sheet, 4))
		word[8] = given(sheet, dtype, &word[5], number, n.alpha, n.beta);
	script_add(sheet, DO_MAP, 9, word);
	for (uint32_t i = 0; i < sheet->array[word[1]].count; i++) {
		n.a = operand_or(sheet, word[2], number, ndim, shape, i);
		n.b = operand_or(sheet, word[3], number, ndim, shape, i);
		n.c = operand_or(sheet, word[4], number, ndim, shape, i);
		expect(sheet, word[1], i, op, &n);
		if (slope_differs(op, &n)) {
			fprintf(stderr, "%s: its reference is not a gradient at %g\n", sheet->what,
				n.b);
			exit(1);
		}
	}
}

const struct family family_map = { "map",
				   { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_I16, IPU_U16, IPU_I8,
				     IPU_U8 },
				   add_map,
				   .alike = false };

/* ---- Copies ----------------------------------------------------------------------- */

/* A random view of an array: its dimensions in another order, parts of them, every other element. */
static void add_copy(struct sheet *sheet, uint32_t dtype, uint32_t size)
{
	uint32_t shape[DIMS], stride[DIMS], order[DIMS], word[4 + 2 * DIMS];
	uint32_t ndim = random_shape(sheet, size, shape), to, from, offset = 0, pitch = 1;

	from = array_random(sheet, dtype, ndim, shape);
	snprintf(sheet->what, sizeof(sheet->what), "copy of %s, %s", type_name(dtype),
		 shape_text(ndim, shape));
	for (uint32_t d = ndim; d-- > 0; pitch *= sheet->array[from].shape[d]) {
		const uint32_t skip =
			random_below(sheet, 3) ? 0 : random_below(sheet, shape[d] + 1);
		const uint32_t every = random_below(sheet, 4) ? 1 : 1 + random_below(sheet, 3);

		shape[d] = (shape[d] - skip + every - 1) / every;
		stride[d] = every * pitch;
		offset += skip * pitch;
		order[d] = d;
	}
	for (uint32_t i = 0; i + 1 < ndim && random_below(sheet, 2); i++) {
		const uint32_t other = i + random_below(sheet, ndim - i), swap = order[i];

		order[i] = order[other];
		order[other] = swap;
	}
	word[3] = ndim;
	for (uint32_t d = 0; d < ndim; d++) {
		word[4 + d] = shape[order[d]];
		word[4 + ndim + d] = stride[order[d]];
	}
	to = array_add(sheet, dtype, ndim, word + 4);
	word[0] = to;
	word[1] = from;
	word[2] = offset;
	script_add(sheet, DO_COPY, 4 + 2 * ndim, word);
	for (uint32_t i = 0; i < sheet->array[to].count; i++) {
		uint32_t at = offset, left = i;

		for (uint32_t d = ndim; d-- > 0; left /= word[4 + d])
			at += left % word[4 + d] * word[4 + ndim + d];
		array_expect(sheet, to, i, sheet->array[from].value[at], 0);
	}
}

const struct family family_copy = { "copy",
				    { IPU_F32, IPU_F16, IPU_BF16, IPU_I32, IPU_I16, IPU_U8 },
				    add_copy,
				    .alike = false };
