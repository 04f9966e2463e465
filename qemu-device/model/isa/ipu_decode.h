/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * From an instruction's bits to its row in ipu_decode_table.def and its operands.
 *
 * The folder isa/ defines which instructions exist, how they are written and what they
 * cost, but not how they are executed.
 * Knows: nothing.
 */
#ifndef IPU_DECODE_H
#define IPU_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "ipu_op.h"

/* Where execution goes after an instruction. */
enum ipu_flow {
	IPU_FLOW_NEXT,		/* to the next one, or nowhere (a fault, a stop) */
	IPU_FLOW_BRANCH,	/* to the next one or the target; op.imm is the distance */
	IPU_FLOW_CALL,		/* to the target; op.off is the distance */
	IPU_FLOW_JUMP,		/* to the target and not to the next one; op.off */
	IPU_FLOW_END,		/* not to the next one */
};

/**
 * struct ipu_insn - a decoded instruction
 * @op: the op; its handler and the distance to the target are for the caller to fill in
 * @flow: enum ipu_flow
 * @bytes: 2 or 4
 * @target: of a branch or direct jump
 * @shape: of a vector instruction, set before the format is called
 * @sets_sp: op.rd is x2, and all that the instruction does is to write it: it is no jump and
 *	accesses no CSR
 */
struct ipu_insn {
	struct ipu_op op;
	enum ipu_flow flow;
	unsigned int bytes;
	uint32_t target;
	uint32_t shape;
	bool sets_sp;
};

/** ipu_insn_bytes - the length of an instruction, from its first halfword */
static inline unsigned int ipu_insn_bytes(uint32_t bits)
{
	return (bits & 3) == 3 ? 4 : 2;
}

/**
 * ipu_decode - decode one instruction
 * @bits: of a compressed one the upper half does not matter
 * @pc: its address
 *
 * Thread safe.
 * Return: the number of the instruction's row in the table, or -1 if there is none.
 */
int ipu_decode(uint32_t bits, uint32_t pc, struct ipu_insn *insn);

/** ipu_decode_shape - the shape of a vector instruction's row */
uint32_t ipu_decode_shape(unsigned int row);

/* The formats' functions, in ipu_formats*.c: false if the operands are reserved. */
typedef bool ipu_format(uint32_t bits, uint32_t pc, struct ipu_insn *insn);

#define IPU_FORMATS(F) \
	F(NONE) F(R) F(R4) F(I) F(SH) F(L) F(S) F(B) F(U) F(AUIPC) F(J) F(JR) F(CSR) \
	F(CIW) F(CL) F(CS) F(CI) F(CJAL) F(CLI) F(CSP) F(CLUI) F(CSHB) F(CIB) F(CA) \
	F(CJ) F(CB) F(CSH) F(CLSP) F(CJR) F(CJALR) F(CMV) F(CR) F(CSSP) \
	F(FL) F(FS) F(FFF) F(FFFM) F(FFFFM) F(FFM) F(XFF) F(XFM) F(FX) F(FXM) \
	F(CFL) F(CFS) F(CFLSP) F(CFSSP) \
	F(VSETI) F(VSETII) F(VVV) F(VVI) F(VVF) F(VWHOLE) F(XV) F(FV) F(AMP)

#define IPU_DECLARE(name) ipu_format ipu_fmt_##name;
IPU_FORMATS(IPU_DECLARE)
#undef IPU_DECLARE

/* Define the format @name; most do not need all arguments. */
#define IPU_FORMAT(name) \
	bool ipu_fmt_##name(uint32_t bits __attribute__((unused)), \
			    uint32_t pc __attribute__((unused)), \
			    struct ipu_insn *insn __attribute__((unused)))

#endif /* IPU_DECODE_H */
