// SPDX-License-Identifier: MIT
/* Buffers, and mapping them into contexts. */
#include <errno.h>
#include <stdlib.h>

#include "ipu_hw.h"
#include "ipu_internal.h"

int ipu_bo_create(struct ipu_device *dev, size_t bytes, struct ipu_bo **out)
{
	struct ipu_bo *bo;
	size_t size;
	int err;

	*out = NULL;
	if (!bytes)
		return ipu_fail(-EINVAL, "A buffer has at least one byte.");
	if (__builtin_add_overflow(bytes, IPU_PAGE_SIZE - 1, &size))
		return ipu_fail(-EINVAL, "%zu bytes are too many for a buffer.", bytes);

	bo = calloc(1, sizeof(*bo));
	if (!bo)
		return ipu_fail_nomem("a buffer");
	bo->size = size & ~(size_t)(IPU_PAGE_SIZE - 1);
	err = dev->ops->bo_create(dev, bo);
	if (err) {
		free(bo);
		return ipu_fail_device(dev, err, "make a buffer of %zu bytes", bytes);
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
	bo->dev->ops->bo_destroy(bo->dev, bo);
	ipu_device_put(bo->dev);
	free(bo);
}

int ipu_bo_map(struct ipu_context *ctx, struct ipu_bo *bo, uint32_t flags, uint64_t *va)
{
	int err;

	*va = 0;
	if (bo->dev != ctx->dev)
		return ipu_fail(-EINVAL, "The buffer belongs to another device than the context.");
	if (flags & ~(uint32_t)IPU_BO_WRITE)
		return ipu_fail(-EINVAL, "Flags 0x%x for a mapping are unknown.", flags);

	err = ctx->dev->ops->bo_map(ctx->dev, ctx->id, bo, flags & IPU_BO_WRITE, va);
	if (err == -ENOSPC)
		return ipu_fail(err,
				"The context's address space has no room for %zu bytes more; "
				"unmap a buffer.",
				bo->size);
	if (err)
		return ipu_fail_device(ctx->dev, err, "map a buffer of %zu bytes into the context",
				       bo->size);
	return 0;
}

int ipu_bo_unmap(struct ipu_context *ctx, uint64_t va)
{
	int err = ctx->dev->ops->bo_unmap(ctx->dev, ctx->id, va);

	if (err == -ENOENT)
		return ipu_fail(err, "No buffer is mapped at 0x%llx.", (unsigned long long)va);
	if (err)
		return ipu_fail_device(ctx->dev, err, "unmap the buffer at 0x%llx",
				       (unsigned long long)va);
	return 0;
}
