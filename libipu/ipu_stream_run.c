// SPDX-License-Identifier: MIT
/*
 * Streams: what a run does with them. The job of a run or a resume copies the blocks that
 * the tiles have asked for, lets them run until the next external sync, and copies the
 * rows words of all streams out, and a block of each output that is expected to be
 * offered. So a block costs one job, and what the sync wants is known when it has ended.
 */
#include <errno.h>
#include <string.h>

#include "ipu_flow.h"
#include "ipu_shard.h"

/* Syncs without an offer after which none is expected any more: copies for nothing. */
#define HOPE 4

/* ---- Words ---- */

static size_t words_offset(const struct ipu_flow *flow, bool from_tiles)
{
	size_t index = (size_t)(flow - flow->flows->flows);

	return (2 * index + from_tiles) * flow->ctx->tiles * sizeof(uint32_t);
}

static uint32_t *words_of(const struct ipu_flow *flow, bool from_tiles)
{
	unsigned char *words = flow->flows->words->data;

	return (void *)(words + words_offset(flow, from_tiles));
}

static struct ipu_copy copy_of_words(const struct ipu_flow *flow, bool from_tiles)
{
	return ipu_word_copy(flow->ctx, flow->tensor->rows,
			     flow->flows->words_va + words_offset(flow, from_tiles));
}

static int fill_words(const struct ipu_flow *flow, uint32_t value)
{
	return ipu_cmds_fill(flow->ctx->setup, 0, flow->ctx->tiles, flow->tensor->rows,
			     sizeof(uint32_t), value);
}

/* ---- Before the tiles run ---- */

static struct ipu_block *block_of(struct ipu_flow *flow, uint64_t number)
{
	return &flow->blocks[number % IPU_FLOW_BLOCKS];
}

static int copy_block(const struct ipu_flow *flow, const struct ipu_block *block, uint32_t tile,
		      uint32_t tiles, uint64_t rows, uint64_t stride)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = tile,
		.tile_count = tiles,
		.tile_addr = flow->tensor->data,
		.row_bytes = (uint32_t)rows * flow->tensor->desc.row_bytes,
		.rows = 1,
		.host_va = block->va + tile * stride,
		.host_tile_stride = stride,
	};

	return tiles && rows ? ipu_cmds_copy_to_tiles(flow->ctx->setup, &copy) : 0;
}

static int send_sharded(const struct ipu_flow *flow, const struct ipu_block *block)
{
	struct ipu_context *ctx = flow->ctx;
	const struct ipu_shard shard = ipu_shard(block->rows, ctx->tiles);
	uint64_t stride = shard.per_tile * flow->tensor->desc.row_bytes;
	const struct ipu_copy words = copy_of_words(flow, false);
	int err = copy_block(flow, block, 0, shard.full, shard.per_tile, stride);

	if (!err)
		err = copy_block(flow, block, shard.full, 1, shard.rest, stride);
	if (err)
		return err;
	if (shard.full == ctx->tiles)
		return fill_words(flow, (uint32_t)shard.per_tile);
	for (uint32_t tile = 0; tile < ctx->tiles; tile++)
		words_of(flow, false)[tile] = (uint32_t)ipu_shard_rows(&shard, tile);
	return ipu_cmds_copy_to_tiles(ctx->setup, &words);
}

/* The next block, or that there is none. */
static int send(struct ipu_flow *flow)
{
	const struct ipu_block *block = block_of(flow, flow->used);
	int err;

	if (flow->made == flow->used)
		return fill_words(flow, IPU_STREAM_END);
	flow->lent = true;
	if (flow->tensor->desc.layout == IPU_SHARDED)
		return send_sharded(flow, block);
	err = copy_block(flow, block, 0, flow->ctx->tiles, block->rows, 0);
	return err ? err : fill_words(flow, (uint32_t)block->rows);
}

int ipu_flows_check(struct ipu_context *ctx)
{
	struct ipu_flows *flows = ctx->flows;

	for (size_t i = 0; flows && i < flows->count; i++) {
		const struct ipu_flow *flow = &flows->flows[i];

		if (ipu_flow_is_input(flow) && flow->state != IPU_FLOW_ATTACHED)
			return ipu_fail(-EINVAL,
					"Stream \"%s\" has no source: attach one with "
					"ipu_stream_fd(), or another function of ipu_stream.h, "
					"before the program is run.",
					flow->tensor->desc.name);
	}
	return 0;
}

int ipu_flows_before(struct ipu_context *ctx, bool resume)
{
	struct ipu_flows *flows = ctx->flows;
	int err = 0;

	for (size_t i = 0; !err && flows && i < flows->count; i++) {
		struct ipu_flow *flow = &flows->flows[i];
		bool input = ipu_flow_is_input(flow);

		if (input && resume && flow->asked)
			err = send(flow);
		else if (input && !resume)
			err = fill_words(flow, 0);
		else if (!input && (!resume || flow->reset))
			err = fill_words(flow, flow->tensor->desc.shape[0]);
	}
	return err;
}

/* ---- After they have run ---- */

static int take_block(const struct ipu_flow *flow)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = ipu_flow_tiles(flow),
		.tile_addr = flow->tensor->data,
		.row_bytes = (uint32_t)ipu_flow_tile_bytes(flow),
		.rows = 1,
		.host_va = flow->blocks[flow->made % IPU_FLOW_BLOCKS].va,
		.host_tile_stride = ipu_flow_tile_bytes(flow),
	};

	return ipu_cmds_copy_from_tiles(flow->ctx->setup, &copy);
}

static bool has_room(const struct ipu_flow *flow)
{
	return flow->made - flow->used < IPU_FLOW_BLOCKS;
}

int ipu_flows_after(struct ipu_context *ctx)
{
	struct ipu_flows *flows = ctx->flows;
	int err = 0;

	for (size_t i = 0; !err && flows && i < flows->count; i++) {
		struct ipu_flow *flow = &flows->flows[i];
		const struct ipu_copy words = copy_of_words(flow, true);

		err = ipu_cmds_copy_from_tiles(ctx->setup, &words);
		if (!err && flow->state == IPU_FLOW_ATTACHED && flow->hope && has_room(flow)) {
			flow->lent = true;
			err = take_block(flow);
		}
	}
	return err;
}

void ipu_flows_undo(struct ipu_context *ctx)
{
	struct ipu_flows *flows = ctx->flows;

	for (size_t i = 0; flows && i < flows->count; i++)
		flows->flows[i].lent = false;
}

void ipu_flows_pump(struct ipu_context *ctx)
{
	struct ipu_flows *flows = ctx->flows;

	for (size_t i = 0; flows && i < flows->count; i++)
		ipu_flow_pump(&flows->flows[i]);
}

/* ---- When the job has ended ---- */

static void ended_input(struct ipu_flow *flow)
{
	const uint32_t *words = words_of(flow, true);

	if (flow->lent) {
		flow->info.blocks++;
		flow->info.rows += block_of(flow, flow->used)->rows;
		flow->used++;
	}
	flow->lent = false;
	flow->asked = false;
	/* Any tile speaks for all: those that have exited do not ask. */
	for (uint32_t tile = 0; tile < flow->ctx->tiles; tile++)
		flow->asked |= words[tile] == IPU_STREAM_ASK;
}

/* The block that was copied is the sink's. */
static void give(struct ipu_flow *flow)
{
	const uint32_t *words = words_of(flow, true);
	struct ipu_block *block = block_of(flow, flow->made);

	for (uint32_t tile = 0; tile < ipu_flow_tiles(flow); tile++) {
		uint32_t word = words[tile];

		block->words[tile] = word & IPU_STREAM_OFFER ? word & ~IPU_STREAM_OFFER : 0;
		flow->info.rows += block->words[tile];
	}
	flow->info.blocks++;
	flow->made++;
	flow->offered = false;
}

static int check_rows(const struct ipu_flow *flow)
{
	uint32_t most = flow->tensor->desc.shape[0];

	for (uint32_t tile = 0; tile < ipu_flow_tiles(flow); tile++) {
		uint32_t word = words_of(flow, true)[tile];

		if (word & IPU_STREAM_OFFER && (word & ~IPU_STREAM_OFFER) > most)
			return ipu_fail(-ERANGE,
					"The program says that tile %u offers %u rows of stream "
					"\"%s\", and there is room for %u: it must set the row "
					"count to no more.",
					tile, word & ~IPU_STREAM_OFFER, flow->tensor->desc.name,
					most);
	}
	return 0;
}

static int ended_output(struct ipu_flow *flow)
{
	const uint32_t *words = words_of(flow, true);
	bool copied = flow->lent;
	int err = check_rows(flow);

	flow->lent = false;
	flow->offered = false;
	for (uint32_t tile = 0; !err && tile < flow->ctx->tiles; tile++)
		flow->offered |= !!(words[tile] & IPU_STREAM_OFFER);
	flow->reset = flow->offered;
	if (flow->offered)
		flow->hope = HOPE;
	else if (flow->hope)
		flow->hope--;
	if (flow->offered && copied)
		give(flow);
	return err;
}

int ipu_flows_ended(struct ipu_context *ctx)
{
	struct ipu_flows *flows = ctx->flows;
	int err = 0;

	for (size_t i = 0; !err && flows && i < flows->count; i++)
		if (ipu_flow_is_input(&flows->flows[i]))
			ended_input(&flows->flows[i]);
		else
			err = ended_output(&flows->flows[i]);
	if (flows)
		pthread_cond_broadcast(&flows->changed);
	return err;
}

/* ---- Serving a sync ---- */

static int wait_change(struct ipu_context *ctx, struct ipu_flow *flow, int64_t deadline_ns)
{
	const struct timespec deadline = {
		.tv_sec = deadline_ns / 1000000000,
		.tv_nsec = deadline_ns % 1000000000,
	};
	uint64_t began = ipu_now_ns();
	int err = pthread_cond_timedwait(&flow->flows->changed, &ctx->lock, &deadline);

	flow->info.wait_ns += ipu_now_ns() - began;
	return err == ETIMEDOUT ? ipu_fail(-ETIME,
					   "The run waits for stream \"%s\", and has not ended in "
					   "time.",
					   flow->tensor->desc.name) :
				  0;
}

static int failed(const struct ipu_flow *flow)
{
	return ipu_fail(flow->error, "%s", flow->reason);
}

/* A source has a block, or no more. */
static int await_block(struct ipu_flow *flow, int64_t deadline_ns)
{
	int err = 0;

	ipu_flow_pump(flow);
	while (!err && flow->made == flow->used && !flow->ended && !flow->error)
		err = wait_change(flow->ctx, flow, deadline_ns);
	if (!err && flow->made == flow->used && flow->error)
		err = failed(flow);
	return err;
}

/* A sink has written all but @most blocks. */
static int await_sink(struct ipu_flow *flow, uint64_t most, int64_t deadline_ns)
{
	int err = 0;

	ipu_flow_pump(flow);
	while (!err && !flow->error && flow->made - flow->used > most)
		err = wait_change(flow->ctx, flow, deadline_ns);
	return flow->error ? failed(flow) : err;
}

/* An offer that was not expected: copy the block now. */
static int fetch_block(struct ipu_flow *flow, int64_t deadline_ns)
{
	int err = await_sink(flow, IPU_FLOW_BLOCKS - 1, deadline_ns);

	if (!err)
		err = take_block(flow);
	if (!err)
		err = ipu_context_submit_setup(flow->ctx);
	if (!err)
		give(flow);
	return err;
}

static int serve_output(struct ipu_flow *flow, bool exited, int64_t deadline_ns)
{
	int err = 0;

	if (flow->state != IPU_FLOW_ATTACHED) {
		flow->offered = false;
		return 0;
	}
	if (flow->error)
		return failed(flow);
	if (flow->offered)
		err = fetch_block(flow, deadline_ns);
	if (err)
		return err;
	pthread_cond_broadcast(&flow->flows->changed);
	if (exited)
		return await_sink(flow, 0, deadline_ns);
	return flow->hope ? await_sink(flow, IPU_FLOW_BLOCKS - 1, deadline_ns) : 0;
}

int ipu_flows_serve(struct ipu_context *ctx, bool exited, int64_t deadline_ns, bool *wanted)
{
	struct ipu_flows *flows = ctx->flows;
	int err = 0;

	*wanted = false;
	for (size_t i = 0; flows && i < flows->count; i++)
		*wanted |= flows->flows[i].asked || flows->flows[i].reset;
	if (!*wanted && !exited)
		return 0;
	/* Outputs first: a pipeline may have to read them before it writes more. */
	for (size_t i = 0; !err && flows && i < flows->count; i++)
		if (!ipu_flow_is_input(&flows->flows[i]))
			err = serve_output(&flows->flows[i], exited, deadline_ns);
	for (size_t i = 0; !err && !exited && flows && i < flows->count; i++)
		if (flows->flows[i].asked)
			err = await_block(&flows->flows[i], deadline_ns);
	return err;
}
