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

/** ipu_exchange_begin - all live tiles are at an internal sync; in a control slice */
enum ipu_exchange ipu_exchange_begin(struct ipu_context *ctx);

/** ipu_exchange_tile - a tile's quantum in the pass that ctx->step names; in a tile slice */
void ipu_exchange_tile(struct ipu_context *ctx, struct ipu_slot *slot);

/** ipu_exchange_pass_end - every tile has finished the pass */
enum ipu_exchange ipu_exchange_pass_end(struct ipu_context *ctx);

/** ipu_exchange_totals - bytes moved, and the most that a single tile received */
void ipu_exchange_totals(const struct ipu_context *ctx, uint64_t *bytes, uint64_t *busiest);

#endif /* IPU_EXCHANGE_H */
