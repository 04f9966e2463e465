// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * The op in front of every instruction of a checked page.
 */
#include "ipu_check.h"
#include "ipu_exec.h"

#define OPCODE_LOAD		0x03
#define OPCODE_LOAD_FP		0x07
#define OPCODE_STORE		0x23
#define OPCODE_STORE_FP		0x27
#define OPCODE_AMO		0x2f
#define OPCODE_MADD		0x43
#define OPCODE_MSUB		0x47
#define OPCODE_NMSUB		0x4b
#define OPCODE_NMADD		0x4f
#define OPCODE_OP_FP		0x53
#define OPCODE_OP_V		0x57

#define FUNCT3_OPFVV		1
#define FUNCT3_OPFVF		5

/* In the opcodes of float loads and stores, funct3 1 to 4 are scalar ones. */
static uint32_t load_store_needs(unsigned int funct3)
{
	return IPU_CHECK_MEMORY | (funct3 >= 1 && funct3 <= 4 ? IPU_CHECK_FLOAT : IPU_CHECK_VECTOR);
}

static uint32_t compressed_needs(uint32_t bits)
{
	const unsigned int funct3 = bits >> 13 & 7;

	if ((bits & 3) == 1)
		return 0;
	switch (funct3) {
	case 2:		/* c.lw and c.sw, and those with sp */
	case 6:
		return IPU_CHECK_MEMORY;
	case 3:		/* c.flw and c.fsw, and those with sp */
	case 7:
		return IPU_CHECK_MEMORY | IPU_CHECK_FLOAT;
	default:
		return 0;
	}
}

uint32_t ipu_check_needs(uint32_t bits)
{
	const unsigned int funct3 = bits >> 12 & 7;

	if ((bits & 3) != 3)
		return compressed_needs(bits);
	switch (bits & 0x7f) {
	case OPCODE_LOAD:
	case OPCODE_STORE:
	case OPCODE_AMO:
		return IPU_CHECK_MEMORY;
	case OPCODE_LOAD_FP:
	case OPCODE_STORE_FP:
		return load_store_needs(funct3);
	case OPCODE_MADD:
	case OPCODE_MSUB:
	case OPCODE_NMSUB:
	case OPCODE_NMADD:
	case OPCODE_OP_FP:
		return IPU_CHECK_FLOAT;
	case OPCODE_OP_V:
		return funct3 == FUNCT3_OPFVV || funct3 == FUNCT3_OPFVF ?
		       IPU_CHECK_VECTOR | IPU_CHECK_FLOAT : IPU_CHECK_VECTOR;
	case IPU_OPCODE:
		/* above IPU_F3_FLOAT are Xipu's functions on vectors */
		if (funct3 < IPU_F3_FLOAT)
			return 0;
		return (funct3 == IPU_F3_FLOAT ? 0 : IPU_CHECK_VECTOR) | IPU_CHECK_FLOAT |
		       (funct3 == IPU_F3_AMP ? IPU_CHECK_MEMORY : 0);
	default:
		return 0;
	}
}

static void tell_tracer(const struct ipu_unit *u, const struct ipu_op *op)
{
	const struct ipu_tile_trace *trace = &u->tile->trace;
	const uint32_t pc = ipu_unit_pc(u, op);

	trace->tracer(trace->arg, trace->number, u->index, pc,
		      ipu_code_page_bits(u->page, (pc - u->page->base) / 2));
}

void ipu_op_check(IPU_HANDLER_ARGS)
{
	const uint32_t needs = op->imm;

	/* A watchpoint or a tracer can make each instruction a long one. */
	if (ipu_unlikely(ipu_tile_must_stop(u->tile))) {
		ipu_unit_stop(u, op, left, IPU_STOP_SLICE);
		return;
	}
	/* Before what must be done once for an instruction: the unit may stop and go on. */
	if (u->tile->profile && !ipu_profile_check(u, op, left))
		return;
	/* A breakpoint also stops at an instruction that will trap. */
	if (u->tile->debug.points && !ipu_unit_debug_check(u, op, left))
		return;
	if ((needs & IPU_CHECK_FLOAT && ipu_float_off(u)) ||
	    (needs & IPU_CHECK_VECTOR && ipu_vector_off(u)))
		IPU_ILLEGAL();
	if (needs & IPU_CHECK_MEMORY && u->tile->debug.watches && !ipu_unit_debug_access(u, op, left))
		return;
	if (u->tile->trace.tracer)
		tell_tracer(u, op);
	op++;
	IPU_DISPATCH();
}
