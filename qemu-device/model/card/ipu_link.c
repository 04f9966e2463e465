// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Cards in a chain, and how the members of a linked RUN meet: see ipu_link.h.
 */
#include "ipu_link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_bsp_cost.h"
#include "ipu_link_state.h"

/* ---- Sums ---------------------------------------------------------------------------------- */

void ipu_link_sum_init(struct ipu_link_sum *sum)
{
	*sum = (struct ipu_link_sum) {
		.fault = UINT32_MAX,
		.internal = UINT32_MAX,
		.external = UINT32_MAX,
		.src_low = UINT32_MAX,
		.dst_low = UINT32_MAX,
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

static void raise_end(uint32_t *most, uint32_t value)
{
	if (value > *most)
		*most = value;
}

static void add(struct ipu_link_sum *sum, const struct ipu_link_sum *more)
{
	uint32_t to, from;

	lower(&sum->fault, more->fault);
	lower(&sum->internal, more->internal);
	lower(&sum->external, more->external);
	lower(&sum->src_low, more->src_low);
	lower(&sum->dst_low, more->dst_low);
	raise_end(&sum->src_high, more->src_high);
	raise_end(&sum->dst_high, more->dst_high);
	sum->begins |= more->begins;
	sum->resumes |= more->resumes;
	sum->pulls |= more->pulls;
	sum->changed |= more->changed;
	raise(&sum->cycles, more->cycles);
	raise(&sum->slowest, more->slowest);
	raise(&sum->busiest, more->busiest);
	for (to = 0; to < IPU_LINK_CARDS; to++) {
		sum->tiles[to] += more->tiles[to];
		for (from = 0; from < IPU_LINK_CARDS; from++)
			sum->beats[to][from] += more->beats[to][from];
	}
}

/* ---- Linked RUNs; the link's lock is held -------------------------------------------------- */

struct ipu_link_run *ipu_link_begin_run(struct ipu_link *link, uint64_t key, uint32_t count)
{
	struct ipu_link_run *room = NULL, *run;
	unsigned int i;

	for (i = 0; i < IPU_LINK_RUNS; i++) {
		run = &link->run[i];
		if (!run->joined && (!room || !run->key))
			room = run;
	}
	*room = (struct ipu_link_run) { .key = key, .count = count };
	ipu_link_sum_init(&room->sum);
	return room;
}

/* The RUN of @key that member @rank joins next, or NULL. */
static struct ipu_link_run *find_run(struct ipu_link *link, uint64_t key, uint32_t rank)
{
	struct ipu_link_run *next = NULL, *run;
	unsigned int i;

	for (i = 0; i < IPU_LINK_RUNS; i++) {
		run = &link->run[i];
		if (run->key == key && (!run->over || !(run->came & 1u << rank)) &&
		    (!next || run->over))
			next = run;
	}
	return next;
}

void ipu_link_fail_member(const struct ipu_link_run *run, struct ipu_context *ctx)
{
	ctx->link.reason = run->reason;
	ctx->link.where = run->where;
	atomic_store_explicit(&ctx->link.failed, true, memory_order_release);
	atomic_store_explicit(&ctx->link.go, true, memory_order_release);
}

void ipu_link_fail_run(struct ipu_link_run *run, uint32_t reason, uint64_t where)
{
	uint32_t i;

	if (run->over)
		return;
	run->over = true;
	run->reason = reason;
	run->where = where;
	for (i = 0; i < run->count; i++)
		if (run->member[i])
			ipu_link_fail_member(run, run->member[i]);
}

static void stop_reading(struct ipu_context *ctx)
{
	if (ctx->link.reads)
		ctx->link.run->reading--;
	ctx->link.reads = false;
}

void ipu_link_end_run(struct ipu_link_run *run)
{
	if (!run->joined && run->came == (1u << run->count) - 1)
		run->key = 0;
}

static void remove_member(struct ipu_context *ctx)
{
	struct ipu_link_run *run = ctx->link.run;

	run->member[ctx->link.rank] = NULL;
	ctx->link.run = NULL;
	run->joined--;
	ipu_link_end_run(run);
}

/* All go on with the sum, if all have arrived and none is paused outside of an exchange. */
static bool release(struct ipu_link *link, struct ipu_link_run *run)
{
	uint32_t place[IPU_LINK_CARDS] = { 0 };
	enum ipu_meeting meeting;
	struct ipu_context *ctx;
	uint32_t i;

	if (!run->key || run->over || run->arrived < run->count)
		return false;
	meeting = run->member[0]->link.meeting;
	for (i = 0; i < run->count; i++) {
		place[i] = run->member[i]->card->link_index;
		if (run->member[i]->step == IPU_STEP_MEET && link->paused[place[i]])
			return false;
	}
	if (meeting == IPU_MEETING_BARRIER && run->sum.pulls)
		run->reading = run->count;
	for (i = 0; i < run->count; i++) {
		ctx = run->member[i];
		ctx->link.sum = run->sum;
		memcpy(ctx->link.peer, run->member, sizeof(ctx->link.peer));
		memcpy(ctx->link.place, place, sizeof(place));
		ctx->link.reads = run->reading;
		ctx->link.met = true;
		atomic_store_explicit(&ctx->link.go, true, memory_order_release);
	}
	link->meetings++;
	run->over = meeting == IPU_MEETING_END;
	run->arrived = 0;
	ipu_link_sum_init(&run->sum);
	return true;
}

/* The first link that is down on the way between two places, or UINT32_MAX. */
static uint32_t broken(const struct ipu_link *link, uint32_t a, uint32_t b)
{
	uint32_t low = a < b ? a : b;
	uint32_t high = a < b ? b : a;

	for (; low < high; low++)
		if (link->down[low])
			return low;
	return UINT32_MAX;
}

static uint32_t broken_way(const struct ipu_link *link, const struct ipu_link_run *run,
			   uint32_t place)
{
	uint32_t least = UINT32_MAX, i;

	for (i = 0; i < run->count; i++)
		if (run->member[i])
			lower(&least, broken(link, place, run->member[i]->card->link_index));
	return least;
}

uint32_t ipu_link_broken(const struct ipu_link *link, const struct ipu_link_run *run)
{
	uint32_t least = UINT32_MAX, i;

	for (i = 0; i < run->count; i++)
		if (run->member[i])
			lower(&least, broken_way(link, run, run->member[i]->card->link_index));
	return least;
}

/* ---- Members ------------------------------------------------------------------------------- */

void ipu_link_fault(struct ipu_context *ctx)
{
	ipu_fault(ctx, IPU_FAULT_LINK, ctx->link.where, ctx->link.reason);
}

uint64_t ipu_link_context_key(const struct ipu_context *ctx)
{
	return ipu_ctx_reg(ctx, IPU_CTX_LINK_KEY_LO) |
	       (uint64_t)ipu_ctx_reg(ctx, IPU_CTX_LINK_KEY_HI) << 32;
}

bool ipu_link_join(struct ipu_context *ctx)
{
	struct ipu_link *link = ctx->card->link;
	const uint64_t key = ipu_link_context_key(ctx);
	struct ipu_link_member *me = &ctx->link;
	struct ipu_link_run *run;
	bool fits, failed = false;
	uint32_t down;

	me->rank = ipu_ctx_reg(ctx, IPU_CTX_LINK_RANK);
	me->count = ipu_ctx_reg(ctx, IPU_CTX_LINK_COUNT);
	me->held.cause = IPU_FAULT_NONE;
	me->again = false;
	pthread_mutex_lock(&link->lock);
	run = find_run(link, key, me->rank);
	if (!run)
		run = ipu_link_begin_run(link, key, me->count);
	fits = run->count == me->count && !run->member[me->rank];
	if (fits) {
		run->member[me->rank] = ctx;
		run->joined++;
		run->came |= 1u << me->rank;
		me->run = run;
		atomic_store_explicit(&me->failed, false, memory_order_relaxed);
		down = broken_way(link, run, ctx->card->link_index);
		if (down != UINT32_MAX)
			ipu_link_fail_run(run, IPU_LINK_DOWN, down);
		if (run->over)
			ipu_link_fail_member(run, ctx);
		failed = run->over;
	} else {
		ipu_link_fail_run(run, IPU_LINK_MISMATCH, me->rank);
	}
	pthread_mutex_unlock(&link->lock);
	if (fits && !failed)
		return true;
	if (fits)
		ipu_link_fault(ctx);
	else
		ipu_fault(ctx, IPU_FAULT_LINK, me->rank, IPU_LINK_MISMATCH);
	ipu_link_wake(ctx->card);
	return false;
}

void ipu_link_enable(struct ipu_context *ctx)
{
	struct ipu_link *link = ctx->card->link;
	const uint32_t rank = ipu_ctx_reg(ctx, IPU_CTX_LINK_RANK);
	struct ipu_link_run *run;
	unsigned int i;

	if (!link || !ipu_ctx_reg(ctx, IPU_CTX_LINK_COUNT))
		return;
	pthread_mutex_lock(&link->lock);
	for (i = 0; i < IPU_LINK_RUNS; i++) {
		run = &link->run[i];
		if (run->key != ipu_link_context_key(ctx) || !run->over || rank >= run->count)
			continue;
		run->came |= 1u << rank;
		ipu_link_end_run(run);
	}
	pthread_mutex_unlock(&link->lock);
}

void ipu_link_number_tiles(struct ipu_context *ctx)
{
	uint32_t *base = ctx->link.base;
	uint32_t i;

	for (base[0] = 0, i = 0; i < ctx->link.count; i++)
		base[i + 1] = base[i] + ctx->link.sum.tiles[i];
	ctx->run.tile_base = base[ctx->link.rank];
	ctx->run.tiles = base[ctx->link.count];
}

void ipu_link_arrive(struct ipu_context *ctx, enum ipu_meeting meeting,
		     const struct ipu_link_sum *mine)
{
	struct ipu_link *link = ctx->card->link;
	struct ipu_link_run *run = ctx->link.run;
	bool wake;

	pthread_mutex_lock(&link->lock);
	ctx->link.meeting = meeting;
	ctx->link.met = false;
	ctx->step = meeting > IPU_MEETING_BARRIER && meeting < IPU_MEETING_END ?
			    IPU_STEP_MEET_XFER : IPU_STEP_MEET;
	if (meeting == IPU_MEETING_MOVED)
		stop_reading(ctx);
	wake = run->over;
	if (!run->over) {
		atomic_store_explicit(&ctx->link.go, false, memory_order_relaxed);
		add(&run->sum, mine);
		run->arrived++;
		wake = release(link, run);
	}
	pthread_mutex_unlock(&link->lock);
	if (wake)
		ipu_link_wake(ctx->card);
}

void ipu_link_leave(struct ipu_context *ctx)
{
	struct ipu_link *link = ctx->card->link;

	pthread_mutex_lock(&link->lock);
	remove_member(ctx);
	pthread_mutex_unlock(&link->lock);
}

bool ipu_link_withdraw(struct ipu_context *ctx)
{
	struct ipu_link *link = ctx->card->link;
	bool gone = true;

	if (!link)
		return true;
	pthread_mutex_lock(&link->lock);
	ctx->link.loaded = false;
	if (ctx->link.run) {
		ipu_link_fail_run(ctx->link.run, IPU_LINK_PEER, ctx->link.rank);
		stop_reading(ctx);
		gone = !ctx->link.run->reading;
		if (gone)
			remove_member(ctx);
	}
	pthread_mutex_unlock(&link->lock);
	return gone;
}

bool ipu_link_reads_context(const struct ipu_context *ctx)
{
	struct ipu_link *link = ctx->card->link;
	bool read;

	if (!link)
		return false;
	pthread_mutex_lock(&link->lock);
	read = ctx->link.run && ctx->link.run->reading;
	pthread_mutex_unlock(&link->lock);
	return read;
}

bool ipu_link_read(struct ipu_card *card)
{
	struct ipu_link *link = card->link;
	bool read = false;
	unsigned int i;

	if (!link)
		return false;
	pthread_mutex_lock(&link->lock);
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		read |= card->ctx[i].link.run && card->ctx[i].link.run->reading;
	pthread_mutex_unlock(&link->lock);
	return read;
}

/* ---- What members cost each other ---------------------------------------------------------- */

/* Add to each link and direction on the way what goes along it. Return: how many links. */
static uint32_t add_way(uint64_t load[IPU_LINK_CARDS][2], uint32_t from, uint32_t to,
			uint64_t beats)
{
	const bool up = from < to;
	const uint32_t low = up ? from : to;
	const uint32_t high = up ? to : from;
	uint32_t i;

	for (i = low; i < high; i++)
		load[i][up] += beats;
	return high - low;
}

uint64_t ipu_link_cycles(const struct ipu_context *ctx)
{
	uint64_t load[IPU_LINK_CARDS][2] = { 0 };
	uint64_t busiest = 0;
	uint32_t longest = 0;
	uint32_t to, from, i;

	for (to = 0; to < ctx->link.count; to++)
		for (from = 0; from < ctx->link.count; from++)
			if (ctx->link.sum.beats[to][from])
				raise_end(&longest, add_way(load, ctx->link.place[from],
							    ctx->link.place[to],
							    ctx->link.sum.beats[to][from]));
	for (i = 0; i < IPU_LINK_CARDS; i++) {
		raise(&busiest, load[i][0]);
		raise(&busiest, load[i][1]);
	}
	return busiest * IPU_LINK_BEAT_CYCLES + (uint64_t)longest * IPU_LINK_HOP_CYCLES;
}

uint64_t ipu_link_sync_cycles(const struct ipu_context *ctx)
{
	uint32_t low = UINT32_MAX, high = 0, i;

	for (i = 0; i < ctx->link.count; i++) {
		lower(&low, ctx->link.place[i]);
		raise_end(&high, ctx->link.place[i]);
	}
	return 2ull * (high - low) * IPU_LINK_HOP_CYCLES;
}

/* ---- Cards --------------------------------------------------------------------------------- */

void ipu_link_wake(struct ipu_card *card)
{
	struct ipu_card *cards[IPU_LINK_CARDS];
	struct ipu_link *link = card->link;
	uint32_t i;

	if (!link)
		return;
	pthread_mutex_lock(&link->lock);
	link->waking++;
	memcpy(cards, link->card, sizeof(cards));
	pthread_mutex_unlock(&link->lock);
	for (i = 0; i < IPU_LINK_CARDS; i++) {
		if (!cards[i])
			continue;
		pthread_mutex_lock(&cards[i]->lock);
		ipu_card_wake(cards[i]);
		pthread_cond_broadcast(&cards[i]->idle);
		pthread_mutex_unlock(&cards[i]->lock);
	}
	pthread_mutex_lock(&link->lock);
	if (--link->waking == 0)
		pthread_cond_broadcast(&link->woken);
	pthread_mutex_unlock(&link->lock);
}

void ipu_link_pause(struct ipu_card *card, bool pauses)
{
	struct ipu_link *link = card->link;
	bool wake = false;
	unsigned int i;

	if (!link)
		return;
	pthread_mutex_lock(&link->lock);
	link->paused[card->link_index] = pauses;
	for (i = 0; i < IPU_LINK_RUNS && !pauses; i++)
		wake |= release(link, &link->run[i]);
	pthread_mutex_unlock(&link->lock);
	if (wake)
		ipu_link_wake(card);
}

uint32_t ipu_link_reg(struct ipu_card *card, uint32_t offset)
{
	struct ipu_link *link = card->link;
	uint32_t value = 0;

	if (!link)
		return 0;
	pthread_mutex_lock(&link->lock);
	if (offset == IPU_REG_LINK_GROUP)
		value = link->group;
	else if (offset == IPU_REG_LINK_INDEX)
		value = card->link_index;
	else
		value = link->cards;
	pthread_mutex_unlock(&link->lock);
	return value;
}

static void cut(struct ipu_link *link, uint32_t number, bool down)
{
	struct ipu_link_run *run;
	unsigned int i, m;

	link->down[number] = down;
	for (i = 0; i < IPU_LINK_RUNS && down; i++) {
		run = &link->run[i];
		for (m = 0; run->key && m < run->count; m++)
			if (run->member[m] &&
			    broken_way(link, run, run->member[m]->card->link_index) == number)
				ipu_link_fail_run(run, IPU_LINK_DOWN, number);
	}
}

bool ipu_card_cut_link(struct ipu_card *card, bool down)
{
	struct ipu_link *link = card->link;

	if (!link || !card->link_index)
		return false;
	pthread_mutex_lock(&link->lock);
	cut(link, card->link_index - 1, down);
	pthread_mutex_unlock(&link->lock);
	ipu_link_wake(card);
	return true;
}

bool ipu_card_link_is_down(struct ipu_card *card)
{
	struct ipu_link *link = card->link;
	bool down;

	if (!link || !card->link_index)
		return false;
	pthread_mutex_lock(&link->lock);
	down = link->down[card->link_index - 1];
	pthread_mutex_unlock(&link->lock);
	return down;
}

/* ---- The chain ----------------------------------------------------------------------------- */

static pthread_mutex_t groups_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint last_group;

void ipu_link_set_group(struct ipu_link *link, uint32_t group)
{
	uint32_t last = atomic_load(&last_group);

	link->group = group;
	while (last < group && !atomic_compare_exchange_weak(&last_group, &last, group))
		;
}

/* A chain of one card. */
static struct ipu_link *link_new(struct ipu_card *card)
{
	struct ipu_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	pthread_mutex_init(&link->lock, NULL);
	pthread_cond_init(&link->woken, NULL);
	/* After a chain that was loaded with the highest number they are counted from 1 on again. */
	link->group = atomic_fetch_add(&last_group, 1) % (IPU_LINK_GROUPS - 1) + 1;
	link->cards = 1;
	link->card[0] = card;
	link->paused[0] = ipu_card_pauses(card);
	return link;
}

static void set_link(struct ipu_card *card, struct ipu_link *link, uint32_t index)
{
	pthread_mutex_lock(&card->lock);
	card->link_index = index;
	card->link = link;
	pthread_mutex_unlock(&card->lock);
}

/* Put @card in the place behind @to. */
static int append(struct ipu_card *card, struct ipu_card *to)
{
	struct ipu_link *link = to->link;
	const uint32_t index = to->link_index + 1;
	int err = 0;

	pthread_mutex_lock(&link->lock);
	if (index == IPU_LINK_CARDS)
		err = -ENOSPC;
	else if (link->card[index])
		err = -EBUSY;
	if (!err) {
		link->card[index] = card;
		link->paused[index] = ipu_card_pauses(card);
		link->cards++;
		link->down[index - 1] = false;
		link->down[index] = index + 1 < IPU_LINK_CARDS && !link->card[index + 1];
		card->link_index = index;
	}
	pthread_mutex_unlock(&link->lock);
	return err;
}

int ipu_card_link(struct ipu_card *card, struct ipu_card *to)
{
	int err;

	if (card->link || card == to)
		return -EINVAL;
	pthread_mutex_lock(&groups_lock);
	if (!to->link) {
		struct ipu_link *link = link_new(to);

		if (!link) {
			pthread_mutex_unlock(&groups_lock);
			return -ENOMEM;
		}
		set_link(to, link, 0);
	}
	err = append(card, to);
	if (!err)
		set_link(card, to->link, card->link_index);
	pthread_mutex_unlock(&groups_lock);
	return err;
}

void ipu_link_leave_card(struct ipu_card *card)
{
	struct ipu_link *link = card->link;
	const uint32_t index = card->link_index;
	bool last;

	if (!link)
		return;
	/* Nothing passes through where it was. */
	pthread_mutex_lock(&link->lock);
	cut(link, index, true);
	if (index)
		cut(link, index - 1, true);
	pthread_mutex_unlock(&link->lock);
	ipu_link_wake(card);

	pthread_mutex_lock(&link->lock);
	while (link->waking)
		pthread_cond_wait(&link->woken, &link->lock);
	link->card[index] = NULL;
	link->loaded &= ~(1u << index);
	last = --link->cards == 0;
	pthread_mutex_unlock(&link->lock);
	set_link(card, NULL, 0);
	if (!last)
		return;
	pthread_cond_destroy(&link->woken);
	pthread_mutex_destroy(&link->lock);
	free(link->saved);
	free(link);
}
