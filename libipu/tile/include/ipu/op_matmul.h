/* SPDX-License-Identifier: MIT */
/*
 * Products of matrices. Included by <ipu/ops.h>.
 */
#ifndef IPU_OP_MATMUL_H
#define IPU_OP_MATMUL_H

#include <ipu/ops.h>
#include <ipu/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_matmul - to = a @ b, or to += a @ b
 * @ops: the operations
 * @to: [..., m, n]; f32, f16 or bfloat16
 * @a: [..., m, k]; f32, f16 or bfloat16; with IPU_TRANS_A [..., k, m]
 * @b: [..., k, n] of a's type; with IPU_TRANS_B [..., n, k]
 * @flags: of enum ipu_matmul_flags: IPU_TRANS_A, IPU_TRANS_B, IPU_ACCUMULATE
 * @plan: the grid, of which pb, pm, pn, pk and ks are used, as ipu_plan_matmul() on the host
 *	finds it, alike on all tiles; or NULL: tile 0 looks for it, which takes millions of
 *	cycles once, and an exchange
 *
 * What torch.matmul(), mm, bmm, linear and their gradients compute. The dimensions before the
 * last two are batches: they are the same in all three, or @b has none of them. @to may be @a
 * or @b. Products are exact (f16, bfloat16) or not rounded (f32) before they are added, in f32;
 * the sum is rounded to the type of @to once. With IPU_ACCUMULATE what @to holds is added
 * before that.
 *
 * Layout: any; arrays lie over the tiles as their shapes say, and each tile pulls its blocks of
 * @a and @b, row by row, from where they are: the grid is in <ipu/plan.h>. ks + 1 exchanges,
 * and one more if pk > 1. A block of f32 or f16 is multiplied as it comes, also one of a
 * transposed @a; bfloat16 is widened to f32 on the tile that multiplies it, and a transposed @b
 * is transposed there. The tiles that hold @to pull f32 from those that have computed it. A
 * tile that is not in the grid only takes part in exchanges.
 *
 * Cost, in cycles: see struct ipu_plan, which has it by phase. A tile has blocks of 8 x 32
 * elements of the result, shared by its six workers: each sixth of them takes 96 * k (f32,
 * bfloat16) or 24 * k (f16) cycles and about 600; receiving m k + k n elements takes a cycle
 * for 4 bytes; partial sums (pk - 1) / pk * m n; the result a cycle for each element of a tile.
 * m, n and k are those of a tile. Memory: the blocks in scratch memory, 16 bytes of tables for
 * each row of a block.
 *
 * Tolerance: each element is off by at most (k + pk) * 2^-24 of the sum of the absolute
 * products, and by half a unit in the last place of the type of @to. The order of the sums is
 * fixed by the grid: the same bits each time, other ones with other grids.
 *
 * Refused with a text: shapes that do not fit, other types, grids with more parts than there
 * are tiles, blocks that do not fit in scratch memory.
 */
void ipu_make_matmul(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *a,
		     const struct ipu_array *b, uint32_t flags, const struct ipu_plan *plan);

/**
 * ipu_make_matmul_weights - the same with @b in place: brought to where it is needed before
 * @load: gets the exchange of @b; to be run before @ops, and again when @b has changed
 * @ops: gets the rest
 * @to: as with ipu_make_matmul(), and so are the following
 * @a: one of the operands
 * @b: the other
 * @flags: of enum ipu_matmul_flags
 * @plan: found with IPU_IN_PLACE, or NULL
 *
 * For weights that stay while many batches go through. The blocks of @b take memory beside the
 * tables, as long as the operation exists. Both lists have the same struct ipu_memory.
 */
void ipu_make_matmul_weights(struct ipu_ops *load, struct ipu_ops *ops, const struct ipu_array *to,
			     const struct ipu_array *a, const struct ipu_array *b, uint32_t flags,
			     const struct ipu_plan *plan);

/**
 * ipu_matmul_product - what the planner has to know
 * @ops: refuses what cannot be
 * @to: the result
 * @a: one of the operands
 * @b: the other
 * @flags: of enum ipu_matmul_flags, also IPU_IN_PLACE
 */
struct ipu_product ipu_matmul_product(const struct ipu_ops *ops, const struct ipu_array *to,
				      const struct ipu_array *a, const struct ipu_array *b,
				      uint32_t flags);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_MATMUL_H */
