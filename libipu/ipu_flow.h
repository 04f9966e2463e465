/* SPDX-License-Identifier: MIT */
/*
 * The streams of a context: what its public functions (ipu_stream.c), the threads that
 * read and write (ipu_stream_io.c) and runs (ipu_stream_run.c) share.
 */
#ifndef IPU_FLOW_H
#define IPU_FLOW_H

#include <ipu_stream.h>

#include "ipu_internal.h"
#include "ipu_program.h"

#define IPU_FLOW_BLOCKS 2 /* one for the tiles, one for the host */

/**
 * struct ipu_block - a block in host memory
 * @bo: its rows. An input's are all in a row; an output has shape[0] for each tile. NULL
 *	if they are in the stream's @source
 * @va: where it is mapped
 * @rows: of an input
 * @words: of an output, the rows of each tile
 */
struct ipu_block {
	struct ipu_bo *bo;
	uint64_t va;
	uint64_t rows;
	uint32_t *words;
};

enum ipu_flow_state {
	IPU_FLOW_IDLE, /* nothing is attached: an output's blocks are dropped */
	IPU_FLOW_ATTACHED,
	IPU_FLOW_STOPPING, /* its thread ends */
};

enum ipu_flow_kind {
	IPU_FLOW_MEMORY,
	IPU_FLOW_FILE,
	IPU_FLOW_CALLBACK,
};

/**
 * struct ipu_flow - a stream. All but what is constant while it is attached is under the
 * context's lock; each change of it is broadcast
 * @ctx: whose
 * @flows: all of the program's, even when the context has another by now
 * @tensor: what the program says
 * @state: enum ipu_flow_state
 * @kind: enum ipu_flow_kind, constant
 * @move: of ipu_stream_callback(), constant
 * @arg: its argument, constant
 * @fd: of ipu_stream_fd(), constant
 * @wake: an eventfd that ends a wait for @fd, constant
 * @memory: of ipu_stream_memory(): what is left of it, the thread's own
 * @left: its bytes
 * @source: all of it, if the card reads it where it is; NULL if blocks are copied
 * @source_va: where that is mapped
 * @thread: reads or writes, unless @kind is memory
 * @blocks: used in turn
 * @made: blocks that the source, or the tiles, have filled
 * @used: blocks that the tiles, or the sink, have done with
 * @ended: the source has no more than @made
 * @error: it failed
 * @reason: the message
 * @info: for ipu_stream_get_info()
 * @asked: the tiles want a block
 * @offered: the tiles offer one that has not been copied
 * @reset: the tiles' rows words are to be set to shape[0]
 * @lent: the job that is under way copies a block in, or out into a free one
 * @hope: syncs for which a block is expected to be offered, once one was
 */
struct ipu_flow {
	struct ipu_context *ctx;
	struct ipu_flows *flows;
	const struct ipu_tensor *tensor;
	enum ipu_flow_state state;
	enum ipu_flow_kind kind;
	ipu_stream_fn move;
	void *arg;
	int fd;
	int wake;
	unsigned char *memory;
	size_t left;
	struct ipu_bo *source;
	uint64_t source_va;
	pthread_t thread;
	struct ipu_block blocks[IPU_FLOW_BLOCKS];
	uint64_t made;
	uint64_t used;
	bool ended;
	int error;
	char reason[256];
	struct ipu_stream_info info;
	bool asked;
	bool offered;
	bool reset;
	bool lent;
	unsigned int hope;
};

/**
 * struct ipu_flows - the streams of the program that a context has loaded
 * @program: reference
 * @changed: something under the context's lock has
 * @words: for each stream two arrays of a word for each tile: rows words for the tiles, and
 *	rows words from them. NULL without a stream
 * @words_va: where it is mapped
 * @count: streams
 * @flows: in the order of the tensors
 */
struct ipu_flows {
	struct ipu_program *program;
	pthread_cond_t changed;
	struct ipu_bo *words;
	uint64_t words_va;
	size_t count;
	struct ipu_flow flows[];
};

static inline bool ipu_flow_is_input(const struct ipu_flow *flow)
{
	return flow->tensor->desc.direction & IPU_TENSOR_IN;
}

static inline uint64_t ipu_flow_tile_bytes(const struct ipu_flow *flow)
{
	return (uint64_t)flow->tensor->desc.shape[0] * flow->tensor->desc.row_bytes;
}

/* Tiles whose rows a block has. */
static inline uint32_t ipu_flow_tiles(const struct ipu_flow *flow)
{
	return flow->tensor->desc.layout == IPU_BROADCAST ? 1 : flow->ctx->tiles;
}

static inline uint64_t ipu_flow_block_bytes(const struct ipu_flow *flow)
{
	return ipu_flow_tile_bytes(flow) * ipu_flow_tiles(flow);
}

/* ---- ipu_stream.c ---- */

/** ipu_flows_new - the streams of @prog, none attached; NULL in @flows if it has none */
int ipu_flows_new(struct ipu_context *ctx, struct ipu_program *prog, struct ipu_flows **flows);

/**
 * ipu_flows_free - end the threads and free all; NULL is allowed
 * @unmap: the context still exists
 *
 * The context's lock is not held: the threads take it.
 */
void ipu_flows_free(struct ipu_context *ctx, struct ipu_flows *flows, bool unmap);

/** ipu_flows_stopping - does another thread detach a stream? The lock is held */
bool ipu_flows_stopping(const struct ipu_context *ctx);

/* ---- ipu_stream_io.c ---- */

/** ipu_flow_pump - do what can be done of a stream of memory; the lock is held */
void ipu_flow_pump(struct ipu_flow *flow);

/** ipu_flow_start - start the thread; -EAGAIN without a message */
int ipu_flow_start(struct ipu_flow *flow);

/** ipu_flow_stop - end it; the lock is not held */
void ipu_flow_stop(struct ipu_flow *flow);

/* ---- ipu_stream_run.c; the lock is held ---- */

/** ipu_flows_check - may a run start? -EINVAL with a message when an input is not attached */
int ipu_flows_check(struct ipu_context *ctx);

/** ipu_flows_before - add to @setup what a run, or a resume, of the tiles needs before it */
int ipu_flows_before(struct ipu_context *ctx, bool resume);

/** ipu_flows_after - add to @setup what has to be known after it */
int ipu_flows_after(struct ipu_context *ctx);

/** ipu_flows_undo - the job was not submitted */
void ipu_flows_undo(struct ipu_context *ctx);

/** ipu_flows_pump - ipu_flow_pump() of all, while a job is under way */
void ipu_flows_pump(struct ipu_context *ctx);

/** ipu_flows_ended - the job has ended as it should: note what the tiles want. -ERANGE */
int ipu_flows_ended(struct ipu_context *ctx);

/**
 * ipu_flows_serve - wait for sources and sinks until the tiles can be resumed, or, if they
 * have exited, until all is written
 * @deadline_ns: as for the transport; -ETIME when it has passed: to be called again
 * @wanted: out: a stream was asked for or offered at this sync
 *
 * Gives up the lock while it waits.
 */
int ipu_flows_serve(struct ipu_context *ctx, bool exited, int64_t deadline_ns, bool *wanted);

#endif /* IPU_FLOW_H */
