// SPDX-License-Identifier: MIT
/*
 * The interface without a job: what each ioctl returns, and what it refuses.
 * Also built for 32 bits: the structures are the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

#define PAGE 4096u

_Static_assert(sizeof(struct drm_ipu_dev_query) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_query_info) == 64, "the same for all");
_Static_assert(sizeof(struct drm_ipu_query_usage) == 24, "the same for all");
_Static_assert(sizeof(struct drm_ipu_query_limits) == 48, "the same for all");
_Static_assert(sizeof(struct drm_ipu_ctx_query) == 32, "the same for all");
_Static_assert(sizeof(struct drm_ipu_bo_create) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_bo_mmap_offset) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_ctx_create) == 32, "the same for all");
_Static_assert(sizeof(struct drm_ipu_ctx_destroy) == 8, "the same for all");
_Static_assert(sizeof(struct drm_ipu_bo_map) == 24, "the same for all");
_Static_assert(sizeof(struct drm_ipu_bo_unmap) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_sync) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_obj_array) == 16, "the same for all");
_Static_assert(sizeof(struct drm_ipu_submit) == 64, "the same for all");
_Static_assert(sizeof(struct drm_ipu_wait) == 32, "the same for all");
_Static_assert(sizeof(struct drm_ipu_get_fault) == 64, "the same for all");

FIXTURE(dev)
{
	int fd;
	struct drm_ipu_query_info info;
};

FIXTURE_SETUP(dev)
{
	self->fd = ipu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ipu_query_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(dev)
{
	close(self->fd);
}

TEST_F(dev, version)
{
	struct drm_version version = {};

	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_VERSION, &version));
	EXPECT_EQ(DRM_IPU_VERSION_MAJOR, version.version_major);
	EXPECT_LE(DRM_IPU_VERSION_MINOR, version.version_minor);
}

/* Monitors read here which driver the file belongs to. */
TEST_F(dev, fdinfo)
{
	char path[64], line[128];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", self->fd);
	file = fopen(path, "r");
	ASSERT_NE(NULL, file);
	while (fgets(line, sizeof(line), file)) {
		if (!strcmp(line, "drm-driver:\tipu\n"))
			found = true;
	}
	fclose(file);
	EXPECT_TRUE(found);
}

TEST_F(dev, unknown_ioctl)
{
	uint64_t arg = 0;

	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOW(DRM_COMMAND_BASE + 0x30, uint64_t), &arg));
}

TEST_F(dev, query_info)
{
	const struct drm_ipu_query_info *info = &self->info;

	EXPECT_EQ(IPU_VERSION & IPU_VERSION_MAJOR, info->hw_version & IPU_VERSION_MAJOR);
	EXPECT_LE(1, info->tiles);
	EXPECT_GE(IPU_MAX_TILES, info->tiles);
	EXPECT_EQ(IPU_SRAM_BASE, info->sram_base);
	EXPECT_EQ(IPU_SRAM_SIZE, info->sram_size);
	EXPECT_EQ(IPU_WORKERS, info->workers);
	EXPECT_EQ(IPU_CLOCK_KHZ, info->clock_khz);
	EXPECT_LE(1, info->contexts);
	EXPECT_GE(IPU_MAX_CONTEXTS, info->contexts);
	EXPECT_EQ(IPU_ISA_M | IPU_ISA_A | IPU_ISA_F | IPU_ISA_C | IPU_ISA_XIPU,
		  info->isa & (IPU_ISA_M | IPU_ISA_A | IPU_ISA_F | IPU_ISA_C | IPU_ISA_XIPU));
	EXPECT_LE(1024, info->max_cmds);
	EXPECT_LT(1ull << 38, info->va_size);
	EXPECT_GT(1ull << IPU_VA_BITS, info->va_size);
}

TEST_F(dev, query_size)
{
	struct drm_ipu_dev_query args = { .type = DRM_IPU_QUERY_INFO };
	uint8_t buffer[256];
	unsigned int i;

	/* How large is the structure? */
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_DEV_QUERY, &args));
	EXPECT_EQ(sizeof(struct drm_ipu_query_info), args.size);

	/* An older program gets the members it knows. */
	memset(buffer, 0xa5, sizeof(buffer));
	args.data = (uintptr_t)buffer;
	args.size = 24;
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_DEV_QUERY, &args));
	EXPECT_EQ(24, args.size);
	EXPECT_EQ(0, memcmp(buffer, &self->info, 24));
	for (i = 24; i < sizeof(buffer); i++)
		ASSERT_EQ(0xa5, buffer[i]);

	/* A newer one gets those that exist. */
	args.size = sizeof(buffer);
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_DEV_QUERY, &args));
	EXPECT_EQ(sizeof(self->info), args.size);
	EXPECT_EQ(0, memcmp(buffer, &self->info, sizeof(self->info)));
	for (i = sizeof(self->info); i < sizeof(buffer); i++)
		ASSERT_EQ(0xa5, buffer[i]);
}

TEST_F(dev, query_refused)
{
	struct drm_ipu_dev_query args = { .type = 0x7fff };

	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_DEV_QUERY, &args));
	args.type = DRM_IPU_QUERY_INFO;
	args.size = 64;
	args.data = 1;
	EXPECT_EQ(-EFAULT, ipu_do(self->fd, DRM_IOCTL_IPU_DEV_QUERY, &args));
}

TEST_F(dev, usage)
{
	struct drm_ipu_query_usage usage;
	uint32_t ctx;

	ASSERT_EQ(0, ipu_query_usage(self->fd, &usage));
	EXPECT_EQ(0, usage.contexts);
	EXPECT_EQ(0, usage.tiles);
	EXPECT_EQ(self->info.tiles, usage.largest_free);
	EXPECT_EQ(0, usage.pad);

	ASSERT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_query_usage(self->fd, &usage));
	EXPECT_EQ(1, usage.contexts);
	EXPECT_EQ(1, usage.tiles);
	EXPECT_EQ(self->info.tiles - 1, usage.largest_free);

	ASSERT_EQ(0, ipu_ctx_destroy(self->fd, ctx));
	ASSERT_EQ(0, ipu_query_usage(self->fd, &usage));
	EXPECT_EQ(0, usage.contexts);
	EXPECT_EQ(0, usage.tiles);
}

TEST_F(dev, bo_create)
{
	struct drm_ipu_bo_create args = { .size = 1 };
	struct drm_gem_close gem_close = {};

	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_BO_CREATE, &args));
	EXPECT_EQ(PAGE, args.size);
	EXPECT_NE(0, args.handle);
	gem_close.handle = args.handle;
	EXPECT_EQ(0, ipu_do(self->fd, DRM_IOCTL_GEM_CLOSE, &gem_close));
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_GEM_CLOSE, &gem_close));
}

TEST_F(dev, bo_create_refused)
{
	struct drm_ipu_bo_create args = {};

	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_CREATE, &args));
	args.size = UINT64_MAX;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_CREATE, &args));
	args.size = 1ull << IPU_VA_BITS;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_CREATE, &args));
	args.size = PAGE;
	args.flags = DRM_IPU_BO_WC << 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_CREATE, &args));
	EXPECT_EQ(0, args.handle);
}

TEST_F(dev, bo_mmap)
{
	struct ipu_bo bo;
	uint32_t *word;
	unsigned int i;

	ASSERT_EQ(0, ipu_bo_new(self->fd, 2 * PAGE, &bo));
	word = bo.map;
	for (i = 0; i < 2 * PAGE / 4; i++)
		ASSERT_EQ(0, word[i]);
	for (i = 0; i < 2 * PAGE / 4; i++)
		word[i] = i;
	for (i = 0; i < 2 * PAGE / 4; i++)
		ASSERT_EQ(i, word[i]);
	ipu_bo_close(self->fd, &bo);
}

TEST_F(dev, bo_mmap_refused)
{
	struct drm_ipu_bo_mmap_offset args = { .handle = 0x1234 };
	struct ipu_bo bo;

	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &args));
	ASSERT_EQ(0, ipu_bo_new(self->fd, PAGE, &bo));
	args.handle = bo.handle;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &args));
	args.pad = 0;
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &args));

	/* More than the buffer has, and of another file's buffer. */
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, self->fd, args.offset));
	int other = ipu_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, other, args.offset));
	close(other);
	ipu_bo_close(self->fd, &bo);
}

TEST_F(dev, bo_outlives_handle)
{
	struct drm_gem_close gem_close;
	struct ipu_bo bo;
	uint32_t ctx;

	ASSERT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_bo_new(self->fd, PAGE, &bo));
	ASSERT_EQ(0, ipu_bo_map(self->fd, ctx, DRM_IPU_MAP_WRITE, &bo));
	gem_close = (struct drm_gem_close){ .handle = bo.handle };
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_GEM_CLOSE, &gem_close));
	memset(bo.map, 1, PAGE);
	EXPECT_EQ(0, ipu_bo_unmap(self->fd, ctx, bo.va));
	memset(bo.map, 2, PAGE);
	munmap(bo.map, PAGE);
}

TEST_F(dev, prime)
{
	struct drm_prime_handle args = {};
	struct ipu_bo bo;
	int other, dma_buf;
	uint32_t *map;

	ASSERT_EQ(0, ipu_bo_new(self->fd, PAGE, &bo));
	args.handle = bo.handle;
	args.flags = DRM_CLOEXEC | DRM_RDWR;
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args));
	dma_buf = args.fd;

	/* Back into the same file it is the same buffer. */
	args = (struct drm_prime_handle){ .fd = dma_buf };
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args));
	EXPECT_EQ(bo.handle, args.handle);

	/* In another one it is the same memory, which a context can map. */
	other = ipu_open();
	ASSERT_LE(0, other);
	args = (struct drm_prime_handle){ .fd = dma_buf };
	ASSERT_EQ(0, ipu_do(other, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args));
	struct ipu_bo import = { .handle = args.handle };
	uint32_t ctx;

	ASSERT_EQ(0, ipu_ctx_create(other, 1, 0, &ctx));
	EXPECT_EQ(0, ipu_bo_map(other, ctx, 0, &import));
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, dma_buf, 0);
	ASSERT_NE(MAP_FAILED, map);
	*(uint32_t *)bo.map = 0x12345678;
	EXPECT_EQ(0x12345678, *map);
	munmap(map, PAGE);
	close(other);
	close(dma_buf);
	ipu_bo_close(self->fd, &bo);
}

TEST_F(dev, ctx_create_refused)
{
	struct drm_ipu_ctx_create args = {};

	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	args.tiles = self->info.tiles + 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	args.tiles = UINT32_MAX;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	args.tiles = 1;
	args.flags = DRM_IPU_CTX_LINKED << 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	args.flags = 0;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	args.pad = 0;
	EXPECT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args));
	EXPECT_NE(0, args.ctx);
}

TEST_F(dev, ctx_all_tiles)
{
	struct drm_ipu_query_usage usage;
	uint32_t ctx, second;

	ASSERT_EQ(0, ipu_ctx_create(self->fd, self->info.tiles, 0, &ctx));
	ASSERT_EQ(0, ipu_query_usage(self->fd, &usage));
	EXPECT_EQ(self->info.tiles, usage.tiles);
	EXPECT_EQ(0, usage.largest_free);
	EXPECT_EQ(-EBUSY, ipu_ctx_create(self->fd, 1, 0, &second));
	ASSERT_EQ(0, ipu_ctx_destroy(self->fd, ctx));
	EXPECT_EQ(0, ipu_ctx_create(self->fd, self->info.tiles, 0, &ctx));
}

TEST_F(dev, ctx_ranges)
{
	struct drm_ipu_ctx_create args[3] = {};
	unsigned int i;
	uint32_t third = self->info.tiles / 3;

	if (!third)
		SKIP(return, "needs 3 tiles");

	for (i = 0; i < 3; i++) {
		args[i].tiles = third;
		ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args[i]));
		EXPECT_EQ(i * third, args[i].tile_first);
	}
	/* The gap is too small for more than was there. */
	ASSERT_EQ(0, ipu_ctx_destroy(self->fd, args[1].ctx));
	args[1].tiles = third + 3;
	EXPECT_EQ(-EBUSY, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args[1]));
	args[1].tiles = third;
	ASSERT_EQ(0, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_CREATE, &args[1]));
	EXPECT_EQ(third, args[1].tile_first);
}

TEST_F(dev, ctx_exhaustion)
{
	uint32_t most = self->info.contexts;
	uint32_t ctx[IPU_MAX_CONTEXTS + 1];
	uint32_t n, i;
	int ret = 0;

	if (most > self->info.tiles)
		most = self->info.tiles;
	for (n = 0; n <= most; n++) {
		ret = ipu_ctx_create(self->fd, 1, 0, &ctx[n]);
		if (ret)
			break;
	}
	EXPECT_EQ(most, n);
	EXPECT_EQ(-EBUSY, ret);
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, ipu_ctx_destroy(self->fd, ctx[i]));
	EXPECT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx[0]));
}

TEST_F(dev, ctx_destroy_refused)
{
	struct drm_ipu_ctx_destroy args = { .ctx = 77 };
	uint32_t ctx;

	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_DESTROY, &args));
	args.ctx = 0;
	EXPECT_EQ(-ENOENT, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_DESTROY, &args));

	ASSERT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx));
	args.ctx = ctx;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_DESTROY, &args));

	/* Ids belong to the file. */
	int other = ipu_open();

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOENT, ipu_ctx_destroy(other, ctx));
	close(other);

	EXPECT_EQ(0, ipu_ctx_destroy(self->fd, ctx));
	EXPECT_EQ(-ENOENT, ipu_ctx_destroy(self->fd, ctx));
}

TEST_F(dev, ctx_query)
{
	struct drm_ipu_ctx_query args;
	uint32_t ctx;

	ASSERT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx));
	ASSERT_EQ(0, ipu_ctx_query(self->fd, ctx, &args));
	EXPECT_EQ(DRM_IPU_CTX_USABLE, args.state);
	EXPECT_EQ(DRM_IPU_CTX_WHY_NONE, args.why);
	EXPECT_EQ(0, args.mappings);
	EXPECT_EQ(0, args.jobs);
	EXPECT_LE(1, args.tables);

	args.flags = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_QUERY, &args));
	args.flags = 0;
	args.pad = 1;
	EXPECT_EQ(-EINVAL, ipu_do(self->fd, DRM_IOCTL_IPU_CTX_QUERY, &args));
	EXPECT_EQ(-ENOENT, ipu_ctx_query(self->fd, ctx + 77, &args));
	EXPECT_EQ(0, ipu_ctx_destroy(self->fd, ctx));
	EXPECT_EQ(-ENOENT, ipu_ctx_query(self->fd, ctx, &args));
}

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
