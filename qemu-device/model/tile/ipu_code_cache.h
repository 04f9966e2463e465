/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Decoded code, shared by the tiles of a card.
 *
 * A page of code is known by its address and its bytes, so all tiles that run
 * the same program share one. Pages are small, so that little code is on one
 * with data that differs from tile to tile. The instructions of a page are those
 * that start on it, so the halfword behind it is part of it, too.
 *
 * A page keeps its own copy of the bytes: what a tile executes is its SRAM as it
 * stood when the page was fetched, until the tile forgets the page (fence.i), as
 * RISC-V wants it. Instructions are decoded when first reached, along the
 * straight line and into both ways of branches.
 *
 * Memory is bounded: a page is there as long as a tile holds it, a tile holds
 * IPU_TILE_PAGES_MAX at most, and IPU_CACHE_SPARE pages that no tile holds are
 * kept for those to come. A page has room for every way to read its bytes
 * (IPU_PAGE_OPS); of that only what is decoded is touched.
 */
#ifndef IPU_CODE_CACHE_H
#define IPU_CODE_CACHE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "exec/ipu_unit.h"

#define IPU_TILE_PAGES_MAX	128
#define IPU_CACHE_SPARE		256
#define IPU_CACHE_BUCKETS	4096

#define IPU_PAGE_HALVES		(IPU_CODE_PAGE / 2)
#define IPU_PAGE_BYTES		(IPU_CODE_PAGE + 2)	/* zeros behind the end of SRAM */
/* each halfword may start an instruction and its check, need a goto to its target and one behind */
#define IPU_PAGE_OPS		(1 + 4 * IPU_PAGE_HALVES)

/**
 * struct ipu_code_page - one page of code
 * @base: its tile address
 * @checked: there is a check before every instruction, see ipu_check.h
 * @refs: tiles that hold it; under the cache's lock, as are the links
 * @hash: of @base, @checked and @bytes
 * @chain: next of the same bucket
 * @spare_prev, @spare_next: places among the pages no tile holds, oldest first
 * @used: entries of @ops in use; under the cache's lock, as is @draft
 * @draft: like @map, with what is being decoded
 * @map: for each halfword the index in @ops of the instruction that starts there; 0 if
 *	it is not decoded, or only for those that come from the one before; read without
 *	the lock
 * @at: for each op that is an instruction, its halfword
 * @bytes: the code, and the halfword behind it
 * @ops: of what @map leads to nothing but handlers changes, for others that do the same
 */
struct ipu_code_page {
	uint32_t base;
	bool checked;
	unsigned int refs;
	uint64_t hash;
	struct ipu_code_page *chain;
	struct ipu_code_page *spare_prev;
	struct ipu_code_page *spare_next;
	unsigned int used;
	uint16_t draft[IPU_PAGE_HALVES];
	_Atomic uint16_t map[IPU_PAGE_HALVES];
	uint8_t bytes[IPU_PAGE_BYTES];
	struct ipu_op ops[IPU_PAGE_OPS];
	uint16_t at[IPU_PAGE_OPS];
};

/**
 * ipu_code_cache_get - a page for these bytes
 * @base: tile address, a multiple of IPU_CODE_PAGE
 * @checked: with a check before every instruction
 * @sram: the tile's SRAM; what is needed of it is copied
 * Return: the page, which the caller holds until it puts it; NULL without memory.
 */
struct ipu_code_page *ipu_code_cache_get(struct ipu_code_cache *cache, uint32_t base, bool checked,
					 const uint8_t *sram);
void ipu_code_cache_put(struct ipu_code_cache *cache, struct ipu_code_page *page);

/** ipu_code_cache_pages - pages there are now, held and spare */
unsigned int ipu_code_cache_pages(struct ipu_code_cache *cache);

/** ipu_code_cache_decode - the op of the instruction at halfword @half of a page that is held */
const struct ipu_op *ipu_code_cache_decode(struct ipu_code_cache *cache,
					   struct ipu_code_page *page, unsigned int half);

/** ipu_code_page_decode - the same; called with the cache's lock (ipu_code_page.c) */
unsigned int ipu_code_page_decode(struct ipu_code_page *page, unsigned int half);

/** ipu_code_page_bits - the bits of the instruction at @half */
static inline uint32_t ipu_code_page_bits(const struct ipu_code_page *page, unsigned int half)
{
	uint32_t bits = page->bytes[2 * half] | page->bytes[2 * half + 1] << 8;

	if ((bits & 3) != 3)
		return bits;
	return bits | page->bytes[2 * half + 2] << 16 | (uint32_t)page->bytes[2 * half + 3] << 24;
}

#endif /* IPU_CODE_CACHE_H */
