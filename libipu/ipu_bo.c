// SPDX-License-Identifier: MIT
/* Buffers, and mapping them into contexts. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

/* This user has as much memory in buffers as they may. */
static int fail_memory_quota(struct ipu_device *dev, size_t bytes)
{
	struct ipu_limits limits = { 0 };

	dev->ops->get_limits(dev, &limits);
	return ipu_fail(
		-EDQUOT,
		"%s: cannot make a buffer of %zu bytes: one user may have %llu MiB of buffers, "
		"and you have %llu MiB. Destroy buffers that are not needed, wait until one of "
		"your programs that use the card ends, or ask root for a larger share "
		"(/sys/module/ipu/parameters/user_share).",
		dev->info.name, bytes, (unsigned long long)limits.user_bytes >> 20,
		(unsigned long long)limits.used_bytes >> 20);
}

int ipu_bo_create(struct ipu_device *dev, size_t bytes, struct ipu_bo **out)
{
	struct ipu_bo *bo;
	size_t size;
	int err;

	*out = NULL;
	if (!bytes)
		return ipu_fail(-EINVAL, "A buffer has at least one byte.");
	err = ipu_check_process(dev);
	if (err)
		return err;
	if (__builtin_add_overflow(bytes, IPU_PAGE_SIZE - 1, &size))
		return ipu_fail(-EINVAL, "%zu bytes are too many for a buffer.", bytes);

	bo = calloc(1, sizeof(*bo));
	if (!bo)
		return ipu_fail_nomem("a buffer");
	bo->size = size & ~(size_t)(IPU_PAGE_SIZE - 1);
	err = dev->ops->bo_create(dev, bo);
	if (err) {
		free(bo);
		if (err == -EDQUOT)
			return fail_memory_quota(dev, bytes);
		return ipu_fail_device(dev, err, "make a buffer of %zu bytes", bytes);
	}
	bo->dev = ipu_device_get(dev);
	*out = bo;
	return 0;
}

int ipu_bo_wrap(struct ipu_device *dev, void *data, size_t bytes, struct ipu_bo **out)
{
	size_t before = (uintptr_t)data % IPU_PAGE_SIZE, size;
	struct ipu_bo *bo;
	int err;

	*out = NULL;
	if (!dev->ops->bo_wrap || sysconf(_SC_PAGESIZE) % IPU_PAGE_SIZE ||
	    __builtin_add_overflow(bytes, before + IPU_PAGE_SIZE - 1, &size))
		return -ENOTSUP;
	bo = calloc(1, sizeof(*bo));
	if (!bo)
		return -ENOMEM;
	bo->data = (unsigned char *)data - before;
	bo->size = size & ~(size_t)(IPU_PAGE_SIZE - 1);
	bo->wrapped = true;
	err = dev->ops->bo_wrap(dev, bo);
	if (err) {
		free(bo);
		return err;
	}
	bo->dev = ipu_device_get(dev);
	*out = bo;
	return 0;
}

void *ipu_bo_data(struct ipu_bo *bo)
{
	return bo->data;
}

size_t ipu_bo_size(const struct ipu_bo *bo)
{
	return bo->size;
}

void ipu_bo_destroy(struct ipu_bo *bo)
{
	if (!bo)
		return;
	if (!ipu_is_parents(bo->dev))
		bo->dev->ops->bo_destroy(bo->dev, bo);
	else if (!bo->wrapped)
		munmap(bo->data, bo->size);
	ipu_device_put(bo->dev);
	free(bo);
}

/* A limit of the context's is met: which are there? */
static int fail_map_quota(struct ipu_context *ctx, size_t bytes)
{
	struct ipu_limits limits = { 0 };

	ctx->dev->ops->get_limits(ctx->dev, &limits);
	return ipu_fail(
		-EDQUOT,
		"%s: cannot map %zu bytes more into the context: it may have %u mappings and "
		"%u page tables, each for 2 MiB of addresses. Unmap buffers that are not "
		"needed, or map one large buffer instead of many small ones.",
		ctx->dev->info.name, bytes, limits.ctx_mappings, limits.ctx_tables);
}

int ipu_bo_map(struct ipu_context *ctx, struct ipu_bo *bo, uint32_t flags, uint64_t *va)
{
	uint64_t mapped;
	int err;

	*va = 0;
	err = ipu_check_process(ctx->dev);
	if (err)
		return err;
	if (bo->dev != ctx->dev)
		return ipu_fail(-EINVAL, "The buffer belongs to another device than the context.");
	if (flags & ~(uint32_t)IPU_BO_WRITE)
		return ipu_fail(-EINVAL, "Flags 0x%x for a mapping are unknown.", flags);

	err = ctx->dev->ops->bo_map(ctx->dev, ctx->id, bo, flags & IPU_BO_WRITE, &mapped);
	if (err == -ENOSPC)
		return ipu_fail(err,
				"The context's address space has no room for %zu bytes more; "
				"unmap a buffer.",
				bo->size);
	if (err == -EDQUOT)
		return fail_map_quota(ctx, bo->size);
	if (err == -EOPNOTSUPP)
		return ipu_fail(
			err,
			"%s: the card would not see the buffer but a copy of it (swiotlb, or "
			"caches that have to be written back), so it is not mapped. Do not "
			"start the kernel with swiotlb=force; a buffer of another driver has "
			"to be in memory that the card can share.",
			ctx->dev->info.name);
	if (err)
		return ipu_fail_device(ctx->dev, err, "map a buffer of %zu bytes into the context",
				       bo->size);
	*va = mapped;
	return 0;
}

int ipu_bo_unmap(struct ipu_context *ctx, uint64_t va)
{
	int err = ipu_check_process(ctx->dev);

	if (err)
		return err;
	err = ctx->dev->ops->bo_unmap(ctx->dev, ctx->id, va);
	if (err == -ENOENT)
		return ipu_fail(err, "No buffer is mapped at 0x%llx.", (unsigned long long)va);
	if (err)
		return ipu_fail_device(ctx->dev, err, "unmap the buffer at 0x%llx",
				       (unsigned long long)va);
	return 0;
}
