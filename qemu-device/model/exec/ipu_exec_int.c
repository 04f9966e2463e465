// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Integer arithmetic: RV32I's, M, Zba and Zbb. What the instructions compute is in
 * ipu_scalar.def.
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
