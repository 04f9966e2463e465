/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What the files of this folder offer each other, in addition to what execution calls
 * (exec/ipu_unit.h).
 */
#ifndef IPU_TILE_INTERNAL_H
#define IPU_TILE_INTERNAL_H

#include "exec/ipu_unit.h"

/* ---- ipu_unit.c ----------------------------------------------------------------------------- */

/** ipu_unit_run - execute for about @slice slots from u->pc on; u->stop says why it ended */
void ipu_unit_run(struct ipu_unit *u, int64_t slice);

/* ---- ipu_tile.c ----------------------------------------------------------------------------- */

/** ipu_tile_page - the code page of a kind that holds @offset of SRAM; NULL: no memory */
struct ipu_code_page *ipu_tile_page(struct ipu_tile *tile, uint32_t offset, bool checked);

/** ipu_tile_hold - have it hold a page with these bytes. Return: false if it may not, or no memory */
bool ipu_tile_hold(struct ipu_tile *tile, unsigned int index, bool checked, const uint8_t *bytes);

/* ---- ipu_tile_vectors.c --------------------------------------------------------------------- */

/** ipu_vectors_bytes - of the end of a tile's memory: all units' registers, then IPU_VSCRATCH */
size_t ipu_vectors_bytes(unsigned int vlenb);

/** ipu_vectors_own - the unit's registers are those of its tile, with what these hold */
void ipu_vectors_own(struct ipu_unit *u);

/**
 * ipu_vectors_lend - the worker @u is about to execute: its registers are the thread's
 *
 * Until ipu_vectors_return(), which the same thread calls before it lends to another tile.
 */
void ipu_vectors_lend(struct ipu_unit *u);

/** ipu_vectors_return - all units' registers are the tile's again */
void ipu_vectors_return(struct ipu_tile *tile);

/** ipu_vectors_clear - vector state as a unit starts, except vxrm and vxsat */
void ipu_vectors_clear(struct ipu_unit *u);

/* ---- ipu_trap.c ----------------------------------------------------------------------------- */

/**
 * ipu_trap_enter - continue with the unit's trap handler, if a fault is a trap and it has one
 * @op: the op that faulted, NULL if it could not be fetched
 * @pc: its address
 * @cause: enum ipu_fault_cause; this and the rest as in a fault record
 * Return: whether it continues there; the unit has then been stopped.
 */
bool ipu_trap_enter(struct ipu_unit *u, const struct ipu_op *op, uint32_t pc, int64_t left,
		    uint32_t cause, uint32_t addr, uint32_t info);

/* ---- ipu_csr_machine.c: as ipu_csr_read() and ipu_csr_write() ------------------------------- */

bool ipu_machine_read(struct ipu_unit *u, uint32_t csr, int64_t left, uint32_t *value);
bool ipu_machine_write(struct ipu_unit *u, uint32_t csr, int64_t left, int64_t next,
		       uint32_t value);

/** ipu_machine_reset - as a unit starts */
void ipu_machine_reset(struct ipu_unit *u);

/* ---- ipu_tile_debug.c ----------------------------------------------------------------------- */

/** ipu_unit_debug_ran - a unit of a tile that is debugged has run and stopped */
void ipu_unit_debug_ran(struct ipu_unit *u);

/* ---- ipu_tile_profile.c: nothing unless the tile has a profile ------------------------------ */

/**
 * ipu_profile_aim - the unit is about to execute: is it to look at each instruction, for a
 * sample, or how long need it not? The slice itself ends where it would without samples.
 */
void ipu_profile_aim(struct ipu_unit *u);

/** ipu_profile_worker - worker @u has exited */
void ipu_profile_worker(struct ipu_unit *u);

/** ipu_profile_wait - the supervisor @u waits for its workers from now to @end */
void ipu_profile_wait(struct ipu_unit *u, uint64_t end);

/** ipu_profile_mark - unit @u has written @value to IPU_CSR_MARK */
void ipu_profile_mark(struct ipu_unit *u, uint64_t clock, uint32_t value);

#endif /* IPU_TILE_INTERNAL_H */
