// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector instructions on masks, and indices of elements. Masks are taken 64
 * bits at a time.
 */
#include "ipu_vec_loops.h"

#define IPU_VEC_SOURCE "ipu_vec_mask.c.inc"
#include "ipu_vec_tiers.h"
