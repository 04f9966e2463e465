/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SYNC_H_
#define _IPU_SYNC_H_

#include <linux/types.h>

struct dma_fence;
struct dma_fence_chain;
struct drm_file;
struct drm_ipu_obj_array;
struct drm_sched_job;
struct drm_syncobj;
struct ipu_device;

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

/**
 * struct ipu_deps - fences that a job waits for, whose errors it takes over
 */
struct ipu_deps {
	/** @fences: references */
	struct dma_fence **fences;
	/** @count: how many */
	u32 count;
};

int ipu_array_check(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, size_t size,
		    u32 most);
int ipu_array_read(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, u32 i, void *to,
		   size_t size);
int ipu_sync_add_deps(struct ipu_device *ipu, struct drm_file *file, struct drm_sched_job *job,
		      struct ipu_deps *deps, const struct drm_ipu_obj_array *array);
int ipu_deps_error(const struct ipu_deps *deps);
void ipu_deps_put(struct ipu_deps *deps);
struct ipu_sync_out *ipu_sync_out_get(struct ipu_device *ipu, struct drm_file *file,
				      const struct drm_ipu_obj_array *array);
void ipu_sync_out_finish(struct ipu_sync_out *outs, u32 count, struct dma_fence *fence);

#endif /* _IPU_SYNC_H_ */
