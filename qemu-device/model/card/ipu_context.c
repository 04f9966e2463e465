// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A context's life: enabled, doorbells, faulted, stopped. All of it is bookkeeping
 * under the card's lock; callbacks to the host are put into an outbox and made
 * once the lock is released.
 */
#include "ipu_context.h"

#include <string.h>

#include "ipu_debug.h"
#include "ipu_link.h"
#include "ipu_queues.h"
#include "ipu_round.h"
#include "ipu_sensors.h"
#include "ipu_slots.h"

static void set_state(struct ipu_context *ctx, uint32_t state, struct ipu_outbox *out)
{
	if (state == ipu_ctx_state(ctx))
		return;
	ipu_ctx_set_reg(ctx, IPU_CTX_STATUS, state);
	out->state[out->num_states].ctx = ctx->index;
	out->state[out->num_states].state = state;
	out->num_states++;
}

/* Other members of a linked RUN hear of it. Return: as ipu_link_withdraw(). */
static bool withdraw(struct ipu_context *ctx, struct ipu_outbox *out)
{
	if (!ctx->run.linked)
		return true;
	out->link = true;
	return ipu_link_withdraw(ctx);
}

/* Publish ctx->fault and have a pool thread send the interrupt. */
static void enter_fault(struct ipu_context *ctx, struct ipu_outbox *out)
{
	const struct ipu_fault *fault = &ctx->fault;

	withdraw(ctx, out);
	ipu_sensors_run(ctx, 0);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_CAUSE, fault->cause);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_TILE, fault->tile);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_UNIT, fault->unit);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_PC, fault->pc);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_ADDR_LO, fault->addr);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_ADDR_HI, fault->addr >> 32);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_INFO, fault->info);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_CMD_LO, ctx->cmd_va);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_CMD_HI, ctx->cmd_va >> 32);
	ipu_ctx_set_reg(ctx, IPU_CTX_FAULT_QUEUE, ctx->source);
	ipu_queues_reset(ctx);
	ctx->reg[IPU_CTX_EVENT / 4] |= IPU_CTX_EVENT_FAULT;
	ctx->step = IPU_STEP_WAIT;
	ipu_round_close(ctx);
	ctx->list.active = false;
	ctx->irqs_due++;
	ipu_card_wake(ctx->card);
	set_state(ctx, IPU_CTX_FAULTED, out);
	out->fault = true;
	out->fault_ctx = ctx->index;
	out->fault_cause = fault->cause;
	out->fault_addr = fault->addr;
}

/*
 * A fault found by a register access. Slices of the context that are in
 * progress finish first.
 */
static void fault_now(struct ipu_context *ctx, uint32_t cause, uint32_t info,
		      struct ipu_outbox *out)
{
	ctx->register_fault = (struct ipu_fault) {
		.cause = cause,
		.tile = IPU_FAULT_NO_TILE,
		.unit = IPU_UNIT_NONE,
		.info = info,
	};
	atomic_store_explicit(&ctx->stop, true, memory_order_relaxed);
	if (!ctx->slices)
		ipu_context_settle(ctx, out);
}

static bool overlaps_enabled(const struct ipu_context *ctx, uint64_t first, uint64_t count)
{
	const struct ipu_context *other;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		other = &ctx->card->ctx[i];
		if (other->owns && first < other->tile_first + other->tile_count &&
		    other->tile_first < first + count)
			return true;
	}
	return false;
}

/* The same of those for linked RUNs. */
static uint32_t bad_link(const struct ipu_context *ctx)
{
	const uint32_t count = ipu_ctx_reg(ctx, IPU_CTX_LINK_COUNT);

	if (!count)
		return 0;
	if (count > IPU_LINK_CARDS || !ctx->card->link)
		return IPU_CTX_LINK_COUNT;
	if (ipu_ctx_reg(ctx, IPU_CTX_LINK_RANK) >= count)
		return IPU_CTX_LINK_RANK;
	if (!ipu_ctx_reg(ctx, IPU_CTX_LINK_KEY_LO) && !ipu_ctx_reg(ctx, IPU_CTX_LINK_KEY_HI))
		return IPU_CTX_LINK_KEY_LO;
	return 0;
}

/* The first register whose value is invalid; 0, which is CTRL, if all are valid. */
static uint32_t bad_config(const struct ipu_context *ctx)
{
	uint64_t first = ipu_ctx_reg(ctx, IPU_CTX_TILE_FIRST);
	uint64_t count = ipu_ctx_reg(ctx, IPU_CTX_TILE_COUNT);
	uint32_t log2 = ipu_ctx_reg(ctx, IPU_CTX_RING_LOG2);
	uint64_t ring = ipu_ctx_reg(ctx, IPU_CTX_RING_LO) |
			(uint64_t)ipu_ctx_reg(ctx, IPU_CTX_RING_HI) << 32;
	uint64_t va_end = 1ull << IPU_VA_BITS;

	if (first >= ctx->card->config.tiles)
		return IPU_CTX_TILE_FIRST;
	if (count == 0 || count > ctx->card->config.tiles - first ||
	    overlaps_enabled(ctx, first, count))
		return IPU_CTX_TILE_COUNT;
	if (ipu_ctx_reg(ctx, IPU_CTX_PT_LO) % IPU_PAGE_SIZE)
		return IPU_CTX_PT_LO;
	if (ipu_ctx_reg(ctx, IPU_CTX_PT_HI) & ~(IPU_PTE_ADDR >> 32))
		return IPU_CTX_PT_HI;
	if (ring % IPU_CMD_SIZE)
		return IPU_CTX_RING_LO;
	if (ring >= va_end)
		return IPU_CTX_RING_HI;
	if (log2 < IPU_RING_LOG2_MIN || log2 > IPU_RING_LOG2_MAX ||
	    ((uint64_t)IPU_CMD_SIZE << log2) > va_end - ring)
		return IPU_CTX_RING_LOG2;
	if (ipu_ctx_reg(ctx, IPU_CTX_VECTOR) >= IPU_NUM_VECTORS)
		return IPU_CTX_VECTOR;
	return bad_link(ctx);
}

bool ipu_context_configure(struct ipu_context *ctx)
{
	ctx->owns = false;
	ctx->ready = false;
	if (bad_config(ctx))
		return false;
	ctx->tile_first = ipu_ctx_reg(ctx, IPU_CTX_TILE_FIRST);
	ctx->tile_count = ipu_ctx_reg(ctx, IPU_CTX_TILE_COUNT);
	ctx->privileged = ipu_ctx_reg(ctx, IPU_CTX_CTRL) & IPU_CTX_CTRL_PRIV;
	ctx->root = ipu_ctx_reg(ctx, IPU_CTX_PT_LO) |
		    (uint64_t)ipu_ctx_reg(ctx, IPU_CTX_PT_HI) << 32;
	ctx->ring = ipu_ctx_reg(ctx, IPU_CTX_RING_LO) |
		    (uint64_t)ipu_ctx_reg(ctx, IPU_CTX_RING_HI) << 32;
	ctx->ring_mask = (1u << ipu_ctx_reg(ctx, IPU_CTX_RING_LOG2)) - 1;
	ctx->owns = true;
	return true;
}

void ipu_context_enable(struct ipu_context *ctx, uint32_t ctrl, struct ipu_outbox *out)
{
	uint32_t i;

	ipu_ctx_set_reg(ctx, IPU_CTX_CTRL, ctrl & (IPU_CTX_CTRL_ENABLE | IPU_CTX_CTRL_PRIV));
	ipu_ctx_set_reg(ctx, IPU_CTX_HEAD, 0);
	ipu_ctx_set_reg(ctx, IPU_CTX_TAIL, 0);
	ipu_ctx_set_reg(ctx, IPU_CTX_RETIRED, 0);
	for (i = IPU_CTX_FAULT_CAUSE; i <= IPU_CTX_FAULT_QUEUE; i += 4)
		ipu_ctx_set_reg(ctx, i, 0);

	if (ctrl & IPU_CTX_CTRL_CLEAR)
		ipu_debug_clear(ctx);
	ctx->vector = ipu_ctx_reg(ctx, IPU_CTX_VECTOR);
	ctx->cmd_va = 0;
	if (!ipu_context_configure(ctx)) {
		fault_now(ctx, IPU_FAULT_BAD_CONFIG, bad_config(ctx), out);
		return;
	}
	ipu_link_enable(ctx);
	ctx->clear = ctrl & IPU_CTX_CTRL_CLEAR;
	ctx->cursor.tile = 0;
	ctx->step = IPU_STEP_CLEAR;
	set_state(ctx, IPU_CTX_IDLE, out);
	ipu_card_wake(ctx->card);
}

void ipu_context_disable(struct ipu_context *ctx, struct ipu_outbox *out)
{
	if (ipu_ctx_state(ctx) == IPU_CTX_DISABLED)
		return;
	ipu_ctx_set_reg(ctx, IPU_CTX_CTRL, 0);
	atomic_store_explicit(&ctx->stop, true, memory_order_relaxed);
	set_state(ctx, IPU_CTX_STOPPING, out);
	if (!ctx->slices)
		ipu_context_settle(ctx, out);
}

/* There is a command to execute. A control slice in progress finds it before it ends. */
static void go_on(struct ipu_context *ctx, struct ipu_outbox *out)
{
	set_state(ctx, IPU_CTX_RUNNING, out);
	if (!ctx->exclusive && ctx->step == IPU_STEP_WAIT) {
		ctx->step = IPU_STEP_FETCH;
		ipu_card_wake(ctx->card);
	}
}

void ipu_context_doorbell(struct ipu_context *ctx, uint32_t tail, struct ipu_outbox *out)
{
	uint32_t head = ipu_ctx_reg(ctx, IPU_CTX_HEAD);
	uint32_t old = ipu_ctx_reg(ctx, IPU_CTX_TAIL);

	/* Not more than fits, and not back before the previous doorbell. */
	if (tail - old > ctx->ring_mask + 1 - (old - head)) {
		fault_now(ctx, IPU_FAULT_BAD_TAIL, tail, out);
		return;
	}
	ipu_ctx_set_reg(ctx, IPU_CTX_TAIL, tail);
	if (tail != old)
		go_on(ctx, out);
}

void ipu_context_queue_doorbell(struct ipu_context *ctx, uint32_t queue, uint32_t tail,
				struct ipu_outbox *out)
{
	const uint32_t offset = IPU_CTX_UQ(queue) + IPU_UQ_TAIL;

	if (!ipu_queues_enabled(ctx, queue) || tail == ipu_ctx_reg(ctx, offset))
		return;
	ipu_ctx_set_reg(ctx, offset, tail);
	if (tail != ipu_ctx_reg(ctx, IPU_CTX_UQ(queue) + IPU_UQ_HEAD))
		go_on(ctx, out);
}

/*
 * Nothing of the context is executed any more: its memory is released in slices, after it
 * has become DISABLED. A reset puts the memory aside.
 */
static void release(struct ipu_context *ctx)
{
	/* During a reset a slice may be releasing what the context had before: @code is its own. */
	if (!ctx->card->resetting && ctx->owns && (ctx->code || ctx->discard)) {
		ctx->release.due = true;
		ctx->release.discard = ctx->discard;
		ctx->release.first = ctx->release.next = ctx->tile_first;
		ctx->release.end = ctx->tile_first + ctx->tile_count;
		ipu_card_wake(ctx->card);
	}
	ctx->discard = false;
}

static void enter_disabled(struct ipu_context *ctx, struct ipu_outbox *out)
{
	ctx->unsettled = !withdraw(ctx, out);
	if (ctx->unsettled)
		return;
	ctx->run.linked = false;
	ipu_sensors_run(ctx, 0);
	ipu_round_close(ctx);
	ctx->list.active = false;
	ipu_queues_off(ctx);
	ctx->fault.cause = IPU_FAULT_NONE;
	ctx->register_fault.cause = IPU_FAULT_NONE;
	ctx->step = IPU_STEP_WAIT;
	ctx->stuck = false;
	/* It was enabled and is disabled while what it had before is released. */
	if (ctx->release.due && !ctx->card->resetting)
		return;
	release(ctx);
	ctx->owns = false;
	ctx->ready = false;
	ipu_debug_forget(ctx);
	atomic_store_explicit(&ctx->stop, false, memory_order_relaxed);
	set_state(ctx, IPU_CTX_DISABLED, out);
}

void ipu_context_released(struct ipu_context *ctx, bool more, struct ipu_outbox *out)
{
	ctx->release.taken = false;
	ctx->release.due = more;
	if (!more && ipu_ctx_state(ctx) == IPU_CTX_STOPPING)
		ipu_context_settle(ctx, out);
}

void ipu_context_wipe(struct ipu_context *ctx)
{
	struct ipu_card *card = ctx->card;
	const unsigned int index = ctx->index;
	struct ipu_round_part *part = ctx->round_part;

	memset(ctx, 0, sizeof(*ctx));
	ctx->card = card;
	ctx->index = index;
	ctx->round_part = part;
	ipu_round_forget(ctx);
}

static void settle(struct ipu_context *ctx, struct ipu_outbox *out)
{
	if (ipu_ctx_state(ctx) == IPU_CTX_STOPPING) {
		if (ctx->slices)
			return;
		if (!ctx->stuck || ctx->card->resetting)
			enter_disabled(ctx, out);
		else
			withdraw(ctx, out);
		return;
	}
	if (ctx->register_fault.cause) {
		if (ctx->slices)
			return;
		ctx->fault = ctx->register_fault;
		ctx->register_fault.cause = IPU_FAULT_NONE;
		ctx->cmd_va = 0;
		ctx->source = 0;
	}
	if (ctx->fault.cause) {
		atomic_store_explicit(&ctx->stop, false, memory_order_relaxed);
		enter_fault(ctx, out);
		ctx->fault.cause = IPU_FAULT_NONE;
		return;
	}
	if (ctx->step == IPU_STEP_FETCH && !ctx->list.active && !ipu_queues_work(ctx)) {
		ipu_queues_reset(ctx);
		ctx->step = IPU_STEP_WAIT;
		set_state(ctx, IPU_CTX_IDLE, out);
	}
	ipu_debug_settle(ctx);
}

void ipu_context_settle(struct ipu_context *ctx, struct ipu_outbox *out)
{
	settle(ctx, out);
	ipu_queues_send(ctx);
}

void ipu_context_settle_all(struct ipu_card *card, struct ipu_outbox *out)
{
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		if (card->ctx[i].unsettled)
			ipu_context_settle(&card->ctx[i], out);
}
