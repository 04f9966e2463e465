// SPDX-License-Identifier: MIT
/*
 * Tensors in a grid of tiles: each tile has a block of rows and columns. The blocks of
 * neighbouring tiles that are equally large are moved by one command, through the staging
 * buffer, which has block after block.
 */
#include <errno.h>
#include <string.h>

#include "ipu_grid.h"
#include "ipu_shard.h"
#include "ipu_tensor.h"

/* The most rows that a grid of IPU_MAX_TILES or fewer has, and more. */
#define MAX_GRID 128
#define WORD sizeof(uint32_t)

/**
 * struct io - a transfer
 * @ctx: the context
 * @tensor: the tensor
 * @grid: of its tiles
 * @unit: bytes of a column of a row
 * @sent: commands were submitted
 */
struct io {
	struct ipu_context *ctx;
	const struct ipu_tensor *tensor;
	struct ipu_grid grid;
	uint32_t unit;
	bool *sent;
};

/* The staging buffer is not smaller then than a block, or the words of all tiles. */
static int io_open(struct io *io, struct ipu_context *ctx, const struct ipu_tensor *tensor,
		   uint64_t bytes, bool *sent)
{
	uint64_t least = 2 * WORD * ctx->tiles;
	uint64_t block = (uint64_t)tensor->desc.row_bytes * tensor->desc.shape[0];
	int err;

	if (least < block)
		least = block;
	if (bytes > IPU_STAGE_MAX)
		bytes = IPU_STAGE_MAX;
	*io = (struct io){
		.ctx = ctx,
		.tensor = tensor,
		.grid = ipu_grid_of(ctx->tiles),
		.unit = tensor->desc.row_bytes / tensor->desc.shape[1],
		.sent = sent,
	};
	*sent = false;
	if (io->grid.rows > MAX_GRID)
		return ipu_fail(-E2BIG,
				"A grid of %u tiles has more rows than this libipu knows, %d: use "
				"fewer tiles.",
				ctx->tiles, MAX_GRID);
	/* What waits uses the buffer. */
	err = ipu_tensor_flush(ctx);
	return err ? err : ipu_context_stage(ctx, bytes < least ? least : bytes);
}

static int io_submit(struct io *io)
{
	*io->sent = true;
	return ipu_context_submit_setup(io->ctx);
}

/* One word of every tile, at tile address @addr, with the words at @at in the buffer. */
static struct ipu_copy words_copy(const struct io *io, uint32_t addr, uint64_t at)
{
	return ipu_word_copy(io->ctx, addr, io->ctx->stage_va + at);
}

static uint32_t columns_addr(const struct io *io)
{
	return io->tensor->place + (uint32_t)offsetof(struct ipu_place, columns);
}

static int fill_place(struct ipu_context *ctx, const struct ipu_tensor *tensor, size_t member,
		      uint64_t value)
{
	return ipu_cmds_fill(ctx->setup, 0, ctx->tiles, tensor->place + (uint32_t)member, WORD,
			     (uint32_t)value);
}

int ipu_place_add(struct ipu_context *ctx, const struct ipu_tensor *tensor, uint64_t rows,
		  uint64_t full_rows)
{
	int err;

	if (!tensor->place)
		return 0;
	err = fill_place(ctx, tensor, offsetof(struct ipu_place, total_rows), rows);
	return err ? err :
		     fill_place(ctx, tensor, offsetof(struct ipu_place, full_rows), full_rows);
}

/* ---- To the tiles ------------------------------------------------------------- */

static int set_place(struct io *io, uint64_t rows, const struct ipu_shard *down, uint64_t columns,
		     const struct ipu_shard *across)
{
	struct ipu_context *ctx = io->ctx;
	uint32_t *words = io->ctx->stage->data;
	struct ipu_copy copy = words_copy(io, io->tensor->rows, 0);
	int err;

	for (uint32_t tile = 0; tile < ctx->tiles; tile++) {
		uint32_t row = tile / io->grid.columns, column = tile % io->grid.columns;
		uint64_t held = row < io->grid.rows ? ipu_shard_rows(down, row) : 0;

		words[tile] = (uint32_t)held;
		words[ctx->tiles + tile] = held ? (uint32_t)ipu_shard_rows(across, column) : 0;
	}
	err = ipu_cmds_copy_to_tiles(ctx->setup, &copy);
	copy = words_copy(io, columns_addr(io), ctx->tiles * WORD);
	if (!err)
		err = ipu_cmds_copy_to_tiles(ctx->setup, &copy);
	if (!err)
		err = ipu_place_add(ctx, io->tensor, rows, down->per_tile);
	if (!err)
		err = fill_place(ctx, io->tensor, offsetof(struct ipu_place, grid_columns),
				 io->grid.columns);
	if (!err)
		err = fill_place(ctx, io->tensor, offsetof(struct ipu_place, total_columns),
				 columns);
	if (!err)
		err = fill_place(ctx, io->tensor, offsetof(struct ipu_place, full_columns),
				 across->per_tile);
	return err ? err : io_submit(io);
}

/**
 * struct run - tiles side by side that have blocks of the same size
 * @tile: the first one
 * @count: how many
 * @rows: of a block
 * @columns: of a block
 * @at: the first one's first element in the caller's array
 * @pitch: bytes from row to row there
 */
struct run {
	uint32_t tile;
	uint32_t count;
	uint64_t rows;
	uint64_t columns;
	uint64_t at;
	uint64_t pitch;
};

typedef int (*move_fn)(struct io *io, const struct run *run, unsigned char *data);

static struct ipu_copy run_copy(const struct io *io, const struct run *run)
{
	uint64_t row_bytes = run->columns * io->unit;

	return (struct ipu_copy){
		.size = sizeof(struct ipu_copy),
		.tile_first = run->tile,
		.tile_count = run->count,
		.tile_addr = io->tensor->data,
		.row_bytes = (uint32_t)row_bytes,
		.rows = (uint32_t)run->rows,
		.tile_row_stride = io->tensor->pitch,
		.host_va = io->ctx->stage_va,
		.host_tile_stride = row_bytes * run->rows,
		.host_row_stride = row_bytes,
	};
}

/* Between the caller's rows of a run, and the blocks in the buffer. */
static void pack(const struct io *io, const struct run *run, unsigned char *data, bool out)
{
	uint64_t row_bytes = run->columns * io->unit;
	unsigned char *block = io->ctx->stage->data;

	for (uint32_t i = 0; i < run->count; i++)
		for (uint64_t row = 0; row < run->rows; row++) {
			unsigned char *user = data + run->at + i * row_bytes + row * run->pitch;

			memcpy(out ? user : block, out ? block : user, row_bytes);
			block += row_bytes;
		}
}

static int to_tiles(struct io *io, const struct run *run, unsigned char *data)
{
	const struct ipu_copy copy = run_copy(io, run);
	int err;

	pack(io, run, data, false);
	err = ipu_cmds_copy_to_tiles(io->ctx->setup, &copy);
	return err ? err : io_submit(io);
}

static int from_tiles(struct io *io, const struct run *run, unsigned char *data)
{
	const struct ipu_copy copy = run_copy(io, run);
	int err = ipu_cmds_copy_from_tiles(io->ctx->setup, &copy);

	if (!err)
		err = io_submit(io);
	if (!err)
		pack(io, run, data, true);
	return err;
}

/* A run, in as many parts as the buffer makes of it. */
static int move_run(struct io *io, struct run run, unsigned char *data, move_fn move)
{
	uint64_t block = run.rows * run.columns * io->unit;
	uint32_t left = run.count;
	int err = 0;

	while (!err && block && left) {
		uint64_t most = io->ctx->stage->size / block;

		run.count = left < most ? left : (uint32_t)most;
		err = move(io, &run, data);
		run.tile += run.count;
		run.at += run.count * run.columns * io->unit;
		left -= run.count;
	}
	return err;
}

/* ---- Both ---------------------------------------------------------------------- */

/**
 * struct extent - the rows and columns of a grid's tiles, as they are distributed
 * @rows: of a tile of each row of the grid
 * @columns: of a tile of each column
 * @total_rows: their sum
 * @total_columns: their sum
 */
struct extent {
	uint32_t rows[MAX_GRID];
	uint32_t columns[MAX_GRID];
	uint64_t total_rows;
	uint64_t total_columns;
};

static int move_all(struct io *io, const struct extent *extent, unsigned char *data, move_fn move)
{
	const uint64_t pitch = extent->total_columns * io->unit;
	uint64_t first_row = 0;
	int err = 0;

	for (uint32_t row = 0; !err && row < io->grid.rows; row++) {
		uint64_t first_column = 0;
		uint32_t end;

		for (uint32_t begin = 0; !err && begin < io->grid.columns; begin = end) {
			struct run run = {
				.tile = row * io->grid.columns + begin,
				.rows = extent->rows[row],
				.columns = extent->columns[begin],
				.at = first_row * pitch + first_column * io->unit,
				.pitch = pitch,
			};

			for (end = begin; end < io->grid.columns &&
					  extent->columns[end] == extent->columns[begin];
			     end++)
				first_column += extent->columns[end];
			run.count = end - begin;
			err = move_run(io, run, data, move);
		}
		first_row += extent->rows[row];
	}
	return err;
}

static int check_capacity(struct ipu_context *ctx, const struct ipu_tensor *tensor,
			  const char *what, uint64_t wanted, uint64_t per_tile, uint32_t most,
			  uint32_t tiles)
{
	if (per_tile <= most)
		return 0;
	return ipu_fail(-E2BIG,
			"Tensor \"%s\" has room for %u %s on a tile, %llu on the %u tiles that the "
			"grid of the context's %u tiles has there, and %llu were given: use more "
			"tiles, or give the tensor more %s in the program.",
			tensor->desc.name, most, what, (unsigned long long)most * tiles, tiles,
			ctx->tiles, (unsigned long long)wanted, what);
}

/* How many columns @bytes bytes are, of @rows rows. */
static int count_columns(const struct ipu_tensor *tensor, size_t bytes, uint64_t rows,
			 uint64_t *columns)
{
	uint32_t unit = tensor->desc.row_bytes / tensor->desc.shape[1];

	*columns = 0;
	if (!rows && !bytes)
		return 0;
	if (rows && rows <= UINT64_MAX / unit && bytes % (rows * unit) == 0) {
		*columns = bytes / (rows * unit);
		return 0;
	}
	return ipu_fail(-EINVAL,
			"Tensor \"%s\" has columns of %u bytes, and %zu bytes are no whole number "
			"of columns for %llu rows: are the elements %s?",
			tensor->desc.name, unit, bytes, (unsigned long long)rows,
			ipu_dtype_name(tensor->desc.dtype));
}

int ipu_grid_set(struct ipu_context *ctx, const struct ipu_tensor *tensor, const void *data,
		 size_t bytes, uint64_t rows, bool *sent)
{
	const struct ipu_grid grid = ipu_grid_of(ctx->tiles);
	const uint32_t *most = tensor->desc.shape;
	struct ipu_shard down, across;
	struct extent extent = { 0 };
	uint64_t columns;
	struct io io;
	int err;

	*sent = false;
	err = count_columns(tensor, bytes, rows, &columns);
	if (err)
		return err;
	down = ipu_shard(rows, grid.rows);
	across = ipu_shard(columns, grid.columns);
	err = check_capacity(ctx, tensor, "rows", rows, down.per_tile, most[0], grid.rows);
	if (!err)
		err = check_capacity(ctx, tensor, "columns", columns, across.per_tile, most[1],
				     grid.columns);
	if (!err)
		err = io_open(&io, ctx, tensor, bytes, sent);
	if (err)
		return err;
	for (uint32_t i = 0; i < grid.rows; i++)
		extent.rows[i] = (uint32_t)ipu_shard_rows(&down, i);
	for (uint32_t i = 0; i < grid.columns; i++)
		extent.columns[i] = (uint32_t)ipu_shard_rows(&across, i);
	extent.total_rows = rows;
	extent.total_columns = columns;

	err = set_place(&io, rows, &down, columns, &across);
	if (!err)
		err = move_all(&io, &extent, (unsigned char *)(uintptr_t)data, to_tiles);
	return err;
}

/* ---- From the tiles ------------------------------------------------------------ */

static int fail_held(const struct io *io, uint32_t tile, const char *what, uint32_t held,
		     uint32_t most)
{
	return ipu_fail(-ERANGE,
			"The program says that tile %u holds %u %s of \"%s\", and there is room "
			"for %u: it must set the count to no more.",
			tile, held, what, io->tensor->desc.name, most);
}

static int fail_uneven(const struct io *io, uint32_t tile, uint32_t held, uint32_t other,
		       uint32_t others, const char *what, const char *same)
{
	return ipu_fail(-ERANGE,
			"The program says that tile %u holds %u %s of \"%s\", and tile %u, in the "
			"same %s of the grid, %u: they must have the same number.",
			tile, held, what, io->tensor->desc.name, other, same, others);
}

static int check_extent(const struct io *io, const uint32_t *rows, const uint32_t *columns,
			struct extent *extent)
{
	const uint32_t *most = io->tensor->desc.shape;
	const uint32_t across = io->grid.columns;

	for (uint32_t tile = 0; tile < io->grid.rows * across; tile++) {
		uint32_t left = tile / across * across, top = tile % across;

		if (rows[tile] > most[0])
			return fail_held(io, tile, "rows", rows[tile], most[0]);
		if (columns[tile] > most[1])
			return fail_held(io, tile, "columns", columns[tile], most[1]);
		if (rows[tile] != rows[left])
			return fail_uneven(io, tile, rows[tile], left, rows[left], "rows", "row");
		/* A tile without rows has no columns, whatever those above it have. */
		if (columns[tile] != columns[top] && rows[tile])
			return fail_uneven(io, tile, columns[tile], top, columns[top], "columns",
					   "column");
	}
	for (uint32_t i = 0; i < io->grid.rows; i++) {
		extent->rows[i] = rows[i * across];
		extent->total_rows += extent->rows[i];
	}
	for (uint32_t i = 0; i < across; i++) {
		extent->columns[i] = columns[i];
		extent->total_columns += extent->columns[i];
	}
	return 0;
}

static int get_extent(struct io *io, struct extent *extent)
{
	struct ipu_copy rows = words_copy(io, io->tensor->rows, 0);
	struct ipu_copy columns = words_copy(io, columns_addr(io), io->ctx->tiles * WORD);
	const uint32_t *words = io->ctx->stage->data;
	int err = ipu_cmds_copy_from_tiles(io->ctx->setup, &rows);

	if (!err)
		err = ipu_cmds_copy_from_tiles(io->ctx->setup, &columns);
	if (!err)
		err = io_submit(io);
	return err ? err : check_extent(io, words, words + io->ctx->tiles, extent);
}

int ipu_grid_get(struct ipu_context *ctx, const struct ipu_tensor *tensor, void *data, size_t bytes,
		 uint64_t *rows, uint64_t *columns, bool *sent)
{
	struct extent extent = { 0 };
	struct io io;
	uint64_t needed;
	int err = io_open(&io, ctx, tensor, bytes, sent);

	if (err)
		return err;
	err = get_extent(&io, &extent);
	/* What was copied out changed nothing on the tiles. */
	if (err == -ERANGE)
		*sent = false;
	needed = extent.total_rows * extent.total_columns * io.unit;
	if (!err && data && needed > bytes) {
		*sent = false;
		err = ipu_fail(-ENOSPC,
			       "Tensor \"%s\" has %llu rows and %llu columns of %u bytes, and "
			       "there is room for %zu bytes.",
			       tensor->desc.name, (unsigned long long)extent.total_rows,
			       (unsigned long long)extent.total_columns, io.unit, bytes);
	}
	if (!err && data)
		err = move_all(&io, &extent, data, from_tiles);
	if (!err) {
		*rows = extent.total_rows;
		*columns = extent.total_columns;
	}
	return err;
}
