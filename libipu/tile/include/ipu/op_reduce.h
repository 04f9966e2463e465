/* SPDX-License-Identifier: MIT */
/* Reductions: one element from many. Included by <ipu/ops.h>. */
#ifndef IPU_OP_REDUCE_H
#define IPU_OP_REDUCE_H

#include <ipu/op_numbers.h>
#include <ipu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_reduction - reduce over any dimensions of an array
 * @ops: the operations
 * @op: what is computed, IPU_REDUCE_SUM and so on, as PyTorch's functions of the same names do
 * @to: as many elements as the dimensions that are kept have together, in their order; whether
 *	dimensions of 1 stand for those that are reduced does not matter
 * @from: another array
 * @dims: bit i is set if dimension i is reduced. Without any, each element is reduced by itself
 *
 * =========================  ===========================  ====================================
 * operation                   types of the operand         type of the result
 * =========================  ===========================  ====================================
 * SUM, PRODUCT               f32, f16, bfloat16 or i32    a float type, or i32 for i32
 * MEAN, SUM_SQUARES, NORM    f32, f16, bfloat16           a float type
 * MAX, MIN                   f32, f16, bfloat16 or i32    a float type, or i32 for i32
 * ARGMAX, ARGMIN             f32, f16, bfloat16 or i32    i32: the number in the reduced dimension
 * ANY, ALL                   those and u8                 u8, 0 or 1
 * =========================  ===========================  ====================================
 *
 * NORM is the square root of SUM_SQUARES. A NaN is larger than anything for MAX and ARGMAX, and
 * less for MIN and ARGMIN, so that it is the result. Of equal elements ARGMAX and ARGMIN find
 * the first; the dimensions that they reduce must be next to each other, and count as one. Sums
 * of i32 wrap. Nothing reduced is a SUM of 0, a PRODUCT of 1, a MEAN of NaN, ANY 0 and ALL 1;
 * the others are refused.
 *
 * Layout: with @from as [outer, reduced, inner], each tile reduces what it has, for each outer
 * and inner element of it, to words of 32 bits; six workers share rows, columns or the outer
 * elements. Then tiles pull what there is for the elements of @to that they hold, and reduce
 * that. Where many tiles have a part of an element (a sum of everything, say), all tiles first
 * combine shares, and a second exchange brings these. If inner is more than a tile has, tiles
 * pull the elements themselves. Where tiles have all of what their results need, there is no
 * exchange. Reduced dimensions that are not next to each other are reduced one after the other,
 * from the last.
 *
 * Scratch of a tile: a word for each outer and inner element that it has a part of, and the
 * words that it receives.
 *
 * Cost on 1,472 tiles, measured: a sum of 10^7 elements to one 13,000 cycles, f32 or f16 (MAX
 * 17,000, ARGMAX 25,000); of f32 [65536, 64] over rows 12,000; of f16 [4096, 4096] over rows
 * 19,000; of f32 [4096, 1000] over the last dimension 9,500. Small ones cost several thousand
 * cycles. Each exchange costs 160 cycles and one for each word that a tile receives: if p tiles
 * have a part of an element, p for each element of @to on a tile, or about 2 times the square
 * root of p with two exchanges.
 *
 * Tolerance: MAX, MIN, ARGMAX, ARGMIN, ANY, ALL and whole numbers are exact. Sums are in f32,
 * in an order that follows from the shape and the number of tiles: the error is at most 2^-24
 * times the number of additions one after the other (those of a lane, at most e / 64 + 6, the
 * six workers', and those of tiles) times the sum of the absolute values, and one rounding to
 * the type of @to. PRODUCT: 2^-24 times the number of factors, relative.
 */
void ipu_make_reduction(struct ipu_ops *ops, enum ipu_reduce op, const struct ipu_array *to,
			const struct ipu_array *from, uint32_t dims);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_REDUCE_H */
