/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * How a command ends: refused, with a fault that gives the reason, or retired. In a
 * control slice.
 */
#ifndef IPU_COMMAND_END_H
#define IPU_COMMAND_END_H

#include "ipu_card_state.h"

/** ipu_bad_field - stop with a fault at byte @offset of the command. Return: false */
bool ipu_bad_field(struct ipu_context *ctx, uint32_t offset, uint64_t value);

/** ipu_check_reserved - whether words @first to @last of the command are 0 */
bool ipu_check_reserved(struct ipu_context *ctx, unsigned int first, unsigned int last);

/** ipu_check_tiles - whether the command's tiles (words 1 and 2) are in the context */
bool ipu_check_tiles(struct ipu_context *ctx);

/** ipu_command_priv - whether the command may access pages marked IPU_PTE_P */
bool ipu_command_priv(const struct ipu_context *ctx);

/** ipu_command_retire - the command is complete: count it and fetch the next one */
void ipu_command_retire(struct ipu_context *ctx);

/** ipu_command_unretire - undo that, for a command that fails after it was retired */
void ipu_command_unretire(struct ipu_context *ctx);

#endif /* IPU_COMMAND_END_H */
