/* SPDX-License-Identifier: MIT */
/*
 * Where a tile program starts: the supervisor at _start, a worker at
 * ipu_worker_entry. Each gets its own stack (tile.lds.S), and tells the tile where it
 * ends: an instruction that would move sp below that is a fault. The supervisor calls the
 * program's constructors before main() and its destructors after it. Where a0 is not 0, it
 * is an entry point to be called in place of main().
 */
#include <ipu/isa.h>

/* For debuggers; nothing of it is loaded. */
	.cfi_sections .debug_frame

/* Set gp; written so that the linker does not turn it into a copy of gp. */
.macro load_gp
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
.endm

	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	.cfi_startproc
	.cfi_undefined ra
	mv	s5, a0
	load_gp
	la	sp, __ipu_stack_top
	la	t0, __ipu_stack
	csrw	IPU_CSR_STACK, t0
	la	s2, __ipu_init_start
	la	s3, __ipu_init_end
1:	beq	s2, s3, 2f
	lw	t0, 0(s2)
	addi	s2, s2, 4
	jalr	t0
	j	1b
2:	beqz	s5, 5f
	jalr	s5
	j	6f
5:	call	main
6:	mv	s4, a0
	la	s2, __ipu_fini_start
	la	s3, __ipu_fini_end
3:	beq	s2, s3, 4f
	addi	s3, s3, -4
	lw	t0, 0(s3)
	jalr	t0
	j	3b
4:	.insn i	IPU_OPCODE, IPU_F3_EXIT, x0, s4, 0
	.cfi_endproc
	.size	_start, . - _start

/* a0 is the struct ipu_job; all other registers are 0. */
	.globl	ipu_worker_entry
	.type	ipu_worker_entry, @function
ipu_worker_entry:
	.cfi_startproc
	.cfi_undefined ra
	load_gp
	csrr	t0, IPU_CSR_UNIT
	lui	t1, %hi(__ipu_worker_stack_size)
	addi	t1, t1, %lo(__ipu_worker_stack_size)
	mul	t0, t0, t1
	la	t2, __ipu_worker_stacks
	add	t0, t0, t2
	add	sp, t0, t1
	csrw	IPU_CSR_STACK, t0
	lw	t0, 0(a0)
	lw	a0, 4(a0)
	jalr	t0
	.insn i	IPU_OPCODE, IPU_F3_EXIT, x0, x0, 0
	.cfi_endproc
	.size	ipu_worker_entry, . - ipu_worker_entry

	.bss
	.globl	ipu_jobs
	.balign	4
	.type	ipu_jobs, @object
ipu_jobs:
	.space	8 * IPU_WORKERS
	.size	ipu_jobs, . - ipu_jobs

/* Nothing, where the heap starts. */
	.section .heap.start, "a", @nobits
	.balign	16

/* Sections that are never empty, see tile.lds.S; .bss has the jobs. */
	.section .rodata, "a", @progbits
	.balign	4
	.word	0
	.data
	.balign	4
	.word	0
