// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>

#include <drm/drm_drv.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_job.h"
#include "ipu_sched.h"
#include "ipu_trace.h"

/**
 * DOC: scheduling
 *
 * Each context has a ring of its own, so each has a DRM scheduler of its own, with an
 * entity for each of its queues (ipu_queue.c): the scheduler holds a job until the fences
 * it waits on have signaled, chooses among the queues, and bounds the number of jobs in the
 * ring. Jobs of one queue run in the order in which they were submitted. Another scheduler
 * makes the changes of the address space that were asked for asynchronously (ipu_bind.c).
 *
 * The rest of the system gets the job's own fence (ipu_fence.c), not the
 * scheduler's, which points into the scheduler and so must not outlive it.
 *
 * Its time-outs are not used: they count from when a job was given to the card, and
 * a job may take any time as long as it makes progress. The driver looks itself, and
 * after a fault or a time-out it does not stop the scheduler. It keeps its own list
 * of the jobs in the ring, and writes them to the ring again (ipu_recovery.c); to the
 * scheduler it looks as if one job completed with an error and the others took a
 * little longer.
 */

static struct dma_fence *ipu_sched_run_job(struct drm_sched_job *sched_job)
{
	struct ipu_job *job = to_ipu_job(sched_job);
	struct ipu_ctx *ctx = job->ctx;
	struct dma_fence *fence = dma_fence_get(job->fence);
	bool cookie = dma_fence_begin_signalling();
	struct ipu_ring *ring = &ctx->ring;

	mutex_lock(&ring->lock);
	job->error = ipu_deps_error(&job->deps);
	if (!job->error && ipu_job_is_cancelled(job))
		job->error = -ECANCELED;
	/* One that is not to run ends in its turn, too: fences signal in order. */
	if (!ring->on)
		ipu_job_end(job, ring->error);
	else if (ring->error)
		list_move_tail(&job->link, &ring->jobs);
	else
		ipu_ring_emit(ctx, job);
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	return fence;
}

static void ipu_sched_free_job(struct drm_sched_job *sched_job)
{
	ipu_job_free(to_ipu_job(sched_job));
}

static const struct drm_sched_backend_ops ipu_sched_ops = {
	.run_job = ipu_sched_run_job,
	.free_job = ipu_sched_free_job,
};

/**
 * ipu_sched_init() - initialize a scheduler
 * @sched: scheduler, with a run queue for each priority and no time-outs
 * @ops: what it does with jobs
 * @credits: most jobs that it runs at a time
 * @dev: card
 *
 * Return: 0 or a negative errno.
 */
int ipu_sched_init(struct drm_gpu_scheduler *sched, const struct drm_sched_backend_ops *ops,
		   u32 credits, struct device *dev)
{
	const struct drm_sched_init_args args = {
		.ops = ops,
		.num_rqs = DRM_SCHED_PRIORITY_COUNT,
		.credit_limit = credits,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = "ipu",
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
}

/**
 * ipu_sched_init_jobs() - initialize a context's scheduler of jobs
 * @ctx: context
 *
 * Return: 0 or a negative errno.
 */
int ipu_sched_init_jobs(struct ipu_ctx *ctx)
{
	return ipu_sched_init(&ctx->sched, &ipu_sched_ops, IPU_RING_JOBS, ctx->ipu->drm.dev);
}
