// SPDX-License-Identifier: MIT
/*
 * Programs whose loops the compiler turns into vector instructions: one unit of one
 * tile against qemu-riscv32 running the same file at the same VLEN, and against
 * the same source compiled without vectors.
 */
#include <stdio.h>
#include <string.h>

#include "isa/ipu_isa.h"
#include "runner.h"
#include "suites.h"

#define STRING(x) #x
#define NUMBER(x) STRING(x)

/* a 32-bit machine with all that the programs use, and more */
#define QEMU_CPU "rv32,v=true,zfh=true,zvfh=true,vlen=" NUMBER(IPU_VLEN_DEFAULT)
#define QEMU "qemu-riscv32"
#define SCALAR "scalar build"

/**
 * struct program - a program
 * @name: of its file
 * @operations: of a round: of floating point, or bytes
 * @unit: a billion of them a second
 */
struct program {
	const char *name;
	double operations;
	const char *unit;
};

static const struct program programs[] = {
	{ "axpy", 2.0 * 4096, "GFLOP/s" },	    { "dot", 2.0 * 4096, "GFLOP/s" },
	{ "sgemm", 2.0 * 96 * 96 * 96, "GFLOP/s" }, { "convolution", 17.0 * 126 * 126, "GFLOP/s" },
	{ "softmax", 18.0 * 8 * 512, "GFLOP/s" },   { "memcpy", 2.0 * 65536, "GB/s" },
	{ "search", 8.5 * 65536, "GB/s" },
};

#define PROGRAMS (sizeof(programs) / sizeof(programs[0]))

enum side { VECTOR, EMULATED, PLAIN, SIDES };

static void set_up(const struct bench_options *options, const struct program *program,
		   struct bench_runner sides[SIDES])
{
	enum side side;

	memset(sides, 0, SIDES * sizeof(sides[0]));
	for (side = VECTOR; side < SIDES; side++) {
		snprintf(sides[side].path, sizeof(sides[side].path), "%s/%s-%s", options->programs,
			 program->name, side == PLAIN ? "plain" : "vector");
		sides[side].tile = side != EMULATED;
	}
	sides[EMULATED].qemu = options->qemu;
	sides[EMULATED].cpu = QEMU_CPU;
}

static void report_line(struct bench_report *report, const char *program, const char *what,
			const char *unit, const char *peer, const struct bench_series *value,
			const struct bench_series *ratio)
{
	char name[BENCH_NAME];
	struct bench_line *line;

	snprintf(name, sizeof(name), "vector_%s%s%s", program, *program ? "_" : "", what);
	line = bench_report_add(report, name, unit, peer);
	line->value = *value;
	line->ratio = *ratio;
}

bool bench_vector(const struct bench_options *options, struct bench_report *report)
{
	static struct bench_series speeds[PROGRAMS], to_qemu[PROGRAMS], to_plain[PROGRAMS];
	static struct bench_runner sides[SIDES];
	struct bench_series mean, ratio;
	unsigned int i, worst = 0;

	for (i = 0; i < PROGRAMS; i++) {
		const struct program *p = &programs[i];

		set_up(options, p, sides);
		if (!bench_runners_measure(sides, SIDES, options->turns))
			return false;
		speeds[i] = sides[VECTOR].speed;
		bench_series_scale(&speeds[i], p->operations * 1e-9);
		to_qemu[i] = bench_series_ratio(&sides[VECTOR].speed, &sides[EMULATED].speed);
		to_plain[i] = bench_series_ratio(&sides[VECTOR].speed, &sides[PLAIN].speed);
		if (bench_series_median(&to_plain[i]) < bench_series_median(&to_plain[worst]))
			worst = i;
		report_line(report, p->name, "vs_qemu_riscv32", p->unit, QEMU, &speeds[i],
			    &to_qemu[i]);
		report_line(report, p->name, "vs_scalar_build", p->unit, SCALAR, &speeds[i],
			    &to_plain[i]);
	}
	mean = bench_series_mean(speeds, PROGRAMS);
	ratio = bench_series_mean(to_qemu, PROGRAMS);
	report_line(report, "", "vs_qemu_riscv32", "Gop/s", QEMU, &mean, &ratio);
	report_line(report, "", "build_vs_scalar_build", programs[worst].unit, SCALAR,
		    &speeds[worst], &to_plain[worst]);
	return true;
}

void bench_vector_check(const struct bench_options *options, struct bench_check *check)
{
	struct bench_runner sides[SIDES];
	unsigned int i;

	for (i = 0; i < PROGRAMS; i++) {
		struct bench_sample sample[SIDES];
		bool done[SIDES];
		enum side side;

		set_up(options, &programs[i], sides);
		for (side = VECTOR; side < SIDES; side++)
			done[side] = bench_run_once(&sides[side], 2, &sample[side]);
		bench_check_result(check, done[VECTOR], programs[i].name, "with vectors");
		bench_check_result(check,
				   done[VECTOR] && done[PLAIN] &&
					   sample[VECTOR].checksum == sample[PLAIN].checksum,
				   programs[i].name, "has the same results without vectors");
		bench_check_result(check,
				   done[VECTOR] && done[EMULATED] &&
					   sample[VECTOR].checksum == sample[EMULATED].checksum,
				   programs[i].name, "has the tile's results under qemu-riscv32");
	}
}
