// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The card as a whole: made, reset, freed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipu_card_internal.h"

/* An image of the SRAM, then a copy of the largest transfer table. */
#define STAGE_SIZE	(2 * (size_t)IPU_SRAM_SIZE)

_Static_assert(IPU_SRAM_SIZE % 4096 == 0, "tiles share no page");
_Static_assert(sizeof(struct ipu_cmd_copy) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_fill) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_run) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_fence) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_exec) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_xfer) == 16, "transfer size");

__attribute__((format(printf, 2, 3)))
static void *fail(char **error, const char *format, ...)
{
	va_list args;

	if (error) {
		va_start(args, format);
		if (vasprintf(error, format, args) < 0)
			*error = NULL;
		va_end(args);
	}
	return NULL;
}

/* Address space; host memory comes when it is touched. */
static uint8_t *reserve(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (map == MAP_FAILED)
		return NULL;
	/* A huge page is three tiles' SRAM, of which one byte may be wanted. */
	madvise(map, size, MADV_NOHUGEPAGE);
	return map;
}

static void discard(uint8_t *map, size_t size)
{
	/* Without this the memory would stay and keep what was in it. */
	if (madvise(map, size, MADV_DONTNEED))
		memset(map, 0, size);
}

void ipu_card_discard(struct ipu_card *card, uint32_t first, uint32_t count, bool sram)
{
	discard(card->stage + first * STAGE_SIZE, count * STAGE_SIZE);
	if (sram)
		discard(card->sram + (size_t)first * IPU_SRAM_SIZE, (size_t)count * IPU_SRAM_SIZE);
}

void ipu_card_clear(struct ipu_card *card)
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
	ipu_card_discard(card, 0, card->config.tiles, true);
}

static bool make_tiles(struct ipu_card *card)
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

static uint32_t online_cpus(void)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);

	return cpus < 1 ? 1 : cpus > IPU_MAX_THREADS ? IPU_MAX_THREADS : cpus;
}

static bool is_vlen(uint32_t vlen)
{
	return vlen == 128 || vlen == 256 || vlen == 512 || vlen == 1024;
}

struct ipu_card *ipu_card_new(const struct ipu_card_config *config,
			      const struct ipu_host_ops *ops, void *host, char **error)
{
	struct ipu_card *card;
	unsigned int i;
	int err;

	if (config->tiles < 1 || config->tiles > IPU_MAX_TILES)
		return fail(error, "a card has 1 to %u tiles, not %u", IPU_MAX_TILES,
			    config->tiles);
	if (config->threads > IPU_MAX_THREADS)
		return fail(error, "a card has at most %u threads, not %u (0 is one for each CPU)",
			    IPU_MAX_THREADS, config->threads);
	if (config->vlen && !is_vlen(config->vlen))
		return fail(error, "a card's vector registers have 128, 256, 512 or 1024 bits, "
			    "not %u", config->vlen);

	card = calloc(1, sizeof(*card));
	if (!card)
		return fail(error, "no memory for a card");
	card->config = *config;
	if (!card->config.threads)
		card->config.threads = online_cpus();
	if (!card->config.vlen)
		card->config.vlen = IPU_VLEN_DEFAULT;
	card->ops = ops;
	card->host = host;
	pthread_mutex_init(&card->lock, NULL);
	pthread_cond_init(&card->work, NULL);
	pthread_cond_init(&card->idle, NULL);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		card->ctx[i].card = card;
		card->ctx[i].index = i;
	}
	ipu_regs_reset(card);

	if (!make_tiles(card)) {
		fail(error, "no memory for a card of %u tiles: %s", config->tiles, strerror(errno));
		ipu_card_free(card);
		return NULL;
	}
	err = ipu_pool_start(card);
	if (err) {
		fail(error, "starting thread %u of %u of the card: %s", card->num_threads + 1,
		     card->config.threads, strerror(-err));
		ipu_card_free(card);
		return NULL;
	}
	return card;
}

void ipu_card_halt(struct ipu_card *card, struct ipu_outbox *out)
{
	unsigned int i;

	card->resetting++;
	card->reg[IPU_REG_CTRL / 4] = IPU_CTRL_RESET;
	card->reg[IPU_REG_STATUS / 4] = 0;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		card->ctx[i].irqs_due = 0;
		ipu_context_disable(&card->ctx[i], out);
	}
}

/* Stop everything; on return no callback is under way and none begins. */
static void quiesce(struct ipu_card *card)
{
	struct ipu_outbox out;

	ipu_outbox_init(&out);
	pthread_mutex_lock(&card->lock);
	ipu_card_halt(card, &out);
	if (card->reset_due) {
		/* A reset that was asked for and has not begun is part of this one. */
		card->reset_due = false;
		card->resetting--;
	}
	while (card->active)
		pthread_cond_wait(&card->idle, &card->lock);
	pthread_mutex_unlock(&card->lock);
	ipu_outbox_deliver(card, &out);
}

void ipu_card_reset(struct ipu_card *card)
{
	quiesce(card);
	ipu_card_clear(card);
	pthread_mutex_lock(&card->lock);
	ipu_regs_reset(card);
	card->resetting--;
	pthread_mutex_unlock(&card->lock);
}

void ipu_card_free(struct ipu_card *card)
{
	if (!card)
		return;
	if (card->num_threads)
		quiesce(card);
	ipu_pool_stop(card);
	if (card->slot && card->sram && card->stage)
		ipu_card_clear(card);
	if (card->sram)
		munmap(card->sram, (size_t)card->config.tiles * IPU_SRAM_SIZE);
	if (card->stage)
		munmap(card->stage, card->config.tiles * STAGE_SIZE);
	free(card->slot);
	if (card->code)
		ipu_code_cache_free(card->code);
	pthread_cond_destroy(&card->idle);
	pthread_cond_destroy(&card->work);
	pthread_mutex_destroy(&card->lock);
	free(card);
}
