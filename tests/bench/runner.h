/* SPDX-License-Identifier: MIT */
/*
 * The ways to run a program of the benchmark, and how fast each is. Not thread safe.
 */
#ifndef BENCH_RUNNER_H
#define BENCH_RUNNER_H

#include <stdbool.h>
#include <stdint.h>

#include "series.h"

#define BENCH_PATH 512

/**
 * struct bench_runner - a program and a way to run it
 * @path: the program's file
 * @qemu: the program that runs it as a process; NULL: the host does
 * @cpu: what @qemu gets as -cpu
 * @tile: run it on a tile in this process instead
 * @rounds: enough to take long enough to be measured, set by
 *	bench_runner_prepare()
 * @speed: rounds a second, an entry for each measurement
 * @instructions: retired in one round, on a tile only
 * @checksum: from bench_runner_prepare()
 */
struct bench_runner {
	char path[BENCH_PATH];
	const char *qemu;
	const char *cpu;
	bool tile;
	uint32_t rounds;
	struct bench_series speed;
	double instructions;
	uint32_t checksum;
};

/**
 * struct bench_sample - one run
 * @seconds: processor time of bench_run(), without what comes before
 * @instructions: retired in that time, on a tile only
 * @checksum: what bench_run() returned
 */
struct bench_sample {
	double seconds;
	double instructions;
	uint32_t checksum;
};

/**
 * bench_run_once - run a program
 * Return: false if it did not end as it should or reports that its results are
 * wrong; the reason is on standard error.
 */
bool bench_run_once(const struct bench_runner *runner, uint32_t rounds,
		    struct bench_sample *sample);

/** bench_run_tile - the same for a runner with @tile (runner-tile.c) */
bool bench_run_tile(const char *path, uint32_t rounds, struct bench_sample *sample);

/** bench_runner_prepare - find out how many rounds take long enough */
bool bench_runner_prepare(struct bench_runner *runner);

/** bench_runner_measure - add an entry to @speed; the checksum is of @rounds */
bool bench_runner_measure(struct bench_runner *runner);

/** bench_runners_measure - prepare @count runners, then measure each @turns times, in turn */
bool bench_runners_measure(struct bench_runner *runners, unsigned int count, unsigned int turns);

#endif /* BENCH_RUNNER_H */
