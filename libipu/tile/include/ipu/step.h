/* SPDX-License-Identifier: MIT */
/*
 * What operations are made of: for those who write one. Who uses them includes <ipu/ops.h>.
 *
 * An operation is a few steps. Each is, in this order, what the supervisor does, an exchange,
 * and what the workers do; any of them may be missing, but all tiles have the same exchanges.
 * Making an operation fills in the steps: it decides what this tile has to do, allocates what
 * that needs, and makes the tables of the exchanges. Running it only walks them.
 *
 * What outlives the making of an operation is allocated with ipu_ops_keep(), which need not be
 * alike on all tiles. What other tiles pull from, or what is only needed while the operation
 * runs, is scratch: ipu_ops_scratch(), alike on all tiles.
 */
#ifndef IPU_STEP_H
#define IPU_STEP_H

#include <ipu/array.h>
#include <ipu/ops.h>

/**
 * struct ipu_step - part of an operation
 * @next: the next one
 * @prepare: called by the supervisor first; or NULL
 * @work: called by each worker at last; or NULL, if this tile has nothing to do
 * @args: for both
 * @table: what is exchanged
 * @count: transfers in it
 * @exchange: there is an exchange, even if this tile pulls nothing
 */
struct ipu_step {
	struct ipu_step *next;
	void (*prepare)(void *args);
	void (*work)(void *args);
	void *args;
	struct ipu_xfer *table;
	uint32_t count;
	bool exchange;
};

#ifdef __cplusplus
extern "C" {
#endif

/** ipu_ops_begin - begin to make an operation: @name is used in messages, a literal */
void ipu_ops_begin(struct ipu_ops *ops, const char *name);

/**
 * ipu_ops_refuse - say why an operation cannot be, and stop with a fault
 * @ops: the operations
 * @format: as for printf(): without a final newline
 *
 * Tile 0 prints; all tiles are expected to refuse alike.
 */
void ipu_ops_refuse(const struct ipu_ops *ops, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/**
 * ipu_ops_refuse_here - the same of what is wrong on this tile, perhaps while operations run
 * @name: of the operation
 * @format: as for printf(): without a final newline
 */
void ipu_ops_refuse_here(const char *name, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/** ipu_ops_keep - memory that lasts as long as the operation; aligned to 16 bytes */
void *ipu_ops_keep(struct ipu_ops *ops, uint32_t bytes);

/**
 * ipu_ops_scratch - memory for use while this operation runs; aligned to 64 bytes
 *
 * The next operation has the same memory. The same address on all tiles: all of them ask for
 * as much.
 */
void *ipu_ops_scratch(struct ipu_ops *ops, uint32_t bytes);

/** ipu_ops_scratch_own - the same, for this tile only: others may ask for more, less or nothing */
void *ipu_ops_scratch_own(struct ipu_ops *ops, uint32_t bytes);

/** ipu_ops_scratch_left - bytes of scratch memory that this operation can still get */
uint32_t ipu_ops_scratch_left(const struct ipu_ops *ops);

/**
 * ipu_add_work - add a step in which workers compute
 * @ops: the operations
 * @work: what each worker calls; NULL if this tile has nothing to do
 * @args: for it, kept
 */
struct ipu_step *ipu_add_work(struct ipu_ops *ops, void (*work)(void *args), void *args);

/**
 * ipu_add_exchange - add a step with an exchange
 * @ops: the operations
 *
 * Its table is filled in by ipu_pull_add() and ipu_pull_range(). Nothing may be kept with
 * ipu_ops_keep() until it is complete.
 */
struct ipu_step *ipu_add_exchange(struct ipu_ops *ops);

/** ipu_pull_add - add a transfer to the last step, an exchange; see ipu_pull() */
void ipu_pull_add(struct ipu_ops *ops, uint32_t tile, const void *from, void *to, uint32_t bytes);

/**
 * ipu_pull_range - add to the last step that elements of an array are pulled
 * @ops: the operations
 * @array: from which
 * @first: number of the first element: at a multiple of 4 bytes, counted from element 0
 * @count: how many; bytes are rounded up to a multiple of 4
 * @to: where they go on this tile
 */
void ipu_pull_range(struct ipu_ops *ops, const struct ipu_array *array, uint32_t first,
		    uint32_t count, void *to);

/** ipu_pull_most - transfers that one row of an array can take at most, of @row elements */
uint32_t ipu_pull_most(const struct ipu_array *array, uint32_t row);

/**
 * struct ipu_view - elements of an array, in an order of their own
 * @ndim: dimensions
 * @shape: of the view
 * @stride: elements of the array from one element of a dimension to the next: may be 0 or less
 * @offset: the array's element that is the view's first one
 */
struct ipu_view {
	uint32_t ndim;
	uint32_t shape[IPU_ARRAY_DIMS];
	int32_t stride[IPU_ARRAY_DIMS];
	uint32_t offset;
};

/** ipu_view_whole - all elements of an array in their order */
struct ipu_view ipu_view_whole(const struct ipu_array *array);

/**
 * ipu_view_broadcast - an array as one of another shape
 * @ops: refuses what cannot be
 * @array: the array
 * @ndim: dimensions of the other shape, at least the array's
 * @shape: whose last dimensions are those of @array, where that does not have 1
 */
struct ipu_view ipu_view_broadcast(struct ipu_ops *ops, const struct ipu_array *array,
				   uint32_t ndim, const uint32_t *shape);

/**
 * struct ipu_fetch - elements of a view that a tile needs, and how it gets them
 *
 * ipu_fetch_init(), then ipu_add_exchange(), then ipu_fetch_pull(), then ipu_fetch_finish().
 * Several can share an exchange.
 */
struct ipu_fetch;

/**
 * ipu_fetch_init - prepare to get elements of a view
 * @ops: the operations
 * @array: from which
 * @view: of it; copied
 * @begin: the first element, by its number in the view, row by row
 * @end: one past the last
 * @to: where they go on this tile, one after the other: aligned to 4 bytes
 */
struct ipu_fetch *ipu_fetch_init(struct ipu_ops *ops, const struct ipu_array *array,
				 const struct ipu_view *view, uint32_t begin, uint32_t end,
				 void *to);

/** ipu_fetch_pull - add what it needs to the last step, an exchange */
void ipu_fetch_pull(struct ipu_ops *ops, struct ipu_fetch *fetch);

/** ipu_fetch_finish - add the step that puts the elements in place, if one is needed */
void ipu_fetch_finish(struct ipu_ops *ops, struct ipu_fetch *fetch);

/**
 * ipu_operand - an array, as it lies over the tiles like another one
 * @ops: the operations
 * @array: whose elements are needed; broadcast to the other's shape
 * @like: the other one
 *
 * Where @array has the shape of @like and lies as it does, this is its own memory, and nothing
 * is added. Otherwise a step is added that brings the elements into scratch.
 *
 * Return: this tile's elements: as many as it has of @like.
 */
const void *ipu_operand(struct ipu_ops *ops, const struct ipu_array *array,
			const struct ipu_array *like);

/**
 * ipu_operand_numbers - arrays of one element each, for all tiles
 * @ops: the operations
 * @count: how many
 * @array: these
 * @data: out: where this tile finds each element
 *
 * A step is added that brings them into scratch, unless every tile has them all.
 */
void ipu_operand_numbers(struct ipu_ops *ops, uint32_t count, const struct ipu_array *const *array,
			 const void **data);

#ifdef __cplusplus
}
#endif

#endif /* IPU_STEP_H */
