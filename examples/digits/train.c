/* SPDX-License-Identifier: MIT */
/*
 * train DIGITS.csv.gz FOLDER: train the network on the first digits of the
 * file, and write into the folder the weights (w1, b1, w2, b2), the remaining
 * digits (x), their labels, and the network's outputs on the host (y-host).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digits_data.h"
#include "host_network.h"
#include "npy.h"

static struct digits digits;

static _Noreturn void fail(const char *where, const char *what)
{
	fprintf(stderr, "train: %s: %s\n", where, what);
	exit(1);
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
	const char *error;

	if (argc != 3)
		fail("usage", "train DIGITS.csv.gz FOLDER");
	if (digits_read(argv[1], &digits, &error))
		fail(argv[1], error);
	network_train(&net, digits.x[0], digits.label);
	for (int i = 0; i < TEST; i++) {
		float hidden[HIDDEN];

		network_run(&net, digits.x[TRAIN + i], hidden, y[i]);
	}

	save(argv[2], "w1", "<f4", net.w1, HIDDEN, PIXELS);
	save(argv[2], "b1", "<f4", net.b1, HIDDEN, 0);
	save(argv[2], "w2", "<f4", net.w2, CLASSES, HIDDEN);
	save(argv[2], "b2", "<f4", net.b2, CLASSES, 0);
	save(argv[2], "x", "<f4", digits.x[TRAIN], TEST, PIXELS);
	save(argv[2], "labels", "<i4", &digits.label[TRAIN], TEST, 0);
	save(argv[2], "y-host", "<f4", y, TEST, CLASSES);
	return 0;
}
