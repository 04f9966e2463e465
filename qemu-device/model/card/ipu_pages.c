// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/* Huge pages, see ipu_pages.h. */
#include "ipu_pages.h"

/* From then on most of the host's time goes into finding other pages. */
#define MUCH_ACCESSED	(1u << 20)

void ipu_pages_accessed(struct ipu_context *ctx, struct ipu_slot *slot, uint64_t *count,
			uint64_t bytes)
{
	const uint64_t before = *count;

	*count += bytes;
	if (before < MUCH_ACCESSED && *count >= MUCH_ACCESSED)
		ipu_host_huge(&ctx->card->slots.sram, slot->sram, IPU_SRAM_SIZE);
}
