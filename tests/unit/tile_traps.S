/* SPDX-License-Identifier: MIT */
/*
 * Programs for tile_traps.c. Each has a trap handler that writes what it finds to a
 * log: mcause, mepc less the program's start, mtval and mstatus. It returns to after
 * the instruction that trapped, of 4 bytes unless its low bits say 2. The log's
 * address is in s1; the program's exit code is the number of traps.
 */
#include "tile_programs.inc"

	.option	norvc

	/* start a program: set up the handler, s0 = its start, s1 = its log */
	.macro	traps name
	program	\name
	lla	s0, \name
	lla	s1, trap_log
	li	s2, 0
	lla	t0, handler
	csrw	mtvec, t0
	.endm

	.macro	done
	ipu_exit s2
	.endm

	.text
	.balign	4
handler:
	csrw	mscratch, t0
	csrr	t0, mcause
	sw	t0, 0(s1)
	csrr	t0, mepc
	sub	t0, t0, s0
	sw	t0, 4(s1)
	csrr	t0, mtval
	sw	t0, 8(s1)
	csrr	t0, mstatus
	sw	t0, 12(s1)
	addi	s1, s1, 16
	addi	s2, s2, 1
	csrr	t0, mcause
	addi	t0, t0, -1
	beqz	t0, 3f			/* fetch: continue at s3 */
	csrr	t0, mepc
	lhu	t0, 0(t0)
	andi	t0, t0, 3
	addi	t0, t0, -3
	bnez	t0, 1f
	li	t0, 4
	j	2f
1:	li	t0, 2
2:	sw	t0, -12(sp)
	csrr	t0, mepc
	lw	s4, -12(sp)
	add	t0, t0, s4
	csrw	mepc, t0
	csrr	t0, mscratch
	mret
3:	csrw	mepc, s3
	csrr	t0, mscratch
	mret

traps	trap_loads
	li	a0, 0x1000
	li	a1, 77
	lw	a1, 4(a0)
	lb	a1, -1(a0)
	flw	fa0, 8(a0)
	lr.w	a1, (a0)
	addi	a0, a0, 2
	lr.w	a1, (a0)
	.option	rvc
	c.lw	a1, 0(a0)
	.balign	4
	.option	norvc
	lla	t1, trap_result
	sw	a1, 0(t1)
	done

traps	trap_stores
	li	a0, 0x1000
	sw	a1, 4(a0)
	sb	a1, -1(a0)
	fsw	fa0, 8(a0)
	sc.w	a1, a1, (a0)
	amoadd.w a1, a1, (a0)
	addi	a0, a0, 1
	sc.w	a1, a1, (a0)
	amoadd.w a1, a1, (a0)
	done

traps	trap_calls
	csrsi	mstatus, 8		/* MIE */
	ecall
	ebreak
	.option	rvc
	c.ebreak
	c.nop
	.option	norvc
	li	a7, IPU_ECALL_EXIT
	ecall
	.word	0xffffffff		/* reserved, 32 bits by its low ones */
	.option	rvc
	.half	0			/* illegal by definition */
	c.nop
	.option	norvc
	csrw	cycle, a0		/* read only */
	csrr	a0, 0x180		/* satp: no such CSR */
	csrci	mstatus, 8
	ecall
	done

	/* a jump to nowhere, and half an instruction at the end of SRAM */
traps	trap_fetch
	lla	s3, 1f
	li	t1, 0x1000
	jr	t1
1:	lla	s3, 2f
	li	t1, IPU_SRAM_END - 2
	li	t2, 0x0013		/* the first half of an addi */
	sh	t2, 0(t1)
	jr	t1
2:	done

	/* what Off makes illegal, and that the state is as it was when it is on again */
traps	trap_float_off
	li	t1, 0x40490fdb
	fmv.w.x	fa0, t1
	li	t0, 0x6000
	csrc	mstatus, t0
	fadd.s	fa0, fa0, fa0
	flw	fa0, 0(sp)
	fsw	fa0, -8(sp)
	.option	rvc
	c.flw	fa0, 0(s0)
	c.fswsp	fa0, 0(sp)
	.option	norvc
	frcsr	a0
	fsflagsi 1
	fmv.x.w	a0, fa0
	fmadd.s	fa0, fa0, fa0, fa0
	fadd.h	fa0, fa0, fa0
	/* a loop with a branch to its own start, on checked pages */
	li	t2, 1000
	li	t3, 0
1:	addi	t3, t3, 3
	addi	t2, t2, -1
	bnez	t2, 1b
	lla	t1, trap_result
	sw	t3, 4(t1)
	li	t0, 0x2000		/* Initial, which becomes Dirty */
	csrs	mstatus, t0
	fmv.x.w	a0, fa0
	sw	a0, 0(t1)
	csrr	a0, mstatus
	sw	a0, 8(t1)
	done

traps	trap_vector_off
	li	t0, 0x600
	csrc	mstatus, t0
	fadd.s	fa0, fa0, fa0		/* that is still on */
	.option	push
	.option	arch, +zve32f
	vsetvli	t1, zero, e32, m1, ta, ma
	vadd.vv	v1, v1, v1
	vfadd.vv v1, v1, v1
	vle32.v	v1, (sp)
	csrr	t1, vl
	csrw	vstart, zero
	csrr	t1, vlenb
	csrs	mstatus, t0
	csrr	t1, vl
	vsetvli	t1, zero, e32, m1, ta, ma
	/* and vector floating point needs both */
	li	t0, 0x6000
	csrc	mstatus, t0
	vadd.vv	v1, v1, v1
	vfadd.vv v1, v1, v1
	.option	pop
	done

	/* a handler that traps itself, for ever, on every worker */
	workers	trap_forever
	lla	t0, 1f
	csrw	mtvec, t0
	.balign	4
1:	.word	0

	/* what is written to CSRs and what comes of it, at trap_result */
program	machine_csrs
	lla	s1, trap_result
	.irp	csr, mstatus, mtvec, mscratch, mepc, mcause, mtval, misa, mie, mip
	csrr	a0, \csr
	sw	a0, 0(s1)
	li	a1, -1
	csrw	\csr, a1
	csrr	a0, \csr
	sw	a0, 4(s1)
	csrw	\csr, zero
	csrr	a0, \csr
	sw	a0, 8(s1)
	addi	s1, s1, 12
	.endr
	.irp	csr, mvendorid, marchid, mimpid, mhartid, mconfigptr, mstatush, mhpmcounter3, mhpmevent31
	csrr	a0, \csr
	sw	a0, 0(s1)
	addi	s1, s1, 4
	.endr
	li	a0, 1000
	csrw	minstret, a0
	csrr	a1, minstret
	csrr	a2, instret
	sw	a1, 0(s1)
	sw	a2, 4(s1)
	li	a0, 7
	csrw	minstreth, a0
	csrr	a1, instreth
	sw	a1, 8(s1)
	li	a0, 0x100000
	csrw	mcycle, a0
	csrr	a1, cycle
	csrr	a2, mcycle
	sw	a1, 12(s1)
	sw	a2, 16(s1)
	csrw	mcycleh, a0
	csrr	a1, cycleh
	sw	a1, 20(s1)
	wfi
	li	a0, 0
	ipu_exit a0

	/*
	 * Halves of a counter written just before it would carry, at trap_result: the low
	 * half after a write to the high one, the high half one instruction later, and
	 * the high half before and after a write to the low one.
	 */
program	counter_writes
	lla	s1, trap_result
	li	a0, -3
	li	a1, 9
	.irp	counter, minstret, mcycle
	csrwi	\counter\()h, 0
	csrw	\counter, a0
	.ifc	\counter, minstret		/* -3 is three instructions before the carry */
	nop
	nop
	.endif
	csrwi	\counter\()h, 5
	csrr	a2, \counter
	csrr	a3, \counter\()h
	sw	a2, 0(s1)
	sw	a3, 4(s1)
	csrw	\counter, a0
	.ifc	\counter, minstret
	nop
	.endif
	csrr	a2, \counter\()h
	csrwi	\counter\()h, 6
	csrw	\counter, a0
	.ifc	\counter, minstret
	nop
	nop
	.endif
	csrw	\counter, a1
	csrr	a3, \counter\()h
	sw	a2, 8(s1)
	sw	a3, 12(s1)
	addi	s1, s1, 16
	.endr
	li	a0, 0
	ipu_exit a0

	.data
	.balign	16
trap_result:
	.space	256
trap_log:
	.space	1024

	.section .programs, "a"
	.word	8809f, trap_result
	.word	8808f, trap_log
	.section .rodata
8809:	.asciz	"trap_result"
8808:	.asciz	"trap_log"
