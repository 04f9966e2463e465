// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The card's MMU: DMA at context virtual addresses.
 *
 * A control slice keeps the level 0 table it used last, so that consecutive
 * accesses walk once for 2 MiB, and drops it when the slice ends. Nothing is
 * kept from slice to slice, hence IPU_CTX_TLB_INVAL only has to wait for the
 * control slice in progress. An entry that does not permit an access is read
 * again before it is a fault: what the host has mapped since then counts, as on
 * any MMU that caches only valid translations.
 */
#include "ipu_mmu.h"

#include <string.h>

#include "ipu_command_end.h"
#include "ipu_inject.h"

#define INDEX(va, level)	(((va) >> (IPU_PAGE_SHIFT + 9 * (level))) & (IPU_PT_ENTRIES - 1))
#define REGION_SIZE		((uint64_t)IPU_PAGE_SIZE * IPU_PT_ENTRIES)
#define VA_END			(1ull << IPU_VA_BITS)

struct access {
	bool write;
	bool priv;
};

void ipu_mmu_begin(struct ipu_context *ctx)
{
	ctx->tlb.valid = false;
}

static uint32_t check_entry(uint64_t pte, struct access access)
{
	if (!(pte & IPU_PTE_V))
		return IPU_FAULT_DMA_UNMAPPED;
	if (pte & ~(IPU_PTE_V | IPU_PTE_W | IPU_PTE_P | IPU_PTE_ADDR))
		return IPU_FAULT_DMA_RESERVED;
	if ((pte & IPU_PTE_P) && !access.priv)
		return IPU_FAULT_DMA_PRIV;
	if (access.write && !(pte & IPU_PTE_W))
		return IPU_FAULT_DMA_READONLY;
	return IPU_FAULT_NONE;
}

static bool host_read(struct ipu_context *ctx, uint64_t bus, void *buf, size_t len)
{
	return !ipu_inject_due(ctx->card, IPU_INJECT_DMA_ERRORS) &&
	       ctx->card->ops->dma_read(ctx->card->host, bus, buf, len) >= 0;
}

/* Keep a large page as the level 0 table that would map the same. */
static bool keep_large(struct ipu_context *ctx, uint64_t va, uint64_t entry)
{
	unsigned int i;

	if (entry & ~(IPU_PTE_V | IPU_PTE_W | IPU_PTE_P | IPU_PTE_L | IPU_PTE_ADDR) ||
	    (entry & IPU_PTE_ADDR) % IPU_LARGE_PAGE_SIZE)
		return ipu_fault(ctx, IPU_FAULT_DMA_RESERVED, va, 1);
	entry &= ~IPU_PTE_L;
	for (i = 0; i < IPU_PT_ENTRIES; i++)
		ctx->tlb.pte[i] = entry + i * (uint64_t)IPU_PAGE_SIZE;
	return true;
}

/* Keep the level 0 table at @table. */
static bool keep_table(struct ipu_context *ctx, uint64_t va, uint64_t table)
{
	if (!host_read(ctx, table, ctx->tlb.pte, sizeof(ctx->tlb.pte)))
		return ipu_fault(ctx, IPU_FAULT_DMA_BUS, va, 0);
	return true;
}

/* Find the level 0 table of @va, or the large page in its place, and keep it. */
static bool walk(struct ipu_context *ctx, uint64_t va)
{
	uint64_t table = ctx->root;
	uint64_t entry = 0;
	int level;

	ctx->tlb.valid = false;
	for (level = IPU_PT_LEVELS - 1; level > 0; level--) {
		if (!host_read(ctx, table + INDEX(va, level) * sizeof(entry), &entry,
			       sizeof(entry)))
			return ipu_fault(ctx, IPU_FAULT_DMA_BUS, va, 0);
		if (!(entry & IPU_PTE_V))
			return ipu_fault(ctx, IPU_FAULT_DMA_UNMAPPED, va, level);
		if (level == 1 && entry & IPU_PTE_L)
			break;
		if (entry & ~(IPU_PTE_V | IPU_PTE_ADDR))
			return ipu_fault(ctx, IPU_FAULT_DMA_RESERVED, va, level);
		table = entry & IPU_PTE_ADDR;
	}
	ctx->tlb.valid = level ? keep_large(ctx, va, entry) : keep_table(ctx, va, table);
	ctx->tlb.region = va & ~(REGION_SIZE - 1);
	return ctx->tlb.valid;
}

/*
 * Translate @va and find how much of @len from there on is contiguous on the
 * bus, so that one callback moves it. Return: that length, 0 for a fault.
 */
static size_t translate(struct ipu_context *ctx, uint64_t va, size_t len, struct access access,
			uint64_t *bus)
{
	const uint64_t *pte = ctx->tlb.pte;
	unsigned int i = INDEX(va, 0);
	uint32_t cause;
	size_t run;

	if (va >= VA_END) {
		ipu_fault(ctx, IPU_FAULT_DMA_RANGE, va, 0);
		return 0;
	}
	if (!ctx->tlb.valid || ctx->tlb.region != (va & ~(REGION_SIZE - 1)) ||
	    check_entry(pte[i], access)) {
		if (!walk(ctx, va))
			return 0;
		cause = check_entry(pte[i], access);
		if (cause) {
			ipu_fault(ctx, cause, va, 0);
			return 0;
		}
	}
	*bus = (pte[i] & IPU_PTE_ADDR) | (va & (IPU_PAGE_SIZE - 1));
	run = IPU_PAGE_SIZE - (va & (IPU_PAGE_SIZE - 1));
	for (i++; run < len && i < IPU_PT_ENTRIES; i++) {
		if (check_entry(pte[i], access) || (pte[i] & IPU_PTE_ADDR) != *bus + run)
			break;
		run += IPU_PAGE_SIZE;
	}
	return run < len ? run : len;
}

/* One of @in and @out is set. */
static bool dma(struct ipu_context *ctx, uint64_t va, uint8_t *in, const uint8_t *out, size_t len,
		bool priv)
{
	const struct ipu_host_ops *ops = ctx->card->ops;
	void *host = ctx->card->host;
	struct access access = { .write = out, .priv = priv };
	size_t run, page, done = 0;
	uint64_t bus;
	int error;

	while (done < len) {
		run = translate(ctx, va + done, len - done, access, &bus);
		if (!run)
			return false;
		if (ipu_inject_due(ctx->card, IPU_INJECT_DMA_ERRORS))
			return ipu_fault(ctx, IPU_FAULT_DMA_BUS, va + done, 0);
		for (;;) {
			error = in ? ops->dma_read(host, bus, in + done, run) :
				     ops->dma_write(host, bus, out + done, run);
			page = IPU_PAGE_SIZE - (bus & (IPU_PAGE_SIZE - 1));
			if (error >= 0 || run <= page)
				break;
			/* Go page by page, to name the one that was refused. */
			run = page;
		}
		if (error < 0)
			return ipu_fault(ctx, IPU_FAULT_DMA_BUS, va + done, 0);
		done += run;
	}
	return true;
}

bool ipu_mmu_read(struct ipu_context *ctx, uint64_t va, void *buf, size_t len, bool priv)
{
	return dma(ctx, va, buf, NULL, len, priv);
}

bool ipu_mmu_write(struct ipu_context *ctx, uint64_t va, const void *buf, size_t len, bool priv)
{
	return dma(ctx, va, NULL, buf, len, priv);
}
