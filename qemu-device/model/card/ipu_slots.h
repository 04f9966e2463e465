/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The places of a card's tiles, and their host memory.
 */
#ifndef IPU_SLOTS_H
#define IPU_SLOTS_H

#include "ipu_card_state.h"

/** ipu_slots_new - make the places of config.tiles tiles. Return: false if out of memory */
bool ipu_slots_new(struct ipu_card *card);

/** ipu_slots_free - release what ipu_slots_new() made, even if only in part */
void ipu_slots_free(struct ipu_card *card);

/** ipu_slots_discard - release host memory of tiles: their stage's and, if @sram, their SRAM's */
void ipu_slots_discard(struct ipu_card *card, uint32_t first, uint32_t count, bool sram);

/** ipu_slots_clear - as if no tile had run, and all SRAM is 0; no slice is in progress */
void ipu_slots_clear(struct ipu_card *card);

#endif /* IPU_SLOTS_H */
