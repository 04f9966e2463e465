// SPDX-License-Identifier: MIT
/*
 * Operations on arrays over all tiles: the card's cycles against what their headers or the planner expect, and
 * on the host's clock an addition against memcpy() and a convolution against oneDNN.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu/chunk.h>
#include <ipu/conv_plan.h>

#include "card.h"
#include "copy.h"
#include "operations/operations.h"
#include "suites.h"

#define TILES 1472
#define THREADS 2
#define PROGRAM "operations.elf"
#define ROUNDS 4 /* that are timed together */

#define POSITIONS (OPERATION_IMAGES * OPERATION_SIDE * OPERATION_SIDE)

/* Begin a run: with @stops the host resumes it for each round. */
static bool begin(struct bench_card *card, uint32_t which, const struct ipu_conv_plan *plan,
		  uint32_t rounds, bool stops)
{
	uint32_t params[OPERATIONS_PARAMS] = { which, rounds, stops };

	if (plan)
		memcpy(&params[OPERATIONS_PLAN], plan, sizeof(*plan));
	if (ipu_tensor_set(card->ctx, "params", params, sizeof(params), OPERATIONS_PARAMS) ||
	    ipu_run(card->ctx, NULL))
		return bench_card_failed(PROGRAM);
	return true;
}

/* Seconds of the next @rounds rounds, or 0 if they failed. */
static double rounds_of(struct bench_card *card, uint32_t rounds)
{
	const double began = bench_now();

	for (uint32_t i = 0; i < rounds; i++) {
		if (ipu_resume(card->ctx, NULL)) {
			bench_card_failed(PROGRAM);
			return 0;
		}
	}
	return bench_now() - began;
}

/* The card's cycles of an operation, or 0 if it failed. */
static uint32_t cycles_of(struct bench_card *card, uint32_t which, const struct ipu_conv_plan *plan)
{
	static uint32_t each[TILES];
	uint32_t most = 0;

	if (!begin(card, which, plan, 1, false))
		return 0;
	if (ipu_tensor_get(card->ctx, "cycles", each, sizeof(each), NULL)) {
		bench_card_failed(PROGRAM);
		return 0;
	}
	for (uint32_t i = 0; i < TILES; i++)
		most = each[i] > most ? each[i] : most;
	return most;
}

/* ---- Estimates ---------------------------------------------------------------------------- */

static uint32_t ceil_div(uint32_t n, uint32_t by)
{
	return (n + by - 1) / by;
}

/* Of <ipu/op_map.h>, for arrays of one dimension: vectors of @unit elements, each of so many slots. */
static uint32_t map_cycles(uint32_t count, uint32_t unit, uint32_t slots)
{
	const uint32_t chunk = ipu_chunk_of(TILES, 1, &count);

	return 600 + 6 * ceil_div(ceil_div(chunk, unit), 6) * slots;
}

/* Workers have a row each at a time, of so many slots for 64 elements. */
static uint32_t row_cycles(uint32_t columns, uint32_t slots)
{
	return ceil_div(OPERATION_ROWS, TILES * 6) * ceil_div(columns, 64) * slots * 6;
}

/* Of <ipu/op_random.h>. */
static uint32_t random_cycles(uint32_t cycles)
{
	const uint32_t count = OPERATION_ELEMENTS;

	return cycles * ceil_div(ipu_chunk_of(TILES, 1, &count), 256 * 6);
}

/* Of <ipu/op_pool.h>, of windows of 2 x 2. */
static uint32_t pool_cycles(void)
{
	const uint32_t positions = ceil_div(POSITIONS / 4, TILES);

	return 160 + positions * 4 * OPERATION_CHANNELS + ceil_div(positions, 6) * 4 * 640;
}

/* Of <ipu/op_index.h>: what is received, and the supervisor's slots. */
static uint32_t embedding_cycles(void)
{
	const uint32_t rows = ceil_div(OPERATION_ROWS, TILES);

	return 2 * 160 + rows * (1 + OPERATION_WORDS) + rows * 110 * 6;
}

static void plan_conv(uint32_t which, bool host, struct ipu_conv_plan *plan)
{
	const struct ipu_conv_axis axis = {
		OPERATION_SIDE, OPERATION_SIDE, OPERATION_KERNEL, 1, 1, 1
	};
	const struct ipu_conv_shape shape = {
		.images = OPERATION_IMAGES,
		.y = axis,
		.x = axis,
		.groups = 1,
		.in = OPERATION_CHANNELS,
		.out = OPERATION_CHANNELS,
		.bytes = 4,
	};

	ipu_conv_choose(plan, &shape,
			(enum ipu_conv_pass)(IPU_CONV_FORWARD + (int)(which - OPERATION_CONV)),
			TILES, OPERATION_SCRATCH, host);
}

/* Cycles do not depend on the host: once is enough. The ratio is the estimate over them. */
static bool add_cycles(struct bench_card *card, struct bench_report *report, const char *name,
		       uint32_t which, uint32_t estimate)
{
	struct ipu_conv_plan plan = { 0 };
	struct bench_line *line;
	char whole[BENCH_NAME];
	uint32_t cycles;

	if (which >= OPERATION_CONV) {
		plan_conv(which, false, &plan);
		estimate = plan.cycles;
	}
	cycles = cycles_of(card, which, &plan);
	if (!cycles)
		return false;
	snprintf(whole, sizeof(whole), "op_cycles_%s", name);
	line = bench_report_add(report, whole, "cycles",
				which >= OPERATION_CONV ? "planner" : "header");
	bench_series_add(&line->value, cycles);
	bench_series_add(&line->ratio, (double)estimate / cycles);
	return true;
}

static bool op_cycles(struct bench_card *card, struct bench_report *report)
{
	const struct {
		const char *name;
		uint32_t which;
		uint32_t estimate;
	} operations[] = {
		{ "add_4194304_f32", OPERATION_ADD_F32, map_cycles(OPERATION_ELEMENTS, 128, 34) },
		{ "add_4194304_f16", OPERATION_ADD_F16, map_cycles(OPERATION_ELEMENTS, 256, 34) },
		{ "add_4194304_bf16", OPERATION_ADD_BF16, map_cycles(OPERATION_ELEMENTS, 64, 78) },
		{ "fma_4194304_f32", OPERATION_FMA, map_cycles(OPERATION_ELEMENTS, 64, 38) },
		{ "relu_4194304_f32", OPERATION_RELU, map_cycles(OPERATION_ELEMENTS, 64, 34) },
		{ "exp_4194304_f32", OPERATION_EXP, map_cycles(OPERATION_ELEMENTS, 64, 42) },
		{ "gelu_4194304_f32", OPERATION_GELU, map_cycles(OPERATION_ELEMENTS, 64, 266) },
		{ "fill_4194304_f32", OPERATION_FILL, map_cycles(OPERATION_ELEMENTS, 64, 30) },
		{ "cast_4194304_f32_f16", OPERATION_CAST, map_cycles(OPERATION_ELEMENTS, 64, 32) },
		{ "sgd_4194304_f32", OPERATION_SGD, map_cycles(OPERATION_ELEMENTS, 64, 100) },
		{ "adamw_4194304_f32", OPERATION_ADAMW, map_cycles(OPERATION_ELEMENTS, 64, 167) },
		{ "uniform_4194304_f32", OPERATION_UNIFORM, random_cycles(4800) },
		{ "normal_4194304_f32", OPERATION_NORMAL, random_cycles(7300) },
		{ "dropout_grad_4194304_f32", OPERATION_DROPOUT_GRAD,
		  map_cycles(OPERATION_ELEMENTS, 64, 50) },
		{ "sum_all_10000000_f32", OPERATION_SUM_ALL, 13000 },
		{ "sum_columns_65536x64_f32", OPERATION_SUM_COLUMNS, 12000 },
		{ "sum_rows_4096x1000_f32", OPERATION_SUM_ROWS, 9500 },
		{ "softmax_8832x1024_f32", OPERATION_SOFTMAX, row_cycles(1024, 140) },
		{ "softmax_grad_8832x1024_f32", OPERATION_SOFTMAX_GRAD, row_cycles(1024, 85) },
		{ "layer_norm_8832x768_f32", OPERATION_LAYER_NORM, 11500 },
		{ "layer_norm_grad_8832x768_f32", OPERATION_LAYER_NORM_GRAD, 28000 },
		{ "batch_norm_50176x64_f32", OPERATION_BATCH_NORM, 29000 },
		{ "batch_norm_grad_50176x64_f32", OPERATION_BATCH_NORM_GRAD, 25000 },
		{ "cross_entropy_8832x1000_f32", OPERATION_CROSS_ENTROPY, 25000 },
		{ "cross_entropy_grad_8832x1000_f32", OPERATION_CROSS_ENTROPY_GRAD,
		  row_cycles(1000, 120) },
		{ "embedding_8832x256_f32", OPERATION_EMBEDDING, embedding_cycles() },
		{ "sort_8832x256_f32", OPERATION_SORT, 17 * OPERATION_SORTED * 8 * 6 },
		{ "max_pool_16x56x56x64_f32", OPERATION_MAX_POOL, pool_cycles() },
		{ "conv_16x56x56x64_3x3_f32", OPERATION_CONV, 0 },
		{ "conv_input_grad_16x56x56x64_3x3", OPERATION_CONV_INPUT_GRAD, 0 },
		{ "conv_weight_grad_16x56x56x64_3x3", OPERATION_CONV_WEIGHT_GRAD, 0 },
	};
	bool good = true;

	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]) && good; i++)
		good = add_cycles(card, report, operations[i].name, operations[i].which,
				  operations[i].estimate);
	return good;
}

/* ---- The host's time ---------------------------------------------------------------------- */

static bool against_memcpy(struct bench_card *card, const struct bench_options *options,
			   struct bench_report *report)
{
	const size_t bytes = OPERATION_64MIB * sizeof(float);
	struct bench_line *line =
		bench_report_add(report, "elementwise_vs_memcpy", "GB/s", "memcpy, 2 threads");

	/* The first round touches memory. */
	if (!begin(card, OPERATION_ADD_64MIB, NULL, ROUNDS * options->turns + 1, true) ||
	    !rounds_of(card, 1))
		return false;
	for (unsigned int turn = 0; turn < options->turns; turn++) {
		const double ours = rounds_of(card, ROUNDS) / ROUNDS;
		const double peer = ours ? bench_copy_seconds(bytes, ROUNDS) : 0;

		if (!peer)
			return false;
		bench_series_add(&line->value, (double)bytes / ours * 1e-9);
		bench_series_add(&line->ratio, peer / ours);
	}
	return rounds_of(card, 1) > 0;
}

/* Seconds that each pass of the convolution takes. Return: whether there is a oneDNN. */
static bool onednn(const struct bench_options *options, double seconds[3])
{
	char command[700];
	bool good;
	FILE *out;

	snprintf(command, sizeof(command),
		 "OMP_NUM_THREADS=%d '%s/conv-onednn' %u %u %u %u 5 2>/dev/null", THREADS,
		 options->programs, OPERATION_IMAGES, OPERATION_SIDE, OPERATION_CHANNELS,
		 OPERATION_KERNEL);
	out = popen(command, "r");
	good = out && fscanf(out, "%lf %lf %lf", &seconds[0], &seconds[1], &seconds[2]) == 3;
	if (out && pclose(out))
		good = false;
	return good;
}

/* Seconds of a round of one pass, or 0 if it failed. */
static double conv_seconds(struct bench_card *card, uint32_t which)
{
	struct ipu_conv_plan plan;
	double seconds;

	plan_conv(which, true, &plan);
	if (!begin(card, which, &plan, 1 + ROUNDS, true) || !rounds_of(card, 1))
		return 0;
	seconds = rounds_of(card, ROUNDS) / ROUNDS;
	return seconds && rounds_of(card, 1) ? seconds : 0;
}

static bool against_onednn(struct bench_card *card, const struct bench_options *options,
			   struct bench_report *report)
{
	static const char *const names[] = { "conv_forward_vs_onednn", "conv_input_grad_vs_onednn",
					     "conv_weight_grad_vs_onednn", "conv_vs_onednn" };
	const double products = (double)POSITIONS * OPERATION_CHANNELS * OPERATION_CHANNELS *
				OPERATION_KERNEL * OPERATION_KERNEL;
	struct bench_line *line[4];
	double peer[4], ours[4];

	if (!onednn(options, peer)) {
		fprintf(stderr, "bench: conv_vs_onednn is skipped, as conv-onednn does not run: "
				"install libdnnl-dev, remove build/bench, and build again\n");
		return true;
	}
	for (int i = 0; i < 4; i++)
		line[i] = bench_report_add(report, names[i], "GFLOP/s", "oneDNN, 2 threads");
	for (unsigned int turn = 0; turn < options->turns; turn++) {
		ours[3] = 0;
		for (uint32_t i = 0; i < 3; i++) {
			ours[i] = conv_seconds(card, OPERATION_CONV + i);
			if (!ours[i])
				return false;
			ours[3] += ours[i];
		}
		if (!onednn(options, peer))
			return false;
		peer[3] = peer[0] + peer[1] + peer[2];
		for (int i = 0; i < 4; i++) {
			bench_series_add(&line[i]->value,
					 (i == 3 ? 6e-9 : 2e-9) * products / ours[i]);
			bench_series_add(&line[i]->ratio, peer[i] / ours[i]);
		}
	}
	return true;
}

/* ------------------------------------------------------------------------------------------- */

bool bench_operations(const struct bench_options *options, struct bench_report *report)
{
	struct bench_card card;
	bool good;

	if (!bench_card_open(&card, options->programs, PROGRAM, TILES, THREADS))
		return false;
	good = against_memcpy(&card, options, report) && against_onednn(&card, options, report) &&
	       op_cycles(&card, report);
	bench_card_close(&card);
	return good;
}

void bench_operations_check(const struct bench_options *options, struct bench_check *check)
{
	struct bench_card card;
	bool good = bench_card_open(&card, options->programs, PROGRAM, TILES, THREADS);

	bench_check_result(check, good && cycles_of(&card, OPERATION_ADD_F32, NULL), "operations",
			   "on all tiles");
	if (good)
		bench_card_close(&card);
}
