// SPDX-License-Identifier: MIT
/* Plans of products of matrices: that there is one, that it covers the product and fits; and refusals. */
#include <errno.h>
#include <time.h>

#include "lib_test.h"

#include <ipu_plan.h>

#define TILES 1472

static const struct ipu_product shapes[] = {
	{ 1, 1024, 1024, 1024, IPU_F32, IPU_F32, 0, TILES, 400000, 150000 },
	{ 1, 1024, 1024, 1024, IPU_F32, IPU_F32, IPU_IN_PLACE, TILES, 400000, 150000 },
	{ 1, 1024, 1024, 1024, IPU_F16, IPU_F16, IPU_IN_PLACE, TILES, 400000, 150000 },
	{ 1, 2048, 2048, 2048, IPU_F32, IPU_F32, IPU_IN_PLACE, TILES, 400000, 150000 },
	{ 1, 512, 3072, 768, IPU_F32, IPU_F32, IPU_IN_PLACE, TILES, 400000, 150000 },
	{ 1, 64, 128, 9216, IPU_F32, IPU_F32, 0, TILES, 400000, 150000 },
	{ 1, 36864, 64, 288, IPU_F32, IPU_F32, 0, TILES, 400000, 150000 },
	{ 1, 4096, 4096, 4096, IPU_F16, IPU_F16, 0, TILES, 400000, 150000 },
	{ 96, 128, 128, 64, IPU_BF16, IPU_F32, IPU_TRANS_B, TILES, 400000, 150000 },
	{ 5000, 7, 3, 11, IPU_F16, IPU_F16, IPU_TRANS_A, TILES, 400000, 150000 },
	{ 1, 1, 1, 1, IPU_F32, IPU_F32, 0, TILES, 400000, 150000 },
	{ 1, 1, 1, 1, IPU_F32, IPU_F32, 0, 1, 1000, 2000 },
	{ 1, 3, 5, 0, IPU_F32, IPU_F32, 0, TILES, 400000, 150000 },
};

#define SHAPES (sizeof(shapes) / sizeof(shapes[0]))

static struct ipu_plan grid(uint32_t pb, uint32_t pm, uint32_t pn, uint32_t pk, uint32_t ks)
{
	return (struct ipu_plan){ .pb = pb, .pm = pm, .pn = pn, .pk = pk, .ks = ks };
}

/* All of the product is some tile's, and what the plan says follows from its grid. */
static void check_plan(const struct ipu_product *product, const struct ipu_plan *plan)
{
	struct ipu_plan again = grid(plan->pb, plan->pm, plan->pn, plan->pk, plan->ks);

	assert_true((uint64_t)plan->pb * plan->batches >= product->batches);
	assert_true((uint64_t)plan->pm * plan->m >= product->m);
	assert_true((uint64_t)plan->pn * plan->n >= product->n);
	assert_true((uint64_t)plan->pk * plan->k >= product->k);
	assert_true((uint64_t)plan->ks * plan->step >= plan->k);
	assert_true(plan->pb * plan->pm * plan->pn * plan->pk <= product->tiles);
	assert_true(plan->scratch <= product->scratch && plan->keep <= product->keep);
	assert_int_equal(plan->cycles,
			 plan->compute + plan->exchange + plan->reduce + plan->output + plan->sync);
	assert_ok(ipu_plan_estimate(product, &again));
	assert_memory_equal(&again, plan, sizeof(again));
}

static void test_shapes(void **state)
{
	struct ipu_plan cycles, host;

	(void)state;
	for (size_t i = 0; i < SHAPES; i++) {
		assert_ok(ipu_plan_matmul(&shapes[i], IPU_PLAN_CYCLES, &cycles));
		check_plan(&shapes[i], &cycles);
		assert_ok(ipu_plan_matmul(&shapes[i], IPU_PLAN_HOST, &host));
		check_plan(&shapes[i], &host);
		assert_true(cycles.cycles <= host.cycles);
		assert_true(host.host_us <= cycles.host_us);
	}
}

/* The plan that the search finds is not worse than any grid of a smaller search. */
static void test_best(void **state)
{
	struct ipu_product product = { 2, 100, 90, 70, IPU_F32, IPU_F32, 0, 24, 100000, 20000 };
	struct ipu_plan best;
	uint32_t least = UINT32_MAX;

	(void)state;
	assert_ok(ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &best));
	for (uint32_t i = 0; i < 24 * 24 * 24 * 2; i++) {
		struct ipu_plan plan =
			grid(1 + i % 2, 1 + i / 2 % 24, 1 + i / 48 % 24, 1 + i / 48 / 24 % 24, 1);

		if (plan.pb * plan.pm * plan.pn * plan.pk <= 24 &&
		    !ipu_plan_estimate(&product, &plan) && plan.cycles < least)
			least = plan.cycles;
	}
	assert_true(best.cycles <= least + least / 20);
}

static void test_empty(void **state)
{
	struct ipu_product product = shapes[0];
	struct ipu_plan plan;

	(void)state;
	product.m = 0;
	assert_ok(ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &plan));
	assert_int_equal(plan.cycles, 0);
	product = shapes[0];
	product.batches = 0;
	assert_ok(ipu_plan_matmul(&product, IPU_PLAN_HOST, &plan));
	assert_int_equal(plan.pb * plan.pm * plan.pn * plan.pk * plan.ks, 1);
}

static void refused(const struct ipu_product *product, int err, const char *why)
{
	struct ipu_plan plan, before;

	memset(&plan, 0x5a, sizeof(plan));
	before = plan;
	assert_int_equal(ipu_plan_matmul(product, IPU_PLAN_CYCLES, &plan), err);
	assert_non_null(strstr(ipu_error(), why));
	assert_memory_equal(&plan, &before, sizeof(plan));
}

static void test_refused(void **state)
{
	struct ipu_product product = shapes[0];
	struct ipu_plan plan = { 0 };

	(void)state;
	assert_int_equal(ipu_plan_estimate(&product, &plan), -EINVAL);
	plan = grid(1, 65536, 65536, 1, 1);
	assert_int_equal(ipu_plan_estimate(&product, &plan), -EINVAL);
	product.dtype = IPU_I32;
	refused(&product, -EINVAL, "int32");
	product = shapes[0];
	product.tiles = 0;
	refused(&product, -EINVAL, "tile");
	product = shapes[0];
	product.m = 0x80000000;
	refused(&product, -EINVAL, "A of");
	product = shapes[0];
	product.k = product.n = 0xffffffff;
	refused(&product, -EINVAL, "more than 2^31 - 1");
	product = (struct ipu_product){ 1,	 0x10000, 0x10000, 1,	   IPU_F32,
					IPU_F32, 0,	  TILES,   400000, 150000 };
	refused(&product, -EINVAL, "the result of");
}

/* Nothing fits: which operand, and by how much. */
static void test_memory(void **state)
{
	struct ipu_product product = { 1,  8,	   8,	  1000000, IPU_F32, IPU_F32, IPU_IN_PLACE,
				       16, 400000, 100000 };
	struct ipu_plan plan;

	(void)state;
	refused(&product, -ENOSPC, "tile's part of B takes");
	product.keep = 3000000;
	assert_ok(ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &plan));
	product.scratch = 100;
	refused(&product, -ENOSPC, "100 of its scratch memory");
	product = shapes[0];
	product.keep = 0;
	refused(&product, -ENOSPC, "tables");
	/* Absurd, but it does not take long. */
	product = (struct ipu_product){ 1,	 0x7fffffff, 1,	    1,	    IPU_F32,
					IPU_F32, 0,	     TILES, 400000, 150000 };
	refused(&product, -ENOSPC, "missing");
	product =
		(struct ipu_product){ 0x7fffffff, 1, 1, 1, IPU_F16, IPU_F16, 0, 1, 400000, 150000 };
	refused(&product, -ENOSPC, "missing");
}

/* Milliseconds of the processor for a shape, at most; the benchmark measures plan_ms. */
static void test_time(void **state)
{
	const clock_t began = clock();
	struct ipu_plan plan;

	(void)state;
	for (size_t i = 0; i < SHAPES; i++)
		assert_ok(ipu_plan_matmul(&shapes[i], IPU_PLAN_CYCLES, &plan));
	/* Ten times what it should be: other programs run, too. */
	assert_true((double)(clock() - began) / CLOCKS_PER_SEC < SHAPES * 0.05);
}

int lib_test_plan(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shapes), cmocka_unit_test(test_best),
		cmocka_unit_test(test_empty),  cmocka_unit_test(test_refused),
		cmocka_unit_test(test_memory), cmocka_unit_test(test_time),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
