// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * What a context's debugger writes and reads: it makes the context halt and continue,
 * and accesses the tiles of one that is halted.
 */
#include "ipu_debug_regs.h"

#include <stdio.h>
#include <string.h>

#include "ipu_debug.h"

void ipu_debug_write_ctrl(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	bool enable = value & IPU_CTX_DBG_ENABLE;

	(void)out;
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_CTRL, value);
	atomic_store_explicit(&ctx->debug.wanted, enable, memory_order_relaxed);
	if (enable)
		return;
	atomic_store_explicit(&ctx->debug.asked, false, memory_order_relaxed);
	if (ctx->debug.halted)
		ipu_debug_leave(ctx, IPU_CTX_DBG_GO);
}

static void halt(struct ipu_context *ctx)
{
	uint32_t state = ipu_ctx_state(ctx);

	if (ctx->debug.halted || (state != IPU_CTX_IDLE && state != IPU_CTX_RUNNING))
		return;
	atomic_store_explicit(&ctx->debug.asked, true, memory_order_relaxed);
	ipu_debug_settle(ctx);
}

static void go(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	uint32_t tile = ipu_ctx_reg(ctx, IPU_CTX_DBG_TILE);
	uint32_t unit = ipu_ctx_reg(ctx, IPU_CTX_DBG_UNIT);

	if (!ctx->debug.halted) {
		snprintf(out->error, sizeof(out->error),
			 "context %u: DBG_CMD = 0x%x: it is not halted", ctx->index, value);
		return;
	}
	if (value & (IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE) &&
	    (tile >= ctx->tile_count || unit > IPU_UNIT_SUPERVISOR)) {
		snprintf(out->error, sizeof(out->error),
			 "context %u: DBG_CMD = 0x%x: there is no unit %u of tile %u", ctx->index,
			 value, unit, tile);
		return;
	}
	ctx->debug.target_tile = tile;
	ctx->debug.target_unit = unit;
	ipu_debug_leave(ctx, value);
}

void ipu_debug_write_cmd(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	if (!ipu_debug_wanted(ctx))
		snprintf(out->error, sizeof(out->error),
			 "context %u: DBG_CMD = 0x%x: DBG_CTRL has no ENABLE", ctx->index, value);
	else if (value & IPU_CTX_DBG_GO)
		go(ctx, value, out);
	else if (value & IPU_CTX_DBG_HALT)
		halt(ctx);
}

/* Is a context FAULTED, and its tiles are as they were then? */
static bool is_faulted(const struct ipu_context *ctx)
{
	return ipu_ctx_state(ctx) == IPU_CTX_FAULTED && !ctx->slices;
}

/*
 * The slot that DBG_TILE names, of a context whose tiles can be accessed; else NULL. One may
 * fault before it is ready: its tiles are as another context has left them, and a pool thread
 * may be releasing them.
 */
static struct ipu_slot *data_slot(struct ipu_context *ctx, bool accessible)
{
	uint32_t tile = ipu_ctx_reg(ctx, IPU_CTX_DBG_TILE);

	if (!accessible || !ctx->ready || tile >= ctx->tile_count)
		return NULL;
	return ipu_ctx_slot(ctx, tile);
}

/* The word of SRAM at tile address @addr, NULL if there is none. */
static uint8_t *memory_word(const struct ipu_slot *slot, uint32_t addr)
{
	return ipu_in_sram(addr) && addr % 4 == 0 ? slot->sram + (addr - IPU_SRAM_BASE) : NULL;
}

/* All registers of a tile that has never been started are 0. */
static bool read_reg(struct ipu_context *ctx, const struct ipu_slot *slot, uint32_t reg,
		     uint32_t *value)
{
	uint32_t unit = ipu_ctx_reg(ctx, IPU_CTX_DBG_UNIT);

	if (unit > IPU_UNIT_SUPERVISOR)
		return false;
	*value = 0;
	return !slot->tile || ipu_tile_debug_read(slot->tile, unit, reg, value);
}

static bool write_reg(struct ipu_context *ctx, const struct ipu_slot *slot, uint32_t reg,
		      uint32_t value)
{
	uint32_t unit = ipu_ctx_reg(ctx, IPU_CTX_DBG_UNIT);

	return unit <= IPU_UNIT_SUPERVISOR && slot->tile &&
	       ipu_tile_debug_write(slot->tile, unit, reg, value);
}

/* ADDR, which advances. */
static uint32_t next_addr(struct ipu_context *ctx)
{
	uint32_t addr = ipu_ctx_reg(ctx, IPU_CTX_DBG_ADDR);

	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_ADDR, addr + (addr & IPU_DBG_REG ? 1 : 4));
	return addr;
}

uint32_t ipu_debug_read_data(struct ipu_context *ctx)
{
	const struct ipu_slot *slot = data_slot(ctx, ctx->debug.halted || is_faulted(ctx));
	uint32_t addr = next_addr(ctx);
	uint32_t value = 0xffffffff;
	const uint8_t *word;
	bool there = false;

	if (slot && addr & IPU_DBG_REG) {
		there = read_reg(ctx, slot, addr & ~IPU_DBG_REG, &value);
	} else if (slot) {
		word = memory_word(slot, addr);
		there = word;
		if (word)
			memcpy(&value, word, sizeof(value));
	}
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_ERROR, !there);
	return there ? value : 0xffffffff;
}

void ipu_debug_write_data(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	struct ipu_slot *slot = data_slot(ctx, ctx->debug.halted);
	uint32_t addr = next_addr(ctx);
	bool there = false;
	uint8_t *word;

	(void)out;
	if (slot && addr & IPU_DBG_REG) {
		there = write_reg(ctx, slot, addr & ~IPU_DBG_REG, value);
	} else if (slot) {
		word = memory_word(slot, addr);
		there = word;
		if (word)
			memcpy(word, &value, sizeof(value));
		slot->zero = false;
		if (word && slot->tile)
			ipu_tile_written(slot->tile, addr, sizeof(value));
	}
	ctx->debug.touched |= there;
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_ERROR, !there);
}
