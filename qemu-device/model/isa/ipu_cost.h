/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * What instructions cost, in issue slots.
 *
 * A tile is a barrel of six slots: each clock cycle belongs to another one, so
 * a unit issues at most one instruction in six cycles, and the pipeline is
 * done with it before the unit's next turn. An instruction therefore takes
 * slots * IPU_BARREL cycles of its unit's clock, whatever the others do, and
 * most take one slot: loads, stores, multiplications and taken branches too.
 * Those that take more keep their unit's next turns.
 *
 * The clocks of a tile's units:
 *  - A worker's starts at the supervisor's when it executes ipu.run or
 *    ipu.runall (or at the worker's own last one, if that is later).
 *  - ipu.sync sets the supervisor's to the latest of its own and its workers'.
 *  - The supervisor issues in the slot of an idle worker. While all six run
 *    it has none: it goes on when the first one exits, at that one's clock.
 *
 * The figures are this project's own; they are of the size a small in-order
 * core has, and are not measurements of a GC200.
 */
#ifndef IPU_COST_H
#define IPU_COST_H

#define IPU_BARREL		6	/* cycles from one turn of a unit to its next */

#define IPU_COST_DIV		6	/* div, divu, rem, remu: six bits a cycle */
#define IPU_COST_FDIV		3
#define IPU_COST_FSQRT		4
#define IPU_COST_AMO		2	/* a load and a store */

#define IPU_COST_FUNCTION	4	/* Xipu's exp, log, tanh, sigmoid, rsqrt */
#define IPU_COST_AMP_S		16	/* multiply-adds a slot of ipu.amp.s and ipu.ampt.s */
#define IPU_COST_AMP_H		64	/* of ipu.amp.h and ipu.ampt.h */

/*
 * Vector loads and stores of elements that do not follow each other (strided,
 * indexed, segments) access so many elements a slot, masked or not; an element
 * of a segment is nf of them. All others take a slot for each register.
 */
#define IPU_COST_VELEMENTS	4

/* Other vector instructions, for each register of a group. */
#define IPU_COST_VWIDE		2	/* a result or an operand of two registers */

/*
 * Where several units of a tile can run, the one with the lowest clock runs
 * (of equal ones the lowest unit) until it has retired this many instructions
 * and then taken a branch. It is part of what a program can observe, so it
 * depends on nothing of the host.
 */
#define IPU_SLICE		256

#endif /* IPU_COST_H */
