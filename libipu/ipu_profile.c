// SPDX-License-Identifier: MIT
/*
 * Profiles: the memory that the card writes them to, and reading it. What the card
 * wrote is checked before it is used, since a card can be wrong.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_internal.h"
#include "ipu_program.h"
#include "isa/ipu_isa.h"

#define SAMPLES_BYTES (IPU_SAMPLES * sizeof(uint32_t))

/* ---- Memory ---------------------------------------------------------------------------- */

static int make_buffer(struct ipu_context *ctx, size_t bytes, struct ipu_bo **bo, uint64_t *va)
{
	int err = ipu_bo_create(ctx->dev, bytes, bo);

	if (err)
		return err;
	err = ipu_bo_map(ctx, *bo, IPU_BO_WRITE, va);
	if (err) {
		ipu_bo_destroy(*bo);
		*bo = NULL;
	}
	return err;
}

static void drop_buffer(struct ipu_context *ctx, struct ipu_bo *bo, uint64_t va)
{
	if (!bo)
		return;
	ipu_bo_unmap(ctx, va);
	ipu_bo_destroy(bo);
}

static void drop(struct ipu_context *ctx, struct ipu_profiling *profile)
{
	drop_buffer(ctx, profile->records, profile->va);
	drop_buffer(ctx, profile->samples, profile->samples_va);
	*profile = (struct ipu_profiling){ 0 };
}

static int make(struct ipu_context *ctx, const struct ipu_profile_options *options,
		struct ipu_profiling *profile)
{
	const uint64_t bytes = options->bytes ? options->bytes : IPU_PROFILE_DEFAULT_BYTES;
	int err;

	err = make_buffer(ctx, bytes, &profile->records, &profile->va);
	if (!err && options->sample_cycles)
		err = make_buffer(ctx, SAMPLES_BYTES, &profile->samples, &profile->samples_va);
	if (err) {
		drop(ctx, profile);
		return err;
	}
	profile->on = true;
	*(struct ipu_profile *)profile->records->data = (struct ipu_profile){
		.bytes = bytes & ~7ull,
		.samples_va = profile->samples_va,
		.sample_cycles = options->sample_cycles,
		.step_stride = options->step_stride,
		.tile_stride = options->tile_stride,
		.used = sizeof(struct ipu_profile),
	};
	return 0;
}

void ipu_profile_free(struct ipu_context *ctx)
{
	ipu_bo_destroy(ctx->profile.records);
	ipu_bo_destroy(ctx->profile.samples);
}

/* ---- Starting and stopping --------------------------------------------------------------- */

static int check_options(struct ipu_context *ctx, const struct ipu_profile_options *options)
{
	if (!(ctx->dev->info.caps & IPU_CAP_PROFILE))
		return ipu_fail(-ENOTSUP,
				"%s cannot be profiled: the card is too old. The simulator can "
				"(ipu-run --device sim).",
				ctx->dev->info.name);
	if (options->bytes &&
	    (options->bytes < sizeof(struct ipu_profile) || options->bytes > IPU_PROFILE_MAX_BYTES))
		return ipu_fail(-EINVAL, "A profile has %zu to %u bytes, not %" PRIu64 ".",
				sizeof(struct ipu_profile), IPU_PROFILE_MAX_BYTES, options->bytes);
	return 0;
}

/* Take the lock, unless a run is under way. */
static int lock_idle(struct ipu_context *ctx)
{
	int err = ipu_context_lock(ctx);

	if (err || ctx->state != IPU_CONTEXT_STARTED)
		return err;
	pthread_mutex_unlock(&ctx->lock);
	return ipu_fail(-EBUSY, "A run is under way: wait for it with ipu_run_wait() before its "
				"profile is used.");
}

int ipu_profile_start(struct ipu_context *ctx, const struct ipu_profile_options *options)
{
	struct ipu_profiling profile = { 0 };
	struct ipu_profile_options opts;
	int err = IPU_STRUCT_IN(&opts, options, ipu_profile_options, tile_stride);

	if (!err)
		err = check_options(ctx, &opts);
	if (!err)
		err = lock_idle(ctx);
	if (err)
		return err;
	err = make(ctx, &opts, &profile);
	if (!err) {
		drop(ctx, &ctx->profile);
		ctx->profile = profile;
	}
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

int ipu_profile_stop(struct ipu_context *ctx)
{
	int err = lock_idle(ctx);

	if (err)
		return err;
	ctx->profile.on = false;
	pthread_mutex_unlock(&ctx->lock);
	return 0;
}

/* ---- Reading ------------------------------------------------------------------------------- */

/* Take the lock, if there is a profile to read. */
static int lock_profile(struct ipu_context *ctx)
{
	int err = lock_idle(ctx);

	if (err || ctx->profile.records)
		return err;
	pthread_mutex_unlock(&ctx->lock);
	return ipu_fail(-EINVAL, "The context was not profiled: call ipu_profile_start() before it "
				 "is run.");
}

static int fail_senseless(struct ipu_context *ctx, uint64_t place)
{
	return ipu_fail(-EIO,
			"%s: the card's profile makes no sense at byte %" PRIu64 ": the card and "
			"this process do not see the same memory, or they are of different "
			"versions.",
			ctx->dev->info.name, place);
}

/* A copy, which does not change while it is used. */
static int read_head(struct ipu_context *ctx, struct ipu_profile *head)
{
	*head = *(const struct ipu_profile *)ctx->profile.records->data;
	if (head->used < sizeof(*head) || head->used % 8 || head->used > ctx->profile.records->size)
		return fail_senseless(ctx, 0);
	return 0;
}

int ipu_profile_get_totals(struct ipu_context *ctx, struct ipu_profile_totals *totals)
{
	struct ipu_profile head;
	int err = IPU_STRUCT_CHECK(totals, ipu_profile_totals, lost);

	if (!err)
		err = lock_profile(ctx);
	if (err)
		return err;
	err = read_head(ctx, &head);
	pthread_mutex_unlock(&ctx->lock);
	if (err)
		return err;
	ipu_struct_out(totals,
		       &(struct ipu_profile_totals){
			       .size = sizeof(*totals),
			       .supersteps = head.supersteps,
			       .compute_cycles = head.compute_cycles,
			       .sync_cycles = head.sync_cycles,
			       .exchange_cycles = head.exchange_cycles,
			       .host_cycles = head.host_cycles,
			       .records_bytes = head.used - sizeof(head),
			       .dropped = head.dropped,
			       .lost = head.lost,
		       },
		       sizeof(*totals));
	return 0;
}

union record {
	struct ipu_profile_record head;
	struct ipu_profile_step step;
	struct ipu_profile_tile tile;
	struct ipu_profile_unit unit;
};

static size_t size_of(unsigned int kind)
{
	switch (kind) {
	case IPU_PROFILE_STEP:
		return sizeof(struct ipu_profile_step);
	case IPU_PROFILE_TILE:
		return sizeof(struct ipu_profile_tile);
	case IPU_PROFILE_WORKER:
	case IPU_PROFILE_WAIT:
	case IPU_PROFILE_MARK:
		return sizeof(struct ipu_profile_unit);
	default:
		return 0;
	}
}

/* The next record of a kind that is known; 1, 0 at the end, -EIO. */
static int read_record(struct ipu_context *ctx, uint64_t end, uint64_t *place, union record *record)
{
	const unsigned char *data = ctx->profile.records->data;

	while (*place < end) {
		struct ipu_profile_record *head = &record->head;
		size_t bytes;

		memcpy(head, data + *place, sizeof(*head));
		bytes = size_of(head->kind);
		if (!head->bytes || head->bytes % 8 || head->bytes > end - *place ||
		    head->bytes < bytes)
			return fail_senseless(ctx, *place);
		if (bytes > sizeof(*head))
			memcpy(head + 1, data + *place + sizeof(*head), bytes - sizeof(*head));
		*place += head->bytes;
		if (bytes)
			return 1;
	}
	return 0;
}

static void fill_step(struct ipu_profile_event *event, const struct ipu_profile_step *step)
{
	event->tiles = step->tiles;
	event->step_end = step->end_kind;
	event->step = step->step;
	event->begin = step->begin;
	event->end = step->end;
	event->first = step->first;
	event->last = step->last;
	event->exchange = step->exchange;
	event->busy = step->busy;
	event->instructions = step->instructions;
	event->exchange_bytes = step->exchange_bytes;
}

static void fill_tile(struct ipu_profile_event *event, const struct ipu_profile_tile *tile)
{
	event->exited = tile->exited;
	event->begin = tile->begin;
	event->end = tile->arrival;
	event->instructions = tile->instructions;
	event->exchange_bytes = tile->exchange_bytes;
}

static void fill_unit(struct ipu_profile_event *event, const struct ipu_profile_unit *unit)
{
	event->unit = unit->unit;
	event->value = unit->value;
	event->begin = unit->begin;
	event->end = unit->end;
}

/* What record says; false when that cannot be. */
static bool fill(struct ipu_context *ctx, const union record *record,
		 struct ipu_profile_event *event)
{
	*event = (struct ipu_profile_event){
		.size = sizeof(*event),
		.kind = record->head.kind,
		.tile = record->head.tile,
	};
	if (record->head.kind == IPU_PROFILE_STEP)
		fill_step(event, &record->step);
	else if (record->head.kind == IPU_PROFILE_TILE)
		fill_tile(event, &record->tile);
	else
		fill_unit(event, &record->unit);
	if (event->kind == IPU_EVENT_STEP &&
	    (event->first < event->begin || event->last < event->first ||
	     event->exchange < event->last || event->end < event->exchange ||
	     event->step_end > IPU_STEP_END_EXIT || event->tiles > ctx->tiles))
		return false;
	return event->tile < ctx->tiles && event->unit <= IPU_SUPERVISOR &&
	       event->begin <= event->end;
}

static int next(struct ipu_context *ctx, uint64_t *place, struct ipu_profile_event *event)
{
	uint64_t at = *place ? *place : sizeof(struct ipu_profile);
	struct ipu_profile head;
	union record record;
	int err = read_head(ctx, &head);

	if (err)
		return err;
	if (at < sizeof(head) || at % 8 || at > head.used)
		return ipu_fail(-EINVAL, "There is no event at place %" PRIu64 " of the profile.",
				*place);
	err = read_record(ctx, head.used, &at, &record);
	if (err <= 0)
		return err;
	if (!fill(ctx, &record, event))
		return fail_senseless(ctx, at - record.head.bytes);
	*place = at;
	return 1;
}

int ipu_profile_next(struct ipu_context *ctx, uint64_t *place, struct ipu_profile_event *event)
{
	struct ipu_profile_event found;
	int err = IPU_STRUCT_CHECK(event, ipu_profile_event, exchange_bytes);

	if (!err)
		err = lock_profile(ctx);
	if (err)
		return err;
	err = next(ctx, place, &found);
	pthread_mutex_unlock(&ctx->lock);
	if (err > 0)
		ipu_struct_out(event, &found, sizeof(found));
	return err;
}

int ipu_profile_samples(struct ipu_context *ctx, uint32_t addr, uint32_t *found, uint32_t *samples)
{
	const uint32_t *counter;
	uint32_t i;
	int err = lock_profile(ctx);

	if (err)
		return err;
	counter = ctx->profile.samples ? ctx->profile.samples->data : NULL;
	i = addr < IPU_SRAM_BASE ? 0 : (addr - IPU_SRAM_BASE + 1) / 2;
	while (counter && i < IPU_SAMPLES && !counter[i])
		i++;
	err = counter && i < IPU_SAMPLES;
	if (err) {
		*found = IPU_SRAM_BASE + 2 * i;
		*samples = counter[i];
	}
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

/* ---- Marks ----------------------------------------------------------------------------------- */

/* What the file has for tile address @addr, up to the end of a segment. */
static const char *text_at(const struct ipu_program *prog, uint32_t addr, size_t *room)
{
	for (size_t i = 0; i < prog->segment_count; i++) {
		const struct ipu_segment *segment = &prog->segments[i];

		if (addr < segment->addr || addr - segment->addr >= segment->file_bytes)
			continue;
		*room = segment->file_bytes - (addr - segment->addr);
		return (const char *)segment->data + (addr - segment->addr);
	}
	return NULL;
}

void ipu_program_mark(const struct ipu_program *prog, uint32_t value, char *text, size_t bytes)
{
	size_t room = 0;
	const char *name = text_at(prog, value, &room);

	if (name && *name && memchr(name, '\0', room))
		snprintf(text, bytes, "%s", name);
	else
		snprintf(text, bytes, "%" PRIu32, value);
}
