// SPDX-License-Identifier: MIT
/*
 * Jobs by a user queue, as long as nothing fails: who can have one, its room, waits, threads
 * and processes. On the simulator, or on the card that $IPU_DEVICE names.
 */
#include <errno.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "lib_userq.h"

#define THREADS 4

static void test_told(void **state)
{
	struct uq_bench b = uq_begin();
	struct ipu_context_options options = { .size = sizeof(options), .tiles = 1 };
	struct ipu_submission now, small = { .size = 4 };
	struct ipu_context *other;

	(void)state;
	uq_check_works(&b);
	now = uq_submission(b.ctx);
	assert_true(now.user_queue && now.room == UQ_ROOM && now.jobs == 1 && !now.restarts);
	assert_string_equal(now.why_not, "");
	assert_fails(ipu_get_submission(b.ctx, &small), -EINVAL, "sizeof(struct ipu_submission)");
	uq_end(&b);

	b.dev = uq_open_device();
	options.flags = 2;
	assert_fails(ipu_context_create(b.dev, &options, &other), -EINVAL, "unknown flags, 0x2");
	options.flags = 0;
	assert_ok(ipu_context_create(b.dev, &options, &other));
	now = uq_submission(other);
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
	now = uq_submission(ctx[0]);
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
	struct uq_bench b = uq_begin();

	(void)state;
	for (uint64_t i = 1; i <= 3 * UQ_ROOM; i++) {
		assert_int_equal(uq_submit(b.good), i);
		if (i % 7 == 0)
			assert_ok(ipu_wait(b.ctx, i - i % 5, -1));
	}
	assert_ok(ipu_wait(b.ctx, 3 * UQ_ROOM, -1));
	assert_ok(ipu_wait(b.ctx, 1, 0));
	assert_fails(ipu_wait(b.ctx, 3 * UQ_ROOM + 1, 0), -EINVAL, "was never submitted");
	assert_fails(ipu_wait(b.ctx, 0, 0), -EINVAL, "was never submitted");
	assert_int_equal(uq_submission(b.ctx).jobs, 3 * UQ_ROOM);
	uq_end(&b);
}

/* The first job never ends by itself; when it has been ended there is room again. */
static void test_full(void **state)
{
	struct uq_bench b = uq_begin_slow();
	uint64_t seqno, first = uq_submit(b.loop);

	(void)state;
	for (uint32_t i = 1; i < UQ_ROOM; i++)
		uq_submit(b.good);
	assert_fails(ipu_cmds_submit(b.good, &seqno), -EDQUOT, "511 jobs of the context have not");
	assert_fails(ipu_wait(b.ctx, first, 0), -ETIME, "still running");
	assert_fails(ipu_wait(b.ctx, first + 1, 1000000), -ETIME, "still running");
	seqno = uq_submit_until_room(&b);
	assert_ok(ipu_wait(b.ctx, seqno, -1));
	assert_fails(ipu_wait(b.ctx, first, -1), -ETIMEDOUT, "took too long");
	assert_int_equal(uq_submission(b.ctx).restarts, 1);
	uq_end(&b);
}

/* A wait that cannot be short sleeps, once, and one that has no time does not. */
static void test_sleeps(void **state)
{
	struct uq_bench b = uq_begin_slow();
	uint64_t seqno = uq_submit(b.loop);

	(void)state;
	assert_fails(ipu_wait(b.ctx, seqno, 0), -ETIME, "still running");
	assert_int_equal(uq_submission(b.ctx).sleeps, 0);
	assert_fails(ipu_wait(b.ctx, seqno, -1), -ETIMEDOUT, "took too long");
	assert_int_equal(uq_submission(b.ctx).sleeps, 1);
	uq_end(&b);
}

struct sleeper {
	pthread_t thread;
	struct uq_bench *b;
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
	struct uq_bench b = uq_begin();
	const struct ipu_transport *ops = b.dev->ops;
	struct sleeper s = { .b = &b };
	struct ipu_bo *bo;
	uint64_t va;

	(void)state;
	bo = uq_make_fences(&b, &value, 1, &va);
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
	uq_end(&b);
}

struct worker {
	pthread_t thread;
	struct uq_bench *b;
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

		if (ipu_cmds_reset(cmds) ||
		    ipu_cmds_fill(cmds, bad ? UQ_TILES : 0, 1, UQ_ADDR, 4, i) ||
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
	struct uq_bench b = uq_begin();

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
	assert_int_equal(uq_submission(b.ctx).jobs, THREADS * 200);
	assert_int_equal(uq_submission(b.ctx).restarts, THREADS * 4);
	uq_end(&b);
}

/* The queue is the parent's; its copy can be released. */
static void test_fork(void **state)
{
	struct ipu_submission now = { .size = sizeof(now) };
	struct uq_bench b = uq_begin();
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
		uq_end(&b);
		_exit(0);
	}
	uq_check_works(&b);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	uq_check_works(&b);
	uq_end(&b);
}

int lib_test_userq(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_told),	cmocka_unit_test(test_linked),
		cmocka_unit_test(test_wrap),	cmocka_unit_test(test_full),
		cmocka_unit_test(test_sleeps),	cmocka_unit_test(test_waiters),
		cmocka_unit_test(test_threads), cmocka_unit_test(test_fork),
	};

	return cmocka_run_group_tests_name("user queue", tests, NULL, NULL);
}
