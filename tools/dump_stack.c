// SPDX-License-Identifier: MIT
/*
 * A unit's call stack, from the rules that the compiler wrote for each pc: where the
 * caller's frame begins, relative to a register, and where its registers were saved.
 */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "dump_program.h"
#include "ipu_hw.h"

#define RA 1
#define SP 2

/**
 * struct frame - the state of a unit, in a function
 * @x: its registers, as far as they are known
 * @cfa: what x2 was when the function was called
 */
struct frame {
	uint32_t x[32];
	uint32_t pc;
	uint32_t cfa;
};

/* A register with an offset is all that compilers use for the frame. */
static bool find_cfa(Dwarf_Frame *rules, struct frame *frame)
{
	Dwarf_Op *op;
	size_t count;
	uint64_t reg;

	if (dwarf_frame_cfa(rules, &op, &count) || count != 1)
		return false;
	if (op->atom == DW_OP_bregx) {
		reg = op->number;
		frame->cfa = (uint32_t)op->number2;
	} else {
		reg = op->atom - (uint64_t)DW_OP_breg0;
		frame->cfa = (uint32_t)op->number;
	}
	if (reg >= 32)
		return false;
	frame->cfa += frame->x[reg];
	return true;
}

/* What register @n of the caller was; false if that is not known. */
static bool find_register(const struct dump *dump, uint32_t tile, Dwarf_Frame *rules,
			  const struct frame *frame, int n, uint32_t *value)
{
	Dwarf_Op memory[3], *op;
	uint32_t addr = frame->cfa;
	size_t count;

	if (dwarf_frame_register(rules, n, memory, &op, &count))
		return false;
	/* Of what the rules do not mention, libdw says that it is lost: it is not. */
	*value = frame->x[n];
	if (!count)
		return true;
	if (op[0].atom != DW_OP_call_frame_cfa)
		return false;
	if (count == 2 && op[1].atom == DW_OP_plus_uconst)
		addr += (uint32_t)op[1].number;
	else if (count != 1)
		return false;
	return dump_sram(dump, tile, addr, value, sizeof(*value));
}

/* The caller's state; false if there is none, or it is not known. */
static bool call_of(const struct dump *dump, uint32_t tile, Dwarf_CFI *cfi, struct frame *frame,
		    bool innermost)
{
	/* A call may be the last instruction of a function. */
	uint32_t pc = innermost ? frame->pc : frame->pc - 2;
	struct frame caller = *frame;
	Dwarf_Frame *rules;
	bool known;

	if (!cfi || dwarf_cfi_addrframe(cfi, pc, &rules)) {
		/* Without rules only of a function that calls no other one. */
		frame->pc = frame->x[RA];
		return innermost;
	}
	known = find_cfa(rules, frame) &&
		find_register(dump, tile, rules, frame, RA, &caller.x[RA]);
	for (int n = SP + 1; known && n < 32; n++)
		find_register(dump, tile, rules, frame, n, &caller.x[n]);
	free(rules);
	if (!known || (!innermost && frame->cfa <= frame->x[SP] && caller.x[RA] == frame->x[RA]))
		return false;
	caller.pc = caller.x[RA];
	caller.x[SP] = frame->cfa;
	*frame = caller;
	return true;
}

size_t dump_backtrace(const struct dump *dump, const struct dump_program *program, uint32_t tile,
		      uint32_t unit, uint32_t pc[DUMP_FRAMES])
{
	const struct dump_section *regs = dump_find_unit(dump, tile, unit);
	char where[DUMP_TEXT * 2];
	struct frame frame = { 0 };
	Dwarf_CFI *cfi;
	size_t count = 0;

	if (!dump_reg(regs, IPU_DBG_REG_PC, &frame.pc))
		return 0;
	for (uint32_t i = 0; i < 32; i++)
		dump_reg(regs, IPU_DBG_REG_X + i, &frame.x[i]);
	cfi = program->dwarf ? dwarf_getcfi(program->dwarf) : NULL;
	do
		pc[count++] = frame.pc;
	while (count < DUMP_FRAMES && call_of(dump, tile, cfi, &frame, count == 1) &&
	       *dump_where(program, frame.pc, where));
	return count;
}
