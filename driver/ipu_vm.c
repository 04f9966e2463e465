// SPDX-License-Identifier: GPL-2.0-only

#include <linux/highmem.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_gem_shmem_helper.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_vm.h"
#include "ipu_vm_change.h"

/**
 * DOC: address spaces
 *
 * drm_gpuvm knows what is mapped where in a context, and splits a mapping of which
 * a part is unmapped or mapped anew; the page tables (ipu_mmu.c) are what the card
 * knows. Both change together, in a &struct ipu_vm_change (ipu_vm_change.c): a list of
 * ranges to map and unmap. Pages of the driver's own are in the page tables alone.
 */

/**
 * ipu_vm_init() - initialize a context's address space, with nothing mapped
 * @ctx: context
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_vm_init(struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_vm *vm = &ctx->vm;
	struct drm_gem_object *resv;
	int ret;

	ret = ipu_mmu_init(&vm->mmu, ipu->drm.dev, ipu->info.caps & IPU_CAP_LARGE_PAGES);
	if (ret)
		return ret;
	/* Not locked: buffers are not evicted, and fences are not attached to them. */
	resv = drm_gpuvm_resv_object_alloc(&ipu->drm);
	if (!resv) {
		ipu_mmu_fini(&vm->mmu);
		return -ENOMEM;
	}

	mutex_init(&vm->lock);
	mutex_init(&vm->release_lock);
	INIT_LIST_HEAD(&vm->changes);
	vm->next = IPU_VA_USER_START;
	drm_gpuvm_init(&vm->base, "ipu", 0, &ipu->drm, resv, IPU_VA_USER_START,
		       IPU_VA_USER_END - IPU_VA_USER_START, 0, 0, &ipu_vm_ops);
	drm_gem_object_put(resv);
	vm->live = true;

	return 0;
}

/**
 * ipu_vm_fini() - remove all mappings and free the page tables
 * @ctx: context, not on the card any more; &ipu_ctx.lock is held
 *
 * Changes that are still queued lose what they have in reserve: it belongs to the
 * device, which may be about to go. Can be called again, then does nothing.
 */
void ipu_vm_fini(struct ipu_ctx *ctx)
{
	struct ipu_vm *vm = &ctx->vm;
	struct ipu_vm_change *change;
	struct ipu_mmu_tables tables;
	LIST_HEAD(mappings);

	if (vm->released)
		return;

	ipu_mmu_tables_init(&tables);
	ipu_vm_clear_all(ctx, &tables, &mappings);

	mutex_lock(&vm->release_lock);
	vm->released = true;
	ipu_mmu_release(&vm->mmu, &tables);
	list_for_each_entry(change, &vm->changes, link)
		ipu_mmu_release(&vm->mmu, &change->tables);
	ipu_mmu_fini(&vm->mmu);
	mutex_unlock(&vm->release_lock);

	ipu_mappings_free(vm, &mappings);
	drm_gpuvm_put(&vm->base);
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
	struct ipu_mmu *mmu = &ctx->vm.mmu;
	struct ipu_mmu_count count = {};
	struct ipu_mmu_tables tables;
	int ret;

	ipu_mmu_tables_init(&tables);
	ipu_mmu_count(mmu, &count, va, addr, IPU_PAGE_SIZE);
	ret = ipu_mmu_reserve(mmu, count.tables, &tables);
	if (!ret) {
		mutex_lock(&ctx->vm.lock);
		ipu_mmu_map(mmu, va, addr, IPU_PAGE_SIZE, flags | IPU_PTE_P, &tables);
		mutex_unlock(&ctx->vm.lock);
	}
	ipu_mmu_release(mmu, &tables);

	return ret;
}

/**
 * ipu_vm_unmap_private() - undo ipu_vm_map_private()
 * @ctx: context, not on the card
 * @va: where
 */
void ipu_vm_unmap_private(struct ipu_ctx *ctx, u64 va)
{
	struct ipu_mmu_tables tables;

	ipu_mmu_tables_init(&tables);
	mutex_lock(&ctx->vm.lock);
	ipu_mmu_unmap(&ctx->vm.mmu, va, IPU_PAGE_SIZE, &tables);
	mutex_unlock(&ctx->vm.lock);
	ipu_mmu_release(&ctx->vm.mmu, &tables);
}

static int ipu_vm_try_one(struct ipu_ctx *ctx, struct ipu_vm_op *op, bool lean)
{
	struct ipu_vm_change *change;
	int ret;

	change = ipu_vm_change_alloc(ctx, 1);
	if (IS_ERR(change))
		return PTR_ERR(change);
	change->lean = lean;
	change->ops[0] = *op;
	if (op->obj)
		drm_gem_object_get(op->obj);
	ret = ipu_vm_change_prepare(change);
	if (!ret)
		ret = ipu_vm_change_make(change);
	if (!ret)
		op->va = change->ops[0].va;
	ipu_vm_change_free(change);

	return ret;
}

/* Prepare and make a change of one operation that is the caller's; takes over its buffer. */
static int ipu_vm_change_one(struct ipu_ctx *ctx, struct ipu_vm_op *op)
{
	int ret = ipu_vm_try_one(ctx, op, true);

	if (ret == -EAGAIN)
		ret = ipu_vm_try_one(ctx, op, false);
	if (op->obj)
		drm_gem_object_put(op->obj);

	return ret;
}

/* Takes over the reference to @obj. */
static int ipu_vm_map(struct ipu_ctx *ctx, struct drm_gem_object *obj, struct drm_ipu_bo_map *args)
{
	struct ipu_vm_op op = {
		.obj = obj,
		.va = args->va,
		.size = obj->size,
		.flags = args->flags & DRM_IPU_MAP_WRITE ? IPU_PTE_W : 0,
		.anywhere = !(args->flags & DRM_IPU_MAP_FIXED),
		.whole = true,
	};
	int ret;

	if (!op.anywhere && !ipu_vm_range_valid(op.va, op.size)) {
		drm_gem_object_put(obj);
		return ipu_refuse(ctx->ipu, -EINVAL,
				  "bo_map: %llu bytes at 0x%llx: not aligned or out of range\n",
				  op.size, op.va);
	}
	ret = ipu_vm_change_one(ctx, &op);
	if (!ret)
		args->va = op.va;

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
	struct ipu_vm_op op = { .va = args->va, .whole = true };
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "bo_unmap: pad not 0\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx) {
		ret = ipu_refuse(ipu, -ENOENT, "bo_unmap: no context %u\n", args->ctx);
		goto out;
	}

	ret = ipu_vm_change_one(ctx, &op);
	if (ret == -ENOENT)
		ret = ipu_refuse(ipu, -ENOENT, "bo_unmap: nothing mapped at 0x%llx\n", args->va);

	ipu_ctx_put(ctx);
out:
	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_vm_peek() - read what the card would read, for a dump
 * @vm: address space; &ipu_vm.lock is held
 * @va: context virtual address, aligned to @bytes
 * @to: where to
 * @bytes: how many: a power of 2, at most a page
 *
 * Takes no other lock, and no memory.
 *
 * Return: whether it could: not where nothing is mapped, nor of buffers that were imported
 * or are of a process's memory.
 */
bool ipu_vm_peek(struct ipu_vm *vm, u64 va, void *to, size_t bytes)
{
	const struct drm_gpuva *found;
	struct page **pages;
	u64 offset;

	lockdep_assert_held(&vm->lock);

	found = drm_gpuva_find_first(&vm->base, va, bytes);
	if (!found || found->va.addr > va)
		return false;
	/* They stay as long as the buffer is mapped. */
	pages = to_drm_gem_shmem_obj(found->gem.obj)->pages;
	if (!pages)
		return false;
	offset = found->gem.offset + (va - found->va.addr);
	memcpy_from_page(to, pages[offset >> PAGE_SHIFT], offset_in_page(offset), bytes);

	return true;
}
