/* SPDX-License-Identifier: MIT */
/*
 * A card of libipu's simulator with a program of the benchmark on its tiles, and the clock
 * on the wall.
 */
#ifndef BENCH_CARD_H
#define BENCH_CARD_H

#include <stdbool.h>

#include <ipu.h>

struct bench_card {
	struct ipu_device *dev;
	struct ipu_program *prog;
	struct ipu_context *ctx;
};

/**
 * bench_card_open - make a card, and load a program on all of its tiles
 * @card: out: closed already if this fails
 * @programs: the folder of the programs
 * @program: the program's file there
 * @threads: of the host
 * Return: false if it failed, which is on standard error.
 */
bool bench_card_open(struct bench_card *card, const char *programs, const char *program,
		     unsigned int tiles, unsigned int threads);

/** bench_card_close - also one that is closed already */
void bench_card_close(struct bench_card *card);

/** bench_card_failed - say that libipu failed in doing @what, and why. Return: false */
bool bench_card_failed(const char *what);

/** bench_now - seconds since some time in the past */
double bench_now(void);

#endif /* BENCH_CARD_H */
