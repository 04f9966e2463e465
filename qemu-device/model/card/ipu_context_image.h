/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * A context's state on its way out of a paused card or into one that was just reset. With the
 * lock held.
 */
#ifndef IPU_CONTEXT_IMAGE_H
#define IPU_CONTEXT_IMAGE_H

#include "ipu_card_state.h"
#include "tile/ipu_image.h"

/** ipu_context_image - all but its tiles */
bool ipu_context_image(struct ipu_context *ctx, struct ipu_image *image);

/** ipu_context_image_tile - its tile @number, of which SRAM has been loaded */
bool ipu_context_image_tile(struct ipu_context *ctx, uint32_t number, struct ipu_image *image);

/* ipu_context_check.c */

/** ipu_context_image_check - all of it has been loaded: does it fit together? If so it can go on. */
bool ipu_context_image_check(struct ipu_context *ctx, struct ipu_image *image);

#endif /* IPU_CONTEXT_IMAGE_H */
