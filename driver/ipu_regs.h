/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_REGS_H_
#define _IPU_REGS_H_

#include <linux/bitfield.h>
#include <linux/io.h>
#include <linux/iopoll.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"

/**
 * DOC: registers
 *
 * The only place where the card's registers are read and written. A card that
 * has been unplugged reads as all ones, a value that no register has which the
 * driver polls or acts on: see %IPU_REG_GONE.
 */

/** IPU_REG_GONE - what every register of an unplugged card reads as */
#define IPU_REG_GONE		0xffffffffu

/* How often a register that is waited for is read. */
#define IPU_POLL_US		20

static inline u32 ipu_read(struct ipu_device *ipu, u32 reg)
{
	return readl(ipu->regs + reg);
}

static inline void ipu_write(struct ipu_device *ipu, u32 reg, u32 value)
{
	writel(value, ipu->regs + reg);
}

/* Registers of a context: &ipu_ring.lock is held and &ipu_ring.on is set. */
static inline u32 ipu_ctx_read(struct ipu_ctx *ctx, u32 reg)
{
	return ipu_read(ctx->ipu, IPU_CTX_BASE(ctx->slot) + reg);
}

static inline void ipu_ctx_write(struct ipu_ctx *ctx, u32 reg, u32 value)
{
	ipu_write(ctx->ipu, IPU_CTX_BASE(ctx->slot) + reg, value);
}

static inline u64 ipu_ctx_read64(struct ipu_ctx *ctx, u32 reg_lo)
{
	u64 lo = ipu_ctx_read(ctx, reg_lo);

	return (u64)ipu_ctx_read(ctx, reg_lo + 4) << 32 | lo;
}

static inline void ipu_ctx_write64(struct ipu_ctx *ctx, u32 reg_lo, u64 value)
{
	ipu_ctx_write(ctx, reg_lo, lower_32_bits(value));
	ipu_ctx_write(ctx, reg_lo + 4, upper_32_bits(value));
}

/* writel() orders earlier writes to memory before the doorbell. */
static inline void ipu_ctx_ring_doorbell(struct ipu_ctx *ctx, u32 tail)
{
	ipu_write(ctx->ipu, IPU_DOORBELL(ctx->slot), tail);
}

/**
 * ipu_ctx_wait_state() - wait for a context to get into a state
 * @ctx: &struct ipu_ctx
 * @states: BIT() of each IPU_CTX_* state to wait for
 * @timeout_us: how long to wait
 *
 * Return: the state, -ETIMEDOUT, or -ENODEV if the card is gone.
 */
static inline int ipu_ctx_wait_state(struct ipu_ctx *ctx, u32 states, u64 timeout_us)
{
	u32 status;
	int ret;

	ret = read_poll_timeout(ipu_ctx_read, status, status == IPU_REG_GONE ||
				BIT(FIELD_GET(IPU_CTX_STATUS_STATE, status)) & states,
				IPU_POLL_US, timeout_us, false, ctx, IPU_CTX_STATUS);
	if (status == IPU_REG_GONE)
		return -ENODEV;

	return ret ?: FIELD_GET(IPU_CTX_STATUS_STATE, status);
}

#endif /* _IPU_REGS_H_ */
