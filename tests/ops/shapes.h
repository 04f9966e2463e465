/* SPDX-License-Identifier: MIT */
/* Random shapes for the operations' tests. */
#ifndef OPS_SHAPES_H
#define OPS_SHAPES_H

#include "sheet.h"

/**
 * random_shape - 0 to 4 dimensions with up to @size elements; now and then 1 or no element
 * @sheet: has the random numbers
 * @size: elements at most
 * @shape: out
 *
 * Return: dimensions
 */
uint32_t random_shape(struct sheet *sheet, uint32_t size, uint32_t *shape);

/** random_extent - a dimension from 1 to @most: small ones, large ones and odd ones */
uint32_t random_extent(struct sheet *sheet, uint32_t most);

/** shape_text - a shape for messages; valid until the next call */
const char *shape_text(uint32_t ndim, const uint32_t *shape);

#endif /* OPS_SHAPES_H */
