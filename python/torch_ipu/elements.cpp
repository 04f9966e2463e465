// SPDX-License-Identifier: MIT
/* Operations of PyTorch that are a formula on each element. */
#include <ATen/ATen.h>
#include <ATen/ScalarOps.h>
#include <ATen/native/BinaryOps.h>
#include <ATen/native/Resize.h>
#include <torch/library.h>

#include "chain.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

bool Chain::give(const Element &result)
{
	const int operands = iter.ntensors() - 1;
	struct it_tensor t[IT_CHAIN_INPUTS + 1];
	struct it_chain how = {};
	std::vector<Tensor> all;

	if (!iter.numel())
		return true;
	if (iter.ndim() > IT_DIMS || iter.numel() > INT32_MAX || operands > IT_CHAIN_INPUTS ||
	    step.size() > IT_CHAIN_STEPS || result.number != IT_CHAIN_INPUTS + step.size() - 1 ||
	    !lower_operand(iter, 0, &t[0]))
		return false;
	for (int i = 0; i < operands; i++) {
		if (!lower_operand(iter, i + 1, &t[i + 1]) || iter.device(i + 1).is_cpu())
			return false;
		how.input[i] = &t[i + 1];
	}
	how.name = name;
	how.dtype = at::isFloatingType(iter.common_dtype()) ? IPU_F32 : IPU_I32;
	how.to = &t[0];
	how.inputs = uint32_t(operands);
	how.step = step.data();
	how.steps = uint32_t(step.size());
	for (int i = 0; i < iter.ntensors(); i++)
		all.push_back(iter.tensor(i));
	return ran(it_chain(&how), name, all);
}

/* Numbers of the CPU are brought to where the others are, in the type that is computed in. */
static Tensor beside(const Tensor &number, const Tensor &other)
{
	return number.is_cpu() && !number.dim() ?
		       number.to(other.device(), at::result_type(number, other)) :
		       number;
}

/* ---- Functions of one number ------------------------------------------------------------- */

#define FUNCTION(op, formula)                                           \
	static Tensor &op##_out(const Tensor &a, Tensor &out)           \
	{                                                               \
		auto iter = at::TensorIterator::unary_float_op(out, a); \
		Chain chain(#op, iter);                                 \
		const Element x = chain[0];                             \
		if (chain.give(formula))                                \
			return out;                                     \
		return ON_CPU2(op, out)(a, out);                        \
	}

/*
 * x less the next multiple k of pi / 2, and k. pi / 2 is a sum of three floats, so that nothing is
 * lost where they cancel; what k lacks for large x is found a second time.
 */
static std::pair<Element, Element> reduced(const Element &x)
{
	const double half = M_PI_2, first = float(half), second = float(half - first);
	const double third = half - first - second + 6.123233995736766e-17;
	const auto less = [&](const Element &a, const Element &k) {
		return plus(plus(plus(a, k, -first), k, -second), k, -third);
	};
	const Element k = round(x * (1 / half));
	const Element rest = less(x, k);
	const Element more = round(rest * (1 / half));

	return { less(rest, more), k + more };
}

/* sin(x + @quarters * pi / 2); not a number from 2^24 on, where floats are no angles. */
static Element sine(const Element &x, double quarters)
{
	const auto [r, k] = reduced(select(abs(x) < 0x1p24, x, NAN));
	const Element q = k + quarters;
	const Element turn = plus(q, floor(q * 0.25), -4); /* 0 to 3 */
	const Element s = square(r);
	const Element odd =
		r + r * s * (-1.6666654611e-1 + s * (8.3321608736e-3 + s * -1.9515295891e-4));
	const Element even =
		1.0 + s * (-0.5 + s * (4.166664568298827e-2 +
				       s * (-1.388731625493765e-3 + s * 2.443315711809948e-5)));
	const Element size = select((turn == 1) || (turn == 3), even, odd);

	return select(turn >= 2, -size, size);
}

FUNCTION(sin, sine(x, 0))
FUNCTION(cos, sine(x, 1))
FUNCTION(log2, log(x) * M_LOG2E)
FUNCTION(log10, log(x) * M_LOG10E)
FUNCTION(sinh, (expm1(x) - expm1(-x)) * 0.5)
FUNCTION(cosh, (exp(x) + exp(-x)) * 0.5)
FUNCTION(exp2, binary(IPU_MAP_POW, 2.0, x))

static Tensor &tan_out(const Tensor &a, Tensor &out)
{
	const Tensor x = a.to(at::kFloat);

	if (!is_real(a))
		return ON_CPU2(tan, out)(a, out);
	return give(at::div(at::sin(x), at::cos(x)), out);
}

/* Of no number it is 0. */
static Tensor &sign_out(const Tensor &a, Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);
	Chain chain("sign", iter);
	const Element x = chain[0];

	if (iter.common_dtype() == at::kBool)
		return out.copy_(a);
	if (chain.give(at::isFloatingType(iter.common_dtype()) ? select(isnan(x), 0, sign(x)) :
								 sign(x)))
		return out;
	return ON_CPU2(sign, out)(a, out);
}

static Tensor &sgn_out(const Tensor &a, Tensor &out)
{
	return a.is_complex() ? ON_CPU2(sgn, out)(a, out) : torch_ipu::sign_out(a, out);
}

static Tensor &nan_to_num_out(const Tensor &a, std::optional<double> nan,
			      std::optional<double> high, std::optional<double> low, Tensor &out)
{
	const double most = a.scalar_type() == at::kHalf     ? 65504 :
			    a.scalar_type() == at::kBFloat16 ? 3.3895313892515355e38 :
							       std::numeric_limits<float>::max();
	const double inf = std::numeric_limits<double>::infinity();

	if (at::isIntegralType(a.scalar_type(), true)) {
		at::native::resize_output(out, a.sizes());
		return out.copy_(a);
	}
	auto iter = at::TensorIterator::unary_op(out, a);
	Chain chain("nan_to_num", iter);
	const Element x = chain[0], number = select(isnan(x), nan.value_or(0), x);

	if (chain.give(select(number == -inf, low.value_or(-most),
			      select(number == inf, high.value_or(most), number))))
		return out;
	return ON_CPU2(nan_to_num, out)(a, nan, high, low, out);
}

/* ---- Activations -------------------------------------------------------------------------- */

#define ACTIVATION(op, PARAMETERS, ARGUMENTS, formula)                              \
	static Tensor &op##_out(const Tensor &a REMOVE PARAMETERS, Tensor &out)     \
	{                                                                           \
		auto iter = at::TensorIterator::unary_op(out, a);                   \
		Chain chain(#op, iter);                                             \
		const Element x = chain[0];                                         \
		if (at::isFloatingType(iter.common_dtype()) && chain.give(formula)) \
			return out;                                                 \
		return ON_CPU2(op, out)(a REMOVE ARGUMENTS, out);                   \
	}
#define REMOVE(...) __VA_OPT__(, ) __VA_ARGS__

/* Of x and the gradient g of the result. */
#define ACTIVATION_GRADIENT(op, overload, PARAMETERS, ARGUMENTS, formula)              \
	static Tensor &op##_out(const Tensor &grad, const Tensor &a REMOVE PARAMETERS, \
				Tensor &out)                                           \
	{                                                                              \
		auto iter = iterate(out, { grad, a });                                 \
		Chain chain(#op, iter);                                                \
		const Element g = chain[0], x = chain[1];                              \
		if (at::isFloatingType(iter.common_dtype()) && chain.give(formula))    \
			return out;                                                    \
		return ON_CPU2(op, overload)(grad, a REMOVE ARGUMENTS, out);           \
	}

static Element soft(const Element &x, double beta, double threshold)
{
	const Element scaled = x * beta;

	return select(scaled > threshold, x, log1p(exp(scaled)) / beta);
}

static Element soft_gradient(const Element &g, const Element &x, double beta, double threshold)
{
	const Element scaled = x * beta;

	return select(scaled > threshold, g, g * sigmoid(scaled));
}

ACTIVATION(softplus, (const Scalar &beta, const Scalar &threshold), (beta, threshold),
	   soft(x, beta.toDouble(), threshold.toDouble()))
ACTIVATION_GRADIENT(softplus_backward, grad_input, (const Scalar &beta, const Scalar &threshold),
		    (beta, threshold), soft_gradient(g, x, beta.toDouble(), threshold.toDouble()))

static Element elu_of(const Element &x, double alpha, double scale, double input_scale)
{
	return select(x > 0, x * scale, expm1(x * input_scale) * (alpha * scale));
}

ACTIVATION(elu, (const Scalar &alpha, const Scalar &scale, const Scalar &input_scale),
	   (alpha, scale, input_scale),
	   elu_of(x, alpha.toDouble(), scale.toDouble(), input_scale.toDouble()))

static Tensor &elu_backward_out(const Tensor &grad, const Scalar &alpha, const Scalar &scale,
				const Scalar &input_scale, bool is_result, const Tensor &a,
				Tensor &out)
{
	const double factor = alpha.toDouble() * scale.toDouble(), in = input_scale.toDouble();
	auto iter = iterate(out, { grad, a });
	Chain chain("elu_backward", iter);
	const Element g = chain[0], x = chain[1];
	const Element below = is_result ? (x + factor) * in : exp(x * in) * (in * factor);

	if (chain.give(g * select(x > 0, scale.toDouble(), below)))
		return out;
	return ON_CPU2(elu_backward, grad_input)(grad, alpha, scale, input_scale, is_result, a,
						 out);
}

static Element sixth(const Element &x)
{
	return clamp(x + 3.0, 0, 6) / 6.0;
}

ACTIVATION(hardsigmoid, (), (), sixth(x))
ACTIVATION_GRADIENT(hardsigmoid_backward, grad_input, (), (),
		    select((x > -3) && (x < 3), g / 6.0, 0))
ACTIVATION(hardswish, (), (), x *sixth(x))
ACTIVATION_GRADIENT(hardswish_backward, out, (), (),
		    g *select(x < -3, 0, select(x > 3, 1, x / 3.0 + 0.5)))

static Tensor hardswish(const Tensor &a)
{
	Tensor out = at::empty_like(a);

	return torch_ipu::hardswish_out(a, out);
}

static Tensor &hardswish_(Tensor &a)
{
	return torch_ipu::hardswish_out(a, a);
}

static Tensor hardswish_backward(const Tensor &grad, const Tensor &a)
{
	Tensor out = at::empty_like(a);

	return torch_ipu::hardswish_backward_out(grad, a, out);
}

/* Above 20 the logarithm is x itself. */
static Element mish_of(const Element &x)
{
	return x * tanh(soft(x, 1, 20));
}

static Element mish_gradient(const Element &g, const Element &x)
{
	const Element t = tanh(soft(x, 1, 20));

	return g * (t + x * sigmoid(x) * (1.0 - square(t)));
}

ACTIVATION(mish, (), (), mish_of(x))

static Tensor mish_backward(const Tensor &grad, const Tensor &a)
{
	Tensor out = at::empty_like(a);
	auto iter = iterate(out, { grad, a });
	Chain chain("mish_backward", iter);

	if (chain.give(mish_gradient(chain[0], chain[1])))
		return out;
	return ON_CPU(mish_backward)(grad, a);
}

static Element shrunk(const Element &x, double by)
{
	return select(x > by, x - by, select(x < -by, x + by, x * 0.0));
}

ACTIVATION(softshrink, (const Scalar &by), (by), shrunk(x, by.toDouble()))
ACTIVATION_GRADIENT(softshrink_backward, grad_input, (const Scalar &by), (by),
		    select((x >= -by.toDouble()) && (x <= by.toDouble()), 0, g))
ACTIVATION(hardshrink, (const Scalar &by), (by),
	   select((x >= -by.toDouble()) && (x <= by.toDouble()), 0, x))
ACTIVATION_GRADIENT(hardshrink_backward, grad_input, (const Scalar &by), (by),
		    select((x >= -by.toDouble()) && (x <= by.toDouble()), 0, g))

/* Of integers, too. */
static Tensor &threshold_out(const Tensor &a, const Scalar &threshold, const Scalar &value,
			     Tensor &out)
{
	auto iter = at::TensorIterator::unary_op(out, a);
	Chain chain("threshold", iter);
	const Element x = chain[0];

	if (chain.give(select(x <= threshold.toDouble(), value.toDouble(), x)))
		return out;
	return ON_CPU2(threshold, out)(a, threshold, value, out);
}

static Tensor prelu(const Tensor &a, const Tensor &weight)
{
	Tensor out;
	auto iter = iterate(out, { a, weight });
	Chain chain("prelu", iter);
	const Element x = chain[0], w = chain[1];

	if (chain.give(select(x > 0, x, w * x)))
		return iter.output();
	return ON_CPU(_prelu_kernel)(a, weight);
}

static std::tuple<Tensor, Tensor> prelu_backward(const Tensor &grad, const Tensor &a,
						 const Tensor &weight)
{
	Tensor dx, dw;
	auto iter = iterate(dx, { grad, a, weight });
	auto other = iterate(dw, { grad, a, weight });
	Chain chain("prelu_backward", iter), of_weight("prelu_backward", other);
	const Element g = chain[0], x = chain[1], w = chain[2];
	const Element h = of_weight[0], y = of_weight[1];

	if (chain.give(select(x > 0, g, w * g)) && of_weight.give(select(y > 0, 0, y * h)))
		return { iter.output(), other.output() };
	return ON_CPU(_prelu_kernel_backward)(grad, a, weight);
}

static Tensor &glu_out(const Tensor &a, int64_t dim, Tensor &out)
{
	const auto half = a.chunk(2, dim);
	auto iter = iterate(out, { half[0], half[1] });
	Chain chain("glu", iter);

	if (chain.give(chain[0] * sigmoid(chain[1])))
		return out;
	return ON_CPU2(glu, out)(a, dim, out);
}

static Tensor &glu_backward_out(const Tensor &grad, const Tensor &a, int64_t dim, Tensor &out)
{
	if (!is_real(a))
		return ON_CPU2(glu_backward, grad_input)(grad, a, dim, out);
	const auto half = a.chunk(2, dim);
	const Tensor gate = at::sigmoid(half[1]);

	return give(
		at::cat({ at::mul(grad, gate), at::mul(grad, at::sigmoid_backward(half[0], gate)) },
			dim),
		out);
}

static Tensor glu_backward(const Tensor &grad, const Tensor &a, int64_t dim)
{
	Tensor out = at::empty({ 0 }, a.options());

	return torch_ipu::glu_backward_out(grad, a, dim, out);
}

/* x * log(y), and 0 where x is 0 and y is a number. */
static Tensor &xlogy_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	const Tensor c = beside(a, b), d = beside(b, a);
	auto iter = at::TensorIterator::binary_float_op(out, c, d);
	Chain chain("xlogy", iter);
	const Element x = chain[0], y = chain[1];

	if (chain.give(select(isnan(y), y, select(x == 0, 0, x * log(y)))))
		return out;
	return ON_CPU2(xlogy, OutTensor)(a, b, out);
}

/* ---- Quotients and remainders ---------------------------------------------------------------- */

/* Numbers that are divided: @whole ones, or floats. */
struct Division {
	bool whole;
	Element x;
	Element y;
};

static Element fmod(const Division &d)
{
	return d.whole ? d.x - d.x / d.y * d.y : fmod(d.x, d.y);
}

/* Is what fmod() leaves to be taken from the next quotient, as the signs differ? */
static Element is_below(const Division &d, const Element &rest)
{
	return (rest != 0) && ((rest < 0) != (d.y < 0));
}

static Element remainder(const Division &d)
{
	const Element rest = fmod(d);

	return select(is_below(d, rest), rest + d.y, rest);
}

static Element truncated(const Division &d)
{
	const Element quotient = d.x / d.y;

	return d.whole ? quotient : trunc(quotient);
}

/* Of floats a quotient without rest, which may be off by less than a half; 0 has a sign. */
static Element floored(const Division &d)
{
	const Element rest = fmod(d), quotient = d.x / d.y;

	if (d.whole)
		return select(is_below(d, rest), quotient - 1, quotient);

	const Element even = (d.x - rest) / d.y;
	const Element near = round(select(is_below(d, rest), even - 1, even));

	return select(d.y == 0, quotient, select(near == 0, quotient * 0, near));
}

/* Whether the tiles did it: not of what is true or false, which PyTorch refuses. */
static bool divided(const char *name, const Tensor &a, const Tensor &b, Tensor &out,
		    Element (*formula)(const Division &))
{
	const Tensor c = beside(a, b), d = beside(b, a);
	const auto type = at::result_type(a, b);

	if (type == at::kBool)
		return false;
	auto iter = at::TensorIterator::binary_op(out, c, d);
	Chain chain(name, iter);

	return chain.give(formula({ at::isIntegralType(type, false), chain[0], chain[1] }));
}

static Tensor &remainder_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	return divided("remainder", a, b, out, remainder) ?
		       out :
		       ON_CPU2(remainder, Tensor_out)(a, b, out);
}

static Tensor remainder_of_number(const Scalar &a, const Tensor &b)
{
	return at::remainder(at::native::wrapped_scalar_tensor(a), b);
}

static Tensor &fmod_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	return divided("fmod", a, b, out, fmod) ? out : ON_CPU2(fmod, Tensor_out)(a, b, out);
}

static Tensor &div_mode_out(const Tensor &a, const Tensor &b, std::optional<c10::string_view> mode,
			    Tensor &out)
{
	if (!mode)
		return at::div_out(out, a, b);
	if (*mode == "floor" && divided("floor_divide", a, b, out, floored))
		return out;
	if (*mode == "trunc" && divided("div", a, b, out, truncated))
		return out;
	return ON_CPU2(div, out_mode)(a, b, mode, out);
}

static Tensor &floor_divide_out(const Tensor &a, const Tensor &b, Tensor &out)
{
	return div_mode_out(a, b, "floor", out);
}

static Tensor floor_divide(const Tensor &a, const Tensor &b)
{
	Tensor out = at::empty({ 0 }, (a.is_cpu() ? b : a).options().dtype(at::result_type(a, b)));

	return torch_ipu::floor_divide_out(a, b, out);
}

static Tensor &floor_divide_(Tensor &a, const Tensor &b)
{
	return torch_ipu::floor_divide_out(a, b, a);
}

static Tensor rsub(const Tensor &a, const Tensor &b, const Scalar &alpha)
{
	return at::sub(b, a, alpha);
}

static Tensor &pow_of_number_out(const Scalar &a, const Tensor &b, Tensor &out)
{
	Tensor base = at::scalar_tensor(a, at::kDouble);

	if (a.isComplex() || !is_real(b))
		return ON_CPU2(pow, Scalar_out)(a, b, out);
	base.unsafeGetTensorImpl()->set_wrapped_number(true);
	return at::pow_out(out, base, b);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("sin.out", &sin_out);
	m.impl("cos.out", &cos_out);
	m.impl("tan.out", &tan_out);
	m.impl("sinh.out", &sinh_out);
	m.impl("cosh.out", &cosh_out);
	m.impl("log2.out", &log2_out);
	m.impl("log10.out", &log10_out);
	m.impl("exp2.out", &exp2_out);
	m.impl("sign.out", &sign_out);
	m.impl("sgn.out", &sgn_out);
	m.impl("nan_to_num.out", &nan_to_num_out);
	m.impl("softplus.out", &softplus_out);
	m.impl("softplus_backward.grad_input", &softplus_backward_out);
	m.impl("elu.out", &elu_out);
	m.impl("elu_backward.grad_input", &elu_backward_out);
	m.impl("hardsigmoid.out", &hardsigmoid_out);
	m.impl("hardsigmoid_backward.grad_input", &hardsigmoid_backward_out);
	m.impl("hardswish", &hardswish);
	m.impl("hardswish_", &hardswish_);
	m.impl("hardswish.out", &hardswish_out);
	m.impl("hardswish_backward", &hardswish_backward);
	m.impl("mish.out", &mish_out);
	m.impl("mish_backward", &mish_backward);
	m.impl("softshrink.out", &softshrink_out);
	m.impl("softshrink_backward.grad_input", &softshrink_backward_out);
	m.impl("hardshrink.out", &hardshrink_out);
	m.impl("hardshrink_backward.grad_input", &hardshrink_backward_out);
	m.impl("threshold.out", &threshold_out);
	m.impl("_prelu_kernel", &prelu);
	m.impl("_prelu_kernel_backward", &prelu_backward);
	m.impl("glu.out", &glu_out);
	m.impl("glu_backward.grad_input", &glu_backward_out);
	m.impl("glu_backward", &glu_backward);
	m.impl("xlogy.OutTensor", &xlogy_out);
	m.impl("remainder.Tensor_out", &remainder_out);
	m.impl("remainder.Scalar_Tensor", &remainder_of_number);
	m.impl("fmod.Tensor_out", &fmod_out);
	m.impl("div.out_mode", &div_mode_out);
	m.impl("floor_divide", &floor_divide);
	m.impl("floor_divide_.Tensor", &floor_divide_);
	m.impl("floor_divide.out", &floor_divide_out);
	m.impl("rsub.Tensor", &rsub);
	m.impl("pow.Scalar_out", &pow_of_number_out);
}

} // namespace torch_ipu
