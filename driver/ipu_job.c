// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/slab.h>

#include <drm/drm_drv.h>
#include <drm/drm_syncobj.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_fence.h"
#include "ipu_job.h"
#include "ipu_recovery.h"
#include "ipu_sched.h"
#include "ipu_trace.h"

/* How long a job whose fence was given out may be overtaken, in jiffies. */
#define IPU_JOB_PATIENCE	(10 * HZ)

/* The queue of a submission, with a reference; &ipu_ctx.lock is held. */
static struct ipu_queue *ipu_job_queue(struct ipu_ctx *ctx, u32 id)
{
	struct ipu_queue *queue = ctx->closed ? NULL : xa_load(&ctx->queues, id);

	if (queue)
		kref_get(&queue->ref);

	return queue;
}

/* On a queue that was killed the scheduler would complain, hence the lock. */
static int ipu_job_init(struct ipu_job *job, u32 queue, struct drm_file *file)
{
	struct ipu_ctx *ctx = job->ctx;
	int ret;

	mutex_lock(&ctx->lock);
	job->queue = ipu_job_queue(ctx, queue);
	ret = job->queue ? drm_sched_job_init(&job->base, &job->queue->entity, 1, NULL,
					      file->client_id) : -ENOENT;
	mutex_unlock(&ctx->lock);
	if (!job->queue)
		return ipu_refuse(ctx->ipu, ret, "submit: no queue %u\n", queue);
	if (ret)
		ipu_queue_put(job->queue);

	return ret;
}

static struct ipu_job *ipu_job_alloc(struct ipu_ctx *ctx, const struct drm_ipu_submit *args,
				     struct drm_file *file)
{
	struct ipu_job *job;
	int ret;

	job = kzalloc_obj(*job, GFP_KERNEL_ACCOUNT);
	if (!job)
		return ERR_PTR(-ENOMEM);

	job->fence = ipu_fence_alloc();
	if (!job->fence) {
		ret = -ENOMEM;
		goto err_free;
	}

	job->ctx = ctx;
	ret = ipu_job_init(job, args->queue, file);
	if (ret)
		goto err_fence;

	job->cmd_va = args->cmd_va;
	job->cmd_count = args->cmd_count;
	INIT_LIST_HEAD(&job->link);
	INIT_LIST_HEAD(&job->exported);
	kref_get(&ctx->ref);

	return job;

err_fence:
	ipu_fence_free(job->fence);
err_free:
	kfree(job);

	return ERR_PTR(ret);
}

/**
 * ipu_job_end() - a job has ended
 * @job: the job, which may be freed at any time afterwards
 * @error: 0 or a negative errno
 */
void ipu_job_end(struct ipu_job *job, int error)
{
	struct ipu_ctx *ctx = job->ctx;

	spin_lock(&ctx->exported_lock);
	list_del_init(&job->exported);
	spin_unlock(&ctx->exported_lock);
	trace_ipu_job_done(job, error);
	/* Who submits the next one need not wait until the scheduler has freed this one. */
	if (!job->direct)
		atomic_dec(&ctx->scheduled);
	ipu_fence_signal(job->fence, error);
}

/* Replace the fence of a job that has ended by its error, if any. */
static void ipu_job_remember(struct ipu_job *job, int error)
{
	struct ipu_ctx *ctx = job->ctx;
	unsigned long oldest = 0;

	xa_lock(&ctx->jobs);
	if (error) {
		/* Replaces the fence, so this allocates nothing and cannot fail. */
		__xa_store(&ctx->jobs, job->seqno, xa_mk_value(-error), GFP_NOWAIT);
		__xa_set_mark(&ctx->jobs, job->seqno, IPU_JOB_FAILED);
		if (++ctx->failures > IPU_CTX_FAILURES) {
			xa_find(&ctx->jobs, &oldest, ULONG_MAX, IPU_JOB_FAILED);
			__xa_erase(&ctx->jobs, oldest);
			ctx->forgotten = max_t(u64, ctx->forgotten, oldest);
			ctx->failures--;
		}
	} else {
		__xa_erase(&ctx->jobs, job->seqno);
	}
	xa_unlock(&ctx->jobs);
	/* The reference that the xarray held. */
	dma_fence_put(job->fence);
}

/**
 * ipu_job_free() - free a job that has ended, or was never submitted
 * @job: the job
 */
void ipu_job_free(struct ipu_job *job)
{
	struct ipu_ctx *ctx = job->ctx;

	if (job->armed) {
		ipu_job_remember(job, min(dma_fence_get_status(job->fence), 0));
		atomic_dec(&ctx->queued);
		dma_fence_put(job->fence);
	} else {
		ipu_fence_free(job->fence);
	}

	ipu_turn_put(&job->turn);
	ipu_deps_put(&job->deps);
	drm_sched_job_cleanup(&job->base);
	ipu_queue_put(job->queue);
	kfree(job);
	ipu_ctx_put(ctx);
}

static void ipu_job_end_dropped(struct work_struct *work)
{
	struct ipu_job *job = container_of(work, struct ipu_job, turn.work);
	bool cookie = dma_fence_begin_signalling();

	ipu_job_end(job, READ_ONCE(job->ctx->ring.error) ?: -ECANCELED);
	dma_fence_end_signalling(cookie);
	ipu_job_free(job);
}

/**
 * ipu_job_drop() - end and free a job that will not run, in its turn
 * @job: the job, numbered
 */
void ipu_job_drop(struct ipu_job *job)
{
	ipu_turn_wait(&job->turn, ipu_job_end_dropped);
}

/*
 * A queue of a high priority must not keep others' fences from signaling for ever: a job
 * that comes long after one whose fence was given out waits for that one. It can, since
 * no fence depends on one that comes later.
 */
static int ipu_job_give_way(struct ipu_job *job)
{
	struct ipu_ctx *ctx = job->ctx;
	struct dma_fence *fence = NULL;
	struct ipu_job *oldest;

	spin_lock(&ctx->exported_lock);
	oldest = list_first_entry_or_null(&ctx->exported, struct ipu_job, exported);
	if (oldest && oldest->queue != job->queue &&
	    time_after(jiffies, oldest->submitted + IPU_JOB_PATIENCE))
		fence = dma_fence_get(oldest->fence);
	spin_unlock(&ctx->exported_lock);

	return fence ? drm_sched_job_add_dependency(&job->base, fence) : 0;
}

/*
 * Number the job and queue it; on success it is freed once it has ended. Returns a
 * reference to its fence, which user space will hold if @exported.
 */
static struct dma_fence *ipu_job_push(struct ipu_job *job, bool exported)
{
	struct ipu_ctx *ctx = job->ctx;
	u64 seqno = ctx->last_seqno + 1;
	struct dma_fence *fence = job->fence;
	int error = READ_ONCE(ctx->ring.error);
	int ret;

	lockdep_assert_held(&ctx->lock);

	if (ctx->closed || job->queue->closed)
		return ERR_PTR(-ENOENT);
	if (error)
		return ERR_PTR(ipu_refuse(ctx->ipu, error, "submit: context %u is lost\n",
					  ctx->id));
	if (exported && !ipu_ctx_is_bounded(ctx))
		return ERR_PTR(ipu_refuse(ctx->ipu, -EOPNOTSUPP,
					  "submit: context %u is debugged, or its runs have too long a time limit (%u ms) for others to wait on its jobs\n",
					  ctx->id, ctx->watchdog_ms));

	/* Only this increments it, under the context's lock. */
	if (atomic_read(&ctx->queued) >= IPU_CTX_MAX_JOBS)
		return ERR_PTR(ipu_refuse(ctx->ipu, -EDQUOT, "submit: context %u has %u jobs\n",
					  ctx->id, IPU_CTX_MAX_JOBS));

	ret = ipu_job_give_way(job);
	if (ret)
		return ERR_PTR(ret);
	ret = xa_reserve(&ctx->jobs, seqno, GFP_KERNEL_ACCOUNT);
	if (ret)
		return ERR_PTR(ret);
	atomic_inc(&ctx->queued);

	ipu_fence_init(fence, ctx, job->queue->fence_context, seqno, exported);
	/* For the caller and for the xarray. */
	dma_fence_get(fence);
	dma_fence_get(fence);
	job->seqno = seqno;
	job->armed = true;
	job->submitted = jiffies;
	if (exported) {
		spin_lock(&ctx->exported_lock);
		list_add_tail(&job->exported, &ctx->exported);
		spin_unlock(&ctx->exported_lock);
	}
	/* It can be found now, and is complete; the entry was reserved, so this cannot fail. */
	xa_store(&ctx->jobs, seqno, fence, GFP_NOWAIT);
	/* Who finds the number finds the entry, see ipu_job_exists(). */
	smp_store_release(&ctx->last_seqno, seqno);
	trace_ipu_job_submit(job);
	ipu_queue_take_turn(job->queue, &job->turn, fence);
	ipu_sched_push(job);

	return fence;
}

static int ipu_submit(struct ipu_ctx *ctx, struct drm_ipu_submit *args, struct drm_file *file)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_sync_out *outs;
	struct dma_fence *fence;
	struct ipu_job *job;
	int ret;

	job = ipu_job_alloc(ctx, args, file);
	if (IS_ERR(job))
		return PTR_ERR(job);

	ret = ipu_sync_add_deps(ipu, file, &job->base, &job->deps, &args->in_syncs);
	if (ret)
		goto err_job;

	outs = ipu_sync_out_get(ipu, file, &args->out_syncs);
	if (IS_ERR(outs)) {
		ret = PTR_ERR(outs);
		goto err_job;
	}

	mutex_lock(&ctx->lock);
	fence = ipu_job_push(job, outs);
	mutex_unlock(&ctx->lock);
	ipu_sync_out_finish(outs, args->out_syncs.count, fence);
	if (IS_ERR(fence)) {
		ret = PTR_ERR(fence);
		goto err_job;
	}

	args->seqno = fence->seqno;
	dma_fence_put(fence);

	return 0;

err_job:
	ipu_job_free(job);

	return ret;
}

/**
 * ipu_submit_ioctl() - DRM_IOCTL_IPU_SUBMIT
 * @drm: device
 * @data: &struct drm_ipu_submit
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_submit_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_submit *args = data;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags)
		return ipu_refuse(ipu, -EINVAL, "submit: unknown flags 0x%x\n", args->flags);
	if (!args->cmd_count || args->cmd_count > IPU_JOB_MAX_CMDS)
		return ipu_refuse(ipu, -EINVAL, "submit: %u commands of at most %u\n",
				  args->cmd_count, IPU_JOB_MAX_CMDS);
	if (!IS_ALIGNED(args->cmd_va, IPU_CMD_SIZE) || args->cmd_va >= IPU_VA_USER_END ||
	    (u64)args->cmd_count * IPU_CMD_SIZE > IPU_VA_USER_END - args->cmd_va)
		return ipu_refuse(ipu, -EINVAL,
				  "submit: commands at 0x%llx: not aligned or out of range\n",
				  args->cmd_va);

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (ctx) {
		ret = ipu_submit(ctx, args, file);
		ipu_ctx_put(ctx);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "submit: no context %u\n", args->ctx);
	}

	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_job_exported_pending() - may user space wait on the fence of a job that has not ended?
 * @ctx: context
 *
 * Return: whether there is one.
 */
bool ipu_job_exported_pending(struct ipu_ctx *ctx)
{
	bool pending;

	spin_lock(&ctx->exported_lock);
	pending = !list_empty(&ctx->exported);
	spin_unlock(&ctx->exported_lock);

	return pending;
}

/**
 * ipu_job_is_cancelled() - was it cancelled?
 * @job: the job, numbered
 *
 * Return: whether it is not to run, or to go on.
 */
bool ipu_job_is_cancelled(const struct ipu_job *job)
{
	return xa_get_mark(&job->ctx->jobs, job->seqno, IPU_JOB_CANCELLED);
}

/**
 * ipu_job_exists() - is there, or was there, a job of that number?
 * @ctx: context
 * @seqno: the number
 *
 * Return: whether there is. If it has no entry in &ipu_ctx.jobs then, it has ended.
 */
bool ipu_job_exists(struct ipu_ctx *ctx, u64 seqno)
{
	/* The entry is looked up after the number, without the lock under which both are made. */
	return seqno && seqno <= smp_load_acquire(&ctx->last_seqno);
}

static int ipu_job_cancel(struct ipu_ctx *ctx, u64 seqno)
{
	if (!ipu_job_exists(ctx, seqno))
		return ipu_refuse(ctx->ipu, -EINVAL, "job_cancel: no job %llu yet\n", seqno);
	if (READ_ONCE(ctx->debug.attached))
		return ipu_refuse(ctx->ipu, -EBUSY, "job_cancel: context %u is debugged\n",
				  ctx->id);

	/* One that has ended has no entry, or one that nobody asks for the mark. */
	xa_set_mark(&ctx->jobs, seqno, IPU_JOB_CANCELLED);
	ipu_ctx_cancelled(ctx, seqno);

	return 0;
}

/**
 * ipu_job_cancel_ioctl() - DRM_IOCTL_IPU_JOB_CANCEL
 * @drm: device
 * @data: &struct drm_ipu_job_cancel
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_job_cancel_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	const struct drm_ipu_job_cancel *args = data;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "job_cancel: pad not 0\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (ctx) {
		ret = ipu_job_cancel(ctx, args->seqno);
		ipu_ctx_put(ctx);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "job_cancel: no context %u\n", args->ctx);
	}

	drm_dev_exit(idx);

	return ret;
}
