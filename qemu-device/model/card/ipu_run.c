// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * RUN: bulk-synchronous execution of a range of tiles.
 *
 * A superstep is a sequence of rounds, in each of which every tile that is
 * still running executes a quantum. Rounds and quanta are counted in the
 * slots of instructions, never in time, and all decisions are made between rounds: so
 * the result is the same for any number of host threads. When no tile is
 * running any more, all that have not exited wait at the same barrier, or the
 * program is wrong.
 */
#include "ipu_run.h"

#include "ipu_barrier.h"
#include "ipu_bsp_cost.h"
#include "ipu_command_end.h"
#include "ipu_debug.h"
#include "ipu_exchange.h"
#include "ipu_link.h"
#include "ipu_profile.h"
#include "ipu_round.h"
#include "ipu_run_tiles.h"
#include "ipu_sensors.h"

/* Start all tiles, so that a debugger can access all of them. */
static void start_fresh_tiles(struct ipu_context *ctx)
{
	uint32_t i;

	for (i = 0; i < ctx->run.count && !ipu_ctx_stops(ctx); i++)
		if (ipu_run_slot(ctx, i)->fresh)
			ipu_run_start_tile(ctx, ipu_run_slot(ctx, i), ctx->run.first + i);
}

static void start(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_run_slot(ctx, i);
		slot->fresh = true;
		slot->run_first = ctx->run.first;
		slot->run_count = ctx->run.count;
		ipu_exchange_forget(slot);
		ctx->live[i] = ctx->run.members[i] = ctx->run.first + i;
	}
	ctx->run.num_members = ctx->run.count;
	ctx->run.releases = false;
	ctx->run.release_at = 0;
	ctx->run.planned = false;
	ipu_round_sum_init(&ctx->round_sum);
	ipu_profile_started(ctx, false, 0);
	ipu_round_open(ctx, IPU_STEP_TILES, ctx->run.count);
}

/* All tiles of a RESUME must be of one RUN, and one at least must wait, of any member. */
static bool can_resume(struct ipu_context *ctx)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	const struct ipu_slot *slot;
	bool any = ctx->run.linked;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = ipu_run_slot(ctx, i);
		if (slot->run_count && slot->run_first != cmd->tile_first)
			return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, tile_first),
					     cmd->tile_first);
		if (slot->run_count && slot->run_count != cmd->tile_count)
			return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, tile_count),
					     cmd->tile_count);
		if (!slot->run_count && ctx->run.linked)
			return ipu_bad_field(ctx, 0, cmd->op);
		any |= slot->run_count && ipu_run_waits(slot);
	}
	return any || ipu_bad_field(ctx, 0, cmd->op);
}

/* @cycles: the latest clock, including that of tiles that have exited */
static void resume(struct ipu_context *ctx, uint64_t cycles)
{
	uint32_t i;

	/* The last exchange that was planned may be another RUN's. */
	ctx->run.planned = false;
	/* Tables were checked for the tiles of that RUN, on as many cards as it had. */
	for (i = 0; i < ctx->run.count; i++)
		ipu_exchange_forget(ipu_run_slot(ctx, i));
	/* The host's barrier is that of the whole run. */
	ctx->run.base_cycles = cycles;
	ipu_profile_started(ctx, true, cycles + IPU_SYNC_CYCLES);
	ipu_barrier_find_members(ctx);
	ipu_barrier_release(ctx, cycles + IPU_SYNC_CYCLES);
}

static void start_or_resume(struct ipu_context *ctx, uint64_t cycles)
{
	const bool again = ctx->cmd.run.op & IPU_CMD_RUN_RESUME;

	if (again)
		resume(ctx, cycles);
	else
		start(ctx);
	if (ipu_debug_run(ctx, again)) {
		start_fresh_tiles(ctx);
		ipu_round_close(ctx);
		ipu_debug_note_halt(ctx, IPU_DBG_START);
	}
}

/* What the program calls its tiles. */
static void number_tiles(struct ipu_context *ctx)
{
	ctx->run.tile_base = 0;
	ctx->run.tiles = ctx->run.count;
	if (ctx->run.linked)
		ipu_link_number_tiles(ctx);
}

static bool join(struct ipu_context *ctx, uint64_t cycles)
{
	if (!ipu_link_join(ctx))
		return false;
	ipu_barrier_meet_for_run(ctx, IPU_MEETING_BEGIN, cycles);
	return true;
}

bool ipu_run_begin(struct ipu_context *ctx)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	bool again = cmd->op & IPU_CMD_RUN_RESUME;
	uint64_t cycles = 0;

	if (cmd->op & IPU_CMD_RUN_LINKED && !ipu_ctx_reg(ctx, IPU_CTX_LINK_COUNT))
		return ipu_bad_field(ctx, 0, cmd->op);
	if (!ipu_check_tiles(ctx))
		return false;
	if (cmd->entry % 2 || (again && cmd->entry))
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, entry), cmd->entry);
	if (cmd->report_va % 8)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, report_va), cmd->report_va);
	if (again && cmd->sp)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, sp), cmd->sp);
	if (again && cmd->arg)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, arg), cmd->arg);
	if (!ipu_check_reserved(ctx, 10, 15))
		return false;
	if (!ctx->code)
		ctx->code = ipu_code_cache_new(&ctx->budget);
	if (!ctx->code)
		return ipu_fault(ctx, IPU_FAULT_INTERNAL, 0, 0);
	if (!ipu_profile_begin(ctx))
		return false;

	ctx->run.first = cmd->tile_first;
	ctx->run.count = cmd->tile_count;
	ctx->run.began_ns = ipu_card_now(ctx->card);
	pthread_mutex_lock(&ctx->card->lock);
	ctx->run.limit_ns = ipu_ctx_reg(ctx, IPU_CTX_WATCHDOG_MS) * 1000000ull;
	ipu_sensors_run(ctx, ctx->run.count);
	pthread_mutex_unlock(&ctx->card->lock);
	atomic_store_explicit(&ctx->run.expired, false, memory_order_relaxed);
	ctx->run.base_cycles = 0;
	ctx->run.base_instructions = 0;
	ctx->run.supersteps = 0;
	ctx->run.exchange_bytes = 0;
	ctx->run.linked = cmd->op & IPU_CMD_RUN_LINKED;
	if (again && !can_resume(ctx))
		return false;
	if (again)
		ipu_barrier_totals(ctx, &cycles, &ctx->run.base_instructions);
	if (ctx->run.linked)
		return join(ctx, cycles);
	number_tiles(ctx);
	start_or_resume(ctx, cycles);
	return true;
}

/* ---- Between rounds ---- */

static void begun(struct ipu_context *ctx)
{
	const struct ipu_link_sum *sum = &ctx->link.sum;

	if (sum->begins && sum->resumes) {
		ipu_fault(ctx, IPU_FAULT_LINK, ctx->link.rank, IPU_LINK_MISMATCH);
		return;
	}
	number_tiles(ctx);
	start_or_resume(ctx, sum->cycles);
}

bool ipu_run_met(struct ipu_context *ctx)
{
	bool met = ipu_barrier_met(ctx);

	if (met && !ctx->fault.cause && ctx->step == IPU_STEP_MEET &&
	    ctx->link.meeting == IPU_MEETING_BEGIN)
		begun(ctx);
	return met;
}

static void watchdog(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);
	struct ipu_tile_fault at;
	struct ipu_fault fault = { .cause = IPU_FAULT_WATCHDOG };

	if (ctx->step != IPU_STEP_TILES) {
		ipu_barrier_fault(ctx, tile, fault);
	} else if (slot->fresh) {
		fault.unit = IPU_UNIT_SUPERVISOR;
		fault.pc = ctx->cmd.run.entry;
		ipu_run_tile_fault(ctx, tile, &fault);
	} else {
		ipu_tile_fault(slot->tile, &at);
		fault.unit = at.unit;
		fault.pc = at.pc;
		ipu_run_tile_fault(ctx, tile, &fault);
	}
}

/*
 * A round of the exchange records the fault's place except for the PC, which is
 * that of the sync.
 */
static void round_fault(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_fault *fault = &ipu_ctx_slot(ctx, tile)->fault;

	if (ctx->step == IPU_STEP_TILES)
		ipu_run_tile_fault(ctx, tile, fault);
	else
		ipu_barrier_fault(ctx, tile, *fault);
}

/* Whether the debugger makes the context halt, now that a round is over. */
static bool debugger_halts(struct ipu_context *ctx, uint32_t count)
{
	switch (ipu_debug_round(ctx, count)) {
	case IPU_DEBUG_ROUND_GOES_ON:
		return false;
	case IPU_DEBUG_ROUND_ASKED:
		start_fresh_tiles(ctx);
		ipu_debug_note_halt(ctx, IPU_DBG_HALT);
		return true;
	case IPU_DEBUG_ROUND_STOPPED:
		return true;
	}
	return false;
}

/* Keep those in @live that want another quantum. */
static uint32_t keep_unfinished(struct ipu_context *ctx, uint32_t count)
{
	uint32_t left = 0;
	uint32_t i;

	if (ctx->round_sum.more == count)
		return count;
	for (i = 0; i < count && left < ctx->round_sum.more; i++)
		if (ipu_ctx_slot(ctx, ctx->live[i])->more)
			ctx->live[left++] = ctx->live[i];
	return left;
}

void ipu_run_round_end(struct ipu_context *ctx, uint32_t count)
{
	uint32_t left;

	ctx->run.releases = false;
	if (ctx->step == IPU_STEP_TILES && !ipu_profile_round(ctx, count))
		return;
	if (ctx->debug.on && ctx->step == IPU_STEP_TILES && debugger_halts(ctx, count))
		return;
	if (ipu_link_failed(ctx)) {
		ipu_link_fault(ctx);
		return;
	}
	if (ctx->round_sum.fault != UINT32_MAX) {
		round_fault(ctx, ctx->live[ctx->round_sum.fault]);
		if (ctx->run.linked)
			ipu_barrier_hold_fault(ctx);
		return;
	}
	left = keep_unfinished(ctx, count);
	if (left && ipu_run_expired(ctx))
		watchdog(ctx, ctx->live[0]);
	else if (left)
		ipu_round_open_again(ctx, left);
	else if (ctx->step == IPU_STEP_TILES)
		ipu_barrier(ctx);
	else
		ipu_barrier_exchange_went(ctx, ipu_exchange_pass_end(ctx));
}

void ipu_run_go_on(struct ipu_context *ctx)
{
	const struct ipu_debugger *debug = &ctx->debug;
	uint32_t count = 0;
	uint32_t i;

	if (ipu_ctx_meets(ctx)) {
		ipu_run_met(ctx);
		return;
	}
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		const struct ipu_slot *slot = ipu_ctx_slot(ctx, i);

		if (debug->alone && i != debug->target_tile)
			continue;
		/* One that has faulted since then faults once more, so that it is reported. */
		if (slot->fresh || ipu_tile_state(slot->tile) == IPU_TILE_RUNNING ||
		    ipu_tile_state(slot->tile) == IPU_TILE_FAULTED)
			ctx->live[count++] = i;
	}
	if (count)
		ipu_round_open(ctx, IPU_STEP_TILES, count);
	else
		ipu_barrier(ctx);
}
