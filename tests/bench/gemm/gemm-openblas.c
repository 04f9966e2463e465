// SPDX-License-Identifier: MIT
/*
 * The product by OpenBLAS on the host, in one thread.
 */
#include <cblas.h>

#include "gemm.h"

static void gemm(const float *a, const float *b, float *product)
{
	cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, ROWS, COLUMNS, INNER, 1, a, INNER, b,
		    COLUMNS, 0, product, COLUMNS);
}
