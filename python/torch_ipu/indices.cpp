// SPDX-License-Identifier: MIT
/* Elements by index, tensors put together, sorting: arguments for ops.h, or else the CPU. */
#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <torch/library.h>

#include "glue.hpp"

namespace torch_ipu
{

using at::Tensor;

/* ---- Elements by their indices ---------------------------------------------------------------- */

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

/* ---- Sorting ---------------------------------------------------------------------------------- */

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
	m.impl("index_select", &index_select);
	m.impl("embedding_dense_backward", &embedding_dense_backward);
	m.impl("gather.out", &gather_out);
	m.impl("cat.out", &cat_out);
	m.impl("slice_backward", &slice_grad);
	m.impl("select_backward", &select_grad);
	m.impl("tril.out", &tril_out);
	m.impl("triu.out", &triu_out);
	m.impl("topk.values", &topk_out);
	m.impl("sort.values_stable", &sort_out);
}

} // namespace torch_ipu
