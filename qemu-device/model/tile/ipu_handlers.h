/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * From an instruction's bits to an op that can be executed.
 */
#ifndef IPU_HANDLERS_H
#define IPU_HANDLERS_H

#include "isa/ipu_decode.h"

/**
 * ipu_decode_op - ipu_decode(), and set the handler
 *
 * An invalid instruction becomes an op that faults.
 */
int ipu_decode_op(uint32_t bits, uint32_t pc, struct ipu_insn *insn);

#endif /* IPU_HANDLERS_H */
