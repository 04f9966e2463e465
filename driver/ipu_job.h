/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_JOB_H_
#define _IPU_JOB_H_

#include <linux/dma-fence.h>

#include <drm/gpu_scheduler.h>

#include "ipu_queue.h"
#include "ipu_sync.h"

struct drm_device;
struct drm_file;
struct ipu_ctx;

/* Of entries in &ipu_ctx.jobs: it failed; it is to be cancelled. */
#define IPU_JOB_FAILED		XA_MARK_0
#define IPU_JOB_CANCELLED	XA_MARK_1

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
	/** @queue: a reference */
	struct ipu_queue *queue;
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
	/** @direct: given to the card without the scheduler, which does not free it then */
	bool direct;
	/** @turn: its place in @queue */
	struct ipu_turn turn;
	/** @exported: in &ipu_ctx.exported until it ends; under &ipu_ctx.exported_lock */
	struct list_head exported;
	/** @submitted: when, in jiffies */
	unsigned long submitted;
	/** @link: in &ipu_ring.jobs; under &ipu_ring.lock */
	struct list_head link;
	/** @error: what it ends with in its turn without having run, or 0; likewise */
	int error;
	/** @ring_pos: place of its first command in the ring, free running; likewise */
	u32 ring_pos;
	/** @ring_no: what the card writes when it is complete; likewise */
	u64 ring_no;
};

static inline struct ipu_job *to_ipu_job(struct drm_sched_job *job)
{
	return container_of(job, struct ipu_job, base);
}

void ipu_job_end(struct ipu_job *job, int error);
bool ipu_job_is_cancelled(const struct ipu_job *job);
void ipu_job_free(struct ipu_job *job);
void ipu_job_drop(struct ipu_job *job);
bool ipu_job_exported_pending(struct ipu_ctx *ctx);
int ipu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_job_cancel_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
bool ipu_job_exists(struct ipu_ctx *ctx, u64 seqno);
int ipu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_JOB_H_ */
