// SPDX-License-Identifier: MIT
/* What the tests of graphs share. */
#include <errno.h>

#include "lib_graph.h"

struct graph_machine graph_machine;

int graph_setup(void **state)
{
	(void)state;
	graph_machine.dev = lib_open_sim(2 * TILES);
	assert_ok(ipu_pool_create(graph_machine.dev, &graph_machine.pool));
	assert_ok(ipu_engine_create(
		graph_machine.pool,
		&(struct ipu_engine_options){ .size = sizeof(struct ipu_engine_options),
					      .tiles = TILES },
		&graph_machine.engine));
	return 0;
}

int graph_teardown(void **state)
{
	(void)state;
	ipu_engine_destroy(graph_machine.engine);
	ipu_pool_destroy(graph_machine.pool);
	ipu_close(graph_machine.dev);
	return 0;
}

struct ipu_graph *test_graph(void)
{
	struct ipu_graph *graph;

	assert_ok(ipu_graph_create(&graph));
	return graph;
}

uint32_t test_vector(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t count,
		     uint32_t role)
{
	return ipu_graph_tensor(graph, name, dtype, 1, &count, role);
}

void test_map(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t a, uint32_t b)
{
	assert_ok(ipu_graph_map(graph, &(struct ipu_graph_map){ .op = op,
								.to = to,
								.operand = { a, b, IPU_NO_TENSOR },
								.given = IPU_NO_TENSOR }));
}

struct ipu_executable *test_compile(struct ipu_graph *graph, uint32_t tiles)
{
	const struct ipu_compile_options options = { .size = sizeof(options),
						     .name = "the test",
						     .tiles = tiles };
	struct ipu_executable *exe;

	assert_ok(ipu_compile(graph_machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	return exe;
}

void test_run(struct ipu_executable *exe, void *const *data)
{
	assert_ok(ipu_execute(exe, data));
	assert_ok(ipu_engine_wait(graph_machine.engine));
}

void test_refuse(struct ipu_graph *graph, int err, const char *words)
{
	struct ipu_executable *exe;

	assert_fails(ipu_compile(graph_machine.engine, graph, NULL, &exe), err, words);
	assert_null(exe);
	ipu_graph_destroy(graph);
}

struct ipu_executable *test_doubling(uint32_t count, uint32_t tiles)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "x", IPU_F32, count, IPU_GRAPH_IN);
	const uint32_t y = test_vector(graph, "y", IPU_F32, count, IPU_GRAPH_OUT);

	test_map(graph, IPU_MAP_ADD, y, x, x);
	return test_compile(graph, tiles);
}

struct ipu_executable *test_counting(void)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t count = test_vector(graph, "count", IPU_F32, 10,
					   IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP);
	const uint32_t x = test_vector(graph, "x", IPU_F32, 10, IPU_GRAPH_OUT);

	assert_ok(ipu_graph_map(
		graph, &(struct ipu_graph_map){ .op = IPU_MAP_ADD,
						.to = count,
						.operand = { count, IPU_NO_TENSOR, IPU_NO_TENSOR },
						.given = IPU_NO_TENSOR,
						.scalar = 0x3f800000 }));
	assert_ok(ipu_graph_copy(graph, x, count, 0, 1, (const uint32_t[]){ 10 },
				 (const int32_t[]){ 1 }));
	return test_compile(graph, 0);
}

void test_refuse_shapes(void)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "x", IPU_F32, 10, IPU_GRAPH_IN);
	const uint32_t y = test_vector(graph, "y", IPU_F32, 12, IPU_GRAPH_OUT);

	test_map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	test_refuse(graph, -EIO, "an operand has 10 elements");
}
