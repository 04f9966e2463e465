/* SPDX-License-Identifier: MIT */
/*
 * What to say of two logs that differ.
 */
#ifndef DIFF_VEC_REPORT_H
#define DIFF_VEC_REPORT_H

#include "vec_image.h"

/**
 * vec_print_entry - how two entries differ that should be the same
 * @before: the entry before them, or NULL if there is none: what the instruction
 *	started with, in an image that is dense
 */
void vec_print_entry(const struct vec_image *image, const uint32_t *before, const uint32_t *ours,
		     const uint32_t *theirs);

#endif /* DIFF_VEC_REPORT_H */
