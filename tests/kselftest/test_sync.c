// SPDX-License-Identifier: MIT
/*
 * Fences: syncobjs, binary and timeline, that a job waits for and signals; their
 * errors; and fences that outlive what they came from.
 */
#include <errno.h>
#include <linux/sync_file.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

FIXTURE(sync)
{
	struct ipu_session s;
};

FIXTURE_SETUP(sync)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
}

FIXTURE_TEARDOWN(sync)
{
	ipu_session_close(&self->s);
}

TEST_F(sync, out_binary)
{
	struct ipu_session *s = &self->s;
	uint32_t out;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, out, 0, &seqno));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, out, 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(1, *(volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA));
}

TEST_F(sync, in_binary)
{
	struct ipu_session *s = &self->s;
	volatile uint64_t *word = ipu_mem(s, IPU_MEM_DATA);
	int timeline, sync_file, status;
	uint32_t in, out;
	uint64_t seqno;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));

	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, in, 0, out, 0, &seqno));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 100, &status));
	EXPECT_EQ(-ETIME, ipu_syncobj_wait(s->fd, out, 0, 0));
	EXPECT_EQ(0, *word);
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, out, 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, *word);
	close(sync_file);
	close(timeline);
}

TEST_F(sync, timeline)
{
	struct ipu_session *s = &self->s;
	struct drm_syncobj_timeline_array query = { .count_handles = 1 };
	uint64_t seqno, point = 0;
	uint32_t obj, i;
	int status;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &obj));
	query.handles = (uintptr_t)&obj;
	query.points = (uintptr_t)&point;
	/* Points with gaps, each job waiting for the one before. */
	for (i = 1; i <= 10; i++) {
		ipu_add_write(s, 0, i);
		ASSERT_EQ(0,
			  ipu_submit_sync(s, i > 1 ? obj : 0, 10 * (i - 1), obj, 10 * i, &seqno));
	}
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, obj, 35, IPU_TEST_WAIT_MS));
	EXPECT_LE(4, *(volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, obj, 100, IPU_TEST_WAIT_MS));
	EXPECT_EQ(10, *(volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA));
	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_SYNCOBJ_QUERY, &query));
	EXPECT_EQ(100, point);
	EXPECT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, 0, &status));
	EXPECT_EQ(0, status);

	/* A point that will never be signaled. */
	ipu_add_write(s, 0, 0);
	EXPECT_EQ(-EINVAL, ipu_submit_sync(s, obj, 101, 0, 0, &seqno));
}

/* Many at once, one of them twice. */
TEST_F(sync, arrays)
{
	struct ipu_session *s = &self->s;
	struct {
		struct drm_ipu_sync sync;
		uint64_t later;
	} in[8] = {}, out[8] = {};
	struct drm_ipu_submit args = {
		.in_syncs = { .stride = sizeof(in[0]), .count = 8, .array = (uintptr_t)in },
		.out_syncs = { .stride = sizeof(out[0]), .count = 8, .array = (uintptr_t)out },
	};
	uint64_t seqno;
	unsigned int i;

	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, ipu_syncobj_new(s->fd, &in[i].sync.handle));
		in[i].sync.point = i % 2 ? i : 0;
		ipu_add_write(s, 0, i);
		ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, in[i].sync.handle, in[i].sync.point, &seqno));
		ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out[i].sync.handle));
		out[i].sync.point = i % 2 ? 0 : i;
	}
	in[7] = in[0];
	out[7] = out[1];
	ipu_add_write(s, 0, 100);
	ASSERT_EQ(0, ipu_submit_args(s, &args));
	for (i = 0; i < 7; i++)
		EXPECT_EQ(0, ipu_syncobj_wait(s->fd, out[i].sync.handle, out[i].sync.point,
					      IPU_TEST_WAIT_MS));
	EXPECT_EQ(100, *(volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA));
}

/* Others must not wait for ever: a job that may run for ever signals nothing. */
TEST_F(sync, unlimited)
{
	static const uint32_t too_long[] = { 0xffffffff, 60001 };
	struct ipu_session s;
	uint64_t seqno;
	uint32_t out;
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(too_long); i++) {
		ipu_session_close(&self->s);
		ASSERT_EQ(0, ipu_session_open(&s, 1, too_long[i]));
		self->s = s;
		ASSERT_EQ(0, ipu_syncobj_new(s.fd, &out));
		ipu_add_write(&s, 0, 1);
		EXPECT_EQ(-EOPNOTSUPP, ipu_submit_out(&s, out, &seqno));
		/* Nothing was submitted, and the syncobj has no fence. */
		EXPECT_EQ(-EINVAL, ipu_syncobj_wait(s.fd, out, 0, 0));
		ipu_add_write(&s, 0, 1);
		ASSERT_EQ(0, ipu_submit(&s, &seqno));
		EXPECT_EQ(1, seqno);
	}
}

/*
 * Two contexts and one buffer: the second one copies what the first one writes
 * only after a long run, and is submitted first in time.
 */
TEST_F(sync, between_contexts)
{
	/* Count down from 4 million, then exit. */
	static const uint32_t code[] = {
		RV_LUI(RV_T0, 1000), /* lui t0, 1000 */
		RV_ADDI(RV_T0, RV_T0, -1), /* 1: addi t0, t0, -1 */
		RV_BNE(RV_T0, 0, -4), /* bnez t0, 1b */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
	};
	struct ipu_session *a = &self->s;
	struct ipu_session b = *a;
	struct drm_ipu_query_info info;
	uint32_t done;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, ipu_query_info(a->fd, &info));
	if (info.tiles < 2)
		SKIP(return, "needs 2 tiles");

	/* The second context is of the same file, with the same buffers. */
	ASSERT_EQ(0, ipu_ctx_create(a->fd, 1, 0, &b.ctx));
	ASSERT_EQ(0, ipu_bo_new(a->fd, 4096, &b.list));
	ASSERT_EQ(0, ipu_bo_map(a->fd, b.ctx, 0, &b.list));
	b.mem.va = 0;
	ASSERT_EQ(0, ipu_bo_map(a->fd, b.ctx, DRM_IPU_MAP_WRITE, &b.mem));
	ASSERT_EQ(0, ipu_syncobj_new(a->fd, &done));

	ipu_add_code(a, code, ARRAY_LEN(code));
	ipu_add_run(a, 0, false);
	ipu_add_write(a, 0, 0x600d);
	ASSERT_EQ(0, ipu_submit_sync(a, 0, 0, done, 5, &seqno));

	ipu_add_copy(&b, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, ipu_mem_va(&b, IPU_MEM_DATA),
		     0, 8);
	ipu_add_copy(&b, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA,
		     ipu_mem_va(&b, IPU_MEM_DATA) + 8, 0, 8);
	ASSERT_EQ(0, ipu_submit_sync(&b, done, 5, 0, 0, &seqno));
	ASSERT_EQ(0, ipu_wait(b.fd, b.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0x600d, ((volatile uint64_t *)ipu_mem(a, IPU_MEM_DATA))[1]);
	ipu_bo_close(a->fd, &b.list);
}

/* A job takes over the error of one that it waits on, and so on; others do not. */
TEST_F(sync, errors)
{
	static const uint32_t bad[16] = { 0x77 };
	struct ipu_session *s = &self->s;
	uint32_t first, second;
	uint64_t seqno[4];
	unsigned int i;
	int status[4];

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &first));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &second));
	ipu_add(s, bad);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, first, 0, &seqno[0]));
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, first, 0, second, 1, &seqno[1]));
	ipu_add_write(s, 1, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, second, 1, 0, 0, &seqno[2]));
	ipu_add_write(s, 2, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, 0, 0, &seqno[3]));

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno[i], IPU_TEST_WAIT_MS, &status[i]));
	EXPECT_EQ(-EIO, status[0]);
	EXPECT_EQ(-EIO, status[1]);
	EXPECT_EQ(-EIO, status[2]);
	EXPECT_EQ(0, status[3]);
	EXPECT_EQ(0, ((volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA))[0]);
	EXPECT_EQ(0, ((volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA))[1]);
	EXPECT_EQ(1, ((volatile uint64_t *)ipu_mem(s, IPU_MEM_DATA))[2]);
}

/* Since Linux 6.17, a fence that has signaled does not tell whose it was. */
static bool is_ours(const struct sync_fence_info *fence)
{
	return !strcmp(fence->driver_name, "ipu") ||
	       (fence->status && !strcmp(fence->driver_name, "detached-driver"));
}

static int sync_file_status(int fd)
{
	struct sync_fence_info fence = {};
	struct sync_file_info info = {
		.num_fences = 1,
		.sync_fence_info = (uintptr_t)&fence,
	};
	int ret = ipu_do(fd, SYNC_IOC_FILE_INFO, &info);

	if (ret)
		return ret;
	return is_ours(&fence) ? info.status : -EBADMSG;
}

/* The same, when it has signaled. */
static int sync_file_result(int fd)
{
	struct pollfd wait = {
		.fd = fd,
		.events = POLLIN,
	};
	int ret = poll(&wait, 1, IPU_TEST_WAIT_MS);

	return ret < 0 ? -errno : !ret ? -ETIME : sync_file_status(fd);
}

/* A fence may be held, and its name read, when its context and file are gone. */
TEST_F(sync, outlives_context)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno, looping;
	int sync_file[2];
	uint32_t out[2];
	unsigned int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out[i]));
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, out[0], 0, &seqno));
	ASSERT_EQ(0, ipu_syncobj_wait(s->fd, out[0], 0, IPU_TEST_WAIT_MS));
	ASSERT_EQ(0, ipu_start_loop(s, &looping));
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, out[1], 0, &seqno));
	for (i = 0; i < 2; i++) {
		sync_file[i] = ipu_syncobj_to_sync_file(s->fd, out[i]);
		ASSERT_LE(0, sync_file[i]);
	}
	EXPECT_EQ(1, sync_file_status(sync_file[0]));
	EXPECT_EQ(0, sync_file_status(sync_file[1]));

	ipu_session_close(s);
	EXPECT_EQ(1, sync_file_status(sync_file[0]));
	EXPECT_EQ(-ECANCELED, sync_file_result(sync_file[1]));
	close(sync_file[0]);
	close(sync_file[1]);
}

/* A job that waits on another driver's fence when its context is destroyed. */
TEST_F(sync, context_goes_first)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_query_usage usage;
	int timeline, sync_file, out_file, fd;
	uint32_t in, out;
	uint64_t seqno;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	ipu_add_write(s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(s, in, 0, out, 0, &seqno));
	ipu_add_write(s, 0, 2);
	ASSERT_EQ(0, ipu_submit_sync(s, 0, 0, 0, 0, &seqno));
	out_file = ipu_syncobj_to_sync_file(s->fd, out);
	ASSERT_LE(0, out_file);
	ipu_session_close(s);

	/* Its tiles are free at once. Its job ends when that fence signals. */
	fd = ipu_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ipu_query_usage(fd, &usage));
	EXPECT_EQ(0, usage.contexts);
	close(fd);
	EXPECT_EQ(0, sync_file_status(out_file));
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(-ECANCELED, sync_file_result(out_file));
	close(out_file);
	close(sync_file);
	close(timeline);
}

TEST_HARNESS_MAIN
