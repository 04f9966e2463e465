/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A tile as seen from outside: its state, its fault, why it stopped for a
 * debugger; and what a debugger and a tracer request. Execution fills this in,
 * and ipu_tile.h gives access to it.
 */
#ifndef IPU_TILE_STATE_H
#define IPU_TILE_STATE_H

#include <stdint.h>

enum ipu_tile_state {
	IPU_TILE_IDLE,		/* never started, or reset */
	IPU_TILE_RUNNING,	/* has more to do */
	IPU_TILE_SYNC_INTERNAL,	/* waits at an internal sync, its workers idle */
	IPU_TILE_SYNC_EXTERNAL,	/* waits at an external sync, its workers idle */
	IPU_TILE_EXITED,
	IPU_TILE_FAULTED,
};

struct ipu_tile_fault {
	uint32_t cause;		/* enum ipu_fault_cause */
	uint32_t unit;		/* worker or IPU_UNIT_SUPERVISOR */
	uint32_t pc;
	uint32_t addr;
	uint32_t info;
};

/**
 * ipu_tile_tracer - an instruction is about to be executed
 * @arg, @number: what ipu_tile_trace() was given
 * @unit: worker or IPU_UNIT_SUPERVISOR
 * @pc: its address
 * @bits: the instruction
 */
typedef void ipu_tile_tracer(void *arg, uint32_t number, unsigned int unit, uint32_t pc,
			     uint32_t bits);

#define IPU_TILE_POINTS	32

/**
 * struct ipu_tile_points - breakpoints and watchpoints, which tiles share
 * @count: how many there are
 * @point: access is of IPU_DBG_EXEC, IPU_DBG_READ, IPU_DBG_WRITE; tile the number of
 *	the tile it is for, or IPU_DBG_ALL_TILES; len in bytes, for EXEC not used
 */
struct ipu_tile_points {
	unsigned int count;
	struct {
		uint32_t access;
		uint32_t tile;
		uint32_t addr;
		uint32_t len;
	} point[IPU_TILE_POINTS];
};

/**
 * struct ipu_tile_stop - why a tile has stopped
 * @reason: enum ipu_dbg_reason, 0 if it has not
 * @unit: the unit that did
 * @pc: what it executes next
 * @addr: of IPU_DBG_WATCH the lowest watched address that it accesses
 * @access: of IPU_DBG_WATCH, IPU_DBG_READ or IPU_DBG_WRITE
 */
struct ipu_tile_stop {
	uint32_t reason;
	uint32_t unit;
	uint32_t pc;
	uint32_t addr;
	uint32_t access;
};

#define IPU_TILE_UNITS	7	/* six workers and the supervisor */

/* What units of a tile did, see enum ipu_profile_kind. */
struct ipu_tile_event {
	uint64_t begin;
	uint64_t end;
	uint32_t value;
	uint16_t kind;
	uint16_t unit;
};

/* Events that a tile has room for until they are taken. */
#define IPU_TILE_EVENTS	160

/**
 * struct ipu_tile_profile - what a profile asks of a tile, and what the tile has noted
 * @samples: a counter for each address that an instruction can have, which tiles share;
 *	NULL: take no samples
 * @period: slots of a unit that one sample stands for
 * @due: of each unit, with how many slots executed the next sample is taken
 * @done: of each unit, slots executed before its present slice
 * @near: bit n is set while unit n looks at each instruction, since a sample is due soon
 * @pc: of each unit that does, the instruction that it executed last
 * @count: events in @event
 * @lost: events that there was no room for
 * @event: in the order in which they ended
 */
struct ipu_tile_profile {
	uint32_t *samples;
	uint64_t period;
	uint64_t due[IPU_TILE_UNITS];
	uint64_t done[IPU_TILE_UNITS];
	uint32_t near;
	uint32_t pc[IPU_TILE_UNITS];
	uint32_t count;
	uint64_t lost;
	struct ipu_tile_event event[IPU_TILE_EVENTS];
};

#endif /* IPU_TILE_STATE_H */
