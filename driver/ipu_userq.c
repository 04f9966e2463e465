// SPDX-License-Identifier: GPL-2.0-only

#include <linux/delay.h>
#include <linux/log2.h>
#include <linux/nospec.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/wait.h>

#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_utils.h>
#include <drm/drm_vma_manager.h>

#include "ipu_ctx.h"
#include "ipu_doorbell.h"
#include "ipu_drv.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"
#include "ipu_userq.h"

/**
 * DOC: user queues
 *
 * A user queue is a ring in the context's memory that user space writes and rings itself;
 * the kernel is needed to make it, to wait without polling, and to end it. The card
 * executes its commands without privilege, by the context's own page tables, on the context's
 * own tiles, and checks each as it checks those of a job: there is nothing that a program
 * can do with it that it cannot do with DRM_IOCTL_IPU_SUBMIT. The card takes turns with the
 * driver's ring, between jobs.
 *
 * Whether a program writes a value some day is the program's business. So there is no
 * &struct dma_fence of a user queue, and must not be: others wait on fences, and memory
 * management does. DRM_IOCTL_IPU_USERQ_WAIT waits for a value, and can be interrupted.
 *
 * The card tells of a value once: a wait asks for the lowest one that is waited for, and all
 * who wait look when there is news. The context's work item looks, too, as long as somebody
 * waits, so that a message that was lost costs a moment.
 *
 * A queue does not outlive that the card stops its context: after a fault, or when a job is
 * cancelled or takes too long. It is lost then, and can only be destroyed.
 */

static struct ipu_userq *to_ipu_userq(struct drm_gem_object *obj)
{
	return container_of(obj, struct ipu_userq, doorbell.base);
}

static void ipu_userq_put(struct ipu_userq *queue)
{
	drm_gem_object_put(&queue->doorbell.base);
}

static void ipu_userq_free(struct drm_gem_object *obj)
{
	struct ipu_userq *queue = to_ipu_userq(obj);

	ipu_doorbell_fini(&queue->doorbell);
	kfree(queue);
}

static const struct drm_gem_object_funcs ipu_userq_funcs = {
	.free = ipu_userq_free,
	.mmap = ipu_doorbell_mmap,
	.vm_ops = &ipu_doorbell_vm_ops,
};

static struct ipu_userq *ipu_userq_new(struct ipu_device *ipu)
{
	struct ipu_userq *queue;
	int ret;

	queue = kzalloc_obj(*queue, GFP_KERNEL_ACCOUNT);
	if (!queue)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&queue->wait);
	queue->armed = U64_MAX;
	ret = ipu_doorbell_init(ipu, &queue->doorbell, &ipu_userq_funcs);
	if (ret) {
		kfree(queue);
		return ERR_PTR(ret);
	}

	return queue;
}

static u32 ipu_userq_doorbell(const struct ipu_ctx *ctx, const struct ipu_userq *queue)
{
	return IPU_UQ_DOORBELL(ctx->slot * IPU_USER_QUEUES + queue->index);
}

static void ipu_userq_write(struct ipu_ctx *ctx, const struct ipu_userq *queue, u32 reg, u32 value)
{
	ipu_ctx_write(ctx, IPU_CTX_UQ(queue->index) + reg, value);
}

static void ipu_userq_read_value(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	ipu_userq_read64(ctx, queue, IPU_UQ_VALUE_LO, &queue->value);
}

/* The queue with this id, with a reference; &ipu_ring.lock is held. */
static struct ipu_userq *ipu_userq_find(struct ipu_ctx *ctx, u32 id)
{
	struct ipu_userq *queue = NULL;

	lockdep_assert_held(&ctx->ring.lock);

	if (id && id <= IPU_USER_QUEUES)
		queue = ctx->userqs.queue[array_index_nospec(id - 1, IPU_USER_QUEUES)];
	if (queue)
		drm_gem_object_get(&queue->doorbell.base);

	return queue;
}

static struct ipu_userq *ipu_userq_get(struct ipu_ctx *ctx, u32 id)
{
	struct ipu_userq *queue;

	mutex_lock(&ctx->ring.lock);
	queue = ipu_userq_find(ctx, id);
	mutex_unlock(&ctx->ring.lock);

	return queue;
}

/**
 * ipu_userq_any() - may the card have news of a user queue?
 * @ctx: context; &ipu_ring.lock is held
 *
 * Return: whether there is one that is not lost.
 */
bool ipu_userq_any(const struct ipu_ctx *ctx)
{
	unsigned int i;

	lockdep_assert_held(&ctx->ring.lock);

	for (i = 0; i < IPU_USER_QUEUES; i++)
		if (ctx->userqs.queue[i] && !ctx->userqs.queue[i]->lost)
			return true;

	return false;
}

/**
 * ipu_userq_events() - the card has told of a user queue
 * @ctx: context; &ipu_ring.lock is held
 */
void ipu_userq_events(struct ipu_ctx *ctx)
{
	unsigned int i;

	lockdep_assert_held(&ctx->ring.lock);

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		struct ipu_userq *queue = ctx->userqs.queue[i];

		if (!queue)
			continue;
		queue->armed = U64_MAX;
		wake_up_all(&queue->wait);
	}
}

/**
 * ipu_userq_lose() - the card executes nothing of a context's user queues any more
 * @ctx: context; &ipu_ring.lock is held
 * @readable: the card answers, and has not been reset
 */
void ipu_userq_lose(struct ipu_ctx *ctx, bool readable)
{
	unsigned int i;

	lockdep_assert_held(&ctx->ring.lock);

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		struct ipu_userq *queue = ctx->userqs.queue[i];

		if (!queue || queue->lost)
			continue;
		if (readable)
			ipu_userq_read_value(ctx, queue);
		queue->lost = true;
		wake_up_all(&queue->wait);
	}
}

/**
 * ipu_userq_faulted() - whose command has faulted?
 * @ctx: context, FAULTED; &ipu_ring.lock is held
 *
 * Return: id of a user queue, or 0 for the driver's own ring.
 */
u32 ipu_userq_faulted(struct ipu_ctx *ctx)
{
	if (!(ctx->ipu->info.caps & IPU_CAP_USER_QUEUES))
		return 0;

	return ipu_ctx_read(ctx, IPU_CTX_FAULT_QUEUE);
}

/**
 * ipu_userq_show() - print what there is of a context's user queues, for debugfs
 * @m: where to
 * @ctx: context; &ipu_ring.lock is held
 */
void ipu_userq_show(struct seq_file *m, struct ipu_ctx *ctx)
{
	unsigned int i;

	lockdep_assert_held(&ctx->ring.lock);

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		const struct ipu_userq *queue = ctx->userqs.queue[i];

		if (!queue)
			continue;
		if (queue->lost || !ctx->ring.on || ctx->ring.error)
			seq_printf(m, "  user queue %u: lost, value %llu\n", i + 1, queue->value);
		else
			seq_printf(m, "  user queue %u: control 0x%x, status 0x%x, head %u, tail %u\n",
				   i + 1, ipu_userq_read(ctx, queue, IPU_UQ_CTRL),
				   ipu_userq_read(ctx, queue, IPU_UQ_STATUS),
				   ipu_userq_read(ctx, queue, IPU_UQ_HEAD),
				   ipu_userq_read(ctx, queue, IPU_UQ_TAIL));
	}
}

/* End a queue that is stopped, or lost. False if somebody else has done so. */
static bool ipu_userq_end(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	bool mine;

	lockdep_assert_held(&ctx->lock);

	/* Its page may become another queue's. */
	ipu_doorbell_zap(&queue->doorbell);

	mutex_lock(&ctx->ring.lock);
	mine = ctx->userqs.queue[queue->index] == queue;
	if (mine)
		ctx->userqs.queue[queue->index] = NULL;
	queue->lost = true;
	wake_up_all(&queue->wait);
	mutex_unlock(&ctx->ring.lock);
	if (mine) {
		ipu_doorbell_revoke(&queue->doorbell);
		ipu_userq_put(queue);
	}

	return mine;
}

/**
 * ipu_userq_end_all() - end a context's user queues
 * @ctx: context that has left the card; &ipu_ctx.lock is held
 */
void ipu_userq_end_all(struct ipu_ctx *ctx)
{
	unsigned int i;

	lockdep_assert_held(&ctx->lock);

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		struct ipu_userq *queue = ipu_userq_get(ctx, i + 1);

		if (!queue)
			continue;
		ipu_userq_end(ctx, queue);
		ipu_userq_put(queue);
	}
}

static void ipu_userq_zap_ctx(struct ipu_ctx *ctx)
{
	unsigned int i;

	for (i = 0; i < IPU_USER_QUEUES; i++) {
		struct ipu_userq *queue = ipu_userq_get(ctx, i + 1);

		if (!queue)
			continue;
		ipu_doorbell_zap(&queue->doorbell);
		ipu_userq_put(queue);
	}
}

/**
 * ipu_userq_zap_all() - see to it that no doorbell is rung any more
 * @ipu: card that is not to be accessed, all of whose contexts are lost
 */
void ipu_userq_zap_all(struct ipu_device *ipu)
{
	unsigned int slot;

	for (slot = 0; slot < ipu->info.contexts; slot++) {
		struct ipu_ctx *ctx = ipu_ctx_get_slot(ipu, slot);

		if (!ctx)
			continue;
		ipu_userq_zap_ctx(ctx);
		ipu_ctx_put(ctx);
	}
}

/* Give the queue a place in its context; &ipu_ring.lock is held. */
static int ipu_userq_place(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	struct ipu_ring *ring = &ctx->ring;

	if (!ring->on || ring->error)
		return ipu_refuse(ctx->ipu, ring->error ?: -EIO,
				  "userq_create: context %u is lost\n", ctx->id);
	for (queue->index = 0; queue->index < IPU_USER_QUEUES; queue->index++)
		if (!ctx->userqs.queue[queue->index])
			return 0;

	return ipu_refuse(ctx->ipu, -EDQUOT, "userq_create: context %u has %u queues\n", ctx->id,
			  IPU_USER_QUEUES);
}

static int ipu_userq_start(struct ipu_ctx *ctx, struct ipu_userq *queue,
			   const struct drm_ipu_userq_create *args)
{
	int ret;

	mutex_lock(&ctx->ring.lock);
	ret = ipu_userq_place(ctx, queue);
	if (ret)
		goto out;
	ipu_userq_write(ctx, queue, IPU_UQ_RING_LO, lower_32_bits(args->ring_va));
	ipu_userq_write(ctx, queue, IPU_UQ_RING_HI, upper_32_bits(args->ring_va));
	ipu_userq_write(ctx, queue, IPU_UQ_RING_LOG2, ilog2(args->ring_count));
	ipu_userq_write(ctx, queue, IPU_UQ_CTRL, IPU_UQ_ENABLE);
	if (ipu_userq_read(ctx, queue, IPU_UQ_CTRL) == IPU_UQ_ENABLE) {
		/* From here on its time counts. */
		ipu_userq_count(ctx);
		ctx->userqs.queue[queue->index] = queue;
	} else {
		/* Nobody may be looking: its last queue may have been destroyed. */
		ipu_ctx_watch(ctx);
		ret = ipu_refuse(ctx->ipu, -EBUSY,
				 "userq_create: context %u is being restarted after a fault\n",
				 ctx->id);
	}
out:
	mutex_unlock(&ctx->ring.lock);

	return ret;
}

/* Have it ring, unless it was lost meanwhile: then ipu_userq_zap_all() may have been there. */
static void ipu_userq_open(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	bool lost;

	ipu_doorbell_open(&queue->doorbell, ipu_userq_doorbell(ctx, queue));
	mutex_lock(&ctx->ring.lock);
	lost = queue->lost;
	mutex_unlock(&ctx->ring.lock);
	if (lost)
		ipu_doorbell_zap(&queue->doorbell);
}

/* While &ipu_ctx.lock is held, neither the queue nor its context ends. */
static int ipu_userq_create(struct ipu_ctx *ctx, struct drm_file *file,
			    struct drm_ipu_userq_create *args)
{
	struct ipu_userq *queue = ipu_userq_new(ctx->ipu);
	int ret;

	if (IS_ERR(queue))
		return PTR_ERR(queue);

	mutex_lock(&ctx->lock);
	ret = ctx->closed ? -ENOENT : ipu_doorbell_allow(&queue->doorbell, file);
	if (!ret)
		ret = ipu_userq_start(ctx, queue, args);
	if (!ret) {
		ipu_userq_open(ctx, queue);
		args->queue = queue->index + 1;
		args->doorbell = drm_vma_node_offset_addr(&queue->doorbell.base.vma_node);
	} else {
		ipu_doorbell_revoke(&queue->doorbell);
		ipu_userq_put(queue);
	}
	mutex_unlock(&ctx->lock);

	return ret;
}

/* A page that can be mapped must be of one doorbell only. */
static bool ipu_userq_supported(const struct ipu_device *ipu)
{
	return ipu->info.caps & IPU_CAP_USER_QUEUES && PAGE_SIZE == IPU_PAGE_SIZE;
}

/**
 * ipu_userq_create_ioctl() - DRM_IOCTL_IPU_USERQ_CREATE
 * @drm: device
 * @data: &struct drm_ipu_userq_create
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_userq_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_userq_create *args = data;
	struct ipu_ctx *ctx;
	int ret, idx;

	if (args->flags || !is_power_of_2(args->ring_count) ||
	    args->ring_count < BIT(IPU_RING_LOG2_MIN) || args->ring_count > BIT(IPU_RING_LOG2_MAX))
		return ipu_refuse(ipu, -EINVAL, "userq_create: flags 0x%x, %u commands\n",
				  args->flags, args->ring_count);
	if (!IS_ALIGNED(args->ring_va, IPU_CMD_SIZE) || args->ring_va >= IPU_VA_USER_END ||
	    (u64)args->ring_count * IPU_CMD_SIZE > IPU_VA_USER_END - args->ring_va)
		return ipu_refuse(ipu, -EINVAL,
				  "userq_create: ring at 0x%llx: not aligned or out of range\n",
				  args->ring_va);
	if (!ipu_userq_supported(ipu))
		return ipu_refuse(ipu, -EOPNOTSUPP,
				  "userq_create: the card has no user queues, or pages are not of 4 KiB\n");

	if (!drm_dev_enter(drm, &idx))
		return -ENODEV;

	ctx = ipu_ctx_get(file, args->ctx);
	if (ctx) {
		ret = ipu_userq_create(ctx, file, args);
		ipu_ctx_put(ctx);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "userq_create: no context %u\n", args->ctx);
	}

	drm_dev_exit(idx);

	return ret;
}

/* Let the queue begin no command any more. Returns whether one is in progress. */
static bool ipu_userq_stop(struct ipu_ctx *ctx, struct ipu_userq *queue)
{
	struct ipu_ring *ring = &ctx->ring;
	bool busy = false;

	mutex_lock(&ring->lock);
	if (ring->on && !ring->error && !queue->lost) {
		ipu_userq_write(ctx, queue, IPU_UQ_CTRL, 0);
		busy = ipu_userq_read(ctx, queue, IPU_UQ_STATUS) == IPU_UQ_BUSY;
		/* For those who still wait, and for fdinfo; neither changes any more. */
		if (!busy) {
			ipu_userq_read_value(ctx, queue);
			ipu_userq_count(ctx);
		}
	}
	mutex_unlock(&ring->lock);

	return busy;
}

/* A command that runs has a time limit, or else whoever made it so can wait. */
static int ipu_userq_destroy(struct ipu_ctx *ctx, u32 id)
{
	struct ipu_userq *queue = ipu_userq_get(ctx, id);
	int ret = 0;

	if (!queue)
		return -ENOENT;
	while (!ret && ipu_userq_stop(ctx, queue)) {
		msleep_interruptible(1);
		if (signal_pending(current))
			ret = -ERESTARTSYS;
	}
	if (!ret) {
		mutex_lock(&ctx->lock);
		ret = ipu_userq_end(ctx, queue) ? 0 : -ENOENT;
		mutex_unlock(&ctx->lock);
	}
	ipu_userq_put(queue);

	return ret;
}

/**
 * ipu_userq_destroy_ioctl() - DRM_IOCTL_IPU_USERQ_DESTROY
 * @drm: device
 * @data: &struct drm_ipu_userq_destroy
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_userq_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_userq_destroy *args = data;
	struct ipu_ctx *ctx;
	int ret;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "userq_destroy: no context %u\n", args->ctx);

	ret = ipu_userq_destroy(ctx, args->queue);
	if (ret == -ENOENT)
		ret = ipu_refuse(ipu, ret, "userq_destroy: no queue %u\n", args->queue);
	ipu_ctx_put(ctx);

	return ret;
}

/* Whether @value is reached: 1, 0, or why it never will be. */
static int ipu_userq_reached(struct ipu_ctx *ctx, struct ipu_userq *queue, u64 value)
{
	struct ipu_ring *ring = &ctx->ring;

	lockdep_assert_held(&ring->lock);

	if (ring->on && !queue->lost)
		ipu_userq_read_value(ctx, queue);
	/* A program's own FENCE may have written any value; of a lost queue none is to come. */
	if (queue->value >= value && !(queue->lost && value == U64_MAX))
		return 1;

	return queue->lost || !ring->on ? ring->error ?: -EIO : 0;
}

/* The same; if it is not yet, the card is going to tell. */
static int ipu_userq_arm(struct ipu_ctx *ctx, struct ipu_userq *queue, u64 value)
{
	int ret;

	mutex_lock(&ctx->ring.lock);
	ret = ipu_userq_reached(ctx, queue, value);
	if (!ret && (value < queue->armed || queue->armed == U64_MAX)) {
		queue->armed = value;
		ipu_userq_write(ctx, queue, IPU_UQ_ARM_LO, lower_32_bits(value));
		ipu_userq_write(ctx, queue, IPU_UQ_ARM_HI, upper_32_bits(value));
	}
	mutex_unlock(&ctx->ring.lock);

	return ret;
}

/* Returns 0, or why it did not wait until then. */
static int ipu_userq_wait(struct ipu_ctx *ctx, struct ipu_userq *queue, u64 value, s64 timeout_ns)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	long left;
	int ret;

	add_wait_queue(&queue->wait, &wait);
	while (!(ret = ipu_userq_arm(ctx, queue, value))) {
		if (signal_pending(current)) {
			ret = -ERESTARTSYS;
			break;
		}
		left = drm_timeout_abs_to_jiffies(timeout_ns);
		if (!left) {
			ret = -ETIME;
			break;
		}
		wait_woken(&wait, TASK_INTERRUPTIBLE, left);
	}
	remove_wait_queue(&queue->wait, &wait);

	return min(ret, 0);
}

/* The queue that is waited for, which its context looks at from time to time. */
static struct ipu_userq *ipu_userq_wait_begin(struct ipu_ctx *ctx, u32 id)
{
	struct ipu_userq *queue;

	mutex_lock(&ctx->ring.lock);
	queue = ipu_userq_find(ctx, id);
	if (queue) {
		ctx->userqs.waiters++;
		ipu_ctx_watch(ctx);
	}
	mutex_unlock(&ctx->ring.lock);

	return queue;
}

static void ipu_userq_wait_end(struct ipu_ctx *ctx, struct ipu_userq *queue, u64 *value)
{
	mutex_lock(&ctx->ring.lock);
	ctx->userqs.waiters--;
	*value = queue->value;
	mutex_unlock(&ctx->ring.lock);
	ipu_userq_put(queue);
}

/**
 * ipu_userq_wait_ioctl() - DRM_IOCTL_IPU_USERQ_WAIT
 * @drm: device
 * @data: &struct drm_ipu_userq_wait
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_userq_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_userq_wait *args = data;
	struct ipu_userq *queue;
	struct ipu_ctx *ctx;
	int ret;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "userq_wait: no context %u\n", args->ctx);

	queue = ipu_userq_wait_begin(ctx, args->queue);
	if (queue) {
		ret = ipu_userq_wait(ctx, queue, args->value, args->timeout_ns);
		ipu_userq_wait_end(ctx, queue, &args->reached);
	} else {
		ret = ipu_refuse(ipu, -ENOENT, "userq_wait: no queue %u\n", args->queue);
	}
	ipu_ctx_put(ctx);

	return ret;
}
