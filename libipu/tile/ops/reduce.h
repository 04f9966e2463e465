/* SPDX-License-Identifier: MIT */
/* Sums over tiles, for operations that have made their parts themselves. */
#ifndef IPU_OPS_REDUCE_H
#define IPU_OPS_REDUCE_H

#include <ipu/step.h>

/**
 * reduce_parts - add the steps that sum a row of f32 that each tile has made
 * @ops: the operations
 * @to: of a float type, @to->count elements
 * @part: the row, in scratch, at the same address on all tiles
 * @pitch: elements of a row, at least those of @to
 * @scale: what the sums are multiplied with
 *
 * Uses scratch, which may differ between tiles, and lets go of it again.
 */
void reduce_parts(struct ipu_ops *ops, const struct ipu_array *to, void *part, uint32_t pitch,
		  float scale);

/** reduce_sum - the same for the sum of all elements of an f32 array in scratch, to one element */
void reduce_sum(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		float scale);

#endif /* IPU_OPS_REDUCE_H */
