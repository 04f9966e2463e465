/* SPDX-License-Identifier: MIT */
/* Compressed instructions: want, a0, a1, instruction. sp is the buffer the words lie in. */
#include "tile_cases.inc"

	.option	rvc

	/* the distance from sp that an instruction makes */
	.macro	addi4spn imm
	.text
8808:	c.addi4spn a0, sp, \imm
	sub	a0, a0, sp
	ebreak
	entry	CASE_X, 0, \imm, 0, 0, 0, 0, "c.addi4spn a0, sp, \imm"
	.endm

	.macro	addi16sp imm
	.text
8808:	mv	a0, sp
	c.addi16sp sp, \imm
	sub	a0, sp, a0
	ebreak
	entry	CASE_X, 0, \imm, 0, 0, 0, 0, "c.addi16sp sp, \imm"
	.endm

	/* a load of what an ordinary store left there, and the reverse; the value is 1000 + imm */
	.macro	load_at insn, base, imm
	.text
8808:	li	a0, 1000 + \imm
	.option	push
	.option	norvc
	sw	a0, \imm(\base)
	.option	pop
	li	a0, 0
	\insn	a0, \imm(\base)
	ebreak
	entry	CASE_X, 0, 1000 + \imm, 0, 0, 0, 0, "\insn a0, \imm(\base)"
	.endm

	.macro	store_at insn, base, imm
	.text
8808:	li	a0, 1000 + \imm
	\insn	a0, \imm(\base)
	.option	push
	.option	norvc
	lw	a0, \imm(\base)
	.option	pop
	ebreak
	entry	CASE_X, 0, 1000 + \imm, 0, 0, 0, 0, "\insn a0, \imm(\base)"
	.endm

	/* to the address in a1, one past it as jumps clear bit 0 */
	.macro	indirect insn:vararg
	.text
8808:	lla	a1, 1f + 1
	\insn
	li	a0, 0
	ebreak
1:	li	a0, 1
	ebreak
	entry	CASE_X, 0, 1, 0, 0, 0, 0, "\insn"
	.endm

	int	0xffffffe1, 1, 0, c.addi a0, -32
	int	32, 1, 0, c.addi a0, 31
	int	1, 1, 0, c.nop
	int	0xffffffe0, 7, 0, c.li a0, -32
	int	31, 7, 0, c.li a0, 31
	int	0x1f000, 7, 0, c.lui a0, 0x1f
	int	0xfffe0000, 7, 0, c.lui a0, 0xfffe0
	int	0x80000000, 1, 0, c.slli a0, 31
	int	1, 0x80000000, 0, c.srli a0, 31
	int	0xffffffff, 0x80000000, 0, c.srai a0, 31
	int	0xc0000000, 0x80000000, 0, c.srai a0, 1
	int	0xffffffe0, 0xffffffff, 0, c.andi a0, -32
	int	0x1f, 0xffffffff, 0, c.andi a0, 31
	int	0xffffffff, 0, 1, c.sub a0, a1
	int	6, 5, 3, c.xor a0, a1
	int	7, 5, 3, c.or a0, a1
	int	1, 5, 3, c.and a0, a1
	int	3, 5, 3, c.mv a0, a1
	int	8, 5, 3, c.add a0, a1

	/* one bit of each immediate at a time */
	.irp	imm, 4, 8, 16, 32, 64, 128, 256, 512
	addi4spn \imm
	.endr
	.irp	imm, 16, 32, 64, 128, 256, -512
	addi16sp \imm
	.endr
	.irp	imm, 0, 4, 8, 16, 32, 64, 128
	load_at	c.lwsp, sp, \imm
	store_at c.swsp, sp, \imm
	.endr
	.irp	imm, 0, 4, 8, 16, 32, 64
	load_at	c.lw, s0, \imm
	store_at c.sw, s0, \imm
	.endr
	flt	0x3f800000, 0, 0x3f800000, 0, 0, c.flwsp fa0, 0(sp)
	flt	0x40000000, 0, 0, 0x40000000, 0, c.flw fa0, 4(s0)
	store	0x3f800000, 0x3f800000, 0, 0, c.fswsp fa0, 0(sp)
	store	0x3f800000, 0x3f800000, 0, 0, c.fsw fa0, 0(s0)

	/* jumps and branches */
	branch	1, 0, 0, c.beqz a0
	branch	0, 1, 0, c.beqz a0
	branch	0, 0, 0, c.bnez a0
	branch	1, 0x80000000, 0, c.bnez a0
	jump	c.j 1f
	jump	c.jal 1f
	indirect c.jr a1
	indirect c.jalr a1
