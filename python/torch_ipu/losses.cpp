// SPDX-License-Identifier: MIT
/* Losses of PyTorch: a graph of their own, or a formula on each element, or the sum of one. */
#include <ATen/ATen.h>
#include <ATen/native/Resize.h>
#include <torch/library.h>

#include "chain.hpp"

namespace torch_ipu
{

using at::Tensor;

/* ---- Graphs of their own ---------------------------------------------------------------------- */

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

/* ---- Formulas on each element ----------------------------------------------------------------- */

/* What becomes of the losses of elements. */
static Tensor &reduced_to(const Tensor &losses, int64_t reduction, at::ScalarType type, Tensor &out)
{
	return give((reduction == at::Reduction::Mean ? losses.mean() :
		     reduction == at::Reduction::Sum  ? losses.sum() :
							losses)
			    .to(type),
		    out);
}

static Tensor losses_for(const Tensor &a, int64_t reduction)
{
	return at::empty({ 0 }, a.options().dtype(reduction ? at::kFloat : a.scalar_type()));
}

/* The part of a gradient of a mean that each element has. */
static double share(const Tensor &a, int64_t reduction)
{
	return reduction == at::Reduction::Mean ? 1.0 / double(a.numel()) : 1;
}

static Element smooth(const Element &d, double beta)
{
	const Element size = abs(d);

	return beta > 0 ? select(size < beta, square(d) * (0.5 / beta), size - 0.5 * beta) : size;
}

static Element smooth_gradient(const Element &g, const Element &d, double beta)
{
	return g * (beta > 0 ? clamp(d / beta, -1, 1) : sign(d));
}

/* The losses are those of smooth L1 with a factor of @delta. */
static Element huber(const Element &d, double delta)
{
	const Element size = abs(d);

	return select(size <= delta, square(d) * 0.5, (size - 0.5 * delta) * delta);
}

static Element huber_gradient(const Element &g, const Element &d, double delta)
{
	return g * clamp(d, -delta, delta);
}

using Formula = Element (*)(const Element &, double);
using Gradient = Element (*)(const Element &, const Element &, double);

/* Of the difference between two tensors. */
static bool loss_of(const char *name, Formula formula, const Tensor &a, const Tensor &b,
		    int64_t reduction, double number, Tensor &out)
{
	Tensor losses = losses_for(a, reduction);
	auto iter = iterate(losses, { a, b });
	Chain chain(name, iter);

	if (!at::isFloatingType(iter.common_dtype()) ||
	    !chain.give(formula(chain[0] - chain[1], number)))
		return false;
	reduced_to(losses, reduction, iter.common_dtype(), out);
	return true;
}

static bool loss_gradient(const char *name, Gradient gradient, const Tensor &grad, const Tensor &a,
			  const Tensor &b, int64_t reduction, double number, Tensor &out)
{
	auto iter = iterate(out, { grad, a, b });
	Chain chain(name, iter);
	const double part = share(a, reduction);

	return at::isFloatingType(iter.common_dtype()) &&
	       chain.give(gradient(chain[0] * part, chain[1] - chain[2], number));
}

static Tensor &smooth_l1_out(const Tensor &a, const Tensor &b, int64_t reduction, double beta,
			     Tensor &out)
{
	TORCH_CHECK(beta >= 0, "smooth_l1_loss does not support negative values for beta.");
	if (loss_of("smooth_l1_loss", smooth, a, b, reduction, beta, out))
		return out;
	return ON_CPU2(smooth_l1_loss, out)(a, b, reduction, beta, out);
}

static Tensor &smooth_l1_backward_out(const Tensor &grad, const Tensor &a, const Tensor &b,
				      int64_t reduction, double beta, Tensor &out)
{
	if (loss_gradient("smooth_l1_loss_backward", smooth_gradient, grad, a, b, reduction, beta,
			  out))
		return out;
	return ON_CPU2(smooth_l1_loss_backward, grad_input)(grad, a, b, reduction, beta, out);
}

static Tensor &huber_loss_out(const Tensor &a, const Tensor &b, int64_t reduction, double delta,
			      Tensor &out)
{
	TORCH_CHECK(delta > 0, "huber_loss does not support non-positive values for delta.");
	if (loss_of("huber_loss", huber, a, b, reduction, delta, out))
		return out;
	return ON_CPU2(huber_loss, out)(a, b, reduction, delta, out);
}

static Tensor huber_loss(const Tensor &a, const Tensor &b, int64_t reduction, double delta)
{
	Tensor out = at::empty({ 0 }, a.options());

	return torch_ipu::huber_loss_out(a, b, reduction, delta, out);
}

static Tensor &huber_loss_backward_out(const Tensor &grad, const Tensor &a, const Tensor &b,
				       int64_t reduction, double delta, Tensor &out)
{
	if (loss_gradient("huber_loss_backward", huber_gradient, grad, a, b, reduction, delta, out))
		return out;
	return ON_CPU2(huber_loss_backward, out)(grad, a, b, reduction, delta, out);
}

/* Logarithms are no less than -100, as PyTorch says. */
static Element entropy(const Element &x, const Element &t)
{
	const Element yes = most(log(x), -100), no = most(log1p(-x), -100);

	return (t - 1.0) * no - t * yes;
}

static Tensor &binary_cross_entropy_out(const Tensor &a, const Tensor &b,
					const std::optional<Tensor> &weight, int64_t reduction,
					Tensor &out)
{
	const bool weighted = weight && weight->defined();
	Tensor losses = losses_for(a, reduction);

	TORCH_CHECK(a.sizes() == b.sizes(), "Using a target size (", b.sizes(),
		    ") that is different to the input size (", a.sizes(),
		    ") is deprecated. Please ensure they have the same size.");
	if (is_real(a)) {
		auto iter =
			weighted ? iterate(losses, { a, b, *weight }) : iterate(losses, { a, b });
		Chain chain("binary_cross_entropy", iter);
		const Element loss = entropy(chain[0], chain[1]);

		if (chain.give(weighted ? loss * chain[2] : loss))
			return reduced_to(losses, reduction, a.scalar_type(), out);
	}
	return ON_CPU2(binary_cross_entropy, out)(a, b, weight, reduction, out);
}

static Tensor binary_cross_entropy(const Tensor &a, const Tensor &b,
				   const std::optional<Tensor> &weight, int64_t reduction)
{
	Tensor out = at::empty({ 0 }, a.options());

	return torch_ipu::binary_cross_entropy_out(a, b, weight, reduction, out);
}

static Tensor &binary_cross_entropy_backward_out(const Tensor &grad, const Tensor &a,
						 const Tensor &b,
						 const std::optional<Tensor> &weight,
						 int64_t reduction, Tensor &out)
{
	const bool weighted = weight && weight->defined();
	auto iter = weighted ? iterate(out, { grad, a, b, *weight }) : iterate(out, { grad, a, b });
	Chain chain("binary_cross_entropy_backward", iter);
	const Element g = chain[0] * share(a, reduction), x = chain[1], t = chain[2];
	const Element dx = g * (x - t) / most((1.0 - x) * x, 1e-12);

	if (chain.give(weighted ? dx * chain[3] : dx))
		return out;
	return ON_CPU2(binary_cross_entropy_backward, grad_input)(grad, a, b, weight, reduction,
								  out);
}

static Tensor binary_cross_entropy_backward(const Tensor &grad, const Tensor &a, const Tensor &b,
					    const std::optional<Tensor> &weight, int64_t reduction)
{
	Tensor out = at::empty_like(a);

	return torch_ipu::binary_cross_entropy_backward_out(grad, a, b, weight, reduction, out);
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("nll_loss_forward.output", &nll_loss_forward_out);
	m.impl("nll_loss_backward.grad_input", &nll_loss_backward_out);
	m.impl("mse_loss.out", &mse_loss_out);
	m.impl("mse_loss_backward", &mse_loss_backward);
	m.impl("mse_loss_backward.grad_input", &mse_loss_backward_out);
	m.impl("smooth_l1_loss.out", &smooth_l1_out);
	m.impl("smooth_l1_loss_backward.grad_input", &smooth_l1_backward_out);
	m.impl("huber_loss", &huber_loss);
	m.impl("huber_loss.out", &huber_loss_out);
	m.impl("huber_loss_backward.out", &huber_loss_backward_out);
	m.impl("binary_cross_entropy", &binary_cross_entropy);
	m.impl("binary_cross_entropy.out", &binary_cross_entropy_out);
	m.impl("binary_cross_entropy_backward", &binary_cross_entropy_backward);
	m.impl("binary_cross_entropy_backward.grad_input", &binary_cross_entropy_backward_out);
}

} // namespace torch_ipu
