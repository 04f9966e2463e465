// SPDX-License-Identifier: MIT
/* Graphs whose tensors are int64 on the host: all 64 bits of what comes back. */
#include <ipu_graph.h>

#include "lib_test.h"

#define COUNT 1001

static struct {
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
} on;

static int begin(void **state)
{
	(void)state;
	assert_ok(ipu_open("sim:tiles=4", &on.dev));
	assert_ok(ipu_pool_create(on.dev, &on.pool));
	assert_ok(ipu_engine_create(on.pool, NULL, &on.engine));
	return 0;
}

static int end(void **state)
{
	(void)state;
	ipu_engine_destroy(on.engine);
	ipu_pool_destroy(on.pool);
	ipu_close(on.dev);
	return 0;
}

/* The graph is compiled twice: what is added for wide results is not added to it. */
static void negate(const int64_t *from, int64_t *to, uint32_t tiles)
{
	const uint32_t count = COUNT;
	struct ipu_compile_options options = { .size = sizeof(options), .tiles = tiles };
	struct ipu_executable *exe[2];
	struct ipu_graph *graph;
	uint32_t x, y;

	assert_ok(ipu_graph_create(&graph));
	x = ipu_graph_tensor(graph, "x", IPU_I32, 1, &count, IPU_GRAPH_IN | IPU_GRAPH_WIDE);
	y = ipu_graph_tensor(graph, "y", IPU_I32, 1, &count, IPU_GRAPH_OUT | IPU_GRAPH_WIDE);
	assert_ok(ipu_graph_map(graph, &(struct ipu_graph_map){
					       .op = IPU_MAP_NEG,
					       .to = y,
					       .operand = { x, IPU_NO_TENSOR, IPU_NO_TENSOR },
					       .given = IPU_NO_TENSOR,
				       }));
	for (int i = 0; i < 2; i++)
		assert_ok(ipu_compile(on.engine, graph, &options, &exe[i]));
	ipu_graph_destroy(graph);
	assert_ok(ipu_execute(exe[1], (void *[]){ (void *)(uintptr_t)from, to }));
	assert_ok(ipu_engine_wait(on.engine));
	for (int i = 0; i < 2; i++)
		ipu_executable_destroy(exe[i]);
}

static void test_outside(void **state)
{
	static int64_t from[COUNT], to[COUNT];

	(void)state;
	for (int i = 0; i < COUNT; i++)
		from[i] = (i - 500) * 4000000LL;
	for (uint32_t tiles = 1; tiles <= 4; tiles++) {
		memset(to, 0x55, sizeof(to));
		negate(from, to, tiles);
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(to[i], -from[i]);
	}
}

static void test_in_the_pool(void **state)
{
	int64_t *from = ipu_pool_alloc(on.pool, COUNT * sizeof(*from));
	int64_t *to = ipu_pool_alloc(on.pool, (COUNT + 1) * sizeof(*to));

	(void)state;
	assert_non_null(from);
	assert_non_null(to);
	for (int i = 0; i < COUNT; i++)
		from[i] = i % 3 ? i : -i;
	memset(to, 0x55, (COUNT + 1) * sizeof(*to));
	negate(from, to, 4);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(to[i], -from[i]);
	assert_int_equal(to[COUNT], 0x5555555555555555);
	ipu_pool_free(on.pool, from);
	ipu_pool_free(on.pool, to);
}

int lib_test_wide(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_in_the_pool),
	};

	return cmocka_run_group_tests_name("wide", tests, begin, end);
}
