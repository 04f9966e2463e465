// SPDX-License-Identifier: MIT
/*
 * ops-host ELF TILES SEED RUNS SIZE FAMILY...|all: run operations of the families on so many tiles,
 * with random shapes of up to SIZE elements, and compare with what the host computes in double.
 * Prints TAP, and after each test the hash of all results. The device is $IPU_DEVICE or the first
 * card.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "families.h"

#define CASES 6 /* in a run */

static const struct family *const families[] = {
	&family_cast,	&family_conv,	&family_convgrad, &family_copy,	   &family_embedding,
	&family_gather, &family_loss,	&family_lstm,	  &family_map,	   &family_matmul,
	&family_norm,	&family_optim,	&family_place,	  &family_pool,	   &family_random,
	&family_reduce, &family_refuse, &family_scatter,  &family_softmax, &family_sort,
	&family_tensor,
};

static const struct family *find(const char *name)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (!strcmp(families[i]->name, name))
			return families[i];
	fprintf(stderr, "ops-host: there is no family \"%s\"\n", name);
	exit(2);
}

/* What the command line asks for. */
struct wanted {
	uint64_t seed;
	uint32_t runs;
	uint32_t size;
};

/* How the arrays of a run lie: in each way, and then each in its own, one run after the other. */
static uint32_t lay_of(const struct family *family, uint32_t number)
{
	const uint32_t lay = number % (LAY_COPIES + 2);

	if (family->alone)
		return LAY_USUAL;
	if (family->no_copies ? lay > LAY_FLAT : family->alike && lay > LAY_COPIES)
		return LAY_FLAT;
	return lay;
}

static bool run(struct sheet *sheet, const struct family *family, uint32_t dtype,
		const struct wanted *wanted)
{
	sheet->random = wanted->seed * 1000003 + dtype;
	sheet->lays = sheet->random;
	sheet->hash = 0xcbf29ce484222325;
	for (sheet->runs = 0; sheet->runs < wanted->runs; sheet->runs++) {
		sheet_clear(sheet);
		sheet->lay = lay_of(family, (uint32_t)wanted->seed + sheet->runs);
		for (uint32_t i = 0; i < (family->alone ? 1 : CASES); i++)
			family->add(sheet, dtype, wanted->size);
		if (!sheet_run(sheet))
			return false;
	}
	return true;
}

/* A family with each of its types; how many tests of it failed. */
static uint32_t test(struct sheet *sheet, const struct family *family, const struct wanted *wanted,
		     uint32_t *tests)
{
	uint32_t failed = 0;

	for (const uint32_t *dtype = family->types; *dtype; dtype++) {
		const bool passed = run(sheet, family, *dtype, wanted);

		printf("%sok %u - %s of %s on %u tiles # hash %016llx\n", passed ? "" : "not ",
		       ++*tests, family->name, type_name(*dtype), sheet->tiles,
		       (unsigned long long)sheet->hash);
		fflush(stdout);
		failed += !passed;
	}
	return failed;
}

int main(int argc, char **argv)
{
	/* Planning on the tiles takes long on a busy machine. */
	struct ipu_context_options options = { .size = sizeof(options), .watchdog_ms = 120000 };
	struct sheet *sheet = calloc(1, sizeof(*sheet));
	uint32_t tests = 0, failed = 0;
	struct wanted wanted;
	struct ipu_device *dev;

	if (argc < 7 || !sheet) {
		fprintf(stderr, "usage: ops-host ELF TILES SEED RUNS SIZE FAMILY...|all\n");
		return 2;
	}
	wanted = (struct wanted){ .seed = strtoull(argv[3], NULL, 0),
				  .runs = (uint32_t)atoi(argv[4]),
				  .size = (uint32_t)atoi(argv[5]) };
	sheet->tiles = options.tiles = (uint32_t)atoi(argv[2]);
	if (ipu_open(NULL, &dev) || ipu_program_open(argv[1], &sheet->prog) ||
	    ipu_context_create(dev, &options, &sheet->ctx)) {
		fprintf(stderr, "ops-host: %s\n", ipu_error());
		return 1;
	}
	if (!strcmp(argv[6], "all"))
		for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
			failed += test(sheet, families[i], &wanted, &tests);
	else
		for (int i = 6; i < argc; i++)
			failed += test(sheet, find(argv[i]), &wanted, &tests);
	printf("1..%u\n", tests);
	ipu_context_destroy(sheet->ctx);
	ipu_program_close(sheet->prog);
	ipu_close(dev);
	sheet_clear(sheet);
	free(sheet);
	return failed ? 1 : 0;
}
