/* SPDX-License-Identifier: MIT */
/*
 * Graphs, their executables and the engines that run them: what the files of this folder share.
 *
 * Offers: ipu_graph.h. Knows: libipu's public calls and ipu_internal.h; nothing else of libipu
 * knows this folder.
 *
 *	graph.c, graph_ops.c	building: tensors, and words of the script for each operation
 *	divide.c		convolutions of some images at a time
 *	fuse.c			chains of operations on each element by itself
 *	layout.c		which tensor is where in the tiles' memory, by liveness
 *	plan.c			how products and convolutions lie over the tiles
 *	executable.c		compiling; files
 *	pool.c			the host's memory
 *	engine.c, make.c, execute.c
 *				the resident program; making and running
 *
 * Locks: a pool's lock is held by every call on it, its engines and their executables.
 */
#ifndef IPU_GRAPH_INTERNAL_H
#define IPU_GRAPH_INTERNAL_H

#include <pthread.h>

#include <ipu_graph.h>

#include "ipu_internal.h"
#include "resident.h"
#include "script.h"

/**
 * struct graph_tensor - a tensor of a graph or an executable
 * @name: for messages, "" without one
 * @dtype: enum ipu_dtype
 * @ndim: dimensions
 * @shape: extents
 * @count: elements
 * @role: of enum ipu_graph_role
 * @base: the tensor whose elements it has; itself, if it is no view
 * @first: the operation that first has it
 * @last: the last one
 * @chunk: elements of a tile; 0 if every tile has all
 * @bytes: of a tile
 * @offset: from the start of the heap
 * @upper: of a wide result, the tensor of its upper words; 0 for none
 */
struct graph_tensor {
	char name[64];
	uint32_t dtype;
	uint32_t ndim;
	uint32_t shape[IPU_GRAPH_DIMS];
	uint32_t count;
	uint32_t role;
	uint32_t base;
	uint32_t first;
	uint32_t last;
	uint32_t chunk;
	uint32_t bytes;
	uint32_t offset;
	uint32_t upper;
};

#define ROLE_UPPER 0x100 /* a role of these: it goes to the host with another one */

#define OP_TENSORS 12 /* of one operation at most */

/**
 * struct graph_op - an operation
 * @code: enum script
 * @label: number of its label
 * @at: where its words are
 * @words: how many
 * @tensor: that it uses
 * @tensors: how many
 */
struct graph_op {
	uint32_t code;
	uint32_t label;
	uint32_t at;
	uint32_t words;
	uint32_t tensor[OP_TENSORS];
	uint32_t tensors;
};

/**
 * struct ipu_graph - a graph
 * @tensor: @tensors of them, with room for @tensor_room; likewise the others
 * @op: operations, in the order in which they run
 * @word: of all of them
 * @label: texts
 * @error: the first one, 0 for none
 * @message: its text
 */
struct ipu_graph {
	struct graph_tensor *tensor;
	uint32_t tensors;
	uint32_t tensor_room;
	struct graph_op *op;
	uint32_t ops;
	uint32_t op_room;
	uint32_t *word;
	uint32_t words;
	uint32_t word_room;
	char (*label)[128];
	uint32_t labels;
	uint32_t label_room;
	int error;
	char message[512];
};

/** graph_fail - keep an error; returns @err */
int graph_fail(struct ipu_graph *graph, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/** graph_add - add an operation: @words words, of which @tensors are at @which */
int graph_add(struct ipu_graph *graph, uint32_t code, uint32_t words, const uint32_t *word,
	      uint32_t tensors, const uint32_t *which);

/** graph_widen - a copy of @graph in which wide results have their upper words; NULL without any */
int graph_widen(const struct ipu_graph *graph, struct ipu_graph **wide);

/** graph_copy - a copy of a graph; NULL without a message */
struct ipu_graph *graph_copy(const struct ipu_graph *graph);

/** graph_empty_copy - the same, with its tensors and labels, and no operations */
struct ipu_graph *graph_empty_copy(const struct ipu_graph *graph);

/** copy_of - a copy of @bytes of memory, to be freed; NULL without a message */
void *copy_of(const void *from, size_t bytes);

/** count_of - elements of a shape; more than INT32_MAX for any that are too many */
uint64_t count_of(uint32_t ndim, const uint32_t *shape);

/* The resident program, within the library: graph_elf.S. */
extern const unsigned char graph_elf[], graph_elf_end[];

/** graph_op_name - of an operation, "matmul" */
const char *graph_op_name(uint32_t code);

/** tensor_text - "x: float32 [3, 4]" */
const char *tensor_text(const struct graph_tensor *tensor, uint32_t number, char text[128]);

/* ---- fuse.c ---- */

/** graph_fuse - a copy of @graph in which chains are one operation each; NULL if it has none */
int graph_fuse(const struct ipu_graph *graph, uint32_t tiles, struct ipu_graph **fused);

/* ---- layout.c ---- */

/** lay_out_tensor - its chunk and bytes of a tile */
void lay_out_tensor(struct graph_tensor *tensor, uint32_t tiles);

/**
 * lay_out - give all tensors their places
 * @tensor: of the graph, as copied
 * @tiles: of the run
 * @keep: out: bytes, from 0, of tensors that are kept
 * @room: bytes that there are
 *
 * Return: bytes of all; -ENOSPC with a message.
 */
int lay_out(const struct ipu_graph *graph, struct graph_tensor *tensor, uint32_t tiles,
	    uint32_t room, uint32_t *keep);

/** lay_out_smallest - tiles for which lay_out() would find places; more than @most for none */
uint32_t lay_out_smallest(const struct ipu_graph *graph, uint32_t most, uint32_t room);

/* ---- plan.c ---- */

#define SCRATCH_BYTES (160 * 1024) /* of the heap, for operations while they run */
#define TABLES_LEAST (48 * 1024) /* of it, for tables, that tensors must leave */
#define TENSORS_ROOM (HEAP_BYTES - SCRATCH_BYTES - TABLES_LEAST)

/** plan_ops - write plans into the script's @word; -ENOSPC with a message */
int plan_ops(const struct ipu_graph *graph, uint32_t *word, uint32_t tiles, uint32_t tensor_bytes,
	     bool cycles);

/** plan_images - of a convolution's, how many fit at a time; 0 if not one does */
uint32_t plan_images(const struct ipu_graph *graph, const uint32_t *word, uint32_t tiles);

/* ---- divide.c ---- */

/** graph_divide - a copy of @graph with some images at a time where all do not fit; NULL if all do */
int graph_divide(const struct ipu_graph *graph, uint32_t tiles, struct ipu_graph **divided);

/* ---- pool.c ---- */

/**
 * struct ipu_pool - memory of the host
 * @dev: whose
 * @lock: of all calls
 * @arena: buffers, in the order of their addresses
 * @arenas: how many
 * @free: blocks of each size that are free, a list each
 * @busy: the engine that was used last, or NULL
 */
struct ipu_pool {
	struct ipu_device *dev;
	pthread_mutex_t lock;
	struct pool_arena *arena;
	uint32_t arenas;
	struct pool_block *free[256];
	struct ipu_engine *busy;
	uint64_t allocated;
	uint64_t most;
	uint64_t reserved;
};

/** pool_find - the buffer that @bytes at @data are in; NULL if they are not in one */
struct ipu_bo *pool_find(struct ipu_pool *pool, const void *data, size_t bytes, uint32_t *number,
			 size_t *offset);

/* ---- engine.c, make.c, execute.c ---- */

#define FLIGHTS 32 /* jobs that may be under way */
#define FLIGHT_CMDS 2048 /* of one at least: more where one run takes more */
#define FLIGHT_RUNS 64 /* of one */

/**
 * struct flight - a job
 * @cmds: its commands, with room for @room
 * @runs: runs among them
 * @first: number of the first of them, among all of the engine
 * @seqno: its number; 0 if there is none
 * @exe: what it runs, or NULL
 * @making: what it makes, or NULL; its operations from @making_first on
 * @stage: what is copied to tiles, and from them
 * @stage_va: where it is mapped
 */
struct flight {
	struct ipu_cmds *cmds;
	uint32_t room;
	uint32_t runs;
	uint64_t first;
	uint64_t seqno;
	struct ipu_executable *exe;
	struct ipu_executable *making;
	uint32_t making_first;
	struct ipu_bo *stage;
	uint64_t stage_va;
};

/**
 * struct ipu_engine - a context with the resident program
 * @pool: its memory
 * @ctx: the context
 * @prog: the program
 * @command: tile address of the tensor "graph_command"; the following likewise
 * @commanded: what the first @commanded_tiles tiles have as COMMAND_WHAT
 * @va: where the pool's buffers are mapped, by their numbers; 0 for not
 * @vas: how many there is room for
 * @flight: jobs, used in turn
 * @next: the next one
 * @reports: of the jobs
 * @reports_va: where they are mapped
 * @slot: what is made
 * @slots: how many
 * @high: where tables begin: bytes from the start of the heap
 * @kept: what keeps tensors on the tiles, or NULL
 * @last: what ran last, or NULL; and @again, how often it had before, with no other between
 * @exes: all executables
 * @options: it was made with
 * @printed: by the tiles
 * @failed: what a job has failed with, 0 for none
 * @message: its text
 * @submitted: runs so far
 * @observer: told of runs, or NULL; with @observed
 */
struct ipu_engine {
	struct ipu_pool *pool;
	struct ipu_context *ctx;
	struct ipu_program *prog;
	uint32_t command;
	uint32_t state;
	uint32_t heap;
	uint32_t commanded;
	uint32_t commanded_tiles;
	uint64_t *va;
	uint32_t vas;
	struct flight flight[FLIGHTS];
	uint32_t next;
	struct ipu_bo *reports;
	uint64_t reports_va;
	struct ipu_executable *slot[SLOTS];
	uint32_t slots;
	uint32_t high;
	struct ipu_executable *kept;
	struct ipu_executable *last;
	uint32_t again;
	struct ipu_executable *exes;
	struct ipu_engine_options options;
	char printed[1024];
	int failed;
	char message[1536];
	uint64_t submitted;
	ipu_run_observer observer;
	void *observed;
};

#define NO_SLOT 0xffffffffu
#define PARTS_MOST 48 /* of an executable, at most: all are in one job */

/**
 * struct graph_part - operations that are made and run at a time
 * @first: the first of them
 * @at: where their tables are, if not all of the executable's fit beside each other: bytes from
 *	the start of the heap
 * @bytes: of a tile's
 * @tables: of all tiles, in the host's memory
 * @va: where that is mapped
 */
struct graph_part {
	uint32_t first;
	uint32_t at;
	uint32_t bytes;
	struct ipu_bo *tables;
	uint64_t va;
};

/**
 * struct ipu_executable - a graph that has its place
 * @engine: whose; @next is another one of it
 * @tensor: all tensors
 * @word: the script
 * @op_label: for each operation, number of its label, from 1 on; 0 for none
 * @op_code: and its code
 * @label: texts
 * @tiles: that it uses
 * @bytes: of a tile's memory, for tensors
 * @keep: of these, that are kept
 * @bound: for each tensor, the address of one that is kept
 * @dirty: what is kept is newer than what the host has
 * @times: what tile 0 noted in the last run, a word for the start and for the end of each
 *	operation; NULL if it is not profiled
 * @times_bo: that memory, mapped at @times_va if that is not 0
 * @op_cycles: for each operation, in all runs
 * @slot: where it is made, or NO_SLOT; its parts one after the other
 * @part: @parts of them: one, if all tables fit
 * @tables: bytes that they take on the tiles, or did when it was last made
 * @at: where they begin: bytes from the start of the heap
 * @crowded: it is in parts because of what others have there: by itself it would not be
 * @ran: how many runs of its engine had been submitted with its last one, or when it was made
 * @runs: that have ended
 * @cycles: of these
 */
struct ipu_executable {
	struct ipu_engine *engine;
	struct ipu_executable *next;
	char name[128];
	struct graph_tensor *tensor;
	uint32_t tensors;
	uint32_t *word;
	uint32_t words;
	uint32_t *op_label;
	uint32_t *op_code;
	uint32_t ops;
	char (*label)[128];
	uint32_t labels;
	uint32_t tiles;
	uint32_t bytes;
	uint32_t keep;
	void **bound;
	bool dirty;
	const uint32_t *times;
	struct ipu_bo *times_bo;
	uint64_t times_va;
	uint64_t *op_cycles;
	uint32_t slot;
	struct graph_part part[PARTS_MOST];
	uint32_t parts;
	uint32_t tables;
	uint32_t at;
	bool crowded;
	uint64_t ran;
	uint64_t runs;
	uint64_t cycles;
};

/**
 * engine_flight - the next job, empty; waits for the one that was there
 * @cmds: that it has to have room for
 */
int engine_flight(struct ipu_engine *engine, uint32_t cmds, struct flight **flight);

/** engine_report - of a run of a job; and where it is mapped */
struct ipu_run_report *engine_report(const struct ipu_engine *engine, const struct flight *flight,
				     uint32_t run);
uint64_t engine_report_va(const struct ipu_engine *engine, const struct flight *flight,
			  uint32_t run);

/** engine_add_run - add a run to a job */
int engine_add_run(struct ipu_engine *engine, struct flight *flight, uint32_t tiles);

/** engine_add_tables - add a copy of a part's tables to a job: to the tiles, or from them */
int engine_add_tables(struct flight *flight, const struct ipu_executable *exe,
		      const struct graph_part *part, bool to_tiles);

/** engine_submit - hand it in; waits for the pool's other engine first */
int engine_submit(struct ipu_engine *engine, struct flight *flight);

/** engine_count - number the runs of a job that was submitted, and tell the observer */
void engine_count(struct ipu_engine *engine, struct flight *flight);

/** executable_op_cycles - what an operation took in the run that has ended, which was profiled */
uint32_t executable_op_cycles(const struct ipu_executable *exe, uint32_t op);

/** engine_drain - wait for all jobs; the first failure is kept in @engine->failed */
void engine_drain(struct ipu_engine *engine);

/** engine_take_failure - what has failed, with its message; 0 for nothing */
int engine_take_failure(struct ipu_engine *engine);

/** engine_stage - room for @bytes of a job, once for each */
int engine_stage(struct ipu_engine *engine, struct flight *flight, size_t bytes, char **stage,
		 uint64_t *va);

/** engine_va - where memory of the pool is mapped; 0 if it is elsewhere, or cannot be mapped */
uint64_t engine_va(struct ipu_engine *engine, const void *data, size_t bytes);

/** engine_forget_slots - nothing is made any more */
void engine_forget_slots(struct ipu_engine *engine);

/** engine_leave_slots - an executable is not made any more */
void engine_leave_slots(struct ipu_executable *exe);

/** engine_flush - bring back what is kept; @forget it */
int engine_flush(struct ipu_engine *engine, bool forget);

/** executable_cmds - commands of a run, or for what it keeps, at most, in so many parts */
uint32_t executable_cmds(const struct ipu_executable *exe, uint32_t parts);

/** executable_destroy - free its memory */
void executable_destroy(struct ipu_executable *exe);

/** executable_enter - make it known to its engine, and make it; destroys it if that fails */
int executable_enter(struct ipu_executable *exe);

/** engine_make - make an executable on the tiles, if it is not */
int engine_make(struct ipu_executable *exe);

/** engine_drop_tables - give back what the host has of an executable's tables */
void engine_drop_tables(struct ipu_executable *exe);

/** rounded - to where things begin */
static inline size_t rounded(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

#endif /* IPU_GRAPH_INTERNAL_H */
