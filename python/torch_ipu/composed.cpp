// SPDX-License-Identifier: MIT
/* Operations of PyTorch that are made of others on tiles. */
#include <ATen/ExpandUtils.h>
#include <ATen/WrapDimUtilsMulti.h>
#include <ATen/native/Resize.h>
#include <ATen/ATen.h>
#include <c10/util/strides.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Scalar;
using at::Tensor;
using Indices = c10::List<std::optional<Tensor>>;

bool is_real(const Tensor &tensor)
{
	return at::isFloatingType(tensor.scalar_type()) && dtype_of(tensor.scalar_type());
}

Tensor whole(const Tensor &tensor)
{
	return at::isReducedFloatingType(tensor.scalar_type()) ? tensor.to(at::kFloat) : tensor;
}

void expect_out(const Tensor &out, const Tensor &a, at::ScalarType type)
{
	TORCH_CHECK(
		out.device() == a.device(),
		"Expected all tensors to be on the same device, but found at least two devices, ",
		a.device(), " and ", out.device(), "!");
	TORCH_CHECK(at::canCast(type, out.scalar_type()), "result type ", type,
		    " can't be cast to the desired output type ", out.scalar_type());
}

void take_out(const Tensor &out, const Tensor &a, at::ScalarType type, at::IntArrayRef size)
{
	expect_out(out, a, type);
	at::native::resize_output(out, size);
}

Tensor &give(const Tensor &result, Tensor &out)
{
	take_out(out, result, result.scalar_type(), result.sizes());
	return out.copy_(result);
}

/* ---- Element by element ---------------------------------------------------------------- */

static Tensor &clamp_tensor_out(const Tensor &a, const std::optional<Tensor> &low,
				const std::optional<Tensor> &high, Tensor &out)
{
	if (!low && high)
		return at::minimum_out(out, a, *high);
	if (low && !high)
		return at::maximum_out(out, a, *low);
	if (low && high)
		return at::minimum_out(out, at::maximum(a, *low), *high);
	return ON_CPU2(clamp, Tensor_out)(a, low, high, out);
}

static Tensor &lerp_tensor_out(const Tensor &a, const Tensor &b, const Tensor &weight, Tensor &out)
{
	const Tensor x = whole(a);

	if (!is_real(a))
		return ON_CPU2(lerp, Tensor_out)(a, b, weight, out);
	return give(at::addcmul(x, whole(weight), at::sub(whole(b), x)), out);
}

static Tensor log_of_sigmoid(const Tensor &a)
{
	const Tensor x = whole(a);

	return at::sub(at::clamp_max(x, 0), at::log1p(at::exp(at::neg(at::abs(x)))))
		.to(a.scalar_type());
}

static std::tuple<Tensor, Tensor> log_sigmoid_forward(const Tensor &a)
{
	if (!is_real(a))
		return ON_CPU(log_sigmoid_forward)(a);
	return { log_of_sigmoid(a), at::empty({ 0 }, a.options()) };
}

static std::tuple<Tensor &, Tensor &> log_sigmoid_forward_out(const Tensor &a, Tensor &out,
							      Tensor &buffer)
{
	if (!is_real(a))
		return ON_CPU2(log_sigmoid_forward, output)(a, out, buffer);
	give(log_of_sigmoid(a), out);
	return { out, buffer };
}

static Tensor log_sigmoid_backward(const Tensor &grad, const Tensor &a, const Tensor &buffer)
{
	if (!is_real(a))
		return ON_CPU(log_sigmoid_backward)(grad, a, buffer);
	return at::mul(grad, at::sigmoid(at::neg(a)));
}

static Tensor &log_sigmoid_backward_out(const Tensor &grad, const Tensor &a, const Tensor &buffer,
					Tensor &out)
{
	return give(torch_ipu::log_sigmoid_backward(grad, a, buffer), out);
}

static Tensor &eye_m_out(int64_t rows, int64_t columns, Tensor &out)
{
	TORCH_CHECK(rows >= 0, "n must be greater or equal to 0, got ", rows);
	TORCH_CHECK(columns >= 0, "m must be greater or equal to 0, got ", columns);
	at::native::resize_output(out, { rows, columns });
	out.zero_();
	if (out.numel())
		out.diagonal().fill_(1);
	return out;
}

static Tensor &eye_out(int64_t rows, Tensor &out)
{
	return eye_m_out(rows, rows, out);
}

/* ---- By index ---------------------------------------------------------------------------- */

/* Places in a dimension of @size: negative ones count from its end; one that is not there becomes
 * @bad, which is none of what it is an index of in the end. */
static Tensor places(const Tensor &index, int64_t size, const Tensor &bad)
{
	const Tensor i = index.to(at::kLong);
	const Tensor from_end = at::where(at::lt(i, 0), at::add(i, size), i);
	const Tensor there = at::logical_and(at::ge(from_end, 0), at::lt(from_end, size));

	return at::where(there, from_end, bad);
}

static Tensor places(const Tensor &index, int64_t size, int64_t bad)
{
	return places(index, size, at::scalar_tensor(bad, at::kLong));
}

/* x[:, i, j] as rows of a table: @self has @rows times @columns elements once it is permuted. */
struct Selection {
	std::vector<int64_t> order; /* the dimensions that are indexed first */
	std::vector<int64_t> rest; /* extents of the others */
	std::vector<int64_t> shape; /* of the indices */
	int64_t rows = 1;
	int64_t columns = 1;
	int64_t first = 0; /* where the indices' dimensions come in the result */
	Tensor index;
};

/* Is it one that the tiles do? */
static bool select(const Tensor &self, const Indices &indices, Selection *s)
{
	std::vector<Tensor> all, bad;
	std::vector<int64_t> dims;
	bool adjacent;

	if (int64_t(indices.size()) > self.dim() || !self.numel() || !dtype_of(self.scalar_type()))
		return false;
	for (size_t i = 0; i < indices.size(); i++) {
		const std::optional<Tensor> index = indices.get(i);

		if (!index || !index->defined())
			continue;
		if (index->scalar_type() != at::kLong && index->scalar_type() != at::kInt)
			return false;
		all.push_back(index->to(self.device()));
		dims.push_back(int64_t(i));
	}
	if (all.empty())
		return false;
	all = at::expand_outplace(all);
	s->shape = all[0].sizes().vec();
	adjacent = dims.back() - dims.front() + 1 == int64_t(dims.size());
	s->first = adjacent ? dims.front() : 0;
	s->order = dims;
	for (int64_t dim : dims)
		s->rows *= self.size(dim);
	for (int64_t dim = 0; dim < self.dim(); dim++)
		if (std::find(dims.begin(), dims.end(), dim) == dims.end()) {
			s->order.push_back(dim);
			s->rest.push_back(self.size(dim));
			s->columns *= self.size(dim);
		}
	if (s->rows > INT32_MAX / (int64_t(dims.size()) + 1))
		return false;
	for (size_t i = 0; i < dims.size(); i++) {
		/* Of one dimension, what is refused is told as it was given. */
		const Tensor at = dims.size() == 1 ? places(all[i], s->rows, all[i].to(at::kLong)) :
						     places(all[i], self.size(dims[i]), s->rows);

		s->index = i ? at::add(at::mul(s->index, self.size(dims[i])), at) : at;
		if (dims.size() > 1)
			bad.push_back(at::eq(at, Scalar(s->rows)));
	}
	/* One that is not there may have become a small number: all are looked at together. */
	for (const Tensor &each : bad)
		s->index = at::where(each, at::scalar_tensor(s->rows, at::kLong), s->index);
	s->index = s->index.reshape({ -1 });
	return true;
}

/* From [indices..., rest...] to where the indices' dimensions are in the result; or back. */
static Tensor arranged(const Tensor &t, const Selection &s, bool back)
{
	const int64_t n = int64_t(s.shape.size());
	std::vector<int64_t> from(n), to(n);

	for (int64_t i = 0; i < n; i++) {
		from[i] = i;
		to[i] = s.first + i;
	}
	return back ? t.movedim(to, from) : t.movedim(from, to);
}

static std::vector<int64_t> joined(std::vector<int64_t> a, const std::vector<int64_t> &b)
{
	a.insert(a.end(), b.begin(), b.end());
	return a;
}

static Tensor &index_out(const Tensor &self, const Indices &indices, Tensor &out)
{
	Selection s;
	Tensor rows;

	if (!select(self, indices, &s))
		return ON_CPU2(index, Tensor_out)(self, indices, out);
	rows = self.permute(s.order).reshape({ s.rows, s.columns }).index_select(0, s.index);
	return give(arranged(rows.view(joined(s.shape, s.rest)), s, false), out);
}

/* The sums of @values for each row; @values are [indices, columns]. */
static Tensor sums(const Tensor &values, const Tensor &index, int64_t rows)
{
	return at::embedding_dense_backward(values, index, rows, -1, false);
}

/* Contiguous elements that are only moved: of 8 bytes two words each, whatever they are. */
static Tensor as_words(const Tensor &rows)
{
	if (rows.element_size() != 8 || rows.is_complex())
		return rows;
	/* Of one element, any stride will do, but not for a view. */
	return rows.as_strided(rows.sizes(), c10::contiguous_strides(rows.sizes())).view(at::kInt);
}

/* Rows of @to, which is contiguous, that indices name become those of @from. */
static bool put_rows(const char *name, const Tensor &to, const Tensor &index, const Tensor &from)
{
	struct it_tensor t, f, i;

	return lower(as_words(to), &t) && lower(as_words(from.contiguous()), &f) &&
	       lower(index.contiguous(), &i) && ran(it_scatter(&t, &f, &i), name, { to, index });
}

/* x[i, j] = values */
static bool put(Tensor &self, const Selection &s, const Tensor &values)
{
	const Tensor there = self.permute(s.order), rows = there.contiguous();

	if (!put_rows("index_put", rows.view({ s.rows, s.columns }), s.index, values))
		return false;
	if (!there.is_contiguous())
		self.permute(s.order).copy_(rows);
	return true;
}

/* x[mask] = number */
static bool is_mask(const Tensor &self, const Indices &indices, const Tensor &values)
{
	if (!indices.size() || values.numel() != 1)
		return false;
	for (size_t i = 0; i < indices.size(); i++) {
		const std::optional<Tensor> index = indices.get(i);
		const bool there = index && index->defined();

		if (i ? there : !there || index->scalar_type() != at::kBool || !index->dim())
			return false;
	}
	return indices.get(0)->dim() <= self.dim();
}

static Tensor &index_put(Tensor &self, const Indices &indices, const Tensor &values,
			 bool accumulate, bool unsafe)
{
	Selection s;

	if (!accumulate && is_mask(self, indices, values)) {
		const Tensor mask = indices.get(0)->to(self.device());
		std::vector<int64_t> shape = mask.sizes().vec();

		for (int64_t dim = 0; dim < mask.dim(); dim++)
			TORCH_CHECK_INDEX(mask.size(dim) == self.size(dim),
					  "The shape of the mask ", mask.sizes(),
					  " at index 0 does not match the shape of the indexed "
					  "tensor ",
					  self.sizes(), " at index ", dim);
		shape.resize(self.dim(), 1);
		return self.masked_fill_(mask.view(shape), values.item());
	}
	if ((!accumulate || is_real(self)) && values.scalar_type() == self.scalar_type() &&
	    select(self, indices, &s)) {
		const auto size = joined(s.shape, s.rest);
		const Tensor like = at::empty({ 1 }, self.options()).expand(size);
		const Tensor given = arranged(
			values.to(self.device()).expand(arranged(like, s, false).sizes()), s, true);

		if (!given.numel())
			return self;
		const Tensor rows = given.reshape({ -1, s.columns });

		if (accumulate) {
			Tensor there = self.permute(s.order);

			there.add_(sums(rows, s.index, s.rows).view(there.sizes()));
			return self;
		}
		if (put(self, s, rows))
			return self;
	}
	return ON_CPU(_index_put_impl_)(self, indices, values, accumulate, unsafe);
}

static Tensor &index_add_out(const Tensor &self, int64_t dim, const Tensor &index,
			     const Tensor &source, const Scalar &alpha, Tensor &out)
{
	const int64_t at = at::maybe_wrap_dim(dim, self.dim());

	if (is_real(self) && self.numel() && self.dim() && index.numel() && source.numel()) {
		const Tensor moved = self.movedim(at, 0), from = source.movedim(at, 0);
		const Tensor sum =
			sums(from.reshape({ index.numel(), -1 }),
			     places(index, self.size(at), index.to(at::kLong)).reshape({ -1 }),
			     self.size(at));

		return at::add_out(out, self, sum.view(moved.sizes()).movedim(0, at), alpha);
	}
	return ON_CPU2(index_add, out)(self, dim, index, source, alpha, out);
}

/* The numbers of elements of a contiguous tensor like @self that @index along @dim names. */
static Tensor numbers(const Tensor &self, int64_t dim, const Tensor &index)
{
	const Tensor at = places(index, self.size(dim), self.numel());
	const Tensor bad = at::eq(at, Scalar(self.numel()));
	Tensor number;
	int64_t stride = 1;

	for (int64_t d = self.dim(); d--; stride *= self.size(d)) {
		std::vector<int64_t> shape(self.dim(), 1);
		Tensor part;

		shape[d] = index.size(d);
		part = d == dim ?
			       at::mul(at, stride) :
			       at::mul(at::arange(index.size(d), at.options()), stride).view(shape);
		number = number.defined() ? at::add(number, part) : part;
	}
	number = number.expand(index.sizes());
	return at::where(bad, at::scalar_tensor(self.numel(), at::kLong), number).reshape({ -1 });
}

static bool can_scatter(const Tensor &self, const Tensor &index, const Tensor &source)
{
	return source.scalar_type() == self.scalar_type() && self.dim() > 0 &&
	       index.dim() == self.dim() && index.numel() > 0 && self.numel() < INT32_MAX / 2;
}

/* What belongs to each index: @source may have more. */
static Tensor indexed(const Tensor &source, const Tensor &index)
{
	Tensor from = source;

	for (int64_t d = 0; d < index.dim(); d++)
		from = from.slice(d, 0, index.size(d));
	return from.reshape({ -1, 1 });
}

static Tensor &scatter_add_out(const Tensor &self, int64_t dim, const Tensor &index,
			       const Tensor &source, Tensor &out)
{
	if (!self.dim() && index.numel() == 1 && is_real(self)) {
		Tensor row;

		take_out(out, self, self.scalar_type(), {});
		row = out.view({ 1 });
		scatter_add_out(self.view({ 1 }), 0, index.reshape({ 1 }), source.reshape({ 1 }),
				row);
		return out;
	}
	if (is_real(self) && can_scatter(self, index, source)) {
		const int64_t at = at::maybe_wrap_dim(dim, self.dim());

		return at::add_out(
			out, self,
			sums(indexed(source, index), numbers(self, at, index), self.numel())
				.view(self.sizes()));
	}
	return ON_CPU2(scatter_add, out)(self, dim, index, source, out);
}

/* Of several that are for one place, the last one is there. */
static bool scatter(const Tensor &self, int64_t dim, const Tensor &index, const Tensor &source,
		    Tensor &out)
{
	Tensor to;

	if (!can_scatter(self, index, source) || self.is_complex())
		return false;
	to = out.is_same(self) && self.is_contiguous() ? self :
							 self.clone(at::MemoryFormat::Contiguous);
	if (!put_rows("scatter", to.view({ -1, 1 }),
		      numbers(self, at::maybe_wrap_dim(dim, self.dim()), index),
		      indexed(source, index)))
		return false;
	if (!to.is_same(out))
		give(to, out);
	return true;
}

static Tensor &scatter_out(const Tensor &self, int64_t dim, const Tensor &index,
			   const Tensor &source, Tensor &out)
{
	if (scatter(self, dim, index, source, out))
		return out;
	return ON_CPU2(scatter, src_out)(self, dim, index, source, out);
}

static Tensor &scatter_value_out(const Tensor &self, int64_t dim, const Tensor &index,
				 const Scalar &value, Tensor &out)
{
	if (!value.isComplex() &&
	    scatter(self, dim, index, at::full({}, value, self.options()).expand(index.sizes()),
		    out))
		return out;
	return ON_CPU2(scatter, value_out)(self, dim, index, value, out);
}

static Tensor &index_copy_out(const Tensor &self, int64_t dim, const Tensor &index,
			      const Tensor &source, Tensor &out)
{
	if (self.dim() && self.numel() && index.numel() && source.dim() == self.dim() &&
	    source.scalar_type() == self.scalar_type() && !self.is_complex()) {
		const int64_t at = at::maybe_wrap_dim(dim, self.dim()), rows = self.size(at);
		const Tensor moved = self.movedim(at, 0).clone(at::MemoryFormat::Contiguous);

		if (put_rows("index_copy", moved.view({ rows, -1 }), index.reshape({ -1 }),
			     source.movedim(at, 0).reshape({ index.numel(), -1 })))
			return give(moved.movedim(0, at), out);
	}
	return ON_CPU2(index_copy, out)(self, dim, index, source, out);
}

static Tensor &index_fill_(Tensor &self, int64_t dim, const Tensor &index, const Scalar &value)
{
	const int64_t at = at::maybe_wrap_dim(dim, self.dim());

	if (!self.dim() || self.is_complex() || value.isComplex())
		return ON_CPU2(index_fill_, int_Scalar)(self, dim, index, value);
	if (!index.numel())
		return self;
	std::vector<int64_t> size = self.sizes().vec();

	size[at] = index.numel();
	return self.index_copy_(at,
				places(index.reshape({ -1 }), self.size(at), index.reshape({ -1 }))
					.to(self.device()),
				at::full({ 1 }, value, self.options()).expand(size));
}

static Tensor flip(const Tensor &self, at::IntArrayRef dims)
{
	const auto which = at::dim_list_to_bitset(dims, self.dim());
	Tensor result = self;

	for (int64_t dim = 0; dim < self.dim() && self.numel(); dim++)
		if (which[dim] && self.size(dim) > 1)
			result = result.index_select(dim,
						     at::arange(self.size(dim) - 1, -1, -1,
								self.options().dtype(at::kLong)));
	return result.is_same(self) ? self.clone() : result;
}

/* ---- Losses and pooling ------------------------------------------------------------------- */

/* Classes are dimension 1 of @x, or the only one. */
struct Classes {
	Tensor x;
	Tensor labels; /* 0 where they are ignored */
	Tensor kept;
	Tensor weight; /* one for each class, with @x's dimensions */
};

static Classes classes_of(const Tensor &x, const Tensor &target, const Tensor &weight,
			  int64_t ignore)
{
	Classes c;
	std::vector<int64_t> shape;

	c.x = x.dim() == 1 ? x.unsqueeze(0) : x;
	c.labels = x.dim() == 1 ? target.reshape({ 1 }) : target;
	c.kept = at::ne(c.labels, ignore);
	c.labels = at::where(c.kept, c.labels, at::scalar_tensor(0, target.scalar_type()));
	shape.assign(c.x.dim(), 1);
	shape[1] = c.x.size(1);
	c.weight = weight.defined() ? weight.view(shape) : at::ones(shape, x.options());
	return c;
}

std::tuple<Tensor, Tensor> nll_forward(const Tensor &x, const Tensor &target, const Tensor &weight,
				       int64_t reduction, int64_t ignore)
{
	const Classes c = classes_of(x, target, weight, ignore);
	const Tensor zero = at::scalar_tensor(0, x.scalar_type());
	const Tensor at = c.labels.unsqueeze(1);
	const Tensor w = at::where(c.kept, c.weight.expand_as(c.x).gather(1, at).squeeze(1), zero);
	const Tensor loss = at::where(
		c.kept, at::neg(at::mul(whole(c.x.gather(1, at).squeeze(1)), whole(w))), zero);
	Tensor total, sum;

	if (!reduction)
		return { (x.dim() == 1 ? loss.squeeze(0) : loss).to(x.scalar_type()),
			 at::zeros({}, x.options()) };
	total = whole(w).sum();
	sum = loss.sum();
	if (reduction == 1)
		sum = at::div(sum, total);
	return { sum.to(x.scalar_type()), total.to(x.scalar_type()) };
}

Tensor nll_backward(const Tensor &grad, const Tensor &x, const Tensor &target, const Tensor &weight,
		    int64_t reduction, int64_t ignore, const Tensor &total)
{
	const Classes c = classes_of(x, target, weight, ignore);
	const Tensor numbers = at::arange(c.x.size(1), c.labels.options()).view(c.weight.sizes());
	const Tensor own =
		at::logical_and(at::eq(c.labels.unsqueeze(1), numbers), c.kept.unsqueeze(1));
	Tensor g = whole(reduction ? grad : grad.reshape(c.labels.sizes()).unsqueeze(1));

	if (reduction == 1)
		g = at::div(g, whole(total));
	return at::where(own, at::neg(at::mul(g, whole(c.weight))).to(x.scalar_type()),
			 at::scalar_tensor(0, x.scalar_type()))
		.view(x.sizes());
}

static std::tuple<Tensor, Tensor> nll2d_forward(const Tensor &x, const Tensor &target,
						const std::optional<Tensor> &weight,
						int64_t reduction, c10::SymInt ignore)
{
	if (!is_real(x) || !target.numel() || x.dim() != 4 || target.dim() != 3)
		return ON_CPU_SYM(nll_loss2d_forward)(x, target, weight, reduction, ignore);
	return nll_forward(x, target, weight ? *weight : Tensor(), reduction,
			   ignore.guard_int(__FILE__, __LINE__));
}

static Tensor nll2d_backward(const Tensor &grad, const Tensor &x, const Tensor &target,
			     const std::optional<Tensor> &weight, int64_t reduction,
			     c10::SymInt ignore, const Tensor &total)
{
	if (!is_real(x) || !target.numel() || x.dim() != 4 || target.dim() != 3)
		return ON_CPU_SYM(nll_loss2d_backward)(grad, x, target, weight, reduction, ignore,
						       total);
	return nll_backward(grad, x, target, weight ? *weight : Tensor(), reduction,
			    ignore.guard_int(__FILE__, __LINE__), total);
}

/* Windows of the same size that do not overlap: the kernel; or empty. */
static std::vector<int64_t> windows(const Tensor &x, at::IntArrayRef size)
{
	const int64_t rows = x.size(-2), columns = x.size(-1);

	if (!is_real(x) || !x.numel() || size.size() != 2 || size[0] < 1 || size[1] < 1 ||
	    rows % size[0] || columns % size[1])
		return {};
	return { rows / size[0], columns / size[1] };
}

static Tensor adaptive_avg_pool2d(const Tensor &x, c10::SymIntArrayRef size)
{
	const auto wanted = C10_AS_INTARRAYREF_SLOW(size);
	const auto kernel = windows(x, wanted);

	if (!kernel.empty())
		return at::avg_pool2d(x, kernel);
	return is_real(x) && x.numel() && wanted.size() == 2 && wanted[0] > 0 && wanted[1] > 0 ?
		       adaptive_mean(x, wanted) :
		       ON_CPU_SYM(_adaptive_avg_pool2d)(x, size);
}

static Tensor adaptive_avg_pool2d_backward(const Tensor &grad, const Tensor &x)
{
	const auto kernel = windows(x, { grad.size(-2), grad.size(-1) });

	if (!kernel.empty())
		return at::avg_pool2d_backward(grad, x, kernel, kernel, { 0, 0 }, false, true, {});
	return is_real(x) && grad.numel() ? adaptive_mean_gradient(grad, x.sizes()) :
					    ON_CPU(_adaptive_avg_pool2d_backward)(grad, x);
}

/* ---- A cell of a GRU ------------------------------------------------------------------- */

/* Sums of the gates from input and hidden state, with biases: PyTorch gives both, or none. */
static std::pair<std::vector<Tensor>, std::vector<Tensor>>
gates_of(const Tensor &input, const Tensor &hidden, const std::optional<Tensor> &input_bias,
	 const std::optional<Tensor> &hidden_bias)
{
	const Tensor in = input_bias && input_bias->defined() ? input + *input_bias : input;
	const Tensor out = hidden_bias && hidden_bias->defined() ? hidden + *hidden_bias : hidden;

	return { in.chunk(3, 1), out.chunk(3, 1) };
}

/* The workspace is PyTorch's own to define: reset, update, new, the state before, and what reset scales. */
static std::tuple<Tensor, Tensor> gru_cell(const Tensor &input, const Tensor &hidden,
					   const Tensor &before,
					   const std::optional<Tensor> &input_bias,
					   const std::optional<Tensor> &hidden_bias)
{
	const auto [in, out] = gates_of(input, hidden, input_bias, hidden_bias);
	const Tensor reset = at::sigmoid(in[0] + out[0]), update = at::sigmoid(in[1] + out[1]);
	const Tensor fresh = at::tanh(at::addcmul(in[2], reset, out[2]));

	return { at::addcmul(fresh, update, before - fresh),
		 at::cat({ reset, update, fresh, before, out[2] }, 1) };
}

static std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor>
gru_cell_backward(const Tensor &grad, const Tensor &workspace, bool has_bias)
{
	const auto part = workspace.chunk(5, 1);
	const Tensor &reset = part[0], &update = part[1], &fresh = part[2];
	const Tensor grad_fresh = at::tanh_backward(grad - grad * update, fresh);
	const Tensor grad_update = at::sigmoid_backward(grad * (part[3] - fresh), update);
	const Tensor grad_reset = at::sigmoid_backward(grad_fresh * part[4], reset);
	const Tensor in = at::cat({ grad_reset, grad_update, grad_fresh }, 1);
	const Tensor out = at::cat({ grad_reset, grad_update, grad_fresh * reset }, 1);

	return { in, out, grad * update, has_bias ? in.sum(0) : Tensor(),
		 has_bias ? out.sum(0) : Tensor() };
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	m.impl("clamp.Tensor_out", &clamp_tensor_out);
	m.impl("lerp.Tensor_out", &lerp_tensor_out);
	m.impl("log_sigmoid_forward", &log_sigmoid_forward);
	m.impl("log_sigmoid_forward.output", &log_sigmoid_forward_out);
	m.impl("log_sigmoid_backward", &log_sigmoid_backward);
	m.impl("log_sigmoid_backward.grad_input", &log_sigmoid_backward_out);
	m.impl("eye.out", &eye_out);
	m.impl("eye.m_out", &eye_m_out);
	m.impl("index.Tensor_out", &index_out);
	m.impl("_index_put_impl_", &index_put);
	m.impl("index_add.out", &index_add_out);
	m.impl("scatter_add.out", &scatter_add_out);
	m.impl("scatter.src_out", &scatter_out);
	m.impl("scatter.value_out", &scatter_value_out);
	m.impl("index_copy.out", &index_copy_out);
	m.impl("index_fill_.int_Scalar", &index_fill_);
	m.impl("flip", &flip);
	m.impl("nll_loss2d_forward", &nll2d_forward);
	m.impl("nll_loss2d_backward", &nll2d_backward);
	m.impl("_adaptive_avg_pool2d", &adaptive_avg_pool2d);
	m.impl("_adaptive_avg_pool2d_backward", &adaptive_avg_pool2d_backward);
	m.impl("_thnn_fused_gru_cell", &gru_cell);
	m.impl("_thnn_fused_gru_cell_backward", &gru_cell_backward);
}

} // namespace torch_ipu
