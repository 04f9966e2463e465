/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Checked pages: a second form of decoded code, with an op before every
 * instruction that checks what instructions themselves do not: whether
 * mstatus has floating point or vectors turned off, and what a debugger, a
 * tracer or a profile that is about to take a sample wants. A unit executes
 * checked pages only while one of these can make a difference, so that they cost
 * nothing otherwise.
 */
#ifndef IPU_CHECK_H
#define IPU_CHECK_H

#include "ipu_unit.h"

/* What an instruction needs, and does; in imm of the op ipu_op_check before it. */
#define IPU_CHECK_FLOAT		1	/* mstatus.FS other than Off */
#define IPU_CHECK_VECTOR	2	/* mstatus.VS other than Off */
#define IPU_CHECK_MEMORY	4	/* it may load or store */

/** ipu_check_needs - what the instruction @bits needs and does */
uint32_t ipu_check_needs(uint32_t bits);

/** ipu_check_wanted - whether the unit has to execute checked pages */
static inline bool ipu_check_wanted(const struct ipu_unit *u)
{
	const struct ipu_tile_debugger *debug = &u->tile->debug;
	const struct ipu_tile_profile *profile = u->tile->profile;

	if (ipu_unlikely(profile && profile->near & 1u << u->index))
		return true;
	return u->tile->trace.tracer || ipu_float_off(u) || ipu_vector_off(u) || debug->breaks || debug->watches ||
	       debug->step != IPU_UNIT_NONE;
}

#endif /* IPU_CHECK_H */
