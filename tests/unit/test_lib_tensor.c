// SPDX-License-Identifier: MIT
/* Tensors on the simulator: what is set comes back, whatever the rows and the tiles. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "isa/ipu_isa.h"
#include "ipu_shard.h"
#include "lib_asm.h"
#include "lib_elf_make.h"

#define ROWS_AT (IPU_SRAM_BASE + 0x100)
#define DATA_AT (IPU_SRAM_BASE + 0x200)

static const uint32_t exits[] = { 0x0000300b }; /* ipu.exit zero */

/* A program with one tensor, that does what @code does. */
static struct ipu_program *make_one(struct ipu_note_tensor tensor, const uint32_t *code,
				    size_t words)
{
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = code,
			  .file_bytes = (uint32_t)(words * sizeof(*code)) },
			{ .addr = ROWS_AT, .bytes = 4 },
		},
		.tensors = { tensor },
		.tensor_count = 1,
	};

	return make_program(&make);
}

static struct ipu_context *load_one(struct ipu_device *dev, uint32_t tiles,
				    struct ipu_note_tensor tensor, const uint32_t *code,
				    size_t words)
{
	struct ipu_context *ctx = lib_make_context(dev, tiles);
	struct ipu_program *prog = make_one(tensor, code, words);

	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog);
	return ctx;
}

#define IN_OUT (IPU_TENSOR_IN | IPU_TENSOR_OUT)

/* Rows of 3 int16 on 1..9 tiles, 11 rows a tile at most: every number of rows. */
static void test_sharded(void **state)
{
	struct ipu_device *dev = lib_open_sim(9);
	int16_t in[9 * 11 + 1][3], out[9 * 11 + 1][3];

	(void)state;
	for (uint32_t i = 0; i < 9 * 11 + 1; i++)
		for (uint32_t j = 0; j < 3; j++)
			in[i][j] = (int16_t)(i * 3 + j + 1);

	for (uint32_t tiles = 1; tiles <= 9; tiles++) {
		struct ipu_context *ctx = load_one(
			dev, tiles,
			make_tensor("x", IPU_I16, IN_OUT, IPU_SHARDED, 11, 3, DATA_AT, ROWS_AT),
			exits, 1);

		for (uint64_t rows = 0; rows <= tiles * 11; rows++) {
			uint64_t back = 99;

			memset(out, 0, sizeof(out));
			assert_ok(ipu_tensor_set(ctx, "x", in, rows * sizeof(in[0]), rows));
			assert_ok(ipu_tensor_rows(ctx, "x", &back));
			assert_int_equal(back, rows);
			assert_ok(ipu_tensor_get(ctx, "x", out, rows * sizeof(in[0]), &back));
			assert_int_equal(back, rows);
			assert_memory_equal(in, out, rows * sizeof(in[0]));
			assert_int_equal(out[rows][0], 0);
		}
		assert_fails(ipu_tensor_set(ctx, "x", in, sizeof(in), tiles * 11 + 1), -E2BIG,
			     "rows on a tile");
		ipu_context_destroy(ctx);
	}
	ipu_close(dev);
}

/* Each tile sees its own part, and its own row count. */
static void test_what_tiles_see(void **state)
{
	enum { TILES = 7, MOST = 4 };
	struct ipu_device *dev = lib_open_sim(TILES);
	uint32_t in[TILES * MOST], seen[TILES * (MOST + 1)];
	/* The row count and the elements as one tensor of their own, that no input sets. */
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = exits, .file_bytes = sizeof(exits) },
		},
		.tensors = {
			make_tensor("x", IPU_U32, IPU_TENSOR_IN, IPU_SHARDED, MOST, 1, ROWS_AT + 4,
				    ROWS_AT),
			make_tensor("raw", IPU_U32, IPU_TENSOR_OUT, IPU_SHARDED, MOST + 1, 1,
				    ROWS_AT, ROWS_AT - 4),
		},
		.tensor_count = 2,
	};
	struct ipu_program *prog = make_program(&make);
	struct ipu_context *ctx = lib_make_context(dev, TILES);

	(void)state;
	for (uint32_t i = 0; i < TILES * MOST; i++)
		in[i] = 100 + i;
	for (uint32_t rows = 0; rows <= TILES * MOST; rows++) {
		struct ipu_shard shard = ipu_shard(rows, TILES);
		uint32_t next = 0;

		assert_ok(ipu_load(ctx, prog));
		assert_ok(ipu_tensor_set(ctx, "x", in, rows * sizeof(in[0]), rows));
		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_get(ctx, "raw", seen, sizeof(seen), NULL));
		for (uint32_t tile = 0; tile < TILES; tile++) {
			const uint32_t *words = seen + tile * (MOST + 1);

			assert_int_equal(words[0], ipu_shard_rows(&shard, tile));
			for (uint32_t i = 0; i < words[0]; i++)
				assert_int_equal(words[1 + i], in[next++]);
		}
	}
	ipu_program_close(prog);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void test_broadcast(void **state)
{
	enum { TILES = 3 };
	struct ipu_device *dev = lib_open_sim(TILES);
	float in[4][2] = { { 1, 2 }, { 3, 4 }, { 5, 6 }, { 7, 8 } }, out[4][2];
	/* Every tile adds its number to the first element, so that tile 0 alone has it as it was. */
	const uint32_t code[] = {
		asm_lui(T0, DATA_AT),
		asm_addi(T0, T0, asm_low(DATA_AT)),
		asm_csrr(T2, IPU_CSR_TILE),
		asm_lw(T1, T0, 0),
		0x00730333,
		asm_sw(T1, T0, 0),
		asm_exit(ZERO),
	};
	struct ipu_context *ctx =
		load_one(dev, TILES,
			 make_tensor("w", IPU_F32, IN_OUT, IPU_BROADCAST, 4, 2, DATA_AT, ROWS_AT),
			 code, sizeof(code) / sizeof(code[0]));
	uint64_t rows;

	(void)state;
	for (uint32_t n = 0; n <= 4; n++) {
		assert_ok(ipu_tensor_set(ctx, "w", in, n * sizeof(in[0]), n));
		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_get(ctx, "w", out, sizeof(out), &rows));
		assert_int_equal(rows, n);
		assert_memory_equal(in, out, n * sizeof(in[0]));
	}
	assert_fails(ipu_tensor_set(ctx, "w", in, sizeof(in), 5), -E2BIG,
		     "room for 4 rows on every tile, and 5");
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* Outputs of which each tile holds another number of rows: tile % 4, and none is set by the host. */
static void test_uneven(void **state)
{
	enum { TILES = 64, MOST = 5 };
	struct ipu_device *dev = lib_open_sim(TILES);
	const uint32_t code[] = {
		asm_lui(T0, ROWS_AT),
		asm_addi(T0, T0, asm_low(ROWS_AT)),
		asm_csrr(T1, IPU_CSR_TILE),
		asm_sw(T1, T0, 0x100), /* the element of each row is the tile's number */
		asm_sw(T1, T0, 0x104),
		asm_sw(T1, T0, 0x108),
		asm_andi(T1, T1, 3),
		asm_sw(T1, T0, 0),
		asm_exit(ZERO),
	};
	struct ipu_context *ctx = load_one(
		dev, TILES,
		make_tensor("y", IPU_U32, IPU_TENSOR_OUT, IPU_SHARDED, MOST, 1, DATA_AT, ROWS_AT),
		code, sizeof(code) / sizeof(code[0]));
	uint32_t out[TILES * MOST];
	uint64_t rows;

	(void)state;
	for (int round = 0; round < 2; round++) {
		uint32_t next = 0;

		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_rows(ctx, "y", &rows));
		assert_int_equal(rows, TILES / 4 * (0 + 1 + 2 + 3));
		assert_fails(ipu_tensor_get(ctx, "y", out, rows * 4 - 1, &rows), -ENOSPC,
			     "96 rows of 4 bytes, and there is room for 383 bytes");
		assert_ok(ipu_tensor_get(ctx, "y", out, sizeof(out), &rows));
		for (uint32_t tile = 0; tile < TILES; tile++)
			for (uint32_t i = 0; i < tile % 4; i++)
				assert_int_equal(out[next++], tile);
		assert_int_equal(next, rows);
	}
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* An output that the program does not touch has all its rows, in every run. */
static void test_default_rows(void **state)
{
	struct ipu_device *dev = lib_open_sim(3);
	struct ipu_context *ctx = load_one(
		dev, 3,
		make_tensor("y", IPU_U8, IPU_TENSOR_OUT, IPU_SHARDED, 10, 1, DATA_AT, ROWS_AT),
		exits, 1);
	uint64_t rows;

	(void)state;
	for (int round = 0; round < 2; round++) {
		assert_ok(ipu_run(ctx, NULL));
		assert_ok(ipu_tensor_rows(ctx, "y", &rows));
		assert_int_equal(rows, 30);
	}
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* More rows than there is room for would read other memory: refused, with the tile's number. */
static void test_too_many_rows(void **state)
{
	struct ipu_device *dev = lib_open_sim(3);
	const uint32_t code[] = {
		asm_lui(T0, ROWS_AT),	    asm_addi(T0, T0, asm_low(ROWS_AT)),
		asm_csrr(T1, IPU_CSR_TILE), asm_addi(T1, T1, 9),
		asm_sw(T1, T0, 0),	    asm_exit(ZERO),
	};
	struct ipu_context *ctx = load_one(
		dev, 3,
		make_tensor("y", IPU_U8, IPU_TENSOR_OUT, IPU_SHARDED, 10, 1, DATA_AT, ROWS_AT),
		code, sizeof(code) / sizeof(code[0]));
	uint64_t rows;

	(void)state;
	assert_ok(ipu_run(ctx, NULL));
	assert_fails(ipu_tensor_rows(ctx, "y", &rows), -ERANGE,
		     "tile 2 holds 11 rows of \"y\", and there is room for 10");
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/* Far more than the staging buffer holds: 64 tiles of 600,000 bytes. */
static void test_large(void **state)
{
	enum { TILES = 64, BYTES = 600000 };
	size_t size = (size_t)TILES * BYTES;
	struct ipu_device *dev = lib_open_sim(TILES);
	struct ipu_context *ctx =
		load_one(dev, TILES,
			 make_tensor("x", IPU_U8, IN_OUT, IPU_SHARDED, BYTES, 1, DATA_AT, ROWS_AT),
			 exits, 1);
	unsigned char *in = malloc(size), *out = calloc(1, size);
	uint32_t value = 1;
	uint64_t rows;

	(void)state;
	assert_non_null(in);
	assert_non_null(out);
	for (size_t i = 0; i < size; i++) {
		value = value * 1664525 + 1013904223;
		in[i] = value >> 24;
	}
	assert_ok(ipu_tensor_set(ctx, "x", in, size, size));
	assert_ok(ipu_tensor_get(ctx, "x", out, size, &rows));
	assert_true(rows == size);
	assert_int_equal(memcmp(in, out, size), 0);
	/* Not a whole number of anything. */
	memset(out, 0, size);
	assert_ok(ipu_tensor_set(ctx, "x", in, size - 599999, size - 599999));
	assert_ok(ipu_tensor_get(ctx, "x", out, size, &rows));
	assert_true(rows == size - 599999);
	assert_int_equal(memcmp(in, out, size - 599999), 0);
	free(in);
	free(out);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

static void test_mistakes(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	const struct make_elf make = {
		.segments = {
			{ .addr = IPU_SRAM_BASE, .data = exits, .file_bytes = sizeof(exits) },
		},
		.tensors = {
			make_tensor("x", IPU_F32, IPU_TENSOR_IN, IPU_SHARDED, 8, 1, DATA_AT, ROWS_AT),
			make_tensor("y", IPU_F32, IPU_TENSOR_OUT, IPU_SHARDED, 8, 1, DATA_AT + 256,
				    ROWS_AT + 4),
		},
		.tensor_count = 2,
	};
	struct ipu_program *prog = make_program(&make);
	struct ipu_context *ctx = lib_make_context(dev, 2);
	float data[17] = { 0 };
	uint64_t rows;

	(void)state;
	assert_fails(ipu_tensor_set(ctx, "x", data, 4, 1), -EINVAL, "No program is loaded");
	assert_ok(ipu_load(ctx, prog));
	ipu_program_close(prog); /* the context keeps it */
	assert_fails(ipu_tensor_set(ctx, "z", data, 4, 1), -ENOENT, "it has x (input), y (output)");
	assert_fails(ipu_tensor_set(ctx, "y", data, 4, 1), -EINVAL, "\"y\" is no input");
	assert_fails(ipu_tensor_rows(ctx, "x", &rows), -EINVAL, "\"x\" is no output");
	assert_fails(
		ipu_tensor_set(ctx, "x", data, sizeof(data), 17), -E2BIG,
		"room for 8 rows on a tile, 16 on the context's 2 tiles, and 17 were given: use "
		"3 tiles or more");
	assert_fails(ipu_tensor_set(ctx, "x", data, sizeof(data), UINT64_MAX), -E2BIG,
		     "use 2305843009213693952 tiles");
	assert_ok(ipu_tensor_set(ctx, "x", data, 64, 16));
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

/*
 * No byte is read but those that the caller has: they are at the end of memory here,
 * and a tensor that was not set keeps its elements.
 */
static void test_bytes(void **state)
{
	struct ipu_device *dev = lib_open_sim(2);
	struct ipu_context *ctx = load_one(
		dev, 2, make_tensor("x", IPU_F32, IN_OUT, IPU_SHARDED, 2048, 1, DATA_AT, ROWS_AT),
		exits, 1);
	char *page =
		mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const size_t rows[] = { 0, 1, 255, 257, 1024, 4096, UINT64_MAX / 4 + 257 };
	float *data, out[256];
	uint64_t count;

	(void)state;
	assert_true(page != MAP_FAILED);
	assert_int_equal(mprotect(page + 4096, 4096, PROT_NONE), 0);
	data = (float *)(page + 4096) - 256;
	for (int i = 0; i < 256; i++)
		data[i] = (float)i;
	assert_ok(ipu_tensor_set(ctx, "x", data, 1024, 256));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) - 1; i++)
		assert_fails(ipu_tensor_set(ctx, "x", data, 1024, rows[i]), -EINVAL,
			     "rows of 4 bytes, so that ");
	/* So many rows that their bytes would be 1024 again. */
	assert_fails(ipu_tensor_set(ctx, "x", data, 1024, rows[6]), -E2BIG,
		     "and 4611686018427388160");
	assert_fails(ipu_tensor_set(ctx, "x", data, 512, 256), -EINVAL,
		     "256 rows are 1024 bytes, and 512 were given: are the elements float32?");
	assert_fails(ipu_tensor_set(ctx, "x", data, 1023, 255), -EINVAL, "1023 were given");
	assert_ok(ipu_tensor_get(ctx, "x", out, sizeof(out), &count));
	assert_int_equal(count, 256);
	assert_memory_equal(out, data, sizeof(out));
	assert_ok(ipu_tensor_set(ctx, "x", NULL, 0, 0));
	munmap(page, 2 * 4096);
	ipu_context_destroy(ctx);
	ipu_close(dev);
}

int lib_test_tensor(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sharded),	     cmocka_unit_test(test_what_tiles_see),
		cmocka_unit_test(test_broadcast),    cmocka_unit_test(test_uneven),
		cmocka_unit_test(test_default_rows), cmocka_unit_test(test_too_many_rows),
		cmocka_unit_test(test_large),	     cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests_name("tensor", tests, NULL, NULL);
}
