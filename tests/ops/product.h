/* SPDX-License-Identifier: MIT */
/* What product-tile.c is told: a product of matrices, its grid, and how often to run it. */
#ifndef OPS_PRODUCT_H
#define OPS_PRODUCT_H

#define PRODUCT_ROOM 540672 /* bytes of a tile: arrays, tables and scratch memory */

/* Words of params. */
enum {
	PRODUCT_BATCHES,
	PRODUCT_M,
	PRODUCT_N,
	PRODUCT_K,
	PRODUCT_DTYPE,
	PRODUCT_TO_DTYPE,
	PRODUCT_FLAGS,
	PRODUCT_SCRATCH,
	PRODUCT_PB, /* 0: no plan */
	PRODUCT_PM,
	PRODUCT_PN,
	PRODUCT_PK,
	PRODUCT_KS,
	PRODUCT_ROUNDS,
	PRODUCT_STOPS, /* 1: an external sync before each round, and after the last */
	PRODUCT_PARAMS,
};

#endif /* OPS_PRODUCT_H */
