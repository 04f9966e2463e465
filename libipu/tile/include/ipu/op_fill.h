/* SPDX-License-Identifier: MIT */
/* Arrays of constants and of counted numbers, and casts. Included by <ipu/ops.h>. */
#ifndef IPU_OP_FILL_H
#define IPU_OP_FILL_H

#include <ipu/op_map.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_fill - set all elements to one number
 * @ops: the operations
 * @to: of any type
 * @value: for floats real, which is rounded to the type; for integers whole, which is cut off
 *
 * Layout: a tile sets the elements that it has; no exchange.
 *
 * Cost: 600 + 6 * ceil(ceil(n / 64) / 6) * 30 card cycles for n elements of a tile.
 */
void ipu_make_fill(struct ipu_ops *ops, const struct ipu_array *to, union ipu_scalar value);

/**
 * ipu_make_arange - element i is start + i * step, the elements being numbered row by row
 * @ops: the operations
 * @to: of any type
 * @start: real for floats, whole for integers, as in ipu_make_fill()
 * @step: the same
 *
 * Layout: a tile sets the elements that it has; no exchange.
 *
 * Cost: as ipu_make_fill(), and half as much again.
 *
 * Tolerance: integers wrap. Floats are computed in f32 with two fused multiply-adds, one for
 * the upper half of i and one for the lower; so the first 65,536 elements are rounded
 * correctly, and the others within 1 ulp of the greatest of start, i * step and the sum.
 */
void ipu_make_arange(struct ipu_ops *ops, const struct ipu_array *to, union ipu_scalar start,
		     union ipu_scalar step);

/**
 * ipu_make_cast - the elements of an array in another type
 * @ops: the operations
 * @to: of any type
 * @from: of any type, broadcast to the shape of @to; the same array only if the types are of
 *	the same size
 *
 * As NumPy and PyTorch do it, where these agree on all machines:
 *
 *	float to float: rounded to nearest, ties to even; too large becomes an infinity
 *	float to integer: cut off towards zero
 *	integer to float: to f32, rounded; and from there to f16 and bfloat16, rounded again
 *	integer to integer: the low bits are kept, so that it wraps
 *
 * A float that the integer has no number for, which is undefined in C, is first limited to what
 * a u32 has, if it becomes one, otherwise to what an i32 has, and then cut off to the low bits;
 * a NaN is as the greatest. The bool that PyTorch would give is ipu_make_map2_scalar() with
 * IPU_MAP_NE and 0.
 *
 * Layout: a tile casts the elements that it has of @to. No exchange if @from has the same
 * shape, otherwise as for operands in <ipu/op_map.h>.
 *
 * Cost: 600 + 6 * ceil(ceil(n / 64) / 6) * (18 + 4 * (load + store)) card cycles for n elements
 * of a tile; a load or store of 32 bits counts 1, others 2.5, storing a bfloat16 9.
 *
 * Tolerance: exact, as above.
 */
void ipu_make_cast(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_FILL_H */
