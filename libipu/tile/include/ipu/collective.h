/* SPDX-License-Identifier: MIT */
/*
 * Collectives: what all tiles of a run do together with their data. Included by
 * <ipu/tile.h>.
 *
 *	IPU_COLLECTIVE(add, IPU_COLLECTIVE_ROOM);
 *	static float sums[COUNT], scratch[IPU_REDUCE_SCRATCH(COUNT)];
 *
 *	ipu_make_all_reduce(&add, sums, sums, COUNT, IPU_F32, IPU_SUM, scratch);
 *	for (...) {
 *		...
 *		ipu_run_collective(&add);
 *	}
 *
 * One is made once, which fills in a table of transfers for this tile, and then run as
 * often as needed. Every tile must make it and run it, with the same arguments; the arrays
 * are at the same addresses on all tiles if they are variables. All of this is the
 * supervisor's, and nothing else uses the arrays, not even this tile's workers, until
 * ipu_run_collective() returns. It may be run on any number of tiles.
 *
 * Addresses and lengths are multiples of 4. A call that cannot be is a fault, in the
 * function's own line, that says what is wrong.
 *
 * In an exchange all tiles receive at once, each 4 bytes a cycle, and it does not matter how
 * many read from one tile; an exchange costs a sync. So what each tile receives decides, and
 * the number of exchanges. With n tiles and b bytes (of all blocks together, or of the whole
 * array that is reduced):
 *
 *	broadcast, scatter		1 exchange, what the tile keeps
 *	gather, all-to-all		1 exchange, b
 *	all-gather			1 exchange up to 16 tiles, 2 above, b
 *	reduce-scatter			1 exchange up to 16 tiles, b; 2 above, b + b / sqrt(n)
 *	reduce, all-reduce		2 exchanges up to 16 tiles, 2 b; 4 above, 2 b + 2 b / sqrt(n);
 *					of up to 8 words 1 exchange and 2 above, and n b or
 *					2 b sqrt(n)
 *
 * Reductions. The order of the operations is fixed, so that a float has the same bits each time,
 * on every tile, and with reduce, reduce-scatter and all-reduce alike. The tiles are in q groups
 * (q is 1 up to 16 tiles, above the whole part of sqrt(n)): group g has the tiles from g * n / q
 * to (g + 1) * n / q - 1. Each element is combined in each group in the order of its tiles, and
 * then the groups' results in the order of groups.
 */
#ifndef IPU_COLLECTIVE_H
#define IPU_COLLECTIVE_H

#include <ipu/tile.h>

/**
 * enum ipu_op - how a reduction combines two elements
 * @IPU_SUM: a + b; whole numbers wrap
 * @IPU_MIN: the lesser; of a number and a NaN the number
 * @IPU_MAX: the greater, likewise
 * @IPU_OR: the bits that are set in either; of whole numbers
 */
enum ipu_op {
	IPU_SUM = 0,
	IPU_MIN = 1,
	IPU_MAX = 2,
	IPU_OR = 3,
};

/** IPU_COLLECTIVE_ROOM - transfers that are enough, except for gather and all-to-all */
#define IPU_COLLECTIVE_ROOM 216

/** IPU_REDUCE_SCRATCH - words of scratch memory for a reduction of so many words */
#define IPU_REDUCE_SCRATCH(words) ((words) + (words) / 4 + 400)

/**
 * struct ipu_collective_step - an exchange, and what is combined after it
 * @first: the first transfer in the table
 * @count: transfers
 * @to: where the result goes
 * @from: array after array, each of @words words
 * @pieces: how many arrays; 0 for nothing to combine
 * @words: words of each
 */
struct ipu_collective_step {
	uint32_t first;
	uint32_t count;
	void *to;
	const void *from;
	uint32_t pieces;
	uint32_t words;
};

/**
 * struct ipu_collective - a collective, to be made once and run often
 * @table: room for the transfers
 * @room: how many
 * @count: made
 * @steps: steps that are used
 * @step: one after the other
 * @combine: combines part of the arrays of a step
 */
struct ipu_collective {
	struct ipu_xfer *table;
	uint32_t room;
	uint32_t count;
	uint32_t steps;
	struct ipu_collective_step step[4];
	void (*combine)(const struct ipu_collective_step *step, struct ipu_range words);
};

/**
 * IPU_COLLECTIVE - declare a struct ipu_collective with its table
 * @name: C identifier, static
 * @entries: transfers it has room for, 16 bytes each: IPU_COLLECTIVE_ROOM, or for gather and
 *	all-to-all as many as there are tiles
 */
#define IPU_COLLECTIVE(name, entries)                                      \
	static struct ipu_xfer name##_table[(entries)];                    \
	static struct ipu_collective name = {                              \
		name##_table, (entries), 0, 0, { { 0, 0, 0, 0, 0, 0 } }, 0 \
	}

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_run_collective - do what was made
 * @collective: made with one of the functions below
 *
 * Reductions of large arrays use the tile's workers.
 */
void ipu_run_collective(const struct ipu_collective *collective);

/**
 * ipu_make_broadcast - what tile @root has goes to every tile
 * @collective: to be made
 * @root: the tile that has it
 * @data: there, and where it goes
 * @bytes: how many
 */
void ipu_make_broadcast(struct ipu_collective *collective, uint32_t root, void *data,
			uint32_t bytes);

/**
 * ipu_make_scatter - block t of tile @root goes to tile t
 * @collective: to be made
 * @root: the tile that has them
 * @send: there, a block for each tile
 * @recv: one block; may be in @send
 * @bytes: of a block
 */
void ipu_make_scatter(struct ipu_collective *collective, uint32_t root, const void *send,
		      void *recv, uint32_t bytes);

/**
 * ipu_make_gather - the block of tile t becomes block t on tile @root
 * @collective: to be made, with room for as many transfers as there are tiles
 * @root: the tile that gets them
 * @send: one block
 * @recv: on @root a block for each tile; not used elsewhere
 * @bytes: of a block
 */
void ipu_make_gather(struct ipu_collective *collective, uint32_t root, const void *send, void *recv,
		     uint32_t bytes);

/**
 * ipu_make_all_gather - the block of tile t becomes block t on every tile
 * @collective: to be made
 * @send: one block; @recv, if each tile's is already block t there
 * @recv: a block for each tile
 * @bytes: of a block
 */
void ipu_make_all_gather(struct ipu_collective *collective, const void *send, void *recv,
			 uint32_t bytes);

/**
 * ipu_make_all_to_all - block s of tile t becomes block t of tile s
 * @collective: to be made, with room for as many transfers as there are tiles
 * @send: a block for each tile
 * @recv: a block from each tile; may be @send
 * @bytes: of a block
 */
void ipu_make_all_to_all(struct ipu_collective *collective, const void *send, void *recv,
			 uint32_t bytes);

/**
 * ipu_make_reduce - combine the arrays of all tiles on tile @root
 * @collective: to be made
 * @root: the tile that gets the result
 * @send: this tile's array, aligned to 4 bytes
 * @recv: the result, on @root; elsewhere it is written, too, and undefined. May be @send
 * @count: elements, in whole words: even for IPU_F16
 * @dtype: IPU_F32, IPU_F16, IPU_I32 or IPU_U32
 * @op: enum ipu_op
 * @scratch: IPU_REDUCE_SCRATCH() words for the words of the array
 */
void ipu_make_reduce(struct ipu_collective *collective, uint32_t root, const void *send, void *recv,
		     uint32_t count, enum ipu_dtype dtype, enum ipu_op op, void *scratch);

/** ipu_make_all_reduce - the same, and every tile gets the result */
void ipu_make_all_reduce(struct ipu_collective *collective, const void *send, void *recv,
			 uint32_t count, enum ipu_dtype dtype, enum ipu_op op, void *scratch);

/**
 * ipu_make_reduce_scatter - combine arrays, and tile t gets block t of the result
 * @collective: to be made
 * @send: this tile's array, of a block for each tile
 * @recv: one block; may be in @send
 * @count: elements of a block, in whole words
 * @dtype: as for ipu_make_reduce()
 * @op: enum ipu_op
 * @scratch: IPU_REDUCE_SCRATCH() words for the words of the whole array
 */
void ipu_make_reduce_scatter(struct ipu_collective *collective, const void *send, void *recv,
			     uint32_t count, enum ipu_dtype dtype, enum ipu_op op, void *scratch);

#ifdef __cplusplus
}
#endif

#endif /* IPU_COLLECTIVE_H */
