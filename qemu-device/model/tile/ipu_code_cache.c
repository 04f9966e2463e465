// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The pages of decoded code of a card: found by address and bytes, counted, and
 * kept for a while after no tile holds them. See ipu_code_cache.h.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_code_cache.h"

/**
 * struct ipu_code_cache - the pages
 * @lock: protects all of it and every page's links, counts and decoding
 * @pages: how many there are
 * @spares: how many of them no tile holds
 * @oldest, @newest: ends of the list of spare pages
 * @buckets: by hash
 */
struct ipu_code_cache {
	pthread_mutex_t lock;
	unsigned int pages;
	unsigned int spares;
	struct ipu_code_page *oldest;
	struct ipu_code_page *newest;
	struct ipu_code_page *buckets[IPU_CACHE_BUCKETS];
};

struct ipu_code_cache *ipu_code_cache_new(void)
{
	struct ipu_code_cache *cache = calloc(1, sizeof(*cache));

	if (cache && pthread_mutex_init(&cache->lock, NULL)) {
		free(cache);
		return NULL;
	}
	return cache;
}

void ipu_code_cache_free(struct ipu_code_cache *cache)
{
	struct ipu_code_page *page;

	if (!cache)
		return;
	while ((page = cache->oldest)) {
		cache->oldest = page->spare_next;
		free(page);
	}
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

static uint64_t hash_page(uint32_t base, bool checked, const uint8_t bytes[IPU_PAGE_BYTES])
{
	uint64_t h[4] = { base, checked, 2, bytes[IPU_CODE_PAGE] | bytes[IPU_CODE_PAGE + 1] << 8 };
	unsigned int i, lane;
	uint64_t word;

	for (i = 0; i < IPU_CODE_PAGE; i += sizeof(h)) {
		for (lane = 0; lane < 4; lane++) {
			memcpy(&word, bytes + i + 8 * lane, sizeof(word));
			h[lane] = (h[lane] ^ word) * 0x9e3779b97f4a7c15ull;
			h[lane] ^= h[lane] >> 32;
		}
	}
	for (lane = 1; lane < 4; lane++)
		h[0] = (h[0] ^ h[lane]) * 0xc2b2ae3d27d4eb4full;
	return h[0] ^ h[0] >> 29;
}

/* the bytes of the page at @base */
static void copy_bytes(uint32_t base, const uint8_t *sram, uint8_t bytes[IPU_PAGE_BYTES])
{
	uint32_t left = IPU_SRAM_END - base;
	uint32_t len = left < IPU_PAGE_BYTES ? left : IPU_PAGE_BYTES;

	memcpy(bytes, sram + (base - IPU_SRAM_BASE), len);
	memset(bytes + len, 0, IPU_PAGE_BYTES - len);
}

static struct ipu_code_page **bucket_of(struct ipu_code_cache *cache, uint64_t hash)
{
	return &cache->buckets[hash % IPU_CACHE_BUCKETS];
}

static void spare_remove(struct ipu_code_cache *cache, struct ipu_code_page *page)
{
	if (page->spare_prev)
		page->spare_prev->spare_next = page->spare_next;
	else
		cache->oldest = page->spare_next;
	if (page->spare_next)
		page->spare_next->spare_prev = page->spare_prev;
	else
		cache->newest = page->spare_prev;
	page->spare_prev = NULL;
	page->spare_next = NULL;
	cache->spares--;
}

static void spare_append(struct ipu_code_cache *cache, struct ipu_code_page *page)
{
	page->spare_prev = cache->newest;
	page->spare_next = NULL;
	if (cache->newest)
		cache->newest->spare_next = page;
	else
		cache->oldest = page;
	cache->newest = page;
	cache->spares++;
}

static void evict_oldest(struct ipu_code_cache *cache)
{
	struct ipu_code_page *page = cache->oldest;
	struct ipu_code_page **link = bucket_of(cache, page->hash);

	while (*link != page)
		link = &(*link)->chain;
	*link = page->chain;
	spare_remove(cache, page);
	cache->pages--;
	free(page);
}

static struct ipu_code_page *new_page(uint32_t base, bool checked,
				      const uint8_t bytes[IPU_PAGE_BYTES], uint64_t hash)
{
	/* not calloc: most of ops stays untouched */
	struct ipu_code_page *page = malloc(sizeof(*page));

	if (!page)
		return NULL;
	memset(page, 0, offsetof(struct ipu_code_page, bytes));
	memcpy(page->bytes, bytes, IPU_PAGE_BYTES);
	page->base = base;
	page->checked = checked;
	page->hash = hash;
	page->used = 1;
	return page;
}

struct ipu_code_page *ipu_code_cache_get(struct ipu_code_cache *cache, uint32_t base, bool checked,
					 const uint8_t *sram)
{
	uint8_t bytes[IPU_PAGE_BYTES];
	struct ipu_code_page **bucket;
	struct ipu_code_page *page;
	uint64_t hash;

	copy_bytes(base, sram, bytes);
	hash = hash_page(base, checked, bytes);
	bucket = bucket_of(cache, hash);
	pthread_mutex_lock(&cache->lock);
	for (page = *bucket; page; page = page->chain)
		if (page->hash == hash && page->base == base && page->checked == checked &&
		    !memcmp(page->bytes, bytes, IPU_PAGE_BYTES))
			break;
	if (page) {
		if (!page->refs)
			spare_remove(cache, page);
	} else {
		page = new_page(base, checked, bytes, hash);
		if (page) {
			page->chain = *bucket;
			*bucket = page;
			cache->pages++;
		}
	}
	if (page)
		page->refs++;
	pthread_mutex_unlock(&cache->lock);
	return page;
}

void ipu_code_cache_put(struct ipu_code_cache *cache, struct ipu_code_page *page)
{
	pthread_mutex_lock(&cache->lock);
	if (!--page->refs) {
		spare_append(cache, page);
		if (cache->spares > IPU_CACHE_SPARE)
			evict_oldest(cache);
	}
	pthread_mutex_unlock(&cache->lock);
}

unsigned int ipu_code_cache_pages(struct ipu_code_cache *cache)
{
	unsigned int pages;

	pthread_mutex_lock(&cache->lock);
	pages = cache->pages;
	pthread_mutex_unlock(&cache->lock);
	return pages;
}

const struct ipu_op *ipu_code_cache_decode(struct ipu_code_cache *cache,
					   struct ipu_code_page *page, unsigned int half)
{
	unsigned int index;

	pthread_mutex_lock(&cache->lock);
	index = ipu_code_page_decode(page, half);
	pthread_mutex_unlock(&cache->lock);
	return &page->ops[index];
}
