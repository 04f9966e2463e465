// SPDX-License-Identifier: MIT
/*
 * Products of matrices: a unit of a tile with the instructions it has for them, against
 * OpenBLAS on the host with one thread and the kernels it picks for the processor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runner.h"
#include "suites.h"

#define OPENBLAS "openblas"
#define FLOPS (2.0 * 128 * 128 * 128)

static const struct {
	const char *program;
	const char *name;
} tiles[] = {
	{ "gemm-vector", "sgemm_vs_openblas" },
	{ "gemm-amp", "sgemm_amp_vs_openblas" },
};

#define TILES (sizeof(tiles) / sizeof(tiles[0]))

/* Return: false if the peer was not built, because the library is not installed */
static bool set_up(const struct bench_options *options, struct bench_runner sides[TILES + 1])
{
	struct bench_runner *peer = &sides[TILES];
	unsigned int i;
	FILE *file;

	memset(sides, 0, (TILES + 1) * sizeof(sides[0]));
	for (i = 0; i < TILES; i++) {
		snprintf(sides[i].path, sizeof(sides[i].path), "%s/%s", options->programs,
			 tiles[i].program);
		sides[i].tile = true;
	}
	snprintf(peer->path, sizeof(peer->path), "%s/gemm-openblas", options->programs);
	file = fopen(peer->path, "rb");
	if (!file)
		return false;
	fclose(file);
	/* whatever its user set for other programs */
	unsetenv("OPENBLAS_CORETYPE");
	if (options->avx2)
		setenv("OPENBLAS_CORETYPE", "Haswell", 1);
	unsetenv("OPENBLAS_L2_SIZE");
	setenv("OPENBLAS_NUM_THREADS", "1", 1);
	return true;
}

bool bench_gemm(const struct bench_options *options, struct bench_report *report)
{
	static struct bench_runner sides[TILES + 1];
	unsigned int i;

	if (!set_up(options, sides)) {
		fprintf(stderr, "bench: no %s: install libopenblas-dev and build again\n",
			sides[TILES].path);
		return false;
	}
	if (!bench_runners_measure(sides, TILES + 1, options->turns))
		return false;
	for (i = 0; i < TILES; i++) {
		struct bench_line *line =
			bench_report_add(report, tiles[i].name, "GFLOP/s", OPENBLAS);

		line->value = sides[i].speed;
		bench_series_scale(&line->value, FLOPS * 1e-9);
		line->ratio = bench_series_ratio(&sides[i].speed, &sides[TILES].speed);
	}
	return true;
}

void bench_gemm_check(const struct bench_options *options, struct bench_check *check)
{
	struct bench_runner sides[TILES + 1];
	struct bench_sample sample;
	unsigned int i;

	set_up(options, sides);
	for (i = 0; i < TILES; i++)
		bench_check_result(check, bench_run_once(&sides[i], 2, &sample), tiles[i].program,
				   "on a tile");
}
