/* SPDX-License-Identifier: MIT */
/* What the workers of a tile compute of a convolution, from operands in buffers of this tile. */
#ifndef IPU_OPS_CONV_KERNEL_H
#define IPU_OPS_CONV_KERNEL_H

#include <ipu/step.h>

/**
 * struct tap - a part of the sum for an element of the result
 * @a: elements of the positions' operand from where a position has its first one
 * @b: elements of the weights
 */
struct tap {
	uint32_t a;
	uint32_t b;
};

/**
 * struct phase - positions of the result that see the same weights
 * @rows: of positions, in an image
 * @cols: positions in a row
 * @a: where the first position has its first element in the positions' operand
 * @c: where it is in the result
 * @depth: elements that a tap sums for each group
 * @taps: how many
 * @tap: each
 */
struct phase {
	uint32_t rows;
	uint32_t cols;
	uint32_t a;
	uint32_t c;
	uint32_t depth;
	uint32_t taps;
	const struct tap *tap;
};

/**
 * struct conv_block - the block of a tile
 * @a: the positions' operand: input, or gradient of the output
 * @b: weights; for their gradient, the gradient of the output
 * @c: the result, in f32
 * @halves: @a and @b are f16, otherwise f32
 * @images: of the block
 * @groups: of the block
 * @columns: channels of the result that a group has here
 * @a_image: elements from an image to the next, in @a
 * @a_row: from a row of positions to the next
 * @a_col: from a position to the next
 * @a_group: from a group to the next
 * @b_row: from an element of the sum to the next, in @b
 * @b_group: from a group to the next
 * @c_image: the same in @c
 * @c_row: from a row of positions to the next
 * @c_col: from a position to the next
 * @c_group: from a group to the next
 * @phases: how many, with @phase
 * @depth: rows of the result for each group; this and what follows is for the gradient of the weights
 * @rows: of positions
 * @cols: positions in a row
 * @kernel_y: rows of the kernel
 * @kernel_x: neighbours in a row of it
 * @a_kernel_y: from a row of the kernel to the next, in @a
 * @a_kernel_x: from a neighbour to the next
 * @c_kernel_y: the same in @c
 * @c_kernel_x: from a neighbour to the next
 */
struct conv_block {
	const void *a;
	const void *b;
	float *c;
	bool halves;
	uint32_t images;
	uint32_t groups;
	uint32_t columns;
	uint32_t a_image;
	uint32_t a_row;
	uint32_t a_col;
	uint32_t a_group;
	uint32_t b_row;
	uint32_t b_group;
	uint32_t c_image;
	uint32_t c_row;
	uint32_t c_col;
	uint32_t c_group;
	uint32_t phases;
	const struct phase *phase;
	uint32_t depth;
	uint32_t rows;
	uint32_t cols;
	uint32_t kernel_y;
	uint32_t kernel_x;
	uint32_t a_kernel_y;
	uint32_t a_kernel_x;
	uint32_t c_kernel_y;
	uint32_t c_kernel_x;
};

/* Called by each worker with a struct conv_block: what follows from taps, and the weights' gradient. */
void conv_taps(void *args);
void conv_weights(void *args);

/* The same for groups of one channel each: @columns is how many. */
void conv_depthwise_taps(void *args);
void conv_depthwise_weights(void *args);

#endif /* IPU_OPS_CONV_KERNEL_H */
