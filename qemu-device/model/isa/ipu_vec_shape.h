/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The operands of vector instructions: their shapes, under which vtypes a shape is
 * legal, and how an op holds them.
 *
 * What is legal also depends on LMUL (alignment and overlap of register groups).
 * The decoder works that out for every vtype at once: bit k of op->imm says
 * whether the instruction is legal under vtype key k, see ipu_vec_key().
 *
 * Operands of a vector op:
 *  - rd, rs1, rs2: numbers of vector registers vd (or vs3), vs1, vs2, or indices
 *    of the unit's register file where the instruction names an x or f
 *    register, or in rs1 an immediate, which is sign- or zero-extended to 8 bits
 *  - imm: bits 0..23 legal keys; the functions below extract the others
 *  - rs3: low bits of the row
 */
#ifndef IPU_VEC_SHAPE_H
#define IPU_VEC_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipu_op.h"

/* ---- Shapes: what the operands of an instruction are --------------------------------------- */

/* the element width and the size of the group of one operand */
enum ipu_vec_class {
	IPU_V_NONE,	/* no vector register */
	IPU_V_1,	/* EEW = SEW, EMUL = LMUL */
	IPU_V_2,	/* EEW = 2 SEW, EMUL = 2 LMUL */
	IPU_V_H2,	/* EEW = SEW / 2, EMUL = LMUL / 2 */
	IPU_V_H4,	/* EEW = SEW / 4, EMUL = LMUL / 4 */
	IPU_V_MASK,	/* EEW = 1, one register */
	IPU_V_ELEM,	/* element 0 of one register, EEW = SEW */
	IPU_V_ELEM2,	/* element 0 of one register, EEW = 2 SEW */
	IPU_V_E8,	/* EEW = 8, EMUL = 8 / SEW * LMUL */
	IPU_V_E16,	/* EEW = 16, EMUL = 16 / SEW * LMUL */
	IPU_V_E32,	/* EEW = 32, EMUL = 32 / SEW * LMUL */
};

/* A shape: the classes of vd, vs1 and vs2, the SEWs (of 8, 16, 32), and flags. */
#define IPU_SHAPE(d, s1, s2, sews, flags) \
	(IPU_V_##d | IPU_V_##s1 << 4 | IPU_V_##s2 << 8 | (sews) << 12 | (flags))

#define IPU_SEW8	1
#define IPU_SEW16	2
#define IPU_SEW32	4
#define IPU_SEWS	7
#define IPU_SEWS_F	6	/* those of floating point */

#define IPU_SHAPE_APART		0x10000	/* vd must not overlap any vector source */
#define IPU_SHAPE_VSTART0	0x20000	/* illegal with vstart other than 0 */
#define IPU_SHAPE_READS_D	0x40000	/* vd is also a source */
#define IPU_SHAPE_NF		0x80000	/* vd is nf groups; nf is in the instruction */
#define IPU_SHAPE_STORE		0x100000 /* vd is a source only */

static inline enum ipu_vec_class ipu_shape_d(uint32_t shape)
{
	return shape & 15;
}

static inline enum ipu_vec_class ipu_shape_1(uint32_t shape)
{
	return shape >> 4 & 15;
}

static inline enum ipu_vec_class ipu_shape_2(uint32_t shape)
{
	return shape >> 8 & 15;
}

static inline unsigned int ipu_shape_sews(uint32_t shape)
{
	return shape >> 12 & 7;
}

/* ---- Keys ------------------------------------------------------------------------------------- */

#define IPU_VEC_KEYS	24

/* no key: with vill, or for a unit with a vstart other than 0 */
#define IPU_VKEY_NONE	31
#define IPU_VTYPE_VILL	0x80000000u

/* of SEW (0: 8, 1: 16, 2: 32) and vlmul as vtype has it */
static inline unsigned int ipu_vec_key(unsigned int sew, unsigned int vlmul)
{
	return sew << 3 | vlmul;
}

/* log2 of LMUL, -3..3, of a key or of vlmul; vlmul 4 is reserved */
static inline int ipu_vec_log2_lmul(unsigned int key)
{
	return (int)((key & 7) ^ 4) - 4;
}

/**
 * ipu_vec_vtype_key - the key of a vtype, or IPU_VKEY_NONE if it is not supported
 *
 * SEW is 8, 16 or 32 and at most LMUL * 32, as ELEN is 32. In addition to what
 * that requires there is SEW 8 with LMUL 1/8.
 */
unsigned int ipu_vec_vtype_key(uint32_t vtype);

/* log2 of SEW / LMUL, so that log2 of VLMAX is log2 of VLEN less this */
static inline unsigned int ipu_vec_ratio(unsigned int key)
{
	return (key >> 3) + 3 - ipu_vec_log2_lmul(key);
}

/**
 * ipu_vec_legal - the keys under which a shape is legal with these registers
 * @shape: of the row
 * @bits: the instruction, for vd, vs1, vs2, vm and nf
 * Return: a bit for each key.
 */
uint32_t ipu_vec_legal(uint32_t shape, uint32_t bits);

/* ---- Fields of an op --------------------------------------------------------------------------- */

#define IPU_VEC_ROW_SHIFT	24	/* bits 8, 9 of the row */
#define IPU_VEC_VM		(1u << 26)	/* unmasked */
#define IPU_VEC_NF_SHIFT	27	/* nf - 1 */
#define IPU_VEC_RS3_SHIFT	27	/* of ipu.amp the third x register */

static inline unsigned int ipu_vec_row(const struct ipu_op *op)
{
	return op->rs3 | ((uint32_t)op->imm >> IPU_VEC_ROW_SHIFT & 3) << 8;
}

static inline bool ipu_vec_unmasked(const struct ipu_op *op)
{
	return op->imm & IPU_VEC_VM;
}

static inline unsigned int ipu_vec_nf(const struct ipu_op *op)
{
	return ((uint32_t)op->imm >> IPU_VEC_NF_SHIFT & 7) + 1;
}

#endif /* IPU_VEC_SHAPE_H */
