/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * RUN: a range of tiles executes, superstep by superstep.
 */
#ifndef IPU_RUN_H
#define IPU_RUN_H

#include "ipu_card_state.h"

/** ipu_run_begin - check a RUN or RESUME and open its first round; in a control slice */
bool ipu_run_begin(struct ipu_context *ctx);

/**
 * ipu_run_slice - do tiles of the round, until there are no more or it has taken long enough
 * @thread: the number of the thread
 * @range: tiles to begin with; then those that it has taken and not come to, since the
 *	card is being paused
 * @sum: what came of it
 */
void ipu_run_slice(struct ipu_context *ctx, unsigned int thread, struct ipu_tile_range *range,
		   struct ipu_round_sum *sum);

/**
 * ipu_run_round_end - each of the round's @count tiles has had its quantum: what comes next?
 * In a control slice.
 */
void ipu_run_round_end(struct ipu_context *ctx, uint32_t count);

/** ipu_run_attach - tell a tile of the context who watches it */
void ipu_run_attach(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile);

/** ipu_run_go_on - continue tiles that are halted between two rounds; in a control slice */
void ipu_run_go_on(struct ipu_context *ctx);

#endif /* IPU_RUN_H */
