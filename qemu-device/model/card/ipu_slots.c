// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The places of tiles and their host memory: reserved when the card is created,
 * touched when tiles are used, and released.
 */
#include "ipu_slots.h"

#include <stdlib.h>

#include "ipu_exchange.h"
#include "ipu_inject.h"
#include "ipu_marks.h"

/* An image of the SRAM, then a copy of the largest transfer table. */
#define STAGE_SIZE	(2 * (size_t)IPU_SRAM_SIZE)

/* The default of config.max_host_memory. */
#define DEFAULT_ALL	(64ull << 20)
#define DEFAULT_TILE	(2ull << 20)

/* What a context has at least beyond its tiles' own memory. */
#define LEAST_CONTEXT	(1ull << 20)

_Static_assert(IPU_SRAM_SIZE % IPU_HOST_PAGE == 0, "tiles share no page");

/* ---- Shares -------------------------------------------------------------------------------- */

#define MARKS_BYTES	((sizeof(struct ipu_marks) + 1023) / 1024 * 1024)

/* A tile's own memory, which it has in any case: a number of KiB. */
static uint64_t own_bytes(const struct ipu_card_config *config)
{
	return IPU_SRAM_SIZE + ipu_tile_bytes(config->vlen) + MARKS_BYTES;
}

static uint32_t most_contexts(const struct ipu_card_config *config)
{
	return config->tiles < IPU_MAX_CONTEXTS ? config->tiles : IPU_MAX_CONTEXTS;
}

uint64_t ipu_slots_default(uint32_t tiles)
{
	return DEFAULT_ALL + tiles * DEFAULT_TILE;
}

uint64_t ipu_slots_least(const struct ipu_card_config *config)
{
	return config->tiles * own_bytes(config) + 2 * most_contexts(config) * LEAST_CONTEXT;
}

void ipu_slots_enable(struct ipu_context *ctx)
{
	const struct ipu_card_config *config = &ctx->card->config;
	uint64_t half = (config->max_host_memory - config->tiles * own_bytes(config)) / 2;

	ctx->budget.limit = half / most_contexts(config) + half / config->tiles * ctx->tile_count;
	ctx->budget.used = 0;
}

/* ---- Life ---------------------------------------------------------------------------------- */

static bool new_slots(const struct ipu_card *card, struct ipu_slots *slots)
{
	size_t tiles = card->config.tiles;
	size_t i;

	*slots = (struct ipu_slots) { .tile = calloc(tiles, sizeof(*slots->tile)) };
	if (!slots->tile || !ipu_host_map(&slots->sram, tiles * IPU_SRAM_SIZE) ||
	    !ipu_host_map(&slots->stage, tiles * STAGE_SIZE) ||
	    !ipu_host_map(&slots->marks, tiles * sizeof(struct ipu_marks)) ||
	    !ipu_host_reserve(&slots->place, tiles * ipu_tile_place(card->config.vlen))) {
		ipu_host_unmap(&slots->sram);
		ipu_host_unmap(&slots->stage);
		ipu_host_unmap(&slots->marks);
		free(slots->tile);
		slots->tile = NULL;
		return false;
	}
	for (i = 0; i < tiles; i++) {
		slots->tile[i] = (struct ipu_slot) {
			.sram = slots->sram.base + i * IPU_SRAM_SIZE,
			.stage = slots->stage.base + i * STAGE_SIZE,
			.stage_low = IPU_SRAM_BASE,
			.stage_high = IPU_SRAM_BASE,
			.zero = true,
		};
	}
	return true;
}

bool ipu_slots_new(struct ipu_card *card)
{
	return new_slots(card, &card->slots);
}

/* Put what contexts have of decoded code aside, and release the little that profiles have. */
static void collect_code(struct ipu_card *card)
{
	struct ipu_mapping *code = card->slots.code;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		struct ipu_context *ctx = &card->ctx[i];

		ctx->release.due = false;
		code[i] = ctx->code ? ipu_code_cache_end(ctx->code) : ctx->code_memory;
		ctx->code = NULL;
		ctx->code_memory.size = 0;
		ipu_host_unmap(&ctx->profile.memory);
	}
}

/* Unmap the last part of a mapping. Return: false if there was none. */
static bool unmap_some(struct ipu_mapping *map)
{
	const size_t size = map->size;

	ipu_host_unmap_after(map, size > IPU_RELEASE_BYTES ? size - IPU_RELEASE_BYTES : 0);
	return size;
}

/* Release some of it. Return: whether there is more. */
static bool release_some(struct ipu_slots *slots)
{
	unsigned int i;

	if (!slots->tile)
		return false;
	if (unmap_some(&slots->sram) || unmap_some(&slots->stage) || unmap_some(&slots->marks) ||
	    unmap_some(&slots->place))
		return true;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		if (unmap_some(&slots->code[i]))
			return true;
	free(slots->tile);
	slots->tile = NULL;
	return false;
}

void ipu_slots_free(struct ipu_card *card)
{
	collect_code(card);
	while (release_some(&card->old) || release_some(&card->slots))
		;
}

/* ---- Contexts ------------------------------------------------------------------------------ */

bool ipu_slots_tile(struct ipu_context *ctx, struct ipu_slot *slot)
{
	const uint32_t vlen = ctx->card->config.vlen;
	const size_t number = slot - ctx->card->slots.tile;

	if (!slot->tile)
		slot->tile = ipu_tile_new_at(ctx->card->slots.place.base +
					     number * ipu_tile_place(vlen),
					     slot->sram, ctx->code, vlen);
	return slot->tile;
}

void ipu_slots_discard(struct ipu_card *card, uint32_t first, uint32_t count)
{
	uint32_t i;

	ipu_host_discard(card->slots.tile[first].sram, (size_t)count * IPU_SRAM_SIZE);
	for (i = first; i < first + count; i++)
		card->slots.tile[i].zero = true;
	ipu_inject_cleared(card, first, count);
}

static void release_tile(struct ipu_slot *slot, bool sram)
{
	if (sram) {
		ipu_host_discard(slot->sram, IPU_SRAM_SIZE);
		slot->zero = true;
	}
	ipu_tile_free(slot->tile);
	slot->tile = NULL;
	ipu_host_discard(slot->stage + (slot->stage_low - IPU_SRAM_BASE),
			 slot->stage_high - slot->stage_low);
	ipu_host_discard(slot->stage + IPU_SRAM_SIZE, slot->stage_table);
	slot->stage_low = slot->stage_high = IPU_SRAM_BASE;
	slot->stage_table = 0;
	slot->run_count = 0;
	slot->received = 0;
	slot->swept = 0;
	ipu_exchange_forget(slot);
}

/* Any of the card's tiles @first up to @end is still to be released by @other. */
static bool left(const struct ipu_context *other, uint32_t first, uint32_t end)
{
	return other->release.due && other->release.first < end && first < other->release.end;
}

bool ipu_slots_waits(const struct ipu_context *ctx)
{
	const struct ipu_context *other;
	unsigned int i;

	if (ctx->card->old_due || ctx->release.due)
		return true;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		other = &ctx->card->ctx[i];
		if (left(other, ctx->tile_first, ctx->tile_first + ctx->tile_count))
			return true;
	}
	return false;
}

bool ipu_slots_releasable(const struct ipu_context *ctx)
{
	const struct ipu_context *other;
	unsigned int i;

	if (!ctx->release.due || ctx->release.taken)
		return false;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		other = &ctx->card->ctx[i];
		if (other->release.taken && left(other, ctx->release.first, ctx->release.end))
			return false;
	}
	return true;
}

bool ipu_slots_release(struct ipu_context *ctx)
{
	uint32_t next = ctx->release.next;
	uint32_t end = next + IPU_CLEAR_TILES;

	if (next < ctx->release.end) {
		for (; next < end && next < ctx->release.end; next++)
			release_tile(&ctx->card->slots.tile[next], ctx->release.discard);
		if (ctx->release.discard)
			ipu_inject_cleared(ctx->card, ctx->release.next, next - ctx->release.next);
		ctx->release.next = next;
		return true;
	}
	if (ctx->code) {
		ctx->code_memory = ipu_code_cache_end(ctx->code);
		ctx->code = NULL;
	}
	return unmap_some(&ctx->code_memory) || unmap_some(&ctx->profile.memory);
}

/* ---- Reset --------------------------------------------------------------------------------- */

/* Where there is no address space for a second set of tiles: the same, in a longer time. */
static void clear_in_place(struct ipu_card *card)
{
	uint32_t i;

	for (i = 0; i < card->config.tiles; i++)
		release_tile(&card->slots.tile[i], true);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		ipu_host_unmap(&card->slots.code[i]);
}

void ipu_slots_reset(struct ipu_card *card)
{
	struct ipu_slots fresh;

	ipu_inject_cleared(card, 0, card->config.tiles);
	/* Nothing has been executed since the last reset. */
	if (card->old_due)
		return;
	collect_code(card);
	if (!new_slots(card, &fresh)) {
		clear_in_place(card);
		return;
	}
	/* A thread that looks for a slice finds none, but looks all the same. */
	pthread_mutex_lock(&card->lock);
	card->old = card->slots;
	card->old_due = true;
	card->slots = fresh;
	pthread_mutex_unlock(&card->lock);
}

bool ipu_slots_release_old(struct ipu_card *card)
{
	return release_some(&card->old);
}
