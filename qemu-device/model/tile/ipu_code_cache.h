/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Decoded code, shared by the tiles of a context.
 *
 * A page of code is identified by its address and its bytes, so all tiles that run
 * the same program share one. Pages are small, so that little code shares a page
 * with data that differs from tile to tile. The instructions of a page are those
 * that start on it, so the halfword after it is part of it, too.
 *
 * A page keeps its own copy of the bytes: what a tile executes is its SRAM as it
 * was when the page was fetched, until the tile drops the page (fence.i), as
 * RISC-V requires. Instructions are decoded when first reached, along the straight
 * line and into both ways of branches.
 *
 * No program can make another context's code slower: contexts share no cache. Nor can it
 * aim at a bucket, since the hash has a random key; and each operation but decoding takes
 * the same time however many pages there are.
 *
 * A page exists as long as a tile holds it, a tile holds at most IPU_TILE_PAGES_MAX, and
 * IPU_CACHE_SPARE pages that no tile holds are kept for later use. All memory is counted
 * in a budget. A page has room for every way to read its bytes (IPU_PAGE_OPS), of which
 * only the part that is decoded is touched and counted.
 *
 * The cache is one mapping of host memory: its own state, the buckets, the places that are
 * free, and a place for each page that the budget could ever allow. So all pages are
 * released at once.
 */
#ifndef IPU_CODE_CACHE_H
#define IPU_CODE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "exec/ipu_code_page.h"
#include "ipu_tile.h"

#define IPU_TILE_PAGES_MAX	128
#define IPU_CACHE_SPARE		256

/**
 * ipu_code_cache_get - a page for these bytes
 * @base: tile address, a multiple of IPU_CODE_PAGE
 * @checked: with a check before every instruction
 * @sram: the tile's SRAM; the page's part is copied
 * Return: the page, which the caller holds until it puts it; NULL if that exceeds the budget.
 */
struct ipu_code_page *ipu_code_cache_get(struct ipu_code_cache *cache, uint32_t base, bool checked,
					 const uint8_t *sram);

/** ipu_code_cache_get_bytes - the same for IPU_PAGE_BYTES bytes, which a tile's SRAM may not have */
struct ipu_code_page *ipu_code_cache_get_bytes(struct ipu_code_cache *cache, uint32_t base,
					       bool checked, const uint8_t *bytes);

/** ipu_code_page_copy - the bytes of the page at @base */
void ipu_code_page_copy(uint32_t base, const uint8_t *sram, uint8_t bytes[IPU_PAGE_BYTES]);

void ipu_code_cache_put(struct ipu_code_cache *cache, struct ipu_code_page *page);

/** ipu_code_cache_pages - how many pages exist now, held and spare */
unsigned int ipu_code_cache_pages(struct ipu_code_cache *cache);

/**
 * ipu_code_cache_decode - decode the instruction at halfword @half of a page that is held
 * Return: its op; NULL if that exceeds the budget.
 */
const struct ipu_op *ipu_code_cache_decode(struct ipu_code_cache *cache,
					   struct ipu_code_page *page, unsigned int half);

/** ipu_code_cache_limit - the limit of its budget in bytes */
size_t ipu_code_cache_limit(const struct ipu_code_cache *cache);

/** ipu_code_page_decode - the op's index; called with the cache's lock (ipu_code_page.c) */
unsigned int ipu_code_page_decode(struct ipu_code_page *page, unsigned int half);

#endif /* IPU_CODE_CACHE_H */
