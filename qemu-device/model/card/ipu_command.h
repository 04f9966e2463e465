/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The command processor.
 */
#ifndef IPU_COMMAND_H
#define IPU_COMMAND_H

#include "ipu_card_state.h"

/** ipu_control_slice - continue a context for a while; its only slice in progress */
void ipu_control_slice(struct ipu_context *ctx);

#endif /* IPU_COMMAND_H */
