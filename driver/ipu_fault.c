// SPDX-License-Identifier: GPL-2.0-only

#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/random.h>
#include <linux/ratelimit.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_fault.h"
#include "ipu_job.h"
#include "ipu_regs.h"
#include "ipu_trace.h"

static const char *ipu_fault_name(u32 cause)
{
	switch (cause) {
	case IPU_FAULT_BAD_CONFIG:
		return "bad context register";
	case IPU_FAULT_BAD_TAIL:
		return "bad doorbell";
	case IPU_FAULT_BAD_OPCODE:
		return "unknown command";
	case IPU_FAULT_BAD_FIELD:
		return "bad command";
	case IPU_FAULT_PRIVILEGE:
		return "privileged command";
	case IPU_FAULT_LINK:
		return "linked run ended";
	case IPU_FAULT_DMA_UNMAPPED:
		return "DMA to an unmapped page";
	case IPU_FAULT_DMA_READONLY:
		return "DMA write to a read-only page";
	case IPU_FAULT_DMA_PRIV:
		return "DMA to a privileged page";
	case IPU_FAULT_DMA_RESERVED:
		return "reserved bits in a page table";
	case IPU_FAULT_DMA_BUS:
		return "DMA refused by the host";
	case IPU_FAULT_DMA_RANGE:
		return "DMA beyond the address space";
	case IPU_FAULT_ILLEGAL_INSN:
		return "illegal instruction";
	case IPU_FAULT_FETCH:
		return "instruction fetch outside SRAM";
	case IPU_FAULT_LOAD:
		return "load outside SRAM";
	case IPU_FAULT_STORE:
		return "store outside SRAM";
	case IPU_FAULT_MISALIGNED:
		return "misaligned atomic";
	case IPU_FAULT_EBREAK:
		return "breakpoint";
	case IPU_FAULT_ECALL:
		return "unknown environment call";
	case IPU_FAULT_TRAP:
		return "trap";
	case IPU_FAULT_BAD_RUN:
		return "bad start of a worker";
	case IPU_FAULT_BAD_SYNC:
		return "bad sync";
	case IPU_FAULT_SYNC_MISMATCH:
		return "tiles wait in different zones";
	case IPU_FAULT_EXCHANGE:
		return "bad exchange";
	case IPU_FAULT_STACK:
		return "stack overflow";
	case IPU_FAULT_WATCHDOG:
		return "watchdog";
	case IPU_FAULT_SRAM:
		return "uncorrectable memory error";
	case IPU_FAULT_INTERNAL:
		return "card out of memory";
	case IPU_FAULT_HOST_MEMORY:
		return "host memory of the context used up (max-host-memory of the card)";
	default:
		return NULL;
	}
}

/**
 * ipu_fault_is_known() - is there such a cause?
 * @cause: a number
 *
 * Return: whether it is one of enum ipu_fault_cause, but %IPU_FAULT_NONE.
 */
bool ipu_fault_is_known(u32 cause)
{
	return ipu_fault_name(cause);
}

/**
 * ipu_fault_init() - set the limits of what is logged
 * @ipu: card
 */
void ipu_fault_init(struct ipu_device *ipu)
{
	unsigned int i;

	ipu->fault_salt = get_random_u32();
	for (i = 0; i < ARRAY_SIZE(ipu->fault_limit); i++)
		ratelimit_state_init(&ipu->fault_limit[i], DEFAULT_RATELIMIT_INTERVAL,
				     DEFAULT_RATELIMIT_BURST);
}

static void ipu_fault_print(struct ipu_ctx *ctx, const struct drm_ipu_get_fault *fault)
{
	struct ipu_device *ipu = ctx->ipu;
	char where[64] = "", whose[32];

	/*
	 * Programs can cause faults as often as they like. Each user has a limit, so that
	 * one does not use up that of another; or shares it with some that none can choose.
	 */
	if (!__ratelimit(&ipu->fault_limit[hash_32(__kuid_val(ctx->owner.uid) ^ ipu->fault_salt,
						   IPU_FAULT_LIMIT_BITS)]))
		return;

	if (fault->tile != IPU_FAULT_NO_TILE && fault->unit == IPU_UNIT_SUPERVISOR)
		snprintf(where, sizeof(where), "tile %u, supervisor, pc 0x%x, ",
			 fault->tile, fault->pc);
	else if (fault->tile != IPU_FAULT_NO_TILE)
		snprintf(where, sizeof(where), "tile %u, worker %u, pc 0x%x, ",
			 fault->tile, fault->unit, fault->pc);

	if (fault->userq)
		snprintf(whose, sizeof(whose), "user queue %u", fault->userq);
	else
		snprintf(whose, sizeof(whose), "job %llu", fault->seqno);

	drm_warn(&ipu->drm, "context %u of %s[%d], %s: %s (cause 0x%x): %saddress 0x%llx, info 0x%x, command at 0x%llx\n",
		 ctx->id, ctx->comm, ctx->pid, whose,
		 ipu_fault_name(fault->cause) ?: "unknown fault",
		 fault->cause, where, fault->addr, fault->info, fault->cmd_va);
}

/* Keep a fault, and tell of it. */
static int ipu_fault_record(struct ipu_ctx *ctx, const struct ipu_job *job,
			    const struct drm_ipu_get_fault *fault)
{
	struct ipu_fault_log *log = &ctx->ring.faults;

	lockdep_assert_held(&ctx->ring.lock);

	atomic64_inc(&ctx->ipu->faults);
	trace_ipu_fault(ctx, fault);
	ipu_fault_print(ctx, fault);
	if (job || fault->userq)
		log->record[log->count++ % IPU_FAULTS] = *fault;

	return fault->cause == IPU_FAULT_WATCHDOG ? -ETIMEDOUT : -EIO;
}

/**
 * ipu_fault_force() - record a fault that has not happened
 * @ctx: context; &ipu_ring.lock is held
 * @job: the job it is attributed to
 * @cause: its cause; there is no more to tell
 *
 * Return: as ipu_fault_read().
 */
int ipu_fault_force(struct ipu_ctx *ctx, const struct ipu_job *job, u32 cause)
{
	const struct drm_ipu_get_fault fault = {
		.ctx = ctx->id,
		.seqno = job->seqno,
		.cause = cause,
		.tile = IPU_FAULT_NO_TILE,
		.unit = IPU_UNIT_NONE,
	};

	return ipu_fault_record(ctx, job, &fault);
}

/**
 * ipu_fault_read() - record why the card stopped a context
 * @ctx: context, FAULTED; &ipu_ring.lock is held
 * @job: the job it is attributed to, NULL if there is none
 * @userq: the user queue, 0 if it is none
 *
 * Return: the error the job ends with, -ETIMEDOUT for the watchdog, else -EIO.
 */
int ipu_fault_read(struct ipu_ctx *ctx, const struct ipu_job *job, u32 userq)
{
	const struct drm_ipu_get_fault fault = {
		.ctx = ctx->id,
		.seqno = job ? job->seqno : 0,
		.cause = ipu_ctx_read(ctx, IPU_CTX_FAULT_CAUSE),
		.tile = ipu_ctx_read(ctx, IPU_CTX_FAULT_TILE),
		.unit = ipu_ctx_read(ctx, IPU_CTX_FAULT_UNIT),
		.pc = ipu_ctx_read(ctx, IPU_CTX_FAULT_PC),
		.addr = ipu_ctx_read64(ctx, IPU_CTX_FAULT_ADDR_LO),
		.info = ipu_ctx_read(ctx, IPU_CTX_FAULT_INFO),
		.cmd_va = ipu_ctx_read64(ctx, IPU_CTX_FAULT_CMD_LO),
		.userq = userq,
	};

	return ipu_fault_record(ctx, job, &fault);
}

/* The record of a job, or of the latest fault for 0; &ipu_ring.lock is held. */
static const struct drm_ipu_get_fault *ipu_fault_find(const struct ipu_fault_log *log, u64 seqno)
{
	unsigned int n = min_t(unsigned int, log->count, IPU_FAULTS);

	while (n--) {
		const struct drm_ipu_get_fault *fault;

		fault = &log->record[(log->count - 1 - n) % IPU_FAULTS];
		if (seqno ? fault->seqno == seqno : !n)
			return fault;
	}

	return NULL;
}

/**
 * ipu_get_fault_ioctl() - DRM_IOCTL_IPU_GET_FAULT
 * @drm: device
 * @data: &struct drm_ipu_get_fault
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_get_fault_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_get_fault *args = data;
	const struct drm_ipu_get_fault *fault;
	struct ipu_ctx *ctx;

	if (args->pad || args->pad2)
		return ipu_refuse(ipu, -EINVAL, "get_fault: pad not 0\n");

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "get_fault: no context %u\n", args->ctx);

	mutex_lock(&ctx->ring.lock);
	fault = ipu_fault_find(&ctx->ring.faults, args->seqno);
	if (fault)
		*args = *fault;
	mutex_unlock(&ctx->ring.lock);

	ipu_ctx_put(ctx);

	return fault ? 0 : -ENODATA;
}
