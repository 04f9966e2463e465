// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A context that is debugged: when it halts, how it goes on, and what its
 * debugger reads and writes. What a tile does about it is in ipu_tile_debug.c.
 *
 * A control slice that finds a reason to halt notes it in ctx->debug.stop; when
 * the slice is over, no other one is in progress, and the context is halted. Tiles
 * halt between rounds, so that a RUN goes on as if nothing had been: which tiles
 * have another quantum to come is read from the tiles themselves.
 */
#include <stdio.h>
#include <string.h>

#include "ipu_card_internal.h"

_Static_assert(IPU_TILE_POINTS == IPU_DBG_POINTS, "each point of a context has a place");

static bool wanted(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->debug.wanted, memory_order_relaxed);
}

static void stop(struct ipu_context *ctx, uint32_t reason, uint32_t tile, uint32_t unit, uint32_t pc)
{
	ctx->debug.stop = (struct ipu_debug_stop) {
		.reason = reason,
		.tile = tile,
		.unit = unit,
		.pc = pc,
	};
}

/* A halt that no tile is to blame for is told of the lowest tile that still runs, if any. */
static void stop_somewhere(struct ipu_context *ctx, uint32_t reason)
{
	struct ipu_tile_fault at = { .unit = IPU_UNIT_SUPERVISOR };
	const struct ipu_slot *slot;
	uint32_t tile = 0;
	uint32_t i;

	for (i = 0; ctx->step == IPU_STEP_TILES && i < ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->run.first + i);
		if (!slot->tile || ipu_tile_state(slot->tile) != IPU_TILE_RUNNING)
			continue;
		tile = ctx->run.first + i;
		ipu_tile_fault(slot->tile, &at);
		break;
	}
	stop(ctx, reason, tile, at.unit, at.pc);
}

/* ---- What the registers say ------------------------------------------------------------------- */

static void read_points(const struct ipu_context *ctx, struct ipu_tile_points *points)
{
	uint32_t i, at;

	points->count = 0;
	for (i = 0; i < IPU_DBG_POINTS; i++) {
		at = IPU_CTX_DBG_POINT(i);
		if (!ipu_ctx_reg(ctx, at + IPU_DBG_POINT_ACCESS))
			continue;
		points->point[points->count].access = ipu_ctx_reg(ctx, at + IPU_DBG_POINT_ACCESS);
		points->point[points->count].tile = ipu_ctx_reg(ctx, at + IPU_DBG_POINT_TILE);
		points->point[points->count].addr = ipu_ctx_reg(ctx, at + IPU_DBG_POINT_ADDR);
		points->point[points->count].len = ipu_ctx_reg(ctx, at + IPU_DBG_POINT_LEN);
		points->count++;
	}
}

void ipu_debug_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	ipu_tile_debug(slot->tile, ctx->debug.on ? &ctx->debug.points : NULL, tile);
}

/* Have the context and its tiles do as the registers say from now on. */
static void latch(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;
	bool before = debug->on;
	uint32_t ctrl, i;

	pthread_mutex_lock(&ctx->card->lock);
	ctrl = ipu_ctx_reg(ctx, IPU_CTX_DBG_CTRL);
	read_points(ctx, &debug->points);
	pthread_mutex_unlock(&ctx->card->lock);
	debug->on = ctrl & IPU_CTX_DBG_ENABLE;
	debug->at_start = debug->on && ctrl & IPU_CTX_DBG_AT_START;
	debug->at_end = debug->on && ctrl & IPU_CTX_DBG_AT_END;
	if (!debug->on && !before)
		return;
	for (i = 0; i < ctx->tile_count; i++)
		if (ipu_ctx_slot(ctx, i)->tile)
			ipu_debug_tile(ctx, ipu_ctx_slot(ctx, i), i);
	/* The time a run took while it was debugged does not count. */
	if (!debug->on)
		ctx->run.began_ns = ctx->card->ops->now_ns(ctx->card->host);
}

/* ---- Going on --------------------------------------------------------------------------------- */

/* The target of a GO with flags is a unit of the RUN, and of a tile that executes if alone. */
static bool target_runs(const struct ipu_context *ctx)
{
	const struct ipu_tile *tile;

	if (ctx->debug.target_tile - ctx->run.first >= ctx->run.count)
		return false;
	tile = ipu_ctx_slot(ctx, ctx->debug.target_tile)->tile;
	return tile && (!ctx->debug.alone || ipu_tile_state(tile) == IPU_TILE_RUNNING);
}

static uint32_t target_pc(const struct ipu_context *ctx)
{
	const struct ipu_tile *tile = ipu_ctx_slot(ctx, ctx->debug.target_tile)->tile;

	return tile ? ipu_tile_get_reg(tile, ctx->debug.target_unit, 32) : 0;
}

static void stop_blocked(struct ipu_context *ctx)
{
	stop(ctx, IPU_DBG_BLOCKED, ctx->debug.target_tile, ctx->debug.target_unit, target_pc(ctx));
}

/*
 * The tile that was told, or is the target, goes on. Others that stopped in the
 * same round keep their stops, to be told next.
 */
static void release_tiles(struct ipu_context *ctx, uint32_t go)
{
	const struct ipu_debugger *debug = &ctx->debug;
	struct ipu_tile *tile;
	uint32_t i;

	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		bool target = go & (IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE) && i == debug->target_tile;

		tile = ipu_ctx_slot(ctx, i)->tile;
		if (!tile || (!target && i != debug->stop.tile && ipu_tile_stop(tile).reason))
			continue;
		ipu_tile_go(tile, target && go & IPU_CTX_DBG_STEP ? debug->target_unit : IPU_UNIT_NONE,
			    target && go & IPU_CTX_DBG_ALONE ? debug->target_unit : IPU_UNIT_NONE);
	}
}

static void go_on(struct ipu_context *ctx, uint32_t go)
{
	struct ipu_debugger *debug = &ctx->debug;

	if (debug->held.cause) {
		ctx->fault = debug->held;
		return;
	}
	if (ctx->step != IPU_STEP_TILES)
		return;
	debug->alone = go & IPU_CTX_DBG_ALONE;
	if (go & (IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE) && !target_runs(ctx)) {
		stop_blocked(ctx);
		return;
	}
	release_tiles(ctx, go);
	ipu_run_go_on(ctx);
}

bool ipu_debug_begin(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;
	uint32_t go = debug->go;

	if (!go && wanted(ctx) == debug->on)
		return false;
	latch(ctx);
	/* Those that had to stand still while one went on alone. */
	if (!debug->on && debug->alone)
		go = IPU_CTX_DBG_GO;
	debug->go = 0;
	if (go)
		go_on(ctx, go);
	return go;
}

void ipu_debug_run(struct ipu_context *ctx, bool again)
{
	struct ipu_debugger *debug = &ctx->debug;
	uint32_t i;

	debug->ended = false;
	debug->alone = false;
	if (!wanted(ctx) && !debug->on)
		return;
	latch(ctx);
	if (!debug->at_start || again)
		return;
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++)
		ipu_run_start_tile(ctx, ipu_ctx_slot(ctx, i), i);
	ctx->round_count = 0;
	stop_somewhere(ctx, IPU_DBG_START);
}

/* ---- Reasons to halt -------------------------------------------------------------------------- */

static void stop_by_tile(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_tile_stop at = ipu_tile_stop(ipu_ctx_slot(ctx, tile)->tile);

	stop(ctx, at.reason, tile, at.unit, at.pc);
	ctx->debug.stop.addr = at.addr;
	ctx->debug.stop.info = at.access;
}

static void halt_tiles(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	/* All that a debugger can look at is there. */
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, i);
		if (slot->fresh)
			ipu_run_start_tile(ctx, slot, i);
	}
	stop_somewhere(ctx, IPU_DBG_HALT);
}

bool ipu_debug_round(struct ipu_context *ctx, uint32_t count)
{
	struct ipu_debugger *debug = &ctx->debug;
	const struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->live[i]);
		if (slot->fault.cause)
			return false;
		if (slot->tile && ipu_tile_stop(slot->tile).reason) {
			stop_by_tile(ctx, ctx->live[i]);
			return true;
		}
	}
	if (ipu_ctx_halts(ctx)) {
		halt_tiles(ctx);
		return true;
	}
	slot = ipu_ctx_slot(ctx, debug->target_tile);
	if (debug->alone && !slot->more) {
		stop_blocked(ctx);
		return true;
	}
	return false;
}

bool ipu_debug_run_end(struct ipu_context *ctx)
{
	if (!ctx->debug.at_end || ctx->debug.ended)
		return false;
	ctx->debug.ended = true;
	stop_somewhere(ctx, IPU_DBG_END);
	return true;
}

void ipu_debug_end(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;
	const struct ipu_fault *fault = &ctx->fault;

	if (!debug->on || ipu_ctx_stops(ctx) || debug->stop.reason)
		return;
	if (fault->cause && fault->tile != IPU_FAULT_NO_TILE && !debug->held.cause) {
		stop(ctx, IPU_DBG_FAULT, fault->tile, fault->unit, fault->pc);
		debug->stop.addr = fault->addr;
		debug->stop.cause = fault->cause;
		debug->stop.info = fault->info;
		debug->held = *fault;
		ctx->fault.cause = IPU_FAULT_NONE;
	} else if (!fault->cause && ipu_ctx_halts(ctx) && !ctx->round_count &&
		   ctx->step != IPU_STEP_CLEAR) {
		stop_somewhere(ctx, IPU_DBG_HALT);
	}
}

/* ---- Halted ----------------------------------------------------------------------------------- */

static void enter_halted(struct ipu_context *ctx)
{
	struct ipu_debug_stop *why = &ctx->debug.stop;

	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_REASON, why->reason);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_TILE, why->tile);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_UNIT, why->unit);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_PC, why->pc);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_ADDR, why->addr);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_CAUSE, why->cause);
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STOP_INFO, why->info);
	ctx->reg[IPU_CTX_EVENT / 4] |= IPU_CTX_EVENT_DEBUG;
	why->reason = 0;
	atomic_store_explicit(&ctx->debug.asked, false, memory_order_relaxed);
	ctx->debug.halted = true;
	ctx->irqs_due++;
	ipu_pool_wake(ctx->card);
}

static void leave_halted(struct ipu_context *ctx, uint32_t go)
{
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STATUS, 0);
	ctx->debug.halted = false;
	ctx->debug.go = go;
	ipu_pool_wake(ctx->card);
}

void ipu_debug_settle(struct ipu_context *ctx)
{
	if (ctx->slices || ctx->debug.halted)
		return;
	/* A context with nothing to do takes no slice in which it could see that. */
	if (ipu_ctx_halts(ctx) && ctx->step == IPU_STEP_WAIT)
		stop_somewhere(ctx, IPU_DBG_HALT);
	if (!ctx->debug.stop.reason)
		return;
	if (wanted(ctx)) {
		enter_halted(ctx);
	} else {
		/* The debugger has gone meanwhile. */
		ctx->debug.stop.reason = 0;
		leave_halted(ctx, IPU_CTX_DBG_GO);
	}
}

void ipu_debug_forget(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;

	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STATUS, 0);
	atomic_store_explicit(&debug->asked, false, memory_order_relaxed);
	debug->halted = false;
	debug->go = 0;
	debug->on = false;
	debug->stop.reason = 0;
	debug->held.cause = IPU_FAULT_NONE;
}

void ipu_debug_clear(struct ipu_context *ctx)
{
	uint32_t at;

	for (at = IPU_CTX_DBG_CTRL; at < IPU_CTX_DBG_POINT(IPU_DBG_POINTS); at += 4)
		ipu_ctx_set_reg(ctx, at, 0);
	atomic_store_explicit(&ctx->debug.wanted, false, memory_order_relaxed);
	ipu_debug_forget(ctx);
}

/* ---- Registers -------------------------------------------------------------------------------- */

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
		leave_halted(ctx, IPU_CTX_DBG_GO);
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
	leave_halted(ctx, value);
}

void ipu_debug_write_cmd(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out)
{
	if (!wanted(ctx))
		snprintf(out->error, sizeof(out->error),
			 "context %u: DBG_CMD = 0x%x: DBG_CTRL has no ENABLE", ctx->index, value);
	else if (value & IPU_CTX_DBG_GO)
		go(ctx, value, out);
	else if (value & IPU_CTX_DBG_HALT)
		halt(ctx);
}

/* The slot that DBG_TILE names, of a context that is halted; else NULL. */
static struct ipu_slot *data_slot(struct ipu_context *ctx)
{
	uint32_t tile = ipu_ctx_reg(ctx, IPU_CTX_DBG_TILE);

	if (!ctx->debug.halted || !ctx->owns || tile >= ctx->tile_count)
		return NULL;
	return ipu_ctx_slot(ctx, tile);
}

/* The word of SRAM at tile address @addr, NULL if there is none. */
static uint8_t *memory_word(const struct ipu_slot *slot, uint32_t addr)
{
	return ipu_in_sram(addr) && addr % 4 == 0 ? slot->sram + (addr - IPU_SRAM_BASE) : NULL;
}

/* Of a tile that has never been started all registers are 0. */
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

/* ADDR, which moves on. */
static uint32_t next_addr(struct ipu_context *ctx)
{
	uint32_t addr = ipu_ctx_reg(ctx, IPU_CTX_DBG_ADDR);

	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_ADDR, addr + (addr & IPU_DBG_REG ? 1 : 4));
	return addr;
}

uint32_t ipu_debug_read_data(struct ipu_context *ctx)
{
	const struct ipu_slot *slot = data_slot(ctx);
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
	struct ipu_slot *slot = data_slot(ctx);
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
		if (word && slot->tile)
			ipu_tile_written(slot->tile, addr, sizeof(value));
	}
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_ERROR, !there);
}
