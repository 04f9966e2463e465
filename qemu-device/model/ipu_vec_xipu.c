// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Xipu's functions and conversions on vectors.
 */
#include "ipu_host_fpu.h"
#include "ipu_narrow.h"
#include "ipu_prng.h"
#include "ipu_xmath.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#define IPU_VEC_SOURCE "ipu_vec_xipu.c.inc"
#include "ipu_vec_tiers.h"
