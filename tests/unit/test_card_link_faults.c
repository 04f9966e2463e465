// SPDX-License-Identifier: MIT
/*
 * Linked cards: what happens to one of them, or to a link, ends the RUNs that span it, and what
 * does not fit is refused.
 */
#include <stdlib.h>
#include <unistd.h>

#include "card_link.h"

static void test_config(void **state)
{
	struct host *alone = host_new(TILES, 1);
	struct context ctx;
	struct chain chain;
	uint64_t va;

	(void)state;
	ctx_init(&ctx, alone, 0);
	ctx_config(&ctx, 0, TILES);
	member(&ctx, KEY, 0, 1);
	ctx_enable(&ctx, 0);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_BAD_CONFIG);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_INFO), IPU_CTX_LINK_COUNT);
	host_free(alone);

	chain_open(&chain, 2, 1);
	open_member(&ctx, chain.host[0], 1, TILES, KEY, 2, 2);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_INFO), IPU_CTX_LINK_RANK);
	ctx_disable(&ctx);
	open_member(&ctx, chain.host[0], 1, TILES, 0, 0, 2);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_INFO), IPU_CTX_LINK_KEY_LO);
	ctx_disable(&ctx);
	open_member(&ctx, chain.host[0], 1, TILES, 1, 0, IPU_LINK_CARDS + 1);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_INFO), IPU_CTX_LINK_COUNT);
	ctx_disable(&ctx);

	/* No member of anything */
	member(&ctx, 0, 0, 0);
	ctx_open(&ctx, chain.host[0], 1, TILES, TILES);
	put_run(&ctx, 0, TILES, IPU_CMD_RUN_LINKED);
	va = IPU_CMD_RUN | IPU_CMD_RUN_LINKED;
	ctx_fault(&ctx, IPU_FAULT_BAD_FIELD, va, 0);
	chain_close(&chain);
}

/* Members that do not agree. */
static void test_mismatch(void **state)
{
	struct context other;
	struct chain chain;
	uint32_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		chain_open(&chain, 2, 1);
		load_names(&chain);
		/* The same rank once more; another number of members. */
		open_member(&other, chain.host[1], 1, TILES, KEY, 0, 2 + i);
		put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
		ctx_ring(&chain.ctx[0]);
		joins(chain.host[0]);
		put_run(&other, 0, TILES, IPU_CMD_RUN_LINKED);
		ctx_ring(&other);
		ctx_wait(&other, IPU_CTX_STATUS, IPU_CTX_FAULTED);
		ctx_wait(&chain.ctx[0], IPU_CTX_STATUS, IPU_CTX_FAULTED);
		assert_int_equal(ctx_get(&other, IPU_CTX_FAULT_CAUSE), IPU_FAULT_LINK);
		assert_int_equal(ctx_get(&other, IPU_CTX_FAULT_INFO), IPU_LINK_MISMATCH);
		assert_int_equal(ctx_get(&chain.ctx[0], IPU_CTX_FAULT_INFO), IPU_LINK_MISMATCH);
		ctx_disable(&other);
		/* The other member hears of it when it comes. */
		put_run(&chain.ctx[1], 0, TILES, IPU_CMD_RUN_LINKED);
		ctx_fault(&chain.ctx[1], IPU_FAULT_LINK, 0, IPU_LINK_MISMATCH);
		chain_restart(&chain);
		chain_start(&chain, 0);
		chain_finish(&chain);
		chain_close(&chain);
	}
}

/* One waits for another one that does not come: that is within its time limit. */
static void test_watchdog(void **state)
{
	struct chain chain;

	(void)state;
	chain_open(&chain, 2, 1);
	load_names(&chain);
	ctx_set(&chain.ctx[1], IPU_CTX_WATCHDOG_MS, 50);
	put_run(&chain.ctx[1], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[1]);
	ctx_wait(&chain.ctx[1], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_CAUSE), IPU_FAULT_WATCHDOG);
	ctx_set(&chain.ctx[1], IPU_CTX_WATCHDOG_MS, 0);
	/* The other one is late, and hears of that. */
	put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_fault(&chain.ctx[0], IPU_FAULT_LINK, 1, IPU_LINK_PEER);
	chain_restart(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);

	/* It never comes, but is enabled anew: that RUN is not its any more. */
	put_run(&chain.ctx[1], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[1]);
	joins(chain.host[1]);
	ctx_disable(&chain.ctx[1]);
	ctx_disable(&chain.ctx[0]);
	ctx_enable(&chain.ctx[0], IPU_CTX_CTRL_PRIV);
	ctx_enable(&chain.ctx[1], IPU_CTX_CTRL_PRIV);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

/* Tile @tile traps before the second barrier, and so does @also. */
static void load_trap(struct chain *chain, uint32_t tile, uint32_t also)
{
	struct program p = { .count = 0 };

	csrr(&p, T0, IPU_CSR_TILE);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	li(&p, T1, tile);
	bne(&p, T0, T1, here(&p) + 8);
	emit(&p, 0xffffffff);
	li(&p, T1, also);
	bne(&p, T0, T1, here(&p) + 8);
	emit(&p, 0xffffffff);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(chain, &p);
}

static void test_tile_faults(void **state)
{
	struct chain chain;

	(void)state;
	chain_open(&chain, 3, 2);
	load_trap(&chain, TILES + 2, UINT32_MAX);
	chain_start(&chain, 0);
	chain_faults(&chain, 1, IPU_FAULT_ILLEGAL_INSN);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_TILE), 2);
	chain_restart(&chain);

	/* Two at once: each is its member's, and the third names the lower one. */
	load_trap(&chain, TILES, 2 * TILES + 1);
	chain_start(&chain, 0);
	ctx_wait(&chain.ctx[2], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&chain.ctx[2], IPU_CTX_FAULT_CAUSE), IPU_FAULT_ILLEGAL_INSN);
	assert_int_equal(ctx_get(&chain.ctx[2], IPU_CTX_FAULT_TILE), 1);
	chain.cards = 2;
	chain_faults(&chain, 1, IPU_FAULT_ILLEGAL_INSN);
	chain.cards = 3;
	chain_restart(&chain);
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

/* A table that names a tile that no card has; tiles that wait for different things. */
static void test_bad_exchange(void **state)
{
	const struct ipu_xfer good = { 2 * TILES - 1, DATA, DATA + 0x1000, 4 };
	const struct ipu_xfer bad = { 2 * TILES, DATA, DATA + 0x1000, 4 };
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t t;

	(void)state;
	chain_open(&chain, 2, 1);
	load_exchange(&chain, 1);
	for (t = 0; t < 2 * TILES; t++)
		write_table(&chain, t, t == TILES + 1 ? &bad : &good, 1);
	chain_start(&chain, 0);
	chain_faults(&chain, 1, IPU_FAULT_EXCHANGE);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_TILE), 1);
	chain_restart(&chain);

	csrr(&p, T0, IPU_CSR_TILE);
	addi(&p, T1, ZERO, TILES);
	beq(&p, T0, T1, here(&p) + 8);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	chain_start(&chain, 0);
	chain_faults(&chain, 1, IPU_FAULT_SYNC_MISMATCH);
	assert_int_equal(ctx_get(&chain.ctx[1], IPU_CTX_FAULT_TILE), 0);
	chain_close(&chain);
}

/* A table that was good for all cards is not for the tiles of one, when that goes on alone. */
static void test_resume_alone(void **state)
{
	const struct ipu_cmd_run resume = {
		.op = IPU_CMD_RUN | IPU_CMD_RUN_RESUME,
		.tile_count = TILES,
	};
	struct program p = { .count = 0 };
	struct chain chain;
	uint32_t t;

	(void)state;
	chain_open(&chain, 2, 1);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	sync_zone(&p, IPU_ZONE_EXTERNAL);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	exit_with(&p, ZERO);
	chain_load(&chain, &p);
	for (t = 0; t < 2 * TILES; t++) {
		const struct ipu_xfer xfer = { (t + TILES) % (2 * TILES), DATA, DATA + 0x1000, 4 };

		write_table(&chain, t, &xfer, 1);
	}
	chain_start(&chain, 0);
	chain_finish(&chain);
	assert_int_equal(report_of(&chain, 0)->state, IPU_RUN_AT_SYNC);
	ctx_put(&chain.ctx[0], &resume);
	ctx_ring(&chain.ctx[0]);
	ctx_wait(&chain.ctx[0], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(&chain.ctx[0], IPU_CTX_FAULT_CAUSE), IPU_FAULT_EXCHANGE);
	chain_close(&chain);
}

/*
 * Exchanges of much, again and again, across all cards, to @to; of little for the tiles of @quick,
 * which wait for the others then.
 */
static void start_exchanges(struct chain *chain, uint32_t to, uint32_t quick)
{
	const uint32_t tiles = chain->cards * TILES;
	struct program p = { .count = 0 };
	uint32_t loop, t;

	loop = here(&p);
	transfers(&p, TABLE, 1);
	sync_zone(&p, IPU_ZONE_INTERNAL);
	jump(&p, loop);
	chain_load(chain, &p);
	for (t = 0; t < tiles; t++) {
		const struct ipu_xfer xfer = { (t + TILES) % tiles, DATA, to,
					       t / TILES == quick ? 4 : 0x40000 };

		write_table(chain, t, &xfer, 1);
	}
	chain_start(chain, 0);
}

/* What is pulled is written as well. */
static void start_busy(struct chain *chain)
{
	start_exchanges(chain, DATA + 0x1000, chain->cards);
}

/* What is pulled is not written. */
static void start_uneven(struct chain *chain, uint32_t quick)
{
	start_exchanges(chain, DATA + 0x41000, quick);
}

static void pause_all(struct chain *chain, bool pause)
{
	uint32_t i;

	for (i = 0; i < chain->cards; i++) {
		if (pause)
			ipu_card_pause(chain->host[i]->card);
		else
			ipu_card_resume(chain->host[i]->card);
	}
}

/* Each has begun, and is somewhere else in it each time. */
static void wait_some(struct chain *chain, uint32_t round)
{
	const uint64_t until = now_ms() + 3 + round % 5;
	uint32_t i;

	for (i = 0; i < chain->cards; i++)
		joins(chain->host[i]);
	while (now_ms() < until)
		;
}

static void test_link_down(void **state)
{
	struct chain chain;
	uint32_t link;

	(void)state;
	chain_open(&chain, 3, 2);
	for (link = 0; link < 2; link++) {
		struct ipu_card *card = chain.host[link + 1]->card;

		start_busy(&chain);
		wait_some(&chain, link);
		assert_false(ipu_card_link_is_down(card));
		assert_true(ipu_card_cut_link(card, true));
		assert_true(ipu_card_link_is_down(card));
		chain_down(&chain, link);
		chain_restart(&chain);
		/* It stays so. */
		load_names(&chain);
		chain_start(&chain, 0);
		chain_down(&chain, link);
		assert_true(ipu_card_cut_link(card, false));
		chain_restart(&chain);
		load_names(&chain);
		chain_start(&chain, 0);
		chain_finish(&chain);
	}
	chain_close(&chain);
}

/* The other members fault, say which one it was, and are enabled again. */
static void others_end(struct chain *chain, uint32_t who)
{
	uint32_t i;

	chain_others_fault(chain, who);
	for (i = 0; i < chain->cards; i++)
		if (i != who)
			ctx_restart(&chain->ctx[i]);
}

/* A member is disabled, in the middle of what the others do with its tiles. */
static void test_disabled(void **state)
{
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 2);
	for (i = 0; i < 12; i++) {
		struct context *ctx = &chain.ctx[i % 3];

		start_busy(&chain);
		wait_some(&chain, i);
		ctx_set(ctx, IPU_CTX_CTRL, i % 2 ? IPU_CTX_CTRL_CLEAR : 0);
		ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
		ctx_enable(ctx, IPU_CTX_CTRL_PRIV);
		ctx->written = 0;
		others_end(&chain, i % 3);
	}
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

/* A card is reset, by its host and by its register, or goes. */
static void test_reset(void **state)
{
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 2);
	for (i = 0; i < 6; i++) {
		start_busy(&chain);
		wait_some(&chain, i);
		if (i % 2)
			ipu_card_reset(chain.host[1]->card);
		else
			card_set(chain.host[1], IPU_REG_CTRL, IPU_CTRL_RESET);
		while (card_get(chain.host[1], IPU_REG_CTRL) & IPU_CTRL_RESET)
			;
		others_end(&chain, 1);
		open_member(&chain.ctx[1], chain.host[1], 0, TILES, KEY, 1, 3);
	}
	start_busy(&chain);
	wait_some(&chain, i);
	host_free(chain.host[1]);
	chain.host[1] = NULL;
	chain_faults(&chain, 1, IPU_FAULT_NONE);
	/* There is no way across. */
	for (i = 0; i < 3; i += 2) {
		ctx_disable(&chain.ctx[i]);
		member(&chain.ctx[i], KEY, i / 2, 2);
		ctx_enable(&chain.ctx[i], IPU_CTX_CTRL_PRIV);
		chain.ctx[i].written = 0;
		put_run(&chain.ctx[i], 0, TILES, IPU_CMD_RUN_LINKED);
		ctx_ring(&chain.ctx[i]);
	}
	for (i = 0; i < 3; i += 2) {
		ctx_wait(&chain.ctx[i], IPU_CTX_STATUS, IPU_CTX_FAULTED);
		assert_int_equal(ctx_get(&chain.ctx[i], IPU_CTX_FAULT_CAUSE), IPU_FAULT_LINK);
		assert_int_equal(ctx_get(&chain.ctx[i], IPU_CTX_FAULT_INFO), IPU_LINK_DOWN);
		assert_int_equal(ctx_get64(&chain.ctx[i], IPU_CTX_FAULT_ADDR_LO), 0);
	}
	chain_close(&chain);
}

/* A member that is disabled waits for others that read its tiles: its card pauses all the same. */
static void test_disabled_paused(void **state)
{
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 2);
	for (i = 0; i < 12; i++) {
		struct context *ctx = &chain.ctx[i % 3];

		start_uneven(&chain, i % 3);
		wait_some(&chain, i);
		ctx_set(ctx, IPU_CTX_CTRL, 0);
		ipu_card_pause(ctx->host->card);
		ipu_card_resume(ctx->host->card);
		ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
		chain_restart(&chain);
	}
	chain_close(&chain);
}

/* Time does not count for a member that waits while its card is paused. */
static void test_watchdog_paused(void **state)
{
	struct context *ctx;
	struct chain chain;

	(void)state;
	chain_open(&chain, 2, 1);
	load_names(&chain);
	ctx = &chain.ctx[1];
	ctx_set(ctx, IPU_CTX_WATCHDOG_MS, 1000);
	put_run(ctx, 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(ctx);
	joins(chain.host[1]);
	ipu_card_pause(chain.host[1]->card);
	usleep(1100000);
	assert_int_equal(ctx_state(ctx), IPU_CTX_RUNNING);
	put_run(&chain.ctx[0], 0, TILES, IPU_CMD_RUN_LINKED);
	ctx_ring(&chain.ctx[0]);
	joins(chain.host[0]);
	ipu_card_resume(chain.host[1]->card);
	ctx_finish(ctx);
	ctx_finish(&chain.ctx[0]);
	chain_close(&chain);
}

/* One that a debugger halts is not in an exchange, which others would wait for: all can pause. */
static void test_halted(void **state)
{
	struct chain chain;
	uint32_t i;

	(void)state;
	chain_open(&chain, 3, 2);
	start_uneven(&chain, 1);
	for (i = 0; i < 12; i++) {
		struct context *ctx = &chain.ctx[i % 3];

		wait_some(&chain, i);
		ctx_set(ctx, IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
		ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
		ctx_wait(ctx, IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
		pause_all(&chain, true);
		pause_all(&chain, false);
		ctx_set(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
		ctx_set(ctx, IPU_CTX_DBG_CTRL, 0);
	}
	for (i = 0; i < 3; i++)
		assert_int_equal(ctx_state(&chain.ctx[i]), IPU_CTX_RUNNING);
	chain_close(&chain);
}

/* A fault in an exchange that a debugger holds back ends the RUN of the others at once. */
static void test_halted_fault(void **state)
{
	const struct ipu_xfer good = { 0, DATA, DATA + 0x1000, 4 };
	const struct ipu_xfer bad = { 2 * TILES, DATA, DATA + 0x1000, 4 };
	struct chain chain;
	uint32_t t;

	(void)state;
	chain_open(&chain, 2, 1);
	load_exchange(&chain, 1);
	for (t = 0; t < 2 * TILES; t++)
		write_table(&chain, t, t == TILES + 1 ? &bad : &good, 1);
	ctx_set(&chain.ctx[1], IPU_CTX_DBG_CTRL, IPU_CTX_DBG_ENABLE);
	chain_start(&chain, 0);
	ctx_wait(&chain.ctx[1], IPU_CTX_DBG_STATUS, IPU_CTX_DBG_HALTED);
	ctx_wait(&chain.ctx[0], IPU_CTX_STATUS, IPU_CTX_FAULTED);
	pause_all(&chain, true);
	pause_all(&chain, false);
	ctx_set(&chain.ctx[1], IPU_CTX_DBG_CMD, IPU_CTX_DBG_GO);
	chain_faults(&chain, 1, IPU_FAULT_EXCHANGE);
	chain_close(&chain);
}

/* One that is disabled and never stops: the others do not wait for it. */
static void test_stuck(void **state)
{
	struct chain chain;

	(void)state;
	chain_open(&chain, 3, 2);
	start_busy(&chain);
	wait_some(&chain, 0);
	ipu_card_inject(chain.host[1]->card, IPU_INJECT_STUCK_STOPS, 1);
	ctx_set(&chain.ctx[1], IPU_CTX_CTRL, 0);
	others_end(&chain, 1);
	pause_all(&chain, true);
	pause_all(&chain, false);
	assert_int_equal(ctx_state(&chain.ctx[1]), IPU_CTX_STOPPING);
	ipu_card_reset(chain.host[1]->card);
	open_member(&chain.ctx[1], chain.host[1], 0, TILES, KEY, 1, 3);
	load_names(&chain);
	chain_start(&chain, 0);
	chain_finish(&chain);
	chain_close(&chain);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config),		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_watchdog),	cmocka_unit_test(test_tile_faults),
		cmocka_unit_test(test_bad_exchange),	cmocka_unit_test(test_link_down),
		cmocka_unit_test(test_disabled),	cmocka_unit_test(test_reset),
		cmocka_unit_test(test_stuck),		cmocka_unit_test(test_resume_alone),
		cmocka_unit_test(test_halted),		cmocka_unit_test(test_halted_fault),
		cmocka_unit_test(test_disabled_paused), cmocka_unit_test(test_watchdog_paused),
	};

	return cmocka_run_group_tests_name("linked cards: faults", tests, NULL, NULL);
}
