/* SPDX-License-Identifier: MIT */
/*
 * collective-host ELF FIRST LAST: run tests/tools/tile/collective.c on FIRST to LAST tiles and
 * compare each word of each tile with what the host computes. The device is $IPU_DEVICE or the
 * first card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu.h>

#include "collective.h"

#define ROUND 1 /* the last one */

struct test {
	struct ipu_device *dev;
	struct ipu_program *prog;
	uint32_t (*got)[RESULTS];
	uint32_t tiles;
	uint32_t arguments[ARGUMENTS];
};

static bool fail(const char *what)
{
	printf("%s: %s\n", what, ipu_error());
	return false;
}

static bool same(const struct test *test, const char *what, uint32_t tile, uint32_t word,
		 uint32_t at, uint32_t want)
{
	uint32_t got = test->got[tile][at + word];

	if (got == want)
		return true;
	printf("%s: tile %u, word %u: 0x%08x instead of 0x%08x\n", what, tile, word, got, want);
	return false;
}

static uint32_t bits(float value)
{
	uint32_t word;

	memcpy(&word, &value, sizeof(word));
	return word;
}

/* The order that <ipu/collective.h> promises: groups of consecutive tiles, then these. */
static uint32_t groups(uint32_t tiles)
{
	uint32_t root = 1;

	if (tiles <= 16)
		return 1;
	while ((root + 1) * (root + 1) <= tiles)
		root++;
	return root;
}

static float sum(uint32_t tiles, uint32_t i)
{
	const uint32_t count = groups(tiles);
	float total = 0;

	for (uint32_t group = 0; group < count; group++) {
		uint32_t tile = group * tiles / count;
		float part = data_float(tile, i, ROUND);

		while (++tile < (group + 1) * tiles / count)
			part += data_float(tile, i, ROUND);
		total = group ? total + part : part;
	}
	return total;
}

/* What each tile must have of the reductions. */
struct expected {
	uint32_t sum[MAX_BLOCK * MAX_TILES];
	uint32_t min[MAX_WORDS];
	uint32_t max_half[MAX_WORDS];
	uint32_t sum_int[MAX_WORDS];
	uint32_t bits[MAX_WORDS];
};

static void expect(const struct test *test, struct expected *want)
{
	const uint32_t words = test->arguments[WORDS];
	const uint32_t all = test->arguments[BLOCK] * test->tiles;

	for (uint32_t i = 0; i < words || i < all; i++)
		want->sum[i] = bits(sum(test->tiles, i));
	for (uint32_t i = 0; i < words; i++) {
		float least = data_float(0, i, ROUND);
		uint32_t low = 0, high = 0, total = 0, set = 0;

		for (uint32_t tile = 0; tile < test->tiles; tile++) {
			uint32_t word = data_word(tile, i, ROUND);

			least = data_float(tile, i, ROUND) < least ? data_float(tile, i, ROUND) :
								     least;
			/* Halves that are not negative are ordered as their bits are. */
			low = (word & 0x3fff) > low ? word & 0x3fff : low;
			high = (word & 0x3fff0000) > high ? word & 0x3fff0000 : high;
			total += word;
			set |= data_bit(tile, i, ROUND);
		}
		want->min[i] = bits(least);
		want->max_half[i] = high | low;
		want->sum_int[i] = total;
		want->bits[i] = set;
	}
}

static bool check_reductions(const struct test *test, const struct expected *want, uint32_t tile)
{
	const uint32_t block = test->arguments[BLOCK];
	bool good = true;

	for (uint32_t i = 0; good && i < test->arguments[WORDS]; i++)
		good = (tile != test->arguments[ROOT] ||
			same(test, "reduce", tile, i, AT_REDUCE, want->sum[i])) &&
		       same(test, "all-reduce", tile, i, AT_ALL_REDUCE, want->sum[i]) &&
		       same(test, "min", tile, i, AT_MIN, want->min[i]) &&
		       same(test, "max of halves", tile, i, AT_MAX_HALF, want->max_half[i]) &&
		       same(test, "sum of int", tile, i, AT_SUM_INT, want->sum_int[i]) &&
		       same(test, "bits", tile, i, AT_OR, want->bits[i]);
	for (uint32_t i = 0; good && i < block; i++)
		good = same(test, "reduce-scatter", tile, i, AT_REDUCE_SCATTER,
			    want->sum[tile * block + i]);
	return good;
}

static bool check_moves(const struct test *test, uint32_t tile)
{
	const uint32_t block = test->arguments[BLOCK], root = test->arguments[ROOT];
	bool good = true;

	for (uint32_t i = 0; good && i < test->arguments[WORDS]; i++)
		good = same(test, "broadcast", tile, i, AT_BROADCAST, data_word(root, i, ROUND));
	for (uint32_t i = 0; good && i < block; i++)
		good = same(test, "scatter", tile, i, AT_SCATTER,
			    data_word(root, tile * block + i, ROUND));
	for (uint32_t i = 0; good && i < block * test->tiles; i++) {
		uint32_t from = i / block, word = i % block;

		good = (tile != root ||
			same(test, "gather", tile, i, AT_GATHER, data_word(from, word, ROUND))) &&
		       same(test, "all-gather", tile, i, AT_ALL_GATHER,
			    data_word(from, word, ROUND)) &&
		       same(test, "all-to-all", tile, i, AT_ALL_TO_ALL,
			    data_word(from, tile * block + word, ROUND));
	}
	return good;
}

static bool run(struct test *test, struct ipu_context *ctx)
{
	static struct expected want;
	bool good = true;

	if (ipu_tensor_set(ctx, "arguments", test->arguments, sizeof(test->arguments), ARGUMENTS))
		return fail("set arguments");
	if (ipu_run(ctx, NULL))
		return fail("run");
	if (ipu_tensor_get(ctx, "results", test->got, sizeof(*test->got) * test->tiles, NULL))
		return fail("get results");
	expect(test, &want);
	for (uint32_t tile = 0; good && tile < test->tiles; tile++)
		good = check_moves(test, tile) && check_reductions(test, &want, tile);
	if (!good)
		printf("with %u words, blocks of %u, root %u, on %u tiles\n",
		       test->arguments[WORDS], test->arguments[BLOCK], test->arguments[ROOT],
		       test->tiles);
	return good;
}

/* Whole arrays and slices, more and less than there are tiles. */
static bool run_tiles(struct test *test, uint32_t tiles)
{
	const uint32_t cases[][ARGUMENTS] = {
		{ 1, 1, 0 },
		{ 8, 2, tiles - 1 },
		{ 9, 1, tiles / 2 },
		{ 1 + tiles * 5 % MAX_WORDS, 2, tiles / 3 },
		{ MAX_WORDS, 1, tiles - 1 },
	};
	const struct ipu_context_options options = { .size = sizeof(options), .tiles = tiles };
	struct ipu_context *ctx;
	bool good = true;

	if (ipu_context_create(test->dev, &options, &ctx))
		return fail("context");
	if (ipu_load(ctx, test->prog))
		good = fail("load");
	test->tiles = tiles;
	/* Of very many tiles not all, so that it does not take long. */
	for (size_t i = tiles > 200 ? 2 : 0; good && i < sizeof(cases) / sizeof(cases[0]); i++) {
		memcpy(test->arguments, cases[i], sizeof(cases[i]));
		good = run(test, ctx);
	}
	ipu_context_destroy(ctx);
	return good;
}

int main(int argc, char **argv)
{
	struct test test = { 0 };
	bool good = true;

	if (argc != 4)
		return 2;
	test.got = calloc(MAX_TILES, sizeof(*test.got));
	if (!test.got)
		return 2;
	if (ipu_open(NULL, &test.dev) || ipu_program_open(argv[1], &test.prog)) {
		fail("open");
		return 1;
	}
	for (uint32_t tiles = (uint32_t)atoi(argv[2]); good && tiles <= (uint32_t)atoi(argv[3]);
	     tiles++)
		good = run_tiles(&test, tiles);
	ipu_program_close(test.prog);
	ipu_close(test.dev);
	free(test.got);
	return good ? 0 : 1;
}
