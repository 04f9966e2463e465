/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The registers DBG_CTRL, DBG_CMD and DBG_DATA; with the lock held.
 */
#ifndef IPU_DEBUG_REGS_H
#define IPU_DEBUG_REGS_H

#include "ipu_card_state.h"
#include "ipu_outbox.h"

void ipu_debug_write_ctrl(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out);
void ipu_debug_write_cmd(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out);
void ipu_debug_write_data(struct ipu_context *ctx, uint32_t value, struct ipu_outbox *out);
uint32_t ipu_debug_read_data(struct ipu_context *ctx);

#endif /* IPU_DEBUG_REGS_H */
