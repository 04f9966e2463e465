// SPDX-License-Identifier: MIT
/* Constants, ranges, random numbers and dropout: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <ATen/native/Resize.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;

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

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
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

} // namespace torch_ipu
