// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Loads, stores and atomics. An access is inside SRAM or a fault; loads and
 * stores need no alignment, atomics do. Float loads and stores use the same
 * handlers, with registers of the upper half of the file.
 */
#include "ipu_exec.h"
#include "ipu_scalar.h"

#define IPU_OP_ACCESS(name, cause) \
	IPU_OP(name) \
	{ \
		uint32_t at; \
		\
		if (ipu_unlikely(!ipu_do_##name(u, op, sram, &last, &at, IPU_FILE))) \
			IPU_FAULT(cause, u->r[op->rs1] + op->imm + IPU_SRAM_BASE, 0); \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

#define IPU_LOAD(name, type)	IPU_OP_ACCESS(name, IPU_FAULT_LOAD)
#define IPU_STORE(name, type)	IPU_OP_ACCESS(name, IPU_FAULT_STORE)
#include "ipu_scalar.def"

/* The address of an atomic in rs1 as an offset, or a fault with @cause. */
#define IPU_ATOMIC_OFFSET(offset, cause) \
	const uint32_t offset = u->r[op->rs1] - IPU_SRAM_BASE; \
	\
	if (ipu_unlikely(offset % 4)) \
		IPU_FAULT(IPU_FAULT_MISALIGNED, offset + IPU_SRAM_BASE, 0); \
	if (ipu_unlikely(offset > IPU_SRAM_SIZE - 4)) \
		IPU_FAULT(cause, offset + IPU_SRAM_BASE, 0)

/* memory = an expression of a (the old value, which rd gets) and b (rs2) */
#define IPU_AMO(name, expression) \
	IPU_OP(name) \
	{ \
		const uint32_t b = u->r[op->rs2]; \
		uint32_t a, value; \
		IPU_ATOMIC_OFFSET(offset, IPU_FAULT_STORE); \
		\
		memcpy(&a, sram + offset, sizeof(a)); \
		value = (expression); \
		memcpy(sram + offset, &value, sizeof(value)); \
		u->r[op->rd] = a; \
		IPU_CHARGE(name); \
		IPU_NEXT(); \
	}

IPU_AMO(amoswap_w, b)
IPU_AMO(amoadd_w, a + b)
IPU_AMO(amoxor_w, a ^ b)
IPU_AMO(amoand_w, a & b)
IPU_AMO(amoor_w, a | b)
IPU_AMO(amomin_w, (int32_t)a < (int32_t)b ? a : b)
IPU_AMO(amomax_w, (int32_t)a > (int32_t)b ? a : b)
IPU_AMO(amominu_w, a < b ? a : b)
IPU_AMO(amomaxu_w, a > b ? a : b)

/*
 * The reservation is the tile's and ends when another unit runs, so that no
 * store needs to check it: nothing else can have stored before sc.w.
 */
IPU_OP(lr_w)
{
	uint32_t value;
	IPU_ATOMIC_OFFSET(offset, IPU_FAULT_LOAD);

	memcpy(&value, sram + offset, sizeof(value));
	u->tile->reserved = true;
	u->tile->reservation = offset;
	u->r[op->rd] = value;
	IPU_CHARGE(lr_w);
	IPU_NEXT();
}

IPU_OP(sc_w)
{
	const uint32_t value = u->r[op->rs2];
	struct ipu_tile *tile = u->tile;
	bool success;
	IPU_ATOMIC_OFFSET(offset, IPU_FAULT_STORE);

	success = tile->reserved && tile->reservation == offset;
	if (success)
		memcpy(sram + offset, &value, sizeof(value));
	tile->reserved = false;
	u->r[op->rd] = !success;
	IPU_CHARGE(sc_w);
	IPU_NEXT();
}
