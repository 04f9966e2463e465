/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Fields of instructions that several formats share.
 */
#ifndef IPU_FIELDS_H
#define IPU_FIELDS_H

#include "ipu_decode.h"
#include "ipu_isa.h"

/* bits hi..lo of the instruction, moved to bit at */
static inline uint32_t field(uint32_t bits, unsigned int hi, unsigned int lo, unsigned int at)
{
	return (bits >> lo & ((2u << (hi - lo)) - 1)) << at;
}

static inline int32_t sign_extend(uint32_t value, unsigned int width)
{
	return (int32_t)(value << (32 - width)) >> (32 - width);
}

static inline uint8_t dest(uint32_t reg)
{
	return reg ? reg : IPU_REG_SINK;
}

/* the x registers that compressed instructions name by three bits */
static inline uint8_t short_reg(uint32_t bits, unsigned int lo)
{
	return 8 + field(bits, lo + 2, lo, 0);
}

static inline void take_dest(uint32_t reg, struct ipu_insn *insn)
{
	insn->op.rd = dest(reg);
	insn->sets_sp = reg == IPU_REG_SP;
}

static inline void take_rd(uint32_t bits, struct ipu_insn *insn)
{
	take_dest(field(bits, 11, 7, 0), insn);
}

static inline void take_rs1(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.rs1 = field(bits, 19, 15, 0);
}

static inline void take_rs2(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.rs2 = field(bits, 24, 20, 0);
}

/* the bounds check is one comparison of the offset into SRAM */
static inline void take_offset(int32_t offset, struct ipu_insn *insn)
{
	insn->op.imm = offset - IPU_SRAM_BASE;
}

static inline int32_t cl_offset(uint32_t bits)
{
	return field(bits, 12, 10, 3) | field(bits, 6, 6, 2) | field(bits, 5, 5, 6);
}

static inline int32_t clsp_offset(uint32_t bits)
{
	return field(bits, 12, 12, 5) | field(bits, 6, 4, 2) | field(bits, 3, 2, 6);
}

static inline int32_t cssp_offset(uint32_t bits)
{
	return field(bits, 12, 9, 2) | field(bits, 8, 7, 6);
}

#endif /* IPU_FIELDS_H */
