// SPDX-License-Identifier: MIT
/*
 * matmul-openblas SIDE THREADS ROUNDS: seconds of a product of square matrices of f32 by OpenBLAS on the host;
 * the first one, which starts its threads, is not counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cblas.h>

static double now(void)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	return (double)at.tv_sec + 1e-9 * (double)at.tv_nsec;
}

int main(int argc, char **argv)
{
	const int side = argc == 4 ? atoi(argv[1]) : 0, rounds = argc == 4 ? atoi(argv[3]) : 0;
	const size_t count = (size_t)side * (size_t)side;
	float *a = malloc(3 * count * sizeof(*a) + 1), *b = a + count, *product = b + count;
	double began = 0;

	if (side <= 0 || rounds <= 0 || !a) {
		fprintf(stderr, "usage: matmul-openblas SIDE THREADS ROUNDS\n");
		return 2;
	}
	openblas_set_num_threads(atoi(argv[2]));
	for (size_t i = 0; i < 3 * count; i++)
		a[i] = (float)(i % 7);
	for (int round = 0; round <= rounds; round++) {
		if (round == 1)
			began = now();
		cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, side, side, side, 1, a, side,
			    b, side, 0, product, side);
	}
	printf("%.9f\n", (now() - began) / rounds);
	free(a);
	return 0;
}
