/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What instructions cost, in issue slots.
 *
 * A tile is a barrel processor with six slots, which take turns clock cycle by
 * clock cycle. So a unit issues at most one instruction in six cycles, and the
 * pipeline is done with it before the unit's next turn. An instruction therefore
 * takes slots * IPU_BARREL cycles of its unit's clock, whatever the others do, and
 * most take one slot, including loads, stores, multiplications and taken branches.
 * Those that take more occupy their unit's next turns.
 *
 * The clocks of a tile's units:
 *  - A worker's starts at the supervisor's when it executes ipu.run or
 *    ipu.runall (or at the worker's own last one, if that is later).
 *  - ipu.sync sets the supervisor's to the latest of its own and its workers'.
 *  - The supervisor issues in the slot of an idle worker. While all six run
 *    it has none: it continues when the first one exits, at that one's clock.
 *
 * The figures are this project's own; they are typical of a small in-order core,
 * and are not measurements of a GC200.
 */
#ifndef IPU_COST_H
#define IPU_COST_H

#define IPU_BARREL		6	/* cycles between turns of a unit */

#define IPU_COST_DIV		6	/* div, divu, rem, remu: six bits per cycle */
#define IPU_COST_FDIV		3
#define IPU_COST_FSQRT		4
#define IPU_COST_AMO		2	/* a load and a store */

#define IPU_COST_FUNCTION	4	/* Xipu's exp, log, tanh, sigmoid, rsqrt */
#define IPU_COST_AMP_S		16	/* multiply-adds per slot of ipu.amp.s and ipu.ampt.s */
#define IPU_COST_AMP_H		64	/* of ipu.amp.h and ipu.ampt.h */

/*
 * Vector loads and stores of elements that are not contiguous (strided, indexed,
 * segments) access this many elements per slot, masked or not; an element of a
 * segment counts as nf. All others take a slot for each register.
 */
#define IPU_COST_VELEMENTS	4

/* Other vector instructions, for each register of a group. */
#define IPU_COST_VWIDE		2	/* a result or an operand of two registers */

/*
 * Where several units of a tile can run, the one with the lowest clock runs
 * (of equal ones the lowest unit) until it has used this many slots and then
 * taken a branch, executed an ipu.amp or gone on to the next KiB of SRAM. Programs can
 * observe this, so it does not depend on the host.
 */
#define IPU_SLICE		512

#endif /* IPU_COST_H */
