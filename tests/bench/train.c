// SPDX-License-Identifier: MIT
/*
 * An epoch of training the perceptron of examples/training on the tiles, against the same on the
 * host: host_perceptron.c, by one thread. Neither makes the batches while it is timed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu_stream.h>

#include "card.h"
#include "host_perceptron.h"
#include "suites.h"

#define TILES 32
#define THREADS 2
#define BATCH (TILES * ROWS)
#define STEPS (TRAIN / BATCH) /* of an epoch */
#define EPOCHS 4 /* that are timed together */
#define NEAR 0.02f /* losses may differ by */
#define PROGRAM "../../examples/training/perceptron.elf"

/**
 * struct training - what both are trained with, and where
 * @card: the tiles
 * @batches: one for each step of an epoch
 * @x: pixels of all of them
 * @target: probabilities of all of them
 * @net: the network on the host
 * @speed: its momentum
 */
struct training {
	struct bench_card card;
	struct batches *batches;
	float (*x)[PIXELS];
	float (*target)[CLASSES];
	struct perceptron net;
	struct perceptron speed;
};

static float loss[STEPS * (EPOCHS + 1)];

/* Random digits: what they are does not matter to the time. */
static bool set_up(struct training *training, const char *programs)
{
	uint64_t state = 1;

	*training = (struct training){ 0 };
	training->batches = calloc(1, sizeof(*training->batches));
	training->x = calloc(STEPS * (EPOCHS + 1) * BATCH, sizeof(training->x[0]));
	training->target = calloc(STEPS * (EPOCHS + 1) * BATCH, sizeof(training->target[0]));
	if (!training->batches || !training->x || !training->target) {
		fprintf(stderr, "bench: no memory for batches\n");
		return false;
	}
	training->batches->size = BATCH;
	for (uint32_t i = 0; i < STEPS * (EPOCHS + 1) * BATCH; i++) {
		for (int j = 0; j < PIXELS; j++)
			training->x[i][j] = random_in(&state, 1);
		training->target[i][i % CLASSES] = 1;
	}
	return bench_card_open(&training->card, programs, PROGRAM, TILES, THREADS);
}

static void tear_down(struct training *training)
{
	bench_card_close(&training->card);
	free(training->batches);
	free(training->x);
	free(training->target);
}

/* Seconds of so many epochs on the tiles, with what comes before; or 0 if they failed. */
static double tiles_run(struct training *training, uint32_t epochs)
{
	static const char *const streams[] = { "x", "target", "rate", "loss" };
	static float rates[STEPS * (EPOCHS + 1)];
	struct ipu_context *ctx = training->card.ctx;
	const size_t steps = STEPS * epochs;
	const struct perceptron *net = &training->net;
	double began;

	for (size_t i = 0; i < steps; i++)
		rates[i] = 0.01f;
	perceptron_begin(&training->net);
	began = bench_now();
	if (ipu_tensor_set(ctx, "w1", net->w1, sizeof(net->w1), PIXELS) ||
	    ipu_tensor_set(ctx, "b1", net->b1, sizeof(net->b1), HIDDEN) ||
	    ipu_tensor_set(ctx, "w2", net->w2, sizeof(net->w2), HIDDEN) ||
	    ipu_tensor_set(ctx, "b2", net->b2, sizeof(net->b2), CLASSES) ||
	    ipu_stream_memory(ctx, "x", training->x, steps * BATCH * sizeof(training->x[0])) ||
	    ipu_stream_memory(ctx, "target", training->target,
			      steps * BATCH * sizeof(training->target[0])) ||
	    ipu_stream_memory(ctx, "rate", rates, steps * sizeof(rates[0])) ||
	    ipu_stream_memory(ctx, "loss", loss, steps * sizeof(loss[0])) || ipu_run(ctx, NULL)) {
		bench_card_failed(PROGRAM);
		return 0;
	}
	began = bench_now() - began;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++)
		ipu_stream_detach(ctx, streams[i]);
	return began;
}

/* Seconds of an epoch on the tiles. */
static double tiles(struct training *training)
{
	const double few = tiles_run(training, 1);
	const double many = few ? tiles_run(training, EPOCHS + 1) : 0;

	return many > few ? (many - few) / EPOCHS : 0;
}

/* Seconds of an epoch on the host; @last: its last loss. */
static double host(struct training *training, uint32_t epochs, float *last)
{
	double seconds = 0;

	perceptron_begin(&training->net);
	memset(&training->speed, 0, sizeof(training->speed));
	for (uint32_t step = 0; step < STEPS * epochs; step++) {
		const uint32_t first = step * BATCH;
		double began;

		memcpy(training->batches->x, training->x[first], BATCH * sizeof(training->x[0]));
		memcpy(training->batches->target, training->target[first],
		       BATCH * sizeof(training->target[0]));
		began = bench_now();
		*last = perceptron_step(&training->net, &training->speed, training->batches, 0.01f);
		seconds += bench_now() - began;
	}
	return seconds / epochs;
}

bool bench_train(const struct bench_options *options, struct bench_report *report)
{
	static struct training training;
	struct bench_line *line =
		bench_report_add(report, "train_epoch_vs_host", "ms", "the same C, 1 thread");
	bool good = set_up(&training, options->programs);
	float last;

	for (unsigned int turn = 0; turn < options->turns && good; turn++) {
		const double ours = tiles(&training);
		const double peer = host(&training, EPOCHS, &last);

		good = ours > 0;
		bench_series_add(&line->value, ours * 1e3);
		bench_series_add(&line->ratio, peer / ours);
	}
	tear_down(&training);
	return good;
}

void bench_train_check(const struct bench_options *options, struct bench_check *check)
{
	static struct training training;
	bool good = set_up(&training, options->programs) && tiles_run(&training, 1);
	float last;

	if (good) {
		host(&training, 1, &last);
		good = last - loss[STEPS - 1] < NEAR && loss[STEPS - 1] - last < NEAR;
	}
	bench_check_result(check, good, "train", "an epoch on the tiles as on the host");
	tear_down(&training);
}
