// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The disassembler. The decoder has already extracted an instruction's operands, so
 * what is left is the order in which those of each format are written. Bits that
 * the row of the instruction fixes are not operands.
 */
#include "ipu_disasm.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ipu_decode.h"
#include "ipu_isa.h"
#include "ipu_vec_shape.h"

/*
 * Operands of the formats, one letter each:
 *
 *	d 1 2 3		rd, rs1, rs2, rs3, of either register file
 *	i		the immediate
 *	u p		its upper 20 bits, or those without the pc
 *	o j		an offset with rs1 as its base, of an access, of jalr
 *	t		the target of a jump
 *	c		a CSR
 *	z		rs1 or a small immediate in its place
 *	m		the rounding mode
 *	s		SEW, LMUL and policies
 *	V		all of a vector instruction
 *	x		nothing, but vd is an x or f register
 *	v w		vd, and the third x register of ipu.amp
 */
#define SYNTAX(format, operands) \
	__attribute__((unused)) static const char syntax_##format[] = operands;

SYNTAX(NONE, "")
SYNTAX(R, "d12")
SYNTAX(R4, "d123")
SYNTAX(I, "d1i")
SYNTAX(SH, "d1i")
SYNTAX(L, "do")
SYNTAX(S, "2o")
SYNTAX(B, "12t")
SYNTAX(U, "du")
SYNTAX(AUIPC, "dp")
SYNTAX(J, "dt")
SYNTAX(JR, "dj")
SYNTAX(CSR, "dcz")
SYNTAX(CIW, "d1i")
SYNTAX(CL, "do")
SYNTAX(CS, "2o")
SYNTAX(CI, "di")
SYNTAX(CJAL, "t")
SYNTAX(CLI, "di")
SYNTAX(CSP, "di")
SYNTAX(CLUI, "du")
SYNTAX(CSHB, "di")
SYNTAX(CIB, "di")
SYNTAX(CA, "d2")
SYNTAX(CJ, "t")
SYNTAX(CB, "1t")
SYNTAX(CSH, "di")
SYNTAX(CLSP, "do")
SYNTAX(CJR, "1")
SYNTAX(CJALR, "1")
SYNTAX(CMV, "d2")
SYNTAX(CR, "d2")
SYNTAX(CSSP, "2o")
SYNTAX(FL, "do")
SYNTAX(FS, "2o")
SYNTAX(FFF, "d12")
SYNTAX(FFFM, "d12m")
SYNTAX(FFFFM, "d123m")
SYNTAX(FFM, "d1m")
SYNTAX(XFF, "d12")
SYNTAX(XFM, "d1m")
SYNTAX(FX, "d1")
SYNTAX(FXM, "d1m")
SYNTAX(CFL, "do")
SYNTAX(CFS, "2o")
SYNTAX(CFLSP, "do")
SYNTAX(CFSSP, "2o")
SYNTAX(VSETI, "d1s")
SYNTAX(VSETII, "dzs")
SYNTAX(VVV, "V")
SYNTAX(VVI, "V")
SYNTAX(VVF, "V")
SYNTAX(VWHOLE, "V")
SYNTAX(XV, "Vx")
SYNTAX(FV, "Vx")
SYNTAX(AMP, "v12w")

/**
 * struct words - how an instruction of the table is written
 * @name: of its row
 * @mask: the bits that the row fixes
 * @operands: a letter for each
 */
struct words {
	const char *name;
	uint32_t mask;
	const char *operands;
};

static const struct words rows[] = {
#define IPU_INSN(name, mask, match, format, handler, slots) \
	{ #name, mask, syntax_##format },
#define IPU_VECTOR(name, mask, match, format, shape, slots) \
	{ #name, mask, syntax_##format },
#include "ipu_decode_table.def"
#undef IPU_INSN
#undef IPU_VECTOR
};

#define OPCODE_LOAD_FP	0x07
#define OPCODE_STORE_FP	0x27
#define OPCODE_AMO	0x2f
#define OPCODE_V	0x57

#define FIELD_RD	0x00000f80u
#define FIELD_RS1	0x000f8000u
#define FIELD_RS2	0x01f00000u
#define FIELD_VM	0x02000000u

/**
 * struct line - what is being written
 * @text, @used: the text so far
 * @bits, @pc, @insn: the instruction
 * @words: its row's
 * @separator: what comes before the next operand
 */
struct line {
	char *text;
	size_t used;
	uint32_t bits;
	uint32_t pc;
	const struct ipu_insn *insn;
	const struct words *words;
	const char *separator;
};

__attribute__((format(printf, 2, 3))) static void put(struct line *l, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(l->text + l->used, IPU_DISASM_TEXT - l->used, format, args);
	va_end(args);
	if (length > 0)
		l->used += length;
	if (l->used >= IPU_DISASM_TEXT)
		l->used = IPU_DISASM_TEXT - 1;
}

#define operand(l, ...) \
	do { \
		put(l, "%s", (l)->separator); \
		put(l, __VA_ARGS__); \
		(l)->separator = ", "; \
	} while (0)

/* ---- Operands ------------------------------------------------------------------------------ */

/* of a unit's register file, as the psABI names it */
static const char *reg_name(unsigned int reg)
{
	static const char *const x[] = {
		"zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",
		"a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3", "s4", "s5",
		"s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
	};
	static const char *const f[] = {
		"ft0", "ft1", "ft2", "ft3", "ft4", "ft5", "ft6", "ft7", "fs0", "fs1", "fa0",
		"fa1", "fa2", "fa3", "fa4", "fa5", "fa6", "fa7", "fs2", "fs3", "fs4", "fs5",
		"fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
	};

	if (reg == IPU_REG_SINK)
		return x[0];
	return reg < IPU_REG_SINK ? x[reg] : f[reg - IPU_REG_F0];
}

static bool is_full(const struct line *l)
{
	return l->insn->bytes == 4;
}

static bool is_atomic(const struct line *l)
{
	return (l->bits & 0x7f) == OPCODE_AMO && is_full(l);
}

static bool fixed(const struct line *l, uint32_t field)
{
	return is_full(l) && (l->words->mask & field) == field;
}

static void put_vtype(struct line *l, uint32_t vtype)
{
	static const char *const lmul[] = { "m1", "m2", "m4", "m8", "", "mf8", "mf4", "mf2" };

	if (ipu_vec_vtype_key(vtype) == IPU_VKEY_NONE) {
		operand(l, "0x%x", vtype);
		return;
	}
	operand(l, "e%u", 8u << (vtype >> 3 & 7));
	operand(l, "%s", lmul[vtype & 7]);
	operand(l, "%s", vtype & 0x40 ? "ta" : "tu");
	operand(l, "%s", vtype & 0x80 ? "ma" : "mu");
}

static void put_rounding(struct line *l)
{
	static const char *const modes[] = { "rne", "rtz", "rdn", "rup", "rmm", "", "", "dyn" };

	operand(l, "%s", modes[l->insn->op.imm & 7]);
}

static void put_base(struct line *l, int32_t offset)
{
	operand(l, "%d(%s)", offset, reg_name(l->insn->op.rs1));
}

/* ---- Vector instructions --------------------------------------------------------------------- */

/* vs1, or the scalar or immediate instead of it */
static void put_vs1(struct line *l)
{
	const struct ipu_op *op = &l->insn->op;
	unsigned int funct3 = l->bits >> 12 & 7;

	if (fixed(l, FIELD_RS1))
		return;
	if ((l->bits & 0x7f) != OPCODE_V || funct3 < 3)
		operand(l, "v%u", op->rs1);
	else if (funct3 == 3)
		operand(l, "%d", (int8_t)op->rs1);
	else
		operand(l, "%s", reg_name(op->rs1));
}

static void put_vs2(struct line *l)
{
	if (!fixed(l, FIELD_RS2))
		operand(l, "v%u", l->insn->op.rs2);
}

/* whether the accumulator's factors come in the order vs1, vs2 */
static bool multiplies_and_adds(uint32_t bits)
{
	unsigned int funct3 = bits >> 12 & 7, funct6 = bits >> 26;
	bool is_float = funct3 == 1 || funct3 == 5;

	if ((bits & 0x7f) != OPCODE_V || (!is_float && funct3 != 2 && funct3 != 6))
		return false;
	return funct6 >= 0x3c || (funct6 >= 0x28 && funct6 <= 0x2f && (is_float || funct6 & 1));
}

static void put_vector_access(struct line *l)
{
	const struct ipu_op *op = &l->insn->op;

	operand(l, "v%u", op->rd);
	operand(l, "(%s)", reg_name(op->rs1));
	if (fixed(l, FIELD_RS2))
		return;
	if (l->bits >> 26 & 1)
		operand(l, "v%u", op->rs2);
	else
		operand(l, "%s", reg_name(op->rs2));
}

static void put_vector(struct line *l)
{
	unsigned int opcode = l->bits & 0x7f;

	if (opcode == OPCODE_LOAD_FP || opcode == OPCODE_STORE_FP) {
		put_vector_access(l);
	} else {
		if (l->words->operands[1] == 'x')
			operand(l, "%s", reg_name(l->insn->op.rd));
		else
			operand(l, "v%u", l->insn->op.rd);
		if (multiplies_and_adds(l->bits)) {
			put_vs1(l);
			put_vs2(l);
		} else {
			put_vs2(l);
			put_vs1(l);
		}
	}
	if (!(l->bits & FIELD_VM))
		operand(l, fixed(l, FIELD_VM) ? "v0" : "v0.t");
}

/* ---- An instruction ----------------------------------------------------------------------------- */

static void put_operand(struct line *l, char letter)
{
	const struct ipu_op *op = &l->insn->op;

	switch (letter) {
	case 'd':
		if (!fixed(l, FIELD_RD))
			operand(l, "%s", reg_name(op->rd));
		break;
	case '1':
		if (fixed(l, FIELD_RS1))
			break;
		if (is_atomic(l))
			operand(l, "(%s)", reg_name(op->rs1));
		else
			operand(l, "%s", reg_name(op->rs1));
		break;
	case '2':
		if (!fixed(l, FIELD_RS2))
			operand(l, "%s", reg_name(op->rs2));
		break;
	case '3':
		operand(l, "%s", reg_name(op->rs3));
		break;
	case 'i':
		operand(l, "%d", op->imm);
		break;
	case 'u':
		operand(l, "0x%x", (uint32_t)op->imm >> 12);
		break;
	case 'p':
		operand(l, "0x%x", ((uint32_t)op->imm - l->pc) >> 12);
		break;
	case 'o':
		put_base(l, op->imm + IPU_SRAM_BASE);
		break;
	case 'j':
		put_base(l, op->off);
		break;
	case 't':
		operand(l, "0x%x", l->insn->target);
		break;
	case 'c':
		operand(l, "0x%x", op->imm);
		break;
	case 'z':
		if (l->bits >> 14 & 1)
			operand(l, "%u", op->rs1);
		else
			operand(l, "%s", reg_name(op->rs1));
		break;
	case 'm':
		put_rounding(l);
		break;
	case 's':
		put_vtype(l, op->imm);
		break;
	case 'V':
		put_vector(l);
		break;
	case 'v':
		operand(l, "v%u", op->rd);
		break;
	case 'w':
		operand(l, "%s", reg_name((uint32_t)op->imm >> IPU_VEC_RS3_SHIFT));
		break;
	default:
		break;
	}
}

/* A row of segments stands for two to eight fields: vlsege8 is vlseg2e8 and so on. */
static void put_name(struct line *l)
{
	bool segments = l->insn->shape & IPU_SHAPE_NF;
	const char *at;

	for (at = l->words->name; *at; at++) {
		put(l, "%c", *at == '_' ? '.' : *at);
		if (segments && !strncmp(at, "ge", 2))
			put(l, "%u", (l->bits >> 29) + 1);
	}
	if (is_atomic(l) && l->bits >> 25 & 3)
		put(l, ".%s%s", l->bits >> 26 & 1 ? "aq" : "", l->bits >> 25 & 1 ? "rl" : "");
}

unsigned int ipu_disasm(uint32_t bits, uint32_t pc, char text[IPU_DISASM_TEXT])
{
	struct ipu_insn insn;
	struct line l = { .text = text, .bits = bits, .pc = pc, .insn = &insn, .separator = "\t" };
	int row = ipu_decode(bits, pc, &insn);
	const char *at;

	if (insn.bytes == 2)
		l.bits = bits & 0xffff;
	if (row < 0) {
		snprintf(text, IPU_DISASM_TEXT, ".%s\t0x%0*x", insn.bytes == 2 ? "half" : "word",
			 2 * (int)insn.bytes, l.bits);
		return insn.bytes;
	}
	l.words = &rows[row];
	put_name(&l);
	/* the address of an atomic comes last */
	if (is_atomic(&l)) {
		put_operand(&l, 'd');
		put_operand(&l, '2');
		put_operand(&l, '1');
		return insn.bytes;
	}
	for (at = l.words->operands; *at; at++)
		put_operand(&l, *at);
	return insn.bytes;
}
