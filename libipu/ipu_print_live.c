// SPDX-License-Identifier: MIT
/*
 * What tiles print while a run is under way. The context is halted for a moment, as a
 * debugger does it, which changes nothing of what it computes, and the rings are read. A
 * line is handed on when no unit can print one any more that comes before it, so that the
 * order is that which it would be at the end of the run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_hw.h"
#include "ipu_print.h"
#include "ipu_program.h"

#define WORD sizeof(uint32_t)
#define CHUNK 4096u /* bytes to read at once */
#define INTERVAL_NS 100000000 /* between two looks, or as long as ... */
#define INTERVAL_FACTOR 20 /* ... so many of them took */
#define HALT_NS 1000000000
#define MOST_PENDING (1u << 20) /* lines; then the tiles keep them */

#define CSR_CYCLE 0xc00
#define CSR_CYCLEH 0xc80
#define EXECUTES 1

static int read_words(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t addr,
		      void *words, uint32_t count)
{
	return ctx->dev->ops->debug_access(ctx->dev, ctx->id, false, tile, unit, addr, words,
					   count);
}

static int read_reg(struct ipu_context *ctx, uint32_t tile, uint32_t unit, uint32_t reg,
		    uint32_t *value)
{
	return read_words(ctx, tile, unit, IPU_DBG_REG | reg, value, 1);
}

/* A tile's head and tail, and its new lines to those that are pending. */
static int take_tile(struct ipu_context *ctx, uint32_t tile, unsigned char *ring)
{
	const struct ipu_note_print *note = &ctx->program->print;
	struct ipu_position *position = &ctx->print->positions[tile];
	uint32_t words[2], begin;
	int err = read_words(ctx, tile, 0, note->state, words, 2);

	if (err)
		return err;
	begin = ipu_position_begin(position, words[0], words[1]);
	if (begin == words[0])
		return 0;
	for (uint32_t at = 0; !err && at < note->ring_bytes; at += CHUNK) {
		uint32_t bytes = note->ring_bytes - at < CHUNK ? note->ring_bytes - at : CHUNK;

		err = read_words(ctx, tile, 0, note->ring + at, ring + at, bytes / (uint32_t)WORD);
	}
	return err ? err :
		     ipu_lines_add_ring(&ctx->print->pending, tile, ring, note->ring_bytes,
					words[0], begin, position);
}

/* The clock of the unit of @tile that is the furthest behind, if that is before @time. */
static int find_time(struct ipu_context *ctx, uint32_t tile, uint64_t *time)
{
	uint32_t states, low = 0, high = 0;
	int err = read_reg(ctx, tile, 0, IPU_DBG_REG_STATES, &states);

	for (uint32_t unit = 0; !err && unit < IPU_PRINT_UNITS; unit++) {
		uint64_t clock;

		/* Those that are idle or wait go on where one that executes is, or later. */
		if ((states >> 4 * unit & 0xf) != EXECUTES)
			continue;
		err = read_reg(ctx, tile, unit, IPU_DBG_REG_CSR + CSR_CYCLE, &low);
		if (!err)
			err = read_reg(ctx, tile, unit, IPU_DBG_REG_CSR + CSR_CYCLEH, &high);
		clock = (uint64_t)high << 32 | low;
		if (!err && clock < *time)
			*time = clock;
	}
	return err;
}

/* All that is printed to the pending lines, and those that come before all others to @ready. */
static int take(struct ipu_context *ctx, struct ipu_lines *ready)
{
	struct ipu_lines *pending = &ctx->print->pending;
	unsigned char *ring = malloc(ctx->program->print.ring_bytes);
	uint64_t time = UINT64_MAX;
	size_t count = 0;
	int err = ring ? 0 : -ENOMEM;

	for (uint32_t tile = 0; !err && tile < ctx->tiles; tile++)
		err = take_tile(ctx, tile, ring);
	free(ring);
	for (uint32_t tile = 0; !err && pending->count && tile < ctx->tiles; tile++)
		err = find_time(ctx, tile, &time);
	if (err || !pending->count)
		return err;
	ipu_lines_sort(pending);
	while (count < pending->count && pending->line[count].cycles < time)
		count++;
	return ipu_lines_split(pending, count, ready);
}

/* Between attaching and detaching no other thread can attach. */
static int halt_and_take(struct ipu_context *ctx, struct ipu_lines *ready)
{
	const struct ipu_transport *ops = ctx->dev->ops;
	struct ipu_debug_stop stop = { .size = sizeof(stop) };
	int err;

	pthread_mutex_lock(&ctx->debug_lock);
	err = ops->debug_attach(ctx->dev, ctx->id, 0);
	if (!err) {
		err = ops->debug_halt(ctx->dev, ctx->id);
		if (!err)
			err = ops->debug_wait(ctx->dev, ctx->id, ipu_deadline_ns(HALT_NS), &stop);
		if (!err)
			err = take(ctx, ready);
		ops->debug_detach(ctx->dev, ctx->id);
	}
	pthread_mutex_unlock(&ctx->debug_lock);
	return err;
}

/* Hand on what can be. False when it is no use to try again: all comes at the end. */
static bool look(struct ipu_context *ctx, uint64_t seqno)
{
	struct ipu_lines ready = { 0 };
	ipu_print_fn fn = NULL;
	void *data = NULL;
	bool again = true;

	pthread_mutex_lock(&ctx->lock);
	if (ctx->state == IPU_CONTEXT_STARTED && ctx->run_seqno == seqno && ipu_prints(ctx)) {
		again = ctx->print->pending.count < MOST_PENDING && !halt_and_take(ctx, &ready);
		fn = ctx->print->fn;
		data = ctx->print->data;
	}
	pthread_mutex_unlock(&ctx->lock);
	if (fn)
		ipu_print_deliver(&ready, fn, data);
	return again;
}

int ipu_print_wait(struct ipu_context *ctx, uint64_t seqno, int64_t deadline_ns, int *status)
{
	int64_t interval = INTERVAL_NS;
	bool again = ctx->dev->info.caps & IPU_CAP_DEBUG;

	for (;;) {
		int64_t now = (int64_t)ipu_now_ns();
		int err;

		if (!again || deadline_ns - now <= interval)
			return ipu_wait_status(ctx, seqno, deadline_ns, status);
		err = ipu_wait_status(ctx, seqno, now + interval, status);
		if (err != -ETIME)
			return err;
		now = (int64_t)ipu_now_ns();
		again = look(ctx, seqno);
		interval = ((int64_t)ipu_now_ns() - now) * INTERVAL_FACTOR;
		if (interval < INTERVAL_NS)
			interval = INTERVAL_NS;
	}
}
