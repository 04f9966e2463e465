// SPDX-License-Identifier: MIT
/* What ipu.h promises about threads. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define THREADS 6
#define ROUNDS 40
#define ROWS_AT (IPU_SRAM_BASE + 0x100)
#define DATA_AT (IPU_SRAM_BASE + 0x200)

/**
 * struct worker - a thread, and what it found
 * @number: which one it is
 * @dev: shared, or NULL
 * @ctx: shared, or NULL
 * @prog: shared
 * @wrong: the first thing that was not as it should be; cmocka's own checks are
 *	for the main thread alone
 */
struct worker {
	pthread_t thread;
	uint32_t number;
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_program *prog;
	char wrong[256];
};

#define CHECK(w, condition)                                                                        \
	do {                                                                                       \
		if (!(condition) && !(w)->wrong[0])                                                \
			snprintf((w)->wrong, sizeof((w)->wrong), "line %d: %s (%.150s)", __LINE__, \
				 #condition, ipu_error());                                         \
	} while (0)

static void run_workers(struct worker *workers, void *(*body)(void *))
{
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i].number = i;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, body, &workers[i]), 0);
	}
	for (uint32_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
	for (uint32_t i = 0; i < THREADS; i++)
		if (workers[i].wrong[0])
			fail_msg("thread %u: %s", i, workers[i].wrong);
}

/* y = x + x, for one row of a tile; faults when x is negative. */
static struct ipu_program *make_double(void)
{
	const uint32_t code[] = {
		asm_lui(T0, DATA_AT),  asm_addi(T0, T0, asm_low(DATA_AT)),
		asm_lw(T1, T0, 0),     0x00035463, /* bgez t1, +8 */
		asm_trap(T1),	       0x00630333, /* add t1, t1, t1 */
		asm_sw(T1, T0, 0x100), asm_exit(ZERO),
	};
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
		},
		.tensors = {
			make_tensor("x", IPU_I32, IPU_TENSOR_IN, IPU_SHARDED, 1, 1, DATA_AT, ROWS_AT),
			make_tensor("y", IPU_I32, IPU_TENSOR_OUT, IPU_SHARDED, 1, 1, DATA_AT + 0x100,
				    ROWS_AT + 4),
		},
		.tensor_count = 2,
		.symbol = "twice",
	};

	return make_program(&make);
}

/* A context of its own on a shared device, with faults in between. */
static void *use_own_context(void *arg)
{
	struct worker *w = arg;
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = 2 };
	int32_t x[2], y[2];

	for (int round = 0; round < ROUNDS; round++) {
		struct ipu_context *ctx;
		bool faults = round % 3 == 2;
		int err;

		CHECK(w, !ipu_context_create(w->dev, &options, &ctx));
		if (!ctx)
			break;
		x[0] = (int32_t)w->number * 1000 + round;
		x[1] = faults ? -1 : 5;
		CHECK(w, !ipu_load(ctx, w->prog));
		CHECK(w, !ipu_tensor_set(ctx, "x", x, sizeof(x), 2));
		err = ipu_run(ctx, NULL);
		if (faults) {
			CHECK(w, err == -EIO && strstr(ipu_error(), "tile 1, supervisor"));
		} else {
			CHECK(w, !err);
			CHECK(w, !ipu_tensor_get(ctx, "y", y, sizeof(y), NULL));
			CHECK(w, y[0] == 2 * x[0] && y[1] == 10);
		}
		ipu_context_destroy(ctx);
	}
	return NULL;
}

static void test_one_device(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct ipu_device *dev = lib_open_sim(2 * THREADS);
	struct ipu_usage usage = { .size = sizeof(usage) };
	struct ipu_program *prog = make_double();

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		workers[i].dev = dev;
		workers[i].prog = prog;
	}
	run_workers(workers, use_own_context);
	assert_ok(ipu_get_usage(dev, &usage));
	assert_int_equal(usage.contexts, 0);
	assert_int_equal(usage.resets, THREADS * (ROUNDS / 3));
	ipu_program_close(prog);
	ipu_close(dev);
}

/* One context for all: each call is atomic, though not a sequence of calls. */
static void *use_shared_context(void *arg)
{
	struct worker *w = arg;
	int32_t x[4], y[4];

	for (int round = 0; round < ROUNDS; round++) {
		uint64_t rows = 0;
		int err;

		for (int i = 0; i < 4; i++)
			x[i] = (int32_t)w->number;
		err = ipu_tensor_set(w->ctx, "x", x, sizeof(x), 4);
		CHECK(w, !err || err == -EBUSY);
		err = ipu_run(w->ctx, NULL);
		CHECK(w, !err || err == -EBUSY);
		err = ipu_tensor_get(w->ctx, "y", y, sizeof(y), &rows);
		CHECK(w, !err || err == -EBUSY);
		if (err)
			continue;
		/* Of one thread, all of it; or what was there before the first run. */
		CHECK(w, rows == 4 || rows == 0);
		for (int i = 0; rows && i < 4; i++)
			CHECK(w, y[i] == y[0] && y[i] % 2 == 0 && y[i] < 2 * THREADS);
	}
	return NULL;
}

static void test_one_context(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct ipu_device *dev = lib_open_sim(4);
	struct ipu_context *ctx = lib_make_context(dev, 4);
	struct ipu_program *prog = make_double();

	(void)state;
	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	for (int i = 0; i < THREADS; i++)
		workers[i].ctx = ctx;
	run_workers(workers, use_shared_context);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void *use_own_device(void *arg)
{
	struct worker *w = arg;
	const struct ipu_sim_options options = {
		.size = sizeof(options),
		.tiles = w->number + 1,
		.threads = 1,
	};
	struct ipu_info info = { .size = sizeof(info) };
	char name[32];

	snprintf(name, sizeof(name), "nonsense-%u", w->number);
	for (int round = 0; round < ROUNDS / 4; round++) {
		struct ipu_device *dev, *none;

		CHECK(w, !ipu_open_sim(&options, &dev));
		CHECK(w, ipu_open(name, &none) == -EINVAL);
		CHECK(w, !ipu_get_info(dev, &info) && info.tiles == w->number + 1);
		/* The message is this thread's own. */
		CHECK(w, strstr(ipu_error(), name));
		ipu_close(dev);
	}
	return NULL;
}

static void test_many_devices(void **state)
{
	struct worker workers[THREADS] = { 0 };

	(void)state;
	run_workers(workers, use_own_device);
}

/* A program's debug information is looked up by several threads at once. */
static void *look_up_source(void *arg)
{
	struct worker *w = arg;
	struct ipu_source source = { .size = sizeof(source) };

	for (int round = 0; round < ROUNDS * 10; round++) {
		CHECK(w, !ipu_program_source(w->prog, IPU_SRAM_BASE + 4, &source));
		CHECK(w, !strcmp(source.function, "twice") && source.offset == 4);
	}
	return NULL;
}

static void test_one_program(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct ipu_program *prog = make_double();

	(void)state;
	for (int i = 0; i < THREADS; i++)
		workers[i].prog = prog;
	run_workers(workers, look_up_source);
	ipu_program_close(prog);
}

static void *wait_for_run(void *arg)
{
	struct worker *w = arg;

	w->number = (uint32_t)-ipu_run_wait(w->ctx, -1, NULL);
	return NULL;
}

/* Of several threads that wait for a run one gets its report, and all return. */
static void test_waiting(void **state)
{
	static const uint32_t code[] = { 0x0000006f };
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = 1,
		.watchdog_ms = 100,
	};
	struct worker workers[THREADS] = { 0 };
	struct ipu_program *prog = make_code(code, 1);
	struct ipu_device *dev = lib_open_sim(1);
	struct ipu_context *ctx;
	unsigned int first = 0;

	(void)state;
	assert_ok(ipu_context_create(dev, &options, &ctx));
	assert_ok(ipu_load(ctx, prog));
	assert_ok(ipu_run_start(ctx));
	for (int i = 0; i < THREADS; i++)
		workers[i].ctx = ctx;
	run_workers(workers, wait_for_run);
	for (int i = 0; i < THREADS; i++) {
		assert_true(workers[i].number == ETIMEDOUT || workers[i].number == EINVAL);
		first += workers[i].number == ETIMEDOUT;
	}
	assert_int_equal(first, 1);
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

int lib_test_threads(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_device),   cmocka_unit_test(test_one_context),
		cmocka_unit_test(test_many_devices), cmocka_unit_test(test_one_program),
		cmocka_unit_test(test_waiting),
	};

	return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
