// SPDX-License-Identifier: MIT
/*
 * DRM_IOCTL_IPU_VM_BIND: ranges of buffers mapped and unmapped, at once and in the order
 * that syncobjs give, small pages and large ones. What is mapped is seen by what a job
 * writes: to a page's first word.
 */
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096ull
#define LARGE 0x200000ull
#define PLACE 0x40000000ull
#define PAGES 8

FIXTURE(bind)
{
	struct ipu_session s;
	struct ipu_bo bo;
	uint32_t tables;
	uint32_t mappings;
};

FIXTURE_SETUP(bind)
{
	struct drm_ipu_ctx_query state;

	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
	ASSERT_EQ(0, ipu_bo_new(self->s.fd, PAGES * PAGE, &self->bo));
	ASSERT_EQ(0, ipu_ctx_query(self->s.fd, self->s.ctx, &state));
	self->tables = state.tables;
	self->mappings = state.mappings;
}

FIXTURE_TEARDOWN(bind)
{
	ipu_bo_close(self->s.fd, &self->bo);
	ipu_session_close(&self->s);
}

static int bind_sync(struct ipu_session *s, const struct drm_ipu_bind_op *ops, uint32_t count,
		     uint32_t flags, uint32_t in, uint32_t out)
{
	const struct drm_ipu_sync in_sync = { .handle = in };
	const struct drm_ipu_sync out_sync = { .handle = out };
	struct drm_ipu_vm_bind args = {
		.ctx = s->ctx,
		.flags = flags,
		.ops = { sizeof(*ops), count, (uintptr_t)ops },
		.in_syncs = { sizeof(in_sync), !!in, in ? (uintptr_t)&in_sync : 0 },
		.out_syncs = { sizeof(out_sync), !!out, out ? (uintptr_t)&out_sync : 0 },
	};

	return ipu_do(s->fd, DRM_IOCTL_IPU_VM_BIND, &args);
}

static struct drm_ipu_bind_op map_op(const struct ipu_bo *bo, uint64_t offset, uint64_t va,
				     uint64_t size)
{
	return (struct drm_ipu_bind_op){
		.type = DRM_IPU_BIND_MAP,
		.flags = DRM_IPU_MAP_WRITE,
		.handle = bo->handle,
		.bo_offset = offset,
		.va = va,
		.size = size,
	};
}

static struct drm_ipu_bind_op unmap_op(uint64_t va, uint64_t size)
{
	return (struct drm_ipu_bind_op){ .type = DRM_IPU_BIND_UNMAP, .va = va, .size = size };
}

static int map(struct ipu_session *s, const struct ipu_bo *bo, uint64_t offset, uint64_t va,
	       uint64_t size)
{
	struct drm_ipu_bind_op op = map_op(bo, offset, va, size);

	return bind_sync(s, &op, 1, 0, 0, 0);
}

static int unmap(struct ipu_session *s, uint64_t va, uint64_t size)
{
	struct drm_ipu_bind_op op = unmap_op(va, size);

	return bind_sync(s, &op, 1, 0, 0, 0);
}

static void add_write(struct ipu_session *s, uint64_t va, uint64_t value)
{
	const struct ipu_cmd_fence cmd = { .op = IPU_CMD_FENCE, .va = va, .value = value };

	ipu_add(s, &cmd);
}

/* A job writes to an address: 0, or -EIO if nothing that can be written is mapped there. */
static int card_write(struct ipu_session *s, uint64_t va, uint64_t value)
{
	add_write(s, va, value);
	return ipu_run(s);
}

static uint64_t first_word(const struct ipu_bo *bo, uint64_t offset)
{
	return *(volatile uint64_t *)((char *)bo->map + offset);
}

static uint32_t mappings(struct ipu_session *s)
{
	struct drm_ipu_ctx_query state;

	return ipu_ctx_query(s->fd, s->ctx, &state) ? UINT32_MAX : state.mappings;
}

static uint32_t tables(struct ipu_session *s)
{
	struct drm_ipu_ctx_query state;

	return ipu_ctx_query(s->fd, s->ctx, &state) ? UINT32_MAX : state.tables;
}

TEST_F(bind, range)
{
	struct ipu_session *s = &self->s;

	ASSERT_EQ(0, map(s, &self->bo, 2 * PAGE, PLACE, 3 * PAGE));
	EXPECT_EQ(self->mappings + 1, mappings(s));
	EXPECT_EQ(0, card_write(s, PLACE, 7));
	EXPECT_EQ(0, card_write(s, PLACE + 2 * PAGE, 8));
	EXPECT_EQ(7, first_word(&self->bo, 2 * PAGE));
	EXPECT_EQ(8, first_word(&self->bo, 4 * PAGE));
	EXPECT_EQ(-EIO, card_write(s, PLACE - PAGE, 9));
	EXPECT_EQ(-EIO, card_write(s, PLACE + 3 * PAGE, 9));
	EXPECT_EQ(0, unmap(s, PLACE, 3 * PAGE));
	EXPECT_EQ(-EIO, card_write(s, PLACE, 9));
	EXPECT_EQ(self->mappings, mappings(s));
	EXPECT_EQ(self->tables, tables(s));
}

/* What is left of a mapping on both sides of a hole is mapped as before. */
TEST_F(bind, hole)
{
	struct ipu_session *s = &self->s;
	unsigned int i;

	self->bo.va = PLACE;
	ASSERT_EQ(0, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE | DRM_IPU_MAP_FIXED, &self->bo));
	ASSERT_EQ(0, unmap(s, PLACE + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(self->mappings + 2, mappings(s));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(i == 3 || i == 4 ? -EIO : 0, card_write(s, PLACE + i * PAGE, i + 1));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(i == 3 || i == 4 ? 0 : i + 1, first_word(&self->bo, i * PAGE));

	/* Each part is a mapping of its own now. */
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(s->fd, s->ctx, PLACE + 3 * PAGE));
	EXPECT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, PLACE + 5 * PAGE));
	EXPECT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, PLACE));
	EXPECT_EQ(self->mappings, mappings(s));
}

/* Neither a read-only part nor its rest becomes writable. */
TEST_F(bind, read_only)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op op = map_op(&self->bo, 0, PLACE, PAGES * PAGE);

	op.flags = 0;
	ASSERT_EQ(0, bind_sync(s, &op, 1, 0, 0, 0));
	ASSERT_EQ(0, unmap(s, PLACE + 3 * PAGE, PAGE));
	EXPECT_EQ(-EIO, card_write(s, PLACE, 1));
	EXPECT_EQ(-EIO, card_write(s, PLACE + 5 * PAGE, 1));
	EXPECT_EQ(0, first_word(&self->bo, 0));
}

TEST_F(bind, in_the_way)
{
	struct ipu_session *s = &self->s;
	struct ipu_bo other;
	unsigned int i;

	ASSERT_EQ(0, ipu_bo_new(s->fd, 3 * PAGE, &other));
	ASSERT_EQ(0, map(s, &self->bo, 0, PLACE, PAGES * PAGE));
	ASSERT_EQ(0, map(s, &other, 0, PLACE + 2 * PAGE, 3 * PAGE));
	EXPECT_EQ(self->mappings + 3, mappings(s));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(0, card_write(s, PLACE + i * PAGE, i + 1));
	for (i = 0; i < PAGES; i++)
		EXPECT_EQ(i < 2 || i > 4 ? i + 1 : 0, first_word(&self->bo, i * PAGE));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(i + 3, first_word(&other, i * PAGE));
	/* Over mappings and gaps, beyond both ends. */
	EXPECT_EQ(0, unmap(s, PLACE - 16 * PAGE, 4 * LARGE));
	EXPECT_EQ(self->mappings, mappings(s));
	EXPECT_EQ(self->tables, tables(s));
	ipu_bo_close(s->fd, &other);
}

/* One call, in order; the buffer lives as long as it is mapped. */
TEST_F(bind, several)
{
	struct ipu_session *s = &self->s;
	struct drm_gem_close close = { .handle = self->bo.handle };
	const struct drm_ipu_bind_op ops[] = {
		map_op(&self->bo, 0, PLACE, PAGES * PAGE),
		unmap_op(PLACE, 4 * PAGE),
		map_op(&self->bo, 6 * PAGE, PLACE + PAGE, PAGE),
	};

	ASSERT_EQ(0, bind_sync(s, ops, ARRAY_LEN(ops), 0, 0, 0));
	ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_GEM_CLOSE, &close));
	self->bo.handle = 0;
	EXPECT_EQ(-EIO, card_write(s, PLACE, 1));
	EXPECT_EQ(0, card_write(s, PLACE + PAGE, 2));
	EXPECT_EQ(2, first_word(&self->bo, 6 * PAGE));
	EXPECT_EQ(0, card_write(s, PLACE + 6 * PAGE, 3));
	EXPECT_EQ(3, first_word(&self->bo, 6 * PAGE));
}

/* A list with an error in it does nothing. */
TEST_F(bind, all_or_nothing)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op ops[] = {
		map_op(&self->bo, 0, PLACE, PAGE),
		map_op(&self->bo, 0, PLACE + PAGE, (PAGES + 1) * PAGE),
	};

	EXPECT_EQ(-EINVAL, bind_sync(s, ops, 2, 0, 0, 0));
	EXPECT_EQ(-EIO, card_write(s, PLACE, 1));
	EXPECT_EQ(self->mappings, mappings(s));
	EXPECT_EQ(self->tables, tables(s));
}

TEST_F(bind, refused)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_query_info info;
	const struct drm_ipu_bind_op good = map_op(&self->bo, 0, PLACE, PAGE);
	struct drm_ipu_bind_op op;
	uint32_t obj;

	ASSERT_EQ(0, ipu_query_info(s->fd, &info));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &obj));
#define REFUSED(error, change)                                  \
	do {                                                    \
		op = good;                                      \
		change;                                         \
		EXPECT_EQ(error, bind_sync(s, &op, 1, 0, 0, 0)) \
		{                                               \
			TH_LOG(#change);                        \
		}                                               \
	} while (0)
	REFUSED(-EINVAL, op.type = 2);
	REFUSED(-EINVAL, op.type = UINT32_MAX);
	REFUSED(-EINVAL, op.flags = DRM_IPU_MAP_FIXED);
	REFUSED(-EINVAL, op.flags = 1u << 31);
	REFUSED(-EINVAL, op.pad = 1);
	REFUSED(-ENOENT, op.handle = 0);
	REFUSED(-ENOENT, op.handle = 0x1234);
	REFUSED(-EINVAL, op.va = 0);
	REFUSED(-EINVAL, op.va++);
	REFUSED(-EINVAL, op.va = info.va_size);
	REFUSED(-EINVAL, op.va = UINT64_MAX - PAGE + 1);
	REFUSED(-EINVAL, op.size = 0);
	REFUSED(-EINVAL, op.size = PAGE - 1);
	REFUSED(-EINVAL, op.size = (PAGES + 1) * PAGE);
	REFUSED(-EINVAL, op.size = UINT64_MAX - PAGE + 1);
	REFUSED(-EINVAL, op.bo_offset = 1);
	REFUSED(-EINVAL, op.bo_offset = PAGES * PAGE);
	REFUSED(-EINVAL, op.bo_offset = UINT64_MAX - PAGE + 1);
	REFUSED(-EINVAL, op.type = DRM_IPU_BIND_UNMAP);
	REFUSED(-EINVAL, op = unmap_op(PLACE, PAGE); op.flags = DRM_IPU_MAP_WRITE);
	REFUSED(-EINVAL, op = unmap_op(PLACE, PAGE); op.bo_offset = PAGE);
	REFUSED(-EINVAL, op = unmap_op(info.va_size - PAGE, 2 * PAGE));
	REFUSED(-EINVAL, op = unmap_op(0, info.va_size));
#undef REFUSED
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, 0, 0, 0, 0));
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, DRM_IPU_MAX_BIND_OPS + 1, 0, 0, 0));
	EXPECT_EQ(-EFAULT, bind_sync(s, NULL, 1, 0, 0, 0));
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, 1, 2, 0, 0));
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, 1, 0, obj, 0));
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, 1, 0, 0, obj));
	/* There is no fence to wait for; and no such syncobj. */
	EXPECT_EQ(-EINVAL, bind_sync(s, &good, 1, DRM_IPU_BIND_ASYNC, obj, 0));
	EXPECT_EQ(-ENOENT, bind_sync(s, &good, 1, DRM_IPU_BIND_ASYNC, 0x1234, 0));
	EXPECT_EQ(-ENOENT, bind_sync(s, &good, 1, DRM_IPU_BIND_ASYNC, 0, 0x1234));
	s->ctx += 100;
	EXPECT_EQ(-ENOENT, bind_sync(s, &good, 1, 0, 0, 0));
	s->ctx -= 100;
	EXPECT_EQ(self->mappings, mappings(s));
	EXPECT_EQ(self->tables, tables(s));
}

/* A job is submitted before what it uses is mapped, and waits for that. */
TEST_F(bind, before_a_job)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op op = map_op(&self->bo, 0, PLACE, PAGE);
	struct drm_ipu_sync bound = {};
	struct drm_ipu_submit args = {
		.in_syncs = { sizeof(bound), 1, (uintptr_t)&bound },
	};
	int timeline, sync_file, status;
	uint32_t in;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &bound.handle));
	ASSERT_EQ(0, bind_sync(s, &op, 1, DRM_IPU_BIND_ASYNC, in, bound.handle));
	add_write(s, PLACE, 5);
	ASSERT_EQ(0, ipu_submit_args(s, &args));
	EXPECT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, args.seqno, 100, &status));
	EXPECT_EQ(0, ipu_syncobj_status(s->fd, bound.handle));

	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(0, ipu_wait(s->fd, s->ctx, args.seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(5, first_word(&self->bo, 0));
	EXPECT_EQ(1, ipu_syncobj_status(s->fd, bound.handle));
	close(sync_file);
	close(timeline);
}

/* What a job uses is unmapped when it has ended; changes are made in order. */
TEST_F(bind, after_a_job)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op op = unmap_op(PLACE, PAGE);
	struct drm_ipu_bind_op next = map_op(&self->bo, PAGE, PLACE + PAGE, PAGE);
	uint32_t ran, done;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &ran));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &done));
	ASSERT_EQ(0, map(s, &self->bo, 0, PLACE, PAGE));
	add_write(s, PLACE, 6);
	ASSERT_EQ(0, ipu_submit_out(s, ran, &seqno));
	ASSERT_EQ(0, bind_sync(s, &op, 1, DRM_IPU_BIND_ASYNC, ran, 0));
	ASSERT_EQ(0, bind_sync(s, &next, 1, DRM_IPU_BIND_ASYNC, 0, done));
	ASSERT_EQ(0, ipu_syncobj_wait(s->fd, done, 0, IPU_TEST_WAIT_MS));
	EXPECT_EQ(6, first_word(&self->bo, 0));
	EXPECT_EQ(-EIO, card_write(s, PLACE, 7));
	EXPECT_EQ(0, card_write(s, PLACE + PAGE, 7));
	EXPECT_EQ(7, first_word(&self->bo, PAGE));
}

/* The error of a fence goes to who waits for it, and nothing is mapped. */
TEST_F(bind, failed_fence)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op op = map_op(&self->bo, 0, PLACE, PAGE);
	uint32_t failed, done;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &failed));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &done));
	add_write(s, PLACE, 1);
	ASSERT_EQ(0, ipu_submit_out(s, failed, &seqno));
	ASSERT_EQ(0, bind_sync(s, &op, 1, DRM_IPU_BIND_ASYNC, failed, done));
	ipu_syncobj_wait(s->fd, done, 0, IPU_TEST_WAIT_MS);
	EXPECT_EQ(-EIO, ipu_syncobj_status(s->fd, done));
	EXPECT_EQ(-EIO, card_write(s, PLACE, 1));
	EXPECT_EQ(self->mappings, mappings(s));
}

/* The context goes before its changes are made: they release everything and say so. */
TEST_F(bind, destroyed)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_bind_op op = map_op(&self->bo, 0, PLACE, PAGE);
	int timeline, sync_file;
	uint32_t in, done;
	unsigned int i;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &done));
	for (i = 0; i < 16; i++)
		ASSERT_EQ(0, bind_sync(s, &op, 1, DRM_IPU_BIND_ASYNC, in, done));
	ASSERT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	EXPECT_EQ(0, ipu_sw_sync_signal(timeline));
	ipu_syncobj_wait(s->fd, done, 0, IPU_TEST_WAIT_MS);
	EXPECT_EQ(-ECANCELED, ipu_syncobj_status(s->fd, done));
	close(sync_file);
	close(timeline);
}

/* Queued changes are limited as jobs are, and what they reserve as mappings are. */
TEST_F(bind, limits)
{
	struct ipu_session *s = &self->s;
	static struct drm_ipu_bind_op ops[DRM_IPU_MAX_BIND_OPS];
	struct drm_ipu_query_limits limits;
	int timeline, sync_file, ret = 0;
	unsigned int i;
	uint32_t in;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_query_limits(s->fd, &limits));
	ASSERT_EQ(0, ipu_syncobj_import(s->fd, sync_file, &in));
	for (i = 0; i < ARRAY_LEN(ops); i++)
		ops[i] = map_op(&self->bo, 0, PLACE + i * PAGE, PAGE);
	for (i = 0; i <= limits.ctx_mappings / ARRAY_LEN(ops) && !ret; i++)
		ret = bind_sync(s, ops, ARRAY_LEN(ops), DRM_IPU_BIND_ASYNC, in, 0);
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_LE(mappings(s), limits.ctx_mappings);
	EXPECT_LE(tables(s), limits.ctx_tables);
	ASSERT_EQ(0, ipu_sw_sync_signal(timeline));
	/* A change behind them says when they are made. */
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &in));
	for (ret = -EDQUOT, i = 0; i < 600 && ret == -EDQUOT; i++) {
		ret = bind_sync(s, ops, 1, DRM_IPU_BIND_ASYNC, 0, in);
		ipu_sleep_ms(100);
	}
	ASSERT_EQ(0, ret);
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, in, 0, IPU_TEST_WAIT_MS));
	close(sync_file);
	close(timeline);
}

/* Has an IOMMU made the buffers contiguous for the card? */
static bool behind_iommu(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/iommu_group", ipu_sysfs());
	return !access(path, F_OK);
}

/* 2 MiB are mapped by one entry, which is split where a part goes. */
TEST_F(bind, large_pages)
{
	struct ipu_session *s = &self->s;
	struct ipu_bo bo;

	ASSERT_EQ(0, ipu_bo_new(s->fd, 4 * LARGE, &bo));
	ASSERT_EQ(0, map(s, &bo, 0, PLACE, 4 * LARGE));
	/* An entry each behind an IOMMU, else a table each at most. */
	EXPECT_LE(tables(s), self->tables + (behind_iommu() ? 1 : 5));
	EXPECT_EQ(0, card_write(s, PLACE + LARGE, 1));
	EXPECT_EQ(0, card_write(s, PLACE + 4 * LARGE - PAGE, 2));
	EXPECT_EQ(1, first_word(&bo, LARGE));
	EXPECT_EQ(2, first_word(&bo, 4 * LARGE - PAGE));

	ASSERT_EQ(0, unmap(s, PLACE + LARGE + 5 * PAGE, LARGE));
	EXPECT_EQ(0, card_write(s, PLACE + LARGE + 4 * PAGE, 3));
	EXPECT_EQ(-EIO, card_write(s, PLACE + LARGE + 5 * PAGE, 4));
	EXPECT_EQ(-EIO, card_write(s, PLACE + 2 * LARGE + 4 * PAGE, 4));
	EXPECT_EQ(0, card_write(s, PLACE + 2 * LARGE + 5 * PAGE, 5));
	EXPECT_EQ(3, first_word(&bo, LARGE + 4 * PAGE));
	EXPECT_EQ(0, first_word(&bo, LARGE + 5 * PAGE));
	EXPECT_EQ(5, first_word(&bo, 2 * LARGE + 5 * PAGE));
	if (behind_iommu())
		EXPECT_EQ(self->tables + 3, tables(s));

	ASSERT_EQ(0, unmap(s, PLACE, 4 * LARGE));
	EXPECT_EQ(self->tables, tables(s));
	ipu_bo_close(s->fd, &bo);
}

/* Random changes, beside a list of what should be mapped where. */
#define SPAN_PAGES 64

struct page {
	int bo;
	uint64_t offset;
};

static void check_span(struct __test_metadata *_metadata, struct ipu_session *s,
		       const struct ipu_bo *bos, const struct page *pages, uint64_t round)
{
	uint64_t last[2][PAGES] = {};
	unsigned int i;

	/* No job is running, and these are to be one. */
	s->first = s->end = 0;
	for (i = 0; i < SPAN_PAGES; i++) {
		if (pages[i].bo < 0)
			continue;
		add_write(s, PLACE + i * PAGE, round << 8 | i);
		last[pages[i].bo][pages[i].offset / PAGE] = round << 8 | i;
	}
	add_write(s, ipu_mem_va(s, IPU_MEM_DATA), round);
	ASSERT_EQ(0, ipu_run(s));
	for (i = 0; i < 2 * PAGES; i++) {
		if (last[i / PAGES][i % PAGES])
			EXPECT_EQ(last[i / PAGES][i % PAGES],
				  first_word(&bos[i / PAGES], i % PAGES * PAGE));
	}
	for (i = 0; i < SPAN_PAGES && pages[i].bo >= 0; i++)
		;
	if (i < SPAN_PAGES)
		EXPECT_EQ(-EIO, card_write(s, PLACE + i * PAGE, 1));
}

TEST_F(bind, random)
{
	struct ipu_session *s = &self->s;
	struct page pages[SPAN_PAGES];
	struct ipu_bo bos[2] = { self->bo };
	unsigned int round, seed = 1;
	unsigned int i;

	ASSERT_EQ(0, ipu_bo_new(s->fd, PAGES * PAGE, &bos[1]));
	for (i = 0; i < SPAN_PAGES; i++)
		pages[i].bo = -1;
	for (round = 1; round <= 300; round++) {
		unsigned int count = 1 + rand_r(&seed) % PAGES;
		unsigned int first = rand_r(&seed) % (SPAN_PAGES - count + 1);
		unsigned int skip = rand_r(&seed) % (PAGES - count + 1);
		int bo = rand_r(&seed) % 3 - 1;

		ASSERT_EQ(0, bo < 0 ? unmap(s, PLACE + first * PAGE, count * PAGE) :
				      map(s, &bos[bo], skip * PAGE, PLACE + first * PAGE,
					  count * PAGE));
		for (i = 0; i < count; i++)
			pages[first + i] = (struct page){ bo, (skip + i) * PAGE };
		if (round % 10 == 0)
			check_span(_metadata, s, bos, pages, round);
	}
	EXPECT_EQ(0, unmap(s, PLACE, SPAN_PAGES * PAGE));
	EXPECT_EQ(self->mappings, mappings(s));
	EXPECT_EQ(self->tables, tables(s));
	ipu_bo_close(s->fd, &bos[1]);
}

/*
 * An address that one thread has unmapped is another's at once. Nobody's job meets a
 * translation that was there before.
 */
#define ROUNDS 150

struct worker {
	pthread_t thread;
	struct ipu_session *s;
	struct ipu_bo list;
	int error;
	unsigned int wrong;
};

static int submit_list(struct worker *w, uint64_t *seqno)
{
	struct drm_ipu_submit args = {
		.ctx = w->s->ctx,
		.cmd_va = w->list.va,
		.cmd_count = 1,
	};
	int ret = ipu_do(w->s->fd, DRM_IOCTL_IPU_SUBMIT, &args);

	*seqno = args.seqno;
	return ret;
}

static int map_and_write(struct worker *w, uint64_t value)
{
	struct ipu_session *s = w->s;
	struct ipu_cmd_fence *cmd = w->list.map;
	struct ipu_bo bo;
	uint64_t seqno;
	int ret, status = 0;

	ret = ipu_bo_new(s->fd, PAGE, &bo);
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo);
	*cmd = (struct ipu_cmd_fence){ .op = IPU_CMD_FENCE, .va = bo.va, .value = value };
	if (!ret)
		ret = submit_list(w, &seqno);
	if (!ret)
		ret = ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status);
	if (!ret)
		ret = status;
	if (!ret)
		ret = ipu_bo_unmap(s->fd, s->ctx, bo.va);
	w->wrong += !ret && first_word(&bo, 0) != value;
	ipu_bo_close(s->fd, &bo);
	return ret;
}

static void *work(void *data)
{
	struct worker *w = data;
	unsigned int i;

	for (i = 0; i < ROUNDS && !w->error; i++)
		w->error = map_and_write(w, i + 1);
	return NULL;
}

TEST_F(bind, threads)
{
	struct worker workers[4] = {};
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(workers); i++) {
		struct worker *w = &workers[i];

		w->s = &self->s;
		ASSERT_EQ(0, ipu_bo_new(w->s->fd, PAGE, &w->list));
		ASSERT_EQ(0, ipu_bo_map(w->s->fd, w->s->ctx, 0, &w->list));
		ASSERT_EQ(0, pthread_create(&w->thread, NULL, work, w));
	}
	for (i = 0; i < ARRAY_LEN(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		EXPECT_EQ(0, workers[i].error);
		EXPECT_EQ(0, workers[i].wrong);
		EXPECT_EQ(0, ipu_bo_unmap(self->s.fd, self->s.ctx, workers[i].list.va));
		ipu_bo_close(self->s.fd, &workers[i].list);
	}
	EXPECT_EQ(self->mappings, mappings(&self->s));
	EXPECT_EQ(self->tables, tables(&self->s));
}

TEST_HARNESS_MAIN
