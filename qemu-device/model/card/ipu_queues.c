// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A context's ring and user queues, see ipu_queues.h.
 *
 * User queues are written by programs that nobody trusts, and their doorbells are rung by
 * them: so what is rung is only stored, and looked at when it is the queue's turn. That is
 * between two commands of others, and never between one of the ring and its FENCE, so that a
 * driver knows which of its own jobs have been executed, whatever a queue does.
 */
#include "ipu_queues.h"

#include <stdio.h>

#define SOURCES	(1 + IPU_USER_QUEUES)

static uint32_t get(const struct ipu_context *ctx, uint32_t queue, uint32_t reg)
{
	return ipu_ctx_reg(ctx, IPU_CTX_UQ(queue) + reg);
}

static void set(struct ipu_context *ctx, uint32_t queue, uint32_t reg, uint32_t value)
{
	ipu_ctx_set_reg(ctx, IPU_CTX_UQ(queue) + reg, value);
}

static uint64_t get64(const struct ipu_context *ctx, uint32_t queue, uint32_t low)
{
	return get(ctx, queue, low) | (uint64_t)get(ctx, queue, low + 4) << 32;
}

/* ---- Their time ------------------------------------------------------------------------------ */

void ipu_queues_advance(struct ipu_context *ctx, uint32_t queue)
{
	const uint64_t now = ipu_card_now(ctx->card);
	const uint64_t ns = get64(ctx, queue, IPU_UQ_NS_LO) + (now - ctx->busy_since_ns);

	/*
	 * Who looks while the card is paused has seen a time that is yet to come. That of a
	 * command of a machine that was loaded here may be from before this host's clock began.
	 */
	if (!(get(ctx, queue, IPU_UQ_STATUS) & IPU_UQ_BUSY) ||
	    (int64_t)(now - ctx->busy_since_ns) <= 0)
		return;
	set(ctx, queue, IPU_UQ_NS_LO, ns);
	set(ctx, queue, IPU_UQ_NS_HI, ns >> 32);
	ctx->busy_since_ns = now;
}

static void set_busy(struct ipu_context *ctx, uint32_t queue, bool busy)
{
	ipu_queues_advance(ctx, queue);
	if (busy)
		ctx->busy_since_ns = ipu_card_now(ctx->card);
	set(ctx, queue, IPU_UQ_STATUS, busy ? IPU_UQ_BUSY : 0);
}

uint32_t ipu_queues_read(struct ipu_context *ctx, uint32_t offset)
{
	const uint32_t reg = (offset - IPU_CTX_UQ(0)) % IPU_CTX_UQ_SIZE;

	if (reg == IPU_UQ_NS_LO || reg == IPU_UQ_NS_HI)
		ipu_queues_advance(ctx, (offset - IPU_CTX_UQ(0)) / IPU_CTX_UQ_SIZE);
	return ipu_ctx_reg(ctx, offset);
}

/* ---- Registers ------------------------------------------------------------------------------- */

bool ipu_queues_enabled(const struct ipu_context *ctx, uint32_t queue)
{
	return get(ctx, queue, IPU_UQ_CTRL) & IPU_UQ_ENABLE;
}

bool ipu_queues_valid(const struct ipu_context *ctx, uint32_t queue)
{
	const uint64_t ring = get64(ctx, queue, IPU_UQ_RING_LO), end = 1ull << IPU_VA_BITS;
	const uint32_t log2 = get(ctx, queue, IPU_UQ_RING_LOG2);

	return ring % IPU_CMD_SIZE == 0 && ring < end && log2 >= IPU_RING_LOG2_MIN &&
	       log2 <= IPU_RING_LOG2_MAX && (uint64_t)IPU_CMD_SIZE << log2 <= end - ring;
}

static void enable(struct ipu_context *ctx, uint32_t queue, struct ipu_outbox *out)
{
	const uint32_t state = ipu_ctx_state(ctx);
	const char *why = NULL;
	uint32_t reg;

	if (state != IPU_CTX_IDLE && state != IPU_CTX_RUNNING)
		why = "its context is not enabled";
	else if (get(ctx, queue, IPU_UQ_STATUS) & IPU_UQ_BUSY)
		why = "it has not stopped yet";
	else if (!ipu_queues_valid(ctx, queue))
		why = "its ring is invalid";
	if (why) {
		snprintf(out->error, sizeof(out->error), "context %u: user queue %u not enabled: %s",
			 ctx->index, queue, why);
		return;
	}
	for (reg = IPU_UQ_HEAD; reg <= IPU_UQ_VALUE_HI; reg += 4)
		set(ctx, queue, reg, 0);
	set(ctx, queue, IPU_UQ_NS_LO, 0);
	set(ctx, queue, IPU_UQ_NS_HI, 0);
	ctx->armed &= ~(1u << queue);
	set(ctx, queue, IPU_UQ_CTRL, IPU_UQ_ENABLE);
}

/* Whether the value that is waited for has been written; that is told once. */
static bool reached(struct ipu_context *ctx, uint32_t queue)
{
	if (!(ctx->armed & 1u << queue) ||
	    get64(ctx, queue, IPU_UQ_VALUE_LO) < get64(ctx, queue, IPU_UQ_ARM_LO))
		return false;
	ctx->armed &= ~(1u << queue);
	ctx->reg[IPU_CTX_EVENT / 4] |= IPU_CTX_EVENT_QUEUE;
	return true;
}

void ipu_queues_write(struct ipu_context *ctx, uint32_t offset, uint32_t value,
		      struct ipu_outbox *out)
{
	const uint32_t queue = (offset - IPU_CTX_UQ(0)) / IPU_CTX_UQ_SIZE;
	const uint32_t reg = (offset - IPU_CTX_UQ(0)) % IPU_CTX_UQ_SIZE;

	if (reg == IPU_UQ_CTRL) {
		if (!value)
			set(ctx, queue, IPU_UQ_CTRL, 0);
		else if (!ipu_queues_enabled(ctx, queue))
			enable(ctx, queue, out);
		return;
	}
	if (reg <= IPU_UQ_RING_LOG2 && ipu_queues_enabled(ctx, queue)) {
		snprintf(out->error, sizeof(out->error),
			 "context %u: the ring of user queue %u is written while it is enabled",
			 ctx->index, queue);
		return;
	}
	set(ctx, queue, reg, value);
	if (reg != IPU_UQ_ARM_HI)
		return;
	ctx->armed |= 1u << queue;
	if (reached(ctx, queue)) {
		ctx->irqs_due++;
		ipu_card_wake(ctx->card);
	}
}

void ipu_queues_reset(struct ipu_context *ctx)
{
	uint32_t i;

	ctx->turn = ctx->source = 0;
	for (i = 0; i < IPU_USER_QUEUES; i++)
		set_busy(ctx, i, false);
}

void ipu_queues_off(struct ipu_context *ctx)
{
	uint32_t i;

	ipu_queues_reset(ctx);
	ctx->armed = 0;
	for (i = 0; i < IPU_USER_QUEUES; i++)
		set(ctx, i, IPU_UQ_CTRL, 0);
}

/* ---- Whose turn it is ------------------------------------------------------------------------- */

static bool works(const struct ipu_context *ctx, uint32_t source)
{
	if (!source)
		return ipu_ctx_reg(ctx, IPU_CTX_HEAD) != ipu_ctx_reg(ctx, IPU_CTX_TAIL);
	return ipu_queues_enabled(ctx, source - 1) &&
	       get(ctx, source - 1, IPU_UQ_HEAD) != get(ctx, source - 1, IPU_UQ_TAIL);
}

bool ipu_queues_work(const struct ipu_context *ctx)
{
	uint32_t i;

	for (i = 0; i < SOURCES; i++)
		if (works(ctx, i))
			return true;
	return false;
}

static void look_at(struct ipu_context *ctx, uint32_t queue, struct ipu_next *next)
{
	next->ring = get64(ctx, queue, IPU_UQ_RING_LO);
	next->mask = (1u << get(ctx, queue, IPU_UQ_RING_LOG2)) - 1;
	next->head = get(ctx, queue, IPU_UQ_HEAD);
	next->tail = get(ctx, queue, IPU_UQ_TAIL);
	set_busy(ctx, queue, true);
}

bool ipu_queues_next(struct ipu_context *ctx, struct ipu_next *next)
{
	uint32_t i;

	if (ctx->source)
		set_busy(ctx, ctx->source - 1, false);
	for (i = 0; i < SOURCES; i++) {
		ctx->source = (ctx->turn + i) % SOURCES;
		if (works(ctx, ctx->source))
			break;
	}
	if (i == SOURCES) {
		ctx->source = 0;
		return false;
	}
	if (ctx->source) {
		look_at(ctx, ctx->source - 1, next);
	} else {
		next->ring = ctx->ring;
		next->mask = ctx->ring_mask;
		next->head = ipu_ctx_reg(ctx, IPU_CTX_HEAD);
		next->tail = ipu_ctx_reg(ctx, IPU_CTX_TAIL);
	}
	return true;
}

/* The ring's turn goes on until a FENCE ends it, see ipu_queues_fenced(). */
void ipu_queues_retire(struct ipu_context *ctx, int change)
{
	const uint32_t head = ctx->source ? IPU_CTX_UQ(ctx->source - 1) + IPU_UQ_HEAD :
					    IPU_CTX_HEAD;

	ctx->reg[head / 4] += change;
	ctx->turn = ctx->source ? (ctx->source + 1) % SOURCES : 0;
}

/* ---- What the host is told --------------------------------------------------------------------- */

static bool is_late(const struct ipu_context *ctx)
{
	const uint32_t us = (ipu_ctx_reg(ctx, IPU_CTX_COALESCE) & IPU_CTX_COALESCE_US) >> 8;

	return ipu_card_now(ctx->card) - ctx->held.since_ns >= us * 1000ull;
}

/* Whether a message is to be sent for an event, or held back as more of them are to come. */
static bool sends(struct ipu_context *ctx)
{
	const uint32_t most = ipu_ctx_reg(ctx, IPU_CTX_COALESCE) & IPU_CTX_COALESCE_COUNT;

	if (most > 1 && (ctx->list.active || ipu_queues_work(ctx))) {
		if (!ctx->held.count++)
			ctx->held.since_ns = ipu_card_now(ctx->card);
		if (ctx->held.count < most && !is_late(ctx))
			return false;
	}
	ctx->held.count = 0;
	return true;
}

void ipu_queues_fenced(struct ipu_context *ctx, uint64_t value, bool irq)
{
	struct ipu_card *card = ctx->card;

	if (!ctx->source && !ctx->list.active)
		ctx->turn = 1;
	if (!irq && !ctx->source)
		return;
	pthread_mutex_lock(&card->lock);
	if (irq)
		ctx->reg[IPU_CTX_EVENT / 4] |= IPU_CTX_EVENT_FENCE;
	if (ctx->source) {
		set(ctx, ctx->source - 1, IPU_UQ_VALUE_LO, value);
		set(ctx, ctx->source - 1, IPU_UQ_VALUE_HI, value >> 32);
		irq |= reached(ctx, ctx->source - 1);
	}
	irq = irq && sends(ctx);
	pthread_mutex_unlock(&card->lock);
	if (irq)
		card->ops->interrupt(card->host, ctx->vector);
}

/* While the context works its slices end all the time, and this is called. */
void ipu_queues_send(struct ipu_context *ctx)
{
	const bool works = ipu_ctx_state(ctx) == IPU_CTX_RUNNING && !ctx->debug.halted &&
			   ctx->step > IPU_STEP_STUCK && !ipu_ctx_meets(ctx);

	if (!ctx->held.count || (works && !is_late(ctx)))
		return;
	ctx->held.count = 0;
	if (!ctx->irqs_due)
		ctx->irqs_due++;
	ipu_card_wake(ctx->card);
}
