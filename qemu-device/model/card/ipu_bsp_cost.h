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

/*
 * Links between cards. What an exchange costs on them goes on beside what it costs on the
 * cards, and the longer of the two counts:
 *
 *	beats of the busiest link and direction * IPU_LINK_BEAT_CYCLES
 *	+ links from end to end of the longest way that is used * IPU_LINK_HOP_CYCLES
 *
 * Each transfer takes whole beats on every link of its way, and one that several tiles pull is
 * sent as often. A barrier costs in addition the way along all links of the RUN, and back.
 */
#define IPU_LINK_BEAT_BYTES		32

/*
 * 43 GB/s each way at the tiles' clock. The ten links of a GC200 are published as 320 GB/s, so
 * 16 GB/s each way of each one: modelled are the two or three that lead to a neighbour.
 */
#define IPU_LINK_BEAT_CYCLES		1

/* 300 ns: what serial links of that kind take, roughly. Not measured on a Mk2. */
#define IPU_LINK_HOP_CYCLES		400

#endif /* IPU_BSP_COST_H */
