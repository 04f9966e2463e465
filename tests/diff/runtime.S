/* SPDX-License-Identifier: MIT */
/*
 * Code shared by the random programs of an image, which also runs them one after
 * the other. The same file runs on a tile and under qemu-riscv32: on a tile it
 * starts with a0 = 1 and the test reads the states from SRAM, on Linux with
 * a0 = 0 and it writes them to standard output.
 *
 * A program has a block: its registers x0..x31, f0..f31 and fcsr before it runs,
 * and in the same places after it ran, followed by a checksum of the memory it may
 * use. x31 points to the block; x2 and x8 into the memory (see generate.h).
 *
 * image.c appends the blocks and the programs and fills in the words at
 * diff_head, in the order of struct diff_head there.
 */

#define BLOCK_X(n)	(4 * (n))
#define BLOCK_F(n)	(128 + 4 * (n))
#define BLOCK_FCSR	256
#define BLOCK_SUM	260

#define LINUX_WRITE	64
#define EXIT		93

	.section .head, "ax"
	.globl	diff_start
diff_start:
	j	start
diff_head:
	.word	load_state
	.word	save_state
	.word	finish
	.word	memory
	.word	memory_init
	.word	runtime_end
blocks:
	.word	0
blocks_bytes:
	.word	0
programs:
	.word	0
on_tile:
	.word	0

	.text
start:
	lla	t0, on_tile
	sw	a0, 0(t0)
	lla	t0, programs
	lw	t0, 0(t0)
	jr	t0

/* initialise the memory, and from the block all registers but x1, the return address */
load_state:
	lla	x5, memory_init
	lla	x6, memory
	addi	x7, x6, 256
1:	lw	x8, 0(x5)
	sw	x8, 0(x6)
	addi	x5, x5, 4
	addi	x6, x6, 4
	bne	x6, x7, 1b
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	flw	f\n, BLOCK_F(\n)(x31)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	flw	f\n, BLOCK_F(\n)(x31)
	.endr
	lw	x5, BLOCK_FCSR(x31)
	fscsr	x5
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	lw	x\n, BLOCK_X(\n)(x31)
	.endr
	.irp	n, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	lw	x\n, BLOCK_X(\n)(x31)
	.endr
	ret

/* the inverse; the program itself has stored x1 */
save_state:
	.irp	n, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	sw	x\n, BLOCK_X(\n)(x31)
	.endr
	.irp	n, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	sw	x\n, BLOCK_X(\n)(x31)
	.endr
	sw	x0, BLOCK_X(0)(x31)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fsw	f\n, BLOCK_F(\n)(x31)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsw	f\n, BLOCK_F(\n)(x31)
	.endr
	frcsr	x5
	sw	x5, BLOCK_FCSR(x31)
	lla	x5, memory
	addi	x6, x5, 256
	li	x7, 0
1:	lw	x8, 0(x5)
	slli	x9, x7, 5
	sub	x7, x9, x7
	add	x7, x7, x8
	addi	x5, x5, 4
	bne	x5, x6, 1b
	sw	x7, BLOCK_SUM(x31)
	ret

/* after the last program */
finish:
	lla	t0, on_tile
	lw	t0, 0(t0)
	bnez	t0, 2f
	lla	s0, blocks
	lw	s1, 4(s0)
	lw	s0, 0(s0)
1:	li	a0, 1
	mv	a1, s0
	mv	a2, s1
	li	a7, LINUX_WRITE
	ecall
	blez	a0, 3f
	add	s0, s0, a0
	sub	s1, s1, a0
	bnez	s1, 1b
2:	li	a0, 0
	li	a7, EXIT
	ecall
3:	li	a0, 1
	li	a7, EXIT
	ecall

	.data
	.balign	16
memory_init:
	.space	256
memory:
	.space	256
	.balign	16
runtime_end:
