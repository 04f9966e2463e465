// SPDX-License-Identifier: MIT
/*
 * Who waits for a RUN that takes long, by fences: no other context, as the card turns to them
 * between two rounds, but all of its own, as its tiles are the same. In a machine whose card has
 * one thread, ipu-vm --threads 1: it has no other to run the others on.
 */
#include <errno.h>
#include <stdint.h>

#include "ipu_harness.h"
#include "ipu_userq.h"

#define TILES 8
#define JOBS 10

static uint32_t word(struct ipu_session *s)
{
	return *(volatile uint32_t *)ipu_mem(s, IPU_MEM_DATA);
}

/* All tiles of the context run a program that stores a number, and the last one's is copied. */
static void add_store(struct ipu_session *s, uint32_t number)
{
	static const uint32_t code[] = {
		RV_LUI(RV_T2, IPU_TILE_DATA >> 12),
		RV_SW(RV_A0, 0, RV_T2),
		RV_IPU_EXIT(0),
	};

	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, number, false);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, s->tiles - 1, 1, IPU_TILE_DATA,
		     ipu_mem_va(s, IPU_MEM_DATA), 0, 4);
}

static int status_of(struct ipu_session *s, uint64_t seqno)
{
	int status, ret = ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status);

	return ret ? ret : status;
}

static bool runs(struct ipu_session *s, uint64_t seqno)
{
	int status;

	return ipu_wait(s->fd, s->ctx, seqno, 0, &status) == -ETIME;
}

/* Two contexts whose programs never end. */
FIXTURE(others)
{
	struct ipu_session s[2];
	uint64_t loop[2];
	struct ipu_session here;
};

FIXTURE_SETUP(others)
{
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ipu_session_open(&self->s[i], TILES, UINT32_MAX));
		ASSERT_EQ(0, ipu_start_loop(&self->s[i], &self->loop[i]));
	}
	ASSERT_EQ(0, ipu_session_open(&self->here, TILES, IPU_TEST_WAIT_MS / 2));
}

FIXTURE_TEARDOWN(others)
{
	int i;

	ipu_session_close(&self->here);
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(runs(&self->s[i], self->loop[i]));
		ipu_session_close(&self->s[i]);
	}
}

TEST_F(others, fences_signal)
{
	struct ipu_session *s = &self->here;
	uint32_t fence;
	uint64_t seqno;
	uint32_t i;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &fence));
	for (i = 1; i <= JOBS; i++) {
		add_store(s, i);
		ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, fence, i, &seqno));
	}
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, fence, JOBS, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, ipu_syncobj_status(s->fd, fence));
	EXPECT_EQ(JOBS, word(s));
}

/* A job of one context waits for that of another, whose fence it has from it. */
TEST_F(others, fences_are_waited_for)
{
	struct ipu_session *s = &self->here;
	struct ipu_session next;
	uint32_t fence, shared, last;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_session_open(&next, TILES, IPU_TEST_WAIT_MS / 2));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &fence));
	ASSERT_EQ(0, ipu_syncobj_new(next.fd, &last));
	add_store(s, 1);
	ASSERT_EQ(0, ipu_submit_out(s, fence, &seqno));
	ASSERT_EQ(0, ipu_syncobj_share(s->fd, fence, next.fd, &shared));
	add_store(&next, 2);
	ASSERT_EQ(0, ipu_submit_sync(&next, shared, 0, last, 0, &seqno));
	EXPECT_EQ(0, ipu_syncobj_wait(next.fd, last, 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, word(s));
	EXPECT_EQ(2, word(&next));
	ipu_session_close(&next);
}

/* A user queue of this context has its turn, too, without the driver. */
TEST_F(others, user_queues_go_on)
{
	struct ipu_uq q;

	ASSERT_EQ(0, uq_open(&q, &self->here));
	uq_fence(&q, 1);
	uq_ring(&q);
	EXPECT_EQ(0, uq_wait(&q, 1, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, uq_value(&q));
	EXPECT_EQ(0, uq_destroy(&q));
	uq_unmap(&q);
}

/* One context with a program that never ends, and jobs of all kinds behind it. */
FIXTURE(own)
{
	struct ipu_session s;
	uint64_t loop;
	uint64_t normal;
	uint64_t high;
	uint32_t fence;
	struct ipu_uq q;
};

static int submit_high(struct ipu_session *s, uint32_t fence, uint64_t *seqno)
{
	const struct drm_ipu_sync sync = { .handle = fence };
	struct drm_ipu_submit args = {
		.out_syncs = { sizeof(sync), 1, (uintptr_t)&sync },
	};
	int ret = ipu_queue_new(s, DRM_IPU_PRIORITY_HIGH, &args.queue);

	ret = ret ? ret : ipu_submit_args(s, &args);
	*seqno = args.seqno;
	return ret;
}

FIXTURE_VARIANT(own)
{
	uint32_t watchdog_ms;
};

FIXTURE_VARIANT_ADD(own, that_is_cancelled){ .watchdog_ms = IPU_TEST_WAIT_MS / 2 };
FIXTURE_VARIANT_ADD(own, until_the_watchdog){ .watchdog_ms = 1000 };

FIXTURE_SETUP(own)
{
	struct ipu_session *s = &self->s;

	ASSERT_EQ(0, ipu_session_open(s, TILES, variant->watchdog_ms));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &self->fence));
	ASSERT_EQ(0, uq_open(&self->q, s));
	uq_fence(&self->q, 1);
	ASSERT_EQ(0, ipu_start_loop(s, &self->loop));
	uq_ring(&self->q);
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit(s, &self->normal));
	ipu_add_write(s, 0, 2);
	ASSERT_EQ(0, submit_high(s, self->fence, &self->high));
}

FIXTURE_TEARDOWN(own)
{
	uq_unmap(&self->q);
	ipu_session_close(&self->s);
}

/* Neither priority nor a user queue gets the tiles from a RUN; the fence is not held for ever. */
TEST_F(own, jobs_wait_for_a_run)
{
	struct ipu_session *s = &self->s;
	bool cancelled = variant->watchdog_ms > 1000;

	if (cancelled) {
		EXPECT_EQ(-ETIME, ipu_syncobj_wait(s->fd, self->fence, 0, 300));
		EXPECT_TRUE(runs(s, self->loop));
		EXPECT_EQ(0, word(s));
		EXPECT_EQ(0, uq_value(&self->q));
		ASSERT_EQ(0, ipu_job_cancel(s, self->loop));
	}
	EXPECT_EQ(cancelled ? -ECANCELED : -ETIMEDOUT, status_of(s, self->loop));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, self->fence, 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, ipu_syncobj_status(s->fd, self->fence));
	EXPECT_EQ(0, status_of(s, self->high));
	EXPECT_EQ(0, status_of(s, self->normal));
	/* It is lost with the RUN, before it had its turn. */
	EXPECT_EQ(-EIO, uq_wait(&self->q, 1, IPU_TEST_WAIT_MS));
	EXPECT_EQ(0, uq_value(&self->q));
	EXPECT_EQ(0, uq_destroy(&self->q));
}

TEST_HARNESS_MAIN
