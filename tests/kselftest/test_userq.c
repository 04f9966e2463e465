// SPDX-License-Identifier: MIT
/*
 * User queues: what they are for, each argument at its edges and past them, hostile rings
 * and doorbells, and the end of the queue, the context and the process. That of the card is in
 * test_recovery.c.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_userq.h"

_Static_assert(sizeof(struct drm_ipu_userq_create) == 32, "the same for all");
_Static_assert(sizeof(struct drm_ipu_userq_destroy) == 8, "the same for all");
_Static_assert(sizeof(struct drm_ipu_userq_wait) == 32, "the same for all");

FIXTURE(userq)
{
	struct ipu_session s;
	struct ipu_uq q;
};

FIXTURE_SETUP(userq)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
	ASSERT_EQ(0, uq_open(&self->q, &self->s));
}

FIXTURE_TEARDOWN(userq)
{
	ipu_session_close(&self->s);
}

/* The queue works; value is more than before. */
#define EXPECT_WORKS(queue, value)                                     \
	do {                                                           \
		uq_fence(queue, value);                                \
		uq_ring(queue);                                        \
		EXPECT_EQ(0, uq_wait(queue, value, IPU_TEST_WAIT_MS)); \
		EXPECT_EQ((uint64_t)(value), uq_value(queue));         \
	} while (0)

/* The queue is lost, its doorbell does nothing, and a new one in its place works. */
#define EXPECT_REPLACED(queue)                                                 \
	do {                                                                   \
		struct ipu_uq old = *(queue);                                  \
		EXPECT_EQ(-EIO, uq_wait(queue, UINT64_MAX, IPU_TEST_WAIT_MS)); \
		uq_ring(queue);                                                \
		EXPECT_EQ(0, uq_destroy(queue));                               \
		EXPECT_EQ(-ENOENT, uq_destroy(queue));                         \
		ASSERT_EQ(0, uq_create(queue));                                \
		*old.bell.page = 12345;                                        \
		EXPECT_WORKS(queue, 1);                                        \
		uq_bell_unmap(&old.bell);                                      \
	} while (0)

/* ---- What it is for ---- */

/* Around the ring several times; the process polls, or waits. */
TEST_F(userq, submit)
{
	struct ipu_uq *q = &self->q;
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	uint64_t i;

	for (i = 1; i < 100; i++) {
		uq_fence(q, i);
		uq_ring(q);
		if (i % 2) {
			EXPECT_EQ(0, uq_wait(q, i, IPU_TEST_WAIT_MS));
		} else {
			while (uq_value(q) < i && ipu_deadline(0) < deadline)
				;
		}
		ASSERT_EQ(i, uq_value(q));
	}
}

TEST_F(userq, full_ring)
{
	struct ipu_uq *q = &self->q;
	uint64_t i, n, value = 0;

	for (n = 0; n < 20; n++) {
		for (i = 0; i < UQ_COUNT; i++)
			uq_fence(q, ++value);
		uq_ring(q);
		ASSERT_EQ(0, uq_wait(q, value, IPU_TEST_WAIT_MS));
		/* What is waited for is told when it has been reached, not earlier. */
		ASSERT_EQ(value, uq_value(q));
	}
}

/* Jobs of the kernel and two queues, side by side on the same tiles. */
TEST_F(userq, with_jobs)
{
	struct ipu_uq *q = &self->q, other;
	uint64_t i, seqno;
	int status;

	ASSERT_EQ(0, uq_open(&other, &self->s));
	for (i = 1; i < 40; i++) {
		ipu_add_fill(&self->s, IPU_TILE_DATA, 4096, (uint32_t)i);
		ASSERT_EQ(0, ipu_submit(&self->s, &seqno));
		uq_fence(q, i);
		uq_ring(q);
		uq_fence(&other, 2 * i);
		uq_ring(&other);
		ASSERT_EQ(0, uq_wait(q, i, IPU_TEST_WAIT_MS));
		ASSERT_EQ(0, uq_wait(&other, 2 * i, IPU_TEST_WAIT_MS));
		ASSERT_EQ(0, ipu_wait(self->s.fd, self->s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
		ASSERT_EQ(0, status);
	}
	EXPECT_EQ(0, uq_destroy(&other));
}

TEST_F(userq, wait)
{
	struct ipu_uq *q = &self->q;
	struct drm_ipu_userq_wait args = { .ctx = self->s.ctx, .queue = q->bell.id, .value = 3 };
	int i;

	EXPECT_EQ(0, uq_wait(q, 0, 0));
	EXPECT_EQ(-ETIME, uq_wait(q, 1, 0));
	for (i = 0; i < 10; i++) {
		int64_t end = ipu_deadline(10);

		EXPECT_EQ(-ETIME, uq_wait(q, 1, 10));
		EXPECT_LE(end, ipu_deadline(0));
	}
	EXPECT_WORKS(q, UINT64_MAX / 2);
	EXPECT_EQ(0, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
	EXPECT_EQ(UINT64_MAX / 2, args.reached);
	EXPECT_EQ(-ETIME, uq_wait(q, UINT64_MAX, 0));
	args.queue = q->bell.id + 1;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
	args.queue = 0;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
	args.queue = UINT32_MAX;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
	args.ctx += 100;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
}

/* Somebody who waits for what nobody writes can be interrupted. */
static void on_alarm(int signal)
{
	(void)signal;
}

static void alarm_after_ms(unsigned int ms)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = { .it_value.tv_usec = ms * 1000 };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

TEST_F(userq, interrupted)
{
	struct drm_ipu_userq_wait args = {
		.ctx = self->s.ctx,
		.queue = self->q.bell.id,
		.value = 1,
		.timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS),
	};

	alarm_after_ms(100);
	EXPECT_EQ(-1, ioctl(self->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args));
	EXPECT_EQ(EINTR, errno);
	EXPECT_WORKS(&self->q, 1);
}

/* The card's message is lost: the driver looks all the same. */
TEST_F(userq, lost_interrupt)
{
	ASSERT_EQ(0, ipu_mask_interrupts(true));
	EXPECT_WORKS(&self->q, 1);
	EXPECT_WORKS(&self->q, 2);
	ASSERT_EQ(0, ipu_mask_interrupts(false));
	EXPECT_WORKS(&self->q, 3);
}

/* Waits that the card's interrupts end; by looking each takes 500 ms. */
#define WAITS 20
#define SHORT_MS 400

static void *ring_late(void *arg)
{
	ipu_sleep_ms(20);
	uq_ring(arg);
	return NULL;
}

/* Wait for a value that is written a little later, and count those that are there soon. */
static int wait_late(struct ipu_uq *q, uint64_t value, unsigned int *soon)
{
	int64_t late = ipu_deadline(SHORT_MS);
	pthread_t thread;
	int ret;

	uq_fence(q, value);
	if (pthread_create(&thread, NULL, ring_late, q))
		return -EAGAIN;
	ret = uq_wait(q, value, IPU_TEST_WAIT_MS);
	*soon += ipu_deadline(0) < late;
	pthread_join(thread, NULL);
	return ret;
}

/* A busy machine may let some take longer. */
TEST_F(userq, waits_are_short)
{
	unsigned int soon = 0;
	uint64_t i;

	for (i = 1; i <= WAITS; i++)
		ASSERT_EQ(0, wait_late(&self->q, i, &soon));
	EXPECT_LT(WAITS / 2, soon);
}

/* The last value of all is one as any other. */
TEST_F(userq, waits_for_the_last_value_are_short)
{
	unsigned int soon = 0;
	int i;

	for (i = 0; i < WAITS; i++) {
		ASSERT_EQ(0, wait_late(&self->q, UINT64_MAX, &soon));
		ASSERT_EQ(0, uq_destroy(&self->q));
		uq_bell_unmap(&self->q.bell);
		ASSERT_EQ(0, uq_create(&self->q));
	}
	EXPECT_LT(WAITS / 2, soon);
}

/* ---- Arguments ---- */

static int create(struct ipu_session *s, struct drm_ipu_userq_create args)
{
	int ret = ipu_do(s->fd, DRM_IOCTL_IPU_USERQ_CREATE, &args);
	struct drm_ipu_userq_destroy end = { .ctx = args.ctx, .queue = args.queue };

	return ret ? ret : ipu_do(s->fd, DRM_IOCTL_IPU_USERQ_DESTROY, &end);
}

TEST_F(userq, arguments)
{
	struct ipu_session *s = &self->s;
	const struct drm_ipu_userq_create good = {
		.ctx = s->ctx,
		.ring_va = self->q.ring.va,
		.ring_count = UQ_COUNT,
	};
	static const uint32_t counts[] = { 0, 1, 2, 3, 5, 12, 4097, 8192, 1u << 31, UINT32_MAX };
	struct drm_ipu_userq_create args = good;
	struct drm_ipu_query_info info;
	unsigned int i;

	ASSERT_EQ(0, ipu_query_info(s->fd, &info));
	EXPECT_EQ(0, create(s, good));
	args.flags = 1;
	EXPECT_EQ(-EINVAL, create(s, args));
	args.flags = 1u << 31;
	EXPECT_EQ(-EINVAL, create(s, args));
	args = good;
	for (i = 0; i < ARRAY_LEN(counts); i++) {
		args.ring_count = counts[i];
		EXPECT_EQ(-EINVAL, create(s, args));
	}
	args.ring_count = 4;
	EXPECT_EQ(0, create(s, args));
	args.ring_count = 4096;
	EXPECT_EQ(0, create(s, args));
	args = good;
	for (i = 1; i < IPU_CMD_SIZE; i++) {
		args.ring_va = good.ring_va + i;
		EXPECT_EQ(-EINVAL, create(s, args));
	}
	/* The end of the address space; nothing need be mapped there. */
	args.ring_va = info.va_size - UQ_COUNT * IPU_CMD_SIZE;
	EXPECT_EQ(0, create(s, args));
	args.ring_va += IPU_CMD_SIZE;
	EXPECT_EQ(-EINVAL, create(s, args));
	args.ring_va = info.va_size;
	EXPECT_EQ(-EINVAL, create(s, args));
	args.ring_va = UINT64_MAX - IPU_CMD_SIZE + 1;
	EXPECT_EQ(-EINVAL, create(s, args));
	args = good;
	args.ctx += 100;
	EXPECT_EQ(-ENOENT, create(s, args));
}

TEST_F(userq, quota)
{
	struct drm_ipu_userq_destroy end = { .ctx = self->s.ctx };
	struct ipu_uq other[IPU_USER_QUEUES];
	unsigned int i;

	for (i = 1; i < IPU_USER_QUEUES; i++)
		ASSERT_EQ(0, uq_open(&other[i], &self->s));
	EXPECT_EQ(-EDQUOT, uq_open(&other[0], &self->s));
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &end));
	end.queue = IPU_USER_QUEUES + 1;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &end));
	end.ctx += 100;
	EXPECT_EQ(-ENOENT, ipu_do(self->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &end));
	EXPECT_EQ(0, uq_destroy(&self->q));
	EXPECT_EQ(0, uq_open(&other[0], &self->s));
	EXPECT_WORKS(&other[0], 1);
	EXPECT_WORKS(&other[1], 1);
}

/* Its page, and nothing else, through its file, and through no other one. */
TEST_F(userq, mmap)
{
	struct drm_ipu_userq_create args = {
		.ctx = self->s.ctx,
		.ring_va = self->q.ring.va,
		.ring_count = UQ_COUNT,
	};
	int fd = self->s.fd, other = ipu_open();
	off_t offset;
	void *page;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, ipu_do(fd, DRM_IOCTL_IPU_USERQ_CREATE, &args));
	offset = (off_t)args.doorbell;
	EXPECT_EQ(MAP_FAILED, mmap(NULL, UQ_PAGE, PROT_WRITE, MAP_PRIVATE, fd, offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, UQ_PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * UQ_PAGE, PROT_WRITE, MAP_SHARED, fd, offset));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, uq_mmap(other, args.doorbell));
	EXPECT_EQ(EACCES, errno);
	page = uq_mmap(fd, args.doorbell);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(-1, mprotect(page, UQ_PAGE, PROT_READ));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(page, UQ_PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	close(other);
}

/* ---- Hostile ones ---- */

static int get_fault(struct ipu_session *s, struct drm_ipu_get_fault *fault)
{
	*fault = (struct drm_ipu_get_fault){ .ctx = s->ctx };
	return ipu_do(s->fd, DRM_IOCTL_IPU_GET_FAULT, fault);
}

/* The queue is lost for this reason, its context is not, and a job of it is as always. */
#define EXPECT_FAULT(self, why)                                                     \
	do {                                                                        \
		struct drm_ipu_get_fault fault;                                     \
		EXPECT_EQ(-EIO, uq_wait(&(self)->q, UINT64_MAX, IPU_TEST_WAIT_MS)); \
		ASSERT_EQ(0, get_fault(&(self)->s, &fault));                        \
		EXPECT_EQ((uint32_t)(why), fault.cause);                            \
		EXPECT_EQ((self)->q.bell.id, fault.userq);                          \
		EXPECT_EQ(0, fault.seqno);                                          \
		ipu_add_fill(&(self)->s, IPU_TILE_DATA, 4, 1);                      \
		EXPECT_EQ(0, ipu_run(&(self)->s));                                  \
		EXPECT_REPLACED(&(self)->q);                                        \
	} while (0)

TEST_F(userq, bad_commands)
{
	uint32_t cmd[IPU_CMD_SIZE / 4] = { 0x77 };
	const struct ipu_cmd_fence beyond = {
		.op = IPU_CMD_FENCE,
		.va = (1ull << IPU_VA_BITS) - 8,
		.value = 1,
	};

	uq_put(&self->q, cmd);
	uq_ring(&self->q);
	EXPECT_FAULT(self, IPU_FAULT_BAD_OPCODE);
	memset(cmd, 0xff, sizeof(cmd));
	uq_put(&self->q, cmd);
	uq_ring(&self->q);
	EXPECT_FAULT(self, IPU_FAULT_BAD_OPCODE);
	cmd[0] = IPU_CMD_RUN;
	uq_put(&self->q, cmd);
	uq_ring(&self->q);
	EXPECT_FAULT(self, IPU_FAULT_BAD_FIELD);
	/* Of the driver's own ring and fence nothing can be written. */
	uq_put(&self->q, &beyond);
	uq_ring(&self->q);
	EXPECT_FAULT(self, IPU_FAULT_DMA_UNMAPPED);
}

/* Nobody waits: the driver sees it all the same. */
TEST_F(userq, fault_is_noticed)
{
	static const uint32_t bad[IPU_CMD_SIZE / 4] = { 0x77 };
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct drm_ipu_get_fault fault;
	int ret;

	uq_put(&self->q, bad);
	uq_ring(&self->q);
	while ((ret = get_fault(&self->s, &fault)) == -ENODATA && ipu_deadline(0) < deadline)
		ipu_sleep_ms(5);
	ASSERT_EQ(0, ret);
	EXPECT_EQ(IPU_FAULT_BAD_OPCODE, fault.cause);
	EXPECT_EQ(self->q.bell.id, fault.userq);
	EXPECT_EQ(0, uq_destroy(&self->q));
	uq_bell_unmap(&self->q.bell);
	ASSERT_EQ(0, uq_create(&self->q));
	EXPECT_WORKS(&self->q, 1);
}

/* Its last queue is gone when its context has faulted, and it goes on all the same. */
TEST_F(userq, fault_of_a_queue_that_is_gone)
{
	static const uint32_t bad[IPU_CMD_SIZE / 4] = { 0x77 };
	int64_t deadline;
	int ret, i;

	for (i = 0; i < 10; i++) {
		uq_put(&self->q, bad);
		uq_ring(&self->q);
		ASSERT_EQ(0, uq_destroy(&self->q));
		uq_bell_unmap(&self->q.bell);
		deadline = ipu_deadline(IPU_TEST_WAIT_MS);
		while ((ret = uq_create(&self->q)) == -EBUSY && ipu_deadline(0) < deadline)
			ipu_sleep_ms(5);
		ASSERT_EQ(0, ret);
		EXPECT_WORKS(&self->q, 1);
	}
}

TEST_F(userq, driver_memory)
{
	struct drm_ipu_query_info info;
	struct ipu_cmd_fence cmd = { .op = IPU_CMD_FENCE, .value = UINT64_MAX };

	ASSERT_EQ(0, ipu_query_info(self->s.fd, &info));
	for (cmd.va = info.va_size; cmd.va < info.va_size + 2 * UQ_PAGE; cmd.va += UQ_PAGE) {
		uq_put(&self->q, &cmd);
		uq_ring(&self->q);
		EXPECT_FAULT(self, IPU_FAULT_DMA_PRIV);
	}
}

TEST_F(userq, bad_doorbells)
{
	static const uint32_t tails[] = { UQ_COUNT + 1, UINT32_MAX, 1u << 31, 0x7fffffff };
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(tails); i++) {
		*self->q.bell.page = tails[i];
		EXPECT_FAULT(self, IPU_FAULT_BAD_TAIL);
	}
	/* Back before what it has executed; and other words of the page. */
	EXPECT_WORKS(&self->q, 5);
	*self->q.bell.page = 0;
	EXPECT_FAULT(self, IPU_FAULT_BAD_TAIL);
	for (i = 1; i < UQ_PAGE / 4; i++)
		self->q.bell.page[i] = UINT32_MAX;
	*(volatile uint8_t *)self->q.bell.page = 200;
	*(volatile uint16_t *)self->q.bell.page = 200;
	EXPECT_EQ(0, *self->q.bell.page);
	EXPECT_WORKS(&self->q, 6);
}

TEST_F(userq, garbage)
{
	unsigned int seed = 1, round, i;
	uint32_t *word = self->q.ring.map;

	for (round = 0; round < 40; round++) {
		for (i = 0; i < UQ_PAGE / 4; i++)
			word[i] = rand_r(&seed) % 4 ? 0 : rand_r(&seed);
		for (i = 0; i < UQ_COUNT; i++)
			word[i * IPU_CMD_SIZE / 4] = rand_r(&seed) % 8;
		*self->q.bell.page = rand_r(&seed) % 20;
		EXPECT_NE(0, uq_wait(&self->q, UINT64_MAX, round % 8));
		ASSERT_EQ(0, uq_destroy(&self->q));
		uq_bell_unmap(&self->q.bell);
		while ((i = -uq_create(&self->q)) == EBUSY)
			usleep(1000);
		ASSERT_EQ(0, i);
	}
	ipu_add_fill(&self->s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(0, ipu_run(&self->s));
}

TEST_F(userq, ring_unmapped)
{
	struct ipu_uq *q = &self->q;

	EXPECT_WORKS(q, 1);
	ASSERT_EQ(0, ipu_bo_unmap(self->s.fd, self->s.ctx, q->ring.va));
	uq_ring(q);
	uq_fence(q, 2);
	uq_ring(q);
	EXPECT_EQ(-EIO, uq_wait(q, 2, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, uq_value(q));
	ASSERT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, DRM_IPU_MAP_WRITE | DRM_IPU_MAP_FIXED,
				&q->ring));
	EXPECT_REPLACED(q);
}

/* A job that has not begun when a queue faults runs once, and ends well. */
TEST_F(userq, jobs_survive)
{
	static const uint32_t bad[IPU_CMD_SIZE / 4] = { 0x77 };
	uint32_t *out = ipu_mem(&self->s, IPU_MEM_DATA);
	uint64_t seqno[8];
	unsigned int i;
	int status;

	for (i = 0; i < 8; i++) {
		ipu_add_fill(&self->s, IPU_TILE_DATA, 4, i + 1);
		ipu_add_copy(&self->s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA,
			     ipu_mem_va(&self->s, IPU_MEM_DATA) + 4 * i, 0, 4);
		ASSERT_EQ(0, ipu_submit(&self->s, &seqno[i]));
		if (i == 3) {
			uq_put(&self->q, bad);
			uq_ring(&self->q);
		}
	}
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0,
			  ipu_wait(self->s.fd, self->s.ctx, seqno[i], IPU_TEST_WAIT_MS, &status));
		EXPECT_EQ(0, status);
		EXPECT_EQ(i + 1, out[i]);
	}
	EXPECT_REPLACED(&self->q);
}

/* ---- The end ---- */

TEST_F(userq, watchdog)
{
	struct ipu_session s;
	struct drm_ipu_get_fault fault;
	struct ipu_uq q;

	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&s, 1, 200));
	ASSERT_EQ(0, uq_open(&q, &s));
	ASSERT_EQ(0, uq_load_loop(&s));
	uq_put_loop(&q);
	uq_ring(&q);
	EXPECT_EQ(-EIO, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	ASSERT_EQ(0, get_fault(&s, &fault));
	EXPECT_EQ(IPU_FAULT_WATCHDOG, fault.cause);
	EXPECT_REPLACED(&q);
	uq_unmap(&q);
	ipu_session_close(&s);
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

/* Cancelling a job stops the context, and so ends its queues; its tiles go on. */
TEST_F(userq, job_cancelled)
{
	uint64_t loop;

	EXPECT_WORKS(&self->q, 3);
	ASSERT_EQ(0, ipu_start_loop(&self->s, &loop));
	ASSERT_EQ(0, ipu_job_cancel(&self->s, loop));
	EXPECT_EQ(-EIO, uq_wait(&self->q, 4, IPU_TEST_WAIT_MS));
	/* What it had done it still knows. */
	EXPECT_EQ(0, uq_wait(&self->q, 3, 0));
	EXPECT_REPLACED(&self->q);
}

static void *wait_for_one(void *arg)
{
	return (void *)(intptr_t)uq_wait(arg, 1, IPU_TEST_WAIT_MS);
}

/* Who waits has what was reached, though the card's message of it has not come. */
TEST_F(userq, destroyed_under_a_wait)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct ipu_uq *q = &self->q;
	pthread_t thread;
	void *ret = NULL;

	ASSERT_EQ(0, ipu_mask_interrupts(true));
	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_one, q));
	ipu_sleep_ms(50);
	uq_fence(q, 1);
	uq_ring(q);
	while (uq_value(q) < 1 && ipu_deadline(0) < deadline)
		;
	EXPECT_EQ(0, uq_destroy(q));
	EXPECT_EQ(0, pthread_join(thread, &ret));
	EXPECT_EQ(0, (intptr_t)ret);
	ASSERT_EQ(0, ipu_mask_interrupts(false));
}

/* A command that runs is waited for, and those behind it are dropped. */
TEST_F(userq, destroy_busy)
{
	struct drm_ipu_userq_destroy args = { .ctx = self->s.ctx, .queue = self->q.bell.id };

	ASSERT_EQ(0, uq_load_loop(&self->s));
	uq_put_loop(&self->q);
	uq_fence(&self->q, 1);
	uq_ring(&self->q);
	EXPECT_EQ(-ETIME, uq_wait(&self->q, 1, 100));
	alarm_after_ms(100);
	EXPECT_EQ(-1, ioctl(self->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &args));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(-ETIME, uq_wait(&self->q, 1, 0));
	EXPECT_EQ(0, ipu_ctx_destroy(self->s.fd, self->s.ctx));
	EXPECT_EQ(0, uq_value(&self->q));
	uq_ring(&self->q);
}

/* A child has no doorbell of its parent's; its own it can have. */
TEST_F(userq, fork)
{
	int status;
	pid_t pid;

	EXPECT_WORKS(&self->q, 1);
	pid = fork();
	if (!pid) {
		signal(SIGSEGV, SIG_DFL);
		uq_ring(&self->q);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	EXPECT_WORKS(&self->q, 2);
}

static int other_process(void)
{
	struct ipu_session s;
	struct ipu_uq q;
	uint64_t i;

	if (ipu_session_open(&s, 1, 0) || uq_open(&q, &s))
		return 1;
	for (i = 1; i < 300; i++) {
		uq_fence(&q, i << 32);
		uq_ring(&q);
		if (uq_wait(&q, i << 32, IPU_TEST_WAIT_MS) || uq_value(&q) != i << 32)
			return 2;
	}
	return 0;
}

/* Two at once; while they work, one more is killed in the middle of a run that has no limit. */
TEST_F(userq, processes)
{
	struct drm_ipu_query_info info;
	pid_t pid[2], killed;
	int status, i;

	ASSERT_EQ(0, ipu_query_info(self->s.fd, &info));
	if (info.tiles < 4)
		SKIP(return, "needs 4 tiles");
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (!pid[i])
			_exit(other_process());
	}
	killed = fork();
	if (!killed) {
		struct ipu_session s;
		struct ipu_uq q;

		if (ipu_session_open(&s, 1, UINT32_MAX) || uq_open(&q, &s) || uq_load_loop(&s))
			_exit(1);
		uq_put_loop(&q);
		uq_ring(&q);
		uq_wait(&q, 1, IPU_TEST_WAIT_MS);
		_exit(1);
	}
	ipu_sleep_ms(300);
	EXPECT_EQ(0, kill(killed, SIGKILL));
	ASSERT_EQ(killed, waitpid(killed, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_WORKS(&self->q, 1);
}

TEST_HARNESS_MAIN
