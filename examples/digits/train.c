/* SPDX-License-Identifier: MIT */
/*
 * train DIGITS.csv.gz FOLDER: train the network on the first digits of the
 * file, and write into the folder the weights (w1, b1, w2, b2), the remaining
 * digits (x), their labels, and the network's outputs on the host (y-host).
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "host_network.h"
#include "npy.h"

#define DIGITS (TRAIN + TEST)

static float x[DIGITS][PIXELS];
static int label[DIGITS];

static _Noreturn void fail(const char *where, const char *what)
{
	fprintf(stderr, "train: %s: %s\n", where, what);
	exit(1);
}

/* A line is 64 pixels of 0 to 16, then the label, separated by commas. */
static bool parse_line(const char *line, float pixels[PIXELS], int *digit)
{
	for (int i = 0; i <= PIXELS; i++) {
		char *end;
		long value = strtol(line, &end, 10);

		if (end == line || value < 0 || value > (i < PIXELS ? 16 : CLASSES - 1))
			return false;
		if (*end != (i < PIXELS ? ',' : '\n'))
			return false;
		if (i < PIXELS)
			pixels[i] = (float)value / 16;
		else
			*digit = (int)value;
		line = end + 1;
	}
	return true;
}

static void read_digits(const char *path)
{
	gzFile file = gzopen(path, "rb");
	char line[512];

	if (!file)
		fail(path, strerror(errno));
	for (int i = 0; i < DIGITS; i++) {
		if (!gzgets(file, line, sizeof(line)))
			fail(path, "has too few digits");
		if (!parse_line(line, x[i], &label[i]))
			fail(path, "has a line that is not 64 pixels and a label");
	}
	gzclose(file);
}

/* Write an array of 4-byte elements to FOLDER/NAME.npy; a vector has no @columns. */
static void save(const char *folder, const char *name, const char *descr, const void *data,
		 uint64_t rows, uint64_t columns)
{
	struct npy npy = { .ndim = columns ? 2 : 1, .shape = { rows, columns }, .data = data };
	char path[4096], error[NPY_ERROR_SIZE];

	npy.bytes = rows * (columns ? columns : 1) * 4;
	snprintf(npy.descr, sizeof(npy.descr), "%s", descr);
	snprintf(path, sizeof(path), "%s/%s.npy", folder, name);
	if (npy_write(path, &npy, error))
		fail(path, error);
}

int main(int argc, char **argv)
{
	static float y[TEST][CLASSES];
	static struct network net;

	if (argc != 3)
		fail("usage", "train DIGITS.csv.gz FOLDER");
	read_digits(argv[1]);
	network_train(&net, x[0], label);
	for (int i = 0; i < TEST; i++) {
		float hidden[HIDDEN];

		network_run(&net, x[TRAIN + i], hidden, y[i]);
	}

	save(argv[2], "w1", "<f4", net.w1, HIDDEN, PIXELS);
	save(argv[2], "b1", "<f4", net.b1, HIDDEN, 0);
	save(argv[2], "w2", "<f4", net.w2, CLASSES, HIDDEN);
	save(argv[2], "b2", "<f4", net.b2, CLASSES, 0);
	save(argv[2], "x", "<f4", x[TRAIN], TEST, PIXELS);
	save(argv[2], "labels", "<i4", &label[TRAIN], TEST, 0);
	save(argv[2], "y-host", "<f4", y, TEST, CLASSES);
	return 0;
}
