// SPDX-License-Identifier: MIT
/*
 * Linked cards: RUNs that span them compute and cost what they should, whatever the host's
 * threads do.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "card/ipu_bsp_cost.h"
#include "card_link_steps.h"

static void test_registers(void **state)
{
	struct host *alone = host_new(1, 1);
	struct chain chain;
	uint32_t group, i;

	(void)state;
	assert_true(card_get(alone, IPU_REG_CAPS) & IPU_CAP_LINK);
	assert_int_equal(card_get(alone, IPU_REG_LINK_GROUP), 0);
	assert_int_equal(card_get(alone, IPU_REG_LINK_CARDS), 0);
	assert_false(ipu_card_cut_link(alone->card, true));
	chain_open(&chain, 3, 1);
	group = card_get(chain.host[0], IPU_REG_LINK_GROUP);
	assert_int_not_equal(group, 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(card_get(chain.host[i], IPU_REG_LINK_GROUP), group);
		assert_int_equal(card_get(chain.host[i], IPU_REG_LINK_INDEX), i);
		assert_int_equal(card_get(chain.host[i], IPU_REG_LINK_CARDS), 3);
	}
	assert_false(ipu_card_cut_link(chain.host[0]->card, true));
	assert_int_equal(ipu_card_link(alone->card, alone->card), -EINVAL);
	assert_int_equal(ipu_card_link(chain.host[2]->card, alone->card), -EINVAL);
	assert_int_equal(ipu_card_link(alone->card, chain.host[1]->card), -EBUSY);
	/* The last one's place can be taken again. */
	host_free(chain.host[2]);
	chain.host[2] = NULL;
	assert_int_equal(ipu_card_link(alone->card, chain.host[1]->card), 0);
	assert_int_equal(card_get(alone, IPU_REG_LINK_GROUP), group);
	assert_int_equal(card_get(alone, IPU_REG_LINK_INDEX), 2);
	chain_close(&chain);
	assert_int_equal(card_get(alone, IPU_REG_LINK_CARDS), 1);
	host_free(alone);
}

static void test_full(void **state)
{
	struct host *host[IPU_LINK_CARDS + 1];
	uint32_t i;

	(void)state;
	host[0] = host_new(1, 1);
	for (i = 1; i <= IPU_LINK_CARDS; i++) {
		host[i] = host_new(1, 1);
		assert_int_equal(ipu_card_link(host[i]->card, host[i - 1]->card),
				 i < IPU_LINK_CARDS ? 0 : -ENOSPC);
	}
	for (i = 0; i <= IPU_LINK_CARDS; i++)
		host_free(host[i]);
}

static void test_names(void **state)
{
	struct chain chain;
	uint32_t words[2], i;

	(void)state;
	chain_open(&chain, 3, 2);
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	for (i = 0; i < 3 * TILES; i++) {
		tile_read(&chain.ctx[i / TILES], i % TILES, DATA, words, sizeof(words));
		assert_int_equal(words[0], i);
		assert_int_equal(words[1], 3 * TILES);
	}
	/* The same contexts have RUNs of their own, too. */
	put_run(&chain.ctx[1], 0, TILES, 0);
	ctx_finish(&chain.ctx[1]);
	tile_read(&chain.ctx[1], 1, DATA, words, sizeof(words));
	assert_int_equal(words[0], 1);
	assert_int_equal(words[1], TILES);
	chain_close(&chain);
}

/* Each tile pulls a block from the one @by further on; in place or not. */
static uint64_t shift(uint32_t cards, uint32_t threads, uint32_t by, bool in_place)
{
	const uint32_t to = in_place ? DATA : DATA + 0x1000;
	const uint32_t tiles = cards * TILES;
	struct chain chain;
	uint64_t cycles;
	uint32_t t;

	chain_open(&chain, cards, threads);
	load_exchange(&chain, 1);
	for (t = 0; t < tiles; t++) {
		const struct ipu_xfer xfer = { (t + by) % tiles, DATA, to, WORDS * 4 };

		write_table(&chain, t, &xfer, 1);
		write_words(&chain, t, DATA, t * 1000);
	}
	chain_start(&chain, 0);
	chain_finish(&chain);
	for (t = 0; t < tiles; t++)
		check_words(&chain, t, to, (t + by) % tiles * 1000);
	assert_int_equal(report_of(&chain, 0)->exchange_bytes, TILES * WORDS * 4);
	assert_int_equal(report_of(&chain, 0)->supersteps, 2);
	cycles = report_of(&chain, 0)->cycles;
	chain_close(&chain);
	return cycles;
}

static void test_neighbour(void **state)
{
	const uint64_t beats = WORDS * 4 / IPU_LINK_BEAT_BYTES;
	/* A program of some instructions, as on one card. */
	const uint64_t least = IPU_SYNC_CYCLES + 4 * 6, most = IPU_SYNC_CYCLES + 12 * 6;
	uint64_t way, sync;

	(void)state;
	/* Two cards: one block each way. On the card it takes less than the way. */
	way = beats * IPU_LINK_BEAT_CYCLES + IPU_LINK_HOP_CYCLES;
	sync = 2 * IPU_LINK_HOP_CYCLES;
	assert_in_range(shift(2, 2, 1, false), least + way + sync, most + way + sync);
	/* All blocks to the other card. */
	way = TILES * beats * IPU_LINK_BEAT_CYCLES + IPU_LINK_HOP_CYCLES;
	assert_in_range(shift(2, 2, TILES, false), least + way + sync, most + way + sync);
	/* Four cards: one block to the next, and one all the way from the first to the last. */
	way = beats * IPU_LINK_BEAT_CYCLES + 3 * IPU_LINK_HOP_CYCLES;
	sync = 2 * 3 * IPU_LINK_HOP_CYCLES;
	assert_in_range(shift(4, 1, 1, false), least + way + sync, most + way + sync);
}

/* What is read is written as well, by each tile and across cards. */
static void test_in_place(void **state)
{
	uint32_t by;

	(void)state;
	for (by = 1; by <= 2 * TILES; by += 3) {
		const uint64_t cycles = shift(3, 1, by, true);

		assert_int_equal(shift(3, 3, by, true), cycles);
		assert_int_equal(shift(3, 1, by, false), cycles);
	}
}

static void run_steps(struct chain *chain, uint8_t *result)
{
	chain_load_steps(chain, 0);
	chain_start(chain, 0);
	chain_finish(chain);
	chain_read_steps(chain, result);
}

/* The same on one card of as many tiles. */
static void run_alone(uint32_t tiles, uint8_t *result)
{
	struct host *host = host_new(tiles, 2);
	struct ipu_xfer table[2 * STEPS];
	uint32_t words[WORDS], t, i;
	struct program p = { .count = 0 };
	struct context ctx;

	ctx_open(&ctx, host, 0, 0, tiles);
	load_steps(&p, 0);
	tiles_write(&ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
	for (t = 0; t < tiles; t++) {
		make_table(table, tiles, t);
		tiles_write(&ctx, t, 1, TABLE, table, sizeof(table));
		for (i = 0; i < WORDS; i++)
			words[i] = t * 31 + 1 + i;
		tiles_write(&ctx, t, 1, DATA, words, sizeof(words));
	}
	put_run(&ctx, 0, tiles, 0);
	ctx_finish(&ctx);
	for (t = 0; t < tiles; t++)
		tile_read(&ctx, t, DATA, result + t * RESULT, RESULT);
	host_free(host);
}

static void test_same(void **state)
{
	static const uint32_t cards[] = { 1, 2, 3, 4 };
	uint8_t *alone = calloc(CARDS * TILES, RESULT), *linked = calloc(CARDS * TILES, RESULT);
	struct chain chain;
	uint64_t cycles = 0;
	uint32_t i, threads;

	(void)state;
	assert_non_null(alone);
	assert_non_null(linked);
	for (i = 0; i < 4; i++) {
		const uint32_t bytes = cards[i] * TILES * RESULT;

		run_alone(cards[i] * TILES, alone);
		for (threads = 1; threads <= 3; threads++) {
			/* A context that is its own only member is one of a chain, too. */
			chain_open(&chain, cards[i] == 1 ? 2 : cards[i], threads);
			if (cards[i] == 1) {
				chain.cards = 1;
				ctx_disable(&chain.ctx[0]);
				member(&chain.ctx[0], KEY, 0, 1);
				ctx_enable(&chain.ctx[0], IPU_CTX_CTRL_PRIV);
				chain.ctx[0].written = 0;
			}
			run_steps(&chain, linked);
			assert_memory_equal(linked, alone, bytes);
			if (threads > 1)
				assert_int_equal(report_of(&chain, 0)->cycles, cycles);
			cycles = report_of(&chain, 0)->cycles;
			chain.cards = cards[i] == 1 ? 2 : cards[i];
			chain_close(&chain);
		}
	}
	free(alone);
	free(linked);
}

/* One barrier for all: the clocks of those that wait are those of the slowest. */
static void test_slowest(void **state)
{
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t loop, skip;

	(void)state;
	chain_open(&chain, 2, 2);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T0, T0, -(TILES + 2));
	skip = p.count;
	emit(&p, 0);
	li(&p, T1, 10000);
	loop = here(&p);
	addi(&p, T1, T1, -1);
	bne(&p, T1, ZERO, loop);
	p.word[skip] = b_type((p.count - skip) * 4, T0, ZERO, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	chain_start(&chain, 0);
	chain_finish(&chain);
	assert_in_range(report_of(&chain, 0)->cycles, 2 * 10000 * 6, 2 * 10000 * 6 + 2000);
	assert_true(report_of(&chain, 1)->instructions > 20000);
	assert_true(report_of(&chain, 0)->instructions < 100);
	chain_close(&chain);
}

/* All tiles of a card exit; the others go on without it, and still pull from there. */
static void test_exit(void **state)
{
	const struct ipu_xfer xfer = { 0, DATA, DATA + 0x1000, WORDS * 4 };
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t skip, t;

	(void)state;
	chain_open(&chain, 2, 2);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, TILES);
	skip = p.count;
	emit(&p, 0);
	exit_with(&p, T1);
	p.word[skip] = b_type((p.count - skip) * 4, T0, T1, 7); /* bgeu */
	sync_zone(&p, IPU_ZONE_INTERNAL);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	write_words(&chain, 0, DATA, 5);
	for (t = TILES; t < 2 * TILES; t++)
		write_table(&chain, t, &xfer, 1);
	chain_start(&chain, 0);
	chain_finish(&chain);
	for (t = TILES; t < 2 * TILES; t++)
		check_words(&chain, t, DATA + 0x1000, 5);
	assert_int_equal(report_of(&chain, 0)->supersteps, 3);
	assert_int_equal(report_of(&chain, 0)->exit_code, TILES);
	assert_int_equal(report_of(&chain, 1)->exit_code, 0);
	chain_close(&chain);
}

/* To the host and on; a card of which nothing waits takes part all the same. */
static void test_resume(void **state)
{
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t skip, i;

	(void)state;
	chain_open(&chain, 2, 1);
	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, TILES + 1);
	skip = p.count;
	emit(&p, 0);
	exit_with(&p, ZERO);
	p.word[skip] = b_type((p.count - skip) * 4, T0, T1, 6); /* bltu */
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, T0);
	chain_load(&chain, &p);
	chain_start(&chain, 0);
	chain_finish(&chain);
	assert_int_equal(report_of(&chain, 1)->state, IPU_RUN_AT_SYNC);
	for (i = 0; i < 2; i++) {
		const struct ipu_cmd_run resume = {
			.op = IPU_CMD_RUN | IPU_CMD_RUN_LINKED | IPU_CMD_RUN_RESUME,
			.tile_count = TILES,
			.report_va = VA(chain.report[i]),
		};

		ctx_put(&chain.ctx[i], &resume);
		ctx_ring(&chain.ctx[i]);
	}
	chain_finish(&chain);
	assert_int_equal(report_of(&chain, 0)->state, IPU_RUN_EXITED);
	assert_int_equal(report_of(&chain, 0)->exit_tile, 1);
	assert_int_equal(report_of(&chain, 0)->exit_code, 1);
	assert_int_equal(report_of(&chain, 1)->exit_tile, TILES);
	assert_int_equal(report_of(&chain, 1)->exit_code, TILES);
	chain_close(&chain);
}

/* Two linked RUNs on the same cards, with different keys, in each other's way only for time. */
static void test_keys(void **state)
{
	const struct ipu_xfer xfer = { TILES, DATA, DATA + 0x1000, WORDS * 4 };
	struct context other[2], *ctx;
	struct chain chain;
	uint32_t words[WORDS], i, n;

	(void)state;
	chain_open(&chain, 2, 2);
	for (i = 0; i < 2; i++)
		open_member(&other[i], chain.host[i], 1, TILES, KEY + 1, i, 2);
	load_exchange(&chain, 1);
	for (i = 0; i < 2; i++) {
		struct program p = { .count = 0 };

		transfers(&p, TABLE, 1);
		sync_zone(&p, IPU_ZONE_INTERNAL);
		exit_with(&p, ZERO);
		tiles_write(&other[i], 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
		tiles_write(&other[i], 0, TILES, TABLE, &xfer, sizeof(xfer));
		tiles_write(&chain.ctx[i], 0, TILES, TABLE, &xfer, sizeof(xfer));
		for (n = 0; n < WORDS; n++)
			words[n] = 77;
		tiles_write(&other[i], 0, TILES, DATA, words, sizeof(words));
		write_words(&chain, i * TILES, DATA, 1000 * i);
	}
	/* The first member of each; nobody meets the other one's. */
	for (i = 0; i < 2; i++) {
		put_run(&other[i], 0, TILES, IPU_CMD_RUN_LINKED);
		ctx = i ? &other[0] : &chain.ctx[1];
		if (i)
			ctx_ring(&other[1]);
		else
			put_run(ctx, 0, TILES, IPU_CMD_RUN_LINKED);
		ctx_ring(ctx);
	}
	ctx_finish(&other[0]);
	ctx_finish(&other[1]);
	assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_RUNNING);
	put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_finish(&chain.ctx[0]);
	ctx_finish(&chain.ctx[1]);
	check_words(&chain, 0, DATA + 0x1000, 1000);
	tile_read(&other[0], 0, DATA + 0x1000, words, sizeof(words));
	assert_int_equal(words[WORDS - 1], 77);
	chain_close(&chain);
}

/* Cards that are paused one after the other, as a machine's are, wherever they are. */
static void test_pause(void **state)
{
	uint8_t *alone = calloc(3 * TILES, RESULT), *linked = calloc(3 * TILES, RESULT);
	struct chain chain;
	uint32_t i, t;

	(void)state;
	assert_non_null(alone);
	assert_non_null(linked);
	run_alone(3 * TILES, alone);
	chain_open(&chain, 3, 2);
	chain_load_steps(&chain, 0);
	chain_start(&chain, 0);
	for (i = 0; i < 50; i++) {
		for (t = 0; t < 3; t++)
			ipu_card_pause(chain.host[(t + i) % 3]->card);
		for (t = 0; t < 3; t++)
			ipu_card_resume(chain.host[(t + 2 * i) % 3]->card);
	}
	chain_finish(&chain);
	chain_read_steps(&chain, linked);
	assert_memory_equal(linked, alone, 3 * TILES * RESULT);
	free(alone);
	free(linked);
	chain_close(&chain);
}

/* A card in the place of one that was unplugged while it was paused. */
static void test_replaced(void **state)
{
	struct chain chain;

	(void)state;
	chain_open(&chain, 2, 1);
	ipu_card_pause(chain.host[1]->card);
	host_free(chain.host[1]);
	chain.host[1] = host_new(2 * TILES, 1);
	assert_int_equal(ipu_card_link(chain.host[1]->card, chain.host[0]->card), 0);
	open_member(&chain.ctx[1], chain.host[1], 0, TILES, KEY, 1, 2);
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

/* A card in the place of one that is still to be freed, and was unplugged in an endless RUN. */
static void test_unlinked(void **state)
{
	struct program p = { .count = 0 };
	struct chain chain;
	struct host *old;
	int i;

	(void)state;
	sync_zone(&p, IPU_ZONE_INTERNAL);
	jump(&p, IPU_SRAM_BASE);
	chain_open(&chain, 2, 2);
	for (i = 0; i < 10; i++) {
		old = chain.host[1];
		chain_load(&chain, &p);
		chain_start(&chain, 0);
		joins(old);
		ipu_card_try_pause(old->card);
		card_set(old, IPU_REG_CTRL, IPU_CTRL_RESET);
		while (ipu_card_stopping(old->card))
			usleep(100);
		ipu_card_pause(old->card);
		ipu_card_unlink(old->card);
		assert_int_equal(card_get(chain.host[0], IPU_REG_LINK_CARDS), 1);
		chain.host[1] = host_new(2 * TILES, 2);
		assert_int_equal(ipu_card_link(chain.host[1]->card, chain.host[0]->card), 0);
		chain_others_fault(&chain, 1);
		ctx_restart(&chain.ctx[0]);
		open_member(&chain.ctx[1], chain.host[1], 0, TILES, KEY, 1, 2);
		load_names(&chain);
		chain_start(&chain, 0);
		chain_finish(&chain);
		host_free(old);
	}
	chain_close(&chain);
}

/* An interrupt that is held back, as there is more to do, is sent while others are waited for. */
static void test_interrupt(void **state)
{
	const uint64_t deadline = now_ms() + PATIENCE_MS;
	struct chain chain;
	uint32_t vector;

	(void)state;
	chain_open(&chain, 2, 1);
	load_names(&chain);
	vector = ctx_get(&chain.ctx[0], IPU_CTX_VECTOR);
	/* Up to 255 events, and for 65 ms. */
	ctx_set(&chain.ctx[0], IPU_CTX_COALESCE, 255 | 65535 << 8);
	put_fence(&chain.ctx[0], 1, IPU_CMD_FENCE_IRQ);
	put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[0]);
	while (!atomic_load(&chain.host[0]->interrupts[vector]))
		assert_true(now_ms() < deadline);
	assert_int_equal(ctx_state(&chain.ctx[0]), IPU_CTX_RUNNING);
	put_run(&chain.ctx[1], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_finish(&chain.ctx[1]);
	ctx_finish(&chain.ctx[0]);
	chain_close(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers), cmocka_unit_test(test_full),
		cmocka_unit_test(test_names),	  cmocka_unit_test(test_neighbour),
		cmocka_unit_test(test_in_place),  cmocka_unit_test(test_same),
		cmocka_unit_test(test_slowest),	  cmocka_unit_test(test_exit),
		cmocka_unit_test(test_resume),	  cmocka_unit_test(test_keys),
		cmocka_unit_test(test_pause),	  cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_unlinked),  cmocka_unit_test(test_interrupt),
	};

	return cmocka_run_group_tests_name("linked cards", tests, NULL, NULL);
}
