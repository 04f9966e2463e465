/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SCHED_H_
#define _IPU_SCHED_H_

#include <drm/gpu_scheduler.h>

struct ipu_ctx;

/**
 * struct ipu_queue - a scheduler for one queue of jobs, which run in order
 */
struct ipu_queue {
	/** @sched: the scheduler */
	struct drm_gpu_scheduler sched;
	/** @entity: its one entity */
	struct drm_sched_entity entity;
};

int ipu_queue_init(struct ipu_queue *queue, const struct drm_sched_backend_ops *ops, u32 credits,
		   struct device *dev);
void ipu_queue_kill(struct ipu_queue *queue);
void ipu_queue_fini(struct ipu_queue *queue);
int ipu_sched_init(struct ipu_ctx *ctx);

#endif /* _IPU_SCHED_H_ */
