/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_JOB_H_
#define _IPU_JOB_H_

#include <drm/gpu_scheduler.h>

#include "ipu_sync.h"

struct dma_fence;
struct drm_device;
struct drm_file;
struct ipu_ctx;

/* Most commands of one job. */
#define IPU_JOB_MAX_CMDS	65536u

/**
 * struct ipu_job - a list of commands that user space has submitted
 */
struct ipu_job {
	/** @base: the scheduler's part */
	struct drm_sched_job base;
	/** @ctx: a reference */
	struct ipu_ctx *ctx;
	/** @seqno: its number in the context, from 1 */
	u64 seqno;
	/** @cmd_va: context virtual address of the commands */
	u64 cmd_va;
	/** @cmd_count: how many */
	u32 cmd_count;
	/** @deps: what it waits for */
	struct ipu_deps deps;
	/** @fence: signals when the job has ended; a reference once @armed */
	struct dma_fence *fence;
	/** @armed: numbered and queued */
	bool armed;
	/** @link: in &ipu_ring.jobs; under &ipu_ring.lock */
	struct list_head link;
	/** @ring_pos: place of its first command in the ring, free running; likewise */
	u32 ring_pos;
};

static inline struct ipu_job *to_ipu_job(struct drm_sched_job *job)
{
	return container_of(job, struct ipu_job, base);
}

void ipu_job_free(struct ipu_job *job);
bool ipu_job_exported_pending(struct ipu_ctx *ctx);
int ipu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_JOB_H_ */
