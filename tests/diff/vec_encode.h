/* SPDX-License-Identifier: MIT */
/*
 * Vector instructions as the V extension's manual encodes them, and others that
 * random vector programs need in addition to those in encode.h.
 */
#ifndef DIFF_VEC_ENCODE_H
#define DIFF_VEC_ENCODE_H

#include <stdbool.h>

#include "encode.h"

enum { VEC_CSR_FRM = 0x002, VEC_CSR_VSTART = 0x008, VEC_CSR_VXRM = 0x00a };

static inline uint32_t vec_vsetvli(uint32_t rd, uint32_t rs1, uint32_t vtype)
{
	return vtype << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57;
}

static inline uint32_t vec_vsetivli(uint32_t rd, uint32_t avl, uint32_t vtype)
{
	return 3u << 30 | vtype << 20 | avl << 15 | 7 << 12 | rd << 7 | 0x57;
}

static inline uint32_t vec_vsetvl(uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return 1u << 31 | rs2 << 20 | rs1 << 15 | 7 << 12 | rd << 7 | 0x57;
}

/* vl1re8.v, vl2re8.v and so on */
static inline uint32_t vec_load_whole(uint32_t vd, uint32_t rs1, uint32_t registers)
{
	return (registers - 1) << 29 | 0x02800007 | rs1 << 15 | vd << 7;
}

static inline uint32_t vec_csrwi(uint32_t csr, uint32_t value)
{
	return csr << 20 | value << 15 | 5 << 12 | 0x73;
}

static inline uint32_t vec_csrw(uint32_t csr, uint32_t rs1)
{
	return csr << 20 | rs1 << 15 | 1 << 12 | 0x73;
}

static inline uint32_t vec_add(uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return rs2 << 20 | rs1 << 15 | rd << 7 | 0x33;
}

static inline uint32_t vec_andi(uint32_t rd, uint32_t rs1, int32_t imm)
{
	return diff_set_i(0x7013 | rd << 7 | rs1 << 15, imm);
}

static inline uint32_t vec_flw(uint32_t fd, uint32_t rs1, int32_t offset)
{
	return diff_set_i(0x2007 | fd << 7 | rs1 << 15, offset);
}

/* fields of vector loads and stores */
enum vec_mode { VEC_UNIT, VEC_INDEXED_UNORDERED, VEC_STRIDED, VEC_INDEXED_ORDERED };

#define VEC_UNIT_WHOLE 0x08
#define VEC_UNIT_MASK 0x0b
#define VEC_UNIT_FIRST 0x10 /* fault-only-first */

static inline bool vec_is_load(uint32_t bits)
{
	uint32_t width = diff_get(bits, 14, 12);

	return diff_get(bits, 6, 0) == 0x07 && (!width || width >= 5);
}

static inline bool vec_is_store(uint32_t bits)
{
	uint32_t width = diff_get(bits, 14, 12);

	return diff_get(bits, 6, 0) == 0x27 && (!width || width >= 5);
}

static inline enum vec_mode vec_mode_of(uint32_t bits)
{
	return diff_get(bits, 27, 26);
}

/* log2 of the width in bytes that a load or store names */
static inline unsigned int vec_width_of(uint32_t bits)
{
	uint32_t width = diff_get(bits, 14, 12);

	return width ? width - 4 : 0;
}

#endif /* DIFF_VEC_ENCODE_H */
