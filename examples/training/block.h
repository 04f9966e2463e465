/* SPDX-License-Identifier: MIT */
/*
 * A transformer block: what the tile program and the host's have in common. Sizes are known when it
 * runs, and all tensors travel as one, one after the other.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define EPSILON 1e-5f /* of the layer norms */
#define WIDER 4 /* times the width is that of the perceptron's hidden layer */

/**
 * struct block_sizes - sizes of a block; words that the host sends
 * @batch: sequences
 * @time: tokens of a sequence
 * @width: elements of a token
 * @heads: of the attention; they share @width
 * @dtype: type of all elements on the tiles, enum ipu_dtype
 */
struct block_sizes {
	uint32_t batch;
	uint32_t time;
	uint32_t width;
	uint32_t heads;
	uint32_t dtype;
};

#define BLOCK_SIZES 5 /* words */

/**
 * enum block_tensor - what goes in, and what comes out in its place
 *
 * y comes out in the place of x, the gradient of x in that of y's, and the gradient of each
 * parameter in that of the parameter.
 */
enum block_tensor {
	BLOCK_X, /* [batch, time, width]; out: y */
	BLOCK_DY, /* gradient of y; out: dx */
	BLOCK_GAMMA1, /* [width], of the first layer norm */
	BLOCK_BETA1,
	BLOCK_WQKV, /* [width, 3 * width]: queries, keys, values */
	BLOCK_BQKV,
	BLOCK_WO, /* [width, width]: out of the attention */
	BLOCK_BO,
	BLOCK_GAMMA2, /* [width], of the second layer norm */
	BLOCK_BETA2,
	BLOCK_W1, /* [width, WIDER * width] */
	BLOCK_B1,
	BLOCK_W2, /* [WIDER * width, width] */
	BLOCK_B2,
	BLOCK_TENSORS
};

/* What comes out where x and dy went in. */
#define BLOCK_Y BLOCK_X
#define BLOCK_DX BLOCK_DY

/** block_shape - dimensions of a tensor, and how many: a matrix, or a vector, which is one row */
static inline uint32_t block_shape(const struct block_sizes *sizes, uint32_t tensor,
				   uint32_t shape[2])
{
	/* In widths; 0 rows are those of a vector. */
	static const uint8_t widths[BLOCK_TENSORS][2] = {
		[BLOCK_GAMMA1] = { 0, 1 }, [BLOCK_BETA1] = { 0, 1 },  [BLOCK_WQKV] = { 1, 3 },
		[BLOCK_BQKV] = { 0, 3 },   [BLOCK_WO] = { 1, 1 },     [BLOCK_BO] = { 0, 1 },
		[BLOCK_GAMMA2] = { 0, 1 }, [BLOCK_BETA2] = { 0, 1 },  [BLOCK_W1] = { 1, WIDER },
		[BLOCK_B1] = { 0, WIDER }, [BLOCK_W2] = { WIDER, 1 }, [BLOCK_B2] = { 0, 1 },
	};
	const bool by_token = tensor == BLOCK_X || tensor == BLOCK_DY;

	shape[0] = by_token ? sizes->batch * sizes->time : widths[tensor][0] * sizes->width;
	shape[1] = by_token ? sizes->width : widths[tensor][1] * sizes->width;
	if (by_token || widths[tensor][0])
		return 2;
	shape[0] = 1;
	return 1;
}

/** block_offset - elements before a tensor; of BLOCK_TENSORS, of all */
static inline uint32_t block_offset(const struct block_sizes *sizes, uint32_t tensor)
{
	uint32_t offset = 0, shape[2];

	for (uint32_t i = 0; i < tensor; i++) {
		block_shape(sizes, i, shape);
		offset += shape[0] * shape[1];
	}
	return offset;
}

#endif /* BLOCK_H */
