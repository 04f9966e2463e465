// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Vector loads and stores.
 */
#define IPU_VEC_SOURCE "ipu_vec_mem.c.inc"
#include "ipu_vec_tiers.h"
