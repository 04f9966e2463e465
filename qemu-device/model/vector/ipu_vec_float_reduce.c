// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector floating-point reductions, see ipu_vec_float.h.
 *
 * Unordered sums are computed in the order of the ordered ones, which the
 * specification allows: their results are the same on every host.
 */
#include "ipu_vec_float.h"

#define IPU_VEC_SOURCE "ipu_vec_float_reduce.c.inc"
#include "ipu_vec_tiers.h"
