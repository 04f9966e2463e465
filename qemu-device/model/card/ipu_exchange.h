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
	IPU_EXCHANGE_DONE,	/* there is nothing more to do in this part of it */
	/* Of a linked RUN: its members are to meet after a pass. */
	IPU_EXCHANGE_CHECKED,
	IPU_EXCHANGE_MARKED,
	IPU_EXCHANGE_MOVED,
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

/**
 * ipu_exchange_begin - all have, and some have tables; in a control slice
 * @changed: the last plan does not count
 */
enum ipu_exchange ipu_exchange_begin(struct ipu_context *ctx, bool changed);

/* Addresses that tiles read, whichever they are of, and those that tiles write. */
struct ipu_exchange_ranges {
	uint32_t src_low, src_high;
	uint32_t dst_low, dst_high;
};

/** ipu_exchange_ranges - what the context's own tiles pull, once it is checked */
void ipu_exchange_ranges(const struct ipu_context *ctx, struct ipu_exchange_ranges *ranges);

/*
 * Of a linked RUN, after a meeting; in a control slice:
 * ipu_exchange_plan - all members have checked their tables, whose ranges are these
 * ipu_exchange_plan_stage - all have marked what they read
 * ipu_exchange_commit - all have moved what they pull
 */
enum ipu_exchange ipu_exchange_plan(struct ipu_context *ctx,
				    const struct ipu_exchange_ranges *ranges);
enum ipu_exchange ipu_exchange_plan_stage(struct ipu_context *ctx);
enum ipu_exchange ipu_exchange_commit(struct ipu_context *ctx);

/** ipu_exchange_tile - a tile's quantum in the pass that ctx->step names; in its slice */
void ipu_exchange_tile(struct ipu_context *ctx, struct ipu_slot *slot, struct ipu_round_sum *sum);

/** ipu_exchange_pass_end - every tile has finished the pass; in a control slice */
enum ipu_exchange ipu_exchange_pass_end(struct ipu_context *ctx);

#endif /* IPU_EXCHANGE_H */
