/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Ops: instructions as they are kept for execution. The decoder fills in the
 * operands, its caller the handler.
 */
#ifndef IPU_OP_H
#define IPU_OP_H

#include <stdint.h>

/* Indices into a unit's register file. A write to x0 is decoded as one to the sink. */
#define IPU_REG_SP	2
#define IPU_REG_SINK	32
#define IPU_REG_F0	33
#define IPU_REG_NEW_SP	65	/* what the next op, ipu_op_set_sp, moves to x2 */
#define IPU_REGS	66

struct ipu_op;
struct ipu_unit;

/* What executes an op; its arguments are explained at IPU_HANDLER_ARGS. */
typedef void ipu_handler(struct ipu_unit *u, const struct ipu_op *op, int64_t left, uint8_t *sram,
			 uint32_t last);

/**
 * struct ipu_op - a decoded instruction
 * @fn: what executes it
 * @imm: immediate; of a load or store less the SRAM's base; of a branch the
 *	distance to its target in ops; of a jump the link value
 * @rd: index of the destination register
 * @rs1: index of the first source register
 * @rs2: the second
 * @rs3: the third
 * @off: in place of @rs2 and @rs3, of jal the distance to its target in ops,
 *	of jalr the offset in bytes
 *
 * Ops of straight-line code are consecutive. At its end is an op that is not an
 * instruction: ipu_op_near, @imm ops from where execution continues, or ipu_op_goto,
 * which continues at the address in @imm.
 */
struct ipu_op {
	ipu_handler *fn;
	int32_t imm;
	uint8_t rd;
	uint8_t rs1;
	union {
		struct {
			uint8_t rs2;
			uint8_t rs3;
		};
		int16_t off;
	};
};

_Static_assert(sizeof(struct ipu_op) == 16, "four ops a cache line");

#endif /* IPU_OP_H */
