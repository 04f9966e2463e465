// SPDX-License-Identifier: MIT
/*
 * The benchmark: `make bench` measures with it, and the suite bench runs every program
 * once to see that it computes what it must.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../options.h"
#include "suites.h"
#include "vector/ipu_vec.h"

#define TURNS 9

void bench_check_result(struct bench_check *check, bool good, const char *name, const char *what)
{
	printf("%sok %u - %s %s\n", good ? "" : "not ", ++check->number, name, what);
	check->failed += !good;
}

static const struct {
	bool (*measure)(const struct bench_options *options, struct bench_report *report);
	void (*check)(const struct bench_options *options, struct bench_check *check);
} parts[] = {
	{ bench_scalar, bench_scalar_check },
	{ bench_vector, bench_vector_check },
	{ bench_gemm, bench_gemm_check },
	{ bench_machine, bench_machine_check },
	{ bench_stream, bench_stream_check },
	{ bench_matmul, bench_matmul_check },
	{ bench_operations, bench_operations_check },
	{ bench_train, bench_train_check },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

static const char *const part_names[PARTS + 1] = { "scalar",	 "vector", "gemm",
						   "machine",	 "stream", "matmul",
						   "operations", "train",  NULL };

static int check_all(const struct bench_options *options)
{
	struct bench_check check = { 0 };
	unsigned int i;

	printf("TAP version 13\n");
	for (i = 0; i < PARTS; i++)
		parts[i].check(options, &check);
	printf("1..%u\n", check.number);
	return check.failed ? 1 : 0;
}

/* @only: one part, or PARTS for all */
static int measure(const struct bench_options *options, unsigned int only, const char *json)
{
	static struct bench_report report;
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		if ((only == PARTS || only == i) && !parts[i].measure(options, &report))
			return 1;
	bench_report_table(&report, stdout);
	if (json && !bench_report_json(&report, json)) {
		fprintf(stderr, "bench: cannot write %s: %s\n", json, strerror(errno));
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bench_options options = { 0 };
	uint64_t turns = TURNS;
	unsigned int only = PARTS;
	const char *json = NULL;
	bool check = false;
	const struct option_entry entries[] = {
		{ "programs", "FOLDER", "where the benchmark's programs were built; needed",
		  .text = &options.programs, .needed = true },
		{ "qemu", "PROGRAM", "qemu-riscv32; needed", .text = &options.qemu,
		  .needed = true },
		{ "json", "FILE", "write the figures there as well", .text = &json },
		{ "turns", "N", "measure everything N times, in turn with its peers (9)",
		  .number = &turns, .least = 1, .most = BENCH_SERIES_MAX },
		{ "avx2", NULL, "as on a processor without AVX-512, and OpenBLAS likewise",
		  .flag = &options.avx2 },
		{ "only", "PART",
		  "measure a part alone: scalar, vector, gemm, machine, stream, matmul, operations or train",
		  .choice = &only, .choices = part_names },
		{ "check", NULL, "measure nothing; run each program once and print TAP",
		  .flag = &check },
		{ 0 },
	};

	options_parse(argc, argv, entries,
		      "Measure the speed of the tile engine, and print a table.");
	options.turns = (unsigned int)turns;
	if (options.avx2)
		ipu_vec_limit(IPU_VEC_AVX2);
	return check ? check_all(&options) : measure(&options, only, json);
}
