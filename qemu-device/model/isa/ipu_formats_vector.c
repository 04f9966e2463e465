// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Formats of vector instructions, named by their operands, destination first:
 * V a vector register, X and F a register of those files, I and U an immediate
 * with and without a sign. See ipu_vec_shape.h for how an op holds them.
 */
#include "ipu_decode.h"
#include "ipu_fields.h"
#include "ipu_vec_shape.h"

/* the vtype in an immediate of @width bits, with its key */
static void take_vtype(uint32_t bits, unsigned int width, struct ipu_insn *insn)
{
	uint32_t vtype = bits >> 20 & ((1u << width) - 1);

	insn->op.imm = vtype;
	insn->op.rs2 = ipu_vec_vtype_key(vtype);
}

IPU_FORMAT(VSETI)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	take_vtype(bits, 11, insn);
	return true;
}

IPU_FORMAT(VSETII)
{
	take_rd(bits, insn);
	take_rs1(bits, insn);
	take_vtype(bits, 10, insn);
	return true;
}

/* common to all others: the legal keys, vm, nf; vd, vs2 and the field of rs1 as they are */
static void take_vector(uint32_t bits, struct ipu_insn *insn)
{
	insn->op.imm = ipu_vec_legal(insn->shape, bits) | (bits & 1u << 25 ? IPU_VEC_VM : 0);
	if (insn->shape & IPU_SHAPE_NF)
		insn->op.imm |= (bits >> 29) << IPU_VEC_NF_SHIFT;
	insn->op.rd = field(bits, 11, 7, 0);
	insn->op.rs1 = field(bits, 19, 15, 0);
	insn->op.rs2 = field(bits, 24, 20, 0);
}

/* also vd, vs2, rs1; and loads and stores with an index or a stride in rs2 */
IPU_FORMAT(VVV)
{
	take_vector(bits, insn);
	return true;
}

IPU_FORMAT(VVI)
{
	take_vector(bits, insn);
	insn->op.rs1 = sign_extend(insn->op.rs1, 5);
	return true;
}

IPU_FORMAT(VVF)
{
	take_vector(bits, insn);
	insn->op.rs1 += IPU_REG_F0;
	return true;
}

/* whole registers: the first of 1, 2, 4 or 8 is a multiple of their number */
IPU_FORMAT(VWHOLE)
{
	insn->op.rd = field(bits, 11, 7, 0);
	insn->op.rs1 = field(bits, 19, 15, 0);
	return !(insn->op.rd & bits >> 29);
}

IPU_FORMAT(XV)
{
	take_vector(bits, insn);
	take_dest(insn->op.rd, insn);
	return true;
}

IPU_FORMAT(FV)
{
	take_vector(bits, insn);
	insn->op.rd += IPU_REG_F0;
	return true;
}

/* C in 16 vector registers, three x registers, and no mask, whose bit is part of the row */
IPU_FORMAT(AMP)
{
	take_vector(bits | 1u << 25, insn);
	insn->op.imm |= (bits >> 27) << IPU_VEC_RS3_SHIFT;
	return insn->op.rd % 16 == 0;
}
