// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The state of a paused card, saved and loaded: see ipu_card_save() for what it is, and
 * tile/ipu_image.h for how it is described. In order: what the card is, its registers, the
 * linked RUNs of its chain, the contexts, the tiles, the sensors.
 */
#include <string.h>

#include "ipu_context.h"
#include "ipu_context_image.h"
#include "ipu_link_image.h"
#include "ipu_link_state.h"
#include "ipu_outbox.h"
#include "ipu_regs.h"
#include "ipu_sensors.h"
#include "ipu_slots.h"

#define MAGIC		0x50414e5355504950ull	/* "PIPUSNAP" */
#define VERSION		5u

/* ---- What the card is ------------------------------------------------------------------------ */

static bool same(struct ipu_image *image, uint64_t mine, const char *what)
{
	uint64_t value = mine;

	if (!IPU_IMAGE(image, value))
		return false;
	return value == mine || ipu_image_refuse(image, "the stream is of a card with %s %llu, "
						 "this one has %llu", what,
						 (unsigned long long)value,
						 (unsigned long long)mine);
}

static bool header(struct ipu_card *card, struct ipu_image *image)
{
	uint64_t magic = MAGIC;
	uint32_t version = VERSION;

	if (!IPU_IMAGE(image, magic) || !IPU_IMAGE(image, version))
		return false;
	if (magic != MAGIC)
		return ipu_image_refuse(image, "the stream is not of a card");
	if (version != VERSION)
		return ipu_image_refuse(image, "the stream has version %u, this card reads version %u",
					version, VERSION);
	return same(image, card->config.tiles, "tiles") && same(image, card->config.vlen, "vlen") &&
	       same(image, card->config.serial, "serial") &&
	       same(image, card->config.max_host_memory, "max-host-memory");
}

static bool lost_words(struct ipu_card *card, struct ipu_image *image)
{
	struct ipu_faulty *faulty = &card->faulty;
	uint32_t count = faulty->num_lost;
	uint32_t i;

	if (!ipu_image_below(image, &count, IPU_LOST_WORDS + 1, "lost words"))
		return false;
	for (i = 0; i < count; i++)
		if (!ipu_image_below(image, &faulty->lost[i].tile, card->config.tiles,
				     "the tile of a lost word") ||
		    !IPU_IMAGE(image, faulty->lost[i].addr))
			return false;
	faulty->num_lost = count;
	return true;
}

/* The other registers say what the card is. */
static bool registers(struct ipu_card *card, struct ipu_image *image)
{
	return IPU_IMAGE(image, card->reg[IPU_REG_ECC_CORRECTED / 4]) &&
	       IPU_IMAGE(image, card->reg[IPU_REG_ECC_FATAL / 4]) && lost_words(card, image);
}

/* ---- Tiles ----------------------------------------------------------------------------------- */

static struct ipu_context *owner(struct ipu_card *card, uint32_t tile)
{
	struct ipu_context *ctx;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		ctx = &card->ctx[i];
		if (ctx->owns && tile - ctx->tile_first < ctx->tile_count)
			return ctx;
	}
	return NULL;
}

static bool tile(struct ipu_card *card, uint32_t number, struct ipu_image *image)
{
	struct ipu_slot *slot = &card->slots.tile[number];
	struct ipu_context *ctx = owner(card, number);

	if (!ipu_image_flag(image, &slot->zero) ||
	    (!slot->zero && !ipu_image_memory(image, slot->sram, IPU_SRAM_SIZE)))
		return false;
	return !ctx || ipu_context_image_tile(ctx, number - ctx->tile_first, image);
}

/* ---- All of it ------------------------------------------------------------------------------- */

static bool image_card(struct ipu_card *card, struct ipu_image *image)
{
	uint64_t end = ~MAGIC;
	uint32_t i;

	if (!header(card, image) || !registers(card, image) || !ipu_link_image(card, image))
		return false;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		if (!ipu_context_image(&card->ctx[i], image))
			return false;
	for (i = 0; i < card->config.tiles; i++)
		if (!tile(card, i, image))
			return false;
	if (!ipu_sensors_image(card, image))
		return false;
	for (i = 0; i < IPU_MAX_CONTEXTS && image->loading; i++)
		if (!ipu_context_image_check(&card->ctx[i], image))
			return false;
	if (image->loading && !ipu_link_image_check(card, image))
		return false;
	return IPU_IMAGE(image, end) &&
	       (end == ~MAGIC || ipu_image_refuse(image, "the stream does not end where it must"));
}

/* A card in the middle of a reset is saved, or loaded, after it. */
static void end_reset(struct ipu_card *card)
{
	bool due;

	pthread_mutex_lock(&card->lock);
	due = card->reset_due || card->reset_stuck;
	card->reset_due = false;
	card->reset_stuck = false;
	pthread_mutex_unlock(&card->lock);
	if (due) {
		ipu_slots_reset(card);
		pthread_mutex_lock(&card->lock);
		ipu_regs_reset(card);
		card->resetting--;
		pthread_mutex_unlock(&card->lock);
	}
	while (ipu_slots_release_old(card))
		;
	pthread_mutex_lock(&card->lock);
	card->old_due = false;
	pthread_mutex_unlock(&card->lock);
}

/* What contexts had before they were disabled is released now, rather than in slices. */
static void end_releases(struct ipu_card *card)
{
	struct ipu_context *ctx;
	struct ipu_outbox out;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		ctx = &card->ctx[i];
		while (ctx->release.due) {
			while (ipu_slots_release(ctx))
				;
			ipu_outbox_init(&out);
			pthread_mutex_lock(&card->lock);
			ipu_context_released(ctx, false, &out);
			pthread_mutex_unlock(&card->lock);
			ipu_outbox_deliver(card, &out);
		}
	}
}

static bool give_error(const struct ipu_image *image, char **error)
{
	if (error)
		*error = strdup(image->error);
	return false;
}

/* The card, and those of its chain, can be saved or loaded. */
static bool is_paused(struct ipu_card *card, struct ipu_image *image)
{
	if (!card->paused)
		return ipu_image_refuse(image, "the card is not paused");
	return ipu_link_all_paused(card, image);
}

/* No card of the chain reads what another one has stopped. */
static void end_stops(struct ipu_card *card)
{
	struct ipu_outbox out;

	ipu_outbox_init(&out);
	pthread_mutex_lock(&card->lock);
	ipu_context_settle_all(card, &out);
	pthread_mutex_unlock(&card->lock);
	ipu_outbox_deliver(card, &out);
}

bool ipu_card_save(struct ipu_card *card, ipu_card_stream *write, void *arg, char **error)
{
	struct ipu_image image = { .move = write, .arg = arg };
	bool saved;

	if (!is_paused(card, &image))
		return give_error(&image, error);
	ipu_link_end_load(card);
	end_stops(card);
	end_reset(card);
	end_releases(card);
	pthread_mutex_lock(&card->lock);
	saved = image_card(card, &image);
	pthread_mutex_unlock(&card->lock);
	return saved || give_error(&image, error);
}

/* All of it is of structures of the card, and of memory that its programs make it use. */
uint64_t ipu_card_most_state(const struct ipu_card *card)
{
	return card->config.max_host_memory + sizeof(*card) +
	       IPU_LINK_RUNS * sizeof(struct ipu_link_run);
}

/* As it was created, whatever has been loaded of it; but for @sensors, which no reset changes. */
static void wipe(struct ipu_card *card, const struct ipu_sensors *sensors)
{
	unsigned int i;

	ipu_slots_reset(card);
	pthread_mutex_lock(&card->lock);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		ipu_context_wipe(&card->ctx[i]);
	card->sensors = *sensors;
	ipu_regs_reset(card);
	pthread_mutex_unlock(&card->lock);
	end_reset(card);
}

bool ipu_card_load(struct ipu_card *card, ipu_card_stream *read, void *arg, char **error)
{
	struct ipu_image image = { .loading = true, .move = read, .arg = arg };
	struct ipu_sensors before;
	bool loaded;

	if (!is_paused(card, &image))
		return give_error(&image, error);
	ipu_card_reset(card);
	end_reset(card);
	pthread_mutex_lock(&card->lock);
	before = card->sensors;
	loaded = image_card(card, &image);
	if (loaded)
		ipu_link_loaded(card);
	pthread_mutex_unlock(&card->lock);
	if (loaded)
		return true;
	wipe(card, &before);
	ipu_link_end_load(card);
	return give_error(&image, error);
}
