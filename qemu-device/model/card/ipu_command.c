// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The command processor: fetches commands from the ring and from EXEC lists,
 * checks every member of them and executes them in order. Copies, fills and
 * runs take many slices; their progress is in the context, see ipu_copy.c and
 * ipu_run.c.
 */
#include "ipu_command.h"

#include "ipu_command_end.h"
#include "ipu_copy.h"
#include "ipu_debug.h"
#include "ipu_inject.h"
#include "ipu_mmu.h"
#include "ipu_queues.h"
#include "ipu_run.h"
#include "ipu_round.h"
#include "ipu_slots.h"

static void trace(struct ipu_context *ctx, enum ipu_trace_event event, uint32_t b, uint64_t c)
{
	if (ctx->card->ops->trace)
		ctx->card->ops->trace(ctx->card->host, event, ctx->index, b, c);
}

static bool do_nop(struct ipu_context *ctx)
{
	if (!ipu_check_reserved(ctx, 1, IPU_CMD_SIZE / 4 - 1))
		return false;
	ipu_command_retire(ctx);
	return true;
}

static bool do_copy(struct ipu_context *ctx)
{
	if (!ipu_copy_check(ctx))
		return false;
	ctx->step = IPU_STEP_COPY;
	return true;
}

static bool do_fill(struct ipu_context *ctx)
{
	if (!ipu_fill_check(ctx))
		return false;
	ctx->step = IPU_STEP_FILL;
	return true;
}

static bool do_run(struct ipu_context *ctx)
{
	if (!ipu_inject_due(ctx->card, IPU_INJECT_STUCK_RUNS))
		return ipu_run_begin(ctx);
	ctx->step = IPU_STEP_STUCK;
	return true;
}

static bool do_fence(struct ipu_context *ctx)
{
	const struct ipu_cmd_fence *cmd = &ctx->cmd.fence;
	bool irq = cmd->op & IPU_CMD_FENCE_IRQ;
	uint64_t value = cmd->value;

	if (!ipu_check_reserved(ctx, 1, 3))
		return false;
	if (cmd->va % 8)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_fence, va), cmd->va);
	if (!ipu_check_reserved(ctx, 8, 15))
		return false;

	/*
	 * Software that sees the value takes the command's slot in the ring to be
	 * free, and may ring the doorbell for one more at once: so HEAD moves first.
	 */
	ipu_command_retire(ctx);
	/* All earlier writes must be visible to software that sees the value. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!ipu_mmu_write(ctx, cmd->va, &value, sizeof(value), ipu_command_priv(ctx))) {
		ipu_command_unretire(ctx);
		return false;
	}
	trace(ctx, IPU_TRACE_FENCE, irq, value);
	ipu_queues_fenced(ctx, value, irq);
	return true;
}

static bool do_exec(struct ipu_context *ctx)
{
	const struct ipu_cmd_exec *cmd = &ctx->cmd.exec;

	if (ctx->list.active)
		return ipu_fault(ctx, IPU_FAULT_PRIVILEGE, 0, cmd->op);
	if (!ipu_check_reserved(ctx, 1, 3))
		return false;
	if (cmd->va % IPU_CMD_SIZE)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_exec, va), cmd->va);
	if (!ipu_check_reserved(ctx, 7, 15))
		return false;

	ctx->list.active = true;
	ctx->list.va = cmd->va;
	ctx->list.left = cmd->count;
	ctx->list.fetched = 0;
	return true;
}

static const struct {
	bool (*execute)(struct ipu_context *ctx);
	uint32_t flags;
} commands[] = {
	[IPU_CMD_NOP] = { do_nop, 0 },
	[IPU_CMD_COPY_TO_TILES] = { do_copy, 0 },
	[IPU_CMD_COPY_FROM_TILES] = { do_copy, 0 },
	[IPU_CMD_FILL] = { do_fill, 0 },
	[IPU_CMD_RUN] = { do_run, IPU_CMD_RUN_RESUME | IPU_CMD_RUN_LINKED },
	[IPU_CMD_FENCE] = { do_fence, IPU_CMD_FENCE_IRQ },
	[IPU_CMD_EXEC] = { do_exec, 0 },
};

static void execute(struct ipu_context *ctx)
{
	uint32_t first = ctx->cmd.word[0];
	uint32_t op = first & IPU_CMD_OP;

	trace(ctx, IPU_TRACE_CMD, first, ctx->cmd_va);
	if (op >= sizeof(commands) / sizeof(commands[0]))
		ipu_fault(ctx, IPU_FAULT_BAD_OPCODE, 0, first);
	else if (first & ~(IPU_CMD_OP | commands[op].flags))
		ipu_bad_field(ctx, 0, first);
	else
		commands[op].execute(ctx);
}

/*
 * The commands of a list are fetched a page at a time, so that a fault of the
 * fetch is never due to a command after the page.
 */
static bool fetch_list(struct ipu_context *ctx)
{
	uint64_t count = (IPU_PAGE_SIZE - ctx->list.va % IPU_PAGE_SIZE) / IPU_CMD_SIZE;

	ctx->cmd_va = ctx->list.va;
	if (!ctx->list.fetched) {
		if (count > ctx->list.left)
			count = ctx->list.left;
		if (!ipu_mmu_read(ctx, ctx->list.va, ctx->list.batch, count * IPU_CMD_SIZE, false))
			return false;
		ctx->list.fetched = count;
		ctx->list.next = 0;
	}
	ctx->cmd = ctx->list.batch[ctx->list.next++];
	ctx->list.fetched--;
	ctx->list.left--;
	ctx->list.va += IPU_CMD_SIZE;
	return true;
}

/* Of the ring, or of the user queue whose turn it is. */
static bool fetch_ring(struct ipu_context *ctx, const struct ipu_next *next)
{
	ctx->cmd_va = 0;
	if (next->tail - next->head > next->mask + 1)
		return ipu_fault(ctx, IPU_FAULT_BAD_TAIL, 0, next->tail);
	ctx->cmd_va = next->ring + (uint64_t)(next->head & next->mask) * IPU_CMD_SIZE;
	return ipu_mmu_read(ctx, ctx->cmd_va, &ctx->cmd, sizeof(ctx->cmd), ipu_command_priv(ctx));
}

/* Fetch and begin the next command. Return: whether there was one. */
static bool fetch(struct ipu_context *ctx)
{
	struct ipu_next next;
	bool empty;

	if (ctx->list.active && ctx->list.left) {
		if (fetch_list(ctx))
			execute(ctx);
		return true;
	}
	if (ctx->list.active) {
		/* The list is done; retire the EXEC itself. */
		ctx->list.active = false;
		ipu_command_retire(ctx);
		return true;
	}

	pthread_mutex_lock(&ctx->card->lock);
	empty = !ipu_queues_next(ctx, &next);
	pthread_mutex_unlock(&ctx->card->lock);
	if (empty)
		return false;
	if (fetch_ring(ctx, &next))
		execute(ctx);
	return true;
}

/*
 * Discard what was in SRAM before ENABLE. A part of the range at a time, since
 * releasing the memory of many tiles takes long.
 */
static uint32_t clear_step(struct ipu_context *ctx)
{
	uint32_t count = ctx->tile_count - ctx->cursor.tile;

	if (!ctx->cursor.tile)
		ipu_slots_enable(ctx);
	if (ctx->clear && count > IPU_CLEAR_TILES)
		count = IPU_CLEAR_TILES;
	if (ctx->clear)
		ipu_slots_discard(ctx->card, ctx->tile_first + ctx->cursor.tile, count);
	ctx->cursor.tile += count;
	if (ctx->cursor.tile == ctx->tile_count) {
		ctx->ready = true;
		ctx->step = IPU_STEP_FETCH;
	}
	return IPU_SLICE_BYTES / 4;
}

/* A round is open, or the context must stop. Clearing comes before a halt. */
static bool commands_wait(const struct ipu_context *ctx)
{
	return ctx->round_count || ctx->fault.cause || ipu_ctx_stops(ctx) ||
	       ctx->step == IPU_STEP_STUCK ||
	       ctx->debug.stop.reason ||
	       (ipu_ctx_halts(ctx) && ctx->step != IPU_STEP_CLEAR && !ipu_ctx_meets(ctx));
}

static void execute_commands(struct ipu_context *ctx)
{
	int64_t budget = IPU_SLICE_BYTES;

	while (budget > 0 && !commands_wait(ctx) &&
	       (ipu_ctx_meets(ctx) || !ipu_card_pauses(ctx->card))) {
		budget -= IPU_STEP_COST;
		if (ctx->step == IPU_STEP_CLEAR)
			budget -= clear_step(ctx);
		else if (ctx->step == IPU_STEP_COPY)
			budget -= ipu_copy_step(ctx);
		else if (ctx->step == IPU_STEP_FILL)
			budget -= ipu_fill_step(ctx);
		else if (ipu_ctx_meets(ctx) ? !ipu_run_met(ctx) : !fetch(ctx))
			return;
	}
}

void ipu_control_slice(struct ipu_context *ctx)
{
	uint32_t round = ctx->round_count;

	ipu_mmu_begin(ctx);
	ipu_round_close(ctx);
	switch (ipu_debug_begin(ctx)) {
	case IPU_DEBUG_NONE:
		if (round)
			ipu_run_round_end(ctx, round);
		break;
	case IPU_DEBUG_GO_ON:
		ipu_run_go_on(ctx);
		break;
	case IPU_DEBUG_STAY:
		break;
	}
	execute_commands(ctx);
	ipu_debug_end(ctx);
}
