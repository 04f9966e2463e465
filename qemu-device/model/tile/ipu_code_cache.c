// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The pages of decoded code of a context: found by address and bytes, counted, and
 * kept for a while after no tile holds them. See ipu_code_cache.h.
 */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "ipu_code_cache.h"
#include "ipu_hw.h"

/* What a page takes before anything of it is decoded, and at most. */
#define PAGE_HEAD	offsetof(struct ipu_code_page, ops)
#define PAGE_WHOLE	sizeof(struct ipu_code_page)

_Static_assert(PAGE_HEAD % IPU_HOST_PAGE == 0 && PAGE_WHOLE % IPU_HOST_PAGE == 0,
	       "pages of code are whole pages of the host");

/* All tiles of a card hold as many pages as they may. */
#define PLACES_MOST	(IPU_MAX_TILES * IPU_TILE_PAGES_MAX + 2 * IPU_CACHE_SPARE)

/* Words of a page as it is hashed: its bytes, the halfword after them with @checked, @base. */
#define KEY_WORDS	(IPU_CODE_PAGE / 4 + 2)

/* The most that getentropy() gives at a time. */
#define ENTROPY_MAX	256

/**
 * struct ipu_code_cache - the pages
 * @lock: protects all of it, every page's links, counts and decoding, and the budget
 * @map: all of its memory, of which this structure is the start
 * @budget: where memory is counted
 * @pages: how many there are
 * @spares: how many of them no tile holds
 * @oldest, @newest: ends of the list of spare pages
 * @places: where pages are, PAGE_WHOLE bytes each
 * @count: how many places there are
 * @top: how many of them have ever been used
 * @free: places below @top without a page, whose memory has been released
 * @free_count: how many these are
 * @buckets: by the upper bits of the hash
 * @shift: how many bits of the hash are not used for that
 * @multiplier: random and odd, of the hash, as is @key
 * @key: random
 */
struct ipu_code_cache {
	pthread_mutex_t lock;
	struct ipu_mapping map;
	struct ipu_budget *budget;
	unsigned int pages;
	unsigned int spares;
	struct ipu_code_page *oldest;
	struct ipu_code_page *newest;
	struct ipu_code_page *places;
	uint32_t count;
	uint32_t top;
	uint32_t *free;
	uint32_t free_count;
	struct ipu_code_page **buckets;
	unsigned int shift;
	uint64_t multiplier;
	uint32_t key[KEY_WORDS];
};

/* ---- Life ---------------------------------------------------------------------------------- */

static bool random_bytes(void *to, size_t bytes)
{
	size_t some;

	for (; bytes; bytes -= some, to = (uint8_t *)to + some) {
		some = bytes < ENTROPY_MAX ? bytes : ENTROPY_MAX;
		if (getentropy(to, some))
			return false;
	}
	return true;
}

/* Map a cache of @places places and 2^@bits buckets, and count all but the places. */
static struct ipu_code_cache *map_cache(struct ipu_budget *budget, uint32_t places,
					unsigned int bits)
{
	const size_t buckets_at = (sizeof(struct ipu_code_cache) + 63) / 64 * 64;
	const size_t free_at = buckets_at + (sizeof(struct ipu_code_page *) << bits);
	const size_t places_at = ipu_host_round(free_at + places * sizeof(uint32_t));
	struct ipu_code_cache *cache;
	struct ipu_mapping map;

	if (!ipu_budget_take(budget, places_at))
		return NULL;
	if (!ipu_host_map(&map, places_at + places * PAGE_WHOLE)) {
		ipu_budget_give(budget, places_at);
		return NULL;
	}
	cache = (void *)map.base;
	cache->map = map;
	cache->budget = budget;
	cache->buckets = (void *)(map.base + buckets_at);
	cache->shift = 64 - bits;
	cache->free = (void *)(map.base + free_at);
	cache->places = (void *)(map.base + places_at);
	cache->count = places;
	return cache;
}

struct ipu_code_cache *ipu_code_cache_new(struct ipu_budget *budget)
{
	/* Each page takes PAGE_HEAD of the budget at least. */
	size_t places = (budget->limit - budget->used) / PAGE_HEAD;
	struct ipu_code_cache *cache;
	unsigned int bits = 1;

	if (places > PLACES_MOST)
		places = PLACES_MOST;
	while (1u << bits < places)
		bits++;
	cache = map_cache(budget, places, bits);
	if (!cache)
		return NULL;
	if (!random_bytes(cache->key, sizeof(cache->key)) ||
	    !random_bytes(&cache->multiplier, sizeof(cache->multiplier)) ||
	    pthread_mutex_init(&cache->lock, NULL)) {
		ipu_host_unmap(&cache->map);
		return NULL;
	}
	cache->multiplier |= 1;
	return cache;
}

struct ipu_mapping ipu_code_cache_end(struct ipu_code_cache *cache)
{
	struct ipu_mapping map;

	pthread_mutex_destroy(&cache->lock);
	map = cache->map;
	ipu_host_unmap_after(&map, (uint8_t *)(cache->places + cache->top) - map.base);
	return map;
}

void ipu_code_cache_free(struct ipu_code_cache *cache)
{
	struct ipu_mapping map;

	if (!cache)
		return;
	map = ipu_code_cache_end(cache);
	ipu_host_unmap(&map);
}

/* ---- The hash ------------------------------------------------------------------------------ */

/*
 * NH, the universal hash of UMAC: whatever two different pages are, they have the same hash
 * with one of 2^32 keys. As a program cannot know the key, it cannot aim at a bucket.
 */
static uint64_t hash_page(const struct ipu_code_cache *cache, uint32_t base, bool checked,
			  const uint8_t bytes[IPU_PAGE_BYTES])
{
	const uint32_t *key = cache->key;
	uint64_t sum = cache->multiplier;
	uint32_t word[2];
	unsigned int i;

	for (i = 0; i < IPU_CODE_PAGE / 4; i += 2) {
		memcpy(word, bytes + 4 * i, sizeof(word));
		sum += (uint64_t)(word[0] + key[i]) * (word[1] + key[i + 1]);
	}
	word[0] = bytes[IPU_CODE_PAGE] | bytes[IPU_CODE_PAGE + 1] << 8 | checked << 16;
	sum += (uint64_t)(word[0] + key[i]) * (base + key[i + 1]);
	/* spread it over the upper bits, and not in proportion */
	sum = (sum ^ sum >> 33) * cache->multiplier;
	return (sum ^ sum >> 29) * cache->multiplier;
}

static struct ipu_code_page **bucket_of(struct ipu_code_cache *cache, uint64_t hash)
{
	return &cache->buckets[hash >> cache->shift];
}

static void chain(struct ipu_code_cache *cache, struct ipu_code_page *page)
{
	struct ipu_code_page **bucket = bucket_of(cache, page->hash);

	page->chain = *bucket;
	if (page->chain)
		page->chain->link = &page->chain;
	page->link = bucket;
	*bucket = page;
}

static void unchain(struct ipu_code_page *page)
{
	*page->link = page->chain;
	if (page->chain)
		page->chain->link = page->link;
}

void ipu_code_page_copy(uint32_t base, const uint8_t *sram, uint8_t bytes[IPU_PAGE_BYTES])
{
	uint32_t left = IPU_SRAM_END - base;
	uint32_t len = left < IPU_PAGE_BYTES ? left : IPU_PAGE_BYTES;

	memcpy(bytes, sram + (base - IPU_SRAM_BASE), len);
	memset(bytes + len, 0, IPU_PAGE_BYTES - len);
}

/* ---- Spare pages --------------------------------------------------------------------------- */

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

/* Return: the place of the page that has been spare for longest, which is none any more */
static struct ipu_code_page *forget_oldest(struct ipu_code_cache *cache)
{
	struct ipu_code_page *page = cache->oldest;

	unchain(page);
	spare_remove(cache, page);
	cache->pages--;
	return page;
}

static void evict_oldest(struct ipu_code_cache *cache)
{
	struct ipu_code_page *page = forget_oldest(cache);
	size_t counted = page->counted;

	ipu_host_discard((void *)page, counted);
	ipu_budget_give(cache->budget, counted);
	cache->free[cache->free_count++] = page - cache->places;
}

/* Count memory that is about to be touched, and evict spare pages if need be. */
static bool take_memory(struct ipu_code_cache *cache, size_t bytes)
{
	while (!ipu_budget_take(cache->budget, bytes)) {
		if (!cache->spares)
			return false;
		evict_oldest(cache);
	}
	return true;
}

bool ipu_code_cache_reserve(struct ipu_code_cache *cache, size_t bytes)
{
	bool done;

	pthread_mutex_lock(&cache->lock);
	done = take_memory(cache, bytes);
	pthread_mutex_unlock(&cache->lock);
	return done;
}

/* ---- Pages --------------------------------------------------------------------------------- */

/* Return: a place for a page, with its memory so far in ->counted; NULL if there is no memory */
static struct ipu_code_page *take_place(struct ipu_code_cache *cache)
{
	struct ipu_code_page *page;

	/* A place that is in use already costs less than one whose memory was released. */
	if (cache->spares > IPU_CACHE_SPARE / 2)
		return forget_oldest(cache);
	if (!cache->free_count && cache->top == cache->count)
		return NULL;
	if (!take_memory(cache, PAGE_HEAD))
		return NULL;
	page = cache->places + (cache->free_count ? cache->free[--cache->free_count] : cache->top++);
	page->counted = PAGE_HEAD;
	return page;
}

static struct ipu_code_page *new_page(struct ipu_code_cache *cache, uint32_t base, bool checked,
				      const uint8_t bytes[IPU_PAGE_BYTES], uint64_t hash)
{
	struct ipu_code_page *page = take_place(cache);
	size_t counted;

	if (!page)
		return NULL;
	/* the ops may have been another page's, and those beyond ->used stay as they are */
	counted = page->counted;
	memset(page, 0, offsetof(struct ipu_code_page, bytes));
	memcpy(page->bytes, bytes, IPU_PAGE_BYTES);
	page->base = base;
	page->checked = checked;
	page->counted = counted;
	page->hash = hash;
	page->used = 1;
	chain(cache, page);
	cache->pages++;
	return page;
}

static struct ipu_code_page *find_page(struct ipu_code_cache *cache, uint32_t base, bool checked,
				       const uint8_t bytes[IPU_PAGE_BYTES], uint64_t hash)
{
	struct ipu_code_page *page;

	for (page = *bucket_of(cache, hash); page; page = page->chain)
		if (page->hash == hash && page->base == base && page->checked == checked &&
		    !memcmp(page->bytes, bytes, IPU_PAGE_BYTES))
			break;
	return page;
}

struct ipu_code_page *ipu_code_cache_get_bytes(struct ipu_code_cache *cache, uint32_t base,
					       bool checked, const uint8_t *bytes)
{
	struct ipu_code_page *page;
	uint64_t hash;

	hash = hash_page(cache, base, checked, bytes);
	pthread_mutex_lock(&cache->lock);
	page = find_page(cache, base, checked, bytes, hash);
	if (!page)
		page = new_page(cache, base, checked, bytes, hash);
	else if (!page->refs)
		spare_remove(cache, page);
	if (page)
		page->refs++;
	pthread_mutex_unlock(&cache->lock);
	return page;
}

struct ipu_code_page *ipu_code_cache_get(struct ipu_code_cache *cache, uint32_t base, bool checked,
					 const uint8_t *sram)
{
	uint8_t bytes[IPU_PAGE_BYTES];

	ipu_code_page_copy(base, sram, bytes);
	return ipu_code_cache_get_bytes(cache, base, checked, bytes);
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

size_t ipu_code_cache_limit(const struct ipu_code_cache *cache)
{
	return cache->budget->limit;
}

/* Return: the op's index; 0 if the budget does not allow for all that may be decoded now */
static unsigned int decode_counted(struct ipu_code_cache *cache, struct ipu_code_page *page,
				   unsigned int half)
{
	unsigned int index;
	size_t touched;

	if (!take_memory(cache, PAGE_WHOLE - page->counted))
		return 0;
	index = ipu_code_page_decode(page, half);
	touched = PAGE_HEAD + ipu_host_round(page->used * sizeof(page->ops[0]));
	if (page->counted < touched)
		page->counted = touched;
	ipu_budget_give(cache->budget, PAGE_WHOLE - page->counted);
	return index;
}

const struct ipu_op *ipu_code_cache_decode(struct ipu_code_cache *cache,
					   struct ipu_code_page *page, unsigned int half)
{
	unsigned int index;

	pthread_mutex_lock(&cache->lock);
	if (page->draft[half])
		index = ipu_code_page_decode(page, half);
	else
		index = decode_counted(cache, page, half);
	pthread_mutex_unlock(&cache->lock);
	return index ? &page->ops[index] : NULL;
}
