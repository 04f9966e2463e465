/* SPDX-License-Identifier: MIT */
/*
 * digits-check Y.npy LABELS.npy Y-HOST.npy: compare the tiles' outputs with the
 * labels and with the host's outputs. Exit status 0 when the tiles recognise at
 * least 93 % of the digits and agree with the host.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_network.h"
#include "npy.h"

#define ENOUGH 0.93
/* Sums are rounded differently where products and sums are fused, and expf() differs. */
#define TOLERANCE 1e-4

static _Noreturn void fail(const char *where, const char *what)
{
	fprintf(stderr, "digits-check: %s: %s\n", where, what);
	exit(2);
}

/* The elements of an npy file, which must be @descr and TEST rows, of @columns unless that is 0. */
static const void *load(const char *path, const char *descr, uint64_t columns)
{
	char error[NPY_ERROR_SIZE];
	struct npy npy;

	if (npy_read(path, &npy, error))
		fail(path, error);
	if (strcmp(npy.descr, descr) || npy.ndim != (columns ? 2 : 1) || npy.shape[0] != TEST ||
	    (columns && npy.shape[1] != columns))
		fail(path, "does not have the type and shape of this network's data");
	return npy.data;
}

/* Outputs are TEST rows of CLASSES. */
static int count_right(const float *y, const int *label)
{
	int right = 0;

	for (int i = 0; i < TEST; i++)
		right += network_best(&y[i * CLASSES]) == label[i];
	return right;
}

/* A number that is not finite counts as infinitely different. */
static double largest_difference(const float *a, const float *b)
{
	double largest = 0;

	for (int i = 0; i < TEST * CLASSES; i++) {
		double difference = fabs((double)a[i] - (double)b[i]);

		if (!isfinite(difference))
			return INFINITY;
		largest = fmax(largest, difference);
	}
	return largest;
}

int main(int argc, char **argv)
{
	const float *tiles, *host;
	const int *label;
	double difference;
	int right, right_on_host;

	if (argc != 4)
		fail("usage", "digits-check Y.npy LABELS.npy Y-HOST.npy");
	tiles = load(argv[1], "<f4", CLASSES);
	label = load(argv[2], "<i4", 0);
	host = load(argv[3], "<f4", CLASSES);

	right = count_right(tiles, label);
	right_on_host = count_right(host, label);
	printf("recognised on the tiles: %d of %d digits, %.2f %%\n", right, TEST,
	       100.0 * right / TEST);
	printf("recognised on the host:  %d of %d digits, %.2f %%\n", right_on_host, TEST,
	       100.0 * right_on_host / TEST);
	difference = largest_difference(tiles, host);
	printf("largest difference of the outputs: %.3g\n", difference);

	if (right < ENOUGH * TEST) {
		fprintf(stderr, "digits-check: the tiles recognise fewer than %.0f %%\n",
			100 * ENOUGH);
		return 1;
	}
	if (difference > TOLERANCE) {
		fprintf(stderr, "digits-check: the tiles and the host differ by more than %g\n",
			TOLERANCE);
		return 1;
	}
	return 0;
}
