/* SPDX-License-Identifier: MIT */
/* What the files of <ipu/step.h>'s fetches share. */
#ifndef IPU_OPS_FETCH_H
#define IPU_OPS_FETCH_H

#include <ipu/step.h>

/**
 * struct fetch_box - elements that do not follow each other in the view, but in the array
 * @low: of each dimension, the first index that is fetched
 * @count: how many indices
 * @step: elements from one of them to the next, where they are received
 * @inner: the dimension whose elements follow each other in the array
 * @shift: elements before the first one in its word
 * @pitch: words from one run of @inner to the next
 */
struct fetch_box {
	uint32_t low[IPU_ARRAY_DIMS];
	uint32_t count[IPU_ARRAY_DIMS];
	uint32_t step[IPU_ARRAY_DIMS];
	uint32_t inner;
	uint32_t shift;
	uint32_t pitch;
};

/**
 * struct ipu_fetch - elements of a view that a tile needs
 * @array: from which
 * @view: whose dimensions are as few as can be
 * @begin: the first element's number in the view
 * @end: one past the last
 * @to: where they go
 * @stage: where they are received; NULL if that is where they go
 * @box: how they are received; NULL for run by run of the view, or
 * @near: all that is pulled at once; of no elements otherwise
 */
struct ipu_fetch {
	struct ipu_array array;
	struct ipu_view view;
	uint32_t begin;
	uint32_t end;
	char *to;
	uint32_t *stage;
	struct fetch_box *box;
	struct ipu_range near;
};

/**
 * fetch_box_find - whether a fetch is better received as a box
 * @fetch: with at least one element
 * @box: out
 *
 * Return: words that it takes; 0 if not.
 */
uint32_t fetch_box_find(const struct ipu_fetch *fetch, struct fetch_box *box);

/** fetch_box_pull - add its transfers to the last step, an exchange */
void fetch_box_pull(struct ipu_ops *ops, const struct ipu_fetch *fetch);

/** fetch_box_place - put elements in place: @count of one run of the view, from @number on */
void fetch_box_place(const struct ipu_fetch *fetch, uint32_t number, uint32_t count);

#endif /* IPU_OPS_FETCH_H */
