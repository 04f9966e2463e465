/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Linked RUNs on their way out of the paused cards of a chain, or into them. A RUN is no one
 * card's: each card's stream lists those of the whole chain, with where their members are, and
 * those of one snapshot all say the same. Cards are loaded one after the other, and their
 * contexts join the RUNs when the first of the cards goes on.
 *
 * A meeting that members wait for is not saved: those who have arrived arrive again, with the
 * same, as all that they said follows from their tiles.
 */
#ifndef IPU_LINK_IMAGE_H
#define IPU_LINK_IMAGE_H

#include "ipu_card_state.h"
#include "tile/ipu_image.h"

/** ipu_link_all_paused - whether all cards of the chain are. Return: false, with an error */
bool ipu_link_all_paused(struct ipu_card *card, struct ipu_image *image);

/** ipu_link_image - the chain's RUNs; before the card's contexts, with its lock held */
bool ipu_link_image(struct ipu_card *card, struct ipu_image *image);

/**
 * ipu_link_load_member - a context with a linked RUN is being loaded
 *
 * Return: false if it is in none of the chain's RUNs, or does not fit it. Else it is about to
 * join that: see &struct ipu_link_member.
 */
bool ipu_link_load_member(struct ipu_context *ctx);

/** ipu_link_waits - whether one that has been loaded waits for other members, or has met them */
static inline bool ipu_link_waits(const struct ipu_context *ctx)
{
	return ctx->link.loaded && (ctx->link.again || ctx->link.met);
}

/** ipu_link_image_check - all contexts have been loaded: are all members there that are listed? */
bool ipu_link_image_check(struct ipu_card *card, struct ipu_image *image);

/** ipu_link_loaded - the card has been loaded, and nothing was wrong */
void ipu_link_loaded(struct ipu_card *card);

/**
 * ipu_link_end_load - contexts of cards that have been loaded join their RUNs; no lock is held
 *
 * A RUN with members that were not loaded, or have been disabled since, ends for the others with
 * IPU_FAULT_LINK. All cards that were loaded are still paused. Nothing if none was.
 */
void ipu_link_end_load(struct ipu_card *card);

#endif /* IPU_LINK_IMAGE_H */
