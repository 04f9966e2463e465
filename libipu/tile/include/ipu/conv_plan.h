/* SPDX-License-Identifier: MIT */
/*
 * How a two-dimensional convolution lies over the tiles: shared by tile programs
 * (<ipu/op_conv.h>) and the host.
 *
 * Each tile computes one block of the result, of all dimensions that the pass has. A block is a
 * range of images, of rows, of positions in a row, of groups and of channels. What is summed
 * can be shared as well: the partial sums are then added in slices, each by one tile, in the
 * order of the parts.
 */
#ifndef IPU_CONV_PLAN_H
#define IPU_CONV_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/** enum ipu_conv_pass - what is computed */
enum ipu_conv_pass { IPU_CONV_FORWARD, IPU_CONV_INPUT_GRAD, IPU_CONV_WEIGHT_GRAD };

/**
 * struct ipu_conv_axis - a convolution along one axis
 * @in: extent of the input
 * @out: extent of the output
 * @kernel: extent of the weights
 * @stride: from a position of the output to the next, in the input
 * @padding: zeros before and after the input
 * @dilation: from an element of the weights to the next, in the input
 */
struct ipu_conv_axis {
	uint32_t in;
	uint32_t out;
	uint32_t kernel;
	uint32_t stride;
	uint32_t padding;
	uint32_t dilation;
};

/**
 * struct ipu_conv_shape - a convolution
 * @images: how many
 * @y: along rows
 * @x: along the positions of a row
 * @groups: input and output channels are divided into so many, which do not mix
 * @in: input channels of a group
 * @out: output channels of a group
 * @bytes: of an element in memory: 4 or 2
 * @halves: it is an f16, and computed with as such; others are computed with as f32
 */
struct ipu_conv_shape {
	uint32_t images;
	struct ipu_conv_axis y;
	struct ipu_conv_axis x;
	uint32_t groups;
	uint32_t in;
	uint32_t out;
	uint32_t bytes;
	bool halves;
};

/**
 * enum ipu_conv_dim - what is shared by tiles
 * @IPU_CONV_N: images
 * @IPU_CONV_Y: rows of the output; for the gradient of the input, of that
 * @IPU_CONV_X: positions in a row
 * @IPU_CONV_G: groups
 * @IPU_CONV_C: channels of a group: of the output; for the gradient of the input, of that
 * @IPU_CONV_K: the other channels of a group
 */
enum ipu_conv_dim {
	IPU_CONV_N,
	IPU_CONV_Y,
	IPU_CONV_X,
	IPU_CONV_G,
	IPU_CONV_C,
	IPU_CONV_K,
	IPU_CONV_DIMS,
};

/**
 * struct ipu_conv_plan - how it lies over the tiles
 * @block: what a tile has of each dimension, at most
 * @parts: how many tiles share each dimension; the last dimension's parts are neighbours
 * @sums: tiles that have partial sums of the same elements
 * @slice: elements of these that each of them adds up
 * @a_bytes: of the positions' operand on a tile: the input, or the gradient of the output
 * @b_bytes: of the other one: the weights, or the gradient of the output
 * @c_bytes: of the block of the result, in f32; before, of the weights that are transposed
 * @scratch: bytes of scratch memory in all
 * @compute: cycles of the workers that multiply, and that bring operands into order before
 * @exchange: cycles in which operands are received
 * @reduce: cycles of partial sums, received and added
 * @output: cycles of the result, received and rounded
 * @sync: cycles of barriers and of starting
 * @cycles: all of them: what the card is expected to take
 * @host: how much the host has to do, summed over the tiles: only to compare plans with
 */
struct ipu_conv_plan {
	uint32_t block[IPU_CONV_DIMS];
	uint32_t parts[IPU_CONV_DIMS];
	uint32_t sums;
	uint32_t slice;
	uint32_t a_bytes;
	uint32_t b_bytes;
	uint32_t c_bytes;
	uint32_t scratch;
	uint32_t compute;
	uint32_t exchange;
	uint32_t reduce;
	uint32_t output;
	uint32_t sync;
	uint32_t cycles;
	uint32_t host;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_conv_fold - make one row of all positions, where the weights are 1 x 1 and nothing is
 * skipped or padded, so that positions can be shared freely
 */
void ipu_conv_fold(struct ipu_conv_shape *shape);

/** ipu_conv_depthwise - each group has one input and one output channel: vectors, not products */
bool ipu_conv_depthwise(const struct ipu_conv_shape *shape);

/** ipu_conv_local - extent of the positions' operand that @count positions of the result need */
uint32_t ipu_conv_local(enum ipu_conv_pass pass, const struct ipu_conv_axis *axis, uint32_t count);

/**
 * ipu_conv_row_taps - into how many taps a row of the kernel is divided
 * @pass: what is computed
 * @shape: of the convolution
 * @block: what a tile has of each dimension
 *
 * Elements of the row that see positions which follow each other are one tap: one long product instead of
 * several short ones. For the gradient of the input, these are as far apart as stride / dilation.
 *
 * Return: 1 to the extent of the kernel; the last elements of the row are of different taps
 */
uint32_t ipu_conv_row_taps(enum ipu_conv_pass pass, const struct ipu_conv_shape *shape,
			   const uint32_t *block);

/**
 * ipu_conv_choose - find the best plan
 * @plan: out: the best one that fits, or if there is none, the smallest
 * @shape: of the convolution, after ipu_conv_fold()
 * @pass: what is computed
 * @tiles: of the run
 * @scratch: bytes of scratch memory
 * @host: for the least time on the host, instead of card cycles
 *
 * Return: whether it fits
 */
bool ipu_conv_choose(struct ipu_conv_plan *plan, const struct ipu_conv_shape *shape,
		     enum ipu_conv_pass pass, uint32_t tiles, uint32_t scratch, bool host);

#ifdef __cplusplus
}
#endif

#endif /* IPU_CONV_PLAN_H */
