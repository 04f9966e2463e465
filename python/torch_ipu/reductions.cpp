// SPDX-License-Identifier: MIT
/* Reductions, softmax and norms: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

/* ---- Reductions ------------------------------------------------------------------------------- */

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

/* ---- Softmax and norms ------------------------------------------------------------------------ */

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
}

} // namespace torch_ipu
