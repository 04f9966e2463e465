// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The handlers of the decode table's rows. That of a vector instruction is chosen when
 * it executes, see ipu_vec.h.
 */
#include "ipu_handlers.h"

#include "exec/ipu_exec.h"
#include "vector/ipu_vec.h"

int ipu_decode_op(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	static ipu_handler *const handlers[] = {
#define IPU_INSN(name, mask, match, format, handler, slots)	ipu_op_##handler,
#define IPU_VECTOR(name, mask, match, format, shape, slots)	ipu_op_vector,
#include "isa/ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
	};
	const int row = ipu_decode(bits, pc, insn);

	insn->op.fn = row < 0 ? ipu_op_illegal : handlers[row];
	return row;
}
