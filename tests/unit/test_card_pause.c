// SPDX-License-Identifier: MIT
/* A card that is paused does nothing, loses nothing, and goes on as if nothing had been. */
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

/* Many enough for slices of several tiles. */
#define TILES 64

/* Longer than anything takes that is not paused. */
#define A_WHILE_US 50000

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

/* All that the card tells its host, in one number that grows. */
static uint64_t activity(struct host *host)
{
	uint64_t sum = atomic_load(&host->accesses);
	size_t i;

	for (i = 0; i < IPU_NUM_VECTORS; i++)
		sum += atomic_load(&host->interrupts[i]);
	for (i = 0; i <= IPU_TRACE_FAULT; i++)
		sum += atomic_load(&host->traced[i]);
	return sum;
}

static void check_silence(struct host *host)
{
	uint64_t before = activity(host);

	usleep(A_WHILE_US);
	assert_int_equal(activity(host), before);
}

static void check_work(struct host *host)
{
	uint64_t end = now_ms() + PATIENCE_MS;
	uint64_t before = activity(host);

	while (activity(host) == before && now_ms() < end)
		usleep(50);
	assert_int_not_equal(activity(host), before);
}

/* A copy without end, whose rows are in memory one after the other again and again. */
static void copy_for_ever(struct context *ctx)
{
	struct ipu_cmd_copy copy = copy_to(0, TILES, IPU_SRAM_BASE, VA(0), 64);

	copy.rows = UINT32_MAX;
	ctx_put(ctx, &copy);
	ctx_ring(ctx);
}

static void test_dma(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint32_t retired;
	int i;

	ctx_open(&ctx, host, 0, 0, TILES);
	copy_for_ever(&ctx);
	for (i = 0; i < 5; i++) {
		check_work(host);
		ipu_card_pause(host->card);
		check_silence(host);
		ipu_card_pause(host->card);
		check_silence(host);
		ipu_card_resume(host->card);
	}
	ipu_card_resume(host->card);
	check_work(host);

	/* Registers work: the copy is ended, and what comes next waits. */
	ipu_card_pause(host->card);
	ctx_restart(&ctx);
	retired = put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	ctx_ring(&ctx);
	check_silence(host);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);
	assert_int_equal(*(uint64_t *)host_at(host, retired), 0);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, retired), 1);
}

/* The interrupt of a fault that a register access causes waits, too. */
static void test_interrupt(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint64_t end = now_ms() + PATIENCE_MS;

	ctx_init(&ctx, host, 0);
	ctx_config(&ctx, TILES, 1);
	ipu_card_pause(host->card);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_FAULTED);
	check_silence(host);
	assert_int_equal(atomic_load(&host->interrupts[1]), 0);
	ipu_card_resume(host->card);
	while (!atomic_load(&host->interrupts[1]) && now_ms() < end)
		usleep(50);
	assert_int_equal(atomic_load(&host->interrupts[1]), 1);
}

/* Tiles count, meet, and exchange their counts with their neighbours, a few times. */
static void supersteps(struct program *p)
{
	uint32_t table = IPU_SRAM_BASE + 0x1000;
	uint32_t step, loop;

	li(p, S0, 30);
	step = here(p);
	li(p, T1, 20000);
	loop = here(p);
	addi(p, T1, T1, -1);
	addi(p, A0, A0, 3);
	bne(p, T1, ZERO, loop);
	li(p, T2, table + 0x100);
	sw(p, A0, T2, 0);
	transfers(p, table, 1);
	emit(p, i_type(IPU_ZONE_INTERNAL, ZERO, IPU_F3_SYNC, ZERO, IPU_OPCODE));
	lw(p, A1, T2, 4);
	add(p, A0, A0, A1);
	addi(p, S0, S0, -1);
	bne(p, S0, ZERO, step);
	sw(p, A0, T2, 0);
	exit_with(p, ZERO);
}

static void run_supersteps(struct context *ctx, int pauses, struct ipu_run_report *report,
			   uint32_t result[TILES])
{
	struct program p = { .count = 0 };
	uint64_t bus;
	uint32_t i;

	supersteps(&p);
	tiles_write(ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	for (i = 0; i < TILES; i++) {
		struct ipu_xfer xfer = {
			.src_tile = (i + 1) % TILES,
			.src_addr = IPU_SRAM_BASE + 0x1100,
			.dst_addr = IPU_SRAM_BASE + 0x1104,
			.bytes = 4,
		};

		tiles_write(ctx, i, 1, IPU_SRAM_BASE + 0x1000, &xfer, sizeof(xfer));
	}
	bus = put_run(ctx, 0, TILES, 0);
	ctx_ring(ctx);
	while (pauses--) {
		ipu_card_pause(ctx->host->card);
		usleep(200);
		ipu_card_resume(ctx->host->card);
		usleep(200);
	}
	ctx_finish(ctx);
	memcpy(report, host_at(ctx->host, bus), sizeof(*report));
	for (i = 0; i < TILES; i++)
		tile_read(ctx, i, IPU_SRAM_BASE + 0x1100, &result[i], 4);
}

/* The same numbers, and the same cycles. */
static void test_result(void **state)
{
	struct ipu_run_report report[2];
	uint32_t result[2][TILES];
	struct context ctx;
	int i;

	for (i = 0; i < 2; i++) {
		((struct host *)*state)->used = IPU_PAGE_SIZE;
		ctx_open(&ctx, *state, 0, 0, TILES);
		/* The host's time does not count here: it may be a busy one. */
		ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
		run_supersteps(&ctx, i ? 100 : 0, &report[i], result[i]);
		ctx_disable(&ctx);
	}
	assert_int_equal(report[0].supersteps, 31);
	assert_int_not_equal(result[0][0], 0);
	assert_memory_equal(&report[0], &report[1], sizeof(report[0]));
	assert_memory_equal(result[0], result[1], sizeof(result[0]));
}

/* Paused for longer than the limit, before and in the middle. */
static void test_watchdog(void **state)
{
	struct program p = { .count = 0 };
	struct host *host = *state;
	struct context ctx;
	uint64_t begun;

	ctx_open(&ctx, host, 0, 0, TILES);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 300);
	ipu_card_pause(host->card);
	usleep(400000);
	ipu_card_resume(host->card);
	jump(&p, here(&p));
	tiles_write(&ctx, 0, TILES, IPU_SRAM_BASE, p.word, program_bytes(&p));
	put_run(&ctx, 0, TILES, 0);
	begun = now_ms();
	ctx_ring(&ctx);
	usleep(20000);
	ipu_card_pause(host->card);
	usleep(600000);
	ipu_card_resume(host->card);
	ctx_fault(&ctx, IPU_FAULT_WATCHDOG, 0, 0);
	assert_true(now_ms() - begun >= 900);
}

/* A pause is complete when the last DMA is; it can be taken back before that. */
static void test_try(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint64_t end = now_ms() + PATIENCE_MS;
	uint64_t fence;

	assert_true(ipu_card_try_pause(host->card));
	assert_int_equal(atomic_load(&host->quiet), 0);
	ipu_card_resume(host->card);

	ctx_open(&ctx, host, 0, 0, TILES);
	atomic_store(&host->hold, true);
	fence = put_fence(&ctx, 1, 0);
	ctx_ring(&ctx);
	while (!atomic_load(&host->held))
		usleep(50);
	assert_false(ipu_card_try_pause(host->card));
	ipu_card_resume(host->card);
	assert_false(ipu_card_try_pause(host->card));
	assert_int_equal(atomic_load(&host->quiet), 0);
	atomic_store(&host->hold, false);
	while (!atomic_load(&host->quiet) && now_ms() < end)
		usleep(50);
	assert_int_equal(atomic_load(&host->quiet), 1);
	assert_true(ipu_card_try_pause(host->card));
	check_silence(host);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, fence), 1);
}

/* It is busy while there is something to do that it can do. */
static void test_busy(void **state)
{
	struct host *host = *state;
	struct context ctx;

	assert_false(ipu_card_busy(host->card));
	ctx_open(&ctx, host, 0, 0, TILES);
	while (ipu_card_busy(host->card))
		usleep(50);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_IDLE);

	copy_for_ever(&ctx);
	assert_true(ipu_card_busy(host->card));
	ipu_card_pause(host->card);
	assert_false(ipu_card_busy(host->card));
	ipu_card_resume(host->card);
	assert_true(ipu_card_busy(host->card));

	/* A reset that waits for the card to go on is none it can do. */
	ipu_card_pause(host->card);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	assert_false(ipu_card_busy(host->card));
	ipu_card_resume(host->card);
	while (ipu_card_busy(host->card))
		usleep(50);
	assert_int_equal(card_get(host, IPU_REG_CTRL), 0);
}

/* Both kinds of reset; the guest's waits, the host's does not and leaves the card paused. */
static void test_reset(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint64_t fence;

	ctx_open(&ctx, host, 0, 0, TILES);
	copy_for_ever(&ctx);
	ipu_card_pause(host->card);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	check_silence(host);
	assert_int_equal(card_get(host, IPU_REG_STATUS), 0);
	ipu_card_resume(host->card);
	while (card_get(host, IPU_REG_CTRL))
		usleep(50);
	assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);

	ctx_open(&ctx, host, 0, 0, TILES);
	copy_for_ever(&ctx);
	ipu_card_pause(host->card);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	ipu_card_reset(host->card);
	assert_int_equal(card_get(host, IPU_REG_STATUS), IPU_STATUS_READY);
	ctx_open(&ctx, host, 0, 0, TILES);
	fence = put_fence(&ctx, 1, 0);
	ctx_ring(&ctx);
	check_silence(host);
	assert_int_equal(*(uint64_t *)host_at(host, fence), 0);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);

	/* teardown() frees a card that is paused in the middle of its work */
	copy_for_ever(&ctx);
	ipu_card_pause(host->card);
}

static atomic_uint stopped;

static uint64_t no_time(void *host)
{
	assert_null(host);
	return 0;
}

static void count_stopped(void *host)
{
	assert_null(host);
	atomic_fetch_add(&stopped, 1);
}

/* A host that goes: its card ends, with all that it has to tell, without it. */
static void test_forget(void **state)
{
	static const struct ipu_host_ops gone = { .now_ns = no_time, .thread_stop = count_stopped };
	struct host *host = *state;
	struct context ctx;
	uint64_t before;

	ctx_open(&ctx, host, 0, 0, TILES);
	copy_for_ever(&ctx);
	check_work(host);
	ipu_card_pause(host->card);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	ipu_card_forget_host(host->card, &gone);
	before = activity(host);
	ipu_card_free(host->card);
	host->card = NULL;
	assert_int_equal(activity(host), before);
	assert_int_equal(atomic_load(&stopped), 2);
	assert_int_equal(atomic_exchange(&host->threads, 0), 2);

	/* Its threads may not have begun: the host sees each of them begin or end. */
	atomic_store(&stopped, 0);
	host_replace(host, 2);
	card_set(host, IPU_REG_CTRL, IPU_CTRL_RESET);
	ipu_card_forget_host(host->card, &gone);
	assert_int_equal(atomic_exchange(&host->threads, 0), 2);
	ipu_card_free(host->card);
	host->card = NULL;
	assert_int_equal(atomic_load(&stopped), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_dma, setup, teardown),
		cmocka_unit_test_setup_teardown(test_interrupt, setup, teardown),
		cmocka_unit_test_setup_teardown(test_result, setup, teardown),
		cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
		cmocka_unit_test_setup_teardown(test_try, setup, teardown),
		cmocka_unit_test_setup_teardown(test_busy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reset, setup, teardown),
		cmocka_unit_test_setup_teardown(test_forget, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
