// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Linked RUNs, saved and loaded: see ipu_link_image.h.
 */
#include "ipu_link_image.h"

#include <stdlib.h>
#include <string.h>

#include "ipu_link.h"
#include "ipu_link_state.h"

/* Where a member is in its RUN. */
enum phase {
	PHASE_NONE,	/* no member */
	PHASE_RUNS,	/* its tiles run */
	PHASE_BEGIN,	/* it waits for the others, to begin */
	PHASE_BARRIER,	/* at a barrier */
	PHASE_END,	/* to end */
	PHASE_ENDED,	/* all have met to end, and a debugger has halted it before its report */
	PHASES
};

/* A member: context @index of the card in @place, with so many tiles. */
struct saved_member {
	uint32_t place;
	uint32_t index;
	uint32_t tiles;
	uint32_t phase;
};

/* A linked RUN, see &struct ipu_link_run. */
struct saved_run {
	uint64_t key;
	uint64_t where;
	uint32_t count;
	uint32_t came;
	uint32_t over;
	uint32_t reason;
	struct saved_member member[IPU_LINK_CARDS];
};

/**
 * struct ipu_link_saved - the linked RUNs of a chain
 * @group: its number, which the guest may remember; 0: the card is not linked
 * @meetings: see &struct ipu_link: it tells snapshots of one chain apart
 * @num: how many there are
 * @run: in the order in which they are in &struct ipu_link
 */
struct ipu_link_saved {
	uint32_t group;
	uint64_t meetings;
	uint32_t num;
	struct saved_run run[IPU_LINK_RUNS];
};

bool ipu_link_all_paused(struct ipu_card *card, struct ipu_image *image)
{
	struct ipu_link *link = card->link;
	uint32_t i, running = IPU_LINK_CARDS;

	if (!link)
		return true;
	pthread_mutex_lock(&link->lock);
	for (i = 0; i < IPU_LINK_CARDS; i++)
		if (link->card[i] && !link->card[i]->paused)
			running = i;
	pthread_mutex_unlock(&link->lock);
	return running == IPU_LINK_CARDS ||
	       ipu_image_refuse(image, "the card in place %u of the chain is not paused: pause all "
				"cards of a chain first", running);
}

/* ---- What there is -------------------------------------------------------------------------- */

/* One that is stopping, has faulted, or whose fault a debugger holds has left its RUN. */
static enum phase phase_of(const struct ipu_context *ctx)
{
	if (ipu_ctx_state(ctx) != IPU_CTX_RUNNING || ctx->debug.held.cause)
		return PHASE_NONE;
	if (ctx->step != IPU_STEP_MEET)
		return PHASE_RUNS;
	if (ctx->link.met)
		return PHASE_ENDED;
	if (ctx->link.meeting == IPU_MEETING_BEGIN)
		return PHASE_BEGIN;
	return ctx->link.meeting == IPU_MEETING_END ? PHASE_END : PHASE_BARRIER;
}

/* Return: how many members it has. */
static uint32_t note_run(const struct ipu_link_run *run, struct saved_run *saved)
{
	const struct ipu_context *ctx;
	uint32_t joined = 0, rank;
	enum phase phase;

	*saved = (struct saved_run) {
		.key = run->key,
		.where = run->where,
		.count = run->count,
		.came = run->came,
		.over = run->over,
		.reason = run->reason,
	};
	for (rank = 0; rank < run->count; rank++) {
		ctx = run->member[rank];
		phase = ctx ? phase_of(ctx) : PHASE_NONE;
		if (phase == PHASE_NONE)
			continue;
		joined++;
		saved->member[rank] = (struct saved_member) {
			.place = ctx->card->link_index,
			.index = ctx->index,
			.tiles = ctx->run.count,
			.phase = phase,
		};
	}
	return joined;
}

static bool all_came(const struct saved_run *run)
{
	return run->came == (1u << run->count) - 1;
}

static void note_runs(struct ipu_link *link, struct ipu_link_saved *saved)
{
	struct saved_run *next;
	unsigned int i;

	pthread_mutex_lock(&link->lock);
	saved->group = link->group;
	saved->meetings = link->meetings;
	for (i = 0; i < IPU_LINK_RUNS; i++) {
		next = &saved->run[saved->num];
		if (link->run[i].key && (note_run(&link->run[i], next) || !all_came(next)))
			saved->num++;
	}
	pthread_mutex_unlock(&link->lock);
}

/* ---- What may be ---------------------------------------------------------------------------- */

static bool member_is_good(const struct ipu_link *link, const struct saved_run *run, uint32_t rank,
			   struct ipu_image *image)
{
	const struct saved_member *member = &run->member[rank];

	if (member->phase >= PHASES || rank >= run->count || !(run->came & 1u << rank) ||
	    member->index >= IPU_MAX_CONTEXTS)
		return ipu_image_refuse(image, "a linked RUN has a member that it cannot have");
	if (member->place >= IPU_LINK_CARDS || !link->card[member->place])
		return ipu_image_refuse(image, "member %u of a linked RUN is on the card in place %u "
					"of the chain, and there is none: link the cards as they "
					"were, or save between such RUNs", rank, member->place);
	return true;
}

/* Its members are in it as far as each other, so that they meet for the same. */
static bool members_agree(const struct saved_run *run)
{
	uint32_t in[PHASES] = { 0 };
	uint32_t joined, rank;

	for (rank = 0; rank < IPU_LINK_CARDS; rank++)
		in[run->member[rank].phase]++;
	joined = IPU_LINK_CARDS - in[PHASE_NONE];
	if (run->over && run->reason)
		return !in[PHASE_ENDED] && (joined || !all_came(run));
	if (run->over)
		return joined && in[PHASE_ENDED] == joined && all_came(run);
	if (in[PHASE_BEGIN])
		return in[PHASE_BEGIN] == joined;
	return joined == run->count && !in[PHASE_ENDED] &&
	       (!in[PHASE_END] || in[PHASE_END] == joined);
}

static bool run_is_good(const struct ipu_link *link, const struct saved_run *run,
			struct ipu_image *image)
{
	uint32_t rank;

	if (!run->key || !run->count || run->count > IPU_LINK_CARDS || run->over > 1 ||
	    run->came >= 1u << run->count || run->reason > IPU_LINK_MISMATCH ||
	    (run->reason && !run->over))
		return ipu_image_refuse(image, "a linked RUN is none that there can be");
	for (rank = 0; rank < IPU_LINK_CARDS; rank++)
		if (run->member[rank].phase != PHASE_NONE && !member_is_good(link, run, rank, image))
			return false;
	return members_agree(run) ||
	       ipu_image_refuse(image, "the members of a linked RUN do not agree where they are");
}

static bool runs_are_good(struct ipu_card *card, const struct ipu_link_saved *saved,
			  struct ipu_image *image)
{
	bool good = true;
	uint32_t i;

	if (!card->link)
		return !saved->num ||
		       ipu_image_refuse(image, "the card was in linked RUNs, and is linked to no "
					"other one now: link the cards as they were, or save "
					"between such RUNs");
	pthread_mutex_lock(&card->link->lock);
	for (i = 0; i < saved->num && good; i++)
		good = run_is_good(card->link, &saved->run[i], image);
	pthread_mutex_unlock(&card->link->lock);
	return good;
}

/* ---- Cards that have been loaded join ------------------------------------------------------- */

/* A context that has been loaded and waits to join, or NULL. */
static struct ipu_context *loaded_member(const struct ipu_link *link,
					 const struct saved_member *member)
{
	struct ipu_card *card = link->card[member->place];

	return card && card->ctx[member->index].link.loaded ? &card->ctx[member->index] : NULL;
}

static void join_run(struct ipu_link *link, const struct saved_run *saved)
{
	struct ipu_link_run *run = ipu_link_begin_run(link, saved->key, saved->count);
	uint32_t missing = UINT32_MAX, down, rank;
	struct ipu_context *ctx;

	run->came = saved->came;
	run->over = saved->over;
	run->reason = saved->reason;
	run->where = saved->where;
	for (rank = 0; rank < saved->count; rank++) {
		if (saved->member[rank].phase == PHASE_NONE)
			continue;
		ctx = loaded_member(link, &saved->member[rank]);
		if (!ctx) {
			missing = missing < rank ? missing : rank;
			continue;
		}
		ctx->link.loaded = false;
		ctx->link.run = run;
		run->member[rank] = ctx;
		run->joined++;
		if (run->reason)
			ipu_link_fail_member(run, ctx);
	}
	down = ipu_link_broken(link, run);
	if (missing != UINT32_MAX)
		ipu_link_fail_run(run, IPU_LINK_PEER, missing);
	else if (down != UINT32_MAX)
		ipu_link_fail_run(run, IPU_LINK_DOWN, down);
	if (run->over)
		ipu_link_end_run(run);
}

static void join_all(struct ipu_link *link, const struct ipu_link_saved *saved)
{
	uint32_t i;

	/* What is left of RUNs from before is of another time, in which there may be the same keys. */
	for (i = 0; i < IPU_LINK_RUNS; i++)
		if (!link->run[i].joined)
			link->run[i].key = 0;
	for (i = 0; i < saved->num; i++)
		join_run(link, &saved->run[i]);
	link->meetings = saved->meetings;
	if (saved->group)
		ipu_link_set_group(link, saved->group);
}

/* With the link's lock held. */
static void end_load(struct ipu_link *link)
{
	if (link->loaded)
		join_all(link, link->saved);
	free(link->saved);
	link->saved = NULL;
	link->loaded = 0;
}

void ipu_link_end_load(struct ipu_card *card)
{
	struct ipu_link *link = card->link;

	if (!link)
		return;
	pthread_mutex_lock(&link->lock);
	end_load(link);
	pthread_mutex_unlock(&link->lock);
}

/* ---- The card's part ------------------------------------------------------------------------ */

/*
 * Keep the first list of a chain's; the others must be the same. A card that is loaded once
 * more begins anew. Return: false if it is not the same; else @saved is kept, or was.
 */
static bool keep(struct ipu_card *card, struct ipu_link_saved **saved, struct ipu_image *image)
{
	struct ipu_link *link = card->link;
	bool same = true;

	if (!link)
		return true;
	pthread_mutex_lock(&link->lock);
	if (!link->loaded || link->loaded & 1u << card->link_index) {
		end_load(link);
		link->saved = *saved;
		*saved = NULL;
	} else {
		same = !memcmp(link->saved, *saved, sizeof(**saved));
	}
	pthread_mutex_unlock(&link->lock);
	return same || ipu_image_refuse(image, "the linked RUNs are not as other cards of the chain "
					"have them: load all of them from the same snapshot");
}

static bool list(struct ipu_link_saved *saved, struct ipu_image *image)
{
	uint32_t i;

	if (!ipu_image_below(image, &saved->group, IPU_LINK_GROUPS, "the number of a chain") ||
	    !IPU_IMAGE(image, saved->meetings) ||
	    !ipu_image_below(image, &saved->num, IPU_LINK_RUNS + 1, "the number of linked RUNs"))
		return false;
	for (i = 0; i < saved->num; i++)
		if (!IPU_IMAGE(image, saved->run[i]))
			return false;
	return true;
}

bool ipu_link_image(struct ipu_card *card, struct ipu_image *image)
{
	struct ipu_link_saved *saved = calloc(1, sizeof(*saved));
	bool good;

	if (!saved)
		return ipu_image_refuse(image, "no memory for a list of linked RUNs");
	if (!image->loading && card->link)
		note_runs(card->link, saved);
	good = list(saved, image);
	if (good && image->loading)
		good = runs_are_good(card, saved, image) && keep(card, &saved, image);
	free(saved);
	return good;
}

/* The RUN and rank of a context of the card, or NULL. */
static const struct saved_run *find(const struct ipu_context *ctx, uint32_t *rank)
{
	const struct ipu_link_saved *saved = ctx->card->link ? ctx->card->link->saved : NULL;
	const struct saved_member *member;
	uint32_t i;

	for (i = 0; saved && i < saved->num; i++)
		for (*rank = 0; *rank < IPU_LINK_CARDS; ++*rank) {
			member = &saved->run[i].member[*rank];
			if (member->phase != PHASE_NONE && member->index == ctx->index &&
			    member->place == ctx->card->link_index)
				return &saved->run[i];
		}
	return NULL;
}

bool ipu_link_load_member(struct ipu_context *ctx)
{
	static const enum ipu_meeting meeting[PHASES] = {
		[PHASE_BEGIN] = IPU_MEETING_BEGIN,
		[PHASE_BARRIER] = IPU_MEETING_BARRIER,
		[PHASE_END] = IPU_MEETING_END,
		[PHASE_ENDED] = IPU_MEETING_END,
	};
	struct ipu_link_member *me = &ctx->link;
	const struct saved_run *run;
	enum phase phase;
	uint32_t rank;

	run = find(ctx, &rank);
	if (!run || run->member[rank].tiles != ctx->run.count ||
	    run->key != ipu_link_context_key(ctx) || rank != ipu_ctx_reg(ctx, IPU_CTX_LINK_RANK) ||
	    run->count != ipu_ctx_reg(ctx, IPU_CTX_LINK_COUNT))
		return false;
	phase = run->member[rank].phase;
	me->rank = rank;
	me->count = run->count;
	me->meeting = meeting[phase];
	me->again = phase != PHASE_RUNS && phase != PHASE_ENDED;
	me->met = phase == PHASE_ENDED;
	atomic_store_explicit(&me->go, true, memory_order_relaxed);
	atomic_store_explicit(&me->failed, false, memory_order_relaxed);
	me->loaded = true;
	ctx->run.linked = true;
	/* They have begun, and all are there. */
	for (rank = 0; rank < run->count; rank++)
		me->sum.tiles[rank] = run->member[rank].tiles;
	if (!run->over && phase != PHASE_BEGIN)
		ipu_link_number_tiles(ctx);
	return true;
}

bool ipu_link_image_check(struct ipu_card *card, struct ipu_image *image)
{
	const struct ipu_link_saved *saved = card->link ? card->link->saved : NULL;
	const struct saved_member *member;
	uint32_t listed = 0, loaded = 0, i, rank;

	for (i = 0; saved && i < saved->num; i++)
		for (rank = 0; rank < IPU_LINK_CARDS; rank++) {
			member = &saved->run[i].member[rank];
			listed += member->phase != PHASE_NONE && member->place == card->link_index;
		}
	for (i = 0; i < IPU_MAX_CONTEXTS; i++)
		loaded += card->ctx[i].link.loaded;
	return listed == loaded ||
	       ipu_image_refuse(image, "linked RUNs have %u members on the card, and %u contexts are "
				"in one", listed, loaded);
}

void ipu_link_loaded(struct ipu_card *card)
{
	struct ipu_link *link = card->link;

	if (!link)
		return;
	pthread_mutex_lock(&link->lock);
	link->loaded |= 1u << card->link_index;
	pthread_mutex_unlock(&link->lock);
}
