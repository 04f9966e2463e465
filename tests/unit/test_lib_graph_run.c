// SPDX-License-Identifier: MIT
/* Graphs: running, and what stays on the tiles. */
#include <errno.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib_graph.h"

#include <ipu_profile.h>

/* ---- Running -------------------------------------------------------------- */

/* Where the time of the engine's runs went, which are all of @exe: it adds up to its cycles. */
static void check_totals(struct ipu_executable *exe)
{
	struct ipu_profile_totals totals = { .size = sizeof(totals) };
	struct ipu_executable_info info = { .size = sizeof(info) };

	assert_ok(ipu_profile_get_totals(ipu_engine_context(graph_machine.engine), &totals));
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_true(totals.supersteps >= info.runs && !totals.host_cycles);
	assert_int_equal(totals.compute_cycles + totals.sync_cycles + totals.exchange_cycles,
			 info.cycles);
}

/* The same bits on any number of tiles, from any memory. */
static void test_tiles(void **state)
{
	float x[1003], y[1003], *pooled = ipu_pool_alloc(graph_machine.pool, sizeof(x));

	(void)state;
	for (uint32_t i = 0; i < 1003; i++)
		x[i] = (float)i / 7;
	for (uint32_t tiles = 1; tiles <= TILES; tiles++) {
		struct ipu_executable *exe = test_doubling(1003, tiles);

		memset(y, 0xff, sizeof(y));
		assert_ok(ipu_profile_start(ipu_engine_context(graph_machine.engine), NULL));
		test_run(exe, (void *[]){ x, y });
		test_run(exe, (void *[]){ x, pooled });
		check_totals(exe);
		assert_ok(ipu_profile_stop(ipu_engine_context(graph_machine.engine)));
		for (uint32_t i = 0; i < 1003; i++)
			assert_true(y[i] == 2 * x[i] && pooled[i] == y[i]);
		ipu_executable_destroy(exe);
	}
	ipu_pool_free(graph_machine.pool, pooled);
}

/* Numbers that change from run to run: the scalar, alpha and beta. */
static void test_given(void **state)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "x", IPU_F32, 50, IPU_GRAPH_IN);
	const uint32_t given =
		test_vector(graph, "given", IPU_F32, 3, IPU_GRAPH_IN | IPU_GRAPH_COPIES);
	const uint32_t y = test_vector(graph, "y", IPU_F32, 50, IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	float data[50], result[50];

	(void)state;
	assert_ok(ipu_graph_map(
		graph, &(struct ipu_graph_map){ .op = IPU_MAP_ADD_SCALED,
						.to = y,
						.operand = { x, IPU_NO_TENSOR, IPU_NO_TENSOR },
						.given = given }));
	exe = test_compile(graph, 0);
	for (uint32_t i = 0; i < 50; i++)
		data[i] = (float)i;
	for (uint32_t k = 0; k < 4; k++) {
		const float numbers[] = { 3, (float)k, 0 };

		test_run(exe, (void *[]){ data, (void *)(uintptr_t)numbers, result });
		for (uint32_t i = 0; i < 50; i++)
			assert_true(result[i] == data[i] + 3 * (float)k);
	}
	ipu_executable_destroy(exe);
}

static void test_wide(void **state)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t x = test_vector(graph, "x", IPU_I32, 41, IPU_GRAPH_IN | IPU_GRAPH_WIDE);
	const uint32_t y = test_vector(graph, "y", IPU_I32, 41, IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	int64_t data[41];
	int32_t result[41];

	(void)state;
	test_map(graph, IPU_MAP_NEG, y, x, IPU_NO_TENSOR);
	exe = test_compile(graph, 0);
	for (int64_t i = 0; i < 41; i++)
		data[i] = i * 1000 - 7;
	test_run(exe, (void *[]){ data, result });
	for (uint32_t i = 0; i < 41; i++)
		assert_int_equal(result[i], -data[i]);
	ipu_executable_destroy(exe);
}

/* More is made than the tiles have room for: what was first is made again when it is run. */
static void test_many(void **state)
{
	enum { MANY = 30 };
	struct ipu_executable *exe[MANY];
	float *x = ipu_pool_alloc(graph_machine.pool, 80000),
	      *y = ipu_pool_alloc(graph_machine.pool, 80000);
	struct ipu_executable *product;

	(void)state;
	for (uint32_t i = 0; i < 20000; i++)
		x[i] = 1;
	for (uint32_t k = 0; k < MANY; k++) {
		struct ipu_graph *graph = test_graph();
		const uint32_t n = 60 + k, shape[] = { n, n };
		const uint32_t a = ipu_graph_tensor(graph, "a", IPU_F32, 2, shape, IPU_GRAPH_IN);
		const uint32_t b = ipu_graph_tensor(graph, "b", IPU_F32, 2, shape, IPU_GRAPH_OUT);

		assert_ok(ipu_graph_matmul(graph, b, a, a, k % 2 ? IPU_TRANS_A : 0));
		exe[k] = test_compile(graph, 0);
	}
	for (uint32_t round = 0; round < 2; round++)
		for (uint32_t k = 0; k < MANY; k++) {
			product = exe[(k * 7) % MANY];
			test_run(product, (void *[]){ x, y });
			assert_true(y[0] == (float)(60 + (k * 7) % MANY));
		}
	for (uint32_t k = 0; k < MANY; k++)
		ipu_executable_destroy(exe[k]);
	ipu_pool_free(graph_machine.pool, x);
	ipu_pool_free(graph_machine.pool, y);
}

/* Several runs in one submission, more than one job takes, from memory of either kind. */
static void test_steps(void **state)
{
	enum { STEPS = 150, COUNT = 33 };
	static float x[STEPS][COUNT], y[STEPS][COUNT + 3];
	struct ipu_executable *exe = test_doubling(COUNT, TILES);
	float *pooled = ipu_pool_alloc(graph_machine.pool, sizeof(x));

	(void)state;
	for (uint32_t i = 0; i < STEPS * COUNT; i++)
		x[i / COUNT][i % COUNT] = pooled[i] = (float)i;
	for (uint32_t i = 0; i < STEPS; i++)
		y[i][COUNT + 1] = 7;
	assert_ok(ipu_execute_steps(exe, STEPS, (void *[]){ pooled, pooled },
				    (const size_t[]){ sizeof(x[0]), sizeof(x[0]) }));
	assert_ok(ipu_execute_steps(exe, 10, (void *[]){ x, y },
				    (const size_t[]){ sizeof(x[0]), sizeof(y[0]) }));
	assert_ok(ipu_engine_wait(graph_machine.engine));
	for (uint32_t i = 0; i < STEPS * COUNT; i++)
		assert_true(pooled[i] == 2 * (float)i);
	for (uint32_t i = 0; i < 10; i++)
		assert_true(y[i][COUNT - 1] == 2 * x[i][COUNT - 1] && y[i][COUNT + 1] == 7);
	assert_fails(ipu_execute_steps(exe, 0, NULL, NULL), -EINVAL, "no runs");
	assert_fails(
		ipu_execute_steps(exe, 3, (void *[]){ x, y }, (const size_t[]){ SIZE_MAX / 2, 4 }),
		-EINVAL, "stride");
	ipu_executable_destroy(exe);
	ipu_pool_free(graph_machine.pool, pooled);
}

/* y = the sum of so many inputs. */
static struct ipu_graph *adding(uint32_t inputs)
{
	struct ipu_graph *graph = test_graph();
	uint32_t sum = test_vector(graph, NULL, IPU_F32, 1, IPU_GRAPH_IN), x, to;

	for (uint32_t i = 1; i < inputs; i++, sum = to) {
		x = test_vector(graph, NULL, IPU_F32, 1, IPU_GRAPH_IN);
		to = test_vector(graph, NULL, IPU_F32, 1, i + 1 == inputs ? IPU_GRAPH_OUT : 0);
		test_map(graph, IPU_MAP_ADD, to, sum, x);
	}
	return graph;
}

/* More than a job has commands for, unless it is made with more. */
static void test_many_inputs(void **state)
{
	enum { INPUTS = 1200 };
	static float x[INPUTS];
	struct ipu_executable *exe = test_compile(adding(INPUTS), 2);
	struct ipu_graph *graph = test_graph();
	void *data[INPUTS + 1];
	float y;

	(void)state;
	for (uint32_t i = 0; i < INPUTS; i++) {
		x[i] = (float)i;
		data[i] = &x[i];
	}
	/* The result is behind the last input. */
	data[INPUTS] = &y;
	test_run(exe, data);
	assert_true(y == (float)(INPUTS * (INPUTS - 1) / 2));
	ipu_executable_destroy(exe);
	for (uint32_t i = 0; i < 40000; i++)
		test_vector(graph, NULL, IPU_F32, 1, IPU_GRAPH_IN);
	test_refuse(graph, -E2BIG, "40000 tensors takes");
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
	float *data = ipu_pool_alloc(graph_machine.pool, 800);
	struct ipu_executable *exe = test_doubling(100, 3);
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct told told = { 0 };

	(void)state;
	memset(data, 0, 800);
	test_run(exe, (void *[]){ data, data + 100 });
	ipu_engine_observe(graph_machine.engine, observe, &told);
	assert_ok(ipu_execute(exe, (void *[]){ data, data + 100 }));
	assert_ok(ipu_execute_steps(exe, 2, (void *[]){ data, data + 100 },
				    (const size_t[]){ 0, 0 }));
	assert_int_equal(told.submitted, 3);
	assert_ok(ipu_engine_wait(graph_machine.engine));
	assert_int_equal(told.ended, 3);
	assert_string_equal(told.name, "the test on 3");
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(told.run_cycles, info.cycles / 4 * 3);
	ipu_engine_observe(graph_machine.engine, NULL, NULL);
	test_run(exe, (void *[]){ data, data + 100 });
	assert_int_equal(told.submitted, 3);
	ipu_executable_destroy(exe);
	assert_true(ipu_pool_has(graph_machine.pool, data) &&
		    ipu_pool_has(graph_machine.pool, data + 199));
	assert_false(ipu_pool_has(graph_machine.pool, &told));
	ipu_pool_free(graph_machine.pool, data);
}

/* The operations' cycles make up the run's. */
static void test_profile(void **state)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .profile = true };
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable_op op = { .size = sizeof(op) };
	struct ipu_graph *graph = test_graph();
	const uint32_t shape[] = { 90, 90 };
	const uint32_t x = ipu_graph_tensor(graph, "x", IPU_F32, 2, shape, IPU_GRAPH_IN);
	const uint32_t y = ipu_graph_tensor(graph, "y", IPU_F32, 2, shape, IPU_GRAPH_OUT);
	const uint32_t z = ipu_graph_tensor(graph, "z", IPU_F32, 2, shape, IPU_GRAPH_OUT);
	float *data = ipu_pool_alloc(graph_machine.pool, 3 * 32400);
	struct ipu_executable *exe;
	struct told told = { 0 };
	uint64_t cycles = 0;

	(void)state;
	memset(data, 0, 3 * 32400);
	ipu_engine_observe(graph_machine.engine, observe, &told);
	test_map(graph, IPU_MAP_RELU, y, x, IPU_NO_TENSOR);
	ipu_graph_label(graph, "layer 2");
	assert_ok(ipu_graph_matmul(graph, z, x, y, 0));
	assert_ok(ipu_compile(graph_machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	assert_ok(ipu_execute_steps(exe, 3, (void *[]){ data, data + 8100, data + 16200 },
				    (const size_t[]){ 0, 0, 0 }));
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(info.runs, 3);
	ipu_engine_observe(graph_machine.engine, NULL, NULL);
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
	ipu_pool_free(graph_machine.pool, data);
}

/* ---- What stays ----------------------------------------------------------- */

static void test_keep(void **state)
{
	struct ipu_executable *exe = test_counting(), *other;
	float *count = ipu_pool_alloc(graph_machine.pool, 40),
	      *second = ipu_pool_alloc(graph_machine.pool, 40);
	float x[10], outside[10] = { 0 };

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		count[i] = second[i] = 0;
	test_run(exe, (void *[]){ count, x });
	test_run(exe, (void *[]){ count, x });
	/* The host's memory is old until it is asked for. */
	assert_true(x[9] == 2 && count[9] == 0);
	assert_ok(ipu_engine_flush(graph_machine.engine, false));
	assert_true(count[0] == 2 && count[9] == 2);
	test_run(exe, (void *[]){ count, x });
	assert_true(x[0] == 3);
	/* Other memory: what was there goes back, and the new comes in. */
	test_run(exe, (void *[]){ second, x });
	assert_true(x[0] == 1 && count[0] == 3);
	/* Another executable takes the place. */
	other = test_doubling(10, TILES);
	test_run(other, (void *[]){ outside, x });
	assert_true(second[0] == 1);
	/* The host writes: after it is forgotten, that is taken. */
	test_run(exe, (void *[]){ second, x });
	assert_true(x[0] == 2);
	assert_ok(ipu_engine_flush(graph_machine.engine, true));
	second[0] = 100;
	test_run(exe, (void *[]){ second, x });
	assert_true(x[0] == 101 && x[1] == 3);
	assert_fails(ipu_execute(exe, (void *[]){ outside, x }), -EINVAL, "pool");
	/* Another one that the tiles refuse takes nothing with it. */
	test_run(exe, (void *[]){ second, x });
	assert_true(x[0] == 102);
	test_refuse_shapes();
	assert_true(second[0] == 102);
	test_run(exe, (void *[]){ second, x });
	assert_true(x[0] == 103);
	/* With the executable, what it keeps goes back. */
	test_run(exe, (void *[]){ count, x });
	ipu_executable_destroy(exe);
	assert_ok(ipu_engine_wait(graph_machine.engine));
	assert_true(count[0] == 4);
	ipu_executable_destroy(other);
	ipu_pool_free(graph_machine.pool, count);
	ipu_pool_free(graph_machine.pool, second);
}

/* Memory goes from one engine to the other in the order of the calls. */
static void test_engines(void **state)
{
	const struct ipu_engine_options options = { .size = sizeof(options), .tiles = TILES };
	struct ipu_executable *first = test_doubling(5000, TILES), *second;
	struct ipu_engine *engine = graph_machine.engine, *other;
	float *x = ipu_pool_alloc(graph_machine.pool, 20000),
	      *y = ipu_pool_alloc(graph_machine.pool, 20000);

	(void)state;
	assert_ok(ipu_engine_create(graph_machine.pool, &options, &other));
	graph_machine.engine = other;
	second = test_doubling(5000, TILES);
	graph_machine.engine = engine;
	for (uint32_t i = 0; i < 5000; i++)
		x[i] = 1;
	for (uint32_t i = 0; i < 10; i++) {
		assert_ok(ipu_execute(first, (void *[]){ x, y }));
		assert_ok(ipu_execute(second, (void *[]){ y, x }));
	}
	assert_ok(ipu_pool_wait(graph_machine.pool));
	assert_true(x[0] == 1048576 && x[4999] == 1048576);
	ipu_engine_destroy(other);
	ipu_executable_destroy(first);
	ipu_pool_free(graph_machine.pool, x);
	ipu_pool_free(graph_machine.pool, y);
}

/* ---- Faults --------------------------------------------------------------- */

/* An index that is outside is only known when it runs. */
static void check_faults(void)
{
	struct ipu_graph *graph = test_graph();
	const uint32_t table = ipu_graph_tensor(graph, "table", IPU_F32, 2,
						(const uint32_t[]){ 10, 4 }, IPU_GRAPH_IN);
	const uint32_t index = test_vector(graph, "index", IPU_I32, 3, IPU_GRAPH_IN);
	const uint32_t to = ipu_graph_tensor(graph, "to", IPU_F32, 2, (const uint32_t[]){ 3, 4 },
					     IPU_GRAPH_OUT);
	struct ipu_executable *exe;
	int32_t *numbers = ipu_pool_alloc(graph_machine.pool, 12);
	float rows[40], *got = ipu_pool_alloc(graph_machine.pool, 48);

	assert_ok(ipu_graph_embedding(graph, to, table, index));
	exe = test_compile(graph, 0);
	for (uint32_t i = 0; i < 40; i++)
		rows[i] = (float)i;
	memcpy(numbers, (const int32_t[]){ 9, 0, 10 }, 12);
	/* More than a driver forgives one context. */
	for (uint32_t i = 0; i < 5; i++) {
		numbers[2] = 10;
		assert_ok(ipu_execute(exe, (void *[]){ rows, numbers, got }));
		assert_fails(ipu_engine_wait(graph_machine.engine), -EIO, "the test: embedding: ");
		numbers[2] = 5;
		test_run(exe, (void *[]){ rows, numbers, got });
		assert_true(got[0] == 36 && got[11] == 23);
	}
	ipu_executable_destroy(exe);
	ipu_pool_free(graph_machine.pool, numbers);
	ipu_pool_free(graph_machine.pool, got);
}

static void test_fault(void **state)
{
	(void)state;
	check_faults();
}

/* With jobs by a user queue, before a failure and after it, all is the same. */
static void test_user_queue(void **state)
{
	const struct ipu_engine_options options = {
		.size = sizeof(options),
		.tiles = TILES,
		.flags = IPU_CONTEXT_USER_QUEUE,
	};
	const struct ipu_engine_options wrong = { .size = sizeof(wrong), .flags = 2 };
	struct ipu_submission how = { .size = sizeof(how) }, small = { .size = 4 };
	struct ipu_engine *engine = graph_machine.engine, *other;

	(void)state;
	assert_fails(ipu_engine_create(graph_machine.pool, &wrong, &other), -EINVAL,
		     "unknown flags, 0x2");
	assert_ok(ipu_engine_get_submission(engine, &how));
	assert_true(!how.user_queue && !how.jobs);
	assert_ok(ipu_engine_create(graph_machine.pool, &options, &other));
	graph_machine.engine = other;
	for (int i = 0; i < 2; i++) {
		struct ipu_executable *exe = test_doubling(5, TILES);
		float x[5] = { 1, 2, 3, 4, 5 }, y[5];
		uint64_t before;

		assert_ok(ipu_engine_get_submission(other, &how));
		before = how.jobs;
		assert_true(how.user_queue && before);
		test_run(exe, (void *[]){ x, y });
		assert_true(y[4] == 10);
		ipu_executable_destroy(exe);
		assert_ok(ipu_engine_get_submission(other, &how));
		assert_true(how.user_queue && how.jobs > before);
		check_faults();
	}
	assert_fails(ipu_engine_get_submission(other, &small), -EINVAL,
		     "sizeof(struct ipu_submission)");
	ipu_engine_destroy(other);
	graph_machine.engine = engine;
}

static void test_fork(void **state)
{
	struct ipu_submission how = { .size = sizeof(how) };
	struct ipu_executable *exe = test_doubling(5, TILES);
	float x[5] = { 1 }, y[5];
	int status;
	pid_t child = fork();

	(void)state;
	if (!child) {
		const bool good = ipu_execute(exe, (void *[]){ x, y }) == -EPERM &&
				  ipu_engine_wait(graph_machine.engine) == -EPERM &&
				  ipu_engine_get_submission(graph_machine.engine, &how) == -EPERM &&
				  !ipu_pool_alloc(graph_machine.pool, 100);

		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	test_run(exe, (void *[]){ x, y });
	ipu_executable_destroy(exe);
}

int lib_test_graph_run(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tiles),	cmocka_unit_test(test_given),
		cmocka_unit_test(test_wide),	cmocka_unit_test(test_many),
		cmocka_unit_test(test_steps),	cmocka_unit_test(test_many_inputs),
		cmocka_unit_test(test_profile), cmocka_unit_test(test_observer),
		cmocka_unit_test(test_keep),	cmocka_unit_test(test_engines),
		cmocka_unit_test(test_fault),	cmocka_unit_test(test_user_queue),
		cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests_name("libipu graphs: running", tests, graph_setup,
					   graph_teardown);
}
