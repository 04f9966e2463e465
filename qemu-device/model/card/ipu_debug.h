/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A context that is debugged: when it halts, and how it continues.
 */
#ifndef IPU_DEBUG_H
#define IPU_DEBUG_H

#include "ipu_card_state.h"

/* What a debugger wants of the tiles of the RUN at the beginning of a control slice. */
enum ipu_debug_go {
	IPU_DEBUG_NONE,		/* nothing: the previous round, if any, decides what comes next */
	IPU_DEBUG_STAY,		/* they stay as they are: the context faults, or halts again */
	IPU_DEBUG_GO_ON,	/* they continue, however the previous round ended */
};

/* The debugger's decision at the end of a round of executing tiles. */
enum ipu_debug_round {
	IPU_DEBUG_ROUND_GOES_ON,	/* nothing */
	IPU_DEBUG_ROUND_STOPPED,	/* a tile has stopped: the context halts */
	IPU_DEBUG_ROUND_ASKED,		/* it must halt, but no tile has stopped */
};

/* DBG_CTRL.ENABLE as it is now; no lock needed. */
static inline bool ipu_debug_wanted(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->debug.wanted, memory_order_relaxed);
}

/* ---- In a control slice ---- */

/** ipu_debug_begin - the slice begins: do what the registers request */
enum ipu_debug_go ipu_debug_begin(struct ipu_context *ctx);

/** ipu_debug_end - the slice ends: a fault or a request to halt makes the context halt */
void ipu_debug_end(struct ipu_context *ctx);

/** ipu_debug_run - a RUN has begun, @again if it is a RESUME. Return: the context halts at its start */
bool ipu_debug_run(struct ipu_context *ctx, bool again);

/** ipu_debug_round - the @count tiles of a round have executed */
enum ipu_debug_round ipu_debug_round(struct ipu_context *ctx, uint32_t count);

/** ipu_debug_run_end - the RUN is about to end. Return: the context halts first */
bool ipu_debug_run_end(struct ipu_context *ctx);

/** ipu_debug_note_halt - have the context halt for @reason when the slice is over */
void ipu_debug_note_halt(struct ipu_context *ctx, uint32_t reason);

/** ipu_debug_tile - tell a tile whether it is debugged; in any slice that has the tile */
void ipu_debug_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile);

/* ---- With the lock held ---- */

/** ipu_debug_settle - a slice is over, or none was in progress: halt if that is due */
void ipu_debug_settle(struct ipu_context *ctx);

/** ipu_debug_leave - a context that is halted continues, as @go (DBG_CMD) requests */
void ipu_debug_leave(struct ipu_context *ctx, uint32_t go);

/** ipu_debug_forget - the context is disabled: nothing is halted or requested any more */
void ipu_debug_forget(struct ipu_context *ctx);

/** ipu_debug_clear - give the registers their reset values */
void ipu_debug_clear(struct ipu_context *ctx);

#endif /* IPU_DEBUG_H */
