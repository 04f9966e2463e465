/* SPDX-License-Identifier: MIT */
/*
 * A perceptron with one hidden layer, trained on the tiles: digits, what they are and the learning
 * rate come in as streams, a batch at a time, and its loss goes out. The weights stay in SRAM, for
 * the entry point that recognises digits with them.
 */
#include <ipu/ops.h>

#include "perceptron.h"

IPU_STREAM_IN(float, x, IPU_SHARDED, ROWS, PIXELS);
IPU_STREAM_IN(float, target, IPU_SHARDED, ROWS, CLASSES); /* probabilities */
IPU_STREAM_IN(float, rate, IPU_BROADCAST, 1);
IPU_STREAM_OUT(float, loss, IPU_BROADCAST, 1);
IPU_STREAM_OUT(int32_t, answer, IPU_SHARDED, ROWS);

IPU_INOUT(float, w1, IPU_SHARDED, PIXELS, HIDDEN);
IPU_INOUT(float, b1, IPU_BROADCAST, HIDDEN);
IPU_INOUT(float, w2, IPU_SHARDED, HIDDEN, CLASSES);
IPU_INOUT(float, b2, IPU_BROADCAST, CLASSES);

#define SCRATCH 98304 /* bytes for operations while they run */

static char room[262144] __attribute__((aligned(64)));
static struct ipu_memory memory;

/* ---- The network ------------------------------------------------------------------ */

struct layer {
	struct ipu_array weight, bias; /* parameters */
	struct ipu_array weight_grad, bias_grad;
	struct ipu_array weight_speed, bias_speed; /* of the momentum */
	struct ipu_array out, out_grad; /* [batch, outputs] */
};

static struct layer hidden, output;
static struct ipu_array digits, targets, learning_rate, mean_loss, answers;
static struct ipu_ops train, recognise;

/* Of a layer whose parameters are tensors. */
static void make_arrays(struct layer *layer, uint32_t batch)
{
	const struct ipu_array *w = &layer->weight, *b = &layer->bias;

	ipu_array_new(&memory, &layer->weight_grad, IPU_F32, w->ndim, w->shape);
	ipu_array_new(&memory, &layer->weight_speed, IPU_F32, w->ndim, w->shape);
	ipu_array_copies(&memory, &layer->bias_grad, IPU_F32, b->ndim, b->shape);
	ipu_array_copies(&memory, &layer->bias_speed, IPU_F32, b->ndim, b->shape);
	ipu_array_new(&memory, &layer->out, IPU_F32, IPU_SHAPE(batch, b->count));
	ipu_array_new(&memory, &layer->out_grad, IPU_F32, IPU_SHAPE(batch, b->count));
}

static void make_forward(struct ipu_ops *ops)
{
	ipu_make_matmul(ops, &hidden.out, &digits, &hidden.weight, 0, NULL);
	ipu_make_map2(ops, IPU_MAP_ADD, &hidden.out, &hidden.out, &hidden.bias);
	ipu_make_map1(ops, IPU_MAP_RELU, &hidden.out, &hidden.out);
	ipu_make_matmul(ops, &output.out, &hidden.out, &output.weight, 0, NULL);
	ipu_make_map2(ops, IPU_MAP_ADD, &output.out, &output.out, &output.bias);
}

/* What the parameters of a layer change by, from the gradient of what it gives out. */
static void make_gradients(struct ipu_ops *ops, struct layer *layer, const struct ipu_array *in)
{
	ipu_make_matmul(ops, &layer->weight_grad, in, &layer->out_grad, IPU_TRANS_A, NULL);
	ipu_make_reduction(ops, IPU_REDUCE_SUM, &layer->bias_grad, &layer->out_grad, 1);
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

static void make_training(struct ipu_ops *ops)
{
	make_forward(ops);
	make_loss(ops);
	make_gradients(ops, &output, &hidden.out);
	ipu_make_matmul(ops, &hidden.out_grad, &output.out_grad, &output.weight, IPU_TRANS_B, NULL);
	ipu_make_map2(ops, IPU_MAP_RELU_GRAD, &hidden.out_grad, &hidden.out_grad, &hidden.out);
	make_gradients(ops, &hidden, &digits);

	make_descent(ops, &hidden.weight, &hidden.weight_grad, &hidden.weight_speed, DECAY);
	make_descent(ops, &hidden.bias, &hidden.bias_grad, &hidden.bias_speed, 0);
	make_descent(ops, &output.weight, &output.weight_grad, &output.weight_speed, DECAY);
	make_descent(ops, &output.bias, &output.bias_grad, &output.bias_speed, 0);
}

static void clear_speed(struct ipu_ops *ops, const struct layer *layer)
{
	const union ipu_scalar zero = { 0 };

	ipu_make_fill(ops, &layer->weight_speed, zero);
	ipu_make_fill(ops, &layer->bias_speed, zero);
}

/* After the first block, which says how the streams lie. */
static void begin(void)
{
	struct ipu_ops clear;

	ipu_memory_init(&memory, room, sizeof(room), SCRATCH);
	IPU_ARRAY_OF(&hidden.weight, w1);
	IPU_ARRAY_OF(&hidden.bias, b1);
	IPU_ARRAY_OF(&output.weight, w2);
	IPU_ARRAY_OF(&output.bias, b2);
	IPU_ARRAY_OF_STREAM(&digits, x);
	IPU_ARRAY_OF_STREAM(&targets, target);
	IPU_ARRAY_OF_STREAM(&learning_rate, rate);
	IPU_ARRAY_OF_STREAM(&answers, answer);
	IPU_ARRAY_OF_STREAM(&mean_loss, loss);
	make_arrays(&hidden, digits.shape[0]);
	make_arrays(&output, digits.shape[0]);

	ipu_ops_init(&train, &memory);
	make_training(&train);
	ipu_ops_init(&recognise, &memory);
	make_forward(&recognise);
	ipu_make_reduction(&recognise, IPU_REDUCE_ARGMAX, &answers, &output.out, 2);
	ipu_ops_init(&clear, &memory);
	clear_speed(&clear, &hidden);
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
