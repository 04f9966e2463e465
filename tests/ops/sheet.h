/* SPDX-License-Identifier: MIT */
/*
 * A sheet: arrays and operations for one run of the tile program, and what each array must
 * hold afterwards. The elements are doubles here; they are rounded to the type of their array
 * when they are set, so that a case can compute what it expects from what the tiles get.
 */
#ifndef OPS_SHEET_H
#define OPS_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <ipu.h>

#include "ops-tile.h"

#define DIMS 6

/**
 * struct array - one array
 * @dtype: enum ipu_dtype
 * @ndim: dimensions
 * @shape: of the whole
 * @count: elements
 * @lay: enum lay
 * @chunk: of a tile; 0 for all on every tile
 * @offset: bytes from the start of the heap
 * @value: the elements before the run
 * @want: what is expected after it; NULL for anything
 * @most: how far from that an element may be
 */
struct array {
	uint32_t dtype;
	uint32_t ndim;
	uint32_t shape[DIMS];
	uint32_t count;
	uint32_t lay;
	uint32_t chunk;
	uint32_t offset;
	double *value;
	double *want;
	double *most;
};

struct sheet {
	struct ipu_context *ctx;
	struct ipu_program *prog;
	uint32_t tiles;
	uint64_t random;
	uint64_t lays; /* random, too, for how arrays lie */
	uint32_t lay; /* enum lay of the run; LAY_COPIES + 1: each array has its own */
	uint32_t runs; /* before this one, of the family */
	uint32_t words;
	uint32_t script[SCRIPT_WORDS];
	uint32_t arrays;
	struct array array[MAX_ARRAYS];
	uint32_t bytes; /* of a tile's heap that arrays take */
	uint64_t hash; /* of all results so far */
	uint64_t cycles; /* of the last run */
	const char *refusal; /* what a message must say; NULL for no fault */
	char printed[1024]; /* by the tiles */
	char what[256]; /* the case, for messages */
};

/** sheet_clear - begin a new one, for the same program and tiles */
void sheet_clear(struct sheet *sheet);

/** random_below - a whole number from 0 to @n - 1 */
uint32_t random_below(struct sheet *sheet, uint32_t n);

/** random_normal - a number of a normal distribution */
double random_normal(struct sheet *sheet);

/** rounded - the nearest number that @dtype has; of whole numbers, cut off and wrapped */
double rounded(uint32_t dtype, double value);

/** epsilon - twice the relative error of rounding to a float type; 0 for whole numbers */
double epsilon(uint32_t dtype);

/** tolerance - what @value may be off by if it is rounded to a float type once, to any side */
double tolerance(uint32_t dtype, double value);

/** type_name - of a dtype, for messages */
const char *type_name(uint32_t dtype);

/** array_add - an array over the tiles, of zeros; its number */
uint32_t array_add(struct sheet *sheet, uint32_t dtype, uint32_t ndim, const uint32_t *shape);

/** array_random - the same, with random numbers around 0, whole ones from -100 to 100 */
uint32_t array_random(struct sheet *sheet, uint32_t dtype, uint32_t ndim, const uint32_t *shape);

/** array_set - set an element, rounded to its type */
void array_set(struct sheet *sheet, uint32_t number, size_t at, double value);

/** array_expect - expect an element to be @want, and @most the difference */
void array_expect(struct sheet *sheet, uint32_t number, size_t at, double want, double most);

/** script_add - an instruction, of @words words */
void script_add(struct sheet *sheet, enum script code, uint32_t words, const uint32_t *word);

#define SCRIPT(sheet, code, ...)                                                              \
	script_add(sheet, code, sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t), \
		   (const uint32_t[]){ __VA_ARGS__ })

/** float_bits - a float as a word of the script */
uint32_t float_bits(double value);

/** sheet_refuse - expect that the operations are refused, with a message that has @text in it */
void sheet_refuse(struct sheet *sheet, const char *text);

/** sheet_run - run it and compare; false, with a message, if anything is wrong */
bool sheet_run(struct sheet *sheet);

#endif /* OPS_SHEET_H */
