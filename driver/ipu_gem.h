/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_GEM_H_
#define _IPU_GEM_H_

#include <linux/dma-mapping.h>

#include <drm/drm_gem_shmem_helper.h>

struct dma_buf;
struct drm_device;
struct drm_file;
struct ipu_device;
struct ipu_pinned;
struct ipu_user;

/**
 * struct ipu_bo - a buffer object
 */
struct ipu_bo {
	/** @base: its memory, and the addresses the card sees it at */
	struct drm_gem_shmem_object base;
	/** @link: in &ipu_device.bos */
	struct list_head link;
	/** @user: whom its size is charged to; NULL if it was imported */
	struct ipu_user *user;
	/**
	 * @uses: mappings in contexts, and changes that may make one; 0 becomes 1 under its
	 * reservation lock only
	 */
	atomic_t uses;
	/** @pinned: of memory of a process: what holds it; else NULL */
	struct ipu_pinned *pinned;
};

static inline struct ipu_bo *to_ipu_bo(struct drm_gem_object *obj)
{
	return container_of(to_drm_gem_shmem_obj(obj), struct ipu_bo, base);
}

/**
 * ipu_dma_is_copy() - does the card see memory that the processor does not?
 * @dev: the card
 * @addr: what the memory is mapped at for it
 *
 * With CONFIG_DMA_API_DEBUG dma_need_sync() says so of all that an IOMMU maps.
 *
 * Return: true for a bounce buffer, and where caches have to be written back.
 */
static inline bool ipu_dma_is_copy(struct device *dev, dma_addr_t addr)
{
#ifdef CONFIG_DMA_NEED_SYNC
	return !dev_dma_skip_sync(dev) && dma_need_sync(dev, addr);
#else
	return false;
#endif
}

struct drm_gem_object *ipu_gem_create_object(struct drm_device *drm, size_t size);
struct drm_gem_object *ipu_gem_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);
void ipu_gem_unmap_all(struct ipu_device *ipu);
void ipu_gem_track(struct ipu_device *ipu, struct drm_gem_object *obj, struct ipu_user *user);
void ipu_gem_untrack(struct drm_gem_object *obj);
struct sg_table *ipu_bo_use(struct drm_gem_object *obj);
void ipu_bo_use_again(struct drm_gem_object *obj);
void ipu_bo_unuse(struct drm_gem_object *obj);
bool ipu_bo_purge(struct ipu_bo *bo);

int ipu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_mmap_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_madvise_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_GEM_H_ */
