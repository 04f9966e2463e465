// SPDX-License-Identifier: MIT
/* A transformer block on the host: see host_block.h. */
#include <math.h>
#include <string.h>

#include "batches.h"
#include "example_host.h"
#include "host_block.h"

/* What is between x and y, or the gradients of all that. */
struct between {
	size_t tokens, width, time, heads, columns;
	const double *in[BLOCK_TENSORS];
	double *norm1, *qkv, *weights, *joined, *middle, *norm2, *hidden, *active, *y;
};

/* ---- Matrices ---------------------------------------------------------------------- */

/* One whose elements are @row and @column apart. */
struct matrix {
	double *data;
	size_t row, column;
};

static struct matrix plain(const double *data, size_t columns)
{
	return (struct matrix){ (double *)data, columns, 1 };
}

static struct matrix transposed(struct matrix m)
{
	return (struct matrix){ m.data, m.column, m.row };
}

/* to += a @ b */
static void add_product(struct matrix to, struct matrix a, struct matrix b, size_t m, size_t n,
			size_t k)
{
	for (size_t i = 0; i < m; i++)
		for (size_t l = 0; l < k; l++) {
			const double factor = a.data[i * a.row + l * a.column];

			for (size_t j = 0; j < n; j++)
				to.data[i * to.row + j * to.column] +=
					factor * b.data[l * b.row + j * b.column];
		}
}

static void linear(double *to, const double *from, const double *weight, const double *bias,
		   size_t rows, size_t inputs, size_t outputs)
{
	for (size_t i = 0; i < rows; i++)
		memcpy(to + i * outputs, bias, outputs * sizeof(*to));
	add_product(plain(to, outputs), plain(from, inputs), plain(weight, outputs), rows, outputs,
		    inputs);
}

static void linear_grad(double *from_grad, double *weight_grad, double *bias_grad,
			const double *to_grad, const double *from, const double *weight,
			size_t rows, size_t inputs, size_t outputs)
{
	add_product(plain(from_grad, inputs), plain(to_grad, outputs),
		    transposed(plain(weight, outputs)), rows, inputs, outputs);
	add_product(plain(weight_grad, outputs), transposed(plain(from, inputs)),
		    plain(to_grad, outputs), inputs, outputs, rows);
	for (size_t i = 0; i < rows * outputs; i++)
		bias_grad[i % outputs] += to_grad[i];
}

/* ---- Layer norm and GELU ------------------------------------------------------------ */

static void statistics(const double *x, size_t width, double *mean, double *rstd)
{
	double sum = 0, squares = 0;

	for (size_t i = 0; i < width; i++)
		sum += x[i];
	*mean = sum / (double)width;
	for (size_t i = 0; i < width; i++)
		squares += (x[i] - *mean) * (x[i] - *mean);
	*rstd = 1 / sqrt(squares / (double)width + (double)EPSILON);
}

static void norm(double *to, const double *x, const double *gamma, const double *beta, size_t rows,
		 size_t width)
{
	for (size_t row = 0; row < rows; row++, x += width, to += width) {
		double mean, rstd;

		statistics(x, width, &mean, &rstd);
		for (size_t i = 0; i < width; i++)
			to[i] = (x[i] - mean) * rstd * gamma[i] + beta[i];
	}
}

/* The gradient of x is added to. */
static void norm_grad(double *dx, double *dgamma, double *dbeta, const double *dy, const double *x,
		      const double *gamma, size_t rows, size_t width)
{
	for (size_t row = 0; row < rows; row++, x += width, dx += width, dy += width) {
		double mean, rstd, sum = 0, product = 0;

		statistics(x, width, &mean, &rstd);
		for (size_t i = 0; i < width; i++) {
			const double h = (x[i] - mean) * rstd;

			sum += dy[i] * gamma[i] / (double)width;
			product += dy[i] * gamma[i] * h / (double)width;
			dgamma[i] += dy[i] * h;
			dbeta[i] += dy[i];
		}
		for (size_t i = 0; i < width; i++)
			dx[i] += rstd * (dy[i] * gamma[i] - sum - (x[i] - mean) * rstd * product);
	}
}

static double gelu(double x)
{
	return x * (1 + erf(x * M_SQRT1_2)) / 2;
}

static double gelu_grad(double x)
{
	return (1 + erf(x * M_SQRT1_2)) / 2 + x * exp(-x * x / 2) * M_2_SQRTPI * M_SQRT1_2 / 2;
}

/* ---- Attention --------------------------------------------------------------------- */

/* Queries (0), keys (1) or values (2) of one head, @number counting the heads of all sequences. */
static struct matrix part(const struct between *b, const double *qkv, size_t number, size_t which)
{
	const double *data = qkv + number / b->heads * b->time * 3 * b->width + which * b->width +
			     number % b->heads * b->columns;

	return plain(data, 3 * b->width);
}

static struct matrix of_head(const struct between *b, const double *tokens, size_t number)
{
	return plain(tokens + number / b->heads * b->time * b->width +
			     number % b->heads * b->columns,
		     b->width);
}

/* Of each row the first elements, up to the diagonal; the others become 0. */
static void causal_softmax(double *x, size_t time, double scale)
{
	for (size_t row = 0; row < time; row++, x += time) {
		double most = x[0], sum = 0;

		for (size_t i = 0; i <= row; i++)
			most = fmax(most, x[i]);
		for (size_t i = 0; i <= row; i++)
			sum += x[i] = exp(scale * (x[i] - most));
		for (size_t i = 0; i < time; i++)
			x[i] = i <= row ? x[i] / sum : 0;
	}
}

static void softmax_grad(double *dx, const double *y, size_t time, double scale)
{
	for (size_t row = 0; row < time; row++, dx += time, y += time) {
		double sum = 0;

		for (size_t i = 0; i < time; i++)
			sum += y[i] * dx[i];
		for (size_t i = 0; i < time; i++)
			dx[i] = scale * y[i] * (dx[i] - sum);
	}
}

static void attend(const struct between *b, size_t number)
{
	const struct matrix weights = plain(b->weights + number * b->time * b->time, b->time);

	add_product(weights, part(b, b->qkv, number, 0), transposed(part(b, b->qkv, number, 1)),
		    b->time, b->time, b->columns);
	causal_softmax(weights.data, b->time, 1 / sqrt((double)b->columns));
	add_product(of_head(b, b->joined, number), weights, part(b, b->qkv, number, 2), b->time,
		    b->columns, b->time);
}

static void attend_grad(const struct between *b, const struct between *grad, size_t number)
{
	const size_t at = number * b->time * b->time;
	const struct matrix weights = plain(b->weights + at, b->time);
	const struct matrix dweights = plain(grad->weights + at, b->time);
	const struct matrix dsums = of_head(b, grad->joined, number);

	add_product(dweights, dsums, transposed(part(b, b->qkv, number, 2)), b->time, b->time,
		    b->columns);
	add_product(part(b, grad->qkv, number, 2), transposed(weights), dsums, b->time, b->columns,
		    b->time);
	softmax_grad(dweights.data, weights.data, b->time, 1 / sqrt((double)b->columns));
	add_product(part(b, grad->qkv, number, 0), dweights, part(b, b->qkv, number, 1), b->time,
		    b->columns, b->time);
	add_product(part(b, grad->qkv, number, 1), transposed(dweights), part(b, b->qkv, number, 0),
		    b->time, b->columns, b->time);
}

/* ---- The block --------------------------------------------------------------------- */

static double *cut(double **memory, size_t count)
{
	double *array = *memory;

	*memory += count;
	return array;
}

/* All zero; the first array is what must be freed. */
static struct between new_between(const struct block_sizes *sizes, const double *in)
{
	const size_t width = sizes->width, all = (size_t)sizes->batch * sizes->time * width;
	const size_t pairs = (size_t)sizes->batch * sizes->heads * sizes->time * sizes->time;
	struct between b = {
		.tokens = (size_t)sizes->batch * sizes->time,
		.width = width,
		.time = sizes->time,
		.heads = sizes->heads,
		.columns = width / sizes->heads,
	};
	double *memory = allocate((8 + 2 * WIDER) * all + pairs, sizeof(double));

	b.norm1 = cut(&memory, all);
	b.qkv = cut(&memory, 3 * all);
	b.weights = cut(&memory, pairs);
	b.joined = cut(&memory, all);
	b.middle = cut(&memory, all);
	b.norm2 = cut(&memory, all);
	b.hidden = cut(&memory, WIDER * all);
	b.active = cut(&memory, WIDER * all);
	b.y = cut(&memory, all);
	for (uint32_t i = 0; i < BLOCK_TENSORS; i++)
		b.in[i] = in + block_offset(sizes, i);
	return b;
}

static void add(double *to, const double *from, size_t count)
{
	for (size_t i = 0; i < count; i++)
		to[i] += from[i];
}

static void forward(const struct between *b)
{
	const size_t n = b->tokens, width = b->width;
	const double *const *in = b->in;

	norm(b->norm1, in[BLOCK_X], in[BLOCK_GAMMA1], in[BLOCK_BETA1], n, width);
	linear(b->qkv, b->norm1, in[BLOCK_WQKV], in[BLOCK_BQKV], n, width, 3 * width);
	for (size_t i = 0; i < n / b->time * b->heads; i++)
		attend(b, i);
	linear(b->middle, b->joined, in[BLOCK_WO], in[BLOCK_BO], n, width, width);
	add(b->middle, in[BLOCK_X], n * width);

	norm(b->norm2, b->middle, in[BLOCK_GAMMA2], in[BLOCK_BETA2], n, width);
	linear(b->hidden, b->norm2, in[BLOCK_W1], in[BLOCK_B1], n, width, WIDER * width);
	for (size_t i = 0; i < n * WIDER * width; i++)
		b->active[i] = gelu(b->hidden[i]);
	linear(b->y, b->active, in[BLOCK_W2], in[BLOCK_B2], n, WIDER * width, width);
	add(b->y, b->middle, n * width);
}

/* @grad is zero, and so is @out. */
static void backward(const struct between *b, const struct between *grad, double *const *out)
{
	const size_t n = b->tokens, width = b->width;
	const double *const *in = b->in;

	linear_grad(grad->hidden, out[BLOCK_W2], out[BLOCK_B2], in[BLOCK_DY], b->active,
		    in[BLOCK_W2], n, WIDER * width, width);
	for (size_t i = 0; i < n * WIDER * width; i++)
		grad->hidden[i] *= gelu_grad(b->hidden[i]);
	linear_grad(grad->norm2, out[BLOCK_W1], out[BLOCK_B1], grad->hidden, b->norm2, in[BLOCK_W1],
		    n, width, WIDER * width);
	add(grad->middle, in[BLOCK_DY], n * width);
	norm_grad(grad->middle, out[BLOCK_GAMMA2], out[BLOCK_BETA2], grad->norm2, b->middle,
		  in[BLOCK_GAMMA2], n, width);

	linear_grad(grad->joined, out[BLOCK_WO], out[BLOCK_BO], grad->middle, b->joined,
		    in[BLOCK_WO], n, width, width);
	for (size_t i = 0; i < n / b->time * b->heads; i++)
		attend_grad(b, grad, i);
	linear_grad(grad->norm1, out[BLOCK_WQKV], out[BLOCK_BQKV], grad->qkv, b->norm1,
		    in[BLOCK_WQKV], n, width, 3 * width);
	add(out[BLOCK_DX], grad->middle, n * width);
	norm_grad(out[BLOCK_DX], out[BLOCK_GAMMA1], out[BLOCK_BETA1], grad->norm1, in[BLOCK_X],
		  in[BLOCK_GAMMA1], n, width);
}

void block_reference(const struct block_sizes *sizes, const double *in, double *out, double *y)
{
	const struct between b = new_between(sizes, in);

	forward(&b);
	if (y)
		memcpy(y, b.y, b.tokens * b.width * sizeof(*y));
	if (out) {
		const struct between grad = new_between(sizes, in);
		double *parts[BLOCK_TENSORS];

		memset(out, 0, block_offset(sizes, BLOCK_TENSORS) * sizeof(*out));
		for (uint32_t i = 0; i < BLOCK_TENSORS; i++)
			parts[i] = out + block_offset(sizes, i);
		memcpy(parts[BLOCK_Y], b.y, b.tokens * b.width * sizeof(*out));
		backward(&b, &grad, parts);
		free(grad.norm1);
	}
	free(b.norm1);
}

/* ---- Differences ------------------------------------------------------------------- */

/* What has dy as its gradient with respect to y. */
static double loss(const struct block_sizes *sizes, const double *in, double *y)
{
	const double *dy = in + block_offset(sizes, BLOCK_DY);
	double sum = 0;

	block_reference(sizes, in, NULL, y);
	for (size_t i = 0; i < (size_t)sizes->batch * sizes->time * sizes->width; i++)
		sum += dy[i] * y[i];
	return sum;
}

/* Of one tensor. Its gradient is where the tensor is, but that of x is where dy is. */
static double check_gradient(const struct block_sizes *sizes, double *in, const double *out,
			     uint32_t tensor, double *y)
{
	const double *grad = out + block_offset(sizes, tensor == BLOCK_X ? BLOCK_DX : tensor);
	const uint32_t count = block_offset(sizes, tensor + 1) - block_offset(sizes, tensor);
	double *value = in + block_offset(sizes, tensor), most = 0, worst = 0;

	for (uint32_t i = 0; i < count; i++)
		most = fmax(most, fabs(grad[i]));
	for (uint32_t i = 0; i < count; i++) {
		const double step = 1e-4, old = value[i];
		double difference;

		value[i] = old + step;
		difference = loss(sizes, in, y);
		value[i] = old - step;
		difference -= loss(sizes, in, y);
		value[i] = old;
		worst = fmax(worst, fabs(difference / (2 * step) - grad[i]) / most);
	}
	return worst;
}

double block_check_reference(void)
{
	const struct block_sizes sizes = { .batch = 2, .time = 5, .width = 12, .heads = 3 };
	const uint32_t count = block_offset(&sizes, BLOCK_TENSORS);
	double *in = allocate(count, sizeof(*in)), *out = allocate(count, sizeof(*out));
	double *y = allocate(count, sizeof(*y)), worst = 0;

	block_values(&sizes, in);
	block_reference(&sizes, in, out, NULL);
	for (uint32_t i = 0; i < BLOCK_TENSORS; i++)
		if (i != BLOCK_DY)
			worst = fmax(worst, check_gradient(&sizes, in, out, i, y));
	free(in);
	free(out);
	free(y);
	return worst;
}

/* ---- Values ------------------------------------------------------------------------ */

/* 8 significant bits are what bfloat16 has. */
static double coarse(double value)
{
	int exponent;
	const double part = frexp(value, &exponent);

	return ldexp(nearbyint(ldexp(part, 8)), exponent - 8);
}

/* As large as networks begin with: sums of rows stay about 1. */
static double limit(const struct block_sizes *sizes, uint32_t tensor)
{
	uint32_t shape[2];

	if (tensor == BLOCK_X || tensor == BLOCK_DY)
		return 1;
	return block_shape(sizes, tensor, shape) == 1 ? 0.25 : sqrt(3.0 / shape[0]);
}

void block_values(const struct block_sizes *sizes, double *in)
{
	uint64_t state = 12345;

	for (uint32_t tensor = 0; tensor < BLOCK_TENSORS; tensor++) {
		const double middle = tensor == BLOCK_GAMMA1 || tensor == BLOCK_GAMMA2;
		const float most = (float)limit(sizes, tensor);

		for (uint32_t i = block_offset(sizes, tensor); i < block_offset(sizes, tensor + 1);
		     i++)
			in[i] = coarse(middle + (double)random_in(&state, most));
	}
}

const char *block_tensor_name(uint32_t tensor)
{
	static const char *const names[BLOCK_TENSORS] = {
		"x",  "dy",	"gamma1", "beta1", "wqkv", "bqkv", "wo",
		"bo", "gamma2", "beta2",  "w1",	   "b1",   "w2",   "b2",
	};

	return names[tensor];
}
