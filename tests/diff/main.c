// SPDX-License-Identifier: MIT
/*
 * Differential test of the tile engine: random programs on the model and under
 * qemu-riscv32, which must leave the same registers, flags and memory. Prints
 * TAP, a test for each image of many programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../options.h"
#include "command.h"
#include "image.h"
#include "peers.h"

#define DEFAULT_PROGRAMS 10000

/**
 * struct options - the command line
 * @qemu: the program to compare with
 * @runtime: file of the assembled runtime
 * @seed: of the sequence of programs
 * @first: number of the first program
 * @programs: how many
 */
struct options {
	const char *qemu;
	const char *runtime;
	uint64_t seed;
	uint64_t first;
	uint64_t programs;
};

static uint8_t runtime[IPU_SRAM_SIZE];
static size_t runtime_bytes;

/* too large for the stack */
static struct diff_image image;
static struct diff_state by_model[DIFF_IMAGE_PROGRAMS];
static struct diff_state by_qemu[DIFF_IMAGE_PROGRAMS];

static void parse(int argc, char **argv, struct options *options)
{
	const struct option_entry entries[] = {
		{ "runtime", "FILE", "the assembled runtime; needed", .text = &options->runtime,
		  .needed = true },
		{ "qemu", "PROGRAM", "the program to compare with (qemu-riscv32)",
		  .text = &options->qemu },
		{ "seed", "N", "of the random sequence (the time of day)",
		  .number = &options->seed },
		{ "first", "N", "number of the first program in it (0)", .number = &options->first,
		  .most = INT64_MAX },
		{ "programs", "N", "how many programs (10000)", .number = &options->programs,
		  .least = 1, .most = INT64_MAX },
		{ 0 },
	};

	options_parse(argc, argv, entries,
		      "Compare random programs on the model of a tile and under qemu-riscv32.");
}

/* ---- Differences --------------------------------------------------------------------------- */

static void print_word(const char *name, unsigned int index, uint32_t before, uint32_t model,
		       uint32_t qemu)
{
	if (model != qemu)
		printf("# %s%u: before %08x, model %08x, qemu %08x\n", name, index, before, model,
		       qemu);
}

static void print_registers(const struct diff_state *before)
{
	unsigned int i;

	printf("# before: fcsr %02x\n", before->fcsr);
	for (i = 0; i < 32; i += 4)
		printf("# x%-2u %08x %08x %08x %08x   f%-2u %08x %08x %08x %08x\n", i, before->x[i],
		       before->x[i + 1], before->x[i + 2], before->x[i + 3], i, before->f[i],
		       before->f[i + 1], before->f[i + 2], before->f[i + 3]);
}

static void print_difference(const struct options *options, unsigned int program, uint64_t n)
{
	const struct diff_state *model = &by_model[program], *qemu = &by_qemu[program];
	struct diff_state before;
	unsigned int i;

	memcpy(&before, image.sram + (image.head.blocks - IPU_SRAM_BASE) + program * sizeof(before),
	       sizeof(before));
	printf("# program %llu differs; alone: --seed %llu --first %llu --programs 1\n",
	       (unsigned long long)n, (unsigned long long)options->seed, (unsigned long long)n);
	for (i = 0; i < 32; i++)
		print_word("x", i, before.x[i], model->x[i], qemu->x[i]);
	for (i = 0; i < 32; i++)
		print_word("f", i, before.f[i], model->f[i], qemu->f[i]);
	print_word("fcsr ", 0, before.fcsr, model->fcsr, qemu->fcsr);
	print_word("memory's checksum ", 0, 0, model->sum, qemu->sum);
	print_registers(&before);
	diff_print_code(image.sram, image.start[program], image.start[program + 1]);
}

/* ---- Running ------------------------------------------------------------------------------- */

static bool run_model(char message[DIFF_MESSAGE])
{
	struct diff_model model;
	struct ipu_tile_fault fault;
	bool done;

	diff_model_start(&model, image.sram, IPU_VLEN_DEFAULT);
	done = diff_model_run(&model, message) == IPU_TILE_EXITED;
	if (done) {
		memcpy(by_model, model.sram + (image.head.blocks - IPU_SRAM_BASE),
		       image.head.blocks_bytes);
	} else {
		ipu_tile_fault(model.tile, &fault);
		printf("# in program %d of the image:\n", diff_image_program(&image, fault.pc));
	}
	diff_model_end(&model);
	return done;
}

static bool run_qemu(const char *qemu, char message[DIFF_MESSAGE])
{
	const char *const argv[] = { qemu, "-cpu", "max", "IMAGE", NULL };

	return diff_child_run(image.sram, argv, by_qemu, image.head.blocks_bytes, message);
}

/* compare the image from program @first on; returns whether both are the same */
static bool compare(const struct options *options, uint64_t first)
{
	char message[DIFF_MESSAGE];
	unsigned int i;

	if (!run_model(message) || !run_qemu(options->qemu, message)) {
		printf("# %s\n", message);
		return false;
	}
	for (i = 0; i < image.programs; i++) {
		if (memcmp(&by_model[i], &by_qemu[i], sizeof(by_model[i]))) {
			print_difference(options, i, first + i);
			return false;
		}
	}
	return true;
}

/* for an image that did not run to its end: which of its programs is the reason */
static void find_culprit(const struct options *options, uint64_t first, unsigned int programs)
{
	uint64_t n;

	for (n = first; n < first + programs; n++) {
		diff_image_build(&image, runtime, runtime_bytes, options->seed, n, 1);
		if (!compare(options, n)) {
			printf("# program %llu fails alone, too: --seed %llu --first %llu "
			       "--programs 1\n",
			       (unsigned long long)n, (unsigned long long)options->seed,
			       (unsigned long long)n);
			diff_print_code(image.sram, image.start[0], image.start[1]);
			return;
		}
	}
	printf("# no program of the image fails alone\n");
}

static bool run_all(const struct options *options)
{
	uint64_t n = options->first, end = options->first + options->programs;
	unsigned int test = 0;
	bool good = true;
	char name[80];

	while (n < end) {
		uint64_t left = end - n;
		unsigned int most = left < DIFF_IMAGE_PROGRAMS ? left : DIFF_IMAGE_PROGRAMS;
		unsigned int programs;
		bool same;

		diff_image_build(&image, runtime, runtime_bytes, options->seed, n, most);
		programs = image.programs;
		same = compare(options, n);
		if (!same && programs > 1)
			find_culprit(options, n, programs);
		snprintf(name, sizeof(name), "programs %llu to %llu", (unsigned long long)n,
			 (unsigned long long)(n + programs - 1));
		good &= diff_report(same, ++test, name);
		n += programs;
	}
	if (options->programs >= 1000) {
		const char *missing = diff_missing();

		if (missing)
			printf("# no program contained %s\n", missing);
		good &= diff_report(!missing, ++test, "every instruction was in some program");
	}
	printf("1..%u\n", test);
	return good;
}

int main(int argc, char **argv)
{
	struct options options = {
		.qemu = "qemu-riscv32",
		.seed = time(NULL),
		.programs = DEFAULT_PROGRAMS,
	};

	parse(argc, argv, &options);
	runtime_bytes = diff_read_runtime(options.runtime, runtime, 4 + sizeof(struct diff_head));
	printf("# seed %llu\n", (unsigned long long)options.seed);
	fflush(stdout);
	return !run_all(&options);
}
