// SPDX-License-Identifier: MIT
/*
 * The product by the SDK's function, which uses the instruction for it.
 */
#include <ipu/amp.h>
#include <string.h>

#include "gemm.h"

static void gemm(const float *a, const float *b, float *product)
{
	memset(product, 0, sizeof(gemm_product));
	ipu_sgemm(product, COLUMNS, a, INNER, b, COLUMNS, ROWS, COLUMNS, INNER);
}
