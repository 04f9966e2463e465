/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A context's life. Call all of this with the lock held.
 */
#ifndef IPU_CONTEXT_H
#define IPU_CONTEXT_H

#include "ipu_card_state.h"
#include "ipu_outbox.h"

/** ipu_context_enable - ENABLE went from 0 to 1; @ctrl is what was written to CTRL */
void ipu_context_enable(struct ipu_context *ctx, uint32_t ctrl, struct ipu_outbox *out);

/** ipu_context_disable - ENABLE went from 1 to 0 */
void ipu_context_disable(struct ipu_context *ctx, struct ipu_outbox *out);

/** ipu_context_doorbell - @tail was written to the doorbell */
void ipu_context_doorbell(struct ipu_context *ctx, uint32_t tail, struct ipu_outbox *out);

/** ipu_context_queue_doorbell - @tail was written to the doorbell of a user queue; IDLE or RUNNING */
void ipu_context_queue_doorbell(struct ipu_context *ctx, uint32_t queue, uint32_t tail,
				struct ipu_outbox *out);

/** ipu_context_settle - a slice is over: fault, become idle, or stop if that is due */
void ipu_context_settle(struct ipu_context *ctx, struct ipu_outbox *out);

/** ipu_context_settle_all - those that have stopped, and that linked cards do not read any more */
void ipu_context_settle_all(struct ipu_card *card, struct ipu_outbox *out);

/** ipu_context_configure - give it the tiles and addresses that its registers say, if they are valid */
bool ipu_context_configure(struct ipu_context *ctx);

/** ipu_context_released - some of what it had before it was disabled is released, all but for @more */
void ipu_context_released(struct ipu_context *ctx, bool more, struct ipu_outbox *out);

/** ipu_context_wipe - as it was created, except for its registers; it has no memory */
void ipu_context_wipe(struct ipu_context *ctx);

#endif /* IPU_CONTEXT_H */
