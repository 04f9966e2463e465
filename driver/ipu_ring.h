/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_RING_H_
#define _IPU_RING_H_

#include <linux/bits.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "ipu_fault.h"

struct ipu_ctx;
struct ipu_job;

/* The ring is one page. */
#define IPU_RING_LOG2		6
#define IPU_RING_SIZE		BIT(IPU_RING_LOG2)
/* Commands of one job in the ring: EXEC and FENCE. */
#define IPU_RING_JOB_CMDS	2
/*
 * Jobs in the ring at once, of the scheduler's and of those that it does not know. A quarter
 * of the ring stays free: a job is retired when its fence is written, a little before the
 * card's head moves past the command.
 */
#define IPU_RING_JOBS		(IPU_RING_SIZE / IPU_RING_JOB_CMDS / 2)
#define IPU_RING_DIRECT		(IPU_RING_SIZE / IPU_RING_JOB_CMDS / 4)

/**
 * struct ipu_ring - what the card executes for a context
 */
struct ipu_ring {
	/** @lock: all of this and the context's registers, see ipu_drv.h */
	struct mutex lock;
	/** @polled: who holds @lock is ipu_ctx_poll() */
	bool polled;
	/** @on: enabled on the card, or stuck there until the card is reset */
	bool on;
	/**
	 * @error: what new jobs end with; 0 as long as the context takes jobs.
	 * Reads without @lock are a hint only.
	 */
	int error;
	/** @cmds: the ring */
	void *cmds;
	/** @cmds_dma: its bus address */
	dma_addr_t cmds_dma;
	/** @fence: a page with the &ipu_job.ring_no of the last job that is complete */
	__le64 *fence;
	/** @fence_dma: its bus address */
	dma_addr_t fence_dma;
	/** @tail: commands written since the context was enabled */
	u32 tail;
	/** @last_no: &ipu_job.ring_no of the last job that was written to the ring */
	u64 last_no;
	/** @jobs: &struct ipu_job in the ring, in order */
	struct list_head jobs;
	/** @direct: how many of them the scheduler does not know */
	unsigned int direct;
	/** @busy: there are some, and the time counts as used */
	bool busy;
	/** @watched: number of the job that ran when the context was last looked at */
	u64 watched;
	/** @retired: IPU_CTX_RETIRED at that time */
	u32 retired;
	/** @progress: when that was seen to change, in jiffies */
	unsigned long progress;
	/** @began: since when all of that job has a time limit, in jiffies */
	unsigned long began;
	/** @guilt: how often the driver had to stop the context */
	unsigned int guilt;
	/** @faults: the last ones */
	struct ipu_fault_log faults;
};

int ipu_ring_alloc(struct ipu_ctx *ctx);
void ipu_ring_free(struct ipu_ctx *ctx);
bool ipu_ring_lock_soon(struct ipu_ring *ring);
int ipu_ring_start(struct ipu_ctx *ctx, bool clear);
int ipu_ring_stop(struct ipu_ctx *ctx, bool clear);
void ipu_ring_halt(struct ipu_ctx *ctx);
void ipu_ring_resume(struct ipu_ctx *ctx);
void ipu_ring_emit(struct ipu_ctx *ctx, struct ipu_job *job);
void ipu_ring_emit_again(struct ipu_ctx *ctx);
void ipu_ring_skip(struct ipu_ctx *ctx, u64 seqno);
void ipu_ring_retire(struct ipu_ctx *ctx);
struct ipu_job *ipu_ring_first(struct ipu_ctx *ctx);
void ipu_ring_fail_first(struct ipu_ctx *ctx, int error);
void ipu_ring_fail_all(struct ipu_ctx *ctx, int error);

#endif /* _IPU_RING_H_ */
