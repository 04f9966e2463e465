// SPDX-License-Identifier: MIT
/*
 * graph DIGITS.csv.gz EPOCHS [PERCENT]: train a perceptron on the tiles of $IPU_DEVICE or the first
 * card, without a tile program of its own: the whole step of training, forward, backward and Adam,
 * is one graph. The parameters stay on the tiles; a batch goes in, and its loss comes out. Then the
 * digits that it has not seen are recognised by a second graph. It fails below PERCENT.
 */
#include <err.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu_graph.h>

#include "digits_data.h"

#define BATCH 100
#define HIDDEN 128
#define LAYERS 2
#define BATCHES (TRAIN / BATCH)

#define NONE IPU_NO_TENSOR

static const uint32_t widths[LAYERS + 1] = { PIXELS, HIDDEN, CLASSES };

/* What a layer has, here and in the host's memory: weights, then biases. */
enum { PARAM, MEAN, SQUARE, KINDS };

struct layer {
	uint32_t weight[KINDS];
	uint32_t bias[KINDS];
	uint32_t in;
	uint32_t out;
};

struct net {
	struct ipu_graph *graph;
	struct layer layer[LAYERS];
	uint32_t x;
	uint32_t labels;
	uint32_t rate;
	uint32_t step;
	uint32_t loss;
	uint32_t rows;
};

static void check(int error)
{
	if (error)
		errx(1, "%s", ipu_error());
}

static uint32_t tensor(struct net *net, const char *name, uint32_t dtype, uint32_t rows,
		       uint32_t columns, uint32_t role)
{
	const uint32_t shape[] = { rows, columns };

	return ipu_graph_tensor(net->graph, name, dtype, columns ? 2 : rows ? 1 : 0, shape, role);
}

static void map(struct net *net, uint32_t op, uint32_t to, uint32_t a, uint32_t b, uint32_t scalar)
{
	ipu_graph_map(net->graph, &(struct ipu_graph_map){ .op = op,
							   .to = to,
							   .operand = { a, b, NONE },
							   .given = NONE,
							   .scalar = scalar });
}

/* Parameters, and with @training what Adam keeps of each. */
static void add_layers(struct net *net, bool training)
{
	static const char *const names[KINDS] = { "parameter", "mean", "square" };
	const uint32_t role = IPU_GRAPH_IN | IPU_GRAPH_KEEP | (training ? IPU_GRAPH_OUT : 0);

	for (uint32_t i = 0; i < LAYERS; i++)
		for (uint32_t kind = 0; kind < (training ? KINDS : 1); kind++) {
			net->layer[i].weight[kind] =
				tensor(net, names[kind], IPU_F32, widths[i], widths[i + 1], role);
			net->layer[i].bias[kind] =
				tensor(net, names[kind], IPU_F32, widths[i + 1], 0, role);
		}
}

static uint32_t forward(struct net *net)
{
	uint32_t x = net->x;

	for (uint32_t i = 0; i < LAYERS; i++) {
		struct layer *layer = &net->layer[i];
		uint32_t sum = tensor(net, "sum", IPU_F32, net->rows, widths[i + 1], 0);

		layer->in = x;
		layer->out = tensor(net, "layer", IPU_F32, net->rows, widths[i + 1], 0);
		ipu_graph_label(net->graph, i ? "output layer" : "hidden layer");
		ipu_graph_matmul(net->graph, sum, x, layer->weight[PARAM], 0);
		map(net, IPU_MAP_ADD, layer->out, sum, layer->bias[PARAM], 0);
		if (i + 1 < LAYERS)
			map(net, IPU_MAP_RELU, layer->out, layer->out, NONE, 0);
		x = layer->out;
	}
	return x;
}

static void adam(struct net *net, const uint32_t parameter[KINDS], uint32_t gradient)
{
	ipu_graph_optim(net->graph, &(struct ipu_graph_optim){
					    .kind = IPU_GRAPH_ADAM,
					    .param = parameter[PARAM],
					    .grad = gradient,
					    .state = { parameter[MEAN], parameter[SQUARE], NONE },
					    .rate = net->rate,
					    .step = net->step,
					    .epsilon = 1e-8f,
					    .keep = 0.9f,
					    .keep2 = 0.999f });
}

/* @dy: the gradient of what the last layer gives */
static void backward(struct net *net, uint32_t dy)
{
	for (uint32_t i = LAYERS; i-- > 0;) {
		struct layer *layer = &net->layer[i];
		uint32_t dw = tensor(net, "dw", IPU_F32, widths[i], widths[i + 1], 0);
		uint32_t db = tensor(net, "db", IPU_F32, widths[i + 1], 0, 0), dx = NONE;

		ipu_graph_label(net->graph,
				i ? "output layer, backward" : "hidden layer, backward");
		ipu_graph_matmul(net->graph, dw, layer->in, dy, IPU_TRANS_A);
		ipu_graph_reduce(net->graph, IPU_REDUCE_SUM, db, dy, 1);
		if (i) {
			dx = tensor(net, "dx", IPU_F32, net->rows, widths[i], 0);
			ipu_graph_matmul(net->graph, dx, dy, layer->weight[PARAM], IPU_TRANS_B);
			map(net, IPU_MAP_RELU_GRAD, dx, dx, layer->in, 0);
		}
		adam(net, layer->weight, dw);
		adam(net, layer->bias, db);
		dy = dx;
	}
}

/* The whole step. The number of the step stays on the tiles as well. */
static struct ipu_executable *make_training(struct ipu_engine *engine)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .name = "training" };
	struct net net = { .rows = BATCH };
	struct ipu_executable *exe;
	uint32_t y, dy, total, one;

	check(ipu_graph_create(&net.graph));
	net.x = tensor(&net, "x", IPU_F32, BATCH, PIXELS, IPU_GRAPH_IN);
	net.labels = tensor(&net, "labels", IPU_I32, BATCH, 0, IPU_GRAPH_IN);
	net.rate = tensor(&net, "rate", IPU_F32, 0, 0, IPU_GRAPH_IN);
	net.loss = tensor(&net, "loss", IPU_F32, 0, 0, IPU_GRAPH_OUT);
	net.step =
		tensor(&net, "step", IPU_F32, 0, 0, IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP);
	add_layers(&net, true);
	map(&net, IPU_MAP_ADD, net.step, net.step, NONE, 0x3f800000 /* 1.0 */);
	y = forward(&net);
	dy = tensor(&net, "dy", IPU_F32, BATCH, CLASSES, 0);
	total = tensor(&net, "total", IPU_F32, 0, 0, 0);
	one = tensor(&net, "one", IPU_F32, 0, 0, 0);
	ipu_graph_label(net.graph, "loss");
	ipu_graph_fill(net.graph, one, 0x3f800000);
	ipu_graph_loss(net.graph, &(struct ipu_graph_loss){ .reduction = IPU_LOSS_MEAN,
							    .ignore = -100,
							    .loss = net.loss,
							    .total = total,
							    .x = y,
							    .labels = net.labels,
							    .dx = NONE });
	ipu_graph_loss(net.graph, &(struct ipu_graph_loss){ .gradient = true,
							    .reduction = IPU_LOSS_MEAN,
							    .ignore = -100,
							    .loss = one,
							    .total = total,
							    .x = y,
							    .labels = net.labels,
							    .dx = dy });
	backward(&net, dy);
	check(ipu_compile(engine, net.graph, &options, &exe));
	ipu_graph_destroy(net.graph);
	return exe;
}

static struct ipu_executable *make_answers(struct ipu_engine *engine)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .name = "answers" };
	struct net net = { .rows = TEST };
	struct ipu_executable *exe;
	uint32_t answers;

	check(ipu_graph_create(&net.graph));
	net.x = tensor(&net, "x", IPU_F32, TEST, PIXELS, IPU_GRAPH_IN);
	answers = tensor(&net, "answers", IPU_I32, TEST, 0, IPU_GRAPH_OUT);
	add_layers(&net, false);
	ipu_graph_reduce(net.graph, IPU_REDUCE_ARGMAX, answers, forward(&net), 2);
	check(ipu_compile(engine, net.graph, &options, &exe));
	ipu_graph_destroy(net.graph);
	return exe;
}

/* In the order in which add_layers() makes tensors: weights at random, all else 0. */
static void make_parameters(struct ipu_pool *pool, void *data[LAYERS * KINDS * 2])
{
	srand(1);
	for (uint32_t i = 0; i < LAYERS; i++)
		for (uint32_t kind = 0; kind < KINDS; kind++) {
			const uint32_t count = widths[i] * widths[i + 1];
			float *weight = ipu_pool_alloc(pool, count * sizeof(float));
			float *bias = ipu_pool_alloc(pool, widths[i + 1] * sizeof(float));

			if (!weight || !bias)
				errx(1, "%s", ipu_error());
			for (uint32_t k = 0; k < count; k++)
				weight[k] = kind ? 0 :
						   ((float)rand() / (float)RAND_MAX - 0.5f) *
							    sqrtf(12.0f / (float)widths[i]);
			memset(bias, 0, widths[i + 1] * sizeof(float));
			data[(i * KINDS + kind) * 2] = weight;
			data[(i * KINDS + kind) * 2 + 1] = bias;
		}
}

static void shuffle(int order[TRAIN])
{
	for (int i = TRAIN - 1; i > 0; i--) {
		const int j = rand() % (i + 1), swap = order[i];

		order[i] = order[j];
		order[j] = swap;
	}
}

static void train(struct ipu_engine *engine, struct ipu_executable *exe,
		  const struct digits *digits, void **params, float *step, int epochs)
{
	static float x[BATCH][PIXELS];
	static int order[TRAIN], labels[BATCH];
	void *data[5 + LAYERS * KINDS * 2];
	float rate, loss, sum;

	for (int i = 0; i < TRAIN; i++)
		order[i] = i;
	data[0] = x;
	data[1] = labels;
	data[2] = &rate;
	data[3] = &loss;
	data[4] = step;
	memcpy(data + 5, params, LAYERS * KINDS * 2 * sizeof(*params));
	for (int epoch = 0; epoch < epochs; epoch++) {
		shuffle(order);
		sum = 0;
		rate = 0.003f * 0.5f * (1 + cosf(3.14159265f * (float)epoch / (float)epochs));
		for (int batch = 0; batch < BATCHES; batch++) {
			for (int i = 0; i < BATCH; i++) {
				memcpy(x[i], digits->x[order[batch * BATCH + i]], sizeof(x[i]));
				labels[i] = digits->label[order[batch * BATCH + i]];
			}
			check(ipu_execute(exe, data));
			sum += loss;
		}
		printf("epoch %2d: loss %.4f\n", epoch + 1, (double)sum / BATCHES);
		fflush(stdout);
	}
	check(ipu_engine_wait(engine));
}

int main(int argc, char **argv)
{
	static struct digits digits;
	static int answers[TEST];
	void *params[LAYERS * KINDS * 2], *used[2 + LAYERS * 2] = { digits.x[TRAIN], answers };
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *training, *recognition;
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
	const char *error;
	float *step;
	int right = 0;

	if (argc < 3 || argc > 4)
		errx(1, "usage: graph DIGITS.csv.gz EPOCHS [PERCENT]");
	if (digits_read(argv[1], &digits, &error))
		errx(1, "%s: %s", argv[1], error);
	check(ipu_open(NULL, &dev));
	check(ipu_pool_create(dev, &pool));
	check(ipu_engine_create(pool, NULL, &engine));
	make_parameters(pool, params);
	step = ipu_pool_alloc(pool, sizeof(*step));
	if (!step)
		errx(1, "%s", ipu_error());
	*step = 0;
	training = make_training(engine);
	recognition = make_answers(engine);
	train(engine, training, &digits, params, step, atoi(argv[2]));

	for (uint32_t i = 0; i < LAYERS; i++)
		memcpy(used + 2 + i * 2, params + i * KINDS * 2, 2 * sizeof(*params));
	check(ipu_execute(recognition, used));
	check(ipu_engine_wait(engine));
	for (int i = 0; i < TEST; i++)
		right += answers[i] == digits.label[TRAIN + i];
	check(ipu_executable_get_info(training, &info));
	printf("%d of %d digits recognised (%.2f %%)\n", right, TEST, 100.0 * right / TEST);
	printf("%llu steps on %u tiles, %llu card cycles each; a tile has %u bytes of tensors and %u of "
	       "tables\n",
	       (unsigned long long)info.runs, info.tiles,
	       (unsigned long long)(info.runs ? info.cycles / info.runs : 0), info.tensor_bytes,
	       info.table_bytes);
	ipu_engine_destroy(engine);
	ipu_pool_destroy(pool);
	ipu_close(dev);
	if (argc > 3 && right * 100.0 < atof(argv[3]) * TEST)
		errx(1, "%s %% of the digits should have been recognised", argv[3]);
	return 0;
}
