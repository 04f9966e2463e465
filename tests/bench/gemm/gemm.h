/* SPDX-License-Identifier: MIT */
/*
 * What the programs that multiply matrices have in common: the matrices, of whole
 * numbers that floats hold exactly in every order of adding, and their check.
 */
#ifndef BENCH_GEMM_H
#define BENCH_GEMM_H

#include "bench.h"

#define ROWS 128
#define INNER 128
#define COLUMNS 128

/* floating-point operations of one product */
#define GEMM_FLOPS (2.0 * ROWS * INNER * COLUMNS)

/** gemm - product = a b, all by rows */
static void gemm(const float *a, const float *b, float *product);

static float gemm_a[ROWS][INNER] __attribute__((aligned(64)));
static float gemm_b[INNER][COLUMNS] __attribute__((aligned(64)));
static float gemm_product[ROWS][COLUMNS] __attribute__((aligned(64)));

static int32_t gemm_element(uint32_t i, uint32_t j)
{
	int32_t sum = 0;
	uint32_t k;

	for (k = 0; k < INNER; k++)
		sum += (int32_t)gemm_a[i][k] * (int32_t)gemm_b[k][j];
	return sum;
}

uint32_t bench_run(uint32_t rounds)
{
	uint32_t i, j, seed = 1, sum = 0;

	for (i = 0; i < ROWS; i++)
		for (j = 0; j < INNER; j++)
			gemm_a[i][j] = (float)((int32_t)(bench_random(&seed) & 0xff) - 128);
	for (i = 0; i < INNER; i++)
		for (j = 0; j < COLUMNS; j++)
			gemm_b[i][j] = (float)((int32_t)(bench_random(&seed) & 0xff) - 128);
	while (rounds--) {
		gemm_a[rounds % ROWS][0] = (float)(rounds & 0xff);
		gemm(gemm_a[0], gemm_b[0], gemm_product[0]);
		i = bench_random(&seed) % ROWS;
		j = bench_random(&seed) % COLUMNS;
		if ((int32_t)gemm_product[i][j] != gemm_element(i, j))
			return BENCH_WRONG;
		sum = bench_checksum(sum, (uint32_t)(int32_t)gemm_product[i][j]);
	}
	return sum;
}

#endif /* BENCH_GEMM_H */
