/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A context's ring and user queues: whose command is next, their registers, and what a
 * FENCE tells the host.
 */
#ifndef IPU_QUEUES_H
#define IPU_QUEUES_H

#include "ipu_card_state.h"
#include "ipu_outbox.h"

/** ipu_queues_write - register at @offset of a user queue is written; lock held */
void ipu_queues_write(struct ipu_context *ctx, uint32_t offset, uint32_t value,
		      struct ipu_outbox *out);

/** ipu_queues_read - register at @offset of a user queue is read; lock held */
uint32_t ipu_queues_read(struct ipu_context *ctx, uint32_t offset);

/** ipu_queues_advance - count the time of a user queue up to now; lock held */
void ipu_queues_advance(struct ipu_context *ctx, uint32_t queue);

/** ipu_queues_enabled - a user queue executes commands; lock held */
bool ipu_queues_enabled(const struct ipu_context *ctx, uint32_t queue);

/** ipu_queues_valid - registers of a user queue say where its ring is; lock held */
bool ipu_queues_valid(const struct ipu_context *ctx, uint32_t queue);

/** ipu_queues_reset - the context executes no command any more; lock held */
void ipu_queues_reset(struct ipu_context *ctx);

/** ipu_queues_off - no user queue is enabled; lock held */
void ipu_queues_off(struct ipu_context *ctx);

/** ipu_queues_work - there are commands that have not been fetched; lock held */
bool ipu_queues_work(const struct ipu_context *ctx);

/**
 * struct ipu_next - a command to fetch
 * @ring: virtual address of the ring it is in
 * @mask: commands in there, less 1
 * @head: its number
 * @tail: that of the first that is not there
 */
struct ipu_next {
	uint64_t ring;
	uint32_t mask;
	uint32_t head;
	uint32_t tail;
};

/**
 * ipu_queues_next - choose whose command is next, in a control slice; lock held
 *
 * ctx->source is the ring, or the user queue, from now on. A user queue's @tail can be
 * anything.
 *
 * Return: false if there is none.
 */
bool ipu_queues_next(struct ipu_context *ctx, struct ipu_next *next);

/** ipu_queues_retire - a command of ctx->source itself is complete, or with -1 is not; lock held */
void ipu_queues_retire(struct ipu_context *ctx, int change);

/**
 * ipu_queues_fenced - a FENCE has written @value, in a control slice; lock not held
 * @irq: it wants an event
 */
void ipu_queues_fenced(struct ipu_context *ctx, uint64_t value, bool irq);

/** ipu_queues_send - send the message that is held back, if it is due; lock held */
void ipu_queues_send(struct ipu_context *ctx);

#endif /* IPU_QUEUES_H */
