// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_limits.h"
#include "ipu_pinned.h"
#include "ipu_vm.h"

/**
 * DOC: memory of a process
 *
 * A buffer object can be made of memory that a process has. Its pages are pinned as
 * long as the buffer exists, as for RDMA, so the driver need not follow what happens to
 * the process's mappings, and the card needs no page faults. They count for the process's
 * RLIMIT_MEMLOCK, and for its user as other buffers do.
 *
 * For the rest of the driver it is a buffer whose table of addresses is there already.
 */

/**
 * struct ipu_pinned - memory of a process
 */
struct ipu_pinned {
	/** @mm: whose limit it counts for */
	struct mm_struct *mm;
	/** @count: elements of @pages that are pinned */
	unsigned long count;
	/** @pages: the pages */
	struct page **pages;
};

static int ipu_pinned_account(struct ipu_pinned *pinned, unsigned long pages)
{
	unsigned long limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_add_return(pages, &pinned->mm->pinned_vm) > limit && !capable(CAP_IPC_LOCK)) {
		atomic64_sub(pages, &pinned->mm->pinned_vm);
		return -ENOMEM;
	}

	return 0;
}

static void ipu_pinned_free(struct ipu_pinned *pinned, unsigned long pages)
{
	unpin_user_pages_dirty_lock(pinned->pages, pinned->count, true);
	atomic64_sub(pages, &pinned->mm->pinned_vm);
	mmdrop(pinned->mm);
	kvfree(pinned->pages);
	kfree(pinned);
}

static struct ipu_pinned *ipu_pinned_new(u64 addr, unsigned long pages)
{
	struct ipu_pinned *pinned;
	int ret = -ENOMEM;

	pinned = kzalloc_obj(*pinned, GFP_KERNEL_ACCOUNT);
	if (!pinned)
		return ERR_PTR(-ENOMEM);
	pinned->pages = kvmalloc_array(pages, sizeof(*pinned->pages), GFP_KERNEL_ACCOUNT);
	if (!pinned->pages)
		goto err_free;
	pinned->mm = current->mm;
	ret = ipu_pinned_account(pinned, pages);
	if (ret)
		goto err_free;
	mmgrab(pinned->mm);

	while (pinned->count < pages) {
		ret = pin_user_pages_fast(addr + pinned->count * PAGE_SIZE,
					  min(pages - pinned->count, (unsigned long)INT_MAX),
					  FOLL_WRITE | FOLL_LONGTERM,
					  pinned->pages + pinned->count);
		if (ret <= 0) {
			ipu_pinned_free(pinned, pages);
			return ERR_PTR(ret ?: -EFAULT);
		}
		pinned->count += ret;
	}

	return pinned;

err_free:
	kvfree(pinned->pages);
	kfree(pinned);

	return ERR_PTR(ret);
}

static void ipu_pinned_gem_free(struct drm_gem_object *obj)
{
	struct ipu_bo *bo = to_ipu_bo(obj);

	ipu_gem_untrack(obj);
	ipu_pinned_free(bo->pinned, obj->size >> PAGE_SHIFT);
	drm_gem_object_release(obj);
	kfree(bo);
}

static struct dma_buf *ipu_pinned_export(struct drm_gem_object *obj, int flags)
{
	return ERR_PTR(ipu_refuse(to_ipu_device(obj->dev), -EOPNOTSUPP,
				  "export: memory of a process\n"));
}

static const struct drm_gem_object_funcs ipu_pinned_gem_funcs = {
	.free = ipu_pinned_gem_free,
	.export = ipu_pinned_export,
};

/*
 * A process may give the same memory several times. That is in order, since nothing has to
 * be written back or copied for the card (ipu_check_dma()), and the attribute says so.
 */
static struct sg_table *ipu_pinned_map(struct ipu_device *ipu, const struct ipu_pinned *pinned)
{
	struct sg_table *sgt;
	int ret;

	sgt = kzalloc_obj(*sgt, GFP_KERNEL_ACCOUNT);
	if (!sgt)
		return ERR_PTR(-ENOMEM);
	ret = sg_alloc_table_from_pages(sgt, pinned->pages, pinned->count, 0,
					pinned->count << PAGE_SHIFT, GFP_KERNEL_ACCOUNT);
	if (ret)
		goto err_free;
	ret = dma_map_sgtable(ipu->drm.dev, sgt, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
	if (ret)
		goto err_table;

	return sgt;

err_table:
	sg_free_table(sgt);
err_free:
	kfree(sgt);

	return ERR_PTR(ret);
}

/* The buffer, on the device's list; takes over @user's charge. */
static struct drm_gem_object *ipu_pinned_bo(struct ipu_device *ipu, u64 addr, u64 size,
					    struct ipu_user *user)
{
	struct drm_gem_object *obj;
	struct ipu_pinned *pinned;
	struct sg_table *sgt;
	struct ipu_bo *bo;
	int ret;

	pinned = ipu_pinned_new(addr, size >> PAGE_SHIFT);
	if (IS_ERR(pinned))
		return ERR_CAST(pinned);
	sgt = ipu_pinned_map(ipu, pinned);
	if (IS_ERR(sgt)) {
		ret = PTR_ERR(sgt);
		goto err_pinned;
	}
	obj = ipu_gem_create_object(&ipu->drm, size);
	if (IS_ERR(obj)) {
		ret = PTR_ERR(obj);
		goto err_sgt;
	}
	drm_gem_private_object_init(&ipu->drm, obj, size);
	obj->funcs = &ipu_pinned_gem_funcs;
	bo = to_ipu_bo(obj);
	bo->base.sgt = sgt;
	bo->pinned = pinned;
	ipu_gem_track(ipu, obj, user);

	return obj;

err_sgt:
	dma_unmap_sgtable(ipu->drm.dev, sgt, DMA_BIDIRECTIONAL, DMA_ATTR_SKIP_CPU_SYNC);
	sg_free_table(sgt);
	kfree(sgt);
err_pinned:
	ipu_pinned_free(pinned, size >> PAGE_SHIFT);

	return ERR_PTR(ret);
}

static int ipu_bo_from_user(struct ipu_device *ipu, struct drm_ipu_bo_from_user *args,
			    struct drm_file *file)
{
	struct drm_gem_object *obj;
	struct ipu_user *user;
	int ret;

	user = ipu_user_charge(ipu, args->size);
	if (IS_ERR(user))
		return PTR_ERR(user);
	obj = ipu_pinned_bo(ipu, args->addr, args->size, user);
	if (IS_ERR(obj)) {
		ipu_user_uncharge(user, args->size);
		return ipu_refuse(ipu, PTR_ERR(obj), "bo_from_user: %llu bytes at 0x%llx\n",
				  args->size, args->addr);
	}
	ret = drm_gem_handle_create(file, obj, &args->handle);
	/* The handle has a reference of its own. */
	drm_gem_object_put(obj);

	return ret;
}

/**
 * ipu_bo_from_user_ioctl() - DRM_IOCTL_IPU_BO_FROM_USER
 * @drm: device
 * @data: &struct drm_ipu_bo_from_user
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_from_user_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_from_user *args = data;
	int ret, idx;

	if (args->flags)
		return ipu_refuse(ipu, -EINVAL, "bo_from_user: unknown flags 0x%x\n", args->flags);
	if (!args->size || !PAGE_ALIGNED(args->addr | args->size) ||
	    args->size > IPU_VA_USER_END - IPU_VA_USER_START)
		return ipu_refuse(ipu, -EINVAL, "bo_from_user: %llu bytes at 0x%llx\n",
				  args->size, args->addr);

	if (!access_ok(u64_to_user_ptr(args->addr), args->size))
		return ipu_refuse(ipu, -EFAULT, "bo_from_user: %llu bytes at 0x%llx\n",
				  args->size, args->addr);

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;
	ret = ipu_bo_from_user(ipu, args, file);
	drm_dev_exit(idx);

	return ret;
}
