// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Formats of floating-point instructions, named by the register files of their
 * operands, destination first (F float, X integer), with an M if they have a
 * rounding mode. The float registers are the upper half of a unit's file.
 */
#include "ipu_decode.h"
#include "ipu_fields.h"

static uint8_t float_reg(uint32_t bits, unsigned int hi, unsigned int lo)
{
	return IPU_REG_F0 + field(bits, hi, lo, 0);
}

static void take_fd(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.rd = float_reg(bits, 11, 7);
}

static void take_fs1(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.rs1 = float_reg(bits, 19, 15);
}

static void take_fs2(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.rs2 = float_reg(bits, 24, 20);
}

/* rounding modes 5 and 6 are reserved; 7 is the one in frm */
static bool take_rm(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.imm = field(bits, 14, 12, 0);
	return insn->op.imm != 5 && insn->op.imm != 6;
}

bool ipu_fmt_FL(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_fd(bits, insn);
	take_rs1(bits, insn);
	take_offset((int32_t)bits >> 20, insn);
	return true;
}

bool ipu_fmt_FS(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	ipu_fmt_S(bits, pc, insn);
	take_fs2(bits, insn);
	return true;
}

bool ipu_fmt_FFF(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_fd(bits, insn);
	take_fs1(bits, insn);
	take_fs2(bits, insn);
	return true;
}

bool ipu_fmt_FFFM(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	ipu_fmt_FFF(bits, pc, insn);
	return take_rm(bits, insn);
}

bool ipu_fmt_FFFFM(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	ipu_fmt_FFF(bits, pc, insn);
	insn->op.rs3 = float_reg(bits, 31, 27);
	return take_rm(bits, insn);
}

bool ipu_fmt_FFM(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_fd(bits, insn);
	take_fs1(bits, insn);
	return take_rm(bits, insn);
}

bool ipu_fmt_XFF(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_rd(bits, insn);
	take_fs1(bits, insn);
	take_fs2(bits, insn);
	return true;
}

bool ipu_fmt_XFM(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_rd(bits, insn);
	take_fs1(bits, insn);
	return take_rm(bits, insn);
}

bool ipu_fmt_FX(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_fd(bits, insn);
	take_rs1(bits, insn);
	return true;
}

bool ipu_fmt_FXM(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	ipu_fmt_FX(bits, pc, insn);
	return take_rm(bits, insn);
}

/* ---- Compressed ------------------------------------------------------------------------ */

bool ipu_fmt_CFL(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	insn->op.rd = IPU_REG_F0 + short_reg(bits, 2);
	insn->op.rs1 = short_reg(bits, 7);
	take_offset(cl_offset(bits), insn);
	return true;
}

bool ipu_fmt_CFS(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	insn->op.rs1 = short_reg(bits, 7);
	insn->op.rs2 = IPU_REG_F0 + short_reg(bits, 2);
	take_offset(cl_offset(bits), insn);
	return true;
}

bool ipu_fmt_CFLSP(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	take_fd(bits, insn);
	insn->op.rs1 = 2;
	take_offset(clsp_offset(bits), insn);
	return true;
}

bool ipu_fmt_CFSSP(uint32_t bits, uint32_t pc, struct ipu_insn *insn)
{
	insn->op.rs1 = 2;
	insn->op.rs2 = float_reg(bits, 6, 2);
	take_offset(cssp_offset(bits), insn);
	return true;
}
