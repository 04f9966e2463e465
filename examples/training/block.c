// SPDX-License-Identifier: MIT
/*
 * A transformer block, forward and backward: h = x + attention(norm(x)), and
 * y = h + perceptron(norm(h)), with causal attention of several heads, and GELU. From a given
 * gradient of y it computes that of x and those of all parameters.
 *
 * The host runs main() once, which takes what it has sent, then the phases that are entry points,
 * and then "results", which puts together what it reads.
 */
#include <math.h>

#include <ipu/ops.h>
#include <ipu/step.h>

#include "block.h"

#define VALUES 8192 /* rows of 4 elements that a tile can hold */
#define SCRATCH 131072 /* bytes for operations while they run */

IPU_INPUT(uint32_t, sizes, IPU_BROADCAST, BLOCK_SIZES);
IPU_INOUT(float, values, IPU_SHARDED, VALUES, 4); /* enum block_tensor, one after the other */

static char room[278528] __attribute__((aligned(64)));
static struct ipu_memory memory;
static struct block_sizes block;
static enum ipu_dtype dtype;

static struct ipu_array in[BLOCK_TENSORS], out[BLOCK_TENSORS]; /* out: y, dx, and gradients */
static struct ipu_ops attention_ops, perceptron_ops, perceptron_grad_ops, attention_grad_ops;
static struct ipu_ops results_ops;

/* ---- Arrays, and what layers have in common ---------------------------------------- */

/* What a layer norm leaves for its gradient. */
struct norm {
	struct ipu_array out, mean, rstd;
};

static struct norm norm1, norm2;
static struct ipu_array qkv, joined; /* [tokens, 3 * width], [tokens, width] */
static struct ipu_array query, key, value; /* [batch * heads, time, width / heads] */
static struct ipu_array weights; /* of the attention, [batch * heads, time, time] */
static struct ipu_array middle, middle_grad; /* h, between attention and perceptron */
static struct ipu_array hidden, active; /* before and after GELU */

static struct ipu_array matrix(uint32_t rows, uint32_t columns)
{
	struct ipu_array array;

	ipu_array_new(&memory, &array, dtype, IPU_SHAPE(rows, columns));
	return array;
}

/* Like x: a row for each token. */
static struct ipu_array tokens(uint32_t widths)
{
	return matrix(block.batch * block.time, widths * block.width);
}

/* For each head of each sequence a row for each token. */
static struct ipu_array by_head(uint32_t columns)
{
	struct ipu_array array;

	ipu_array_new(&memory, &array, dtype,
		      IPU_SHAPE(block.batch * block.heads, block.time, columns));
	return array;
}

static void make_norm(struct ipu_ops *ops, struct norm *norm, const struct ipu_array *from,
		      const struct ipu_array *gamma, const struct ipu_array *beta)
{
	norm->out = tokens(1);
	ipu_array_new(&memory, &norm->mean, IPU_F32, IPU_SHAPE(from->shape[0]));
	ipu_array_new(&memory, &norm->rstd, IPU_F32, IPU_SHAPE(from->shape[0]));
	ipu_make_layer_norm(ops, &norm->out, from, gamma, beta, &norm->mean, &norm->rstd, EPSILON);
}

static void make_linear(struct ipu_ops *ops, const struct ipu_array *to,
			const struct ipu_array *from, enum block_tensor weight,
			enum block_tensor bias)
{
	ipu_make_matmul(ops, to, from, &in[weight], 0, NULL);
	ipu_make_map2(ops, IPU_MAP_ADD, to, to, &in[bias]);
}

/* The gradients of @from, of the weight and of the bias, from that of what the layer gave. */
static void make_linear_grad(struct ipu_ops *ops, const struct ipu_array *from_grad,
			     const struct ipu_array *to_grad, const struct ipu_array *from,
			     enum block_tensor weight, enum block_tensor bias)
{
	ipu_make_matmul(ops, from_grad, to_grad, &in[weight], IPU_TRANS_B, NULL);
	ipu_make_matmul(ops, &out[weight], from, to_grad, IPU_TRANS_A, NULL);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &out[bias], to_grad, 1);
}

/* ---- Heads ------------------------------------------------------------------------- */

/*
 * [batch, time, parts, heads, columns] to [batch, heads, time, columns], of one of the parts:
 * queries, keys or values.
 */
static void make_split(struct ipu_ops *ops, struct ipu_array *heads, const struct ipu_array *from,
		       uint32_t part)
{
	const uint32_t row = from->shape[1], columns = block.width / block.heads;
	const struct ipu_view view = {
		.ndim = 4,
		.shape = { block.batch, block.heads, block.time, columns },
		.stride = { (int32_t)(block.time * row), (int32_t)columns, (int32_t)row, 1 },
		.offset = part * block.width,
	};

	*heads = by_head(columns);
	ipu_make_copy(ops, heads, from, &view);
}

/* The other way: to [batch, time, heads, columns]. */
static void make_join(struct ipu_ops *ops, struct ipu_array *to, const struct ipu_array *heads)
{
	const int32_t columns = (int32_t)(block.width / block.heads);
	const int32_t head = (int32_t)block.time * columns;
	const struct ipu_view view = {
		.ndim = 4,
		.shape = { block.batch, block.time, block.heads, (uint32_t)columns },
		.stride = { (int32_t)block.heads * head, columns, head, 1 },
	};

	*to = tokens(1);
	ipu_make_copy(ops, to, heads, &view);
}

static float scale(void)
{
	return 1.0f / sqrtf((float)(block.width / block.heads));
}

/* ---- Forward ----------------------------------------------------------------------- */

static void make_attention(struct ipu_ops *ops)
{
	struct ipu_array sums;

	make_norm(ops, &norm1, &in[BLOCK_X], &in[BLOCK_GAMMA1], &in[BLOCK_BETA1]);
	qkv = tokens(3);
	make_linear(ops, &qkv, &norm1.out, BLOCK_WQKV, BLOCK_BQKV);
	make_split(ops, &query, &qkv, 0);
	make_split(ops, &key, &qkv, 1);
	make_split(ops, &value, &qkv, 2);

	weights = by_head(block.time);
	ipu_make_matmul(ops, &weights, &query, &key, IPU_TRANS_B, NULL);
	ipu_make_softmax(ops, &weights, &weights, scale(), block.time);
	sums = by_head(block.width / block.heads);
	ipu_make_matmul(ops, &sums, &weights, &value, 0, NULL);
	make_join(ops, &joined, &sums);

	middle = tokens(1);
	make_linear(ops, &middle, &joined, BLOCK_WO, BLOCK_BO);
	ipu_make_map2(ops, IPU_MAP_ADD, &middle, &middle, &in[BLOCK_X]);
}

static void make_perceptron(struct ipu_ops *ops)
{
	make_norm(ops, &norm2, &middle, &in[BLOCK_GAMMA2], &in[BLOCK_BETA2]);
	hidden = tokens(WIDER);
	active = tokens(WIDER);
	make_linear(ops, &hidden, &norm2.out, BLOCK_W1, BLOCK_B1);
	ipu_make_map1(ops, IPU_MAP_GELU, &active, &hidden);
	make_linear(ops, &out[BLOCK_Y], &active, BLOCK_W2, BLOCK_B2);
	ipu_make_map2(ops, IPU_MAP_ADD, &out[BLOCK_Y], &out[BLOCK_Y], &middle);
}

/* ---- Backward ---------------------------------------------------------------------- */

/* The gradient of what a residual part began with: through its norm, and past all of it. */
static void make_norm_grad(struct ipu_ops *ops, const struct ipu_array *from_grad,
			   const struct ipu_array *to_grad, const struct ipu_array *past_grad,
			   const struct ipu_array *from, const struct norm *norm,
			   enum block_tensor gamma, enum block_tensor beta)
{
	ipu_make_layer_norm_grad(ops, from_grad, &out[gamma], &out[beta], to_grad, from, &in[gamma],
				 &norm->mean, &norm->rstd);
	ipu_make_map2(ops, IPU_MAP_ADD, from_grad, from_grad, past_grad);
}

static void make_perceptron_grad(struct ipu_ops *ops)
{
	const struct ipu_array *dy = &in[BLOCK_DY];
	const struct ipu_array hidden_grad = tokens(WIDER), normed_grad = tokens(1);

	make_linear_grad(ops, &hidden_grad, dy, &active, BLOCK_W2, BLOCK_B2);
	ipu_make_map2(ops, IPU_MAP_GELU_GRAD, &hidden_grad, &hidden_grad, &hidden);
	make_linear_grad(ops, &normed_grad, &hidden_grad, &norm2.out, BLOCK_W1, BLOCK_B1);
	middle_grad = tokens(1);
	make_norm_grad(ops, &middle_grad, &normed_grad, dy, &middle, &norm2, BLOCK_GAMMA2,
		       BLOCK_BETA2);
}

/* From the gradients of queries, keys and values that of all of them. */
static void make_qkv_grad(struct ipu_ops *ops, const struct ipu_array *qkv_grad,
			  const struct ipu_array *parts)
{
	struct ipu_array part;

	for (uint32_t i = 0; i < 3; i++) {
		make_join(ops, &part, &parts[i]);
		ipu_make_place(ops, qkv_grad, &part, 1, i * block.width);
	}
}

static void make_attention_grad(struct ipu_ops *ops)
{
	const uint32_t columns = block.width / block.heads;
	const struct ipu_array joined_grad = tokens(1), qkv_grad = tokens(3),
			       normed_grad = tokens(1);
	const struct ipu_array weights_grad = by_head(block.time);
	/* Of queries, keys and values. */
	const struct ipu_array grad[] = { by_head(columns), by_head(columns), by_head(columns) };
	struct ipu_array sums_grad;

	make_linear_grad(ops, &joined_grad, &middle_grad, &joined, BLOCK_WO, BLOCK_BO);
	make_split(ops, &sums_grad, &joined_grad, 0);
	ipu_make_matmul(ops, &weights_grad, &sums_grad, &value, IPU_TRANS_B, NULL);
	ipu_make_matmul(ops, &grad[2], &weights, &sums_grad, IPU_TRANS_A, NULL);
	ipu_make_softmax_grad(ops, &weights_grad, &weights, &weights_grad, scale(), block.time);
	ipu_make_matmul(ops, &grad[0], &weights_grad, &key, 0, NULL);
	ipu_make_matmul(ops, &grad[1], &weights_grad, &query, IPU_TRANS_A, NULL);

	make_qkv_grad(ops, &qkv_grad, grad);
	make_linear_grad(ops, &normed_grad, &qkv_grad, &norm1.out, BLOCK_WQKV, BLOCK_BQKV);
	make_norm_grad(ops, &out[BLOCK_DX], &normed_grad, &middle_grad, &in[BLOCK_X], &norm1,
		       BLOCK_GAMMA1, BLOCK_BETA1);
}

/* ---- To and from the host ---------------------------------------------------------- */

static void new_tensor(struct ipu_array *array, enum ipu_dtype type, uint32_t tensor)
{
	uint32_t shape[2];

	if (block_shape(&block, tensor, shape) == 1)
		ipu_array_new(&memory, array, type, IPU_SHAPE(shape[1]));
	else
		ipu_array_new(&memory, array, type, 2, shape);
}

/* Bring a tensor to where an array of its shape lies, in the type that is used. */
static void make_load(struct ipu_ops *ops, const struct ipu_array *all, uint32_t tensor)
{
	struct ipu_array given;
	struct ipu_view view = { .ndim = 1, .stride = { 1 } };

	new_tensor(&in[tensor], dtype, tensor);
	new_tensor(&out[tensor], dtype, tensor);
	given = in[tensor];
	if (dtype != IPU_F32)
		new_tensor(&given, IPU_F32, tensor);
	view.shape[0] = given.count;
	view.offset = block_offset(&block, tensor);
	ipu_make_copy(ops, &given, all, &view);
	if (dtype != IPU_F32)
		ipu_make_cast(ops, &in[tensor], &given);
}

static void make_result(struct ipu_ops *ops, const struct ipu_array *all, uint32_t tensor)
{
	struct ipu_array result = out[tensor];

	if (dtype != IPU_F32) {
		new_tensor(&result, IPU_F32, tensor);
		ipu_make_cast(ops, &result, &out[tensor]);
	}
	ipu_array_view(&result, &result, IPU_SHAPE(result.count));
	ipu_make_place(ops, all, &result, 0, block_offset(&block, tensor));
}

static void make_all(const struct ipu_array *all)
{
	struct ipu_ops load;

	ipu_ops_init(&load, &memory);
	ipu_ops_init(&results_ops, &memory);
	for (uint32_t i = 0; i < BLOCK_TENSORS; i++) {
		make_load(&load, all, i);
		make_result(&results_ops, all, i);
	}
	ipu_ops_run(&load);

	ipu_ops_init(&attention_ops, &memory);
	make_attention(&attention_ops);
	ipu_ops_init(&perceptron_ops, &memory);
	make_perceptron(&perceptron_ops);
	ipu_ops_init(&perceptron_grad_ops, &memory);
	make_perceptron_grad(&perceptron_grad_ops);
	ipu_ops_init(&attention_grad_ops, &memory);
	make_attention_grad(&attention_grad_ops);
}

int main(void)
{
	struct ipu_array all;

	block = (struct block_sizes){ sizes[0], sizes[1], sizes[2], sizes[3], sizes[4] };
	dtype = (enum ipu_dtype)block.dtype;
	ipu_memory_init(&memory, room, sizeof(room), SCRATCH);
	IPU_ARRAY_OF(&all, values);
	ipu_array_view(&all, &all, IPU_SHAPE(all.count));
	make_all(&all);
	return 0;
}

IPU_ENTRY(attention)
{
	ipu_ops_run(&attention_ops);
	return 0;
}

IPU_ENTRY(perceptron)
{
	ipu_ops_run(&perceptron_ops);
	return 0;
}

IPU_ENTRY(perceptron_grad)
{
	ipu_ops_run(&perceptron_grad_ops);
	return 0;
}

IPU_ENTRY(attention_grad)
{
	ipu_ops_run(&attention_grad_ops);
	return 0;
}

IPU_ENTRY(results)
{
	ipu_ops_run(&results_ops);
	return 0;
}
