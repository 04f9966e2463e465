// SPDX-License-Identifier: MIT
/*
 * Outputs: their elements, and the rows words that say how many there are, come from the
 * tiles in the job of the run. How many rows there will be is a guess. What was not copied
 * then, because there are more, or too many, or it was not read after the last run, is
 * copied when it is asked for: first the words, then the elements through the staging
 * buffer.
 */
#include <errno.h>
#include <string.h>

#include "ipu_grid.h"
#include "ipu_shard.h"
#include "ipu_tensor.h"

/* A run's job copies no more out, since nobody may want it. */
#define FETCH_MAX (16u * 1024 * 1024)

/* Tiles an output is read from. */
static uint32_t source_tiles(const struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	return tensor->desc.layout == IPU_BROADCAST ? 1 : ctx->tiles;
}

/* A copy of an output's rows words. */
static struct ipu_copy words_copy(const struct ipu_context *ctx, const struct ipu_tensor *tensor,
				  uint64_t va)
{
	struct ipu_copy copy = ipu_word_copy(ctx, tensor->rows, va);

	copy.tile_count = source_tiles(ctx, tensor);
	return copy;
}

/* ---- With the run ---- */

static uint64_t tile_bytes(const struct ipu_tensor *tensor, const struct ipu_output *output)
{
	return (uint64_t)output->rows * tensor->desc.row_bytes;
}

/* As many as last time, or the first time as many as the inputs have. */
static uint32_t guess_rows(const struct ipu_context *ctx, const struct ipu_tensor *tensor,
			   const struct ipu_output *output)
{
	uint32_t rows = output->most;

	if (!rows && tensor->desc.layout == IPU_SHARDED)
		rows = ctx->input_rows;
	return rows && rows < tensor->desc.shape[0] ? rows : tensor->desc.shape[0];
}

/* Decide where each output goes. Return: bytes of all. */
static size_t plan(struct ipu_context *ctx)
{
	size_t used = 0;

	for (size_t i = 0; i < ctx->program->tensor_count; i++) {
		const struct ipu_tensor *tensor = &ctx->program->tensors[i];
		struct ipu_output *output = &ctx->outputs[i];
		uint64_t tiles = source_tiles(ctx, tensor), bytes;

		if (!(tensor->desc.direction & IPU_TENSOR_OUT) || !output->wanted ||
		    tensor->desc.direction & IPU_TENSOR_STREAM || tensor->desc.layout == IPU_GRID)
			continue;
		output->rows = guess_rows(ctx, tensor, output);
		bytes = ipu_tensor_padded(tiles * IPU_ROWS_WORD) +
			ipu_tensor_padded(tiles * tile_bytes(tensor, output));
		if (used + bytes > FETCH_MAX)
			continue;
		output->fetched = true;
		output->words = used;
		output->data = used + ipu_tensor_padded(tiles * IPU_ROWS_WORD);
		used += bytes;
	}
	return used;
}

static int add_copies(struct ipu_context *ctx, const struct ipu_tensor *tensor,
		      const struct ipu_output *output)
{
	struct ipu_copy copy = words_copy(ctx, tensor, ctx->fetch_va + output->words);
	int err = ipu_cmds_copy_from_tiles(ctx->setup, &copy);

	copy.tile_addr = tensor->data;
	copy.row_bytes = (uint32_t)tile_bytes(tensor, output);
	copy.host_va = ctx->fetch_va + output->data;
	copy.host_tile_stride = copy.row_bytes;
	return err ? err : ipu_cmds_copy_from_tiles(ctx->setup, &copy);
}

int ipu_fetch_add(struct ipu_context *ctx)
{
	size_t bytes;
	int err = 0;

	ipu_fetch_drop(ctx);
	if (atomic_load(&ctx->debugged))
		return 0;
	bytes = plan(ctx);
	if (bytes)
		err = ipu_context_buffer(ctx, bytes, &ctx->fetch, &ctx->fetch_va);
	for (size_t i = 0; !err && i < ctx->program->tensor_count; i++)
		if (ctx->outputs[i].fetched)
			err = add_copies(ctx, &ctx->program->tensors[i], &ctx->outputs[i]);
	if (err) {
		ipu_fetch_drop(ctx);
		return err;
	}
	/* What is not read after this run is not copied along with the next. */
	for (size_t i = 0; i < ctx->program->tensor_count; i++)
		if (ctx->outputs[i].fetched)
			ctx->outputs[i].wanted = false;
	atomic_store(&ctx->ahead, true);
	return 0;
}

void ipu_fetch_drop(struct ipu_context *ctx)
{
	for (size_t i = 0; ctx->program && i < ctx->program->tensor_count; i++)
		ctx->outputs[i].fetched = false;
}

static struct ipu_output *output_of(struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	return &ctx->outputs[tensor - ctx->program->tensors];
}

/* The rows words of the last run, or those in the staging buffer. */
static const uint32_t *words_of(struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	const struct ipu_output *output = output_of(ctx, tensor);
	const unsigned char *fetched = output->fetched ? ctx->fetch->data : ctx->stage->data;

	return (const void *)(fetched + (output->fetched ? output->words : 0));
}

static void get_fetched(struct ipu_context *ctx, const struct ipu_tensor *tensor,
			unsigned char *data)
{
	const struct ipu_output *output = output_of(ctx, tensor);
	const unsigned char *from = ctx->fetch->data;
	const uint32_t *words = words_of(ctx, tensor);

	from += output->data;
	for (uint32_t tile = 0; tile < source_tiles(ctx, tensor); tile++) {
		size_t bytes = (size_t)words[tile] * tensor->desc.row_bytes;

		memcpy(data, from + tile * tile_bytes(tensor, output), bytes);
		data += bytes;
	}
}

/* ---- When they are asked for ---- */

/* Where elements start in the staging buffer, behind the rows words. */
static size_t data_offset(const struct ipu_context *ctx)
{
	return ipu_tensor_padded(ctx->tiles * IPU_ROWS_WORD);
}

/* How many bytes of elements fit into the staging buffer; at least those of one tile. */
static size_t data_room(const struct ipu_context *ctx)
{
	return ctx->stage->size - data_offset(ctx);
}

/* Have room for @bytes of elements, or for as many as are moved at a time; nothing waits. */
static int make_room(struct ipu_context *ctx, uint64_t bytes)
{
	size_t room = IPU_STAGE_MIN;

	while (room < bytes && room < IPU_STAGE_MAX)
		room *= 2;
	return ipu_context_stage(ctx, data_offset(ctx) + room);
}

static unsigned char *stage_data(struct ipu_context *ctx)
{
	return (unsigned char *)ctx->stage->data + data_offset(ctx);
}

static uint64_t stage_data_va(const struct ipu_context *ctx)
{
	return ctx->stage_va + data_offset(ctx);
}

static int copy_words(struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	struct ipu_copy copy;
	/* What waits uses the staging buffer. */
	int err = ipu_tensor_flush(ctx);

	if (!err)
		err = make_room(ctx, 0);
	if (err)
		return err;
	copy = words_copy(ctx, tensor, ctx->stage_va);
	err = ipu_cmds_copy_from_tiles(ctx->setup, &copy);
	return err ? err : ipu_tensor_flush(ctx);
}

/* Read the rows words, and add them up. */
static int get_rows(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint64_t *rows)
{
	struct ipu_output *output = output_of(ctx, tensor);
	const uint32_t *words;
	int err = output->fetched ? 0 : copy_words(ctx, tensor);

	if (err)
		return err;
	output->wanted = true;
	output->most = 0;
	words = words_of(ctx, tensor);
	*rows = 0;
	for (uint32_t tile = 0; tile < source_tiles(ctx, tensor); tile++) {
		if (words[tile] > tensor->desc.shape[0])
			return ipu_fail(-ERANGE,
					"The program says that tile %u holds %u rows of "
					"\"%s\", and there is room for %u: it must set the row "
					"count to no more.",
					tile, words[tile], tensor->desc.name,
					tensor->desc.shape[0]);
		*rows += words[tile];
		if (output->most < words[tile])
			output->most = words[tile];
	}
	return 0;
}

/* Bytes of elements that get_chunk() reads if it can do so all at once. */
static uint64_t padded_bytes(struct ipu_context *ctx, const struct ipu_tensor *tensor)
{
	return (uint64_t)output_of(ctx, tensor)->most * tensor->desc.row_bytes *
	       source_tiles(ctx, tensor);
}

/* The tiles from @tile on whose elements fit into the staging buffer, and the most rows of one. */
static uint32_t plan_chunk(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint32_t tile,
			   uint32_t *most)
{
	uint32_t tiles = source_tiles(ctx, tensor);
	uint32_t end = tile;

	*most = 0;
	while (end < tiles) {
		uint32_t rows = words_of(ctx, tensor)[end];
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
		*err = ipu_tensor_flush(ctx);
	if (*err)
		return NULL;
	for (uint32_t i = 0; i < count; i++) {
		size_t bytes = (size_t)words_of(ctx, tensor)[tile + i] * row_bytes;

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
	const struct ipu_output *output;
	const struct ipu_tensor *tensor;
	uint64_t *rows = &shape[0];
	int err = ipu_tensor_find(ctx, name, IPU_TENSOR_OUT, &tensor);

	if (err)
		return err;
	for (uint32_t i = 0; i < IPU_NOTE_MAX_DIMS; i++)
		shape[i] = tensor->desc.shape[i];
	if (tensor->desc.layout == IPU_GRID)
		return get_grid(ctx, tensor, data, bytes, shape);
	err = get_rows(ctx, tensor, rows);
	if (err || !data)
		return err;
	if (*rows * tensor->desc.row_bytes > bytes)
		return ipu_fail(-ENOSPC,
				"Tensor \"%s\" has %llu rows of %u bytes, and there is "
				"room for %zu bytes.",
				name, (unsigned long long)*rows, tensor->desc.row_bytes, bytes);
	output = output_of(ctx, tensor);
	if (output->fetched && output->most <= output->rows) {
		get_fetched(ctx, tensor, data);
		return 0;
	}
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
