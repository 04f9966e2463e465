/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Huge pages of the host for SRAM that is accessed much.
 */
#ifndef IPU_PAGES_H
#define IPU_PAGES_H

#include "ipu_card_state.h"

/**
 * ipu_pages_accessed - bytes of a slot's SRAM have been accessed one after the other
 * @count: of the slot, what is counted: received or swept
 * @bytes: how many have been added
 *
 * When it is much the SRAM gets huge pages.
 */
void ipu_pages_accessed(struct ipu_context *ctx, struct ipu_slot *slot, uint64_t *count,
			uint64_t bytes);

#endif /* IPU_PAGES_H */
