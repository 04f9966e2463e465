/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What the tiles of a RUN do, each in its quantum of a round.
 */
#ifndef IPU_RUN_TILES_H
#define IPU_RUN_TILES_H

#include "ipu_card_state.h"

/* The slot of the RUN's tile @i. */
static inline struct ipu_slot *ipu_run_slot(const struct ipu_context *ctx, uint32_t i)
{
	return ipu_ctx_slot(ctx, ctx->run.first + i);
}

/* The RUN has taken longer than it may. */
static inline bool ipu_run_expired(const struct ipu_context *ctx)
{
	return atomic_load_explicit(&ctx->run.expired, memory_order_relaxed);
}

/* The tile waits at a barrier. */
static inline bool ipu_run_waits(const struct ipu_slot *slot)
{
	enum ipu_tile_state state = ipu_tile_state(slot->tile);

	return state == IPU_TILE_SYNC_INTERNAL || state == IPU_TILE_SYNC_EXTERNAL;
}

/* A fault of a tile; those of the command processor go through ipu_fault(). */
static inline void ipu_run_tile_fault(struct ipu_context *ctx, uint32_t tile, const struct ipu_fault *fault)
{
	ctx->fault = *fault;
	ctx->fault.tile = tile;
}

/** ipu_run_check_watchdog - has it, as of now? */
void ipu_run_check_watchdog(struct ipu_context *ctx, uint64_t now_ns);

/** ipu_run_attach - tell a tile of the context who watches it */
void ipu_run_attach(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile);

/**
 * ipu_run_start_tile - start a fresh tile of the RUN
 * Return: false, with a fault in the slot, if out of memory.
 */
bool ipu_run_start_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile);

/** ipu_run_add_tile - add to @sum what a tile's state means for the barrier */
void ipu_run_add_tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile,
		      struct ipu_round_sum *sum);

/**
 * ipu_run_slice - do tiles of the round, until there are no more or it has taken long enough
 * @thread: the number of the thread
 * @range: tiles to begin with; then those that it has taken and not come to, since the
 *	card is being paused
 * @sum: what came of it
 */
void ipu_run_slice(struct ipu_context *ctx, unsigned int thread, struct ipu_tile_range *range,
		   struct ipu_round_sum *sum);

#endif /* IPU_RUN_TILES_H */
