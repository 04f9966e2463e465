// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/dma-mapping.h>
#include <linux/moduleparam.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_link.h"
#include "ipu_job.h"
#include "ipu_recovery.h"
#include "ipu_regs.h"
#include "ipu_ring.h"
#include "ipu_trace.h"
#include "ipu_usage.h"
#include "ipu_userq.h"

/**
 * DOC: ring
 *
 * The driver's ring of a context is one page of commands, in a part of the
 * context's address space that user commands cannot reach. A job is two of them:
 * EXEC, which executes the list in user space's buffer without privilege, and
 * FENCE, which writes a number to the driver's fence page and raises an interrupt.
 *
 * Jobs are numbered as they are written to the ring, whatever queue they come from.
 * Since they run in that order, the number is enough: every job up to it is
 * complete. Whatever number is read, only jobs in the ring are retired.
 */

static_assert(sizeof(struct ipu_cmd_exec) == IPU_CMD_SIZE);
static_assert(sizeof(struct ipu_cmd_fence) == IPU_CMD_SIZE);
static_assert(IPU_RING_SIZE * IPU_CMD_SIZE == IPU_PAGE_SIZE);
static_assert(IPU_RING_JOBS + IPU_RING_DIRECT < IPU_RING_SIZE / IPU_RING_JOB_CMDS);

/*
 * Stopping waits for the slices that run, which takes milliseconds; after this time the
 * card is reset under everyone, so it is long enough for any program on a host with too
 * much to do.
 */
static unsigned int stop_timeout_ms = 60000;
module_param(stop_timeout_ms, uint, 0444);
MODULE_PARM_DESC(stop_timeout_ms,
		 "Time in ms that the card has to stop a context before it is reset (default 60000)");

/* Enabling clears the SRAM of up to 1472 tiles. */
#define IPU_START_TIMEOUT_US	(20 * USEC_PER_SEC)
#define IPU_HALT_TIMEOUT_US	(1 * USEC_PER_SEC)

/* How often to look whether another processor has let go of the lock. */
#define IPU_LOCK_TRIES		100

/**
 * ipu_ring_alloc() - allocate a context's ring
 * @ctx: context with an address space
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_ring_alloc(struct ipu_ctx *ctx)
{
	struct device *dev = ctx->ipu->drm.dev;
	struct ipu_ring *ring = &ctx->ring;
	int ret;

	ring->cmds = dma_alloc_coherent(dev, IPU_PAGE_SIZE, &ring->cmds_dma,
					GFP_KERNEL_ACCOUNT);
	if (!ring->cmds)
		return -ENOMEM;

	ring->fence = dma_alloc_coherent(dev, IPU_PAGE_SIZE, &ring->fence_dma,
					 GFP_KERNEL_ACCOUNT);
	if (!ring->fence) {
		ret = -ENOMEM;
		goto err_cmds;
	}

	ret = ipu_vm_map_private(ctx, IPU_VA_RING, ring->cmds_dma, 0);
	if (ret)
		goto err_fence;

	ret = ipu_vm_map_private(ctx, IPU_VA_FENCE, ring->fence_dma, IPU_PTE_W);
	if (ret)
		goto err_unmap;

	return 0;

err_unmap:
	ipu_vm_unmap_private(ctx, IPU_VA_RING);
err_fence:
	dma_free_coherent(dev, IPU_PAGE_SIZE, ring->fence, ring->fence_dma);
err_cmds:
	dma_free_coherent(dev, IPU_PAGE_SIZE, ring->cmds, ring->cmds_dma);
	ring->cmds = NULL;

	return ret;
}

/**
 * ipu_ring_free() - free a context's ring
 * @ctx: context, not on the card any more
 *
 * Can be called again, then does nothing.
 */
void ipu_ring_free(struct ipu_ctx *ctx)
{
	struct device *dev = ctx->ipu->drm.dev;
	struct ipu_ring *ring = &ctx->ring;

	if (!ring->cmds)
		return;

	ipu_vm_unmap_private(ctx, IPU_VA_FENCE);
	ipu_vm_unmap_private(ctx, IPU_VA_RING);
	dma_free_coherent(dev, IPU_PAGE_SIZE, ring->fence, ring->fence_dma);
	dma_free_coherent(dev, IPU_PAGE_SIZE, ring->cmds, ring->cmds_dma);
	ring->cmds = NULL;
}

/**
 * ipu_ring_lock_soon() - lock a ring, unless that may take long
 * @ring: ring
 *
 * Who holds the lock may be waiting for the card; but one that polls needs a moment only.
 *
 * Return: whether it is locked.
 */
bool ipu_ring_lock_soon(struct ipu_ring *ring)
{
	unsigned int tries = IPU_LOCK_TRIES;

	while (!mutex_trylock(&ring->lock)) {
		/* It may be this processor that it polls on. */
		if (!READ_ONCE(ring->polled) || !tries--)
			return false;
		cpu_relax();
	}

	return true;
}

/**
 * ipu_ring_start() - enable a context on the card, with an empty ring
 * @ctx: context, not enabled; &ipu_ring.lock is held
 * @clear: zero the tiles' SRAM
 *
 * Return: 0; -EIO if the card refuses the context's configuration, -ETIMEDOUT
 * if it does not answer, -ENODEV if it is gone.
 */
int ipu_ring_start(struct ipu_ctx *ctx, bool clear)
{
	struct ipu_device *ipu = ctx->ipu;
	struct ipu_ring *ring = &ctx->ring;
	int state;

	lockdep_assert_held(&ring->lock);

	ring->tail = 0;
	ring->retired = 0;

	ipu_ctx_write(ctx, IPU_CTX_TILE_FIRST, ctx->tile_first);
	ipu_ctx_write(ctx, IPU_CTX_TILE_COUNT, ctx->tile_count);
	ipu_ctx_write64(ctx, IPU_CTX_PT_LO, ipu_mmu_root(&ctx->vm.mmu));
	ipu_ctx_write64(ctx, IPU_CTX_RING_LO, IPU_VA_RING);
	ipu_ctx_write(ctx, IPU_CTX_RING_LOG2, IPU_RING_LOG2);
	ipu_ctx_write(ctx, IPU_CTX_VECTOR, ipu_irq_vector(ipu, ctx->slot));
	ipu_ctx_write(ctx, IPU_CTX_WATCHDOG_MS, ctx->watchdog_ms);
	ipu_link_write_regs(ctx);
	ipu_ctx_write(ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE | IPU_CTX_EVENT_FAULT |
					  IPU_CTX_EVENT_DEBUG);
	if (ipu->info.caps & IPU_CAP_USER_QUEUES) {
		ipu_ctx_write(ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_QUEUE);
		ipu_ctx_write(ctx, IPU_CTX_COALESCE, ipu_irq_coalesce());
	}
	ipu_ctx_write(ctx, IPU_CTX_CTRL, IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV |
					 (clear ? IPU_CTX_CTRL_CLEAR : 0));

	state = ipu_ctx_wait_state(ctx, BIT(IPU_CTX_IDLE) | BIT(IPU_CTX_FAULTED),
				   IPU_START_TIMEOUT_US);
	if (state < 0) {
		drm_err(&ipu->drm, "card context %u does not start: status 0x%x\n",
			ctx->slot, ipu_ctx_read(ctx, IPU_CTX_STATUS));
		return state;
	}
	if (state == IPU_CTX_FAULTED) {
		drm_err(&ipu->drm, "card context %u does not start: cause 0x%x, info 0x%x\n",
			ctx->slot, ipu_ctx_read(ctx, IPU_CTX_FAULT_CAUSE),
			ipu_ctx_read(ctx, IPU_CTX_FAULT_INFO));
		return -EIO;
	}

	return 0;
}

/**
 * ipu_ring_stop() - disable a context on the card
 * @ctx: context; &ipu_ring.lock is held
 * @clear: zero the tiles' SRAM, so that the card need not keep it
 *
 * Afterwards the card accesses neither the context's tiles nor its memory.
 *
 * Return: 0, -ETIMEDOUT if the context does not stop, or -ENODEV if the card is
 * gone.
 */
int ipu_ring_stop(struct ipu_ctx *ctx, bool clear)
{
	int ret;

	lockdep_assert_held(&ctx->ring.lock);

	ipu_ctx_write(ctx, IPU_CTX_CTRL, clear ? IPU_CTX_CTRL_CLEAR : 0);
	ret = ipu_ctx_wait_state(ctx, BIT(IPU_CTX_DISABLED),
				 stop_timeout_ms * USEC_PER_MSEC + 1ull);
	if (ret == -ETIMEDOUT)
		drm_err(&ctx->ipu->drm, "card context %u does not stop: status 0x%x\n",
			ctx->slot, ipu_ctx_read(ctx, IPU_CTX_STATUS));
	/* Behind some bridges a card that is gone reads as zeros, which is DISABLED. */
	else if (ipu_read(ctx->ipu, IPU_REG_ID) != IPU_ID)
		ret = -ENODEV;
	else
		ipu_userq_count(ctx);

	return min(ret, 0);
}

/**
 * ipu_ring_halt() - keep a context from executing anything, if it can be halted soon
 * @ctx: context, enabled; &ipu_ring.lock is held
 *
 * It can go on afterwards as if nothing had happened. A context that is debugged is
 * left to its debugger.
 */
void ipu_ring_halt(struct ipu_ctx *ctx)
{
	u32 status;

	lockdep_assert_held(&ctx->ring.lock);

	if (ctx->debug.attached || !(ctx->ipu->info.caps & IPU_CAP_DEBUG))
		return;
	ipu_ctx_write(ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	ipu_ctx_write(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	read_poll_timeout(ipu_ctx_read, status, status & IPU_CTX_DBG_HALTED, IPU_POLL_US,
			  IPU_HALT_TIMEOUT_US, false, ctx, IPU_CTX_DBG_STATUS);
}

/**
 * ipu_ring_resume() - undo ipu_ring_halt()
 * @ctx: context; &ipu_ring.lock is held
 */
void ipu_ring_resume(struct ipu_ctx *ctx)
{
	lockdep_assert_held(&ctx->ring.lock);

	if (!ctx->debug.attached && ctx->ipu->info.caps & IPU_CAP_DEBUG)
		ipu_ctx_write(ctx, IPU_CTX_DBG_CTRL, 0);
}

static void ipu_ring_write(struct ipu_ring *ring, const void *cmd)
{
	memcpy(ring->cmds + ring->tail++ % IPU_RING_SIZE * IPU_CMD_SIZE, cmd, IPU_CMD_SIZE);
}

/* Whether there are jobs in the ring has changed, or not. */
static void ipu_ring_set_busy(struct ipu_ctx *ctx, bool busy)
{
	if (ctx->ring.busy == busy)
		return;
	ipu_userq_count(ctx);
	ctx->ring.busy = busy;
	ipu_usage_run(ctx, busy);
}

/**
 * ipu_ring_emit() - write a job to the ring
 * @ctx: context that is on; &ipu_ring.lock is held
 * @job: its next job; the scheduler, or who does without it, ensures that there is room
 */
void ipu_ring_emit(struct ipu_ctx *ctx, struct ipu_job *job)
{
	struct ipu_ring *ring = &ctx->ring;
	const struct ipu_cmd_exec exec = {
		.op = cpu_to_le32(IPU_CMD_EXEC),
		.va = cpu_to_le64(job->cmd_va),
		.count = cpu_to_le32(job->error ? 0 : job->cmd_count),
	};
	const struct ipu_cmd_fence fence = {
		.op = cpu_to_le32(IPU_CMD_FENCE | IPU_CMD_FENCE_IRQ),
		.va = cpu_to_le64(IPU_VA_FENCE),
		.value = cpu_to_le64(++ring->last_no),
	};

	lockdep_assert_held(&ring->lock);

	job->ring_pos = ring->tail;
	job->ring_no = ring->last_no;
	list_move_tail(&job->link, &ring->jobs);
	ipu_ring_write(ring, &exec);
	ipu_ring_write(ring, &fence);
	ipu_ring_set_busy(ctx, true);
	trace_ipu_job_run(job);
	ipu_ctx_watch(ctx);
	/* Last: the interrupt may come at once, and gives up if the lock is held. */
	ipu_ctx_ring_doorbell(ctx, ring->tail);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_emit);

/**
 * ipu_ring_emit_again() - write all jobs of the ring to it again
 * @ctx: context, just started; &ipu_ring.lock is held
 */
void ipu_ring_emit_again(struct ipu_ctx *ctx)
{
	struct ipu_job *job, *next;
	LIST_HEAD(jobs);

	list_splice_init(&ctx->ring.jobs, &jobs);
	list_for_each_entry_safe(job, next, &jobs, link)
		ipu_ring_emit(ctx, job);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_emit_again);

/**
 * ipu_ring_skip() - cancel a job that does not run yet: execute none of its commands
 * @ctx: context; &ipu_ring.lock is held
 * @seqno: the job; it need not be in the ring
 *
 * The card may have read them already.
 */
void ipu_ring_skip(struct ipu_ctx *ctx, u64 seqno)
{
	struct ipu_ring *ring = &ctx->ring;
	struct ipu_cmd_exec *exec;
	struct ipu_job *job;

	lockdep_assert_held(&ring->lock);

	list_for_each_entry(job, &ring->jobs, link) {
		if (job->seqno != seqno)
			continue;
		exec = ring->cmds + job->ring_pos % IPU_RING_SIZE * IPU_CMD_SIZE;
		WRITE_ONCE(exec->count, 0);
		job->error = -ECANCELED;
	}
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_skip);

/**
 * ipu_ring_first() - the job the card is executing
 * @ctx: context; &ipu_ring.lock is held
 *
 * Return: the job, or NULL when there is none.
 */
struct ipu_job *ipu_ring_first(struct ipu_ctx *ctx)
{
	lockdep_assert_held(&ctx->ring.lock);

	return list_first_entry_or_null(&ctx->ring.jobs, struct ipu_job, link);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_first);

/* The first job has ended. It may be freed at any time afterwards. */
static void ipu_ring_end_first(struct ipu_ctx *ctx, int error)
{
	struct ipu_job *job = ipu_ring_first(ctx);
	bool direct = job->direct;

	list_del_init(&job->link);
	error = job->error ?: error;
	ipu_usage_job(ctx, error);
	ipu_ring_set_busy(ctx, ipu_ring_first(ctx));
	ipu_job_end(job, error);
	if (direct) {
		ctx->ring.direct--;
		ipu_job_free(job);
	}
}

/**
 * ipu_ring_retire() - end the jobs that are complete
 * @ctx: context with a ring; &ipu_ring.lock is held
 */
void ipu_ring_retire(struct ipu_ctx *ctx)
{
	u64 done = le64_to_cpu(READ_ONCE(*ctx->ring.fence));
	struct ipu_job *job;

	/* Reads of what the job wrote must not pass the read of its fence. */
	dma_rmb();
	while ((job = ipu_ring_first(ctx)) && job->ring_no <= done)
		ipu_ring_end_first(ctx, 0);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_retire);

/**
 * ipu_ring_fail_first() - end the job the card was executing
 * @ctx: context, stopped; &ipu_ring.lock is held
 * @error: its error
 */
void ipu_ring_fail_first(struct ipu_ctx *ctx, int error)
{
	if (ipu_ring_first(ctx))
		ipu_ring_end_first(ctx, error);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_fail_first);

/**
 * ipu_ring_fail_all() - end all jobs of the ring
 * @ctx: context, stopped; &ipu_ring.lock is held
 * @error: their error
 */
void ipu_ring_fail_all(struct ipu_ctx *ctx, int error)
{
	while (ipu_ring_first(ctx))
		ipu_ring_end_first(ctx, error);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_ring_fail_all);
