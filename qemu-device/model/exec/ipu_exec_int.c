// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Integer arithmetic: RV32I's, M, Zba and Zbb. What the instructions compute is in
 * ipu_scalar.def. And the check of the stack, which is part of most instructions that
 * write sp.
 */
#include "ipu_exec.h"
#include "ipu_scalar.h"

#define IPU_OP_ARITHMETIC(name) \
	IPU_OP(name) \
	{ \
		ipu_do_##name(u, op, sram, &last, NULL, IPU_FILE); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_OP_ARITHMETIC(lui)

#define IPU_RR(name, expression)	IPU_OP_ARITHMETIC(name)
#define IPU_RI(name, expression)	IPU_OP_ARITHMETIC(name)
#define IPU_R(name, expression)		IPU_OP_ARITHMETIC(name)
#include "ipu_scalar.def"

/*
 * After an instruction that writes sp: that wrote IPU_REG_NEW_SP instead, so that
 * nothing has changed if the stack is too small. It has been retired, which is undone then.
 */
IPU_OP(set_sp)
{
	const uint32_t sp = u->r[IPU_REG_NEW_SP];

	if (ipu_unlikely(sp - u->stack_end > u->stack_room)) {
		left++;
		IPU_FAULT(IPU_FAULT_STACK, sp, u->stack_end);
	}
	u->r[IPU_REG_SP] = sp;
	op++;
	IPU_DISPATCH();
}
