/* SPDX-License-Identifier: MIT */
/*
 * Fields of RISC-V instructions, from the manual and not from the model, for the
 * generator.
 */
#ifndef DIFF_ENCODE_H
#define DIFF_ENCODE_H

#include <stdint.h>

static inline uint32_t diff_set(uint32_t bits, unsigned int hi, unsigned int lo, uint32_t value)
{
	uint32_t mask = ((2u << (hi - lo)) - 1) << lo;

	return (bits & ~mask) | (value << lo & mask);
}

static inline uint32_t diff_get(uint32_t bits, unsigned int hi, unsigned int lo)
{
	return bits >> lo & ((2u << (hi - lo)) - 1);
}

static inline uint32_t diff_set_rd(uint32_t bits, uint32_t reg)
{
	return diff_set(bits, 11, 7, reg);
}

static inline uint32_t diff_set_rs1(uint32_t bits, uint32_t reg)
{
	return diff_set(bits, 19, 15, reg);
}

static inline uint32_t diff_set_i(uint32_t bits, int32_t imm)
{
	return diff_set(bits, 31, 20, imm);
}

static inline uint32_t diff_set_s(uint32_t bits, int32_t imm)
{
	return diff_set(diff_set(bits, 31, 25, imm >> 5), 11, 7, imm);
}

static inline uint32_t diff_set_b(uint32_t bits, int32_t distance)
{
	bits = diff_set(bits, 31, 31, distance >> 12);
	bits = diff_set(bits, 30, 25, distance >> 5);
	bits = diff_set(bits, 11, 8, distance >> 1);
	return diff_set(bits, 7, 7, distance >> 11);
}

static inline uint32_t diff_set_j(uint32_t bits, int32_t distance)
{
	bits = diff_set(bits, 31, 31, distance >> 20);
	bits = diff_set(bits, 30, 21, distance >> 1);
	bits = diff_set(bits, 20, 20, distance >> 11);
	return diff_set(bits, 19, 12, distance >> 12);
}

/* c.j, c.jal */
static inline uint32_t diff_set_cj(uint32_t bits, int32_t distance)
{
	bits = diff_set(bits, 12, 12, distance >> 11);
	bits = diff_set(bits, 11, 11, distance >> 4);
	bits = diff_set(bits, 10, 9, distance >> 8);
	bits = diff_set(bits, 8, 8, distance >> 10);
	bits = diff_set(bits, 7, 7, distance >> 6);
	bits = diff_set(bits, 6, 6, distance >> 7);
	bits = diff_set(bits, 5, 3, distance >> 1);
	return diff_set(bits, 2, 2, distance >> 5);
}

/* c.beqz, c.bnez */
static inline uint32_t diff_set_cb(uint32_t bits, int32_t distance)
{
	bits = diff_set(bits, 12, 12, distance >> 8);
	bits = diff_set(bits, 11, 10, distance >> 3);
	bits = diff_set(bits, 6, 5, distance >> 6);
	bits = diff_set(bits, 4, 3, distance >> 1);
	return diff_set(bits, 2, 2, distance >> 5);
}

/* whole instructions */
static inline uint32_t diff_addi(uint32_t rd, uint32_t rs1, int32_t imm)
{
	return diff_set_i(0x13 | rd << 7 | rs1 << 15, imm);
}

/* the upper immediate that an addi with the lower 12 bits completes */
static inline uint32_t diff_lui(uint32_t rd, uint32_t value)
{
	return ((value + 0x800) & 0xfffff000) | rd << 7 | 0x37;
}

static inline uint32_t diff_auipc(uint32_t rd)
{
	return rd << 7 | 0x17;
}

static inline uint32_t diff_bne(uint32_t rs1, uint32_t rs2, int32_t distance)
{
	return diff_set_b(0x1063 | rs1 << 15 | rs2 << 20, distance);
}

static inline uint32_t diff_jal(uint32_t rd, int32_t distance)
{
	return diff_set_j(0x6f | rd << 7, distance);
}

static inline uint32_t diff_lw(uint32_t rd, uint32_t rs1, int32_t offset)
{
	return diff_set_i(0x2003 | rd << 7 | rs1 << 15, offset);
}

static inline uint32_t diff_sw(uint32_t rs2, uint32_t rs1, int32_t offset)
{
	return diff_set_s(0x2023 | rs2 << 20 | rs1 << 15, offset);
}

static inline uint32_t diff_fmv_w_x(uint32_t fd, uint32_t rs1)
{
	return 0xf0000053 | fd << 7 | rs1 << 15;
}

#endif /* DIFF_ENCODE_H */
