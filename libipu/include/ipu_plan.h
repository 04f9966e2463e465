/* SPDX-License-Identifier: MIT */
/*
 * libipu: the planner of products of matrices.
 *
 * How a product lies over the tiles is decided before a tile program is told to compute it
 * (ipu_make_matmul() of <ipu/op_matmul.h>): by enumerating grids, with the card's cost model
 * and the memory of a tile as a bound.
 *
 *	struct ipu_product product = {
 *		.batches = 1, .m = 1024, .n = 1024, .k = 1024,
 *		.dtype = IPU_F32, .to_dtype = IPU_F32,
 *		.tiles = 1472, .scratch = 400000, .keep = 100000,
 *	};
 *	struct ipu_plan plan;
 *
 *	if (ipu_plan_matmul(&product, IPU_PLAN_CYCLES, &plan))
 *		errx(1, "%s", ipu_error());
 *
 * The structures are in <ipu/plan.h>, which tile programs have, too. Neither function uses a
 * device; both may be called by any thread.
 */
#ifndef IPU_PLAN_API_H
#define IPU_PLAN_API_H

#include <ipu.h>
#include <ipu/plan.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_plan_matmul - find how a product should lie over the tiles
 * @product: the product, and what memory a tile has for it
 * @objective: time of the card, or of the host that emulates it
 * @plan: out: the grid, its blocks, what it takes and needs; unchanged if this fails
 *
 * Takes a few milliseconds at most. A product without an element, or without a sum, has a plan as well.
 *
 * Return: 0; -EINVAL for types that are not f32, f16 and bfloat16, matrices of 2^31
 * elements or more, or no tile; -ENOSPC if no grid fits: ipu_error() then says which operand
 * does not, and by how much.
 */
int ipu_plan_matmul(const struct ipu_product *product, enum ipu_objective objective,
		    struct ipu_plan *plan);

/**
 * ipu_plan_estimate - what a product takes with a given grid
 * @product: the product
 * @plan: in: pb, pm, pn, pk and ks; out: the same, less parts that would have nothing to do, and
 *	all the rest; unchanged if this fails
 *
 * Return: as ipu_plan_matmul(); also -EINVAL if a number of parts is 0, or there are more
 * parts than tiles.
 */
int ipu_plan_estimate(const struct ipu_product *product, struct ipu_plan *plan);

#ifdef __cplusplus
}
#endif

#endif /* IPU_PLAN_API_H */
