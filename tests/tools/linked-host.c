/* SPDX-License-Identifier: MIT */
/*
 * linked-host ELF DEVICE TILES [ROUNDS [TRAP]]: run tests/tools/tile/linked.c as one run on TILES
 * tiles of each card that DEVICE names, and compare each tile's results with what they must be.
 * It prints the cycles; with TRAP, a tile of the run, what each card says of the fault.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <ipu.h>

#define WORDS 4

struct test {
	struct ipu_device *dev[IPU_MAX_LINKED];
	struct ipu_context *ctx[IPU_MAX_LINKED];
	struct ipu_program *prog;
	uint32_t cards;
	uint32_t tiles;
	uint32_t arguments[2];
	uint32_t *results;
};

static bool fail(const char *what)
{
	printf("%s: %s\n", what, ipu_error());
	return false;
}

static bool prepare(struct test *test)
{
	const struct ipu_context_options options = { .size = sizeof(options),
						     .tiles = test->tiles,
						     .watchdog_ms = 60000 };

	if (ipu_context_create_linked(test->dev, test->cards, &options, test->ctx))
		return fail("contexts");
	for (uint32_t i = 0; i < test->cards; i++) {
		if (ipu_load(test->ctx[i], test->prog))
			return fail("load");
		if (ipu_tensor_set(test->ctx[i], "arguments", test->arguments,
				   sizeof(test->arguments), 2))
			return fail("set arguments");
	}
	return true;
}

static bool expect(uint32_t tile, uint32_t word, uint32_t got, uint32_t want)
{
	if (got == want)
		return true;
	printf("tile %u, word %u: %u instead of %u\n", tile, word, got, want);
	return false;
}

static bool check_card(struct test *test, uint32_t card)
{
	const uint32_t all = test->cards * test->tiles;
	/* Each round multiplies the sum by the tiles, as all then have the same. */
	uint32_t sum = (uint32_t)((uint64_t)all * (all + 1) / 2);
	bool good = true;

	for (uint32_t round = 1; round < test->arguments[0]; round++)
		sum *= all;
	for (uint32_t i = 0; good && i < test->tiles; i++) {
		const uint32_t tile = card * test->tiles + i;
		const uint32_t *row = &test->results[WORDS * i];

		good = expect(tile, 0, row[0], tile) && expect(tile, 1, row[1], all) &&
		       expect(tile, 2, row[2], 100) && expect(tile, 3, row[3], sum);
	}
	return good;
}

static bool check(struct test *test, const struct ipu_report *reports)
{
	const size_t bytes = (size_t)test->tiles * WORDS * sizeof(uint32_t);
	bool good = true;

	for (uint32_t i = 0; good && i < test->cards; i++) {
		if (ipu_tensor_get(test->ctx[i], "results", test->results, bytes, NULL))
			return fail("get results");
		good = check_card(test, i);
		if (reports[i].cycles == reports[0].cycles &&
		    reports[i].supersteps == reports[0].supersteps)
			continue;
		printf("card %u: %llu cycles, and card 0: %llu\n", i,
		       (unsigned long long)reports[i].cycles,
		       (unsigned long long)reports[0].cycles);
		good = false;
	}
	if (good)
		printf("%u tiles: %llu cycles, %llu supersteps\n", test->cards * test->tiles,
		       (unsigned long long)reports[0].cycles,
		       (unsigned long long)reports[0].supersteps);
	return good;
}

/* All of them end, with a fault each. */
static bool wait_for_faults(struct test *test)
{
	bool good = true;

	for (uint32_t i = 0; i < test->cards; i++) {
		good &= ipu_run_wait(test->ctx[i], -1, NULL) == -EIO;
		printf("card %u: %s\n", i, ipu_error());
	}
	return good;
}

static bool run(struct test *test, bool traps)
{
	struct ipu_report reports[IPU_MAX_LINKED];

	for (uint32_t i = 0; i < test->cards; i++)
		if (ipu_run_start(test->ctx[i]))
			return fail("start");
	if (traps)
		return wait_for_faults(test);
	for (uint32_t i = 0; i < test->cards; i++) {
		reports[i].size = sizeof(reports[i]);
		if (ipu_run_wait(test->ctx[i], -1, &reports[i]))
			return fail("wait");
	}
	return check(test, reports);
}

int main(int argc, char **argv)
{
	struct test test = { .arguments = { 1, UINT32_MAX } };
	bool good;

	if (argc < 4 || argc > 6) {
		printf("usage: linked-host ELF DEVICE TILES [ROUNDS [TRAP]]\n");
		return 2;
	}
	test.tiles = (uint32_t)atoi(argv[3]);
	for (int i = 4; i < argc; i++)
		test.arguments[i - 4] = (uint32_t)atoi(argv[i]);
	test.results = calloc(test.tiles, WORDS * sizeof(*test.results));
	if (!test.results || ipu_program_open(argv[1], &test.prog) ||
	    ipu_open_linked(argv[2], test.dev, IPU_MAX_LINKED, &test.cards))
		return !fail("open");
	good = prepare(&test) && run(&test, argc == 6);
	for (uint32_t i = 0; i < test.cards; i++) {
		ipu_context_destroy(test.ctx[i]);
		ipu_close(test.dev[i]);
	}
	ipu_program_close(test.prog);
	free(test.results);
	return !good;
}
