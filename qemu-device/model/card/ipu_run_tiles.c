// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Slices of a RUN's rounds: what each tile does in its quantum.
 */
#include "ipu_run_tiles.h"

#include "ipu_debug.h"
#include "ipu_exchange.h"
#include "ipu_inject.h"
#include "ipu_pages.h"
#include "ipu_profile.h"
#include "ipu_round.h"
#include "ipu_slots.h"

static void trace_insn(void *arg, uint32_t tile, unsigned int unit, uint32_t pc, uint32_t bits)
{
	const struct ipu_card *card = arg;

	card->ops->insn(card->host, tile, unit, pc, bits);
}

void ipu_run_attach(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	if (ctx->card->ops->insn)
		ipu_tile_trace(slot->tile, trace_insn, ctx->card, tile);
	ipu_debug_tile(ctx, slot, tile);
}

bool ipu_run_start_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	const struct ipu_tile_start at = {
		.tile = ctx->run.tile_base + tile - ctx->run.first,
		.tiles = ctx->run.tiles,
		.entry = cmd->entry,
		.sp = cmd->sp,
		.arg = cmd->arg,
		.must_stop = &ctx->stop,
	};

	if (!ipu_slots_tile(ctx, slot)) {
		slot->fault = (struct ipu_fault) {
			.cause = IPU_FAULT_INTERNAL,
			.unit = IPU_UNIT_NONE,
		};
		return false;
	}
	ipu_run_attach(ctx, slot, tile);
	ipu_tile_start(slot->tile, &at);
	ipu_profile_attach(ctx, slot, tile);
	slot->zero = false;
	slot->fresh = false;
	return true;
}

static void note_fault(struct ipu_slot *slot)
{
	struct ipu_tile_fault fault;

	ipu_tile_fault(slot->tile, &fault);
	slot->fault = (struct ipu_fault) {
		.cause = fault.cause,
		.unit = fault.unit,
		.pc = fault.pc,
		.addr = fault.addr,
		.info = fault.info,
	};
}

/* A tile has arrived at a barrier. */
static void arrive(struct ipu_slot *slot, uint32_t number, enum ipu_tile_state state,
		   struct ipu_round_sum *sum)
{
	uint32_t *first = state == IPU_TILE_SYNC_INTERNAL ? &sum->internal : &sum->external;
	uint64_t clock = ipu_tile_cycles(slot->tile);

	if (number < *first)
		*first = number;
	if (clock > sum->slowest)
		sum->slowest = clock;
	if (state == IPU_TILE_SYNC_INTERNAL)
		ipu_exchange_arrive(slot, sum);
}

void ipu_run_add_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile,
		      struct ipu_round_sum *sum)
{
	enum ipu_tile_state state = ipu_tile_state(slot->tile);

	if (state == IPU_TILE_SYNC_INTERNAL || state == IPU_TILE_SYNC_EXTERNAL) {
		arrive(slot, tile - ctx->run.first, state, sum);
	} else if (state == IPU_TILE_EXITED) {
		sum->exited = true;
		ipu_exchange_leave(slot);
	} else if (state == IPU_TILE_FAULTED) {
		note_fault(slot);
	}
}

/* A word of the tile's SRAM is lost: a fault, wherever the tile is. */
static bool has_lost(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	uint32_t addr = IPU_SRAM_BASE;

	if (!ipu_inject_find(ctx->card, ctx->tile_first + tile, &addr, IPU_SRAM_SIZE))
		return false;
	slot->fault = (struct ipu_fault) {
		.cause = IPU_FAULT_SRAM,
		.unit = IPU_UNIT_SUPERVISOR,
		.pc = slot->fresh ? ctx->cmd.run.entry :
				    ipu_tile_get_reg(slot->tile, IPU_UNIT_SUPERVISOR, 32),
		.addr = addr,
	};
	return true;
}

/* A tile that is slow has stopped running: it has taken longer since it was last released. */
static void slow_down(struct ipu_context *ctx, struct ipu_slot *slot)
{
	const uint64_t took = ipu_tile_cycles(slot->tile) - ctx->run.release_at;

	ipu_tile_delay(slot->tile, took * (ipu_inject_slows(ctx->card, slot) - 1));
}

static void execute(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile,
		    struct ipu_round_sum *sum)
{
	slot->more = false;
	if (slot->fresh && !ipu_run_start_tile(ctx, slot, tile))
		return;
	slot->more = ipu_tile_run(slot->tile, IPU_QUANTUM) == IPU_TILE_RUNNING;
	if (ipu_tile_swept(slot->tile))
		ipu_pages_accessed(ctx, slot, &slot->swept, ipu_tile_swept(slot->tile));
	if (!slot->more && ipu_inject_slows(ctx->card, slot) > 1)
		slow_down(ctx, slot);
	ipu_run_add_tile(ctx, slot, tile, sum);
}

/* One tile's part of a round. */
static void do_tile(struct ipu_context *ctx, uint32_t tile, struct ipu_round_sum *sum)
{
	struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);

	slot->fault.cause = IPU_FAULT_NONE;
	slot->more = true;
	if (ipu_inject_lost(ctx->card) && has_lost(ctx, slot, tile))
		return;
	if (ctx->step != IPU_STEP_TILES) {
		if (!ipu_ctx_stops(ctx) && !ipu_run_expired(ctx) && !ipu_link_failed(ctx))
			ipu_exchange_tile(ctx, slot, sum);
		return;
	}
	if (ctx->run.releases)
		ipu_tile_release(slot->tile, ctx->run.release_at);
	if (!ipu_ctx_stops(ctx) && !ipu_run_expired(ctx) && !ipu_ctx_halts(ctx) &&
	    !ipu_link_failed(ctx))
		execute(ctx, slot, tile, sum);
}

static void do_range(struct ipu_context *ctx, struct ipu_tile_range *range,
		     struct ipu_round_sum *sum)
{
	const struct ipu_slot *slot;

	for (; range->first < range->end && !ipu_ctx_pauses(ctx); range->first++) {
		do_tile(ctx, ctx->live[range->first], sum);
		slot = ipu_ctx_slot(ctx, ctx->live[range->first]);
		sum->more += slot->more;
		if (slot->fault.cause && range->first < sum->fault)
			sum->fault = range->first;
	}
}

void ipu_run_check_watchdog(struct ipu_context *ctx, uint64_t now_ns)
{
	if (ctx->run.limit_ns && !ctx->debug.on && !ipu_run_expired(ctx) &&
	    now_ns - ctx->run.began_ns > ctx->run.limit_ns)
		atomic_store_explicit(&ctx->run.expired, true, memory_order_relaxed);
}

void ipu_run_slice(struct ipu_context *ctx, unsigned int thread, struct ipu_tile_range *range,
		   struct ipu_round_sum *sum)
{
	const uint64_t began = ipu_card_now(ctx->card);
	uint64_t now;

	ipu_round_sum_init(sum);
	do {
		if (range->first == range->end && !ipu_round_take(ctx, thread, range))
			return;
		do_range(ctx, range, sum);
		now = ipu_card_now(ctx->card);
		sum->ns = now - began;
		ipu_run_check_watchdog(ctx, now);
	} while (!ipu_ctx_pauses(ctx) && now - began < IPU_SLICE_NS);
}
