/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_QUEUE_H_
#define _IPU_QUEUE_H_

#include <linux/dma-fence.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/workqueue.h>

#include <drm/gpu_scheduler.h>

struct drm_device;
struct drm_file;
struct ipu_ctx;

/**
 * struct ipu_queue - a queue of jobs, which run in order
 */
struct ipu_queue {
	/** @ref: the context's, and each job's */
	struct kref ref;
	/** @rcu: another driver's fence that signals may still look at @entity */
	struct rcu_head rcu;
	/** @entity: the scheduler's part */
	struct drm_sched_entity entity;
	/** @fence_context: its jobs' fences' timeline */
	u64 fence_context;
	/** @last: the fence of its last job, a reference, or NULL; under &ipu_ctx.lock */
	struct dma_fence *last;
	/** @closed: takes no more jobs; under &ipu_ctx.lock */
	bool closed;
};

/**
 * struct ipu_turn - a job's place on the timeline of its queue
 */
struct ipu_turn {
	/** @before: the fence of the job before it, a reference, or NULL */
	struct dma_fence *before;
	/** @cb: of a job that was dropped: when @before has signaled */
	struct dma_fence_cb cb;
	/** @work: ends that job */
	struct work_struct work;
};

struct ipu_queue *ipu_queue_new(struct drm_gpu_scheduler *sched, enum drm_sched_priority priority);
void ipu_queue_kill(struct ipu_queue *queue, struct drm_gpu_scheduler *sched);
void ipu_queue_put(struct ipu_queue *queue);
void ipu_queue_take_turn(struct ipu_queue *queue, struct ipu_turn *turn, struct dma_fence *fence);
void ipu_turn_wait(struct ipu_turn *turn, work_func_t end);
void ipu_turn_put(struct ipu_turn *turn);

int ipu_queue_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_queue_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_QUEUE_H_ */
