// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A tile that is debugged: when its units stop, and its registers.
 *
 * While there is a point or a step, units execute checked pages (ipu_check.h), which
 * check before each instruction, in this order: is the step over, is there a breakpoint,
 * is the instruction legal, and does it access a watched address.
 */
#include <string.h>

#include "exec/ipu_fpu.h"
#include "ipu_access.h"
#include "ipu_code_cache.h"
#include "ipu_tile.h"
#include "ipu_tile_internal.h"

static bool concerns(const struct ipu_tile_debugger *debug, unsigned int i)
{
	uint32_t tile = debug->points->point[i].tile;

	return tile == IPU_DBG_ALL_TILES || tile == debug->number;
}

static bool breaks_at(const struct ipu_tile_debugger *debug, uint32_t pc)
{
	unsigned int i;

	for (i = 0; i < debug->points->count; i++)
		if (debug->points->point[i].access & IPU_DBG_EXEC &&
		    debug->points->point[i].addr == pc && concerns(debug, i))
			return true;
	return false;
}

static bool watches_at(const struct ipu_tile_debugger *debug, uint32_t addr, uint32_t access)
{
	const struct ipu_watched *watched = access == IPU_DBG_READ ? &debug->reads : &debug->writes;

	return ipu_watched_find(watched, addr, addr, &addr);
}

static void take_point(struct ipu_tile_debugger *debug, unsigned int i)
{
	const struct ipu_tile_points *points = debug->points;
	const uint32_t access = points->point[i].access;

	if (access & IPU_DBG_EXEC)
		debug->breaks = true;
	if (access & IPU_DBG_READ)
		ipu_watched_add(&debug->reads, points->point[i].addr, points->point[i].len);
	if (access & IPU_DBG_WRITE)
		ipu_watched_add(&debug->writes, points->point[i].addr, points->point[i].len);
}

/* A stop that is not reported yet, and whose point has been removed since then. */
static bool is_obsolete(const struct ipu_tile_debugger *debug)
{
	const struct ipu_tile_stop *stop = &debug->stop;

	return (stop->reason == IPU_DBG_BREAK && !breaks_at(debug, stop->pc)) ||
	       (stop->reason == IPU_DBG_WATCH && !watches_at(debug, stop->addr, stop->access));
}

void ipu_tile_debug(struct ipu_tile *tile, const struct ipu_tile_points *points, uint32_t number)
{
	struct ipu_tile_debugger *debug = &tile->debug;
	unsigned int i;

	debug->points = points;
	debug->number = number;
	debug->breaks = false;
	debug->reads.count = 0;
	debug->writes.count = 0;
	for (i = 0; points && i < points->count; i++)
		if (concerns(debug, i))
			take_point(debug, i);
	debug->watches = debug->reads.count || debug->writes.count;
	if (!points)
		ipu_tile_go(tile, IPU_UNIT_NONE, IPU_UNIT_NONE);
	else if (is_obsolete(debug))
		debug->stop.reason = 0;
}

struct ipu_tile_stop ipu_tile_stop(const struct ipu_tile *tile)
{
	return tile->debug.stop;
}

void ipu_tile_go(struct ipu_tile *tile, unsigned int step, unsigned int only)
{
	const struct ipu_tile_stop *stop = &tile->debug.stop;
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++) {
		struct ipu_unit *u = &tile->units[i];
		bool was_there = stop->unit == i && stop->pc == u->pc;
		bool watched = was_there && stop->reason == IPU_DBG_WATCH;
		bool broke = was_there && stop->reason == IPU_DBG_BREAK;

		u->debug = (struct ipu_unit_debug) {
			.passing = broke || watched || i == step,
			.resumes = watched,
		};
	}
	tile->debug.stop.reason = 0;
	tile->debug.step = step;
	tile->debug.only = only;
}

/* ---- While units execute ------------------------------------------------------------------- */

static void stopped(struct ipu_unit *u, uint32_t pc, uint32_t reason)
{
	u->tile->debug.stop = (struct ipu_tile_stop) {
		.reason = reason,
		.unit = u->index,
		.pc = pc,
	};
}

void ipu_unit_debug_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t reason)
{
	ipu_unit_stop(u, op, left, IPU_STOP_DEBUG);
	stopped(u, u->pc, reason);
}

bool ipu_unit_debug_check(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	const struct ipu_tile_debugger *debug = &u->tile->debug;
	const uint32_t pc = ipu_unit_pc(u, op);
	uint32_t reason = 0;

	if (u->debug.stepped)
		reason = IPU_DBG_STEP;
	else if (debug->breaks && !u->debug.passing && breaks_at(debug, pc))
		reason = IPU_DBG_BREAK;
	if (reason) {
		ipu_unit_debug_stop(u, op, left, reason);
		return false;
	}
	u->debug.passing = false;
	u->debug.unwatched = u->debug.resumes;
	u->debug.resumes = false;
	u->debug.stepped = debug->step == u->index;
	return true;
}

/* The instruction comes after its check. It has not begun if the unit stops here. */
bool ipu_unit_debug_access(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	const uint32_t pc = ipu_unit_pc(u, op);
	const uint32_t bits = ipu_code_page_bits(u->page, (pc - u->page->base) / 2);
	struct ipu_access found;

	if (u->debug.unwatched || !ipu_access_find(u, op + 1, bits, &found))
		return true;
	ipu_unit_debug_stop(u, op, left, IPU_DBG_WATCH);
	u->tile->debug.stop.addr = found.addr;
	u->tile->debug.stop.access = found.access;
	return false;
}

/* The unit may have stopped in another way than at the next check: its step is over then, too. */
void ipu_unit_debug_ran(struct ipu_unit *u)
{
	if (u->debug.stepped && u->stop != IPU_STOP_DEBUG && u->stop != IPU_STOP_FAULT)
		stopped(u, u->pc, IPU_DBG_STEP);
}

/* ---- Registers ----------------------------------------------------------------------------- */

/* f registers and x registers except x0, in u->r */
static int place_of(uint32_t reg)
{
	if (reg - IPU_DBG_REG_X < 32)
		return reg - IPU_DBG_REG_X;
	if (reg - IPU_DBG_REG_F < 32)
		return reg - IPU_DBG_REG_F + IPU_REG_F0;
	return -1;
}

/* the bytes of a word of a vector register; NULL if there is none */
static uint8_t *vector_word(const struct ipu_unit *u, uint32_t reg)
{
	const uint32_t word = reg - IPU_DBG_REG_V;

	if (word >= IPU_VREGS * IPU_DBG_REG_V_WORDS ||
	    word % IPU_DBG_REG_V_WORDS >= u->vlenb / 4 || !u->v)
		return NULL;
	return u->v + word / IPU_DBG_REG_V_WORDS * u->vlenb + word % IPU_DBG_REG_V_WORDS * 4;
}

/* Reads as an instruction executed next would. */
static bool read_csr(struct ipu_unit *u, uint32_t csr, uint32_t *value)
{
	const uint32_t host = ipu_fpu_save();
	bool there;

	ipu_fpu_enter(u);
	there = ipu_csr_read(u, csr, u->slice, value);
	ipu_fpu_leave(u);
	ipu_fpu_restore(host);
	return there;
}

/* Between two instructions, so no counter counts one. */
static bool write_csr(struct ipu_unit *u, uint32_t csr, uint32_t value)
{
	const uint32_t host = ipu_fpu_save();
	bool there;

	ipu_fpu_enter(u);
	there = ipu_csr_write(u, csr, u->slice, u->slice, value);
	ipu_fpu_leave(u);
	ipu_fpu_restore(host);
	return there;
}

static uint32_t states(const struct ipu_tile *tile)
{
	uint32_t all = 0;
	unsigned int i;

	for (i = 0; i < IPU_UNITS; i++)
		all |= (uint32_t)tile->units[i].state << 4 * i;
	return all;
}

bool ipu_tile_debug_read(struct ipu_tile *tile, unsigned int unit, uint32_t reg, uint32_t *value)
{
	struct ipu_unit *u = &tile->units[unit];
	const uint8_t *word = vector_word(u, reg);

	if (place_of(reg) >= 0)
		*value = u->r[place_of(reg)];
	else if (reg == IPU_DBG_REG_PC)
		*value = u->pc;
	else if (reg == IPU_DBG_REG_STATE)
		*value = u->state;
	else if (reg == IPU_DBG_REG_STATES)
		*value = states(tile);
	else if (reg - IPU_DBG_REG_CSR < 0x1000)
		return read_csr(u, reg - IPU_DBG_REG_CSR, value);
	else if (word)
		memcpy(value, word, sizeof(*value));
	else
		return false;
	return true;
}

bool ipu_tile_debug_write(struct ipu_tile *tile, unsigned int unit, uint32_t reg, uint32_t value)
{
	struct ipu_unit *u = &tile->units[unit];
	uint8_t *word = vector_word(u, reg);

	if (reg == IPU_DBG_REG_X)
		return true;
	if (place_of(reg) >= 0)
		u->r[place_of(reg)] = value;
	else if (reg == IPU_DBG_REG_PC)
		u->pc = value & ~1u;
	else if (reg - IPU_DBG_REG_CSR < 0x1000)
		return write_csr(u, reg - IPU_DBG_REG_CSR, value);
	else if (word)
		memcpy(word, &value, sizeof(value));
	else
		return false;
	u->vdirty |= word != NULL;
	return true;
}
