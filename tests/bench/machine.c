// SPDX-License-Identifier: MIT
/*
 * The whole machine: what a barrier costs, how fast the exchange is beside memcpy() of
 * the same bytes with as many threads, what a second thread brings beside two processes
 * of one thread each, and what it costs to start all tiles. Through libipu, on its
 * simulator.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "card.h"
#include "copy.h"
#include "machine/machine.h"
#include "suites.h"

#define TILES 1472
#define MIB (1u << 20)
#define PROGRAM "machine.elf"

/* ---- A machine ---------------------------------------------------------------------------- */

/* Run it. Return: seconds, or 0 if it failed. */
static double machine_run(struct bench_card *machine, uint32_t mode, uint32_t rounds,
			  uint32_t bytes, uint32_t entry)
{
	const uint32_t params[MACHINE_PARAMS] = { mode, rounds, bytes, entry };
	double began = bench_now();

	if (ipu_tensor_set(machine->ctx, "params", params, sizeof(params), MACHINE_PARAMS) ||
	    ipu_run(machine->ctx, NULL)) {
		bench_card_failed(PROGRAM);
		return 0;
	}
	return bench_now() - began;
}

/* Seconds of one of @rounds rounds, without what comes before and after them. */
static double machine_round(struct bench_card *machine, uint32_t mode, uint32_t rounds,
			    uint32_t bytes, uint32_t entry)
{
	/* the first touches memory, and the card may give tiles that receive much huge pages */
	double first = machine_run(machine, mode, rounds, bytes, entry);
	double few = first ? machine_run(machine, mode, 1, bytes, entry) : 0;
	double many = machine_run(machine, mode, rounds + 1, bytes, entry);

	if (few && many && many <= few)
		fprintf(stderr, "bench: " PROGRAM ": %u rounds took no longer than one\n",
			rounds + 1);
	return few && many > few ? (many - few) / rounds : 0;
}

/* ---- Barriers ----------------------------------------------------------------------------- */

static bool supersteps(const struct bench_options *options, struct bench_report *report,
		       unsigned int tiles, unsigned int threads)
{
	struct bench_card machine;
	struct bench_line *line;
	char name[BENCH_NAME];
	unsigned int turn;
	double seconds = 1;

	if (!bench_card_open(&machine, options->programs, PROGRAM, tiles, threads))
		return false;
	snprintf(name, sizeof(name), "superstep_empty_us_%u_threads%u", tiles, threads);
	line = bench_report_add(report, name, "us", NULL);
	for (turn = 0; turn < options->turns && seconds; turn++) {
		seconds = machine_round(&machine, MACHINE_SUPERSTEPS, 1000000 / (tiles + 2), 0, 0);
		bench_series_add(&line->value, seconds * 1e6);
	}
	bench_card_close(&machine);
	return seconds;
}

/* ---- Exchange ----------------------------------------------------------------------------- */

/*
 * Where each tile has an entry of 4 KiB for each, 1 MiB are 16 tiles, and 16 MiB are 64. All
 * tiles with the least there is of such entries are 16 MiB, and their barrier counts, too.
 */
static const struct {
	const char *name;
	uint32_t mode;
	uint32_t tiles;
	uint32_t mib;
	uint32_t entry;
} exchanges[] = {
	{ "exchange_vs_memcpy_all_1mib", MACHINE_ALL_TO_ALL, 16, 1, 4096 },
	{ "exchange_vs_memcpy_all_16mib", MACHINE_ALL_TO_ALL, 64, 16, 4096 },
	{ "exchange_vs_memcpy_all_16mib_1472", MACHINE_ALL_TO_ALL, TILES, 16, 4096 },
	{ "exchange_vs_memcpy_all_256mib", MACHINE_ALL_TO_ALL, TILES, 256, 4096 },
	{ "exchange_vs_memcpy_next_1mib", MACHINE_NEIGHBOURS, 16, 1, 4096 },
	{ "exchange_vs_memcpy_next_16mib", MACHINE_NEIGHBOURS, 64, 16, 4096 },
	{ "exchange_vs_memcpy_next_16mib_1472", MACHINE_NEIGHBOURS, TILES, 16, 4096 },
	{ "exchange_vs_memcpy_next_256mib", MACHINE_NEIGHBOURS, TILES, 256, 65536 },
	{ "exchange_small_vs_memcpy_all", MACHINE_ALL_TO_ALL, TILES, 64, 64 },
	{ "exchange_small_vs_memcpy_next", MACHINE_NEIGHBOURS, TILES, 64, 64 },
};

#define EXCHANGES (sizeof(exchanges) / sizeof(exchanges[0]))

static bool exchange(const struct bench_options *options, struct bench_report *report,
		     unsigned int which)
{
	const uint32_t tiles = exchanges[which].tiles, entry = exchanges[which].entry;
	const uint32_t bytes = exchanges[which].mib * MIB / tiles / entry * entry;
	struct bench_line *line =
		bench_report_add(report, exchanges[which].name, "GB/s", "memcpy, 2 threads");
	unsigned int rounds = 2048 / exchanges[which].mib;
	struct bench_card machine;
	unsigned int turn;
	double ours = 1, peer = 1;

	if (!bench_card_open(&machine, options->programs, PROGRAM, tiles, 2))
		return false;
	for (turn = 0; turn < options->turns && ours && peer; turn++) {
		ours = machine_round(&machine, exchanges[which].mode, rounds, bytes, entry);
		peer = bench_copy_seconds((size_t)bytes * tiles, rounds);
		bench_series_add(&line->value, (double)bytes * tiles / ours * 1e-9);
		bench_series_add(&line->ratio, peer / ours);
	}
	bench_card_close(&machine);
	return ours && peer;
}

/* ---- Scaling ------------------------------------------------------------------------------ */

#define WORK_ITERATIONS 200
#define WORK_TIMES 20

static double work(const struct bench_options *options, unsigned int tiles, unsigned int threads,
		   int go)
{
	struct bench_card machine;
	double seconds;
	char byte;

	if (!bench_card_open(&machine, options->programs, PROGRAM, tiles, threads))
		return 0;
	machine_run(&machine, MACHINE_WORK, WORK_ITERATIONS, 1, 0);
	if (go >= 0 && read(go, &byte, 1) < 0)
		return 0;
	seconds = machine_run(&machine, MACHINE_WORK, WORK_ITERATIONS, WORK_TIMES, 0);
	bench_card_close(&machine);
	return seconds;
}

/* A process with half of the tiles on one thread. Return: where its seconds can be read. */
static int half(const struct bench_options *options, int go)
{
	double seconds;
	int out[2];

	if (pipe(out))
		return -1;
	if (fork() == 0) {
		seconds = work(options, TILES / 2, 1, go);
		_exit(write(out[1], &seconds, sizeof(seconds)) != sizeof(seconds));
	}
	close(out[1]);
	return out[0];
}

/* Two of them side by side. Return: seconds of the slower one, 0 if one failed. */
static double halves(const struct bench_options *options)
{
	double seconds[2] = { 0 };
	int go[2], in[2];
	unsigned int i;

	if (pipe(go))
		return 0;
	for (i = 0; i < 2; i++)
		in[i] = half(options, go[0]);
	sleep(1);
	if (write(go[1], "gg", 2) != 2)
		return 0;
	for (i = 0; i < 2; i++) {
		if (read(in[i], &seconds[i], sizeof(seconds[i])) != sizeof(seconds[i]))
			seconds[i] = 0;
		close(in[i]);
		wait(NULL);
	}
	close(go[0]);
	close(go[1]);
	if (!seconds[0] || !seconds[1])
		return 0;
	return seconds[0] > seconds[1] ? seconds[0] : seconds[1];
}

static bool scaling(const struct bench_options *options, struct bench_report *report)
{
	struct bench_line *line =
		bench_report_add(report, "threads2_scaling", "s", "two processes of one thread");
	unsigned int turn;
	double ours, peer;

	for (turn = 0; turn < options->turns; turn++) {
		ours = work(options, TILES, 2, -1);
		peer = halves(options);
		if (!ours || !peer)
			return false;
		bench_series_add(&line->value, ours);
		bench_series_add(&line->ratio, peer / ours);
	}
	return true;
}

/* ---- Start -------------------------------------------------------------------------------- */

static double resident_mib(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long size, resident = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%lu %lu", &size, &resident) != 2)
		resident = 0;
	fclose(file);
	return (double)resident * (double)sysconf(_SC_PAGESIZE) / MIB;
}

/* From nothing to the end of a run of a small program on all tiles. */
static bool start(const struct bench_options *options, struct bench_report *report)
{
	struct bench_line *seconds = bench_report_add(report, "start_1472_seconds", "s", NULL);
	struct bench_line *mib = bench_report_add(report, "start_1472_mib", "MiB", NULL);
	struct bench_card machine;
	unsigned int turn;
	double began, before;

	for (turn = 0; turn < options->turns; turn++) {
		before = resident_mib();
		began = bench_now();
		if (!bench_card_open(&machine, options->programs, PROGRAM, TILES, 2))
			return false;
		if (!machine_run(&machine, MACHINE_SUPERSTEPS, 1, 0, 0))
			return false;
		bench_series_add(&seconds->value, bench_now() - began);
		bench_series_add(&mib->value, resident_mib() - before);
		bench_card_close(&machine);
	}
	return true;
}

/* ------------------------------------------------------------------------------------------- */

bool bench_machine(const struct bench_options *options, struct bench_report *report)
{
	static const unsigned int tiles[] = { 1, 64, TILES };
	bool good;
	unsigned int i;

	good = start(options, report);
	for (i = 0; good && i < 3; i++)
		good = supersteps(options, report, tiles[i], 1) &&
		       supersteps(options, report, tiles[i], 2);
	good = good && scaling(options, report);
	for (i = 0; good && i < EXCHANGES; i++)
		good = exchange(options, report, i);
	return good;
}

void bench_machine_check(const struct bench_options *options, struct bench_check *check)
{
	static const char *const names[] = { "supersteps", "neighbours", "all to all", "work" };
	struct bench_card machine;
	bool open = bench_card_open(&machine, options->programs, PROGRAM, 64, 2);
	uint32_t mode;

	for (mode = 0; mode <= MACHINE_WORK; mode++)
		bench_check_result(check, open && machine_run(&machine, mode, 2, 4096, 64) > 0,
				   names[mode], "on all tiles");
	if (open)
		bench_card_close(&machine);
}
