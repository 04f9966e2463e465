// SPDX-License-Identifier: MIT
/*
 * contexts-host FILTER.elf ENTRIES.elf: three contexts of one process at the same time, on
 * tiles of their own: two stream through examples/filter, one runs entry points in between.
 * On the device that $IPU_DEVICE names.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu_stream.h>

#define SAMPLES 300000
#define ROUNDS 50

/* One thread and its context; @good is its verdict. */
struct work {
	pthread_t thread;
	struct ipu_device *dev;
	const char *path;
	uint32_t tiles;
	struct ipu_context *ctx;
	uint64_t in, out;
	bool good;
};

#define TRY(call)                                                          \
	do {                                                               \
		if (call) {                                                \
			fprintf(stderr, "# %s: %s\n", #call, ipu_error()); \
			return NULL;                                       \
		}                                                          \
	} while (0)

/* The tap is 2: what comes out is twice what went in. */
static int64_t feed(void *arg, void *data, size_t bytes)
{
	struct work *work = arg;
	float *to = data;
	size_t count = bytes / sizeof(*to);

	if (count > SAMPLES - work->in)
		count = SAMPLES - work->in;
	for (size_t i = 0; i < count; i++)
		to[i] = (float)work->in++;
	return (int64_t)(count * sizeof(*to));
}

static int64_t check(void *arg, void *data, size_t bytes)
{
	struct work *work = arg;
	const float *from = data;

	for (size_t i = 0; i < bytes / sizeof(*from); i++)
		work->good &= from[i] == 2 * (float)work->out++;
	return (int64_t)bytes;
}

static void *stream(void *arg)
{
	struct work *work = arg;
	const float tap = 2;

	TRY(ipu_tensor_set(work->ctx, "h", &tap, sizeof(tap), 1));
	TRY(ipu_stream_callback(work->ctx, "x", feed, work));
	TRY(ipu_stream_callback(work->ctx, "y", check, work));
	work->good = true;
	if (ipu_run(work->ctx, NULL) || work->out != SAMPLES)
		work->good = false;
	return NULL;
}

static void *add(void *arg)
{
	struct work *work = arg;
	uint32_t sums[8] = { 0 };

	TRY(ipu_set_entry(work->ctx, "add"));
	for (int i = 0; i < ROUNDS; i++)
		TRY(ipu_run(work->ctx, NULL));
	TRY(ipu_tensor_get(work->ctx, "sum", sums, sizeof(sums), NULL));
	work->good = true;
	for (uint32_t tile = 0; tile < work->tiles; tile++)
		work->good &= sums[tile] == ROUNDS * (tile + 1);
	return NULL;
}

static void *load(struct work *work)
{
	const struct ipu_context_options options = { .size = sizeof(options),
						     .tiles = work->tiles };
	struct ipu_program *prog;

	TRY(ipu_context_create(work->dev, &options, &work->ctx));
	TRY(ipu_program_open(work->path, &prog));
	TRY(ipu_load(work->ctx, prog));
	ipu_program_close(prog);
	return work;
}

int main(int argc, char **argv)
{
	struct work work[3] = { { .tiles = 3 }, { .tiles = 17 }, { .tiles = 8 } };
	struct ipu_device *dev;
	bool good = argc == 3 && !ipu_open(NULL, &dev);

	for (int i = 0; good && i < 3; i++) {
		work[i].dev = dev;
		work[i].path = argv[i < 2 ? 1 : 2];
		good = load(&work[i]);
	}
	for (int i = 0; good && i < 3; i++)
		good = !pthread_create(&work[i].thread, NULL, i < 2 ? stream : add, &work[i]);
	for (int i = 0; good && i < 3; i++)
		pthread_join(work[i].thread, NULL);
	for (int i = 0; good && i < 3; i++) {
		ipu_context_destroy(work[i].ctx);
		if (work[i].good)
			continue;
		fprintf(stderr, "# context %d is wrong\n", i);
		return 1;
	}
	if (!good)
		return 1;
	ipu_close(dev);
	return 0;
}
