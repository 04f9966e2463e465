/* SPDX-License-Identifier: MIT */
/*
 * Linked cards for tests: a chain of them, a context of each, and runs that span them.
 */
#ifndef CARD_LINK_H
#define CARD_LINK_H

#include <string.h>

#include "card_host.h"
#include "card_program.h"

#define CARDS 4
#define TILES 4 /* of each card */
#define KEY 0x123456789abcull
#define TABLE (IPU_SRAM_BASE + 0x4000)
#define DATA (IPU_SRAM_BASE + 0x8000)
#define WORDS 256

/* Linked cards, and a context of each. */
struct chain {
	struct host *host[CARDS];
	struct context ctx[CARDS];
	uint64_t report[CARDS];
	uint32_t cards;
};

static inline void member(struct context *ctx, uint64_t key, uint32_t rank, uint32_t count)
{
	ctx_set(ctx, IPU_CTX_LINK_KEY_LO, (uint32_t)key);
	ctx_set(ctx, IPU_CTX_LINK_KEY_HI, (uint32_t)(key >> 32));
	ctx_set(ctx, IPU_CTX_LINK_RANK, rank);
	ctx_set(ctx, IPU_CTX_LINK_COUNT, count);
}

static inline void open_member(struct context *ctx, struct host *host, uint32_t index,
			       uint32_t tiles, uint64_t key, uint32_t rank, uint32_t count)
{
	ctx_init(ctx, host, index);
	ctx_config(ctx, index * tiles, tiles);
	member(ctx, key, rank, count);
	ctx_enable(ctx, IPU_CTX_CTRL_PRIV | IPU_CTX_CTRL_CLEAR);
}

static inline void chain_open(struct chain *chain, uint32_t cards, uint32_t threads)
{
	uint32_t i;

	*chain = (struct chain){ .cards = cards };
	for (i = 0; i < cards; i++) {
		chain->host[i] = host_new(2 * TILES, threads);
		if (i)
			assert_int_equal(
				ipu_card_link(chain->host[i]->card, chain->host[i - 1]->card), 0);
	}
	for (i = 0; i < cards; i++)
		open_member(&chain->ctx[i], chain->host[i], 0, TILES, KEY, i, cards);
}

static inline void chain_close(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		if (chain->host[i])
			host_free(chain->host[i]);
}

static inline void chain_load(struct chain *chain, const struct program *p)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		tiles_write(&chain->ctx[i], 0, TILES, IPU_SRAM_BASE, p->word, program_bytes(p));
}

static inline void chain_start(struct chain *chain, uint32_t flags)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++) {
		chain->report[i] = put_run(&chain->ctx[i], 0, TILES, IPU_CMD_RUN_LINKED | flags);
		ctx_ring(&chain->ctx[i]);
	}
}

static inline const struct ipu_run_report *report_of(struct chain *chain, uint32_t card)
{
	return host_at(chain->host[card], chain->report[card]);
}

static inline void chain_finish(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ctx_finish(&chain->ctx[i]);
	for (i = 1; i < chain->cards; i++) {
		assert_int_equal(report_of(chain, i)->cycles, report_of(chain, 0)->cycles);
		assert_int_equal(report_of(chain, i)->supersteps, report_of(chain, 0)->supersteps);
		assert_int_equal(report_of(chain, i)->state, report_of(chain, 0)->state);
	}
}

/* Wait until a card's RUN has begun, of which it has one: then it is a member. */
static inline void joins(struct host *host)
{
	const uint64_t deadline = now_ms() + PATIENCE_MS;

	while (!card_get(host, IPU_REG_TILES_NOW))
		assert_true(now_ms() < deadline);
	/* A slice that is in progress ends. */
	ipu_card_pause(host->card);
	ipu_card_resume(host->card);
}

/* The members but @who, whose card may be gone, fault and name it. */
static inline void chain_others_fault(struct chain *chain, uint32_t who)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++) {
		if (i == who || !chain->host[i])
			continue;
		ctx_wait(&chain->ctx[i], IPU_CTX_STATUS, IPU_CTX_FAULTED);
		assert_int_equal(ctx_get(&chain->ctx[i], IPU_CTX_FAULT_CAUSE), IPU_FAULT_LINK);
		assert_int_equal(ctx_get(&chain->ctx[i], IPU_CTX_FAULT_INFO), IPU_LINK_PEER);
		assert_int_equal(ctx_get64(&chain->ctx[i], IPU_CTX_FAULT_ADDR_LO), who);
	}
}

/* All members have faulted, those other than @own as others of that member. */
static inline void chain_faults(struct chain *chain, uint32_t own, uint32_t cause)
{
	if (chain->host[own]) {
		ctx_wait(&chain->ctx[own], IPU_CTX_STATUS, IPU_CTX_FAULTED);
		assert_int_equal(ctx_get(&chain->ctx[own], IPU_CTX_FAULT_CAUSE), cause);
	}
	chain_others_fault(chain, own);
}

static inline void chain_down(struct chain *chain, uint32_t link)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++) {
		ctx_wait(&chain->ctx[i], IPU_CTX_STATUS, IPU_CTX_FAULTED);
		assert_int_equal(ctx_get(&chain->ctx[i], IPU_CTX_FAULT_CAUSE), IPU_FAULT_LINK);
		assert_int_equal(ctx_get(&chain->ctx[i], IPU_CTX_FAULT_INFO), IPU_LINK_DOWN);
		assert_int_equal(ctx_get64(&chain->ctx[i], IPU_CTX_FAULT_ADDR_LO), link);
		assert_int_equal(ctx_get(&chain->ctx[i], IPU_CTX_FAULT_TILE), IPU_FAULT_NO_TILE);
	}
}

static inline void chain_restart(struct chain *chain)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		ctx_restart(&chain->ctx[i]);
}

/* Words of a tile of the whole run. */
static inline void write_words(struct chain *chain, uint32_t tile, uint32_t addr, uint32_t first)
{
	uint32_t words[WORDS], i;

	for (i = 0; i < WORDS; i++)
		words[i] = first + i;
	tiles_write(&chain->ctx[tile / TILES], tile % TILES, 1, addr, words, sizeof(words));
}

static inline void check_words(struct chain *chain, uint32_t tile, uint32_t addr, uint32_t first)
{
	uint32_t words[WORDS], i;

	tile_read(&chain->ctx[tile / TILES], tile % TILES, addr, words, sizeof(words));
	for (i = 0; i < WORDS; i++)
		assert_int_equal(words[i], first + i);
}

static inline void write_table(struct chain *chain, uint32_t tile, const struct ipu_xfer *table,
			       uint32_t count)
{
	tiles_write(&chain->ctx[tile / TILES], tile % TILES, 1, TABLE, table,
		    count * (uint32_t)sizeof(*table));
}

static inline void load_exchange(struct chain *chain, uint32_t count)
{
	struct program p = { .count = 0 };

	transfers(&p, TABLE, count);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(chain, &p);
}

/* What tiles are called, and how many they are: to DATA and DATA + 4. */
static inline void load_names(struct chain *chain)
{
	struct program p = { .count = 0 };

	li(&p, T0, DATA);
	csrr(&p, T1, IPU_CSR_TILE);
	sw(&p, T1, T0, 0);
	csrr(&p, T1, IPU_CSR_TILES);
	sw(&p, T1, T0, 4);
	exit_with(&p, ZERO);
	chain_load(chain, &p);
}

#endif /* CARD_LINK_H */
