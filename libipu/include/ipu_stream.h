/* SPDX-License-Identifier: MIT */
/*
 * libipu: streams, by which a running program takes in and gives out block after block.
 *
 *	ipu_load(ctx, prog);
 *	ipu_stream_fd(ctx, "x", STDIN_FILENO);
 *	ipu_stream_fd(ctx, "y", STDOUT_FILENO);
 *	ipu_run(ctx, &report);
 *
 * A program declares streams as it does tensors, IPU_STREAM_IN() and IPU_STREAM_OUT()
 * of the SDK; ipu_program_tensor() lists them, with IPU_TENSOR_STREAM in their direction.
 * It asks for blocks and offers them at external syncs. At one where it does, the library
 * gives the tiles what they ask for, takes what they offer and resumes them; one where it
 * does not ends ipu_run(), as ever. When the program has exited, ipu_run() returns once all
 * that was offered has been written.
 *
 * Each stream has two blocks of memory on the host; one of them is read or written while
 * the tiles work with the other, by a thread of the stream's own, or if it is one of memory
 * by the thread that waits for the run. So a stream of any length takes constant
 * memory, and the tiles wait only for a host that is slower than they are. Memory that is
 * an input of a simulated card is not copied to blocks: the card reads it where it is. The library
 * reads ahead: up to two blocks that the program does not ask for are gone from the source,
 * unless the next run asks for them.
 *
 * What is read and written is raw: elements as the tiles have them, little endian and
 * row-major, without a header. A block has as many rows as fit: shape[0] of the tensor,
 * times the tiles of the context if it is sharded. Every block is full but the last one,
 * whose rows are distributed as those of a tensor are, ipu_tensor_set(). Of an output
 * each block has the rows that the program says, IPU_ROWS(), in the order of the tiles.
 *
 * What goes wrong with a source or sink ends the run, at the next sync at which the stream
 * matters: ipu_run() returns the error, and the program must be loaded again.
 *
 * Returns, structures with a size and threads are as in ipu.h. A stream is attached while
 * no run is under way, and stays so until ipu_stream_detach(), the next ipu_load() or the
 * end of the context. All three wait for a callback that is being called.
 */
#ifndef IPU_STREAM_H
#define IPU_STREAM_H

#include <ipu.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_stream_memory - a stream from or to memory
 * @ctx: a context with a program loaded
 * @name: the stream
 * @data: read or written until the stream is detached; an input is not changed meanwhile
 * @bytes: length. For an input, whole rows. When an output has more the run fails, -ENOSPC;
 *	ipu_stream_get_info() says how much there is
 *
 * Return: 0; -ENOENT for an unknown stream; -EINVAL for a tensor that is none, without a
 * program, or after a fault since the load; -EBUSY when it is attached already or a run is
 * under way; -ENOMEM; -EDQUOT as for ipu_bo_create(); -EAGAIN without a thread.
 */
int ipu_stream_memory(struct ipu_context *ctx, const char *name, void *data, size_t bytes);

/**
 * ipu_stream_fd - a stream from or to a file, a pipe, a socket or a terminal
 * @fd: stays the caller's, who keeps it open until the stream is detached, and does not
 *	read or write it meanwhile. It may be non-blocking
 *
 * An input ends where the file does; -EINVAL ends the run if that is in the middle of a
 * row. A reader that goes away ends the run with -EPIPE, and no SIGPIPE. Return: as
 * ipu_stream_memory().
 */
int ipu_stream_fd(struct ipu_context *ctx, const char *name, int fd);

/*
 * ipu_stream_fn - a source or sink of one's own
 * @arg: as given to ipu_stream_callback()
 * @data: to be filled in, or taken
 * @bytes: how many, at least 1
 *
 * Called by a thread of the stream's own, which must not call functions of libipu about
 * this context. It may wait for as long as it likes.
 *
 * Return: bytes filled in or taken, at least 1; 0 of a source at its end; or a negative
 * errno value, which the run returns. All else is -EPROTO.
 */
typedef int64_t (*ipu_stream_fn)(void *arg, void *data, size_t bytes);

/** ipu_stream_callback - a stream from or to @fn; returns as ipu_stream_memory() */
int ipu_stream_callback(struct ipu_context *ctx, const char *name, ipu_stream_fn fn, void *arg);

/**
 * ipu_stream_detach - give the source or sink back
 *
 * What was read ahead is lost. Return: 0; -ENOENT, -EINVAL for what is no stream or not
 * attached; -EBUSY while a run is under way.
 */
int ipu_stream_detach(struct ipu_context *ctx, const char *name);

/**
 * struct ipu_stream_info - what has gone through a stream since it was attached
 * @size: sizeof(struct ipu_stream_info), set by the caller
 * @blocks: blocks that the tiles have taken or given
 * @rows: rows of them
 * @bytes: bytes that were read from the source, or written to the sink
 * @wait_ns: how long the tiles waited for the source or sink
 * @error: the negative errno value that it failed with, 0 for none
 */
struct ipu_stream_info {
	size_t size;
	uint64_t blocks;
	uint64_t rows;
	uint64_t bytes;
	uint64_t wait_ns;
	int32_t error;
};

/** ipu_stream_get_info - at any time; -ENOENT and -EINVAL as for ipu_stream_detach() */
int ipu_stream_get_info(struct ipu_context *ctx, const char *name, struct ipu_stream_info *info);

#ifdef __cplusplus
}
#endif

#endif /* IPU_STREAM_H */
