/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A round: some tiles of a context, each of which is to do a piece of work once. Every
 * thread has a part of them of its own, so that a tile stays on its thread from round to
 * round, and takes from the ends of the others' when it has done that; but a round that
 * is over in microseconds is for one thread. Taking needs no
 * lock. What came of a round is summed up in each thread and added up after it; all
 * sums are minima, maxima and totals, so which thread did what does not matter.
 */
#ifndef IPU_ROUND_H
#define IPU_ROUND_H

#include "ipu_card_state.h"

/** ipu_round_new - the parts of all contexts' rounds. Return: false if out of memory */
bool ipu_round_new(struct ipu_card *card);

/** ipu_round_free - release them, even if there are none */
void ipu_round_free(struct ipu_card *card);

/** ipu_round_forget - how long rounds of the context took */
void ipu_round_forget(struct ipu_context *ctx);

/**
 * ipu_round_open - a round of the first @count tiles in @live; in a control slice
 * @step: what its slices do
 * @count: 0 for none
 */
void ipu_round_open(struct ipu_context *ctx, enum ipu_step step, uint32_t count);

/** ipu_round_open_again - likewise, of those that want another quantum of the last one's work */
void ipu_round_open_again(struct ipu_context *ctx, uint32_t count);

/** ipu_round_close - there is no round; no slice of it is in progress */
void ipu_round_close(struct ipu_context *ctx);

/** ipu_round_reopen - a round whose tiles have all been taken; those that are not done are put back */
void ipu_round_reopen(struct ipu_context *ctx);

/** ipu_round_part_left - what nobody has taken of a thread's part */
struct ipu_tile_range ipu_round_part_left(const struct ipu_context *ctx, uint32_t thread);

/** ipu_round_left - whether there are tiles that nobody has taken */
bool ipu_round_left(const struct ipu_context *ctx);

/**
 * ipu_round_take - take a few tiles, as indices in @live; in a slice of the round
 * @thread: the number of the thread
 *
 * Return: false if there are no more.
 */
bool ipu_round_take(struct ipu_context *ctx, unsigned int thread, struct ipu_tile_range *range);

/** ipu_round_sum_init - of nothing */
void ipu_round_sum_init(struct ipu_round_sum *sum);

/** ipu_round_sum_add - add @more to @sum */
void ipu_round_sum_add(struct ipu_round_sum *sum, const struct ipu_round_sum *more);

#endif /* IPU_ROUND_H */
