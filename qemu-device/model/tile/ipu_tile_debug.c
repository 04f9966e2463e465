// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * A tile that is debugged: when its units stop, and its registers.
 *
 * While there is a point or a step, units execute checked pages (ipu_check.h), which
 * check before each instruction: is the step over, did the last instruction access a
 * watched address, is there a breakpoint, and will this instruction access a watched
 * address.
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

void ipu_tile_debug(struct ipu_tile *tile, const struct ipu_tile_points *points, uint32_t number)
{
	struct ipu_tile_debugger *debug = &tile->debug;
	unsigned int i;

	debug->points = points;
	debug->number = number;
	debug->breaks = false;
	debug->watches = false;
	if (!points) {
		ipu_tile_go(tile, IPU_UNIT_NONE, IPU_UNIT_NONE);
		return;
	}
	for (i = 0; i < points->count; i++) {
		if (!concerns(debug, i))
			continue;
		if (points->point[i].access & IPU_DBG_EXEC)
			debug->breaks = true;
		else
			debug->watches = true;
	}
	/* not reported yet, and since then removed */
	if (debug->stop.reason == IPU_DBG_BREAK && !breaks_at(debug, debug->stop.pc))
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
		bool was_there = stop->reason == IPU_DBG_BREAK && stop->unit == i &&
				 stop->pc == u->pc;

		u->debug = (struct ipu_unit_debug) { .passing = was_there || i == step };
	}
	tile->debug.stop.reason = 0;
	tile->debug.step = step;
	tile->debug.only = only;
}

/* ---- While units execute ------------------------------------------------------------------- */

static void stopped(struct ipu_unit *u, uint32_t pc, uint32_t reason)
{
	struct ipu_tile_stop *stop = &u->tile->debug.stop;

	*stop = (struct ipu_tile_stop) { .reason = reason, .unit = u->index, .pc = pc };
	if (reason == IPU_DBG_WATCH) {
		stop->addr = u->debug.addr;
		stop->access = u->debug.access;
	}
}

void ipu_unit_debug_stop(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint32_t reason)
{
	ipu_unit_stop(u, op, left, IPU_STOP_DEBUG);
	stopped(u, u->pc, reason);
}

/* Record an access to a watched address: the lowest such byte. */
static void look(void *arg, uint32_t addr, uint32_t bytes, uint32_t access)
{
	struct ipu_unit *u = arg;
	const struct ipu_tile_debugger *debug = &u->tile->debug;
	unsigned int i;

	for (i = 0; i < debug->points->count; i++) {
		const uint32_t at = debug->points->point[i].addr;
		const uint32_t how = debug->points->point[i].access & access;
		const uint32_t first = addr < at ? at : addr;

		/* neither ends before the other begins */
		if (!(how & (IPU_DBG_READ | IPU_DBG_WRITE)) || first - addr >= bytes ||
		    first - at >= debug->points->point[i].len || !concerns(debug, i))
			continue;
		if (u->debug.watched && u->debug.addr <= first)
			continue;
		u->debug.watched = true;
		u->debug.addr = first;
		u->debug.access = how & IPU_DBG_WRITE ? IPU_DBG_WRITE : IPU_DBG_READ;
	}
}

bool ipu_unit_debug_check(struct ipu_unit *u, const struct ipu_op *op, int64_t left)
{
	const struct ipu_tile_debugger *debug = &u->tile->debug;
	const uint32_t pc = ipu_unit_pc(u, op);
	uint32_t reason = 0;

	if (u->debug.watched)
		reason = IPU_DBG_WATCH;
	else if (u->debug.stepped)
		reason = IPU_DBG_STEP;
	else if (debug->breaks && !u->debug.passing && breaks_at(debug, pc))
		reason = IPU_DBG_BREAK;
	if (reason) {
		ipu_unit_debug_stop(u, op, left, reason);
		return false;
	}
	u->debug.passing = false;
	u->debug.stepped = debug->step == u->index;
	if (debug->watches) {
		u->debug.watch_pc = pc;
		ipu_access_visit(u, ipu_code_page_bits(u->page, (pc - u->page->base) / 2), look, u);
	}
	return true;
}

/*
 * The unit may have stopped after its instruction in another way than at the next
 * check. A step or a watched access is then complete, too.
 */
void ipu_unit_debug_ran(struct ipu_unit *u)
{
	const bool trapped = u->stop == IPU_STOP_TRAP && u->machine.mepc == u->debug.watch_pc;

	if (u->stop == IPU_STOP_DEBUG || u->stop == IPU_STOP_FAULT)
		return;
	if (u->debug.watched && !trapped)
		stopped(u, u->pc, IPU_DBG_WATCH);
	else if (u->debug.stepped)
		stopped(u, u->pc, IPU_DBG_STEP);
	else
		u->debug.watched = false;
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
