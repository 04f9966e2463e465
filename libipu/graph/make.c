// SPDX-License-Identifier: MIT
/*
 * Making executables: their script goes to the tiles, which follow it once. What comes of it, the
 * tables of operations, stays there.
 *
 * If the tables of all operations do not fit beside each other, these are made in parts that
 * have the same place in turn: the host keeps the tables of each, and sends them before its run.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "graph.h"
#include "ipu_hw.h"
#include "ipu_program.h"

#define FEW_OPS 8 /* whose tables are not measured before they are made */
#define OFTEN 16 /* runs of one executable, and of no other between them */

/* ---- The script ----------------------------------------------------------- */

/**
 * struct outline - where a script has what
 * @op: for each operation, its first word; behind the last one, the end
 * @arrays: words of all arrays
 * @instructions: how many there are
 */
struct outline {
	uint32_t *op;
	uint32_t arrays;
	uint32_t instructions;
};

/* It may come from a file: the word after @count instructions, or 0 if there are not so many. */
static uint32_t skip(const struct ipu_executable *exe, uint32_t at, uint32_t count)
{
	for (; at && count; count--) {
		if (at + 1 >= exe->words || !exe->word[at] ||
		    exe->word[at + 1] >= exe->words - at - 2)
			return 0;
		at += 2 + exe->word[at + 1];
	}
	return at;
}

static int find_outline(const struct ipu_executable *exe, struct outline *outline)
{
	const bool noted = exe->op_cycles;
	uint32_t at;

	outline->op = calloc(exe->ops + 1, sizeof(*outline->op));
	if (!outline->op)
		return ipu_fail_nomem("an executable");
	outline->instructions = exe->tensors + exe->ops + (noted ? exe->ops + 1 : 0);
	/* No script begins with an operation. */
	at = exe->tensors ? 2 + exe->word[1] : 0;
	outline->arrays = exe->tensors && at < exe->words ? skip(exe, at, exe->tensors - 1) : 0;
	at = noted ? skip(exe, outline->arrays, 1) : outline->arrays;
	for (uint32_t i = 0; i < exe->ops; i++) {
		outline->op[i] = at;
		at = skip(exe, at, noted ? 2 : 1);
	}
	outline->op[exe->ops] = at;
	if ((!at && exe->tensors) || at >= exe->words || exe->word[at]) {
		free(outline->op);
		return ipu_fail(-ENOEXEC, "%s: its script is not that of its operations.",
				exe->name);
	}
	return 0;
}

/* The script of operations @first to @end; @words of it. To be freed. */
static uint32_t *part_of(const struct ipu_executable *exe, const struct outline *outline,
			 uint32_t first, uint32_t end, uint32_t note, uint32_t *words)
{
	const uint32_t ops = outline->op[end] - outline->op[first];
	const bool noted = exe->op_cycles;
	uint32_t *word = malloc((outline->arrays + 4 + ops + 1) * sizeof(*word)), *at = word;

	if (!word) {
		ipu_fail_nomem("an executable");
		return NULL;
	}
	memcpy(at, exe->word, outline->arrays * sizeof(*word));
	at += outline->arrays;
	if (noted) {
		*at++ = DO_NOTE;
		*at++ = 2;
		*at++ = exe->tensors - 1;
		*at++ = note;
	}
	memcpy(at, exe->word + outline->op[first], ops * sizeof(*word));
	at += ops;
	*at++ = 0;
	*words = (uint32_t)(at - word);
	return word;
}

/* ---- Room ----------------------------------------------------------------- */

/* Bytes of a tile's memory that making takes for a while, behind what is kept. */
static uint32_t making_bytes(const struct ipu_executable *exe)
{
	return (uint32_t)rounded(exe->words * 4) +
	       (uint32_t)rounded(exe->tensors * RESIDENT_ARRAY_BYTES) +
	       (exe->tensors + 2 * exe->ops + 1) * 4;
}

/* Bytes of a tile that its tables take, as far as that is known. */
static uint32_t needed(const struct ipu_executable *exe)
{
	return exe->parts == 1 && exe->tables ? exe->tables : TABLES_LEAST;
}

/*
 * Where tables have to end: above its tensors, what is kept, and what making takes. Above the
 * tensors of all that is made, too, if there is room: a run of those gives up what is below.
 */
static uint32_t lowest(const struct ipu_executable *exe)
{
	const struct ipu_engine *engine = exe->engine;
	uint32_t low = (uint32_t)rounded(engine->kept ? engine->kept->keep : 0) + making_bytes(exe);
	uint32_t above;

	low = exe->bytes > low ? exe->bytes : low;
	above = low;
	for (uint32_t i = 0; i < engine->slots; i++)
		if (engine->slot[i] && engine->slot[i]->bytes > above)
			above = engine->slot[i]->bytes;
	return above + needed(exe) <= engine->high ? above : low;
}

static bool fits(const struct ipu_executable *exe)
{
	const struct ipu_engine *engine = exe->engine;

	return engine->slots + PARTS_MOST <= SLOTS && lowest(exe) + needed(exe) <= engine->high;
}

/* Give up what was made last, whose tables are below all others. */
static void drop_newest(struct ipu_engine *engine)
{
	engine_leave_slots(engine->slot[engine->slots - 1]);
}

/*
 * Half of the tables are of what was destroyed, or has not run since this one last did: the program
 * does something else now.
 */
static bool is_outdated(const struct ipu_executable *exe)
{
	const struct ipu_engine *engine = exe->engine;
	uint32_t used = 0;

	for (uint32_t i = 0; i < engine->slots; i++) {
		const struct ipu_executable *other = engine->slot[i];

		if (other && other->slot == i && other->ran >= exe->ran)
			used += other->tables;
	}
	return used < (HEAP_BYTES - SCRATCH_BYTES - engine->high) / 2;
}

/*
 * Make room by giving up the newest. Programs run the same operations again and again in the same
 * order: of what is too much to be there at once, that leaves all but the last ones, where giving
 * up the oldest would leave nothing until it is needed. False if there is no room even so.
 */
static bool make_room(const struct ipu_executable *exe)
{
	struct ipu_engine *engine = exe->engine;

	if (!fits(exe) && is_outdated(exe))
		engine_forget_slots(engine);
	while (!fits(exe)) {
		if (!engine->slots)
			return false;
		drop_newest(engine);
	}
	return true;
}

/* ---- Following it --------------------------------------------------------- */

/**
 * struct making - a script that tiles follow
 * @what: COMMAND_MAKE or COMMAND_SIZE
 * @slot: where it is made
 * @first: its first operation
 * @word: it; @words of them
 * @from: bytes from the start of the heap, of what comes back from each tile, or
 * @state: it is the tile's state
 * @bytes: of it
 * @back: out: that, of all tiles
 */
struct making {
	uint32_t what;
	uint32_t slot;
	uint32_t first;
	const uint32_t *word;
	uint32_t words;
	uint32_t from;
	bool state;
	uint32_t bytes;
	void *back;
};

/* Where, behind what is kept, sizes are told. */
static uint32_t sizes_at(const struct ipu_executable *exe, uint32_t words)
{
	const struct ipu_engine *engine = exe->engine;

	return (uint32_t)(rounded(engine->kept ? engine->kept->keep : 0) + rounded(words * 4) +
			  rounded(exe->tensors * RESIDENT_ARRAY_BYTES));
}

static int add_making(struct flight *flight, struct ipu_executable *exe,
		      const struct making *making, char *stage, uint64_t va)
{
	struct ipu_engine *engine = exe->engine;
	const uint32_t kept = (uint32_t)rounded(engine->kept ? engine->kept->keep : 0);
	const uint32_t words = (uint32_t)rounded(making->words * 4);
	const uint32_t command[COMMAND_WORDS] = {
		[COMMAND_WHAT] = making->what,
		[COMMAND_SLOT] = making->slot,
		[COMMAND_SCRATCH] = SCRATCH_BYTES,
		[COMMAND_LOW] = lowest(exe),
		[COMMAND_HIGH] = engine->high,
		[COMMAND_SCRIPT] = kept,
		[COMMAND_ARRAYS] = kept + words,
		[COMMAND_MOST] = exe->tensors,
		[COMMAND_SIZES] = sizes_at(exe, making->words),
	};
	struct ipu_copy copy = { .size = sizeof(copy), .tile_count = exe->tiles, .rows = 1 };
	int err;

	memcpy(stage, command, sizeof(command));
	memcpy(stage + 64, making->word, (size_t)making->words * 4);
	copy.tile_addr = engine->command;
	copy.row_bytes = sizeof(command);
	copy.host_va = va;
	err = ipu_cmds_copy_to_tiles(flight->cmds, &copy);
	copy.tile_addr = engine->heap + kept;
	copy.row_bytes = making->words * 4;
	copy.host_va = va + 64;
	if (!err)
		err = ipu_cmds_copy_to_tiles(flight->cmds, &copy);
	if (!err)
		err = engine_add_run(engine, flight, exe->tiles);
	copy.tile_addr = making->state ? engine->state : engine->heap + making->from;
	copy.row_bytes = making->bytes;
	copy.host_va = va + 64 + words;
	copy.host_tile_stride = making->bytes;
	return err ? err : ipu_cmds_copy_from_tiles(flight->cmds, &copy);
}

/* Send it, and wait. */
static int follow(struct ipu_executable *exe, const struct making *making)
{
	struct ipu_engine *engine = exe->engine;
	const size_t back = (size_t)exe->tiles * making->bytes;
	struct flight *flight;
	char *stage;
	uint64_t va;
	int err = engine_flight(engine, FLIGHT_CMDS, &flight);

	if (!err)
		err = engine_stage(engine, flight, 64 + rounded(making->words * 4) + back, &stage,
				   &va);
	if (err)
		return err;
	err = add_making(flight, exe, making, stage, va);
	engine->commanded = UINT32_MAX;
	if (!err)
		err = engine_submit(engine, flight);
	if (err)
		return err;
	flight->making = exe;
	flight->making_first = making->first;
	engine_drain(engine);
	err = engine_take_failure(engine);
	if (!err)
		memcpy(making->back, stage + 64 + rounded(making->words * 4), back);
	return err;
}

/* ---- Parts ---------------------------------------------------------------- */

/* What the tables of each operation take on the tile where they take the most, with its note. */
static int measure(struct ipu_executable *exe, const struct outline *outline, uint32_t *size)
{
	const uint32_t bytes = outline->instructions * 4, each = exe->op_cycles ? 2 : 1;
	struct making making = {
		.what = COMMAND_SIZE,
		.word = exe->word,
		.words = exe->words,
		.from = sizes_at(exe, exe->words),
		.bytes = bytes,
		.back = malloc((size_t)exe->tiles * bytes),
	};
	const uint32_t *told = making.back;
	int err;

	if (!told)
		return ipu_fail_nomem("an executable");
	err = follow(exe, &making);
	for (uint32_t tile = 0; !err && tile < exe->tiles; tile++, told += outline->instructions) {
		const uint32_t *of = told + exe->tensors + each - 1;

		for (uint32_t i = 0; i < exe->ops; i++) {
			const uint32_t sum = of[i * each] + (each > 1 ? of[i * each + 1] : 0);

			size[i] = sum > size[i] ? sum : size[i];
		}
	}
	free(making.back);
	return err;
}

/* For tables, if nothing else is made. */
static uint32_t room_alone(const struct ipu_executable *exe)
{
	const uint32_t making = making_bytes(exe), most = HEAP_BYTES - SCRATCH_BYTES;
	const uint32_t low = exe->bytes > making ? exe->bytes : making;

	return low < most ? most - low : 0;
}

/* One part if all fits; otherwise parts that leave half of the room, if their operations do. */
static int divide(struct ipu_executable *exe, const uint32_t *size)
{
	const uint32_t note = exe->op_cycles ? 64 : 0;
	uint32_t room = exe->engine->high - lowest(exe), used = note, most = 0;
	uint64_t all = note;

	for (uint32_t i = 0; i < exe->ops; i++) {
		all += size[i];
		most = size[i] > most ? size[i] : most;
	}
	exe->parts = 1;
	exe->part[0].first = 0;
	exe->crowded = all > room && all <= room_alone(exe);
	if (all <= room)
		return 0;
	if (most + note < room / 2 && all / (room / 2 - most) < PARTS_MOST / 2)
		room /= 2;
	for (uint32_t i = 0; i < exe->ops; used += size[i++]) {
		if (used + size[i] <= room || i == exe->part[exe->parts - 1].first)
			continue;
		if (exe->parts == PARTS_MOST)
			return ipu_fail(-ENOSPC,
					"%s: its tables need %llu bytes, and %u tiles have room "
					"for %u at a time: use more tiles.",
					exe->name, (unsigned long long)all, exe->tiles, room);
		exe->part[exe->parts++].first = i;
		used = note;
	}
	return 0;
}

static int plan_parts(struct ipu_executable *exe, const struct outline *outline, bool measured)
{
	uint32_t *size;
	int err;

	exe->parts = 1;
	exe->part[0].first = 0;
	exe->crowded = false;
	if (!measured)
		return 0;
	size = calloc(exe->ops, sizeof(*size));
	if (!size)
		return ipu_fail_nomem("an executable");
	err = measure(exe, outline, size);
	if (!err)
		err = divide(exe, size);
	free(size);
	return err;
}

void engine_drop_tables(struct ipu_executable *exe)
{
	for (uint32_t i = 0; i < PARTS_MOST; i++) {
		ipu_bo_destroy(exe->part[i].tables);
		exe->part[i] = (struct graph_part){ 0 };
	}
	exe->parts = 0;
}

int engine_add_tables(struct flight *flight, const struct ipu_executable *exe,
		      const struct graph_part *part, bool to_tiles)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = exe->tiles,
		.tile_addr = exe->engine->heap + part->at,
		.row_bytes = part->bytes,
		.rows = 1,
		.host_va = part->va,
		.host_tile_stride = part->bytes,
	};

	return to_tiles ? ipu_cmds_copy_to_tiles(flight->cmds, &copy) :
			  ipu_cmds_copy_from_tiles(flight->cmds, &copy);
}

/* The tables that were made now, to the host. */
static int save_tables(struct ipu_executable *exe, struct graph_part *part)
{
	struct ipu_engine *engine = exe->engine;
	struct flight *flight;
	int err = ipu_bo_create(engine->pool->dev, (size_t)exe->tiles * part->bytes, &part->tables);

	if (!err)
		err = ipu_bo_map(engine->ctx, part->tables, IPU_BO_WRITE, &part->va);
	if (!err)
		err = engine_flight(engine, FLIGHT_CMDS, &flight);
	if (!err)
		err = engine_add_tables(flight, exe, part, false);
	if (!err)
		err = engine_submit(engine, flight);
	if (err)
		return err;
	engine_drain(engine);
	return engine_take_failure(engine);
}

/* ---- Making --------------------------------------------------------------- */

static int make_part(struct ipu_executable *exe, const struct outline *outline, uint32_t number,
		     uint32_t *states)
{
	struct ipu_engine *engine = exe->engine;
	struct graph_part *part = &exe->part[number];
	const uint32_t end = number + 1 < exe->parts ? exe->part[number + 1].first : exe->ops;
	struct making making = {
		.what = COMMAND_MAKE,
		.slot = engine->slots + number,
		.first = part->first,
		.state = true,
		.bytes = STATE_WORDS * 4,
		.back = states,
	};
	uint32_t high = engine->high;
	uint32_t *word = part_of(exe, outline, part->first, end, number ? exe->ops + number : 0,
				 &making.words);
	int err;

	if (!word)
		return -ENOMEM;
	making.word = word;
	err = follow(exe, &making);
	free(word);
	for (uint32_t i = 0; !err && i < exe->tiles; i++)
		if (states[i * STATE_WORDS + STATE_HIGH] < high)
			high = states[i * STATE_WORDS + STATE_HIGH];
	if (err)
		return err;
	part->at = high / 64 * 64;
	part->bytes = engine->high - part->at;
	return exe->parts > 1 && part->bytes ? save_tables(exe, part) : 0;
}

static int make_parts(struct ipu_executable *exe, const struct outline *outline, bool measured)
{
	struct ipu_engine *engine = exe->engine;
	uint32_t *states = calloc(exe->tiles, STATE_WORDS * 4);
	int err = states ? plan_parts(exe, outline, measured) : ipu_fail_nomem("an executable");

	exe->tables = 0;
	for (uint32_t i = 0; !err && i < exe->parts; i++) {
		err = make_part(exe, outline, i, states);
		if (exe->part[i].bytes > exe->tables)
			exe->tables = exe->part[i].bytes;
	}
	free(states);
	if (err)
		return err;
	engine->high -= exe->tables;
	exe->at = engine->high;
	exe->ran = engine->submitted;
	exe->slot = engine->slots;
	for (uint32_t i = 0; i < exe->parts; i++)
		engine->slot[engine->slots++] = exe;
	return 0;
}

/* Try to make it in what is free: in parts, if it is @measured. -EIO if the tiles refused. */
static int try_make(struct ipu_executable *exe, bool measured)
{
	struct outline outline = { 0 };
	int err = find_outline(exe, &outline);

	if (err)
		return err;
	engine_drop_tables(exe);
	if (lowest(exe) >= exe->engine->high)
		err = ipu_fail(-ENOSPC,
			       "%s has %u operations, too many to be told to tiles that have %u "
			       "bytes of tensors: use more tiles, or a smaller graph.",
			       exe->name, exe->ops, exe->bytes);
	if (!err)
		err = make_parts(exe, &outline, measured);
	free(outline.op);
	return err;
}

/* Whether others that are not destroyed are made. */
static bool has_others(const struct ipu_executable *exe)
{
	const struct ipu_engine *engine = exe->engine;

	for (uint32_t i = 0; i < engine->slots; i++)
		if (engine->slot[i] && engine->slot[i] != exe)
			return true;
	return false;
}

/*
 * It was made in parts because of others, and these are gone, or do not run any more. To forget
 * them as soon as another one runs would be to make them again and again.
 */
static bool has_room_now(const struct ipu_executable *exe)
{
	const struct ipu_engine *engine = exe->engine;

	return exe->crowded &&
	       (!has_others(exe) || (engine->last == exe && engine->again >= OFTEN));
}

/* It is made: what has tables where its tensors are is not any more. */
static void claim(struct ipu_executable *exe)
{
	while (exe->engine->high < exe->bytes)
		drop_newest(exe->engine);
}

int engine_make(struct ipu_executable *exe)
{
	struct ipu_engine *engine = exe->engine;
	bool alone;
	int err;

	if (exe->slot != NO_SLOT && !has_room_now(exe)) {
		claim(exe);
		return 0;
	}
	/* What jobs before this one have failed with is not this one's. */
	engine_drain(engine);
	err = engine_take_failure(engine);
	if (err)
		return err;
	if (exe->slot != NO_SLOT)
		engine_forget_slots(engine);
	alone = !make_room(exe) || !engine->slots;
	/* If the tiles refuse it, what others keep there is gone. */
	err = engine_flush(engine, alone);
	if (err)
		return err;
	engine_drain(engine);
	err = try_make(exe, exe->ops > FEW_OPS);
	if ((err != -EIO && err != -ENOSPC) || (alone && (exe->ops > FEW_OPS || exe->ops == 1)))
		return err;
	/* Perhaps the tables did not fit beside those that were there, or not at once. */
	err = engine_flush(engine, true);
	if (err)
		return err;
	engine_drain(engine);
	engine_forget_slots(engine);
	return try_make(exe, true);
}
