// SPDX-License-Identifier: MIT
/* Faults of the hardware on request: each shows, and once it is over the card works. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 4
#define WORD (IPU_SRAM_BASE + 0x1000)

static int setup(void **state)
{
	*state = host_new(TILES, 2);
	return 0;
}

static int teardown(void **state)
{
	host_free(*state);
	return 0;
}

/* Tiles count to 1000, twice, with a barrier in between. */
static void load_program(struct context *ctx)
{
	struct program p = { .count = 0 };
	uint32_t loop, i;

	for (i = 0; i < 2; i++) {
		li(&p, T1, 1000);
		loop = here(&p);
		addi(&p, T1, T1, -1);
		bne(&p, T1, ZERO, loop);
		sync_zone(&p, IPU_ZONE_INTERNAL);
	}
	exit_with(&p, ZERO);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
}

static struct ipu_run_report run(struct context *ctx)
{
	uint64_t report = put_run(ctx, 0, TILES, 0);

	ctx_finish(ctx);
	return *(struct ipu_run_report *)host_at(ctx->host, report);
}

static void open_all(struct context *ctx, struct host *host)
{
	ctx_open(ctx, host, 0, 0, TILES);
	load_program(ctx);
}

static void test_dma_errors(void **state)
{
	struct host *host = *state;
	struct context ctx;

	open_all(&ctx, host);
	ipu_card_inject(host->card, IPU_INJECT_DMA_ERRORS, 1);
	put_run(&ctx, 0, TILES, 0);
	ctx_fault(&ctx, IPU_FAULT_DMA_BUS,
		  VA(ctx.ring) + (uint64_t)ctx_get(&ctx, IPU_CTX_HEAD) * IPU_CMD_SIZE, 0);
	assert_int_equal(ipu_card_injected(host->card, IPU_INJECT_DMA_ERRORS), 0);
	ctx_restart(&ctx);
	run(&ctx);
}

/* No watchdog ends it, disabling the context does. */
static void test_stuck_run(void **state)
{
	struct host *host = *state;
	uint64_t end = now_ms() + PATIENCE_MS;
	struct context ctx;

	open_all(&ctx, host);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 20);
	ipu_card_inject(host->card, IPU_INJECT_STUCK_RUNS, 1);
	put_run(&ctx, 0, TILES, 0);
	ctx_ring(&ctx);
	while (ipu_card_injected(host->card, IPU_INJECT_STUCK_RUNS) && now_ms() < end)
		usleep(50);
	assert_int_equal(ipu_card_injected(host->card, IPU_INJECT_STUCK_RUNS), 0);
	usleep(100000);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	ctx_restart(&ctx);
	run(&ctx);
}

/* Only a reset of the card stops it; meanwhile others work. */
static void test_stuck_stop(void **state)
{
	struct host *host = *state;
	struct context ctx, other;
	struct stream stream;

	ctx_open(&ctx, host, 0, 0, 2);
	ctx_open(&other, host, 1, 2, 2);
	ipu_card_inject(host->card, IPU_INJECT_STUCK_STOPS, 1);
	ctx_set(&ctx, IPU_CTX_CTRL, 0);
	put_fence(&other, 1, 0);
	ctx_finish(&other);
	usleep(20000);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_STOPPING);
	/* Its state can be saved. */
	ipu_card_pause(host->card);
	host_save(host, &stream);
	assert_null(host_load(host, &stream));
	free(stream.data);
	ipu_card_resume(host->card);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_STOPPING);

	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_DISABLED);
	while (!(card_get(host, IPU_REG_STATUS) & IPU_STATUS_READY))
		usleep(50);
	open_all(&ctx, host);
	run(&ctx);
}

/* The host can reset it, and while it cannot be used it can be saved. */
static void test_stuck_reset(void **state)
{
	struct host *host = *state;
	struct context ctx;
	struct stream stream;

	open_all(&ctx, host);
	ipu_card_inject(host->card, IPU_INJECT_STUCK_RESETS, 2);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	usleep(20000);
	assert_int_equal(card_get(host, IPU_REG_CTRL), IPU_CTRL_RESET);
	assert_int_equal(card_get(host, IPU_REG_STATUS), 0);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	assert_int_equal(ipu_card_injected(host->card, IPU_INJECT_STUCK_RESETS), 1);
	ipu_card_reset(host->card);
	assert_int_equal(card_get(host, IPU_REG_CTRL), 0);
	assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
	open_all(&ctx, host);
	run(&ctx);

	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	assert_null(host_load(host, &stream));
	free(stream.data);
	ipu_card_resume(host->card);
	assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
	open_all(&ctx, host);
	run(&ctx);
}

static void test_corrected(void **state)
{
	struct host *host = *state;
	struct context ctx;

	open_all(&ctx, host);
	assert_true(ipu_card_flip(host->card, 1, WORD, 1));
	assert_true(ipu_card_flip(host->card, 1, WORD, 1));
	run(&ctx);
	assert_int_equal(card_get(host, IPU_REG_ECC_CORRECTED), 2);
	assert_int_equal(card_get(host, IPU_REG_ECC_FATAL), 0);
	ipu_card_reset(host->card);
	assert_int_equal(card_get(host, IPU_REG_ECC_CORRECTED), 0);
}

/* A RUN and a copy name tile and address, until the word is written. */
static void test_lost(void **state)
{
	struct host *host = *state;
	const uint32_t value = 7;
	struct ipu_cmd_copy copy;
	struct stream stream;
	struct context ctx;
	uint32_t back;

	open_all(&ctx, host);
	assert_true(ipu_card_flip(host->card, 2, WORD + 3, 2));
	assert_int_equal(card_get(host, IPU_REG_ECC_FATAL), 1);
	put_run(&ctx, 0, TILES, 0);
	ctx_fault(&ctx, IPU_FAULT_SRAM, WORD, 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 2);
	ctx_restart(&ctx);

	/* Also in another card, to which the state goes. */
	ipu_card_pause(host->card);
	host_save(host, &stream);
	host_replace(host, 1);
	assert_null(host_load(host, &stream));
	free(stream.data);
	ipu_card_resume(host->card);
	assert_int_equal(card_get(host, IPU_REG_ECC_FATAL), 1);
	copy = copy_from(0, TILES, WORD - 64, VA(host_alloc(host, 128 * TILES)), 128);
	ctx_put(&ctx, &copy);
	ctx_fault(&ctx, IPU_FAULT_SRAM, WORD, 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_TILE), 2);
	ctx_restart(&ctx);

	tiles_write(&ctx, 2, 1, WORD, &value, 4);
	tile_read(&ctx, 2, WORD, &back, 4);
	assert_int_equal(back, value);
	run(&ctx);
}

/* A context that clears its tiles clears the errors. */
static void test_lost_cleared(void **state)
{
	struct host *host = *state;
	struct context ctx;
	unsigned int i;

	for (i = 0; i < IPU_LOST_WORDS; i++)
		assert_true(ipu_card_flip(host->card, i % TILES, WORD + 4 * i, 2));
	assert_false(ipu_card_flip(host->card, 0, WORD + 4 * i, 2));
	assert_true(ipu_card_flip(host->card, 0, WORD, 2));
	open_all(&ctx, host);
	run(&ctx);
	assert_true(ipu_card_flip(host->card, 0, WORD + 4 * i, 2));

	assert_false(ipu_card_flip(host->card, TILES, WORD, 2));
	assert_false(ipu_card_flip(host->card, 0, IPU_SRAM_END, 2));
	assert_false(ipu_card_flip(host->card, 0, WORD, 3));
	assert_false(ipu_card_flip(host->card, 0, WORD, 0));
}

/* The superstep takes as long as the slow tile, and the result is the same. */
static void test_slow(void **state)
{
	struct host *host = *state;
	struct ipu_run_report before, slow;
	struct context ctx;

	open_all(&ctx, host);
	before = run(&ctx);
	assert_true(ipu_card_slow_tile(host->card, 3, 5));
	slow = run(&ctx);
	assert_in_range(slow.cycles, 4 * before.cycles, 5 * before.cycles);
	assert_int_equal(slow.instructions, before.instructions);
	slow.cycles = before.cycles;
	assert_memory_equal(&slow, &before, sizeof(before));
	assert_true(ipu_card_slow_tile(host->card, 3, 1));
	slow = run(&ctx);
	assert_memory_equal(&slow, &before, sizeof(before));
	assert_false(ipu_card_slow_tile(host->card, TILES, 2));
	assert_false(ipu_card_slow_tile(host->card, 0, 0));
	assert_false(ipu_card_slow_tile(host->card, 0, IPU_SLOWEST + 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_dma_errors),	 TEST(test_stuck_run), TEST(test_stuck_stop),
		TEST(test_stuck_reset),	 TEST(test_corrected), TEST(test_lost),
		TEST(test_lost_cleared), TEST(test_slow),
	};

	return cmocka_run_group_tests_name("card inject", tests, NULL, NULL);
}
