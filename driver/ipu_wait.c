// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/moduleparam.h>
#include <linux/sched/signal.h>

#include <drm/drm_drv.h>
#include <drm/drm_utils.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_job.h"
#include "ipu_recovery.h"

/*
 * To sleep and be woken by an interrupt takes longer than a short job: so who waits looks for
 * the end of the job himself for a while. Where that was in vain, the next ones do not look,
 * twice as many each time: jobs that are long cost next to nothing.
 */

static unsigned int busy_wait_us = 100;
module_param(busy_wait_us, uint, 0644);
MODULE_PARM_DESC(busy_wait_us,
		 "How long DRM_IOCTL_IPU_WAIT looks for the end of a job before it sleeps, in microseconds (default 100, at most 1000, 0 = not at all)");

#define IPU_BUSY_WAIT_MAX_US	1000u
/* Most waits that do not look after one that did so in vain. */
#define IPU_BUSY_WAIT_SKIP_MAX	64u

static bool ipu_wait_look(struct ipu_ctx *ctx, struct dma_fence *fence, s64 until_ns)
{
	do {
		ipu_ctx_poll(ctx);
		if (dma_fence_is_signaled(fence))
			return true;
		/* What the job waits for may need this processor. */
		cond_resched();
		cpu_relax();
	} while (ktime_get_ns() < until_ns && !signal_pending(current));

	return false;
}

/* Look for the end of a job, if that seems worthwhile, and not for longer than the caller waits. */
static void ipu_wait_busy(struct ipu_ctx *ctx, struct dma_fence *fence, s64 timeout_ns)
{
	u32 us = min(READ_ONCE(busy_wait_us), IPU_BUSY_WAIT_MAX_US);
	s64 until_ns = ktime_get_ns() + us * NSEC_PER_USEC;
	struct ipu_busy_wait *busy = &ctx->busy_wait;
	u32 skip = READ_ONCE(busy->skip);
	u32 vain = READ_ONCE(busy->vain);

	if (!us || timeout_ns < until_ns || dma_fence_is_signaled(fence))
		return;
	if (skip) {
		WRITE_ONCE(busy->skip, skip - 1);
		return;
	}
	if (ipu_wait_look(ctx, fence, until_ns))
		vain = 0;
	else
		vain = clamp(2 * vain, 1u, IPU_BUSY_WAIT_SKIP_MAX);
	WRITE_ONCE(busy->vain, vain);
	WRITE_ONCE(busy->skip, vain);
}

/* Wait for a job of the context; returns 0 with its status, or why it did not wait. */
static int ipu_wait(struct ipu_ctx *ctx, struct drm_ipu_wait *args)
{
	struct dma_fence *fence = NULL;
	bool forgotten;
	void *entry;
	long ret, left;

	if (!ipu_job_exists(ctx, args->seqno))
		return ipu_refuse(ctx->ipu, -EINVAL, "wait: no job %llu yet\n", args->seqno);

	xa_lock(&ctx->jobs);
	entry = xa_load(&ctx->jobs, args->seqno);
	if (entry && !xa_is_value(entry))
		fence = dma_fence_get(entry);
	forgotten = args->seqno <= ctx->forgotten;
	xa_unlock(&ctx->jobs);

	if (!entry && forgotten)
		return ipu_refuse(ctx->ipu, -ENODATA, "wait: how job %llu ended is forgotten\n",
				  args->seqno);
	if (!fence) {
		args->status = entry ? -(int)xa_to_value(entry) : 0;
		return 0;
	}

	ipu_wait_busy(ctx, fence, args->timeout_ns);
	/* Jiffies that a busy machine has missed come all at once, and too early for the clock. */
	do {
		left = drm_timeout_abs_to_jiffies(args->timeout_ns);
		ret = dma_fence_wait_timeout(fence, true, left);
	} while (!ret && left);
	if (ret > 0)
		args->status = min(dma_fence_get_status(fence), 0);
	else if (!ret)
		ret = -ETIME;
	dma_fence_put(fence);

	return min(ret, 0);
}

/**
 * ipu_wait_ioctl() - DRM_IOCTL_IPU_WAIT
 * @drm: device
 * @data: &struct drm_ipu_wait
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_wait *args = data;
	struct ipu_ctx *ctx;
	int ret;

	if (args->pad || args->pad2)
		return ipu_refuse(ipu, -EINVAL, "wait: pad not 0\n");

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "wait: no context %u\n", args->ctx);

	ret = ipu_wait(ctx, args);
	ipu_ctx_put(ctx);

	return ret;
}
