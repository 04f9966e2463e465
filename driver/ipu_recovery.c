// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/pci.h>

#include "ipu_ctx.h"
#include "ipu_debug.h"
#include "ipu_drv.h"
#include "ipu_fault.h"
#include "ipu_job.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"
#include "ipu_ring.h"

/**
 * DOC: recovery
 *
 * A job fails in one of three ways, and each is handled in its own way.
 *
 * The card reports a fault. It has stopped the context, and only that. The job
 * it was executing ends with -EIO, or -ETIMEDOUT for the watchdog; the context
 * is disabled and enabled again, which leaves the tiles' SRAM as it is, and the
 * jobs queued after that one are written to the ring again.
 *
 * A job makes no progress although the card's own watchdog should long have
 * ended it (ipu_ctx_job_timeout()). The same is done, with -ETIMEDOUT.
 *
 * The card does not stop a context. Then the card as a whole is reset. That
 * clears the SRAM of all contexts, so that the jobs that follow would compute
 * nonsense. So every context is lost: the jobs in its ring end with -EIO
 * (-ETIMEDOUT for the job that did not stop), it takes no more jobs, and user
 * space has to create a new one. The same holds for a function level reset that
 * the driver did not start.
 *
 * No fence is signaled before the card has stopped the context, because user
 * space may reuse the memory from then on. If even a reset fails, or the card
 * does not answer at all, bus mastering is turned off: that ends the card's
 * access, too.
 */

#define IPU_RESET_TIMEOUT_US	(10 * USEC_PER_SEC)
#define IPU_INVAL_TIMEOUT_US	(2 * USEC_PER_SEC)

/* What user space is told; the first reason stays. */
static void ipu_ctx_set_lost(struct ipu_ctx *ctx, enum ipu_ctx_why why)
{
	if (ctx->state != IPU_CTX_USABLE)
		return;
	ctx->state = IPU_CTX_LOST;
	ctx->why = why;
}

/* The context is lost: its jobs end and it takes no more. The card has stopped it. */
static void ipu_ctx_lose(struct ipu_ctx *ctx, int error)
{
	struct ipu_ring *ring = &ctx->ring;

	lockdep_assert_held(&ring->lock);

	ipu_ctx_set_lost(ctx, IPU_CTX_WHY_RESET);
	if (!ring->error || error == -ENODEV)
		WRITE_ONCE(ring->error, error);
	ipu_debug_wake(ctx);
	/* The second time there are no jobs, and the ring may have been freed. */
	if (!ring->on)
		return;
	ring->on = false;
	ipu_ring_retire(ctx);
	ipu_ring_fail_all(ctx, ring->error);
}

/* The card does not stop or start the context: no more jobs, and queue a reset of the card. */
static void ipu_ctx_stuck(struct ipu_ctx *ctx)
{
	WRITE_ONCE(ctx->ring.error, -EIO);
	ipu_ctx_set_lost(ctx, IPU_CTX_WHY_HANG);
	ipu_debug_wake(ctx);
	queue_work(ctx->ipu->recovery_wq, &ctx->ipu->reset_work);
}

/* End the job the card was executing with @error and continue with the next one. */
static void ipu_ctx_restart(struct ipu_ctx *ctx, int error)
{
	if (ipu_ring_stop(ctx, false)) {
		ipu_ctx_stuck(ctx);
		return;
	}

	ipu_ring_retire(ctx);
	ipu_ring_fail_first(ctx, error);
	atomic64_inc(&ctx->ipu->resets);

	if (ipu_ring_start(ctx, false))
		ipu_ctx_stuck(ctx);
	else
		ipu_ring_emit_again(ctx);
}

static void ipu_ctx_fault(struct ipu_ctx *ctx)
{
	struct ipu_job *job = ipu_ring_first(ctx);
	u32 head = ipu_ctx_read(ctx, IPU_CTX_HEAD);

	if (!job || head - job->ring_pos >= IPU_RING_JOB_CMDS)
		drm_err(&ctx->ipu->drm, "card context %u faulted at command %u, which is not of a job that runs\n",
			ctx->slot, head);

	ipu_ctx_restart(ctx, ipu_fault_read(ctx, job));
}

/**
 * ipu_ctx_events() - handle the events that the card has reported for a context
 * @ctx: context
 */
void ipu_ctx_events(struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;
	u32 events;

	mutex_lock(&ring->lock);
	if (!ring->on)
		goto out;

	events = ipu_ctx_read(ctx, IPU_CTX_EVENT);
	if (events == IPU_REG_GONE)
		goto out;

	/* Cleared before the fence is read, so that no event is missed. */
	ipu_ctx_write(ctx, IPU_CTX_EVENT, events);
	ipu_ring_retire(ctx);
	if (events & IPU_CTX_EVENT_DEBUG)
		ipu_debug_halted(ctx);
	if (events & IPU_CTX_EVENT_FAULT && !ring->error)
		ipu_ctx_fault(ctx);
out:
	mutex_unlock(&ring->lock);
}

/**
 * ipu_ctx_job_timeout() - a job has timed out: does it still make progress?
 * @ctx: context
 * @fence: the job's fence
 *
 * A job may take any time as long as commands retire; the card's watchdog limits
 * each RUN. If none has retired since the last timeout, the watchdog has failed.
 * A context that is debugged has no time limit; it can still be resumed, detached
 * or destroyed.
 */
void ipu_ctx_job_timeout(struct ipu_ctx *ctx, struct dma_fence *fence)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_ring *ring = &ctx->ring;
	u32 retired;

	/* The interrupt may have been lost. */
	ipu_ctx_events(ctx);

	mutex_lock(&ring->lock);
	if (!ring->on || ring->error || dma_fence_is_signaled(fence))
		goto out;
	/* A debugger may keep it halted for any time. */
	if (ctx->debug.attached)
		goto out;

	retired = ipu_ctx_read(ctx, IPU_CTX_RETIRED);
	if (retired != ring->retired && retired != IPU_REG_GONE) {
		ring->retired = retired;
	} else {
		drm_err(&ipu->drm, "context %u of %s[%d], job %llu: no progress, status 0x%x; resetting the context\n",
			ctx->id, ctx->comm, ctx->pid, fence->seqno,
			ipu_ctx_read(ctx, IPU_CTX_STATUS));
		ipu_ctx_restart(ctx, -ETIMEDOUT);
	}
out:
	mutex_unlock(&ring->lock);
}

/* Lock the card and all its contexts. Fences may be signaled while this is held. */
static bool ipu_card_lock(struct ipu_device *ipu)
{
	bool cookie = dma_fence_begin_signalling();
	unsigned int i;

	mutex_lock(&ipu->slots_lock);
	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i])
			mutex_lock_nest_lock(&ipu->slots[i]->ring.lock, &ipu->slots_lock);
	}

	return cookie;
}

static void ipu_card_unlock(struct ipu_device *ipu, bool cookie)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		if (ipu->slots[i])
			mutex_unlock(&ipu->slots[i]->ring.lock);
	}
	mutex_unlock(&ipu->slots_lock);
	dma_fence_end_signalling(cookie);
}

/* All contexts are lost with the card's state; the card is locked and executes nothing. */
static void ipu_card_lose_contexts(struct ipu_device *ipu, int error)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		struct ipu_ctx *ctx = ipu->slots[i];

		if (!ctx)
			continue;
		/* It already has an error if it is the one that did not stop. */
		if (ctx->ring.on && ctx->ring.error) {
			ipu_ring_retire(ctx);
			ipu_ring_fail_first(ctx, error == -EIO ? -ETIMEDOUT : error);
		}
		ipu_ctx_lose(ctx, error);
	}
}

/* Reset the card, or turn off its bus mastering; all contexts are lost. */
static void ipu_card_recover(struct ipu_device *ipu)
{
	int ret = ipu_card_reset(ipu);

	ipu->dead = ret;
	if (ret) {
		drm_err(&ipu->drm, "the card %s and is out of use; to try again, write 1 to its file 'reset' in sysfs\n",
			ret == -ENODEV ? "does not answer" : "does not come back from a reset");
		pci_clear_master(to_pci_dev(ipu->drm.dev));
	}
	ipu_card_lose_contexts(ipu, ret == -ENODEV ? ret : -EIO);
}

static bool ipu_card_is_stuck(struct ipu_device *ipu)
{
	unsigned int i;

	for (i = 0; i < ipu->info.contexts; i++) {
		struct ipu_ctx *ctx = ipu->slots[i];

		if (ctx && ctx->ring.on && ctx->ring.error)
			return true;
	}

	return false;
}

/**
 * ipu_card_reset_work() - reset the card because a context does not stop
 * @work: &ipu_device.reset_work
 */
void ipu_card_reset_work(struct work_struct *work)
{
	struct ipu_device *ipu = container_of(work, struct ipu_device, reset_work);
	bool cookie;

	cookie = ipu_card_lock(ipu);
	/* The card may have been reset in the meantime. */
	if (ipu_card_is_stuck(ipu)) {
		drm_err(&ipu->drm, "resetting the card, all contexts are lost\n");
		atomic64_inc(&ipu->resets);
		ipu_card_recover(ipu);
	}
	ipu_card_unlock(ipu, cookie);
}

/**
 * ipu_card_reset() - bring the card to its reset state
 * @ipu: card; not in use
 *
 * Return: 0, -ETIMEDOUT if the card does not come back, -ENODEV if it is gone.
 */
int ipu_card_reset(struct ipu_device *ipu)
{
	u32 value;
	int ret;

	ipu_write(ipu, IPU_REG_CTRL, IPU_CTRL_RESET);
	ret = read_poll_timeout(ipu_read, value, !(value & IPU_CTRL_RESET) ||
				ipu_read(ipu, IPU_REG_ID) != IPU_ID, IPU_POLL_US,
				IPU_RESET_TIMEOUT_US, false, ipu, IPU_REG_CTRL);
	if (!ret)
		ret = read_poll_timeout(ipu_read, value, value & IPU_STATUS_READY ||
					ipu_read(ipu, IPU_REG_ID) != IPU_ID, IPU_POLL_US,
					IPU_RESET_TIMEOUT_US, false, ipu, IPU_REG_STATUS);
	if (ipu_read(ipu, IPU_REG_ID) != IPU_ID)
		return -ENODEV;

	return ret;
}

/**
 * ipu_card_reset_begin() - the PCI core is about to reset the card
 * @ipu: card; takes no contexts until ipu_card_reset_end()
 */
void ipu_card_reset_begin(struct ipu_device *ipu)
{
	bool cookie;

	down_write(&ipu->reset_sem);
	atomic64_inc(&ipu->resets);
	drm_warn(&ipu->drm, "the card is being reset, all contexts are lost\n");
	cookie = ipu_card_lock(ipu);
	ipu_card_recover(ipu);
	ipu_card_unlock(ipu, cookie);
}

/**
 * ipu_card_reset_end() - the PCI core has reset the card
 * @ipu: card
 */
void ipu_card_reset_end(struct ipu_device *ipu)
{
	bool cookie;

	/* It may have been turned off because an earlier reset failed. */
	pci_set_master(to_pci_dev(ipu->drm.dev));
	cookie = ipu_card_lock(ipu);
	ipu_card_recover(ipu);
	ipu_card_unlock(ipu, cookie);
	up_write(&ipu->reset_sem);
}

/**
 * ipu_ctx_forget_translations() - invalidate the card's cached translations
 * @ctx: context; &ipu_vm.lock is held
 *
 * Returns once no access through an old translation is in flight.
 */
void ipu_ctx_forget_translations(struct ipu_ctx *ctx)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_ring *ring = &ctx->ring;
	bool stuck = false;
	u32 busy;

	mutex_lock(&ring->lock);
	if (ring->on) {
		ipu_ctx_write(ctx, IPU_CTX_TLB_INVAL, 1);
		stuck = read_poll_timeout(ipu_ctx_read, busy, !busy || busy == IPU_REG_GONE,
					  IPU_POLL_US, IPU_INVAL_TIMEOUT_US, false, ctx,
					  IPU_CTX_TLB_INVAL);
	}
	if (stuck) {
		WRITE_ONCE(ring->error, -EIO);
		ipu_ctx_set_lost(ctx, IPU_CTX_WHY_HANG);
	}
	mutex_unlock(&ring->lock);

	if (stuck) {
		drm_err(&ipu->drm, "card context %u does not forget translations\n", ctx->slot);
		ipu_card_reset_work(&ipu->reset_work);
	}
}

/**
 * ipu_ctx_leave_card() - stop a context on the card for good
 * @ctx: context that has a slot
 * @error: what its jobs end with, later ones included
 */
void ipu_ctx_leave_card(struct ipu_ctx *ctx, int error)
{
	struct ipu_ring *ring = &ctx->ring;
	bool cookie = dma_fence_begin_signalling();
	bool stuck;

	mutex_lock(&ring->lock);
	stuck = ring->on && ipu_ring_stop(ctx, true);
	if (stuck)
		WRITE_ONCE(ring->error, error);
	else
		ipu_ctx_lose(ctx, error);
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	if (stuck)
		ipu_card_reset_work(&ctx->ipu->reset_work);
}
