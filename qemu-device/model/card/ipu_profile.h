/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Profiles of RUNs, see struct ipu_profile of ipu_cmd.h. In a control slice, except where
 * a function says otherwise. Those that write to host memory return false, with a fault
 * of the context, if they could not.
 */
#ifndef IPU_PROFILE_H
#define IPU_PROFILE_H

#include "ipu_card_state.h"

/** ipu_profile_begin - a RUN begins: check and read what its profile asks for, if it has one */
bool ipu_profile_begin(struct ipu_context *ctx);

/** ipu_profile_started - its first superstep begins at card time @clock */
void ipu_profile_started(struct ipu_context *ctx, bool resumed, uint64_t clock);

/** ipu_profile_attach - tile @tile of the context has been started; in a tile slice */
void ipu_profile_attach(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile);

/** ipu_profile_round - a round in which the first @count tiles in ctx->live executed is over */
bool ipu_profile_round(struct ipu_context *ctx, uint32_t count);

/**
 * ipu_profile_superstep - an internal barrier and its exchange are over
 * @last: when the last tile arrived
 * @exchange: when the exchange began
 * @end: when they continue
 */
bool ipu_profile_superstep(struct ipu_context *ctx, uint64_t last, uint64_t exchange,
			   uint64_t end);

/** ipu_profile_end - the RUN ends at card time @last, at an external sync or because all exited */
bool ipu_profile_end(struct ipu_context *ctx, bool at_sync, uint64_t last);

/* ---- A state that is loaded ---- */

/** ipu_profile_restore - check what was loaded of a profile, and make its memory */
bool ipu_profile_restore(struct ipu_context *ctx);

/** ipu_profile_sample - have a tile take samples if the profile wants some */
void ipu_profile_sample(const struct ipu_context *ctx, struct ipu_tile_profile *noted);

#endif /* IPU_PROFILE_H */
