// SPDX-License-Identifier: MIT
/*
 * A context's user queue: jobs that get to the card without the kernel.
 *
 * Each job is two commands in a ring, EXEC of its list and a FENCE that writes its number to a
 * word of memory, which says how many jobs are complete. Who waits looks at the word for a
 * moment, since most jobs of such a queue are short, and then has the transport wake him.
 *
 * A fault ends the queue. Then the oldest job that is not complete is the one that faulted; the
 * queue is made anew, and has the others, as the driver has it with jobs of its own. Who waits
 * for a job or finds no room for one does that: nobody else looks.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

#define RING_CMDS 1024u
#define JOB_CMDS 2u
#define RING_JOBS (RING_CMDS / JOB_CMDS)

/* The place of a job is free again when a later one's FENCE has written its value. */
#define ROOM (RING_JOBS - 1)

/* As many as the driver remembers of its own jobs. */
#define FAILURES_KEPT 1024u
#define FAULTS_KEPT 16u

/* How long a wait looks at the word; and how many looks are between two at the clock. */
#define LOOK_NS 50000u
#define LOOKS 64u

/*
 * A list may have FENCEs of its own, of any value, and the transport's wait goes by the last
 * value written. So it waits for no longer than this before the word is looked at again, and
 * if it says that the value is there, and it is not, for this long.
 */
#define SLEEP_NS 100000000
#define PAUSE_NS 200000

/* How long to wait for a queue that cannot be made yet, before it is tried again. */
#define RESTART_NS 1000000

/**
 * struct ipu_userq - a user queue, and its jobs
 * @lock: all below but the word
 * @ring: the commands
 * @ring_va: where it is mapped
 * @word: the number of the last job that is complete; written by the card
 * @word_va: where it is mapped
 * @bell: the transport's, while there is a queue
 * @lost: there is none: it has to be made anew
 * @dead: why it cannot be any more, a negative errno value; all jobs end with it
 * @dead_from: the first job that did
 * @generation: queues made
 * @written: commands since this one was made
 * @submitted: number of the last job submitted
 * @ended: number of the last job that has ended
 * @sleeps: waits that asked to be woken
 * @jobs: the lists of those that have not ended, job n at n % RING_JOBS
 * @failures: of the last jobs that failed, failure n at n % FAILURES_KEPT
 * @failure_count: how many there were
 * @forgotten: the last one that is not there any more
 * @faults: likewise, of the last faults
 * @fault_count: how many there were
 */
struct ipu_userq {
	pthread_mutex_t lock;
	struct ipu_bo *ring;
	uint64_t ring_va;
	struct ipu_bo *word;
	uint64_t word_va;
	struct ipu_doorbell bell;
	bool lost;
	int dead;
	uint64_t dead_from;
	uint64_t generation;
	uint32_t written;
	uint64_t submitted;
	uint64_t ended;
	uint64_t sleeps;
	struct {
		uint64_t va;
		uint32_t count;
	} jobs[RING_JOBS];
	struct {
		uint64_t seqno;
		int status;
	} failures[FAILURES_KEPT];
	uint64_t failure_count;
	uint64_t forgotten;
	struct ipu_fault faults[FAULTS_KEPT];
	uint64_t fault_count;
};

uint32_t ipu_userq_room(void)
{
	return ROOM;
}

/* ---- What the card has done ---- */

/*
 * The card sees what is written before this before what is written after. On arm64, C's fences
 * order accesses among processors only; so they do those of reads, below.
 */
static void order_writes(void)
{
#ifdef __aarch64__
	__asm__ volatile("dmb oshst" : : : "memory");
#else
	__sync_synchronize();
#endif
}

static uint64_t completed(const struct ipu_userq *q)
{
	uint64_t value = __atomic_load_n((const uint64_t *)q->word->data, __ATOMIC_ACQUIRE);

#ifdef __aarch64__
	__asm__ volatile("dmb oshld" : : : "memory");
#endif
	return value;
}

/* Whatever the word says, only jobs that were submitted have ended. The lock is held. */
static void advance(struct ipu_userq *q)
{
	uint64_t done = completed(q);

	if (done > q->submitted)
		done = q->submitted;
	if (done > q->ended)
		q->ended = done;
}

/* The lock is held, and the job has ended. */
static int status_of(const struct ipu_userq *q, uint64_t seqno)
{
	uint64_t kept = q->failure_count < FAILURES_KEPT ? q->failure_count : FAILURES_KEPT;

	if (q->dead && seqno >= q->dead_from)
		return q->dead;
	for (uint64_t n = q->failure_count; n-- > q->failure_count - kept;)
		if (q->failures[n % FAILURES_KEPT].seqno == seqno)
			return q->failures[n % FAILURES_KEPT].status;
	return seqno <= q->forgotten ? -ENODATA : 0;
}

/* The lock is held, and the job is the last that has ended. */
static void record_failure(struct ipu_userq *q, int status)
{
	uint64_t place = q->failure_count++ % FAILURES_KEPT;

	/* 0 as long as there is room. */
	q->forgotten = q->failures[place].seqno;
	q->failures[place].seqno = q->ended;
	q->failures[place].status = status;
}

/* ---- Making a queue, and losing it ---- */

static void write_job(struct ipu_userq *q, uint64_t seqno)
{
	const struct ipu_cmd_exec exec = {
		.op = IPU_CMD_EXEC,
		.va = q->jobs[seqno % RING_JOBS].va,
		.count = q->jobs[seqno % RING_JOBS].count,
	};
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE,
		.va = q->word_va,
		.value = seqno,
	};
	unsigned char *place = q->ring->data;

	place += (size_t)(q->written % RING_CMDS) * IPU_CMD_SIZE;
	memcpy(place, &exec, sizeof(exec));
	memcpy(place + IPU_CMD_SIZE, &fence, sizeof(fence));
	q->written += JOB_CMDS;
}

/* The card reads no command before it has been written. */
static void ring(struct ipu_context *ctx)
{
	struct ipu_userq *q = ctx->userq;

	order_writes();
	ctx->dev->ops->userq_ring(ctx->dev, ctx->id, &q->bell, q->written);
}

/* The context takes no more jobs, and those that it had are lost. */
static void die(struct ipu_userq *q, int err)
{
	q->dead = err;
	q->dead_from = q->ended + 1;
	q->ended = q->submitted;
}

/*
 * Make the queue anew if it is lost, with the jobs that have not ended. The lock is held. While the
 * context is being restarted, or memory is short, it stays lost, to be tried again.
 */
static void revive(struct ipu_context *ctx)
{
	struct ipu_userq *q = ctx->userq;
	int err;

	if (!q->lost || q->dead)
		return;
	err = ctx->dev->ops->userq_create(ctx->dev, ctx->id, q->ring_va, RING_CMDS, &q->bell);
	if (err == -EBUSY || err == -ENOMEM)
		return;
	if (err) {
		die(q, err);
		return;
	}
	q->lost = false;
	q->generation++;
	q->written = 0;
	for (uint64_t seqno = q->ended + 1; seqno <= q->submitted; seqno++)
		write_job(q, seqno);
	if (q->written)
		ring(ctx);
}

static void close_bell(struct ipu_userq *q)
{
	if (q->bell.page)
		munmap((void *)(uintptr_t)q->bell.page, IPU_PAGE_SIZE);
	q->bell.page = NULL;
}

/* The oldest job is the one that was being executed. */
static void fail_oldest(struct ipu_context *ctx)
{
	struct ipu_userq *q = ctx->userq;
	struct ipu_fault fault = { .size = sizeof(fault) };
	/* Without a fault it was the driver that stopped the context, as something took too long. */
	int status = -ETIMEDOUT;

	q->ended++;
	if (!ctx->dev->ops->userq_fault(ctx->dev, ctx->id, &q->bell, &fault)) {
		fault.seqno = q->ended;
		q->faults[q->fault_count++ % FAULTS_KEPT] = fault;
		if (fault.cause != IPU_FAULT_WATCHDOG)
			status = -EIO;
	}
	record_failure(q, status);
}

/* The card executes nothing of this queue any more, for the reason @err. The lock is held. */
static void lose(struct ipu_context *ctx, int err)
{
	struct ipu_userq *q = ctx->userq;

	advance(q);
	/* A context that is lost has taken all of its jobs with it, and none is to blame. */
	if (err == -ENODEV)
		die(q, err);
	else if (ipu_context_usable(ctx) && q->ended < q->submitted)
		fail_oldest(ctx);
	ctx->dev->ops->userq_destroy(ctx->dev, ctx->id, &q->bell);
	close_bell(q);
	q->lost = true;
	revive(ctx);
}

/* ---- Jobs ---- */

/*
 * Wait until the queue's value says that a job is complete, see &ipu_transport.userq_wait. A list's
 * own FENCE may have said so before the list faulted: then the word does not, and no wait for
 * the job would be told of it, but one for the largest value is.
 */
static int wait_for_value(struct ipu_context *ctx, const struct ipu_doorbell *bell, uint64_t seqno,
			  int64_t deadline_ns)
{
	const struct ipu_transport *ops = ctx->dev->ops;
	int err = ops->userq_wait(ctx->dev, ctx->id, bell, seqno, deadline_ns);

	if (err || completed(ctx->userq) >= seqno)
		return err;
	err = ops->userq_wait(ctx->dev, ctx->id, bell, UINT64_MAX, 0);
	return err == -ETIME ? 0 : err;
}

/* Is there room for one more? The lock is held. */
static bool has_room(struct ipu_context *ctx)
{
	struct ipu_userq *q = ctx->userq;
	int err;

	advance(q);
	if (q->submitted - q->ended < ROOM)
		return true;
	/* Perhaps none will be complete any more. */
	err = q->lost ? -ETIME : wait_for_value(ctx, &q->bell, q->ended + 1, 0);
	if (err && err != -ETIME)
		lose(ctx, err);
	advance(q);
	return q->submitted - q->ended < ROOM;
}

int ipu_userq_submit(struct ipu_context *ctx, uint64_t va, uint32_t count, uint64_t *seqno)
{
	struct ipu_userq *q = ctx->userq;
	int err = 0;

	pthread_mutex_lock(&q->lock);
	revive(ctx);
	if (!q->dead && !has_room(ctx))
		err = -EDQUOT;
	if (q->dead)
		err = q->dead;
	if (!err) {
		*seqno = ++q->submitted;
		q->jobs[*seqno % RING_JOBS].va = va;
		q->jobs[*seqno % RING_JOBS].count = count;
		/* If the queue cannot be made yet, it gets the job when it is. */
		if (!q->lost) {
			write_job(q, *seqno);
			ring(ctx);
		}
	}
	pthread_mutex_unlock(&q->lock);
	return err;
}

/* Look at the word for a while. No lock is held. */
static bool look_out(const struct ipu_userq *q, uint64_t seqno, int64_t deadline_ns)
{
	int64_t until = (int64_t)ipu_now_ns() + LOOK_NS;

	if (until > deadline_ns)
		until = deadline_ns;
	do {
		for (unsigned int i = 0; i < LOOKS; i++)
			if (completed(q) >= seqno)
				return true;
		/* What writes it may need this processor. */
		sched_yield();
	} while ((int64_t)ipu_now_ns() < until);
	return false;
}

static void pause_for(long ns)
{
	const struct timespec time = { .tv_nsec = ns };

	nanosleep(&time, NULL);
}

/*
 * Sleep until something has happened to the queue, or for a while. No lock is held. Returns 0,
 * or why the queue is lost.
 */
static int sleep_on(struct ipu_context *ctx, const struct ipu_doorbell *bell, uint64_t seqno,
		    int64_t deadline_ns)
{
	int64_t until = (int64_t)ipu_now_ns() + SLEEP_NS;
	int err;

	if (until > deadline_ns)
		until = deadline_ns;
	err = wait_for_value(ctx, bell, seqno, until);
	if (!err && completed(ctx->userq) < seqno)
		pause_for(PAUSE_NS);
	return err == -ETIME ? 0 : err;
}

/*
 * Whether the job has ended, and if not, what to wait for. Returns 0 with its @status;
 * -EAGAIN when it has not; -EBUSY when its queue is still to be made.
 */
static int look(struct ipu_context *ctx, uint64_t seqno, int *status, struct ipu_doorbell *bell,
		uint64_t *generation)
{
	struct ipu_userq *q = ctx->userq;
	int err = -EAGAIN;

	pthread_mutex_lock(&q->lock);
	if (!seqno || seqno > q->submitted) {
		pthread_mutex_unlock(&q->lock);
		return -EINVAL;
	}
	if (!q->dead)
		advance(q);
	if (q->ended < seqno)
		revive(ctx);
	if (q->ended >= seqno) {
		*status = status_of(q, seqno);
		err = 0;
	} else if (q->lost) {
		err = -EBUSY;
	}
	*bell = q->bell;
	*generation = q->generation;
	pthread_mutex_unlock(&q->lock);
	return err;
}

/* Somebody has been told that this queue is lost, for the reason @err. */
static void lose_once(struct ipu_context *ctx, uint64_t generation, int err)
{
	struct ipu_userq *q = ctx->userq;

	pthread_mutex_lock(&q->lock);
	if (q->generation == generation && !q->lost)
		lose(ctx, err);
	pthread_mutex_unlock(&q->lock);
}

int ipu_userq_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status)
{
	struct ipu_userq *q = ctx->userq;
	bool asked = false, slept = false;
	struct ipu_doorbell bell;
	uint64_t generation;
	int err;

	for (;;) {
		err = look(ctx, seqno, status, &bell, &generation);
		if (err != -EAGAIN && err != -EBUSY)
			return err;
		/* A queue that is lost is found out by asking, also by who has no time to wait. */
		if (asked && deadline_ns <= (int64_t)ipu_now_ns())
			return -ETIME;
		asked = true;
		if (err == -EBUSY) {
			pause_for(RESTART_NS);
			continue;
		}
		if (!slept && look_out(q, seqno, deadline_ns))
			continue;
		if (!slept && deadline_ns > (int64_t)ipu_now_ns())
			__atomic_add_fetch(&q->sleeps, 1, __ATOMIC_RELAXED);
		slept = true;
		err = sleep_on(ctx, &bell, seqno, deadline_ns);
		if (err)
			lose_once(ctx, generation, err);
	}
}

int ipu_userq_get_fault(struct ipu_context *ctx, uint64_t seqno, struct ipu_fault *fault)
{
	struct ipu_userq *q = ctx->userq;
	int err = -ENODATA;
	uint64_t kept;

	pthread_mutex_lock(&q->lock);
	kept = q->fault_count < FAULTS_KEPT ? q->fault_count : FAULTS_KEPT;
	for (uint64_t n = q->fault_count; err && n-- > q->fault_count - kept;) {
		if (seqno && q->faults[n % FAULTS_KEPT].seqno != seqno)
			continue;
		*fault = q->faults[n % FAULTS_KEPT];
		err = 0;
	}
	pthread_mutex_unlock(&q->lock);
	/* One that nobody has waited for yet, or that is no job's. */
	if (err && !seqno)
		err = ctx->dev->ops->get_fault(ctx->dev, ctx->id, 0, fault);
	return err;
}

uint64_t ipu_userq_lost(struct ipu_context *ctx, uint64_t *first)
{
	struct ipu_userq *q = ctx->userq;
	uint64_t count = 0;

	pthread_mutex_lock(&q->lock);
	if (q->dead) {
		*first = q->dead_from;
		count = q->submitted + 1 - q->dead_from;
	}
	pthread_mutex_unlock(&q->lock);
	return count;
}

/* ---- The queue of a context ---- */

static int make_memory(struct ipu_context *ctx, struct ipu_userq *q)
{
	int err = ipu_bo_create(ctx->dev, RING_CMDS * IPU_CMD_SIZE, &q->ring);

	if (!err)
		err = ipu_bo_map(ctx, q->ring, IPU_BO_READ, &q->ring_va);
	if (!err)
		err = ipu_bo_create(ctx->dev, sizeof(uint64_t), &q->word);
	if (!err)
		err = ipu_bo_map(ctx, q->word, IPU_BO_WRITE, &q->word_va);
	return err;
}

static int make_queue(struct ipu_context *ctx, struct ipu_userq *q)
{
	struct ipu_device *dev = ctx->dev;
	int err = dev->ops->userq_create(dev, ctx->id, q->ring_va, RING_CMDS, &q->bell);

	q->generation = 1;
	if (err && err != -ENOTSUP)
		return ipu_fail_device(dev, err, "make a user queue");
	return err;
}

static int try_create(struct ipu_context *ctx)
{
	struct ipu_userq *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return ipu_fail_nomem("a user queue");
	pthread_mutex_init(&q->lock, NULL);
	err = make_memory(ctx, q);
	if (!err)
		err = make_queue(ctx, q);
	if (!err) {
		ctx->userq = q;
		return 0;
	}
	if (q->ring_va)
		ipu_bo_unmap(ctx, q->ring_va);
	if (q->word_va)
		ipu_bo_unmap(ctx, q->word_va);
	ipu_userq_free(ctx->dev, q);
	return err;
}

int ipu_userq_create(struct ipu_context *ctx)
{
	int err;

	if (ctx->linked)
		ctx->why_no_userq = "The context is linked to others, which the driver starts.";
	else if (!(ctx->dev->info.caps & IPU_CAP_USER_QUEUES))
		ctx->why_no_userq = "The card has no user queues.";
	if (ctx->why_no_userq)
		return 0;
	err = try_create(ctx);
	if (err == -ENOTSUP) {
		ctx->why_no_userq = "The driver has no user queues (before version 1.4, or the "
				    "kernel's pages are not of 4 KiB).";
		err = 0;
	} else if (err == -EDQUOT || err == -ENOMEM) {
		ctx->why_no_userq = "There is no memory for a user queue, or this user may have no "
				    "more of it.";
		err = 0;
	}
	return err;
}

void ipu_userq_free(struct ipu_device *dev, struct ipu_userq *q)
{
	if (!q)
		return;
	/* A child of fork() has no mapping of its parent's, and perhaps another one there. */
	if (!ipu_is_parents(dev)) {
		close_bell(q);
		pthread_mutex_destroy(&q->lock);
	}
	ipu_bo_destroy(q->ring);
	ipu_bo_destroy(q->word);
	free(q);
}

int ipu_get_submission(struct ipu_context *ctx, struct ipu_submission *submission)
{
	struct ipu_submission now = { .size = sizeof(now) };
	struct ipu_userq *q = ctx->userq;
	struct ipu_limits limits = { 0 };
	int err = IPU_STRUCT_CHECK(submission, ipu_submission, why_not);

	if (!err)
		err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	if (q) {
		pthread_mutex_lock(&q->lock);
		now.user_queue = true;
		now.room = ROOM;
		now.jobs = q->submitted;
		now.sleeps = __atomic_load_n(&q->sleeps, __ATOMIC_RELAXED);
		now.restarts = q->generation - 1;
		pthread_mutex_unlock(&q->lock);
	} else {
		ctx->dev->ops->get_limits(ctx->dev, &limits);
		now.room = limits.ctx_jobs;
		if (ctx->why_no_userq)
			snprintf(now.why_not, sizeof(now.why_not), "%s", ctx->why_no_userq);
	}
	ipu_struct_out(submission, &now, sizeof(now));
	return 0;
}
