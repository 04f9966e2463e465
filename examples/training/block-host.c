// SPDX-License-Identifier: MIT
/*
 * block-host ELF TILES BATCH TIME WIDTH HEADS [f32|f16|bf16]: run a transformer block forward and
 * backward on the tiles of $IPU_DEVICE or the first card, and compare what it gives, and all
 * gradients, with the same computed in double. Prints what each phase took.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu.h>

#include "example_host.h"
#include "host_block.h"

#define TILES 1472
#define DIFFERENCE 1e-6 /* of the reference's gradients to differences, relative */
#define WATCHDOG 100000 /* ms: main() plans 18 products */

/* Types, and what errors may be, relative to the largest element of the tensor. */
static const struct type {
	const char *name;
	enum ipu_dtype dtype;
	double y, grad;
} types[] = {
	{ "f32", IPU_F32, 1e-6, 2e-6 },
	{ "f16", IPU_F16, 2e-3, 4e-3 },
	{ "bf16", IPU_BF16, 2e-2, 3e-2 },
};

static void check(int err)
{
	if (err)
		fail("%s", ipu_error());
}

static void print_line(const struct ipu_printed *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "tile %u: %s\n", line->tile, line->text);
}

static const struct type *find_type(const char *name)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (!strcmp(types[i].name, name))
			return &types[i];
	fail("\"%s\" is not f32, f16 or bf16", name);
}

/* ---- On the tiles ------------------------------------------------------------------ */

static void run(struct ipu_context *ctx, const char *entry)
{
	struct ipu_report report = { .size = sizeof(report) };

	check(ipu_set_entry(ctx, entry));
	check(ipu_run(ctx, &report));
	printf("%-16s %10llu cycles %5llu supersteps %9.0f KiB exchanged %8.2f s\n", entry,
	       (unsigned long long)report.cycles, (unsigned long long)report.supersteps,
	       (double)report.exchange_bytes / 1024, (double)report.host_ns * 1e-9);
}

/* @values: in and out, whole rows of 4. */
static void run_tiles(struct ipu_context *ctx, const struct block_sizes *sizes, float *values,
		      size_t rows)
{
	static const char *const phases[] = {
		"main", "attention", "perceptron", "perceptron_grad", "attention_grad", "results",
	};

	check(ipu_tensor_set(ctx, "sizes", sizes, sizeof(*sizes), BLOCK_SIZES));
	check(ipu_tensor_set(ctx, "values", values, rows * 4 * sizeof(*values), rows));
	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++)
		run(ctx, phases[i]);
	check(ipu_tensor_get(ctx, "values", values, rows * 4 * sizeof(*values), NULL));
}

/* ---- Comparing --------------------------------------------------------------------- */

static bool compare(const char *name, const float *got, const double *want, size_t count,
		    double tolerance)
{
	double most = 0, error = 0;

	for (size_t i = 0; i < count; i++) {
		most = fmax(most, fabs(want[i]));
		/* Also what is not a number is wrong. */
		if (!(fabs((double)got[i] - want[i]) <= error))
			error = isfinite(got[i]) ? fabs((double)got[i] - want[i]) :
						   (double)INFINITY;
	}
	printf("%-8s largest %8.4f  error %.2g of it, %.2g allowed%s\n", name, most, error / most,
	       tolerance, error <= tolerance * most ? "" : ": WRONG");
	return error <= tolerance * most;
}

static bool compare_all(const struct block_sizes *sizes, const struct type *type,
			const float *values, const double *want)
{
	bool right = true;

	for (uint32_t i = 0; i < BLOCK_TENSORS; i++) {
		const uint32_t at = block_offset(sizes, i), end = block_offset(sizes, i + 1);
		char name[16];

		if (i == BLOCK_Y)
			snprintf(name, sizeof(name), "y");
		else
			snprintf(name, sizeof(name), "d%s",
				 block_tensor_name(i == BLOCK_DX ? BLOCK_X : i));
		right &= compare(name, values + at, want + at, end - at,
				 i == BLOCK_Y ? type->y : type->grad);
	}
	return right;
}

static struct ipu_context *new_context(struct ipu_device *dev, struct ipu_program *prog,
				       uint32_t tiles)
{
	const struct ipu_context_options options = {
		.size = sizeof(options),
		.tiles = tiles,
		.watchdog_ms = WATCHDOG,
	};
	struct ipu_context *ctx;

	check(ipu_context_create(dev, &options, &ctx));
	check(ipu_load(ctx, prog));
	check(ipu_set_print(ctx, print_line, NULL));
	return ctx;
}

int main(int argc, char **argv)
{
	const struct type *type = find_type(argc == 8 ? argv[7] : "f32");
	struct block_sizes sizes;
	struct ipu_program *prog;
	struct ipu_context *ctx;
	struct ipu_device *dev;
	double *in, *want, difference;
	float *values;
	size_t count;

	if (argc != 7 && argc != 8)
		fail("usage: block-host ELF TILES BATCH TIME WIDTH HEADS [f32|f16|bf16]");
	sizes = (struct block_sizes){ number(argv[3], 64), number(argv[4], 1024),
				      number(argv[5], 1024), number(argv[6], 64), type->dtype };
	if (sizes.width % sizes.heads)
		fail("%u heads cannot share a width of %u", sizes.heads, sizes.width);
	difference = block_check_reference();
	printf("the reference's gradients are within %.2g of differences\n", difference);
	if (!(difference <= DIFFERENCE))
		fail("the reference is wrong");

	check(ipu_open(NULL, &dev));
	check(ipu_program_open(argv[1], &prog));
	ctx = new_context(dev, prog, number(argv[2], TILES));
	count = block_offset(&sizes, BLOCK_TENSORS);
	in = allocate(count, sizeof(*in));
	want = allocate(count, sizeof(*want));
	values = allocate(count + 3, sizeof(*values));
	block_values(&sizes, in);
	for (size_t i = 0; i < count; i++)
		values[i] = (float)in[i];
	run_tiles(ctx, &sizes, values, (count + 3) / 4);
	block_reference(&sizes, in, want, NULL);
	if (!compare_all(&sizes, type, values, want))
		fail("the tiles' results are wrong");
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
	free(in);
	free(want);
	free(values);
	return 0;
}
