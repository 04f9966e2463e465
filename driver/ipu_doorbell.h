/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DOORBELL_H_
#define _IPU_DOORBELL_H_

#include <linux/mutex.h>

#include <drm/drm_gem.h>

struct drm_file;
struct ipu_device;
struct page;

/**
 * struct ipu_doorbell - a page of the card that a process can map
 */
struct ipu_doorbell {
	/** @base: has the offset to mmap() at, and no handle; each mapping has a reference */
	struct drm_gem_object base;
	/** @file: the one through which it can be mapped; NULL when nobody can */
	struct drm_file *file;
	/** @dummy: what is mapped in its place when it must not be rung */
	struct page *dummy;
	/** @lock: see ipu_drv.h; not the card's, as a process that runs out of memory holds it */
	struct mutex lock;
	/** @pfn: the card's page, 0 when it must not be rung; under @lock */
	unsigned long pfn;
};

int ipu_doorbell_init(struct ipu_device *ipu, struct ipu_doorbell *doorbell,
		      const struct drm_gem_object_funcs *funcs);
void ipu_doorbell_fini(struct ipu_doorbell *doorbell);
int ipu_doorbell_allow(struct ipu_doorbell *doorbell, struct drm_file *file);
void ipu_doorbell_open(struct ipu_doorbell *doorbell, u32 offset);
void ipu_doorbell_zap(struct ipu_doorbell *doorbell);
void ipu_doorbell_revoke(struct ipu_doorbell *doorbell);
int ipu_doorbell_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma);

extern const struct vm_operations_struct ipu_doorbell_vm_ops;

#endif /* _IPU_DOORBELL_H_ */
