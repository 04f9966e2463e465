// SPDX-License-Identifier: MIT
/*
 * Streams: the threads that read from sources and write to sinks, one for each stream but
 * those of memory. They wait for a block under the context's lock, and hold it at no other
 * time. Memory never waits: the thread that waits for a run copies it while the tiles work,
 * which is done sooner than to wake another; or nobody does, if the card reads it itself.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ipu_flow.h"

/* ---- Sources and sinks ---- */

static int64_t move_memory(struct ipu_flow *flow, void *data, size_t bytes)
{
	size_t part = bytes < flow->left ? bytes : flow->left;

	if (ipu_flow_is_input(flow))
		memcpy(data, flow->memory, part);
	else if (!part)
		return -ENOSPC;
	else
		memcpy(flow->memory, data, part);
	flow->memory += part;
	flow->left -= part;
	return (int64_t)part;
}

/* Until the descriptor is ready; -ECANCELED when the thread is to end. */
static int wait_ready(struct ipu_flow *flow, short events)
{
	struct pollfd fds[] = {
		{ .fd = flow->wake, .events = POLLIN },
		{ .fd = flow->fd, .events = events },
	};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	return fds[0].revents ? -ECANCELED : 0;
}

/*
 * A write that does not wait, so that the thread can be told to end. What cannot be asked
 * not to wait takes as much as a pipe that is ready has room for, and a file everything.
 */
static ssize_t write_ready(struct ipu_flow *flow, void *data, size_t bytes)
{
	struct iovec vec = { .iov_base = data, .iov_len = bytes };
	struct stat st;
	ssize_t done;

	if (fstat(flow->fd, &st))
		return -1;
	if (S_ISREG(st.st_mode))
		return write(flow->fd, data, bytes);
	done = pwritev2(flow->fd, &vec, 1, -1, RWF_NOWAIT);
	if (done >= 0 || (errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL))
		return done;
	return write(flow->fd, data, bytes < PIPE_BUF ? bytes : PIPE_BUF);
}

static int64_t move_file(struct ipu_flow *flow, void *data, size_t bytes)
{
	bool input = ipu_flow_is_input(flow);

	for (;;) {
		int err = wait_ready(flow, input ? POLLIN : POLLOUT);
		ssize_t done;

		if (err)
			return err;
		done = input ? read(flow->fd, data, bytes) : write_ready(flow, data, bytes);
		if (done >= 0)
			return done;
		if (errno != EINTR && errno != EAGAIN)
			return -errno;
	}
}

/* At least one byte, none at the end of a source, or a negative errno value. */
static int64_t move(struct ipu_flow *flow, void *data, size_t bytes)
{
	int64_t done;

	switch (flow->kind) {
	case IPU_FLOW_MEMORY:
		return move_memory(flow, data, bytes);
	case IPU_FLOW_FILE:
		return move_file(flow, data, bytes);
	default:
		done = flow->move(flow->arg, data, bytes);
	}
	if (done > (int64_t)bytes || done < -4095 || (!done && !ipu_flow_is_input(flow)))
		return -EPROTO;
	return done;
}

/* ---- Blocks ---- */

static const char *failure(const struct ipu_flow *flow, int err)
{
	switch (err) {
	case -ENOSPC:
		if (flow->kind == IPU_FLOW_MEMORY)
			return "its memory is full";
		break;
	case -EPIPE:
		return "its reader has gone away";
	case -EPROTO:
		if (flow->kind == IPU_FLOW_CALLBACK)
			return "its function returned what it may not";
		break;
	}
	return strerror(-err);
}

/* The lock is held. */
static void fail(struct ipu_flow *flow, int err)
{
	flow->error = err;
	snprintf(flow->reason, sizeof(flow->reason), "Stream \"%s\" cannot be %s: %s.",
		 flow->tensor->desc.name, ipu_flow_is_input(flow) ? "read" : "written",
		 failure(flow, err));
}

static void fail_row(struct ipu_flow *flow, size_t rest)
{
	flow->error = -EINVAL;
	snprintf(flow->reason, sizeof(flow->reason),
		 "Stream \"%s\" ends in the middle of a row: its rows have %u bytes of %s, and the "
		 "last one %zu.",
		 flow->tensor->desc.name, flow->tensor->desc.row_bytes,
		 ipu_dtype_name(flow->tensor->desc.dtype), rest);
}

/* A block is where it is. Return: its bytes */
static int64_t lend_block(struct ipu_flow *flow, struct ipu_block *block)
{
	uint64_t bytes = ipu_flow_block_bytes(flow);
	unsigned char *base = flow->source->data;

	if (bytes > flow->left)
		bytes = flow->left;
	block->va = flow->source_va + (uint64_t)(flow->memory - base);
	flow->memory += bytes;
	flow->left -= bytes;
	return (int64_t)bytes;
}

/* Fill a block, or what is left of it at the source's end. Return: bytes, or what failed. */
static int64_t read_block(struct ipu_flow *flow, struct ipu_block *block)
{
	uint64_t bytes = ipu_flow_block_bytes(flow), done = 0;
	unsigned char *data;

	if (flow->source)
		return lend_block(flow, block);
	data = block->bo->data;
	while (done < bytes) {
		int64_t got = move(flow, data + done, bytes - done);

		if (got < 0)
			return got;
		if (!got)
			break;
		done += (uint64_t)got;
	}
	return (int64_t)done;
}

static int write_all(struct ipu_flow *flow, unsigned char *data, uint64_t bytes)
{
	while (bytes) {
		int64_t put = move(flow, data, bytes);

		if (put < 0)
			return (int)put;
		data += put;
		bytes -= (uint64_t)put;
	}
	return 0;
}

/* The rows of all tiles, those that are next to each other in memory at once. */
static int64_t write_block(struct ipu_flow *flow, struct ipu_block *block)
{
	uint64_t tile_bytes = ipu_flow_tile_bytes(flow), begin = 0, end = 0, done = 0;
	unsigned char *data = block->bo->data;
	int err = 0;

	for (uint32_t tile = 0; !err && tile < ipu_flow_tiles(flow); tile++) {
		uint64_t bytes = (uint64_t)block->words[tile] * flow->tensor->desc.row_bytes;

		if (end != tile * tile_bytes) {
			err = write_all(flow, data + begin, end - begin);
			begin = tile * tile_bytes;
		}
		end = tile * tile_bytes + bytes;
		done += bytes;
	}
	if (!err)
		err = write_all(flow, data + begin, end - begin);
	return err ? err : (int64_t)done;
}

/* ---- Threads ---- */

/* A block that a source may fill, or a sink write, once there is one. */
static bool has_block(const struct ipu_flow *flow)
{
	return flow->made - flow->used != (ipu_flow_is_input(flow) ? IPU_FLOW_BLOCKS : 0);
}

static struct ipu_block *block_of(struct ipu_flow *flow)
{
	uint64_t number = ipu_flow_is_input(flow) ? flow->made : flow->used;

	return &flow->blocks[number % IPU_FLOW_BLOCKS];
}

/* NULL when the thread is to end. */
static struct ipu_block *next_block(struct ipu_flow *flow)
{
	while (flow->state == IPU_FLOW_ATTACHED && !has_block(flow))
		pthread_cond_wait(&flow->flows->changed, &flow->ctx->lock);
	return flow->state == IPU_FLOW_ATTACHED ? block_of(flow) : NULL;
}

/* Return: it goes on. */
static bool have_read(struct ipu_flow *flow, struct ipu_block *block, int64_t bytes)
{
	uint32_t row_bytes = flow->tensor->desc.row_bytes;

	if (bytes < 0) {
		fail(flow, (int)bytes);
		return false;
	}
	flow->info.bytes += (uint64_t)bytes;
	flow->ended = (uint64_t)bytes < ipu_flow_block_bytes(flow);
	block->rows = (uint64_t)bytes / row_bytes;
	if (bytes % row_bytes)
		fail_row(flow, (size_t)(bytes % row_bytes));
	else if (bytes)
		flow->made++;
	return !flow->ended;
}

static bool have_written(struct ipu_flow *flow, int64_t bytes)
{
	if (bytes < 0) {
		fail(flow, (int)bytes);
		return false;
	}
	flow->info.bytes += (uint64_t)bytes;
	flow->used++;
	return true;
}

/* Fill or empty a block. Return: bytes, or what failed. */
static int64_t move_block(struct ipu_flow *flow, struct ipu_block *block)
{
	return ipu_flow_is_input(flow) ? read_block(flow, block) : write_block(flow, block);
}

static bool have_moved(struct ipu_flow *flow, struct ipu_block *block, int64_t bytes)
{
	return ipu_flow_is_input(flow) ? have_read(flow, block, bytes) : have_written(flow, bytes);
}

void ipu_flow_pump(struct ipu_flow *flow)
{
	if (flow->state != IPU_FLOW_ATTACHED || flow->kind != IPU_FLOW_MEMORY)
		return;
	while (has_block(flow) && !flow->ended && !flow->error) {
		struct ipu_block *block = block_of(flow);

		have_moved(flow, block, move_block(flow, block));
	}
}

static void *serve(void *arg)
{
	struct ipu_flow *flow = arg;
	struct ipu_context *ctx = flow->ctx;
	bool more = true;

	pthread_mutex_lock(&ctx->lock);
	while (more) {
		struct ipu_block *block = next_block(flow);
		int64_t bytes;

		if (!block)
			break;
		pthread_mutex_unlock(&ctx->lock);
		bytes = move_block(flow, block);
		pthread_mutex_lock(&ctx->lock);
		more = have_moved(flow, block, bytes);
		pthread_cond_broadcast(&flow->flows->changed);
	}
	pthread_mutex_unlock(&ctx->lock);
	return NULL;
}

int ipu_flow_start(struct ipu_flow *flow)
{
	sigset_t all, before;
	int err;

	if (flow->kind == IPU_FLOW_MEMORY)
		return 0;
	/* Signals are for the program's own threads, and SIGPIPE is for nobody. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	err = pthread_create(&flow->thread, NULL, serve, flow);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -err;
}

void ipu_flow_stop(struct ipu_flow *flow)
{
	/* In a child it is the parent's. */
	if (flow->kind == IPU_FLOW_MEMORY || ipu_is_parents(flow->ctx->dev))
		return;
	pthread_mutex_lock(&flow->ctx->lock);
	flow->state = IPU_FLOW_STOPPING;
	pthread_cond_broadcast(&flow->flows->changed);
	pthread_mutex_unlock(&flow->ctx->lock);
	eventfd_write(flow->wake, 1);
	pthread_join(flow->thread, NULL);
}
