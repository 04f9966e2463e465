// SPDX-License-Identifier: GPL-2.0-only

#include <linux/shrinker.h>

#include <drm/drm_managed.h>

#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_shrinker.h"

/*
 * Frees the memory of buffers that user space does not need (DRM_IOCTL_IPU_BO_MADVISE)
 * when the kernel has little. It is called by whoever allocates, with any lock held, so
 * it waits for none: what is locked is passed over.
 */

static bool ipu_bo_counts(const struct ipu_bo *bo)
{
	return drm_gem_shmem_is_purgeable((struct drm_gem_shmem_object *)&bo->base) &&
	       !atomic_read(&bo->uses);
}

static unsigned long ipu_shrinker_count(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct ipu_device *ipu = shrinker->private_data;
	unsigned long pages = 0;
	struct ipu_bo *bo;

	if (!mutex_trylock(&ipu->bo_lock))
		return 0;
	list_for_each_entry(bo, &ipu->bos, link) {
		if (ipu_bo_counts(bo))
			pages += bo->base.base.size >> PAGE_SHIFT;
	}
	mutex_unlock(&ipu->bo_lock);

	return pages ?: SHRINK_EMPTY;
}

static unsigned long ipu_shrinker_scan(struct shrinker *shrinker, struct shrink_control *sc)
{
	struct ipu_device *ipu = shrinker->private_data;
	unsigned long pages = 0;
	struct ipu_bo *bo;

	if (!mutex_trylock(&ipu->bo_lock))
		return SHRINK_STOP;
	list_for_each_entry(bo, &ipu->bos, link) {
		if (pages >= sc->nr_to_scan)
			break;
		if (ipu_bo_counts(bo) && ipu_bo_purge(bo))
			pages += bo->base.base.size >> PAGE_SHIFT;
	}
	mutex_unlock(&ipu->bo_lock);

	return pages ?: SHRINK_STOP;
}

static void ipu_shrinker_free(struct drm_device *drm, void *data)
{
	shrinker_free(data);
}

/**
 * ipu_shrinker_init() - let the kernel purge the card's buffers, until the device is freed
 * @ipu: card, with its list of buffers
 *
 * Return: 0 or a negative errno.
 */
int ipu_shrinker_init(struct ipu_device *ipu)
{
	struct shrinker *shrinker;

	shrinker = shrinker_alloc(0, "drm-ipu:%s", dev_name(ipu->drm.dev));
	if (!shrinker)
		return -ENOMEM;

	shrinker->count_objects = ipu_shrinker_count;
	shrinker->scan_objects = ipu_shrinker_scan;
	shrinker->private_data = ipu;
	shrinker_register(shrinker);

	return drmm_add_action_or_reset(&ipu->drm, ipu_shrinker_free, shrinker);
}
