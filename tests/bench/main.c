// SPDX-License-Identifier: MIT
/*
 * The benchmark: `make bench` measures with it, and the suite bench runs every program
 * once to see that it computes what it must.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "suites.h"

#define TURNS 9

static const char usage[] =
	"Usage: bench --programs FOLDER --qemu PROGRAM [--json FILE] [--turns N]\n"
	"       bench --programs FOLDER --qemu PROGRAM --check\n"
	"Measure the speed of the tile engine, and print a table.\n"
	"\n"
	"  --programs FOLDER  where the benchmark's programs were built\n"
	"  --qemu PROGRAM     qemu-riscv32\n"
	"  --json FILE        write the figures there as well\n"
	"  --turns N          measure everything N times, in turn with its peers (default 9)\n"
	"  --only PART        measure a part alone: scalar, vector or gemm\n"
	"  --check            measure nothing; run each program once and print TAP\n";

void bench_check_result(struct bench_check *check, bool good, const char *name, const char *what)
{
	printf("%sok %u - %s %s\n", good ? "" : "not ", ++check->number, name, what);
	check->failed += !good;
}

static const struct {
	const char *name;
	bool (*measure)(const struct bench_options *options, struct bench_report *report);
	void (*check)(const struct bench_options *options, struct bench_check *check);
} parts[] = {
	{ "scalar", bench_scalar, bench_scalar_check },
	{ "vector", bench_vector, bench_vector_check },
	{ "gemm", bench_gemm, bench_gemm_check },
};

#define PARTS (sizeof(parts) / sizeof(parts[0]))

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

static bool is_part(const char *name)
{
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		if (!strcmp(name, parts[i].name))
			return true;
	return false;
}

/* @only: one part's name, or NULL for all */
static int measure(const struct bench_options *options, const char *only, const char *json)
{
	static struct bench_report report;
	unsigned int i;

	for (i = 0; i < PARTS; i++)
		if ((!only || !strcmp(only, parts[i].name)) && !parts[i].measure(options, &report))
			return 1;
	bench_report_table(&report, stdout);
	if (json && !bench_report_json(&report, json)) {
		fprintf(stderr, "bench: cannot write %s: %s\n", json, strerror(errno));
		return 1;
	}
	return 0;
}

static _Noreturn void wrong_call(const char *why)
{
	fprintf(stderr, "bench: %s\n%s", why, usage);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option long_options[] = {
		{ "programs", required_argument, NULL, 'p' },
		{ "qemu", required_argument, NULL, 'q' },
		{ "json", required_argument, NULL, 'j' },
		{ "turns", required_argument, NULL, 't' },
		{ "only", required_argument, NULL, 'o' },
		{ "check", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct bench_options options = { .turns = TURNS };
	const char *json = NULL, *only = NULL;
	bool check = false;
	int option;

	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'p':
			options.programs = optarg;
			break;
		case 'q':
			options.qemu = optarg;
			break;
		case 'j':
			json = optarg;
			break;
		case 't':
			options.turns = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'o':
			only = optarg;
			break;
		case 'c':
			check = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		default:
			wrong_call("no such option");
		}
	}
	if (optind < argc || !options.programs || !options.qemu)
		wrong_call("--programs and --qemu are needed, and nothing but options");
	if (!options.turns || options.turns > BENCH_SERIES_MAX)
		wrong_call("--turns must be from 1 to 101");
	if (only && !is_part(only))
		wrong_call("--only takes scalar, vector or gemm");
	return check ? check_all(&options) : measure(&options, only, json);
}
