/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_GEM_H_
#define _IPU_GEM_H_

#include <linux/dma-mapping.h>

#include <drm/drm_gem_shmem_helper.h>

struct dma_buf;
struct drm_device;
struct drm_file;
struct ipu_device;
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
};

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
	return !dev->dma_skip_sync && dma_need_sync(dev, addr);
#else
	return false;
#endif
}

struct drm_gem_object *ipu_gem_create_object(struct drm_device *drm, size_t size);
struct drm_gem_object *ipu_gem_prime_import(struct drm_device *drm, struct dma_buf *dma_buf);
void ipu_gem_unmap_all(struct ipu_device *ipu);

int ipu_bo_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_mmap_offset_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_GEM_H_ */
