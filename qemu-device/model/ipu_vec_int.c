// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector integer arithmetic.
 */
#define IPU_VEC_SOURCE "ipu_vec_int.c.inc"
#include "ipu_vec_tiers.h"
