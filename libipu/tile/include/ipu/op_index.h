/* SPDX-License-Identifier: MIT */
/*
 * Operations that find elements by indices, put arrays together, and put them in order.
 * Included by <ipu/ops.h>.
 *
 * An index is an i32, is only known when the operation runs, and is checked then: one that is
 * outside is a fault of the tile that has it, which prints the index and where it stands.
 */
#ifndef IPU_OP_INDEX_H
#define IPU_OP_INDEX_H

#include <ipu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_embedding - rows of a table by their numbers: torch.nn.functional.embedding
 * @ops: the operations
 * @to: [index..., D]
 * @table: [V, D], of the same type
 * @index: i32, 0 to V - 1
 *
 * Layout: any. A tile gets the indices of the rows that it has of @to in one exchange, makes
 * its table of transfers from them, and pulls the rows in another.
 *
 * Cost: two exchanges; a tile receives its part of @to and its indices, and its supervisor uses
 * about 110 slots for each row. 16 bytes of its memory for each row, or part of one that lies in
 * another chunk.
 *
 * Tolerance: none; elements are moved.
 */
void ipu_make_embedding(struct ipu_ops *ops, const struct ipu_array *to,
			const struct ipu_array *table, const struct ipu_array *index);

/**
 * ipu_make_scatter_add - add rows to the rows of an array that indices name: the gradient of an
 *	embedding, torch.index_add() with dim 0
 * @ops: the operations
 * @to: [V, D], f32, f16 or bfloat16, which is added to
 * @from: [index..., D], of the same type
 * @index: i32, 0 to V - 1; rows of @from with the index @skip are left out
 * @skip: an index to leave out, padding_idx; or -1
 *
 * Layout: any. Every tile gets all indices, finds those of rows that it has a part of, and
 * pulls these parts of @from, as many at a time as scratch memory takes.
 *
 * Cost: with n indices, n * 4 bytes received by every tile, about n slots to look through them;
 * then the busiest tile's rows, and an exchange for each share of them that fits.
 *
 * Tolerance: rows are added in the order of the indices, in f32, and rounded once at the end:
 * for m rows that meet, m * 2^-24 times the sum of the sizes, and half a unit of the last place
 * of @to. The bits do not depend on the number of tiles.
 */
void ipu_make_scatter_add(struct ipu_ops *ops, const struct ipu_array *to,
			  const struct ipu_array *from, const struct ipu_array *index,
			  int32_t skip);

/**
 * ipu_make_put_rows - put rows where indices say: torch.scatter() and torch.index_copy() with dim 0
 * @ops: the operations
 * @to: [V, D], f32, f16, bfloat16 or i32, of which the other rows stay as they are
 * @from: [index..., D], of the same type
 * @index: i32, 0 to V - 1; of rows with the same index the last one is there in the end
 *
 * Layout and cost: those of ipu_make_scatter_add().
 *
 * Tolerance: none; elements are moved.
 */
void ipu_make_put_rows(struct ipu_ops *ops, const struct ipu_array *to,
		       const struct ipu_array *from, const struct ipu_array *index);

/**
 * ipu_make_take_along - elements by their index in one dimension: torch.gather
 * @ops: the operations
 * @to: of the shape of @index
 * @from: of as many dimensions, and in those other than @dim at least as long; of @to's type
 * @index: i32, 0 to the length of @from in @dim - 1
 * @dim: which dimension
 *
 * Layout: any. A tile gets the indices of the elements that it has of @to, and pulls each
 * element.
 *
 * Cost: two exchanges for each 1,024 elements of a tile; 4 bytes received and about 60
 * slots of the supervisor for each element.
 *
 * Tolerance: none; elements are moved.
 */
void ipu_make_take_along(struct ipu_ops *ops, const struct ipu_array *to,
			 const struct ipu_array *from, const struct ipu_array *index, uint32_t dim);

/**
 * ipu_make_place - put an array into part of another one
 * @ops: the operations
 * @to: of the same type and number of dimensions, and in those other than @dim of the same
 *	length
 * @from: what is put there
 * @dim: which dimension
 * @offset: where in it
 *
 * The other elements of @to stay as they are. To concatenate arrays, place one after the other;
 * to pad one, fill the other first.
 *
 * Layout: any. One exchange, in which a tile pulls what it has of that part.
 *
 * Cost: the bytes, and 16 bytes of memory for each run of elements that lie together in both.
 *
 * Tolerance: none; elements are moved.
 */
void ipu_make_place(struct ipu_ops *ops, const struct ipu_array *to, const struct ipu_array *from,
		    uint32_t dim, uint32_t offset);

/**
 * ipu_make_sort - the first elements of each row, in order: torch.sort and torch.topk
 * @ops: the operations
 * @values: [..., k]: the first k in order
 * @indices: i32, of the same shape: where in the row each was; or NULL
 * @from: [..., n], n at least k, of the type of @values: f32, f16, bfloat16 or i32
 * @descending: the largest first
 *
 * Equal elements stay in their order. A NaN counts as larger than all numbers, and -0 equals 0.
 *
 * Layout: any; a row is sorted by one worker of one tile, where @from or @values is laid out by
 * whole rows, without an exchange for it.
 *
 * Cost: about 17 n log2(n) slots a row, whatever k is. 16 n bytes of scratch memory for each
 * worker that sorts.
 *
 * Tolerance: none; elements are moved.
 */
void ipu_make_sort(struct ipu_ops *ops, const struct ipu_array *values,
		   const struct ipu_array *indices, const struct ipu_array *from, bool descending);

#ifdef __cplusplus
}
#endif

#endif /* IPU_OP_INDEX_H */
