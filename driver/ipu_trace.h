/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events of the driver, /sys/kernel/tracing/events/ipu_accel.
 *
 * Their fields are stable: a field is added at the end, and none is renamed or changes
 * its meaning. In all events "dev" is the card's PCI address. A context is named by
 * "slot", its place on the card, or by "ctx", its id in the open file of process "pid";
 * "timeline" and "seqno" are those of the job's fence in the events of dma_fence.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM ipu_accel

#if !defined(_IPU_TRACE_H_) || defined(TRACE_HEADER_MULTI_READ)
#define _IPU_TRACE_H_

#include <linux/tracepoint.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_job.h"

/* What an ipu_reset event is about. */
#define IPU_TRACE_RESET_JOB	1
#define IPU_TRACE_RESET_CTX	2
#define IPU_TRACE_RESET_CARD	3
#define IPU_TRACE_NO_SLOT	(~0u)

/* A job is in its context's queue; the card has not seen it yet. */
TRACE_EVENT(ipu_job_submit,
	    TP_PROTO(const struct ipu_job *job),
	    TP_ARGS(job),
	    TP_STRUCT__entry(__string(dev, dev_name(job->ctx->ipu->drm.dev))
			     __field(pid_t, pid)
			     __field(u32, ctx)
			     __field(u32, slot)
			     __field(u64, timeline)
			     __field(u64, seqno)
			     __field(u64, cmd_va)
			     __field(u32, cmd_count)
			     __field(u32, deps)
			     ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->pid = job->ctx->pid;
			   __entry->ctx = job->ctx->id;
			   __entry->slot = job->ctx->slot;
			   __entry->timeline = job->queue->fence_context;
			   __entry->seqno = job->seqno;
			   __entry->cmd_va = job->cmd_va;
			   __entry->cmd_count = job->cmd_count;
			   __entry->deps = job->deps.count;
			   ),
	    TP_printk("dev=%s pid=%d ctx=%u slot=%u timeline=%llu seqno=%llu cmd_va=0x%llx cmd_count=%u deps=%u",
		      __get_str(dev), __entry->pid, __entry->ctx, __entry->slot, __entry->timeline,
		      __entry->seqno, __entry->cmd_va, __entry->cmd_count, __entry->deps)
);

/* A job is in the card's ring; once more after a reset of its context. */
TRACE_EVENT(ipu_job_run,
	    TP_PROTO(const struct ipu_job *job),
	    TP_ARGS(job),
	    TP_STRUCT__entry(__string(dev, dev_name(job->ctx->ipu->drm.dev))
			     __field(pid_t, pid)
			     __field(u32, ctx)
			     __field(u32, slot)
			     __field(u64, timeline)
			     __field(u64, seqno)
			     __field(u32, ring_pos)
			     ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->pid = job->ctx->pid;
			   __entry->ctx = job->ctx->id;
			   __entry->slot = job->ctx->slot;
			   __entry->timeline = job->queue->fence_context;
			   __entry->seqno = job->seqno;
			   __entry->ring_pos = job->ring_pos;
			   ),
	    TP_printk("dev=%s pid=%d ctx=%u slot=%u timeline=%llu seqno=%llu ring_pos=%u",
		      __get_str(dev), __entry->pid, __entry->ctx, __entry->slot, __entry->timeline,
		      __entry->seqno, __entry->ring_pos)
);

/* A job has ended, also one that was never on the card; its fence is about to signal. */
TRACE_EVENT(ipu_job_done,
	    TP_PROTO(const struct ipu_job *job, int error),
	    TP_ARGS(job, error),
	    TP_STRUCT__entry(__string(dev, dev_name(job->ctx->ipu->drm.dev))
			     __field(pid_t, pid)
			     __field(u32, ctx)
			     __field(u32, slot)
			     __field(u64, timeline)
			     __field(u64, seqno)
			     __field(int, error)
			     ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->pid = job->ctx->pid;
			   __entry->ctx = job->ctx->id;
			   __entry->slot = job->ctx->slot;
			   __entry->timeline = job->queue->fence_context;
			   __entry->seqno = job->seqno;
			   __entry->error = error;
			   ),
	    TP_printk("dev=%s pid=%d ctx=%u slot=%u timeline=%llu seqno=%llu error=%d",
		      __get_str(dev), __entry->pid, __entry->ctx, __entry->slot, __entry->timeline,
		      __entry->seqno, __entry->error)
);

/* The card, or debugfs, has reported a fault: the fault record of ipu_hw.h. */
TRACE_EVENT(ipu_fault,
	    TP_PROTO(const struct ipu_ctx *ctx, const struct drm_ipu_get_fault *fault),
	    TP_ARGS(ctx, fault),
	    TP_STRUCT__entry(__string(dev, dev_name(ctx->ipu->drm.dev))
			     __field(pid_t, pid)
			     __field(u32, ctx)
			     __field(u32, slot)
			     __field(u64, seqno)
			     __field(u32, cause)
			     __field(u32, tile)
			     __field(u32, unit)
			     __field(u32, pc)
			     __field(u64, addr)
			     __field(u32, info)
			     __field(u64, cmd_va)
			     ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->pid = ctx->pid;
			   __entry->ctx = ctx->id;
			   __entry->slot = ctx->slot;
			   __entry->seqno = fault->seqno;
			   __entry->cause = fault->cause;
			   __entry->tile = fault->tile;
			   __entry->unit = fault->unit;
			   __entry->pc = fault->pc;
			   __entry->addr = fault->addr;
			   __entry->info = fault->info;
			   __entry->cmd_va = fault->cmd_va;
			   ),
	    TP_printk("dev=%s pid=%d ctx=%u slot=%u seqno=%llu cause=0x%x tile=%d unit=%u pc=0x%x addr=0x%llx info=0x%x cmd_va=0x%llx",
		      __get_str(dev), __entry->pid, __entry->ctx, __entry->slot, __entry->seqno,
		      __entry->cause, (int)__entry->tile, __entry->unit, __entry->pc, __entry->addr,
		      __entry->info, __entry->cmd_va)
);

/* A job, a context or the card is being reset; of the card the slot is -1. */
TRACE_EVENT(ipu_reset,
	    TP_PROTO(const struct ipu_device *ipu, u32 slot, u32 stage, u32 why),
	    TP_ARGS(ipu, slot, stage, why),
	    TP_STRUCT__entry(__string(dev, dev_name(ipu->drm.dev))
			     __field(u32, slot)
			     __field(u32, stage)
			     __field(u32, why)
			     ),
	    TP_fast_assign(__assign_str(dev);
			   __entry->slot = slot;
			   __entry->stage = stage;
			   __entry->why = why;
			   ),
	    TP_printk("dev=%s slot=%d stage=%s why=%s", __get_str(dev), (int)__entry->slot,
		      __print_symbolic(__entry->stage,
				       { IPU_TRACE_RESET_JOB, "job" },
				       { IPU_TRACE_RESET_CTX, "context" },
				       { IPU_TRACE_RESET_CARD, "card" }),
		      __print_symbolic(__entry->why,
				       { 0, "none" }, { 1, "fault" }, { 2, "hang" }, { 3, "reset" },
				       { 4, "suspend" }, { 5, "pci" }))
);

DECLARE_EVENT_CLASS(ipu_mapping,
		    TP_PROTO(const struct ipu_ctx *ctx, u64 va, u64 size, u32 flags),
		    TP_ARGS(ctx, va, size, flags),
		    TP_STRUCT__entry(__string(dev, dev_name(ctx->ipu->drm.dev))
				     __field(pid_t, pid)
				     __field(u32, ctx)
				     __field(u32, slot)
				     __field(u64, va)
				     __field(u64, size)
				     __field(u32, flags)
				     ),
		    TP_fast_assign(__assign_str(dev);
				   __entry->pid = ctx->pid;
				   __entry->ctx = ctx->id;
				   __entry->slot = ctx->slot;
				   __entry->va = va;
				   __entry->size = size;
				   __entry->flags = flags;
				   ),
		    TP_printk("dev=%s pid=%d ctx=%u slot=%u va=0x%llx size=0x%llx flags=0x%x",
			      __get_str(dev), __entry->pid, __entry->ctx, __entry->slot,
			      __entry->va, __entry->size, __entry->flags)
);

/* A buffer is mapped into a context; the flags are DRM_IPU_MAP_*. */
DEFINE_EVENT(ipu_mapping, ipu_map,
	     TP_PROTO(const struct ipu_ctx *ctx, u64 va, u64 size, u32 flags),
	     TP_ARGS(ctx, va, size, flags)
);

/* It is not mapped any more, and the card is about to forget it; without flags. */
DEFINE_EVENT(ipu_mapping, ipu_unmap,
	     TP_PROTO(const struct ipu_ctx *ctx, u64 va, u64 size, u32 flags),
	     TP_ARGS(ctx, va, size, flags)
);

#endif /* _IPU_TRACE_H_ */

/* Outside of the kernel's own tree; Kbuild names the folder. */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE ipu_trace
#include <trace/define_trace.h>
