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

IPU_FORMAT(FL)
{
	take_fd(bits, insn);
	take_rs1(bits, insn);
	take_offset((int32_t)bits >> 20, insn);
	return true;
}

IPU_FORMAT(FS)
{
	ipu_fmt_S(bits, pc, insn);
	take_fs2(bits, insn);
	return true;
}

IPU_FORMAT(FFF)
{
	take_fd(bits, insn);
	take_fs1(bits, insn);
	take_fs2(bits, insn);
	return true;
}

IPU_FORMAT(FFFM)
{
	ipu_fmt_FFF(bits, pc, insn);
	return take_rm(bits, insn);
}

IPU_FORMAT(FFFFM)
{
	ipu_fmt_FFF(bits, pc, insn);
	insn->op.rs3 = float_reg(bits, 31, 27);
	return take_rm(bits, insn);
}

IPU_FORMAT(FFM)
{
	take_fd(bits, insn);
	take_fs1(bits, insn);
	return take_rm(bits, insn);
}

IPU_FORMAT(XFF)
{
	take_rd(bits, insn);
	take_fs1(bits, insn);
	take_fs2(bits, insn);
	return true;
}

IPU_FORMAT(XFM)
{
	take_rd(bits, insn);
	take_fs1(bits, insn);
	return take_rm(bits, insn);
}

IPU_FORMAT(FX)
{
	take_fd(bits, insn);
	take_rs1(bits, insn);
	return true;
}

IPU_FORMAT(FXM)
{
	ipu_fmt_FX(bits, pc, insn);
	return take_rm(bits, insn);
}

/* ---- Compressed ------------------------------------------------------------------------ */

IPU_FORMAT(CFL)
{
	insn->op.rd = IPU_REG_F0 + short_reg(bits, 2);
	insn->op.rs1 = short_reg(bits, 7);
	take_offset(cl_offset(bits), insn);
	return true;
}

IPU_FORMAT(CFS)
{
	insn->op.rs1 = short_reg(bits, 7);
	insn->op.rs2 = IPU_REG_F0 + short_reg(bits, 2);
	take_offset(cl_offset(bits), insn);
	return true;
}

IPU_FORMAT(CFLSP)
{
	take_fd(bits, insn);
	insn->op.rs1 = IPU_REG_SP;
	take_offset(clsp_offset(bits), insn);
	return true;
}

IPU_FORMAT(CFSSP)
{
	insn->op.rs1 = IPU_REG_SP;
	insn->op.rs2 = float_reg(bits, 6, 2);
	take_offset(cssp_offset(bits), insn);
	return true;
}
