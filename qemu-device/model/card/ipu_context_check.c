// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Whether all of a context that was loaded fits together: its RUN, its tiles, and what its
 * debugger wants.
 */
#include "ipu_context_image.h"

#include "ipu_link_image.h"
#include "ipu_round.h"
#include "ipu_slots.h"

/* The tiles of the round that are left, by their numbers. */
static void mark_left(const struct ipu_context *ctx, bool left[IPU_MAX_TILES])
{
	uint32_t i, n;

	for (n = 0; n < ctx->num_back; n++)
		for (i = ctx->round_back[n].first; i < ctx->round_back[n].end; i++)
			left[ctx->live[i]] = true;
}

/* A debugger has one tile continue alone, and others of the RUN have not been started. */
static bool is_alone(const struct ipu_context *ctx)
{
	return ctx->debug.on && ctx->debug.alone && ctx->round_count == 1 &&
	       ctx->live[0] == ctx->debug.target_tile;
}

/* One tile of the RUN: it is started in time, and where it is to be released it waits. */
static bool tile_is_good(const struct ipu_context *ctx, uint32_t number, bool left)
{
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, number);
	enum ipu_tile_state state;

	if (slot->run_first != ctx->run.first || slot->run_count != ctx->run.count)
		return false;
	if (slot->fresh)
		return left ? !ctx->run.releases : !ctx->round_count || is_alone(ctx);
	if (!slot->tile)
		return false;
	state = ipu_tile_state(slot->tile);
	return !left || !ctx->run.releases || state == IPU_TILE_SYNC_INTERNAL ||
	       state == IPU_TILE_SYNC_EXTERNAL;
}

/* What has come of the round so far, from those tiles of it that are not left. */
static void sum_round(struct ipu_context *ctx, const bool left[IPU_MAX_TILES])
{
	const struct ipu_slot *slot;
	uint32_t i;

	ipu_round_sum_init(&ctx->round_sum);
	for (i = 0; i < ctx->round_count; i++) {
		slot = ipu_ctx_slot(ctx, ctx->live[i]);
		if (left[ctx->live[i]])
			continue;
		ctx->round_sum.more += slot->more;
		if (slot->fault.cause && i < ctx->round_sum.fault)
			ctx->round_sum.fault = i;
	}
}

/* Its tiles have not begun, or are those that are to go on. */
static bool begin_is_good(const struct ipu_context *ctx)
{
	const struct ipu_slot *slot;
	uint32_t i;

	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, i);
		if (ctx->cmd.run.op & IPU_CMD_RUN_RESUME &&
		    (!slot->tile || slot->run_first != ctx->run.first ||
		     slot->run_count != ctx->run.count))
			return false;
	}
	return true;
}

/* They have arrived. If one of them has faulted, others may not even have begun. */
static bool arrived(const struct ipu_context *ctx)
{
	const struct ipu_slot *slot;
	uint32_t i;

	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, i);
		if (slot->run_first != ctx->run.first || slot->run_count != ctx->run.count)
			return false;
		if (ctx->link.held.cause)
			continue;
		if (!slot->tile || slot->fresh || ipu_tile_state(slot->tile) == IPU_TILE_RUNNING)
			return false;
	}
	return true;
}

/* A member of a linked RUN that waits for the others. */
static bool meeting_is_good(struct ipu_context *ctx)
{
	if (ctx->round_count || (ctx->link.met && !ctx->debug.halted && !ctx->debug.go) ||
	    (ctx->link.held.cause && ctx->link.meeting != IPU_MEETING_BARRIER))
		return false;
	if (ctx->link.meeting == IPU_MEETING_BEGIN ? !begin_is_good(ctx) : !arrived(ctx))
		return false;
	ctx->debug.alone = false;
	return true;
}

static bool run_is_good(struct ipu_context *ctx)
{
	bool left[IPU_MAX_TILES] = { false };
	uint32_t i;

	if (ipu_link_waits(ctx))
		return meeting_is_good(ctx);
	if (!ctx->round_count && !ctx->debug.halted && !ctx->debug.go)
		return false;
	if (ctx->link.loaded && ctx->link.held.cause)
		return false;
	/* A fault ends its round. */
	if (ctx->debug.held.cause && ctx->round_count)
		return false;
	mark_left(ctx, left);
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++)
		if (!tile_is_good(ctx, i, left[i]))
			return false;
	sum_round(ctx, left);
	/* the exchange's plan is not saved, nor who has arrived */
	ctx->debug.touched = true;
	return true;
}

/* A tile that can be resumed is there, or will be once the present RUN has started it. */
static bool can_resume(const struct ipu_context *ctx, const struct ipu_slot *slot)
{
	const struct ipu_slot *other;
	uint32_t i;

	for (i = slot->run_first; i < slot->run_first + slot->run_count; i++) {
		other = ipu_ctx_slot(ctx, i);
		if (!other->tile && !(ctx->step == IPU_STEP_TILES && other->fresh &&
				      i - ctx->run.first < ctx->run.count))
			return false;
	}
	return true;
}

bool ipu_context_image_check(struct ipu_context *ctx, struct ipu_image *image)
{
	const struct ipu_slot *slot, *last = NULL;
	uint32_t i;

	if (!ctx->owns || ipu_ctx_state(ctx) == IPU_CTX_FAULTED ||
	    ipu_ctx_state(ctx) == IPU_CTX_STOPPING)
		return true;
	if (ctx->step == IPU_STEP_TILES && !run_is_good(ctx))
		return ipu_image_refuse(image, "context %u: its RUN and its tiles contradict each other",
					ctx->index);
	for (i = 0; i < ctx->tile_count; i++) {
		slot = ipu_ctx_slot(ctx, i);
		/* most are of the same RUN as the one before */
		if (last && last->run_first == slot->run_first &&
		    last->run_count == slot->run_count)
			continue;
		if (!can_resume(ctx, slot))
			return ipu_image_refuse(image, "context %u: a RUN has tiles that are not there",
						ctx->index);
		last = slot;
	}
	if (ctx->step == IPU_STEP_TILES && ipu_link_waits(ctx))
		ctx->step = IPU_STEP_MEET;
	return true;
}
