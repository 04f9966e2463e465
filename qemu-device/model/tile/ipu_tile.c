// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A tile: which unit runs when, starts, syncs and exits, and the code pages it
 * holds. The interface is ipu_tile.h; ipu_cost.h defines the clocks.
 */
#include <string.h>

#include "exec/ipu_fpu.h"
#include "float/ipu_prng.h"
#include "ipu_code_cache.h"
#include "ipu_tile.h"
#include "ipu_tile_internal.h"
#include "isa/ipu_cost.h"

/* the longest slice, in slots, of a unit that runs alone */
#define SLICE_ALONE	(1 << 30)

/* What a quantum is charged for a code page the tile gets, beside its units' slots. */
#define PAGE_COST	1024

#define SUPERVISOR(tile)	(&(tile)->units[IPU_UNIT_SUPERVISOR])

/* ---- Code pages ---------------------------------------------------------------------------- */

static void drop_page(struct ipu_tile *tile, struct ipu_code_page **page,
		      const struct ipu_code_page *kept)
{
	if (!*page || *page == kept)
		return;
	ipu_code_cache_put(tile->cache, *page);
	*page = NULL;
	tile->held--;
}

/* those from @first to @last except @kept, which may be NULL */
static void drop_pages(struct ipu_tile *tile, unsigned int first, unsigned int last,
		       const struct ipu_code_page *kept)
{
	unsigned int i;

	/* most of what is written is data, far from all code */
	if (first < tile->held_first)
		first = tile->held_first;
	if (last > tile->held_last)
		last = tile->held_last;
	for (i = first; i <= last && tile->held; i++) {
		drop_page(tile, &tile->pages[i], kept);
		drop_page(tile, &tile->checked_pages[i], kept);
	}
}

static void drop_all_pages(struct ipu_tile *tile)
{
	drop_pages(tile, 0, IPU_CODE_PAGES - 1, NULL);
}

static void hold(struct ipu_tile *tile, unsigned int index)
{
	if (!tile->held || tile->held_first > index)
		tile->held_first = index;
	if (!tile->held || tile->held_last < index)
		tile->held_last = index;
	tile->held++;
}

struct ipu_code_page *ipu_tile_page(struct ipu_tile *tile, uint32_t offset, bool checked)
{
	unsigned int index = offset / IPU_CODE_PAGE;
	struct ipu_code_page **page = &(checked ? tile->checked_pages : tile->pages)[index];

	if (*page)
		return *page;
	/*
	 * A tile that holds as many pages as it may drops all but the one it
	 * executes. When that happens depends only on its program, so code that
	 * was changed without a fence.i does the same in every run.
	 */
	if (tile->held >= IPU_TILE_PAGES_MAX)
		drop_pages(tile, 0, IPU_CODE_PAGES - 1, tile->units[tile->last].page);
	*page = ipu_code_cache_get(tile->cache, IPU_SRAM_BASE + index * IPU_CODE_PAGE, checked,
				   tile->sram);
	if (*page)
		hold(tile, index);
	tile->fetched++;
	return *page;
}

bool ipu_tile_hold(struct ipu_tile *tile, unsigned int index, bool checked, const uint8_t *bytes)
{
	struct ipu_code_page **page = &(checked ? tile->checked_pages : tile->pages)[index];

	if (tile->held >= IPU_TILE_PAGES_MAX)
		return false;
	*page = ipu_code_cache_get_bytes(tile->cache, IPU_SRAM_BASE + index * IPU_CODE_PAGE, checked,
					 bytes);
	if (*page)
		hold(tile, index);
	return *page;
}

/* ---- Life ---------------------------------------------------------------------------------- */

/* A tile's memory: its state, its pages' pointers, and at the end the vector registers. */
#define PAGES_AT	((sizeof(struct ipu_tile) + 63) / 64 * 64)
#define PAGES_BYTES	(2 * IPU_CODE_PAGES * sizeof(struct ipu_code_page *))

size_t ipu_tile_bytes(unsigned int vlen)
{
	return ipu_host_round(PAGES_AT + PAGES_BYTES + ipu_vectors_bytes(vlen / 8));
}

/* With a page behind it that cannot be accessed. */
size_t ipu_tile_place(unsigned int vlen)
{
	return ipu_host_whole(ipu_tile_bytes(vlen)) + ipu_host_whole(1);
}

/* A tile in memory that is 0. */
static struct ipu_tile *make(uint8_t *memory, uint8_t *sram, struct ipu_code_cache *cache,
			     unsigned int vlen)
{
	const unsigned int vlenb = vlen / 8;
	struct ipu_tile *tile = (void *)memory;
	unsigned int i;

	tile->bytes = ipu_tile_bytes(vlen);
	tile->sram = sram;
	tile->cache = cache;
	tile->pages = (void *)(memory + PAGES_AT);
	tile->checked_pages = tile->pages + IPU_CODE_PAGES;
	tile->debug.step = IPU_UNIT_NONE;
	tile->debug.only = IPU_UNIT_NONE;
	for (i = 0; i < IPU_UNITS; i++) {
		struct ipu_unit *u = &tile->units[i];

		u->tile = tile;
		u->index = i;
		u->vlenb = vlenb;
		ipu_vectors_own(u);
		ipu_unit_start(u, 0, 0);
		u->state = IPU_UNIT_IDLE;
	}
	return tile;
}

struct ipu_tile *ipu_tile_new(uint8_t *sram, struct ipu_code_cache *cache, unsigned int vlen)
{
	struct ipu_mapping map;
	struct ipu_tile *tile;

	if (!ipu_host_map(&map, ipu_tile_bytes(vlen)))
		return NULL;
	tile = make(map.base, sram, cache, vlen);
	tile->mapped = map.size;
	return tile;
}

struct ipu_tile *ipu_tile_new_at(uint8_t *place, uint8_t *sram, struct ipu_code_cache *cache,
				 unsigned int vlen)
{
	if (!ipu_host_open(place, ipu_tile_bytes(vlen)))
		return NULL;
	return make(place, sram, cache, vlen);
}

void ipu_tile_free(struct ipu_tile *tile)
{
	struct ipu_mapping map = { .base = (void *)tile };

	if (!tile)
		return;
	map.size = tile->mapped;
	if (map.size)
		ipu_host_unmap(&map);
	else
		ipu_host_close(map.base, tile->bytes);
}

void ipu_tile_reset(struct ipu_tile *tile)
{
	unsigned int i;

	drop_all_pages(tile);
	for (i = 0; i < IPU_UNITS; i++) {
		struct ipu_unit *u = &tile->units[i];

		ipu_unit_start(u, 0, 0);
		u->state = IPU_UNIT_IDLE;
		u->debug = (struct ipu_unit_debug) { 0 };
		u->page = NULL;
		u->clock = 0;
		u->instret = 0;
	}
	memset(tile->exit_code, 0, sizeof(tile->exit_code));
	memset(&tile->fault, 0, sizeof(tile->fault));
	tile->running = 0;
	tile->last = IPU_UNIT_SUPERVISOR;
	tile->debug.step = IPU_UNIT_NONE;
	tile->debug.only = IPU_UNIT_NONE;
	tile->debug.stop.reason = 0;
	tile->reserved = false;
	tile->fetched = 0;
	tile->must_stop = NULL;
	tile->profile = NULL;
	tile->xtab = 0;
	tile->xcnt = 0;
	tile->id = 0;
	tile->tiles = 0;
	tile->state = IPU_TILE_IDLE;
}

void ipu_tile_start(struct ipu_tile *tile, const struct ipu_tile_start *start)
{
	struct ipu_unit *u = SUPERVISOR(tile);
	unsigned int i;

	ipu_tile_reset(tile);
	tile->id = start->tile;
	tile->tiles = start->tiles;
	tile->must_stop = start->must_stop;
	for (i = 0; i < IPU_UNITS; i++)
		ipu_prng_reset(tile->units[i].prng, start->tile, i);
	ipu_unit_start(u, start->entry, start->arg);
	u->r[2] = start->sp;
	tile->state = IPU_TILE_RUNNING;
}

/* ---- Running ------------------------------------------------------------------------------- */

/* the supervisor continues when its workers have come to @clock, or at once */
static void wait_for(struct ipu_unit *u, uint64_t clock)
{
	if (u->clock >= clock)
		return;
	ipu_profile_wait(u, clock);
	u->clock = clock;
}

/* the supervisor has a slot while a worker is idle */
static bool can_issue(const struct ipu_tile *tile, const struct ipu_unit *u)
{
	return u->state == IPU_UNIT_RUNNING &&
	       (u->index != IPU_UNIT_SUPERVISOR || tile->running < IPU_WORKERS);
}

/* the unit whose turn it is; @alone if no other can issue. A RUNNING tile has one. */
static struct ipu_unit *next_unit(struct ipu_tile *tile, bool *alone)
{
	struct ipu_unit *next = NULL;
	unsigned int i, count = 0;

	if (ipu_unlikely(tile->debug.only != IPU_UNIT_NONE)) {
		*alone = true;
		return &tile->units[tile->debug.only];
	}
	for (i = 0; i < IPU_UNITS; i++) {
		struct ipu_unit *u = &tile->units[i];

		if (!can_issue(tile, u))
			continue;
		count++;
		if (!next || u->clock < next->clock)
			next = u;
	}
	*alone = count == 1;
	return next;
}

/* whether a debugger has stopped the tile */
static bool debugger_holds(struct ipu_tile *tile)
{
	struct ipu_tile_debugger *debug = &tile->debug;
	const struct ipu_unit *only;

	if (ipu_likely(!debug->points))
		return false;
	if (debug->stop.reason)
		return true;
	if (debug->only == IPU_UNIT_NONE)
		return false;
	only = &tile->units[debug->only];
	if (!can_issue(tile, only))
		debug->stop = (struct ipu_tile_stop) {
			.reason = IPU_DBG_BLOCKED,
			.unit = only->index,
			.pc = only->pc,
		};
	return debug->stop.reason;
}

/* the supervisor waits and all workers are idle */
static void end_wait(struct ipu_tile *tile)
{
	struct ipu_unit *u = SUPERVISOR(tile);
	uint64_t latest = 0;
	unsigned int i;

	for (i = 0; i < IPU_WORKERS; i++)
		if (latest < tile->units[i].clock)
			latest = tile->units[i].clock;
	wait_for(u, latest);
	u->state = IPU_UNIT_RUNNING;
	switch (tile->waits) {
	case IPU_WAIT_LOCAL:
		break;
	case IPU_WAIT_INTERNAL:
		tile->state = IPU_TILE_SYNC_INTERNAL;
		break;
	case IPU_WAIT_EXTERNAL:
		tile->state = IPU_TILE_SYNC_EXTERNAL;
		break;
	case IPU_WAIT_EXIT:
		u->state = IPU_UNIT_IDLE;
		tile->state = IPU_TILE_EXITED;
		break;
	}
}

static void exited(struct ipu_tile *tile, struct ipu_unit *u)
{
	if (u->index == IPU_UNIT_SUPERVISOR) {
		u->state = IPU_UNIT_WAITING;
		tile->waits = IPU_WAIT_EXIT;
		return;
	}
	u->state = IPU_UNIT_IDLE;
	ipu_vectors_clear(u);
	ipu_profile_worker(u);
	if (tile->running == IPU_WORKERS && SUPERVISOR(tile)->state == IPU_UNIT_RUNNING)
		wait_for(SUPERVISOR(tile), u->clock);
	tile->running--;
}

static void handle_stop(struct ipu_tile *tile, struct ipu_unit *u)
{
	switch (u->stop) {
	case IPU_STOP_NONE:
	case IPU_STOP_SLICE:
	case IPU_STOP_YIELD:
	case IPU_STOP_PAGES:
	case IPU_STOP_TRAP:
	case IPU_STOP_DEBUG:
	case IPU_STOP_SAMPLE:
		return;
	case IPU_STOP_FENCE_I:
		drop_all_pages(tile);
		return;
	case IPU_STOP_SYNC:
		u->state = IPU_UNIT_WAITING;
		break;
	case IPU_STOP_EXIT:
		exited(tile, u);
		break;
	case IPU_STOP_FAULT:
		tile->state = IPU_TILE_FAULTED;
		return;
	}
	if (SUPERVISOR(tile)->state == IPU_UNIT_WAITING && !tile->running)
		end_wait(tile);
}

enum ipu_tile_state ipu_tile_run(struct ipu_tile *tile, uint64_t quantum)
{
	int64_t left = quantum < INT64_MAX ? quantum : INT64_MAX;
	uint32_t host_fpu = ipu_fpu_save();

	tile->swept = 0;
	while (tile->state == IPU_TILE_RUNNING && left > 0 && !debugger_holds(tile) &&
	       !ipu_tile_must_stop(tile)) {
		bool alone;
		struct ipu_unit *u = next_unit(tile, &alone);

		if (u->index != tile->last) {
			tile->last = u->index;
			tile->reserved = false;
		}
		if (u->index != IPU_UNIT_SUPERVISOR)
			ipu_vectors_lend(u);
		ipu_unit_run(u, !alone ? IPU_SLICE : left < SLICE_ALONE ? left : SLICE_ALONE);
		left -= u->slice - u->left + PAGE_COST * (int64_t)tile->fetched;
		/* a profile has room for what happens in so many slots of any kind */
		if (ipu_likely(!tile->profile))
			left += u->light;
		tile->fetched = 0;
		handle_stop(tile, u);
		if (ipu_unlikely(tile->debug.points))
			ipu_unit_debug_ran(u);
	}
	if (tile->lent)
		ipu_vectors_return(tile);
	ipu_fpu_restore(host_fpu);
	return tile->state;
}

uint64_t ipu_tile_swept(const struct ipu_tile *tile)
{
	return tile->swept;
}

void ipu_tile_release(struct ipu_tile *tile, uint64_t cycles)
{
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++)
		tile->units[i].clock = cycles;
	if (tile->state == IPU_TILE_SYNC_INTERNAL)
		tile->xcnt = 0;
	tile->reserved = false;
	tile->state = IPU_TILE_RUNNING;
}

void ipu_tile_stoppable(struct ipu_tile *tile, const atomic_bool *must_stop)
{
	tile->must_stop = must_stop;
}

void ipu_tile_delay(struct ipu_tile *tile, uint64_t cycles)
{
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++)
		tile->units[i].clock += cycles;
}

void ipu_tile_trace(struct ipu_tile *tile, ipu_tile_tracer *tracer, void *arg, uint32_t number)
{
	tile->trace = (struct ipu_tile_trace) { tracer, arg, number };
}

void ipu_tile_written(struct ipu_tile *tile, uint32_t addr, uint32_t len)
{
	uint32_t offset = addr - IPU_SRAM_BASE;

	if (!len)
		return;
	/* the last instruction of the previous page may reach into this one */
	drop_pages(tile, (offset < 2 ? offset : offset - 2) / IPU_CODE_PAGE,
		   (offset + len - 1) / IPU_CODE_PAGE, NULL);
	tile->reserved = false;
}

/* ---- Queries --------------------------------------------------------------------------------- */

enum ipu_tile_state ipu_tile_state(const struct ipu_tile *tile)
{
	return tile->state;
}

uint64_t ipu_tile_cycles(const struct ipu_tile *tile)
{
	uint64_t cycles = 0;
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++)
		if (cycles < tile->units[i].clock)
			cycles = tile->units[i].clock;
	return cycles;
}

uint64_t ipu_tile_instructions(const struct ipu_tile *tile)
{
	uint64_t instructions = 0;
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++)
		instructions += tile->units[i].instret;
	return instructions;
}

void ipu_tile_transfers(const struct ipu_tile *tile, uint32_t *table, uint32_t *count)
{
	*table = tile->xtab;
	*count = tile->xcnt;
}

uint32_t ipu_tile_exit_code(const struct ipu_tile *tile)
{
	unsigned int i;

	if (tile->exit_code[IPU_UNIT_SUPERVISOR])
		return tile->exit_code[IPU_UNIT_SUPERVISOR];
	for (i = 0; i < IPU_WORKERS; i++)
		if (tile->exit_code[i])
			return tile->exit_code[i];
	return 0;
}

void ipu_tile_fault(const struct ipu_tile *tile, struct ipu_tile_fault *fault)
{
	unsigned int i;

	if (tile->state == IPU_TILE_FAULTED) {
		*fault = tile->fault;
		return;
	}
	/* the lowest unit that still has something to do itself */
	for (i = 0; i < IPU_UNIT_SUPERVISOR; i++)
		if (tile->units[i].state == IPU_UNIT_RUNNING)
			break;
	*fault = (struct ipu_tile_fault) { .unit = i, .pc = tile->units[i].pc };
}

#define REG_PC		32
#define REG_F0		33
#define REG_FCSR	65

uint32_t ipu_tile_get_reg(const struct ipu_tile *tile, unsigned int unit, unsigned int reg)
{
	const struct ipu_unit *u = &tile->units[unit];

	if (reg == REG_PC)
		return u->pc;
	if (reg == REG_FCSR)
		return u->frm << 5 | u->fflags;
	return u->r[reg < REG_PC ? reg : reg - REG_F0 + IPU_REG_F0];
}

void ipu_tile_set_reg(struct ipu_tile *tile, unsigned int unit, unsigned int reg, uint32_t value)
{
	struct ipu_unit *u = &tile->units[unit];

	if (reg == REG_PC) {
		u->pc = value & ~1u;
	} else if (reg == REG_FCSR) {
		u->frm = value >> 5 & 7;
		u->fflags = value & 31;
	} else if (reg) {
		u->r[reg < REG_PC ? reg : reg - REG_F0 + IPU_REG_F0] = value;
	}
}
