// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector floating point on the bits of numbers: comparisons, signs, classes,
 * estimates, moves and slides. See ipu_vec_float.h.
 */
#include "ipu_vec_float.h"
#include "ipu_vec_loops.h"

/* the f register of an op as an element */
static inline uint16_t scalar_uint16_t(const struct ipu_unit *u, const struct ipu_op *op)
{
	return ipu_get_half(u, op->rs1);
}

static inline uint32_t scalar_uint32_t(const struct ipu_unit *u, const struct ipu_op *op)
{
	return u->r[op->rs1];
}

#define IPU_VEC_SOURCE "ipu_vec_float_bits.c.inc"
#include "ipu_vec_tiers.h"
