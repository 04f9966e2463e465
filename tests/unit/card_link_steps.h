/* SPDX-License-Identifier: MIT */
/*
 * A linked run of many supersteps, for tests that compare what it computes.
 */
#ifndef CARD_LINK_STEPS_H
#define CARD_LINK_STEPS_H

#include "card_link.h"

#define STEPS 40
#define RESULT 0x900 /* bytes of each tile, from DATA on */

/* Exchanges with tables that change; between them a loop of @spin iterations. */
static inline void load_steps(struct program *p, uint32_t spin)
{
	uint32_t loop, wait;

	/* S0 steps, S1 table: each step uses the next table of two entries. */
	li(p, S0, STEPS);
	li(p, S1, TABLE);
	loop = here(p);
	csrw(p, IPU_CSR_XTAB, S1);
	li(p, T0, 2);
	csrw(p, IPU_CSR_XCNT, T0);
	li(p, T0, spin + 1);
	wait = here(p);
	addi(p, T0, T0, -1);
	bne(p, T0, ZERO, wait);
	sync_zone(p, IPU_ZONE_INTERNAL);
	/* The word pulled into DATA + 0x400 is added to the one at DATA. */
	li(p, T0, DATA);
	lw(p, T1, T0, 0x400);
	lw(p, T2, T0, 0);
	add(p, T1, T1, T2);
	sw(p, T1, T0, 0);
	addi(p, S1, S1, 2 * (int32_t)sizeof(struct ipu_xfer));
	addi(p, S0, S0, -1);
	bne(p, S0, ZERO, loop);
	exit_with(p, ZERO);
}

static inline void make_table(struct ipu_xfer *table, uint32_t tiles, uint32_t tile)
{
	uint32_t seed = tile * 7919 + 1, i;

	for (i = 0; i < STEPS; i++) {
		seed = seed * 1664525 + 1013904223;
		table[2 * i] = (struct ipu_xfer){ (seed >> 8) % tiles, DATA, DATA + 0x400, 4 };
		/* Every third step moves within what others read. */
		table[2 * i + 1] = (struct ipu_xfer){ (seed >> 16) % tiles, DATA + 0x100,
						      i % 3 ? DATA + 0x800 : DATA + 0x140, 128 };
	}
}

static inline void chain_load_steps(struct chain *chain, uint32_t spin)
{
	const uint32_t tiles = chain->cards * TILES;
	struct ipu_xfer table[2 * STEPS];
	struct program p = { .count = 0 };
	uint32_t t;

	load_steps(&p, spin);
	chain_load(chain, &p);
	for (t = 0; t < tiles; t++) {
		make_table(table, tiles, t);
		write_table(chain, t, table, 2 * STEPS);
		write_words(chain, t, DATA, t * 31 + 1);
	}
}

/* @result: RESULT bytes for each tile */
static inline void chain_read_steps(struct chain *chain, uint8_t *result)
{
	uint32_t t;

	for (t = 0; t < chain->cards * TILES; t++)
		tile_read(&chain->ctx[t / TILES], t % TILES, DATA, result + t * RESULT, RESULT);
}

#endif /* CARD_LINK_STEPS_H */
