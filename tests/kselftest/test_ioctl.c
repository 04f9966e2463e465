// SPDX-License-Identifier: MIT
/*
 * The interface of the card, its buffers and contexts, without a job: what each ioctl
 * returns, and what it refuses. Also built for 32 bits: the structures are the same.
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

TEST_HARNESS_MAIN
