// SPDX-License-Identifier: GPL-2.0-only

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "ipu_ctx.h"
#include "ipu_fence.h"

/**
 * struct ipu_fence - signals when a job has ended, with its error
 *
 * User space may hold it, in a syncobj or as a sync file, for any time. So
 * nothing in it points to the context or the scheduler, and an exported fence
 * holds a reference to the module, which its functions are in.
 */
struct ipu_fence {
	/** @base: must be first, it is freed by dma_fence_free() */
	struct dma_fence base;
	/** @lock: of @base */
	spinlock_t lock;
	/** @exported: user space may hold it */
	bool exported;
	/** @timeline: names the context it came from */
	char timeline[32];
};

static const char *ipu_fence_get_driver_name(struct dma_fence *fence)
{
	return "ipu";
}

static const char *ipu_fence_get_timeline_name(struct dma_fence *fence)
{
	return container_of(fence, struct ipu_fence, base)->timeline;
}

static void ipu_fence_release(struct dma_fence *fence)
{
	if (container_of(fence, struct ipu_fence, base)->exported)
		module_put(THIS_MODULE);
	dma_fence_free(fence);
}

static const struct dma_fence_ops ipu_fence_ops = {
	.get_driver_name = ipu_fence_get_driver_name,
	.get_timeline_name = ipu_fence_get_timeline_name,
	.release = ipu_fence_release,
};

/**
 * ipu_fence_alloc() - allocate a fence
 *
 * Return: the fence, for ipu_fence_init() or ipu_fence_free(); NULL without
 * memory.
 */
struct dma_fence *ipu_fence_alloc(void)
{
	struct ipu_fence *fence = kzalloc_obj(*fence, GFP_KERNEL_ACCOUNT);

	return fence ? &fence->base : NULL;
}

/**
 * ipu_fence_init() - initialize a fence
 * @base: from ipu_fence_alloc(); from now on it is released by dma_fence_put()
 * @ctx: the job's context
 * @timeline: which of the context's, see dma_fence_context_alloc()
 * @seqno: the job's number there
 * @exported: user space may hold it
 */
void ipu_fence_init(struct dma_fence *base, struct ipu_ctx *ctx, u64 timeline, u64 seqno,
		    bool exported)
{
	struct ipu_fence *fence = container_of(base, struct ipu_fence, base);

	fence->exported = exported;
	if (exported)
		__module_get(THIS_MODULE);
	snprintf(fence->timeline, sizeof(fence->timeline), "%s:%u", ctx->comm, ctx->id);
	spin_lock_init(&fence->lock);
	dma_fence_init(base, &ipu_fence_ops, &fence->lock, timeline, seqno);
}

/**
 * ipu_fence_free() - free a fence that was never initialized
 * @base: from ipu_fence_alloc(), may be NULL
 */
void ipu_fence_free(struct dma_fence *base)
{
	kfree(container_of(base, struct ipu_fence, base));
}

/**
 * ipu_fence_signal() - signal that a job has ended
 * @fence: its fence, not signaled
 * @error: 0 or a negative errno
 */
void ipu_fence_signal(struct dma_fence *fence, int error)
{
	/* Once signaled, the job may be freed, with its reference, before this returns. */
	dma_fence_get(fence);
	if (error)
		dma_fence_set_error(fence, error);
	dma_fence_signal(fence);
	dma_fence_put(fence);
}
