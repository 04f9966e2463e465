// SPDX-License-Identifier: MIT
/*
 * A simulated card, see card.h.
 */
#include "card.h"

#include <stdio.h>
#include <time.h>

bool bench_card_failed(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, ipu_error());
	return false;
}

bool bench_card_open(struct bench_card *card, const char *programs, const char *program,
		     unsigned int tiles, unsigned int threads)
{
	const struct ipu_sim_options options = { .size = sizeof(options),
						 .tiles = tiles,
						 .threads = threads };
	/* The host may be busy; who waits for a figure ends what takes too long. */
	const struct ipu_context_options limits = { .size = sizeof(limits), .watchdog_ms = 300000 };
	char path[600];

	*card = (struct bench_card){ 0 };
	snprintf(path, sizeof(path), "%s/%s", programs, program);
	if (ipu_open_sim(&options, &card->dev) || ipu_program_open(path, &card->prog) ||
	    ipu_context_create(card->dev, &limits, &card->ctx) || ipu_load(card->ctx, card->prog)) {
		bench_card_failed(path);
		bench_card_close(card);
		return false;
	}
	return true;
}

void bench_card_close(struct bench_card *card)
{
	ipu_context_destroy(card->ctx);
	ipu_program_close(card->prog);
	ipu_close(card->dev);
	*card = (struct bench_card){ 0 };
}

double bench_now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}
