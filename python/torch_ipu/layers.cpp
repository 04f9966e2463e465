// SPDX-License-Identifier: MIT
/*
 * Operations of PyTorch that are made of others on tiles: statistics, running sums, images that
 * change their size, padding, norms of groups, and steps of optimisers.
 */
#include <ATen/ATen.h>
#include <ATen/WrapDimUtils.h>
#include <ATen/native/Resize.h>
#include <ATen/native/UpSample.h>
#include <torch/library.h>

#include "chain.hpp"

namespace torch_ipu
{

using at::IntArrayRef;
using at::Scalar;
using at::Tensor;
using Scale = std::optional<double>;

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

/* ---- Dimensions by a matrix ------------------------------------------------------------------ */

/* Numbers of the host; nobody waits. */
static Tensor on_card(const Tensor &host, const Tensor &like)
{
	Tensor there = at::empty(host.sizes(), host.options().device(like.device()));
	struct it_tensor to, from;

	if (lower(there, &to)) {
		from = to;
		from.data = host.data_ptr();
		if (ran(it_copy(&to, &from), "copy_", { there }))
			return there;
	}
	return there.copy_(host);
}

/* The last dimensions of @x, each by a matrix [new, old]. */
static Tensor by_matrices(const Tensor &x, const std::vector<Tensor> &matrices)
{
	Tensor y = whole(x);
	int64_t dim = x.dim() - int64_t(matrices.size());

	for (const Tensor &matrix : matrices) {
		y = at::matmul(y.movedim(dim, -1), on_card(matrix, x).t()).movedim(-1, dim);
		dim++;
	}
	return y;
}

static std::vector<Tensor> turned(std::vector<Tensor> matrices)
{
	for (Tensor &matrix : matrices)
		matrix = matrix.t().contiguous();
	return matrices;
}

/* How one dimension is made of another: which elements, with which weights. */
struct Resampling {
	enum Kind { NEAREST, NEAREST_EXACT, LINEAR, CUBIC } kind;
	bool align;
	std::vector<Scale> scales;
};

static int64_t nearest(const Resampling &how, size_t dim, int64_t i, int64_t in, int64_t out)
{
	return how.kind == Resampling::NEAREST ?
		       at::native::nearest_idx(i, in, out, how.scales[dim]) :
		       at::native::nearest_exact_idx(i, in, out, how.scales[dim]);
}

static void add_weights(const Resampling &how, float ratio, int64_t i, int64_t in, int64_t out,
			float *row)
{
	int64_t first, second;
	float a, b, weight[4];

	if (how.kind == Resampling::LINEAR) {
		at::native::compute_source_index_and_lambda<float, float>(
			first, second, a, b, ratio, i, in, out, how.align);
		row[first] += a;
		row[second] += b;
		return;
	}
	const float from =
		at::native::area_pixel_compute_source_index<float>(ratio, i, how.align, true);

	at::native::guard_index_and_lambda(from, in, first, a);
	at::native::get_cubic_upsample_coefficients<float>(weight, a);
	for (int64_t k = 0; k < 4; k++)
		row[std::clamp<int64_t>(first - 1 + k, 0, in - 1)] += weight[k];
}

static Tensor matrix_of(const Resampling &how, size_t dim, int64_t in, int64_t out)
{
	const float ratio =
		at::native::area_pixel_compute_scale<float>(in, out, how.align, how.scales[dim]);
	Tensor matrix = at::zeros({ out, in });
	float *row = matrix.data_ptr<float>();

	for (int64_t i = 0; i < out; i++, row += in) {
		if (how.kind <= Resampling::NEAREST_EXACT)
			row[nearest(how, dim, i, in, out)] = 1;
		else
			add_weights(how, ratio, i, in, out, row);
	}
	return matrix;
}

static std::vector<Tensor> matrices_of(const Resampling &how, IntArrayRef in, IntArrayRef out)
{
	std::vector<Tensor> all;

	for (size_t dim = 0; dim < out.size(); dim++)
		all.push_back(matrix_of(how, dim, in[in.size() - out.size() + dim], out[dim]));
	return all;
}

/* Elements are only moved: also what is no number, and integers. */
static Tensor by_places(const Tensor &x, const Resampling &how, IntArrayRef size)
{
	Tensor y = x;

	for (size_t d = 0; d < size.size(); d++) {
		const int64_t dim = x.dim() - int64_t(size.size() - d), in = x.size(dim);
		Tensor index = at::empty({ size[d] }, at::kLong);

		for (int64_t i = 0; i < size[d]; i++)
			index.data_ptr<int64_t>()[i] = nearest(how, d, i, in, size[d]);
		y = y.index_select(dim, index);
	}
	return y;
}

static bool resample(const Tensor &x, const Resampling &how, IntArrayRef size, Tensor &out)
{
	if (!is_real(x) || !x.numel())
		return false;
	give((how.kind <= Resampling::NEAREST_EXACT ?
		      by_places(x, how, size) :
		      by_matrices(x, matrices_of(how, x.sizes(), size)))
		     .to(x.scalar_type()),
	     out);
	return true;
}

static bool resample_gradient(const Tensor &grad, const Resampling &how, IntArrayRef size,
			      IntArrayRef in, Tensor &out)
{
	if (!is_real(grad) || !grad.numel())
		return false;
	give(by_matrices(grad, turned(matrices_of(how, in, size))).to(grad.scalar_type()), out);
	return true;
}

/* Elements of the nearest places. */
template <typename Forward, typename Backward, Resampling::Kind kind, typename... Scales>
struct Nearest {
	static Tensor &out(const Tensor &x, IntArrayRef size, Scales... scales, Tensor &out)
	{
		if (resample(x, { kind, false, { scales... } }, size, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Forward>::call(
			x, c10::fromIntArrayRefSlow(size), scales..., out);
	}

	static Tensor &gradient(const Tensor &grad, IntArrayRef size, IntArrayRef in,
				Scales... scales, Tensor &out)
	{
		if (resample_gradient(grad, { kind, false, { scales... } }, size, in, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Backward>::call(
			grad, c10::fromIntArrayRefSlow(size), c10::fromIntArrayRefSlow(in),
			scales..., out);
	}
};

/* And sums of several of them. */
template <typename Forward, typename Backward, Resampling::Kind kind, typename... Scales>
struct Interpolated {
	static Tensor &out(const Tensor &x, IntArrayRef size, bool align, Scales... scales,
			   Tensor &out)
	{
		if (resample(x, { kind, align, { scales... } }, size, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Forward>::call(
			x, c10::fromIntArrayRefSlow(size), align, scales..., out);
	}

	static Tensor &gradient(const Tensor &grad, IntArrayRef size, IntArrayRef in, bool align,
				Scales... scales, Tensor &out)
	{
		if (resample_gradient(grad, { kind, align, { scales... } }, size, in, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Backward>::call(
			grad, c10::fromIntArrayRefSlow(size), c10::fromIntArrayRefSlow(in), align,
			scales..., out);
	}
};

#define OPS_OF(op) at::_ops::op##_out, at::_ops::op##_backward_grad_input
#define NEAREST(op, ...) Nearest<OPS_OF(op), Resampling::NEAREST, __VA_ARGS__>
#define EXACT(op, ...) Nearest<OPS_OF(op), Resampling::NEAREST_EXACT, __VA_ARGS__>
#define LINEAR(op, ...) Interpolated<OPS_OF(op), Resampling::LINEAR, __VA_ARGS__>
#define CUBIC(op, ...) Interpolated<OPS_OF(op), Resampling::CUBIC, __VA_ARGS__>

/* ---- Means of windows that a matrix has --------------------------------------------------------- */

/* Each of @out elements is the mean of as many of @in, more or less. */
static Tensor adaptive_matrix(int64_t in, int64_t out)
{
	Tensor matrix = at::zeros({ out, in });

	for (int64_t i = 0; i < out; i++) {
		const int64_t first = i * in / out, end = ((i + 1) * in + out - 1) / out;

		matrix.select(0, i).slice(0, first, end).fill_(1.0 / double(end - first));
	}
	return matrix;
}

static std::vector<Tensor> adaptive_matrices(IntArrayRef in, IntArrayRef out)
{
	std::vector<Tensor> all;

	for (size_t d = 0; d < out.size(); d++)
		all.push_back(adaptive_matrix(in[in.size() - out.size() + d], out[d]));
	return all;
}

Tensor adaptive_mean(const Tensor &x, IntArrayRef size)
{
	return by_matrices(x, adaptive_matrices(x.sizes(), size)).to(x.scalar_type());
}

Tensor adaptive_mean_gradient(const Tensor &grad, IntArrayRef in)
{
	const IntArrayRef size = grad.sizes().slice(grad.dim() - 2);

	return by_matrices(grad, turned(adaptive_matrices(in, size))).to(grad.scalar_type());
}

/* With a divisor, it is that of the first dimension. */
static Tensor window_matrix(const Windows &w, size_t d, int64_t in, int64_t out)
{
	const int64_t kernel = w.kernel[d], padding = w.padding[d];
	Tensor matrix = at::zeros({ out, in });

	for (int64_t i = 0; i < out; i++) {
		const int64_t first = i * w.stride[d] - padding;
		const int64_t end = std::min(first + kernel, in + padding);
		const int64_t low = std::max<int64_t>(first, 0), high = std::min(end, in);
		const int64_t count = w.divisor		? (d ? 1 : *w.divisor) :
				      w.include_padding ? end - first :
							  high - low;

		if (low < high)
			matrix.select(0, i).slice(0, low, high).fill_(1.0 / double(count));
	}
	return matrix;
}

static std::vector<Tensor> window_matrices(const Windows &w, IntArrayRef in, IntArrayRef out)
{
	std::vector<Tensor> all;

	for (size_t d = 0; d < 2; d++)
		all.push_back(window_matrix(w, d, in[in.size() - 2 + d], out[out.size() - 2 + d]));
	return all;
}

void window_mean(const Tensor &x, const Windows &w, Tensor &out)
{
	out.copy_(by_matrices(x, window_matrices(w, x.sizes(), out.sizes())));
}

void window_mean_gradient(const Tensor &grad, const Windows &w, Tensor &out)
{
	out.copy_(by_matrices(grad, turned(window_matrices(w, out.sizes(), grad.sizes()))));
}

/* ---- Padding with elements of the tensor ----------------------------------------------------------- */

/* Where element @i of a padded dimension is from. */
static int64_t padded_from(bool reflect, int64_t i, int64_t before, int64_t n)
{
	const int64_t at = i - before;

	if (!reflect)
		return std::clamp<int64_t>(at, 0, n - 1);
	return at < 0 ? -at : at >= n ? 2 * (n - 1) - at : at;
}

/* Pairs of @padding are those of the last dimension, of the one before, and so on. */
static Tensor padding_index(bool reflect, IntArrayRef padding, size_t pair, int64_t n)
{
	const int64_t before = padding[2 * pair], count = n + before + padding[2 * pair + 1];
	Tensor index = at::empty({ count }, at::kLong);

	for (int64_t i = 0; i < count; i++)
		index.data_ptr<int64_t>()[i] = padded_from(reflect, i, before, n);
	return index;
}

/* PyTorch's checks, for what is refused. */
static bool can_pad(bool reflect, const Tensor &x, IntArrayRef padding)
{
	const int64_t pairs = int64_t(padding.size()) / 2;

	if (!is_real(x) || !x.numel() || x.dim() < pairs + 1 || x.dim() > pairs + 2)
		return false;
	for (int64_t p = 0; p < pairs; p++) {
		const int64_t n = x.size(-1 - p), a = padding[2 * p], b = padding[2 * p + 1];

		if (n + a + b < 1 || (reflect && (a >= n || b >= n)) || -a >= n || -b >= n)
			return false;
	}
	return true;
}

static bool pad(bool reflect, const Tensor &x, IntArrayRef padding, Tensor &out)
{
	Tensor y = x;

	if (!can_pad(reflect, x, padding))
		return false;
	for (size_t p = 0; p < padding.size() / 2; p++) {
		const int64_t dim = x.dim() - 1 - int64_t(p);

		y = y.index_select(dim, padding_index(reflect, padding, p, x.size(dim)));
	}
	give(y, out);
	return true;
}

static bool pad_gradient(bool reflect, const Tensor &grad, const Tensor &x, IntArrayRef padding,
			 Tensor &out)
{
	Tensor y = whole(grad);

	if (!can_pad(reflect, x, padding))
		return false;
	for (size_t p = 0; p < padding.size() / 2; p++) {
		const int64_t dim = x.dim() - 1 - int64_t(p);
		std::vector<int64_t> size = y.sizes().vec();

		size[dim] = x.size(dim);
		y = at::zeros(size, y.options())
			    .index_add_(
				    dim,
				    padding_index(reflect, padding, p, x.size(dim)).to(y.device()),
				    y);
	}
	give(y.to(grad.scalar_type()), out);
	return true;
}

template <typename Forward, typename Backward, bool reflect> struct Padding {
	static Tensor &out(const Tensor &x, IntArrayRef padding, Tensor &out)
	{
		if (pad(reflect, x, padding, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Forward>::call(
			x, c10::fromIntArrayRefSlow(padding), out);
	}

	static Tensor made(const Tensor &x, IntArrayRef padding)
	{
		Tensor y = at::empty({ 0 }, x.options());

		return out(x, padding, y);
	}

	static Tensor &gradient_out(const Tensor &grad, const Tensor &x, IntArrayRef padding,
				    Tensor &out)
	{
		if (pad_gradient(reflect, grad, x, padding, out))
			return out;
		return at::native::call_fallback_fn_symint<&fallback, Backward>::call(
			grad, x, c10::fromIntArrayRefSlow(padding), out);
	}

	static Tensor gradient(const Tensor &grad, const Tensor &x, IntArrayRef padding)
	{
		Tensor dx = at::empty({ 0 }, grad.options());

		return gradient_out(grad, x, padding, dx);
	}
};

#define PADDING(op, reflect) Padding<OPS_OF(op), reflect>

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

/* Windows of one size that do not overlap are max_pool2d's. */
static std::tuple<Tensor &, Tensor &> adaptive_max_pool2d_out(const Tensor &x, IntArrayRef size,
							      Tensor &out, Tensor &index)
{
	if (is_real(x) && x.numel() && size.size() == 2 && size[0] > 0 && size[1] > 0 &&
	    x.size(-2) % size[0] == 0 && x.size(-1) % size[1] == 0) {
		const auto [y, i] = at::max_pool2d_with_indices(
			x, { x.size(-2) / size[0], x.size(-1) / size[1] });

		return { give(y, out), give(i, index) };
	}
	return ON_CPU2(adaptive_max_pool2d, out)(x, size, out, index);
}

static Tensor &adaptive_max_pool2d_backward_out(const Tensor &grad, const Tensor &x,
						const Tensor &index, Tensor &out)
{
	const int64_t rows = grad.size(-2), columns = grad.size(-1);

	if (is_real(x) && grad.numel() && x.size(-2) % rows == 0 && x.size(-1) % columns == 0) {
		const std::array<int64_t, 2> kernel = { x.size(-2) / rows, x.size(-1) / columns };

		return give(at::max_pool2d_with_indices_backward(grad, x, kernel, kernel, { 0, 0 },
								 { 1, 1 }, false, index),
			    out);
	}
	return ON_CPU2(adaptive_max_pool2d_backward, grad_input)(grad, x, index, out);
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
	m.impl("adaptive_max_pool2d.out", &adaptive_max_pool2d_out);
	m.impl("adaptive_max_pool2d_backward.grad_input", &adaptive_max_pool2d_backward_out);
	m.impl("native_group_norm", &native_group_norm);
	m.impl("native_group_norm_backward", &native_group_norm_backward);
	m.impl("embedding_renorm_", &embedding_renorm_);
	m.impl("norm.out", &norm_out);
	m.impl("_fused_adam_", &fused_adam);
	m.impl("_fused_adam_.tensor_lr", &fused_adam_tensor);
	m.impl("_fused_adamw_", &fused_adamw);
	m.impl("_fused_adamw_.tensor_lr", &fused_adamw_tensor);
}

#define RESAMPLING(name, ...)                    \
	m.impl(#name ".out", &__VA_ARGS__::out); \
	m.impl(#name "_backward.grad_input", &__VA_ARGS__::gradient)
#define PADDED(name, reflect)                               \
	m.impl(#name ".out", &PADDING(name, reflect)::out); \
	m.impl(#name "_backward.grad_input", &PADDING(name, reflect)::gradient_out)

TORCH_LIBRARY_IMPL(aten, PrivateUse1, m)
{
	RESAMPLING(upsample_nearest1d, NEAREST(upsample_nearest1d, Scale));
	RESAMPLING(upsample_nearest2d, NEAREST(upsample_nearest2d, Scale, Scale));
	RESAMPLING(upsample_nearest3d, NEAREST(upsample_nearest3d, Scale, Scale, Scale));
	RESAMPLING(_upsample_nearest_exact1d, EXACT(_upsample_nearest_exact1d, Scale));
	RESAMPLING(_upsample_nearest_exact2d, EXACT(_upsample_nearest_exact2d, Scale, Scale));
	RESAMPLING(_upsample_nearest_exact3d,
		   EXACT(_upsample_nearest_exact3d, Scale, Scale, Scale));
	RESAMPLING(upsample_linear1d, LINEAR(upsample_linear1d, Scale));
	RESAMPLING(upsample_bilinear2d, LINEAR(upsample_bilinear2d, Scale, Scale));
	RESAMPLING(upsample_trilinear3d, LINEAR(upsample_trilinear3d, Scale, Scale, Scale));
	RESAMPLING(upsample_bicubic2d, CUBIC(upsample_bicubic2d, Scale, Scale));
	PADDED(reflection_pad1d, true);
	PADDED(reflection_pad2d, true);
	PADDED(replication_pad1d, false);
	PADDED(replication_pad2d, false);
	m.impl("reflection_pad2d", &PADDING(reflection_pad2d, true)::made);
	m.impl("reflection_pad2d_backward", &PADDING(reflection_pad2d, true)::gradient);
	m.impl("replication_pad2d_backward", &PADDING(replication_pad2d, false)::gradient);
}

} // namespace torch_ipu
