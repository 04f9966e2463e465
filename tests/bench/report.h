/* SPDX-License-Identifier: MIT */
/*
 * What was measured, as a table and as JSON.
 */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "series.h"

#define BENCH_NAME 64
#define BENCH_LINES 256

/**
 * struct bench_line - one figure
 * @name: [a-z0-9_]
 * @unit: of @value
 * @peer: what it is compared with; NULL: nothing, and @ratio is empty
 * @value: ours, an entry for each turn
 * @ratio: our speed over the peer's, an entry for each turn: larger is better
 */
struct bench_line {
	char name[BENCH_NAME];
	const char *unit;
	const char *peer;
	struct bench_series value;
	struct bench_series ratio;
};

/**
 * struct bench_report - all of them
 * @lines: used entries of @line
 * @line: in the order of the table
 */
struct bench_report {
	unsigned int lines;
	struct bench_line line[BENCH_LINES];
};

/** bench_report_add - a new line of this name, to be filled in; exits when there are too many */
struct bench_line *bench_report_add(struct bench_report *report, const char *name, const char *unit,
				    const char *peer);

void bench_report_table(const struct bench_report *report, FILE *file);

/**
 * bench_report_json - an array of objects: name, value, unit, peer, ratio, rounds, min, max
 *
 * Value and ratio are medians over so many rounds; min and max are the ratio's, or
 * the value's where there is no peer, and peer and ratio are null then.
 * Return: false if the file could not be written, with errno set.
 */
bool bench_report_json(const struct bench_report *report, const char *path);

#endif /* BENCH_REPORT_H */
