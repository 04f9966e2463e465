// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A context's state, saved between two slices.
 *
 * A card is not paused in the middle of an exchange (ipu_pool.c), so there is no plan of one
 * to save: tiles that have arrived at a barrier are counted anew there, as after a debugger has
 * changed them. Of a round, the tiles that are left are saved, and the rest follows from what
 * the tiles say. Where the context is in a linked RUN is in the chain's list (ipu_link_image.h).
 */
#include "ipu_context_image.h"

#include "ipu_command_end.h"
#include "ipu_context.h"
#include "ipu_copy.h"
#include "ipu_debug.h"
#include "ipu_link.h"
#include "ipu_link_image.h"
#include "ipu_profile.h"
#include "ipu_queues.h"
#include "ipu_round.h"
#include "ipu_run_tiles.h"
#include "ipu_sensors.h"
#include "ipu_slots.h"

static bool refuse(struct ipu_context *ctx, struct ipu_image *image, const char *what)
{
	return ipu_image_refuse(image, "context %u: %s", ctx->index, what);
}

/* ---- Registers and configuration ------------------------------------------------------------ */

/* A time since which something has been going on. */
static bool since(struct ipu_context *ctx, struct ipu_image *image, uint64_t *began_ns)
{
	const uint64_t now = ctx->card->paused_since - ctx->card->paused_ns;
	uint64_t took = now - *began_ns;

	if (!IPU_IMAGE(image, took))
		return false;
	*began_ns = now - took;
	return true;
}

/* Its state, CTRL, and whether it has its tiles fit each other; then it is configured. */
static bool configure(struct ipu_context *ctx, struct ipu_image *image)
{
	const uint32_t state = ipu_ctx_state(ctx);
	const uint32_t ctrl = ipu_ctx_reg(ctx, IPU_CTX_CTRL);
	const bool enabled = state == IPU_CTX_IDLE || state == IPU_CTX_RUNNING ||
			     state == IPU_CTX_FAULTED;

	if (ipu_ctx_reg(ctx, IPU_CTX_STATUS) != state ||
	    (!enabled && state != IPU_CTX_DISABLED && !(state == IPU_CTX_STOPPING && ctx->stuck)) ||
	    (ctrl & ~IPU_CTX_CTRL_PRIV) != (enabled ? IPU_CTX_CTRL_ENABLE : 0))
		return refuse(ctx, image, "its state is none that it can have");
	ctx->vector = ipu_ctx_reg(ctx, IPU_CTX_VECTOR);
	ctx->stop = state == IPU_CTX_STOPPING;
	ctx->run.linked = false;
	if (!ctx->owns)
		return (state != IPU_CTX_IDLE && state != IPU_CTX_RUNNING) ||
		       refuse(ctx, image, "it works without tiles");
	if (state == IPU_CTX_DISABLED || !ipu_context_configure(ctx))
		return refuse(ctx, image, "its configuration is none that it can have");
	if (ipu_ctx_reg(ctx, IPU_CTX_TAIL) - ipu_ctx_reg(ctx, IPU_CTX_HEAD) > ctx->ring_mask + 1)
		return refuse(ctx, image, "there are more commands than its ring holds");
	ipu_slots_enable(ctx);
	return true;
}

/* A user queue says where its ring is, and only the one whose command is executed is busy. */
static bool queues(struct ipu_context *ctx, struct ipu_image *image)
{
	uint32_t i, ctrl, status;

	if (!ipu_image_below(image, &ctx->source, 1 + IPU_USER_QUEUES, "a source of commands") ||
	    !ipu_image_below(image, &ctx->turn, 1 + IPU_USER_QUEUES, "a turn") ||
	    !ipu_image_below(image, &ctx->armed, 1u << IPU_USER_QUEUES, "values waited for") ||
	    !since(ctx, image, &ctx->busy_since_ns))
		return false;
	for (i = 0; i < IPU_USER_QUEUES; i++) {
		ctrl = ipu_ctx_reg(ctx, IPU_CTX_UQ(i) + IPU_UQ_CTRL);
		status = ipu_ctx_reg(ctx, IPU_CTX_UQ(i) + IPU_UQ_STATUS);
		if (ctrl & ~IPU_UQ_ENABLE || status & ~IPU_UQ_BUSY ||
		    (ctrl && !(ctx->owns && ipu_queues_valid(ctx, i))) ||
		    (status && ctx->source != i + 1))
			return refuse(ctx, image, "a user queue is none that it can have");
	}
	return true;
}

static bool registers(struct ipu_context *ctx, struct ipu_image *image)
{
	bool interrupts = ctx->irqs_due || ctx->held.count;

	if (!IPU_IMAGE(image, ctx->reg) || !ipu_image_flag(image, &ctx->owns) ||
	    !ipu_image_flag(image, &ctx->discard) || !ipu_image_flag(image, &ctx->stuck) ||
	    !ipu_image_flag(image, &ctx->clear) || !ipu_image_flag(image, &interrupts) ||
	    !queues(ctx, image))
		return false;
	if (!image->loading)
		return true;
	/* of several, one is sent, and none is held back */
	ctx->irqs_due = interrupts;
	ctx->held.count = 0;
	return configure(ctx, image);
}

/* ---- Commands ------------------------------------------------------------------------------- */

static bool list(struct ipu_context *ctx, struct ipu_image *image)
{
	if (!ipu_image_flag(image, &ctx->list.active))
		return false;
	if (!ctx->list.active)
		return true;
	if (!IPU_IMAGE(image, ctx->list.va) || !IPU_IMAGE(image, ctx->list.left) ||
	    !ipu_image_below(image, &ctx->list.fetched, IPU_LIST_BATCH + 1, "commands of a list") ||
	    !ipu_image_below(image, &ctx->list.next, IPU_LIST_BATCH + 1, "a command of a list"))
		return false;
	if (ctx->list.va % IPU_CMD_SIZE || ctx->list.fetched > ctx->list.left ||
	    ctx->list.fetched > IPU_LIST_BATCH - ctx->list.next)
		return refuse(ctx, image, "its list of commands is none");
	return ipu_image_bytes(image, &ctx->list.batch[ctx->list.next],
			       ctx->list.fetched * sizeof(ctx->list.batch[0]));
}

static bool copy_is_good(struct ipu_context *ctx)
{
	const struct ipu_cmd_copy *cmd = &ctx->cmd.copy;
	const uint32_t op = cmd->op & IPU_CMD_OP;
	const uint32_t tile = ctx->cursor.tile, row = ctx->cursor.row, offset = ctx->cursor.offset;

	if ((op != IPU_CMD_COPY_TO_TILES && op != IPU_CMD_COPY_FROM_TILES) || !ipu_copy_check(ctx))
		return false;
	ctx->cursor.tile = tile;
	ctx->cursor.row = row;
	ctx->cursor.offset = offset;
	return tile - cmd->tile_first < cmd->tile_count && row < cmd->rows &&
	       offset < cmd->row_bytes;
}

static bool fill_is_good(struct ipu_context *ctx)
{
	const struct ipu_cmd_fill *cmd = &ctx->cmd.fill;
	const uint32_t tile = ctx->cursor.tile;

	if ((cmd->op & IPU_CMD_OP) != IPU_CMD_FILL || !ipu_fill_check(ctx))
		return false;
	ctx->cursor.tile = tile;
	return tile - cmd->tile_first < cmd->tile_count;
}

/* A RUN's state is as long as its tiles are many, so that these must be the context's. */
static bool run_command_is_good(struct ipu_context *ctx)
{
	return (ctx->cmd.word[0] & IPU_CMD_OP) == IPU_CMD_RUN && ipu_check_tiles(ctx);
}

/* Whether the command and its progress are such that it can go on, or, if it is stuck, be kept. */
static bool step_is_good(struct ipu_context *ctx)
{
	const uint32_t state = ipu_ctx_state(ctx);

	if (state == IPU_CTX_STOPPING)
		return ctx->step != IPU_STEP_TILES || run_command_is_good(ctx);
	if (!ctx->owns || state == IPU_CTX_FAULTED)
		return ctx->step == IPU_STEP_WAIT;
	switch (ctx->step) {
	case IPU_STEP_WAIT:
	case IPU_STEP_STUCK:
	case IPU_STEP_FETCH:
		return true;
	case IPU_STEP_CLEAR:
		return ctx->cursor.tile < ctx->tile_count;
	case IPU_STEP_COPY:
		return copy_is_good(ctx);
	case IPU_STEP_FILL:
		return fill_is_good(ctx);
	case IPU_STEP_TILES:
		return state == IPU_CTX_RUNNING && run_command_is_good(ctx);
	default:
		return false;
	}
}

/*
 * It has a RUN in progress. All steps of that are saved as if its tiles were running: whether it
 * waits for other members of a linked one follows from the list of those, and in an exchange there
 * are only those whose fault a debugger holds.
 */
static bool in_run(const struct ipu_context *ctx)
{
	return ctx->step >= IPU_STEP_TILES;
}

static bool command(struct ipu_context *ctx, struct ipu_image *image)
{
	uint32_t step = in_run(ctx) ? IPU_STEP_TILES : ctx->step;
	bool ready = ctx->ready;

	if (!ipu_image_below(image, &step, IPU_STEP_XFER_CHECK, "a context's step") ||
	    !ipu_image_flag(image, &ready) || !IPU_IMAGE(image, ctx->cmd) || !IPU_IMAGE(image, ctx->cmd_va) ||
	    !IPU_IMAGE(image, ctx->cursor) || !list(ctx, image))
		return false;
	if (!image->loading)
		return true;
	ctx->step = step;
	/* One that has faulted may have done so before; all others show it by their step. */
	ctx->ready = ctx->owns && step != IPU_STEP_CLEAR &&
		     (ready || ipu_ctx_state(ctx) != IPU_CTX_FAULTED);
	return step_is_good(ctx) ||
	       refuse(ctx, image, "its command is none that it can have");
}

/* ---- RUN ------------------------------------------------------------------------------------ */

/* Those that it has if no other card has any. */
static void own_tiles(struct ipu_context *ctx)
{
	ctx->run.tile_base = 0;
	ctx->run.tiles = ctx->run.count;
}

/* A member; or it has left the RUN, as it is to stop, or a debugger holds its fault. */
static bool linked_run(struct ipu_context *ctx, struct ipu_image *image)
{
	if (image->loading)
		ipu_link_sum_init(&ctx->link.sum);
	if (!IPU_IMAGE(image, ctx->run.tile_base) || !IPU_IMAGE(image, ctx->run.tiles) ||
	    !IPU_IMAGE(image, ctx->link.held) || !IPU_IMAGE(image, ctx->link.sum.cycles) ||
	    !ipu_image_flag(image, &ctx->run.at_sync))
		return false;
	if (ipu_ctx_state(ctx) == IPU_CTX_STOPPING || ctx->debug.held.cause) {
		/* Nobody has checked what the stream says of other members' tiles. */
		if (image->loading)
			own_tiles(ctx);
		return true;
	}
	return !image->loading || ipu_link_load_member(ctx) ||
	       refuse(ctx, image, "it is in a linked RUN that does not have it as a member");
}

static bool run(struct ipu_context *ctx, struct ipu_image *image)
{
	bool expired = ctx->run.expired;

	if (!since(ctx, image, &ctx->run.began_ns) || !IPU_IMAGE(image, ctx->run.limit_ns) ||
	    !ipu_image_flag(image, &expired) || !IPU_IMAGE(image, ctx->run.base_cycles) ||
	    !IPU_IMAGE(image, ctx->run.base_instructions) ||
	    !IPU_IMAGE(image, ctx->run.supersteps) || !IPU_IMAGE(image, ctx->run.exchange_bytes) ||
	    !ipu_image_flag(image, &ctx->run.releases) || !IPU_IMAGE(image, ctx->run.release_at))
		return false;
	ctx->run.expired = expired;
	if (image->loading) {
		ctx->run.first = ctx->cmd.run.tile_first;
		ctx->run.count = ctx->cmd.run.tile_count;
		own_tiles(ctx);
		ipu_sensors_run(ctx, ctx->run.count);
	}
	return !(ctx->cmd.run.op & IPU_CMD_RUN_LINKED) || linked_run(ctx, image);
}

static bool live_tiles(struct ipu_context *ctx, struct ipu_image *image)
{
	uint32_t i;

	if (!ipu_image_below(image, &ctx->round_count, ctx->run.count + 1, "the tiles of a round") ||
	    !ipu_image_bytes(image, ctx->live, ctx->round_count * sizeof(ctx->live[0])))
		return false;
	for (i = 0; i < ctx->round_count; i++)
		if (ctx->live[i] - ctx->run.first >= ctx->run.count ||
		    (i && ctx->live[i] <= ctx->live[i - 1]))
			return refuse(ctx, image, "a round has tiles that it cannot have");
	return true;
}

/* What nobody has taken, and what was taken and put back: ranges, and an empty one at the end. */
static bool save_left(struct ipu_context *ctx, struct ipu_image *image)
{
	struct ipu_tile_range range;
	uint32_t i;

	for (i = 0; i < ctx->round_threads; i++) {
		range = ipu_round_part_left(ctx, i);
		if (range.first < range.end && !IPU_IMAGE(image, range))
			return false;
	}
	for (i = 0; i < ctx->num_back; i++)
		if (!IPU_IMAGE(image, ctx->round_back[i]))
			return false;
	range = (struct ipu_tile_range) { 0 };
	return IPU_IMAGE(image, range);
}

static bool load_left(struct ipu_context *ctx, struct ipu_image *image)
{
	bool taken[IPU_MAX_TILES] = { false };
	struct ipu_tile_range range;
	uint32_t i;

	ipu_round_reopen(ctx);
	for (;;) {
		if (!IPU_IMAGE(image, range))
			return false;
		if (range.first == range.end)
			return true;
		if (range.first > range.end || range.end > ctx->round_count ||
		    ctx->num_back == IPU_MAX_BACK)
			return refuse(ctx, image, "a part of a round is none");
		for (i = range.first; i < range.end; i++) {
			if (taken[i])
				return refuse(ctx, image, "parts of a round overlap");
			taken[i] = true;
		}
		ctx->round_back[ctx->num_back++] = range;
	}
}

static bool round_of_run(struct ipu_context *ctx, struct ipu_image *image)
{
	if (!live_tiles(ctx, image) || !ipu_image_flag(image, &ctx->round_again))
		return false;
	if (!ctx->round_count)
		return true;
	return image->loading ? load_left(ctx, image) : save_left(ctx, image);
}

/* ---- Debugger and profile -------------------------------------------------------------------- */

/* The unit that a debugger continues with; or any, if what it wants does not refer to one. */
static bool target_is_good(struct ipu_context *ctx)
{
	struct ipu_debugger *debug = &ctx->debug;

	if (ctx->step != IPU_STEP_TILES)
		debug->alone = false;
	if (!ctx->owns)
		return !debug->halted && !debug->go;
	if (debug->target_tile < ctx->tile_count && debug->target_unit <= IPU_UNIT_SUPERVISOR)
		return true;
	debug->target_tile = debug->target_unit = 0;
	return !debug->alone && !(debug->go & (IPU_CTX_DBG_STEP | IPU_CTX_DBG_ALONE));
}

static bool debugger(struct ipu_context *ctx, struct ipu_image *image)
{
	const uint32_t state = ipu_ctx_state(ctx);
	struct ipu_debugger *debug = &ctx->debug;
	bool asked = debug->asked;

	if (!ipu_image_flag(image, &asked) || !ipu_image_flag(image, &debug->halted) ||
	    !IPU_IMAGE(image, debug->go) ||
	    !IPU_IMAGE(image, debug->target_tile) || !IPU_IMAGE(image, debug->target_unit) ||
	    !ipu_image_flag(image, &debug->on) || !since(ctx, image, &debug->since_ns) ||
	    !ipu_image_flag(image, &debug->at_start) || !ipu_image_flag(image, &debug->at_end) ||
	    !ipu_image_flag(image, &debug->alone) || !ipu_image_flag(image, &debug->ended) ||
	    !ipu_image_below(image, &debug->points.count, IPU_TILE_POINTS + 1, "points") ||
	    !IPU_IMAGE(image, debug->points.point) || !IPU_IMAGE(image, debug->stop) ||
	    !IPU_IMAGE(image, debug->held) || !ipu_image_flag(image, &debug->touched))
		return false;
	debug->asked = asked;
	debug->wanted = ipu_ctx_reg(ctx, IPU_CTX_DBG_CTRL) & IPU_CTX_DBG_ENABLE;
	if (!image->loading)
		return true;
	/* The slice in which there was a reason has halted it. */
	if (debug->stop.reason && (state == IPU_CTX_IDLE || state == IPU_CTX_RUNNING))
		return refuse(ctx, image, "it was about to halt");
	/* It is halted, and what it does next is to fault. */
	if (debug->held.cause && !debug->halted && !debug->go &&
	    (state == IPU_CTX_IDLE || state == IPU_CTX_RUNNING))
		return refuse(ctx, image, "it goes on after a fault that its debugger holds");
	return target_is_good(ctx) || refuse(ctx, image, "its debugger's unit is none");
}

static bool profile_memory(struct ipu_context *ctx, struct ipu_image *image)
{
	struct ipu_profiler *profile = &ctx->profile;
	uint32_t i;

	if (!ipu_image_memory(image, (void *)profile->samples,
			      IPU_SAMPLES * sizeof(*profile->samples)))
		return false;
	for (i = 0; i < ctx->tile_count; i++)
		if (!IPU_IMAGE(image, profile->past[i].instructions) ||
		    !ipu_image_flag(image, &profile->past[i].exited))
			return false;
	return true;
}

static bool profiler(struct ipu_context *ctx, struct ipu_image *image)
{
	struct ipu_profiler *profile = &ctx->profile;
	bool memory = profile->memory.size;

	if (!ipu_image_flag(image, &profile->on) || !ipu_image_flag(image, &memory) ||
	    !IPU_IMAGE(image, profile->va) || !IPU_IMAGE(image, profile->head) ||
	    !IPU_IMAGE(image, profile->begin))
		return false;
	if (image->loading && profile->on && !memory)
		return refuse(ctx, image, "it has a profile without memory");
	if (!memory)
		return true;
	if (image->loading && !ipu_profile_restore(ctx))
		return refuse(ctx, image, "its profile is none, or there is no memory for it");
	return profile_memory(ctx, image);
}

/* ---- The context ----------------------------------------------------------------------------- */

/* What a context has that has run anything since it was enabled. */
static bool runs(struct ipu_context *ctx, struct ipu_image *image)
{
	bool code = ctx->code;

	if (!ipu_image_flag(image, &code))
		return false;
	if (image->loading && code && ctx->owns)
		ctx->code = ipu_code_cache_new(&ctx->budget);
	if (!ctx->code && (code || in_run(ctx)))
		return refuse(ctx, image, "it runs without code, or there is no memory for it");
	if (ctx->code && !profiler(ctx, image))
		return false;
	return !in_run(ctx) || (run(ctx, image) && round_of_run(ctx, image));
}

bool ipu_context_image(struct ipu_context *ctx, struct ipu_image *image)
{
	return registers(ctx, image) && command(ctx, image) && debugger(ctx, image) &&
	       (!ctx->owns || runs(ctx, image));
}

/* ---- Its tiles ------------------------------------------------------------------------------- */

static bool noted(struct ipu_context *ctx, struct ipu_tile_profile *profile, struct ipu_image *image)
{
	if (!IPU_IMAGE(image, profile->due) || !IPU_IMAGE(image, profile->done) ||
	    !IPU_IMAGE(image, profile->near) || !IPU_IMAGE(image, profile->pc) ||
	    !ipu_image_below(image, &profile->count, IPU_TILE_EVENTS + 1, "events of a tile") ||
	    !IPU_IMAGE(image, profile->lost) ||
	    !ipu_image_bytes(image, profile->event, profile->count * sizeof(profile->event[0])))
		return false;
	if (image->loading)
		ipu_profile_sample(ctx, profile);
	return true;
}

static bool tile(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t number,
		 struct ipu_image *image)
{
	const bool profiled = ctx->profile.memory.size;
	struct ipu_tile_profile *profile = profiled ? &ctx->profile.tile[number] : NULL;

	if (image->loading && !ipu_slots_tile(ctx, slot))
		return refuse(ctx, image, "no memory for a tile");
	if (profiled && !noted(ctx, profile, image))
		return false;
	if (!ipu_tile_image(slot->tile, image, profile))
		return false;
	if (image->loading) {
		ipu_tile_stoppable(slot->tile, &ctx->stop);
		ipu_run_attach(ctx, slot, number);
	}
	return true;
}

bool ipu_context_image_tile(struct ipu_context *ctx, uint32_t number, struct ipu_image *image)
{
	struct ipu_slot *slot = ipu_ctx_slot(ctx, number);
	bool there = slot->tile;

	if (!ctx->code)
		return true;
	if (!ipu_image_below(image, &slot->run_first, ctx->tile_count, "a RUN's first tile") ||
	    !ipu_image_below(image, &slot->run_count, ctx->tile_count - slot->run_first + 1,
			     "a RUN's number of tiles") ||
	    !ipu_image_flag(image, &slot->fresh) || !ipu_image_flag(image, &slot->more) ||
	    !IPU_IMAGE(image, slot->received) || !IPU_IMAGE(image, slot->fault) ||
	    !ipu_image_flag(image, &there))
		return false;
	if (slot->run_count && number - slot->run_first >= slot->run_count)
		return refuse(ctx, image, "a tile is of a RUN that it is not in");
	return !there || tile(ctx, slot, number, image);
}
