/* SPDX-License-Identifier: MIT */
/*
 * The planner: how a product of matrices lies over the tiles. Shared by tile programs
 * (<ipu/op_matmul.h>) and the host (<ipu_plan.h>).
 *
 * C[m, n] (+)= A[m, k] B[k, n], as many times as there are batches, is cut into a grid: pb
 * parts of the batches, pm of the rows, pn of the columns, and pk of what is summed up. Each
 * part is a tile's: it pulls its blocks of A and B, in ks serial steps if they do not fit at
 * once, and multiplies them. With pk > 1, pk tiles have partial sums of the same block of C;
 * each of them adds up a slice of it. At last the tiles that hold the result pull it from where
 * it was computed.
 *
 * Tile number ((gb * pm + gm) * pn + gn) * pk + gk has part gb of the batches and so on.
 *
 * The cost is the card's own (Documentation/hw/cycles.rst), with VLEN 512, and what the
 * instructions of ops/matmul.c take.
 */
#ifndef IPU_PLAN_H
#define IPU_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include <ipu/note.h>

/**
 * enum ipu_matmul_flags - variants of a product
 * @IPU_TRANS_A: A is given as [k, m]
 * @IPU_TRANS_B: B is given as [n, k]
 * @IPU_ACCUMULATE: the product is added to what the result holds
 * @IPU_IN_PLACE: of the planner only: B was brought to the tiles before, see
 *	ipu_make_matmul_weights()
 * @IPU_SHARED_B: of the planner only: all batches have the same B
 */
enum ipu_matmul_flags {
	IPU_TRANS_A = 1,
	IPU_TRANS_B = 2,
	IPU_ACCUMULATE = 4,
	IPU_IN_PLACE = 8,
	IPU_SHARED_B = 16,
};

/**
 * enum ipu_objective - what a plan is to be best at
 * @IPU_PLAN_CYCLES: time of the card, which the slowest tile decides
 * @IPU_PLAN_HOST: time of the host that emulates the card, which is the sum over all tiles
 */
enum ipu_objective {
	IPU_PLAN_CYCLES,
	IPU_PLAN_HOST,
};

/**
 * struct ipu_product - a product of matrices, and what there is to compute it
 * @batches: how many, 1 or more; the operands and the result have as many matrices each,
 *	but for B with IPU_SHARED_B
 * @m: rows of the result
 * @n: columns of the result
 * @k: products that are added up for an element
 * @dtype: of A and B: IPU_F32, IPU_F16, IPU_BF16
 * @to_dtype: of the result, one of the same
 * @flags: enum ipu_matmul_flags
 * @tiles: of the run
 * @scratch: bytes of a tile for use while it runs (ipu_memory_init())
 * @keep: bytes of a tile for tables, and for B with IPU_IN_PLACE
 */
struct ipu_product {
	uint32_t batches;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t dtype;
	uint32_t to_dtype;
	uint32_t flags;
	uint32_t tiles;
	uint32_t scratch;
	uint32_t keep;
};

/**
 * struct ipu_plan - how a product lies over the tiles, and what that costs
 * @pb: parts of the batches
 * @pm: parts of the rows
 * @pn: parts of the columns
 * @pk: parts of what is added up
 * @ks: serial steps of a tile
 * @batches: matrices of a tile, at most; this and the following four are in elements
 * @m: rows of its blocks
 * @n: columns
 * @k: of the sums
 * @step: of them in a serial step
 * @slice: elements of a block of C that a tile adds up, if @pk > 1
 * @scratch: bytes that a tile needs while it runs
 * @keep: bytes that it needs for tables, at most, and for B with IPU_IN_PLACE
 * @compute: cycles of the workers that multiply, and that unpack operands before
 * @exchange: cycles in which operands are received
 * @reduce: cycles of partial sums, received and added
 * @output: cycles of the result, received and rounded
 * @sync: cycles of barriers and of starting
 * @cycles: all of them: what the card is expected to take
 * @host_us: microseconds of one core of the host that emulates it, roughly
 */
struct ipu_plan {
	uint32_t pb;
	uint32_t pm;
	uint32_t pn;
	uint32_t pk;
	uint32_t ks;
	uint32_t batches;
	uint32_t m;
	uint32_t n;
	uint32_t k;
	uint32_t step;
	uint32_t slice;
	uint32_t scratch;
	uint32_t keep;
	uint32_t compute;
	uint32_t exchange;
	uint32_t reduce;
	uint32_t output;
	uint32_t sync;
	uint32_t cycles;
	uint32_t host_us;
};

/**
 * enum ipu_plan_verdict - whether there is a plan
 * @IPU_PLAN_OK: yes
 * @IPU_PLAN_BAD_TYPE: the operands or the result are not floats
 * @IPU_PLAN_BAD_GRID: a grid has a 0, or more parts than there are tiles
 * @IPU_PLAN_TOO_LARGE: a matrix has 2^31 elements or more, or there is no tile
 * @IPU_PLAN_NO_SCRATCH: it does not fit in scratch memory
 * @IPU_PLAN_NO_KEEP: its tables, or B that stays, do not fit
 */
enum ipu_plan_verdict {
	IPU_PLAN_OK,
	IPU_PLAN_BAD_TYPE,
	IPU_PLAN_BAD_GRID,
	IPU_PLAN_TOO_LARGE,
	IPU_PLAN_NO_SCRATCH,
	IPU_PLAN_NO_KEEP,
};

/**
 * struct ipu_plan_misfit - what does not fit, by the plan that needs the least
 * @what: 'A', 'B' or 'C': the largest matrix; or 'T': the tables
 * @bytes: that a tile's part of it takes
 * @missing: bytes that a tile has too few of
 */
struct ipu_plan_misfit {
	char what;
	uint32_t bytes;
	uint32_t missing;
};

/**
 * struct ipu_plan_layout - where a tile has what while it multiplies
 * @a_pitch: elements from a row of its A to the next, as it is received
 * @b_pitch: the same of B
 * @n_pitch: of B as it is multiplied
 * @a_batch: elements from a matrix of A to the next; likewise:
 * @b_batch: of B as it is received
 * @n_batch: of B as it is multiplied
 * @c: bytes from the start of scratch memory: to the block of C
 * @parts: to partial sums of other tiles
 * @a: to A as it is received
 * @a_wide: to A as it is multiplied
 * @b: to B as it is received
 * @b_wide: to B as it is multiplied; if it stays, bytes of it
 * @scratch: bytes in all
 */
struct ipu_plan_layout {
	uint32_t a_pitch;
	uint32_t b_pitch;
	uint32_t n_pitch;
	uint32_t a_batch;
	uint32_t b_batch;
	uint32_t n_batch;
	uint32_t c;
	uint32_t parts;
	uint32_t a;
	uint32_t a_wide;
	uint32_t b;
	uint32_t b_wide;
	uint32_t scratch;
};

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What follows is for tile programs, and for libipu itself; on the host use <ipu_plan.h>.
 */

/** ipu_plan_search - the best plan; @misfit, which may be NULL, says what does not fit */
enum ipu_plan_verdict ipu_plan_search(const struct ipu_product *product,
				      enum ipu_objective objective, struct ipu_plan *plan,
				      struct ipu_plan_misfit *misfit);

/** ipu_plan_complete - fill in all that follows from pb, pm, pn, pk and ks */
enum ipu_plan_verdict ipu_plan_complete(const struct ipu_product *product, struct ipu_plan *plan,
					struct ipu_plan_misfit *misfit);

/** ipu_plan_lay_out - where a tile has what; of a complete plan. False if it cannot be */
bool ipu_plan_lay_out(const struct ipu_product *product, const struct ipu_plan *plan,
		      struct ipu_plan_layout *layout);

/** ipu_plan_shares_parts - whether workers share partial sums rather than elements of them */
bool ipu_plan_shares_parts(uint32_t pk, uint32_t slice);

#ifdef __cplusplus
}
#endif

#endif /* IPU_PLAN_H */
