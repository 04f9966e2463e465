// SPDX-License-Identifier: MIT
/*
 * Operations of PyTorch that are made of others on tiles: statistics, running sums, norms of
 * groups, and steps of optimisers.
 */
#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/native/Resize.h>
#include <torch/library.h>

#include "chain.hpp"

namespace torch_ipu
{

using at::IntArrayRef;
using at::Scalar;
using at::Tensor;

/* ---- Statistics ---------------------------------------------------------------------------- */

/* @t, which has the dimensions that are kept, with those of @dims as well. */
static Tensor with_all(Tensor t, int64_t ndim, uint32_t dims, bool keep)
{
	for (int64_t i = 0; i < ndim && !keep; i++)
		if (dims >> i & 1)
			t = t.unsqueeze(i);
	return t;
}

struct Spread {
	bool root;
	at::OptionalIntArrayRef dims;
	std::optional<Scalar> correction;
	bool keep;
};

/* @mean may be undefined; both become as large as they have to be. */
static bool spread_of(const Spread &how, const Tensor &a, Tensor &out, Tensor &mean)
{
	const double correction = how.correction ? how.correction->toDouble() : 1;
	struct it_tensor from, to, centre;
	uint32_t dims;

	if (!is_real(a) || !a.numel() || a.dim() > IT_DIMS)
		return false;
	dims = bits(how.dims, a.dim());
	take_out(out, a, a.scalar_type(), kept_sizes(a, dims, how.keep));
	if (mean.defined())
		take_out(mean, a, a.scalar_type(), kept_sizes(a, dims, how.keep));
	return lower(a, &from) && lower(with_all(out, a.dim(), dims, how.keep), &to) &&
	       (!mean.defined() || lower(with_all(mean, a.dim(), dims, how.keep), &centre)) &&
	       ran(it_variance(how.root, &to, mean.defined() ? &centre : nullptr, &from, dims,
			       correction),
		   how.root ? "std" : "var", { a });
}

#define SPREAD(name, op, root)                                                                     \
	static Tensor &name##_out(const Tensor &a, at::OptionalIntArrayRef dims,                   \
				  const std::optional<Scalar> &correction, bool keep, Tensor &out) \
	{                                                                                          \
		Tensor none;                                                                       \
		if (spread_of({ root, dims, correction, keep }, a, out, none))                     \
			return out;                                                                \
		return ON_CPU2(op, correction_out)(a, dims, correction, keep, out);                \
	}                                                                                          \
	static Tensor name(const Tensor &a, at::OptionalIntArrayRef dims,                          \
			   const std::optional<Scalar> &correction, bool keep)                     \
	{                                                                                          \
		Tensor out = at::empty({ 0 }, a.options()), none;                                  \
		if (spread_of({ root, dims, correction, keep }, a, out, none))                     \
			return out;                                                                \
		return ON_CPU2(op, correction)(a, dims, correction, keep);                         \
	}                                                                                          \
	static std::tuple<Tensor, Tensor> name##_mean(                                             \
		const Tensor &a, at::OptionalIntArrayRef dims,                                     \
		const std::optional<Scalar> &correction, bool keep)                                \
	{                                                                                          \
		Tensor out = at::empty({ 0 }, a.options()), mean = at::empty_like(out);            \
		if (spread_of({ root, dims, correction, keep }, a, out, mean))                     \
			return { out, mean };                                                      \
		return ON_CPU2(op##_mean, correction)(a, dims, correction, keep);                  \
	}

SPREAD(variance, var, false)
SPREAD(deviation, std, true)

static bool scan(const char *name, uint32_t op, const Tensor &a, int64_t dim, Tensor &out)
{
	struct it_tensor to, from;

	take_out(out, a, out.scalar_type(), a.sizes());
	return out.scalar_type() != at::kBool && lower(out, &to) && lower(a, &from) &&
	       ran(it_scan(name, op, &to, &from, uint32_t(at::maybe_wrap_dim(dim, a.dim()))), name,
		   { a });
}

static Tensor &cumsum_out(const Tensor &a, int64_t dim, std::optional<at::ScalarType> type,
			  Tensor &out)
{
	if (scan("cumsum", IPU_MAP_ADD, a, dim, out))
		return out;
	return ON_CPU2(cumsum, out)(a, dim, type, out);
}

static Tensor &cumprod_out(const Tensor &a, int64_t dim, std::optional<at::ScalarType> type,
			   Tensor &out)
{
	if (scan("cumprod", IPU_MAP_MUL, a, dim, out))
		return out;
	return ON_CPU2(cumprod, out)(a, dim, type, out);
}

/* How often each number comes: as many as fit into a float's 24 bits are counted. */
static Tensor bincount(const Tensor &a, const std::optional<Tensor> &weights, int64_t least)
{
	const bool weighted = weights && weights->defined();

	if (a.dim() != 1 || !a.numel() || a.numel() >= 1 << 24 || least < 0 ||
	    !at::isIntegralType(a.scalar_type(), false) || (weighted && !is_real(*weights)))
		return ON_CPU(bincount)(a, weights, least);
	TORCH_CHECK(a.min().item<int64_t>() >= 0,
		    "bincount only supports 1-d non-negative integral inputs.");
	const int64_t bins = std::max(a.max().item<int64_t>() + 1, least);
	const Tensor each =
		weighted ? whole(*weights) : at::ones({ a.numel() }, a.options().dtype(at::kFloat));
	const Tensor sums = at::embedding_dense_backward(each.reshape({ -1, 1 }), a.to(at::kLong),
							 bins, -1, false)
				    .view({ bins });

	return weighted ? sums : sums.to(at::kLong);
}

static Tensor &linspace_out(const Scalar &start, const Scalar &end, int64_t steps, Tensor &out)
{
	TORCH_CHECK(steps >= 0, "number of steps must be non-negative");
	if (!is_real(out) || start.isComplex() || end.isComplex() || steps < 2 || steps >= 1 << 24)
		return ON_CPU2(linspace, out)(start, end, steps, out);
	at::native::resize_output(out, { steps });
	const double from = start.toDouble(), to = end.toDouble();
	const double step = (to - from) / double(steps - 1), last = double(steps - 1);
	const Tensor number = at::arange(steps, out.options().dtype(at::kFloat));
	auto iter = iterate(out, { number });
	Chain chain("linspace", iter);
	const Element i = chain[0];

	/* From both ends, as on the CPU, so that both are met. */
	if (chain.give(select(i < double(steps / 2), i * step + from, to - (last - i) * step)))
		return out;
	return ON_CPU2(linspace, out)(start, end, steps, out);
}

/* ---- Turned around, and windows put back ------------------------------------------------------------- */

static Tensor rolled(const Tensor &a, int64_t shift, int64_t dim)
{
	const int64_t n = a.size(dim), by = n ? (shift % n + n) % n : 0;

	return by ? at::cat({ a.narrow(dim, n - by, by), a.narrow(dim, 0, n - by) }, dim) : a;
}

static Tensor roll(const Tensor &a, IntArrayRef shifts, IntArrayRef dims)
{
	Tensor result = a;

	TORCH_CHECK(!shifts.empty(), "`shifts` required");
	if (dims.empty() && shifts.size() == 1)
		return rolled(a.reshape({ -1 }), shifts[0], 0).reshape(a.sizes()).clone();
	TORCH_CHECK(shifts.size() == dims.size(),
		    "shifts and dimensions must align. shifts: ", shifts.size(),
		    ", dims:", dims.size());
	for (size_t i = 0; i < dims.size(); i++)
		result = rolled(result, shifts[i], at::maybe_wrap_dim(dims[i], a.dim()));
	return result.is_same(a) ? a.clone() : result;
}

/* Each step puts back one element of every window. */
static Tensor unfold_backward(const Tensor &grad, IntArrayRef sizes, int64_t dim, int64_t size,
			      int64_t step)
{
	if (!is_real(grad) || sizes.empty() || !grad.numel())
		return ON_CPU_SYM(unfold_backward)(grad, c10::fromIntArrayRefSlow(sizes), dim, size,
						   step);
	const int64_t at = at::maybe_wrap_dim(dim, int64_t(sizes.size()));
	const int64_t last = (grad.size(at) - 1) * step;
	Tensor out = at::zeros(sizes, grad.options());

	for (int64_t i = 0; i < size; i++)
		out.slice(at, i, i + last + 1, step).add_(grad.select(-1, i));
	return out;
}

static Tensor prod(const Tensor &a, std::optional<at::ScalarType> type)
{
	return a.is_complex() ? ON_CPU(prod)(a, type) : at::prod(a.reshape({ -1 }), 0, false, type);
}

/* ---- Norms ---------------------------------------------------------------------------------------- */

/* Each group of an image is a row. */
struct Groups {
	int64_t images;
	int64_t channels;
	int64_t pixels;
	int64_t groups;

	int64_t row() const
	{
		return channels / groups * pixels;
	}
	Tensor rows(const Tensor &t) const
	{
		return t.contiguous().view({ images * groups, row() });
	}
};

static bool can_group(const Groups &g, const Tensor &x)
{
	return is_real(x) && x.numel() && g.groups > 0 && g.channels % g.groups == 0 &&
	       x.numel() == g.images * g.channels * g.pixels;
}

static std::tuple<Tensor, Tensor, Tensor>
native_group_norm(const Tensor &x, const std::optional<Tensor> &weight,
		  const std::optional<Tensor> &bias, int64_t images, int64_t channels,
		  int64_t pixels, int64_t groups, double epsilon)
{
	const Groups g = { images, channels, pixels, groups };

	if (!can_group(g, x))
		return ON_CPU_SYM(native_group_norm)(x, weight, bias, images, channels, pixels,
						     groups, epsilon);
	const auto [rows, mean, rstd] =
		at::native_layer_norm(g.rows(x), { g.row() }, {}, {}, epsilon);
	Tensor y = rows.view({ images, channels, pixels });

	if (weight && weight->defined())
		y = at::mul(y, weight->view({ 1, channels, 1 }));
	if (bias && bias->defined())
		y = at::add(y, bias->view({ 1, channels, 1 }));
	return { y.to(x.scalar_type()).view(x.sizes()), mean.view({ images, groups }),
		 rstd.view({ images, groups }) };
}

static std::tuple<Tensor, Tensor, Tensor>
native_group_norm_backward(const Tensor &grad, const Tensor &x, const Tensor &mean,
			   const Tensor &rstd, const std::optional<Tensor> &weight, int64_t images,
			   int64_t channels, int64_t pixels, int64_t groups,
			   std::array<bool, 3> wanted)
{
	const Groups g = { images, channels, pixels, groups };
	const bool scaled = weight && weight->defined();
	Tensor dx, dweight, dbias;

	if (!can_group(g, x))
		return ON_CPU_SYM(native_group_norm_backward)(grad, x, mean, rstd, weight, images,
							      channels, pixels, groups, wanted);
	const Tensor dy = whole(grad.contiguous().view({ images, channels, pixels }));
	const auto type = scaled ? weight->scalar_type() : x.scalar_type();

	if (wanted[0]) {
		const Tensor in =
			scaled ? at::mul(dy, whole(*weight).view({ 1, channels, 1 })) : dy;

		dx = std::get<0>(at::native_layer_norm_backward(g.rows(in), g.rows(whole(x)),
								{ g.row() },
								whole(mean).reshape({ -1, 1 }),
								whole(rstd).reshape({ -1, 1 }), {},
								{}, { true, false, false }))
			     .to(x.scalar_type())
			     .view(x.sizes());
	}
	if (wanted[1]) {
		const Tensor normal =
			at::mul(at::sub(g.rows(whole(x)), whole(mean).reshape({ -1, 1 })),
				whole(rstd).reshape({ -1, 1 }));

		dweight = at::mul(dy, normal.view(dy.sizes())).sum(IntArrayRef({ 0, 2 })).to(type);
	}
	if (wanted[2])
		dbias = dy.sum(IntArrayRef({ 0, 2 })).to(type);
	return { dx, dweight, dbias };
}

static Tensor &norm_out(const Tensor &a, const std::optional<Scalar> &order, IntArrayRef dims,
			bool keep, Tensor &out)
{
	if (!is_real(a))
		return ON_CPU2(norm, out)(a, order, dims, keep, out);
	return at::linalg_vector_norm_out(out, a, order.value_or(2), dims, keep);
}

/* Rows that indices name, and whose norm is too large, become smaller. */
static Tensor &embedding_renorm_(Tensor &self, const Tensor &index, double most, double order)
{
	if (!is_real(self) || self.dim() != 2 || !index.numel())
		return index.numel() ? ON_CPU(embedding_renorm_)(self, index, most, order) : self;
	const Tensor there = at::embedding_dense_backward(
		at::ones({ index.numel(), 1 }, self.options().dtype(at::kFloat)),
		index.reshape({ -1 }), self.size(0), -1, false);
	const Tensor norm = at::linalg_vector_norm(whole(self), order, { 1 }, true);
	Tensor factor;
	auto iter = iterate(factor, { there, norm });
	Chain chain("embedding_renorm_", iter);
	const Element n = chain[1];

	TORCH_CHECK(chain.give(select((chain[0] > 0) && (n > most), most / (n + 1e-7), 1)),
		    "embedding_renorm_(", self.sizes(), "): the IPU cannot: ", it_error());
	return self.mul_(iter.output());
}

/* ---- Steps of optimisers --------------------------------------------------------------------------- */

struct Step {
	struct it_optim how;
	const Tensor *param;
	const Tensor *grad;
	const Tensor *state[2];
	const Tensor *number; /* of the step */
};

static bool take_step(Step step, const char *name)
{
	struct it_tensor param, grad, state[2], number;
	bool sound = lower(*step.param, &param) && lower(*step.grad, &grad) &&
		     is_real(*step.param) && step.grad->scalar_type() == step.param->scalar_type();

	step.how.param = &param;
	step.how.grad = &grad;
	for (int i = 0; i < 2; i++) {
		if (!step.state[i])
			continue;
		sound = sound && lower(*step.state[i], &state[i]) &&
			step.state[i]->strides() == step.param->strides();
		step.how.state[i] = &state[i];
	}
	if (step.number) {
		sound = sound && step.number->scalar_type() == at::kFloat &&
			step.number->numel() == 1 && lower(step.number->view({ 1 }), &number);
		step.how.step_at = &number;
	}
	return sound && ran(it_optim(&step.how), name, { *step.param });
}

struct Adam {
	double rate;
	double keep;
	double keep2;
	double decay;
	double epsilon;
	bool decoupled;
};

/* What is not there yet is the CPU's: the largest squares, and gradients that are scaled. */
static bool can_step(at::TensorList largest, bool most, const std::optional<Tensor> &scale,
		     const std::optional<Tensor> &found)
{
	return !most && largest.empty() && !(scale && scale->defined()) &&
	       !(found && found->defined());
}

static Tensor uphill(const Tensor &grad, bool maximize)
{
	return maximize ? at::neg(grad) : grad;
}

static bool adam_step(const Adam &adam, const Tensor &param, const Tensor &grad, const Tensor &mean,
		      const Tensor &square, const Tensor &number)
{
	Step step = {};

	step.how.how.kind = IPU_GRAPH_ADAM;
	step.how.how.weight_decay = float(adam.decay);
	step.how.how.epsilon = float(adam.epsilon);
	step.how.how.keep = float(adam.keep);
	step.how.how.keep2 = float(adam.keep2);
	step.how.how.flag = adam.decoupled;
	step.how.rate = adam.rate;
	step.param = &param;
	step.grad = &grad;
	step.state[0] = &mean;
	step.state[1] = &square;
	step.number = &number;
	return take_step(step, "_fused_adam_");
}

#define FUSED_ADAM(op, decoupled, rate_type, overload, rate)                                       \
	static void overload(at::TensorList self, at::TensorList grads, at::TensorList means,      \
			     at::TensorList squares, at::TensorList largest, at::TensorList steps, \
			     rate_type lr, double beta1, double beta2, double decay,               \
			     double epsilon, bool amsgrad, bool maximize,                          \
			     const std::optional<Tensor> &scale,                                   \
			     const std::optional<Tensor> &found)                                   \
	{                                                                                          \
		const Adam adam = { rate, beta1, beta2, decay, epsilon, decoupled };               \
		if (!can_step(largest, amsgrad, scale, found)) {                                   \
			op(self, grads, means, squares, largest, steps, lr, beta1, beta2, decay,   \
			   epsilon, amsgrad, maximize, scale, found);                              \
			return;                                                                    \
		}                                                                                  \
		for (size_t i = 0; i < self.size(); i++)                                           \
			TORCH_CHECK(adam_step(adam, self[i], uphill(grads[i], maximize), means[i], \
					      squares[i], steps[i]),                               \
				    #overload "(", self[i].scalar_type(), self[i].sizes(),         \
				    "): the IPU cannot: ", it_error(), "; fused=False can.");      \
	}

FUSED_ADAM(ON_CPU(_fused_adam_), false, double, fused_adam, lr)
FUSED_ADAM(ON_CPU2(_fused_adam_, tensor_lr), false, const Tensor &, fused_adam_tensor,
	   lr.item<double>())
FUSED_ADAM(ON_CPU(_fused_adamw_), true, double, fused_adamw, lr)
FUSED_ADAM(ON_CPU2(_fused_adamw_, tensor_lr), true, const Tensor &, fused_adamw_tensor,
	   lr.item<double>())

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("var.correction_out", &variance_out);
	m.impl("var.correction", &variance);
	m.impl("var_mean.correction", &variance_mean);
	m.impl("std.correction_out", &deviation_out);
	m.impl("std.correction", &deviation);
	m.impl("std_mean.correction", &deviation_mean);
	m.impl("cumsum.out", &cumsum_out);
	m.impl("cumprod.out", &cumprod_out);
	m.impl("bincount", &bincount);
	m.impl("linspace.out", &linspace_out);
	m.impl("prod", &prod);
	m.impl("roll", &roll);
	m.impl("unfold_backward", &unfold_backward);
	m.impl("native_group_norm", &native_group_norm);
	m.impl("native_group_norm_backward", &native_group_norm_backward);
	m.impl("embedding_renorm_", &embedding_renorm_);
	m.impl("norm.out", &norm_out);
	m.impl("_fused_adam_", &fused_adam);
	m.impl("_fused_adam_.tensor_lr", &fused_adam_tensor);
	m.impl("_fused_adamw_", &fused_adamw);
	m.impl("_fused_adamw_.tensor_lr", &fused_adamw_tensor);
}

} // namespace torch_ipu
