/* SPDX-License-Identifier: MIT */
/*
 * Tile programs put together instruction by instruction, for tests that have to
 * work without a compiler for tiles.
 */
#ifndef CARD_PROGRAM_H
#define CARD_PROGRAM_H

#include <assert.h>
#include <stdint.h>

#include "isa/ipu_isa.h"

enum { ZERO, RA, SP, GP, TP, T0, T1, T2, S0, S1, A0, A1, A2, A3, A4, A5 };

struct program {
	uint32_t word[128];
	uint32_t count;
};

static inline uint32_t program_bytes(const struct program *p)
{
	return p->count * 4;
}

/* The address of the next instruction. */
static inline uint32_t here(const struct program *p)
{
	return IPU_SRAM_BASE + p->count * 4;
}

static inline void emit(struct program *p, uint32_t insn)
{
	assert(p->count < sizeof(p->word) / sizeof(p->word[0]));
	p->word[p->count++] = insn;
}

static inline uint32_t i_type(uint32_t imm, int rs1, uint32_t f3, int rd, uint32_t opcode)
{
	return (imm & 0xfff) << 20 | (uint32_t)rs1 << 15 | f3 << 12 | (uint32_t)rd << 7 | opcode;
}

static inline uint32_t r_type(uint32_t f7, int rs2, int rs1, uint32_t f3, int rd)
{
	return f7 << 25 | (uint32_t)rs2 << 20 | (uint32_t)rs1 << 15 | f3 << 12 | (uint32_t)rd << 7 |
	       0x33;
}

static inline void addi(struct program *p, int rd, int rs1, int32_t imm)
{
	emit(p, i_type((uint32_t)imm, rs1, 0, rd, 0x13));
}

static inline void slli(struct program *p, int rd, int rs1, uint32_t by)
{
	emit(p, i_type(by, rs1, 1, rd, 0x13));
}

static inline void add(struct program *p, int rd, int rs1, int rs2)
{
	emit(p, r_type(0, rs2, rs1, 0, rd));
}

static inline void mul(struct program *p, int rd, int rs1, int rs2)
{
	emit(p, r_type(1, rs2, rs1, 0, rd));
}

static inline void remu(struct program *p, int rd, int rs1, int rs2)
{
	emit(p, r_type(1, rs2, rs1, 7, rd));
}

static inline void lw(struct program *p, int rd, int rs1, int32_t offset)
{
	emit(p, i_type((uint32_t)offset, rs1, 2, rd, 0x03));
}

static inline void sw(struct program *p, int rs2, int rs1, int32_t offset)
{
	uint32_t imm = (uint32_t)offset;

	emit(p, (imm >> 5 & 0x7f) << 25 | (uint32_t)rs2 << 20 | (uint32_t)rs1 << 15 | 2 << 12 |
			(imm & 0x1f) << 7 | 0x23);
}

static inline void li(struct program *p, int rd, uint32_t value)
{
	emit(p, ((value + 0x800) & 0xfffff000) | (uint32_t)rd << 7 | 0x37);
	addi(p, rd, rd, (int32_t)(value << 20) >> 20);
}

/* Branches and jumps to an address. */
static inline uint32_t b_type(uint32_t by, int rs1, int rs2, uint32_t f3)
{
	return (by >> 12 & 1) << 31 | (by >> 5 & 0x3f) << 25 | (uint32_t)rs2 << 20 |
	       (uint32_t)rs1 << 15 | f3 << 12 | (by >> 1 & 0xf) << 8 | (by >> 11 & 1) << 7 | 0x63;
}

static inline void bne(struct program *p, int rs1, int rs2, uint32_t target)
{
	emit(p, b_type(target - here(p), rs1, rs2, 1));
}

static inline void beq(struct program *p, int rs1, int rs2, uint32_t target)
{
	emit(p, b_type(target - here(p), rs1, rs2, 0));
}

static inline void jump(struct program *p, uint32_t target)
{
	uint32_t by = target - here(p);

	emit(p, (by >> 20 & 1) << 31 | (by >> 1 & 0x3ff) << 21 | (by >> 11 & 1) << 20 |
			(by >> 12 & 0xff) << 12 | 0x6f);
}

static inline void csrr(struct program *p, int rd, uint32_t csr)
{
	emit(p, i_type(csr, ZERO, 2, rd, 0x73));
}

static inline void csrw(struct program *p, uint32_t csr, int rs1)
{
	emit(p, i_type(csr, rs1, 1, ZERO, 0x73));
}

static inline void sync_zone(struct program *p, uint32_t zone)
{
	emit(p, i_type(zone, ZERO, IPU_F3_SYNC, ZERO, IPU_OPCODE));
}

static inline void exit_with(struct program *p, int rs1)
{
	emit(p, i_type(0, rs1, IPU_F3_EXIT, ZERO, IPU_OPCODE));
}

static inline void trap(struct program *p, int rs1)
{
	emit(p, i_type(0, rs1, IPU_F3_TRAP, ZERO, IPU_OPCODE));
}

/* The transfer table is at @table with @count entries; clobbers T0. */
static inline void transfers(struct program *p, uint32_t table, uint32_t count)
{
	li(p, T0, table);
	csrw(p, IPU_CSR_XTAB, T0);
	li(p, T0, count);
	csrw(p, IPU_CSR_XCNT, T0);
}

#endif /* CARD_PROGRAM_H */
