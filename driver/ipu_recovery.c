// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/pci.h>

#include "ipu_card.h"
#include "ipu_ctx.h"
#include "ipu_debug.h"
#include "ipu_drv.h"
#include "ipu_dump.h"
#include "ipu_fault.h"
#include "ipu_job.h"
#include "ipu_notify.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"
#include "ipu_ring.h"
#include "ipu_trace.h"
#include "ipu_userq.h"

/**
 * DOC: recovery
 *
 * As long as a context has jobs on the card, a work item of its own looks at it
 * every now and then, and at once when the card reports a fault. What is wrong is
 * handled in three stages, and only the last one affects others.
 *
 * The job. The card has reported a fault, and has stopped the context; or the job
 * makes no progress although the card's watchdog should long have ended it; or it
 * takes longer than a fence may that others can wait for. The driver stops the
 * context. The job ends with -EIO, or -ETIMEDOUT for a time limit; the context is
 * enabled again, which leaves the tiles' SRAM as it is, and the jobs queued after
 * that one are written to the ring again.
 *
 * The context. It cannot be started again, or it is the third time that it was the
 * driver that had to stop it. The context is lost: its jobs end, it takes no more,
 * and user space has to create a new one. A fault that the card reports costs the
 * others nothing, so a context may have any number of these.
 *
 * The card. It does not stop the context in a minute, or what stop_timeout_ms says,
 * which is far longer than any program can make it take. Then the card as a whole is
 * reset (ipu_card.c).
 *
 * No fence is signaled before the card has stopped the context, because user
 * space may reuse the memory from then on. If even a reset fails, or the card
 * does not answer at all, bus mastering is turned off: that ends the card's
 * access, too.
 */

static unsigned int job_timeout_ms;
module_param(job_timeout_ms, uint, 0444);
MODULE_PARM_DESC(job_timeout_ms,
		 "Time without progress after which a job is ended, in ms (default 0: the context's watchdog and 10000)");

static unsigned int fence_timeout_ms = 60000;
module_param(fence_timeout_ms, uint, 0444);
MODULE_PARM_DESC(fence_timeout_ms,
		 "Time limit in ms of a job that signals syncobjs, and of the jobs before it (default 60000)");

static unsigned int inval_timeout_ms = 10000;
module_param(inval_timeout_ms, uint, 0444);
MODULE_PARM_DESC(inval_timeout_ms,
		 "Time in ms that the card has to forget a mapping before the job that runs is ended (default 10000)");

/* More than the card's own watchdog needs to end a run. */
#define IPU_TIMEOUT_MARGIN_MS	10000

/* How often to look: this part of the time limit, within these bounds. */
#define IPU_WATCH_PART		32
#define IPU_WATCH_MIN_MS	10
#define IPU_WATCH_MAX_MS	500

/* How often the driver stops a context before that is banned. */
#define IPU_CTX_GUILT_MAX	3

/* Jiffies without progress after which the job that runs is ended. */
static unsigned long ipu_ctx_limit(const struct ipu_ctx *ctx)
{
	if (job_timeout_ms)
		return msecs_to_jiffies(job_timeout_ms);
	if (!ctx->watchdog_ms)
		return MAX_JIFFY_OFFSET;

	return min(msecs_to_jiffies(ctx->watchdog_ms) + msecs_to_jiffies(IPU_TIMEOUT_MARGIN_MS),
		   MAX_JIFFY_OFFSET);
}

/**
 * ipu_ctx_is_bounded() - may fences of the context leave it?
 * @ctx: context; &ipu_ctx.lock is held
 *
 * Whoever waits on a fence must be able to rely on it that it signals soon: other
 * processes and drivers wait on it, and not all can be interrupted.
 *
 * Return: whether its runs have a time limit that is short enough.
 */
bool ipu_ctx_is_bounded(const struct ipu_ctx *ctx)
{
	lockdep_assert_held(&ctx->lock);

	return ctx->watchdog_ms && ctx->watchdog_ms <= fence_timeout_ms &&
	       !READ_ONCE(ctx->debug.attached);
}

/**
 * ipu_ctx_watch() - look at a context from time to time, from now on
 * @ctx: context that has a job on the card, or somebody who waits for a user queue
 *
 * Until there is neither any more.
 */
void ipu_ctx_watch(struct ipu_ctx *ctx)
{
	unsigned long limit = min(ipu_ctx_limit(ctx), msecs_to_jiffies(fence_timeout_ms));
	unsigned long delay = clamp(limit / IPU_WATCH_PART, msecs_to_jiffies(IPU_WATCH_MIN_MS),
				    msecs_to_jiffies(IPU_WATCH_MAX_MS));

	queue_delayed_work(ctx->ipu->recovery_wq, &ctx->watch, delay);
}

static void ipu_ctx_watch_now(struct ipu_ctx *ctx)
{
	mod_delayed_work(ctx->ipu->recovery_wq, &ctx->watch, 0);
}

/* The context takes no more jobs, and those who wait for something of it are told. */
static void ipu_ctx_set_lost(struct ipu_ctx *ctx, int error, enum ipu_ctx_why why)
{
	struct ipu_ring *ring = &ctx->ring;

	lockdep_assert_held(&ring->lock);

	if (ctx->state == IPU_CTX_USABLE) {
		ctx->state = ring->guilt < IPU_CTX_GUILT_MAX ? IPU_CTX_LOST : IPU_CTX_BANNED;
		ctx->why = why;
		trace_ipu_reset(ctx->ipu, ctx->slot, IPU_TRACE_RESET_CTX, why);
		/* Not when it is destroyed, which is no news. */
		if (why != IPU_CTX_WHY_NONE || error == -ENODEV)
			ipu_notify_lost(ctx);
	}
	if (!ring->error || error == -ENODEV)
		WRITE_ONCE(ring->error, error);
	ipu_userq_lose(ctx, false);
	ipu_debug_wake(ctx);
}

/**
 * ipu_ctx_lose() - the context is lost: its jobs end and it takes no more
 * @ctx: context that the card has stopped; &ipu_ring.lock is held
 * @error: what the jobs end with
 * @why: why
 *
 * The second time it does nothing, but that -ENODEV replaces another error.
 */
void ipu_ctx_lose(struct ipu_ctx *ctx, int error, enum ipu_ctx_why why)
{
	struct ipu_ring *ring = &ctx->ring;

	lockdep_assert_held(&ring->lock);

	ipu_ctx_set_lost(ctx, error, why);
	/* The second time there are no jobs, and the ring may have been freed. */
	if (!ring->on)
		return;
	ring->on = false;
	ipu_ring_retire(ctx);
	ipu_ring_fail_all(ctx, ring->error);
}

/* The card does not stop the context, whose jobs end when the card has been reset. */
static int ipu_ctx_stuck(struct ipu_ctx *ctx, enum ipu_ctx_why why)
{
	ipu_ctx_set_lost(ctx, -EIO, why);

	return -EIO;
}

/*
 * End job @guilty with @error, unless it has completed meanwhile, and continue with
 * the next one; without an error no job is guilty. Returns an error if the card has to be
 * reset.
 */
static int ipu_ctx_restart(struct ipu_ctx *ctx, u64 guilty, int error, enum ipu_ctx_why why)
{
	struct ipu_ring *ring = &ctx->ring;
	struct ipu_job *job;

	if (ipu_ring_stop(ctx, false))
		return ipu_ctx_stuck(ctx, why);

	ipu_ring_resume(ctx);
	ipu_ring_retire(ctx);
	ipu_userq_lose(ctx, true);
	atomic64_inc(&ctx->ipu->resets);
	trace_ipu_reset(ctx->ipu, ctx->slot, IPU_TRACE_RESET_JOB, why);
	job = ipu_ring_first(ctx);
	/* One that has begun while the one before it was being stopped cannot begin again. */
	if (job && error)
		ipu_ring_fail_first(ctx, !guilty || job->seqno == guilty ? error : -EIO);

	if (ring->guilt >= IPU_CTX_GUILT_MAX) {
		drm_err(&ctx->ipu->drm, "context %u of %s[%d] had to be stopped %u times, it takes no more jobs\n",
			ctx->id, ctx->comm, ctx->pid, ring->guilt);
		ipu_ctx_lose(ctx, -EIO, why);
		return 0;
	}
	if (ipu_ring_start(ctx, false)) {
		if (ipu_ring_stop(ctx, false))
			return ipu_ctx_stuck(ctx, why);
		ipu_ctx_lose(ctx, -EIO, why);
		return 0;
	}
	ipu_ring_emit_again(ctx);

	return 0;
}

/* Restart the context, in a work item; the card is reset in another one. */
static void ipu_ctx_restart_or_reset(struct ipu_ctx *ctx, u64 guilty, int error,
				     enum ipu_ctx_why why)
{
	if (ipu_ctx_restart(ctx, guilty, error, why))
		queue_work(ctx->ipu->recovery_wq, &ctx->ipu->reset_work);
}

static void ipu_ctx_fault(struct ipu_ctx *ctx)
{
	u32 head = ipu_ctx_read(ctx, IPU_CTX_HEAD), queue = ipu_userq_faulted(ctx);
	struct ipu_job *job;
	int error;

	/* Those before the one that faulted may have ended since the ring was looked at. */
	ipu_ring_retire(ctx);
	job = queue ? NULL : ipu_ring_first(ctx);
	if (!queue && (!job || head - job->ring_pos >= IPU_RING_JOB_CMDS))
		drm_err(&ctx->ipu->drm, "card context %u faulted at command %u, which is not of a job that runs\n",
			ctx->slot, head);

	error = ipu_fault_read(ctx, job, queue);
	ipu_dump_context(ctx, IPU_DUMP_FAULT, error);
	/* The card begins a queue's command between two jobs only. */
	ipu_ctx_restart_or_reset(ctx, 0, queue ? 0 : error, IPU_CTX_WHY_FAULT);
}

/* What the card has reported; returns the events. */
static u32 ipu_ctx_collect(struct ipu_ctx *ctx)
{
	u32 events = ipu_ctx_read(ctx, IPU_CTX_EVENT);

	if (events == IPU_REG_GONE)
		return 0;

	/* Cleared before the fence is read, so that no event is missed. */
	ipu_ctx_write(ctx, IPU_CTX_EVENT, events);
	ipu_ring_retire(ctx);
	if (events & IPU_CTX_EVENT_DEBUG)
		ipu_debug_halted(ctx);
	if (events & IPU_CTX_EVENT_QUEUE)
		ipu_userq_events(ctx);

	return events;
}

/**
 * ipu_ctx_events() - handle the events that the card has reported for a context
 * @ctx: context
 *
 * For the interrupt, which other contexts may share: what can take time is left to
 * the context's work item.
 */
void ipu_ctx_events(struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;

	if (!ipu_ring_lock_soon(ring)) {
		ipu_ctx_watch_now(ctx);
		return;
	}
	if (ring->on) {
		ipu_ring_retire(ctx);
		/*
		 * Mostly that was all, and no register has to be accessed: a context without
		 * jobs and user queues has no fault, only a debugger halts it, and the card
		 * sends an interrupt for each event, whether or not the last one was cleared.
		 */
		if ((ipu_ring_first(ctx) || ctx->debug.attached || ipu_userq_any(ctx)) &&
		    ipu_ctx_collect(ctx) & IPU_CTX_EVENT_FAULT)
			ipu_ctx_watch_now(ctx);
	}
	mutex_unlock(&ring->lock);
}

/**
 * ipu_ctx_poll() - end the jobs of a context that are complete, if there are any
 * @ctx: context; no lock is held
 *
 * For who does not want to wait for the interrupt, which comes all the same.
 */
void ipu_ctx_poll(struct ipu_ctx *ctx)
{
	bool cookie = dma_fence_begin_signalling();
	struct ipu_ring *ring = &ctx->ring;

	if (mutex_trylock(&ring->lock)) {
		WRITE_ONCE(ring->polled, true);
		if (ring->on)
			ipu_ring_retire(ctx);
		WRITE_ONCE(ring->polled, false);
		mutex_unlock(&ring->lock);
	}
	dma_fence_end_signalling(cookie);
}

/* Whether the job that runs has to end, and why. */
static const char *ipu_ctx_overdue(struct ipu_ctx *ctx, const struct ipu_job *job)
{
	const unsigned long margin = msecs_to_jiffies(IPU_TIMEOUT_MARGIN_MS);
	u32 retired = ipu_ctx_read(ctx, IPU_CTX_RETIRED);
	unsigned long limit = ipu_ctx_limit(ctx);
	struct ipu_ring *ring = &ctx->ring;

	/* A debugger may keep it halted for any time. */
	if (job->seqno != ring->watched || ctx->debug.attached) {
		ring->watched = job->seqno;
		ring->began = jiffies;
		ring->progress = jiffies;
		ring->retired = retired;
		return NULL;
	}
	if (retired == IPU_REG_GONE) {
		limit = min(limit, margin);
	} else if (retired != ring->retired) {
		ring->retired = retired;
		ring->progress = jiffies;
	}
	/* Only others that wait for its fence, or for one behind it, limit all of the job. */
	if (!ipu_job_exported_pending(ctx))
		ring->began = jiffies;

	if (time_after(jiffies, ring->progress + limit))
		return "makes no progress";
	if (time_after(jiffies, ring->began + msecs_to_jiffies(fence_timeout_ms)))
		return "takes longer than a job may that signals syncobjs, or is before one";

	return NULL;
}

/*
 * Halt the context, to end the job that runs. It may complete at any time, and the next
 * one begin: so the context is halted, if the card can do that, before it is decided.
 * Returns the job if it is still that one.
 */
static struct ipu_job *ipu_ctx_halt_first(struct ipu_ctx *ctx)
{
	u64 seqno = ipu_ring_first(ctx)->seqno;
	struct ipu_job *job;

	ipu_ring_halt(ctx);
	ipu_ring_retire(ctx);
	job = ipu_ring_first(ctx);
	if (job && job->seqno == seqno)
		return job;
	ipu_ring_resume(ctx);

	return NULL;
}

/* What a context does has been found to take too long: reset it, to end job @guilty, if any. */
static void ipu_ctx_end_hang(struct ipu_ctx *ctx, u64 guilty, int error)
{
	atomic64_inc(&ctx->ipu->hangs);
	ctx->ring.guilt++;
	ipu_dump_context(ctx, IPU_DUMP_OVERDUE, -ETIMEDOUT);
	ipu_ctx_restart_or_reset(ctx, guilty, error, IPU_CTX_WHY_HANG);
}

/* End a job that takes too long. */
static void ipu_ctx_end_overdue(struct ipu_ctx *ctx, const char *what)
{
	u64 seqno = ipu_ring_first(ctx)->seqno;
	u32 status = ipu_ctx_read(ctx, IPU_CTX_STATUS);

	if (!ipu_ctx_halt_first(ctx))
		return;

	drm_err(&ctx->ipu->drm, "context %u of %s[%d], job %llu: %s, status 0x%x; resetting the context\n",
		ctx->id, ctx->comm, ctx->pid, seqno, what, status);
	ipu_ctx_end_hang(ctx, seqno, -ETIMEDOUT);
}

/* End the user queues of a context that does not go on with a command of theirs. */
static void ipu_ctx_end_userqs(struct ipu_ctx *ctx)
{
	u32 status = ipu_ctx_read(ctx, IPU_CTX_STATUS);

	ipu_ring_halt(ctx);
	drm_err(&ctx->ipu->drm, "context %u of %s[%d]: a user queue makes no progress, status 0x%x; resetting the context\n",
		ctx->id, ctx->comm, ctx->pid, status);
	ipu_ctx_end_hang(ctx, 0, 0);
}

/* End the job that runs, if it was cancelled. */
static void ipu_ctx_end_cancelled(struct ipu_ctx *ctx)
{
	const struct ipu_job *job = ipu_ring_first(ctx);

	if (!job || ctx->debug.attached || !ipu_job_is_cancelled(job))
		return;
	job = ipu_ctx_halt_first(ctx);
	if (job)
		ipu_ctx_restart_or_reset(ctx, job->seqno, -ECANCELED, IPU_CTX_WHY_HANG);
}

/**
 * ipu_ctx_cancelled() - a job was cancelled: see to it that it ends
 * @ctx: context; no lock is held
 * @seqno: the job
 */
void ipu_ctx_cancelled(struct ipu_ctx *ctx, u64 seqno)
{
	struct ipu_ring *ring = &ctx->ring;

	mutex_lock(&ring->lock);
	if (ring->on && !ring->error) {
		ipu_ring_skip(ctx, seqno);
		/* Stopping it can take time, and is the work item's. */
		ipu_ctx_watch_now(ctx);
	}
	mutex_unlock(&ring->lock);
}

/* Look at a context that has jobs on the card. */
static void ipu_ctx_look(struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;
	const struct ipu_job *job;
	const char *what;
	u32 status;

	/* The interrupt may have been lost. */
	ipu_ctx_collect(ctx);
	/* The card's count of commands may come round while nobody reads it. */
	ipu_userq_count(ctx);
	status = ipu_ctx_read(ctx, IPU_CTX_STATUS);
	if (status != IPU_REG_GONE && FIELD_GET(IPU_CTX_STATUS_STATE, status) == IPU_CTX_FAULTED) {
		ipu_ctx_fault(ctx);
		return;
	}

	ipu_ctx_end_cancelled(ctx);
	job = ring->error ? NULL : ipu_ring_first(ctx);
	what = job ? ipu_ctx_overdue(ctx, job) : NULL;
	if (what)
		ipu_ctx_end_overdue(ctx, what);
	else if (!job && ring->on && !ring->error && ipu_userq_overdue(ctx, ipu_ctx_limit(ctx)))
		ipu_ctx_end_userqs(ctx);
}

/**
 * ipu_ctx_watch_work() - look at a context, and again later if it has jobs
 * @work: &ipu_ctx.watch
 */
void ipu_ctx_watch_work(struct work_struct *work)
{
	struct ipu_ctx *ctx = container_of(to_delayed_work(work), struct ipu_ctx, watch);
	struct pci_dev *pdev = to_pci_dev(ctx->ipu->drm.dev);
	bool cookie = dma_fence_begin_signalling();
	struct ipu_ring *ring = &ctx->ring;

	mutex_lock(&ring->lock);
	/* After an error on its link the card is the PCI core's. */
	if (ring->on && !ring->error && !pci_channel_offline(pdev))
		ipu_ctx_look(ctx);
	if (ring->on && !ring->error && (ipu_ring_first(ctx) || ctx->userqs.waiters))
		ipu_ctx_watch(ctx);
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);
}

/* Is the card still at it? A context that is not on the card has no translations. */
static bool ipu_ctx_is_forgetting(struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;
	u32 busy = 0;

	mutex_lock(&ring->lock);
	if (ring->on && !ring->error)
		busy = ipu_ctx_read(ctx, IPU_CTX_TLB_INVAL);
	mutex_unlock(&ring->lock);

	return busy && busy != IPU_REG_GONE;
}

/*
 * Whether the card does so in time; a time of 0 would be none. The lock is held for each
 * access to a register only, so that jobs go on meanwhile.
 */
static bool ipu_ctx_forgets(struct ipu_ctx *ctx)
{
	struct ipu_ring *ring = &ctx->ring;
	bool busy;

	mutex_lock(&ring->lock);
	if (ring->on && !ring->error)
		ipu_ctx_write(ctx, IPU_CTX_TLB_INVAL, 1);
	mutex_unlock(&ring->lock);

	return !read_poll_timeout(ipu_ctx_is_forgetting, busy, !busy, IPU_POLL_US,
				  inval_timeout_ms * USEC_PER_MSEC + 1ull, false, ctx);
}

/**
 * ipu_ctx_forget_translations() - invalidate the card's cached translations
 * @ctx: context; no lock is held
 *
 * Returns once no access through an old translation is in flight. If the card does
 * not say so in time the context is stopped, which ends all its accesses, and with
 * it the job that runs.
 */
void ipu_ctx_forget_translations(struct ipu_ctx *ctx)
{
	bool cookie = dma_fence_begin_signalling();
	struct ipu_device *ipu = ctx->ipu;
	bool forgets = ipu_ctx_forgets(ctx);
	struct ipu_ring *ring = &ctx->ring;
	struct ipu_job *job;
	int ret = 0;

	mutex_lock(&ring->lock);
	if (ring->on && ring->error) {
		/* It does not stop, and the reset of the card is queued. */
		ret = -EIO;
	} else if (ring->on && !forgets) {
		drm_err(&ipu->drm, "context %u of %s[%d] does not forget translations; resetting the context\n",
			ctx->id, ctx->comm, ctx->pid);
		ring->guilt++;
		atomic64_inc(&ipu->hangs);
		ipu_ring_halt(ctx);
		ipu_ring_retire(ctx);
		job = ipu_ring_first(ctx);
		ipu_dump_context(ctx, IPU_DUMP_INVALIDATE, job ? -ETIMEDOUT : 0);
		ret = ipu_ctx_restart(ctx, job ? job->seqno : 0, -ETIMEDOUT, IPU_CTX_WHY_HANG);
	}
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	if (ret)
		ipu_card_reset_work(&ipu->reset_work);
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
		ipu_ctx_set_lost(ctx, error, IPU_CTX_WHY_NONE);
	else
		ipu_ctx_lose(ctx, error, IPU_CTX_WHY_NONE);
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	if (stuck)
		ipu_card_reset_work(&ctx->ipu->reset_work);
}

/*
 * Have something go wrong, for debugfs. It takes the same way as if it had happened, so
 * that this can be tested at any time.
 */
static int ipu_ctx_force(struct ipu_ctx *ctx, int (*wrong)(struct ipu_ctx *ctx, u32 arg), u32 arg)
{
	struct pci_dev *pdev = to_pci_dev(ctx->ipu->drm.dev);
	bool cookie = dma_fence_begin_signalling();
	struct ipu_ring *ring = &ctx->ring;
	int ret;

	mutex_lock(&ring->lock);
	if (!ring->on || ring->error || pci_channel_offline(pdev))
		ret = -ENODEV;
	else
		ret = wrong(ctx, arg);
	mutex_unlock(&ring->lock);
	dma_fence_end_signalling(cookie);

	return ret;
}

static int ipu_ctx_wrong_fault(struct ipu_ctx *ctx, u32 cause)
{
	struct ipu_job *job = ipu_ring_first(ctx) ? ipu_ctx_halt_first(ctx) : NULL;
	int error;

	if (!job)
		return -ENODATA;
	error = ipu_fault_force(ctx, job, cause);
	ipu_dump_context(ctx, IPU_DUMP_FORCED, error);
	ipu_ctx_restart_or_reset(ctx, job->seqno, error, IPU_CTX_WHY_FAULT);

	return 0;
}

/**
 * ipu_ctx_force_fault() - end the job that runs as if the card had reported a fault
 * @ctx: context
 * @cause: enum ipu_fault_cause
 *
 * Return: 0; -ENODATA if no job runs, -ENODEV if the context is not on the card or lost.
 */
int ipu_ctx_force_fault(struct ipu_ctx *ctx, u32 cause)
{
	return ipu_ctx_force(ctx, ipu_ctx_wrong_fault, cause);
}

static int ipu_ctx_wrong_hang(struct ipu_ctx *ctx, u32 unused)
{
	if (!ipu_ring_first(ctx))
		return -ENODATA;
	ipu_ctx_end_overdue(ctx, "ended by debugfs");

	return 0;
}

/**
 * ipu_ctx_force_hang() - end the job that runs as if it made no progress
 * @ctx: context
 *
 * Return: as ipu_ctx_force_fault().
 */
int ipu_ctx_force_hang(struct ipu_ctx *ctx)
{
	return ipu_ctx_force(ctx, ipu_ctx_wrong_hang, 0);
}

static int ipu_ctx_wrong_lost(struct ipu_ctx *ctx, u32 unused)
{
	drm_err(&ctx->ipu->drm, "context %u of %s[%d] is lost: reset by debugfs\n", ctx->id,
		ctx->comm, ctx->pid);
	atomic64_inc(&ctx->ipu->resets);
	ipu_ring_halt(ctx);
	ipu_ring_retire(ctx);
	ipu_dump_context(ctx, IPU_DUMP_FORCED, ipu_ring_first(ctx) ? -EIO : 0);
	if (ipu_ring_stop(ctx, false)) {
		ipu_ctx_stuck(ctx, IPU_CTX_WHY_RESET);
		queue_work(ctx->ipu->recovery_wq, &ctx->ipu->reset_work);
	} else {
		ipu_ring_resume(ctx);
		ipu_ctx_lose(ctx, -EIO, IPU_CTX_WHY_RESET);
	}

	return 0;
}

/**
 * ipu_ctx_force_lost() - reset a context for good: its jobs end, and it takes no more
 * @ctx: context
 *
 * Return: 0, or -ENODEV if the context is not on the card or lost already.
 */
int ipu_ctx_force_lost(struct ipu_ctx *ctx)
{
	return ipu_ctx_force(ctx, ipu_ctx_wrong_lost, 0);
}
