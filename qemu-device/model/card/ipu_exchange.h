/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The exchange at an internal barrier.
 */
#ifndef IPU_EXCHANGE_H
#define IPU_EXCHANGE_H

#include "ipu_card_state.h"

/* How an exchange continues. */
enum ipu_exchange {
	IPU_EXCHANGE_PASS,	/* a pass was opened */
	IPU_EXCHANGE_DONE,	/* there is nothing more to move */
	IPU_EXCHANGE_SHORT,	/* tile ctx->run.short_tile needs more host memory than there is */
};

/** ipu_exchange_forget - the tile's transfer table has not been checked; outside slices of its round */
void ipu_exchange_forget(struct ipu_slot *slot);

/**
 * ipu_exchange_arrive - a tile has arrived at an internal sync; in its slice
 * @sum: what it receives is added
 */
void ipu_exchange_arrive(struct ipu_slot *slot, struct ipu_round_sum *sum);

/** ipu_exchange_leave - a tile has exited: it is in no exchange any more; likewise */
void ipu_exchange_leave(struct ipu_slot *slot);

/** ipu_exchange_begin - all have, and some have tables; in a control slice */
enum ipu_exchange ipu_exchange_begin(struct ipu_context *ctx);

/** ipu_exchange_tile - a tile's quantum in the pass that ctx->step names; in its slice */
void ipu_exchange_tile(struct ipu_context *ctx, struct ipu_slot *slot, struct ipu_round_sum *sum);

/** ipu_exchange_pass_end - every tile has finished the pass; in a control slice */
enum ipu_exchange ipu_exchange_pass_end(struct ipu_context *ctx);

#endif /* IPU_EXCHANGE_H */
