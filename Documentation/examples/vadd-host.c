/* SPDX-License-Identifier: MIT */
/*
 * c = a + b on a card: the host's side of examples/vadd, with libipu.
 *
 *	cc -o vadd-host vadd-host.c $(pkg-config --cflags --libs libipu)
 *	./vadd-host vadd.elf
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <ipu.h>

#define ROWS 100000

static float a[ROWS], b[ROWS], c[ROWS];

static int compute(struct ipu_context *ctx, struct ipu_program *prog)
{
	struct ipu_report report = { .size = sizeof(report) };
	int err;

	err = ipu_load(ctx, prog);
	if (!err)
		err = ipu_tensor_set(ctx, "a", a, sizeof(a), ROWS);
	if (!err)
		err = ipu_tensor_set(ctx, "b", b, sizeof(b), ROWS);
	if (err)
		return err;

	err = ipu_run(ctx, &report);
	if (err)
		return err;
	printf("%" PRIu32 " tiles, %" PRIu64 " cycles\n", ipu_context_tiles(ctx), report.cycles);
	return ipu_tensor_get(ctx, "c", c, sizeof(c), NULL);
}

int main(int argc, char **argv)
{
	struct ipu_context *ctx = NULL;
	struct ipu_program *prog = NULL;
	struct ipu_device *dev = NULL;
	int wrong = 0;
	int err;

	for (int i = 0; i < ROWS; i++) {
		a[i] = (float)i;
		b[i] = 0.5f;
	}

	err = ipu_open(NULL, &dev);
	if (!err)
		err = ipu_program_open(argc > 1 ? argv[1] : "vadd.elf", &prog);
	if (!err)
		err = ipu_context_create(dev, NULL, &ctx);
	if (!err)
		err = compute(ctx, prog);
	if (err)
		fprintf(stderr, "vadd-host: %s\n", ipu_error());
	else
		for (int i = 0; i < ROWS; i++)
			wrong += c[i] != (float)i + 0.5f;
	if (!err)
		printf("%d of %d elements are wrong\n", wrong, ROWS);

	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
	return err || wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
