/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SYNC_H_
#define _IPU_SYNC_H_

#include <linux/types.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_ipu_obj_array;
struct drm_syncobj;
struct ipu_device;
struct ipu_job;

/**
 * struct ipu_sync_out - a syncobj that a job will signal
 */
struct ipu_sync_out {
	/** @syncobj: a reference */
	struct drm_syncobj *syncobj;
	/** @chain: memory for a timeline point, NULL for a binary syncobj */
	struct dma_fence_chain *chain;
	/** @point: that point */
	u64 point;
};

int ipu_sync_add_deps(struct ipu_device *ipu, struct drm_file *file, struct ipu_job *job,
		      const struct drm_ipu_obj_array *array);
struct ipu_sync_out *ipu_sync_out_get(struct ipu_device *ipu, struct drm_file *file,
				      const struct drm_ipu_obj_array *array);
void ipu_sync_out_attach(struct ipu_sync_out *outs, u32 count, struct dma_fence *fence);
void ipu_sync_out_put(struct ipu_sync_out *outs, u32 count);

#endif /* _IPU_SYNC_H_ */
