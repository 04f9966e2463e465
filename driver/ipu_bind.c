// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/dma-fence.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>

#include "ipu_bind.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_fence.h"
#include "ipu_sched.h"
#include "ipu_sync.h"
#include "ipu_vm.h"
#include "ipu_vm_change.h"

/**
 * DOC: binding
 *
 * DRM_IOCTL_IPU_VM_BIND turns user space's list of operations into a &struct
 * ipu_vm_change, which is prepared at once. It is made at once, too, or when the fences
 * that it waits for have signaled: then it is a job of a scheduler that each context has
 * for its changes, whose work item makes one after the other.
 */

/* Changes that the scheduler makes at a time. */
#define IPU_BIND_CREDITS	1

/**
 * struct ipu_bind - a change that is made later
 */
struct ipu_bind {
	/** @base: the scheduler's part */
	struct drm_sched_job base;
	/** @change: the change */
	struct ipu_vm_change *change;
	/** @deps: what it waits for */
	struct ipu_deps deps;
	/** @fence: signals when it has been made; a reference once @armed */
	struct dma_fence *fence;
	/** @armed: numbered and queued */
	bool armed;
	/** @turn: its place among the context's changes */
	struct ipu_turn turn;
	/** @free_work: frees it, since that can take locks that fences must not wait for */
	struct work_struct free_work;
};

static struct ipu_bind *to_ipu_bind(struct drm_sched_job *job)
{
	return container_of(job, struct ipu_bind, base);
}

/* Takes over @change. */
static struct ipu_bind *ipu_bind_alloc(struct ipu_vm_change *change, struct drm_file *file)
{
	struct ipu_ctx *ctx = change->ctx;
	struct ipu_bind *bind;
	int ret = -ENOMEM;

	bind = kzalloc_obj(*bind, GFP_KERNEL_ACCOUNT);
	if (!bind)
		goto err_change;
	bind->fence = ipu_fence_alloc();
	if (!bind->fence)
		goto err_free;
	bind->change = change;
	/* Not on one that was killed: the scheduler would complain. */
	mutex_lock(&ctx->lock);
	ret = ctx->closed ? -ENOENT :
	      drm_sched_job_init(&bind->base, &ctx->binds->entity, 1, NULL, file->client_id);
	mutex_unlock(&ctx->lock);
	if (ret)
		goto err_fence;

	return bind;

err_fence:
	ipu_fence_free(bind->fence);
err_free:
	kfree(bind);
err_change:
	ipu_vm_change_free(change);

	return ERR_PTR(ret);
}

static void ipu_bind_free(struct ipu_bind *bind)
{
	if (bind->armed) {
		dma_fence_put(bind->fence);
		atomic_dec(&bind->change->ctx->binding);
	} else {
		ipu_fence_free(bind->fence);
	}
	ipu_turn_put(&bind->turn);
	ipu_deps_put(&bind->deps);
	drm_sched_job_cleanup(&bind->base);
	/* It may be what keeps the context, and so the scheduler. */
	ipu_vm_change_free(bind->change);
	kfree(bind);
}

static struct dma_fence *ipu_bind_run_job(struct drm_sched_job *job)
{
	struct ipu_bind *bind = to_ipu_bind(job);
	struct dma_fence *fence = dma_fence_get(bind->fence);
	bool cookie = dma_fence_begin_signalling();
	int error = ipu_deps_error(&bind->deps);

	if (!error)
		error = ipu_vm_change_make(bind->change);
	ipu_fence_signal(fence, error == -ENOENT ? -ECANCELED : error);
	dma_fence_end_signalling(cookie);

	return fence;
}

static void ipu_bind_free_work(struct work_struct *work)
{
	ipu_bind_free(container_of(work, struct ipu_bind, free_work));
}

static void ipu_bind_end_dropped(struct work_struct *work)
{
	struct ipu_bind *bind = container_of(work, struct ipu_bind, turn.work);
	bool cookie = dma_fence_begin_signalling();

	ipu_fence_signal(bind->fence, -ECANCELED);
	dma_fence_end_signalling(cookie);
	queue_work(ipu_wq, &bind->free_work);
}

/* In the work queue that makes the next change, too. */
static void ipu_bind_free_job(struct drm_sched_job *job)
{
	struct ipu_bind *bind = to_ipu_bind(job);

	INIT_WORK(&bind->free_work, ipu_bind_free_work);
	/* One that was not made was dropped because the context has ended. */
	if (dma_fence_is_signaled(bind->fence))
		queue_work(ipu_wq, &bind->free_work);
	else
		ipu_turn_wait(&bind->turn, ipu_bind_end_dropped);
}

static const struct drm_sched_backend_ops ipu_bind_ops = {
	.run_job = ipu_bind_run_job,
	.free_job = ipu_bind_free_job,
};

/**
 * ipu_bind_init() - initialize a context's queue of changes
 * @ctx: context
 *
 * Return: 0 or a negative errno.
 */
int ipu_bind_init(struct ipu_ctx *ctx)
{
	struct drm_gpu_scheduler *sched = &ctx->bind_sched;
	int ret;

	ret = ipu_sched_init(sched, &ipu_bind_ops, IPU_BIND_CREDITS, ctx->ipu->drm.dev);
	if (ret)
		return ret;
	ctx->binds = ipu_queue_new(sched, DRM_SCHED_PRIORITY_NORMAL);
	if (IS_ERR(ctx->binds)) {
		drm_sched_fini(sched);
		return PTR_ERR(ctx->binds);
	}

	return 0;
}

/**
 * ipu_bind_fini() - undo ipu_bind_init()
 * @ctx: context that was never used
 */
void ipu_bind_fini(struct ipu_ctx *ctx)
{
	ipu_queue_kill(ctx->binds, &ctx->bind_sched);
	ipu_queue_put(ctx->binds);
	drm_sched_fini(&ctx->bind_sched);
}

/* Check one operation, and look its buffer up. */
VISIBLE_IF_KUNIT int ipu_bind_op(struct ipu_ctx *ctx, struct drm_file *file,
				 const struct drm_ipu_bind_op *args, struct ipu_vm_op *op)
{
	struct ipu_device *ipu = ctx->ipu;
	bool map = args->type == DRM_IPU_BIND_MAP;

	if (args->type > DRM_IPU_BIND_UNMAP)
		return ipu_refuse(ipu, -EINVAL, "vm_bind: unknown type %u\n", args->type);
	if (args->flags & ~(map ? DRM_IPU_MAP_WRITE : 0) || args->pad)
		return ipu_refuse(ipu, -EINVAL, "vm_bind: unknown flags 0x%x, or pad not 0\n",
				  args->flags);
	if (!map && (args->handle || args->bo_offset))
		return ipu_refuse(ipu, -EINVAL, "vm_bind: unmap has a buffer\n");
	if (!ipu_vm_range_valid(args->va, args->size))
		return ipu_refuse(ipu, -EINVAL,
				  "vm_bind: %llu bytes at 0x%llx: not aligned or out of range\n",
				  args->size, args->va);

	op->va = args->va;
	op->size = args->size;
	if (!map)
		return 0;

	op->offset = args->bo_offset;
	op->flags = args->flags & DRM_IPU_MAP_WRITE ? IPU_PTE_W : 0;
	op->obj = drm_gem_object_lookup(file, args->handle);
	if (!op->obj)
		return ipu_refuse(ipu, -ENOENT, "vm_bind: no handle %u\n", args->handle);
	if (!PAGE_ALIGNED(op->offset) || op->offset > op->obj->size ||
	    op->size > op->obj->size - op->offset)
		return ipu_refuse(ipu, -EINVAL, "vm_bind: %llu bytes at %llu of a buffer of %zu\n",
				  op->size, op->offset, op->obj->size);

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_bind_op);

/* Read the operations, and prepare them. */
static struct ipu_vm_change *ipu_bind_read(struct ipu_ctx *ctx, struct drm_file *file,
					   const struct drm_ipu_obj_array *array)
{
	struct drm_ipu_bind_op op;
	struct ipu_vm_change *change;
	int ret;
	u32 i;

	ret = ipu_array_check(ctx->ipu, array, sizeof(op), DRM_IPU_MAX_BIND_OPS);
	if (ret)
		return ERR_PTR(ret);
	if (!array->count)
		return ERR_PTR(ipu_refuse(ctx->ipu, -EINVAL, "vm_bind: no operations\n"));

	change = ipu_vm_change_alloc(ctx, array->count);
	if (IS_ERR(change))
		return change;
	for (i = 0; i < array->count && !ret; i++) {
		ret = ipu_array_read(ctx->ipu, array, i, &op, sizeof(op));
		if (!ret)
			ret = ipu_bind_op(ctx, file, &op, &change->ops[i]);
	}
	if (!ret)
		ret = ipu_vm_change_prepare(change);
	if (ret) {
		ipu_vm_change_free(change);
		return ERR_PTR(ret);
	}

	return change;
}

/* Number the change and queue it; on success the scheduler owns it. Returns its fence. */
static struct dma_fence *ipu_bind_push(struct ipu_bind *bind, bool exported)
{
	struct ipu_ctx *ctx = bind->change->ctx;
	struct dma_fence *fence = bind->fence;
	int ret;

	lockdep_assert_held(&ctx->lock);

	if (ctx->closed)
		return ERR_PTR(-ENOENT);
	/* Only this increments it, under the context's lock. */
	if (atomic_read(&ctx->binding) >= IPU_CTX_MAX_JOBS)
		return ERR_PTR(ipu_refuse(ctx->ipu, -EDQUOT, "vm_bind: context %u has %u queued\n",
					  ctx->id, IPU_CTX_MAX_JOBS));
	ret = ipu_vm_change_keep(bind->change);
	if (ret)
		return ERR_PTR(ret);

	atomic_inc(&ctx->binding);
	ipu_fence_init(fence, ctx, ctx->binds->fence_context, ++ctx->last_bind, exported);
	dma_fence_get(fence);
	bind->armed = true;
	ipu_queue_take_turn(ctx->binds, &bind->turn, fence);
	drm_sched_job_arm(&bind->base);
	drm_sched_entity_push_job(&bind->base);

	return fence;
}

/* Takes over @change. */
static int ipu_bind_later(struct ipu_vm_change *change, const struct drm_ipu_vm_bind *args,
			  struct drm_file *file)
{
	struct ipu_ctx *ctx = change->ctx;
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_sync_out *outs;
	struct dma_fence *fence;
	struct ipu_bind *bind;
	int ret;

	bind = ipu_bind_alloc(change, file);
	if (IS_ERR(bind))
		return PTR_ERR(bind);

	ret = ipu_sync_add_deps(ipu, file, &bind->base, &bind->deps, &args->in_syncs);
	if (ret)
		goto err_bind;
	outs = ipu_sync_out_get(ipu, file, &args->out_syncs);
	if (IS_ERR(outs)) {
		ret = PTR_ERR(outs);
		goto err_bind;
	}

	mutex_lock(&ctx->lock);
	fence = ipu_bind_push(bind, outs);
	mutex_unlock(&ctx->lock);
	ipu_sync_out_finish(outs, args->out_syncs.count, fence);
	if (IS_ERR(fence)) {
		ret = PTR_ERR(fence);
		goto err_bind;
	}
	dma_fence_put(fence);

	return 0;

err_bind:
	ipu_bind_free(bind);

	return ret;
}

static int ipu_vm_bind(struct ipu_ctx *ctx, const struct drm_ipu_vm_bind *args,
		       struct drm_file *file)
{
	struct ipu_vm_change *change;
	int ret;

	change = ipu_bind_read(ctx, file, &args->ops);
	if (IS_ERR(change))
		return PTR_ERR(change);
	if (args->flags & DRM_IPU_BIND_ASYNC)
		return ipu_bind_later(change, args, file);

	ret = ipu_vm_change_make(change);
	ipu_vm_change_free(change);

	return ret;
}

/**
 * ipu_vm_bind_ioctl() - DRM_IOCTL_IPU_VM_BIND
 * @drm: device
 * @data: &struct drm_ipu_vm_bind
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_vm_bind_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	const struct drm_ipu_vm_bind *args = data;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags & ~DRM_IPU_BIND_ASYNC)
		return ipu_refuse(ipu, -EINVAL, "vm_bind: unknown flags 0x%x\n", args->flags);
	if (!(args->flags & DRM_IPU_BIND_ASYNC) &&
	    (args->in_syncs.count || args->in_syncs.array || args->out_syncs.count ||
	     args->out_syncs.array))
		return ipu_refuse(ipu, -EINVAL, "vm_bind: syncobjs, but not asynchronous\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (ctx) {
		ret = ipu_vm_bind(ctx, args, file);
		ipu_ctx_put(ctx);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "vm_bind: no context %u\n", args->ctx);
	}

	drm_dev_exit(idx);

	return ret;
}
