// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The places of tiles and their host memory: reserved when the card is created,
 * touched when tiles are used, and released.
 */
#include "ipu_slots.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* An image of the SRAM, then a copy of the largest transfer table. */
#define STAGE_SIZE	(2 * (size_t)IPU_SRAM_SIZE)

_Static_assert(IPU_SRAM_SIZE % 4096 == 0, "tiles share no page");

/* Reserve address space; host memory is allocated when it is touched. */
static uint8_t *reserve(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* A huge page is three tiles' SRAM, of which one byte may be needed. */
	madvise(map, size, MADV_NOHUGEPAGE);
	/* A child of the host has none of the card's threads, and no use for copies of its memory. */
	madvise(map, size, MADV_DONTFORK);
	return map;
}

static void discard(uint8_t *map, size_t size)
{
	/* Without this the memory would stay and keep its contents. */
	if (madvise(map, size, MADV_DONTNEED))
		memset(map, 0, size);
}

void ipu_slots_discard(struct ipu_card *card, uint32_t first, uint32_t count, bool sram)
{
	discard(card->stage + first * STAGE_SIZE, count * STAGE_SIZE);
	if (sram)
		discard(card->sram + (size_t)first * IPU_SRAM_SIZE, (size_t)count * IPU_SRAM_SIZE);
}

void ipu_slots_clear(struct ipu_card *card)
{
	struct ipu_slot *slot;
	uint32_t i;

	for (i = 0; i < card->config.tiles; i++) {
		slot = &card->slot[i];
		slot->run_count = 0;
		if (slot->tile)
			ipu_tile_free(slot->tile);
		slot->tile = NULL;
	}
	ipu_slots_discard(card, 0, card->config.tiles, true);
}

bool ipu_slots_new(struct ipu_card *card)
{
	size_t tiles = card->config.tiles;
	size_t i;

	card->slot = calloc(tiles, sizeof(*card->slot));
	card->code = ipu_code_cache_new();
	card->sram = reserve(tiles * IPU_SRAM_SIZE);
	card->stage = reserve(tiles * STAGE_SIZE);
	if (!card->slot || !card->code || !card->sram || !card->stage)
		return false;
	for (i = 0; i < tiles; i++) {
		card->slot[i].sram = card->sram + i * IPU_SRAM_SIZE;
		card->slot[i].stage = card->stage + i * STAGE_SIZE;
	}
	return true;
}

void ipu_slots_free(struct ipu_card *card)
{
	if (card->slot && card->sram && card->stage)
		ipu_slots_clear(card);
	if (card->sram)
		munmap(card->sram, (size_t)card->config.tiles * IPU_SRAM_SIZE);
	if (card->stage)
		munmap(card->stage, card->config.tiles * STAGE_SIZE);
	free(card->slot);
	if (card->code)
		ipu_code_cache_free(card->code);
}
