/* SPDX-License-Identifier: MIT */
/*
 * A filter over the neighbours of each element, for tests of halos: the sum over a square of
 * 2 * DEPTH + 1, and what is outside counts as zero. Sharded by rows, or with -DGRID in a grid.
 * Before and after the tensor's own rows and columns there must be what the neighbours have.
 */
#include <ipu/tile.h>

#ifndef DEPTH
#define DEPTH 1
#endif
#define ROWS 40 /* on a tile, at most */
#ifdef GRID
#define COLUMNS 40
#define LAYOUT IPU_GRID
#else
#define COLUMNS 37
#define LAYOUT IPU_SHARDED
#endif

IPU_INPUT_HALO(int32_t, x, LAYOUT, DEPTH, ROWS, COLUMNS);
IPU_BUFFER_HALO(int32_t, squares, LAYOUT, DEPTH, ROWS, COLUMNS);
IPU_OUTPUT(int32_t, y, LAYOUT, ROWS, COLUMNS);
/* Of each row, where it is in the whole. */
IPU_OUTPUT(uint32_t, where, IPU_SHARDED, ROWS, 4);

static uint32_t columns(void)
{
#ifdef GRID
	return IPU_COLUMNS(x);
#else
	return COLUMNS;
#endif
}

/* Elements of row @row around column @column; in a grid the rows have a halo, too. */
static int32_t sum_row(uint32_t row, uint32_t column)
{
	int32_t sum = 0;

	for (int32_t dx = -DEPTH; dx <= DEPTH; dx++) {
#ifdef GRID
		const int32_t at = (int32_t)column + DEPTH + dx;
#else
		const int32_t at = (int32_t)column + dx;

		if (at < 0 || at >= COLUMNS)
			continue;
#endif
		sum += x[row][at] + squares[row][at];
	}
	return sum;
}

static void filter(void *arg)
{
	const struct ipu_range range = ipu_worker_range(IPU_ROWS(y));

	(void)arg;
	for (uint32_t row = range.begin; row < range.end; row++)
		for (uint32_t column = 0; column < columns(); column++) {
			int32_t sum = 0;

			for (uint32_t dy = 0; dy <= 2 * DEPTH; dy++)
				sum += sum_row(row + dy, column);
			y[row][column] = sum;
		}
}

static void square(void)
{
#ifdef GRID
	const uint32_t left = DEPTH;
#else
	const uint32_t left = 0;
#endif

	IPU_SAME_PLACE(squares, x);
	for (uint32_t row = DEPTH; row < DEPTH + IPU_ROWS(x); row++)
		for (uint32_t column = left; column < left + columns(); column++)
			squares[row][column] = x[row][column] * x[row][column];
}

int main(void)
{
	/* Twice, and the tables are those of the first time. */
	square();
	IPU_EXCHANGE_HALO(x);
	IPU_EXCHANGE_HALO(squares);
	IPU_EXCHANGE_HALO(x);
	IPU_SAME_PLACE(y, x);
	ipu_run_workers(filter, NULL);

	IPU_ROWS(where) = columns() ? IPU_ROWS(x) : 0;
	for (uint32_t row = 0; row < IPU_ROWS(where); row++) {
		where[row][0] = IPU_FIRST_ROW(x) + row;
		where[row][1] = IPU_TOTAL_ROWS(x);
		where[row][2] = ipu_tile_id();
#ifdef GRID
		where[row][3] = IPU_TILE_OF(x, IPU_FIRST_ROW(x) + row, IPU_FIRST_COLUMN(x));
#else
		where[row][3] = IPU_TILE_OF_ROW(x, IPU_FIRST_ROW(x) + row);
#endif
	}
	return 0;
}
