// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Xipu's functions and conversions on vectors.
 */
#include "float/ipu_host_fpu.h"
#include "float/ipu_narrow.h"
#include "float/ipu_prng.h"
#include "float/ipu_xmath.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define IPU_VEC_SOURCE "ipu_vec_xipu.c.inc"
#include "ipu_vec_tiers.h"
