// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * What follows when no tile of a RUN is running any more: an exchange and the next superstep,
 * the RUN's end, or a fault. Of a linked RUN its members meet first.
 */
#include "ipu_barrier.h"

#include <string.h>

#include "ipu_bsp_cost.h"
#include "ipu_command_end.h"
#include "ipu_debug.h"
#include "ipu_link.h"
#include "ipu_mmu.h"
#include "ipu_profile.h"
#include "ipu_round.h"
#include "ipu_run_tiles.h"

/* the size of ipu.sync */
#define SYNC_BYTES	4

void ipu_barrier_fault(struct ipu_context *ctx, uint32_t tile, struct ipu_fault fault)
{
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);

	fault.unit = IPU_UNIT_SUPERVISOR;
	if (slot->tile)
		fault.pc = ipu_tile_get_reg(slot->tile, IPU_UNIT_SUPERVISOR, 32);
	/* It is at a sync, and the PC is already past it. */
	if (slot->tile && ipu_run_waits(slot))
		fault.pc -= SYNC_BYTES;
	ipu_run_tile_fault(ctx, tile, &fault);
}

void ipu_barrier_totals(const struct ipu_context *ctx, uint64_t *cycles, uint64_t *instructions)
{
	const struct ipu_slot *slot;
	uint64_t clock;
	uint32_t i;

	*cycles = 0;
	*instructions = 0;
	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_run_slot(ctx, i);
		clock = ipu_tile_cycles(slot->tile);
		if (clock > *cycles)
			*cycles = clock;
		*instructions += ipu_tile_instructions(slot->tile);
	}
}

void ipu_barrier_find_members(struct ipu_context *ctx)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++)
		if (ipu_run_waits(ipu_run_slot(ctx, i)))
			ctx->run.members[count++] = ctx->run.first + i;
	ctx->run.num_members = count;
}

/* ---- Meetings of a linked RUN, see ipu_link.h ---- */

/* Meet the other members, to say what came of this one's tiles. */
static void meet(struct ipu_context *ctx, enum ipu_meeting meeting)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;
	struct ipu_exchange_ranges ranges;
	struct ipu_link_sum mine;

	ipu_link_sum_init(&mine);
	if (sum->internal != UINT32_MAX)
		mine.internal = ctx->run.tile_base + sum->internal;
	if (sum->external != UINT32_MAX)
		mine.external = ctx->run.tile_base + sum->external;
	mine.pulls = sum->pulls;
	mine.changed = sum->changed || (sum->pulls && !ctx->run.planned);
	mine.slowest = sum->slowest;
	mine.busiest = sum->busiest;
	memcpy(mine.beats[ctx->link.rank], sum->beats, sizeof(sum->beats));
	if (meeting == IPU_MEETING_PLAN) {
		ipu_exchange_ranges(ctx, &ranges);
		mine.src_low = ranges.src_low;
		mine.src_high = ranges.src_high;
		mine.dst_low = ranges.dst_low;
		mine.dst_high = ranges.dst_high;
	}
	ipu_link_arrive(ctx, meeting, &mine);
}

/* The same at the RUN's begin, and at its end. */
void ipu_barrier_meet_for_run(struct ipu_context *ctx, enum ipu_meeting meeting, uint64_t cycles)
{
	const bool resumes = ctx->cmd.run.op & IPU_CMD_RUN_RESUME;
	struct ipu_link_sum mine;

	ipu_link_sum_init(&mine);
	mine.begins = !resumes;
	mine.resumes = resumes;
	mine.tiles[ctx->link.rank] = ctx->run.count;
	mine.cycles = cycles;
	ipu_link_arrive(ctx, meeting, &mine);
}

static void meet_with_fault(struct ipu_context *ctx, enum ipu_meeting meeting)
{
	struct ipu_link_sum mine;

	ipu_link_sum_init(&mine);
	mine.fault = ctx->link.rank;
	ipu_link_arrive(ctx, meeting, &mine);
}

/*
 * A tile has faulted: the other members may have such tiles in this superstep, too, so that
 * all of them meet before any of them reports its own.
 */
void ipu_barrier_hold_fault(struct ipu_context *ctx)
{
	static const enum ipu_meeting next[IPU_STEPS] = {
		[IPU_STEP_TILES] = IPU_MEETING_BARRIER,
		[IPU_STEP_XFER_CHECK] = IPU_MEETING_PLAN,
		[IPU_STEP_XFER_MARK] = IPU_MEETING_MARKED,
		[IPU_STEP_XFER_MOVE] = IPU_MEETING_MOVED,
	};
	const enum ipu_meeting meeting = next[ctx->step];

	if (meeting == IPU_MEETING_BEGIN)
		return;
	ctx->link.held = ctx->fault;
	ctx->fault.cause = IPU_FAULT_NONE;
	meet_with_fault(ctx, meeting);
}

/* ---- Supersteps ---- */

/*
 * The barrier is over: all tiles that wait continue, at the same card time. Each is
 * released by the slice that executes it.
 */
void ipu_barrier_release(struct ipu_context *ctx, uint64_t cycles)
{
	ctx->run.releases = true;
	ctx->run.release_at = cycles;
	ipu_round_sum_init(&ctx->round_sum);
	memcpy(ctx->live, ctx->run.members, ctx->run.num_members * sizeof(ctx->live[0]));
	if (ctx->run.num_members)
		ipu_round_open(ctx, IPU_STEP_TILES, ctx->run.num_members);
	else
		/* Those of other members of a linked RUN go on. */
		meet(ctx, IPU_MEETING_BARRIER);
}

/* When the exchange begins, and when it ends. */
static void cost(struct ipu_context *ctx, uint64_t slowest, uint64_t busiest)
{
	const uint64_t on_card = busiest / IPU_EXCHANGE_BYTES_PER_CYCLE;
	uint64_t on_links = 0;

	ctx->run.exchange_at = slowest + IPU_SYNC_CYCLES;
	if (ctx->run.linked) {
		ctx->run.exchange_at += ipu_link_sync_cycles(ctx);
		on_links = ipu_link_cycles(ctx);
	}
	ctx->run.end_at = ctx->run.exchange_at + (on_card > on_links ? on_card : on_links);
}

/* An internal barrier and its exchange are over. */
static void superstep(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;
	uint64_t slowest = sum->slowest;

	if (ctx->run.linked)
		slowest = ctx->run.slowest;
	else
		cost(ctx, slowest, sum->busiest);
	ctx->run.supersteps++;
	ctx->run.exchange_bytes += sum->bytes;
	if (!ipu_profile_superstep(ctx, slowest, ctx->run.exchange_at, ctx->run.end_at))
		return;
	if (sum->exited)
		ipu_barrier_find_members(ctx);
	ipu_barrier_release(ctx, ctx->run.end_at);
}

void ipu_barrier_exchange_went(struct ipu_context *ctx, enum ipu_exchange went)
{
	switch (went) {
	case IPU_EXCHANGE_PASS:
		break;
	case IPU_EXCHANGE_DONE:
		superstep(ctx);
		break;
	case IPU_EXCHANGE_CHECKED:
		meet(ctx, IPU_MEETING_PLAN);
		break;
	case IPU_EXCHANGE_MARKED:
		meet(ctx, IPU_MEETING_MARKED);
		break;
	case IPU_EXCHANGE_MOVED:
		meet(ctx, IPU_MEETING_MOVED);
		break;
	case IPU_EXCHANGE_SHORT:
		ipu_barrier_fault(ctx, ctx->run.short_tile, (struct ipu_fault) {
			.cause = IPU_FAULT_HOST_MEMORY,
			.info = ctx->budget.limit >> 10,
		});
		break;
	}
}

/* ---- Barriers ---- */

static void finish(struct ipu_context *ctx, uint32_t state)
{
	uint64_t report_va = ctx->cmd.run.report_va;
	struct ipu_card *card = ctx->card;
	struct ipu_run_report report = { .state = state };
	uint64_t cycles, instructions;
	const struct ipu_slot *slot;
	uint32_t i;

	if (ipu_debug_run_end(ctx))
		return;
	ctx->run.supersteps++;
	ipu_barrier_totals(ctx, &cycles, &instructions);
	if (ctx->run.linked)
		cycles = ctx->link.sum.cycles;
	if (!ipu_profile_end(ctx, state == IPU_RUN_AT_SYNC, cycles))
		return;
	report.cycles = cycles - ctx->run.base_cycles;
	report.instructions = instructions - ctx->run.base_instructions;
	report.supersteps = ctx->run.supersteps < UINT32_MAX ? ctx->run.supersteps : UINT32_MAX;
	report.exchange_bytes = ctx->run.exchange_bytes;
	for (i = 0; i < ctx->run.count && !report.exit_code; i++) {
		slot = ipu_run_slot(ctx, i);
		if (ipu_tile_state(slot->tile) == IPU_TILE_EXITED &&
		    ipu_tile_exit_code(slot->tile)) {
			report.exit_tile = ctx->run.tile_base + i;
			report.exit_code = ipu_tile_exit_code(slot->tile);
		}
	}
	if (report_va &&
	    !ipu_mmu_write(ctx, report_va, &report, sizeof(report), ipu_command_priv(ctx)))
		return;
	if (ctx->run.linked)
		ipu_link_leave(ctx);
	ctx->run.linked = false;
	if (card->ops->trace)
		card->ops->trace(card->host, IPU_TRACE_RUN_DONE, ctx->index, report.supersteps,
				 report.cycles);
	ipu_command_retire(ctx);
}

/* As a debugger left the tiles, or as they were loaded: what came of rounds before does not count. */
static void sum_again(struct ipu_context *ctx)
{
	uint32_t i;

	ipu_round_sum_init(&ctx->round_sum);
	for (i = 0; i < ctx->run.count; i++) {
		ipu_exchange_forget(ipu_run_slot(ctx, i));
		ipu_run_add_tile(ctx, ipu_run_slot(ctx, i), ctx->run.first + i, &ctx->round_sum);
	}
	ipu_barrier_find_members(ctx);
	ctx->run.planned = false;
	ctx->debug.touched = false;
}

/* The tiles wait for each other in two zones: name the first that is in another one. */
static void mismatch(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;
	bool internal = sum->internal > sum->external;

	ipu_barrier_fault(ctx, ctx->run.first + (internal ? sum->internal : sum->external),
			    (struct ipu_fault) {
		.cause = IPU_FAULT_SYNC_MISMATCH,
		.info = internal ? IPU_ZONE_INTERNAL : IPU_ZONE_EXTERNAL,
	});
}

/* No tile is running: they have exited or wait. */
void ipu_barrier(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;

	/* Also of a debugger that has detached since then. */
	if (ctx->debug.on || ctx->debug.touched)
		sum_again(ctx);
	if (ctx->run.linked) {
		meet(ctx, IPU_MEETING_BARRIER);
	} else if (sum->internal != UINT32_MAX && sum->external != UINT32_MAX) {
		mismatch(ctx);
	} else if (sum->external != UINT32_MAX) {
		finish(ctx, IPU_RUN_AT_SYNC);
	} else if (sum->internal == UINT32_MAX) {
		finish(ctx, IPU_RUN_EXITED);
	} else if (ipu_run_expired(ctx)) {
		ipu_barrier_fault(ctx, ctx->run.first + sum->internal,
				    (struct ipu_fault) { .cause = IPU_FAULT_WATCHDOG });
	} else if (!sum->pulls) {
		superstep(ctx);
	} else {
		ipu_barrier_exchange_went(ctx, ipu_exchange_begin(ctx, sum->changed || !ctx->run.planned));
	}
}

/* ---- Linked RUNs, after a meeting ---- */

/* A member has to fault: this one, or another one. */
static bool faults(struct ipu_context *ctx)
{
	const struct ipu_link_sum *sum = &ctx->link.sum;

	if (sum->fault == UINT32_MAX)
		return false;
	if (ctx->link.held.cause)
		ctx->fault = ctx->link.held;
	else
		ipu_fault(ctx, IPU_FAULT_LINK, sum->fault, IPU_LINK_PEER);
	return true;
}

static void linked_mismatch(struct ipu_context *ctx)
{
	const struct ipu_link_sum *sum = &ctx->link.sum;
	const bool internal = sum->internal > sum->external;
	const uint32_t tile = internal ? sum->internal : sum->external;
	const uint32_t rank = ipu_link_owner(ctx, tile);

	if (rank != ctx->link.rank) {
		ipu_fault(ctx, IPU_FAULT_LINK, rank, IPU_LINK_PEER);
		return;
	}
	ipu_barrier_fault(ctx, ctx->run.first + tile - ctx->run.tile_base, (struct ipu_fault) {
		.cause = IPU_FAULT_SYNC_MISMATCH,
		.info = internal ? IPU_ZONE_INTERNAL : IPU_ZONE_EXTERNAL,
	});
}

static void linked_barrier(struct ipu_context *ctx)
{
	const struct ipu_link_sum *sum = &ctx->link.sum;
	uint64_t cycles, instructions;

	ctx->run.slowest = sum->slowest;
	cost(ctx, sum->slowest, sum->busiest);
	if (sum->internal != UINT32_MAX && sum->external != UINT32_MAX) {
		linked_mismatch(ctx);
	} else if (sum->internal == UINT32_MAX) {
		ctx->run.at_sync = sum->external != UINT32_MAX;
		ipu_barrier_totals(ctx, &cycles, &instructions);
		ipu_barrier_meet_for_run(ctx, IPU_MEETING_END, cycles);
	} else if (!sum->pulls) {
		superstep(ctx);
	} else {
		ipu_barrier_exchange_went(ctx, ipu_exchange_begin(ctx, sum->changed));
	}
}

static void linked_plan(struct ipu_context *ctx)
{
	const struct ipu_link_sum *sum = &ctx->link.sum;
	const struct ipu_exchange_ranges ranges = {
		.src_low = sum->src_low,
		.src_high = sum->src_high,
		.dst_low = sum->dst_low,
		.dst_high = sum->dst_high,
	};

	cost(ctx, ctx->run.slowest, sum->busiest);
	ipu_barrier_exchange_went(ctx, ipu_exchange_plan(ctx, &ranges));
}

/* It was saved while it waited for others: it arrives as it did then. */
static void meet_again(struct ipu_context *ctx)
{
	const enum ipu_meeting meeting = ctx->link.meeting;
	uint64_t cycles = 0, instructions;

	ctx->link.again = false;
	if (meeting == IPU_MEETING_BARRIER && ctx->link.held.cause) {
		meet_with_fault(ctx, meeting);
	} else if (meeting == IPU_MEETING_BARRIER) {
		sum_again(ctx);
		meet(ctx, meeting);
	} else {
		if (meeting == IPU_MEETING_END || ctx->cmd.run.op & IPU_CMD_RUN_RESUME)
			ipu_barrier_totals(ctx, &cycles, &instructions);
		ipu_barrier_meet_for_run(ctx, meeting, cycles);
	}
}

bool ipu_barrier_met(struct ipu_context *ctx)
{
	if (ctx->link.again && !ipu_link_failed(ctx)) {
		meet_again(ctx);
		return false;
	}
	if (!ipu_link_goes(ctx)) {
		ipu_run_check_watchdog(ctx, ipu_card_now(ctx->card));
		if (!ipu_run_expired(ctx))
			return false;
		ipu_barrier_fault(ctx, ctx->run.first,
				    (struct ipu_fault) { .cause = IPU_FAULT_WATCHDOG });
		return true;
	}
	if (!ctx->link.met)
		ipu_link_fault(ctx);
	if (!ctx->link.met || faults(ctx))
		return true;
	switch (ctx->link.meeting) {
	case IPU_MEETING_BEGIN:
		break;
	case IPU_MEETING_BARRIER:
		linked_barrier(ctx);
		break;
	case IPU_MEETING_PLAN:
		linked_plan(ctx);
		break;
	case IPU_MEETING_MARKED:
		ipu_barrier_exchange_went(ctx, ipu_exchange_plan_stage(ctx));
		break;
	case IPU_MEETING_MOVED:
		ipu_barrier_exchange_went(ctx, ipu_exchange_commit(ctx));
		break;
	case IPU_MEETING_END:
		finish(ctx, ctx->run.at_sync ? IPU_RUN_AT_SYNC : IPU_RUN_EXITED);
		break;
	}
	return true;
}
