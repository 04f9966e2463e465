// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/dma-fence-chain.h>
#include <linux/jiffies.h>
#include <linux/moduleparam.h>

#include <drm/drm_drv.h>

#include "ipu_compat.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_fence.h"
#include "ipu_job.h"
#include "ipu_recovery.h"
#include "ipu_sched.h"

/**
 * DOC: scheduling
 *
 * Each context has a ring of its own, so each has a DRM scheduler of its own
 * with one entity: the scheduler holds a job until the fences it waits on have
 * signaled, bounds the number of jobs in the ring, and calls back when a job
 * takes too long. Jobs of one context run in the order in which they were
 * submitted.
 *
 * The rest of the system gets the job's own fence (ipu_fence.c), not the
 * scheduler's, which points into the scheduler and so must not outlive it.
 *
 * After a fault or a time-out the scheduler is not stopped. The driver keeps its
 * own list of the jobs in the ring, and writes them to the ring again
 * (ipu_recovery.c); to the scheduler it looks as if one job completed with an
 * error and the others took a little longer. So a job that timed out always goes
 * back to the scheduler's pending list, from which it is freed like any other.
 */

static unsigned int job_timeout_ms;
module_param(job_timeout_ms, uint, 0444);
MODULE_PARM_DESC(job_timeout_ms,
		 "Time without progress after which a context is reset, in ms (default 0: the context's watchdog and 10000)");

#define IPU_TIMEOUT_MARGIN_MS	10000

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

static enum drm_gpu_sched_stat ipu_sched_timedout_job(struct drm_sched_job *sched_job)
{
	struct ipu_job *job = to_ipu_job(sched_job);
	bool cookie = dma_fence_begin_signalling();

	ipu_ctx_job_timeout(job->ctx, job->fence);
	dma_fence_end_signalling(cookie);

	return ipu_compat_sched_keep_job(sched_job);
}

static void ipu_sched_free_job(struct drm_sched_job *sched_job)
{
	ipu_job_free(to_ipu_job(sched_job));
}

static const struct drm_sched_backend_ops ipu_sched_ops = {
	.run_job = ipu_sched_run_job,
	.timedout_job = ipu_sched_timedout_job,
	.free_job = ipu_sched_free_job,
};

static long ipu_sched_timeout(const struct ipu_ctx *ctx)
{
	if (job_timeout_ms)
		return msecs_to_jiffies(job_timeout_ms);
	if (!ctx->watchdog_ms)
		return MAX_SCHEDULE_TIMEOUT;

	return msecs_to_jiffies(ctx->watchdog_ms) + msecs_to_jiffies(IPU_TIMEOUT_MARGIN_MS);
}

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

	ret = ipu_compat_sched_init(sched, &ipu_sched_ops, IPU_RING_JOBS, ipu_sched_timeout(ctx),
				    ctx->ipu->recovery_wq, "ipu", ctx->ipu->drm.dev);
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
