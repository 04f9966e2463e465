// SPDX-License-Identifier: MIT
/* Operations of PyTorch that run on tiles: their arguments for ops.h, or else the CPU. */
#include <ATen/ExpandUtils.h>
#include <ATen/TensorIterator.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/native/BinaryOps.h>
#include <ATen/native/Pool.h>
#include <ATen/native/Resize.h>
#include <ATen/ATen.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

/* A tensor that may not be there; it is not sound if the tiles have no such tensor. */
struct Lowered {
	Tensor kept;
	struct it_tensor tensor;
	bool there = false;
	bool sound = true;

	Lowered(const Tensor &from) : kept(from)
	{
		there = from.defined();
		sound = !there || lower(from, &tensor);
	}
	Lowered(const std::optional<Tensor> &from) : Lowered(from ? *from : Tensor())
	{
	}
	const struct it_tensor *get() const
	{
		return there ? &tensor : nullptr;
	}
};

template <typename... More> static bool all_sound(const More &...lowered)
{
	return (lowered.sound && ...);
}

/* ---- Element by element -------------------------------------------------------- */

bool lower_operand(const at::TensorIteratorBase &iter, int arg, struct it_tensor *t)
{
	const int64_t size = int64_t(iter.element_size(arg));

	t->dtype = dtype_of(iter.dtype(arg));
	t->wide = iter.dtype(arg) == at::kLong;
	t->truth = iter.dtype(arg) == at::kBool;
	t->data = iter.data_ptr(arg);
	t->ndim = uint32_t(iter.ndim());
	for (uint32_t k = 0; k < t->ndim; k++) {
		t->size[k] = uint32_t(iter.shape()[t->ndim - 1 - k]);
		t->stride[k] = int32_t(iter.strides(arg)[t->ndim - 1 - k] / size);
	}
	return t->dtype != 0;
}

/* What is meant by arithmetic of bool. */
static uint32_t of_bool(uint32_t op)
{
	switch (op) {
	case IPU_MAP_ADD:
	case IPU_MAP_MAX:
		return IPU_MAP_OR;
	case IPU_MAP_MUL:
	case IPU_MAP_MIN:
		return IPU_MAP_AND;
	default:
		return op;
	}
}

struct Numbers {
	double scalar = 0;
	double alpha = 0;
	double beta = 0;
};

/* Numbers that a type has. */
struct Range {
	double least;
	double most;
};

static Range range_of(uint32_t dtype)
{
	switch (dtype) {
	case IPU_U8:
		return { 0, UINT8_MAX };
	case IPU_I8:
		return { INT8_MIN, INT8_MAX };
	case IPU_I16:
		return { INT16_MIN, INT16_MAX };
	case IPU_I32:
		return { INT32_MIN, INT32_MAX };
	default:
		return { -std::numeric_limits<double>::infinity(),
			 std::numeric_limits<double>::infinity() };
	}
}

static bool fits(double value, uint32_t dtype)
{
	const Range range = range_of(dtype);

	return std::isnan(value) ? std::isinf(range.most) :
				   value >= range.least && value <= range.most;
}

/* Of a factor only those bits count that a result has. */
static bool fits_factor(double value, uint32_t op, uint32_t dtype)
{
	const bool factor = op == IPU_MAP_ADD_SCALED || op == IPU_MAP_ADDCMUL;

	return fits(value, factor && range_of(dtype).most < INT32_MAX ? uint32_t(IPU_I32) : dtype);
}

static bool map(const at::TensorIteratorBase &iter, const char *name, uint32_t op,
		at::ScalarType type, Numbers numbers = {})
{
	const int operands = iter.ntensors() - 1;
	struct it_tensor t[4];
	struct it_map how = {};
	std::vector<Tensor> all;

	if (!iter.numel())
		return true;
	how.name = name;
	how.op = type == at::kBool ? of_bool(op) : op;
	how.dtype = dtype_of(type);
	if (!how.dtype || iter.ndim() > IT_DIMS || iter.numel() > INT32_MAX ||
	    !lower_operand(iter, 0, &t[0]))
		return false;
	how.to = &t[0];
	how.operands = uint32_t(operands);
	for (int i = 0; i < operands; i++) {
		if (iter.device(i + 1).is_cpu()) {
			numbers.scalar =
				const_cast<at::TensorIteratorBase &>(iter).scalar_value<double>(i +
												1);
			continue;
		}
		if (!lower_operand(iter, i + 1, &t[i + 1]))
			return false;
		how.operand[i] = &t[i + 1];
	}
	how.scalar = numbers.scalar;
	how.alpha = numbers.alpha;
	how.beta = numbers.beta;
	if (!fits(how.scalar, how.dtype) || !fits_factor(how.alpha, op, how.dtype) ||
	    !fits_factor(how.beta, op, how.dtype))
		return false;
	for (int i = 0; i < iter.ntensors(); i++)
		all.push_back(iter.tensor(i));
	return ran(it_map(&how), name, all);
}

at::TensorIterator iterate(const Tensor &out, std::initializer_list<Tensor> operands, bool promote)
{
	at::TensorIteratorConfig config;

	config.set_check_mem_overlap(true).allow_cpu_scalars(true).add_output(out);
	for (const Tensor &operand : operands)
		config.add_owned_const_input(operand);
	if (promote)
		config.promote_inputs_to_common_dtype(true)
			.cast_common_dtype_to_outputs(true)
			.enforce_safe_casting_to_output(true);
	else
		config.check_all_same_dtype(false);
	return config.build();
}

#define UNARY(op, MAP)                                            \
	static Tensor &op##_out(const Tensor &a, Tensor &out)     \
	{                                                         \
		auto iter = at::TensorIterator::unary_op(out, a); \
		if (map(iter, #op, MAP, iter.common_dtype()))     \
			return out;                               \
		return ON_CPU2(op, out)(a, out);                  \
	}

/* Whole numbers are as they were. */
#define ROUND(op, MAP)                                            \
	static Tensor &op##_out(const Tensor &a, Tensor &out)     \
	{                                                         \
		auto iter = at::TensorIterator::unary_op(out, a); \
		if (at::isIntegralType(a.scalar_type(), false))   \
			return out.copy_(a);                      \
		if (map(iter, #op, MAP, iter.common_dtype()))     \
			return out;                               \
		return ON_CPU2(op, out)(a, out);                  \
	}

#define UNARY_FLOAT(op, MAP)                                            \
	static Tensor &op##_out(const Tensor &a, Tensor &out)           \
	{                                                               \
		auto iter = at::TensorIterator::unary_float_op(out, a); \
		if (map(iter, #op, MAP, iter.common_dtype()))           \
			return out;                                     \
		return ON_CPU2(op, out)(a, out);                        \
	}

UNARY(neg, IPU_MAP_NEG)
UNARY(abs, IPU_MAP_ABS)
ROUND(floor, IPU_MAP_FLOOR)
ROUND(ceil, IPU_MAP_CEIL)
ROUND(round, IPU_MAP_ROUND)
ROUND(trunc, IPU_MAP_TRUNC)
UNARY(silu, IPU_MAP_SILU)
UNARY_FLOAT(sqrt, IPU_MAP_SQRT)
UNARY_FLOAT(rsqrt, IPU_MAP_RSQRT)
UNARY_FLOAT(reciprocal, IPU_MAP_RECIPROCAL)
UNARY_FLOAT(exp, IPU_MAP_EXP)
UNARY_FLOAT(expm1, IPU_MAP_EXPM1)
UNARY_FLOAT(log, IPU_MAP_LOG)
UNARY_FLOAT(log1p, IPU_MAP_LOG1P)
UNARY_FLOAT(erf, IPU_MAP_ERF)
UNARY_FLOAT(tanh, IPU_MAP_TANH)
UNARY_FLOAT(sigmoid, IPU_MAP_SIGMOID)

static Tensor &bitwise_not_out(const Tensor &a, Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);
	const bool truth = iter.common_dtype() == at::kBool;

	if (map(iter, "bitwise_not", truth ? IPU_MAP_NOT : IPU_MAP_BIT_NOT, iter.common_dtype()))
		return out;
	return ON_CPU2(bitwise_not, out)(a, out);
}

static Tensor &logical_not_out(const Tensor &a, Tensor &out)
{
	auto iter = iterate(out, { a }, false);

	if (map(iter, "logical_not", IPU_MAP_NOT, a.scalar_type()))
		return out;
	return ON_CPU2(logical_not, out)(a, out);
}

static Tensor isnan(const Tensor &a)
{
	Tensor out = at::empty_like(a, a.options().dtype(at::kBool));
	auto iter = iterate(out, { a }, false);

	if (map(iter, "isnan", IPU_MAP_ISNAN, a.scalar_type()))
		return out;
	return ON_CPU(isnan)(a);
}

#define INFINITE(op, test)                                                    \
	static Tensor &op##_out(const Tensor &a, Tensor &out)                 \
	{                                                                     \
		const double inf = std::numeric_limits<double>::infinity();   \
		if (dtype_of(a.scalar_type())) {                              \
			at::native::resize_output(out, a.sizes());            \
			return at::isFloatingType(a.scalar_type()) ?          \
				       at::eq_out(out, a, Scalar(test inf)) : \
				       out.zero_();                           \
		}                                                             \
		return ON_CPU2(op, out)(a, out);                              \
	}
INFINITE(isneginf, -)
INFINITE(isposinf, +)

static Tensor &gelu_out(const Tensor &a, c10::string_view approximate, Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);

	if (map(iter, "gelu", approximate == "tanh" ? IPU_MAP_GELU_TANH : IPU_MAP_GELU,
		iter.common_dtype()))
		return out;
	return ON_CPU2(gelu, out)(a, approximate, out);
}

static Tensor &gelu_backward_out(const Tensor &grad, const Tensor &a, c10::string_view approximate,
				 Tensor &out)
{
	auto iter = iterate(out, { grad, a });

	if (map(iter, "gelu_backward",
		approximate == "tanh" ? IPU_MAP_GELU_TANH_GRAD : IPU_MAP_GELU_GRAD,
		iter.common_dtype()))
		return out;
	return ON_CPU2(gelu_backward, grad_input)(grad, a, approximate, out);
}

/* ---- Of two tensors ----------------------------------------------------------------- */

static Tensor &add_out(const Tensor &a, const Tensor &b, const Scalar &alpha, Tensor &out)
{
	auto iter = at::TensorIterator::borrowing_binary_op(out, a, b);
	const bool plain = alpha.toDouble() == 1;

	at::native::alpha_check(iter.common_dtype(), alpha);
	if (iter.numel() && a.is_cpu() && !plain)
		return ON_CPU2(add, out)(a, b, alpha, out);
	if (map(iter, "add", plain ? IPU_MAP_ADD : IPU_MAP_ADD_SCALED, iter.common_dtype(),
		{ .alpha = alpha.toDouble() }))
		return out;
	return ON_CPU2(add, out)(a, b, alpha, out);
}

static Tensor &sub_out(const Tensor &a, const Tensor &b, const Scalar &alpha, Tensor &out)
{
	auto iter = at::TensorIterator::borrowing_binary_op(out, a, b);
	const bool plain = alpha.toDouble() == 1;

	at::native::sub_check(a, b);
	at::native::alpha_check(iter.common_dtype(), alpha);
	if (map(iter, "sub", plain ? IPU_MAP_SUB : IPU_MAP_ADD_SCALED, iter.common_dtype(),
		{ .alpha = plain ? 0 : -alpha.toDouble() }))
		return out;
	return ON_CPU2(sub, out)(a, b, alpha, out);
}

static Tensor &div_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	auto iter = at::TensorIterator::binary_float_op(out, a, b);

	if (map(iter, "div", IPU_MAP_DIV, iter.common_dtype()))
		return out;
	return ON_CPU2(div, out)(a, b, out);
}

#define BINARY(op, overload, MAP)                                               \
	static Tensor &op##_out(const Tensor &a, const Tensor &b, Tensor &out)  \
	{                                                                       \
		auto iter = at::TensorIterator::borrowing_binary_op(out, a, b); \
		if (map(iter, #op, MAP, iter.common_dtype()))                   \
			return out;                                             \
		return ON_CPU2(op, overload)(a, b, out);                        \
	}

BINARY(mul, out, IPU_MAP_MUL)
BINARY(maximum, out, IPU_MAP_MAX)
BINARY(minimum, out, IPU_MAP_MIN)
BINARY(bitwise_and, Tensor_out, IPU_MAP_BIT_AND)
BINARY(bitwise_or, Tensor_out, IPU_MAP_BIT_OR)
BINARY(bitwise_xor, Tensor_out, IPU_MAP_BIT_XOR)

static Tensor &pow_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	auto iter = at::TensorIterator::borrowing_binary_op(out, a, b);

	if (at::isFloatingType(iter.common_dtype()) &&
	    map(iter, "pow", IPU_MAP_POW, iter.common_dtype()))
		return out;
	return ON_CPU2(pow, Tensor_Tensor_out)(a, b, out);
}

static Tensor &pow_scalar_out(const Tensor &a, const Scalar &b, Tensor &out)
{
	const double e = b.toDouble();
	auto iter = at::TensorIterator::unary_op(out, a);
	const uint32_t op = e == 2 ? IPU_MAP_SQUARE : e == 0.5 ? IPU_MAP_SQRT : IPU_MAP_POW;
	bool done = false;

	if (out.scalar_type() == a.scalar_type() && op == IPU_MAP_SQUARE)
		done = map(iter, "pow", op, a.scalar_type());
	else if (out.scalar_type() == a.scalar_type() && at::isFloatingType(a.scalar_type()) &&
		 op == IPU_MAP_SQRT)
		done = map(iter, "pow", op, a.scalar_type());
	if (done)
		return out;
	if (at::isFloatingType(a.scalar_type())) {
		Tensor exponent = at::scalar_tensor(b, at::kDouble);

		exponent.unsafeGetTensorImpl()->set_wrapped_number(true);
		return pow_out(a, exponent, out);
	}
	return ON_CPU2(pow, Tensor_Scalar_out)(a, b, out);
}

#define COMPARISON(op, MAP)                                                             \
	static Tensor &op##_tensor_out(const Tensor &a, const Tensor &b, Tensor &out)   \
	{                                                                               \
		auto iter = at::TensorIterator::comparison_op(out, a, b);               \
		if (map(iter, #op, MAP, iter.common_dtype()))                           \
			return out;                                                     \
		return ON_CPU2(op, Tensor_out)(a, b, out);                              \
	}                                                                               \
	static Tensor &op##_scalar_out(const Tensor &a, const Scalar &b, Tensor &out)   \
	{                                                                               \
		Tensor other = at::scalar_tensor(b, b.isFloatingPoint() ? at::kDouble : \
						    b.isBoolean()	? at::kBool :   \
									  at::kLong);         \
		other.unsafeGetTensorImpl()->set_wrapped_number(true);                  \
		return op##_tensor_out(a, other, out);                                  \
	}

COMPARISON(eq, IPU_MAP_EQ)
COMPARISON(ne, IPU_MAP_NE)
COMPARISON(lt, IPU_MAP_LT)
COMPARISON(le, IPU_MAP_LE)
COMPARISON(gt, IPU_MAP_GT)
COMPARISON(ge, IPU_MAP_GE)

#define LOGICAL(op, MAP)                                                       \
	static Tensor &op##_out(const Tensor &a, const Tensor &b, Tensor &out) \
	{                                                                      \
		auto iter = at::TensorIterator::comparison_op(out, a, b);      \
		if (map(iter, #op, MAP, iter.common_dtype()))                  \
			return out;                                            \
		return ON_CPU2(op, out)(a, b, out);                            \
	}

LOGICAL(logical_and, IPU_MAP_AND)
LOGICAL(logical_or, IPU_MAP_OR)
LOGICAL(logical_xor, IPU_MAP_XOR)

/* ---- Activations, and their gradients ------------------------------------------------- */

static Tensor relu(const Tensor &a)
{
	Tensor out;
	auto iter = at::TensorIterator::unary_op(out, a);

	if (map(iter, "relu", IPU_MAP_RELU, iter.common_dtype()))
		return iter.output();
	return ON_CPU(relu)(a);
}

static Tensor &relu_(Tensor &a)
{
	auto iter = at::TensorIterator::unary_op(a, a);

	if (map(iter, "relu_", IPU_MAP_RELU, iter.common_dtype()))
		return a;
	return ON_CPU(relu_)(a);
}

static Tensor &threshold_backward_out(const Tensor &grad, const Tensor &a, const Scalar &threshold,
				      Tensor &out)
{
	auto iter = iterate(out, { grad, a });

	if (map(iter, "threshold_backward", IPU_MAP_RELU_GRAD, iter.common_dtype(),
		{ .alpha = threshold.toDouble() }))
		return out;
	return ON_CPU2(threshold_backward, grad_input)(grad, a, threshold, out);
}

static Tensor &leaky_relu_out(const Tensor &a, const Scalar &slope, Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);

	if (map(iter, "leaky_relu", IPU_MAP_LEAKY_RELU, iter.common_dtype(),
		{ .alpha = slope.toDouble() }))
		return out;
	return ON_CPU2(leaky_relu, out)(a, slope, out);
}

static Tensor &leaky_relu_backward_out(const Tensor &grad, const Tensor &a, const Scalar &slope,
				       bool is_result, Tensor &out)
{
	auto iter = iterate(out, { grad, a });

	if (map(iter, "leaky_relu_backward", IPU_MAP_LEAKY_RELU_GRAD, iter.common_dtype(),
		{ .alpha = slope.toDouble() }))
		return out;
	return ON_CPU2(leaky_relu_backward, grad_input)(grad, a, slope, is_result, out);
}

#define GRADIENT(op, MAP)                                                         \
	static Tensor &op##_out(const Tensor &grad, const Tensor &a, Tensor &out) \
	{                                                                         \
		auto iter = iterate(out, { grad, a });                            \
		if (map(iter, #op, MAP, iter.common_dtype()))                     \
			return out;                                               \
		return ON_CPU2(op, grad_input)(grad, a, out);                     \
	}

GRADIENT(tanh_backward, IPU_MAP_TANH_GRAD)
GRADIENT(sigmoid_backward, IPU_MAP_SIGMOID_GRAD)
GRADIENT(silu_backward, IPU_MAP_SILU_GRAD)

static double bound(const std::optional<Scalar> &scalar, double otherwise)
{
	return scalar ? scalar->toDouble() : otherwise;
}

static bool clamp(const Tensor &a, const std::optional<Scalar> &low,
		  const std::optional<Scalar> &high, Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);
	const Range range = range_of(dtype_of(iter.common_dtype()));

	return a.scalar_type() == out.scalar_type() &&
	       map(iter, "clamp", IPU_MAP_CLAMP, iter.common_dtype(),
		   { .alpha = bound(low, range.least), .beta = bound(high, range.most) });
}

static Tensor &clamp_out(const Tensor &a, const std::optional<Scalar> &low,
			 const std::optional<Scalar> &high, Tensor &out)
{
	return clamp(a, low, high, out) ? out : ON_CPU2(clamp, out)(a, low, high, out);
}

static Tensor &clamp_min_out(const Tensor &a, const Scalar &low, Tensor &out)
{
	return clamp(a, low, {}, out) ? out : ON_CPU2(clamp_min, out)(a, low, out);
}

static Tensor &clamp_max_out(const Tensor &a, const Scalar &high, Tensor &out)
{
	return clamp(a, {}, high, out) ? out : ON_CPU2(clamp_max, out)(a, high, out);
}

static Tensor &clamp_min_tensor_out(const Tensor &a, const Tensor &low, Tensor &out)
{
	return at::maximum_out(out, a, low);
}

static Tensor &clamp_max_tensor_out(const Tensor &a, const Tensor &high, Tensor &out)
{
	return at::minimum_out(out, a, high);
}

static Tensor &hardtanh_out(const Tensor &a, const Scalar &low, const Scalar &high, Tensor &out)
{
	return at::clamp_out(out, a, low, high);
}

/* The result is of the type of @a, whatever the bounds are. */
static Scalar bound_of(const Tensor &a, const Scalar &number)
{
	return at::isIntegralType(a.scalar_type(), false) ? Scalar(number.toLong()) : number;
}

static Tensor hardtanh(const Tensor &a, const Scalar &low, const Scalar &high)
{
	return at::clamp(a, bound_of(a, low), bound_of(a, high));
}

static Tensor &hardtanh_(Tensor &a, const Scalar &low, const Scalar &high)
{
	return at::clamp_(a, bound_of(a, low), bound_of(a, high));
}

static Tensor hardtanh_backward(const Tensor &grad, const Tensor &a, const Scalar &low,
				const Scalar &high)
{
	Tensor out;
	auto iter = at::TensorIterator::binary_op(out, grad, a);
	const float inf = std::numeric_limits<float>::infinity();

	/* Without the bounds themselves, where there is no gradient. */
	if (map(iter, "hardtanh_backward", IPU_MAP_CLAMP_GRAD, iter.common_dtype(),
		{ .alpha = std::nextafter(low.toFloat(), inf),
		  .beta = std::nextafter(high.toFloat(), -inf) }))
		return iter.output();
	return ON_CPU(hardtanh_backward)(grad, a, low, high);
}

/* ---- Of three -------------------------------------------------------------------------- */

static Tensor &addcmul_out(const Tensor &a, const Tensor &b, const Tensor &c, const Scalar &value,
			   Tensor &out)
{
	auto iter = iterate(out, { a, b, c });

	if (map(iter, "addcmul", IPU_MAP_ADDCMUL, iter.common_dtype(),
		{ .alpha = value.toDouble() }))
		return out;
	return ON_CPU2(addcmul, out)(a, b, c, value, out);
}

static Tensor &addcdiv_out(const Tensor &a, const Tensor &b, const Tensor &c, const Scalar &value,
			   Tensor &out)
{
	auto iter = iterate(out, { a, b, c });

	if (map(iter, "addcdiv", IPU_MAP_ADDCDIV, iter.common_dtype(),
		{ .alpha = value.toDouble() }))
		return out;
	return ON_CPU2(addcdiv, out)(a, b, c, value, out);
}

static Tensor &lerp_scalar_out(const Tensor &a, const Tensor &b, const Scalar &weight, Tensor &out)
{
	auto iter = at::TensorIterator::borrowing_binary_op(out, a, b);

	if (map(iter, "lerp", IPU_MAP_LERP, iter.common_dtype(), { .alpha = weight.toDouble() }))
		return out;
	return ON_CPU2(lerp, Scalar_out)(a, b, weight, out);
}

static Tensor &where_out(const Tensor &condition, const Tensor &a, const Tensor &b, Tensor &out)
{
	const auto type = at::result_type(a, b);
	at::TensorIteratorConfig config;

	expect_out(out, condition.is_cpu() ? a : condition, type);
	if (condition.scalar_type() == at::kBool || condition.scalar_type() == at::kByte) {
		/* Both scalars would be one and the same. */
		Tensor x = a.is_cpu() && b.is_cpu() ? a.to(condition.device()) : a;
		auto iter = config.check_all_same_dtype(false)
				    .allow_cpu_scalars(true)
				    .add_output(out)
				    .add_const_input(condition)
				    .add_const_input(x)
				    .add_const_input(b)
				    .build();

		if (map(iter, "where", IPU_MAP_SELECT, type))
			return out;
	}
	return ON_CPU2(where, self_out)(condition, a, b, out);
}

static Tensor where(const Tensor &condition, const Tensor &a, const Tensor &b)
{
	const auto type = at::result_type(a, b);
	const auto size = at::infer_size(at::infer_size(condition.sizes(), a.sizes()), b.sizes());
	Tensor out = at::empty(size, condition.options().dtype(type));

	return where_out(condition, a, b, out);
}

static Tensor &masked_fill_(Tensor &self, const Tensor &mask, const Scalar &value)
{
	Tensor number = at::scalar_tensor(value, self.scalar_type());
	at::TensorIteratorConfig config;

	if (dtype_of(self.scalar_type())) {
		auto iter = config.check_all_same_dtype(false)
				    .allow_cpu_scalars(true)
				    .resize_outputs(false)
				    .add_output(self)
				    .add_const_input(mask)
				    .add_const_input(number)
				    .add_const_input(self)
				    .build();

		if (map(iter, "masked_fill_", IPU_MAP_SELECT, self.scalar_type()))
			return self;
	}
	return ON_CPU2(masked_fill_, Scalar)(self, mask, value);
}

static Tensor &masked_fill_tensor_(Tensor &self, const Tensor &mask, const Tensor &value)
{
	return masked_fill_(self, mask, value.item());
}

/* ---- Constants and random numbers --------------------------------------------------------- */

/* Any dense tensor is a row. */
static bool lower_row(const Tensor &tensor, struct it_tensor *t)
{
	if (!tensor.is_non_overlapping_and_dense() || tensor.numel() > INT32_MAX)
		return lower(tensor, t);
	*t = {};
	t->dtype = dtype_of(tensor.scalar_type());
	t->wide = tensor.scalar_type() == at::kLong;
	t->truth = tensor.scalar_type() == at::kBool;
	t->data = tensor.data_ptr();
	t->ndim = 1;
	t->size[0] = uint32_t(tensor.numel());
	t->stride[0] = 1;
	return t->dtype != 0;
}

static Tensor &fill_scalar_(Tensor &self, const Scalar &value)
{
	const bool number = !value.isComplex();
	struct it_tensor t;

	if (number &&
	    (self.scalar_type() == at::kBool ||
	     fits(value.toDouble(), dtype_of(self.scalar_type()))) &&
	    lower_row(self, &t) &&
	    ran(it_fill(&t, t.truth ? value.toDouble() != 0 : value.toDouble()), "fill_", { self }))
		return self;
	return ON_CPU2(fill_, Scalar)(self, value);
}

static Tensor &fill_tensor_(Tensor &self, const Tensor &value)
{
	return self.copy_(value.expand_as(self));
}

static Tensor &zero_(Tensor &self)
{
	return fill_scalar_(self, 0);
}

static Tensor &arange_out(const Scalar &start, const Scalar &end, const Scalar &step, Tensor &out)
{
	/* As on the CPU, bounds of int64 are cut before anything else. */
	const bool whole = out.scalar_type() == at::kLong;
	const double count =
		whole ? 0 : std::ceil((end.toDouble() - start.toDouble()) / step.toDouble());
	struct it_tensor t;
	int64_t n = int64_t(count);
	Tensor row;

	TORCH_CHECK(step.toDouble() != 0, "step must be nonzero");
	TORCH_CHECK((step.toDouble() > 0) == (end.toDouble() >= start.toDouble()) ||
			    end.toDouble() == start.toDouble(),
		    "upper bound and larger bound inconsistent with step sign");
	if (whole) {
		const int64_t s = step.toLong(), distance = end.toLong() - start.toLong();

		n = (distance + s - (s > 0 ? 1 : -1)) / s;
	}
	at::native::resize_output(out, { n });
	row = out.is_contiguous() ? out : at::empty({ n }, out.options());
	if (lower_row(row, &t) &&
	    ran(it_arange(&t, start.toDouble(), step.toDouble()), "arange", { out }))
		return row.is_same(out) ? out : out.copy_(row);
	return ON_CPU2(arange, start_out)(start, end, step, out);
}

static Tensor &draw(Tensor &self, uint32_t kind, double a, double b,
		    const std::optional<at::Generator> &generator, const char *name, bool *done)
{
	struct it_tensor t;
	uint32_t words[4];

	*done = self.numel() == 0;
	if (*done || !lower_row(self, &t) || (!at::isFloatingType(self.scalar_type()) && kind != 2))
		return self;
	take_numbers(generator, self, words);
	*done = ran(it_random(kind, &t, words, a, b), name, { self });
	return self;
}

static Tensor &normal_(Tensor &self, double mean, double std,
		       std::optional<at::Generator> generator)
{
	bool done;

	TORCH_CHECK(std >= 0, "normal expects std >= 0.0, but found std ", std);
	draw(self, IPU_GRAPH_NORMAL, mean, std, generator, "normal_", &done);
	return done ? self : ON_CPU(normal_)(self, mean, std, generator);
}

static Tensor &uniform_(Tensor &self, double low, double high,
			std::optional<at::Generator> generator)
{
	bool done;

	TORCH_CHECK(low <= high,
		    "uniform_ expects to return a [from, to) range, but found from=", low,
		    " > to=", high);
	draw(self, IPU_GRAPH_UNIFORM, low, high, generator, "uniform_", &done);
	return done ? self : ON_CPU(uniform_)(self, low, high, generator);
}

static Tensor &bernoulli_(Tensor &self, double p, std::optional<at::Generator> generator)
{
	bool done;

	TORCH_CHECK(p >= 0 && p <= 1, "bernoulli_ expects p to be in [0, 1], but got p=", p);
	draw(self, IPU_GRAPH_BERNOULLI, p, 0, generator, "bernoulli_", &done);
	return done ? self : ON_CPU2(bernoulli_, float)(self, p, generator);
}

static std::tuple<Tensor, Tensor> native_dropout(const Tensor &x, double p,
						 std::optional<bool> train)
{
	Tensor y = at::empty_like(x), mask = at::empty_like(x, x.options().dtype(at::kBool));
	struct it_tensor to, kept, from;
	uint32_t words[4];

	if (!x.numel() || (train && !*train))
		return { x.clone(), at::ones_like(x, x.options().dtype(at::kBool)) };
	if (x.strides() == y.strides() && lower_row(y, &to) && lower_row(mask, &kept) &&
	    lower_row(x, &from)) {
		take_numbers({}, x, words);
		if (ran(it_dropout(&to, &kept, &from, words, p), "native_dropout", { x }))
			return { y, mask };
	}
	return ON_CPU(native_dropout)(x, p, train);
}

static Tensor native_dropout_backward(const Tensor &grad, const Tensor &mask, double scale)
{
	Tensor dy = grad.strides() == mask.strides() ?
			    grad :
			    at::empty_like(mask, grad.options()).copy_(grad);
	Tensor dx = at::empty_like(dy);
	struct it_tensor to, from, kept;

	if (dx.strides() == dy.strides() && lower_row(dx, &to) && lower_row(dy, &from) &&
	    lower_row(mask, &kept) &&
	    ran(it_dropout_grad(&to, &from, &kept, scale), "native_dropout_backward", { grad }))
		return dx;
	return ON_CPU(native_dropout_backward)(grad, mask, scale);
}

/* ---- Reductions ---------------------------------------------------------------------------- */

uint32_t bits(at::OptionalIntArrayRef dims, int64_t ndim)
{
	uint32_t all = 0;

	if (!dims || dims->empty())
		return (1u << ndim) - 1;
	for (int64_t dim : *dims)
		all |= 1u << at::maybe_wrap_dim(dim, ndim);
	return ndim ? all : 0;
}

std::vector<int64_t> kept_sizes(const Tensor &a, uint32_t dims, bool keep)
{
	std::vector<int64_t> size;

	for (int64_t i = 0; i < a.dim(); i++)
		if (!(dims >> i & 1))
			size.push_back(a.size(i));
		else if (keep)
			size.push_back(1);
	return size;
}

/* The type of a reduction's result; or that of @out, where that says what is computed. */
static at::ScalarType reduced_type(uint32_t op, const Tensor &a, const Tensor &out)
{
	switch (op) {
	case IPU_REDUCE_ARGMAX:
	case IPU_REDUCE_ARGMIN:
		return at::kLong;
	case IPU_REDUCE_MEAN:
	case IPU_REDUCE_MAX:
	case IPU_REDUCE_MIN:
	case IPU_REDUCE_NORM:
		return a.scalar_type();
	default:
		return out.scalar_type();
	}
}

/* @out has the right shape, or is made so; the view of it that has all dimensions is reduced to. */
static bool reduce(const char *name, uint32_t op, const Tensor &a, uint32_t dims, bool keep,
		   at::ScalarType as, const Tensor &out)
{
	struct it_tensor to, from;
	Tensor view;

	if (a.dim() > IT_DIMS)
		return false;
	take_out(out, a, reduced_type(op, a, out), kept_sizes(a, dims, keep));
	view = out;
	for (int64_t i = 0; i < a.dim() && !keep; i++)
		if (dims >> i & 1)
			view = view.unsqueeze(i);
	return dtype_of(as) && lower(view, &to) && lower(a, &from) &&
	       ran(it_reduce(name, op, &to, &from, dims, dtype_of(as)), name, { a });
}

/* What integers and bool are summed as. */
static at::ScalarType summed(const Tensor &a, std::optional<at::ScalarType> dtype)
{
	const auto type = dtype ? *dtype : a.scalar_type();

	return at::isIntegralType(type, true)		 ? at::kInt :
	       at::isIntegralType(a.scalar_type(), true) ? at::kFloat :
							   a.scalar_type();
}

static Tensor &sum_out(const Tensor &a, at::OptionalIntArrayRef dims, bool keep,
		       std::optional<at::ScalarType> dtype, Tensor &out)
{
	if (reduce("sum", IPU_REDUCE_SUM, a, bits(dims, a.dim()), keep, summed(a, dtype), out))
		return out;
	return ON_CPU2(sum, IntList_out)(a, dims, keep, dtype, out);
}

static Tensor &mean_out(const Tensor &a, at::OptionalIntArrayRef dims, bool keep,
			std::optional<at::ScalarType> dtype, Tensor &out)
{
	if (at::isFloatingType(a.scalar_type()) &&
	    reduce("mean", IPU_REDUCE_MEAN, a, bits(dims, a.dim()), keep, a.scalar_type(), out))
		return out;
	return ON_CPU2(mean, out)(a, dims, keep, dtype, out);
}

static Tensor &prod_out(const Tensor &a, int64_t dim, bool keep,
			std::optional<at::ScalarType> dtype, Tensor &out)
{
	if (reduce("prod", IPU_REDUCE_PRODUCT, a, bits(at::IntArrayRef(dim), a.dim()), keep,
		   summed(a, dtype), out))
		return out;
	return ON_CPU2(prod, int_out)(a, dim, keep, dtype, out);
}

static at::ScalarType ordered(const Tensor &a)
{
	return at::isIntegralType(a.scalar_type(), true) ? at::kInt : a.scalar_type();
}

static Tensor &amax_out(const Tensor &a, at::IntArrayRef dims, bool keep, Tensor &out)
{
	if (a.numel() &&
	    reduce("amax", IPU_REDUCE_MAX, a, bits(dims, a.dim()), keep, ordered(a), out))
		return out;
	return ON_CPU2(amax, out)(a, dims, keep, out);
}

static Tensor &amin_out(const Tensor &a, at::IntArrayRef dims, bool keep, Tensor &out)
{
	if (a.numel() &&
	    reduce("amin", IPU_REDUCE_MIN, a, bits(dims, a.dim()), keep, ordered(a), out))
		return out;
	return ON_CPU2(amin, out)(a, dims, keep, out);
}

static Tensor max(const Tensor &a)
{
	Tensor out = at::empty({}, a.options());

	if (a.numel() &&
	    reduce("max", IPU_REDUCE_MAX, a, bits({}, a.dim()), false, ordered(a), out))
		return out;
	return ON_CPU(max)(a);
}

static Tensor min(const Tensor &a)
{
	Tensor out = at::empty({}, a.options());

	if (a.numel() &&
	    reduce("min", IPU_REDUCE_MIN, a, bits({}, a.dim()), false, ordered(a), out))
		return out;
	return ON_CPU(min)(a);
}

static Tensor &max_all_out(const Tensor &a, Tensor &out)
{
	return give(torch_ipu::max(a), out);
}

static Tensor &min_all_out(const Tensor &a, Tensor &out)
{
	return give(torch_ipu::min(a), out);
}

static Tensor &argmax_out(const Tensor &a, std::optional<int64_t> dim, bool keep, Tensor &out)
{
	const uint32_t dims = dim ? bits(at::IntArrayRef(*dim), a.dim()) : bits({}, a.dim());

	if (a.numel() && reduce("argmax", IPU_REDUCE_ARGMAX, a, dims, keep, ordered(a), out))
		return out;
	return ON_CPU2(argmax, out)(a, dim, keep, out);
}

static Tensor &argmin_out(const Tensor &a, std::optional<int64_t> dim, bool keep, Tensor &out)
{
	const uint32_t dims = dim ? bits(at::IntArrayRef(*dim), a.dim()) : bits({}, a.dim());

	if (a.numel() && reduce("argmin", IPU_REDUCE_ARGMIN, a, dims, keep, ordered(a), out))
		return out;
	return ON_CPU2(argmin, out)(a, dim, keep, out);
}

#define EXTREME(op, MAP, ARG)                                                             \
	static std::tuple<Tensor &, Tensor &> op##_dim_out(                               \
		const Tensor &a, int64_t dim, bool keep, Tensor &values, Tensor &indices) \
	{                                                                                 \
		const uint32_t dims = bits(at::IntArrayRef(dim), a.dim());                \
		if (a.numel() && reduce(#op, MAP, a, dims, keep, ordered(a), values) &&   \
		    reduce(#op, ARG, a, dims, keep, ordered(a), indices))                 \
			return { values, indices };                                       \
		return ON_CPU2(op, dim_##op)(a, dim, keep, values, indices);              \
	}

EXTREME(max, IPU_REDUCE_MAX, IPU_REDUCE_ARGMAX)
EXTREME(min, IPU_REDUCE_MIN, IPU_REDUCE_ARGMIN)

#define QUANTIFIER(op, MAP)                                                                      \
	static Tensor &op##_all_out(const Tensor &a, Tensor &out)                                \
	{                                                                                        \
		const auto as =                                                                  \
			at::isIntegralType(a.scalar_type(), false) ? at::kInt : a.scalar_type(); \
		if (reduce(#op, MAP, a, bits({}, a.dim()), false, as, out))                      \
			return out;                                                              \
		return ON_CPU2(op, all_out)(a, out);                                             \
	}                                                                                        \
	static Tensor &op##_dim_out(const Tensor &a, int64_t dim, bool keep, Tensor &out)        \
	{                                                                                        \
		const auto as =                                                                  \
			at::isIntegralType(a.scalar_type(), false) ? at::kInt : a.scalar_type(); \
		if (reduce(#op, MAP, a, bits(at::IntArrayRef(dim), a.dim()), keep, as, out))     \
			return out;                                                              \
		return ON_CPU2(op, out)(a, dim, keep, out);                                      \
	}

QUANTIFIER(any, IPU_REDUCE_ANY)
QUANTIFIER(all, IPU_REDUCE_ALL)

/* Any but that of 2, of absolute values. */
static Tensor &norm_of(const Tensor &a, double ord, at::OptionalIntArrayRef dims, bool keep,
		       Tensor &out)
{
	const at::IntArrayRef which = dims ? *dims : at::IntArrayRef();
	Tensor norm;

	if (std::isinf(ord))
		norm = ord > 0 ? at::amax(a, which, keep) : at::amin(a, which, keep);
	else if (ord == 0)
		norm = at::sum(at::ne(a, 0).to(at::kFloat), dims, keep);
	else if (ord == 1)
		norm = at::sum(a, dims, keep);
	else
		norm = at::pow(at::sum(at::pow(a, ord), dims, keep), 1 / ord);
	return give(norm, out);
}

static Tensor &linalg_vector_norm_out(const Tensor &a, const Scalar &ord,
				      at::OptionalIntArrayRef dims, bool keep,
				      std::optional<at::ScalarType> dtype, Tensor &out)
{
	if (ord.toDouble() == 2 && at::isFloatingType(a.scalar_type()) &&
	    reduce("linalg_vector_norm", IPU_REDUCE_NORM, a, bits(dims, a.dim()), keep,
		   a.scalar_type(), out))
		return out;
	if (a.numel() && is_real(a) && (!dtype || dtype_of(*dtype)))
		return norm_of(at::abs(a.to(at::kFloat)), ord.toDouble(), dims, keep, out);
	return ON_CPU2(linalg_vector_norm, out)(a, ord, dims, keep, dtype, out);
}

/* ---- Softmax, norms and losses ----------------------------------------------------------------- */

#define SOFTMAX(op, log)                                                                           \
	static Tensor &op##_out(const Tensor &a, int64_t dim, bool half, Tensor &out)              \
	{                                                                                          \
		take_out(out, a, half ? at::kFloat : a.scalar_type(), a.sizes());                  \
		const Lowered y(out), x(a);                                                        \
		if (all_sound(y, x) && ran(it_softmax(log, y.get(), x.get(),                       \
						      uint32_t(at::maybe_wrap_dim(dim, a.dim()))), \
					   #op, { a }))                                            \
			return out;                                                                \
		return ON_CPU2(op, out)(a, dim, half, out);                                        \
	}                                                                                          \
	static Tensor &op##_backward_out(const Tensor &grad, const Tensor &y, int64_t dim,         \
					 at::ScalarType type, Tensor &out)                         \
	{                                                                                          \
		const Lowered dx(out), result(y), dy(grad);                                        \
		if (all_sound(dx, result, dy) &&                                                   \
		    ran(it_softmax_grad(log, dx.get(), result.get(), dy.get(),                     \
					uint32_t(at::maybe_wrap_dim(dim, y.dim()))),               \
			#op "_backward_data", { grad, y }))                                        \
			return out;                                                                \
		return ON_CPU_BACKWARD_##log(grad, y, dim, type, out);                             \
	}

#define ON_CPU_BACKWARD_false ON_CPU2(_softmax_backward_data, out)
#define ON_CPU_BACKWARD_true ON_CPU2(_log_softmax_backward_data, out)

SOFTMAX(_softmax, false)
SOFTMAX(_log_softmax, true)

static std::tuple<Tensor, Tensor, Tensor> native_layer_norm(const Tensor &x, at::IntArrayRef normal,
							    const std::optional<Tensor> &gamma,
							    const std::optional<Tensor> &beta,
							    double epsilon)
{
	const int64_t columns = c10::multiply_integers(normal),
		      rows = columns ? x.numel() / columns : 0;
	const Tensor from = x.contiguous();
	Tensor to = at::empty_like(from);
	Tensor mean = at::empty({ rows }, x.options().dtype(at::kFloat)),
	       rstd = at::empty_like(mean);
	std::vector<int64_t> size(x.sizes().begin(), x.sizes().end());
	const auto flat = [](const std::optional<Tensor> &t) {
		return t && t->defined() ? std::optional<Tensor>(t->contiguous().view({ -1 })) : t;
	};
	const Lowered a(from.view({ rows, columns })), y(to.view({ rows, columns })), m(mean),
		r(rstd), g(flat(gamma)), b(flat(beta));

	if (all_sound(a, y, m, r, g, b) && columns &&
	    (!rows ||
	     ran(it_layer_norm(y.get(), m.get(), r.get(), a.get(), g.get(), b.get(), epsilon),
		 "native_layer_norm", { x }))) {
		for (size_t i = size.size() - normal.size(); i < size.size(); i++)
			size[i] = 1;
		return { to, mean.view(size), rstd.view(size) };
	}
	return ON_CPU(native_layer_norm)(x, normal, gamma, beta, epsilon);
}

static std::tuple<Tensor, Tensor, Tensor>
native_layer_norm_backward(const Tensor &grad, const Tensor &x, at::IntArrayRef normal,
			   const Tensor &mean, const Tensor &rstd,
			   const std::optional<Tensor> &gamma, const std::optional<Tensor> &beta,
			   std::array<bool, 3> wanted)
{
	const int64_t columns = c10::multiply_integers(normal),
		      rows = columns ? x.numel() / columns : 0;
	const Tensor from = x.contiguous(), dy = grad.contiguous();
	Tensor dx = at::empty_like(from), dgamma, dbeta, g1, b1;
	const bool has_gamma = gamma && gamma->defined(), has_beta = beta && beta->defined();

	if (has_gamma && wanted[1])
		dgamma = at::empty_like(*gamma, at::MemoryFormat::Contiguous);
	if (has_beta && wanted[2])
		dbeta = at::empty_like(*beta, at::MemoryFormat::Contiguous);
	g1 = dgamma.defined() ? dgamma.view({ -1 }) : dgamma;
	b1 = dbeta.defined() ? dbeta.view({ -1 }) : dbeta;
	const Lowered a(from.view({ rows, columns })), to(dx.view({ rows, columns })),
		d(dy.view({ rows, columns })),
		g(has_gamma ? gamma->contiguous().view({ -1 }) : Tensor()), m(mean.view({ -1 })),
		r(rstd.view({ -1 })), dg(g1), db(b1);

	if (!rows && columns && all_sound(a, dg, db)) {
		if (dgamma.defined())
			dgamma.zero_();
		if (dbeta.defined())
			dbeta.zero_();
		return { wanted[0] ? dx : Tensor(), dgamma, dbeta };
	}
	if (all_sound(a, to, d, g, m, r, dg, db) && rows &&
	    ran(it_layer_norm_grad(to.get(), dg.get(), db.get(), d.get(), a.get(), g.get(), m.get(),
				   r.get()),
		"native_layer_norm_backward", { grad, x }))
		return { wanted[0] ? dx : Tensor(), dgamma, dbeta };
	return ON_CPU(native_layer_norm_backward)(grad, x, normal, mean, rstd, gamma, beta, wanted);
}

/* Channels last where that has a name. */
static Tensor empty_last(const Tensor &like, at::IntArrayRef size)
{
	return at::empty(size, like.options().memory_format(size.size() == 4 ?
								    at::MemoryFormat::ChannelsLast :
								    at::MemoryFormat::Contiguous));
}

static std::tuple<Tensor, Tensor, Tensor>
native_batch_norm(const Tensor &x, const std::optional<Tensor> &gamma,
		  const std::optional<Tensor> &beta, const std::optional<Tensor> &running_mean,
		  const std::optional<Tensor> &running_var, bool training, double momentum,
		  double epsilon)
{
	Tensor to = empty_last(x, x.sizes());
	Tensor mean = at::empty({ training ? x.size(1) : 0 }, x.options().dtype(at::kFloat));
	Tensor rstd = at::empty_like(mean);
	const Lowered y(to), a(x), g(gamma), b(beta), m(mean), r(rstd), rm(running_mean),
		rv(running_var);
	struct it_batch_norm how = {};

	how.to = y.get();
	how.x = a.get();
	how.gamma = g.get();
	how.beta = b.get();
	how.mean = m.get();
	how.rstd = r.get();
	how.running_mean = rm.get();
	how.running_var = rv.get();
	how.momentum = momentum;
	how.epsilon = epsilon;
	if (all_sound(y, a, g, b, m, r, rm, rv) && x.dim() >= 2 && (training || rm.get()) &&
	    ran(it_batch_norm(&how, !training), "native_batch_norm", { x }))
		return { to, mean, rstd };
	return ON_CPU(native_batch_norm)(x, gamma, beta, running_mean, running_var, training,
					 momentum, epsilon);
}

/* With statistics that are as they were: a factor and a number for each channel. */
static std::tuple<Tensor, Tensor, Tensor>
frozen_batch_norm_backward(const Tensor &grad, const Tensor &x, const std::optional<Tensor> &gamma,
			   const Tensor &mean, const Tensor &var, double epsilon,
			   std::array<bool, 3> wanted)
{
	const Tensor rstd = at::rsqrt(at::add(var, epsilon));
	const bool scaled = gamma && gamma->defined();
	std::vector<int64_t> shape(x.dim(), 1), dims;
	Tensor dx, dgamma, dbeta;

	shape[1] = x.size(1);
	for (int64_t i = 0; i < x.dim(); i++)
		if (i != 1)
			dims.push_back(i);
	if (wanted[0])
		dx = at::mul(grad, (scaled ? at::mul(rstd, *gamma) : rstd).view(shape))
			     .to(x.scalar_type());
	if (wanted[1])
		dgamma = at::mul(at::sum(at::mul(grad, at::sub(x, mean.view(shape))), dims), rstd);
	if (wanted[2])
		dbeta = at::sum(grad, dims);
	if (scaled && wanted[1])
		dgamma = dgamma.to(gamma->scalar_type());
	if (scaled && wanted[2])
		dbeta = dbeta.to(gamma->scalar_type());
	return { dx, dgamma, dbeta };
}

static std::tuple<Tensor, Tensor, Tensor>
native_batch_norm_backward(const Tensor &grad, const Tensor &x, const std::optional<Tensor> &gamma,
			   const std::optional<Tensor> &running_mean,
			   const std::optional<Tensor> &running_var,
			   const std::optional<Tensor> &mean, const std::optional<Tensor> &rstd,
			   bool training, double epsilon, std::array<bool, 3> wanted)
{
	const auto options = x.options().dtype(at::kFloat);
	Tensor dx = empty_last(x, x.sizes());
	Tensor dgamma =
		at::empty({ x.size(1) }, gamma && gamma->defined() ? gamma->options() : options);
	Tensor dbeta = at::empty_like(dgamma);
	const Lowered to(dx), a(x), d(grad), g(gamma), m(mean), r(rstd), dg(dgamma), db(dbeta);
	struct it_batch_norm how = {};

	how.to = to.get();
	how.x = a.get();
	how.dy = d.get();
	how.gamma = g.get();
	how.mean = m.get();
	how.rstd = r.get();
	how.dgamma = dg.get();
	how.dbeta = db.get();
	if (training && all_sound(to, a, d, g, m, r, dg, db) && m.get() &&
	    ran(it_batch_norm_grad(&how), "native_batch_norm_backward", { grad, x }))
		return { wanted[0] ? dx : Tensor(), wanted[1] ? dgamma : Tensor(),
			 wanted[2] ? dbeta : Tensor() };
	if (!training && all_sound(to, a, d, g, dg, db) && running_mean && running_var &&
	    running_mean->defined() && running_var->defined())
		return frozen_batch_norm_backward(grad, x, gamma, *running_mean, *running_var,
						  epsilon, wanted);
	return ON_CPU(native_batch_norm_backward)(grad, x, gamma, running_mean, running_var, mean,
						  rstd, training, epsilon, wanted);
}

static std::tuple<Tensor &, Tensor &> nll_loss_forward_out(const Tensor &x, const Tensor &target,
							   const std::optional<Tensor> &weight,
							   int64_t reduction, int64_t ignore,
							   Tensor &loss, Tensor &total)
{
	const Tensor rows = x.dim() == 1 ? x.unsqueeze(0) : x;
	const Tensor labels = target.dim() == 0 ? target.unsqueeze(0) : target;
	const bool single = x.dim() == 1 && reduction == 0;
	const Lowered a(rows), t(labels), l(single ? loss.view({ 1 }) : loss), n(total);

	if (!(weight && weight->defined()) && all_sound(a, t, l, n) && rows.numel() &&
	    ran(it_nll_loss(l.get(), n.get(), a.get(), t.get(), uint32_t(reduction),
			    int32_t(ignore)),
		"nll_loss_forward", { x, target }))
		return { loss, total };
	if (is_real(x) && x.numel() && target.numel()) {
		const auto both =
			nll_forward(x, target, weight ? *weight : Tensor(), reduction, ignore);

		return { give(std::get<0>(both), loss), give(std::get<1>(both), total) };
	}
	return ON_CPU_SYM2(nll_loss_forward, output)(x, target, weight, reduction,
						     c10::SymInt(ignore), loss, total);
}

static Tensor &nll_loss_backward_out(const Tensor &grad, const Tensor &x, const Tensor &target,
				     const std::optional<Tensor> &weight, int64_t reduction,
				     int64_t ignore, const Tensor &total, Tensor &out)
{
	const Tensor labels = target.dim() == 0 ? target.unsqueeze(0) : target;
	const bool single = x.dim() == 1;
	const Lowered dx(single ? out.unsqueeze(0) : out),
		dl(single && !reduction ? grad.view({ 1 }) : grad), n(total), t(labels);

	if (!(weight && weight->defined()) && all_sound(dx, dl, n, t) && x.numel() &&
	    ran(it_nll_loss_grad(dx.get(), dl.get(), n.get(), t.get(), uint32_t(reduction),
				 int32_t(ignore)),
		"nll_loss_backward", { grad, x, target }))
		return out;
	if (is_real(x) && x.numel() && target.numel()) {
		return give(nll_backward(grad, x, target, weight ? *weight : Tensor(), reduction,
					 ignore, total),
			    out);
	}
	return ON_CPU_SYM2(nll_loss_backward, grad_input)(grad, x, target, weight, reduction,
							  c10::SymInt(ignore), total, out);
}

static Tensor &mse_loss_out(const Tensor &a, const Tensor &b, int64_t reduction, Tensor &out)
{
	const Tensor x = a.contiguous(), y = b.contiguous();
	const Lowered l(out), p(x), q(y);

	if (a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && all_sound(l, p, q) &&
	    a.numel() && out.is_contiguous() &&
	    ran(it_mse(l.get(), p.get(), q.get(), uint32_t(reduction)), "mse_loss", { a, b }))
		return out;
	return ON_CPU2(mse_loss, out)(a, b, reduction, out);
}

static Tensor &mse_loss_backward_out(const Tensor &grad, const Tensor &a, const Tensor &b,
				     int64_t reduction, Tensor &out)
{
	at::native::resize_output(out, a.sizes());
	const Tensor x = a.contiguous(), y = b.contiguous(), dy = grad.contiguous();
	const Lowered dx(out), d(dy), p(x), q(y);

	if (a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() &&
	    all_sound(dx, d, p, q) && a.numel() && out.is_contiguous() &&
	    (reduction == 0 || grad.numel() == 1) &&
	    ran(it_mse_grad(dx.get(), d.get(), p.get(), q.get(), uint32_t(reduction)),
		"mse_loss_backward", { grad, a, b }))
		return out;
	return ON_CPU2(mse_loss_backward, grad_input)(grad, a, b, reduction, out);
}

static Tensor mse_loss_backward(const Tensor &grad, const Tensor &a, const Tensor &b,
				int64_t reduction)
{
	Tensor out = at::empty(a.sizes(), a.options());

	return mse_loss_backward_out(grad, a, b, reduction, out);
}

/* ---- Products, convolutions and pooling ------------------------------------------------------------- */

static bool matmul(const char *name, const Tensor &a, const Tensor &b, const Tensor &bias,
		   double beta, double alpha, const Tensor &out)
{
	const Lowered y(out), p(a), q(b), c(bias);

	return all_sound(y, p, q, c) && out.scalar_type() == a.scalar_type() &&
	       ran(it_matmul(name, y.get(), p.get(), q.get(), c.get(), beta, alpha), name,
		   { a, b });
}

static Tensor &mm_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	TORCH_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(0), "mm: matrices of ",
		    a.sizes(), " and ", b.sizes(), " cannot be multiplied");
	take_out(out, a, a.scalar_type(), { a.size(0), b.size(1) });
	if (!a.size(1))
		return out.zero_();
	return matmul("mm", a, b, {}, 0, 1, out) ? out : ON_CPU2(mm, out)(a, b, out);
}

static Tensor &bmm_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	TORCH_CHECK(a.dim() == 3 && b.dim() == 3 && a.size(0) == b.size(0) &&
			    a.size(2) == b.size(1),
		    "bmm: batches of ", a.sizes(), " and ", b.sizes(), " cannot be multiplied");
	take_out(out, a, a.scalar_type(), { a.size(0), a.size(1), b.size(2) });
	if (!a.size(2))
		return out.zero_();
	return matmul("bmm", a, b, {}, 0, 1, out) ? out : ON_CPU2(bmm, out)(a, b, out);
}

static Tensor &addmm_out(const Tensor &c, const Tensor &a, const Tensor &b, const Scalar &beta,
			 const Scalar &alpha, Tensor &out)
{
	TORCH_CHECK(a.dim() == 2 && b.dim() == 2 && a.size(1) == b.size(0), "addmm: matrices of ",
		    a.sizes(), " and ", b.sizes(), " cannot be multiplied");
	take_out(out, a, a.scalar_type(), { a.size(0), b.size(1) });
	if (!a.size(1) && out.numel())
		return at::mul_out(out, c.expand(out.sizes()), beta);
	if (matmul("addmm", a, b, c.expand(out.sizes()), beta.toDouble(), alpha.toDouble(), out))
		return out;
	return ON_CPU2(addmm, out)(c, a, b, beta, alpha, out);
}

static Tensor &baddbmm_out(const Tensor &c, const Tensor &a, const Tensor &b, const Scalar &beta,
			   const Scalar &alpha, Tensor &out)
{
	take_out(out, a, a.scalar_type(), { a.size(0), a.size(1), b.size(2) });
	if (matmul("baddbmm", a, b, c.expand(out.sizes()), beta.toDouble(), alpha.toDouble(), out))
		return out;
	return ON_CPU2(baddbmm, out)(c, a, b, beta, alpha, out);
}

static Tensor &addmv_out(const Tensor &c, const Tensor &a, const Tensor &b, const Scalar &beta,
			 const Scalar &alpha, Tensor &out)
{
	take_out(out, a, a.scalar_type(), { a.size(0) });
	if (matmul("addmv", a, b.unsqueeze(1), c.expand(out.sizes()).unsqueeze(1), beta.toDouble(),
		   alpha.toDouble(), out.unsqueeze(1)))
		return out;
	return ON_CPU2(addmv, out)(c, a, b, beta, alpha, out);
}

static Tensor dot(const Tensor &a, const Tensor &b)
{
	Tensor out = at::empty({}, a.options());

	TORCH_CHECK(a.dim() == 1 && a.sizes() == b.sizes(), "dot: vectors of ", a.sizes(), " and ",
		    b.sizes());
	if (matmul("dot", a.unsqueeze(0), b.unsqueeze(1), {}, 0, 1, out.view({ 1, 1 })))
		return out;
	return ON_CPU(dot)(a, b);
}

static bool conv_of(at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
		    int64_t groups, struct it_conv *conv)
{
	for (size_t i = 0; i < 2; i++) {
		conv->stride[i] = uint32_t(stride.size() > 1 ? stride[i] : stride[0]);
		conv->padding[i] = uint32_t(padding.size() > 1 ? padding[i] : padding[0]);
		conv->dilation[i] = uint32_t(dilation.size() > 1 ? dilation[i] : dilation[0]);
	}
	conv->groups = uint32_t(groups);
	return true;
}

static int64_t extent(int64_t in, int64_t kernel, uint32_t stride, uint32_t padding,
		      uint32_t dilation)
{
	return (in + 2 * padding - int64_t(dilation) * (kernel - 1) - 1) / stride + 1;
}

static Tensor convolution(const Tensor &x, const Tensor &w, const std::optional<Tensor> &bias,
			  at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
			  bool transposed, at::IntArrayRef output_padding, int64_t groups)
{
	struct it_conv conv;
	Tensor y;

	if (x.dim() == 4 && !transposed && conv_of(stride, padding, dilation, groups, &conv)) {
		y = empty_last(x, { x.size(0), w.size(0),
				    extent(x.size(2), w.size(2), conv.stride[0], conv.padding[0],
					   conv.dilation[0]),
				    extent(x.size(3), w.size(3), conv.stride[1], conv.padding[1],
					   conv.dilation[1]) });
		const Lowered to(y), a(x), b(w), c(bias);

		if (all_sound(to, a, b, c) &&
		    ran(it_conv(&conv, to.get(), a.get(), b.get(), c.get()), "convolution",
			{ x, w }))
			return y;
	}
	TORCH_CHECK(!it_strict(), "convolution(", x.scalar_type(), x.sizes(), ", ", w.sizes(),
		    ") would run on the CPU: the tiles have convolutions of floats in one and two "
		    "dimensions that are not transposed (",
		    it_error(), ")");
	it_count_fallback("aten::convolution_overrideable");
	return at::convolution(x.cpu(), w.cpu(),
			       bias && bias->defined() ? std::optional<Tensor>(bias->cpu()) :
							 std::nullopt,
			       stride, padding, dilation, transposed, output_padding, groups)
		.to(x.device());
}

static std::tuple<Tensor, Tensor, Tensor>
convolution_backward(const Tensor &grad, const Tensor &x, const Tensor &w, at::IntArrayRef stride,
		     at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
		     at::IntArrayRef output_padding, int64_t groups, std::array<bool, 3> wanted)
{
	Tensor dx, dw, db;
	struct it_conv conv;
	bool done =
		x.dim() == 4 && !transposed && conv_of(stride, padding, dilation, groups, &conv);

	if (wanted[0])
		dx = empty_last(x, x.sizes());
	if (wanted[1])
		dw = at::empty_like(w);
	const Lowered d(grad), a(x), b(w), tx(dx), tw(dw);

	done = done && all_sound(d, a, b, tx, tw) &&
	       (!wanted[0] || ran(it_conv_input_grad(&conv, tx.get(), d.get(), b.get()),
				  "convolution_backward", { grad, x, w })) &&
	       (!wanted[1] || ran(it_conv_weight_grad(&conv, tw.get(), a.get(), d.get()),
				  "convolution_backward", { grad, x, w }));
	if (done)
		return { dx, dw, wanted[2] ? grad.sum({ 0, 2, 3 }) : Tensor() };
	TORCH_CHECK(!it_strict(), "convolution_backward(", grad.sizes(), ", ", x.sizes(), ", ",
		    w.sizes(), ") would run on the CPU: ", it_error());
	it_count_fallback("aten::convolution_backward_overrideable");
	auto all = at::convolution_backward(grad.cpu(), x.cpu(), w.cpu(),
					    at::IntArrayRef(w.size(0)), stride, padding, dilation,
					    transposed, output_padding, groups, wanted);
	const auto back = [&](const Tensor &t) { return t.defined() ? t.to(x.device()) : t; };

	return { back(std::get<0>(all)), back(std::get<1>(all)), back(std::get<2>(all)) };
}

static void pair(at::IntArrayRef from, uint32_t *to, at::IntArrayRef otherwise = {})
{
	if (from.empty())
		from = otherwise;
	to[0] = uint32_t(from[0]);
	to[1] = uint32_t(from.size() > 1 ? from[1] : from[0]);
}

/* An image without a batch is a batch of one. */
static Tensor batched(const Tensor &t)
{
	return t.dim() == 3 ? t.unsqueeze(0) : t;
}

static Windows windows_of(at::IntArrayRef kernel, at::IntArrayRef stride, at::IntArrayRef padding,
			  bool include, std::optional<int64_t> divisor)
{
	const auto both = [](at::IntArrayRef from) {
		return std::array<int64_t, 2>{ from[0], from[from.size() > 1] };
	};

	return { both(kernel), both(stride.empty() ? kernel : stride), both(padding), include,
		 divisor };
}

/* The outputs are as PyTorch's meta function has made them; they may not be channels last. */
static std::tuple<Tensor &, Tensor &> max_pool2d_out(const Tensor &x, at::IntArrayRef kernel,
						     at::IntArrayRef stride,
						     at::IntArrayRef padding,
						     at::IntArrayRef dilation, bool ceil,
						     Tensor &out, Tensor &indices)
{
	const Lowered a(batched(x)), y(batched(out)), i(batched(indices));
	struct it_pooling how = {};

	how.x = a.get();
	how.y = y.get();
	how.index = i.get();
	pair(kernel, how.kernel);
	pair(stride, how.stride, kernel);
	pair(padding, how.padding);
	pair(dilation, how.dilation);
	if (all_sound(a, y, i) && ran(it_pool2d(&how), "max_pool2d_with_indices", { x }))
		return { out, indices };
	return ON_CPU2(max_pool2d_with_indices, out)(x, kernel, stride, padding, dilation, ceil,
						     out, indices);
}

static Tensor &max_pool2d_backward_out(const Tensor &grad, const Tensor &x, at::IntArrayRef kernel,
				       at::IntArrayRef stride, at::IntArrayRef padding,
				       at::IntArrayRef dilation, bool ceil, const Tensor &indices,
				       Tensor &out)
{
	const Lowered dx(batched(out)), dy(batched(grad)), i(batched(indices));
	struct it_pooling how = {};

	how.gradient = true;
	how.x = dx.get();
	how.y = dy.get();
	how.index = i.get();
	pair(kernel, how.kernel);
	pair(stride, how.stride, kernel);
	pair(padding, how.padding);
	pair(dilation, how.dilation);
	if (all_sound(dx, dy, i) &&
	    ran(it_pool2d(&how), "max_pool2d_with_indices_backward", { grad, x }))
		return out;
	return ON_CPU2(max_pool2d_with_indices_backward,
		       grad_input)(grad, x, kernel, stride, padding, dilation, ceil, indices, out);
}

static std::vector<int64_t> pooled_size(const Tensor &x, at::IntArrayRef kernel,
					at::IntArrayRef stride, at::IntArrayRef padding, bool ceil)
{
	const auto of = [](at::IntArrayRef two, int64_t i) { return two[two.size() > 1 ? i : 0]; };
	auto size = x.sizes().vec();

	for (int64_t i = 0; i < 2; i++) {
		int64_t &extent = size[size_t(x.dim() - 2 + i)];

		extent = at::native::pooling_output_shape<int64_t>(
			extent, of(kernel, i), of(padding, i),
			of(stride.empty() ? kernel : stride, i), 1, ceil);
	}
	return size;
}

static Tensor &avg_pool2d_out(const Tensor &x, at::IntArrayRef kernel, at::IntArrayRef stride,
			      at::IntArrayRef padding, bool ceil, bool include,
			      std::optional<int64_t> divisor, Tensor &out)
{
	take_out(out, x, x.scalar_type(), pooled_size(x, kernel, stride, padding, ceil));
	const Lowered a(batched(x)), y(batched(out));
	struct it_pooling how = {};

	how.mean = true;
	how.include_padding = include;
	how.x = a.get();
	how.y = y.get();
	pair(kernel, how.kernel);
	pair(stride, how.stride, kernel);
	pair(padding, how.padding);
	how.dilation[0] = how.dilation[1] = 1;
	if (!divisor && !ceil && all_sound(a, y) && ran(it_pool2d(&how), "avg_pool2d", { x }))
		return out;
	if (is_real(x) && out.numel()) {
		window_mean(x, windows_of(kernel, stride, padding, include, divisor), out);
		return out;
	}
	return ON_CPU2(avg_pool2d, out)(x, kernel, stride, padding, ceil, include, divisor, out);
}

static Tensor &avg_pool2d_backward_out(const Tensor &grad, const Tensor &x, at::IntArrayRef kernel,
				       at::IntArrayRef stride, at::IntArrayRef padding, bool ceil,
				       bool include, std::optional<int64_t> divisor, Tensor &out)
{
	const Lowered dx(batched(out)), dy(batched(grad));
	struct it_pooling how = {};

	how.mean = true;
	how.gradient = true;
	how.include_padding = include;
	how.x = dx.get();
	how.y = dy.get();
	pair(kernel, how.kernel);
	pair(stride, how.stride, kernel);
	pair(padding, how.padding);
	how.dilation[0] = how.dilation[1] = 1;
	if (!divisor && !ceil && all_sound(dx, dy) &&
	    ran(it_pool2d(&how), "avg_pool2d_backward", { grad }))
		return out;
	if (is_real(x) && grad.numel()) {
		window_mean_gradient(grad, windows_of(kernel, stride, padding, include, divisor),
				     out);
		return out;
	}
	return ON_CPU2(avg_pool2d_backward, grad_input)(grad, x, kernel, stride, padding, ceil,
							include, divisor, out);
}

/* ---- Elements by their indices --------------------------------------------------------------------------- */

static Tensor index_select(const Tensor &self, int64_t dim, const Tensor &index)
{
	const int64_t at = at::maybe_wrap_dim(dim, self.dim());

	if (self.dim() >= 1 && index.dim() <= 1 && dtype_of(self.scalar_type())) {
		/* Rows of a table: what is selected comes first. */
		const Tensor table = self.movedim(at, 0).contiguous();
		const int64_t rows = table.size(0), columns = rows ? table.numel() / rows : 0;
		std::vector<int64_t> size(table.sizes().begin(), table.sizes().end());
		Tensor out;

		size[0] = index.numel();
		out = at::empty(size, self.options());
		if (columns) {
			const Lowered t(table.view({ rows, columns })),
				i(index.contiguous().view({ -1 })),
				y(out.view({ index.numel(), columns }));

			if (all_sound(t, i, y) &&
			    ran(it_embedding("index_select", y.get(), t.get(), i.get()),
				"index_select", { self, index }))
				return at ? out.movedim(0, at) : out;
		}
	}
	return ON_CPU(index_select)(self, dim, index);
}

static Tensor embedding_dense_backward(const Tensor &grad, const Tensor &indices, int64_t rows,
				       int64_t padding, bool scale)
{
	const int64_t columns = grad.size(-1);
	Tensor out = at::empty({ rows, columns }, grad.options());
	const Lowered y(out), d(grad.contiguous().view({ -1, columns })),
		i(indices.contiguous().view({ -1 }));

	if (!scale && all_sound(y, d, i) &&
	    ran(it_embedding_grad(y.get(), d.get(), i.get(), int32_t(padding)),
		"embedding_dense_backward", { grad, indices }))
		return out;
	return ON_CPU_SYM(embedding_dense_backward)(grad, indices, c10::SymInt(rows),
						    c10::SymInt(padding), scale);
}

static Tensor &gather_out(const Tensor &self, int64_t dim, const Tensor &index, bool sparse,
			  Tensor &out)
{
	const auto at_least_one = [](const Tensor &t) { return t.dim() ? t : t.view({ 1 }); };

	take_out(out, self, self.scalar_type(), index.sizes());
	const Lowered y(at_least_one(out)), x(at_least_one(self)), i(at_least_one(index));

	if (all_sound(y, x, i) && x.kept.dim() == i.kept.dim() &&
	    ran(it_take_along(y.get(), x.get(), i.get(),
			      uint32_t(at::maybe_wrap_dim(dim, self.dim()))),
		"gather", { self, index }))
		return out;
	return ON_CPU2(gather, out)(self, dim, index, sparse, out);
}

/* The shape of what is put together; what does not fit is refused by the CPU. */
static std::vector<int64_t> joined_size(const at::MaterializedITensorListRef &tensors, int64_t dim)
{
	std::vector<int64_t> size = { 0 };
	bool first = true;

	for (const Tensor &tensor : tensors) {
		const int64_t along = dim < 0 ? dim + tensor.dim() : dim;

		if (!tensor.dim() || (tensor.dim() == 1 && !tensor.numel()))
			continue;
		if (first)
			size = tensor.sizes().vec();
		else if (tensor.dim() == int64_t(size.size()) && along >= 0 && along < tensor.dim())
			size[along] += tensor.size(along);
		first = false;
	}
	return size;
}

static Tensor &cat_out(const at::ITensorListRef &list, int64_t dim, Tensor &out)
{
	std::vector<struct it_tensor> parts;
	const auto tensors = list.materialize();

	auto type = tensors[0].get().scalar_type();

	for (const Tensor &tensor : tensors)
		type = c10::promoteTypes(type, tensor.scalar_type());
	take_out(out, tensors[0], type, joined_size(tensors, dim));
	const int64_t along = out.dim() ? at::maybe_wrap_dim(dim, out.dim()) : 0;
	struct it_tensor to;
	bool sound = out.numel() && lower(out, &to) && tensors.size() <= 64;

	for (const Tensor &tensor : tensors) {
		if (!tensor.numel())
			continue;
		parts.emplace_back();
		sound = sound && lower(tensor, &parts.back()) && tensor.dim() == out.dim() &&
			parts.back().truth == to.truth;
	}
	if (!out.numel())
		return out;
	if (sound &&
	    ran(it_cat(&to, parts.data(), uint32_t(parts.size()), uint32_t(along)), "cat", { out }))
		return out;
	return ON_CPU2(cat, out)(list, dim, out);
}

static Tensor slice_grad(const Tensor &grad, at::IntArrayRef size, int64_t dim, int64_t start,
			 int64_t end, int64_t step)
{
	Tensor out = at::empty(size, grad.options());
	const Lowered y(out), d(grad);
	const int64_t at = at::maybe_wrap_dim(dim, int64_t(size.size()));
	int64_t first = start < 0 ? start + size[at] : start;

	first = std::min(std::max<int64_t>(first, 0), size[at]);
	if (step == 1 && grad.numel() && all_sound(y, d) &&
	    ran(it_place(y.get(), d.get(), uint32_t(at), uint32_t(first)), "slice_backward",
		{ grad }))
		return out;
	out.zero_();
	out.slice(dim, start, end, step).copy_(grad);
	return out;
}

static Tensor select_grad(const Tensor &grad, at::IntArrayRef size, int64_t dim, int64_t index)
{
	const int64_t at = at::maybe_wrap_dim(dim, int64_t(size.size()));
	const int64_t i = index < 0 ? index + size[at] : index;

	return slice_grad(grad.unsqueeze(at), size, at, i, i + 1, 1);
}

#define TRIANGLE(op, comparison)                                                                   \
	static Tensor &op##_out(const Tensor &a, int64_t diagonal, Tensor &out)                    \
	{                                                                                          \
		const int64_t rows = a.size(-2), columns = a.size(-1);                             \
		const auto whole = a.options().dtype(at::kInt);                                    \
		take_out(out, a, a.scalar_type(), a.sizes());                                      \
		if (dtype_of(a.scalar_type())) {                                                   \
			const Tensor mask =                                                        \
				at::comparison(at::arange(-diagonal, columns - diagonal, whole),   \
					       at::arange(rows, whole).unsqueeze(1));              \
			return at::where_out(out, mask, a, at::scalar_tensor(0, a.scalar_type())); \
		}                                                                                  \
		return ON_CPU2(op, out)(a, diagonal, out);                                         \
	}

TRIANGLE(tril, le)
TRIANGLE(triu, ge)

/* ---- Recurrent layers --------------------------------------------------------------------------- */

static Tensor dense(const std::optional<Tensor> &tensor)
{
	return tensor && tensor->defined() ? tensor->contiguous() : Tensor();
}

/* There is no such kernel of the CPU, so that what cannot be on tiles is an error. */
static std::tuple<Tensor, Tensor, Tensor> lstm_cell(const Tensor &input, const Tensor &hidden,
						    const Tensor &cx,
						    const std::optional<Tensor> &input_bias,
						    const std::optional<Tensor> &hidden_bias)
{
	const Tensor c = cx.contiguous();
	Tensor hy = at::empty_like(c), cy = at::empty_like(c);
	Tensor work = at::empty({ cx.size(0), 4 * cx.size(1) }, cx.options());
	const Lowered t[] = { hy,
			      cy,
			      work,
			      input.contiguous(),
			      hidden.contiguous(),
			      c,
			      dense(input_bias),
			      dense(hidden_bias) };
	const struct it_tensor *all[8];
	bool sound = cx.numel() > 0;

	for (int i = 0; i < 8; i++) {
		sound = sound && t[i].sound;
		all[i] = t[i].get();
	}
	TORCH_CHECK(sound && ran(it_lstm_cell(all), "lstm_cell", { input, hidden, cx }),
		    "lstm_cell(", input.scalar_type(), input.sizes(), ", ", hidden.sizes(), ", ",
		    cx.sizes(), "): the IPU cannot: ", it_error());
	return { hy, cy, work };
}

static std::tuple<Tensor, Tensor, Tensor> lstm_cell_backward(const std::optional<Tensor> &grad_hy,
							     const std::optional<Tensor> &grad_cy,
							     const Tensor &cx, const Tensor &cy,
							     const Tensor &work, bool has_bias)
{
	const Tensor c = cx.contiguous();
	Tensor gates, dcx, dh = dense(grad_hy), dc = dense(grad_cy);
	const struct it_tensor *all[7];
	bool sound = true;

	if (!dh.defined() && !dc.defined())
		return {};
	gates = at::empty_like(work);
	dcx = at::empty_like(c);
	const Lowered t[] = { gates, dcx, dh, dc, c, cy.contiguous(), work };

	for (int i = 0; i < 7; i++) {
		sound = sound && t[i].sound;
		all[i] = t[i].get();
	}
	TORCH_CHECK(sound && ran(it_lstm_cell_grad(all), "lstm_cell_backward", { cx, work }),
		    "lstm_cell_backward(", cx.scalar_type(), cx.sizes(),
		    "): the IPU cannot: ", it_error());
	return { gates, dcx, has_bias ? gates.sum(0) : Tensor() };
}

/* ---- Sorting ----------------------------------------------------------------------------------- */

/* The first elements in order along @dim; @values and @indices have the shape of the result. */
static bool sorted(const char *name, const Tensor &a, int64_t dim, bool descending,
		   const Tensor &values, const Tensor &indices)
{
	const auto type = a.scalar_type();
	const int64_t at = a.dim() ? at::maybe_wrap_dim(dim, a.dim()) : 0;
	Tensor from, v, i;

	if (!values.numel())
		return true;
	if (!a.dim() || !(at::isFloatingType(type) || type == at::kLong || type == at::kInt))
		return false;
	if (at == a.dim() - 1) {
		const Lowered x(a), y(values), n(indices);

		return all_sound(x, y, n) &&
		       ran(it_sort(y.get(), n.get(), x.get(), descending), name, { a });
	}
	from = a.transpose(at, -1).contiguous();
	v = at::empty(values.transpose(at, -1).sizes(), values.options());
	i = at::empty(v.sizes(), indices.options());
	if (!sorted(name, from, -1, descending, v, i))
		return false;
	values.copy_(v.transpose(at, -1));
	indices.copy_(i.transpose(at, -1));
	return true;
}

/* Of so many elements along @dim, as sorted() wants them. */
static void take_sorted(const Tensor &a, int64_t dim, int64_t count, const Tensor &values,
			const Tensor &indices)
{
	auto size = a.sizes().vec();

	if (a.dim())
		size[at::maybe_wrap_dim(dim, a.dim())] = count;
	take_out(values, a, a.scalar_type(), size);
	take_out(indices, a, at::kLong, size);
}

static std::tuple<Tensor &, Tensor &> topk_out(const Tensor &a, int64_t k, int64_t dim,
					       bool largest, bool order, Tensor &values,
					       Tensor &indices)
{
	TORCH_CHECK(k >= 0 && k <= (a.dim() ? a.size(dim) : 1), "selected index k out of range");
	take_sorted(a, dim, k, values, indices);
	if (sorted("topk", a, dim, largest, values, indices))
		return { values, indices };
	return ON_CPU2(topk, values)(a, k, dim, largest, order, values, indices);
}

static std::tuple<Tensor &, Tensor &> sort_out(const Tensor &a, std::optional<bool> stable,
					       int64_t dim, bool descending, Tensor &values,
					       Tensor &indices)
{
	take_sorted(a, dim, a.dim() ? a.size(dim) : 1, values, indices);
	if (sorted("sort", a, dim, descending, values, indices))
		return { values, indices };
	return ON_CPU2(sort, values_stable)(a, stable, dim, descending, values, indices);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("neg.out", &neg_out);
	m.impl("abs.out", &abs_out);
	m.impl("floor.out", &floor_out);
	m.impl("ceil.out", &ceil_out);
	m.impl("round.out", &round_out);
	m.impl("trunc.out", &trunc_out);
	m.impl("silu.out", &silu_out);
	m.impl("sqrt.out", &sqrt_out);
	m.impl("rsqrt.out", &rsqrt_out);
	m.impl("reciprocal.out", &reciprocal_out);
	m.impl("exp.out", &exp_out);
	m.impl("expm1.out", &expm1_out);
	m.impl("log.out", &log_out);
	m.impl("log1p.out", &log1p_out);
	m.impl("erf.out", &erf_out);
	m.impl("tanh.out", &tanh_out);
	m.impl("sigmoid.out", &sigmoid_out);
	m.impl("bitwise_not.out", &bitwise_not_out);
	m.impl("logical_not.out", &logical_not_out);
	m.impl("isnan", &isnan);
	m.impl("isneginf.out", &isneginf_out);
	m.impl("isposinf.out", &isposinf_out);
	m.impl("gelu.out", &gelu_out);
	m.impl("gelu_backward.grad_input", &gelu_backward_out);
	m.impl("add.out", &add_out);
	m.impl("sub.out", &sub_out);
	m.impl("mul.out", &mul_out);
	m.impl("div.out", &div_out);
	m.impl("maximum.out", &maximum_out);
	m.impl("minimum.out", &minimum_out);
	m.impl("bitwise_and.Tensor_out", &bitwise_and_out);
	m.impl("bitwise_or.Tensor_out", &bitwise_or_out);
	m.impl("bitwise_xor.Tensor_out", &bitwise_xor_out);
	m.impl("pow.Tensor_Tensor_out", &pow_out);
	m.impl("pow.Tensor_Scalar_out", &pow_scalar_out);
	m.impl("eq.Tensor_out", &eq_tensor_out);
	m.impl("ne.Tensor_out", &ne_tensor_out);
	m.impl("lt.Tensor_out", &lt_tensor_out);
	m.impl("le.Tensor_out", &le_tensor_out);
	m.impl("gt.Tensor_out", &gt_tensor_out);
	m.impl("ge.Tensor_out", &ge_tensor_out);
	m.impl("eq.Scalar_out", &eq_scalar_out);
	m.impl("ne.Scalar_out", &ne_scalar_out);
	m.impl("lt.Scalar_out", &lt_scalar_out);
	m.impl("le.Scalar_out", &le_scalar_out);
	m.impl("gt.Scalar_out", &gt_scalar_out);
	m.impl("ge.Scalar_out", &ge_scalar_out);
	m.impl("logical_and.out", &logical_and_out);
	m.impl("logical_or.out", &logical_or_out);
	m.impl("logical_xor.out", &logical_xor_out);
	m.impl("relu", &relu);
	m.impl("relu_", &relu_);
	m.impl("threshold_backward.grad_input", &threshold_backward_out);
	m.impl("leaky_relu.out", &leaky_relu_out);
	m.impl("leaky_relu_backward.grad_input", &leaky_relu_backward_out);
	m.impl("tanh_backward.grad_input", &tanh_backward_out);
	m.impl("sigmoid_backward.grad_input", &sigmoid_backward_out);
	m.impl("silu_backward.grad_input", &silu_backward_out);
	m.impl("clamp.out", &clamp_out);
	m.impl("clamp_min.out", &clamp_min_out);
	m.impl("clamp_max.out", &clamp_max_out);
	m.impl("clamp_min.Tensor_out", &clamp_min_tensor_out);
	m.impl("clamp_max.Tensor_out", &clamp_max_tensor_out);
	m.impl("hardtanh", &hardtanh);
	m.impl("hardtanh_", &hardtanh_);
	m.impl("hardtanh.out", &hardtanh_out);
	m.impl("hardtanh_backward", &hardtanh_backward);
	m.impl("addcmul.out", &addcmul_out);
	m.impl("addcdiv.out", &addcdiv_out);
	m.impl("lerp.Scalar_out", &lerp_scalar_out);
	m.impl("where.self", &where);
	m.impl("where.self_out", &where_out);
	m.impl("masked_fill_.Scalar", &masked_fill_);
	m.impl("masked_fill_.Tensor", &masked_fill_tensor_);
	m.impl("fill_.Scalar", &fill_scalar_);
	m.impl("fill_.Tensor", &fill_tensor_);
	m.impl("zero_", &zero_);
	m.impl("arange.start_out", &arange_out);
	m.impl("normal_", &normal_);
	m.impl("uniform_", &uniform_);
	m.impl("bernoulli_.float", &bernoulli_);
	m.impl("native_dropout", &native_dropout);
	m.impl("native_dropout_backward", &native_dropout_backward);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("sum.IntList_out", &sum_out);
	m.impl("mean.out", &mean_out);
	m.impl("prod.int_out", &prod_out);
	m.impl("amax.out", &amax_out);
	m.impl("amin.out", &amin_out);
	m.impl("max", &max);
	m.impl("max.unary_out", &max_all_out);
	m.impl("min.unary_out", &min_all_out);
	m.impl("min", &min);
	m.impl("argmax.out", &argmax_out);
	m.impl("argmin.out", &argmin_out);
	m.impl("max.dim_max", &max_dim_out);
	m.impl("min.dim_min", &min_dim_out);
	m.impl("any.all_out", &any_all_out);
	m.impl("any.out", &any_dim_out);
	m.impl("all.all_out", &all_all_out);
	m.impl("all.out", &all_dim_out);
	m.impl("linalg_vector_norm.out", &linalg_vector_norm_out);
	m.impl("_softmax.out", &_softmax_out);
	m.impl("_log_softmax.out", &_log_softmax_out);
	m.impl("_softmax_backward_data.out", &_softmax_backward_out);
	m.impl("_log_softmax_backward_data.out", &_log_softmax_backward_out);
	m.impl("native_layer_norm", &native_layer_norm);
	m.impl("native_layer_norm_backward", &native_layer_norm_backward);
	m.impl("native_batch_norm", &native_batch_norm);
	m.impl("native_batch_norm_backward", &native_batch_norm_backward);
	m.impl("nll_loss_forward.output", &nll_loss_forward_out);
	m.impl("nll_loss_backward.grad_input", &nll_loss_backward_out);
	m.impl("mse_loss.out", &mse_loss_out);
	m.impl("mse_loss_backward", &mse_loss_backward);
	m.impl("mse_loss_backward.grad_input", &mse_loss_backward_out);
	m.impl("mm.out", &mm_out);
	m.impl("bmm.out", &bmm_out);
	m.impl("addmm.out", &addmm_out);
	m.impl("baddbmm.out", &baddbmm_out);
	m.impl("addmv.out", &addmv_out);
	m.impl("dot", &dot);
	m.impl("convolution_overrideable", &convolution);
	m.impl("convolution_backward_overrideable", &convolution_backward);
	m.impl("max_pool2d_with_indices.out", &max_pool2d_out);
	m.impl("max_pool2d_with_indices_backward.grad_input", &max_pool2d_backward_out);
	m.impl("avg_pool2d.out", &avg_pool2d_out);
	m.impl("avg_pool2d_backward.grad_input", &avg_pool2d_backward_out);
	m.impl("index_select", &index_select);
	m.impl("embedding_dense_backward", &embedding_dense_backward);
	m.impl("gather.out", &gather_out);
	m.impl("cat.out", &cat_out);
	m.impl("slice_backward", &slice_grad);
	m.impl("select_backward", &select_grad);
	m.impl("tril.out", &tril_out);
	m.impl("triu.out", &triu_out);
	m.impl("_thnn_fused_lstm_cell", &lstm_cell);
	m.impl("_thnn_fused_lstm_cell_backward_impl", &lstm_cell_backward);
	m.impl("topk.values", &topk_out);
	m.impl("sort.values_stable", &sort_out);
}

} // namespace torch_ipu
