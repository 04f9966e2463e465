// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The card's host threads, and which slice each takes next: see the head of
 * ipu_card_state.h.
 */
#include "ipu_pool.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "ipu_command.h"
#include "ipu_context.h"
#include "ipu_debug.h"
#include "ipu_link.h"
#include "ipu_outbox.h"
#include "ipu_regs.h"
#include "ipu_round.h"
#include "ipu_run_tiles.h"
#include "ipu_slots.h"

enum slice_kind {
	SLICE_RESET,
	SLICE_RELEASE_OLD,
	SLICE_RELEASE,
	SLICE_SETTLE,
	SLICE_IRQ,
	SLICE_CONTROL,
	SLICE_TILES,
};

/**
 * struct slice - what a thread does next
 * @kind: of which kind it is
 * @thread: the number of the thread
 * @ctx: whose slice
 * @vector: of an interrupt
 * @tiles: of a round, what an earlier slice has taken and not done; then what this has not
 * @sum: what came of a part of a round
 * @more: there is more to release
 */
struct slice {
	enum slice_kind kind;
	unsigned int thread;
	struct ipu_context *ctx;
	uint32_t vector;
	struct ipu_tile_range tiles;
	struct ipu_round_sum sum;
	bool more;
};

/* How often a thread looks for news before it sleeps: some microseconds. */
#define LOOKS	2000

/* Whether a context that waits for other members of a linked RUN has something to do. */
static bool meets(const struct ipu_context *ctx)
{
	if (ipu_link_goes(ctx))
		return true;
	/* Time does not count while it is paused, nor while it is debugged. */
	if ((ipu_card_pauses(ctx->card) && ctx->step == IPU_STEP_MEET) ||
	    (ctx->debug.on && ipu_debug_wanted(ctx)))
		return false;
	return ctx->run.limit_ns &&
	       ipu_card_now(ctx->card) - ctx->run.began_ns > ctx->run.limit_ns;
}

/* Whether there is a slice that goes on with the context's commands. */
static bool works(const struct ipu_context *ctx)
{
	if (ctx->exclusive || (ctx->step == IPU_STEP_CLEAR && ipu_slots_waits(ctx)))
		return false;
	if (ctx->debug.halted || ctx->step <= IPU_STEP_STUCK || ipu_ctx_stops(ctx))
		return false;
	if (ipu_ctx_meets(ctx) && !meets(ctx))
		return false;
	return ctx->num_back || ctx->slices == 0 ||
	       (ctx->slices < ctx->round_threads && ipu_round_left(ctx));
}

/* Whether there is a slice of the context to take; of one that pauses only in an exchange. */
static bool ready(const struct ipu_context *ctx)
{
	/* One that a debugger lets go on has been halted, and so is in none. */
	if (ipu_card_pauses(ctx->card))
		return works(ctx) && !ctx->debug.go &&
		       (ipu_ctx_exchanges(ctx) || (ipu_ctx_meets(ctx) && ctx->link.met));
	return ctx->irqs_due || (ctx->unsettled && !ipu_link_reads_context(ctx)) ||
	       ipu_slots_releasable(ctx) || works(ctx);
}

static void take_from(struct ipu_context *ctx, struct slice *slice)
{
	const bool pauses = ipu_card_pauses(ctx->card);

	slice->ctx = ctx;
	if (ctx->irqs_due && !pauses) {
		ctx->irqs_due--;
		slice->kind = SLICE_IRQ;
		slice->vector = ctx->vector;
		return;
	}
	if (!pauses && ipu_slots_releasable(ctx)) {
		ctx->release.taken = true;
		slice->kind = SLICE_RELEASE;
		return;
	}
	if (ctx->unsettled && !pauses) {
		ctx->unsettled = false;
		slice->kind = SLICE_SETTLE;
		return;
	}
	ctx->slices++;
	slice->kind = SLICE_TILES;
	slice->tiles = (struct ipu_tile_range) { 0 };
	if (ctx->num_back) {
		slice->tiles = ctx->round_back[--ctx->num_back];
	} else if (ctx->slices == 1 && !ipu_round_left(ctx)) {
		slice->kind = SLICE_CONTROL;
		ctx->exclusive = true;
	}
}

/* The context whose turn it is, of those with something to do. */
static struct ipu_context *next_ready(struct ipu_card *card)
{
	struct ipu_context *ctx;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		ctx = &card->ctx[(card->next + i) % IPU_MAX_CONTEXTS];
		if (ready(ctx))
			return ctx;
	}
	return NULL;
}

/* It waits for others in an exchange. One that stops, or whose fault a debugger holds, has left. */
static bool waits_in_exchange(const struct ipu_context *ctx)
{
	return !ctx->exclusive && ctx->step == IPU_STEP_MEET_XFER && !ctx->debug.halted &&
	       !ctx->debug.go && !ipu_ctx_stops(ctx);
}

bool ipu_pool_exchanges(struct ipu_card *card)
{
	bool waits = false;
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		waits |= waits_in_exchange(&card->ctx[i]);
	return ipu_card_pauses(card) && !card->resetting && (waits || next_ready(card));
}

bool ipu_pool_pending(struct ipu_card *card)
{
	if (card->resetting)
		return card->reset_due && !ipu_card_pauses(card);
	return (card->old_due && !card->releasing && !ipu_card_pauses(card)) || next_ready(card);
}

static bool take(struct ipu_card *card, struct slice *slice)
{
	const bool pauses = ipu_card_pauses(card);
	struct ipu_context *ctx;

	if (card->resetting) {
		if (!card->reset_due || card->active || pauses || ipu_link_read(card))
			return false;
		card->reset_due = false;
		slice->kind = SLICE_RESET;
		return true;
	}
	if (card->old_due && !card->releasing && !pauses) {
		card->releasing = true;
		slice->kind = SLICE_RELEASE_OLD;
		return true;
	}
	ctx = next_ready(card);
	if (!ctx)
		return false;
	take_from(ctx, slice);
	card->next = (ctx->index + 1) % IPU_MAX_CONTEXTS;
	/* A thread that takes a slice tells the one that takes the next. */
	if ((card->waiting || card->looking) && next_ready(card))
		ipu_card_wake(card);
	return true;
}

static void execute(struct ipu_card *card, struct slice *slice)
{
	switch (slice->kind) {
	case SLICE_RESET:
		ipu_slots_reset(card);
		break;
	case SLICE_RELEASE_OLD:
		slice->more = ipu_slots_release_old(card);
		break;
	case SLICE_RELEASE:
		slice->more = ipu_slots_release(slice->ctx);
		break;
	case SLICE_SETTLE:
		break;
	case SLICE_IRQ:
		/* The vector itself may be the invalid part of the configuration. */
		if (slice->vector < IPU_NUM_VECTORS)
			card->ops->interrupt(card->host, slice->vector);
		break;
	case SLICE_CONTROL:
		ipu_control_slice(slice->ctx);
		break;
	case SLICE_TILES:
		ipu_run_slice(slice->ctx, slice->thread, &slice->tiles, &slice->sum);
		break;
	}
}

static void finish(struct ipu_card *card, const struct slice *slice, struct ipu_outbox *out)
{
	struct ipu_context *ctx = slice->ctx;

	switch (slice->kind) {
	case SLICE_RESET:
		ipu_context_settle_all(card, out);
		ipu_regs_reset(card);
		card->resetting--;
		break;
	case SLICE_RELEASE_OLD:
		card->releasing = false;
		card->old_due = slice->more;
		break;
	case SLICE_RELEASE:
		ipu_context_released(ctx, slice->more, out);
		break;
	case SLICE_SETTLE:
		ipu_context_settle(ctx, out);
		break;
	case SLICE_IRQ:
		break;
	case SLICE_TILES:
		if (slice->tiles.first < slice->tiles.end)
			ctx->round_back[ctx->num_back++] = slice->tiles;
		ipu_round_sum_add(&ctx->round_sum, &slice->sum);
		/* fallthrough */
	case SLICE_CONTROL:
		/* A control slice is its context's only slice. */
		ctx->exclusive = false;
		ctx->inval_wait = false;
		ctx->slices--;
		ipu_context_settle(ctx, out);
		break;
	}
}

/* Others hold the lock for a moment only: sleeping would take longer than that. */
static void lock_soon(struct ipu_card *card)
{
	unsigned int i;

	for (i = 0; i < LOOKS; i++) {
		if (pthread_mutex_trylock(&card->lock) == 0)
			return;
		ipu_relax();
	}
	pthread_mutex_lock(&card->lock);
}

/* With the lock held, except for the slice itself and what it has for the host. */
static void run_slice(struct ipu_card *card, struct slice *slice)
{
	struct ipu_outbox out;

	pthread_mutex_unlock(&card->lock);
	execute(card, slice);
	ipu_outbox_init(&out);
	lock_soon(card);
	finish(card, slice, &out);
	if (ipu_outbox_empty(&out))
		return;
	pthread_mutex_unlock(&card->lock);
	ipu_outbox_deliver(card, &out);
	pthread_mutex_lock(&card->lock);
}

/* A watchdog of one that waits for other cards may run out meanwhile. */
static bool any_meets(const struct ipu_card *card)
{
	unsigned int i;

	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		if (!card->ctx[i].exclusive && ipu_ctx_meets(&card->ctx[i]) &&
		    card->ctx[i].run.limit_ns)
			return true;
	return false;
}

static void wait_at_most(struct ipu_card *card, uint64_t ns)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	ns += until.tv_nsec;
	until.tv_sec += ns / 1000000000;
	until.tv_nsec = ns % 1000000000;
	pthread_cond_timedwait(&card->work, &card->lock, &until);
}

/*
 * There is no slice to take; lock held. While other threads are at work there will be one
 * soon, mostly: a round is nearly over, or the barrier after it. If none is there may be one
 * all the same, for a host that waits for a job before it submits the next: one thread looks.
 */
static void wait_for_news(struct ipu_card *card, bool *looked)
{
	unsigned int seen = atomic_load_explicit(&card->news, memory_order_relaxed);
	unsigned int i;

	if ((card->active || !card->looking) && !*looked && !ipu_card_pauses(card)) {
		card->looking++;
		pthread_mutex_unlock(&card->lock);
		for (i = 0; i < LOOKS; i++) {
			if (atomic_load_explicit(&card->news, memory_order_relaxed) != seen)
				break;
			ipu_relax();
		}
		*looked = i == LOOKS;
		lock_soon(card);
		card->looking--;
		return;
	}
	card->waiting++;
	if (any_meets(card))
		wait_at_most(card, IPU_MEET_NS);
	else
		pthread_cond_wait(&card->work, &card->lock);
	card->waiting--;
}

/* The last slice in progress is over; lock held. */
static void went_idle(struct ipu_card *card)
{
	pthread_cond_broadcast(&card->idle);
	if (!ipu_card_pauses(card) || !card->ops->quiet)
		return;
	card->telling++;
	pthread_mutex_unlock(&card->lock);
	card->ops->quiet(card->host);
	pthread_mutex_lock(&card->lock);
	if (--card->telling == 0)
		pthread_cond_broadcast(&card->idle);
}

static void *thread(void *arg)
{
	const struct ipu_pool_thread *self = arg;
	struct ipu_card *card = self->card;
	struct slice slice = { .thread = self - card->threads };
	bool looked = false;

	if (card->ops->thread_start)
		card->ops->thread_start(card->host);
	pthread_mutex_lock(&card->lock);
	card->started++;
	pthread_cond_broadcast(&card->idle);
	while (!card->quit) {
		if (!take(card, &slice)) {
			wait_for_news(card, &looked);
			continue;
		}
		looked = false;
		card->active++;
		run_slice(card, &slice);
		if (--card->active == 0)
			went_idle(card);
	}
	pthread_mutex_unlock(&card->lock);
	if (card->ops->thread_stop)
		card->ops->thread_stop(card->host);
	return NULL;
}

int ipu_pool_start(struct ipu_card *card)
{
	sigset_t all, old;
	int error = 0;

	card->threads = calloc(card->config.threads, sizeof(*card->threads));
	if (!card->threads)
		return -ENOMEM;
	/* Signals are for the host's own threads; the pool's inherit the blocked mask. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	while (!error && card->num_threads < card->config.threads) {
		struct ipu_pool_thread *next = &card->threads[card->num_threads];

		next->card = card;
		error = pthread_create(&next->id, NULL, thread, next);
		if (!error)
			card->num_threads++;
	}
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return -error;
}

void ipu_pool_stop(struct ipu_card *card)
{
	pthread_mutex_lock(&card->lock);
	card->quit = true;
	pthread_cond_broadcast(&card->work);
	pthread_mutex_unlock(&card->lock);
	while (card->num_threads)
		pthread_join(card->threads[--card->num_threads].id, NULL);
	free(card->threads);
}
