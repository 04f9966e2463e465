/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark of operations asks of its tile program: one operation, with its arrays.
 */
#ifndef BENCH_OPERATIONS_H
#define BENCH_OPERATIONS_H

/* What the tiles do; shapes are with the host's table. */
enum {
	OPERATION_ADD_64MIB, /* f32 */
	OPERATION_ADD_F32,
	OPERATION_ADD_F16,
	OPERATION_ADD_BF16,
	OPERATION_FMA,
	OPERATION_RELU,
	OPERATION_EXP,
	OPERATION_GELU,
	OPERATION_FILL,
	OPERATION_CAST,
	OPERATION_SGD,
	OPERATION_ADAMW,
	OPERATION_UNIFORM,
	OPERATION_NORMAL,
	OPERATION_DROPOUT_GRAD,
	OPERATION_SUM_ALL,
	OPERATION_SUM_COLUMNS,
	OPERATION_SUM_ROWS,
	OPERATION_SOFTMAX,
	OPERATION_SOFTMAX_GRAD,
	OPERATION_LAYER_NORM,
	OPERATION_LAYER_NORM_GRAD,
	OPERATION_BATCH_NORM,
	OPERATION_BATCH_NORM_GRAD,
	OPERATION_CROSS_ENTROPY,
	OPERATION_CROSS_ENTROPY_GRAD,
	OPERATION_EMBEDDING,
	OPERATION_SORT,
	OPERATION_MAX_POOL,
	OPERATION_CONV, /* by a plan of the host's */
	OPERATION_CONV_INPUT_GRAD,
	OPERATION_CONV_WEIGHT_GRAD,
};

/* Elements of arrays: all of them, or those of a row and rows. */
#define OPERATION_64MIB (1u << 24)
#define OPERATION_ELEMENTS (1u << 22)
#define OPERATION_MANY 10000000u
#define OPERATION_ROWS 8832u
#define OPERATION_SORTED 256u
#define OPERATION_WORDS 256u /* of an embedding */

/* The convolution: a layer of ResNet, 3 x 3, padded by 1; pooling has windows of 2 x 2. */
#define OPERATION_IMAGES 16u
#define OPERATION_SIDE 56u
#define OPERATION_CHANNELS 64u
#define OPERATION_KERNEL 3u

#define OPERATION_SCRATCH 327680u /* bytes for operations while they run */

/* Elements of "params". */
enum {
	OPERATIONS_WHICH,
	OPERATIONS_ROUNDS,
	OPERATIONS_STOPS, /* 1: an external sync before each round, and after the last */
	OPERATIONS_PLAN, /* struct ipu_conv_plan */
	OPERATIONS_PARAMS = OPERATIONS_PLAN + 25,
};

#endif /* BENCH_OPERATIONS_H */
