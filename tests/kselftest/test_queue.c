// SPDX-License-Identifier: MIT
/*
 * Several queues of a context, with priorities; and jobs that are cancelled.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

FIXTURE(queue)
{
	struct ipu_session s;
};

FIXTURE_SETUP(queue)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

FIXTURE_TEARDOWN(queue)
{
	ipu_session_close(&self->s);
}

static int destroy_queue(struct ipu_session *s, uint32_t queue)
{
	struct drm_ipu_queue_destroy args = { .ctx = s->ctx, .queue = queue };

	return ipu_do(s->fd, DRM_IOCTL_IPU_QUEUE_DESTROY, &args);
}

/* Submit the list to a queue, behind the fence of a syncobj if that is not 0. */
static int submit(struct ipu_session *s, uint32_t queue, uint32_t in, uint64_t *seqno)
{
	const struct drm_ipu_sync sync = { .handle = in };
	struct drm_ipu_submit args = {
		.queue = queue,
		.in_syncs = { sizeof(sync), !!in, in ? (uintptr_t)&sync : 0 },
	};
	int ret = ipu_submit_args(s, &args);

	*seqno = args.seqno;
	return ret;
}

static uint64_t word_va(struct ipu_session *s, unsigned int word)
{
	return ipu_mem_va(s, IPU_MEM_DATA) + 8 * word;
}

static uint64_t word_at(struct ipu_session *s, unsigned int word)
{
	return ((volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA))[word];
}

static void add_write(struct ipu_session *s, unsigned int word, uint64_t value)
{
	const struct ipu_cmd_fence cmd = {
		.op = IPU_CMD_FENCE,
		.va = word_va(s, word),
		.value = value,
	};

	ipu_add(s, &cmd);
}

/* Copy a word, through a tile. */
static void add_copy_word(struct ipu_session *s, unsigned int from, unsigned int to)
{
	ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, word_va(s, from), 0, 8);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, word_va(s, to), 0, 8);
}

static int status_of(struct ipu_session *s, uint64_t seqno)
{
	int status, ret = ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status);

	return ret ? ret : status;
}

/* A job that waits holds up its own queue only. */
TEST_F(queue, independent)
{
	struct ipu_session *s = &self->s;
	uint64_t waits, behind, other;
	int timeline, sync_file, status;
	uint32_t queue, in;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_NORMAL, &queue));
	add_write(s, 0, 1);
	ASSERT_EQ(0, submit(s, 0, in, &waits));
	add_write(s, 1, 1);
	ASSERT_EQ(0, submit(s, 0, 0, &behind));
	add_write(s, 2, 1);
	ASSERT_EQ(0, submit(s, queue, 0, &other));
	EXPECT_EQ(0, status_of(s, other));
	EXPECT_EQ(1, word_at(s, 2));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, behind, 100, &status));
	EXPECT_EQ(0, word_at(s, 0) + word_at(s, 1));
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(0, status_of(s, behind));
	EXPECT_EQ(0, status_of(s, waits));
	EXPECT_EQ(2, word_at(s, 0) + word_at(s, 1));
	close(sync_file);
	close(timeline);
}

/*
 * Many jobs write their number behind one that does not end, more than the card is given
 * at once; then one of another queue reads how far they have come. Returns that number.
 */
#define MANY 60

static uint64_t overtakes(struct __test_metadata *_metadata, struct ipu_session *s, uint32_t queue)
{
	uint64_t loop, seqno, last;
	unsigned int i;

	EXPECT_EQ(0, ipu_start_loop(s, &loop));
	for (i = 1; i <= MANY; i++) {
		add_write(s, 0, i);
		EXPECT_EQ(0, submit(s, 0, 0, &last));
	}
	add_copy_word(s, 0, 1);
	EXPECT_EQ(0, submit(s, queue, 0, &seqno));
	EXPECT_EQ(0, ipu_job_cancel(s, loop));
	EXPECT_EQ(-ECANCELED, status_of(s, loop));
	EXPECT_EQ(0, status_of(s, seqno));
	EXPECT_EQ(0, status_of(s, last));
	return word_at(s, 1);
}

TEST_F(queue, priority_high)
{
	uint32_t queue;

	ASSERT_EQ(0, ipu_queue_new(&self->s, DRM_IPU_PRIORITY_HIGH, &queue));
	EXPECT_GT(MANY / 2, overtakes(_metadata, &self->s, queue));
}

TEST_F(queue, priority_low)
{
	uint32_t queue;

	ASSERT_EQ(0, ipu_queue_new(&self->s, DRM_IPU_PRIORITY_LOW, &queue));
	EXPECT_EQ(MANY, overtakes(_metadata, &self->s, queue));
}

/* A fence that was given out signals, however many jobs of a higher priority there are. */
TEST_F(queue, no_starvation)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno, high = 0;
	uint32_t low, queue, out;
	struct drm_ipu_submit args = {};
	struct drm_ipu_sync sync = {};
	unsigned int i;
	int ret = -ETIME;

	ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_LOW, &low));
	ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_HIGH, &queue));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	sync.handle = out;
	for (i = 0; i < 100; i++) {
		add_write(s, 0, i);
		ASSERT_EQ(0, submit(s, queue, 0, &high));
	}
	add_write(s, 1, 1);
	args.queue = low;
	args.out_syncs = (struct drm_ipu_obj_array){ sizeof(sync), 1, (uintptr_t)&sync };
	ASSERT_EQ(0, ipu_submit_args(s, &args));
	seqno = args.seqno;
	/* Always some in the queue: as one ends, the next is submitted. */
	for (i = 0; i < 1000000 && ret == -ETIME; i++) {
		int status;

		ASSERT_EQ(0, status_of(s, high > 50 ? high - 50 : high));
		s->first = s->end = 0;
		add_write(s, 0, i);
		ASSERT_EQ(0, submit(s, queue, 0, &high));
		ret = ipu_wait(s->fd, s->ctx, seqno, 0, &status);
	}
	EXPECT_EQ(0, ret);
	EXPECT_EQ(1, word_at(s, 1));
}

TEST_F(queue, destroy)
{
	struct ipu_session *s = &self->s;
	uint64_t waits, other, none;
	int timeline, sync_file;
	uint32_t queue, in;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_HIGH, &queue));
	add_write(s, 0, 1);
	ASSERT_EQ(0, submit(s, queue, in, &waits));
	add_write(s, 1, 1);
	ASSERT_EQ(0, submit(s, 0, in, &other));
	ASSERT_EQ(0, destroy_queue(s, queue));
	EXPECT_EQ(-ENOENT, destroy_queue(s, queue));
	EXPECT_EQ(-ENOENT, destroy_queue(s, 0));
	add_write(s, 2, 1);
	EXPECT_EQ(-ENOENT, submit(s, queue, 0, &none));
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(-ECANCELED, status_of(s, waits));
	EXPECT_EQ(0, status_of(s, other));
	EXPECT_EQ(0, word_at(s, 0));
	EXPECT_EQ(1, word_at(s, 1));
	close(sync_file);
	close(timeline);
}

/* A job that is dropped does not end before one in front of it, which the card has. */
TEST_F(queue, destroy_in_order)
{
	struct ipu_session *s = &self->s;
	uint64_t loop, first, dropped;
	int timeline, sync_file, status;
	uint32_t queue, in;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_NORMAL, &queue));
	ASSERT_EQ(0, ipu_start_loop(s, &loop));
	add_write(s, 0, 1);
	ASSERT_EQ(0, submit(s, queue, 0, &first));
	add_write(s, 1, 1);
	ASSERT_EQ(0, submit(s, queue, in, &dropped));
	ASSERT_EQ(0, destroy_queue(s, queue));
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, dropped, 100, &status));
	ASSERT_EQ(0, ipu_job_cancel(s, loop));
	EXPECT_EQ(-ECANCELED, status_of(s, dropped));
	/* So it has ended, too. */
	EXPECT_EQ(0, ipu_wait(s->fd, s->ctx, first, 0, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, word_at(s, 0));
	EXPECT_EQ(0, word_at(s, 1));
	close(sync_file);
	close(timeline);
}

/* Those that are dropped have each the one before it to wait for, whichever worker has them. */
TEST_F(queue, dropped_in_order)
{
	struct ipu_session *s = &self->s;
	uint64_t loop, seqno[8];
	unsigned int round, i;
	uint32_t queue, fence;
	int status;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &fence));
	for (round = 0; round < 50; round++) {
		ASSERT_EQ(0, ipu_queue_new(s, DRM_IPU_PRIORITY_NORMAL, &queue));
		ASSERT_EQ(0, ipu_start_loop(s, &loop));
		add_write(s, 0, 1);
		ASSERT_EQ(0, ipu_submit_out(s, fence, &seqno[0]));
		for (i = 0; i < ARRAY_LEN(seqno); i++) {
			add_write(s, 1, 1);
			ASSERT_EQ(0, submit(s, queue, fence, &seqno[i]));
		}
		ASSERT_EQ(0, destroy_queue(s, queue));
		ASSERT_EQ(0, ipu_job_cancel(s, loop));
		ASSERT_EQ(-ECANCELED, status_of(s, seqno[ARRAY_LEN(seqno) - 1]));
		for (i = 0; i < ARRAY_LEN(seqno); i++) {
			ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno[i], 0, &status));
			ASSERT_EQ(-ECANCELED, status);
		}
	}
	EXPECT_EQ(0, word_at(s, 1));
}

TEST_F(queue, refused)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_queue_create create = { .ctx = s->ctx, .flags = 1 };
	struct drm_ipu_job_cancel bad = { .ctx = s->ctx, .seqno = 1, .pad = 1 };
	uint32_t queue, last;
	unsigned int i;

	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_QUEUE_CREATE, &create));
	EXPECT_EQ(-EINVAL, ipu_queue_new(s, DRM_IPU_PRIORITY_HIGH + 1, &queue));
	EXPECT_EQ(-EINVAL, ipu_queue_new(s, UINT32_MAX, &queue));
	create = (struct drm_ipu_queue_create){ .ctx = s->ctx + 100 };
	EXPECT_EQ(-ENOENT, ipu_do(s->fd, DRM_IOCTL_IPU_QUEUE_CREATE, &create));
	for (i = 0; i < DRM_IPU_MAX_QUEUES; i++)
		ASSERT_EQ(0, ipu_queue_new(s, i % 3, &last));
	EXPECT_EQ(-EDQUOT, ipu_queue_new(s, 0, &queue));
	ASSERT_EQ(0, destroy_queue(s, last));
	EXPECT_EQ(0, ipu_queue_new(s, 0, &queue));

	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_JOB_CANCEL, &bad));
	EXPECT_EQ(-EINVAL, ipu_job_cancel(s, 0));
	EXPECT_EQ(-EINVAL, ipu_job_cancel(s, 1));
	EXPECT_EQ(-EINVAL, ipu_job_cancel(s, UINT64_MAX));
	s->ctx += 100;
	EXPECT_EQ(-ENOENT, ipu_job_cancel(s, 1));
	EXPECT_EQ(-ENOENT, destroy_queue(s, queue));
	s->ctx -= 100;
}

/* The job that runs ends, those behind it run, and what the tiles have stays. */
TEST_F(queue, cancel_running)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_ctx_query state;
	uint64_t loop, next;
	unsigned int i;

	/* Any number of times: that is nobody's fault. */
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, ipu_start_loop(s, &loop));
		add_write(s, i, i + 1);
		ASSERT_EQ(0, submit(s, 0, 0, &next));
		ASSERT_EQ(0, ipu_job_cancel(s, loop));
		EXPECT_EQ(-ECANCELED, status_of(s, loop));
		EXPECT_EQ(0, status_of(s, next));
		EXPECT_EQ(i + 1, word_at(s, i));
	}
	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_USABLE, state.state);
}

/* Of jobs that the card has, but does not execute yet. */
TEST_F(queue, cancel_behind)
{
	struct ipu_session *s = &self->s;
	uint64_t loop, second, third;
	int status;

	ASSERT_EQ(0, ipu_start_loop(s, &loop));
	add_write(s, 0, 1);
	ASSERT_EQ(0, submit(s, 0, 0, &second));
	add_write(s, 1, 1);
	ASSERT_EQ(0, submit(s, 0, 0, &third));
	ASSERT_EQ(0, ipu_job_cancel(s, second));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, second, 100, &status));
	ASSERT_EQ(0, ipu_job_cancel(s, loop));
	EXPECT_EQ(-ECANCELED, status_of(s, loop));
	EXPECT_EQ(-ECANCELED, status_of(s, second));
	EXPECT_EQ(0, status_of(s, third));
	EXPECT_EQ(0, word_at(s, 0));
	EXPECT_EQ(1, word_at(s, 1));
}

/* Of a job that waits for a fence; of one that has ended. */
TEST_F(queue, cancel_waiting)
{
	struct ipu_session *s = &self->s;
	int timeline, sync_file;
	uint64_t ended, waits;
	uint32_t in;

	add_write(s, 0, 1);
	ASSERT_EQ(0, submit(s, 0, 0, &ended));
	EXPECT_EQ(0, status_of(s, ended));
	EXPECT_EQ(0, ipu_job_cancel(s, ended));
	EXPECT_EQ(0, status_of(s, ended));

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	add_write(s, 1, 1);
	ASSERT_EQ(0, submit(s, 0, in, &waits));
	ASSERT_EQ(0, ipu_job_cancel(s, waits));
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(-ECANCELED, status_of(s, waits));
	EXPECT_EQ(0, word_at(s, 1));
	close(sync_file);
	close(timeline);
}

TEST_HARNESS_MAIN
