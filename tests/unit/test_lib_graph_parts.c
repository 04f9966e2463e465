// SPDX-License-Identifier: MIT
/* Graphs whose tables do not all fit beside each other. */
#include <errno.h>
#include <stdlib.h>

#include "lib_graph.h"

#include <ipu_profile.h>

#define SIDE 192
#define TURNS 61

/* y = x with its columns moved by @turns, in so many products, and then doubled. */
static struct ipu_executable *turning(uint32_t turns, bool profile)
{
	const struct ipu_compile_options options = { .size = sizeof(options), .profile = profile };
	const uint32_t shape[] = { SIDE, SIDE };
	struct ipu_graph *graph = test_graph();
	uint32_t turn = ipu_graph_tensor(graph, "turn", IPU_F32, 2, shape,
					 IPU_GRAPH_IN | IPU_GRAPH_OUT | IPU_GRAPH_KEEP);
	uint32_t x = ipu_graph_tensor(graph, "x", IPU_F32, 2, shape, IPU_GRAPH_IN), y;
	struct ipu_executable *exe;

	for (uint32_t i = 0; i <= turns; i++, x = y) {
		y = ipu_graph_tensor(graph, NULL, IPU_F32, 2, shape,
				     i == turns ? IPU_GRAPH_OUT : 0);
		if (i == turns)
			test_map(graph, IPU_MAP_ADD, y, x, x);
		else
			assert_ok(ipu_graph_matmul(graph, y, x, turn, 0));
	}
	assert_ok(ipu_compile(graph_machine.engine, graph, &options, &exe));
	ipu_graph_destroy(graph);
	return exe;
}

static void check_turned(struct ipu_executable *exe, uint32_t turns, float *turn)
{
	float *x = calloc(SIDE * SIDE, sizeof(*x)), *y = calloc(SIDE * SIDE, sizeof(*y));

	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		x[i] = (float)i;
	test_run(exe, (void *[]){ turn, x, y });
	for (uint32_t i = 0; i < SIDE * SIDE; i++)
		assert_true(y[i / SIDE * SIDE + (i + turns) % SIDE] == (float)(2 * i));
	free(x);
	free(y);
}

static void fill_turn(float *turn)
{
	for (uint32_t i = 0; i < SIDE; i++)
		for (uint32_t k = 0; k < SIDE; k++)
			turn[i * SIDE + k] = k == (i + 1) % SIDE;
}

static uint32_t table_bytes(struct ipu_executable *exe)
{
	struct ipu_executable_info info = { .size = sizeof(info) };

	assert_ok(ipu_executable_get_info(exe, &info));
	return info.table_bytes;
}

/* More tables than fit: operations are made and run in parts, which others do not disturb. */
static void test_parts(void **state)
{
	float *turn = ipu_pool_alloc(graph_machine.pool, SIDE * SIDE * sizeof(*turn));
	struct ipu_executable_info info = { .size = sizeof(info) };
	struct ipu_executable *exe, *other, *noted;
	float one = 1, two = 0;

	(void)state;
	fill_turn(turn);
	exe = turning(TURNS, false);
	other = test_doubling(1, TILES);
	for (uint32_t i = 0; i < 3; i++) {
		check_turned(exe, TURNS, turn);
		test_run(other, (void *[]){ &one, &two });
		assert_true(two == 2);
	}
	assert_ok(ipu_executable_get_info(exe, &info));
	assert_int_equal(info.runs, 3);
	assert_true(info.table_bytes < 120 * 1024);
	/* After a failure, which takes all that was made. */
	test_refuse_shapes();
	check_turned(exe, TURNS, turn);
	ipu_executable_destroy(other);
	noted = turning(TURNS, true);
	check_turned(noted, TURNS, turn);
	for (uint32_t i = 0; i <= TURNS; i++) {
		struct ipu_executable_op op = { .size = sizeof(op) };

		assert_ok(ipu_executable_get_op(noted, i, &op));
		assert_true(op.cycles > 100 && op.cycles < 1000000);
	}
	check_turned(exe, TURNS, turn);
	ipu_executable_destroy(exe);
	ipu_executable_destroy(noted);
	ipu_pool_free(graph_machine.pool, turn);
}

/* What was made in parts because of another one is made as one when that does not run any more. */
static void test_crowded(void **state)
{
	enum { SOME = 30, OTHER = 31 };
	float *turn = ipu_pool_alloc(graph_machine.pool, SIDE * SIDE * sizeof(*turn));
	struct ipu_executable *first, *exe;
	uint32_t all;

	(void)state;
	fill_turn(turn);
	exe = turning(OTHER, false);
	all = table_bytes(exe);
	ipu_executable_destroy(exe);
	first = turning(SOME, false);
	exe = turning(OTHER, false);
	assert_true(table_bytes(first) < all && table_bytes(exe) < all * 3 / 4);
	/* In turns, they leave each other in place. */
	for (uint32_t i = 0; i < 20; i++) {
		check_turned(first, SOME, turn);
		check_turned(exe, OTHER, turn);
	}
	assert_true(table_bytes(exe) < all * 3 / 4);
	for (uint32_t i = 0; i < 20; i++)
		check_turned(exe, OTHER, turn);
	assert_int_equal(table_bytes(exe), all);
	/* Now the other one is. */
	check_turned(first, SOME, turn);
	check_turned(exe, OTHER, turn);
	ipu_executable_destroy(exe);
	check_turned(first, SOME, turn);
	assert_true(table_bytes(first) > all * 3 / 4);
	ipu_executable_destroy(first);
	ipu_pool_free(graph_machine.pool, turn);
}

/* Supersteps of a run, and of making it, if it has to be made. */
static uint64_t steps_of_run(struct ipu_executable *exe, uint32_t turns, float *turn)
{
	struct ipu_context *ctx = ipu_engine_context(graph_machine.engine);
	struct ipu_profile_totals totals = { .size = sizeof(totals) };

	assert_ok(ipu_profile_start(ctx, NULL));
	check_turned(exe, turns, turn);
	assert_ok(ipu_profile_get_totals(ctx, &totals));
	assert_ok(ipu_profile_stop(ctx));
	return totals.supersteps;
}

/* How many of @count executables do not have to be made again in a round of all. */
static uint32_t ready(struct ipu_executable *const *exe, uint32_t count, uint32_t turns,
		      float *turn, uint64_t steps)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < count; i++)
		found += steps_of_run(exe[i], turns, turn) == steps;
	return found;
}

/* Of what runs in turns, and does not all fit, some stays; and then what else is to be used. */
static void test_rounds(void **state)
{
	enum { FEW = 9, EXES = 6 };
	float *turn = ipu_pool_alloc(graph_machine.pool, SIDE * SIDE * sizeof(*turn));
	struct ipu_executable *exe[EXES];
	uint64_t steps;

	(void)state;
	fill_turn(turn);
	for (uint32_t i = 0; i < EXES; i++)
		exe[i] = turning(FEW, false);
	check_turned(exe[0], FEW, turn);
	steps = steps_of_run(exe[0], FEW, turn);
	for (uint32_t i = 0; i < 2; i++)
		ready(exe, EXES, FEW, turn, steps);
	assert_in_range(ready(exe, EXES, FEW, turn, steps), 2, EXES - 1);
	for (uint32_t i = 0; i < 2; i++)
		ready(exe + EXES - 2, 2, FEW, turn, steps);
	assert_int_equal(ready(exe + EXES - 2, 2, FEW, turn, steps), 2);
	for (uint32_t i = 0; i < EXES; i++)
		ipu_executable_destroy(exe[i]);
	ipu_pool_free(graph_machine.pool, turn);
}

/* Few operations whose tables are large: columns become rows, an element at a time. */
static void test_few_with_large_tables(void **state)
{
	enum { LONG = 3001, SHORT = 7, COPIES = 8 };
	const uint32_t from[] = { LONG, SHORT }, to[] = { SHORT, LONG };
	struct ipu_graph *graph = test_graph();
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
	exe = test_compile(graph, 0);
	for (uint32_t i = 0; i < LONG * SHORT; i++)
		in[i] = (float)i;
	test_run(exe, data);
	for (uint32_t i = 0; i < LONG * SHORT; i++)
		assert_true(out[0][i] == in[i % LONG * SHORT + i / LONG] && out[7][i] == out[0][i]);
	ipu_executable_destroy(exe);
}

int lib_test_graph_parts(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_crowded),
		cmocka_unit_test(test_rounds),
		cmocka_unit_test(test_few_with_large_tables),
	};

	return cmocka_run_group_tests_name("libipu graphs: parts", tests, graph_setup,
					   graph_teardown);
}
