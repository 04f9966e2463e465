// SPDX-License-Identifier: MIT
/* Products of matrices, convolutions and pooling. */
#include <errno.h>
#include <string.h>

#include "job.h"

#define PRODUCTS 64 /* multiplications that take as long as an element of other operations */

/* ---- Products of matrices --------------------------------------------------- */

/* Is it the transpose of what is in memory? */
static bool is_transposed(const struct it_tensor *t)
{
	uint32_t order[IT_DIMS];
	struct it_tensor other;

	for (uint32_t i = 0; i < t->ndim; i++)
		order[i] = i;
	order[t->ndim - 1] = t->ndim - 2;
	order[t->ndim - 2] = t->ndim - 1;
	other = it_permuted(t, order);
	return !it_is_contiguous(t) && it_is_contiguous(&other);
}

static struct it_tensor as_it_lies(const struct it_tensor *t, bool transposed)
{
	uint32_t order[IT_DIMS];

	for (uint32_t i = 0; i < t->ndim; i++)
		order[i] = i;
	if (transposed) {
		order[t->ndim - 1] = t->ndim - 2;
		order[t->ndim - 2] = t->ndim - 1;
	}
	return it_permuted(t, order);
}

static uint32_t bits_of(double value)
{
	const float real = (float)value;
	uint32_t bits;

	memcpy(&bits, &real, 4);
	return bits;
}

/* @to = @beta * @bias + @alpha * @product, in f32 but for the result. */
static void add_bias(struct job *job, uint32_t to, uint32_t product, uint32_t bias, double beta,
		     double alpha)
{
	struct ipu_graph_map how = {
		.op = IPU_MAP_MUL,
		.to = product,
		.operand = { product, IPU_NO_TENSOR, IPU_NO_TENSOR },
		.given = IPU_NO_TENSOR,
		.scalar = bits_of(alpha),
	};

	if (alpha != 1)
		ipu_graph_map(job->graph, &how);
	how.op = beta == 1 ? IPU_MAP_ADD : IPU_MAP_ADD_SCALED;
	how.to = to;
	how.operand[1] = bias;
	how.alpha = bits_of(beta);
	ipu_graph_map(job->graph, &how);
}

static void make_matmul(struct job *job, const struct it_tensor *to, uint32_t flags, bool bias,
			double beta, double alpha)
{
	const uint32_t a = job_in(job, 1), b = job_in(job, 2);
	const uint32_t c = bias ? job_shrunk(job, 3) : IPU_NO_TENSOR, y = job_out(job, 0);
	uint32_t product = y;

	if (bias || alpha != 1)
		product = job_temp(job, IPU_F32, to->ndim, to->size);
	ipu_graph_matmul(job->graph, product, a, b, flags);
	if (bias)
		add_bias(job, y, product, c, beta, alpha);
	else if (alpha != 1)
		ipu_graph_map(job->graph,
			      &(struct ipu_graph_map){
				      .op = IPU_MAP_MUL,
				      .to = y,
				      .operand = { product, IPU_NO_TENSOR, IPU_NO_TENSOR },
				      .given = IPU_NO_TENSOR,
				      .scalar = bits_of(alpha),
			      });
}

int it_matmul(const char *name, const struct it_tensor *to, const struct it_tensor *a,
	      const struct it_tensor *b, const struct it_tensor *bias, double beta, double alpha)
{
	const bool ta = is_transposed(a), tb = is_transposed(b);
	const uint32_t flags = (ta ? IPU_TRANS_A : 0) | (tb ? IPU_TRANS_B : 0);
	const struct it_tensor left = as_it_lies(a, ta), right = as_it_lies(b, tb);
	struct job job;

	if (!it_count(to))
		return 0;
	if (!it_is_float(to->dtype) || !it_is_float(a->dtype) || a->dtype != b->dtype)
		return -EOPNOTSUPP;
	if (!it_count(a))
		return bias ? -EOPNOTSUPP : it_fill(to, 0);
	job_begin(&job, name);
	job_use(&job, to);
	job_use(&job, &left);
	job_use(&job, &right);
	job_use(&job, beta != 0 ? bias : NULL);
	job_word(&job, flags);
	job_double(&job, beta);
	job_double(&job, alpha);
	if (job_is_new(&job)) {
		make_matmul(&job, to, flags, bias && beta != 0, beta, alpha);
		job_work(&job, (uint64_t)it_count(to) * a->size[a->ndim - 1] / PRODUCTS);
	}
	return job_run(&job);
}

/* ---- Convolutions -------------------------------------------------------------- */

static struct it_tensor nhwc(const struct it_tensor *t)
{
	return it_permuted(t, (const uint32_t[]){ 0, 2, 3, 1 });
}

static struct it_tensor hwio(const struct it_tensor *t)
{
	return it_permuted(t, (const uint32_t[]){ 2, 3, 1, 0 });
}

static struct ipu_graph_conv how_of(const struct it_conv *conv, uint32_t pass)
{
	struct ipu_graph_conv how = { .pass = pass, .bias = IPU_NO_TENSOR, .groups = conv->groups };

	for (int i = 0; i < 2; i++) {
		how.stride[i] = conv->stride[i];
		how.padding[i] = conv->padding[i];
		how.dilation[i] = conv->dilation[i];
	}
	return how;
}

static void begin_conv(struct job *job, const char *name, const struct it_conv *conv,
		       const struct it_tensor *y, const struct it_tensor *w)
{
	job_begin(job, name);
	for (int i = 0; i < 2; i++) {
		job_word(job, conv->stride[i]);
		job_word(job, conv->padding[i]);
		job_word(job, conv->dilation[i]);
	}
	job_word(job, conv->groups);
	job_work(job, (uint64_t)it_count(y) * (it_count(w) / w->size[0]) / PRODUCTS);
}

/* One pass: @to, @a and @b are those of struct ipu_graph_conv, as PyTorch orders dimensions. */
static int convolve(const struct it_conv *conv, uint32_t pass, const struct it_tensor *to,
		    const struct it_tensor *a, const struct it_tensor *b,
		    const struct it_tensor *bias)
{
	static const char *const names[] = { "convolution", "convolution_backward (input)",
					     "convolution_backward (weights)" };
	const struct it_tensor *const y[] = { to, a, b }, *const w[] = { b, b, to };
	const struct it_tensor to_there = w[pass] == to ? hwio(to) : nhwc(to);
	const struct it_tensor a_there = nhwc(a);
	const struct it_tensor b_there = w[pass] == b ? hwio(b) : nhwc(b);
	struct ipu_graph_conv how = how_of(conv, pass);
	struct job job;

	if (!it_count(to))
		return 0;
	begin_conv(&job, names[pass], conv, y[pass], w[pass]);
	job_use(&job, &to_there);
	job_use(&job, &a_there);
	job_use(&job, &b_there);
	job_use(&job, bias);
	if (job_is_new(&job)) {
		how.a = job_in(&job, 1);
		how.b = job_in(&job, 2);
		how.bias = job_in(&job, 3);
		how.to = job_out(&job, 0);
		ipu_graph_conv2d(job.graph, &how);
	}
	return job_run(&job);
}

/* A part of the images, which are independent of each other. */
static struct it_tensor images_of(const struct it_tensor *t, uint32_t first, uint32_t count)
{
	struct it_tensor part = *t;

	part.size[0] = count;
	part.data = (char *)t->data +
		    (size_t)first * (size_t)t->stride[0] * (t->wide ? 8 : ipu_dtype_size(t->dtype));
	return part;
}

#define MOST_HALVES 5 /* 32 parts at most */

/* What an operation returns that has no room on the tiles. */
static bool may_be_large(int err)
{
	return err == -ENOSPC || err == -EOPNOTSUPP;
}

/* Where all images do not fit on the tiles at once, half of them, and the others. */
static int in_parts(const struct it_conv *conv, uint32_t pass, const struct it_tensor *to,
		    const struct it_tensor *from, const struct it_tensor *w,
		    const struct it_tensor *bias, uint32_t halves)
{
	const uint32_t all = to->size[0], half = all / 2;
	int err = convolve(conv, pass, to, from, w, bias);

	if (!may_be_large(err) || !half || halves == MOST_HALVES)
		return err;
	for (uint32_t first = 0; first < all; first += first ? all : half) {
		const uint32_t count = first ? all - half : half;
		const struct it_tensor to_part = images_of(to, first, count);
		const struct it_tensor from_part = images_of(from, first, count);

		err = in_parts(conv, pass, &to_part, &from_part, w, bias, halves + 1);
		if (err)
			return err;
	}
	return 0;
}

int it_conv(const struct it_conv *conv, const struct it_tensor *y, const struct it_tensor *x,
	    const struct it_tensor *w, const struct it_tensor *bias)
{
	return in_parts(conv, 0, y, x, w, bias, 0);
}

int it_conv_input_grad(const struct it_conv *conv, const struct it_tensor *dx,
		       const struct it_tensor *dy, const struct it_tensor *w)
{
	return in_parts(conv, 1, dx, dy, w, NULL, 0);
}

static int weight_grad_in_parts(const struct it_conv *conv, const struct it_tensor *dw,
				const struct it_tensor *x, const struct it_tensor *dy,
				uint32_t halves);

/* The gradients of two halves of the images, added: the second one's is in memory of its own. */
static int add_halves(const struct it_conv *conv, const struct it_tensor *dw,
		      const struct it_tensor *x, const struct it_tensor *dy, uint32_t halves)
{
	const uint32_t half = x->size[0] / 2, rest = x->size[0] - half;
	const struct it_tensor x1 = images_of(x, 0, half), x2 = images_of(x, half, rest);
	const struct it_tensor dy1 = images_of(dy, 0, half), dy2 = images_of(dy, half, rest);
	struct ipu_pool *memory = it_pool(it_card_of(dw->data));
	struct it_tensor other = *dw;
	int err;

	other.data = ipu_pool_alloc(memory, it_count(dw) * ipu_dtype_size(dw->dtype));
	if (!other.data)
		return -ENOMEM;
	err = weight_grad_in_parts(conv, dw, &x1, &dy1, halves + 1);
	if (!err)
		err = weight_grad_in_parts(conv, &other, &x2, &dy2, halves + 1);
	if (!err)
		err = it_map(&(struct it_map){ .name = "add",
					       .op = IPU_MAP_ADD,
					       .dtype = dw->dtype,
					       .operands = 2,
					       .to = dw,
					       .operand = { dw, &other } });
	ipu_pool_free(memory, other.data);
	return err;
}

static int weight_grad_in_parts(const struct it_conv *conv, const struct it_tensor *dw,
				const struct it_tensor *x, const struct it_tensor *dy,
				uint32_t halves)
{
	const int err = convolve(conv, 2, dw, x, dy, NULL);

	if (!may_be_large(err) || x->size[0] < 2 || halves == MOST_HALVES)
		return err;
	return add_halves(conv, dw, x, dy, halves);
}

int it_conv_weight_grad(const struct it_conv *conv, const struct it_tensor *dw,
			const struct it_tensor *x, const struct it_tensor *dy)
{
	return weight_grad_in_parts(conv, dw, x, dy, 0);
}

/* ---- Pooling --------------------------------------------------------------------- */

static int pool(const struct it_pooling *p)
{
	const struct it_tensor x = nhwc(p->x), y = nhwc(p->y);
	struct it_tensor index;
	struct ipu_graph_pool how = { .mean = p->mean,
				      .gradient = p->gradient,
				      .include_padding = p->include_padding };
	struct job job;

	if (!it_count(&x) || !it_count(&y))
		return it_count(&x) && p->gradient ? it_fill(p->x, 0) : 0;
	if (p->index)
		index = nhwc(p->index);
	job_begin(&job, p->mean ? "avg_pool2d" : "max_pool2d_with_indices");
	job_use(&job, &x);
	job_use(&job, &y);
	job_use(&job, p->index ? &index : NULL);
	for (int i = 0; i < 2; i++) {
		how.kernel[i] = p->kernel[i];
		how.stride[i] = p->stride[i];
		how.padding[i] = p->padding[i];
		how.dilation[i] = p->dilation[i];
		job_word(&job, p->kernel[i]);
		job_word(&job, p->stride[i]);
		job_word(&job, p->padding[i]);
		job_word(&job, p->dilation[i]);
	}
	job_word(&job, p->gradient);
	job_word(&job, p->include_padding);
	if (job_is_new(&job)) {
		how.x = p->gradient ? job_out(&job, 0) : job_in(&job, 0);
		how.y = p->gradient ? job_in(&job, 1) : job_out(&job, 1);
		how.index = p->gradient ? job_in(&job, 2) : job_out(&job, 2);
		job_work(&job, (uint64_t)it_count(&y) * p->kernel[0] * p->kernel[1]);
		ipu_graph_pool2d(job.graph, &how);
	}
	return job_run(&job);
}

static int pool_in_parts(const struct it_pooling *p, uint32_t halves)
{
	const uint32_t all = p->x->size[0], half = all / 2;
	int err = pool(p);

	if (!may_be_large(err) || !half || halves == MOST_HALVES)
		return err;
	for (uint32_t first = 0; first < all; first += first ? all : half) {
		const uint32_t count = first ? all - half : half;
		const struct it_tensor x = images_of(p->x, first, count);
		const struct it_tensor y = images_of(p->y, first, count);
		struct it_pooling part = *p;
		struct it_tensor index;

		part.x = &x;
		part.y = &y;
		if (p->index) {
			index = images_of(p->index, first, count);
			part.index = &index;
		}
		err = pool_in_parts(&part, halves + 1);
		if (err)
			return err;
	}
	return 0;
}

int it_pool2d(const struct it_pooling *p)
{
	return pool_in_parts(p, 0);
}
