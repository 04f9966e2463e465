// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A context that is debugged: when it halts, how it continues, and what its
 * debugger reads and writes. What a tile does for that is in ipu_tile_debug.c.
 *
 * A control slice that finds a reason to halt records it in ctx->debug.stop; when
 * the slice is over, no other one is in progress, and the context is halted. Tiles
 * halt between rounds, so that a RUN continues as if it had not been halted: which
 * tiles have another quantum to come is read from the tiles themselves.
 */
#include "ipu_debug.h"

#include "ipu_link.h"

_Static_assert(IPU_TILE_POINTS == IPU_DBG_POINTS, "each point of a context has a place");

static void stop(struct ipu_context *ctx, uint32_t reason, uint32_t tile, uint32_t unit, uint32_t pc)
{
	ctx->debug.stop = (struct ipu_debug_stop) {
		.reason = reason,
		.tile = tile,
		.unit = unit,
		.pc = pc,
	};
}

/* No tile caused it: the place reported is that of the lowest tile that still runs, if any. */
void ipu_debug_note_halt(struct ipu_context *ctx, uint32_t reason)
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

/* ---- What the registers request -------------------------------------------------------------- */

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

/* Make the context and its tiles do what the registers request from now on. */
static void latch(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;
	const uint64_t now = ipu_card_now(ctx->card);
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
	if (!before)
		debug->since_ns = now;
	else if (!debug->on)
		ctx->run.began_ns += now - (debug->since_ns > ctx->run.began_ns ?
					    debug->since_ns : ctx->run.began_ns);
}

/* ---- Continuing ------------------------------------------------------------------------------ */

/* The target of a GO with flags is a unit of the RUN, and if alone its tile can execute. */
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
 * The tile that was reported, or is the target, continues. Others that stopped in the
 * same round keep their stops, to be reported next.
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

static enum ipu_debug_go go_on(struct ipu_context *ctx, uint32_t go)
{
	struct ipu_debugger *debug = &ctx->debug;

	if (debug->held.cause) {
		ctx->fault = debug->held;
		return IPU_DEBUG_STAY;
	}
	if (ctx->step != IPU_STEP_TILES)
		return IPU_DEBUG_STAY;
	debug->alone = go & IPU_CTX_DBG_ALONE;
	if (go & (IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE) && !target_runs(ctx)) {
		stop_blocked(ctx);
		return IPU_DEBUG_STAY;
	}
	release_tiles(ctx, go);
	return IPU_DEBUG_GO_ON;
}

enum ipu_debug_go ipu_debug_begin(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;
	uint32_t go = debug->go;

	if (!go && ipu_debug_wanted(ctx) == debug->on)
		return IPU_DEBUG_NONE;
	latch(ctx);
	/* Those that had to wait while one continued alone. */
	if (!debug->on && debug->alone)
		go = IPU_CTX_DBG_GO;
	debug->go = 0;
	return go ? go_on(ctx, go) : IPU_DEBUG_NONE;
}

bool ipu_debug_run(struct ipu_context *ctx, bool again)
{
	struct ipu_debugger *debug = &ctx->debug;

	debug->ended = false;
	debug->alone = false;
	if (!ipu_debug_wanted(ctx) && !debug->on)
		return false;
	latch(ctx);
	return debug->at_start && !again;
}

/* ---- Reasons to halt -------------------------------------------------------------------------- */

static void stop_by_tile(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_tile_stop at = ipu_tile_stop(ipu_ctx_slot(ctx, tile)->tile);

	stop(ctx, at.reason, tile, at.unit, at.pc);
	ctx->debug.stop.addr = at.addr;
	ctx->debug.stop.info = at.access;
}

enum ipu_debug_round ipu_debug_round(struct ipu_context *ctx, uint32_t count)
{
	struct ipu_debugger *debug = &ctx->debug;
	const struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->live[i]);
		if (slot->fault.cause)
			return IPU_DEBUG_ROUND_GOES_ON;
		if (slot->tile && ipu_tile_stop(slot->tile).reason) {
			stop_by_tile(ctx, ctx->live[i]);
			return IPU_DEBUG_ROUND_STOPPED;
		}
	}
	if (ipu_ctx_halts(ctx))
		return IPU_DEBUG_ROUND_ASKED;
	slot = ipu_ctx_slot(ctx, debug->target_tile);
	if (debug->alone && !slot->more) {
		stop_blocked(ctx);
		return IPU_DEBUG_ROUND_STOPPED;
	}
	return IPU_DEBUG_ROUND_GOES_ON;
}

bool ipu_debug_run_end(struct ipu_context *ctx)
{
	if (!ctx->debug.at_end || ctx->debug.ended)
		return false;
	ctx->debug.ended = true;
	ipu_debug_note_halt(ctx, IPU_DBG_END);
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
		/* Nobody waits for a debugger: the RUN is over for the others. */
		if (ctx->run.linked) {
			ipu_link_withdraw(ctx);
			ipu_link_wake(ctx->card);
		}
	} else if (!fault->cause && ipu_ctx_halts(ctx) && !ctx->round_count &&
		   ctx->step != IPU_STEP_CLEAR && !ipu_ctx_meets(ctx)) {
		ipu_debug_note_halt(ctx, IPU_DBG_HALT);
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
	ipu_card_wake(ctx->card);
}

void ipu_debug_leave(struct ipu_context *ctx, uint32_t go)
{
	ipu_ctx_set_reg(ctx, IPU_CTX_DBG_STATUS, 0);
	ctx->debug.halted = false;
	ctx->debug.go = go;
	ipu_card_wake(ctx->card);
}

void ipu_debug_settle(struct ipu_context *ctx)
{
	if (ctx->slices || ctx->debug.halted)
		return;
	/* A context with nothing to do takes no slice in which this would be noticed. */
	if (ipu_ctx_halts(ctx) && ctx->step == IPU_STEP_WAIT)
		ipu_debug_note_halt(ctx, IPU_DBG_HALT);
	if (!ctx->debug.stop.reason)
		return;
	if (ipu_debug_wanted(ctx)) {
		enter_halted(ctx);
	} else {
		/* The debugger has detached since then. */
		ctx->debug.stop.reason = 0;
		ipu_debug_leave(ctx, IPU_CTX_DBG_GO);
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
	debug->touched = false;
}

void ipu_debug_clear(struct ipu_context *ctx)
{
	uint32_t at;

	for (at = IPU_CTX_DBG_CTRL; at < IPU_CTX_DBG_POINT(IPU_DBG_POINTS); at += 4)
		ipu_ctx_set_reg(ctx, at, 0);
	atomic_store_explicit(&ctx->debug.wanted, false, memory_order_relaxed);
	ipu_debug_forget(ctx);
}
