/* SPDX-License-Identifier: MIT */
/*
 * The few instructions that the tests' tile programs are made of, as constant
 * expressions, so that a program is an array of words and no compiler is needed.
 * Operands are in the assembler's order; registers are numbers.
 */
#ifndef IPU_RV_H
#define IPU_RV_H

#include <stdint.h>

#include "isa/ipu_isa.h"

#define RV_A0 10
#define RV_SP 2
#define RV_T0 5
#define RV_T1 6
#define RV_T2 7
#define RV_A7 17

#define RV_R(op, f3, f7, rd, rs1, rs2) \
	((uint32_t)((f7) << 25 | (rs2) << 20 | (rs1) << 15 | (f3) << 12 | (rd) << 7 | (op)))
#define RV_I(op, f3, rd, rs1, imm) \
	((uint32_t)(((uint32_t)(imm) & 0xfff) << 20 | (rs1) << 15 | (f3) << 12 | (rd) << 7 | (op)))
#define RV_S(op, f3, rs2, rs1, imm) \
	RV_R(op, f3, (uint32_t)(imm) >> 5 & 0x7f, (uint32_t)(imm) & 0x1f, rs1, rs2)
#define RV_B(op, f3, rs1, rs2, off)                                                    \
	RV_R(op, f3, ((uint32_t)(off) >> 12 & 1) << 6 | ((uint32_t)(off) >> 5 & 0x3f), \
	     ((uint32_t)(off) & 0x1e) | ((uint32_t)(off) >> 11 & 1), rs1, rs2)

#define RV_LUI(rd, imm20) ((uint32_t)(imm20) << 12 | (rd) << 7 | 0x37)
#define RV_ADDI(rd, rs1, imm) RV_I(0x13, 0, rd, rs1, imm)
#define RV_LI(rd, imm) RV_ADDI(rd, 0, imm)
#define RV_ADD(rd, rs1, rs2) RV_R(0x33, 0, 0, rd, rs1, rs2)
#define RV_LW(rd, imm, rs1) RV_I(0x03, 2, rd, rs1, imm)
#define RV_SW(rs2, imm, rs1) RV_S(0x23, 2, rs2, rs1, imm)
#define RV_AMOADD_W(rd, rs2, rs1) RV_R(0x2f, 2, 0, rd, rs1, rs2)
#define RV_BNE(rs1, rs2, off) RV_B(0x63, 1, rs1, rs2, off)
#define RV_JR(rs1) RV_I(0x67, 0, 0, rs1, 0)
#define RV_JUMP_SELF 0x0000006fu
#define RV_CSRR(rd, csr) RV_I(0x73, 2, rd, 0, csr)
#define RV_CSRW(csr, rs1) RV_I(0x73, 1, 0, rs1, csr)
#define RV_ECALL 0x00000073u
#define RV_EBREAK 0x00100073u
#define RV_ILLEGAL 0xffffffffu

#define RV_IPU_RUN(rs1, rs2, rs3) RV_R(IPU_OPCODE, IPU_F3_RUN, (rs3) << 2, 0, rs1, rs2)
#define RV_IPU_RUNALL(rs1, rs2) RV_R(IPU_OPCODE, IPU_F3_RUNALL, 0, 0, rs1, rs2)
#define RV_IPU_SYNC(zone) RV_I(IPU_OPCODE, IPU_F3_SYNC, 0, 0, zone)
#define RV_IPU_EXIT(rs1) RV_I(IPU_OPCODE, IPU_F3_EXIT, 0, rs1, 0)
#define RV_IPU_TRAP(rs1) RV_I(IPU_OPCODE, IPU_F3_TRAP, 0, rs1, 0)

#endif /* IPU_RV_H */
