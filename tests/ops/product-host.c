// SPDX-License-Identifier: MIT
/*
 * product-host ELF TILES small|all: whether products of matrices take the cycles that the planner
 * expects, within 15 %. Prints TAP; the device is $IPU_DEVICE or the first card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu.h>
#include <ipu_plan.h>

#include "product.h"

#define SCRATCH 352256
#define KEEP 114688
#define MOST_TILES 1472
#define PERCENT 15

#define PRODUCT(batches_, m_, n_, k_, type, to_type, flags_) \
	{                                                    \
		.batches = (batches_),                       \
		.m = (m_),                                   \
		.n = (n_),                                   \
		.k = (k_),                                   \
		.dtype = (type),                             \
		.to_dtype = (to_type),                       \
		.flags = (flags_),                           \
		.scratch = SCRATCH,                          \
		.keep = KEEP,                                \
	}

static const struct {
	struct ipu_product product;
	uint32_t least; /* percent of the peak of all tiles; 0 for any */
	bool small;
} shapes[] = {
	{ PRODUCT(1, 1024, 1024, 1024, IPU_F32, IPU_F32, 0), 55, true },
	{ PRODUCT(1, 1024, 1024, 1024, IPU_F32, IPU_F32, IPU_IN_PLACE), 70, true },
	{ PRODUCT(1, 1024, 1024, 1024, IPU_F16, IPU_F16, 0), 0, true },
	{ PRODUCT(1, 1024, 1024, 1024, IPU_F16, IPU_F16, IPU_IN_PLACE), 0, true },
	{ PRODUCT(1, 1024, 1024, 1024, IPU_BF16, IPU_BF16, IPU_TRANS_B), 0, false },
	{ PRODUCT(1, 1024, 1024, 1024, IPU_F32, IPU_F32, IPU_TRANS_A), 0, false },
	{ PRODUCT(1, 512, 3072, 768, IPU_F32, IPU_F32, IPU_IN_PLACE), 0, false },
	{ PRODUCT(1, 512, 3072, 768, IPU_F32, IPU_F32, IPU_TRANS_B), 0, false },
	{ PRODUCT(1, 512, 3072, 768, IPU_F16, IPU_F16, 0), 0, false },
	{ PRODUCT(1, 64, 128, 9216, IPU_F32, IPU_F32, 0), 0, true },
	{ PRODUCT(1, 64, 128, 9216, IPU_F16, IPU_F32, 0), 0, true },
	{ PRODUCT(1, 36864, 64, 288, IPU_F32, IPU_F32, 0), 0, false },
	{ PRODUCT(1, 36864, 64, 288, IPU_F16, IPU_F16, 0), 0, false },
	{ PRODUCT(96, 128, 128, 64, IPU_F32, IPU_F32, IPU_TRANS_B), 0, true },
	{ PRODUCT(1, 128, 128, 128, IPU_F32, IPU_F32, 0), 0, true },
	{ PRODUCT(1, 1, 1000, 2048, IPU_F32, IPU_F32, IPU_IN_PLACE), 0, true },
	{ PRODUCT(1, 2048, 2048, 2048, IPU_F32, IPU_F32, IPU_IN_PLACE), 0, false },
	{ PRODUCT(1, 2048, 2048, 2048, IPU_F32, IPU_F32, 0), 0, false },
	{ PRODUCT(1, 4096, 4096, 4096, IPU_F16, IPU_F16, 0), 0, false },
};

struct run {
	struct ipu_context *ctx;
	struct ipu_program *prog;
	uint32_t tiles;
};

static void print_line(const struct ipu_printed *printed, void *data)
{
	(void)data;
	fprintf(stderr, "tile %u: %s\n", printed->tile, printed->text);
}

static bool failed(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, ipu_error());
	return false;
}

/* Cycles of the slowest tile. */
static bool measure(struct run *run, const struct ipu_product *product, const struct ipu_plan *plan,
		    uint32_t *cycles)
{
	const uint32_t params[PRODUCT_PARAMS] = {
		product->batches,  product->m,	   product->n,	     product->k, product->dtype,
		product->to_dtype, product->flags, product->scratch, plan->pb,	 plan->pm,
		plan->pn,	   plan->pk,	   plan->ks,	     1,		 0,
	};
	static uint32_t each[MOST_TILES];

	if (ipu_load(run->ctx, run->prog) || ipu_set_print(run->ctx, print_line, NULL) ||
	    ipu_tensor_set(run->ctx, "params", params, sizeof(params), PRODUCT_PARAMS) ||
	    ipu_run(run->ctx, NULL) ||
	    ipu_tensor_get(run->ctx, "cycles", each, run->tiles * sizeof(each[0]), NULL))
		return failed("product");
	*cycles = 0;
	for (uint32_t i = 0; i < run->tiles; i++)
		*cycles = each[i] > *cycles ? each[i] : *cycles;
	return true;
}

static bool test(struct run *run, const struct ipu_product *product, uint32_t least,
		 const char *what)
{
	const double products =
		(double)product->batches * product->m * product->n * product->k / run->tiles;
	struct ipu_plan plan;
	uint32_t cycles;
	double off, peak;

	if (ipu_plan_matmul(product, IPU_PLAN_CYCLES, &plan))
		return failed(what);
	if (!measure(run, product, &plan, &cycles))
		return false;
	off = 100.0 * (plan.cycles - (double)cycles) / cycles;
	peak = 100 * products / (product->dtype == IPU_F16 ? 64 : 16) / cycles;
	printf("# grid %u.%u.%u.%u, %u steps: %u cycles, estimate %u = compute %u + exchange %u + "
	       "reduce %u + output %u + sync %u: %+.1f %%; %.1f %% of the peak\n",
	       plan.pb, plan.pm, plan.pn, plan.pk, plan.ks, cycles, plan.cycles, plan.compute,
	       plan.exchange, plan.reduce, plan.output, plan.sync, off, peak);
	return off < PERCENT && off > -PERCENT && (run->tiles < MOST_TILES || peak >= least);
}

static bool test_all(struct run *run, bool small)
{
	const size_t count = sizeof(shapes) / sizeof(shapes[0]);
	unsigned int tests = 0;
	bool good = true;

	for (size_t i = 0; i < count; i++) {
		struct ipu_product product = shapes[i].product;
		char what[100];
		bool passed;

		if (small && !shapes[i].small)
			continue;
		product.tiles = run->tiles;
		snprintf(what, sizeof(what), "%u of %u x %u x %u of %s%s%s%s", product.batches,
			 product.m, product.n, product.k, ipu_dtype_name(product.dtype),
			 product.flags & IPU_IN_PLACE ? ", weights in place" : "",
			 product.flags & IPU_TRANS_A ? ", A transposed" : "",
			 product.flags & IPU_TRANS_B ? ", B transposed" : "");
		passed = test(run, &product, shapes[i].least, what);
		printf("%sok %u - %s\n", passed ? "" : "not ", ++tests, what);
		fflush(stdout);
		good = good && passed;
	}
	printf("1..%u\n", tests);
	return good;
}

int main(int argc, char **argv)
{
	struct ipu_context_options options = { .size = sizeof(options), .watchdog_ms = 300000 };
	struct ipu_device *dev;
	struct run run;
	bool good;

	if (argc != 4) {
		fprintf(stderr, "usage: product-host ELF TILES small|all\n");
		return 2;
	}
	run.tiles = options.tiles = (uint32_t)atoi(argv[2]);
	if (run.tiles > MOST_TILES || ipu_open(NULL, &dev) ||
	    ipu_program_open(argv[1], &run.prog) || ipu_context_create(dev, &options, &run.ctx)) {
		fprintf(stderr, "product-host: %s\n", ipu_error());
		return 1;
	}
	good = test_all(&run, !strcmp(argv[3], "small"));
	ipu_context_destroy(run.ctx);
	ipu_program_close(run.prog);
	ipu_close(dev);
	return good ? 0 : 1;
}
