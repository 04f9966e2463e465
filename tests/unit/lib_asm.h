/* SPDX-License-Identifier: MIT */
/* Instructions of a tile, as words, for programs that are assembled by hand. */
#ifndef LIB_ASM_H
#define LIB_ASM_H

#include <stdint.h>

#include "isa/ipu_isa.h"

enum { ZERO = 0, RA = 1, SP = 2, T0 = 5, T1 = 6, T2 = 7, A0 = 10, A1 = 11, A2 = 12, A7 = 17 };

static inline uint32_t asm_i(uint32_t op, uint32_t f3, uint32_t rd, uint32_t rs1, int32_t imm)
{
	return op | rd << 7 | f3 << 12 | rs1 << 15 | (uint32_t)imm << 20;
}

static inline uint32_t asm_addi(uint32_t rd, uint32_t rs1, int32_t imm)
{
	return asm_i(0x13, 0, rd, rs1, imm);
}

/* The upper 20 bits of @value, so that asm_addi() with the lower 12, signed, completes it. */
static inline uint32_t asm_lui(uint32_t rd, uint32_t value)
{
	return 0x37 | rd << 7 | ((value + 0x800) & 0xfffff000);
}

/* The lower 12 bits, signed. */
static inline int32_t asm_low(uint32_t value)
{
	return (int32_t)(value << 20) >> 20;
}

static inline uint32_t asm_lw(uint32_t rd, uint32_t rs1, int32_t imm)
{
	return asm_i(0x03, 2, rd, rs1, imm);
}

static inline uint32_t asm_sw(uint32_t rs2, uint32_t rs1, int32_t imm)
{
	return 0x23 | ((uint32_t)imm & 31) << 7 | 2 << 12 | rs1 << 15 | rs2 << 20 |
	       ((uint32_t)imm >> 5 & 127) << 25;
}

static inline uint32_t asm_csrr(uint32_t rd, uint32_t csr)
{
	return asm_i(0x73, 2, rd, 0, (int32_t)csr);
}

static inline uint32_t asm_csrw(uint32_t csr, uint32_t rs1)
{
	return asm_i(0x73, 1, 0, rs1, (int32_t)csr);
}

static inline uint32_t asm_andi(uint32_t rd, uint32_t rs1, int32_t imm)
{
	return asm_i(0x13, 7, rd, rs1, imm);
}

static inline uint32_t asm_ecall(void)
{
	return 0x73;
}

/* Jump to itself. */
static inline uint32_t asm_spin(void)
{
	return 0x6f;
}

static inline uint32_t asm_sync(uint32_t zone)
{
	return asm_i(IPU_OPCODE, IPU_F3_SYNC, 0, 0, (int32_t)zone);
}

static inline uint32_t asm_exit(uint32_t rs1)
{
	return asm_i(IPU_OPCODE, IPU_F3_EXIT, 0, rs1, 0);
}

static inline uint32_t asm_trap(uint32_t rs1)
{
	return asm_i(IPU_OPCODE, IPU_F3_TRAP, 0, rs1, 0);
}

#endif /* LIB_ASM_H */
