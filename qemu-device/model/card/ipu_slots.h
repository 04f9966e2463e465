/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The places of a card's tiles, and all host memory that programs can make it use.
 */
#ifndef IPU_SLOTS_H
#define IPU_SLOTS_H

#include "ipu_card_state.h"

/** ipu_slots_default - the default of config.max_host_memory for this many tiles */
uint64_t ipu_slots_default(uint32_t tiles);

/** ipu_slots_least - the least config.max_host_memory of a card */
uint64_t ipu_slots_least(const struct ipu_card_config *config);

/** ipu_slots_new - make the places of config.tiles tiles. Return: false if out of memory */
bool ipu_slots_new(struct ipu_card *card);

/** ipu_slots_free - release what ipu_slots_new() made, even if only in part; no thread is left */
void ipu_slots_free(struct ipu_card *card);

/** ipu_slots_enable - a context gets its tiles: set its budget; with the lock held */
void ipu_slots_enable(struct ipu_context *ctx);

/** ipu_slots_discard - release the SRAM of tiles of the card, which is 0 then */
void ipu_slots_discard(struct ipu_card *card, uint32_t first, uint32_t count);

/**
 * ipu_slots_release - release memory of a context that only a RUN needs, a piece at a time
 *
 * In a control slice, with ctx->cursor.tile at 0 at first. SRAM stays unless ctx->discard.
 *
 * Return: whether there is more.
 */
bool ipu_slots_release(struct ipu_context *ctx);

/**
 * ipu_slots_reset - as if no tile had run, and all SRAM is 0; no slice is in progress
 *
 * The memory itself is put aside, for ipu_slots_release_old().
 */
void ipu_slots_reset(struct ipu_card *card);

/** ipu_slots_release_old - release some of what a reset put aside. Return: whether there is more */
bool ipu_slots_release_old(struct ipu_card *card);

#endif /* IPU_SLOTS_H */
