// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>

#include <drm/drm_drv.h>

#include "ipu_compat.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_fence.h"
#include "ipu_job.h"
#include "ipu_sched.h"

/**
 * DOC: scheduling
 *
 * Each context has a ring of its own, so each has a DRM scheduler of its own
 * with one entity: the scheduler holds a job until the fences it waits on have
 * signaled, and bounds the number of jobs in the ring. Jobs of one context run in the
 * order in which they were submitted. Another scheduler of the same kind makes the
 * changes of its address space that were asked for asynchronously (ipu_bind.c).
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
	int error = ipu_deps_error(&job->deps);

	mutex_lock(&ctx->ring.lock);
	if (!error)
		error = ctx->ring.error;
	if (!error)
		ipu_ring_emit(ctx, job);
	mutex_unlock(&ctx->ring.lock);

	if (error)
		ipu_fence_signal(fence, error);
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
 * ipu_queue_init() - initialize a scheduler with one entity
 * @queue: both
 * @ops: what it does with jobs
 * @credits: most jobs that it runs at a time
 * @dev: card
 *
 * Return: 0 or a negative errno.
 */
int ipu_queue_init(struct ipu_queue *queue, const struct drm_sched_backend_ops *ops, u32 credits,
		   struct device *dev)
{
	struct drm_gpu_scheduler *sched = &queue->sched;
	int ret;

	ret = ipu_compat_sched_init(sched, ops, credits, "ipu", dev);
	if (ret)
		return ret;

	ret = drm_sched_entity_init(&queue->entity, DRM_SCHED_PRIORITY_KERNEL, &sched, 1, NULL);
	if (ret)
		drm_sched_fini(sched);

	return ret;
}

/**
 * ipu_queue_kill() - drop the jobs that the scheduler still holds
 * @queue: of a context that has ended
 *
 * The scheduler is stopped meanwhile: when it takes a job from an entity that has
 * more, it puts the entity back into its run queue, even one that has just been
 * removed, and would then run jobs that are being dropped.
 */
void ipu_queue_kill(struct ipu_queue *queue)
{
	drm_sched_wqueue_stop(&queue->sched);
	drm_sched_entity_fini(&queue->entity);
	drm_sched_wqueue_start(&queue->sched);
}

/**
 * ipu_queue_fini() - free a scheduler
 * @queue: dropped its jobs, and has none left
 */
void ipu_queue_fini(struct ipu_queue *queue)
{
	drm_sched_fini(&queue->sched);
}

/**
 * ipu_sched_init() - initialize a context's queue of jobs
 * @ctx: context
 *
 * Return: 0 or a negative errno.
 */
int ipu_sched_init(struct ipu_ctx *ctx)
{
	return ipu_queue_init(&ctx->queue, &ipu_sched_ops, IPU_RING_JOBS, ctx->ipu->drm.dev);
}
