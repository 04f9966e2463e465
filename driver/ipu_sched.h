/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_SCHED_H_
#define _IPU_SCHED_H_

#include <linux/types.h>

struct device;
struct drm_gpu_scheduler;
struct drm_sched_backend_ops;
struct ipu_ctx;
struct ipu_job;

int ipu_sched_init(struct drm_gpu_scheduler *sched, const struct drm_sched_backend_ops *ops,
		   u32 credits, struct device *dev);
int ipu_sched_init_jobs(struct ipu_ctx *ctx);
void ipu_sched_push(struct ipu_job *job);

#endif /* _IPU_SCHED_H_ */
