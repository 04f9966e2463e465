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
 * A job that waits for nothing, while the scheduler has none of its context, is written to the
 * ring by the process that submits it: it would be next whatever the scheduler does, and a
 * worker thread costs more than the job. These jobs are ended and freed by who retires them.
 *
 * Its time-outs are not used: they count from when a job was given to the card, and
 * a job may take any time as long as it makes progress. The driver looks itself, and
 * after a fault or a time-out it does not stop the scheduler. It keeps its own list
 * of the jobs in the ring, and writes them to the ring again (ipu_recovery.c); to the
 * scheduler it looks as if one job completed with an error and the others took a
 * little longer.
 */

/* Why the card is not to execute a job whose turn it is, or 0. */
static int ipu_sched_error(struct ipu_job *job)
{
	int error = ipu_deps_error(&job->deps);

	return !error && ipu_job_is_cancelled(job) ? -ECANCELED : error;
}

static struct dma_fence *ipu_sched_run_job(struct drm_sched_job *sched_job)
{
	struct ipu_job *job = to_ipu_job(sched_job);
	struct ipu_ctx *ctx = job->ctx;
	struct dma_fence *fence = dma_fence_get(job->fence);
	bool cookie = dma_fence_begin_signalling();
	struct ipu_ring *ring = &ctx->ring;

	mutex_lock(&ring->lock);
	job->error = ipu_sched_error(job);
	/* One that is not to run ends in its turn, too: fences signal in order. */
	if (!ring->on) {
		ipu_job_end(job, ring->error);
	} else if (ring->error) {
		/* It has no number in the ring, and so counts as complete. */
		job->error = job->error ?: ring->error;
		list_move_tail(&job->link, &ring->jobs);
	} else {
		ipu_ring_emit(ctx, job);
	}
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	return fence;
}

/* One that has not ended is of a queue that was killed, or of a context that has ended. */
static void ipu_sched_free_job(struct drm_sched_job *sched_job)
{
	struct ipu_job *job = to_ipu_job(sched_job);

	if (dma_fence_is_signaled(job->fence))
		ipu_job_free(job);
	else
		ipu_job_drop(job);
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

/* Write a job to the ring at once, if it need not wait for anything. */
static bool ipu_sched_push_direct(struct ipu_job *job)
{
	struct ipu_ctx *ctx = job->ctx;
	struct ipu_ring *ring = &ctx->ring;
	bool cookie, done = false;

	lockdep_assert_held(&ctx->lock);

	if (atomic_read(&ctx->scheduled) || !xa_empty(&job->base.dependencies))
		return false;
	cookie = dma_fence_begin_signalling();
	if (ipu_ring_lock_soon(ring)) {
		if (ring->on && !ring->error && ring->direct < IPU_RING_DIRECT) {
			ring->direct++;
			job->direct = true;
			job->error = ipu_sched_error(job);
			ipu_ring_emit(ctx, job);
			done = true;
		}
		mutex_unlock(&ring->lock);
	}
	dma_fence_end_signalling(cookie);

	return done;
}

/**
 * ipu_sched_push() - a job is to run
 * @job: the job, numbered; &ipu_ctx.lock is held. It may be freed at any time afterwards.
 */
void ipu_sched_push(struct ipu_job *job)
{
	if (ipu_sched_push_direct(job))
		return;
	atomic_inc(&job->ctx->scheduled);
	drm_sched_job_arm(&job->base);
	drm_sched_entity_push_job(&job->base);
}
