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
#define RING_MIN 512u
#define RING_MAX 65536u
#define MAX_CMDS 64
#define LINE_BYTES ((uint32_t)sizeof(((struct ipu_print_state *)0)->lines[0]))
#define TEXT_ROOM (1024u * 1024) /* of a buffer; a ring is smaller */

_Static_assert(IPU_PRINT_UNITS == IPU_WORKERS + 1, "a line for each unit");

/* The first words of a struct ipu_print_state, and then @used of its lines. */
struct state {
	uint32_t head;
	uint32_t tail;
	uint32_t count;
	uint32_t lock;
	uint32_t used[IPU_PRINT_UNITS];
};
#define STATE_BYTES offsetof(struct state, used)

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

static struct ipu_print *make_print(uint32_t tiles)
{
	struct ipu_print *print = calloc(1, sizeof(*print));

	if (print)
		print->positions = calloc(tiles, sizeof(*print->positions));
	if (print && !print->positions) {
		free(print);
		print = NULL;
	}
	return print;
}

void ipu_print_restart(struct ipu_print *print, uint32_t tiles)
{
	if (print)
		memset(print->positions, 0, tiles * sizeof(*print->positions));
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
		ctx->print = make_print(ctx->tiles);
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
	ipu_lines_free(&print->pending);
	free(print->positions);
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
	err = ipu_cmds_submit_locked(cmds, &seqno);
	if (!err)
		err = ipu_wait_status(ctx, seqno, INT64_MAX, &status);
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
	copy.tile_row_stride = LINE_BYTES;
	copy.host_row_stride = WORD;
	return copy;
}

static int copy_states(struct ipu_context *ctx, struct ipu_cmds *cmds)
{
	const struct ipu_copy words = words_copy(ctx, 0, STATE_BYTES);
	const struct ipu_copy used = used_copy(ctx);
	int err = ipu_cmds_copy_from_tiles(cmds, &words);

	return err ? err : ipu_cmds_copy_from_tiles(cmds, &used);
}

/* The tail becomes where there is something that has not been read. */
static int get_states(struct ipu_context *ctx)
{
	int err = 0;

	if (!ctx->print->ahead) {
		err = copy_states(ctx, ctx->print->cmds);
		if (!err)
			err = submit(ctx);
	}
	ctx->print->ahead = false;
	for (uint32_t tile = 0; !err && tile < ctx->tiles; tile++) {
		struct state *state = &states(ctx)[tile];

		state->tail =
			ipu_position_begin(&ctx->print->positions[tile], state->head, state->tail);
	}
	return err;
}

/* No unit has begun a line any more. */
static int clear_used(struct ipu_context *ctx)
{
	const struct ipu_copy used = used_copy(ctx);
	int err;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++)
		memset(states(ctx)[tile].used, 0, sizeof(states(ctx)[tile].used));
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

/* The rings of tiles that have printed: @rings has one for each that has. */
static int add_rings(struct ipu_context *ctx, const unsigned char *rings, struct ipu_lines *lines)
{
	const uint32_t ring_bytes = ctx->program->print.ring_bytes;
	int err = 0;

	for (uint32_t tile = 0; !err && tile < ctx->tiles; tile++) {
		const struct state *state = &states(ctx)[tile];

		if (!has_ring(state))
			continue;
		err = ipu_lines_add_ring(lines, tile, rings, ring_bytes, state->head, state->tail,
					 &ctx->print->positions[tile]);
		rings += ring_bytes;
	}
	return err;
}

/* Lines that have not ended: @begun has those of each tile that has one. */
static int add_begun(struct ipu_context *ctx, const unsigned char *begun, struct ipu_lines *lines)
{
	int err = 0;

	for (uint32_t tile = 0; !err && tile < ctx->tiles; tile++) {
		const struct state *state = &states(ctx)[tile];

		for (uint32_t unit = 0; !err && unit < IPU_PRINT_UNITS; unit++) {
			const uint32_t used = state->used[unit];
			const struct ipu_line line = {
				.cycles = UINT64_MAX,
				.tile = tile,
				.unit = unit,
				.bytes = used < IPU_PRINT_LINE_TEXT ? used : IPU_PRINT_LINE_TEXT,
			};

			if (used)
				err = ipu_lines_add(lines, &line, begun + unit * LINE_BYTES + WORD);
		}
		if (has_begun(state))
			begun += IPU_PRINT_UNITS * LINE_BYTES;
	}
	return err;
}

static size_t count_tiles(struct ipu_context *ctx, bool (*has)(const struct state *))
{
	size_t count = 0;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++)
		count += has(&states(ctx)[tile]);
	return count;
}

/* Fetch @bytes at @addr of each tile that @has says, and have @add read them. */
static int
get_lines(struct ipu_context *ctx, bool (*has)(const struct state *), uint32_t addr, uint32_t bytes,
	  int (*add)(struct ipu_context *ctx, const unsigned char *from, struct ipu_lines *lines),
	  struct ipu_lines *lines)
{
	const size_t tiles = count_tiles(ctx, has);
	unsigned char *memory;
	int err;

	if (!tiles)
		return 0;
	memory = malloc(tiles * bytes);
	if (!memory)
		return ipu_fail_nomem("what tiles have printed");
	err = get_bytes(ctx, has, addr, bytes, memory);
	if (!err && add(ctx, memory, lines))
		err = ipu_fail_nomem("what tiles have printed");
	free(memory);
	return err;
}

static int get_all(struct ipu_context *ctx, bool ended, struct ipu_lines *lines)
{
	const struct ipu_note_print *note = &ctx->program->print;
	int err = get_lines(ctx, has_ring, note->ring, note->ring_bytes, add_rings, lines);

	if (err || !ended || !count_tiles(ctx, has_begun))
		return err;
	err = get_lines(ctx, has_begun,
			note->state + (uint32_t)offsetof(struct ipu_print_state, lines),
			IPU_PRINT_UNITS * LINE_BYTES, add_begun, lines);
	return err ? err : clear_used(ctx);
}

bool ipu_prints(const struct ipu_context *ctx)
{
	return ctx->print && ctx->print->fn && ctx->program && ctx->program->print.ring_bytes;
}

int ipu_print_ahead(struct ipu_context *ctx)
{
	int err;

	if (!ipu_prints(ctx))
		return 0;
	ctx->print->ahead = false;
	if (atomic_load(&ctx->debugged))
		return 0;
	err = make_room(ctx);
	if (!err)
		err = copy_states(ctx, ctx->setup);
	ctx->print->ahead = !err;
	return err;
}

int ipu_print_fetch(struct ipu_context *ctx, int status, bool ended, struct ipu_lines *lines)
{
	int err;

	if (!ipu_prints(ctx))
		return 0;
	/* What is behind the run in a job that has failed was not executed. */
	ctx->print->ahead = ctx->print->ahead && !status;
	*lines = ctx->print->pending;
	ctx->print->pending = (struct ipu_lines){ 0 };
	err = make_room(ctx);
	if (!err)
		err = get_states(ctx);
	if (!err)
		err = get_all(ctx, ended, lines);
	if (err && ctx->print->cmds)
		ipu_cmds_reset(ctx->print->cmds);
	ipu_lines_sort(lines);
	return err;
}

void ipu_print_deliver(struct ipu_lines *lines, ipu_print_fn fn, void *data)
{
	for (size_t i = 0; i < lines->count; i++) {
		const struct ipu_line *line = &lines->line[i];
		const struct ipu_printed printed = {
			.size = sizeof(printed),
			.tile = line->tile,
			.unit = line->unit,
			.dropped = line->dropped,
			.cycles = line->cycles,
			.text = lines->texts + line->at,
			.bytes = line->bytes,
		};

		fn(&printed, data);
	}
	ipu_lines_free(lines);
}
