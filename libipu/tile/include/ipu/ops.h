/* SPDX-License-Identifier: MIT */
/*
 * Operations on arrays that lie over the tiles: what layers of a network are made of.
 *
 *	struct ipu_ops train;
 *
 *	ipu_ops_init(&train, &memory);
 *	ipu_make_map2(&train, IPU_MAP_ADD, &y, &x, &bias);
 *	ipu_make_map1(&train, IPU_MAP_RELU, &y, &y);
 *	for (...)
 *		ipu_ops_run(&train);
 *
 * An operation is made once, which decides what each tile does and makes its tables of
 * transfers, and then run as often as needed, with what the arrays hold by then. Every tile
 * makes and runs the same ones, with the same arguments. All of this is the supervisor's; while
 * operations run, nothing else uses the arrays. An operation works on any number of tiles, and
 * has the same bits on any number of the host's threads.
 *
 * An array given twice is allowed where an operation says so; no argument may be NULL unless it
 * says so. Arrays may have no elements. Elements of float operations that are f16 or bfloat16
 * are computed in f32 and rounded once, at the end. A call that cannot be is a fault; what is
 * wrong with it is printed before.
 */
#ifndef IPU_OPS_H
#define IPU_OPS_H

#include <ipu/array.h>

struct ipu_step;

/**
 * struct ipu_ops - operations that are run one after the other
 * @memory: where what they need is
 * @first: the first step
 * @last: the last one
 * @name: of the operation that is being made
 */
struct ipu_ops {
	struct ipu_memory *memory;
	struct ipu_step *first;
	struct ipu_step *last;
	const char *name;
};

#ifdef __cplusplus
extern "C" {
#endif

/** ipu_ops_init - begin a list of operations, empty; several lists can share @memory */
void ipu_ops_init(struct ipu_ops *ops, struct ipu_memory *memory);

/** ipu_ops_run - run all operations of a list */
void ipu_ops_run(const struct ipu_ops *ops);

#ifdef __cplusplus
}
#endif

#include <ipu/op_conv.h>
#include <ipu/op_copy.h>
#include <ipu/op_fill.h>
#include <ipu/op_index.h>
#include <ipu/op_map.h>
#include <ipu/op_matmul.h>
#include <ipu/op_optim.h>
#include <ipu/op_pool.h>
#include <ipu/op_random.h>
#include <ipu/op_reduce.h>
#include <ipu/op_rnn.h>
#include <ipu/op_rows.h>

#endif /* IPU_OPS_H */
