/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What watched memory an instruction is about to access.
 */
#ifndef IPU_ACCESS_H
#define IPU_ACCESS_H

#include "exec/ipu_unit.h"

/**
 * struct ipu_access - an access to watched memory
 * @addr: tile address of its lowest watched byte
 * @access: IPU_DBG_READ or IPU_DBG_WRITE; if the byte is watched for both and the
 *	instruction does both, IPU_DBG_WRITE
 */
struct ipu_access {
	uint32_t addr;
	uint32_t access;
};

/** ipu_watched_add - watch @len bytes more; at most IPU_TILE_POINTS times */
void ipu_watched_add(struct ipu_watched *watched, uint32_t addr, uint32_t len);

/**
 * ipu_watched_find - find watched memory
 * @first, @last: where to look
 * @addr: out: its lowest byte there
 * Return: false if there is none.
 */
bool ipu_watched_find(const struct ipu_watched *watched, uint32_t first, uint32_t last,
		      uint32_t *addr);

/**
 * ipu_access_find - the watched memory that an instruction accesses if it is executed now
 * @u: the unit
 * @op: the instruction, of the unit's page; mstatus does not make it illegal
 * @bits: the instruction's bits
 * @found: out: the access
 *
 * An instruction that is illegal accesses nothing, and one that faults only what it
 * accesses before that. Takes time in proportion to the elements of a vector.
 * Return: false if it accesses nothing that is watched.
 */
bool ipu_access_find(const struct ipu_unit *u, const struct ipu_op *op, uint32_t bits,
		     struct ipu_access *found);

#endif /* IPU_ACCESS_H */
