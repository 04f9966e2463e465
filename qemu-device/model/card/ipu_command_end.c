// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * How commands end, see ipu_command_end.h.
 */
#include "ipu_command_end.h"

#include "ipu_queues.h"
#include "ipu_sensors.h"

bool ipu_bad_field(struct ipu_context *ctx, uint32_t offset, uint64_t value)
{
	return ipu_fault(ctx, IPU_FAULT_BAD_FIELD, value, offset);
}

bool ipu_check_reserved(struct ipu_context *ctx, unsigned int first, unsigned int last)
{
	unsigned int i;

	for (i = first; i <= last; i++)
		if (ctx->cmd.word[i])
			return ipu_bad_field(ctx, i * 4, ctx->cmd.word[i]);
	return true;
}

bool ipu_check_tiles(struct ipu_context *ctx)
{
	uint32_t first = ctx->cmd.word[1];
	uint32_t count = ctx->cmd.word[2];

	if (first >= ctx->tile_count)
		return ipu_bad_field(ctx, 4, first);
	if (count == 0 || count > ctx->tile_count - first)
		return ipu_bad_field(ctx, 8, count);
	return true;
}

bool ipu_command_priv(const struct ipu_context *ctx)
{
	return ctx->privileged && !ctx->list.active && !ctx->source;
}

static void count(struct ipu_context *ctx, int change)
{
	pthread_mutex_lock(&ctx->card->lock);
	ipu_sensors_run(ctx, 0);
	ctx->reg[IPU_CTX_RETIRED / 4] += change;
	if (!ctx->list.active)
		ipu_queues_retire(ctx, change);
	pthread_mutex_unlock(&ctx->card->lock);
}

void ipu_command_retire(struct ipu_context *ctx)
{
	count(ctx, 1);
	ctx->step = IPU_STEP_FETCH;
}

void ipu_command_unretire(struct ipu_context *ctx)
{
	count(ctx, -1);
}
