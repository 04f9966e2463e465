/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Barriers of a RUN. All of this in a control slice.
 */
#ifndef IPU_BARRIER_H
#define IPU_BARRIER_H

#include "ipu_exchange.h"

/** ipu_barrier - no tile is running: they have exited or wait */
void ipu_barrier(struct ipu_context *ctx);

/** ipu_barrier_exchange_went - what comes next in an exchange, or after it */
void ipu_barrier_exchange_went(struct ipu_context *ctx, enum ipu_exchange went);

/**
 * ipu_barrier_release - all tiles that wait continue, at the same card time
 *
 * Each is released by the slice that executes it.
 */
void ipu_barrier_release(struct ipu_context *ctx, uint64_t cycles);

/** ipu_barrier_find_members - those that wait, for when some have exited or are not known yet */
void ipu_barrier_find_members(struct ipu_context *ctx);

/** ipu_barrier_totals - the slowest tile's clock and all tiles' instructions, from the RUN's start */
void ipu_barrier_totals(const struct ipu_context *ctx, uint64_t *cycles, uint64_t *instructions);

/** ipu_barrier_fault - a fault at the present place of the supervisor of tile @tile */
void ipu_barrier_fault(struct ipu_context *ctx, uint32_t tile, struct ipu_fault fault);

/** ipu_barrier_meet_for_run - members of a linked RUN meet at its begin, or at its end */
void ipu_barrier_meet_for_run(struct ipu_context *ctx, enum ipu_meeting meeting, uint64_t cycles);

/**
 * ipu_barrier_hold_fault - a tile of a linked RUN has faulted
 *
 * Other members may have such tiles in this superstep, too: all meet before any reports its own.
 */
void ipu_barrier_hold_fault(struct ipu_context *ctx);

/**
 * ipu_barrier_met - go on after a meeting, unless it was for the RUN's begin
 * Return: false if it is not over.
 */
bool ipu_barrier_met(struct ipu_context *ctx);

#endif /* IPU_BARRIER_H */
