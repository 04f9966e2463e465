// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The card as a whole: creation, reset, pause, release.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ipu_context.h"
#include "ipu_link.h"
#include "ipu_link_image.h"
#include "ipu_outbox.h"
#include "ipu_pool.h"
#include "ipu_regs.h"
#include "ipu_round.h"
#include "ipu_sensors.h"
#include "ipu_slots.h"

_Static_assert(sizeof(struct ipu_cmd_copy) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_fill) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_run) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_fence) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_cmd_exec) == IPU_CMD_SIZE, "command size");
_Static_assert(sizeof(struct ipu_xfer) == 16, "transfer size");

/* Why ipu_card_new() returns NULL: @err goes to errno. */
__attribute__((format(printf, 3, 4)))
static void *fail(char **error, int err, const char *format, ...)
{
	va_list args;

	if (error) {
		va_start(args, format);
		if (vasprintf(error, format, args) < 0)
			*error = NULL;
		va_end(args);
	}
	errno = err;
	return NULL;
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
	pthread_condattr_t monotonic;
	struct ipu_card *card;
	uint64_t least;
	unsigned int i;
	int err;

	if (config->tiles < 1 || config->tiles > IPU_MAX_TILES)
		return fail(error, EINVAL, "a card has 1 to %u tiles, not %u", IPU_MAX_TILES,
			    config->tiles);
	if (config->threads > IPU_MAX_THREADS)
		return fail(error, EINVAL, "a card has at most %u threads, not %u (0 is one for "
			    "each CPU)", IPU_MAX_THREADS, config->threads);
	if (config->vlen && !is_vlen(config->vlen))
		return fail(error, EINVAL, "a card's vector registers have 128, 256, 512 or 1024 bits, "
			    "not %u", config->vlen);

	card = calloc(1, sizeof(*card));
	if (!card)
		return fail(error, ENOMEM, "no memory for a card");
	card->config = *config;
	if (!card->config.threads)
		card->config.threads = online_cpus();
	if (!card->config.vlen)
		card->config.vlen = IPU_VLEN_DEFAULT;
	if (!card->config.max_host_memory)
		card->config.max_host_memory = ipu_slots_default(config->tiles);
	least = ipu_slots_least(&card->config);
	if (card->config.max_host_memory < least) {
		free(card);
		return fail(error, EINVAL, "max-host-memory is %llu KiB, but a card of %u tiles "
			    "needs %llu KiB at least: make that the limit, or take fewer tiles",
			    (unsigned long long)config->max_host_memory >> 10, config->tiles,
			    (unsigned long long)least >> 10);
	}
	card->ops = ops;
	card->host = host;
	pthread_mutex_init(&card->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&card->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	pthread_cond_init(&card->idle, NULL);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		card->ctx[i].card = card;
		card->ctx[i].index = i;
	}
	ipu_regs_reset(card);

	if (!ipu_round_new(card) || !ipu_slots_new(card)) {
		err = errno;
		ipu_card_free(card);
		return fail(error, err, "no memory for a card of %u tiles: %s", config->tiles,
			    strerror(err));
	}
	ipu_sensors_init(card);
	err = ipu_pool_start(card);
	if (err) {
		i = card->num_threads + 1;
		ipu_card_free(card);
		return fail(error, -err, "starting thread %u of the card: %s", i, strerror(-err));
	}
	return card;
}

/* Stop everything; on return no callback is in progress and none begins. */
static void quiesce(struct ipu_card *card)
{
	struct ipu_outbox out;

	ipu_outbox_init(&out);
	pthread_mutex_lock(&card->lock);
	ipu_regs_begin_reset(card, &out);
	if (card->reset_due || card->reset_stuck) {
		/* A reset that is pending is covered by this one. */
		card->reset_due = false;
		card->reset_stuck = false;
		card->resetting--;
	}
	if (out.link) {
		/* Linked cards must hear that they are to stop reading this one's tiles. */
		pthread_mutex_unlock(&card->lock);
		ipu_outbox_deliver(card, &out);
		ipu_outbox_init(&out);
		pthread_mutex_lock(&card->lock);
	}
	while (card->active || ipu_link_read(card))
		pthread_cond_wait(&card->idle, &card->lock);
	ipu_context_settle_all(card, &out);
	pthread_mutex_unlock(&card->lock);
	ipu_outbox_deliver(card, &out);
}

void ipu_card_unlink(struct ipu_card *card)
{
	quiesce(card);
	ipu_link_leave_card(card);
}

void ipu_card_reset(struct ipu_card *card)
{
	quiesce(card);
	ipu_slots_reset(card);
	pthread_mutex_lock(&card->lock);
	ipu_regs_reset(card);
	card->resetting--;
	ipu_card_wake(card);
	pthread_mutex_unlock(&card->lock);
}

bool ipu_card_stopping(struct ipu_card *card)
{
	unsigned int i;
	bool stopping;

	pthread_mutex_lock(&card->lock);
	stopping = ipu_link_read(card);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		stopping |= card->ctx[i].slices;
	pthread_mutex_unlock(&card->lock);
	return stopping;
}

bool ipu_card_busy(struct ipu_card *card)
{
	bool busy;

	pthread_mutex_lock(&card->lock);
	busy = card->active || ipu_pool_pending(card);
	pthread_mutex_unlock(&card->lock);
	return busy;
}

void ipu_card_forget_host(struct ipu_card *card, const struct ipu_host_ops *ops)
{
	pthread_mutex_lock(&card->lock);
	while (card->telling || card->started < card->num_threads)
		pthread_cond_wait(&card->idle, &card->lock);
	card->ops = ops;
	card->host = NULL;
	pthread_mutex_unlock(&card->lock);
}

bool ipu_card_try_pause(struct ipu_card *card)
{
	bool quiet;

	ipu_link_pause(card, true);
	pthread_mutex_lock(&card->lock);
	atomic_store_explicit(&card->pausing, true, memory_order_relaxed);
	quiet = !card->active && !ipu_pool_exchanges(card);
	pthread_mutex_unlock(&card->lock);
	if (quiet && !card->paused) {
		card->paused = true;
		card->paused_since = card->ops->now_ns(card->host);
	}
	return quiet;
}

void ipu_card_pause(struct ipu_card *card)
{
	while (!ipu_card_try_pause(card)) {
		pthread_mutex_lock(&card->lock);
		while (card->active || ipu_pool_exchanges(card))
			pthread_cond_wait(&card->idle, &card->lock);
		pthread_mutex_unlock(&card->lock);
	}
}

void ipu_card_resume(struct ipu_card *card)
{
	ipu_link_end_load(card);
	if (card->paused)
		card->paused_ns += card->ops->now_ns(card->host) - card->paused_since;
	card->paused = false;
	pthread_mutex_lock(&card->lock);
	atomic_store_explicit(&card->pausing, false, memory_order_relaxed);
	ipu_card_wake(card);
	pthread_mutex_unlock(&card->lock);
	ipu_link_pause(card, false);
}

void ipu_card_free(struct ipu_card *card)
{
	if (!card)
		return;
	if (card->num_threads)
		quiesce(card);
	ipu_link_leave_card(card);
	ipu_pool_stop(card);
	ipu_slots_free(card);
	ipu_round_free(card);
	pthread_cond_destroy(&card->idle);
	pthread_cond_destroy(&card->work);
	pthread_mutex_destroy(&card->lock);
	free(card);
}
