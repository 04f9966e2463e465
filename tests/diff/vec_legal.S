/* SPDX-License-Identifier: MIT */
/*
 * The runtime of vec_legal.c: instructions that may be illegal, one after the
 * other, and a handler that skips and records those that are. Starts with a0 = 1
 * on a tile, where the handler is machine mode's, and with a0 = 0 as a Linux process,
 * where it is a handler of SIGILL.
 *
 * x5 is the address of the current instruction's byte of the results.
 */

#define LINUX_WRITE		64
#define LINUX_SIGACTION		134
#define EXIT			93
#define SIGILL			4
#define SA_SIGINFO		4

/* in the context of a signal: pc, x1..x31 */
#define CONTEXT_PC		160
#define CONTEXT_X(n)		(160 + 4 * (n))

	.section .head, "ax"
	.globl	diff_start
diff_start:
	j	start
	.word	finish
	.word	runtime_end
code:
	.word	0
results:
	.word	0
results_end:
	.word	0
memory:
	.word	0
on_tile:
	.word	0

	.text
start:
	lla	x6, on_tile
	sw	a0, 0(x6)
	bnez	a0, 1f
	li	a0, SIGILL
	lla	a1, action
	li	a2, 0
	li	a3, 8
	li	a7, LINUX_SIGACTION
	ecall
	bnez	a0, fail
	j	2f
1:	lla	x6, on_trap
	csrw	mtvec, x6
2:	lla	x6, memory
	lw	x6, 0(x6)
	mv	x2, x6
	/* memory instructions may use any of these as their base */
	.irp	n, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27
	mv	x\n, x6
	.endr
	lla	x5, results
	lw	x5, 0(x5)
	lla	x6, code
	lw	x6, 0(x6)
	jr	x6

/* the instructions may overwrite x6 */
	.balign	4
on_trap:
	li	x6, 1
	sb	x6, 0(x5)
	csrr	x6, mepc
	addi	x6, x6, 4
	csrw	mepc, x6
	mret

on_signal:
	lw	a0, CONTEXT_X(5)(a2)
	li	a1, 1
	sb	a1, 0(a0)
	lw	a0, CONTEXT_PC(a2)
	addi	a0, a0, 4
	sw	a0, CONTEXT_PC(a2)
	ret

finish:
	lla	x6, on_tile
	lw	x6, 0(x6)
	bnez	x6, 2f
	lla	s0, results
	lw	s1, 4(s0)
	lw	s0, 0(s0)
1:	li	a0, 1
	mv	a1, s0
	sub	a2, s1, s0
	li	a7, LINUX_WRITE
	ecall
	blez	a0, fail
	add	s0, s0, a0
	bltu	s0, s1, 1b
	j	3f
	/* with a handler ecall would trap */
2:	csrw	mtvec, x0
3:	li	a0, 0
	li	a7, EXIT
	ecall
fail:
	li	a0, 1
	li	a7, EXIT
	ecall

	.data
	.balign	4
action:
	.word	on_signal, SA_SIGINFO, 0, 0
	.balign	16
runtime_end:
