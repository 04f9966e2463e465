// SPDX-License-Identifier: MIT
/*
 * A disabled context's memory is released on the card's threads, after it has become DISABLED.
 * What the contexts do meanwhile that get its tiles, or its number. While the card is paused
 * nothing is released, which makes it as long as a test needs.
 */
#include <stdlib.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 64
#define SECRET 0x5ec7e700
#define ROUNDS 16

/* Its tiles have run, and hold what another one must not see; it is disabled, with no release yet. */
static void leave_tiles(struct context *ctx)
{
	const uint32_t secret = SECRET;
	struct program p = { .count = 0 };

	exit_with(&p, ZERO);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	tiles_write(ctx, 0, TILES, IPU_SRAM_END - 4, &secret, 4);
	put_run(ctx, 0, TILES, 0);
	ctx_finish(ctx);
	ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
	ipu_card_pause(ctx->host->card);
	ctx_set(ctx, IPU_CTX_CTRL, 0);
	assert_int_equal(ctx_state(ctx), IPU_CTX_DISABLED);
}

/* More commands than its ring holds: it faults at once, before its tiles are cleared. */
static void fault_early(struct context *ctx)
{
	ctx_enable(ctx, IPU_CTX_CTRL_PRIV | IPU_CTX_CTRL_CLEAR);
	assert_int_equal(ctx_state(ctx), IPU_CTX_IDLE);
	card_set(ctx->host, IPU_DOORBELL(ctx->index), 0xffffffff);
	assert_int_equal(ctx_state(ctx), IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(ctx, IPU_CTX_FAULT_CAUSE), IPU_FAULT_BAD_TAIL);
}

/* Nothing of any tile can be read. */
static void see_nothing(struct context *ctx)
{
	const uint32_t addr[] = { IPU_SRAM_END - 4, IPU_DBG_REG | IPU_DBG_REG_PC,
				  IPU_DBG_REG | (IPU_DBG_REG_CSR + IPU_CSR_TILE) };
	uint32_t t, i;

	for (t = 0; t < TILES; t++) {
		for (i = 0; i < 3; i++) {
			ctx_set(ctx, IPU_CTX_DBG_TILE, t);
			ctx_set(ctx, IPU_CTX_DBG_UNIT, 0);
			ctx_set(ctx, IPU_CTX_DBG_ADDR, addr[i]);
			assert_int_equal(ctx_get(ctx, IPU_CTX_DBG_DATA), 0xffffffff);
			assert_int_equal(ctx_get(ctx, IPU_CTX_DBG_ERROR), 1);
		}
	}
}

/* All releases are over: a context gets the tiles, without CLEAR, and says what is in the last. */
static uint32_t settled(struct context *ctx)
{
	uint32_t value;

	ctx_wait(ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	ctx_enable(ctx, IPU_CTX_CTRL_PRIV);
	tile_read(ctx, TILES - 1, IPU_SRAM_END - 4, &value, 4);
	return value;
}

/* One that faults before it has its tiles sees nothing of the one before it, which may be itself. */
static void test_faulted_early(void **state)
{
	struct host *host = host_new(TILES, 2);
	struct context a, b;
	uint32_t i, j;

	(void)state;
	ctx_open(&a, host, 0, 0, TILES);
	ctx_init(&b, host, 1);
	ctx_config(&b, 0, TILES);
	for (i = 0; i < ROUNDS; i++) {
		struct context *next = i % 2 ? &b : &a;
		uint64_t saved = host->used;

		leave_tiles(&a);
		fault_early(next);
		see_nothing(next);
		ipu_card_resume(host->card);
		for (j = 0; j < 4; j++)
			see_nothing(next);
		/* it was to be cleared, and was not */
		ctx_disable(next);
		assert_int_equal(settled(&a), SECRET);
		host->used = saved;
	}
	host_free(host);
}

/* The same if it is saved, and loaded into another card. */
static void test_saved_early(void **state)
{
	struct host *host = host_new(TILES, 2);
	struct stream stream;
	struct context a, b;

	(void)state;
	ctx_open(&a, host, 0, 0, TILES);
	ctx_init(&b, host, 1);
	ctx_config(&b, 0, TILES);
	leave_tiles(&a);
	fault_early(&b);
	host_save(host, &stream);
	host_replace(host, 1);
	assert_null(host_load(host, &stream));
	see_nothing(&b);
	ipu_card_resume(host->card);
	see_nothing(&b);
	ctx_disable(&b);
	assert_int_equal(settled(&a), SECRET);
	free(stream.data);
	host_free(host);
}

/* Two that have both left the same tiles: these are released by one thread at a time. */
static void test_left_twice(void **state)
{
	struct host *host = host_new(TILES, 4);
	struct context a, b;
	uint32_t i;

	(void)state;
	ctx_open(&a, host, 0, 0, TILES);
	ctx_init(&b, host, 1);
	ctx_config(&b, 0, TILES);
	for (i = 0; i < ROUNDS; i++) {
		uint64_t saved = host->used;

		leave_tiles(&a);
		if (i % 2)
			fault_early(&b);
		else
			ctx_enable(&b, IPU_CTX_CTRL_PRIV);
		ctx_set(&b, IPU_CTX_CTRL, IPU_CTX_CTRL_CLEAR);
		assert_int_equal(ctx_state(&b), IPU_CTX_DISABLED);
		ipu_card_resume(host->card);
		assert_int_equal(settled(&a), 0);
		host->used = saved;
	}
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faulted_early),
		cmocka_unit_test(test_saved_early),
		cmocka_unit_test(test_left_twice),
	};

	return cmocka_run_group_tests_name("card release", tests, NULL, NULL);
}
