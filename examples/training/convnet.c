/* SPDX-License-Identifier: MIT */
/*
 * A convolutional network, trained on the tiles: two convolutions of 3 by 3, the largest of each 2
 * by 2, and a layer that is connected to all of these. As with the perceptron, digits, what they
 * are and the learning rate come in as streams, a batch at a time, and its loss goes out. The
 * weights stay in SRAM, for the entry point that recognises digits with them.
 */
#include <ipu/ops.h>

#include "convnet.h"

IPU_STREAM_IN(float, x, IPU_SHARDED, ROWS, PIXELS);
IPU_STREAM_IN(float, target, IPU_SHARDED, ROWS, CLASSES); /* probabilities */
IPU_STREAM_IN(float, rate, IPU_BROADCAST, 1);
IPU_STREAM_OUT(float, loss, IPU_BROADCAST, 1);
IPU_STREAM_OUT(int32_t, answer, IPU_SHARDED, ROWS);

IPU_INOUT(float, w1, IPU_SHARDED, KERNEL *KERNEL, FIRST);
IPU_INOUT(float, b1, IPU_BROADCAST, FIRST);
IPU_INOUT(float, w2, IPU_SHARDED, KERNEL *KERNEL *FIRST, SECOND);
IPU_INOUT(float, b2, IPU_BROADCAST, SECOND);
IPU_INOUT(float, w3, IPU_SHARDED, FEATURES, CLASSES);
IPU_INOUT(float, b3, IPU_BROADCAST, CLASSES);

#define SCRATCH 131072 /* bytes for operations while they run */

static char room[393216] __attribute__((aligned(64)));
static struct ipu_memory memory;

/* ---- The network ------------------------------------------------------------------ */

struct layer {
	struct ipu_array weight, bias; /* parameters */
	struct ipu_array weight_grad, bias_grad;
	struct ipu_array weight_speed, bias_speed; /* of the momentum */
	struct ipu_array out, out_grad; /* [batch, height, width, channels] or [batch, classes] */
};

static struct layer first, second, output;
static struct ipu_array pooled, pooled_grad, largest; /* [batch, height, width, channels] */
static struct ipu_array features, features_grad; /* the same, a digit's in one row */
static struct ipu_array digits, targets, learning_rate, mean_loss, answers;
static struct ipu_ops train, recognise;

static const struct ipu_conv conv = {
	.stride = { 1, 1 },
	.padding = { KERNEL / 2, KERNEL / 2 },
	.dilation = { 1, 1 },
	.groups = 1,
};
static const struct ipu_pool pool = {
	.kernel = { POOL, POOL },
	.stride = { POOL, POOL },
	.dilation = { 1, 1 },
};

/* Of a layer whose parameters are known. */
static void make_arrays(struct layer *layer, uint32_t ndim, const uint32_t *shape)
{
	const struct ipu_array *w = &layer->weight, *b = &layer->bias;

	ipu_array_new(&memory, &layer->weight_grad, IPU_F32, w->ndim, w->shape);
	ipu_array_new(&memory, &layer->weight_speed, IPU_F32, w->ndim, w->shape);
	ipu_array_copies(&memory, &layer->bias_grad, IPU_F32, b->ndim, b->shape);
	ipu_array_copies(&memory, &layer->bias_speed, IPU_F32, b->ndim, b->shape);
	ipu_array_new(&memory, &layer->out, IPU_F32, ndim, shape);
	ipu_array_new(&memory, &layer->out_grad, IPU_F32, ndim, shape);
}

/* ReLU comes behind the largest of the second convolution, which is the same and less to do. */
static void make_forward(struct ipu_ops *ops)
{
	ipu_make_conv2d(ops, &first.out, &digits, &first.weight, &first.bias, &conv);
	ipu_make_map1(ops, IPU_MAP_RELU, &first.out, &first.out);
	ipu_make_conv2d(ops, &second.out, &first.out, &second.weight, &second.bias, &conv);
	ipu_make_max_pool2d(ops, &pooled, &largest, &second.out, &pool);
	ipu_make_map1(ops, IPU_MAP_RELU, &pooled, &pooled);
	ipu_make_matmul(ops, &output.out, &features, &output.weight, 0, NULL);
	ipu_make_map2(ops, IPU_MAP_ADD, &output.out, &output.out, &output.bias);
}

/* The loss, and its gradient with respect to what the network gives out. */
static void make_loss(struct ipu_ops *ops)
{
	const float part = -1.0f / (float)digits.shape[0];
	static struct ipu_array log, product;

	ipu_array_new(&memory, &log, IPU_F32, output.out.ndim, output.out.shape);
	ipu_array_new(&memory, &product, IPU_F32, output.out.ndim, output.out.shape);
	ipu_make_log_softmax(ops, &log, &output.out);
	ipu_make_map2(ops, IPU_MAP_MUL, &product, &log, &targets);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &mean_loss, &product, 3);
	ipu_make_map2_scalar(ops, IPU_MAP_MUL, &mean_loss, &mean_loss, part);

	ipu_make_map1(ops, IPU_MAP_EXP, &log, &log);
	ipu_make_map2(ops, IPU_MAP_SUB, &output.out_grad, &targets, &log);
	ipu_make_map2_scalar(ops, IPU_MAP_MUL, &output.out_grad, &output.out_grad, part);
}

/* From the last layer to the first: what its parameters change by, then what it was given. */
static void make_backward(struct ipu_ops *ops)
{
	ipu_make_matmul(ops, &output.weight_grad, &features, &output.out_grad, IPU_TRANS_A, NULL);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &output.bias_grad, &output.out_grad, 1);
	ipu_make_matmul(ops, &features_grad, &output.out_grad, &output.weight, IPU_TRANS_B, NULL);
	ipu_make_map2(ops, IPU_MAP_RELU_GRAD, &pooled_grad, &pooled_grad, &pooled);
	ipu_make_max_pool2d_grad(ops, &second.out_grad, &pooled_grad, &largest, &pool);

	ipu_make_conv2d_weight_grad(ops, &second.weight_grad, &first.out, &second.out_grad, &conv);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &second.bias_grad, &second.out_grad, 7);
	ipu_make_conv2d_input_grad(ops, &first.out_grad, &second.out_grad, &second.weight, &conv);
	ipu_make_map2(ops, IPU_MAP_RELU_GRAD, &first.out_grad, &first.out_grad, &first.out);

	ipu_make_conv2d_weight_grad(ops, &first.weight_grad, &digits, &first.out_grad, &conv);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &first.bias_grad, &first.out_grad, 7);
}

static void make_descent(struct ipu_ops *ops, const struct ipu_array *parameter,
			 const struct ipu_array *grad, const struct ipu_array *speed, float decay)
{
	ipu_make_sgd(ops, &(struct ipu_sgd_args){ .param = parameter,
						  .grad = grad,
						  .buffer = speed,
						  .rate = &learning_rate,
						  .weight_decay = decay,
						  .momentum = MOMENTUM });
}

static void make_layer_descent(struct ipu_ops *ops, const struct layer *layer)
{
	make_descent(ops, &layer->weight, &layer->weight_grad, &layer->weight_speed, DECAY);
	make_descent(ops, &layer->bias, &layer->bias_grad, &layer->bias_speed, 0);
}

static void clear_speed(struct ipu_ops *ops, const struct layer *layer)
{
	const union ipu_scalar zero = { 0 };

	ipu_make_fill(ops, &layer->weight_speed, zero);
	ipu_make_fill(ops, &layer->bias_speed, zero);
}

/* ---- Making it -------------------------------------------------------------------- */

/* What comes from outside: the tensors and streams, in the shapes that operations want. */
static void find_arrays(void)
{
	IPU_ARRAY_OF(&first.weight, w1);
	IPU_ARRAY_OF(&first.bias, b1);
	IPU_ARRAY_OF(&second.weight, w2);
	IPU_ARRAY_OF(&second.bias, b2);
	IPU_ARRAY_OF(&output.weight, w3);
	IPU_ARRAY_OF(&output.bias, b3);
	IPU_ARRAY_OF_STREAM(&digits, x);
	IPU_ARRAY_OF_STREAM(&targets, target);
	IPU_ARRAY_OF_STREAM(&learning_rate, rate);
	IPU_ARRAY_OF_STREAM(&answers, answer);
	IPU_ARRAY_OF_STREAM(&mean_loss, loss);
	ipu_array_view(&first.weight, &first.weight, IPU_SHAPE(KERNEL, KERNEL, 1, FIRST));
	ipu_array_view(&second.weight, &second.weight, IPU_SHAPE(KERNEL, KERNEL, FIRST, SECOND));
	ipu_array_view(&digits, &digits, IPU_SHAPE(digits.shape[0], SIDE, SIDE, 1));
}

static void make_layers(uint32_t batch)
{
	const uint32_t shape[] = { batch, POOLED, POOLED, SECOND };

	make_arrays(&first, IPU_SHAPE(batch, SIDE, SIDE, FIRST));
	make_arrays(&second, IPU_SHAPE(batch, SIDE, SIDE, SECOND));
	make_arrays(&output, IPU_SHAPE(batch, CLASSES));
	ipu_array_new(&memory, &pooled, IPU_F32, 4, shape);
	ipu_array_new(&memory, &pooled_grad, IPU_F32, 4, shape);
	ipu_array_new(&memory, &largest, IPU_I32, 4, shape);
	ipu_array_view(&features, &pooled, IPU_SHAPE(batch, FEATURES));
	ipu_array_view(&features_grad, &pooled_grad, IPU_SHAPE(batch, FEATURES));
}

/* After the first block, which says how the streams lie. */
static void begin(void)
{
	struct ipu_ops clear;

	ipu_memory_init(&memory, room, sizeof(room), SCRATCH);
	find_arrays();
	make_layers(digits.shape[0]);

	ipu_ops_init(&train, &memory);
	make_forward(&train);
	make_loss(&train);
	make_backward(&train);
	make_layer_descent(&train, &first);
	make_layer_descent(&train, &second);
	make_layer_descent(&train, &output);

	ipu_ops_init(&recognise, &memory);
	make_forward(&recognise);
	ipu_make_reduction(&recognise, IPU_REDUCE_ARGMAX, &answers, &output.out, 2);

	ipu_ops_init(&clear, &memory);
	clear_speed(&clear, &first);
	clear_speed(&clear, &second);
	clear_speed(&clear, &output);
	ipu_ops_run(&clear);
}

/* ---- Training and using it -------------------------------------------------------- */

static bool next_batch(void)
{
	ipu_stream_ask(x);
	ipu_stream_ask(target);
	ipu_stream_ask(rate);
	ipu_sync_external();
	return ipu_stream_got(x) && ipu_stream_got(target) && ipu_stream_got(rate);
}

int main(void)
{
	for (bool begun = false; next_batch(); begun = true) {
		if (!begun)
			begin();
		ipu_ops_run(&train);
		ipu_stream_put(loss);
	}
	return 0;
}

IPU_ENTRY(use)
{
	while (ipu_stream_next(x)) {
		ipu_ops_run(&recognise);
		IPU_ROWS(answer) = IPU_ROWS(x);
		ipu_stream_put(answer);
	}
	return 0;
}
