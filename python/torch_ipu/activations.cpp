// SPDX-License-Identifier: MIT
/* Activations, bounds, and gates of an LSTM: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

/* ---- Activations, and their gradients --------------------------------------------------------- */

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

/* ---- The gates of an LSTM --------------------------------------------------------------------- */

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

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("gelu.out", &gelu_out);
	m.impl("gelu_backward.grad_input", &gelu_backward_out);
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
	m.impl("_thnn_fused_lstm_cell", &lstm_cell);
	m.impl("_thnn_fused_lstm_cell_backward_impl", &lstm_cell_backward);
}

} // namespace torch_ipu
