// SPDX-License-Identifier: MIT
/*
 * The interface of one context, without a job: its address space, jobs that are refused, and
 * structures of programs that are older or newer than the driver. Also built for 32 bits.
 */
#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096u

FIXTURE(ctx)
{
	int fd;
	uint32_t ctx;
	struct drm_ipu_query_info info;
	struct ipu_bo bo;
};

FIXTURE_SETUP(ctx)
{
	self->fd = ipu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ipu_query_info(self->fd, &self->info));
	ASSERT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &self->ctx));
	ASSERT_EQ(0, ipu_bo_new(self->fd, 4 * PAGE, &self->bo));
}

FIXTURE_TEARDOWN(ctx)
{
	ipu_bo_close(self->fd, &self->bo);
	close(self->fd);
}

TEST_F(ctx, map)
{
	struct ipu_bo again = self->bo;

	ASSERT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_WRITE, &self->bo));
	EXPECT_NE(0, self->bo.va);
	EXPECT_EQ(0, self->bo.va % PAGE);
	EXPECT_GE(self->info.va_size, self->bo.va + self->bo.size);

	/* A buffer can be mapped twice. */
	ASSERT_EQ(0, ipu_bo_map(self->fd, self->ctx, 0, &again));
	EXPECT_NE(self->bo.va, again.va);
	EXPECT_EQ(0, ipu_bo_unmap(self->fd, self->ctx, again.va));
	EXPECT_EQ(0, ipu_bo_unmap(self->fd, self->ctx, self->bo.va));
}

TEST_F(ctx, map_fixed)
{
	const uint64_t places[] = {
		PAGE,	      0x200000 - 2 * PAGE,	     0x40000000 - 2 * PAGE,
		0x1234567000, self->info.va_size - 4 * PAGE,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		self->bo.va = places[i];
		EXPECT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
		EXPECT_EQ(places[i], self->bo.va);
	}
	for (i = 0; i < ARRAY_LEN(places); i++)
		EXPECT_EQ(0, ipu_bo_unmap(self->fd, self->ctx, places[i]));
	/* And again, now that the page tables are gone. */
	for (i = 0; i < ARRAY_LEN(places); i++) {
		self->bo.va = places[i];
		EXPECT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	}
}

TEST_F(ctx, map_overlap)
{
	const int64_t off[] = { 0, PAGE, 3 * PAGE, -(int64_t)PAGE, -3 * (int64_t)PAGE };
	const uint64_t place = 0x10000000;
	unsigned int i;

	self->bo.va = place;
	ASSERT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	for (i = 0; i < ARRAY_LEN(off); i++) {
		self->bo.va = place + off[i];
		EXPECT_EQ(-EBUSY, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	}
	self->bo.va = place + 4 * PAGE;
	EXPECT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	self->bo.va = place - 4 * PAGE;
	EXPECT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	EXPECT_EQ(0, ipu_bo_unmap(self->fd, self->ctx, place));
	self->bo.va = place;
	EXPECT_EQ(0, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
}

TEST_F(ctx, map_bad_address)
{
	const uint64_t places[] = {
		0,
		1,
		PAGE + 1,
		self->info.va_size,
		self->info.va_size - 3 * PAGE,
		1ull << IPU_VA_BITS,
		-(uint64_t)PAGE,
		UINT64_MAX,
	};
	unsigned int i;

	for (i = 0; i < ARRAY_LEN(places); i++) {
		self->bo.va = places[i];
		EXPECT_EQ(-EINVAL, ipu_bo_map(self->fd, self->ctx, DRM_IPU_MAP_FIXED, &self->bo));
	}
}

TEST_F(ctx, map_refused)
{
	struct drm_ipu_bo_map args = {
		.ctx = self->ctx,
		.handle = self->bo.handle,
	};

	args.flags = 1u << 2;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MAP, &args));
	args.flags = 1u << 31;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MAP, &args));
	args.flags = 0;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MAP, &args));
	args.pad = 0;
	args.handle = 0x1234;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MAP, &args));
	args.handle = self->bo.handle;
	args.ctx = 0x1234;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MAP, &args));
}

TEST_F(ctx, unmap_refused)
{
	struct drm_ipu_bo_unmap args = { .ctx = self->ctx };

	ASSERT_EQ(0, ipu_bo_map(self->fd, self->ctx, 0, &self->bo));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, self->ctx, 0));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, self->ctx, self->bo.va + PAGE));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, self->ctx, self->info.va_size));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, self->ctx, UINT64_MAX));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, 0x1234, self->bo.va));
	args.va = self->bo.va;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_UNMAP, &args));
	EXPECT_EQ(0, ipu_bo_unmap(self->fd, self->ctx, self->bo.va));
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(self->fd, self->ctx, self->bo.va));
}

TEST_F(ctx, submit_refused)
{
	const struct drm_ipu_submit good = {
		.ctx = self->ctx,
		.cmd_va = 0x100000,
		.cmd_count = 1,
	};
	struct drm_ipu_submit args;

	args = good;
	args.flags = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.queue = 1;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_count = 0;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_count = self->info.max_cmds + 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_va += 32;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_va = self->info.va_size;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_va = self->info.va_size - 64;
	args.cmd_count = 2;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.cmd_va = UINT64_MAX - 63;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	args = good;
	args.ctx = 0x1234;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
}

TEST_F(ctx, submit_syncs_refused)
{
	struct {
		struct drm_ipu_sync sync;
		uint64_t newer;
	} array[2] = {};
	struct drm_ipu_obj_array *arrays[2];
	struct drm_ipu_submit args;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		args = (struct drm_ipu_submit){
			.ctx = self->ctx,
			.cmd_va = 0x100000,
			.cmd_count = 1,
		};
		arrays[0] = &args.in_syncs;
		arrays[1] = &args.out_syncs;
		arrays[i]->array = (uintptr_t)array;
		arrays[i]->count = 1;

		arrays[i]->stride = 8;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		arrays[i]->stride = 1u << 20;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		arrays[i]->stride = 16;
		EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		array[0].sync.flags = 1;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		array[0].sync.flags = 0;

		/* Members that this driver does not know must be 0. */
		arrays[i]->stride = sizeof(array[0]);
		EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		array[0].newer = 1;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		array[0].newer = 0;

		arrays[i]->count = DRM_IPU_MAX_SYNCS + 1;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		arrays[i]->count = 0;
		EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		arrays[i]->count = 1;
		arrays[i]->array = 8;
		EXPECT_EQ(-EFAULT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
		arrays[i]->array = UINT64_MAX - 7;
		EXPECT_EQ(-EFAULT, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	}

	/* A syncobj that nothing will signal. */
	args = (struct drm_ipu_submit){
		.ctx = self->ctx,
		.cmd_va = 0x100000,
		.cmd_count = 1,
		.in_syncs = { .stride = 16, .count = 1, .array = (uintptr_t)array },
	};
	ASSERT_EQ(0, ipu_syncobj_new(self->fd, &array[0].sync.handle));
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
	array[0].sync.point = 3;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_SUBMIT, &args));
}

TEST_F(ctx, wait_refused)
{
	struct drm_ipu_wait args = { .ctx = self->ctx };

	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
	args.seqno = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
	args.seqno = UINT64_MAX;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
	args.seqno = 1;
	args.ctx = 0x1234;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
	args.pad = 0;
	args.pad2 = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_WAIT, &args));
}

TEST_F(ctx, get_fault_refused)
{
	struct drm_ipu_get_fault args = { .ctx = self->ctx };

	EXPECT_EQ(-ENODATA, ipu_do(self->fd, DRM_IOCTL_IPU_GET_FAULT, &args));
	args.seqno = 1;
	EXPECT_EQ(-ENODATA, ipu_do(self->fd, DRM_IOCTL_IPU_GET_FAULT, &args));
	args.ctx = 0x1234;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_GET_FAULT, &args));
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_GET_FAULT, &args));
	args.pad = 0;
	args.pad2 = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_GET_FAULT, &args));
}

/* A program from before a structure grew: the missing members are 0. */
TEST_F(ctx, short_structures)
{
	struct {
		uint32_t handle;
		uint32_t guard;
	} offset = { .handle = self->bo.handle, .guard = 0xa5a5a5a5 };
	uint32_t create[3] = { 1, 0, 0xa5a5a5a5 };
	struct drm_ipu_query_usage usage;
	uint32_t bo_size[2] = { PAGE, 0 };

	EXPECT_EQ(0, ipu_do(self->fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_CREATE, uint64_t),
			    bo_size));
	EXPECT_EQ(0, ipu_do(self->fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_MMAP_OFFSET, uint32_t),
			    &offset));
	EXPECT_EQ(0xa5a5a5a5, offset.guard);

	if (self->info.tiles < 2)
		return;
	EXPECT_EQ(0, ipu_do(self->fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_CTX_CREATE, uint64_t),
			    create));
	EXPECT_EQ(0xa5a5a5a5, create[2]);
	ASSERT_EQ(0, ipu_query_usage(self->fd, &usage));
	EXPECT_EQ(2, usage.contexts);
}

/* A program for a later driver: the kernel takes the part it knows. */
TEST_F(ctx, long_structures)
{
	struct later_bo_map {
		struct drm_ipu_bo_map map;
		uint64_t later[4];
	} args = {
		.map = { .ctx = self->ctx, .handle = self->bo.handle },
		.later = { 1, 2, 3, 4 },
	};

	ASSERT_EQ(0,
		  ipu_do(self->fd, DRM_IOWR(DRM_COMMAND_BASE + DRM_IPU_BO_MAP, struct later_bo_map),
			 &args));
	EXPECT_NE(0, args.map.va);
	EXPECT_EQ(1, args.later[0]);
	EXPECT_EQ(4, args.later[3]);
}

TEST_HARNESS_MAIN
