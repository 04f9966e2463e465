// SPDX-License-Identifier: MIT
/*
 * What tiles print: fetching it when they do not execute, putting it in order, and
 * handing it on. A tile's ring and the lines that its units have begun are described in
 * <ipu/note.h>; what is in them is the program's and not to be trusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ipu_print.h"
#include "ipu_program.h"
#include "isa/ipu_isa.h"

#define WORD sizeof(uint32_t)
#define RING_MIN 256u
#define RING_MAX 65536u
#define MAX_CMDS 64
#define TEXT_ROOM (1024u * 1024) /* of a buffer; more only if one tile's is larger */

_Static_assert(IPU_PRINT_UNITS == IPU_WORKERS + 1, "a line for each unit");

/**
 * struct ipu_print - who is given what tiles print, and how it is fetched
 * @fn: who, NULL for nobody
 * @data: its argument
 * @cmds: NULL until first used, as is
 * @bo: where it is fetched to: the words of all tiles, and then rings or lines of some
 * @va: where that is mapped
 */
struct ipu_print {
	ipu_print_fn fn;
	void *data;
	struct ipu_cmds *cmds;
	struct ipu_bo *bo;
	uint64_t va;
};

/* The first words of a struct ipu_print_state, and then @used of its lines. */
struct state {
	uint32_t head;
	uint32_t tail;
	uint32_t dropped;
	uint32_t lock;
	uint32_t used[IPU_PRINT_UNITS];
};
#define STATE_WORDS offsetof(struct state, used)

/* The text's @first bytes are at @text, the others, where it goes over the ring's end, at @rest. */
struct ipu_line {
	uint64_t cycles;
	uint32_t tile;
	uint32_t order;
	uint32_t unit;
	uint32_t dropped;
	uint32_t bytes;
	uint32_t first;
	const unsigned char *text;
	const unsigned char *rest;
};

int ipu_print_read_note(struct ipu_program *prog, const void *desc, size_t bytes)
{
	struct ipu_note_print note;
	const uint32_t state_end = IPU_SRAM_END - (uint32_t)sizeof(struct ipu_print_state);

	if (bytes < sizeof(note) || prog->print.ring_bytes)
		return ipu_fail(-ENOEXEC, "%s has a broken note of what it prints, or two.",
				prog->name);
	memcpy(&note, desc, sizeof(note));
	if (note.version != IPU_NOTE_PRINT_VERSION)
		return ipu_fail(-ENOEXEC,
				"%s prints in version %u, and this libipu (%s) knows version %d: "
				"use an ipu-cc and a libipu of the same release.",
				prog->name, note.version, ipu_version(), IPU_NOTE_PRINT_VERSION);
	if (note.ring_bytes < RING_MIN || note.ring_bytes > RING_MAX ||
	    note.ring_bytes & (note.ring_bytes - 1))
		return ipu_fail(-ENOEXEC,
				"%s has a print buffer of %u bytes: a power of two from %u to %u "
				"is needed.",
				prog->name, note.ring_bytes, RING_MIN, RING_MAX);
	if (note.state % WORD || note.state < IPU_SRAM_BASE || note.state > state_end ||
	    note.ring % WORD || note.ring < IPU_SRAM_BASE ||
	    note.ring > IPU_SRAM_END - note.ring_bytes)
		return ipu_fail(-ENOEXEC, "%s has a print buffer outside a tile's SRAM.",
				prog->name);
	prog->print = note;
	return 0;
}

int ipu_set_print(struct ipu_context *ctx, ipu_print_fn fn, void *data)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	if (ctx->state == IPU_CONTEXT_STARTED)
		err = ipu_fail(-EBUSY, "A run is under way: wait for it with ipu_run_wait() before "
				       "what it prints goes elsewhere.");
	else if (!ctx->print)
		ctx->print = calloc(1, sizeof(*ctx->print));
	if (!err && !ctx->print)
		err = ipu_fail_nomem("what tiles print");
	if (!err) {
		ctx->print->fn = fn;
		ctx->print->data = data;
	}
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

void ipu_print_free(struct ipu_print *print)
{
	if (!print)
		return;
	ipu_cmds_free(print->cmds);
	ipu_bo_destroy(print->bo);
	free(print);
}

/* ---- Copies ---------------------------------------------------------------------------------- */

static size_t states_bytes(const struct ipu_context *ctx)
{
	return (ctx->tiles * sizeof(struct state) + 63) & ~(size_t)63;
}

static struct state *states(struct ipu_context *ctx)
{
	return ctx->print->bo->data;
}

static int make_room(struct ipu_context *ctx)
{
	struct ipu_print *print = ctx->print;
	int err = 0;

	if (!print->cmds)
		err = ipu_cmds_create(ctx, MAX_CMDS, &print->cmds);
	if (!err && !print->bo)
		err = ipu_bo_create(ctx->dev, states_bytes(ctx) + TEXT_ROOM, &print->bo);
	if (!err && !print->va)
		err = ipu_bo_map(ctx, print->bo, IPU_BO_WRITE, &print->va);
	return err;
}

/* All commands so far */
static int submit(struct ipu_context *ctx)
{
	struct ipu_cmds *cmds = ctx->print->cmds;
	uint64_t seqno;
	int status = 0;
	int err = 0;

	if (!ipu_cmds_count(cmds))
		return 0;
	err = ipu_cmds_submit(cmds, &seqno);
	if (!err)
		err = ipu_wait_status(ctx, seqno, -1, &status);
	if (!err)
		err = ipu_fail_status(ctx, seqno, status);
	ipu_cmds_reset(cmds);
	return err;
}

/* The words of all tiles: those at the start of the state, and those of the lines. */
static struct ipu_copy words_copy(struct ipu_context *ctx, size_t member, uint32_t bytes)
{
	return (struct ipu_copy){
		.size = sizeof(struct ipu_copy),
		.tile_count = ctx->tiles,
		.tile_addr = ctx->program->print.state + (uint32_t)member,
		.row_bytes = bytes,
		.rows = 1,
		.host_va = ctx->print->va + member,
		.host_tile_stride = sizeof(struct state),
	};
}

static struct ipu_copy used_copy(struct ipu_context *ctx)
{
	struct ipu_copy copy = words_copy(ctx, offsetof(struct state, used), WORD);

	copy.tile_addr = ctx->program->print.state +
			 (uint32_t)offsetof(struct ipu_print_state, lines[0].used);
	copy.rows = IPU_PRINT_UNITS;
	copy.tile_row_stride = sizeof(((struct ipu_print_state *)0)->lines[0]);
	copy.host_row_stride = WORD;
	return copy;
}

static int get_states(struct ipu_context *ctx)
{
	const struct ipu_copy words = words_copy(ctx, 0, STATE_WORDS);
	const struct ipu_copy used = used_copy(ctx);
	int err = ipu_cmds_copy_from_tiles(ctx->print->cmds, &words);

	if (!err)
		err = ipu_cmds_copy_from_tiles(ctx->print->cmds, &used);
	return err ? err : submit(ctx);
}

/* Nothing is left, as far as it was fetched. */
static int put_states(struct ipu_context *ctx, bool ended)
{
	struct ipu_copy words = words_copy(ctx, offsetof(struct state, tail), 2 * WORD);
	const struct ipu_copy used = used_copy(ctx);
	int err;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++) {
		states(ctx)[tile].tail = states(ctx)[tile].head;
		states(ctx)[tile].dropped = 0;
		if (ended)
			memset(states(ctx)[tile].used, 0, sizeof(states(ctx)[tile].used));
	}
	err = ipu_cmds_copy_to_tiles(ctx->print->cmds, &words);
	if (!err && ended)
		err = ipu_cmds_copy_to_tiles(ctx->print->cmds, &used);
	return err ? err : submit(ctx);
}

static bool has_ring(const struct state *state)
{
	return state->head != state->tail;
}

static bool has_begun(const struct state *state)
{
	for (size_t unit = 0; unit < IPU_PRINT_UNITS; unit++)
		if (state->used[unit])
			return true;
	return false;
}

/*
 * Copy @bytes at @addr of the tiles that @has says, one after the other, to @to, through
 * the buffer.
 */
static int get_bytes(struct ipu_context *ctx, bool (*has)(const struct state *), uint32_t addr,
		     uint32_t bytes, unsigned char *to)
{
	const unsigned char *room = (unsigned char *)ctx->print->bo->data + states_bytes(ctx);
	const uint32_t most = TEXT_ROOM / bytes < MAX_CMDS ? TEXT_ROOM / bytes : MAX_CMDS;
	uint32_t staged = 0;
	int err = 0;

	for (uint32_t tile = 0; !err && tile < ctx->tiles; tile++) {
		const struct ipu_copy copy = {
			.size = sizeof(copy),
			.tile_first = tile,
			.tile_count = 1,
			.tile_addr = addr,
			.row_bytes = bytes,
			.rows = 1,
			.host_va = ctx->print->va + states_bytes(ctx) + (size_t)staged * bytes,
		};

		if (has(&states(ctx)[tile])) {
			err = ipu_cmds_copy_from_tiles(ctx->print->cmds, &copy);
			staged++;
		}
		if (err || !staged || (staged < most && tile + 1 < ctx->tiles))
			continue;
		err = submit(ctx);
		memcpy(to, room, (size_t)staged * bytes);
		to += (size_t)staged * bytes;
		staged = 0;
	}
	return err;
}

/* ---- Lines ----------------------------------------------------------------------------------- */

static void copy_from_ring(const unsigned char *ring, uint32_t ring_bytes, uint32_t at, void *to,
			   uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i++)
		((unsigned char *)to)[i] = ring[(at + i) & (ring_bytes - 1)];
}

/* The line at @at; false when there is none that could be one. */
static bool read_record(const unsigned char *ring, uint32_t ring_bytes, uint32_t at, uint32_t left,
			struct ipu_line *line)
{
	struct ipu_print_record record;
	uint32_t begin = (at + (uint32_t)sizeof(record)) & (ring_bytes - 1);

	if (left < sizeof(record))
		return false;
	copy_from_ring(ring, ring_bytes, at, &record, sizeof(record));
	if (record.bytes > IPU_PRINT_LINE_TEXT || record.bytes > left - sizeof(record) ||
	    record.unit >= IPU_PRINT_UNITS)
		return false;
	line->cycles = (uint64_t)record.cycles[1] << 32 | record.cycles[0];
	line->unit = record.unit;
	line->dropped = record.dropped;
	line->bytes = record.bytes;
	line->first = ring_bytes - begin < line->bytes ? ring_bytes - begin : line->bytes;
	line->text = ring + begin;
	line->rest = ring;
	return true;
}

static const char damaged[] = "(the program has overwritten what it printed here)";

/* The lines of a tile's ring to @to, or how many there are. */
static size_t read_ring(const struct state *state, uint32_t tile, const unsigned char *ring,
			uint32_t ring_bytes, struct ipu_line *to)
{
	uint32_t left = state->head - state->tail;
	uint32_t at = state->tail;
	size_t count = 0;

	while (left) {
		struct ipu_line line = { 0 };
		uint32_t bytes;

		if (left > ring_bytes || !read_record(ring, ring_bytes, at, left, &line)) {
			line.unit = IPU_SUPERVISOR;
			line.text = (const unsigned char *)damaged;
			line.bytes = line.first = sizeof(damaged) - 1;
			left = 0;
		}
		bytes = sizeof(struct ipu_print_record) + ((line.bytes + 3) & ~3u);
		line.tile = tile;
		line.order = (uint32_t)count;
		if (to)
			to[count] = line;
		count++;
		at += bytes;
		left -= left < bytes ? left : bytes;
	}
	return count;
}

/* All that the tiles say to @to, or how many lines that is. */
static size_t read_lines(struct ipu_context *ctx, const unsigned char *rings,
			 const unsigned char *begun, bool ended, struct ipu_line *to)
{
	const uint32_t ring_bytes = ctx->program->print.ring_bytes;
	const size_t line_bytes = sizeof(((struct ipu_print_state *)0)->lines[0]);
	size_t count = 0;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++) {
		const struct state *state = &states(ctx)[tile];
		struct ipu_line line = { .cycles = UINT64_MAX, .tile = tile };

		if (has_ring(state)) {
			count += read_ring(state, tile, rings, ring_bytes, to ? to + count : NULL);
			rings += ring_bytes;
		}
		for (line.unit = 0; ended && line.unit < IPU_PRINT_UNITS; line.unit++) {
			uint32_t used = state->used[line.unit];

			line.order = UINT32_MAX - IPU_PRINT_UNITS + line.unit;
			line.bytes = line.first =
				used < IPU_PRINT_LINE_TEXT ? used : IPU_PRINT_LINE_TEXT;
			line.text = begun + line.unit * line_bytes + WORD;
			if (!used)
				continue;
			if (to)
				to[count] = line;
			count++;
		}
		if (ended && has_begun(state))
			begun += IPU_PRINT_UNITS * line_bytes;
		if (!state->dropped)
			continue;
		if (to)
			to[count] = (struct ipu_line){ .cycles = UINT64_MAX,
						       .tile = tile,
						       .order = UINT32_MAX,
						       .unit = IPU_SUPERVISOR,
						       .dropped = state->dropped };
		count++;
	}
	return count;
}

static int by_time(const void *a, const void *b)
{
	const struct ipu_line *left = a, *right = b;

	if (left->cycles != right->cycles)
		return left->cycles < right->cycles ? -1 : 1;
	if (left->tile != right->tile)
		return left->tile < right->tile ? -1 : 1;
	return left->order < right->order ? -1 : left->order > right->order;
}

/* The rings of tiles that have printed, then the lines that have begun of those that have. */
static int get_texts(struct ipu_context *ctx, bool ended, struct ipu_lines *lines)
{
	const struct ipu_note_print *note = &ctx->program->print;
	const uint32_t begun_bytes = sizeof(((struct ipu_print_state *)0)->lines);
	size_t rings = 0, begun = 0;
	unsigned char *texts;
	int err;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++) {
		rings += has_ring(&states(ctx)[tile]);
		begun += ended && has_begun(&states(ctx)[tile]);
	}
	lines->texts = malloc(rings * note->ring_bytes + begun * begun_bytes + 1);
	if (!lines->texts)
		return ipu_fail_nomem("what tiles have printed");
	texts = lines->texts + rings * note->ring_bytes;
	err = get_bytes(ctx, has_ring, note->ring, note->ring_bytes, lines->texts);
	if (!err && ended)
		err = get_bytes(ctx, has_begun,
				note->state + (uint32_t)offsetof(struct ipu_print_state, lines),
				begun_bytes, texts);
	if (err)
		return err;
	lines->count = read_lines(ctx, lines->texts, texts, ended, NULL);
	lines->line = calloc(lines->count + 1, sizeof(*lines->line));
	if (!lines->line)
		return ipu_fail_nomem("what tiles have printed");
	read_lines(ctx, lines->texts, texts, ended, lines->line);
	qsort(lines->line, lines->count, sizeof(*lines->line), by_time);
	return 0;
}

static bool anything(struct ipu_context *ctx, bool ended)
{
	for (uint32_t tile = 0; tile < ctx->tiles; tile++) {
		const struct state *state = &states(ctx)[tile];

		if (has_ring(state) || state->dropped || (ended && has_begun(state)))
			return true;
	}
	return false;
}

int ipu_print_fetch(struct ipu_context *ctx, bool ended, struct ipu_lines *lines)
{
	int err;

	if (!ctx->print || !ctx->print->fn || !ctx->program->print.ring_bytes)
		return 0;
	lines->fn = ctx->print->fn;
	lines->data = ctx->print->data;
	err = make_room(ctx);
	if (!err)
		err = get_states(ctx);
	if (err || !anything(ctx, ended))
		return err;
	err = get_texts(ctx, ended, lines);
	if (!err)
		err = put_states(ctx, ended);
	if (err) {
		ipu_cmds_reset(ctx->print->cmds);
		lines->count = 0;
	}
	return err;
}

void ipu_print_deliver(struct ipu_lines *lines)
{
	char text[IPU_PRINT_LINE_TEXT + 1];

	for (size_t i = 0; i < lines->count; i++) {
		const struct ipu_line *line = &lines->line[i];
		const struct ipu_printed printed = {
			.size = sizeof(printed),
			.tile = line->tile,
			.unit = line->unit,
			.dropped = line->dropped,
			.cycles = line->cycles,
			.text = line->text ? text : NULL,
			.bytes = line->bytes,
		};

		memcpy(text, line->text ? (const char *)line->text : "", line->first);
		if (line->bytes > line->first)
			memcpy(text + line->first, line->rest, line->bytes - line->first);
		text[line->bytes] = '\0';
		lines->fn(&printed, lines->data);
	}
	free(lines->line);
	free(lines->texts);
	*lines = (struct ipu_lines){ 0 };
}
