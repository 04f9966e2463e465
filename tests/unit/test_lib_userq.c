// SPDX-License-Identifier: MIT
/*
 * Jobs by a user queue: that they are as those of the driver, and what is the queue's own. On
 * the simulator, or on the card that $IPU_DEVICE names, and then also what only a card has:
 * other processes, and a reset.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_test.h"

#define TILES 2
#define ROOM 511u
#define ADDR (IPU_SRAM_BASE + 0x1000)
#define WATCHDOG_MS 200
#define SLOW_WATCHDOG_MS 3000
#define THREADS 4

/* A context with a user queue, and lists: one for each of the kinds of jobs. */
struct bench {
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *good;
	struct ipu_cmds *bad;
	struct ipu_cmds *loop;
};

static bool on_card(void)
{
	return getenv("IPU_DEVICE");
}

static struct ipu_device *open_device(void)
{
	struct ipu_device *dev;

	if (!on_card())
		return lib_open_sim(TILES);
	assert_ok(ipu_open(NULL, &dev));
	return dev;
}

static struct ipu_context *make_context(struct ipu_device *dev, uint32_t watchdog_ms)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = TILES,
		.watchdog_ms = watchdog_ms,
		.flags = IPU_CONTEXT_USER_QUEUE,
	};
	struct ipu_context *ctx;

	assert_ok(ipu_context_create(dev, &options, &ctx));
	return ctx;
}

/* A list that runs one instruction. */
static struct ipu_cmds *make_run(struct ipu_context *ctx, uint32_t insn)
{
	const struct ipu_launch launch = {
		.size = sizeof(launch),
		.tile_count = 1,
		.entry = ADDR + 4,
		.sp = IPU_SRAM_BASE + 0x4000,
	};
	struct ipu_cmds *cmds;

	assert_ok(ipu_cmds_create(ctx, 2, &cmds));
	assert_ok(ipu_cmds_fill(cmds, 0, 1, ADDR + 4, 4, insn));
	assert_ok(ipu_cmds_run(cmds, &launch));
	return cmds;
}

/* A fill of one word, one of no tile, and a run of a jump to itself. */
static struct bench begin_with(uint32_t watchdog_ms)
{
	static const uint32_t jump_self = 0x0000006f;
	struct bench b = { .dev = open_device() };

	b.ctx = make_context(b.dev, watchdog_ms);
	assert_ok(ipu_cmds_create(b.ctx, 1, &b.good));
	assert_ok(ipu_cmds_fill(b.good, 0, TILES, ADDR, 4, 1));
	assert_ok(ipu_cmds_create(b.ctx, 1, &b.bad));
	assert_ok(ipu_cmds_fill(b.bad, TILES, 1, ADDR, 4, 1));
	b.loop = make_run(b.ctx, jump_self);
	return b;
}

static struct bench begin(void)
{
	return begin_with(WATCHDOG_MS);
}

/* For tests that see the loop before it is stopped, on a machine that may stand still a while. */
static struct bench begin_slow(void)
{
	return begin_with(SLOW_WATCHDOG_MS);
}

static void end(struct bench *b)
{
	ipu_cmds_destroy(b->good);
	ipu_cmds_destroy(b->bad);
	ipu_cmds_destroy(b->loop);
	ipu_context_destroy(b->ctx);
	ipu_close(b->dev);
}

static struct ipu_submission submission(struct ipu_context *ctx)
{
	struct ipu_submission now = { .size = sizeof(now) };

	assert_ok(ipu_get_submission(ctx, &now));
	return now;
}

static uint64_t submit(struct ipu_cmds *cmds)
{
	uint64_t seqno = 0;

	assert_ok(ipu_cmds_submit(cmds, &seqno));
	return seqno;
}

/* A job is over that was not to be seen: the context works. */
static void check_works(struct bench *b)
{
	assert_ok(ipu_wait(b->ctx, submit(b->good), -1));
}

static void test_told(void **state)
{
	struct bench b = begin();
	struct ipu_context_options options = { .size = sizeof(options), .tiles = 1 };
	struct ipu_submission now, small = { .size = 4 };
	struct ipu_context *other;

	(void)state;
	check_works(&b);
	now = submission(b.ctx);
	assert_true(now.user_queue && now.room == ROOM && now.jobs == 1 && !now.restarts);
	assert_string_equal(now.why_not, "");
	assert_fails(ipu_get_submission(b.ctx, &small), -EINVAL, "sizeof(struct ipu_submission)");
	end(&b);

	b.dev = open_device();
	options.flags = 2;
	assert_fails(ipu_context_create(b.dev, &options, &other), -EINVAL, "unknown flags, 0x2");
	options.flags = 0;
	assert_ok(ipu_context_create(b.dev, &options, &other));
	now = submission(other);
	assert_true(!now.user_queue && !now.jobs && now.room);
	assert_string_equal(now.why_not, "");
	ipu_context_destroy(other);
	ipu_close(b.dev);
}

static void test_linked(void **state)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.flags = IPU_CONTEXT_USER_QUEUE,
	};
	struct ipu_device *dev[2];
	struct ipu_context *ctx[2];
	struct ipu_submission now;
	uint32_t count;

	(void)state;
	assert_ok(ipu_open_linked("sim:cards=2,tiles=1,threads=1", dev, 2, &count));
	assert_ok(ipu_context_create_linked(dev, 2, &options, ctx));
	now = submission(ctx[0]);
	assert_true(!now.user_queue);
	assert_sentence(now.why_not, "is linked to others");
	for (int i = 0; i < 2; i++) {
		ipu_context_destroy(ctx[i]);
		ipu_close(dev[i]);
	}
}

/* Around the ring, with a few jobs under way at any time. */
static void test_wrap(void **state)
{
	struct bench b = begin();

	(void)state;
	for (uint64_t i = 1; i <= 3 * ROOM; i++) {
		assert_int_equal(submit(b.good), i);
		if (i % 7 == 0)
			assert_ok(ipu_wait(b.ctx, i - i % 5, -1));
	}
	assert_ok(ipu_wait(b.ctx, 3 * ROOM, -1));
	assert_ok(ipu_wait(b.ctx, 1, 0));
	assert_fails(ipu_wait(b.ctx, 3 * ROOM + 1, 0), -EINVAL, "was never submitted");
	assert_fails(ipu_wait(b.ctx, 0, 0), -EINVAL, "was never submitted");
	assert_int_equal(submission(b.ctx).jobs, 3 * ROOM);
	end(&b);
}

/* The ring is full; that its first job has failed is noticed although nobody waits for it. */
static uint64_t submit_until_room(struct bench *b)
{
	uint64_t seqno;

	for (int tries = 0; ipu_cmds_submit(b->good, &seqno); tries++) {
		assert_true(tries < 10000);
		usleep(1000);
	}
	return seqno;
}

/* The first job never ends by itself; when it has been ended there is room again. */
static void test_full(void **state)
{
	struct bench b = begin_slow();
	uint64_t seqno, first = submit(b.loop);

	(void)state;
	for (uint32_t i = 1; i < ROOM; i++)
		submit(b.good);
	assert_fails(ipu_cmds_submit(b.good, &seqno), -EDQUOT, "511 jobs of the context have not");
	assert_fails(ipu_wait(b.ctx, first, 0), -ETIME, "still running");
	assert_fails(ipu_wait(b.ctx, first + 1, 1000000), -ETIME, "still running");
	seqno = submit_until_room(&b);
	assert_ok(ipu_wait(b.ctx, seqno, -1));
	assert_fails(ipu_wait(b.ctx, first, -1), -ETIMEDOUT, "took too long");
	assert_int_equal(submission(b.ctx).restarts, 1);
	end(&b);
}

/* A wait that cannot be short sleeps, once, and one that has no time does not. */
static void test_sleeps(void **state)
{
	struct bench b = begin_slow();
	uint64_t seqno = submit(b.loop);

	(void)state;
	assert_fails(ipu_wait(b.ctx, seqno, 0), -ETIME, "still running");
	assert_int_equal(submission(b.ctx).sleeps, 0);
	assert_fails(ipu_wait(b.ctx, seqno, -1), -ETIMEDOUT, "took too long");
	assert_int_equal(submission(b.ctx).sleeps, 1);
	end(&b);
}

/* Each job ends as it should, whichever is waited for first, and only faults have a record. */
static void test_faults(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct bench b = begin();
	uint64_t job[8];

	(void)state;
	assert_fails(ipu_get_fault(b.ctx, 0, &fault), -ENODATA, "No job of this context");
	for (int i = 0; i < 8; i++)
		job[i] = submit(i % 3 == 1 ? b.bad : b.good);
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
	assert_int_equal(submission(b.ctx).restarts, 3);
	end(&b);
}

/* More than are remembered: of an older job it is said that nobody knows. */
static void test_forgotten(void **state)
{
	struct ipu_fault fault = { .size = sizeof(fault) };
	struct bench b;
	uint64_t seqno = 0;

	(void)state;
	/* It would fill the kernel's log. */
	if (on_card())
		skip();
	b = begin();
	check_works(&b);
	for (int i = 0; i < 1025; i++) {
		seqno = submit(b.bad);
		assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
	}
	assert_fails(ipu_wait(b.ctx, 1, -1), -ENODATA, "not known any more how");
	assert_fails(ipu_wait(b.ctx, 2, -1), -ENODATA, "not known any more how");
	assert_fails(ipu_wait(b.ctx, 3, -1), -EIO, "no longer on record");
	assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
	assert_ok(ipu_get_fault(b.ctx, seqno - 15, &fault));
	assert_fails(ipu_get_fault(b.ctx, seqno - 16, &fault), -ENODATA, "too long ago");
	check_works(&b);
	end(&b);
}

/* A list of FENCEs of its own, which write behind it, and a command that faults. */
static struct ipu_bo *make_fences(struct bench *b, const uint64_t *values, size_t count,
				  uint64_t *va)
{
	static const uint32_t no_command = UINT32_MAX;
	struct ipu_cmd_fence *fence;
	struct ipu_bo *bo;

	assert_ok(ipu_bo_create(b->dev, 4096, &bo));
	assert_ok(ipu_bo_map(b->ctx, bo, IPU_BO_WRITE, va));
	fence = ipu_bo_data(bo);
	for (size_t i = 0; i < count; i++)
		fence[i] = (struct ipu_cmd_fence){
			.op = IPU_CMD_FENCE,
			.va = *va + 2048,
			.value = values[i],
		};
	memcpy(fence + count, &no_command, sizeof(no_command));
	return bo;
}

/* FENCEs of lists, whose values say nothing of jobs. */
static void test_own_fences(void **state)
{
	static const uint64_t values[] = { UINT64_MAX, 0, 1000 };
	struct bench b = begin_slow();
	uint64_t va, seqno[3], loop;
	struct ipu_bo *bo = make_fences(&b, values, 3, &va);

	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		assert_ok(ipu_submit(b.ctx, va, 1 + i, &seqno[i]));
	loop = submit(b.loop);
	assert_fails(ipu_wait(b.ctx, loop, 10000000), -ETIME, "still running");
	for (uint32_t i = 0; i < 3; i++)
		assert_ok(ipu_wait(b.ctx, seqno[i], -1));
	assert_fails(ipu_wait(b.ctx, loop, -1), -ETIMEDOUT, "took too long");
	ipu_bo_destroy(bo);
	end(&b);
}

/* The queue's value says that the job is complete, and its list faults after that. */
static void test_fence_fault(void **state)
{
	static const uint64_t values[] = { UINT64_MAX, 1000000 };
	struct bench b = begin();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		uint64_t va, seqno;
		struct ipu_bo *bo = make_fences(&b, values + i, 1, &va);

		assert_ok(ipu_submit(b.ctx, va, 2, &seqno));
		assert_fails(ipu_wait(b.ctx, seqno, 60000000000), -EIO, "Fault");
		check_works(&b);
		assert_ok(ipu_submit(b.ctx, va, 2, &seqno));
		for (uint32_t n = 1; n < ROOM; n++)
			submit(b.good);
		assert_ok(ipu_wait(b.ctx, submit_until_room(&b), -1));
		assert_fails(ipu_wait(b.ctx, seqno, -1), -EIO, "Fault");
		ipu_bo_destroy(bo);
	}
	assert_int_equal(submission(b.ctx).restarts, 4);
	end(&b);
}

/* Jobs whose instructions are not in the trace have failed. */
static void test_trace(void **state)
{
	struct ipu_device *dev;
	struct ipu_context *ctx;
	struct ipu_cmds *cmds;

	(void)state;
	assert_ok(ipu_open("sim:tiles=2,trace=/dev/full", &dev));
	ctx = make_context(dev, WATCHDOG_MS);
	cmds = make_run(ctx, asm_exit(ZERO));
	assert_fails(ipu_wait(ctx, submit(cmds), -1), -ENOSPC,
		     "Cannot write the trace to /dev/full: No space");
	ipu_cmds_destroy(cmds);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

struct sleeper {
	pthread_t thread;
	struct bench *b;
	struct ipu_doorbell bell;
	int64_t deadline_ns;
	int err;
};

static int wait_value(const struct sleeper *s, uint64_t value, int64_t deadline_ns)
{
	return s->b->dev->ops->userq_wait(s->b->dev, s->b->ctx->id, &s->bell, value, deadline_ns);
}

static void *sleep_until_1(void *arg)
{
	struct sleeper *s = arg;

	s->err = wait_value(s, 1, s->deadline_ns);
	return NULL;
}

/* Who waits for a value is woken by it, also when somebody waits for a larger one since. */
static void test_waiters(void **state)
{
	static const uint64_t value = 1;
	struct bench b = begin();
	const struct ipu_transport *ops = b.dev->ops;
	struct sleeper s = { .b = &b };
	struct ipu_bo *bo;
	uint64_t va;

	(void)state;
	bo = make_fences(&b, &value, 1, &va);
	assert_ok(ops->userq_create(b.dev, b.ctx->id, va, 16, &s.bell));
	s.deadline_ns = (int64_t)ipu_now_ns() + 20000000000;
	assert_int_equal(pthread_create(&s.thread, NULL, sleep_until_1, &s), 0);
	usleep(100000);
	assert_int_equal(wait_value(&s, 2, 0), -ETIME);
	ops->userq_ring(b.dev, b.ctx->id, &s.bell, 1);
	assert_int_equal(pthread_join(s.thread, NULL), 0);
	assert_int_equal(s.err, 0);
	assert_true((int64_t)ipu_now_ns() < s.deadline_ns);
	ops->userq_destroy(b.dev, b.ctx->id, &s.bell);
	if (s.bell.page)
		munmap((void *)(uintptr_t)s.bell.page, IPU_PAGE_SIZE);
	ipu_bo_destroy(bo);
	end(&b);
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
	struct bench b = begin();
	struct ipu_transport short_of = *b.dev->ops;
	uint64_t bad, seqno;

	(void)state;
	whole = b.dev->ops;
	refusals = 5;
	short_of.userq_create = refuse_some;
	b.dev->ops = &short_of;
	bad = submit(b.bad);
	seqno = submit(b.good);
	assert_fails(ipu_wait(b.ctx, bad, -1), -EIO, "Fault");
	assert_int_equal(refusals, 4);
	assert_fails(ipu_wait(b.ctx, seqno, 0), -ETIME, "still running");
	assert_ok(ipu_wait(b.ctx, seqno, -1));
	assert_int_equal(refusals, 0);
	check_works(&b);
	assert_int_equal(submission(b.ctx).restarts, 1);
	b.dev->ops = whole;
	end(&b);
}

struct worker {
	pthread_t thread;
	struct bench *b;
	const char *wrong;
};

/* Jobs of several threads in one queue, some of which fault: each has its own status. */
static void *use_queue(void *arg)
{
	struct worker *w = arg;
	struct ipu_cmds *cmds;
	uint64_t seqno;

	if (ipu_cmds_create(w->b->ctx, 1, &cmds)) {
		w->wrong = "no list";
		return NULL;
	}
	for (uint32_t i = 0; i < 200; i++) {
		bool bad = i % 50 == 7;
		int err;

		if (ipu_cmds_reset(cmds) || ipu_cmds_fill(cmds, bad ? TILES : 0, 1, ADDR, 4, i) ||
		    ipu_cmds_submit(cmds, &seqno))
			w->wrong = "a job was refused";
		err = ipu_wait(w->b->ctx, seqno, -1);
		if (err != (bad ? -EIO : 0))
			w->wrong = "a job ended with another one's status";
	}
	ipu_cmds_destroy(cmds);
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[THREADS] = { 0 };
	struct bench b = begin();

	(void)state;
	for (int i = 0; i < THREADS; i++) {
		workers[i].b = &b;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, use_queue, &workers[i]),
				 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		if (workers[i].wrong)
			fail_msg("thread %d: %s", i, workers[i].wrong);
	}
	assert_int_equal(submission(b.ctx).jobs, THREADS * 200);
	assert_int_equal(submission(b.ctx).restarts, THREADS * 4);
	end(&b);
}

/* The queue is the parent's; its copy can be released. */
static void test_fork(void **state)
{
	struct ipu_submission now = { .size = sizeof(now) };
	struct bench b = begin();
	uint64_t seqno;
	int status;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		alarm(60);
		if (ipu_cmds_submit(b.good, &seqno) != -EPERM ||
		    ipu_get_submission(b.ctx, &now) != -EPERM)
			_exit(1);
		end(&b);
		_exit(0);
	}
	check_works(&b);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	check_works(&b);
	end(&b);
}

/* A context that ends with jobs of its queue under way, and the next one in its place. */
static void test_destroyed(void **state)
{
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL,
		.tile_count = 1,
		.tile_addr = ADDR,
		.bytes = 4,
		.value = 0x0000006f, /* a jump to itself */
	};
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_count = 1,
		.entry = ADDR,
		.sp = IPU_SRAM_BASE + 0x4000,
	};
	struct ipu_device *dev = open_device();
	struct ipu_context *ctx = make_context(dev, 600000);
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
	ctx = make_context(dev, WATCHDOG_MS);
	assert_int_equal(submission(ctx).jobs, 0);
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
	struct bench b = begin_with(UINT32_MAX);
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
	submit(b.loop);
	pause();
}

/* Others have nothing of that, neither while it lasts nor when it is killed. */
static void test_processes(void **state)
{
	struct bench b;
	int status;
	pid_t pid;

	(void)state;
	if (!on_card())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		misbehave();
		_exit(1);
	}
	b = begin();
	for (int i = 0; i < 300; i++) {
		check_works(&b);
		usleep(5000);
	}
	assert_int_equal(waitpid(pid, &status, WNOHANG), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	check_works(&b);
	assert_int_equal(submission(b.ctx).restarts, 0);
	end(&b);
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
	struct bench b;
	uint64_t loop, seqno;

	(void)state;
	if (!on_card())
		skip();
	b = begin_with(600000);
	check_works(&b);
	loop = submit(b.loop);
	for (int i = 0; i < 4; i++)
		seqno = submit(b.good);
	reset_card();
	assert_fails(ipu_wait(b.ctx, loop, -1), -EIO,
		     "cannot finish job 2, one of the 5 from 2 on: the context is lost");
	assert_fails(ipu_wait(b.ctx, seqno, 0), -EIO, "job 6, one of the 5 from 2 on");
	assert_ok(ipu_wait(b.ctx, 1, 0));
	assert_fails(ipu_cmds_submit(b.good, &seqno), -EIO, "the card was reset");
	end(&b);
	b = begin();
	check_works(&b);
	end(&b);
}

int lib_test_userq(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),	    cmocka_unit_test(test_linked),
		cmocka_unit_test(test_wrap),	    cmocka_unit_test(test_full),
		cmocka_unit_test(test_sleeps),	    cmocka_unit_test(test_faults),
		cmocka_unit_test(test_forgotten),   cmocka_unit_test(test_own_fences),
		cmocka_unit_test(test_fence_fault), cmocka_unit_test(test_trace),
		cmocka_unit_test(test_no_memory),   cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_threads),	    cmocka_unit_test(test_fork),
		cmocka_unit_test(test_destroyed),   cmocka_unit_test(test_processes),
		cmocka_unit_test(test_reset),
	};

	return cmocka_run_group_tests_name("user queue", tests, NULL, NULL);
}
