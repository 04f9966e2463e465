/* SPDX-License-Identifier: MIT */
/*
 * What the host tells a tile program to make: a script of words. Each instruction is its code,
 * the number of words that follow, and these; a code of 0 ends it. Written by ipu_graph_compile()
 * and by the tests of operations, followed by graph/tile/make.c.
 */
#ifndef IPU_GRAPH_SCRIPT_H
#define IPU_GRAPH_SCRIPT_H

#include <stdint.h>

#define NO_ARRAY 0xffffffffu /* in place of the number of an array */

/* In the order of their numbers; arrays are named by theirs. A float is its bits. */
enum script {
	DO_ARRAY = 1, /* enum lay, dtype, bytes from the start of the heap, dimensions */
	DO_VIEW, /* of, dimensions: the next array, with the elements of another one */
	DO_NOTE, /* to, number: when it runs, this element of a u32 array that every tile has
		    becomes the tile's time in cycles */
	DO_CHAIN, /* how many, up to CHAIN_MOST; of each what DO_MAP has, but for the last */

	DO_MAP = 10, /* enum ipu_map, to, a, b, c, scalar, alpha, beta, array of these three */
	DO_COPY, /* to, from, offset, ndim, shapes, strides */
	DO_FILL, /* to, value */
	DO_ARANGE, /* to, start, step */
	DO_CAST, /* to, from */
	DO_UNIFORM, /* to, generator, low, high */
	DO_NORMAL, /* to, generator, mean, deviation */
	DO_BERNOULLI, /* to, generator, p */
	DO_DROPOUT, /* to, generator, p, mask, from */
	DO_DROPOUT_GRAD, /* to, grad, mask, p */
	DO_OPTIM, /* struct optim_words */
	DO_TENSOR, /* of the tests: to: the tensor "few", a row of 4 floats on tile 0 */

	DO_REDUCE = 40, /* enum ipu_reduce, to, from, dims */
	DO_SOFTMAX, /* 1: log, 2: gradient; to, x or y, dy, scale, queries */
	DO_NORM, /* batch?, kind, to, x, gamma, beta, mean, rstd, running mean and variance, dy,
		    dgamma, dbeta, momentum, epsilon; kind 0: norm, 1: gradient, 2: inference */
	DO_LOSS, /* 1: nll, 2: gradient; enum ipu_loss, label to ignore, loss or its gradient,
		    total, x, labels, dx */
	DO_MSE, /* gradient?, enum ipu_loss, loss or its gradient, a, b, da */
	DO_LSTM, /* row; hy, cy, gates, out, x, h, cx */
	DO_LSTM_GRAD, /* row; dgates, all, dcx, dout, dhy, dcy, gates, cx, cy */

	DO_MATMUL = 70, /* to, a, b, enum ipu_matmul_flags, pb, pm, pn, pk, ks; pb 0 for no plan */

	DO_CONV = 80, /* enum ipu_conv_pass, to, a, b, bias, struct ipu_conv up to host, plan?,
			 struct ipu_conv_plan */
	DO_MAX_POOL, /* x, y, index, struct ipu_pool */
	DO_MAX_POOL_GRAD, /* dx, dy, index, the same */
	DO_AVG_POOL, /* x, y, NO_ARRAY, the same */
	DO_AVG_POOL_GRAD, /* dx, dy, NO_ARRAY, the same */

	DO_EMBEDDING = 100, /* to, table, index */
	DO_SCATTER_ADD, /* to, from, index, skip */
	DO_GATHER, /* to, from, index, dimension */
	DO_PLACE, /* to, from, dimension, offset */
	DO_SORT, /* values, indices or NO_ARRAY, from, descending */
	DO_SCATTER, /* to, from, index */
};

#define CHAIN_MOST 8

/* How an array lies over the tiles. */
enum lay {
	LAY_USUAL, /* as its shape says */
	LAY_FLAT, /* as one of a single dimension, of which it is a view */
	LAY_COPIES, /* every tile has all of it; a generator is such an array, of four u32 */
};

enum optim { OPTIM_SGD, OPTIM_ADAM, OPTIM_ADADELTA, OPTIM_RMSPROP, OPTIMS };

/* A step of an optimiser: arrays, or NO_ARRAY, and floats; each uses what it has. */
struct optim_words {
	uint32_t kind; /* enum optim */
	uint32_t param;
	uint32_t grad;
	uint32_t state[3];
	uint32_t rate;
	uint32_t step;
	uint32_t decay;
	uint32_t momentum;
	uint32_t dampening;
	uint32_t epsilon;
	uint32_t keep;
	uint32_t keep2;
	uint32_t flag; /* nesterov, AdamW, centered */
};

#endif /* IPU_GRAPH_SCRIPT_H */
