/* SPDX-License-Identifier: MIT */
/*
 * A convolution that is being made: conv.c reads its shape and adds its steps, conv_block.c
 * finds what this tile computes of it, conv_result.c sums and distributes the result, and
 * conv_work.c is what workers do besides the sums of conv_kernel.h.
 *
 * The positions' operand "a" is the input, or for the input's gradient that of the output; "b"
 * is the weights, or for their gradient that of the output; "c" is the result, of which this
 * tile computes a block.
 */
#ifndef IPU_OPS_CONV_H
#define IPU_OPS_CONV_H

#include "box.h"
#include "conv_kernel.h"

/**
 * struct window - positions of an operand that a tile needs, along one axis
 * @local: extent of the buffer
 * @base: position of the operand that its first one is: can be in the padding
 * @step: from one in the buffer to the next
 * @skip: ones before the first one that is in the operand
 * @count: ones that are
 * @result_step: from what one position of the result sees first to what the next one does
 */
struct window {
	uint32_t local;
	int32_t base;
	uint32_t step;
	uint32_t skip;
	uint32_t count;
	uint32_t result_step;
};

/**
 * struct conv_tile - what a tile does; kept
 * @block: for the kernels
 * @a: operands
 * @b: of @block
 * @y: rows of the first one
 * @x: positions in each
 * @pitch: bytes from a position to the next
 * @weights: as they were pulled, if they are transposed
 * @row_taps: ipu_conv_row_taps() of them
 * @weight_rows: how many
 * @weight_columns: of each of the kernel's elements
 * @gather: partial sums, and their sum in the first
 * @slice: elements of each
 * @sums: how many
 * @got: the elements of the result that this tile has, in f32
 * @bias: for each of them; or NULL
 * @to: where they go
 * @count: how many
 * @dtype: float_index() of the result's type
 */
struct conv_tile {
	struct conv_block block;
	struct box a;
	struct box b;
	struct window y;
	struct window x;
	uint32_t pitch;
	const void *weights;
	uint32_t row_taps;
	uint32_t weight_rows;
	uint32_t weight_columns;
	float *gather;
	uint32_t slice;
	uint32_t sums;
	const float *got;
	const void *bias;
	void *to;
	uint32_t count;
	uint32_t dtype;
};

/** struct conv_making - a convolution that is being made */
struct conv_making {
	struct ipu_ops *ops;
	enum ipu_conv_pass pass;
	struct ipu_conv_shape shape;
	struct ipu_conv_plan plan;
	const struct ipu_array *to;
	const struct ipu_array *a;
	const struct ipu_array *b;
	const struct ipu_array *bias;
	uint32_t begin[IPU_CONV_DIMS];
	uint32_t count[IPU_CONV_DIMS];
	bool idle;
	struct conv_tile *tile;
};

/* Dimensions of a plan */
enum { N = IPU_CONV_N, Y, X, G, C, K };

/**
 * conv_find_block - this tile's block of the result, by the plan; @making->tile is made
 *
 * @making->idle says that the tile has none. A plan of another shape is refused.
 */
void conv_find_block(struct conv_making *making);

/** conv_describe_block - buffers for the operands of this tile's block, and what is summed */
void conv_describe_block(struct conv_making *making);

/** conv_add_reduction - add steps for the sum of what several tiles have of the result */
void conv_add_reduction(struct conv_making *making);

/** conv_add_finish - add steps that bring the result to where its array has it */
void conv_add_finish(struct conv_making *making);

/** conv_turned - where in its row element @k of the kernel goes, for the input's gradient */
uint32_t conv_turned(const struct conv_block *block, uint32_t row_taps, uint32_t k);

/* Work: @args is a struct conv_tile, for conv_clear_result a struct ipu_array */
void conv_clear_border(void *args);
void conv_place(void *args);
void conv_transpose(void *args);
void conv_add_sums(void *args);
void conv_finish(void *args);
void conv_clear_result(void *args);

#endif
