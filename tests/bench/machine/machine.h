/* SPDX-License-Identifier: MIT */
/*
 * What the benchmark of the whole machine asks of its tile program.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

/* What the tiles do. */
enum {
	MACHINE_SUPERSTEPS, /* internal syncs with nothing between them */
	MACHINE_NEIGHBOURS, /* every tile reads from the next one */
	MACHINE_ALL_TO_ALL, /* every tile reads from all, one after the other */
	MACHINE_WORK, /* six workers compute */
};

/* Elements of "params". */
enum {
	MACHINE_MODE,
	MACHINE_ROUNDS, /* how often; MACHINE_WORK: iterations of each worker */
	MACHINE_BYTES, /* that a tile receives in an exchange; MACHINE_WORK: how often */
	MACHINE_ENTRY, /* bytes of an entry of the transfer table */
	MACHINE_PARAMS,
};

#endif /* BENCH_MACHINE_H */
