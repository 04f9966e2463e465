/* SPDX-License-Identifier: MIT */
/*
 * Boxes: parts of an array in up to four dimensions, which a tile gets into a buffer of its own
 * layout. What is f16 stays so, other floats become f32.
 *
 * box_init(), then ipu_add_exchange(), then box_pull(), then box_place() by workers where
 * @stage is not NULL.
 */
#ifndef IPU_OPS_BOX_H
#define IPU_OPS_BOX_H

#include <ipu/step.h>

/**
 * struct box - a part of an array
 * @array: of which
 * @from: number of the first element
 * @n: runs of elements, in three dimensions
 * @from_step: elements of the array from a run to the next
 * @to_step: the same in the buffer
 * @count: elements of a run
 * @to: where the first one goes
 * @stage: where runs are received, if not where they go
 * @pitch: words from a run to the next there
 */
struct box {
	struct ipu_array array;
	uint32_t from;
	uint32_t n[3];
	uint32_t from_step[3];
	uint32_t to_step[3];
	uint32_t count;
	void *to;
	uint32_t *stage;
	uint32_t pitch;
};

/** box_init - see whether runs can be received where they go; all but the last two are filled in */
void box_init(struct ipu_ops *ops, struct box *box);

/** box_pull - add what it needs to the last step, an exchange */
void box_pull(struct ipu_ops *ops, const struct box *box);

/** box_place - put the elements in place: called by each worker */
void box_place(const struct box *box);

#endif /* IPU_OPS_BOX_H */
