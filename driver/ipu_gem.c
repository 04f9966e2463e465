// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>

#include <drm/drm_cache.h>
#include <drm/drm_drv.h>
#include <drm/drm_prime.h>

#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_limits.h"
#include "ipu_vm.h"

/**
 * DOC: buffer objects
 *
 * Buffers are shmem GEM objects: pageable memory until a context maps them, from
 * then on pinned and mapped for DMA by the card until they are freed. All are on
 * a list of the device, because a device that is removed must leave no DMA
 * mapping behind, whoever still holds the buffer: with an IOMMU the mapping
 * belongs to the device. The memory itself stays allocated, so that a process
 * which has it mapped can still read and write it.
 *
 * The kernel may purge a buffer that user space does not need (ipu_shrinker.c). What
 * may come to be mapped is in use, ipu_bo_use(), and is not purged.
 *
 * Fences are explicit: the driver neither attaches jobs' fences to a buffer's reservation
 * object nor waits for those that others attach there. User space that shares a buffer
 * with a driver which does takes them out of the dma-buf, or puts its own there, with
 * DMA_BUF_IOCTL_EXPORT_SYNC_FILE and _IMPORT_SYNC_FILE.
 */

/*
 * Unmap a buffer from the device, for good, since the buffer is about to be freed
 * or the device removed. An own buffer keeps its memory; nothing is left of an
 * imported one.
 */
static void ipu_bo_unmap_dma(struct ipu_device *ipu, struct ipu_bo *bo)
{
	struct drm_gem_shmem_object *shmem = &bo->base;
	struct drm_gem_object *obj = &shmem->base;

	lockdep_assert_held(&ipu->bo_lock);

	if (obj->import_attach) {
		/* The mapping may be cached with the attachment, so detach as well. */
		drm_prime_gem_destroy(obj, shmem->sgt);
		obj->import_attach = NULL;
		obj->resv = &obj->_resv;
	} else if (shmem->sgt) {
		/* The pages stay pinned until drm_gem_shmem_free(). */
		dma_unmap_sgtable(ipu->drm.dev, shmem->sgt, DMA_BIDIRECTIONAL,
				  bo->pinned ? DMA_ATTR_SKIP_CPU_SYNC : 0);
		sg_free_table(shmem->sgt);
		kfree(shmem->sgt);
	}
	shmem->sgt = NULL;
}

/**
 * ipu_gem_untrack() - unmap a buffer that is about to be freed from the device
 * @obj: buffer
 *
 * Removed from the list only once the device cannot access it any more.
 */
void ipu_gem_untrack(struct drm_gem_object *obj)
{
	struct ipu_device *ipu = to_ipu_device(obj->dev);
	struct ipu_bo *bo = to_ipu_bo(obj);

	mutex_lock(&ipu->bo_lock);
	ipu_bo_unmap_dma(ipu, bo);
	list_del(&bo->link);
	mutex_unlock(&ipu->bo_lock);
	if (bo->user)
		ipu_user_uncharge(bo->user, obj->size);
}

static void ipu_gem_free(struct drm_gem_object *obj)
{
	ipu_gem_untrack(obj);
	drm_gem_shmem_free(to_drm_gem_shmem_obj(obj));
}

static const struct drm_gem_object_funcs ipu_gem_funcs = {
	.free = ipu_gem_free,
	.print_info = drm_gem_shmem_object_print_info,
	.pin = drm_gem_shmem_object_pin,
	.unpin = drm_gem_shmem_object_unpin,
	.get_sg_table = drm_gem_shmem_object_get_sg_table,
	.vmap = drm_gem_shmem_object_vmap,
	.vunmap = drm_gem_shmem_object_vunmap,
	.mmap = drm_gem_shmem_object_mmap,
	.vm_ops = &drm_gem_shmem_vm_ops,
};

/**
 * ipu_gem_create_object() - &drm_driver.gem_create_object
 * @drm: device
 * @size: bytes
 *
 * Return: the object, which the shmem helpers then initialize, or an error
 * pointer.
 */
struct drm_gem_object *ipu_gem_create_object(struct drm_device *drm, size_t size)
{
	struct ipu_bo *bo;

	bo = kzalloc_obj(*bo, GFP_KERNEL_ACCOUNT);
	if (!bo)
		return ERR_PTR(-ENOMEM);

	bo->base.base.funcs = &ipu_gem_funcs;
	bo->base.pages_mark_dirty_on_put = true;
	INIT_LIST_HEAD(&bo->link);

	return &bo->base.base;
}

/**
 * ipu_gem_track() - put a buffer on the list of the device
 * @ipu: card
 * @obj: buffer
 * @user: whom its size was charged to, or NULL
 */
void ipu_gem_track(struct ipu_device *ipu, struct drm_gem_object *obj, struct ipu_user *user)
{
	struct ipu_bo *bo = to_ipu_bo(obj);

	mutex_lock(&ipu->bo_lock);
	list_add_tail(&bo->link, &ipu->bos);
	bo->user = user;
	mutex_unlock(&ipu->bo_lock);
}

/**
 * ipu_gem_prime_import() - &drm_driver.gem_prime_import
 * @drm: device
 * @dma_buf: what is imported
 *
 * Return: the object or an error pointer.
 */
struct drm_gem_object *ipu_gem_prime_import(struct drm_device *drm, struct dma_buf *dma_buf)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_gem_object *obj;
	int idx;

	if (!drm_dev_enter(drm, &idx))
		return ERR_PTR(-ENODEV);

	obj = drm_gem_prime_import(drm, dma_buf);
	/* Importing a buffer of this device returns the buffer itself. */
	if (!IS_ERR(obj) && obj->import_attach)
		ipu_gem_track(ipu, obj, NULL);

	drm_dev_exit(idx);

	return obj;
}

/**
 * ipu_gem_unmap_all() - unmap all buffers from the device
 * @ipu: device, unplugged, with no context left on the card
 */
void ipu_gem_unmap_all(struct ipu_device *ipu)
{
	struct ipu_bo *bo;

	mutex_lock(&ipu->bo_lock);
	list_for_each_entry(bo, &ipu->bos, link)
		ipu_bo_unmap_dma(ipu, bo);
	mutex_unlock(&ipu->bo_lock);
}

/**
 * ipu_bo_use() - a buffer may come to be mapped: pin it, and keep it from being purged
 * @obj: buffer; within drm_dev_enter()
 *
 * Return: its memory as the card sees it, until ipu_bo_unuse(); or an error pointer, -EINVAL
 * if it was purged.
 */
struct sg_table *ipu_bo_use(struct drm_gem_object *obj)
{
	struct ipu_bo *bo = to_ipu_bo(obj);
	struct sg_table *sgt;

	/* Counted first, so that it cannot be purged between. */
	dma_resv_lock(obj->resv, NULL);
	atomic_inc(&bo->uses);
	sgt = bo->base.madv < 0 ? ERR_PTR(-EINVAL) : NULL;
	dma_resv_unlock(obj->resv);
	if (!sgt)
		sgt = drm_gem_shmem_get_pages_sgt(&bo->base);
	if (IS_ERR(sgt))
		atomic_dec(&bo->uses);
	else
		drm_gem_object_get(obj);

	return sgt;
}

/**
 * ipu_bo_use_again() - use a buffer that is in use
 * @obj: buffer
 */
void ipu_bo_use_again(struct drm_gem_object *obj)
{
	atomic_inc(&to_ipu_bo(obj)->uses);
	drm_gem_object_get(obj);
}

/**
 * ipu_bo_unuse() - undo one ipu_bo_use() or ipu_bo_use_again()
 * @obj: buffer, which may be freed
 */
void ipu_bo_unuse(struct drm_gem_object *obj)
{
	atomic_dec(&to_ipu_bo(obj)->uses);
	drm_gem_object_put(obj);
}

/**
 * ipu_bo_purge() - free a buffer's memory if nobody needs it
 * @bo: buffer; waits for no lock
 *
 * Return: whether it was freed.
 */
bool ipu_bo_purge(struct ipu_bo *bo)
{
	struct drm_gem_object *obj = &bo->base.base;
	bool purge;

	if (!dma_resv_trylock(obj->resv))
		return false;
	purge = drm_gem_shmem_is_purgeable(&bo->base) && !atomic_read(&bo->uses);
	if (purge)
		drm_gem_shmem_purge_locked(&bo->base);
	dma_resv_unlock(obj->resv);

	return purge;
}

/**
 * ipu_bo_madvise_ioctl() - DRM_IOCTL_IPU_BO_MADVISE
 * @drm: device
 * @data: &struct drm_ipu_bo_madvise
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_madvise_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_madvise *args = data;
	struct drm_gem_object *obj;
	int ret = 0, idx;

	if (args->madv > DRM_IPU_MADV_DONTNEED || args->pad)
		return ipu_refuse(ipu, -EINVAL, "bo_madvise: unknown advice %u, or pad not 0\n",
				  args->madv);

	/* Whose reservation object a buffer has changes when the card is removed. */
	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj) {
		ret = ipu_refuse(ipu, -ENOENT, "bo_madvise: no handle %u\n", args->handle);
		goto out;
	}

	dma_resv_lock(obj->resv, NULL);
	if (obj->import_attach || to_ipu_bo(obj)->pinned)
		ret = ipu_refuse(ipu, -EINVAL, "bo_madvise: not the driver's memory\n");
	else
		args->retained = drm_gem_shmem_madvise_locked(to_drm_gem_shmem_obj(obj),
							      args->madv);
	dma_resv_unlock(obj->resv);
	drm_gem_object_put(obj);
out:
	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_bo_create_ioctl() - DRM_IOCTL_IPU_BO_CREATE
 * @drm: device
 * @data: &struct drm_ipu_bo_create
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_create *args = data;
	struct drm_gem_shmem_object *shmem;
	struct ipu_user *user;
	int ret, idx;

	if (args->flags & ~DRM_IPU_BO_WC)
		return ipu_refuse(ipu, -EINVAL, "bo_create: unknown flags 0x%x\n", args->flags);
	if (!args->size || args->size > IPU_VA_USER_END - IPU_VA_USER_START)
		return ipu_refuse(ipu, -EINVAL, "bo_create: size %llu\n", args->size);

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	user = ipu_user_charge(ipu, PAGE_ALIGN(args->size));
	if (IS_ERR(user)) {
		ret = PTR_ERR(user);
		goto out;
	}

	shmem = drm_gem_shmem_create(drm, args->size);
	if (IS_ERR(shmem)) {
		ipu_user_uncharge(user, PAGE_ALIGN(args->size));
		ret = PTR_ERR(shmem);
		goto out;
	}
	/*
	 * Where the card snoops caches and a write-combined mapping bypasses them, as on arm64,
	 * the card would read stale lines.
	 */
	shmem->map_wc = args->flags & DRM_IPU_BO_WC && drm_arch_can_wc_memory();
	ipu_gem_track(ipu, &shmem->base, user);

	ret = drm_gem_handle_create(file, &shmem->base, &args->handle);
	if (!ret)
		args->size = shmem->base.size;
	/* The handle has a reference of its own. */
	drm_gem_object_put(&shmem->base);
out:
	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_bo_mmap_offset_ioctl() - DRM_IOCTL_IPU_BO_MMAP_OFFSET
 * @drm: device
 * @data: &struct drm_ipu_bo_mmap_offset
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_bo_mmap_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_bo_mmap_offset *args = data;
	struct drm_gem_object *obj;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "bo_mmap_offset: pad not 0\n");

	obj = drm_gem_object_lookup(file, args->handle);
	if (!obj)
		return ipu_refuse(ipu, -ENOENT, "bo_mmap_offset: no handle %u\n", args->handle);

	if (to_ipu_bo(obj)->pinned) {
		drm_gem_object_put(obj);
		return ipu_refuse(ipu, -EOPNOTSUPP, "bo_mmap_offset: the process has it mapped\n");
	}
	/* The shmem helpers gave it an offset when it was created. */
	args->offset = drm_vma_node_offset_addr(&obj->vma_node);
	drm_gem_object_put(obj);

	return 0;
}
