/* SPDX-License-Identifier: MIT */
/* A transformer block on the host, in double: what the tiles' results are compared with. */
#ifndef HOST_BLOCK_H
#define HOST_BLOCK_H

#include "block.h"

/**
 * block_reference - forward and backward
 * @sizes: of the block
 * @in: x, dy and parameters, in the order of enum block_tensor
 * @out: y, dx and gradients of parameters, as many elements; or NULL to compute only @y
 * @y: the result of the block; or NULL
 */
void block_reference(const struct block_sizes *sizes, const double *in, double *out, double *y);

/**
 * block_check_reference - compare its gradients with differences of its own results
 *
 * Of a small block with odd sizes, for every element of x and of the parameters. Return: the
 * greatest difference, relative to the largest gradient of a tensor.
 */
double block_check_reference(void);

/** block_values - random x, dy and parameters, of so few digits that f16 and bfloat16 have them */
void block_values(const struct block_sizes *sizes, double *in);

/** block_tensor_name - as messages have it; of what goes in */
const char *block_tensor_name(uint32_t tensor);

#endif /* HOST_BLOCK_H */
