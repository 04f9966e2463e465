// SPDX-License-Identifier: MIT
/*
 * Plain C programs without vectors: one unit of one tile against qemu-riscv32 running
 * the same file, and against the same source compiled for the host.
 */
#include <stdio.h>
#include <string.h>

#include "runner.h"
#include "suites.h"

/* the extensions that the programs use, and no others */
#define QEMU_CPU "rv32"
#define QEMU "qemu-riscv32"
#define NATIVE "native"
#define UNIT "MIPS"

struct program {
	const char *name;
	bool is_float;
};

static const struct program programs[] = {
	{ "sieve", false },  { "crc32", false }, { "quicksort", false },
	{ "sha256", false }, { "lz", false },	 { "nbody", true },
	{ "matmul", true },  { "fft", true },	 { "mandelbrot", true },
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

enum side { TILE, EMULATED, HOST, SIDES };

static void set_up(const struct bench_options *options, const struct program *program,
		   struct bench_runner sides[SIDES])
{
	enum side side;

	memset(sides, 0, SIDES * sizeof(sides[0]));
	for (side = TILE; side < SIDES; side++)
		snprintf(sides[side].path, sizeof(sides[side].path), "%s/%s-%s", options->programs,
			 program->name, side == HOST ? "native" : "rv32");
	sides[TILE].tile = true;
	sides[EMULATED].qemu = options->qemu;
	sides[EMULATED].cpu = QEMU_CPU;
}

/* Our speed in instructions a second, all or only those of one kind, as a mean. */
struct means {
	unsigned int count;
	struct bench_series mips[PROGRAMS];
	struct bench_series to_qemu[PROGRAMS];
	struct bench_series to_native[PROGRAMS];
};

static void add_to_means(struct means *means, const struct bench_series *mips,
			 const struct bench_series *to_qemu, const struct bench_series *to_native)
{
	means->mips[means->count] = *mips;
	means->to_qemu[means->count] = *to_qemu;
	means->to_native[means->count++] = *to_native;
}

static void report_line(struct bench_report *report, const char *name, const char *suffix,
			const char *peer, const struct bench_series *mips,
			const struct bench_series *ratio)
{
	char full[BENCH_NAME];
	struct bench_line *line;

	snprintf(full, sizeof(full), "%s%s", name, suffix);
	line = bench_report_add(report, full, UNIT, peer);
	line->value = *mips;
	line->ratio = *ratio;
}

static void report_means(struct bench_report *report, const char *name, const struct means *means)
{
	const struct bench_series mips = bench_series_mean(means->mips, means->count);
	const struct bench_series to_qemu = bench_series_mean(means->to_qemu, means->count);
	const struct bench_series to_native = bench_series_mean(means->to_native, means->count);

	report_line(report, name, "_vs_qemu_riscv32", QEMU, &mips, &to_qemu);
	report_line(report, name, "_vs_native", NATIVE, &mips, &to_native);
}

bool bench_scalar(const struct bench_options *options, struct bench_report *report)
{
	static struct means all, ints, floats;
	static struct bench_runner sides[SIDES];
	const struct bench_series none = { 0 };
	unsigned int i;

	for (i = 0; i < PROGRAMS; i++) {
		struct bench_series mips, to_qemu, to_native;

		set_up(options, &programs[i], sides);
		if (!bench_runners_measure(sides, SIDES, options->turns))
			return false;
		mips = sides[TILE].speed;
		bench_series_scale(&mips, sides[TILE].instructions * 1e-6);
		to_qemu = bench_series_ratio(&sides[TILE].speed, &sides[EMULATED].speed);
		to_native = bench_series_ratio(&sides[TILE].speed, &sides[HOST].speed);
		report_line(report, programs[i].name, "_vs_qemu_riscv32", QEMU, &mips, &to_qemu);
		report_line(report, programs[i].name, "_vs_native", NATIVE, &mips, &to_native);
		add_to_means(&all, &mips, &to_qemu, &to_native);
		add_to_means(programs[i].is_float ? &floats : &ints, &mips, &to_qemu, &to_native);
	}
	report_means(report, "scalar_int", &ints);
	report_means(report, "scalar_float", &floats);
	all.mips[0] = bench_series_mean(all.mips, all.count);
	report_line(report, "tile_mips", "", NULL, &all.mips[0], &none);
	return true;
}

void bench_scalar_check(const struct bench_options *options, struct bench_check *check)
{
	struct bench_runner sides[SIDES];
	unsigned int i;

	for (i = 0; i < PROGRAMS; i++) {
		struct bench_sample sample[SIDES];
		bool done[SIDES];
		enum side side;

		set_up(options, &programs[i], sides);
		for (side = TILE; side < SIDES; side++)
			done[side] = bench_run_once(&sides[side], 2, &sample[side]);
		bench_check_result(check, done[TILE], programs[i].name, "on a tile");
		bench_check_result(check, done[HOST], programs[i].name, "on the host");
		bench_check_result(check,
				   done[TILE] && done[EMULATED] &&
					   sample[TILE].checksum == sample[EMULATED].checksum,
				   programs[i].name, "has the tile's results under qemu-riscv32");
	}
}
