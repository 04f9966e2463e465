/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The commands that copy and fill; in a control slice.
 */
#ifndef IPU_COPY_H
#define IPU_COPY_H

#include "ipu_card_state.h"

/* Whether the command is valid, and so can begin; if not, the context has a fault. */
bool ipu_copy_check(struct ipu_context *ctx);
bool ipu_fill_check(struct ipu_context *ctx);

/*
 * Copy or fill some more, and retire the command at the end.
 * Return: the cost, as for IPU_SLICE_BYTES.
 */
uint32_t ipu_copy_step(struct ipu_context *ctx);
uint32_t ipu_fill_step(struct ipu_context *ctx);

#endif /* IPU_COPY_H */
