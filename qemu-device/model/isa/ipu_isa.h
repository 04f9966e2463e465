/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What a tile program sees: the SRAM map, control and status registers, the
 * Xipu instructions and the exchange's transfer table. Included by the model,
 * by the SDK's <ipu/tile.h> and by assembly sources, so it holds only
 * constants and, for C, one structure. Documentation/hw/tile.rst explains it.
 */
#ifndef IPU_ISA_H
#define IPU_ISA_H

/* The SRAM of a tile; every access outside it is a fault (a Mk2 tile's map). */
#define IPU_SRAM_BASE		0x4c000
#define IPU_SRAM_SIZE		0x9c000		/* 624 KiB */
#define IPU_SRAM_END		(IPU_SRAM_BASE + IPU_SRAM_SIZE)

#define IPU_VLEN_DEFAULT	512		/* bits of a vector register, unless configured */
#define IPU_WORKERS		6
#define IPU_CLOCK_KHZ		1330000		/* a GC200's tile clock */

/* ---- CSRs, beside the standard fflags, frm, fcsr, cycle, time, instret and those of machine mode ---- */
#define IPU_CSR_XTAB		0x800	/* RW, supervisor: address of the transfer table, 4-byte aligned */
#define IPU_CSR_XCNT		0x801	/* RW, supervisor: transfers in it; the exchange sets it to 0 */
#define IPU_CSR_PRNG0		0x802	/* RW, each unit its own: random number generator's state, */
#define IPU_CSR_PRNG1		0x803	/* bits 31..0 and so on to 127..96 */
#define IPU_CSR_PRNG2		0x804
#define IPU_CSR_PRNG3		0x805
#define IPU_CSR_STACK		0x806	/* RW, each unit its own: the lowest value of sp; 0: any */
#define IPU_CSR_MARK		0x810	/* RW, each unit its own: a write is recorded in a profile; reads 0 */
#define IPU_CSR_TILE		0xcc0	/* RO: this tile, 0..tiles-1 within the run */
#define IPU_CSR_UNIT		0xcc1	/* RO: worker 0..5, or 6 for the supervisor */
#define IPU_CSR_TILES		0xcc2	/* RO: tiles of the run */

/* mhartid is tile * IPU_HARTS_PER_TILE for a supervisor, and 1 + worker more for a worker */
#define IPU_HARTS_PER_TILE	8

/* ---- Xipu: major opcode custom-0 (0x0b), funct3 selects -------------------------------- */
/*
 * IPU_F3_RUN, R4-type, rd = x0, funct2 = 0 (supervisor):
 *	ipu.run rs1 = entry, rs2 = argument, rs3 = worker
 *	starts an idle worker at entry with a0 = argument, its other registers 0.
 * IPU_F3_RUNALL, R-type, rd = x0, funct7 = 0 (supervisor):
 *	ipu.runall rs1 = entry, rs2 = argument; starts all six, which must be idle.
 * IPU_F3_SYNC, I-type, rd = rs1 = x0, immediate = zone (supervisor):
 *	ipu.sync zone; local waits until this tile's workers are idle; internal
 *	and external do so too and then wait for the tiles of the run.
 * IPU_F3_EXIT, I-type, rd = x0, immediate = 0:
 *	ipu.exit rs1 = code; a worker becomes idle, the supervisor waits for its
 *	workers and then the tile has exited. The tile's exit code is the
 *	supervisor's if that is not 0, else the lowest worker's that is not 0.
 * IPU_F3_TRAP, I-type, rd = x0, immediate = 0:
 *	ipu.trap rs1 = code; stops the context with IPU_FAULT_TRAP.
 * IPU_F3_FLOAT, R-type, on f registers (f8: the low byte of an x register):
 *	funct7 = IPU_F7_FN_S or IPU_F7_FN_H: function rs2 (IPU_FN_*) of f32 or f16
 *	funct7 = IPU_F7_CVT: conversion rs2 (IPU_CVT_*)
 * IPU_F3_VECTOR, on vector registers, fields as in OP-V: vd, vs2, vm
 *	funct6 = IPU_F6_FN: function vs1 (IPU_FN_*), SEW 16 or 32
 *	funct6 = IPU_F6_CVT: conversion vs1 (IPU_CVT_*), SEW the narrower width
 * IPU_F3_AMP, R4-type: C += A * B, A and B in SRAM at rs1 and rs2, C of 8 rows of
 *	2 VLEN bits of f32 in the 16 registers from vd, which is v0 or v16; vl columns
 *	of A and rows of B; rs3: elements from a row of A to the next in bits 15..0,
 *	of B in bits 31..16; funct2: f32 or f16, and A as it is or transposed
 * Any other encoding is an illegal instruction.
 */
#define IPU_OPCODE		0x0b
#define IPU_F3_RUN		0
#define IPU_F3_RUNALL		1
#define IPU_F3_SYNC		2
#define IPU_F3_EXIT		3
#define IPU_F3_TRAP		4
#define IPU_F3_FLOAT		5
#define IPU_F3_VECTOR		6
#define IPU_F3_AMP		7

#define IPU_F7_FN_S		0
#define IPU_F7_FN_H		2
#define IPU_F7_CVT		4

#define IPU_F6_FN		0
#define IPU_F6_CVT		1

#define IPU_F2_AMP_S		0
#define IPU_F2_AMP_H		1
#define IPU_F2_AMPT_S		2
#define IPU_F2_AMPT_H		3
#define IPU_AMP_ROWS		8	/* rows of A and C */

/* functions; sigmoid(x) is 1 / (1 + e^-x), rsqrt(x) is 1 / sqrt(x) */
#define IPU_FN_EXP		0
#define IPU_FN_LOG		1
#define IPU_FN_TANH		2
#define IPU_FN_SIGMOID		3
#define IPU_FN_RSQRT		4

/* conversions: f32 to f16 stochastically rounded; f16 to f8; saturating; f8 to f16 */
#define IPU_CVT_SR		0
#define IPU_CVT_TO_E4M3		1
#define IPU_CVT_TO_E5M2		2
#define IPU_CVT_SAT_E4M3	3
#define IPU_CVT_SAT_E5M2	4
#define IPU_CVT_FROM_E4M3	5
#define IPU_CVT_FROM_E5M2	6

#define IPU_ZONE_LOCAL		0	/* the workers of this tile */
#define IPU_ZONE_INTERNAL	1	/* the tiles of this run; the exchange happens here */
#define IPU_ZONE_EXTERNAL	2	/* the host: RUN ends, RESUME continues */

/* ecall: as on Linux, a0 is the exit code; same meaning as ipu.exit */
#define IPU_ECALL_EXIT		93
#define IPU_ECALL_EXIT_GROUP	94

#ifndef __ASSEMBLER__
/**
 * struct ipu_xfer - one entry of a transfer table: what a tile pulls
 * @src_tile: tile of the run to read from
 * @src_addr: tile address there, 4-byte aligned
 * @dst_addr: tile address here, 4-byte aligned
 * @bytes: length, a multiple of 4; 0 moves nothing
 *
 * All reads of an exchange see every tile's SRAM as it stood at the barrier.
 * Entries of a table must not overlap in their destination.
 */
struct ipu_xfer {
	unsigned int src_tile;
	unsigned int src_addr;
	unsigned int dst_addr;
	unsigned int bytes;
};
#endif

/* info of a bad entry's fault, beside the offset of its bad member and sizeof(struct ipu_xfer) */
#define IPU_XFER_OVERLAP	20

#endif /* IPU_ISA_H */
