/* SPDX-License-Identifier: MIT */
/*
 * Programs for the tests of faults, units, syncs, cycles and code that changes
 * itself. Each is entered by its name, with sp at the end of SRAM.
 */
#include "tile_programs.inc"

	.option	norvc

/* ---- Faults; the second instruction is the one that faults ------------------------------- */

program	fault_load
	lw	a1, 0(a0)
	lw	a1, 4(a0)

program	fault_load_byte
	lbu	a1, 0(a0)
	lbu	a1, 1(a0)

program	fault_load_half
	lh	a1, 0(a0)
	lh	a1, 1(a0)

program	fault_load_float
	flw	fa1, 0(a0)
	flw	fa1, 4(a0)

program	fault_store
	sw	a0, 0(a0)
	sw	a0, 4(a0)

program	fault_store_byte
	sb	a0, 0(a0)
	sb	a0, 1(a0)

program	fault_store_half
	sh	a0, 0(a0)
	sh	a0, 1(a0)

program	fault_store_float
	fsw	fa0, 0(a0)
	fsw	fa0, 4(a0)

program	fault_amo
	nop
	amoadd.w a1, a2, (a0)

program	fault_lr
	nop
	lr.w	a1, (a0)

program	fault_sc
	nop
	sc.w	a1, a2, (a0)

program	fault_ebreak
	nop
	ebreak

program	fault_ebreak_compressed
	nop
	.option	rvc
	c.ebreak
	.option	norvc

program	fault_ecall
	li	a7, 64
	ecall

program	fault_trap
	nop
	ipu_trap a0

program	fault_jump
	nop
	jalr	a1, (a0)

/* runs an instruction that the test puts there */
program	patched
	.word	0
	ebreak

/* the rounding mode in a0 */
program	fault_frm
	fsrm	a0
	fadd.s	fa0, fa1, fa2

program	fault_frm_convert
	fsrm	a0
	fcvt.w.s a1, fa2

program	fault_sync_zone
	nop
	ipu_sync 3

program	fault_run_no_worker
	lla	t0, fault_run_no_worker
	li	t1, 6
	ipu_run	t0, a0, t1

program	fault_run_busy
	lla	t0, spin
	li	t1, 2
	ipu_run	t0, a0, t1
	ipu_run	t0, a0, t1
program	spin
	j	spin

program	fault_runall_busy
	lla	t0, spin
	li	t1, 3
	ipu_run	t0, a0, t1
	ipu_runall t0, a0

/* worker 0 does what only a supervisor may, by the program's argument */
program	fault_worker
	lla	t0, fault_worker_entry
	ipu_run	t0, a0, zero
	ipu_sync IPU_ZONE_LOCAL
program	fault_worker_entry
	li	t0, 1
	beq	a0, t0, 1f
	li	t0, 2
	beq	a0, t0, 2f
	li	t0, 3
	beq	a0, t0, 3f
	ipu_run	zero, zero, t0
1:	ipu_runall zero, zero
2:	ipu_sync IPU_ZONE_LOCAL
3:	csrr	a0, IPU_CSR_XTAB

/* ---- Exit codes ----------------------------------------------------------------------------- */

program	exit_xipu
	ipu_exit a0

program	exit_ecall
	li	a7, IPU_ECALL_EXIT
	ecall

program	exit_ecall_group
	li	a7, IPU_ECALL_EXIT_GROUP
	ecall

/* worker n exits with 16 * n + a0; the supervisor with 0 */
program	exit_workers
	lla	t0, exit_workers_worker
	ipu_runall t0, a0
	ipu_sync IPU_ZONE_LOCAL
	ipu_exit zero
exit_workers_worker:
	csrr	t0, IPU_CSR_UNIT
	slli	t0, t0, 4
	add	a0, a0, t0
	ipu_exit a0

/* as before, and the supervisor with 1 and without a sync */
program	exit_both
	lla	t0, exit_workers_worker
	ipu_runall t0, a0
	li	a0, 1
	ipu_exit a0

/* worker 3 exits with 7, then again with 0 */
program	exit_twice
	lla	t0, exit_twice_worker
	li	t1, 3
	li	t2, 7
	ipu_run	t0, t2, t1
	ipu_sync IPU_ZONE_LOCAL
	ipu_run	t0, zero, t1
	ipu_sync IPU_ZONE_LOCAL
	ipu_exit zero
exit_twice_worker:
	li	a7, IPU_ECALL_EXIT
	ecall

/* ---- Units --------------------------------------------------------------------------------- */

/* each worker stores its unit, a0 and the sum of its other registers at results + 16 * unit */
	workers	start_state
	.irp	r, ra, sp, gp, tp, t1, t2, s0, s1, a1, a2, a3, a4, a5, a6, a7, s2, s3
	or	t0, t0, \r
	.endr
	.irp	r, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
	or	t0, t0, \r
	.endr
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fmv.x.w	t1, f\r
	or	t0, t0, t1
	.endr
	.irp	r, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	fmv.x.w	t1, f\r
	or	t0, t0, t1
	.endr
	frcsr	t1
	or	t0, t0, t1
	csrr	t1, IPU_CSR_UNIT
	slli	t2, t1, 4
	lla	t3, results
	add	t3, t3, t2
	sw	t1, 0(t3)
	sw	a0, 4(t3)
	sw	t0, 8(t3)
	csrr	t1, mhartid
	sw	t1, 12(t3)
	ipu_exit zero

/* the workers take turns in writing to a log, and all is decided by the order they run in */
	workers	interleave
	lla	t0, results
	lla	t1, results + 4
	csrr	t2, IPU_CSR_UNIT
	li	t3, 300
	fcvt.s.w fa0, t2
	li	t4, 3
	fcvt.s.w fa1, t4
1:	lw	t4, 0(t0)		/* not atomic, so that a lost update shows the order */
	addi	t4, t4, 1
	/* workers 2 and up have divisions in their loops, and so slower clocks */
	sltiu	t5, t2, 2
	bnez	t5, 2f
	div	a1, t4, t2
	fdiv.s	fa0, fa0, fa1
2:	andi	t5, t4, 1023
	sh2add	t6, t5, t1
	slli	a2, t2, 24
	csrr	a3, cycle
	xor	a2, a2, a3
	fmv.x.w	a4, fa0
	xor	a2, a2, a4
	sw	a2, 0(t6)
	sw	t4, 0(t0)
	addi	t3, t3, -1
	bnez	t3, 1b
	csrr	a0, instret
	andi	a0, a0, 255
	ipu_exit a0

/*
 * The supervisor works alongside three workers, restarts those that have
 * reported their end, and discards its decoded code now and then.
 */
program	mixed
	lla	s0, results
	lla	s1, mixed_worker
	li	s2, 0			/* worker */
	li	s3, 40			/* starts to come */
1:	sh2add	t0, s2, s0
	lw	t1, 0(t0)		/* 0: idle or about to be */
	bnez	t1, 2f
	li	t2, 600			/* time for it to exit */
3:	addi	t2, t2, -1
	bnez	t2, 3b
	li	t1, 1
	sw	t1, 0(t0)
	addi	a0, s3, 10
	ipu_run	s1, a0, s2
	addi	s3, s3, -1
	beqz	s3, 4f
	fence.i
2:	addi	s2, s2, 1
	li	t0, 3
	bne	s2, t0, 1b
	li	s2, 0
	j	1b
4:	ipu_sync IPU_ZONE_LOCAL
	lw	a0, 60(s0)
	ipu_exit a0
mixed_worker:
	csrr	t0, IPU_CSR_UNIT
	lla	t1, results
	mul	a1, a0, a0
5:	addi	a1, a1, -1
	bnez	a1, 5b
	csrr	t2, cycle
	lw	t3, 60(t1)
	xor	t3, t3, t2
	rori	t3, t3, 7
	sw	t3, 60(t1)
	sh2add	t0, t0, t1
	sw	zero, 0(t0)
	ipu_exit zero

/* six workers add to one word by lr/sc, a thousand times each */
	workers	atomic_add
	lla	t0, results
	li	t1, 1000
1:	lr.w	t2, (t0)
	addi	t2, t2, 1
	sc.w	t3, t2, (t0)
	bnez	t3, 1b
	addi	t1, t1, -1
	bnez	t1, 1b
	ipu_exit zero

/* lr.w by the supervisor, then a worker stores, then sc.w: it must fail and exit with 1 */
program	reservation_lost
	lla	t0, results
	lr.w	t1, (t0)
	lla	t2, reservation_lost_worker
	ipu_run	t2, a0, zero
	ipu_sync IPU_ZONE_LOCAL
	sc.w	a0, t1, (t0)
	ipu_exit a0
reservation_lost_worker:
	lla	t0, results
	sw	zero, 0(t0)
	ipu_exit zero

/* sc.w to another word than lr.w's fails, as does a second sc.w: 1 | 2 */
program	reservation_other
	lla	t0, results
	addi	t1, t0, 4
	lr.w	t2, (t0)
	sc.w	a0, t2, (t1)
	lr.w	t2, (t0)
	sc.w	a1, t2, (t0)
	sc.w	a2, t2, (t0)
	sh1add	a0, a2, a0
	sh2add	a0, a1, a0
	ipu_exit a0

/* ---- Syncs --------------------------------------------------------------------------------- */

/* a worker stores 1 after a while; the supervisor loads it after a local sync */
program	sync_local
	lla	t0, sync_worker
	ipu_run	t0, a0, zero
	ipu_sync IPU_ZONE_LOCAL
	lla	t1, results
	lw	a0, 0(t1)
	ipu_exit a0

program	sync_internal
	lla	t0, results
	csrw	IPU_CSR_XTAB, t0
	li	t1, 2
	csrw	IPU_CSR_XCNT, t1
	lla	t0, sync_worker
	ipu_run	t0, a0, zero
	ipu_sync IPU_ZONE_INTERNAL
	csrr	t0, IPU_CSR_XCNT
	csrr	a0, IPU_CSR_XTAB
	sub	a0, a0, t0
	ipu_exit a0

program	sync_external
	li	t1, 2
	csrw	IPU_CSR_XCNT, t1
	ipu_sync IPU_ZONE_EXTERNAL
	csrr	a0, IPU_CSR_XCNT
	ipu_exit a0

sync_worker:
	li	t0, 1000
1:	addi	t0, t0, -1
	bnez	t0, 1b
	lla	t1, results
	li	t2, 1
	sw	t2, 0(t1)
	ipu_exit zero

/* ---- Cycles; each instruction is accounted for in tile_units.c --------------------------- */

program	cycles_plain
	csrr	a0, cycle
	csrr	a1, instret
	add	t0, t0, t0
	mul	t0, t0, t0
	lw	t0, -4(sp)
	beqz	zero, 1f
	nop
1:	csrr	a2, cycle
	csrr	a3, instret
	ebreak

program	cycles_div
	li	t0, 3
	csrr	a0, cycle
	div	t1, t0, t0
	csrr	a1, cycle
	fdiv.s	ft0, ft1, ft2
	csrr	a2, cycle
	fsqrt.s	ft0, ft1
	csrr	a3, cycle
	amoadd.w t1, zero, (a4)
	csrr	a5, cycle
	ebreak

/* supervisor: lla is two instructions, then runall; each worker executes two */
program	cycles_workers
	lla	t0, cycles_workers_worker
	ipu_runall t0, a0
	csrr	a1, cycle		/* issues when the first worker has exited */
	ipu_sync IPU_ZONE_LOCAL
	csrr	a2, cycle
	ebreak
cycles_workers_worker:
	csrr	t1, IPU_CSR_UNIT
	beqz	t1, 1f
	div	t2, t1, t1
1:	ipu_exit zero

/* ---- Code that changes itself -------------------------------------------------------------- */

/* calls "changed" a0 times, each time after it was made to return the number of the call */
program	self_modify
	mv	s0, a0
	li	s1, 0
1:	addi	s1, s1, 1
	slli	t0, s1, 20		/* addi a0, zero, s1 */
	addi	t0, t0, 0x513
	lla	t1, changed
	sw	t0, 0(t1)
	fence.i
	jal	changed
	bne	a0, s1, 2f
	bne	s0, s1, 1b
	ipu_exit zero
2:	li	a0, 1
	ipu_exit a0
program	changed
	li	a0, 0
	ret

/* 1 + the number of times the worker's code had changed under it, with no fence.i of its own */
program	self_modify_worker
	lla	t0, changed_worker
	ipu_run	t0, a0, zero
	ipu_sync IPU_ZONE_LOCAL
	lla	t1, changed_worker
	li	t0, 0x00300513		/* addi a0, zero, 3 */
	sw	t0, 0(t1)
	fence.i
	lla	t0, changed_worker
	ipu_run	t0, a0, zero
	ipu_sync IPU_ZONE_LOCAL
	ipu_exit zero
program	changed_worker
	li	a0, 0
	ipu_exit a0

/* ---- Rounding and flags -------------------------------------------------------------------- */

/* worker n has rounding mode n % 4, divides 1 by 3 and stores the result and its flags */
	workers	rounding
	csrr	t0, IPU_CSR_UNIT
	andi	t1, t0, 3
	fsrm	t1
	li	t1, 1
	fcvt.s.w fa0, t1
	li	t1, 3
	fcvt.s.w fa1, t1
	li	t3, 200
1:	fdiv.s	fa2, fa0, fa1
	addi	t3, t3, -1
	bnez	t3, 1b
	lla	t1, results
	sh3add	t1, t0, t1
	fsw	fa2, 0(t1)
	frcsr	t2
	sw	t2, 4(t1)
	ipu_exit zero

/* flags are sticky, can be read, set and cleared: results in order */
program	flags
	lla	t6, results
	fcvt.s.w fa0, zero
	li	t0, 1
	fcvt.s.w fa1, t0
	fdiv.s	fa2, fa1, fa0		/* division by zero */
	frflags	t0
	sw	t0, 0(t6)
	fdiv.s	fa2, fa0, fa0		/* and invalid */
	frflags	t0
	sw	t0, 4(t6)
	fsflags	t0, zero		/* reads, clears */
	sw	t0, 8(t6)
	frflags	t0
	sw	t0, 12(t6)
	li	t0, 0xffffffff
	fscsr	t0			/* all bits there are */
	frcsr	t0
	sw	t0, 16(t6)
	frrm	t0
	sw	t0, 20(t6)
	fscsr	zero
	csrsi	fflags, 5
	csrci	fflags, 1
	fdiv.s	fa2, fa1, fa0
	fsrmi	t0, 3
	frcsr	t0
	sw	t0, 24(t6)
	ipu_exit zero

/* counts for ever */
	/* for ever, instructions of all kinds: handlers of each way to continue */
program	all_kinds
	lla	a0, results
	lla	a1, all_kinds
	vsetvli	a2, zero, e32, m1, ta, ma
1:	lw	a3, 0(a0)
	addi	a3, a3, 1
	sw	a3, 0(a0)
	mul	a4, a3, a3
	div	a4, a4, a3
	amoadd.w a5, a3, (a0)
	fcvt.s.w fa0, a3
	fadd.s	fa1, fa0, fa0
	fmadd.s	fa2, fa1, fa0, fa1
	fdiv.s	fa3, fa2, fa1
	fadd.h	fa4, fa3, fa3
	fsqrt.s	fa5, fa0
	csrr	a5, fflags
	vle32.v	v8, (a0)
	vadd.vv	v9, v8, v8
	vfmacc.vv v10, v8, v9
	vfmacc.vv v10, v9, v8
	vfdiv.vv v11, v9, v8
	vmul.vv	v12, v9, v8
	vredsum.vs v13, v12, v9
	vrgather.vv v14, v12, v9
	vluxei32.v v15, (a0), v0
	vmseq.vv v0, v9, v8
	vadd.vv	v15, v9, v8, v0.t
	vmv.v.i	v0, 0
	vs1r.v	v9, (a0)
	vl1re32.v v9, (a0)
	vsetvli	a2, zero, e16, m1, ta, ma
	vfadd.vv v16, v8, v9
	vfncvt.f.f.w v20, v8
	vsetvli	a2, zero, e32, m1, ta, ma
	addi	sp, sp, -16
	addi	sp, sp, 16
	jal	2f
2:	auipc	a4, 0
	jalr	a4, 8(a4)
	beqz	a3, 1b
	bnez	a3, 1b

	/* a page and more without a branch, for ever */
program	long_line
	.rept	600
	addi	a0, a0, 1
	.endr
	j	long_line

program	endless
	addi	a0, a0, 1
	j	endless

	.data
	.balign	16
	.globl	results
results:
	.space	8192

	.section .programs, "a"
	.word	8809f, results
	.section .rodata
8809:	.asciz	"results"
