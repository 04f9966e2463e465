/* SPDX-License-Identifier: MIT */
/* Halos: which rows and columns of other tiles a tile pulls, <ipu/shard.h>. */
#include <ipu/tile.h>

/*
 * The part of a tensor that this tile holds, in one form for both layouts: sharded, a row is
 * one column.
 */
struct part {
	uint32_t first_row, rows, total_rows, full_rows;
	uint32_t first_column, columns, total_columns, full_columns;
	uint32_t grid_columns;
	uint32_t side; /* columns of the halo on the left and right */
};

static struct part part_of(const struct ipu_halo *halo)
{
	const struct ipu_place *place = halo->place;
	struct part part = {
		.first_row = ipu_first_row(place),
		.rows = *halo->rows,
		.total_rows = place->total_rows,
		.full_rows = place->full_rows,
		.columns = 1,
		.total_columns = 1,
		.full_columns = 1,
		.grid_columns = 1,
	};

	if (halo->grid) {
		part.first_column = ipu_first_column(place);
		part.columns = place->columns;
		part.total_columns = place->total_columns;
		part.full_columns = place->full_columns;
		part.grid_columns = place->grid_columns;
		part.side = halo->depth;
	}
	return part;
}

/* Add a transfer, or lengthen the last one that goes on with it. */
static void add(struct ipu_halo *halo, struct ipu_xfer xfer)
{
	struct ipu_xfer *last = &halo->table[halo->count - 1];

	if (halo->count && last->src_tile == xfer.src_tile &&
	    last->src_addr + last->bytes == xfer.src_addr &&
	    last->dst_addr + last->bytes == xfer.dst_addr) {
		last->bytes += xfer.bytes;
		return;
	}
	ipu_assert(halo->count < halo->room);
	halo->table[halo->count++] = xfer;
}

/* Pull the columns @begin to @end of row @row, all three counted in the whole tensor. */
static void add_columns(struct ipu_halo *halo, const struct part *part, uint32_t row,
			uint32_t begin, uint32_t end)
{
	const uint32_t tile_row = row / part->full_rows;
	char *from = (char *)halo->data + (row - tile_row * part->full_rows) * halo->pitch;
	/* Where column 0 would be; the pulled ones are on this tile. */
	char *to = (char *)halo->data + (int32_t)(row - part->first_row) * (int32_t)halo->pitch -
		   part->first_column * halo->unit;

	while (begin < end) {
		const uint32_t tile_column = begin / part->full_columns;
		uint32_t stop = (tile_column + 1) * part->full_columns;

		if (stop > end)
			stop = end;
		add(halo, ipu_pull(tile_row * part->grid_columns + tile_column,
				   from + (begin - tile_column * part->full_columns) * halo->unit,
				   to + begin * halo->unit, (stop - begin) * halo->unit));
		begin = stop;
	}
}

static uint32_t before(uint32_t first, uint32_t depth)
{
	return first > depth ? first - depth : 0;
}

static uint32_t behind(uint32_t last, uint32_t depth, uint32_t total)
{
	return total - last > depth ? last + depth : total;
}

/* Zero what is around the tile's own part, some of which is outside the tensor. */
static void clear(const struct ipu_halo *halo, const struct part *part)
{
	const uint32_t own = part->columns * halo->unit, side = part->side * halo->unit;
	char *row = (char *)halo->data - halo->depth * halo->pitch - side;

	for (uint32_t i = 0; i < part->rows + 2 * halo->depth; i++, row += halo->pitch) {
		if (i < halo->depth || i >= halo->depth + part->rows) {
			__builtin_memset(row, 0, own + 2 * side);
		} else if (side) {
			__builtin_memset(row, 0, side);
			__builtin_memset(row + side + own, 0, side);
		}
	}
}

void ipu_make_halo(struct ipu_halo *halo)
{
	const struct part part = part_of(halo);
	const uint32_t end_row = part.first_row + part.rows;
	const uint32_t end_column = part.first_column + part.columns;
	const uint32_t left = before(part.first_column, part.side);
	const uint32_t right = behind(end_column, part.side, part.total_columns);

	clear(halo, &part);
	halo->count = 0;
	halo->made_for = *halo->place;
	halo->made_rows = part.rows;
	if (!part.rows || !part.columns)
		return;
	for (uint32_t row = before(part.first_row, halo->depth);
	     row < behind(end_row, halo->depth, part.total_rows); row++) {
		if (row < part.first_row || row >= end_row) {
			add_columns(halo, &part, row, left, right);
			continue;
		}
		add_columns(halo, &part, row, left, part.first_column);
		add_columns(halo, &part, row, end_column, right);
	}
}

static bool same(const struct ipu_place *a, const struct ipu_place *b)
{
	return a->columns == b->columns && a->total_rows == b->total_rows &&
	       a->full_rows == b->full_rows && a->grid_columns == b->grid_columns &&
	       a->total_columns == b->total_columns && a->full_columns == b->full_columns;
}

void ipu_exchange_halo(struct ipu_halo *halo)
{
	if (halo->made_rows != *halo->rows || !same(&halo->made_for, halo->place))
		ipu_make_halo(halo);
	ipu_exchange(halo->table, halo->count);
}
