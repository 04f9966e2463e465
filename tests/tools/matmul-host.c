/* SPDX-License-Identifier: MIT */
/*
 * matmul-host ROWS: print, as bytes, the product that examples/matmul must give of
 * what npy-make writes with
 *
 *	npy-make a.npy f4 ROWSx256 -2 0.00001
 *	npy-make b.npy f4 256x256 1 -0.00003
 *
 * Each element is a chain of fused multiply-adds, in the order of A's columns.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE 256

static float a(int row, int column)
{
	return (float)(-2 + (double)(row * SIZE + column) * 0.00001);
}

static float b(int row, int column)
{
	return (float)(1 + (double)(row * SIZE + column) * -0.00003);
}

int main(int argc, char **argv)
{
	int rows = argc == 2 ? atoi(argv[1]) : 0;

	if (rows < 1) {
		fprintf(stderr, "matmul-host: usage: matmul-host ROWS\n");
		return 2;
	}
	for (int row = 0; row < rows; row++)
		for (int column = 0; column < SIZE; column++) {
			float sum = 0;

			for (int i = 0; i < SIZE; i++)
				sum = fmaf(a(row, i), b(i, column), sum);
			fwrite(&sum, sizeof(sum), 1, stdout);
		}
	return 0;
}
