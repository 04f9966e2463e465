/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The cost of a superstep in addition to the tiles' own instructions, in tile
 * clock cycles. All tiles leave a barrier at the same card time:
 *
 *	clock of the slowest tile + IPU_SYNC_CYCLES + cost of the exchange
 *
 * where the exchange costs the bytes that the busiest receiver pulls, at
 * IPU_EXCHANGE_BYTES_PER_CYCLE. All tiles receive at once, sending costs nothing
 * extra, and a barrier with no transfer costs only the sync.
 * An external sync costs IPU_SYNC_CYCLES when the host resumes.
 */
#ifndef IPU_BSP_COST_H
#define IPU_BSP_COST_H

/* The order of magnitude of a chip-wide barrier on a Mk2, measured as a few hundred ns. */
#define IPU_SYNC_CYCLES			160

/* A tile's exchange port is 32 bits wide. */
#define IPU_EXCHANGE_BYTES_PER_CYCLE	4

#endif /* IPU_BSP_COST_H */
