// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/wait_bit.h>

#include <drm/drm_drv.h>

#include "ipu_bind.h"
#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_link.h"
#include "ipu_notify.h"
#include "ipu_recovery.h"
#include "ipu_sched.h"
#include "ipu_usage.h"

/**
 * DOC: contexts
 *
 * A context is made in two steps. First everything in memory is set up: address
 * space, ring, scheduler. Then it is attached: it gets a slot of the card and
 * the first free range of tiles that is large enough, and the card clears these
 * tiles and starts to execute the ring.
 *
 * It is torn down in reverse order, and that may happen twice: when user space
 * destroys it or closes the file, and when the card is removed. ipu_ctx_end()
 * releases everything that the card can access. The structure with the scheduler
 * and the jobs' results lives until the last reference to it is dropped: each
 * job holds one, and a job that waits on another driver's fence cannot be freed
 * before that fence has signaled.
 */

static unsigned int watchdog_ms = 10000;
module_param(watchdog_ms, uint, 0644);
MODULE_PARM_DESC(watchdog_ms,
		 "Time limit of a run in ms for contexts that name none (default 10000, 0 = no limit)");

/* Contexts that have not been freed, of all cards. */
static atomic_t ipu_ctxs = ATOMIC_INIT(0);

static void ipu_ctx_free(struct ipu_ctx *ctx)
{
	drm_sched_fini(&ctx->bind_sched);
	drm_sched_fini(&ctx->sched);
	xa_destroy(&ctx->queues);
	xa_destroy(&ctx->jobs);
	ipu_client_put(ctx->client);
	drm_dev_put(&ctx->ipu->drm);
	kfree(ctx);
	if (atomic_dec_and_test(&ipu_ctxs))
		wake_up_var(&ipu_ctxs);
}

static void ipu_ctx_free_work(struct work_struct *work)
{
	ipu_ctx_free(container_of(to_rcu_work(work), struct ipu_ctx, free_work));
}

/*
 * Most jobs are freed in a work item of the scheduler, which cannot tear down its own
 * scheduler. And a fence that signals may still be in a callback of that one's, with interrupts
 * off. So another work item frees the context, later.
 */
static void ipu_ctx_release(struct kref *ref)
{
	struct ipu_ctx *ctx = container_of(ref, struct ipu_ctx, ref);

	ipu_limits_leave(ctx);
	queue_rcu_work(ipu_wq, &ctx->free_work);
}

/**
 * ipu_ctx_wait_all() - wait until all contexts are freed
 *
 * For unloading the module: no file is open and no card bound, but a job of a
 * context that was closed may still wait on another driver's fence.
 */
void ipu_ctx_wait_all(void)
{
	wait_var_event(&ipu_ctxs, !atomic_read(&ipu_ctxs));
}

/**
 * ipu_ctx_get() - look a context up
 * @file: the file it belongs to
 * @id: its id
 *
 * Return: the context with a reference, or NULL.
 */
struct ipu_ctx *ipu_ctx_get(struct drm_file *file, u32 id)
{
	struct ipu_file *priv = file->driver_priv;
	struct ipu_ctx *ctx;

	xa_lock(&priv->ctxs);
	ctx = xa_load(&priv->ctxs, id);
	if (ctx)
		kref_get(&ctx->ref);
	xa_unlock(&priv->ctxs);

	return ctx;
}

/**
 * ipu_ctx_get_slot() - the context that has a slot of the card
 * @ipu: card
 * @slot: which one
 *
 * Return: the context with a reference, or NULL.
 */
struct ipu_ctx *ipu_ctx_get_slot(struct ipu_device *ipu, unsigned int slot)
{
	struct ipu_ctx *ctx;

	mutex_lock(&ipu->slots_lock);
	ctx = ipu->slots[slot];
	if (ctx)
		kref_get(&ctx->ref);
	mutex_unlock(&ipu->slots_lock);

	return ctx;
}

/**
 * ipu_ctx_put() - drop a reference
 * @ctx: context; it is not the last one where a job is freed with &ipu_ring.lock held
 */
void ipu_ctx_put(struct ipu_ctx *ctx)
{
	kref_put(&ctx->ref, ipu_ctx_release);
}

/* Give the context a slot and tiles; &ipu_device.slots_lock is held. */
VISIBLE_IF_KUNIT int ipu_ctx_place(struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;
	unsigned long first;
	unsigned int slot;
	int ret;

	ret = ipu_limits_check(ctx);
	if (ret)
		return ret;

	for (slot = 0; slot < ipu->info.contexts && ipu->slots[slot]; slot++)
		;
	if (slot == ipu->info.contexts)
		return ipu_refuse(ipu, -EBUSY, "ctx_create: all contexts are taken\n");

	first = bitmap_find_next_zero_area(ipu->tiles, ipu->info.tiles, 0, ctx->tile_count, 0);
	if (first >= ipu->info.tiles)
		return ipu_refuse(ipu, -EBUSY, "ctx_create: no %u free tiles in a row\n",
				  ctx->tile_count);

	ctx->slot = slot;
	ctx->tile_first = first;
	bitmap_set(ipu->tiles, first, ctx->tile_count);

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ctx_place);

static void ipu_ctx_unplace(struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;

	mutex_lock(&ipu->slots_lock);
	WRITE_ONCE(ipu->slots[ctx->slot], NULL);
	/*
	 * An interrupt handler that is running may have looked it up before. With the
	 * lock held remove() waits, and does not free the interrupt meanwhile.
	 */
	ipu_irq_synchronize(ipu, ctx->slot);
	bitmap_clear(ipu->tiles, ctx->tile_first, ctx->tile_count);
	/* Likewise, it must still be this driver's card. */
	ipu_card_power_put(ipu);
	mutex_unlock(&ipu->slots_lock);
}

/* Attach the context to the card, which is on as long as it is attached. */
static int ipu_ctx_attach(struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;
	int ret;

	ret = ipu_card_power_get(ipu);
	if (ret)
		return ret;
	ret = ipu_card_lock_up(ipu);
	if (ret)
		goto err_power;
	ret = ipu_ctx_place(ctx);
	if (ret) {
		mutex_unlock(&ipu->slots_lock);
		goto err_power;
	}
	mutex_lock(&ctx->ring.lock);
	ctx->ring.on = true;
	/* Interrupt handlers look it up without a lock: what it consists of is there before. */
	smp_store_release(&ipu->slots[ctx->slot], ctx);
	ctx->attached = true;
	ipu_usage_place(ctx, true);
	/* Others need not wait until its tiles are cleared. */
	mutex_unlock(&ipu->slots_lock);

	ret = ipu_ring_start(ctx, true);
	/* On failure the caller tears it down; recovery must not. */
	ctx->ring.error = ret;
	mutex_unlock(&ctx->ring.lock);

	return ret;

err_power:
	ipu_card_power_put(ipu);

	return ret;
}

/*
 * Detach the context from the card and free what the card can access. Jobs end
 * with @error. Does nothing the second time. The slot is freed last: until then
 * ipu_ctx_detach_all() finds the context there and waits.
 */
static void ipu_ctx_end(struct ipu_ctx *ctx, int error)
{
	mutex_lock(&ctx->lock);
	ctx->closed = true;
	if (ctx->attached)
		ipu_ctx_leave_card(ctx, error);
	ipu_userq_end_all(ctx);
	ipu_ring_free(ctx);
	ipu_vm_fini(ctx);
	ipu_link_leave(ctx);
	if (ctx->attached) {
		ipu_ctx_unplace(ctx);
		ipu_usage_place(ctx, false);
		ctx->attached = false;
	}
	cancel_delayed_work_sync(&ctx->watch);
	mutex_unlock(&ctx->lock);
}

/**
 * ipu_ctx_detach_all() - detach all contexts from a card that is being removed
 * @ipu: card, unplugged, so that no context can be created any more
 */
void ipu_ctx_detach_all(struct ipu_device *ipu)
{
	unsigned int slot;

	for (slot = 0; slot < ipu->info.contexts; slot++) {
		struct ipu_ctx *ctx = ipu_ctx_get_slot(ipu, slot);

		if (ctx) {
			ipu_ctx_end(ctx, -ENODEV);
			ipu_ctx_put(ctx);
		}
	}
}

/* Drop the jobs that the schedulers still hold. */
static void ipu_ctx_kill_queues(struct ipu_ctx *ctx)
{
	struct ipu_queue *queue;
	unsigned long id;

	mutex_lock(&ctx->lock);
	ipu_queue_kill(ctx->binds, &ctx->bind_sched);
	ipu_queue_put(ctx->binds);
	/* The context is closed, so nobody looks one up, nor makes one. */
	xa_for_each(&ctx->queues, id, queue) {
		xa_erase(&ctx->queues, id);
		ipu_queue_kill(queue, &ctx->sched);
		ipu_queue_put(queue);
	}
	mutex_unlock(&ctx->lock);
}

/**
 * ipu_ctx_close() - end a context that no one can look up any more
 * @ctx: context; the file's reference is dropped
 */
void ipu_ctx_close(struct ipu_ctx *ctx)
{
	ipu_ctx_end(ctx, -ECANCELED);
	ipu_notify_disarm(ctx);
	ipu_ctx_kill_queues(ctx);
	ipu_ctx_put(ctx);
}

/* The schedulers, and the queues that every context has. */
static int ipu_ctx_init_queues(struct ipu_ctx *ctx)
{
	struct ipu_queue *queue;
	int ret;

	ret = ipu_sched_init_jobs(ctx);
	if (ret)
		return ret;
	ret = ipu_bind_init(ctx);
	if (ret)
		goto err_sched;

	queue = ipu_queue_new(&ctx->sched, DRM_SCHED_PRIORITY_NORMAL);
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto err_bind;
	}
	ret = xa_insert(&ctx->queues, 0, queue, GFP_KERNEL_ACCOUNT);
	if (!ret)
		return 0;

	ipu_queue_kill(queue, &ctx->sched);
	ipu_queue_put(queue);
err_bind:
	ipu_bind_fini(ctx);
err_sched:
	drm_sched_fini(&ctx->sched);

	return ret;
}

static struct ipu_ctx *ipu_ctx_alloc(struct ipu_device *ipu, struct ipu_client *client,
				     const struct drm_ipu_ctx_create *args)
{
	struct ipu_ctx *ctx;
	int ret;

	ctx = kzalloc_obj(*ctx, GFP_KERNEL_ACCOUNT);
	if (!ctx)
		return ERR_PTR(-ENOMEM);

	ctx->ipu = ipu;
	ctx->tile_count = args->tiles;
	ctx->watchdog_ms = args->watchdog_ms ?: READ_ONCE(watchdog_ms);
	ctx->pid = task_tgid_nr(current);
	get_task_comm(ctx->comm, current);
	ctx->owner = ipu_owner_current();
	kref_init(&ctx->ref);
	mutex_init(&ctx->lock);
	mutex_init(&ctx->ring.lock);
	INIT_LIST_HEAD(&ctx->ring.jobs);
	init_waitqueue_head(&ctx->debug.wait);
	xa_init(&ctx->jobs);
	xa_init_flags(&ctx->queues, XA_FLAGS_ALLOC);
	INIT_LIST_HEAD(&ctx->exported);
	spin_lock_init(&ctx->exported_lock);
	INIT_RCU_WORK(&ctx->free_work, ipu_ctx_free_work);
	INIT_DELAYED_WORK(&ctx->watch, ipu_ctx_watch_work);

	ret = ipu_limits_enter(ctx);
	if (ret)
		goto err_free;

	ret = ipu_vm_init(ctx);
	if (ret)
		goto err_limits;

	ret = ipu_ring_alloc(ctx);
	if (ret)
		goto err_vm;

	ret = ipu_ctx_init_queues(ctx);
	if (ret)
		goto err_ring;

	drm_dev_get(&ipu->drm);
	kref_get(&client->ref);
	ctx->client = client;
	atomic_inc(&ipu_ctxs);

	return ctx;

err_ring:
	ipu_ring_free(ctx);
err_vm:
	ipu_vm_fini(ctx);
err_limits:
	ipu_limits_leave(ctx);
err_free:
	kfree(ctx);

	return ERR_PTR(ret);
}

/**
 * ipu_ctx_create_ioctl() - DRM_IOCTL_IPU_CTX_CREATE
 * @drm: device
 * @data: &struct drm_ipu_ctx_create
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct ipu_file *priv = file->driver_priv;
	struct drm_ipu_ctx_create *args = data;
	struct ipu_lost_event *lost = NULL;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags & ~(DRM_IPU_CTX_EVENTS | DRM_IPU_CTX_LINKED) || args->pad)
		return ipu_refuse(ipu, -EINVAL, "ctx_create: unknown flags 0x%x, or pad not 0\n",
				  args->flags);
	if (!(args->flags & DRM_IPU_CTX_LINKED) && (args->link_fd || args->link_rank))
		return ipu_refuse(ipu, -EINVAL, "ctx_create: a link without its flag\n");
	if (!args->tiles || args->tiles > ipu->info.tiles)
		return ipu_refuse(ipu, -EINVAL, "ctx_create: %u tiles of %u\n",
				  args->tiles, ipu->info.tiles);

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	if (args->flags & DRM_IPU_CTX_EVENTS) {
		lost = ipu_notify_prepare(ipu, file);
		if (IS_ERR(lost)) {
			ret = PTR_ERR(lost);
			goto out;
		}
	}

	ctx = ipu_ctx_alloc(ipu, priv->client, args);
	if (IS_ERR(ctx)) {
		ipu_notify_cancel(ipu, lost);
		ret = PTR_ERR(ctx);
		goto out;
	}

	ret = args->flags & DRM_IPU_CTX_LINKED ? ipu_link_join(ctx, args) : 0;
	if (!ret)
		ret = ipu_ctx_attach(ctx);
	if (ret) {
		ipu_notify_cancel(ipu, lost);
		ipu_ctx_close(ctx);
		goto out;
	}

	/* Once it has an id, another thread may guess the id and destroy it. */
	kref_get(&ctx->ref);
	ret = xa_alloc(&priv->ctxs, &ctx->id, ctx, xa_limit_32b, GFP_KERNEL);
	if (ret) {
		ipu_notify_cancel(ipu, lost);
		ipu_ctx_close(ctx);
	} else {
		ipu_notify_arm(ctx, lost);
		args->ctx = ctx->id;
		args->tile_first = ctx->tile_first;
	}
	ipu_ctx_put(ctx);
out:
	drm_dev_exit(idx);

	return ret;
}

/**
 * ipu_ctx_destroy_ioctl() - DRM_IOCTL_IPU_CTX_DESTROY
 * @drm: device
 * @data: &struct drm_ipu_ctx_destroy
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct ipu_file *priv = file->driver_priv;
	struct drm_ipu_ctx_destroy *args = data;
	struct ipu_ctx *ctx;
	int idx;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "ctx_destroy: pad not 0\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = xa_erase(&priv->ctxs, args->ctx);
	if (ctx)
		ipu_ctx_close(ctx);

	drm_dev_exit(idx);

	return ctx ? 0 : ipu_refuse(ipu, -ENOENT, "ctx_destroy: no context %u\n", args->ctx);
}

/* Values are told to user space as they are. */
static_assert((int)IPU_CTX_USABLE == DRM_IPU_CTX_USABLE);
static_assert((int)IPU_CTX_LOST == DRM_IPU_CTX_LOST);
static_assert((int)IPU_CTX_BANNED == DRM_IPU_CTX_BANNED);
static_assert((int)IPU_CTX_WHY_NONE == DRM_IPU_CTX_WHY_NONE);
static_assert((int)IPU_CTX_WHY_FAULT == DRM_IPU_CTX_WHY_FAULT);
static_assert((int)IPU_CTX_WHY_HANG == DRM_IPU_CTX_WHY_HANG);
static_assert((int)IPU_CTX_WHY_RESET == DRM_IPU_CTX_WHY_RESET);
static_assert((int)IPU_CTX_WHY_SUSPEND == DRM_IPU_CTX_WHY_SUSPEND);
static_assert((int)IPU_CTX_WHY_PCI == DRM_IPU_CTX_WHY_PCI);

/**
 * ipu_ctx_query_ioctl() - DRM_IOCTL_IPU_CTX_QUERY
 * @drm: device
 * @data: &struct drm_ipu_ctx_query
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_ctx_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_ctx_query *args = data;
	struct ipu_ctx *ctx;

	if (args->flags || args->pad)
		return ipu_refuse(ipu, -EINVAL, "ctx_query: flags or pad not 0\n");

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "ctx_query: no context %u\n", args->ctx);

	mutex_lock(&ctx->ring.lock);
	args->state = ctx->state;
	args->why = ctx->why;
	mutex_unlock(&ctx->ring.lock);

	args->tables = atomic_read(&ctx->vm.mmu.tables);
	args->mappings = atomic_read(&ctx->vm.mappings);
	args->jobs = atomic_read(&ctx->queued);

	ipu_ctx_put(ctx);

	return 0;
}
