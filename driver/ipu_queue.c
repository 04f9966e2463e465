// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_queue.h"

/**
 * DOC: queues
 *
 * A queue is an entity of a scheduler. Its fences have a timeline of their own, since jobs
 * of different queues end in any order. It is killed once, when it is destroyed or its
 * context ends, and freed when its last job is.
 *
 * Who has the fence of a job takes those before it on the timeline to have ended as well.
 * Jobs that run end in order anyway. Those that the scheduler drops, because their queue was
 * killed, come from it in any order, and each waits for the fence of the one before it.
 */

/**
 * ipu_queue_new() - make a queue
 * @sched: scheduler
 * @priority: among the queues of the scheduler
 *
 * Return: the queue, for ipu_queue_kill() and ipu_queue_put(); or an error pointer.
 */
struct ipu_queue *ipu_queue_new(struct drm_gpu_scheduler *sched, enum drm_sched_priority priority)
{
	struct ipu_queue *queue;
	int ret;

	queue = kzalloc_obj(*queue, GFP_KERNEL_ACCOUNT);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	ret = drm_sched_entity_init(&queue->entity, priority, &sched, 1, NULL);
	if (ret) {
		kfree(queue);
		return ERR_PTR(ret);
	}
	kref_init(&queue->ref);
	queue->fence_context = dma_fence_context_alloc(1);

	return queue;
}

/**
 * ipu_queue_kill() - drop the jobs that the scheduler still holds
 * @queue: queue that takes no more
 * @sched: its scheduler; &ipu_ctx.lock is held, or nobody else knows it
 *
 * The scheduler is stopped meanwhile, which one caller at a time can do: when it takes a
 * job from an entity that has more, it puts the entity back into its run queue, even one
 * that has just been removed, and would then run jobs that are being dropped.
 */
void ipu_queue_kill(struct ipu_queue *queue, struct drm_gpu_scheduler *sched)
{
	drm_sched_wqueue_stop(sched);
	drm_sched_entity_fini(&queue->entity);
	drm_sched_wqueue_start(sched);
}

static void ipu_queue_release(struct kref *ref)
{
	struct ipu_queue *queue = container_of(ref, struct ipu_queue, ref);

	dma_fence_put(queue->last);
	/*
	 * The fence that its last job waited for may be in the scheduler's callback, with
	 * interrupts off, and has signaled for all others.
	 */
	kfree_rcu(queue, rcu);
}

/**
 * ipu_queue_put() - drop a reference
 * @queue: queue, killed if it is the last one
 */
void ipu_queue_put(struct ipu_queue *queue)
{
	kref_put(&queue->ref, ipu_queue_release);
}

/**
 * ipu_queue_take_turn() - a job is the next one of a queue
 * @queue: queue; &ipu_ctx.lock is held
 * @turn: its turn, zeroed; for ipu_turn_put()
 * @fence: the job's fence
 */
void ipu_queue_take_turn(struct ipu_queue *queue, struct ipu_turn *turn, struct dma_fence *fence)
{
	turn->before = queue->last;
	queue->last = dma_fence_get(fence);
}

static void ipu_turn_cb(struct dma_fence *fence, struct dma_fence_cb *cb)
{
	queue_work(ipu_fence_wq, &container_of(cb, struct ipu_turn, cb)->work);
}

/**
 * ipu_turn_wait() - end a job that was dropped, in its turn
 * @turn: its turn
 * @end: called in a work item, &ipu_turn.work, when those before it have ended; signals its
 *	fence
 */
void ipu_turn_wait(struct ipu_turn *turn, work_func_t end)
{
	INIT_WORK(&turn->work, end);
	if (!turn->before || dma_fence_add_callback(turn->before, &turn->cb, ipu_turn_cb))
		queue_work(ipu_fence_wq, &turn->work);
}

/**
 * ipu_turn_put() - release what a turn has
 * @turn: of a job that has ended, or was never the next one
 */
void ipu_turn_put(struct ipu_turn *turn)
{
	dma_fence_put(turn->before);
}

static int ipu_queue_priority(u32 priority, enum drm_sched_priority *sched_priority)
{
	switch (priority) {
	case DRM_IPU_PRIORITY_NORMAL:
		*sched_priority = DRM_SCHED_PRIORITY_NORMAL;
		return 0;
	case DRM_IPU_PRIORITY_LOW:
		*sched_priority = DRM_SCHED_PRIORITY_LOW;
		return 0;
	case DRM_IPU_PRIORITY_HIGH:
		*sched_priority = DRM_SCHED_PRIORITY_HIGH;
		return 0;
	default:
		return -EINVAL;
	}
}

static int ipu_queue_create(struct ipu_ctx *ctx, enum drm_sched_priority priority, u32 *id)
{
	struct ipu_queue *queue;
	int ret;

	queue = ipu_queue_new(&ctx->sched, priority);
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	mutex_lock(&ctx->lock);
	ret = ctx->closed ? -ENOENT :
	      xa_alloc(&ctx->queues, id, queue, XA_LIMIT(1, DRM_IPU_MAX_QUEUES), GFP_KERNEL);
	if (ret) {
		ipu_queue_kill(queue, &ctx->sched);
		ipu_queue_put(queue);
	}
	mutex_unlock(&ctx->lock);
	if (ret == -EBUSY)
		return ipu_refuse(ctx->ipu, -EDQUOT, "queue_create: context %u has %u queues\n",
				  ctx->id, DRM_IPU_MAX_QUEUES);

	return ret;
}

/**
 * ipu_queue_create_ioctl() - DRM_IOCTL_IPU_QUEUE_CREATE
 * @drm: device
 * @data: &struct drm_ipu_queue_create
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_queue_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_queue_create *args = data;
	enum drm_sched_priority priority;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags || ipu_queue_priority(args->priority, &priority))
		return ipu_refuse(ipu, -EINVAL, "queue_create: flags 0x%x, priority %u\n",
				  args->flags, args->priority);

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (ctx) {
		ret = ipu_queue_create(ctx, priority, &args->queue);
		ipu_ctx_put(ctx);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "queue_create: no context %u\n", args->ctx);
	}

	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_queue_destroy_ioctl() - DRM_IOCTL_IPU_QUEUE_DESTROY
 * @drm: device
 * @data: &struct drm_ipu_queue_destroy
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_queue_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_queue_destroy *args = data;
	struct ipu_queue *queue;
	struct ipu_ctx *ctx;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "queue_destroy: no context %u\n", args->ctx);

	mutex_lock(&ctx->lock);
	queue = args->queue ? xa_erase(&ctx->queues, args->queue) : NULL;
	if (queue) {
		queue->closed = true;
		ipu_queue_kill(queue, &ctx->sched);
		ipu_queue_put(queue);
	}
	mutex_unlock(&ctx->lock);
	ipu_ctx_put(ctx);

	return queue ? 0 : ipu_refuse(ipu, -ENOENT, "queue_destroy: no queue %u\n", args->queue);
}
