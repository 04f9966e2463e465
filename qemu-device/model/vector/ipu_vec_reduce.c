// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector integer reductions.
 */
#include "ipu_vec_loops.h"

/* Of elements and of host vectors, whose comparisons are -1 or 0 in each lane. */
#define SUM(a, b)	((a) + (b))
#define AND(a, b)	((a) & (b))
#define OR(a, b)	((a) | (b))
#define XOR(a, b)	((a) ^ (b))
#define MIN(a, b)	((a) < (b) ? (a) : (b))
#define MAX(a, b)	((a) > (b) ? (a) : (b))
#define SUM_LANES(type, a, b)	SUM(a, b)
#define AND_LANES(type, a, b)	AND(a, b)
#define OR_LANES(type, a, b)	OR(a, b)
#define XOR_LANES(type, a, b)	XOR(a, b)
#define MIN_LANES(type, a, b)	(((a) & (type)((a) < (b))) | ((b) & (type)((a) >= (b))))
#define MAX_LANES(type, a, b)	(((a) & (type)((a) > (b))) | ((b) & (type)((a) <= (b))))

/* Neutral elements. */
#define ZERO(sew)	0
#define ONES(sew)	-1
#define LOWEST(sew)	(ipu_s##sew)(1u << ((8 << (sew)) - 1))
#define HIGHEST(sew)	(ipu_s##sew)((1u << ((8 << (sew)) - 1)) - 1)

#define IPU_VEC_SOURCE "ipu_vec_reduce.c.inc"
#include "ipu_vec_tiers.h"
