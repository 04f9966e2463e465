/* SPDX-License-Identifier: MIT */
/* Integer instructions: want, a0, a1, instruction. Every result is worked out by hand. */
#include "tile_cases.inc"

	.option	norvc

	/* RV32I: upper immediates and constants */
	int	0xfffff000, 1, 2, lui a0, 0xfffff
	int	0x12345000, 1, 2, lui a0, 0x12345
	int	0, 1, 2, lui a0, 0

	/* immediates are signed: -2048..2047 */
	int	0x80000000, 0x7fffffff, 0, addi a0, a0, 1
	int	0xfffff801, 1, 0, addi a0, a0, -2048
	int	0x7ff, 0, 0, addi a0, a0, 2047
	int	7, 7, 9, addi zero, a0, 5
	int	1, 0xfffffffe, 0, slti a0, a0, -1
	int	0, 0xffffffff, 0, slti a0, a0, -1
	int	1, 0x80000000, 0, slti a0, a0, 0
	int	1, 0, 0, sltiu a0, a0, 1
	int	1, 0xfffffffe, 0, sltiu a0, a0, -1
	int	0, 0xffffffff, 0, sltiu a0, a0, -1
	int	0xfffff0f0, 0xf0f, 0, xori a0, a0, -1
	int	0xffffff0f, 0x0f, 0, ori a0, a0, -256
	int	0xabcdef00, 0xabcdef12, 0, andi a0, a0, -256
	int	0x80000000, 1, 0, slli a0, a0, 31
	int	0x12345678, 0x12345678, 0, slli a0, a0, 0
	int	1, 0x80000000, 0, srli a0, a0, 31
	int	0xffffffff, 0x80000000, 0, srai a0, a0, 31
	int	0, 0x7fffffff, 0, srai a0, a0, 31

	/* two registers */
	int	0x80000000, 0x7fffffff, 1, add a0, a0, a1
	int	0, 0xffffffff, 1, add a0, a0, a1
	int	5, 5, 0, add a0, a0, zero
	int	0xffffffff, 0, 1, sub a0, a0, a1
	int	0x7fffffff, 0x80000000, 1, sub a0, a0, a1
	int	2, 1, 33, sll a0, a0, a1
	int	0x80000000, 1, 31, sll a0, a0, a1
	int	1, 0x80000000, 0x7fffffff, slt a0, a0, a1
	int	0, 5, 5, slt a0, a0, a1
	int	0, 0x80000000, 0x7fffffff, sltu a0, a0, a1
	int	1, 0, 0xffffffff, sltu a0, a0, a1
	int	0xff00ff00, 0xffff0000, 0x00ffff00, xor a0, a0, a1
	int	0x08000000, 0x80000000, 36, srl a0, a0, a1
	int	0xf8000000, 0x80000000, 36, sra a0, a0, a1
	int	0xfff0fff0, 0xff00ff00, 0x0ff00ff0, or a0, a0, a1
	int	0x0f000f00, 0xff00ff00, 0x0ff00ff0, and a0, a0, a1
	int	3, 3, 0, fence rw, rw
	int	3, 3, 0, fence.tso
	int	3, 3, 0, .word 0x0100000f
	int	3, 3, 0, fence.i

	/* branches */
	branch	1, 5, 5, beq a0, a1
	branch	0, 5, 6, beq a0, a1
	branch	0, 5, 5, bne a0, a1
	branch	1, 5, 6, bne a0, a1
	branch	1, 0x80000000, 0x7fffffff, blt a0, a1
	branch	0, 0x7fffffff, 0x80000000, blt a0, a1
	branch	0, 1, 1, blt a0, a1
	branch	0, 0x80000000, 0x7fffffff, bge a0, a1
	branch	1, 1, 1, bge a0, a1
	branch	0, 0x80000000, 0x7fffffff, bltu a0, a1
	branch	1, 0, 1, bltu a0, a1
	branch	1, 0x80000000, 0x7fffffff, bgeu a0, a1
	branch	0, 0, 1, bgeu a0, a1
	jump	j 1f
	jump	jal a1, 1f

	/* pc-relative: the distance of two auipc, and the link of a jal and a jalr */
	.macro	relative want, name, insn:vararg
	.text
8808:	\insn
	sub	a0, a0, a1
	ebreak
	entry	CASE_X, 0, \want, 0, 0, 0, 0, "\name"
	.endm
	.macro	auipc_pair
	auipc	a1, 0
	auipc	a0, 0xfffff
	.endm
	.macro	jal_pair
	auipc	a1, 0
	jal	a0, 1f
1:
	.endm
	.macro	jalr_pair
	auipc	a1, 0
	jalr	a0, 9(a1)
	.endm
	relative 0xfffff004, auipc, auipc_pair
	relative 8, jal, jal_pair
	relative 8, jalr, jalr_pair

	/* loads: the word at sp is a0's input, the next one a1's */
	load	0xffffff80, 0x0000ff80, 0, lb a0, (sp)
	load	0x7f, 0x7f000000, 0, lb a0, 3(sp)
	load	0x80, 0x0000ff80, 0, lbu a0, (sp)
	load	0xffff8001, 0x8001, 0, lh a0, (sp)
	load	0x8001, 0x8001, 0, lhu a0, (sp)
	load	0x3412, 0x00341200, 0, lhu a0, 1(sp)
	load	0x89abcdef, 0x89abcdef, 0, lw a0, (sp)
	load	0x01234567, 0, 0x01234567, lw a0, 4(sp)
	load	0x6789abcd, 0x89abcdef, 0x01234567, lw a0, 1(sp)
	load	0xffffcdef, 0x89abcdef, 0, lh a0, (sp)

	/* stores: the word at sp, which holds the third value, gets some of the first */
	store	0x11223378, 0x12345678, 0, 0x11223344, sb a0, (sp)
	store	0x78223344, 0x12345678, 0, 0x11223344, sb a0, 3(sp)
	store	0x11225678, 0x12345678, 0, 0x11223344, sh a0, (sp)
	store	0x11567844, 0x12345678, 0, 0x11223344, sh a0, 1(sp)
	store	0x12345678, 0x12345678, 0, 0x11223344, sw a0, (sp)
	store	0x78223344, 0x12345678, 0, 0x11223344, sw a0, 3(sp)
	store	0, 0x12345678, 0, 0x11223344, sw zero, (sp)

	/* M */
	int	0x00000001, 0xffffffff, 0xffffffff, mul a0, a0, a1
	int	0x80000000, 0x80000000, 0xffffffff, mul a0, a0, a1
	int	0, 0xffffffff, 0xffffffff, mulh a0, a0, a1
	int	0x40000000, 0x80000000, 0x80000000, mulh a0, a0, a1
	int	0xffffffff, 0xffffffff, 0xffffffff, mulhsu a0, a0, a1
	int	0x80000000, 0x80000000, 0xffffffff, mulhsu a0, a0, a1
	int	0xfffffffe, 0xffffffff, 0xffffffff, mulhu a0, a0, a1
	int	0x40000000, 0x80000000, 0x80000000, mulhu a0, a0, a1
	int	0xfffffffd, 0xfffffff9, 2, div a0, a0, a1
	int	0xffffffff, 7, 0, div a0, a0, a1
	int	0x80000000, 0x80000000, 0xffffffff, div a0, a0, a1
	int	0x7ffffffc, 0xfffffff9, 2, divu a0, a0, a1
	int	0xffffffff, 7, 0, divu a0, a0, a1
	int	0xffffffff, 0xfffffff9, 2, rem a0, a0, a1
	int	1, 7, 0xfffffffe, rem a0, a0, a1
	int	7, 7, 0, rem a0, a0, a1
	int	0, 0x80000000, 0xffffffff, rem a0, a0, a1
	int	1, 0xfffffff9, 2, remu a0, a0, a1
	int	7, 7, 0, remu a0, a0, a1

	/* A: the word at sp holds a0's input; a0 gets that, memory the result */
	load	3, 3, 5, lr.w a0, (sp)
	load	1, 3, 5, sc.w a0, a1, (sp)
	load	3, 3, 5, amoswap.w a0, a1, (sp)
	load	3, 3, 5, amoadd.w.aq a0, a1, (sp)
	load	3, 3, 5, amoxor.w a0, a1, (sp)
	load	3, 3, 5, amoand.w.rl a0, a1, (sp)
	load	3, 3, 5, amoor.w a0, a1, (sp)
	load	3, 3, 5, amomin.w a0, a1, (sp)
	load	3, 3, 5, amomax.w a0, a1, (sp)
	load	3, 3, 5, amominu.w a0, a1, (sp)
	load	3, 3, 5, amomaxu.w.aqrl a0, a1, (sp)
	store	5, 5, 0, 3, amoswap.w a1, a0, (sp)
	store	8, 5, 0, 3, amoadd.w a1, a0, (sp)
	store	0x7fffffff, 0xffffffff, 0, 0x80000000, amoadd.w a1, a0, (sp)
	store	6, 5, 0, 3, amoxor.w a1, a0, (sp)
	store	1, 5, 0, 3, amoand.w a1, a0, (sp)
	store	7, 5, 0, 3, amoor.w a1, a0, (sp)
	store	0x80000000, 0x80000000, 0, 3, amomin.w a1, a0, (sp)
	store	3, 0x80000000, 0, 3, amomax.w a1, a0, (sp)
	store	3, 0x80000000, 0, 3, amominu.w a1, a0, (sp)
	store	0x80000000, 0x80000000, 0, 3, amomaxu.w a1, a0, (sp)
	store	3, 5, 0, 3, sc.w a1, a0, (sp)

	/* Zba */
	int	0x00000005, 0x80000001, 3, sh1add a0, a0, a1
	int	0x00000007, 0xc0000001, 3, sh2add a0, a0, a1
	int	0x0000000b, 0xe0000001, 3, sh3add a0, a0, a1

	/* Zbb */
	int	0xf0000000, 0xff000000, 0x0fffffff, andn a0, a0, a1
	int	0xff0000ff, 0xff000000, 0x00ffff00, orn a0, a0, a1
	int	0xffff0000, 0x12345678, 0x1234a987, xnor a0, a0, a1
	int	32, 0, 0, clz a0, a0
	int	0, 0x80000000, 0, clz a0, a0
	int	31, 1, 0, clz a0, a0
	int	32, 0, 0, ctz a0, a0
	int	31, 0x80000000, 0, ctz a0, a0
	int	0, 1, 0, ctz a0, a0
	int	0, 0, 0, cpop a0, a0
	int	32, 0xffffffff, 0, cpop a0, a0
	int	12, 0x00f0f00f, 0, cpop a0, a0
	int	0xffffff80, 0x12345680, 0, sext.b a0, a0
	int	0x7f, 0xffffff7f, 0, sext.b a0, a0
	int	0xffff8000, 0x12348000, 0, sext.h a0, a0
	int	0x7fff, 0xffff7fff, 0, sext.h a0, a0
	int	0x8000, 0xffff8000, 0, zext.h a0, a0
	int	1, 0x80000000, 1, max a0, a0, a1
	int	0xffffffff, 0x80000000, 0xffffffff, max a0, a0, a1
	int	0x80000000, 0x80000000, 1, maxu a0, a0, a1
	int	0x80000000, 0x80000000, 1, min a0, a0, a1
	int	1, 0x80000000, 1, minu a0, a0, a1
	int	0x23456781, 0x12345678, 36, rol a0, a0, a1
	int	0x12345678, 0x12345678, 32, rol a0, a0, a1
	int	0x81234567, 0x12345678, 36, ror a0, a0, a1
	int	0x12345678, 0x12345678, 0, ror a0, a0, a1
	int	0x78123456, 0x12345678, 0, rori a0, a0, 8
	int	0x12345678, 0x12345678, 0, rori a0, a0, 0
	int	0xff00ff00, 0x01008000, 0, orc.b a0, a0
	int	0x00ffffff, 0x007f1001, 0, orc.b a0, a0
	int	0, 0, 0, orc.b a0, a0
	int	0x78563412, 0x12345678, 0, rev8 a0, a0

	/* CSRs: a0's input is not written to those that are read only */
	int	0, 0, 0, csrr a0, fcsr
	int	6, 0, 0, csrr a0, 0xcc1
	int	3, 9, 0, csrr a0, 0xcc0
	int	24, 9, 0, csrr a0, mhartid
	int	5, 9, 0, csrr a0, 0xcc2
	int	0, 9, 0, csrr a0, cycleh
	int	0, 9, 0, csrr a0, timeh
	int	0, 9, 0, csrr a0, instreth
	int	0, 9, 0, csrr a0, instret
	int	0, 9, 0, csrr a0, cycle
	int	0, 9, 0, csrr a0, time
	int	0, 0x13, 0, csrrw a0, fflags, a0
	int	0, 0x13, 0, csrrs a0, fflags, a0
	int	0, 0x13, 0, csrrc a0, fflags, a0
	int	0, 0x13, 0, csrrwi a0, 0x800, 4
	int	0, 0x13, 0, csrrsi a0, 0x801, 4
	int	0, 0x13, 0, csrrci a0, 0x801, 4
