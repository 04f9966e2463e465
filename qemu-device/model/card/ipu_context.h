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

/** ipu_context_settle - a slice is over: fault, become idle, or stop if that is due */
void ipu_context_settle(struct ipu_context *ctx, struct ipu_outbox *out);

#endif /* IPU_CONTEXT_H */
