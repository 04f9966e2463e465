// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Instruction formats: how operands lie in the bits. Each function is named in
 * the rows of ipu_decode_table.def.
 */
#include "ipu_decode.h"
#include "ipu_fields.h"

static void take_target(uint32_t pc, int32_t distance, enum ipu_flow flow, struct ipu_insn *insn)
{
	insn->target = pc + distance;
	insn->flow = flow;
}

static void take_link(uint32_t pc, uint32_t rd, struct ipu_insn *insn)
{
	insn->op.rd = dest(rd);
	insn->op.imm = pc + insn->bytes;
}

IPU_FORMAT(NONE)
{
	return true;
}

IPU_FORMAT(R)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	take_rs2(bits, insn);
	return true;
}

IPU_FORMAT(R4)
{
	ipu_fmt_R(bits, pc, insn);
	insn->op.rs3 = field(bits, 31, 27, 0);
	return true;
}

IPU_FORMAT(I)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	insn->op.imm = (int32_t)bits >> 20;
	return true;
}

IPU_FORMAT(SH)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	insn->op.imm = field(bits, 24, 20, 0);
	return true;
}

IPU_FORMAT(L)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	take_offset((int32_t)bits >> 20, insn);
	return true;
}

IPU_FORMAT(S)
{
	take_rs1(bits, insn);
	take_rs2(bits, insn);
	take_offset(sign_extend(field(bits, 31, 25, 5) | field(bits, 11, 7, 0), 12), insn);
	return true;
}

IPU_FORMAT(B)
{
	uint32_t distance = field(bits, 31, 31, 12) | field(bits, 7, 7, 11) |
			    field(bits, 30, 25, 5) | field(bits, 11, 8, 1);

	take_rs1(bits, insn);
	take_rs2(bits, insn);
	take_target(pc, sign_extend(distance, 13), IPU_FLOW_BRANCH, insn);
	return true;
}

IPU_FORMAT(U)
{
	take_rd(bits, insn);
	insn->op.imm = bits & 0xfffff000;
	return true;
}

IPU_FORMAT(AUIPC)
{
	take_rd(bits, insn);
	insn->op.imm = pc + (bits & 0xfffff000);
	return true;
}

IPU_FORMAT(J)
{
	uint32_t distance = field(bits, 31, 31, 20) | field(bits, 19, 12, 12) |
			    field(bits, 20, 20, 11) | field(bits, 30, 21, 1);
	uint32_t rd = field(bits, 11, 7, 0);

	take_link(pc, rd, insn);
	take_target(pc, sign_extend(distance, 21), rd ? IPU_FLOW_CALL : IPU_FLOW_JUMP, insn);
	return true;
}

IPU_FORMAT(JR)
{
	uint32_t rd = field(bits, 11, 7, 0);

	take_link(pc, rd, insn);
	take_rs1(bits, insn);
	insn->op.off = (int32_t)bits >> 20;
	insn->flow = rd ? IPU_FLOW_NEXT : IPU_FLOW_END;
	return true;
}

/* rs1 is also the immediate of csrr*i; a zero there or in rd is significant, so rd stays 0 */
IPU_FORMAT(CSR)
{
	insn->op.rd = field(bits, 11, 7, 0);
	take_rs1(bits, insn);
	insn->op.imm = field(bits, 31, 20, 0);
	return true;
}

/* ---- Compressed ------------------------------------------------------------------------ */

static int32_t ci_immediate(uint32_t bits)
{
	return sign_extend(field(bits, 12, 12, 5) | field(bits, 6, 2, 0), 6);
}

IPU_FORMAT(CIW)
{
	insn->op.rd = short_reg(bits, 2);
	insn->op.rs1 = IPU_REG_SP;
	insn->op.imm = field(bits, 12, 11, 4) | field(bits, 10, 7, 6) | field(bits, 6, 6, 2) |
		       field(bits, 5, 5, 3);
	return insn->op.imm;
}

IPU_FORMAT(CL)
{
	insn->op.rd = short_reg(bits, 2);
	insn->op.rs1 = short_reg(bits, 7);
	take_offset(cl_offset(bits), insn);
	return true;
}

IPU_FORMAT(CS)
{
	insn->op.rs2 = short_reg(bits, 2);
	insn->op.rs1 = short_reg(bits, 7);
	take_offset(cl_offset(bits), insn);
	return true;
}

IPU_FORMAT(CI)
{
	take_rd(bits, insn);
	insn->op.rs1 = field(bits, 11, 7, 0);
	insn->op.imm = ci_immediate(bits);
	return true;
}

IPU_FORMAT(CLI)
{
	take_rd(bits, insn);
	insn->op.imm = ci_immediate(bits);
	return true;
}

IPU_FORMAT(CSP)
{
	uint32_t imm = field(bits, 12, 12, 9) | field(bits, 6, 6, 4) | field(bits, 5, 5, 6) |
		       field(bits, 4, 3, 7) | field(bits, 2, 2, 5);

	take_dest(IPU_REG_SP, insn);
	insn->op.rs1 = IPU_REG_SP;
	insn->op.imm = sign_extend(imm, 10);
	return imm;
}

IPU_FORMAT(CLUI)
{
	take_rd(bits, insn);
	insn->op.imm = (uint32_t)ci_immediate(bits) << 12;
	return insn->op.imm;
}

IPU_FORMAT(CSHB)
{
	insn->op.rd = short_reg(bits, 7);
	insn->op.rs1 = insn->op.rd;
	insn->op.imm = field(bits, 6, 2, 0);
	return !field(bits, 12, 12, 0);
}

IPU_FORMAT(CIB)
{
	insn->op.rd = short_reg(bits, 7);
	insn->op.rs1 = insn->op.rd;
	insn->op.imm = ci_immediate(bits);
	return true;
}

IPU_FORMAT(CA)
{
	insn->op.rd = short_reg(bits, 7);
	insn->op.rs1 = insn->op.rd;
	insn->op.rs2 = short_reg(bits, 2);
	return true;
}

static int32_t cj_distance(uint32_t bits)
{
	uint32_t distance = field(bits, 12, 12, 11) | field(bits, 11, 11, 4) |
			    field(bits, 10, 9, 8) | field(bits, 8, 8, 10) | field(bits, 7, 7, 6) |
			    field(bits, 6, 6, 7) | field(bits, 5, 3, 1) | field(bits, 2, 2, 5);

	return sign_extend(distance, 12);
}

IPU_FORMAT(CJ)
{
	take_link(pc, 0, insn);
	take_target(pc, cj_distance(bits), IPU_FLOW_JUMP, insn);
	return true;
}

IPU_FORMAT(CJAL)
{
	take_link(pc, 1, insn);
	take_target(pc, cj_distance(bits), IPU_FLOW_CALL, insn);
	return true;
}

IPU_FORMAT(CB)
{
	uint32_t distance = field(bits, 12, 12, 8) | field(bits, 11, 10, 3) | field(bits, 6, 5, 6) |
			    field(bits, 4, 3, 1) | field(bits, 2, 2, 5);

	insn->op.rs1 = short_reg(bits, 7);
	take_target(pc, sign_extend(distance, 9), IPU_FLOW_BRANCH, insn);
	return true;
}

IPU_FORMAT(CSH)
{
	take_rd(bits, insn);
	insn->op.rs1 = field(bits, 11, 7, 0);
	insn->op.imm = field(bits, 6, 2, 0);
	return true;
}

IPU_FORMAT(CLSP)
{
	uint32_t rd = field(bits, 11, 7, 0);

	take_dest(rd, insn);
	insn->op.rs1 = IPU_REG_SP;
	take_offset(clsp_offset(bits), insn);
	return rd;
}

IPU_FORMAT(CSSP)
{
	insn->op.rs1 = IPU_REG_SP;
	insn->op.rs2 = field(bits, 6, 2, 0);
	take_offset(cssp_offset(bits), insn);
	return true;
}

IPU_FORMAT(CJR)
{
	take_link(pc, 0, insn);
	insn->op.rs1 = field(bits, 11, 7, 0);
	insn->flow = IPU_FLOW_END;
	return insn->op.rs1;
}

IPU_FORMAT(CJALR)
{
	take_link(pc, 1, insn);
	insn->op.rs1 = field(bits, 11, 7, 0);
	return true;
}

IPU_FORMAT(CMV)
{
	take_rd(bits, insn);
	insn->op.rs2 = field(bits, 6, 2, 0);
	return true;
}

IPU_FORMAT(CR)
{
	take_rd(bits, insn);
	insn->op.rs1 = field(bits, 11, 7, 0);
	insn->op.rs2 = field(bits, 6, 2, 0);
	return true;
}
