// SPDX-License-Identifier: MIT
/* Networks that are trained on the tiles, and on the host: see training_host.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <ipu_stream.h>

#include "curve.h"
#include "example_host.h"
#include "training_host.h"

#define PATIENCE_MS 60000 /* for a step, which takes far less on a host that is not busy */

/* One for each stream, which a thread of its own reads. */
struct feed {
	struct batches batches;
	uint32_t steps;
	const struct training *training;
};

static struct digits digits;
static struct feed x_feed, target_feed, rate_feed;

struct losses {
	float *loss;
	uint32_t count;
	uint32_t steps;
};

/* ---- Streams ---------------------------------------------------------------------- */

/* The next batch; false after the last. */
static bool next(struct feed *feed)
{
	if (feed->batches.step == feed->steps)
		return false;
	batches_next(&feed->batches);
	return true;
}

static int64_t give_x(void *arg, void *data, size_t bytes)
{
	struct feed *feed = arg;
	const size_t size = feed->batches.size * sizeof(feed->batches.x[0]);

	if (bytes < size || !next(feed))
		return 0;
	memcpy(data, feed->batches.x, size);
	return (int64_t)size;
}

static int64_t give_target(void *arg, void *data, size_t bytes)
{
	struct feed *feed = arg;
	const size_t size = feed->batches.size * sizeof(feed->batches.target[0]);

	if (bytes < size || !next(feed))
		return 0;
	memcpy(data, feed->batches.target, size);
	return (int64_t)size;
}

static int64_t give_rate(void *arg, void *data, size_t bytes)
{
	struct feed *feed = arg;
	float rate;

	if (bytes < sizeof(rate) || feed->batches.step == feed->steps)
		return 0;
	rate = feed->training->rate(feed->batches.step++, feed->steps);
	memcpy(data, &rate, sizeof(rate));
	return sizeof(rate);
}

static int64_t take_loss(void *arg, void *data, size_t bytes)
{
	struct losses *losses = arg;

	if (bytes != sizeof(float) || losses->count == losses->steps)
		return -1;
	memcpy(&losses->loss[losses->count++], data, sizeof(float));
	progress_show("training on the tiles", losses->count, losses->steps,
		      losses->loss[losses->count - 1]);
	return sizeof(float);
}

/* ---- The tiles -------------------------------------------------------------------- */

static void check(int err)
{
	if (err)
		fail("%s", ipu_error());
}

static void begin_feed(struct ipu_context *ctx, const char *name, struct feed *feed,
		       ipu_stream_fn fn, const struct training *training, uint32_t steps)
{
	batches_begin(&feed->batches, &digits, training->batch);
	feed->steps = steps;
	feed->training = training;
	check(ipu_stream_callback(ctx, name, fn, feed));
}

static void print_line(const struct ipu_printed *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "tile %u: %s\n", line->tile, line->text);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void train_tiles(struct ipu_context *ctx, const struct training *training,
			struct losses *losses)
{
	struct ipu_report report = { .size = sizeof(report) };

	training->begin();
	check(training->send(ctx));
	begin_feed(ctx, "x", &x_feed, give_x, training, losses->steps);
	begin_feed(ctx, "target", &target_feed, give_target, training, losses->steps);
	begin_feed(ctx, "rate", &rate_feed, give_rate, training, losses->steps);
	check(ipu_stream_callback(ctx, "loss", take_loss, losses));
	check(ipu_run(ctx, &report));
	check(ipu_stream_detach(ctx, "x"));
	if (losses->count != losses->steps)
		fail("the tiles gave %u losses for %u batches", losses->count, losses->steps);
	printf("card cycles of a step: %.0f\n", (double)report.cycles / losses->steps);
}

/* How many of the digits that were not trained with the tiles recognise. */
static int test_tiles(struct ipu_context *ctx)
{
	struct ipu_report report = { .size = sizeof(report) };
	int32_t answer[TEST];
	int right = 0;

	check(ipu_set_entry(ctx, "use"));
	check(ipu_stream_memory(ctx, "x", digits.x[TRAIN], TEST * sizeof(digits.x[0])));
	check(ipu_stream_memory(ctx, "answer", answer, sizeof(answer)));
	check(ipu_run(ctx, &report));
	for (int i = 0; i < TEST; i++)
		right += answer[i] == digits.label[TRAIN + i];
	return right;
}

/* ---- The host --------------------------------------------------------------------- */

static void train_host(const struct training *training, struct losses *losses)
{
	struct batches *batches = &x_feed.batches;

	training->begin();
	batches_begin(batches, &digits, training->batch);
	for (; losses->count < losses->steps; losses->count++) {
		batches_next(batches);
		losses->loss[losses->count] =
			training->step(batches, training->rate(losses->count, losses->steps));
	}
}

static int test_host(const struct training *training)
{
	int right = 0;

	for (int i = TRAIN; i < DIGITS; i++)
		right += training->answer(digits.x[i]) == digits.label[i];
	return right;
}

/* A loss that is no number differs from all. */
static double largest_difference(const struct losses *a, const struct losses *b, uint32_t steps)
{
	double most = 0;

	for (uint32_t i = 0; i < steps; i++) {
		const double one = fabs((double)a->loss[i] - (double)b->loss[i]);

		if (!(one <= most))
			most = isnan(one) ? (double)INFINITY : one;
	}
	return most;
}

static void report(const char *where, int right, double time)
{
	printf("recognised on the %s %d of %d digits, %.2f %%, after %.1f s of training\n", where,
	       right, TEST, 100.0 * right / TEST, time);
}

static void compare(const struct training *training, const struct losses *tiles,
		    const struct losses *host)
{
	const double most = largest_difference(tiles, host, tiles->steps);

	printf("the losses differ by %.2g at most in the first tenth, %.2g in all\n",
	       largest_difference(tiles, host, (tiles->steps + 9) / 10), most);
	if (most > training->near)
		fail("the losses of a step may differ by %.2g: it did not learn what the host learns",
		     training->near);
}

/* Train and test on the tiles; how many digits they recognise. */
static int use_tiles(const struct training *training, const char *elf, struct losses *losses)
{
	struct ipu_context_options options = { .size = sizeof(options),
					       .tiles = training->tiles,
					       .watchdog_ms = PATIENCE_MS };
	const double begun = seconds();
	struct ipu_program *prog;
	struct ipu_context *ctx;
	struct ipu_device *dev;
	double time;
	int right;

	check(ipu_open(NULL, &dev));
	check(ipu_context_create(dev, &options, &ctx));
	check(ipu_program_open(elf, &prog));
	check(ipu_load(ctx, prog));
	check(ipu_set_print(ctx, print_line, NULL));
	train_tiles(ctx, training, losses);
	time = seconds() - begun;
	right = test_tiles(ctx);
	report("tiles", right, time);
	ipu_context_destroy(ctx);
	ipu_program_close(prog);
	ipu_close(dev);
	return right;
}

static void use_host(const struct training *training, struct losses *losses)
{
	const double begun = seconds();
	double time;

	losses->loss = allocate(losses->steps, sizeof(float));
	train_host(training, losses);
	time = seconds() - begun;
	report("host", test_host(training), time);
}

static void show(const struct training *training, const char *path, const struct losses *tiles,
		 const struct losses *host)
{
	char title[100];

	snprintf(title, sizeof(title), "Cross-entropy of the %s", training->name);
	if (curve_write(path, title, tiles->loss, host->loss, tiles->steps))
		fail("%s cannot be written", path);
	curve_print(tiles->loss, tiles->steps);
	printf("the losses as a picture: %s\n", path);
}

int training_main(int argc, char **argv, const struct training *training)
{
	struct losses tiles = { 0 }, host = { 0 };
	double enough = training->enough;
	const char *error = NULL;
	int right;

	if (argc < 5 || argc > 7 || (argc == 7 && strcmp(argv[6], "tiles")))
		fail("usage: %s-host ELF DIGITS.csv.gz STEPS CURVE.svg [PERCENT [tiles]]",
		     training->name);
	if (digits_read(argv[2], &digits, &error))
		fail("%s: %s", argv[2], error);
	tiles.steps = host.steps = number(argv[3], 1000000);
	if (argc >= 6)
		enough = number(argv[5], 100) / 100.0;
	tiles.loss = allocate(tiles.steps, sizeof(float));
	right = use_tiles(training, argv[1], &tiles);
	if (argc < 7)
		use_host(training, &host);
	show(training, argv[4], &tiles, &host);
	if (host.loss)
		compare(training, &tiles, &host);
	if (right < enough * TEST)
		fail("%.2f %% of the digits should have been recognised", 100 * enough);
	free(tiles.loss);
	free(host.loss);
	return 0;
}
