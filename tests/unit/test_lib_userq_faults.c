// SPDX-License-Identifier: MIT
/*
 * Jobs of a user queue that fail, and what becomes of those behind them. On the simulator, or on
 * the card that $IPU_DEVICE names, and then also what only a card has: other processes, and a
 * reset.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_userq.h"

/* Each job ends as it should, whichever is waited for first, and only faults have a record. */
static void test_faults(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct uq_bench b = uq_begin();
	uint64_t job[8];

	(void)state;
	assert_fails(ipu_get_fault(b.ctx, 0, &fault), -ENODATA, "No job of this context");
	for (int i = 0; i < 8; i++)
		job[i] = uq_submit(i % 3 == 1 ? b.bad : b.good);
	for (int i = 7; i >= 0; i--) {
		if (i % 3 == 1) {
			assert_fails(ipu_wait(b.ctx, job[i], -1), -EIO, "Fault");
			assert_ok(ipu_get_fault(b.ctx, job[i], &fault));
			assert_int_equal(fault.seqno, job[i]);
			assert_int_equal(fault.cause, IPU_FAULT_BAD_FIELD);
		} else {
			assert_ok(ipu_wait(b.ctx, job[i], -1));
			assert_fails(ipu_get_fault(b.ctx, job[i], &fault), -ENODATA,
				     "did not fault");
		}
	}
	assert_ok(ipu_get_fault(b.ctx, 0, &fault));
	assert_int_equal(fault.seqno, job[7]);
	assert_int_equal(uq_submission(b.ctx).restarts, 3);
	uq_end(&b);
}

/* More than are remembered: of an older job it is said that nobody knows. */
static void test_forgotten(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct uq_bench b;
	uint64_t seqno = 0;

	(void)state;
	/* It would fill the kernel's log. */
	if (uq_on_card())
		skip();
	b = uq_begin();
	uq_check_works(&b);
	for (int i = 0; i < 1025; i++) {
		seqno = uq_submit(b.bad);
		assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
	}
	assert_fails(ipu_wait(b.ctx, 1, -1), -ENODATA, "not known any more how");
	assert_fails(ipu_wait(b.ctx, 2, -1), -ENODATA, "not known any more how");
	assert_fails(ipu_wait(b.ctx, 3, -1), -EIO, "no longer on record");
	assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
	assert_ok(ipu_get_fault(b.ctx, seqno - 15, &fault));
	assert_fails(ipu_get_fault(b.ctx, seqno - 16, &fault), -ENODATA, "too long ago");
	uq_check_works(&b);
	uq_end(&b);
}

/* FENCEs of lists, whose values say nothing of jobs. */
static void test_own_fences(void **state)
{
	static const uint64_t values[] = { UINT64_MAX, 0, 1000 };
	struct uq_bench b = uq_begin_slow();
	uint64_t va, seqno[3], loop;
	struct ipu_bo *bo = uq_make_fences(&b, values, 3, &va);

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_ok(ipu_submit(b.ctx, va, 1 + i, &seqno[i]));
	loop = uq_submit(b.loop);
	assert_fails(ipu_wait(b.ctx, loop, 10000000), -ETIME, "still running");
	for (uint32_t i = 0; i < 3; i++)
		assert_ok(ipu_wait(b.ctx, seqno[i], -1));
	assert_fails(ipu_wait(b.ctx, loop, -1), -ETIMEDOUT, "took too long");
	ipu_bo_destroy(bo);
	uq_end(&b);
}

/* The queue's value says that the job is complete, and its list faults after that. */
static void test_fence_fault(void **state)
{
	static const uint64_t values[] = { UINT64_MAX, 1000000 };
	struct uq_bench b = uq_begin();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t va, seqno;
		struct ipu_bo *bo = uq_make_fences(&b, values + i, 1, &va);

		assert_ok(ipu_submit(b.ctx, va, 2, &seqno));
		assert_fails(ipu_wait(b.ctx, seqno, 60000000000), -EIO, "Fault");
		uq_check_works(&b);
		assert_ok(ipu_submit(b.ctx, va, 2, &seqno));
		for (uint32_t n = 1; n < UQ_ROOM; n++)
			uq_submit(b.good);
		assert_ok(ipu_wait(b.ctx, uq_submit_until_room(&b), -1));
		assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
		ipu_bo_destroy(bo);
	}
	assert_int_equal(uq_submission(b.ctx).restarts, 4);
	uq_end(&b);
}

/* Jobs whose instructions are not in the trace have failed. */
static void test_trace(void **state)
{
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *cmds;

	(void)state;
	assert_ok(ipu_open("sim:tiles=2,trace=/dev/full", &dev));
	ctx = uq_make_context(dev, UQ_WATCHDOG_MS);
	cmds = uq_make_run(ctx, asm_exit(ZERO));
	assert_fails(ipu_wait(ctx, uq_submit(cmds), -1), -ENOSPC,
		     "Cannot write the trace to /dev/full: No space");
	ipu_cmds_destroy(cmds);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* A transport that has no memory for a queue for a while. */
static const struct ipu_transport *whole;
static int refusals;

static int refuse_some(struct ipu_device *dev, uint32_t ctx, uint64_t va, uint32_t count,
		       struct ipu_doorbell *bell)
{
	if (refusals) {
		refusals--;
		return -ENOMEM;
	}
	return whole->userq_create(dev, ctx, va, count, bell);
}

/* No job is lost when a queue cannot be made anew at once. */
static void test_no_memory(void **state)
{
	struct uq_bench b = uq_begin();
	struct ipu_transport short_of = *b.dev->ops;
	uint64_t bad, seqno;

	(void)state;
	whole = b.dev->ops;
	refusals = 5;
	short_of.userq_create = refuse_some;
	b.dev->ops = &short_of;
	bad = uq_submit(b.bad);
	seqno = uq_submit(b.good);
	assert_fails(ipu_wait(b.ctx, bad, -1), -EIO, "Fault");
	assert_int_equal(refusals, 4);
	assert_fails(ipu_wait(b.ctx, seqno, 0), -ETIME, "still running");
	assert_ok(ipu_wait(b.ctx, seqno, -1));
	assert_int_equal(refusals, 0);
	uq_check_works(&b);
	assert_int_equal(uq_submission(b.ctx).restarts, 1);
	b.dev->ops = whole;
	uq_end(&b);
}

/* A context that ends with jobs of its queue under way, and the next one in its place. */
static void test_destroyed(void **state)
{
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = 1,
		.tile_addr = UQ_ADDR,
		.bytes = 4,
		.value = 0x0000006f, /* a jump to itself */
	};
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_count = 1,
		.entry = UQ_ADDR,
		.sp = IPU_SRAM_BASE + 0x4000,
	};
	struct ipu_device *dev = uq_open_device();
	struct ipu_context *ctx = uq_make_context(dev, 600000);
	struct ipu_bo *bo;
	uint64_t va, seqno;

	(void)state;
	assert_ok(ipu_bo_create(dev, 4096, &bo));
	assert_ok(ipu_bo_map(ctx, bo, IPU_BO_READ, &va));
	memcpy(ipu_bo_data(bo), &fill, sizeof(fill));
	memcpy((char *)ipu_bo_data(bo) + IPU_CMD_SIZE, &run, sizeof(run));
	assert_ok(ipu_submit(ctx, va, 2, &seqno));
	assert_ok(ipu_submit(ctx, va, 1, &seqno));
	assert_fails(ipu_wait(ctx, seqno, 1000000), -ETIME, "still running");
	ipu_context_destroy(ctx);
	ctx = uq_make_context(dev, UQ_WATCHDOG_MS);
	assert_int_equal(uq_submission(ctx).jobs, 0);
	assert_ok(ipu_bo_map(ctx, bo, IPU_BO_READ, &va));
	assert_ok(ipu_submit(ctx, va, 1, &seqno));
	assert_ok(ipu_wait(ctx, seqno, -1));
	ipu_context_destroy(ctx);
	ipu_bo_destroy(bo);
	ipu_close(dev);
}

/* ---- With a card ---- */

/* A process that sends the card whatever it likes, and then never ends. */
static void misbehave(void)
{
	struct uq_bench b = uq_begin_with(UINT32_MAX);
	uint32_t seed = 1, *word;
	struct ipu_bo *bo;
	uint64_t va, seqno;

	assert_ok(ipu_bo_create(b.dev, 4096, &bo));
	assert_ok(ipu_bo_map(b.ctx, bo, IPU_BO_WRITE, &va));
	word = ipu_bo_data(bo);
	for (int round = 0; round < 30; round++) {
		for (uint32_t i = 0; i < 1024; i++) {
			seed = seed * 1664525 + 1013904223;
			word[i] = i % 16 ? seed >> seed % 32 : seed >> 29;
		}
		/* A run of garbage may have no end, and no limit. */
		for (uint32_t i = 0; i < 1024; i += 16)
			word[i] = word[i] == IPU_CMD_RUN ? IPU_CMD_NOP : word[i];
		assert_ok(ipu_submit(b.ctx, va, 64, &seqno));
		ipu_wait(b.ctx, seqno, -1);
	}
	uq_submit(b.loop);
	pause();
}

/* Others have nothing of that, neither while it lasts nor when it is killed. */
static void test_processes(void **state)
{
	struct uq_bench b;
	int status;
	pid_t pid;

	(void)state;
	if (!uq_on_card())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		misbehave();
		_exit(1);
	}
	b = uq_begin();
	for (int i = 0; i < 300; i++) {
		uq_check_works(&b);
		usleep(5000);
	}
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	uq_check_works(&b);
	assert_int_equal(uq_submission(b.ctx).restarts, 0);
	uq_end(&b);
}

static void reset_card(void)
{
	int fd = open("/sys/class/accel/accel0/device/reset", O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
}

/* All that was under way is lost, and is told so; a new context works. */
static void test_reset(void **state)
{
	struct uq_bench b;
	uint64_t loop, seqno;

	(void)state;
	if (!uq_on_card())
		skip();
	b = uq_begin_with(600000);
	uq_check_works(&b);
	loop = uq_submit(b.loop);
	for (int i = 0; i < 4; i++)
		seqno = uq_submit(b.good);
	reset_card();
	assert_fails(ipu_wait(b.ctx, loop, -1), -EIO,
		     "cannot finish job 2, one of the 5 from 2 on: the context is lost");
	assert_fails(ipu_wait(b.ctx, seqno, 0), -EIO, "job 6, one of the 5 from 2 on");
	assert_ok(ipu_wait(b.ctx, 1, 0));
	assert_fails(ipu_cmds_submit(b.good, &seqno), -EIO, "the card was reset");
	uq_end(&b);
	b = uq_begin();
	uq_check_works(&b);
	uq_end(&b);
}

int lib_test_userq_faults(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),	   cmocka_unit_test(test_forgotten),
		cmocka_unit_test(test_own_fences), cmocka_unit_test(test_fence_fault),
		cmocka_unit_test(test_trace),	   cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_destroyed),  cmocka_unit_test(test_processes),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests_name("user queue: failures", tests, NULL, NULL);
}
