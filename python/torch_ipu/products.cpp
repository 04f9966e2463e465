// SPDX-License-Identifier: MIT
/* Products of matrices, convolutions and pooling: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <ATen/native/Pool.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

/* ---- Products --------------------------------------------------------------------------------- */

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

/* ---- Convolutions ----------------------------------------------------------------------------- */

Tensor empty_last(const Tensor &like, at::IntArrayRef size)
{
	return at::empty(size, like.options().memory_format(size.size() == 4 ?
								    at::MemoryFormat::ChannelsLast :
								    at::MemoryFormat::Contiguous));
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

/* ---- Pooling ---------------------------------------------------------------------------------- */

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

static void set_windows(struct it_pooling &how, at::IntArrayRef kernel, at::IntArrayRef stride,
			at::IntArrayRef padding)
{
	pair(kernel, how.kernel);
	pair(stride, how.stride, kernel);
	pair(padding, how.padding);
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
	set_windows(how, kernel, stride, padding);
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
	set_windows(how, kernel, stride, padding);
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
	set_windows(how, kernel, stride, padding);
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
	set_windows(how, kernel, stride, padding);
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

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
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
}

} // namespace torch_ipu
