// SPDX-License-Identifier: MIT
/* Graphs: building, memory, running, what stays on the tiles, files, and what is refused. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib_test.h"

#include <ipu_graph.h>
#include <ipu_profile.h>

#define TILES 6

/* A device with a pool and an engine. */
struct machine {
	struct ipu_device *dev;
	struct ipu_pool *pool;
	struct ipu_engine *engine;
};

static struct machine machine;

static int setup(void **state)
{
	(void)state;
	machine.dev = lib_open_sim(2 * TILES);
	assert_ok(ipu_pool_create(machine.dev, &machine.pool));
	assert_ok(ipu_engine_create(
		machine.pool,
		&(struct ipu_engine_options){ .size = sizeof(struct ipu_engine_options),
					      .tiles = TILES },
		&machine.engine));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ipu_engine_destroy(machine.engine);
	ipu_pool_destroy(machine.pool);
	ipu_close(machine.dev);
	return 0;
}

static struct ipu_graph *new_graph(void)
{
	struct ipu_graph *graph;

	assert_ok(ipu_graph_create(&graph));
	return graph;
}

static uint32_t vector(struct ipu_graph *graph, const char *name, uint32_t dtype, uint32_t count,
		       uint32_t role)
{
	return ipu_graph_tensor(graph, name, dtype, 1, &count, role);
}

static void map(struct ipu_graph *graph, uint32_t op, uint32_t to, uint32_t a, uint32_t b)
{
	assert_ok(ipu_graph_map(graph, &(struct ipu_graph_map){ .op = op,
								.to = to,
								.operand = { a, b, IPU_NO_TENSOR },
								.given = IPU_NO_TENSOR }));
}

static struct ipu_executable *compile(struct ipu_graph *graph, uint32_t tiles)
{
	const struct ipu_compile_options options = { .size = sizeof(options),
						     .name = "the test",
						     .tiles = tiles };
	struct ipu_executable *exe;

	assert_ok(ipu_compile(machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	return exe;
}

static void run(struct ipu_executable *exe, void *const *data)
{
	assert_ok(ipu_execute(exe, data));
	assert_ok(ipu_engine_wait(machine.engine));
}

static void refuse(struct ipu_graph *graph, int err, const char *words)
{
	struct ipu_executable *exe;

	assert_fails(ipu_compile(machine.engine, graph, NULL, &exe), err, words);
	assert_null(exe);
	ipu_graph_destroy(graph);
}

/* y = x + x, of @count floats. */
static struct ipu_executable *doubling(uint32_t count, uint32_t tiles)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "x", IPU_F32, count, IPU_GRAPH_IN);
	const uint32_t y = vector(graph, "y", IPU_F32, count, IPU_GRAPH_OUT);

	map(graph, IPU_MAP_ADD, y, x, x);
	return compile(graph, tiles);
}

/* ---- Building ------------------------------------------------------------- */

static void test_build(void **state)
{
	const uint32_t large[] = { 70000, 70000 }, seven[7] = { 1, 1, 1, 1, 1, 1, 1 };
	struct ipu_graph *graph = new_graph();
	uint32_t x;

	(void)state;
	assert_int_equal(ipu_graph_tensor(graph, "wide", IPU_F32, 2, large, 0), IPU_NO_TENSOR);
	/* The first error is the one that is told, whatever follows. */
	assert_int_equal(ipu_graph_tensor(graph, NULL, 99, 1, large, 0), IPU_NO_TENSOR);
	assert_fails(ipu_graph_fill(graph, 7, 0), -EINVAL, "wide");
	refuse(graph, -EINVAL, "2^31");

	graph = new_graph();
	assert_int_equal(ipu_graph_tensor(graph, NULL, 99, 1, large, 0), IPU_NO_TENSOR);
	refuse(graph, -EINVAL, "unknown type");
	graph = new_graph();
	assert_int_equal(ipu_graph_tensor(graph, NULL, IPU_F32, 7, seven, 0), IPU_NO_TENSOR);
	refuse(graph, -EINVAL, "7 dimensions");
	graph = new_graph();
	assert_int_equal(vector(graph, "k", IPU_F32, 4, IPU_GRAPH_KEEP), IPU_NO_TENSOR);
	refuse(graph, -EINVAL, "role");
	graph = new_graph();
	assert_int_equal(vector(graph, "k", IPU_F32, 4, IPU_GRAPH_WIDE | IPU_GRAPH_IN),
			 IPU_NO_TENSOR);
	refuse(graph, -EINVAL, "role");

	graph = new_graph();
	x = vector(graph, "x", IPU_F32, 12, IPU_GRAPH_IN);
	assert_int_equal(ipu_graph_view(graph, x, 2, (const uint32_t[]){ 3, 5 }), IPU_NO_TENSOR);
	refuse(graph, -EINVAL, "15 elements");
	graph = new_graph();
	x = vector(graph, "x", IPU_F32, 12, IPU_GRAPH_IN);
	assert_fails(ipu_graph_softmax(graph, false, x, x, 1, 0), -EINVAL, "write over");
	ipu_graph_destroy(graph);
	ipu_graph_destroy(NULL);
}

/* What only the tiles know is told with the operation's number and label. */
static void test_refusals(void **state)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "x", IPU_F32, 10, IPU_GRAPH_IN);
	const uint32_t y = vector(graph, "y", IPU_F32, 12, IPU_GRAPH_OUT);
	struct ipu_executable *exe = doubling(5, TILES);
	float five[5] = { 1, 2, 3, 4, 5 }, ten[5];

	(void)state;
	ipu_graph_label(graph, "net.py:7 relu");
	map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	refuse(graph, -EIO, "Operation 0 (map, net.py:7 relu): map: an operand has 10 elements");
	/* The engine goes on, and what it had is made again. */
	run(exe, (void *[]){ five, ten });
	assert_true(ten[4] == 10);
	ipu_executable_destroy(exe);
}

static void test_room(void **state)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "activations", IPU_F32, 1 << 20, IPU_GRAPH_IN);
	const uint32_t y = vector(graph, "y", IPU_F32, 1 << 20, IPU_GRAPH_OUT);

	(void)state;
	ipu_graph_label(graph, "layer 3");
	map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	assert_true(ipu_engine_smallest(machine.engine, graph, 0) > TILES);
	refuse(graph, -ENOSPC,
	       "operation 0 (map, layer 3): with 6 tiles the tensors that live then take 1398144 bytes");
	graph = new_graph();
	vector(graph, "alone", IPU_F32, 1 << 20, IPU_GRAPH_IN);
	refuse(graph, -ENOSPC, "with 6 tiles the tensors take 699072 bytes of each");
}

/* Memory is shared by tensors that do not live at the same time: a chain of any length fits. */
static void test_liveness(void **state)
{
	struct ipu_graph *graph = new_graph();
	uint32_t x = vector(graph, "x", IPU_F32, 100000, IPU_GRAPH_IN), y;
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *exe;
	float *data = ipu_pool_alloc(machine.pool, 400000);

	(void)state;
	for (uint32_t i = 0; i < 20; i++, x = y) {
		y = vector(graph, NULL, IPU_F32, 100000, i == 19 ? IPU_GRAPH_OUT : 0);
		map(graph, IPU_MAP_ADD, y, x, x);
	}
	exe = compile(graph, 0);
	for (uint32_t i = 0; i < 100000; i++)
		data[i] = (float)(i % 13);
	run(exe, (void *[]){ data, data });
	for (uint32_t i = 0; i < 100000; i++)
		assert_true(data[i] == (float)(i % 13) * 1048576);
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_string_equal(info.name, "the test");
	assert_true(info.tiles == TILES && info.tensor_bytes < 4 * 67000 && info.runs == 1 &&
		    info.cycles > 0);
	ipu_executable_destroy(exe);
	ipu_pool_free(machine.pool, data);
}

/* ---- Running -------------------------------------------------------------- */

/* Where the time of the engine's runs went, which are all of @exe: it adds up to its cycles. */
static void check_totals(struct ipu_executable *exe)
{
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	struct ipu_executable_info info = { .size = sizeof(info) };

	assert_ok(ipu_profile_get_totals(ipu_engine_context(machine.engine), &totals));
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_true(totals.supersteps >= info.runs && !totals.host_cycles);
	assert_int_equal(totals.compute_cycles + totals.sync_cycles + totals.exchange_cycles,
			 info.cycles);
}

/* The same bits on any number of tiles, from any memory. */
static void test_tiles(void **state)
{
	float x[1003], y[1003], *pooled = ipu_pool_alloc(machine.pool, sizeof(x));

	(void)state;
	for (uint32_t i = 0; i < 1003; i++)
		x[i] = (float)i / 7;
	for (uint32_t tiles = 1; tiles <= TILES; tiles++) {
		struct ipu_executable *exe = doubling(1003, tiles);

		memset(y, 0xff, sizeof(y));
		assert_ok(ipu_profile_start(ipu_engine_context(machine.engine), NULL));
		run(exe, (void *[]){ x, y });
		run(exe, (void *[]){ x, pooled });
		check_totals(exe);
		assert_ok(ipu_profile_stop(ipu_engine_context(machine.engine)));
		for (uint32_t i = 0; i < 1003; i++)
			assert_true(y[i] == 2 * x[i] && pooled[i] == y[i]);
		ipu_executable_destroy(exe);
	}
	ipu_pool_free(machine.pool, pooled);
}

/* Numbers that change from run to run: the scalar, alpha and beta. */
static void test_given(void **state)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "x", IPU_F32, 50, IPU_GRAPH_IN);
	const uint32_t given = vector(graph, "given", IPU_F32, 3, IPU_GRAPH_IN | IPU_GRAPH_COPIES);
	const uint32_t y = vector(graph, "y", IPU_F32, 50, IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	float data[50], result[50];

	(void)state;
	assert_ok(ipu_graph_map(
		graph, &(struct ipu_graph_map){ .op = IPU_MAP_ADD_SCALED,
						.to = y,
						.operand = { x, IPU_NO_TENSOR, IPU_NO_TENSOR },
						.given = given }));
	exe = compile(graph, 0);
	for (uint32_t i = 0; i < 50; i++)
		data[i] = (float)i;
	for (uint32_t k = 0; k < 4; k++) {
		const float numbers[] = { 3, (float)k, 0 };

		run(exe, (void *[]){ data, (void *)(uintptr_t)numbers, result });
		for (uint32_t i = 0; i < 50; i++)
			assert_true(result[i] == data[i] + 3 * (float)k);
	}
	ipu_executable_destroy(exe);
}

static void test_wide(void **state)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "x", IPU_I32, 41, IPU_GRAPH_IN | IPU_GRAPH_WIDE);
	const uint32_t y = vector(graph, "y", IPU_I32, 41, IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	int64_t data[41];
	int32_t result[41];

	(void)state;
	map(graph, IPU_MAP_NEG, y, x, IPU_NO_TENSOR);
	exe = compile(graph, 0);
	for (int64_t i = 0; i < 41; i++)
		data[i] = i * 1000 - 7;
	run(exe, (void *[]){ data, result });
	for (uint32_t i = 0; i < 41; i++)
		assert_int_equal(result[i], -data[i]);
	ipu_executable_destroy(exe);
}

/* More is made than the tiles have room for: what was first is made again when it is run. */
static void test_many(void **state)
{
	enum { MANY = 30 };
	struct ipu_executable *exe[MANY];
	float *x = ipu_pool_alloc(machine.pool, 80000), *y = ipu_pool_alloc(machine.pool, 80000);
	struct ipu_executable *product;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		x[i] = 1;
	for (uint32_t k = 0; k < MANY; k++) {
		struct ipu_graph *graph = new_graph();
		const uint32_t n = 60 + k, shape[] = { n, n };
		const uint32_t a = ipu_graph_tensor(graph, "a", IPU_F32, 2, shape, IPU_GRAPH_IN);
		const uint32_t b = ipu_graph_tensor(graph, "b", IPU_F32, 2, shape, IPU_GRAPH_OUT);

		assert_ok(ipu_graph_matmul(graph, b, a, a, k % 2 ? IPU_TRANS_A : 0));
		exe[k] = compile(graph, 0);
	}
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t k = 0; k < MANY; k++) {
			product = exe[(k * 7) % MANY];
			run(product, (void *[]){ x, y });
			assert_true(y[0] == (float)(60 + (k * 7) % MANY));
		}
	for (uint32_t k = 0; k < MANY; k++)
		ipu_executable_destroy(exe[k]);
	ipu_pool_free(machine.pool, x);
	ipu_pool_free(machine.pool, y);
}

/* Several runs in one submission, more than one job takes, from memory of either kind. */
static void test_steps(void **state)
{
	enum { STEPS = 150, COUNT = 33 };
	static float x[STEPS][COUNT], y[STEPS][COUNT + 3];
	struct ipu_executable *exe = doubling(COUNT, TILES);
	float *pooled = ipu_pool_alloc(machine.pool, sizeof(x));

	(void)state;
	for (uint32_t i = 0; i < STEPS * COUNT; i++)
		x[i / COUNT][i % COUNT] = pooled[i] = (float)i;
	for (uint32_t i = 0; i < STEPS; i++)
		y[i][COUNT + 1] = 7;
	assert_ok(ipu_execute_steps(exe, STEPS, (void *[]){ pooled, pooled },
				    (const size_t[]){ sizeof(x[0]), sizeof(x[0]) }));
	assert_ok(ipu_execute_steps(exe, 10, (void *[]){ x, y },
				    (const size_t[]){ sizeof(x[0]), sizeof(y[0]) }));
	assert_ok(ipu_engine_wait(machine.engine));
	for (uint32_t i = 0; i < STEPS * COUNT; i++)
		assert_true(pooled[i] == 2 * (float)i);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(y[i][COUNT - 1] == 2 * x[i][COUNT - 1] && y[i][COUNT + 1] == 7);
	assert_fails(ipu_execute_steps(exe, 0, NULL, NULL), -EINVAL, "no runs");
	assert_fails(
		ipu_execute_steps(exe, 3, (void *[]){ x, y }, (const size_t[]){ SIZE_MAX / 2, 4 }),
		-EINVAL, "stride");
	ipu_executable_destroy(exe);
	ipu_pool_free(machine.pool, pooled);
}

/* What an observer was told. */
struct told {
	uint32_t submitted;
	uint32_t ended;
	uint64_t run_cycles;
	uint64_t op_cycles;
	char op[64];
	char name[64];
};

static void observe(const struct ipu_run_event *event, void *data)
{
	struct told *told = data;

	switch (event->moment) {
	case IPU_RUN_SUBMITTED:
		told->submitted++;
		break;
	case IPU_RUN_OP:
		told->op_cycles += event->cycles;
		snprintf(told->op, sizeof(told->op), "%s %s", event->name, event->label);
		break;
	case IPU_RUN_ENDED:
		told->run_cycles += event->cycles;
		told->ended++;
		snprintf(told->name, sizeof(told->name), "%s on %u", event->name, event->tiles);
		break;
	}
}

static void test_observer(void **state)
{
	float *data = ipu_pool_alloc(machine.pool, 800);
	struct ipu_executable *exe = doubling(100, 3);
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct told told = { 0 };

	(void)state;
	memset(data, 0, 800);
	run(exe, (void *[]){ data, data + 100 });
	ipu_engine_observe(machine.engine, observe, &told);
	assert_ok(ipu_execute(exe, (void *[]){ data, data + 100 }));
	assert_ok(ipu_execute_steps(exe, 2, (void *[]){ data, data + 100 },
				    (const size_t[]){ 0, 0 }));
	assert_int_equal(told.submitted, 3);
	assert_ok(ipu_engine_wait(machine.engine));
	assert_int_equal(told.ended, 3);
	assert_string_equal(told.name, "the test on 3");
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(told.run_cycles, info.cycles / 4 * 3);
	ipu_engine_observe(machine.engine, NULL, NULL);
	run(exe, (void *[]){ data, data + 100 });
	assert_int_equal(told.submitted, 3);
	ipu_executable_destroy(exe);
	assert_true(ipu_pool_has(machine.pool, data) && ipu_pool_has(machine.pool, data + 199));
	assert_false(ipu_pool_has(machine.pool, &told));
	ipu_pool_free(machine.pool, data);
}

/* The operations' cycles make up the run's. */
static void test_profile(void **state)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .profile = true };
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable_op op = { .size = sizeof(op) };
	struct ipu_graph *graph = new_graph();
	const uint32_t shape[] = { 90, 90 };
	const uint32_t x = ipu_graph_tensor(graph, "x", IPU_F32, 2, shape, IPU_GRAPH_IN);
	const uint32_t y = ipu_graph_tensor(graph, "y", IPU_F32, 2, shape, IPU_GRAPH_OUT);
	const uint32_t z = ipu_graph_tensor(graph, "z", IPU_F32, 2, shape, IPU_GRAPH_OUT);
	float *data = ipu_pool_alloc(machine.pool, 3 * 32400);
	struct ipu_executable *exe;
	struct told told = { 0 };
	uint64_t cycles = 0;

	(void)state;
	memset(data, 0, 3 * 32400);
	ipu_engine_observe(machine.engine, observe, &told);
	map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	ipu_graph_label(graph, "layer 2");
	assert_ok(ipu_graph_matmul(graph, z, x, y, 0));
	assert_ok(ipu_compile(machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	assert_ok(ipu_execute_steps(exe, 3, (void *[]){ data, data + 8100, data + 16200 },
				    (const size_t[]){ 0, 0, 0 }));
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(info.runs, 3);
	ipu_engine_observe(machine.engine, NULL, NULL);
	assert_string_equal(told.op, "matmul layer 2");
	for (uint32_t i = 0; i < 2; i++) {
		assert_ok(ipu_executable_get_op(exe, i, &op));
		assert_string_equal(op.name, i ? "matmul" : "map");
		assert_string_equal(op.label, i ? "layer 2" : "");
		assert_true(op.cycles > 1000);
		cycles += op.cycles;
	}
	/* The matmul takes longer, and only starting and ending are not any operation's. */
	assert_true(told.run_cycles == info.cycles && told.op_cycles == cycles);
	assert_true(op.cycles * 2 > cycles && cycles < info.cycles && cycles > info.cycles / 2);
	assert_fails(ipu_executable_get_op(exe, 2, &op), -EINVAL, "no number 2");
	assert_fails(ipu_executable_save(exe, "/tmp/never"), -EINVAL, "profiled");
	ipu_executable_destroy(exe);
	ipu_pool_free(machine.pool, data);
}

/* ---- What stays ----------------------------------------------------------- */

/* count += 1, in place, and x = count. */
static struct ipu_executable *counting(void)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t count =
		vector(graph, "count", IPU_F32, 10, IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP);
	const uint32_t x = vector(graph, "x", IPU_F32, 10, IPU_GRAPH_OUT);

	assert_ok(ipu_graph_map(
		graph, &(struct ipu_graph_map){ .op = IPU_MAP_ADD,
						.to = count,
						.operand = { count, IPU_NO_TENSOR, IPU_NO_TENSOR },
						.given = IPU_NO_TENSOR,
						.scalar = 0x3f800000 }));
	assert_ok(ipu_graph_copy(graph, x, count, 0, 1, (const uint32_t[]){ 10 },
				 (const int32_t[]){ 1 }));
	return compile(graph, 0);
}

/* A graph that is refused when it is made. */
static void refuse_shapes(void)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t x = vector(graph, "x", IPU_F32, 10, IPU_GRAPH_IN);
	const uint32_t y = vector(graph, "y", IPU_F32, 12, IPU_GRAPH_OUT);

	map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	refuse(graph, -EIO, "an operand has 10 elements");
}

/* ---- Chains --------------------------------------------------------------- */

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
	struct ipu_graph *graph = new_graph();
	const uint32_t x = matrix(graph, IPU_F32, IPU_GRAPH_IN);
	const uint32_t row = vector(graph, "row", IPU_F32, COLUMNS, IPU_GRAPH_IN);
	const uint32_t one = vector(graph, "one", IPU_F32, 1, IPU_GRAPH_IN);
	const uint32_t y = matrix(graph, IPU_F32, IPU_GRAPH_OUT);
	const uint32_t half = matrix(graph, IPU_F16, IPU_GRAPH_OUT);
	const uint32_t flat = vector(graph, "flat", IPU_F32, ROWS * COLUMNS, IPU_GRAPH_OUT);
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
	return compile(graph, tiles);
}

static void run_chained(struct ipu_executable *exe, float *y, uint16_t *half, float *flat, float *z)
{
	float x[ROWS * COLUMNS], row[COLUMNS], one = 0.375f;

	for (uint32_t i = 0; i < ROWS * COLUMNS; i++)
		x[i] = (float)((int)(i * 37 % 101) - 50) / 23;
	for (uint32_t i = 0; i < COLUMNS; i++)
		row[i] = (float)(i + 1) / 5;
	run(exe, (void *[]){ x, row, &one, y, half, flat, z });
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
		struct ipu_graph *graph = new_graph();
		const uint32_t x = vector(graph, "x", IPU_F32, n, IPU_GRAPH_IN);
		const uint32_t t =
			ipu_graph_tensor(graph, "t", IPU_F32, 2, shapes[k], IPU_GRAPH_OUT);
		const uint32_t seen = ipu_graph_view(graph, t, 1, &n);
		const uint32_t y = vector(graph, "y", IPU_F32, n, IPU_GRAPH_OUT);
		float in[60], both[60], out[60];
		struct ipu_executable *exe;

		map(graph, IPU_MAP_ADD, seen, x, x);
		map(graph, IPU_MAP_MUL, y, seen, x);
		exe = compile(graph, 0);
		for (uint32_t i = 0; i < n; i++)
			in[i] = (float)(i + 1);
		run(exe, (void *[]){ in, both, out });
		for (uint32_t i = 0; i < n; i++)
			assert_true(both[i] == 2 * in[i] && out[i] == 2 * in[i] * in[i]);
		ipu_executable_destroy(exe);
	}
}

/* ---- Parts ---------------------------------------------------------------- */

#define SIDE 192
#define TURNS 61

/* y = x with its columns moved by TURNS, in so many products, and then doubled. */
static struct ipu_executable *turning(bool profile)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .profile = profile };
	const uint32_t shape[] = { SIDE, SIDE };
	struct ipu_graph *graph = new_graph();
	uint32_t turn = ipu_graph_tensor(graph, "turn", IPU_F32, 2, shape,
					 IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP);
	uint32_t x = ipu_graph_tensor(graph, "x", IPU_F32, 2, shape, IPU_GRAPH_IN), y;
	struct ipu_executable *exe;

	for (uint32_t i = 0; i <= TURNS; i++, x = y) {
		y = ipu_graph_tensor(graph, NULL, IPU_F32, 2, shape,
				     i == TURNS ? IPU_GRAPH_OUT : 0);
		if (i == TURNS)
			map(graph, IPU_MAP_ADD, y, x, x);
		else
			assert_ok(ipu_graph_matmul(graph, y, x, turn, 0));
	}
	assert_ok(ipu_compile(machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	return exe;
}

static void check_turned(struct ipu_executable *exe, float *turn)
{
	float *x = calloc(SIDE * SIDE, sizeof(*x)), *y = calloc(SIDE * SIDE, sizeof(*y));

	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		x[i] = (float)i;
	run(exe, (void *[]){ turn, x, y });
	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		assert_true(y[i / SIDE * SIDE + (i + TURNS) % SIDE] == (float)(2 * i));
	free(x);
	free(y);
}

/* More tables than fit: operations are made and run in parts, which others do not disturb. */
static void test_parts(void **state)
{
	float *turn = ipu_pool_alloc(machine.pool, SIDE * SIDE * sizeof(*turn));
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *exe, *other, *noted;
	float one = 1, two = 0;

	(void)state;
	for (uint32_t i = 0; i < SIDE; i++)
		for (uint32_t k = 0; k < SIDE; k++)
			turn[i * SIDE + k] = k == (i + 1) % SIDE;
	exe = turning(false);
	other = doubling(1, TILES);
	for (uint32_t i = 0; i < 3; i++) {
		check_turned(exe, turn);
		run(other, (void *[]){ &one, &two });
		assert_true(two == 2);
	}
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(info.runs, 3);
	assert_true(info.table_bytes < 120 * 1024);
	/* After a failure, which takes all that was made. */
	test_refusals(state);
	check_turned(exe, turn);
	ipu_executable_destroy(other);
	noted = turning(true);
	check_turned(noted, turn);
	for (uint32_t i = 0; i <= TURNS; i++) {
		struct ipu_executable_op op = { .size = sizeof(op) };

		assert_ok(ipu_executable_get_op(noted, i, &op));
		assert_true(op.cycles > 100 && op.cycles < 1000000);
	}
	check_turned(exe, turn);
	ipu_executable_destroy(exe);
	ipu_executable_destroy(noted);
	ipu_pool_free(machine.pool, turn);
}

/* Few operations whose tables are large: columns become rows, an element at a time. */
static void test_few_with_large_tables(void **state)
{
	enum { LONG = 3001, SHORT = 7, COPIES = 8 };
	const uint32_t from[] = { LONG, SHORT }, to[] = { SHORT, LONG };
	struct ipu_graph *graph = new_graph();
	const uint32_t x = ipu_graph_tensor(graph, "x", IPU_F32, 2, from, IPU_GRAPH_IN);
	static float in[LONG * SHORT], out[COPIES][LONG * SHORT];
	struct ipu_executable *exe;
	void *data[COPIES + 1] = { in };

	(void)state;
	for (uint32_t i = 0; i < COPIES; i++) {
		const uint32_t y = ipu_graph_tensor(graph, NULL, IPU_F32, 2, to, IPU_GRAPH_OUT);

		assert_ok(ipu_graph_copy(graph, y, x, 0, 2, to, (const int32_t[]){ 1, SHORT }));
		data[i + 1] = out[i];
	}
	exe = compile(graph, 0);
	for (uint32_t i = 0; i < LONG * SHORT; i++)
		in[i] = (float)i;
	run(exe, data);
	for (uint32_t i = 0; i < LONG * SHORT; i++)
		assert_true(out[0][i] == in[i % LONG * SHORT + i / LONG] && out[7][i] == out[0][i]);
	ipu_executable_destroy(exe);
}

static void test_keep(void **state)
{
	struct ipu_executable *exe = counting(), *other;
	float *count = ipu_pool_alloc(machine.pool, 40), *second = ipu_pool_alloc(machine.pool, 40);
	float x[10], outside[10] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		count[i] = second[i] = 0;
	run(exe, (void *[]){ count, x });
	run(exe, (void *[]){ count, x });
	/* The host's memory is old until it is asked for. */
	assert_true(x[9] == 2 && count[9] == 0);
	assert_ok(ipu_engine_flush(machine.engine, false));
	assert_true(count[0] == 2 && count[9] == 2);
	run(exe, (void *[]){ count, x });
	assert_true(x[0] == 3);
	/* Other memory: what was there goes back, and the new comes in. */
	run(exe, (void *[]){ second, x });
	assert_true(x[0] == 1 && count[0] == 3);
	/* Another executable takes the place. */
	other = doubling(10, TILES);
	run(other, (void *[]){ outside, x });
	assert_true(second[0] == 1);
	/* The host writes: after it is forgotten, that is taken. */
	run(exe, (void *[]){ second, x });
	assert_true(x[0] == 2);
	assert_ok(ipu_engine_flush(machine.engine, true));
	second[0] = 100;
	run(exe, (void *[]){ second, x });
	assert_true(x[0] == 101 && x[1] == 3);
	assert_fails(ipu_execute(exe, (void *[]){ outside, x }), -EINVAL, "pool");
	/* Another one that the tiles refuse takes nothing with it. */
	run(exe, (void *[]){ second, x });
	assert_true(x[0] == 102);
	refuse_shapes();
	assert_true(second[0] == 102);
	run(exe, (void *[]){ second, x });
	assert_true(x[0] == 103);
	/* With the executable, what it keeps goes back. */
	run(exe, (void *[]){ count, x });
	ipu_executable_destroy(exe);
	assert_ok(ipu_engine_wait(machine.engine));
	assert_true(count[0] == 4);
	ipu_executable_destroy(other);
	ipu_pool_free(machine.pool, count);
	ipu_pool_free(machine.pool, second);
}

/* Memory goes from one engine to the other in the order of the calls. */
static void test_engines(void **state)
{
	const struct ipu_engine_options options = { .size = sizeof(options), .tiles = TILES };
	struct ipu_executable *first = doubling(5000, TILES), *second;
	struct ipu_engine *engine = machine.engine, *other;
	float *x = ipu_pool_alloc(machine.pool, 20000), *y = ipu_pool_alloc(machine.pool, 20000);

	(void)state;
	assert_ok(ipu_engine_create(machine.pool, &options, &other));
	machine.engine = other;
	second = doubling(5000, TILES);
	machine.engine = engine;
	for (uint32_t i = 0; i < 5000; i++)
		x[i] = 1;
	for (uint32_t i = 0; i < 10; i++) {
		assert_ok(ipu_execute(first, (void *[]){ x, y }));
		assert_ok(ipu_execute(second, (void *[]){ y, x }));
	}
	assert_ok(ipu_pool_wait(machine.pool));
	assert_true(x[0] == 1048576 && x[4999] == 1048576);
	ipu_engine_destroy(other);
	ipu_executable_destroy(first);
	ipu_pool_free(machine.pool, x);
	ipu_pool_free(machine.pool, y);
}

/* ---- Faults --------------------------------------------------------------- */

/* An index that is outside is only known when it runs. */
static void test_fault(void **state)
{
	struct ipu_graph *graph = new_graph();
	const uint32_t table = ipu_graph_tensor(graph, "table", IPU_F32, 2,
						(const uint32_t[]){ 10, 4 }, IPU_GRAPH_IN);
	const uint32_t index = vector(graph, "index", IPU_I32, 3, IPU_GRAPH_IN);
	const uint32_t to = ipu_graph_tensor(graph, "to", IPU_F32, 2, (const uint32_t[]){ 3, 4 },
					     IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	int32_t *numbers = ipu_pool_alloc(machine.pool, 12);
	float rows[40], *got = ipu_pool_alloc(machine.pool, 48);

	(void)state;
	assert_ok(ipu_graph_embedding(graph, to, table, index));
	exe = compile(graph, 0);
	for (uint32_t i = 0; i < 40; i++)
		rows[i] = (float)i;
	memcpy(numbers, (const int32_t[]){ 9, 0, 10 }, 12);
	/* More than a driver forgives one context. */
	for (uint32_t i = 0; i < 5; i++) {
		numbers[2] = 10;
		assert_ok(ipu_execute(exe, (void *[]){ rows, numbers, got }));
		assert_fails(ipu_engine_wait(machine.engine), -EIO, "the test: embedding: ");
		numbers[2] = 5;
		run(exe, (void *[]){ rows, numbers, got });
		assert_true(got[0] == 36 && got[11] == 23);
	}
	ipu_executable_destroy(exe);
	ipu_pool_free(machine.pool, numbers);
	ipu_pool_free(machine.pool, got);
}

static void test_fork(void **state)
{
	struct ipu_executable *exe = doubling(5, TILES);
	float x[5] = { 1 }, y[5];
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		const bool good = ipu_execute(exe, (void *[]){ x, y }) == -EPERM &&
				  ipu_engine_wait(machine.engine) == -EPERM &&
				  !ipu_pool_alloc(machine.pool, 100);

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	run(exe, (void *[]){ x, y });
	ipu_executable_destroy(exe);
}

/* ---- Files ---------------------------------------------------------------- */

static void read_back(const char *path, unsigned char **bytes, size_t *count)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	*bytes = malloc(1 << 20);
	assert_non_null(*bytes);
	*count = fread(*bytes, 1, 1 << 20, file);
	fclose(file);
}

static void write_file(const char *path, const unsigned char *bytes, size_t count)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, count, file), count);
	fclose(file);
}

static void test_files(void **state)
{
	char path[] = "/tmp/ipu-graph-test.XXXXXX";
	struct ipu_executable *exe = counting(), *again;
	float *count = ipu_pool_alloc(machine.pool, 40), x[10];
	unsigned char *bytes;
	size_t size;
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	memset(count, 0, 40);
	assert_ok(ipu_executable_save(exe, path));
	assert_fails(ipu_executable_save(exe, "/nowhere/file"), -ENOENT, "/nowhere/file");
	ipu_executable_destroy(exe);
	assert_ok(ipu_executable_load(machine.engine, path, &again));
	run(again, (void *[]){ count, x });
	run(again, (void *[]){ count, x });
	assert_true(x[3] == 2);
	ipu_executable_destroy(again);

	read_back(path, &bytes, &size);
	/* Of each byte that is changed, something is told. */
	for (size_t at = 0; at < size; at += at < 300 ? 1 : 37) {
		bytes[at] ^= 0x41;
		write_file(path, bytes, size);
		if (!ipu_executable_load(machine.engine, path, &again))
			/* The name is nobody's business but the reader's. */
			ipu_executable_destroy(again);
		else
			assert_null(again);
		bytes[at] ^= 0x41;
	}
	for (size_t count_bytes = 0; count_bytes < size; count_bytes += 61) {
		write_file(path, bytes, count_bytes);
		assert_fails(ipu_executable_load(machine.engine, path, &again), -ENOEXEC, "again");
	}
	unlink(path);
	assert_fails(ipu_executable_load(machine.engine, path, &again), -ENOENT, "No such file");
	free(bytes);
	ipu_pool_free(machine.pool, count);
}

/* ---- The pool ------------------------------------------------------------- */

static void test_pool(void **state)
{
	struct ipu_pool_usage usage = { .size = sizeof(usage) };
	void *block[200];

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		block[i] = ipu_pool_alloc(machine.pool, i * i * 17);
		assert_non_null(block[i]);
		assert_int_equal((uintptr_t)block[i] % 64, 0);
		memset(block[i], (int)i, i * i * 17);
	}
	for (uint32_t i = 0; i < 200; i++)
		for (uint32_t at = 0; at < i * i * 17; at += 97)
			assert_int_equal(((unsigned char *)block[i])[at], i);
	for (uint32_t i = 0; i < 200; i++)
		ipu_pool_free(machine.pool, block[i]);
	assert_ok(ipu_pool_get_usage(machine.pool, &usage));
	assert_int_equal(usage.allocated, 0);
	assert_true(usage.most >= 45 * 1000 * 1000 && usage.reserved >= usage.most);
	assert_null(ipu_pool_alloc(machine.pool, SIZE_MAX / 2));
	assert_null(ipu_pool_alloc(machine.pool, SIZE_MAX));
	ipu_pool_free(machine.pool, NULL);
}

int lib_test_graph(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_liveness),
		cmocka_unit_test(test_tiles),
		cmocka_unit_test(test_given),
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_profile),
		cmocka_unit_test(test_observer),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_engines),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_few_with_large_tables),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_chains_of_views),
		cmocka_unit_test(test_fault),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_pool),
	};

	return cmocka_run_group_tests_name("libipu graphs", tests, setup, teardown);
}
