/* SPDX-License-Identifier: MIT */
/*
 * Programs for test_tile_stack.c: each sets the limit of its stack to a0 and then executes
 * one instruction that writes sp, SP_INSN bytes after its start.
 */
#include "tile_programs.inc"

	.macro	writes_sp name, insn:vararg
	.option	push
	.option	norvc
program	\name
	csrw	IPU_CSR_STACK, a0
	vsetivli zero, 4, e32, m1, ta, ma
	.option	pop
	\insn
	.balign	4
	ipu_exit zero
	.endm

	.option	norvc
writes_sp stack_addi, addi sp, sp, -80
writes_sp stack_sub, sub sp, sp, a2
writes_sp stack_add, add sp, a2, a1
writes_sp stack_mv, mv sp, a1
writes_sp stack_andi, andi sp, sp, -256
writes_sp stack_slli, slli sp, a2, 7
writes_sp stack_sh2add, sh2add sp, a2, a1
writes_sp stack_mul, mul sp, a2, a1
writes_sp stack_div, div sp, a1, a2
writes_sp stack_lui, lui sp, 0x60
writes_sp stack_auipc, auipc sp, 4
writes_sp stack_lw, lw sp, 0(a1)
writes_sp stack_lbu, lbu sp, 1(a1)
writes_sp stack_lr, lr.w sp, (a1)
writes_sp stack_sc, sc.w sp, a1, (a1)
writes_sp stack_amo, amoadd.w sp, a2, (a1)
writes_sp stack_fmv, fmv.x.w sp, fa0
writes_sp stack_fcvt, fcvt.wu.s sp, fa0
writes_sp stack_feq, feq.s sp, fa0, fa0
writes_sp stack_vsetvl, vsetivli sp, 3, e8, m1, ta, ma
writes_sp stack_vmv, vmv.x.s sp, v1
writes_sp stack_vcpop, vcpop.m sp, v1
	.option	rvc
writes_sp stack_c_addi16sp, c.addi16sp sp, -64
writes_sp stack_c_addi, c.addi sp, -4
writes_sp stack_c_mv, c.mv sp, a1
writes_sp stack_c_add, c.add sp, a3
writes_sp stack_c_lwsp, c.lwsp sp, 0(sp)
writes_sp stack_c_li, c.li sp, 9
writes_sp stack_c_slli, c.slli sp, 1
	.option	norvc

	/* these are not checked */
writes_sp free_csrrw, csrrw sp, mscratch, a1
writes_sp free_jal, jal sp, .+4
writes_sp free_jalr, jalr sp, 12(a4)

	/* frames without end, in a loop */
program	stack_recursion
	csrw	IPU_CSR_STACK, a0
1:	addi	a1, a1, 1
	addi	sp, sp, -48
	sw	a1, 44(sp)
	sw	a1, 40(sp)
	j	1b

	/* a worker starts without a limit */
program	stack_of_worker
	csrw	IPU_CSR_STACK, a0
	lla	t0, 1f
	ipu_runall t0, a0
	ipu_sync IPU_ZONE_LOCAL
	ipu_exit zero
1:	lui	sp, 0x50
	csrr	a1, IPU_CSR_STACK
	ipu_exit a1
