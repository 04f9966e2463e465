// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_recovery.h"
#include "ipu_vm.h"

/**
 * struct ipu_mapping - a buffer at an address of a context
 */
struct ipu_mapping {
	/** @node: its range, in &ipu_vm.ranges */
	struct drm_mm_node node;
	/** @obj: the buffer, a reference */
	struct drm_gem_object *obj;
};

/**
 * ipu_vm_init() - initialize a context's address space, with nothing mapped
 * @ctx: context
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_vm_init(struct ipu_ctx *ctx)
{
	struct ipu_vm *vm = &ctx->vm;
	int ret;

	ret = ipu_mmu_init(&vm->mmu, ctx->ipu->drm.dev);
	if (ret)
		return ret;

	mutex_init(&vm->lock);
	drm_mm_init(&vm->ranges, IPU_VA_USER_START, IPU_VA_USER_END - IPU_VA_USER_START);
	vm->live = true;

	return 0;
}

/*
 * Unmap a range and invalidate it on the card. Afterwards the memory that was
 * mapped there may be released.
 */
static void ipu_vm_clear(struct ipu_ctx *ctx, u64 va, u64 size)
{
	struct ipu_vm *vm = &ctx->vm;
	LIST_HEAD(empty);

	ipu_mmu_unmap(&vm->mmu, va, size, &empty);
	ipu_ctx_forget_translations(ctx);
	ipu_mmu_free_tables(&vm->mmu, &empty);
}

static void ipu_mapping_free(struct ipu_vm *vm, struct ipu_mapping *mapping)
{
	drm_mm_remove_node(&mapping->node);
	vm->mappings--;
	drm_gem_object_put(mapping->obj);
	kfree(mapping);
}

/**
 * ipu_vm_fini() - remove all mappings and free the page tables
 * @ctx: context, not on the card any more
 *
 * Can be called again, then does nothing.
 */
void ipu_vm_fini(struct ipu_ctx *ctx)
{
	struct ipu_vm *vm = &ctx->vm;
	struct drm_mm_node *node, *next;

	mutex_lock(&vm->lock);
	if (vm->live) {
		drm_mm_for_each_node_safe(node, next, &vm->ranges) {
			ipu_vm_clear(ctx, node->start, node->size);
			ipu_mapping_free(vm, container_of(node, struct ipu_mapping, node));
		}
		drm_mm_takedown(&vm->ranges);
		ipu_mmu_fini(&vm->mmu);
		vm->live = false;
	}
	mutex_unlock(&vm->lock);
}

/**
 * ipu_vm_map_private() - map a page of the driver's own, which user commands cannot reach
 * @ctx: context
 * @va: where, in the driver's part of the address space
 * @addr: bus address of the page
 * @flags: IPU_PTE_W or 0
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_vm_map_private(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 flags)
{
	int ret;

	mutex_lock(&ctx->vm.lock);
	ret = ipu_mmu_map(&ctx->vm.mmu, va, addr, IPU_PAGE_SIZE, flags | IPU_PTE_P);
	if (ret)
		ipu_vm_clear(ctx, va, IPU_PAGE_SIZE);
	mutex_unlock(&ctx->vm.lock);

	return ret;
}

/**
 * ipu_vm_unmap_private() - undo ipu_vm_map_private()
 * @ctx: context
 * @va: where
 */
void ipu_vm_unmap_private(struct ipu_ctx *ctx, u64 va)
{
	mutex_lock(&ctx->vm.lock);
	ipu_vm_clear(ctx, va, IPU_PAGE_SIZE);
	mutex_unlock(&ctx->vm.lock);
}

static int ipu_vm_map_sgt(struct ipu_ctx *ctx, const struct drm_mm_node *node,
			  struct sg_table *sgt, u64 flags)
{
	u64 va = node->start, end = va + node->size;
	struct scatterlist *sg;
	unsigned int i;
	int ret;

	for_each_sgtable_dma_sg(sgt, sg, i) {
		dma_addr_t addr = sg_dma_address(sg);
		u64 len = min_t(u64, sg_dma_len(sg), end - va);

		/* An imported buffer's pages need not be aligned. */
		if (!IS_ALIGNED(addr | len, IPU_PAGE_SIZE) || addr & ~IPU_PTE_ADDR)
			return ipu_refuse(ctx->ipu, -EINVAL, "bo_map: memory not page aligned\n");
		if (ipu_dma_is_copy(ctx->ipu->drm.dev, addr))
			return ipu_refuse(ctx->ipu, -EOPNOTSUPP,
					  "bo_map: the card would see a copy of the memory\n");

		ret = ipu_mmu_map(&ctx->vm.mmu, va, addr, len, flags);
		if (ret)
			return ipu_refuse(ctx->ipu, ret, "bo_map: context %u has %u page tables\n",
					  ctx->id, ctx->vm.mmu.tables);
		va += len;
	}

	return 0;
}

/* Find the range for a mapping; &ipu_vm.lock is held. */
static int ipu_vm_place(struct ipu_ctx *ctx, struct ipu_mapping *mapping,
			const struct drm_ipu_bo_map *args)
{
	struct drm_mm_node *node = &mapping->node;
	u64 size = mapping->obj->size;
	int ret;

	if (ctx->vm.mappings >= IPU_VM_MAX_MAPPINGS)
		return ipu_refuse(ctx->ipu, -EDQUOT, "bo_map: context %u has %u mappings\n",
				  ctx->id, ctx->vm.mappings);

	if (!(args->flags & DRM_IPU_MAP_FIXED))
		return drm_mm_insert_node(&ctx->vm.ranges, node, size);

	if (!PAGE_ALIGNED(args->va) || args->va < IPU_VA_USER_START ||
	    args->va >= IPU_VA_USER_END || size > IPU_VA_USER_END - args->va)
		return ipu_refuse(ctx->ipu, -EINVAL,
				  "bo_map: %llu bytes at 0x%llx: not aligned or out of range\n",
				  size, args->va);

	node->start = args->va;
	node->size = size;
	ret = drm_mm_reserve_node(&ctx->vm.ranges, node);

	return ret == -ENOSPC ? -EBUSY : ret;
}

/* Takes over the reference to @obj. */
static int ipu_vm_map(struct ipu_ctx *ctx, struct drm_gem_object *obj, struct drm_ipu_bo_map *args)
{
	u64 flags = args->flags & DRM_IPU_MAP_WRITE ? IPU_PTE_W : 0;
	struct ipu_mapping *mapping;
	struct sg_table *sgt;
	int ret;

	mapping = kzalloc(sizeof(*mapping), GFP_KERNEL_ACCOUNT);
	if (!mapping) {
		ret = -ENOMEM;
		goto err_put;
	}
	mapping->obj = obj;

	sgt = drm_gem_shmem_get_pages_sgt(to_drm_gem_shmem_obj(obj));
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_free;
	}

	mutex_lock(&ctx->vm.lock);
	/* Another thread may have destroyed the context. */
	ret = ctx->vm.live ? ipu_vm_place(ctx, mapping, args) : -ENOENT;
	if (ret)
		goto err_unlock;

	ret = ipu_vm_map_sgt(ctx, &mapping->node, sgt, flags);
	if (ret) {
		ipu_vm_clear(ctx, mapping->node.start, mapping->node.size);
		drm_mm_remove_node(&mapping->node);
		goto err_unlock;
	}
	ctx->vm.mappings++;
	args->va = mapping->node.start;
	mutex_unlock(&ctx->vm.lock);

	return 0;

err_unlock:
	mutex_unlock(&ctx->vm.lock);
err_free:
	kfree(mapping);
err_put:
	drm_gem_object_put(obj);

	return ret;
}

/**
 * ipu_bo_map_ioctl() - DRM_IOCTL_IPU_BO_MAP
 * @drm: device
 * @data: &struct drm_ipu_bo_map
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_map_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_map *args = data;
	struct drm_gem_object *obj;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags & ~(DRM_IPU_MAP_WRITE | DRM_IPU_MAP_FIXED))
		return ipu_refuse(ipu, -EINVAL, "bo_map: unknown flags 0x%x\n", args->flags);
	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "bo_map: pad not 0\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx) {
		ret = ipu_refuse(ipu, -ENOENT, "bo_map: no context %u\n", args->ctx);
		goto out;
	}

	obj = drm_gem_object_lookup(file, args->handle);
	if (obj)
		ret = ipu_vm_map(ctx, obj, args);
	else
		ret = ipu_refuse(ipu, -ENOENT, "bo_map: no handle %u\n", args->handle);

	ipu_ctx_put(ctx);
out:
	drm_dev_exit(idx);

	return ret;
}

/* The mapping that starts at @va; &ipu_vm.lock is held. */
static struct ipu_mapping *ipu_vm_find(struct ipu_vm *vm, u64 va)
{
	struct drm_mm_node *node;

	drm_mm_for_each_node_in_range(node, &vm->ranges, va, va + 1) {
		if (node->start == va)
			return container_of(node, struct ipu_mapping, node);
	}

	return NULL;
}

/**
 * ipu_bo_unmap_ioctl() - DRM_IOCTL_IPU_BO_UNMAP
 * @drm: device
 * @data: &struct drm_ipu_bo_unmap
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_unmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_unmap *args = data;
	struct ipu_mapping *mapping;
	struct ipu_ctx *ctx;
	int ret = 0, idx;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "bo_unmap: pad not 0\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx) {
		ret = ipu_refuse(ipu, -ENOENT, "bo_unmap: no context %u\n", args->ctx);
		goto out;
	}

	mutex_lock(&ctx->vm.lock);
	mapping = ctx->vm.live && args->va < IPU_VA_USER_END ?
		  ipu_vm_find(&ctx->vm, args->va) : NULL;
	if (mapping) {
		ipu_vm_clear(ctx, mapping->node.start, mapping->node.size);
		ipu_mapping_free(&ctx->vm, mapping);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "bo_unmap: nothing mapped at 0x%llx\n", args->va);
	}
	mutex_unlock(&ctx->vm.lock);

	ipu_ctx_put(ctx);
out:
	drm_dev_exit(idx);

	return ret;
}
