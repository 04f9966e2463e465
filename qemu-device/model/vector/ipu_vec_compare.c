// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector instructions that compute a mask from elements (comparisons, carries), and
 * those that have a mask as an operand (additions with carry, merges).
 */
#include "ipu_vec_loops.h"

/*
 * On host vectors: a is vs2's, b vs1's or the scalar. All bits of a lane are 1 if
 * its result is 1.
 */
#define EQ(a, b)	((a) == (b))
#define NE(a, b)	((a) != (b))
#define LT(a, b)	((a) < (b))
#define LE(a, b)	((a) <= (b))
#define GT(a, b)	((a) > (b))

/* c is -1 in lanes whose carry in or borrow is 1; the sign of the carries is the carry out */
#define ADD(a, b, c)		((a) + (b) - (c))
#define SUB(a, b, c)		((a) - (b) + (c))
#define CARRY(a, b, c)		(((a) & (b)) | (((a) | (b)) & ~ADD(a, b, c)))
#define BORROW(a, b, c)		((~(a) & (b)) | ((~(a) | (b)) & SUB(a, b, c)))
#define CARRY_0(a, b)		(((a) & (b)) | (((a) | (b)) & ~((a) + (b))))
#define BORROW_0(a, b)		((~(a) & (b)) | ((~(a) | (b)) & ((a) - (b))))
#define MERGE(a, b, c)		(((b) & (c)) | ((a) & ~(c)))

#define IPU_VEC_SOURCE "ipu_vec_compare.c.inc"
#include "ipu_vec_tiers.h"
