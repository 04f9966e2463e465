// SPDX-License-Identifier: MIT
/* Streams: attaching and detaching sources and sinks. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "ipu_flow.h"

static int find(struct ipu_context *ctx, const char *name, struct ipu_flow **flow)
{
	struct ipu_flows *flows = ctx->flows;

	if (ctx->state == IPU_CONTEXT_EMPTY)
		return ipu_fail(
			-EINVAL,
			"No program is loaded: call ipu_load() before stream \"%s\" is used.",
			name);
	if (!ipu_program_lookup(ctx->program, name))
		return -ENOENT;
	for (size_t i = 0; flows && i < flows->count; i++)
		if (!strcmp(flows->flows[i].tensor->desc.name, name)) {
			*flow = &flows->flows[i];
			return 0;
		}
	return ipu_fail(-EINVAL,
			"\"%s\" is a tensor of the program and no stream: use ipu_tensor_set() or "
			"ipu_tensor_get().",
			name);
}

static int check_idle(struct ipu_context *ctx, const char *name)
{
	if (ctx->state == IPU_CONTEXT_STARTED)
		return ipu_fail(-EBUSY,
				"A run is under way: wait for it with ipu_run_wait() before stream "
				"\"%s\" is attached or detached.",
				name);
	return 0;
}

/* ---- Blocks ---- */

static void free_source(struct ipu_flow *flow, bool unmap)
{
	if (flow->source && unmap)
		ipu_bo_unmap(flow->ctx, flow->source_va);
	ipu_bo_destroy(flow->source);
	flow->source = NULL;
}

/*
 * A card in this process can read memory where it is. If not, for whatever reason, blocks
 * of it are copied.
 */
static bool make_source(struct ipu_flow *flow)
{
	struct ipu_context *ctx = flow->ctx;

	if (flow->kind != IPU_FLOW_MEMORY || !ipu_flow_is_input(flow) || !flow->left ||
	    ipu_bo_wrap(ctx->dev, flow->memory, flow->left, &flow->source))
		return false;
	if (ctx->dev->ops->bo_map(ctx->dev, ctx->id, flow->source, false, &flow->source_va))
		free_source(flow, false);
	return flow->source;
}

static void free_blocks(struct ipu_flow *flow, bool unmap)
{
	free_source(flow, unmap);
	for (unsigned int i = 0; i < IPU_FLOW_BLOCKS; i++) {
		struct ipu_block *block = &flow->blocks[i];

		if (block->bo && unmap)
			ipu_bo_unmap(flow->ctx, block->va);
		ipu_bo_destroy(block->bo);
		free(block->words);
		*block = (struct ipu_block){ 0 };
	}
}

static int make_blocks(struct ipu_flow *flow)
{
	int err = 0;

	if (make_source(flow))
		return 0;
	for (unsigned int i = 0; !err && i < IPU_FLOW_BLOCKS; i++) {
		struct ipu_block *block = &flow->blocks[i];

		err = ipu_context_buffer(flow->ctx, ipu_flow_block_bytes(flow), &block->bo,
					 &block->va);
		if (err)
			break;
		block->words = calloc(ipu_flow_tiles(flow), sizeof(*block->words));
		if (!block->words)
			err = ipu_fail_nomem("a stream");
	}
	if (err)
		free_blocks(flow, true);
	return err;
}

/* ---- Attaching ---- */

static int start(struct ipu_flow *flow)
{
	int err = make_blocks(flow);

	if (err)
		return err;
	flow->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (flow->wake < 0) {
		err = ipu_fail(-errno, "Cannot make an eventfd for stream \"%s\": %s.",
			       flow->tensor->desc.name, strerror(errno));
		free_blocks(flow, true);
		return err;
	}
	flow->state = IPU_FLOW_ATTACHED;
	err = ipu_flow_start(flow);
	if (err) {
		flow->state = IPU_FLOW_IDLE;
		close(flow->wake);
		free_blocks(flow, true);
		return ipu_fail(err, "Cannot start a thread for stream \"%s\": %s.",
				flow->tensor->desc.name, strerror(-err));
	}
	return 0;
}

/* @how: the members that say what it is attached to */
static int attach(struct ipu_context *ctx, const char *name, const struct ipu_flow *how)
{
	struct ipu_flow *flow;
	int err = find(ctx, name, &flow);

	if (!err && ctx->state == IPU_CONTEXT_FAULTED)
		err = ipu_fail(-EINVAL,
			       "The program has faulted: load it again before stream \"%s\" is "
			       "attached.",
			       name);
	if (!err)
		err = check_idle(ctx, name);
	if (!err && flow->state != IPU_FLOW_IDLE)
		err = ipu_fail(-EBUSY, "Stream \"%s\" is attached already: detach it first.", name);
	if (err)
		return err;
	*flow = (struct ipu_flow){
		.ctx = ctx,
		.flows = ctx->flows,
		.tensor = flow->tensor,
		.kind = how->kind,
		.move = how->move,
		.arg = how->arg,
		.fd = how->fd,
		.memory = how->memory,
		.left = how->left,
		.asked = flow->asked,
		.offered = flow->offered,
		.reset = flow->reset,
	};
	return start(flow);
}

static int attach_locked(struct ipu_context *ctx, const char *name, const struct ipu_flow *how)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = attach(ctx, name, how);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

int ipu_stream_memory(struct ipu_context *ctx, const char *name, void *data, size_t bytes)
{
	const struct ipu_flow how = { .kind = IPU_FLOW_MEMORY, .memory = data, .left = bytes };

	return attach_locked(ctx, name, &how);
}

int ipu_stream_fd(struct ipu_context *ctx, const char *name, int fd)
{
	const struct ipu_flow how = { .kind = IPU_FLOW_FILE, .fd = fd };

	if (fd < 0)
		return ipu_fail(-EINVAL, "Stream \"%s\" cannot be attached to descriptor %d.", name,
				fd);
	return attach_locked(ctx, name, &how);
}

int ipu_stream_callback(struct ipu_context *ctx, const char *name, ipu_stream_fn fn, void *arg)
{
	const struct ipu_flow how = { .kind = IPU_FLOW_CALLBACK, .move = fn, .arg = arg };

	if (!fn)
		return ipu_fail(-EINVAL, "Stream \"%s\" needs a function.", name);
	return attach_locked(ctx, name, &how);
}

/* ---- Detaching ---- */

/* Its thread has been told to stop; the lock is not held. */
static void end(struct ipu_flow *flow, bool unmap)
{
	ipu_flow_stop(flow);
	close(flow->wake);
	free_blocks(flow, unmap);
}

int ipu_stream_detach(struct ipu_context *ctx, const char *name)
{
	struct ipu_flow *flow;
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = find(ctx, name, &flow);
	if (!err)
		err = check_idle(ctx, name);
	if (!err && flow->state != IPU_FLOW_ATTACHED)
		err = ipu_fail(-EINVAL, "Stream \"%s\" is not attached.", name);
	if (!err)
		flow->state = IPU_FLOW_STOPPING;
	pthread_mutex_unlock(&ctx->lock);
	if (err)
		return err;
	end(flow, true);
	pthread_mutex_lock(&ctx->lock);
	flow->state = IPU_FLOW_IDLE;
	pthread_mutex_unlock(&ctx->lock);
	return 0;
}

int ipu_stream_get_info(struct ipu_context *ctx, const char *name, struct ipu_stream_info *info)
{
	struct ipu_flow *flow;
	int err = IPU_STRUCT_CHECK(info, ipu_stream_info, error);

	if (!err)
		err = ipu_context_lock(ctx);
	if (err)
		return err;
	err = find(ctx, name, &flow);
	if (!err && flow->state != IPU_FLOW_ATTACHED)
		err = ipu_fail(-EINVAL, "Stream \"%s\" is not attached.", name);
	if (!err) {
		flow->info.error = flow->error;
		ipu_struct_out(info, &flow->info, sizeof(flow->info));
	}
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

/* ---- Those of a program ---- */

static int init(struct ipu_flows *flows)
{
	pthread_condattr_t monotonic;
	int err;

	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	err = pthread_cond_init(&flows->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	return -err;
}

int ipu_flows_new(struct ipu_context *ctx, struct ipu_program *prog, struct ipu_flows **out)
{
	struct ipu_flows *flows;
	size_t count = 0;
	int err;

	*out = NULL;
	for (size_t i = 0; i < prog->tensor_count; i++)
		count += !!(prog->tensors[i].desc.direction & IPU_TENSOR_STREAM);
	if (!count)
		return 0;
	flows = calloc(1, sizeof(*flows) + count * sizeof(flows->flows[0]));
	if (!flows || init(flows)) {
		free(flows);
		return ipu_fail_nomem("a program's streams");
	}
	err = ipu_context_buffer(ctx, 2 * count * ctx->tiles * sizeof(uint32_t), &flows->words,
				 &flows->words_va);
	if (err) {
		pthread_cond_destroy(&flows->changed);
		free(flows);
		return err;
	}
	for (size_t i = 0; i < prog->tensor_count; i++)
		if (prog->tensors[i].desc.direction & IPU_TENSOR_STREAM)
			flows->flows[flows->count++] = (struct ipu_flow){
				.ctx = ctx, .flows = flows, .tensor = &prog->tensors[i]
			};
	flows->program = ipu_program_get(prog);
	*out = flows;
	return 0;
}

bool ipu_flows_stopping(const struct ipu_context *ctx)
{
	const struct ipu_flows *flows = ctx->flows;

	for (size_t i = 0; flows && i < flows->count; i++)
		if (flows->flows[i].state == IPU_FLOW_STOPPING)
			return true;
	return false;
}

void ipu_flows_free(struct ipu_context *ctx, struct ipu_flows *flows, bool unmap)
{
	if (!flows)
		return;
	for (size_t i = 0; i < flows->count; i++)
		if (flows->flows[i].state == IPU_FLOW_ATTACHED)
			end(&flows->flows[i], unmap);
	if (unmap)
		ipu_bo_unmap(ctx, flows->words_va);
	ipu_bo_destroy(flows->words);
	ipu_program_close(flows->program);
	/* In a child its waiters, which would be waited for, are the parent's. */
	if (!ipu_is_parents(ctx->dev))
		pthread_cond_destroy(&flows->changed);
	free(flows);
}
