// SPDX-License-Identifier: MIT
/*
 * Operations of PyTorch on images, made of others on tiles: resampling and means of windows, by
 * matrices, padding with elements of the image, and adaptive_max_pool2d.
 */
#include <ATen/ATen.h>
#include <ATen/native/UpSample.h>
#include <torch/library.h>

#include "chain.hpp"

namespace torch_ipu
{

using at::IntArrayRef;
using at::Tensor;
using Scale = std::optional<double>;

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

/* ---- Windows that do not overlap ------------------------------------------------------------- */

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
	m.impl("adaptive_max_pool2d.out", &adaptive_max_pool2d_out);
	m.impl("adaptive_max_pool2d_backward.grad_input", &adaptive_max_pool2d_backward_out);
}

} // namespace torch_ipu
