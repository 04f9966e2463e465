// SPDX-License-Identifier: MIT
/* Contexts: creating and destroying them, and what loads and copies use. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_flow.h"
#include "ipu_internal.h"
#include "ipu_print.h"

/* Why the tiles cannot be allocated, and how many are free. */
static int fail_busy(struct ipu_device *dev, uint32_t tiles)
{
	struct ipu_usage usage = { .size = sizeof(usage) };

	if (dev->ops->get_usage(dev, &usage))
		return ipu_fail(-EBUSY, "%s: %u tiles are not free.", dev->info.name, tiles);
	if (usage.contexts >= dev->info.contexts)
		return ipu_fail(-EBUSY,
				"%s: all %u contexts are taken; wait until a process that "
				"uses the card ends.",
				dev->info.name, dev->info.contexts);
	return ipu_fail(
		-EBUSY,
		"%s: %u tiles in a row are not free: %u of %u belong to %u contexts, and the "
		"largest free range is %u. Ask for fewer, or wait until a process that uses "
		"the card ends.",
		dev->info.name, tiles, usage.tiles, dev->info.tiles, usage.contexts,
		usage.largest_free);
}

static int fail_tiles(struct ipu_device *dev, uint32_t tiles)
{
	const char *name = dev->info.name;

	if (!strcmp(dev->info.driver, "sim"))
		return ipu_fail(-EINVAL,
				"%s has %u tiles, and %u were asked for: open it as sim:tiles=%u.",
				name, dev->info.tiles, tiles,
				tiles < IPU_MAX_TILES ? tiles : IPU_MAX_TILES);
	return ipu_fail(-EINVAL, "%s has %u tiles, and %u were asked for: ask for at most %u.",
			name, dev->info.tiles, tiles, dev->info.tiles);
}

/* Which of this user's limits is met. */
static int fail_quota(struct ipu_device *dev, uint32_t tiles)
{
	static const char advice[] =
		"Wait until one of your programs that use the card ends, or ask "
		"root for a larger share (/sys/module/ipu/parameters/user_share).";
	const char *name = dev->info.name;
	struct ipu_limits limits;

	if (dev->ops->get_limits(dev, &limits))
		return ipu_fail(-EDQUOT, "%s: you may not have %u tiles more. %s", name, tiles,
				advice);
	if (limits.used_contexts >= limits.user_contexts)
		return ipu_fail(
			-EDQUOT,
			"%s: one user may have %u of the card's %u contexts, and you have %u. "
			"%s",
			name, limits.user_contexts, dev->info.contexts, limits.used_contexts,
			advice);
	return ipu_fail(
		-EDQUOT,
		"%s: one user may have %u of the card's %u tiles; you have %u and ask for %u "
		"more. Ask for fewer (ipu-run --tiles). %s",
		name, limits.user_tiles, dev->info.tiles, limits.used_tiles, tiles, advice);
}

/* All that one user may have, whether or not they are free. */
static uint32_t all_tiles(struct ipu_device *dev)
{
	struct ipu_limits limits;

	return dev->ops->get_limits(dev, &limits) ? dev->info.tiles : limits.user_tiles;
}

static int make_buffers(struct ipu_context *ctx)
{
	int err = ipu_cmds_create(ctx, IPU_SETUP_CMDS, &ctx->setup);

	if (!err)
		err = ipu_bo_create(ctx->dev, sizeof(struct ipu_run_report), &ctx->report);
	if (!err)
		err = ipu_bo_map(ctx, ctx->report, IPU_BO_WRITE, &ctx->report_va);
	return err;
}

int ipu_context_create(struct ipu_device *dev, const struct ipu_context_options *options,
		       struct ipu_context **out)
{
	return ipu_context_make(dev, options, NULL, out);
}

int ipu_context_make(struct ipu_device *dev, const struct ipu_context_options *options,
		     const struct ipu_link_place *place, struct ipu_context **out)
{
	struct ipu_context_options opts;
	struct ipu_context *ctx;
	int err;

	*out = NULL;
	err = ipu_check_process(dev);
	if (err)
		return err;
	err = IPU_STRUCT_IN(&opts, options, ipu_context_options, watchdog_ms);
	if (err)
		return err;
	if (opts.tiles > dev->info.tiles)
		return fail_tiles(dev, opts.tiles);
	if (opts.flags & ~(uint64_t)IPU_CONTEXT_USER_QUEUE)
		return ipu_fail(-EINVAL, "The context has unknown flags, 0x%llx.",
				(unsigned long long)opts.flags);

	ctx = calloc(1, sizeof(*ctx));
	if (!ctx)
		return ipu_fail_nomem("a context");
	ctx->tiles = opts.tiles ? opts.tiles : all_tiles(dev);
	err = dev->ops->ctx_create(dev, ctx->tiles, opts.watchdog_ms, place, &ctx->id);
	if (err) {
		if (err == -EBUSY)
			fail_busy(dev, ctx->tiles);
		else if (err == -EDQUOT)
			fail_quota(dev, ctx->tiles);
		else
			ipu_fail_device(dev, err, "create a context of %u tiles", ctx->tiles);
		free(ctx);
		return err;
	}
	ctx->dev = ipu_device_get(dev);
	ctx->linked = place;
	pthread_mutex_init(&ctx->lock, NULL);
	pthread_mutex_init(&ctx->debug_lock, NULL);

	err = make_buffers(ctx);
	if (!err && opts.flags & IPU_CONTEXT_USER_QUEUE)
		err = ipu_userq_create(ctx);
	if (err) {
		ipu_context_destroy(ctx);
		return err;
	}
	*out = ctx;
	return 0;
}

void ipu_context_destroy(struct ipu_context *ctx)
{
	struct ipu_device *dev;

	if (!ctx)
		return;
	dev = ctx->dev;
	/* The parent's: what another of its threads was about to change is left alone. */
	if (ipu_is_parents(dev) && pthread_mutex_trylock(&ctx->lock)) {
		ipu_device_put(dev);
		return;
	}
	/* First the context itself: that stops its jobs, so that nothing below has to wait. */
	if (!ipu_is_parents(dev))
		dev->ops->ctx_destroy(dev, ctx->id);
	ipu_userq_free(dev, ctx->userq);
	ipu_print_free(ctx->print);
	ipu_flows_free(ctx, ctx->flows, false);
	ipu_cmds_free(ctx->setup);
	ipu_bo_destroy(ctx->report);
	ipu_bo_destroy(ctx->stage);
	ipu_bo_destroy(ctx->fetch);
	free(ctx->outputs);
	ipu_profile_free(ctx);
	ipu_program_close(ctx->program);
	pthread_mutex_destroy(&ctx->lock);
	pthread_mutex_destroy(&ctx->debug_lock);
	free(ctx);
	ipu_device_put(dev);
}

uint32_t ipu_context_tiles(const struct ipu_context *ctx)
{
	return ctx->tiles;
}

int ipu_context_lock(struct ipu_context *ctx)
{
	int err = ipu_check_process(ctx->dev);

	if (!err)
		pthread_mutex_lock(&ctx->lock);
	return err;
}

void ipu_context_setup_drop(struct ipu_context *ctx)
{
	ipu_cmds_reset(ctx->setup);
	ctx->stage_used = 0;
}

int ipu_context_submit_setup(struct ipu_context *ctx)
{
	uint64_t seqno;
	int status = 0;
	int err;

	if (!ipu_cmds_count(ctx->setup))
		return 0;
	err = ipu_cmds_submit_locked(ctx->setup, &seqno);
	if (!err)
		err = ipu_wait_status(ctx, seqno, INT64_MAX, &status);
	if (!err)
		err = ipu_fail_status(ctx, seqno, status);
	ipu_context_setup_drop(ctx);
	return err;
}

int ipu_context_setup_room(struct ipu_context *ctx, uint32_t count)
{
	if (ipu_cmds_count(ctx->setup) + count <= IPU_SETUP_CMDS)
		return 0;
	return ipu_context_submit_setup(ctx);
}

int ipu_context_buffer(struct ipu_context *ctx, size_t bytes, struct ipu_bo **bo, uint64_t *va)
{
	struct ipu_bo *larger;
	uint64_t mapped;
	int err;

	if (*bo && (*bo)->size >= bytes)
		return 0;
	err = ipu_bo_create(ctx->dev, bytes, &larger);
	if (err)
		return err;
	err = ipu_bo_map(ctx, larger, IPU_BO_WRITE, &mapped);
	if (err) {
		ipu_bo_destroy(larger);
		return err;
	}
	if (*bo) {
		memcpy(larger->data, (*bo)->data, (*bo)->size);
		ipu_bo_unmap(ctx, *va);
		ipu_bo_destroy(*bo);
	}
	*bo = larger;
	*va = mapped;
	return 0;
}

int ipu_context_stage(struct ipu_context *ctx, size_t bytes)
{
	uint64_t before = ctx->stage_va;
	size_t size = ctx->stage ? ctx->stage->size : 0;
	int err = ipu_context_buffer(ctx, bytes, &ctx->stage, &ctx->stage_va);

	if (!err && ctx->stage_va != before)
		ipu_cmds_move(ctx->setup, before, size, ctx->stage_va);
	return err;
}

int ipu_ctx_settle(struct ipu_context *ctx)
{
	int err = 0;

	if (!atomic_load(&ctx->ahead))
		return 0;
	pthread_mutex_lock(&ctx->lock);
	/* A run that is under way has them all. */
	if (ctx->state != IPU_CONTEXT_STARTED) {
		err = ipu_context_submit_setup(ctx);
		if (err)
			ctx->state = IPU_CONTEXT_FAULTED;
	}
	ipu_fetch_drop(ctx);
	atomic_store(&ctx->ahead, false);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}
