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
 * ipu_run_round_end - each of the round's @count tiles has had its quantum: what comes next?
 * In a control slice.
 */
void ipu_run_round_end(struct ipu_context *ctx, uint32_t count);

/**
 * ipu_run_met - go on after a meeting of a linked RUN; in a control slice
 * Return: false if it is not over.
 */
bool ipu_run_met(struct ipu_context *ctx);

/** ipu_run_go_on - continue tiles that are halted between two rounds; in a control slice */
void ipu_run_go_on(struct ipu_context *ctx);

#endif /* IPU_RUN_H */
