// SPDX-License-Identifier: MIT
/* Graphs: chains of operations on each element by itself. */
#include <stdlib.h>

#include "lib_graph.h"

#define ROWS 90
#define COLUMNS 7

static void map3(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t a, uint32_t b,
		 uint32_t c, float scalar)
{
	const union {
		float value;
		uint32_t bits;
	} number = { scalar };

	assert_ok(ipu_graph_map(graph, &(struct ipu_graph_map){ .op = op,
								.to = to,
								.operand = { a, b, c },
								.scalar = number.bits,
								.alpha = number.bits,
								.given = IPU_NO_TENSOR }));
}

static uint32_t matrix(struct ipu_graph *graph, uint32_t dtype, uint32_t role)
{
	return ipu_graph_tensor(graph, NULL, dtype, 2, (const uint32_t[]){ ROWS, COLUMNS }, role);
}

/* Broadcasts, flags, halves, what is written over, and what others use. */
static struct ipu_executable *chained(uint32_t tiles)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = matrix(graph, IPU_F32, IPU_GRAPH_IN);
	const uint32_t row = test_vector(graph, "row", IPU_F32, COLUMNS, IPU_GRAPH_IN);
	const uint32_t one = test_vector(graph, "one", IPU_F32, 1, IPU_GRAPH_IN);
	const uint32_t y = matrix(graph, IPU_F32, IPU_GRAPH_OUT);
	const uint32_t half = matrix(graph, IPU_F16, IPU_GRAPH_OUT);
	const uint32_t flat = test_vector(graph, "flat", IPU_F32, ROWS * COLUMNS, IPU_GRAPH_OUT);
	const uint32_t z = matrix(graph, IPU_F32, IPU_GRAPH_OUT), no = IPU_NO_TENSOR;
	const uint32_t three[] = { 2, ROWS / 2, COLUMNS }, two[] = { ROWS, COLUMNS };
	const uint32_t x3 = ipu_graph_view(graph, x, 3, three);
	uint32_t t[8], flag = matrix(graph, IPU_U8, 0), seen, deep;

	for (uint32_t i = 0; i < 8; i++)
		t[i] = matrix(graph, i == 5 ? IPU_F16 : IPU_F32, 0);
	map3(graph, IPU_MAP_MUL, t[0], x, row, no, 0);
	map3(graph, IPU_MAP_GELU, t[1], t[0], no, no, 0);
	map3(graph, IPU_MAP_ADD, t[2], t[1], one, no, 0);
	map3(graph, IPU_MAP_GT, flag, t[2], no, no, 0.5f);
	map3(graph, IPU_MAP_SELECT, t[3], flag, t[0], t[2], 0);
	map3(graph, IPU_MAP_EXP, t[4], t[3], no, no, 0);
	map3(graph, IPU_MAP_ADD, t[5], t[4], t[1], no, 0);
	map3(graph, IPU_MAP_MUL, t[6], t[5], t[5], no, 0);
	map3(graph, IPU_MAP_SUB, half, t[6], x, no, 0);
	map3(graph, IPU_MAP_ADD_SCALED, y, t[2], t[4], no, -0.25f);
	map3(graph, IPU_MAP_MUL, y, y, x, no, 0);
	map3(graph, IPU_MAP_ADD, y, y, row, no, 0);
	/* Another shape of what a chain has just written. */
	seen = ipu_graph_view(graph, y, 1, (const uint32_t[]){ ROWS * COLUMNS });
	map3(graph, IPU_MAP_TANH, flat, seen, no, no, 0);
	map3(graph, IPU_MAP_ADD, flat, flat, one, no, 0);
	/* Two shapes of the same elements. */
	deep = ipu_graph_tensor(graph, NULL, IPU_F32, 3, three, 0);
	map3(graph, IPU_MAP_EXP, deep, x3, no, no, 0);
	map3(graph, IPU_MAP_MUL, z, ipu_graph_view(graph, deep, 2, two), row, no, 0);
	return test_compile(graph, tiles);
}

static void run_chained(struct ipu_executable *exe, float *y, uint16_t *half, float *flat, float *z)
{
	float x[ROWS * COLUMNS], row[COLUMNS], one = 0.375f;

	for (uint32_t i = 0; i < ROWS * COLUMNS; i++)
		x[i] = (float)((int)(i * 37 % 101) - 50) / 23;
	for (uint32_t i = 0; i < COLUMNS; i++)
		row[i] = (float)(i + 1) / 5;
	test_run(exe, (void *[]){ x, row, &one, y, half, flat, z });
}

/* The same bits as one by one, from fewer operations and less memory. */
static void test_chains(void **state)
{
	float y[2][ROWS * COLUMNS], flat[2][ROWS * COLUMNS], z[2][ROWS * COLUMNS];
	uint16_t half[2][ROWS * COLUMNS];
	struct ipu_executable_info info[2];

	(void)state;
	for (uint32_t tiles = 1; tiles <= TILES; tiles++) {
		for (uint32_t i = 0; i < 2; i++) {
			struct ipu_executable *exe;

			assert_ok(setenv("IPU_FUSE", i ? "1" : "0", 1));
			exe = chained(tiles);
			run_chained(exe, y[i], half[i], flat[i], z[i]);
			info[i].size = sizeof(info[i]);
			assert_ok(ipu_executable_get_info(exe, &info[i]));
			ipu_executable_destroy(exe);
		}
		assert_memory_equal(y[0], y[1], sizeof(y[0]));
		assert_memory_equal(half[0], half[1], sizeof(half[0]));
		assert_memory_equal(flat[0], flat[1], sizeof(flat[0]));
		assert_memory_equal(z[0], z[1], sizeof(z[0]));
		assert_true(info[0].chains == 0 && info[0].operations == 16);
		assert_true(info[1].chains >= 2 && info[1].operations <= 5);
		assert_true(info[1].tensor_bytes <= info[0].tensor_bytes * 5 / 4);
		assert_true(info[1].cycles < info[0].cycles);
	}
	assert_ok(unsetenv("IPU_FUSE"));
}

/* Views lie as what they are of: not as a tensor of their shape would. */
static void test_chains_of_views(void **state)
{
	static const uint32_t shapes[][2] = { { 1, 12 }, { 3, 20 } };

	(void)state;
	for (uint32_t k = 0; k < 2; k++) {
		const uint32_t n = shapes[k][0] * shapes[k][1];
		struct ipu_graph *graph = test_graph();
		const uint32_t x = test_vector(graph, "x", IPU_F32, n, IPU_GRAPH_IN);
		const uint32_t t =
			ipu_graph_tensor(graph, "t", IPU_F32, 2, shapes[k], IPU_GRAPH_OUT);
		const uint32_t seen = ipu_graph_view(graph, t, 1, &n);
		const uint32_t y = test_vector(graph, "y", IPU_F32, n, IPU_GRAPH_OUT);
		float in[60], both[60], out[60];
		struct ipu_executable *exe;

		test_map(graph, IPU_MAP_ADD, seen, x, x);
		test_map(graph, IPU_MAP_MUL, y, seen, x);
		exe = test_compile(graph, 0);
		for (uint32_t i = 0; i < n; i++)
			in[i] = (float)(i + 1);
		test_run(exe, (void *[]){ in, both, out });
		for (uint32_t i = 0; i < n; i++)
			assert_true(both[i] == 2 * in[i] && out[i] == 2 * in[i] * in[i]);
		ipu_executable_destroy(exe);
	}
}

int lib_test_graph_chain(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_chains_of_views),
	};

	return cmocka_run_group_tests_name("libipu graphs: chains", tests, graph_setup,
					   graph_teardown);
}
