// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Rounds: who does which tile, and the sums, see ipu_round.h.
 */
#include "ipu_round.h"

#include <stdlib.h>

/* What a round takes as long as nothing is known of it. */
#define LONG_NS		1000000000u

void ipu_round_forget(struct ipu_context *ctx)
{
	unsigned int step;

	for (step = 0; step < IPU_STEPS; step++)
		ctx->round_ns[step][0] = ctx->round_ns[step][1] = LONG_NS;
}

bool ipu_round_new(struct ipu_card *card)
{
	const size_t bytes = (size_t)IPU_MAX_CONTEXTS * card->config.threads *
			     sizeof(struct ipu_round_part);
	unsigned int i;

	card->parts = aligned_alloc(sizeof(struct ipu_round_part), bytes);
	if (!card->parts)
		return false;
	for (i = 0; i < IPU_MAX_CONTEXTS; i++) {
		card->ctx[i].round_part = card->parts + i * card->config.threads;
		ipu_round_forget(&card->ctx[i]);
	}
	return true;
}

void ipu_round_free(struct ipu_card *card)
{
	free(card->parts);
}

/* ---- Parts --------------------------------------------------------------------------------- */

/* How long the tiles that a thread takes at once may take. */
#define TAKE_NS		4000

/* What it costs when another thread executes a tile than in the last round. */
#define MOVE_NS		2000

/* How often a thread looks whether others do their parts: some 100 microseconds. */
#define PATIENCE	128

static uint64_t pack(uint32_t first, uint32_t end)
{
	return (uint64_t)first << 32 | end;
}

/*
 * The time of a round for each thread that is of use. Shorter ones are over sooner on one
 * thread, which has the tiles in its cache and need not wait for another.
 */
#define THREAD_NS	50000

/* Where the time of a round like this one is kept. Those that go on are often much shorter. */
static uint64_t *like_this(struct ipu_context *ctx)
{
	return &ctx->round_ns[ctx->step][ctx->round_again];
}

/* As many threads as the last one like this was worth. */
static uint32_t worth_threads(struct ipu_context *ctx)
{
	const uint64_t most = ctx->card->config.threads;
	const uint64_t worth = *like_this(ctx) / THREAD_NS + 1;

	return worth < most ? worth : most;
}

static void open(struct ipu_context *ctx, uint32_t count)
{
	const uint32_t threads = worth_threads(ctx);
	uint32_t first = 0, end, i;

	ctx->round_count = count;
	ctx->round_threads = threads;
	ctx->round_sum.fault = UINT32_MAX;
	ctx->round_sum.more = 0;
	ctx->round_sum.ns = 0;
	for (i = 0; i < threads; i++) {
		end = (uint64_t)count * (i + 1) / threads;
		atomic_store_explicit(&ctx->round_part[i].range, pack(first, end),
				      memory_order_relaxed);
		first = end;
	}
}

void ipu_round_open(struct ipu_context *ctx, enum ipu_step step, uint32_t count)
{
	ctx->step = step;
	ctx->round_again = false;
	open(ctx, count);
}

void ipu_round_open_again(struct ipu_context *ctx, uint32_t count)
{
	ctx->round_again = true;
	open(ctx, count);
}

void ipu_round_close(struct ipu_context *ctx)
{
	if (ctx->round_count)
		*like_this(ctx) = ctx->round_sum.ns;
	ctx->round_count = 0;
	ctx->round_threads = 0;
	ctx->num_back = 0;
}

/*
 * From the front of a thread's own part, from the back of another's. No more than a
 * quarter of what is left, so that nobody waits long for the one who took the last.
 */
static uint32_t take_from(struct ipu_round_part *part, bool own, uint32_t most,
			  struct ipu_tile_range *range)
{
	uint64_t old = atomic_load_explicit(&part->range, memory_order_relaxed);
	uint32_t first, end, count;

	do {
		first = old >> 32;
		end = (uint32_t)old;
		if (first >= end)
			return 0;
		count = (end - first + 3) / 4;
		if (count > most)
			count = most;
	} while (!atomic_compare_exchange_weak_explicit(&part->range, &old,
							own ? pack(first + count, end) :
							      pack(first, end - count),
							memory_order_relaxed,
							memory_order_relaxed));
	range->first = own ? first : end - count;
	range->end = range->first + count;
	return count;
}

struct ipu_tile_range ipu_round_part_left(const struct ipu_context *ctx, uint32_t thread)
{
	uint64_t range = atomic_load_explicit(&ctx->round_part[thread].range, memory_order_relaxed);

	return (struct ipu_tile_range) { .first = range >> 32, .end = (uint32_t)range };
}

bool ipu_round_left(const struct ipu_context *ctx)
{
	struct ipu_tile_range range;
	uint32_t i;

	for (i = 0; i < ctx->round_threads; i++) {
		range = ipu_round_part_left(ctx, i);
		if (range.first < range.end)
			return true;
	}
	return false;
}

void ipu_round_reopen(struct ipu_context *ctx)
{
	ctx->round_threads = 1;
	ctx->num_back = 0;
	atomic_store_explicit(&ctx->round_part[0].range, 0, memory_order_relaxed);
}

/* How long one tile takes, from the last round like this. */
static uint64_t tile_ns(const struct ipu_context *ctx)
{
	return ctx->round_ns[ctx->step][ctx->round_again] / ctx->round_count;
}

/*
 * Whether to take tiles from other threads: at once if they take long. If not, moving one
 * from cache to cache costs more than executing it, so only if nobody does it for a while.
 */
static bool worth_stealing(const struct ipu_context *ctx)
{
	unsigned int i, wait;

	for (i = 0; i < PATIENCE && tile_ns(ctx) < MOVE_NS; i++) {
		if (!ipu_round_left(ctx))
			return false;
		/* looking takes the cache line from the part's own thread */
		for (wait = 0; wait < 32; wait++)
			ipu_relax();
	}
	return true;
}

/* As many as take a few microseconds. */
static uint32_t batch(const struct ipu_context *ctx)
{
	return TAKE_NS / (tile_ns(ctx) + 1) + 1;
}

bool ipu_round_take(struct ipu_context *ctx, unsigned int thread, struct ipu_tile_range *range)
{
	const uint32_t threads = ctx->round_threads;
	const uint32_t most = batch(ctx);
	uint32_t count, i;

	count = take_from(&ctx->round_part[thread % threads], true, most, range);
	if (!count && threads > 1 && !worth_stealing(ctx))
		return false;
	for (i = 1; i < threads && !count; i++)
		count = take_from(&ctx->round_part[(thread + i) % threads], false, most, range);
	return count;
}

/* ---- Sums ---------------------------------------------------------------------------------- */

void ipu_round_sum_init(struct ipu_round_sum *sum)
{
	*sum = (struct ipu_round_sum) {
		.fault = UINT32_MAX,
		.internal = UINT32_MAX,
		.external = UINT32_MAX,
	};
}

static void lower(uint32_t *least, uint32_t value)
{
	if (value < *least)
		*least = value;
}

static void raise(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

void ipu_round_sum_add(struct ipu_round_sum *sum, const struct ipu_round_sum *more)
{
	uint32_t i;

	lower(&sum->fault, more->fault);
	lower(&sum->internal, more->internal);
	lower(&sum->external, more->external);
	sum->more += more->more;
	sum->ns += more->ns;
	sum->exited |= more->exited;
	sum->pulls |= more->pulls;
	sum->changed |= more->changed;
	raise(&sum->slowest, more->slowest);
	raise(&sum->busiest, more->busiest);
	sum->bytes += more->bytes;
	for (i = 0; i < IPU_LINK_CARDS; i++)
		sum->beats[i] += more->beats[i];
}
