// SPDX-License-Identifier: MIT
/* Arithmetic, comparisons and choices on each element: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>
#include <ATen/native/BinaryOps.h>
#include <ATen/native/Resize.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

/* ---- Any operation ---------------------------------------------------------------------------- */

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

Range range_of(uint32_t dtype)
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

bool fits(double value, uint32_t dtype)
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

bool map(const at::TensorIteratorBase &iter, const char *name, uint32_t op, at::ScalarType type,
	 Numbers numbers)
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

/* ---- Of one tensor ---------------------------------------------------------------------------- */

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

/* ---- Of two ----------------------------------------------------------------------------------- */

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

/* ---- Of three --------------------------------------------------------------------------------- */

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
	m.impl("addcmul.out", &addcmul_out);
	m.impl("addcdiv.out", &addcdiv_out);
	m.impl("lerp.Scalar_out", &lerp_scalar_out);
	m.impl("where.self", &where);
	m.impl("where.self_out", &where_out);
	m.impl("masked_fill_.Scalar", &masked_fill_);
	m.impl("masked_fill_.Tensor", &masked_fill_tensor_);
}

} // namespace torch_ipu
