/* SPDX-License-Identifier: MIT */
/* What the resident tile program of graphs and the host agree on. */
#ifndef IPU_GRAPH_RESIDENT_H
#define IPU_GRAPH_RESIDENT_H

/**
 * HEAP_BYTES - of a tile's memory, for arrays, tables and scratch memory, in this order
 *
 * The rest is code, stacks, and what operations have as variables.
 */
#define HEAP_BYTES (448 * 1024)
#define SLOTS 1000 /* graphs that are made, at most */

/* Words of the tensor "graph_command". Places are bytes from the start of the heap. */
enum {
	COMMAND_WHAT, /* COMMAND_MAKE, COMMAND_SIZE, or the slot to be run */
	COMMAND_SLOT,
	COMMAND_SCRATCH, /* bytes of scratch memory, at the end of the heap */
	COMMAND_LOW, /* where tables must end at last */
	COMMAND_HIGH, /* where they begin, downwards */
	COMMAND_SCRIPT, /* where the script is */
	COMMAND_ARRAYS, /* where there is room for descriptions of arrays */
	COMMAND_MOST, /* how many */
	COMMAND_SIZES, /* of COMMAND_SIZE: where the bytes of each instruction's tables are told */
	COMMAND_WORDS,
};

#define COMMAND_MAKE 0xffffffffu
#define COMMAND_SIZE 0xfffffffeu /* make each instruction by itself, and forget it */

#define RESIDENT_ARRAY_BYTES 44 /* of a description of an array */

/* Words of the tensor "graph_state", after a COMMAND_MAKE. */
enum {
	STATE_HIGH, /* where the tables of this tile begin now */
	STATE_NUMBER, /* of the instruction that is being made */
	STATE_WORDS,
};

#endif /* IPU_GRAPH_RESIDENT_H */
