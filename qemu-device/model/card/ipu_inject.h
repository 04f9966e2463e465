/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Faults of the hardware that the host has asked for: the places that ask whether there are
 * any. While there are none, each costs one read of a variable that nobody writes.
 */
#ifndef IPU_INJECT_H
#define IPU_INJECT_H

#include "ipu_card_state.h"

/** ipu_inject_take - take one of the events that are to go wrong, see ipu_inject_due() */
bool ipu_inject_take(struct ipu_card *card, enum ipu_injection kind);

/** ipu_inject_due - whether this event goes wrong; if so it counts as done */
static inline bool ipu_inject_due(struct ipu_card *card, enum ipu_injection kind)
{
	return atomic_load_explicit(&card->faulty.due[kind], memory_order_relaxed) &&
	       ipu_inject_take(card, kind);
}

/** ipu_inject_slows - by which factor a slot's tile is slower than it should be, 1 if it is not */
static inline uint32_t ipu_inject_slows(const struct ipu_card *card, const struct ipu_slot *slot)
{
	uint32_t factor = atomic_load_explicit(&card->faulty.slow_factor, memory_order_relaxed);

	if (factor <= 1 || slot != &card->slots.tile[atomic_load_explicit(&card->faulty.slow_tile,
									  memory_order_relaxed)])
		return 1;
	return factor;
}

/* ---- Words of SRAM that are lost ---- */

/** ipu_inject_lost - whether there are any */
static inline bool ipu_inject_lost(const struct ipu_card *card)
{
	return atomic_load_explicit(&card->faulty.num_lost, memory_order_relaxed);
}

/**
 * ipu_inject_find - the first lost word in a part of a tile
 * @tile: of the card
 * @addr: in: the tile address where the part begins; out: that of the word
 * @bytes: of the part
 *
 * Return: whether there is one.
 */
bool ipu_inject_find(struct ipu_card *card, uint32_t tile, uint32_t *addr, uint32_t bytes);

/** ipu_inject_written - words that lie in this part of a tile are whole again */
void ipu_inject_written(struct ipu_card *card, uint32_t tile, uint32_t addr, uint32_t bytes);

/** ipu_inject_cleared - the same for all SRAM of @count tiles of the card from @first on */
void ipu_inject_cleared(struct ipu_card *card, uint32_t first, uint32_t count);

#endif /* IPU_INJECT_H */
