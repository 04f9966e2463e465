// SPDX-License-Identifier: MIT
/* Tensors in a grid of tiles, on the simulator: what is set comes back, and what cannot be. */
#include <errno.h>
#include <stdlib.h>

#include "isa/ipu_isa.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define ROWS_AT (IPU_SRAM_BASE + 0x100)
#define PLACE_AT (IPU_SRAM_BASE + 0x110)
#define DATA_AT (IPU_SRAM_BASE + 0x200)

static const uint32_t exits[] = { 0x0000300b }; /* ipu.exit zero */

/* The shape of a grid, against its description in ipu/note.h. */
static void test_grid(void **state)
{
	(void)state;
	for (uint32_t tiles = 1; tiles <= 1600; tiles++) {
		const struct ipu_grid grid = ipu_grid_of(tiles);
		uint32_t root = 1, used = grid.rows * grid.columns;

		while ((root + 1) * (root + 1) <= tiles)
			root++;
		assert_true(used <= tiles && grid.rows == tiles / grid.columns);
		assert_in_range(grid.columns, (root + 1) / 2, root);
		for (uint32_t columns = (root + 1) / 2; columns <= root; columns++) {
			uint32_t other = tiles / columns * columns;

			assert_true(other < used || (other == used && columns <= grid.columns));
		}
	}
	assert_int_equal(ipu_grid_of(1472).rows, 46);
	assert_int_equal(ipu_grid_of(1472).columns, 32);
	assert_int_equal(ipu_grid_of(11).rows, 5);
	assert_int_equal(ipu_grid_of(11).columns, 2);
}

/* @rows and @columns of a tile, each @depth int16. */
static struct ipu_note_tensor grid_tensor(uint32_t direction, uint32_t rows, uint32_t columns,
					  uint32_t depth)
{
	struct ipu_note_tensor tensor =
		make_tensor("x", IPU_I16, direction, IPU_GRID, rows, columns, DATA_AT, ROWS_AT);

	tensor.ndim = 3;
	tensor.shape[2] = depth;
	tensor.place = PLACE_AT;
	/* Rows have a gap, as with a halo. */
	tensor.pitch = columns * depth * 2 + 6;
	return tensor;
}

static struct ipu_context *load(struct ipu_device *dev, uint32_t tiles,
				struct ipu_note_tensor tensor, const uint32_t *code, size_t words)
{
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code,
			  .file_bytes = (uint32_t)(words * sizeof(*code)) },
			{ .addr = ROWS_AT, .bytes = 0x40 },
		},
		.tensors = { tensor },
		.tensor_count = 1,
	};
	struct ipu_context *ctx = lib_make_context(dev, tiles);
	struct ipu_program *prog = make_program(&make);

	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	return ctx;
}

#define IN_OUT (IPU_TENSOR_IN | IPU_TENSOR_OUT)

static void round_trip(struct ipu_context *ctx, uint64_t rows, uint64_t columns, const int16_t *in,
		       int16_t *out)
{
	size_t bytes = rows * columns * 3 * sizeof(*in);
	uint64_t shape[IPU_NOTE_MAX_DIMS], back;

	memset(out, 0, bytes + sizeof(*out));
	assert_ok(ipu_tensor_set(ctx, "x", in, bytes, rows));
	assert_ok(ipu_tensor_shape(ctx, "x", shape));
	assert_int_equal(shape[0], rows);
	assert_int_equal(shape[1], rows ? columns : 0);
	assert_int_equal(shape[2], 3);
	assert_int_equal(shape[3], 0);
	assert_ok(ipu_tensor_get(ctx, "x", out, bytes, &back));
	assert_int_equal(back, rows);
	assert_memory_equal(in, out, bytes);
	assert_int_equal(out[bytes / sizeof(*out)], 0);
	if (bytes)
		assert_fails(ipu_tensor_get(ctx, "x", out, bytes - 1, &back), -ENOSPC,
			     "columns of 6 bytes, and there is room for");
}

/* Every number of rows and columns that 1 to 13 tiles can hold. */
static void test_round_trip(void **state)
{
	enum { MOST = 13 * 3 * 13 * 2 * 3 };
	struct ipu_device *dev = lib_open_sim(13);
	static int16_t in[MOST], out[MOST + 1];

	(void)state;
	for (uint32_t i = 0; i < MOST; i++)
		in[i] = (int16_t)(i + 1);
	for (uint32_t tiles = 1; tiles <= 13; tiles++) {
		const struct ipu_grid grid = ipu_grid_of(tiles);
		struct ipu_context *ctx = load(dev, tiles, grid_tensor(IN_OUT, 3, 2, 3), exits, 1);

		for (uint64_t rows = 0; rows <= grid.rows * 3; rows++)
			for (uint64_t columns = 1; columns <= grid.columns * 2; columns++)
				round_trip(ctx, rows, columns, in, out);
		ipu_context_destroy(ctx);
	}
	ipu_close(dev);
}

static void test_refused(void **state)
{
	struct ipu_device *dev = lib_open_sim(6);
	struct ipu_context *ctx = load(dev, 6, grid_tensor(IN_OUT, 3, 2, 3), exits, 1);
	static int16_t in[10 * 10 * 3], out[10 * 10 * 3];

	(void)state;
	assert_ok(ipu_tensor_set(ctx, "x", in, 9 * 4 * 6, 9));
	assert_fails(
		ipu_tensor_set(ctx, "x", in, 10 * 4 * 6, 10), -E2BIG,
		"room for 3 rows on a tile, 9 on the 3 tiles that the grid of the context's 6");
	assert_fails(ipu_tensor_set(ctx, "x", in, 9 * 5 * 6, 9), -E2BIG,
		     "room for 2 columns on a tile, 4 on the 2 tiles");
	assert_fails(ipu_tensor_set(ctx, "x", in, 9 * 4 * 6 - 2, 9), -EINVAL,
		     "columns of 6 bytes, and 214 bytes are no whole number of columns for 9 rows");
	assert_fails(ipu_tensor_set(ctx, "x", in, 6, 0), -EINVAL, "no whole number of columns");
	assert_fails(ipu_tensor_set(ctx, "x", in, 6, UINT64_MAX), -EINVAL, "no whole number");
	/* Nothing was changed by what failed. */
	assert_ok(ipu_tensor_get(ctx, "x", out, 9 * 4 * 6, NULL));
	assert_ok(ipu_run(ctx, NULL));
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* An output that the program does not touch is full, in every run; 11 tiles are a grid of 5 by 2. */
static void test_default(void **state)
{
	struct ipu_device *dev = lib_open_sim(11);
	struct ipu_context *ctx = load(dev, 11, grid_tensor(IPU_TENSOR_OUT, 3, 2, 3), exits, 1);
	uint64_t shape[IPU_NOTE_MAX_DIMS];

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_shape(ctx, "x", shape));
		assert_int_equal(shape[0], 15);
		assert_int_equal(shape[1], 4);
	}
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* What the tiles say of their blocks does not make a whole. */
static void reports(uint32_t addr, uint32_t (*change)(uint32_t, uint32_t, uint32_t),
		    const char *words)
{
	struct ipu_device *dev = lib_open_sim(6);
	const uint32_t code[] = {
		asm_lui(T0, addr),	    asm_addi(T0, T0, asm_low(addr)),
		asm_csrr(T1, IPU_CSR_TILE), change(T1, T1, 1),
		asm_sw(T1, T0, 0),	    asm_exit(ZERO),
	};
	struct ipu_context *ctx = load(dev, 6, grid_tensor(IPU_TENSOR_OUT, 3, 2, 3), code,
				       sizeof(code) / sizeof(code[0]));
	uint64_t rows;

	assert_ok(ipu_run(ctx, NULL));
	assert_fails(ipu_tensor_rows(ctx, "x", &rows), -ERANGE, words);
	/* It can be run again. */
	assert_ok(ipu_run(ctx, NULL));
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static uint32_t masked(uint32_t to, uint32_t from, uint32_t by)
{
	return asm_andi(to, from, (int32_t)by);
}

static uint32_t added(uint32_t to, uint32_t from, uint32_t by)
{
	return asm_addi(to, from, (int32_t)by);
}

static void test_reports(void **state)
{
	(void)state;
	reports(ROWS_AT, masked,
		"tile 1 holds 1 rows of \"x\", and tile 0, in the same row of the");
	reports(PLACE_AT, added, "tile 2 holds 3 columns of \"x\", and there is room for 2");
}

/* More than the staging buffer holds. */
static void test_large(void **state)
{
	enum { TILES = 36, ROWS = 700, COLUMNS = 100 };
	struct ipu_device *dev = lib_open_sim(TILES);
	struct ipu_context *ctx = load(dev, TILES, grid_tensor(IN_OUT, ROWS, COLUMNS, 4), exits, 1);
	size_t size = (size_t)TILES * ROWS * COLUMNS * 8;
	unsigned char *in = malloc(size), *out = calloc(1, size);
	uint32_t value = 1;

	(void)state;
	assert_non_null(in);
	assert_non_null(out);
	for (size_t i = 0; i < size; i++) {
		value = value * 1664525 + 1013904223;
		in[i] = value >> 24;
	}
	assert_ok(ipu_tensor_set(ctx, "x", in, size, 6 * ROWS));
	assert_ok(ipu_tensor_get(ctx, "x", out, size, NULL));
	assert_int_equal(memcmp(in, out, size), 0);
	free(in);
	free(out);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

int lib_test_grid(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grid),	cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_default),
		cmocka_unit_test(test_reports), cmocka_unit_test(test_large),
	};

	return cmocka_run_group_tests_name("grid", tests, NULL, NULL);
}
