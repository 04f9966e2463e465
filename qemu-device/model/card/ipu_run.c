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

#include <string.h>

#include "ipu_bsp_cost.h"
#include "ipu_command_end.h"
#include "ipu_debug.h"
#include "ipu_exchange.h"
#include "ipu_inject.h"
#include "ipu_mmu.h"
#include "ipu_profile.h"
#include "ipu_round.h"
#include "ipu_sensors.h"
#include "ipu_slots.h"

/* the size of ipu.sync */
#define SYNC_BYTES	4

static struct ipu_slot *run_slot(const struct ipu_context *ctx, uint32_t i)
{
	return ipu_ctx_slot(ctx, ctx->run.first + i);
}

static bool expired(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->run.expired, memory_order_relaxed);
}

static void check_watchdog(struct ipu_context *ctx, uint64_t now_ns)
{
	if (ctx->run.limit_ns && !ctx->debug.on && !expired(ctx) &&
	    now_ns - ctx->run.began_ns > ctx->run.limit_ns)
		atomic_store_explicit(&ctx->run.expired, true, memory_order_relaxed);
}

static bool waits(const struct ipu_slot *slot)
{
	enum ipu_tile_state state = ipu_tile_state(slot->tile);

	return state == IPU_TILE_SYNC_INTERNAL || state == IPU_TILE_SYNC_EXTERNAL;
}

/* A fault of a tile; those of the command processor go through ipu_fault(). */
static void tile_fault(struct ipu_context *ctx, uint32_t tile, const struct ipu_fault *fault)
{
	ctx->fault = *fault;
	ctx->fault.tile = tile;
}

/* The fault @cause at the present place of the supervisor of tile @tile. */
static void fault_at_supervisor(struct ipu_context *ctx, uint32_t tile, struct ipu_fault fault)
{
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);

	fault.unit = IPU_UNIT_SUPERVISOR;
	if (slot->tile)
		fault.pc = ipu_tile_get_reg(slot->tile, IPU_UNIT_SUPERVISOR, 32);
	/* It is at a sync, and the PC is already past it. */
	if (slot->tile && waits(slot))
		fault.pc -= SYNC_BYTES;
	tile_fault(ctx, tile, &fault);
}

/* The slowest tile's clock and all tiles' instructions, from the RUN's start. */
static void totals(const struct ipu_context *ctx, uint64_t *cycles, uint64_t *instructions)
{
	const struct ipu_slot *slot;
	uint64_t clock;
	uint32_t i;

	*cycles = 0;
	*instructions = 0;
	for (i = 0; i < ctx->run.count; i++) {
		slot = run_slot(ctx, i);
		clock = ipu_tile_cycles(slot->tile);
		if (clock > *cycles)
			*cycles = clock;
		*instructions += ipu_tile_instructions(slot->tile);
	}
}

/* Those that wait at a barrier, for when some have exited or are not known yet. */
static void find_members(struct ipu_context *ctx)
{
	uint32_t count = 0;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++)
		if (waits(run_slot(ctx, i)))
			ctx->run.members[count++] = ctx->run.first + i;
	ctx->run.num_members = count;
}

/*
 * The barrier is over: all tiles that wait continue, at the same card time. Each is
 * released by the slice that executes it.
 */
static void release(struct ipu_context *ctx, uint64_t cycles)
{
	ctx->run.releases = true;
	ctx->run.release_at = cycles;
	ipu_round_sum_init(&ctx->round_sum);
	memcpy(ctx->live, ctx->run.members, ctx->run.num_members * sizeof(ctx->live[0]));
	ipu_round_open(ctx, IPU_STEP_TILES, ctx->run.num_members);
}

/* An internal barrier and its exchange are over. */
static void superstep(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;
	const uint64_t end = sum->slowest + IPU_SYNC_CYCLES +
			     sum->busiest / IPU_EXCHANGE_BYTES_PER_CYCLE;

	ctx->run.supersteps++;
	ctx->run.exchange_bytes += sum->bytes;
	if (!ipu_profile_superstep(ctx, sum->slowest, end))
		return;
	if (sum->exited)
		find_members(ctx);
	release(ctx, end);
}

static void exchange_went(struct ipu_context *ctx, enum ipu_exchange went)
{
	switch (went) {
	case IPU_EXCHANGE_PASS:
		break;
	case IPU_EXCHANGE_DONE:
		superstep(ctx);
		break;
	case IPU_EXCHANGE_SHORT:
		fault_at_supervisor(ctx, ctx->run.short_tile, (struct ipu_fault) {
			.cause = IPU_FAULT_HOST_MEMORY,
			.info = ctx->budget.limit >> 10,
		});
		break;
	}
}

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

/* Start a fresh tile of the RUN. Return: false, with a fault in the slot, if out of memory. */
static bool start_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	const struct ipu_tile_start at = {
		.tile = tile - ctx->run.first,
		.tiles = ctx->run.count,
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

/* Start all tiles, so that a debugger can access all of them. */
static void start_fresh_tiles(struct ipu_context *ctx)
{
	uint32_t i;

	for (i = 0; i < ctx->run.count && !ipu_ctx_stops(ctx); i++)
		if (run_slot(ctx, i)->fresh)
			start_tile(ctx, run_slot(ctx, i), ctx->run.first + i);
}

static void start(struct ipu_context *ctx)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = run_slot(ctx, i);
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

/* All tiles of a RESUME must be of one RUN, and one at least must wait. */
static bool resume(struct ipu_context *ctx)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	const struct ipu_slot *slot;
	bool any = false;
	uint32_t i;

	for (i = 0; i < ctx->run.count; i++) {
		slot = run_slot(ctx, i);
		if (slot->run_count && slot->run_first != cmd->tile_first)
			return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, tile_first),
					     cmd->tile_first);
		if (slot->run_count && slot->run_count != cmd->tile_count)
			return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, tile_count),
					     cmd->tile_count);
		any |= slot->run_count && waits(slot);
	}
	if (!any)
		return ipu_bad_field(ctx, 0, cmd->op);

	/* The last exchange that was planned may be another RUN's. */
	ctx->run.planned = false;
	/* The host's barrier is that of the whole run, including tiles that have exited. */
	totals(ctx, &ctx->run.base_cycles, &ctx->run.base_instructions);
	ipu_profile_started(ctx, true, ctx->run.base_cycles + IPU_SYNC_CYCLES);
	find_members(ctx);
	release(ctx, ctx->run.base_cycles + IPU_SYNC_CYCLES);
	return true;
}

bool ipu_run_begin(struct ipu_context *ctx)
{
	const struct ipu_cmd_run *cmd = &ctx->cmd.run;
	bool again = cmd->op & IPU_CMD_RUN_RESUME;

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
	if (!again)
		start(ctx);
	else if (!resume(ctx))
		return false;
	if (ipu_debug_run(ctx, again)) {
		start_fresh_tiles(ctx);
		ipu_round_close(ctx);
		ipu_debug_note_halt(ctx, IPU_DBG_START);
	}
	return true;
}

/* ---- Tile slices ---- */

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

/* What a tile's state means for the barrier. */
static void add_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile,
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
	if (slot->fresh && !start_tile(ctx, slot, tile))
		return;
	slot->more = ipu_tile_run(slot->tile, IPU_QUANTUM) == IPU_TILE_RUNNING;
	if (!slot->more && ipu_inject_slows(ctx->card, slot) > 1)
		slow_down(ctx, slot);
	add_tile(ctx, slot, tile, sum);
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
		if (!ipu_ctx_stops(ctx) && !expired(ctx))
			ipu_exchange_tile(ctx, slot, sum);
		return;
	}
	if (ctx->run.releases)
		ipu_tile_release(slot->tile, ctx->run.release_at);
	if (!ipu_ctx_stops(ctx) && !expired(ctx) && !ipu_ctx_halts(ctx))
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
		check_watchdog(ctx, now);
	} while (!ipu_ctx_pauses(ctx) && now - began < IPU_SLICE_NS);
}

/* ---- Between rounds ---- */

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
	totals(ctx, &cycles, &instructions);
	if (!ipu_profile_end(ctx, state == IPU_RUN_AT_SYNC, cycles))
		return;
	report.cycles = cycles - ctx->run.base_cycles;
	report.instructions = instructions - ctx->run.base_instructions;
	report.supersteps = ctx->run.supersteps < UINT32_MAX ? ctx->run.supersteps : UINT32_MAX;
	report.exchange_bytes = ctx->run.exchange_bytes;
	for (i = 0; i < ctx->run.count && !report.exit_code; i++) {
		slot = run_slot(ctx, i);
		if (ipu_tile_state(slot->tile) == IPU_TILE_EXITED &&
		    ipu_tile_exit_code(slot->tile)) {
			report.exit_tile = i;
			report.exit_code = ipu_tile_exit_code(slot->tile);
		}
	}
	if (report_va &&
	    !ipu_mmu_write(ctx, report_va, &report, sizeof(report), ipu_command_priv(ctx)))
		return;
	if (card->ops->trace)
		card->ops->trace(card->host, IPU_TRACE_RUN_DONE, ctx->index, report.supersteps,
				 report.cycles);
	ipu_command_retire(ctx);
}

/* As a debugger left the tiles: what came of rounds before does not count. */
static void sum_again(struct ipu_context *ctx)
{
	uint32_t i;

	ipu_round_sum_init(&ctx->round_sum);
	for (i = 0; i < ctx->run.count; i++) {
		ipu_exchange_forget(run_slot(ctx, i));
		add_tile(ctx, run_slot(ctx, i), ctx->run.first + i, &ctx->round_sum);
	}
	find_members(ctx);
	ctx->run.planned = false;
	ctx->debug.touched = false;
}

/* The tiles wait for each other in two zones: name the first that is in another one. */
static void mismatch(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;
	bool internal = sum->internal > sum->external;

	fault_at_supervisor(ctx, ctx->run.first + (internal ? sum->internal : sum->external),
			    (struct ipu_fault) {
		.cause = IPU_FAULT_SYNC_MISMATCH,
		.info = internal ? IPU_ZONE_INTERNAL : IPU_ZONE_EXTERNAL,
	});
}

/* No tile is running: they have exited or wait. */
static void barrier(struct ipu_context *ctx)
{
	const struct ipu_round_sum *sum = &ctx->round_sum;

	/* Also of a debugger that has detached since then. */
	if (ctx->debug.on || ctx->debug.touched)
		sum_again(ctx);
	if (sum->internal != UINT32_MAX && sum->external != UINT32_MAX) {
		mismatch(ctx);
	} else if (sum->external != UINT32_MAX) {
		finish(ctx, IPU_RUN_AT_SYNC);
	} else if (sum->internal == UINT32_MAX) {
		finish(ctx, IPU_RUN_EXITED);
	} else if (expired(ctx)) {
		fault_at_supervisor(ctx, ctx->run.first + sum->internal,
				    (struct ipu_fault) { .cause = IPU_FAULT_WATCHDOG });
	} else if (!sum->pulls) {
		superstep(ctx);
	} else {
		exchange_went(ctx, ipu_exchange_begin(ctx));
	}
}

static void watchdog(struct ipu_context *ctx, uint32_t tile)
{
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);
	struct ipu_tile_fault at;
	struct ipu_fault fault = { .cause = IPU_FAULT_WATCHDOG };

	if (ctx->step != IPU_STEP_TILES) {
		fault_at_supervisor(ctx, tile, fault);
	} else if (slot->fresh) {
		fault.unit = IPU_UNIT_SUPERVISOR;
		fault.pc = ctx->cmd.run.entry;
		tile_fault(ctx, tile, &fault);
	} else {
		ipu_tile_fault(slot->tile, &at);
		fault.unit = at.unit;
		fault.pc = at.pc;
		tile_fault(ctx, tile, &fault);
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
		tile_fault(ctx, tile, fault);
	else
		fault_at_supervisor(ctx, tile, *fault);
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
	if (ctx->round_sum.fault != UINT32_MAX) {
		round_fault(ctx, ctx->live[ctx->round_sum.fault]);
		return;
	}
	left = keep_unfinished(ctx, count);
	if (left && expired(ctx))
		watchdog(ctx, ctx->live[0]);
	else if (left)
		ipu_round_open_again(ctx, left);
	else if (ctx->step == IPU_STEP_TILES)
		barrier(ctx);
	else
		exchange_went(ctx, ipu_exchange_pass_end(ctx));
}

void ipu_run_go_on(struct ipu_context *ctx)
{
	const struct ipu_debugger *debug = &ctx->debug;
	uint32_t count = 0;
	uint32_t i;

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
		barrier(ctx);
}
