/* SPDX-License-Identifier: MIT */
/*
 * Which part of a tensor a tile holds, and the rows and columns next to it that other
 * tiles hold: the halo. Included by <ipu/tile.h>.
 *
 *	IPU_INPUT_HALO(float, x, IPU_SHARDED, 1, 64, 1024);
 *
 * declares the array `float x[1 + 64 + 1][1024]`, of which the host fills the rows from 1
 * on, IPU_ROWS(x) of them. IPU_EXCHANGE_HALO(x) pulls the row before them into row 0, and
 * the one behind them into row 1 + IPU_ROWS(x), from the tiles that hold them, whichever
 * these are. What lies outside the whole tensor is zero, or what the program writes there
 * after IPU_MAKE_HALO(x).
 */
#ifndef IPU_SHARD_H
#define IPU_SHARD_H

#include <ipu/tile.h>

/* ---- Where a tile's part is ------------------------------------------------------- */

/** ipu_first_row - the first row of the whole tensor that this tile holds; see IPU_FIRST_ROW() */
IPU_INLINE_ uint32_t ipu_first_row(const struct ipu_place *place)
{
	uint32_t first = ipu_tile_id() / place->grid_columns * place->full_rows;

	return first < place->total_rows ? first : place->total_rows;
}

/** ipu_first_column - likewise for columns, in a grid */
IPU_INLINE_ uint32_t ipu_first_column(const struct ipu_place *place)
{
	uint32_t first = ipu_tile_id() % place->grid_columns * place->full_columns;

	return first < place->total_columns ? first : place->total_columns;
}

/**
 * IPU_FIRST_ROW - this tile's first row of a tensor, counted in the whole tensor
 * @name: the tensor, an input or one that was named in IPU_SAME_PLACE()
 *
 * On a tile without rows it is IPU_TOTAL_ROWS(@name); of a broadcast tensor it is 0.
 */
#define IPU_FIRST_ROW(name) ipu_first_row(&IPU_PLACE(name))

/** IPU_TOTAL_ROWS - rows of the whole tensor */
#define IPU_TOTAL_ROWS(name) (IPU_PLACE(name).total_rows)

/** IPU_FIRST_COLUMN - this tile's first column of a tensor in a grid, as IPU_FIRST_ROW() */
#define IPU_FIRST_COLUMN(name) ipu_first_column(&IPU_PLACE(name))

/** IPU_TOTAL_COLUMNS - columns of the whole tensor, which is in a grid */
#define IPU_TOTAL_COLUMNS(name) (IPU_PLACE(name).total_columns)

/** IPU_TILE_OF_ROW - the tile that holds a row of a sharded tensor; @row is below the total */
#define IPU_TILE_OF_ROW(name, row) ((row) / IPU_PLACE(name).full_rows)

/** IPU_TILE_OF - the tile that holds a row and column of a tensor in a grid */
#define IPU_TILE_OF(name, row, column)                                      \
	((row) / IPU_PLACE(name).full_rows * IPU_PLACE(name).grid_columns + \
	 (column) / IPU_PLACE(name).full_columns)

/**
 * IPU_SAME_PLACE - distribute a tensor as another one
 * @to: an output, or a buffer
 * @from: of the same layout
 *
 * @to has the rows, and in a grid the columns, of @from on this tile.
 */
#define IPU_SAME_PLACE(to, from)                 \
	do {                                     \
		IPU_ROWS(to) = IPU_ROWS(from);   \
		IPU_PLACE(to) = IPU_PLACE(from); \
	} while (0)

/* ---- Halos ------------------------------------------------------------------------ */

/**
 * struct ipu_halo - the halo of an array, and the transfers that fill it
 * @table: room for the transfers
 * @room: how many
 * @rows: IPU_ROWS() of the tensor
 * @place: IPU_PLACE() of the tensor
 * @data: the tile's first element
 * @pitch: bytes from a row to the next
 * @unit: bytes of a column
 * @depth: rows above and below, and in a grid columns on the left and right
 * @grid: there are columns
 * @count: transfers in the table
 * @made_for: what they were made for: @place
 * @made_rows: and @rows
 *
 * The macros below make one for each tensor that they declare. The transfers are made by
 * ipu_make_halo().
 */
struct ipu_halo {
	struct ipu_xfer *table;
	uint32_t room;
	const uint32_t *rows;
	const struct ipu_place *place;
	void *data;
	uint32_t pitch;
	uint32_t unit;
	uint32_t depth;
	bool grid;
	uint32_t count;
	struct ipu_place made_for;
	uint32_t made_rows;
};

#ifdef __cplusplus
extern "C" {
#endif

/**
 * ipu_make_halo - make the transfers, and set the halo to zero
 * @halo: of one array
 *
 * For a program that wants something else than zero outside the whole tensor, and so writes
 * it afterwards. Where it is not called the first exchange does the same, and so does one after
 * the host has given the tensor another shape. Supervisor only; not an exchange.
 */
void ipu_make_halo(struct ipu_halo *halo);

/**
 * ipu_exchange_halo - pull the rows and columns around a tile's own from where they are
 * @halo: of one array
 *
 * An exchange, in which every tile must take part, also one that holds nothing. Supervisor
 * only. With IPU_GRID the corners are filled, too. What lies outside the whole tensor is
 * not written.
 */
void ipu_exchange_halo(struct ipu_halo *halo);

#ifdef __cplusplus
}
#endif

/** IPU_EXCHANGE_HALO - ipu_exchange_halo() for a tensor or buffer that has a halo */
#define IPU_EXCHANGE_HALO(name) ipu_exchange_halo(&ipu_halo_##name)

/** IPU_MAKE_HALO - ipu_make_halo() for a tensor or buffer that has a halo */
#define IPU_MAKE_HALO(name) ipu_make_halo(&ipu_halo_##name)

/**
 * IPU_INPUT_HALO - IPU_INPUT() with room for a halo around what the tile holds
 * @type: a type of 4 bytes; or a smaller one, if what is pulled has whole words: a row, and
 *	with IPU_GRID an element of the first two dimensions
 * @name: C identifier
 * @layout: IPU_SHARDED or IPU_GRID
 * @depth: how many rows before and behind, at least 1; with IPU_GRID as many columns
 * @...: as for IPU_INPUT(), without the halo
 *
 * The array has 2 * @depth more rows than the first dimension says, and the tile's own begin
 * at row @depth; with IPU_GRID the same holds for columns. The number of rows that other
 * tiles have does not matter: a halo can come from several.
 */
#define IPU_INPUT_HALO(type, name, layout, depth, ...)                      \
	IPU_TENSOR_(type, name, IPU_TENSOR_IN, layout, depth, __VA_ARGS__); \
	IPU_HALO_(name, layout, depth, __VA_ARGS__)

/** IPU_OUTPUT_HALO - IPU_OUTPUT() with a halo; arguments as for IPU_INPUT_HALO() */
#define IPU_OUTPUT_HALO(type, name, layout, depth, ...)                      \
	IPU_TENSOR_(type, name, IPU_TENSOR_OUT, layout, depth, __VA_ARGS__); \
	IPU_HALO_(name, layout, depth, __VA_ARGS__)

/** IPU_INOUT_HALO - IPU_INOUT() with a halo; arguments as for IPU_INPUT_HALO() */
#define IPU_INOUT_HALO(type, name, layout, depth, ...)                                       \
	IPU_TENSOR_(type, name, IPU_TENSOR_IN | IPU_TENSOR_OUT, layout, depth, __VA_ARGS__); \
	IPU_HALO_(name, layout, depth, __VA_ARGS__)

/**
 * IPU_BUFFER_HALO - an array with a halo that the host does not know
 *
 * Arguments as for IPU_INPUT_HALO(). It has no rows before IPU_SAME_PLACE() names it. Its
 * elements start as zero when the program is loaded.
 */
#define IPU_BUFFER_HALO(type, name, layout, depth, ...)                                        \
	type IPU_TENSOR_ARRAY_(name, layout, depth, __VA_ARGS__) __attribute__((aligned(64))); \
	uint32_t ipu_rows_##name;                                                              \
	struct ipu_place ipu_place_##name = { 0, 0, 0, 1, 0, 0 };                              \
	IPU_HALO_(name, layout, depth, __VA_ARGS__)

/*
 * Transfers of a halo at most: sharded, each row from another tile. In a grid each of the
 * columns beside a row can be on another tile, and so can those of a row above or below, with
 * the tile's own columns as one more.
 */
#define IPU_HALO_ROOM_(layout, depth, rows) \
	((layout) == IPU_GRID ? 2 * (depth) * ((rows) + 2 * (depth) + 1) : 2 * (depth))

#define IPU_HALO_(name_, layout_, depth_, ...)                                                     \
	_Static_assert((layout_) == IPU_SHARDED || (layout_) == IPU_GRID,                          \
		       "tensor " #name_ ": one with a halo is IPU_SHARDED or IPU_GRID");           \
	_Static_assert((depth_) > 0, "tensor " #name_ ": a halo has a depth of 1 or more");        \
	_Static_assert((layout_) != IPU_GRID || IPU_COUNT_(__VA_ARGS__) >= 2,                      \
		       "tensor " #name_ ": in a grid it has two dimensions or more");              \
	_Static_assert(((layout_) == IPU_GRID ? IPU_TENSOR_UNIT_(name_, depth_, __VA_ARGS__) :     \
						sizeof((name_)[0])) %                              \
				       4 ==                                                        \
			       0,                                                                  \
		       "tensor " #name_ ": what is exchanged has whole words of 4 bytes");         \
	static struct ipu_xfer ipu_halo_table_##name_[IPU_HALO_ROOM_(layout_, depth_,              \
								     IPU_FIRST_(__VA_ARGS__, 0))]; \
	struct ipu_halo ipu_halo_##name_ = {                                                       \
		ipu_halo_table_##name_,                                                            \
		sizeof(ipu_halo_table_##name_) / sizeof(ipu_halo_table_##name_[0]),                \
		&ipu_rows_##name_,                                                                 \
		&ipu_place_##name_,                                                                \
		(char *)(name_) + IPU_TENSOR_OFFSET_(name_, layout_, depth_, __VA_ARGS__),         \
		sizeof((name_)[0]),                                                                \
		(layout_) == IPU_GRID ? IPU_TENSOR_UNIT_(name_, depth_, __VA_ARGS__) :             \
					sizeof((name_)[0]),                                        \
		(depth_),                                                                          \
		(layout_) == IPU_GRID,                                                             \
		0,                                                                                 \
		{ 0, 0, 0, 0, 0, 0 },                                                              \
		0                                                                                  \
	};                                                                                         \
	extern struct ipu_halo ipu_halo_##name_

#endif /* IPU_SHARD_H */
