/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The registers' part in a reset; accesses go through ipu_card_read() and
 * ipu_card_write(). Call all of this with the lock held.
 */
#ifndef IPU_REGS_H
#define IPU_REGS_H

#include "ipu_card_state.h"
#include "ipu_outbox.h"

/** ipu_regs_begin_reset - begin a reset: stop all contexts and start no slice */
void ipu_regs_begin_reset(struct ipu_card *card, struct ipu_outbox *out);

/** ipu_regs_reset - give all registers their reset values */
void ipu_regs_reset(struct ipu_card *card);

#endif /* IPU_REGS_H */
