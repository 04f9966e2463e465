// SPDX-License-Identifier: MIT
/*
 * A product of matrices over all tiles, planned for the host's time, against OpenBLAS with as many threads; how
 * long planning takes; and the card's cycles of products against what the planner expects.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ipu_plan.h>

#include "../ops/product.h"
#include "card.h"
#include "suites.h"

#define TILES 1472
#define THREADS 2
#define SIDE 2048
#define PROGRAM "product.elf"
#define SCRATCH 352256
#define KEEP 114688

static struct ipu_product product_of(uint32_t m, uint32_t n, uint32_t k, uint32_t dtype,
				     uint32_t flags)
{
	return (struct ipu_product){ 1, m, n, k, dtype, dtype, flags, TILES, SCRATCH, KEEP };
}

/* Begin a run: with @stops the host resumes it for each round. */
static bool begin(struct bench_card *card, const struct ipu_product *product,
		  const struct ipu_plan *plan, uint32_t rounds, bool stops)
{
	const uint32_t params[PRODUCT_PARAMS] = {
		product->batches,  product->m,	   product->n,	     product->k, product->dtype,
		product->to_dtype, product->flags, product->scratch, plan->pb,	 plan->pm,
		plan->pn,	   plan->pk,	   plan->ks,	     rounds,	 stops,
	};

	if (ipu_tensor_set(card->ctx, "params", params, sizeof(params), PRODUCT_PARAMS) ||
	    ipu_run(card->ctx, NULL))
		return bench_card_failed(PROGRAM);
	return true;
}

/* The card's cycles of a product, or 0 if it failed. */
static uint32_t cycles_of(struct bench_card *card, const struct ipu_product *product,
			  const struct ipu_plan *plan)
{
	static uint32_t each[TILES];
	uint32_t most = 0;

	if (!begin(card, product, plan, 1, false))
		return 0;
	if (ipu_tensor_get(card->ctx, "cycles", each, product->tiles * sizeof(each[0]), NULL)) {
		bench_card_failed(PROGRAM);
		return 0;
	}
	for (uint32_t i = 0; i < product->tiles; i++)
		most = each[i] > most ? each[i] : most;
	return most;
}

/* Seconds of the next round, or 0 if it failed. */
static double round_of(struct bench_card *card)
{
	const double began = bench_now();

	if (ipu_resume(card->ctx, NULL)) {
		bench_card_failed(PROGRAM);
		return 0;
	}
	return bench_now() - began;
}

/* ---- Against OpenBLAS --------------------------------------------------------------------- */

/* Seconds, or 0 if it failed. */
static double openblas(const struct bench_options *options)
{
	char command[700];
	double seconds = 0;
	FILE *out;

	snprintf(command, sizeof(command), "'%s/matmul-openblas' %d %d 3", options->programs, SIDE,
		 THREADS);
	out = popen(command, "r");
	if (!out || fscanf(out, "%lf", &seconds) != 1)
		seconds = 0;
	if ((out && pclose(out)) || !seconds)
		fprintf(stderr, "bench: %s failed: install libopenblas-dev and build again\n",
			command);
	return seconds;
}

static bool against_openblas(struct bench_card *card, const struct bench_options *options,
			     struct bench_report *report)
{
	const struct ipu_product product = product_of(SIDE, SIDE, SIDE, IPU_F32, 0);
	struct bench_line *line = bench_report_add(report, "matmul_1472_vs_openblas", "GFLOP/s",
						   "openblas, 2 threads");
	struct ipu_plan plan;

	if (ipu_plan_matmul(&product, IPU_PLAN_HOST, &plan))
		return bench_card_failed("planner");
	/* The first round touches memory. */
	if (!begin(card, &product, &plan, options->turns + 1, true) || !round_of(card))
		return false;
	for (unsigned int turn = 0; turn < options->turns; turn++) {
		const double ours = round_of(card), peer = ours ? openblas(options) : 0;

		if (!peer)
			return false;
		bench_series_add(&line->value, 2e-9 * SIDE * SIDE * SIDE / ours);
		bench_series_add(&line->ratio, peer / ours);
	}
	/* Results are checked at last. */
	return round_of(card) > 0;
}

/* ---- The planner -------------------------------------------------------------------------- */

static const struct {
	const char *name; /* of the line; NULL: only planned */
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t dtype;
	uint32_t flags;
} shapes[] = {
	{ "matmul_1024_f32_moved", 1024, 1024, 1024, IPU_F32, 0 },
	{ "matmul_1024_f32_weights", 1024, 1024, 1024, IPU_F32, IPU_IN_PLACE },
	{ "matmul_1024_f16_weights", 1024, 1024, 1024, IPU_F16, IPU_IN_PLACE },
	{ "matmul_64_128_9216_f32", 64, 128, 9216, IPU_F32, 0 },
	{ NULL, 2048, 2048, 2048, IPU_F32, IPU_IN_PLACE },
	{ NULL, 512, 3072, 768, IPU_F32, IPU_IN_PLACE },
	{ NULL, 36864, 64, 288, IPU_F32, 0 },
	{ NULL, 4096, 4096, 4096, IPU_F16, 0 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct ipu_product shape(size_t i)
{
	return product_of(shapes[i].m, shapes[i].n, shapes[i].k, shapes[i].dtype, shapes[i].flags);
}

/* Of the processor. */
static double thread_seconds(void)
{
	struct timespec at;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
	return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

/* Of the shape that takes longest. */
static bool planning(const struct bench_options *options, struct bench_report *report)
{
	struct bench_line *line = bench_report_add(report, "plan_ms", "ms", NULL);

	for (unsigned int turn = 0; turn < options->turns; turn++) {
		double longest = 0;

		for (size_t i = 0; i < SHAPES; i++) {
			const struct ipu_product product = shape(i);
			const double began = thread_seconds();
			struct ipu_plan plan;
			double seconds;

			if (ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &plan))
				return bench_card_failed("planner");
			seconds = thread_seconds() - began;
			longest = seconds > longest ? seconds : longest;
		}
		bench_series_add(&line->value, longest * 1e3);
	}
	return true;
}

/* Cycles do not depend on the host: once is enough. The ratio is the estimate over them. */
static bool estimates(struct bench_card *card, struct bench_report *report)
{
	for (size_t i = 0; i < SHAPES; i++) {
		const struct ipu_product product = shape(i);
		struct bench_line *line;
		struct ipu_plan plan;
		uint32_t cycles;

		if (!shapes[i].name)
			continue;
		if (ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &plan))
			return bench_card_failed("planner");
		cycles = cycles_of(card, &product, &plan);
		if (!cycles)
			return false;
		line = bench_report_add(report, shapes[i].name, "cycles", "the planner's estimate");
		bench_series_add(&line->value, cycles);
		bench_series_add(&line->ratio, (double)plan.cycles / cycles);
	}
	return true;
}

/* ------------------------------------------------------------------------------------------- */

bool bench_matmul(const struct bench_options *options, struct bench_report *report)
{
	struct bench_card card;
	bool good;

	if (!planning(options, report) ||
	    !bench_card_open(&card, options->programs, PROGRAM, TILES, THREADS))
		return false;
	good = against_openblas(&card, options, report) && estimates(&card, report);
	bench_card_close(&card);
	return good;
}

void bench_matmul_check(const struct bench_options *options, struct bench_check *check)
{
	struct ipu_product product = product_of(100, 90, 80, IPU_F32, 0);
	struct bench_card card;
	struct ipu_plan plan;
	bool good;

	product.tiles = 8;
	good = bench_card_open(&card, options->programs, PROGRAM, product.tiles, THREADS);
	bench_check_result(check,
			   good && !ipu_plan_matmul(&product, IPU_PLAN_HOST, &plan) &&
				   cycles_of(&card, &product, &plan),
			   "matmul", "on all tiles");
	if (good)
		bench_card_close(&card);
}
