// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector instructions that move elements: slides, gathers, compress, scalars
 * and whole registers.
 */
#include "ipu_vec_loops.h"

#define IPU_VEC_SOURCE "ipu_vec_permute.c.inc"
#include "ipu_vec_tiers.h"
