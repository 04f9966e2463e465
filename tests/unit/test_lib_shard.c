// SPDX-License-Identifier: MIT
/* How rows are distributed over tiles, against the description in ipu/note.h. */
#include "ipu_shard.h"
#include "lib_test.h"

/* Tile t holds the rows [t * k, (t + 1) * k) with k = ceil(rows / tiles). */
static uint64_t expected_rows(uint64_t rows, uint64_t tiles, uint64_t tile)
{
	uint64_t k = (rows + tiles - 1) / tiles;
	uint64_t begin = tile * k, end = (tile + 1) * k;

	if (begin > rows)
		begin = rows;
	if (end > rows)
		end = rows;
	return end - begin;
}

static void check(uint64_t rows, uint32_t tiles)
{
	struct ipu_shard shard = ipu_shard(rows, tiles);
	uint64_t sum = 0;

	for (uint32_t tile = 0; tile < tiles; tile++) {
		uint64_t held = ipu_shard_rows(&shard, tile);

		if (held != expected_rows(rows, tiles, tile))
			fail_msg("%llu rows on %u tiles: tile %u holds %llu",
				 (unsigned long long)rows, tiles, tile, (unsigned long long)held);
		sum += held;
	}
	if (sum != rows)
		fail_msg("%llu rows on %u tiles: they sum up to %llu", (unsigned long long)rows,
			 tiles, (unsigned long long)sum);
}

static void test_small(void **state)
{
	(void)state;
	for (uint32_t tiles = 1; tiles <= 40; tiles++)
		for (uint64_t rows = 0; rows <= 200; rows++)
			check(rows, tiles);
}

static void test_large(void **state)
{
	static const uint64_t rows[] = { 0,    1,    1471, 1472,    1473,
					 2943, 2944, 2945, 1000000, 940441600 };
	static const uint32_t tiles[] = { 1, 2, 7, 64, 1471, 1472 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t j = 0; j < sizeof(tiles) / sizeof(tiles[0]); j++)
			check(rows[i], tiles[j]);
}

/* Numbers far beyond any card overflow nothing. */
static void test_extreme(void **state)
{
	struct ipu_shard shard = ipu_shard(UINT64_MAX, 1472);

	(void)state;
	assert_true(shard.per_tile == UINT64_MAX / 1472 + 1);
	shard = ipu_shard(UINT64_MAX, 1);
	assert_true(shard.per_tile == UINT64_MAX);
	assert_int_equal(shard.full, 1);
	assert_int_equal(shard.rest, 0);
}

int lib_test_shard(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_extreme),
	};

	return cmocka_run_group_tests_name("shard", tests, NULL, NULL);
}
