// SPDX-License-Identifier: MIT
/*
 * Inputs: their elements go from a caller's memory to a staging buffer of bounded size,
 * and the commands that copy them to the tiles wait for the job of the next run. Those of
 * elements that the buffer cannot hold together are executed at once.
 */
#include <errno.h>
#include <string.h>

#include "ipu_grid.h"
#include "ipu_internal.h"
#include "ipu_program.h"
#include "ipu_shard.h"
#include "ipu_tensor.h"

/*
 * Make room for @bytes more, or for as many as are moved at a time. The buffer grows by
 * doubling, and is kept: mapping pages for the card is expensive.
 */
static int make_room(struct ipu_context *ctx, uint64_t bytes)
{
	size_t room = IPU_STAGE_MIN;
	int err = 0;

	if (ctx->stage_used && ctx->stage_used + bytes > IPU_STAGE_MAX)
		err = ipu_tensor_flush(ctx);
	while (room < ctx->stage_used + bytes && room < IPU_STAGE_MAX)
		room *= 2;
	return err ? err : ipu_context_stage(ctx, room);
}

/* The next @bytes of the buffer, which has them. */
static void *take(struct ipu_context *ctx, uint64_t bytes, uint64_t *va)
{
	unsigned char *data = ctx->stage->data;
	size_t at = ctx->stage_used;

	*va = ctx->stage_va + at;
	ctx->stage_used += ipu_tensor_padded(bytes);
	return data + at;
}

int ipu_tensor_find(struct ipu_context *ctx, const char *name, uint32_t direction,
		    const struct ipu_tensor **tensor)
{
	if (ctx->state == IPU_CONTEXT_EMPTY)
		return ipu_fail(-EINVAL,
				"No program is loaded: call ipu_load() before tensor "
				"\"%s\" is used.",
				name);
	if (ctx->state == IPU_CONTEXT_FAULTED)
		return ipu_fail(-EINVAL,
				"The program has faulted: load it again before tensor "
				"\"%s\" is used.",
				name);
	if (ctx->state == IPU_CONTEXT_STARTED)
		return ipu_fail(-EBUSY,
				"A run is under way: wait for it with ipu_run_wait() "
				"before tensor \"%s\" is used.",
				name);
	*tensor = ipu_program_lookup(ctx->program, name);
	if (!*tensor)
		return -ENOENT;
	if ((*tensor)->desc.direction & IPU_TENSOR_STREAM)
		return ipu_fail(-EINVAL,
				"\"%s\" is a stream of the program: attach what it comes from or "
				"goes to with a function of ipu_stream.h.",
				name);
	if (!((*tensor)->desc.direction & direction))
		return ipu_fail(-EINVAL, "Tensor \"%s\" is no %s of the program.", name,
				direction == IPU_TENSOR_IN ? "input" : "output");
	return 0;
}

int ipu_tensor_flush(struct ipu_context *ctx)
{
	int err = ipu_context_submit_setup(ctx);

	if (err)
		ctx->state = IPU_CONTEXT_FAULTED;
	return err;
}

static int check_capacity(const struct ipu_context *ctx, const struct ipu_tensor *tensor,
			  uint64_t rows)
{
	const struct ipu_tensor_desc *desc = &tensor->desc;
	uint64_t most = desc->shape[0], wanted;

	if (desc->layout == IPU_BROADCAST) {
		if (rows <= most)
			return 0;
		return ipu_fail(-E2BIG,
				"Tensor \"%s\" has room for %llu rows on every tile, and "
				"%llu were given.",
				desc->name, (unsigned long long)most, (unsigned long long)rows);
	}
	if (ipu_shard(rows, ctx->tiles).per_tile <= most)
		return 0;
	wanted = rows / most + (rows % most != 0);
	return ipu_fail(-E2BIG,
			"Tensor \"%s\" has room for %llu rows on a tile, %llu on the "
			"context's %u tiles, and %llu were given: use %llu tiles or more, or give "
			"the tensor more rows in the program.",
			desc->name, (unsigned long long)most, (unsigned long long)most * ctx->tiles,
			ctx->tiles, (unsigned long long)rows, (unsigned long long)wanted);
}

/* @bytes are at the caller's pointer: so many, and no others, are read. @rows fit the tiles. */
static int check_bytes(const struct ipu_tensor *tensor, uint64_t rows, size_t bytes)
{
	const struct ipu_tensor_desc *desc = &tensor->desc;

	if (rows * desc->row_bytes == bytes)
		return 0;
	return ipu_fail(-EINVAL,
			"Tensor \"%s\" has rows of %u bytes, so that %llu rows are %llu bytes, "
			"and %zu were given: are the elements %s?",
			desc->name, desc->row_bytes, (unsigned long long)rows,
			(unsigned long long)rows * desc->row_bytes, bytes,
			ipu_dtype_name(desc->dtype));
}

static int set_broadcast(struct ipu_context *ctx, const struct ipu_tensor *tensor,
			 const unsigned char *data, uint64_t rows)
{
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = ctx->tiles,
		.tile_addr = tensor->data,
		.row_bytes = (uint32_t)rows * tensor->desc.row_bytes,
		.rows = 1,
	};
	int err = 0;

	if (rows) {
		memcpy(take(ctx, copy.row_bytes, &copy.host_va), data, copy.row_bytes);
		err = ipu_cmds_copy_to_tiles(ctx->setup, &copy);
	}
	if (!err)
		err = ipu_cmds_fill(ctx->setup, 0, ctx->tiles, tensor->rows, IPU_ROWS_WORD,
				    (uint32_t)rows);
	return err ? err : ipu_place_add(ctx, tensor, rows, 0);
}

static int set_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor,
		    const struct ipu_shard *shard)
{
	struct ipu_copy copy = ipu_word_copy(ctx, tensor->rows, 0);
	uint32_t *words = take(ctx, ctx->tiles * IPU_ROWS_WORD, &copy.host_va);

	for (uint32_t tile = 0; tile < ctx->tiles; tile++)
		words[tile] = (uint32_t)ipu_shard_rows(shard, tile);
	return ipu_cmds_copy_to_tiles(ctx->setup, &copy);
}

/* @tiles tiles from @tile on get @bytes each of @data, which are in a row. */
static int copy_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint32_t tile,
		     uint32_t tiles, uint64_t bytes, const unsigned char *data)
{
	struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = tile,
		.tile_count = tiles,
		.tile_addr = tensor->data,
		.row_bytes = (uint32_t)bytes,
		.rows = 1,
		.host_tile_stride = bytes,
	};

	memcpy(take(ctx, tiles * bytes, &copy.host_va), data, tiles * bytes);
	return ipu_cmds_copy_to_tiles(ctx->setup, &copy);
}

/* Of @wanted tiles, those whose @bytes each fit into what is left of the buffer. */
static int fit(struct ipu_context *ctx, uint64_t bytes, uint32_t wanted, uint32_t *tiles)
{
	uint64_t most = (ctx->stage->size - ctx->stage_used) / bytes;
	int err = 0;

	if (!most) {
		err = ipu_tensor_flush(ctx);
		most = ctx->stage->size / bytes;
	}
	*tiles = most < wanted ? (uint32_t)most : wanted;
	return err;
}

static int set_sharded(struct ipu_context *ctx, const struct ipu_tensor *tensor,
		       const unsigned char *data, uint64_t rows)
{
	const struct ipu_shard shard = ipu_shard(rows, ctx->tiles);
	uint64_t tile_bytes = shard.per_tile * tensor->desc.row_bytes;
	uint64_t rest_bytes = (uint64_t)shard.rest * tensor->desc.row_bytes;
	uint32_t tiles, one;
	int err = set_rows(ctx, tensor, &shard);

	if (!err)
		err = ipu_place_add(ctx, tensor, rows, shard.per_tile);
	if (ctx->input_rows < shard.per_tile)
		ctx->input_rows = (uint32_t)shard.per_tile;
	for (uint32_t tile = 0; !err && tile < shard.full; tile += tiles) {
		err = fit(ctx, tile_bytes, shard.full - tile, &tiles);
		if (!err)
			err = copy_rows(ctx, tensor, tile, tiles, tile_bytes,
					data + tile * tile_bytes);
	}
	if (!err && shard.rest)
		err = fit(ctx, rest_bytes, 1, &one);
	if (!err && shard.rest)
		err = copy_rows(ctx, tensor, shard.full, 1, rest_bytes,
				data + shard.full * tile_bytes);
	return err;
}

/* Most commands that a set adds between two that are executed at once. */
#define SET_CMDS 8

/* The input waits for the next job, unless a debugger is to see it. */
static int set_tensor(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		      size_t bytes, uint64_t rows)
{
	int err = ipu_context_setup_room(ctx, SET_CMDS);

	if (err)
		ctx->state = IPU_CONTEXT_FAULTED;
	else
		err = make_room(ctx, ipu_tensor_padded(ctx->tiles * IPU_ROWS_WORD) +
					     ipu_tensor_padded(bytes));
	if (err)
		return err;
	ipu_fetch_drop(ctx);
	atomic_store(&ctx->ahead, true);
	err = tensor->desc.layout == IPU_BROADCAST ? set_broadcast(ctx, tensor, data, rows) :
						     set_sharded(ctx, tensor, data, rows);
	return err || !atomic_load(&ctx->debugged) ? err : ipu_tensor_flush(ctx);
}

/* A grid's blocks go to the tiles at once. */
static int set_grid(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		    size_t bytes, uint64_t rows)
{
	bool sent;
	int err;

	ipu_fetch_drop(ctx);
	err = ipu_grid_set(ctx, tensor, data, bytes, rows, &sent);
	if (err && sent)
		ctx->state = IPU_CONTEXT_FAULTED;
	return err;
}

static int set_rows_of(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		       size_t bytes, uint64_t rows)
{
	int err = check_capacity(ctx, tensor, rows);

	if (!err)
		err = check_bytes(tensor, rows, bytes);
	return err ? err : set_tensor(ctx, tensor, data, bytes, rows);
}

int ipu_tensor_set(struct ipu_context *ctx, const char *name, const void *data, size_t bytes,
		   uint64_t rows)
{
	const struct ipu_tensor *tensor;
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = ipu_tensor_find(ctx, name, IPU_TENSOR_IN, &tensor);
	if (!err && tensor->desc.layout == IPU_GRID)
		err = set_grid(ctx, tensor, data, bytes, rows);
	else if (!err)
		err = set_rows_of(ctx, tensor, data, bytes, rows);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}
