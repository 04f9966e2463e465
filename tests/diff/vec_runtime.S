/* SPDX-License-Identifier: MIT */
/*
 * Code shared by the random vector programs of an image. The same file runs on a
 * tile, where it starts with a0 = 1, and as a Linux process with a0 = 0. After each
 * vector instruction a program calls dump, which appends an entry to a log; a log
 * that is full is written to standard output, or on a tile read by the test when the
 * tile waits at an external sync.
 *
 * An entry, in words:
 *	0	return address: the instruction is the one 8 bytes before it
 *	1..5	fcsr, vcsr, vstart, vl, vtype
 *	6	1 if the window's bytes are part of the entry
 *	7	iterations left
 *	8..31	x8..x31
 *	32..63	f0..f31
 * then v0..v31, then the window.
 *
 * Registers: x2 the window, x3 offset of an iteration's operands in the areas, x4
 * end of the log, x5 iterations left, x6 and x7 free. vec_image.h has the rest.
 */

#define LINUX_WRITE	64
#define EXIT		93
#define AREA_BYTES	8192

/* the areas by number, enum vec_area */
#define AREA_INT16	1
#define AREA_INT32	2
#define AREA_F16	3
#define AREA_F32	4
#define AREA_FREG	5
#define AREA_MASK	6
#define AREAS		10

	.section .head, "ax"
	.globl	diff_start
diff_start:
	j	start
	.word	begin
	.word	fresh
	.word	dump
	.word	dump_window
	.word	finish
	.word	areas
	.word	runtime_end
window:
	.word	0
log:
	.word	0
log_limit:
	.word	0
programs:
	.word	0
on_tile:
	.word	0

	.text
start:
	lla	x6, on_tile
	sw	a0, 0(x6)
	lla	x6, window
	lw	x2, 0(x6)
	lla	x6, log
	lw	x4, 0(x6)
	lla	x6, programs
	lw	x6, 0(x6)
	jr	x6

/* the start of a program: the window holds operands */
begin:
	csrwi	vstart, 0
	lla	x6, areas + AREA_INT32 * AREA_BYTES
	mv	x7, x2
	csrr	x8, vlenb
	slli	x8, x8, 3
	.rept	4
	vl8re8.v v0, (x6)
	vs8r.v	v0, (x7)
	add	x6, x6, x8
	add	x7, x7, x8
	.endr
	csrwi	vcsr, 0
	csrwi	fcsr, 0
	ret

/* the start of an iteration: all registers from the areas, at the iteration's offset */
fresh:
	lla	x6, areas + AREA_MASK * AREA_BYTES
	add	x6, x6, x3
	vl8re8.v v0, (x6)
	lla	x6, areas + AREA_INT16 * AREA_BYTES
	add	x6, x6, x3
	vl8re8.v v8, (x6)
	lla	x6, areas + AREA_F16 * AREA_BYTES
	add	x6, x6, x3
	vl8re8.v v16, (x6)
	lla	x6, areas + AREA_F32 * AREA_BYTES
	add	x6, x6, x3
	vl8re8.v v24, (x6)
	lla	x6, areas + AREA_FREG * AREA_BYTES
	add	x6, x6, x3
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	flw	f\n, 4 * \n(x6)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	flw	f\n, 4 * \n(x6)
	.endr
	lla	x6, areas + AREA_INT32 * AREA_BYTES
	add	x6, x6, x3
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
	lw	x\n, 4 * \n(x6)
	.endr
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	lw	x\n, 4 * \n(x6)
	.endr
	ret

dump_window:
	li	x7, 1
	j	1f
dump:
	li	x7, 0
1:	sw	x1, 0(x4)
	frcsr	x6
	sw	x6, 4(x4)
	csrr	x6, vcsr
	sw	x6, 8(x4)
	csrr	x6, vstart
	sw	x6, 12(x4)
	csrr	x6, vl
	sw	x6, 16(x4)
	csrr	x6, vtype
	sw	x6, 20(x4)
	sw	x7, 24(x4)
	sw	x5, 28(x4)
	.irp	n, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19
	sw	x\n, 4 * \n(x4)
	.endr
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sw	x\n, 4 * \n(x4)
	.endr
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fsw	f\n, 128 + 4 * \n(x4)
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fsw	f\n, 128 + 4 * \n(x4)
	.endr
	csrwi	vstart, 0
	csrr	x1, vlenb
	slli	x1, x1, 3
	addi	x6, x4, 256
	vs8r.v	v0, (x6)
	add	x6, x6, x1
	vs8r.v	v8, (x6)
	add	x6, x6, x1
	vs8r.v	v16, (x6)
	add	x6, x6, x1
	vs8r.v	v24, (x6)
	add	x6, x6, x1
	beqz	x7, 2f
	mv	x7, x2
	.rept	4
	vl8re8.v v0, (x7)
	vs8r.v	v0, (x6)
	add	x6, x6, x1
	add	x7, x7, x1
	.endr
	addi	x7, x4, 256
	vl8re8.v v0, (x7)
2:	lw	x1, 0(x4)
	mv	x4, x6
	lla	x6, log_limit
	lw	x6, 0(x6)
	bgeu	x4, x6, flush
/* x6 and x7 are the same on both; whether flags are kept depends on the place in the code */
flushed:
	li	x7, 0
	andi	x6, x1, 16
	bnez	x6, 3f
	csrwi	fflags, 0
	csrwi	vxsat, 0
3:	ret

/* continues at flushed; changes only x4, x6 and x7 */
flush:
	lla	x6, on_tile
	lw	x6, 0(x6)
	beqz	x6, 1f
	.insn	i 0x0b, 2, x0, x0, 2	/* ipu.sync external */
	lla	x4, log
	lw	x4, 0(x4)
	j	flushed
1:	lla	x6, saved
	sw	a0, 0(x6)
	sw	a1, 4(x6)
	sw	a2, 8(x6)
	sw	a7, 12(x6)
	lla	x7, log
	lw	x7, 0(x7)
2:	li	a0, 1
	mv	a1, x7
	sub	a2, x4, x7
	beqz	a2, 3f
	li	a7, LINUX_WRITE
	ecall
	blez	a0, 4f
	add	x7, x7, a0
	j	2b
3:	lla	x4, log
	lw	x4, 0(x4)
	lla	x6, saved
	lw	a0, 0(x6)
	lw	a1, 4(x6)
	lw	a2, 8(x6)
	lw	a7, 12(x6)
	j	flushed
4:	li	a0, 1
	li	a7, EXIT
	ecall

/* after the last program */
finish:
	lla	x1, 1f
	j	flush
1:	li	a0, 0
	li	a7, EXIT
	ecall

	.data
saved:
	.space	16
	.balign	4096
areas:
	.space	AREAS * AREA_BYTES
runtime_end:
