// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/dma-fence-chain.h>

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
 * order in which they were submitted.
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

/* The error of the first fence the job waited for that has one. */
static int ipu_job_deps_error(const struct ipu_job *job)
{
	u32 i;

	for (i = 0; i < job->deps_count; i++) {
		int status = dma_fence_get_status(dma_fence_chain_contained(job->deps[i]));

		if (status < 0)
			return status;
	}

	return 0;
}

static struct dma_fence *ipu_sched_run_job(struct drm_sched_job *sched_job)
{
	struct ipu_job *job = to_ipu_job(sched_job);
	struct ipu_ctx *ctx = job->ctx;
	struct dma_fence *fence = dma_fence_get(job->fence);
	bool cookie = dma_fence_begin_signalling();
	int error = ipu_job_deps_error(job);

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
 * ipu_sched_init() - initialize a context's scheduler
 * @ctx: context
 *
 * Return: 0 or a negative errno.
 */
int ipu_sched_init(struct ipu_ctx *ctx)
{
	struct drm_gpu_scheduler *sched = &ctx->sched;
	int ret;

	ret = ipu_compat_sched_init(sched, &ipu_sched_ops, IPU_RING_JOBS, "ipu",
				    ctx->ipu->drm.dev);
	if (ret)
		return ret;

	ret = drm_sched_entity_init(&ctx->entity, DRM_SCHED_PRIORITY_KERNEL, &sched, 1, NULL);
	if (ret)
		drm_sched_fini(sched);

	return ret;
}

/**
 * ipu_sched_kill() - drop the jobs that the scheduler still holds
 * @ctx: context, ended
 *
 * The scheduler is stopped meanwhile: when it takes a job from an entity that has
 * more, it puts the entity back into its run queue, even one that has just been
 * removed, and would then run jobs that are being dropped.
 */
void ipu_sched_kill(struct ipu_ctx *ctx)
{
	drm_sched_wqueue_stop(&ctx->sched);
	drm_sched_entity_fini(&ctx->entity);
	drm_sched_wqueue_start(&ctx->sched);
}
