/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Faster handlers for instructions whose neighbours are known.
 *
 * In a line of decoded code the instruction before is known, unless something jumps
 * there. So an instruction that uses the result of the one before can take it from
 * where handlers pass it on (last), which is several cycles of the host earlier
 * than from the register file. And instructions that follow each other can be done
 * by one handler, which saves the jumps between them.
 *
 * A handler of several stands at the first one's op; the others keep theirs, with
 * handlers of their own. So a jump to one of them, the address of a fault and the
 * count of what was retired are as without.
 */
#ifndef IPU_FUSE_H
#define IPU_FUSE_H

#include "ipu_unit.h"

/**
 * ipu_fuse - give a line of ops the handlers that are fastest
 * @ops: decoded instructions, each followed by the next if it does not jump
 * @entered: for each whether it may be executed after another one than that before it;
 *	set for those where that does no harm
 * @count: of @ops
 *
 * No other thread may execute them yet.
 */
void ipu_fuse(struct ipu_op *ops, bool *entered, unsigned int count);

/**
 * ipu_fuse_enter - make an op one that may be entered by a jump
 * @op: may be executed by other threads meanwhile
 * @decoded: the same, decoded again
 */
void ipu_fuse_enter(struct ipu_op *op, const struct ipu_op *decoded);

#endif /* IPU_FUSE_H */
