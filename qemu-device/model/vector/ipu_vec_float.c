// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector floating-point arithmetic, see ipu_vec_float.h.
 */
#include "ipu_vec_float.h"

#define IPU_VEC_SOURCE "ipu_vec_float.c.inc"
#include "ipu_vec_tiers.h"
