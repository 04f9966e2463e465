// SPDX-License-Identifier: MIT
/* The card's sensors: what they say while tiles run, and afterwards. */
#include <stdlib.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 4

static uint64_t energy(struct host *host)
{
	return (uint64_t)card_get(host, IPU_REG_ENERGY_HI) << 32 |
	       card_get(host, IPU_REG_ENERGY_LO);
}

static void expect_running(struct host *host, uint32_t tiles)
{
	assert_int_equal(card_get(host, IPU_REG_TILES_NOW), tiles);
	assert_int_equal(card_get(host, IPU_REG_POWER),
			 IPU_POWER_IDLE + (IPU_POWER_FULL - IPU_POWER_IDLE) * tiles / TILES);
	assert_int_equal(card_get(host, IPU_REG_CLOCK_NOW),
			 tiles ? IPU_CLOCK_KHZ : IPU_CLOCK_KHZ / IPU_CLOCK_IDLE_DIV);
}

/* A program that never ends, on some of the context's tiles. */
static void start_loop(struct context *ctx, uint32_t tiles)
{
	struct program p = { .count = 0 };
	uint64_t before = now_ms();

	jump(&p, IPU_SRAM_BASE);
	tiles_write(ctx, 0, tiles, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(ctx, 0, tiles, 0);
	ctx_ring(ctx);
	while (!card_get(ctx->host, IPU_REG_TILES_NOW))
		assert_true(now_ms() - before < PATIENCE_MS);
}

static void test_idle(void **state)
{
	struct host *host = host_new(TILES, 1);
	uint64_t joules = energy(host);

	(void)state;
	expect_running(host, 0);
	assert_int_equal(card_get(host, IPU_REG_TEMP), 45000);
	usleep(100000);
	/* 60 W for 100 ms. */
	assert_true(energy(host) - joules >= 6000);
	assert_int_equal(card_get(host, IPU_REG_TEMP), 45000);
	assert_int_equal(host->errors, 0);
	host_free(host);
}

static void test_busy(void **state)
{
	struct host *host = host_new(TILES, 1);
	struct context ctx;
	uint64_t joules;
	uint32_t temp;

	(void)state;
	ctx_open(&ctx, host, 0, 0, TILES);
	start_loop(&ctx, 3);
	expect_running(host, 3);
	joules = energy(host);
	usleep(500000);
	assert_true(energy(host) - joules >= 153750 / 2);
	assert_in_range(card_get(host, IPU_REG_TEMP), 45100, 30000 + 153750 / 4);

	/* Disabled, and it cools down. */
	ctx_disable(&ctx);
	expect_running(host, 0);
	temp = card_get(host, IPU_REG_TEMP);
	usleep(500000);
	assert_true(card_get(host, IPU_REG_TEMP) < temp);
	host_free(host);
}

/* However a RUN ends, it is not in progress any more. */
static void test_ends(void **state)
{
	struct host *host = host_new(TILES, 1);
	struct program p = { .count = 0 };
	struct context ctx;

	(void)state;
	ctx_open(&ctx, host, 0, 0, TILES);
	exit_with(&p, ZERO);
	tiles_write(&ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(&ctx, 0, TILES, 0);
	ctx_finish(&ctx);
	expect_running(host, 0);

	/* By its watchdog. */
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 1000);
	start_loop(&ctx, TILES);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	expect_running(host, 0);

	/* By a reset, which does not reset what was used. */
	ctx_restart(&ctx);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	start_loop(&ctx, 1);
	expect_running(host, 1);
	ipu_card_reset(host->card);
	expect_running(host, 0);
	assert_true(energy(host) > 0);
	host_free(host);
}

/* A RUN that another card goes on with is in progress there, and what was used stays used. */
static void test_loaded(void **state)
{
	struct host *host = host_new(TILES, 1);
	struct stream stream;
	struct context ctx;
	uint64_t joules;
	uint32_t temp;

	(void)state;
	ctx_open(&ctx, host, 0, 0, TILES);
	start_loop(&ctx, 3);
	usleep(200000);
	joules = energy(host);
	temp = card_get(host, IPU_REG_TEMP);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	host_replace(host, 1);
	/* The time on the way does not count, nor is it made up for later. */
	usleep(400000);
	assert_null(host_load(host, &stream));
	ipu_card_resume(host->card);
	expect_running(host, 3);
	assert_true(energy(host) >= joules);
	assert_true(card_get(host, IPU_REG_TEMP) >= temp);
	joules = energy(host);
	usleep(200000);
	assert_true(energy(host) - joules >= 153750 / 5 / 2);
	ctx_disable(&ctx);
	expect_running(host, 0);

	/* One that is refused changes neither. */
	ipu_card_pause(host->card);
	joules = energy(host);
	stream.size--;
	free(host_load(host, &stream));
	free(stream.data);
	ipu_card_resume(host->card);
	expect_running(host, 0);
	assert_true(energy(host) >= joules);
	host_free(host);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_busy),
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_loaded),
	};

	return cmocka_run_group_tests_name("card_sensors", tests, NULL, NULL);
}
