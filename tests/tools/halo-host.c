/* SPDX-License-Identifier: MIT */
/*
 * halo-host ELF rows|grid DEPTH TILES...: run tests/tools/tile/blur.c on tensors of many shapes
 * and these numbers of tiles, and compare each element with the host's result. The device is
 * $IPU_DEVICE or the first card.
 *
 * Rows that are no multiple of the tiles, so that the last tiles hold fewer or none; fewer
 * rows on a tile than the halo is deep, so that it comes from several; one row, and none.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu.h>

#define MOST 40 /* rows on a tile, and columns in a grid */
#define COLUMNS 37 /* otherwise */

struct test {
	struct ipu_device *dev;
	struct ipu_program *prog;
	bool grid;
	int depth;
	int32_t *x;
	int32_t *y;
	uint32_t (*where)[4];
};

static int32_t square_and_all(const struct test *test, int rows, int columns, int row, int column)
{
	int32_t x;

	if (row < 0 || row >= rows || column < 0 || column >= columns)
		return 0;
	x = test->x[row * columns + column];
	return x + x * x;
}

static int32_t expected(const struct test *test, int rows, int columns, int row, int column)
{
	int32_t sum = 0;

	for (int dy = -test->depth; dy <= test->depth; dy++)
		for (int dx = -test->depth; dx <= test->depth; dx++)
			sum += square_and_all(test, rows, columns, row + dy, column + dx);
	return sum;
}

/* Everything that the program said; false with a message. */
static bool compare(const struct test *test, int rows, int columns)
{
	for (int row = 0; row < rows; row++)
		for (int column = 0; column < columns; column++) {
			int32_t want = expected(test, rows, columns, row, column);
			int32_t got = test->y[row * columns + column];

			if (want == got)
				continue;
			printf("row %d, column %d: %d instead of %d\n", row, column, got, want);
			return false;
		}
	return true;
}

static bool compare_where(const struct test *test, uint64_t count, int rows)
{
	if (!test->grid && count != (uint64_t)rows) {
		printf("the tiles say where %d rows are, not %d\n", (int)count, rows);
		return false;
	}
	for (uint64_t i = 0; i < count; i++) {
		const uint32_t *where = test->where[i];

		if (where[1] == (uint32_t)rows && where[2] == where[3] &&
		    (test->grid || where[0] == i))
			continue;
		printf("row %u of %u on tile %u, or %u\n", where[0], where[1], where[2], where[3]);
		return false;
	}
	return true;
}

static bool fail(const char *what)
{
	printf("%s: %s\n", what, ipu_error());
	return false;
}

static bool run_shape(const struct test *test, struct ipu_context *ctx, int rows, int columns)
{
	size_t bytes = (size_t)rows * (size_t)columns * sizeof(*test->x);
	uint64_t shape[IPU_NOTE_MAX_DIMS], count;

	if (ipu_tensor_set(ctx, "x", test->x, bytes, (uint64_t)rows))
		return fail("set x");
	if (ipu_run(ctx, NULL))
		return fail("run");
	if (ipu_tensor_shape(ctx, "y", shape))
		return fail("shape of y");
	if (shape[0] != (uint64_t)rows || (rows && shape[1] != (uint64_t)columns)) {
		printf("y has the shape %d, %d\n", (int)shape[0], (int)shape[1]);
		return false;
	}
	if (ipu_tensor_get(ctx, "y", test->y, bytes, NULL))
		return fail("get y");
	if (ipu_tensor_get(ctx, "where", test->where, sizeof(*test->where) * 1472 * MOST, &count))
		return fail("get where");
	return compare(test, rows, columns) && compare_where(test, count, rows);
}

/* Up to what @tiles can hold, one below that, and some that divide badly. */
static bool run_tiles(const struct test *test, uint32_t tiles)
{
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = tiles };
	const struct ipu_grid grid = ipu_grid_of(tiles);
	const int down = (int)(test->grid ? grid.rows : tiles);
	const int across = (int)grid.columns;
	const int heights[] = { 0, 1, 2, 3, down - 1, down, down + 1, 2 * down - 1, 3 * down + 1 };
	const int widths[] = { 1, 2, across + 1, 3 * across - 1 };
	struct ipu_context *ctx;
	bool good = true;

	if (ipu_context_create(test->dev, &options, &ctx))
		return fail("context");
	if (ipu_load(ctx, test->prog))
		good = fail("load");
	for (size_t i = 0; good && i < sizeof(heights) / sizeof(heights[0]); i++) {
		if (heights[i] < 0)
			continue;
		if (!test->grid)
			good = run_shape(test, ctx, heights[i], COLUMNS);
		for (size_t j = 0; test->grid && good && j < sizeof(widths) / sizeof(widths[0]);
		     j++)
			good = run_shape(test, ctx, heights[i], widths[j]);
		if (!good)
			printf("with %d rows on %u tiles\n", heights[i], tiles);
	}
	/* As many as there is room for, and one more. */
	good = good && (tiles > 64 ||
			run_shape(test, ctx, down * MOST, test->grid ? across * MOST : COLUMNS));
	ipu_context_destroy(ctx);
	return good;
}

int main(int argc, char **argv)
{
	struct test test = { 0 };
	bool all = true;

	if (argc < 5)
		return 2;
	test.grid = !strcmp(argv[2], "grid");
	test.depth = atoi(argv[3]);
	test.x = calloc(1472 * MOST * MOST, sizeof(*test.x));
	test.y = calloc(1472 * MOST * MOST, sizeof(*test.y));
	test.where = calloc(1472 * MOST, sizeof(*test.where));
	if (!test.x || !test.y || !test.where)
		return 2;
	for (uint32_t i = 0; i < 1472 * MOST * MOST; i++)
		test.x[i] = (int32_t)(i * 7919 % 1000);
	if (ipu_open(NULL, &test.dev) || ipu_program_open(argv[1], &test.prog)) {
		fail("open");
		return 1;
	}
	for (int i = 4; i < argc; i++)
		all &= run_tiles(&test, (uint32_t)atoi(argv[i]));
	ipu_program_close(test.prog);
	ipu_close(test.dev);
	free(test.x);
	free(test.y);
	free(test.where);
	return all ? 0 : 1;
}
