/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_QUEUE_H_
#define _IPU_QUEUE_H_

#include <linux/kref.h>

#include <drm/gpu_scheduler.h>

struct dma_fence;
struct drm_device;
struct drm_file;
struct ipu_ctx;

/**
 * struct ipu_queue - a queue of jobs, which run in order
 */
struct ipu_queue {
	/** @ref: the context's, and each job's */
	struct kref ref;
	/** @entity: the scheduler's part */
	struct drm_sched_entity entity;
	/** @fence_context: its jobs' fences' timeline */
	u64 fence_context;
	/**
	 * @last_direct: the fence of its last job that the scheduler does not know, a
	 * reference, or NULL; under &ipu_ctx.lock, and unchanged once @closed
	 */
	struct dma_fence *last_direct;
	/** @closed: takes no more jobs; under &ipu_ctx.lock */
	bool closed;
};

struct ipu_queue *ipu_queue_new(struct drm_gpu_scheduler *sched, enum drm_sched_priority priority);
void ipu_queue_kill(struct ipu_queue *queue, struct drm_gpu_scheduler *sched);
void ipu_queue_put(struct ipu_queue *queue);

int ipu_queue_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_queue_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_QUEUE_H_ */
