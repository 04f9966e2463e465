/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * DMA at a context's virtual addresses; in a control slice.
 */
#ifndef IPU_MMU_H
#define IPU_MMU_H

#include "ipu_card_state.h"

/** ipu_mmu_begin - a control slice begins: drop all translations */
void ipu_mmu_begin(struct ipu_context *ctx);

/* Read or write host memory at @va. Return: whether it worked; if not, the context has a fault. */
bool ipu_mmu_read(struct ipu_context *ctx, uint64_t va, void *buf, size_t len, bool priv);
bool ipu_mmu_write(struct ipu_context *ctx, uint64_t va, const void *buf, size_t len, bool priv);

#endif /* IPU_MMU_H */
