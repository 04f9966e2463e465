// SPDX-License-Identifier: MIT
/*
 * Differential test of vector instructions: random programs on the model and
 * under qemu-riscv32, or on the model built or limited in another way. After each
 * vector instruction all registers, flags and, after a store, the memory must be
 * the same. Prints TAP, a test for each image of many programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../options.h"
#include "command.h"
#include "vector/ipu_vec.h"
#include "vec_peers.h"
#include "vec_report.h"

#define DEFAULT_STEPS 200000

/* in this many steps every instruction occurs under every SEW */
#define STEPS_FOR_ALL 500000

/**
 * struct options - the command line
 * @runtime: file of the assembled runtime
 * @qemu: the program to compare with, or
 * @model: a build of this program to compare with
 * @tier, @peer_tier: the model's tier, here and in the peer; indices in tiers
 * @seed: of the first image, and the number of steps after which no more are made
 * @first, @programs: of each image; 0 programs: as many as fit
 * @steps, @seconds: when to stop; the one that is not 0 applies
 * @vlen: index in vlens; VLENS for all in turn
 * @serve: be the peer, and @runtime is the whole image
 */
struct options {
	const char *runtime;
	const char *qemu;
	const char *model;
	unsigned int tier;
	unsigned int peer_tier;
	unsigned int vlen;
	uint64_t seed;
	uint64_t first;
	uint64_t programs;
	uint64_t steps;
	uint64_t seconds;
	bool serve;
};

/**
 * struct result - of an image
 * @steps: how many were the same
 * @program: the number within the image of the one that differed, or -1
 * @message: what else went wrong
 */
struct result {
	uint64_t steps;
	int program;
	char message[DIFF_MESSAGE];
};

/* in the order of enum ipu_vec_tier */
static const char *const tiers[] = { "portable", "avx2", "avx512", NULL };

/* each twice the previous one */
#define VLENS 4
#define VLEN_MIN 128
static const char *const vlens[VLENS + 1] = { "128", "256", "512", "1024", NULL };

static uint8_t runtime[IPU_SRAM_SIZE];
static size_t runtime_bytes;

/* too large for the stack */
static struct vec_image image;
static uint32_t theirs[VEC_LOG_BYTES / 4];

static void parse(int argc, char **argv, struct options *options)
{
	const struct option_entry entries[] = {
		{ "runtime", "FILE", "the assembled runtime; needed", .text = &options->runtime,
		  .needed = true },
		{ "qemu", "PROGRAM", "compare with this qemu-riscv32", .text = &options->qemu },
		{ "model", "PROGRAM",
		  "without --qemu: compare with the model in this build of vec_diff (this one)",
		  .text = &options->model },
		{ "tier", "TIER",
		  "do vector instructions by portable, avx2 or avx512 code (the best)",
		  .choice = &options->tier, .choices = tiers },
		{ "peer-tier", "TIER", "the same for --model (the best)",
		  .choice = &options->peer_tier, .choices = tiers },
		{ "vlen", "N", "bits of a vector register (128, 256, 512 and 1024 in turn)",
		  .choice = &options->vlen, .choices = vlens },
		{ "seed", "N", "of the random sequence (the time of day)",
		  .number = &options->seed },
		{ "first", "N", "number of an image's first program in it (0)",
		  .number = &options->first, .most = INT64_MAX },
		{ "programs", "N", "programs of one image (as many as fit)",
		  .number = &options->programs, .least = 1, .most = VEC_IMAGE_PROGRAMS },
		{ "steps", "N", "how many instructions to compare at least (200000)",
		  .number = &options->steps, .least = 1 },
		{ "seconds", "N", "how long to go on, instead of --steps",
		  .number = &options->seconds, .least = 1 },
		{ "serve", NULL, NULL, .flag = &options->serve },
		{ 0 },
	};

	options_parse(argc, argv, entries,
		      "Compare random vector programs on the model of a tile and on a peer.");
}

/* ---- Comparing an image --------------------------------------------------------------------- */

static bool start_peer(const struct options *options, struct diff_child *child,
		       char message[DIFF_MESSAGE])
{
	const char *model = options->model ? options->model : "/proc/self/exe";
	char cpu[32], vlen[16];
	const char *const qemu_argv[] = { options->qemu, "-cpu", cpu, "IMAGE", NULL };
	const char *const model_argv[] = {
		model,	  "--serve", "--runtime", "IMAGE",
		"--vlen", vlen,	     "--tier",	  tiers[options->peer_tier],
		NULL,
	};

	snprintf(cpu, sizeof(cpu), "max,vlen=%u", image.layout.vlen);
	snprintf(vlen, sizeof(vlen), "%u", image.layout.vlen);
	return diff_child_start(child, image.sram, options->qemu ? qemu_argv : model_argv, message);
}

/* the entry before the one that differs, empty at first */
static uint32_t before[VEC_ENTRY_MAX / 4];

/* How many words of a piece of the logs are the same, in whole entries. */
static size_t compare_log(const uint32_t *ours, size_t words, struct result *result)
{
	size_t at = 0, len;

	while (at < words) {
		len = vec_entry_bytes(ours + at, image.layout.vlen);
		if (memcmp(ours + at, theirs + at, len))
			break;
		memcpy(before, ours + at, len);
		result->steps++;
		at += len / 4;
	}
	return at;
}

/* an entry that differs; if the peer's is not a valid one, the peer failed in another way */
static void take_difference(const uint32_t *ours, const uint32_t *entry, bool report,
			    struct result *result)
{
	if (vec_image_program(&image, entry[VEC_ENTRY_RETURN]) < 0) {
		snprintf(result->message, sizeof(result->message),
			 "the peer failed between 0x%x and 0x%x", before[VEC_ENTRY_RETURN],
			 ours[VEC_ENTRY_RETURN] - 4);
		return;
	}
	result->program = vec_image_program(&image, ours[VEC_ENTRY_RETURN] - 8);
	if (report)
		vec_print_entry(&image, before[0] ? before : NULL, ours, entry);
}

static void compare_logs(struct diff_model *model, struct diff_child *child, bool report,
			 struct result *result)
{
	const uint8_t *log;
	size_t bytes, got, same;
	bool more = true;

	memset(before, 0, sizeof(before));
	while (more && result->program < 0 && !result->message[0]) {
		more = vec_model_run(model, &log, &bytes, result->message);
		got = diff_child_read(child, theirs, bytes);
		memset((uint8_t *)theirs + got, 0, bytes - got);
		same = compare_log((const uint32_t *)(const void *)log, bytes / 4, result);
		if (same < bytes / 4)
			take_difference((const uint32_t *)(const void *)log + same, theirs + same,
					report, result);
	}
}

static struct result compare(const struct options *options, bool report)
{
	struct result result = { .program = -1 };
	char message[DIFF_MESSAGE];
	struct diff_child child;
	struct diff_model model;

	if (!start_peer(options, &child, result.message))
		return result;
	diff_model_start(&model, image.sram, image.layout.vlen);
	compare_logs(&model, &child, report, &result);
	if (!diff_child_end(&child, result.program < 0 && !result.message[0], message))
		memcpy(result.message, message, sizeof(message));
	diff_model_end(&model);
	return result;
}

static bool same(const struct result *result)
{
	return result->program < 0 && !result->message[0];
}

/* ---- Running ------------------------------------------------------------------------------- */

static void build(const struct options *options, uint64_t seed, uint64_t first, unsigned int most,
		  bool dense)
{
	image.layout.dense = dense;
	image.layout.custom = !options->qemu;
	vec_image_build(&image, runtime, runtime_bytes, seed, first, most);
}

/* the program alone, with the state logged before the instruction that differs, too */
static bool explain(const struct options *options, uint64_t seed, uint64_t n)
{
	struct result result;

	printf("# program %llu differs; alone: --vlen %u --seed %llu --first %llu --programs 1\n",
	       (unsigned long long)n, image.layout.vlen, (unsigned long long)seed,
	       (unsigned long long)n);
	build(options, seed, n, 1, true);
	result = compare(options, true);
	if (result.message[0])
		printf("# %s\n", result.message);
	return !same(&result);
}

/* for an image that differs: which of its programs do */
static void find_culprit(const struct options *options, uint64_t seed, const struct result *result,
			 unsigned int programs)
{
	const uint64_t first = options->first;
	struct result alone;
	uint64_t n;

	if (result->program >= 0) {
		if (explain(options, seed, first + result->program))
			return;
		printf("# not with a look at the state before each instruction; without:\n");
		build(options, seed, first, programs, false);
		compare(options, true);
		return;
	}
	for (n = first; n < first + programs; n++) {
		build(options, seed, n, 1, false);
		alone = compare(options, true);
		if (!same(&alone)) {
			explain(options, seed, n);
			diff_print_code(image.sram, image.start[0], image.start[1]);
			return;
		}
	}
	printf("# no program of the image fails alone\n");
}

static bool check_coverage(const struct options *options, unsigned int test)
{
	char what[64];
	bool missing = vec_missing(what, !options->qemu);

	if (missing)
		printf("# no program contained %s\n", what);
	return diff_report(!missing, test, "every instruction was in some program");
}

static bool enough(const struct options *options, uint64_t steps, time_t start)
{
	if (options->programs)
		return steps > 0;
	if (options->seconds)
		return (uint64_t)(time(NULL) - start) >= options->seconds;
	return steps >= options->steps;
}

static bool run_all(const struct options *options)
{
	const unsigned int most = options->programs ? options->programs : VEC_IMAGE_PROGRAMS;
	const bool all_vlens = options->vlen == VLENS;
	const time_t start = time(NULL);
	unsigned int test = 0;
	uint64_t steps = 0;
	bool good = true;
	char name[100];

	while (!enough(options, steps, start)) {
		const uint64_t seed = options->seed + test;
		struct result result;
		unsigned int programs;

		image.layout.vlen = VLEN_MIN << (all_vlens ? seed % VLENS : options->vlen);
		build(options, seed, options->first, most, false);
		programs = image.programs;
		result = compare(options, false);
		if (result.message[0])
			printf("# %s\n", result.message);
		if (!same(&result))
			find_culprit(options, seed, &result, programs);
		steps += result.steps + 1;
		snprintf(name, sizeof(name), "VLEN %u, seed %llu: %llu instructions",
			 image.layout.vlen, (unsigned long long)seed,
			 (unsigned long long)result.steps);
		good &= diff_report(same(&result), ++test, name);
	}
	if (steps >= STEPS_FOR_ALL && good)
		good &= check_coverage(options, ++test);
	printf("1..%u\n", test);
	return good;
}

int main(int argc, char **argv)
{
	struct options options = {
		.tier = IPU_VEC_TIERS - 1,
		.peer_tier = IPU_VEC_TIERS - 1,
		.vlen = VLENS,
		.seed = time(NULL),
		.steps = DEFAULT_STEPS,
	};

	parse(argc, argv, &options);
	ipu_vec_limit(options.tier);
	if (options.serve)
		return vec_serve(options.runtime, VLEN_MIN << options.vlen);
	runtime_bytes = diff_read_runtime(options.runtime, runtime, 4 + sizeof(struct vec_head));
	printf("# seed %llu\n", (unsigned long long)options.seed);
	fflush(stdout);
	return !run_all(&options);
}
