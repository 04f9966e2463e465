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

/** ipu_slots_enable - a context gets its tiles: set its budget; in its first control slice */
void ipu_slots_enable(struct ipu_context *ctx);

/** ipu_slots_tile - create a slot's tile if it has none; in its slice. Return: false if out of memory */
bool ipu_slots_tile(struct ipu_context *ctx, struct ipu_slot *slot);

/** ipu_slots_discard - release the SRAM of tiles of the card, which is 0 then */
void ipu_slots_discard(struct ipu_card *card, uint32_t first, uint32_t count);

/**
 * ipu_slots_waits - a context's tiles, or its share of the memory, are still to be released
 *
 * With the lock held. Until then the context executes nothing.
 */
bool ipu_slots_waits(const struct ipu_context *ctx);

/**
 * ipu_slots_releasable - whether a slice can release some of what a context has left
 *
 * With the lock held. Two contexts may have left the same tiles, if the second one was disabled
 * while it waited for those of the first: they are released by one slice at a time.
 */
bool ipu_slots_releasable(const struct ipu_context *ctx);

/**
 * ipu_slots_release - release memory that only a RUN needs, as ctx->release says, a piece at a time
 *
 * In a slice of its own. SRAM stays unless ctx->release.discard.
 *
 * Return: whether there is more.
 */
bool ipu_slots_release(struct ipu_context *ctx);

/**
 * ipu_slots_reset - as if no tile had run, and all SRAM is 0; no slice is in progress,
 *	and the lock is not held
 *
 * The memory itself is put aside, for ipu_slots_release_old().
 */
void ipu_slots_reset(struct ipu_card *card);

/** ipu_slots_release_old - release some of what a reset put aside. Return: whether there is more */
bool ipu_slots_release_old(struct ipu_card *card);

#endif /* IPU_SLOTS_H */
