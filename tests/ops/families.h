/* SPDX-License-Identifier: MIT */
/* The families of operations that are tested: each adds cases with random shapes to a sheet. */
#ifndef OPS_FAMILIES_H
#define OPS_FAMILIES_H

#include "sheet.h"

/**
 * struct family - some operations
 * @name: for the command line
 * @types: dtypes that they are tested with, up to a 0
 * @add: adds one case of a type, with a random shape of about @size elements, and says in
 *	sheet->what what it is
 * @alone: one case in a run
 * @no_copies: it refuses arrays that every tile has
 * @alike: its operations want arrays that lie over the tiles in the same way
 */
struct family {
	const char *name;
	uint32_t types[10];
	void (*add)(struct sheet *sheet, uint32_t dtype, uint32_t size);
	bool alone;
	bool alike;
	bool no_copies;
};

extern const struct family family_cast;
extern const struct family family_conv;
extern const struct family family_convgrad;
extern const struct family family_copy;
extern const struct family family_embedding;
extern const struct family family_gather;
extern const struct family family_loss;
extern const struct family family_lstm;
extern const struct family family_map;
extern const struct family family_matmul;
extern const struct family family_norm;
extern const struct family family_optim;
extern const struct family family_place;
extern const struct family family_pool;
extern const struct family family_random;
extern const struct family family_reduce;
extern const struct family family_refuse;
extern const struct family family_scatter;
extern const struct family family_softmax;
extern const struct family family_sort;
extern const struct family family_tensor;

#endif /* OPS_FAMILIES_H */
