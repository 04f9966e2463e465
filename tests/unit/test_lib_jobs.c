// SPDX-License-Identifier: MIT
/* How many jobs inputs, runs and outputs take, and that nothing overtakes what waits. */
#include <errno.h>
#include <stdlib.h>

#include <ipu_debug.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define TILES 3
#define MOST 8
#define DATA_AT (IPU_SRAM_BASE + 0x1000)
#define X_AT (DATA_AT + 0x100)
#define Y_AT (DATA_AT + 0x200)

/* y[0] = x[0] + 1; y has as many rows as x. The first tile traps if x[0] is its trap. */
#define TRAP 77

static struct ipu_program *make_increment(void)
{
	const uint32_t code[] = {
		asm_lui(T0, DATA_AT), asm_lw(T1, T0, 0x100), asm_addi(T2, ZERO, TRAP),
		0x00731463, /* bne t1, t2, +8 */
		asm_trap(T1),	      asm_addi(T1, T1, 1),   asm_sw(T1, T0, 0x200),
		asm_lw(T1, T0, 0),    asm_sw(T1, T0, 4),     asm_exit(ZERO),
	};
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code, .file_bytes = sizeof(code) },
			{ .addr = DATA_AT, .bytes = 16 },
		},
		.tensors = {
			make_tensor("x", IPU_U32, IPU_TENSOR_IN, IPU_SHARDED, MOST, 1, X_AT, DATA_AT),
			make_tensor("w", IPU_U32, IPU_TENSOR_IN, IPU_BROADCAST, MOST, 1,
				    DATA_AT + 0x300, DATA_AT + 8),
			make_tensor("y", IPU_U32, IPU_TENSOR_OUT, IPU_SHARDED, MOST, 1, Y_AT,
				    DATA_AT + 4),
		},
		.tensor_count = 3,
	};

	return make_program(&make);
}

struct bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *probe;
	uint64_t last;
};

static struct bench begin(void)
{
	struct bench b = { .dev = lib_open_sim(TILES) };
	struct ipu_program *prog = make_increment();

	b.ctx = lib_make_context(b.dev, TILES);
	assert_ok(ipu_load(b.ctx, prog));
	ipu_program_close(prog);
	assert_ok(ipu_cmds_create(b.ctx, 1, &b.probe));
	assert_ok(ipu_cmds_fill(b.probe, 0, TILES, DATA_AT + 12, 4, 0));
	assert_ok(ipu_cmds_submit(b.probe, &b.last));
	return b;
}

static void end(struct bench *b)
{
	ipu_cmds_destroy(b->probe);
	ipu_context_destroy(b->ctx);
	ipu_close(b->dev);
}

/* Jobs since the last time, by the number that the next one gets. */
static uint64_t jobs(struct bench *b)
{
	uint64_t before = b->last;

	assert_ok(ipu_cmds_submit(b->probe, &b->last));
	return b->last - before - 1;
}

static void set(struct bench *b, const char *name, const uint32_t *data, uint64_t rows)
{
	assert_ok(ipu_tensor_set(b->ctx, name, data, rows * sizeof(*data), rows));
}

static void check_output(struct bench *b, uint32_t first, uint64_t want)
{
	uint32_t out[TILES * MOST];
	uint64_t rows;

	assert_ok(ipu_tensor_rows(b->ctx, "y", &rows));
	assert_int_equal(rows, want);
	assert_ok(ipu_tensor_get(b->ctx, "y", out, sizeof(out), &rows));
	assert_int_equal(rows, want);
	assert_int_equal(out[0], first + 1);
}

/* Whatever the rows; when there are more than last time the outputs need jobs of their own. */
static void test_one_job(void **state)
{
	static const struct {
		uint64_t rows, jobs;
	} rounds[] = { { 3, 1 }, { 3, 1 }, { 2, 1 }, { 24, 2 }, { 24, 1 }, { 1, 1 } };
	struct bench b = begin();
	uint32_t in[TILES * MOST] = { 5 };

	(void)state;
	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		in[0] = (uint32_t)i;
		set(&b, "x", in, rounds[i].rows);
		set(&b, "w", in, 4);
		assert_ok(ipu_run(b.ctx, NULL));
		check_output(&b, in[0], rounds[i].rows);
		assert_int_equal(jobs(&b), rounds[i].jobs);
	}
	end(&b);
}

/* An output that is not read is not copied; it is there when it is asked for after all. */
static void test_unread(void **state)
{
	struct bench b = begin();
	const uint32_t in[3] = { 1, 2, 3 };

	(void)state;
	set(&b, "x", in, 3);
	for (int i = 0; i < 3; i++)
		assert_ok(ipu_run(b.ctx, NULL));
	assert_int_equal(jobs(&b), 3);
	assert_ok(ipu_run(b.ctx, NULL));
	check_output(&b, 1, 3);
	assert_int_equal(jobs(&b), 1 + 3);
	assert_ok(ipu_run(b.ctx, NULL));
	check_output(&b, 1, 3);
	assert_int_equal(jobs(&b), 1);
	end(&b);
}

/* A job of the user's own sees what was set, and what it changes is seen. */
static void test_order(void **state)
{
	struct bench b = begin();
	const uint32_t in[3] = { 10, 20, 30 };
	struct ipu_cmds *cmds;
	uint32_t out[TILES * MOST];
	uint64_t seqno;

	(void)state;
	assert_ok(ipu_cmds_create(b.ctx, 1, &cmds));
	assert_ok(ipu_cmds_fill(cmds, 0, 1, X_AT, 4, 50));
	set(&b, "x", in, 3);
	assert_ok(ipu_cmds_submit(cmds, &seqno));
	assert_ok(ipu_run(b.ctx, NULL));
	assert_ok(ipu_tensor_get(b.ctx, "y", out, sizeof(out), NULL));
	assert_int_equal(out[0], 51);
	assert_int_equal(out[1], 21);

	ipu_cmds_destroy(cmds);
	assert_ok(ipu_cmds_create(b.ctx, 1, &cmds));
	assert_ok(ipu_cmds_fill(cmds, 0, 1, Y_AT, 4, 99));
	assert_ok(ipu_cmds_submit(cmds, &seqno));
	assert_ok(ipu_tensor_get(b.ctx, "y", out, sizeof(out), NULL));
	assert_int_equal(out[0], 99);
	ipu_cmds_destroy(cmds);
	end(&b);
}

/* A debugger sees an input before anything runs. */
static void test_debugged(void **state)
{
	struct bench b = begin();
	const uint32_t in[3] = { 10, 20, 30 };
	uint32_t seen = 0;

	(void)state;
	set(&b, "x", in, 3);
	assert_ok(ipu_debug_attach(b.ctx, IPU_DEBUG_STOP_AT_START));
	assert_ok(ipu_run_start(b.ctx));
	assert_ok(ipu_debug_wait(b.ctx, -1, NULL));
	assert_ok(ipu_debug_read_mem(b.ctx, 1, X_AT, &seen, sizeof(seen)));
	assert_int_equal(seen, 20);
	assert_ok(ipu_debug_detach(b.ctx));
	assert_ok(ipu_run_wait(b.ctx, -1, NULL));
	check_output(&b, 10, 3);
	end(&b);
}

/* A run that faults has no outputs, not even those of the run before; a load is a new start. */
static void test_fault(void **state)
{
	struct bench b = begin();
	uint32_t in[3] = { 10, 20, 30 }, out[TILES * MOST];
	struct ipu_program *prog = make_increment();

	(void)state;
	set(&b, "x", in, 3);
	assert_ok(ipu_run(b.ctx, NULL));
	in[0] = TRAP;
	set(&b, "x", in, 3);
	assert_fails(ipu_run(b.ctx, NULL), -EIO, "trap");
	assert_fails(ipu_tensor_get(b.ctx, "y", out, sizeof(out), NULL), -EINVAL, "has faulted");
	assert_ok(ipu_load(b.ctx, prog));
	in[0] = 5;
	set(&b, "x", in, 3);
	assert_ok(ipu_run(b.ctx, NULL));
	check_output(&b, 5, 3);
	/* What waits belongs to the program that was loaded. */
	in[0] = TRAP;
	set(&b, "x", in, 3);
	assert_ok(ipu_load(b.ctx, prog));
	assert_ok(ipu_run(b.ctx, NULL));
	ipu_program_close(prog);
	end(&b);
}

/* Hundreds of inputs, more than a list of commands holds, and more than the buffer at first. */
static void test_many(void **state)
{
	struct bench b = begin();
	uint32_t in[TILES * MOST];

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		for (uint32_t j = 0; j < TILES * MOST; j++)
			in[j] = i + j;
		set(&b, i % 2 ? "w" : "x", in, i % MOST + 1);
	}
	set(&b, "x", in, TILES * MOST);
	assert_ok(ipu_run(b.ctx, NULL));
	check_output(&b, in[0], TILES * MOST);
	end(&b);
}

int lib_test_jobs(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_job), cmocka_unit_test(test_unread),
		cmocka_unit_test(test_order),	cmocka_unit_test(test_debugged),
		cmocka_unit_test(test_fault),	cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests_name("jobs", tests, NULL, NULL);
}
