/* SPDX-License-Identifier: MIT */
/*
 * Reductions of what is on this tile, for reductions over all tiles: the steps that they consist
 * of, and what workers compute in them.
 */
#ifndef IPU_OPS_LEVEL_H
#define IPU_OPS_LEVEL_H

#include <ipu/step.h>

enum fold { FOLD_SUM, FOLD_PRODUCT, FOLD_ADD, FOLD_MULTIPLY, FOLD_MAX, FOLDS };

/* What elements are: the first three as float_index() has them. A word is what a level gives. */
enum element { ELEMENT_F32, ELEMENT_F16, ELEMENT_BF16, ELEMENT_I32, ELEMENT_U8, ELEMENT_WORD };

enum test { TEST_NONE, TEST_NONZERO, TEST_ZERO };

/**
 * struct how - how elements are read and combined
 * @fold: what combines two; the first two are of floats, the others of whole numbers. Floats
 *	that FOLD_MAX has are whole numbers in the same order, NaN the largest
 * @element: what is read
 * @square: squares of floats
 * @negate: so that the largest is what was the smallest
 * @test: 1 or 0 in place of the element
 * @find: where the largest is, too: a second word for each
 */
struct how {
	enum fold fold;
	enum element element;
	bool square;
	bool negate;
	enum test test;
	bool find;
};

/**
 * struct item - rows of elements that become one row of words, column by column
 * @at: the first element
 * @n: rows; of 0, words are what changes nothing
 * @pitch: elements from row to row
 * @w: columns
 * @step: elements from column to column
 * @to: the first word
 * @base: number of the first row, for @find
 * @times: so many items, @n times @pitch elements and @w words from one to the next
 */
struct item {
	uint32_t at;
	uint32_t n;
	uint32_t pitch;
	uint32_t w;
	uint32_t step;
	uint32_t to;
	uint32_t base;
	uint32_t times;
};

/**
 * struct level - items, and where from and where to
 * @item: them
 * @items: how many
 * @from: the elements
 * @numbers: words from the first element to the number of the row it came from; 0 if there is none
 * @to: the words
 * @places: words from a result to the number of its row
 * @part: each worker's own words, when workers share rows; or NULL
 * @words: of a worker
 */
struct level {
	struct how how;
	struct item *item;
	uint32_t items;
	const void *from;
	uint32_t numbers;
	uint32_t *to;
	uint32_t places;
	uint32_t *part;
	uint32_t words;
};

/** level_new - begin one without items: with ipu_ops_keep() */
struct level *level_new(struct ipu_ops *ops, struct how how, const void *from, uint32_t *to,
			uint32_t places);

/**
 * level_add - add an item, made one with the last one where that can be
 *
 * Between level_new() and level_finish() nothing else may be kept.
 */
void level_add(struct ipu_ops *ops, struct level *level, struct item item);

/** level_finish - add the steps of a level, @words of results: uses scratch */
void level_finish(struct ipu_ops *ops, struct level *level, uint32_t words);

#endif /* IPU_OPS_LEVEL_H */
