/* SPDX-License-Identifier: MIT */
/*
 * Printing how two logs differ.
 */
#ifndef DIFF_VEC_REPORT_H
#define DIFF_VEC_REPORT_H

#include "vec_image.h"

/**
 * vec_print_entry - how two entries differ that should be the same
 * @before: the previous entry, or NULL if there is none: the state before the
 *	instruction, in an image that is dense
 */
void vec_print_entry(const struct vec_image *image, const uint32_t *before, const uint32_t *ours,
		     const uint32_t *theirs);

#endif /* DIFF_VEC_REPORT_H */
