// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Profiles of RUNs: what tiles have noted is taken between rounds and written, with a
 * record of each superstep, to host memory. So what is written, and in which order, does
 * not depend on the host's threads.
 */
#include "ipu_profile.h"

#include <string.h>

#include "ipu_bsp_cost.h"
#include "ipu_command_end.h"
#include "ipu_mmu.h"
#include "isa/ipu_cost.h"

_Static_assert(IPU_SAMPLES == IPU_SRAM_SIZE / 2, "a counter for each address");

/* Counters that are added to those of the host at a time. */
#define SAMPLES_PART	1024
_Static_assert(IPU_SAMPLES % SAMPLES_PART == 0, "parts are whole");

/**
 * struct batch - records on their way to host memory
 * @ctx: whose
 * @bytes: how much is in @data
 * @data: what is to be written just before ctx->profile.head.used
 */
struct batch {
	struct ipu_context *ctx;
	size_t bytes;
	uint8_t data[IPU_PAGE_SIZE];
};

/* ---- Records --------------------------------------------------------------------------- */

static bool flush(struct batch *batch)
{
	struct ipu_context *ctx = batch->ctx;
	const uint64_t used = ctx->profile.head.used;
	const size_t bytes = batch->bytes;

	batch->bytes = 0;
	return !bytes || ipu_mmu_write(ctx, ctx->profile.va + used - bytes, batch->data, bytes,
				       ipu_command_priv(ctx));
}

/* A record that there is no room for ends the recording, so that what is there has no gaps. */
static bool put(struct batch *batch, const void *record, size_t bytes)
{
	struct ipu_profile *head = &batch->ctx->profile.head;

	if (head->dropped || bytes > head->bytes - head->used) {
		head->dropped++;
		return true;
	}
	if (bytes > sizeof(batch->data) - batch->bytes && !flush(batch))
		return false;
	memcpy(batch->data + batch->bytes, record, bytes);
	batch->bytes += bytes;
	head->used += bytes;
	return true;
}

/* The records, and then the head, which says that they are there. */
static bool finish(struct batch *batch)
{
	struct ipu_context *ctx = batch->ctx;

	return flush(batch) && ipu_mmu_write(ctx, ctx->profile.va, &ctx->profile.head,
					     sizeof(ctx->profile.head), ipu_command_priv(ctx));
}

/* ---- Beginning --------------------------------------------------------------------------- */

static bool bad_member(struct ipu_context *ctx, uint32_t offset, uint64_t value)
{
	return ipu_bad_field(ctx, IPU_CMD_SIZE + offset, value);
}

static bool check(struct ipu_context *ctx, const struct ipu_profile *head)
{
	if (head->bytes % 8 || head->bytes < sizeof(*head))
		return bad_member(ctx, offsetof(struct ipu_profile, bytes), head->bytes);
	if (head->samples_va % 8 || head->samples_va >> IPU_VA_BITS ||
	    (head->sample_cycles && !head->samples_va))
		return bad_member(ctx, offsetof(struct ipu_profile, samples_va), head->samples_va);
	if (head->reserved0)
		return bad_member(ctx, offsetof(struct ipu_profile, reserved0), head->reserved0);
	if (head->used % 8 || head->used < sizeof(*head) || head->used > head->bytes ||
	    head->used >> IPU_VA_BITS)
		return bad_member(ctx, offsetof(struct ipu_profile, used), head->used);
	return true;
}

/* Memory for all tiles of the context, which it keeps. Counted as if all of it was touched. */
static bool make_memory(struct ipu_context *ctx)
{
	struct ipu_profiler *profile = &ctx->profile;
	const size_t samples = IPU_SAMPLES * sizeof(*profile->samples);
	const size_t past = ctx->tile_count * sizeof(*profile->past);
	const size_t bytes = samples + past + ctx->tile_count * sizeof(*profile->tile);

	if (profile->memory.size)
		return true;
	if (!ipu_code_cache_reserve(ctx->code, ipu_host_round(bytes)))
		return ipu_fault(ctx, IPU_FAULT_HOST_MEMORY, 0, ctx->budget.limit >> 10);
	if (!ipu_host_map(&profile->memory, bytes))
		return ipu_fault(ctx, IPU_FAULT_INTERNAL, 0, 0);
	profile->samples = (void *)profile->memory.base;
	profile->past = (void *)(profile->memory.base + samples);
	profile->tile = (void *)(profile->memory.base + samples + past);
	return true;
}

bool ipu_profile_begin(struct ipu_context *ctx)
{
	const uint64_t va = ctx->cmd.run.profile_va;
	struct ipu_profiler *profile = &ctx->profile;

	profile->on = false;
	if (!va)
		return true;
	if (va % IPU_CMD_SIZE)
		return ipu_bad_field(ctx, offsetof(struct ipu_cmd_run, profile_va), va);
	if (!ipu_mmu_read(ctx, va, &profile->head, sizeof(profile->head), ipu_command_priv(ctx)) ||
	    !check(ctx, &profile->head) || !make_memory(ctx))
		return false;
	memset(profile->head.reserved1, 0, sizeof(profile->head.reserved1));
	if (!profile->head.step_stride)
		profile->head.step_stride = 1;
	if (!profile->head.tile_stride)
		profile->head.tile_stride = 1;
	profile->va = va;
	profile->on = true;
	return true;
}

bool ipu_profile_restore(struct ipu_context *ctx)
{
	const struct ipu_profile *head = &ctx->profile.head;

	return make_memory(ctx) &&
	       (!ctx->profile.on || (check(ctx, head) && head->step_stride && head->tile_stride));
}

void ipu_profile_sample(const struct ipu_context *ctx, struct ipu_tile_profile *noted)
{
	const struct ipu_profiler *profile = &ctx->profile;

	if (!profile->on || !profile->head.sample_cycles)
		return;
	noted->samples = profile->samples;
	noted->period = ((uint64_t)profile->head.sample_cycles + IPU_BARREL - 1) / IPU_BARREL;
}

static bool is_recorded(const struct ipu_context *ctx, uint32_t tile)
{
	return (tile - ctx->run.first) % ctx->profile.head.tile_stride == 0;
}

void ipu_profile_attach(struct ipu_context *ctx, struct ipu_slot *slot, uint32_t tile)
{
	struct ipu_profiler *profile = &ctx->profile;
	struct ipu_tile_profile *noted;

	if (!profile->on || !is_recorded(ctx, tile))
		return;
	noted = &profile->tile[tile];
	memset(noted, 0, offsetof(struct ipu_tile_profile, event));
	ipu_profile_sample(ctx, noted);
	ipu_tile_profile(slot->tile, noted, tile - ctx->run.first);
}

void ipu_profile_started(struct ipu_context *ctx, bool resumed, uint64_t clock)
{
	struct ipu_profiler *profile = &ctx->profile;
	struct ipu_slot *slot;
	uint32_t i;

	if (!profile->on)
		return;
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		slot = ipu_ctx_slot(ctx, i);
		if (resumed)
			ipu_profile_attach(ctx, slot, i);
		profile->past[i] = (struct ipu_profile_past) {
			.instructions = resumed ? ipu_tile_instructions(slot->tile) : 0,
			.exited = resumed && ipu_tile_state(slot->tile) == IPU_TILE_EXITED,
		};
	}
	profile->begin = clock;
	if (resumed)
		profile->head.host_cycles += clock - ctx->run.base_cycles;
}

/* ---- Rounds --------------------------------------------------------------------------------- */

static bool step_is_recorded(const struct ipu_context *ctx)
{
	return ctx->profile.head.supersteps % ctx->profile.head.step_stride == 0;
}

static bool put_event(struct batch *batch, uint32_t tile, const struct ipu_tile_event *event)
{
	const struct ipu_profile_unit record = {
		.head = { .kind = event->kind, .bytes = sizeof(record), .tile = tile },
		.unit = event->unit,
		.value = event->value,
		.begin = event->begin,
		.end = event->end,
	};

	return put(batch, &record, sizeof(record));
}

static bool take_events(struct batch *batch, uint32_t tile)
{
	struct ipu_context *ctx = batch->ctx;
	struct ipu_tile_profile *noted = &ctx->profile.tile[tile];
	const bool wanted = step_is_recorded(ctx);
	uint32_t i;

	for (i = 0; i < noted->count && wanted; i++)
		if (!put_event(batch, tile - ctx->run.first, &noted->event[i]))
			return false;
	if (wanted)
		ctx->profile.head.lost += noted->lost;
	noted->count = 0;
	noted->lost = 0;
	return true;
}

bool ipu_profile_round(struct ipu_context *ctx, uint32_t count)
{
	const struct ipu_profile *head = &ctx->profile.head;
	const uint64_t before = head->used + head->dropped + head->lost;
	struct batch batch;
	uint32_t i;

	if (!ctx->profile.on)
		return true;
	batch.ctx = ctx;
	batch.bytes = 0;
	for (i = 0; i < count; i++)
		if (is_recorded(ctx, ctx->live[i]) && !take_events(&batch, ctx->live[i]))
			return false;
	return head->used + head->dropped + head->lost == before || finish(&batch);
}

/* ---- Supersteps ------------------------------------------------------------------------------ */

static bool takes_part(const struct ipu_context *ctx, uint32_t tile)
{
	return !ctx->profile.past[tile].exited;
}

static uint64_t received(const struct ipu_slot *slot, uint32_t end_kind)
{
	return end_kind == IPU_PROFILE_END_INTERNAL && slot->xfer.count ? slot->xfer.bytes : 0;
}

/* Fill in what tiles contribute. */
static void sum_up(const struct ipu_context *ctx, struct ipu_profile_step *step)
{
	const struct ipu_slot *slot;
	uint64_t slowest = 0;
	uint64_t clock;
	uint32_t i;

	step->first = step->last;
	step->head.tile = UINT32_MAX;
	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		if (!takes_part(ctx, i))
			continue;
		slot = ipu_ctx_slot(ctx, i);
		clock = ipu_tile_cycles(slot->tile);
		/* one that exits later than the others arrive keeps nobody waiting */
		if (clock > step->last)
			clock = step->last;
		step->tiles++;
		step->busy += clock - step->begin;
		step->instructions += ipu_tile_instructions(slot->tile) -
				      ctx->profile.past[i].instructions;
		step->exchange_bytes += received(slot, step->end_kind);
		if (clock < step->first)
			step->first = clock;
		if (clock > slowest || step->head.tile == UINT32_MAX) {
			slowest = clock;
			step->head.tile = i - ctx->run.first;
		}
	}
}

static bool put_tile(struct batch *batch, uint32_t tile, uint32_t end_kind)
{
	const struct ipu_context *ctx = batch->ctx;
	const struct ipu_slot *slot = ipu_ctx_slot(ctx, tile);
	const struct ipu_profile_tile record = {
		.head = {
			.kind = IPU_PROFILE_TILE,
			.bytes = sizeof(record),
			.tile = tile - ctx->run.first,
		},
		.exited = ipu_tile_state(slot->tile) == IPU_TILE_EXITED,
		.begin = ctx->profile.begin,
		.arrival = ipu_tile_cycles(slot->tile),
		.instructions = ipu_tile_instructions(slot->tile) -
				ctx->profile.past[tile].instructions,
		.exchange_bytes = received(slot, end_kind),
	};

	return put(batch, &record, sizeof(record));
}

static bool put_tiles(struct batch *batch, uint32_t end_kind)
{
	struct ipu_context *ctx = batch->ctx;
	struct ipu_profile_past *past = ctx->profile.past;
	const bool wanted = step_is_recorded(ctx);
	struct ipu_slot *slot;
	uint32_t i;

	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++) {
		if (!takes_part(ctx, i))
			continue;
		if (wanted && is_recorded(ctx, i) && !put_tile(batch, i, end_kind))
			return false;
		slot = ipu_ctx_slot(ctx, i);
		past[i].instructions = ipu_tile_instructions(slot->tile);
		past[i].exited = ipu_tile_state(slot->tile) == IPU_TILE_EXITED;
	}
	return true;
}

/* @step has its times and how it ended. */
static bool end_step(struct ipu_context *ctx, struct ipu_profile_step *step)
{
	struct ipu_profile *head = &ctx->profile.head;
	struct batch batch;

	batch.ctx = ctx;
	batch.bytes = 0;
	step->head.kind = IPU_PROFILE_STEP;
	step->head.bytes = sizeof(*step);
	step->step = head->supersteps;
	step->begin = ctx->profile.begin;
	sum_up(ctx, step);
	if (!put(&batch, step, sizeof(*step)) || !put_tiles(&batch, step->end_kind))
		return false;
	head->supersteps++;
	head->compute_cycles += step->last - step->begin;
	head->sync_cycles += step->exchange - step->last;
	head->exchange_cycles += step->end - step->exchange;
	ctx->profile.begin = step->end;
	return finish(&batch);
}

bool ipu_profile_superstep(struct ipu_context *ctx, uint64_t last, uint64_t exchange,
			   uint64_t end)
{
	struct ipu_profile_step step = {
		.end_kind = IPU_PROFILE_END_INTERNAL,
		.last = last,
		.exchange = exchange,
		.end = end,
	};

	return !ctx->profile.on || end_step(ctx, &step);
}

/* ---- The end --------------------------------------------------------------------------------- */

static bool any(const uint32_t *counters)
{
	uint32_t all = 0;
	unsigned int i;

	for (i = 0; i < SAMPLES_PART; i++)
		all |= counters[i];
	return all;
}

/* Add the RUN's samples to those in host memory, where there are any. */
static bool add_samples(struct ipu_context *ctx)
{
	const bool priv = ipu_command_priv(ctx);
	uint32_t sum[SAMPLES_PART];
	uint32_t *counters;
	uint32_t first, i;
	uint64_t va;

	for (first = 0; first < IPU_SAMPLES; first += SAMPLES_PART) {
		counters = ctx->profile.samples + first;
		va = ctx->profile.head.samples_va + first * sizeof(*counters);
		if (!any(counters))
			continue;
		if (!ipu_mmu_read(ctx, va, sum, sizeof(sum), priv))
			return false;
		for (i = 0; i < SAMPLES_PART; i++)
			sum[i] = counters[i] < UINT32_MAX - sum[i] ? sum[i] + counters[i] : UINT32_MAX;
		if (!ipu_mmu_write(ctx, va, sum, sizeof(sum), priv))
			return false;
		memset(counters, 0, sizeof(sum));
	}
	return true;
}

static void detach(struct ipu_context *ctx)
{
	uint32_t i;

	for (i = ctx->run.first; i < ctx->run.first + ctx->run.count; i++)
		ipu_tile_profile(ipu_ctx_slot(ctx, i)->tile, NULL, 0);
}

bool ipu_profile_end(struct ipu_context *ctx, bool at_sync, uint64_t last)
{
	struct ipu_profile_step step = {
		.end_kind = at_sync ? IPU_PROFILE_END_EXTERNAL : IPU_PROFILE_END_EXIT,
		.last = last,
		.exchange = last,
		.end = last,
	};

	if (!ctx->profile.on)
		return true;
	detach(ctx);
	return end_step(ctx, &step) && (!ctx->profile.head.sample_cycles || add_samples(ctx));
}
