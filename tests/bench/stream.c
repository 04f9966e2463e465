// SPDX-License-Identifier: MIT
/*
 * A stream: bytes a second from a buffer through libipu and its simulator to the tiles,
 * against memcpy() of the same bytes to another buffer, both by the clock on the wall.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ipu_stream.h>

#include "card.h"
#include "suites.h"

#define TILES 4
#define BLOCK_WORDS (TILES * 16384u)
#define BLOCKS 512u /* 128 MiB */
#define PROGRAM "stream-blocks"

struct stream_bench {
	struct bench_card card;
	uint32_t *data;
	uint32_t *copy;
	size_t words;
};

static bool set_up(struct stream_bench *b, const char *programs, size_t words)
{
	memset(b, 0, sizeof(*b));
	b->words = words;
	b->data = malloc(words * sizeof(*b->data));
	b->copy = malloc(words * sizeof(*b->copy));
	if (!b->data || !b->copy) {
		fprintf(stderr, "bench: no memory for a stream\n");
		return false;
	}
	for (size_t i = 0; i < words; i++)
		b->data[i] = (uint32_t)(i * 2654435761u);
	memcpy(b->copy, b->data, words * sizeof(*b->copy));
	return bench_card_open(&b->card, programs, PROGRAM, TILES, 1);
}

static void tear_down(struct stream_bench *b)
{
	bench_card_close(&b->card);
	free(b->data);
	free(b->copy);
}

/* What the tiles add up: the last word of each tile's part of each block. */
static uint32_t wanted(const struct stream_bench *b)
{
	uint32_t sum = 0;

	for (size_t i = BLOCK_WORDS / TILES - 1; i < b->words; i += BLOCK_WORDS / TILES)
		sum += b->data[i];
	return sum;
}

static bool run_stream(struct stream_bench *b, double *seconds)
{
	uint32_t sums[TILES], sum = 0;
	double began = bench_now();
	int err = ipu_stream_memory(b->card.ctx, "x", b->data, b->words * sizeof(*b->data));

	if (!err)
		err = ipu_run(b->card.ctx, NULL);
	*seconds = bench_now() - began;
	if (!err)
		err = ipu_stream_detach(b->card.ctx, "x");
	if (!err)
		err = ipu_tensor_get(b->card.ctx, "sum", sums, sizeof(sums), NULL);
	if (err)
		return bench_card_failed(PROGRAM);
	for (int tile = 0; tile < TILES; tile++)
		sum += sums[tile];
	if (sum == wanted(b))
		return true;
	fprintf(stderr, "bench: " PROGRAM ": the tiles have not got what was streamed\n");
	return false;
}

static double run_memcpy(struct stream_bench *b)
{
	double began = bench_now();

	memcpy(b->copy, b->data, b->words * sizeof(*b->data));
	return bench_now() - began;
}

static bool measure(struct stream_bench *b, unsigned int turns, struct bench_line *line)
{
	double bytes = (double)(b->words * sizeof(*b->data)), seconds;
	struct bench_series peer = { 0 };

	if (!run_stream(b, &seconds))
		return false;
	for (unsigned int i = 0; i < turns; i++) {
		if (!run_stream(b, &seconds))
			return false;
		bench_series_add(&line->value, bytes / seconds * 1e-9);
		bench_series_add(&peer, bytes / run_memcpy(b) * 1e-9);
	}
	line->ratio = bench_series_ratio(&line->value, &peer);
	return true;
}

bool bench_stream(const struct bench_options *options, struct bench_report *report)
{
	struct bench_line *line = bench_report_add(report, "stream_vs_memcpy", "GB/s", "memcpy");
	struct stream_bench b;
	bool good = set_up(&b, options->programs, (size_t)BLOCKS * BLOCK_WORDS) &&
		    measure(&b, options->turns, line);

	tear_down(&b);
	return good;
}

void bench_stream_check(const struct bench_options *options, struct bench_check *check)
{
	struct stream_bench b;
	double seconds;
	bool good = set_up(&b, options->programs, 3 * BLOCK_WORDS) && run_stream(&b, &seconds);

	tear_down(&b);
	bench_check_result(check, good, PROGRAM, "on the simulator");
}
