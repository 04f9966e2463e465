// SPDX-License-Identifier: MIT
/*
 * Tensors: moving elements between a caller's memory and the tiles, through a
 * staging buffer of bounded size.
 *
 * In that buffer the rows words of all tiles come first, and then elements. The
 * words of all tiles are copied by one command, and so are the elements of as
 * many tiles as fit into the buffer.
 */
#include <errno.h>
#include <string.h>

#include "ipu_grid.h"
#include "ipu_internal.h"
#include "ipu_program.h"
#include "ipu_shard.h"

/* Elements of as many tiles as fit into this are moved at a time; more than the SRAM of one. */
#define STAGE_MAX (16u * 1024 * 1024)
#define STAGE_MIN (64u * 1024)
#define WORD sizeof(uint32_t)

/* Where elements start in the staging buffer. */
static size_t data_offset(const struct ipu_context *ctx)
{
	return (ctx->tiles * WORD + 63) & ~(size_t)63;
}

/* How many bytes of elements fit into the staging buffer; at least those of one tile. */
static size_t data_room(const struct ipu_context *ctx)
{
	return ctx->stage->size - data_offset(ctx);
}

/*
 * Make room for @bytes of elements, or for as many as are moved at a time. The
 * buffer grows by doubling, and is kept: mapping pages for the card is
 * expensive.
 */
static int make_room(struct ipu_context *ctx, uint64_t bytes)
{
	size_t room = STAGE_MIN;

	while (room < bytes && room < STAGE_MAX)
		room *= 2;
	return ipu_context_stage(ctx, data_offset(ctx) + room);
}

static uint32_t *stage_words(struct ipu_context *ctx)
{
	return ctx->stage->data;
}

static unsigned char *stage_data(struct ipu_context *ctx)
{
	return (unsigned char *)ctx->stage->data + data_offset(ctx);
}

static uint64_t stage_data_va(const struct ipu_context *ctx)
{
	return ctx->stage_va + data_offset(ctx);
}

/* The tensor of that name, if the program's state allows access to it; the lock is held. */
static int find(struct ipu_context *ctx, const char *name, uint32_t direction,
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
	if (!((*tensor)->desc.direction & direction))
		return ipu_fail(-EINVAL, "Tensor \"%s\" is no %s of the program.", name,
				direction == IPU_TENSOR_IN ? "input" : "output");
	return 0;
}

/* Submit what is in the list; after a fault the program has to be loaded again. */
static int flush(struct ipu_context *ctx)
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
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = ctx->tiles,
		.tile_addr = tensor->data,
		.row_bytes = (uint32_t)rows * tensor->desc.row_bytes,
		.rows = 1,
		.host_va = stage_data_va(ctx),
	};
	int err = 0;

	if (rows) {
		memcpy(stage_data(ctx), data, copy.row_bytes);
		err = ipu_cmds_copy_to_tiles(ctx->setup, &copy);
	}
	if (!err)
		err = ipu_cmds_fill(ctx->setup, 0, ctx->tiles, tensor->rows, WORD, (uint32_t)rows);
	if (!err)
		err = ipu_place_add(ctx, tensor, rows, 0);
	return err ? err : flush(ctx);
}

static int set_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor,
		    const struct ipu_shard *shard)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = ctx->tiles,
		.tile_addr = tensor->rows,
		.row_bytes = WORD,
		.rows = 1,
		.host_va = ctx->stage_va,
		.host_tile_stride = WORD,
	};

	for (uint32_t tile = 0; tile < ctx->tiles; tile++)
		stage_words(ctx)[tile] = (uint32_t)ipu_shard_rows(shard, tile);
	return ipu_cmds_copy_to_tiles(ctx->setup, &copy);
}

/* Rows of tiles that hold the same number, from @offset in the staged elements. */
static int copy_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint32_t tile,
		     uint32_t tiles, uint64_t rows, uint64_t offset)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = tile,
		.tile_count = tiles,
		.tile_addr = tensor->data,
		.row_bytes = (uint32_t)rows * tensor->desc.row_bytes,
		.rows = 1,
		.host_va = stage_data_va(ctx) + offset,
		.host_tile_stride = rows * tensor->desc.row_bytes,
	};

	return ipu_cmds_copy_to_tiles(ctx->setup, &copy);
}

static int set_sharded(struct ipu_context *ctx, const struct ipu_tensor *tensor,
		       const unsigned char *data, uint64_t rows)
{
	const struct ipu_shard shard = ipu_shard(rows, ctx->tiles);
	uint64_t tile_bytes = shard.per_tile * tensor->desc.row_bytes;
	uint64_t rest_bytes = (uint64_t)shard.rest * tensor->desc.row_bytes;
	uint32_t chunk = tile_bytes ? (uint32_t)(data_room(ctx) / tile_bytes) : 0;
	int err = set_rows(ctx, tensor, &shard);

	if (!err)
		err = ipu_place_add(ctx, tensor, rows, shard.per_tile);
	for (uint32_t tile = 0; !err && tile < shard.full; tile += chunk) {
		uint32_t tiles = shard.full - tile < chunk ? shard.full - tile : chunk;

		memcpy(stage_data(ctx), data + tile * tile_bytes, tiles * tile_bytes);
		err = copy_rows(ctx, tensor, tile, tiles, shard.per_tile, 0);
		if (!err)
			err = flush(ctx);
	}
	if (!err && shard.rest) {
		memcpy(stage_data(ctx), data + shard.full * tile_bytes, rest_bytes);
		err = copy_rows(ctx, tensor, shard.full, 1, shard.rest, 0);
	}
	return err ? err : flush(ctx);
}

static int set_rows_of(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		       size_t bytes, uint64_t rows)
{
	int err = check_capacity(ctx, tensor, rows);

	if (!err)
		err = check_bytes(tensor, rows, bytes);
	if (!err)
		err = make_room(ctx, bytes);
	if (err)
		return err;
	if (tensor->desc.layout == IPU_BROADCAST)
		return set_broadcast(ctx, tensor, data, rows);
	return set_sharded(ctx, tensor, data, rows);
}

static int set_grid(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		    size_t bytes, uint64_t rows)
{
	bool sent;
	int err = ipu_grid_set(ctx, tensor, data, bytes, rows, &sent);

	if (err && sent)
		ctx->state = IPU_CONTEXT_FAULTED;
	return err;
}

int ipu_tensor_set(struct ipu_context *ctx, const char *name, const void *data, size_t bytes,
		   uint64_t rows)
{
	const struct ipu_tensor *tensor;
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = find(ctx, name, IPU_TENSOR_IN, &tensor);
	if (!err && tensor->desc.layout == IPU_GRID)
		err = set_grid(ctx, tensor, data, bytes, rows);
	else if (!err)
		err = set_rows_of(ctx, tensor, data, bytes, rows);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

/* Tiles an output is read from. */
static uint32_t source_tiles(const struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	return tensor->desc.layout == IPU_BROADCAST ? 1 : ctx->tiles;
}

/* Read the rows words, and add them up. */
static int get_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint64_t *rows)
{
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_count = source_tiles(ctx, tensor),
		.tile_addr = tensor->rows,
		.row_bytes = WORD,
		.rows = 1,
		.host_va = ctx->stage_va,
		.host_tile_stride = WORD,
	};
	int err = ipu_cmds_copy_from_tiles(ctx->setup, &copy);

	if (!err)
		err = flush(ctx);
	if (err)
		return err;

	*rows = 0;
	for (uint32_t tile = 0; tile < copy.tile_count; tile++) {
		uint32_t held = stage_words(ctx)[tile];

		if (held > tensor->desc.shape[0])
			return ipu_fail(-ERANGE,
					"The program says that tile %u holds %u rows of "
					"\"%s\", and there is room for %u: it must set the row "
					"count to no more.",
					tile, held, tensor->desc.name, tensor->desc.shape[0]);
		*rows += held;
	}
	return 0;
}

/* Bytes of elements that get_chunk() reads if it can do so all at once. */
static uint64_t padded_bytes(struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	uint32_t tiles = source_tiles(ctx, tensor), most = 0;

	for (uint32_t tile = 0; tile < tiles; tile++)
		if (stage_words(ctx)[tile] > most)
			most = stage_words(ctx)[tile];
	return (uint64_t)most * tensor->desc.row_bytes * tiles;
}

/* The tiles from @tile on whose elements fit into the staging buffer, and the most rows of one. */
static uint32_t plan_chunk(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint32_t tile,
			   uint32_t *most)
{
	uint32_t tiles = source_tiles(ctx, tensor);
	uint32_t end = tile;

	*most = 0;
	while (end < tiles) {
		uint32_t rows = stage_words(ctx)[end];
		uint64_t larger = rows > *most ? rows : *most;

		if (larger * tensor->desc.row_bytes * (end - tile + 1) > data_room(ctx))
			break;
		*most = (uint32_t)larger;
		end++;
	}
	return end - tile;
}

/*
 * One command reads as many rows of every tile as the fullest one holds, and the
 * excess is dropped here: however unevenly the rows are distributed, that is one
 * command for each filling of the staging buffer. Return: where the next rows go,
 * or NULL.
 */
static unsigned char *get_chunk(struct ipu_context *ctx, const struct ipu_tensor *tensor,
				uint32_t tile, uint32_t count, uint32_t most, unsigned char *data,
				int *err)
{
	uint32_t row_bytes = tensor->desc.row_bytes;
	const struct ipu_copy copy = {
		.size = sizeof(copy),
		.tile_first = tile,
		.tile_count = count,
		.tile_addr = tensor->data,
		.row_bytes = most * row_bytes,
		.rows = 1,
		.host_va = stage_data_va(ctx),
		.host_tile_stride = (uint64_t)most * row_bytes,
	};

	*err = ipu_cmds_copy_from_tiles(ctx->setup, &copy);
	if (!*err)
		*err = flush(ctx);
	if (*err)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		size_t bytes = (size_t)stage_words(ctx)[tile + i] * row_bytes;

		memcpy(data, stage_data(ctx) + i * copy.host_tile_stride, bytes);
		data += bytes;
	}
	return data;
}

static int get_elements(struct ipu_context *ctx, const struct ipu_tensor *tensor,
			unsigned char *data)
{
	uint32_t tiles = source_tiles(ctx, tensor);
	uint32_t most, count;
	int err = 0;

	for (uint32_t tile = 0; !err && tile < tiles; tile += count) {
		count = plan_chunk(ctx, tensor, tile, &most);
		if (most)
			data = get_chunk(ctx, tensor, tile, count, most, data, &err);
	}
	return err;
}

static int get_grid(struct ipu_context *ctx, const struct ipu_tensor *tensor, void *data,
		    size_t bytes, uint64_t *shape)
{
	bool sent;
	int err = ipu_grid_get(ctx, tensor, data, bytes, &shape[0], &shape[1], &sent);

	if (err && sent)
		ctx->state = IPU_CONTEXT_FAULTED;
	return err;
}

/* @shape: out: of the whole tensor */
static int get_tensor(struct ipu_context *ctx, const char *name, void *data, size_t bytes,
		      uint64_t *shape)
{
	const struct ipu_tensor *tensor;
	uint64_t *rows = &shape[0];
	int err = find(ctx, name, IPU_TENSOR_OUT, &tensor);

	if (err)
		return err;
	for (uint32_t i = 0; i < IPU_NOTE_MAX_DIMS; i++)
		shape[i] = tensor->desc.shape[i];
	if (tensor->desc.layout == IPU_GRID)
		return get_grid(ctx, tensor, data, bytes, shape);
	err = make_room(ctx, 0);
	if (!err)
		err = get_rows(ctx, tensor, rows);
	if (err || !data)
		return err;
	if (*rows * tensor->desc.row_bytes > bytes)
		return ipu_fail(-ENOSPC,
				"Tensor \"%s\" has %llu rows of %u bytes, and there is "
				"room for %zu bytes.",
				name, (unsigned long long)*rows, tensor->desc.row_bytes, bytes);
	err = make_room(ctx, padded_bytes(ctx, tensor));
	return err ? err : get_elements(ctx, tensor, data);
}

static int lock_and_get(struct ipu_context *ctx, const char *name, void *data, size_t bytes,
			uint64_t *shape)
{
	int err = ipu_context_lock(ctx);

	if (err)
		return err;
	err = get_tensor(ctx, name, data, bytes, shape);
	pthread_mutex_unlock(&ctx->lock);
	return err;
}

int ipu_tensor_rows(struct ipu_context *ctx, const char *name, uint64_t *rows)
{
	uint64_t held[IPU_NOTE_MAX_DIMS];
	int err = lock_and_get(ctx, name, NULL, 0, held);

	if (!err)
		*rows = held[0];
	return err;
}

int ipu_tensor_shape(struct ipu_context *ctx, const char *name, uint64_t *shape)
{
	uint64_t held[IPU_NOTE_MAX_DIMS];
	int err = lock_and_get(ctx, name, NULL, 0, held);

	if (!err)
		memcpy(shape, held, sizeof(held));
	return err;
}

int ipu_tensor_get(struct ipu_context *ctx, const char *name, void *data, size_t bytes,
		   uint64_t *rows)
{
	uint64_t held[IPU_NOTE_MAX_DIMS];
	int err = lock_and_get(ctx, name, data, bytes, held);

	if (!err && rows)
		*rows = held[0];
	return err;
}
