/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Faster handlers for instructions whose neighbours are known.
 *
 * In a line of decoded code the instruction before is known, unless something jumps
 * there. So an instruction that uses the result of the one before can take it from
 * the argument in which handlers pass it on (last), several host cycles earlier than
 * from the register file. And one handler can execute several consecutive
 * instructions, which saves the jumps between them.
 *
 * A handler of several instructions is in the op of the first one; the others keep
 * their ops and handlers. So jumps to them, the addresses of faults and the count of
 * retired instructions are the same as without it.
 */
#ifndef IPU_FUSE_H
#define IPU_FUSE_H

#include "ipu_unit.h"

/**
 * ipu_fuse - give a line of ops the handlers that are fastest
 * @ops: decoded instructions, each followed by the next if it does not jump
 * @entered: for each whether it may be reached from another op than the one before it;
 *	set for those whose handlers allow that
 * @count: of @ops
 *
 * No other thread may execute them yet.
 */
void ipu_fuse(struct ipu_op *ops, bool *entered, unsigned int count);

/**
 * ipu_fuse_enter - allow jumps to an op
 * @op: other threads may be executing it
 * @decoded: the same, decoded again
 */
void ipu_fuse_enter(struct ipu_op *op, const struct ipu_op *decoded);

#endif /* IPU_FUSE_H */
