// SPDX-License-Identifier: MIT
/*
 * What the host learns of user queues: interrupts, when it is told of what, and how long their
 * commands took; and that they are saved and loaded with the card.
 */
#include <stdlib.h>
#include <unistd.h>

#include "card_queue.h"

static void wait_for_interrupts(struct context *ctx, unsigned int count)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (interrupts(ctx) < count && now_ms() < end)
		usleep(50);
	assert_int_equal(interrupts(ctx), count);
}

/* ---- What the host is told ---- */

static void arm(struct queue *q, uint64_t value)
{
	uq_set(q, IPU_UQ_ARM_LO, (uint32_t)value);
	uq_set(q, IPU_UQ_ARM_HI, (uint32_t)(value >> 32));
}

static void test_arm(void **state)
{
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8);
	struct context ctx;
	struct queue q;
	uint64_t i;

	ctx_open(&ctx, host, 5, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 0);
	arm(&q, 1ull << 32);
	for (i = 1; i < 4; i++) {
		uq_fence(&q, VA(word), i, 0);
		uq_finish(&q);
	}
	assert_int_equal(interrupts(&ctx), 0);
	for (i = 0; i < 3; i++) {
		uq_fence(&q, VA(word), (1ull << 32) + i, 0);
		uq_finish(&q);
		wait_for_interrupts(&ctx, 1);
	}
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_QUEUE);
	ctx_set(&ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_QUEUE);

	/* One that is reached already; and then one more. */
	arm(&q, 7);
	wait_for_interrupts(&ctx, 2);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_QUEUE);
	arm(&q, UINT64_MAX);
	uq_fence(&q, VA(word), UINT64_MAX, 0);
	uq_finish(&q);
	wait_for_interrupts(&ctx, 3);

	/* A FENCE with an interrupt of its own has that in any case. */
	uq_fence(&q, VA(word), 8, IPU_CMD_FENCE_IRQ);
	uq_finish(&q);
	wait_for_interrupts(&ctx, 4);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_QUEUE | IPU_CTX_EVENT_FENCE);

	/* What a queue had armed is forgotten when it is enabled anew. */
	arm(&q, UINT64_MAX);
	uq_set(&q, IPU_UQ_CTRL, 0);
	uq_enable(&q);
	uq_fence(&q, VA(word), UINT64_MAX, 0);
	uq_finish(&q);
	assert_int_equal(interrupts(&ctx), 4);
}

static uint32_t coalesce(uint32_t count, uint32_t us)
{
	return count | us << 8;
}

/* Nine events at once, four a message: the last one is not kept waiting. */
static void test_coalesce(void **state)
{
	struct host *host = *state;
	struct context ctx;
	uint32_t i;

	ctx_open(&ctx, host, 4, 0, QUEUE_TILES);
	ctx_set(&ctx, IPU_CTX_COALESCE, coalesce(4, 65535));
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
	ipu_card_pause(host->card);
	for (i = 0; i < 9; i++)
		put_fence(&ctx, i, IPU_CMD_FENCE_IRQ);
	ctx_ring(&ctx);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);
	wait_for_interrupts(&ctx, 3);

	/* What is held back when there is no more to do is sent then; so it is at a fault. */
	ipu_card_pause(host->card);
	put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	ctx_put(&ctx, &(struct ipu_cmd_fill){ .op = IPU_CMD_FILL,
					      .tile_count = 1,
					      .tile_addr = IPU_SRAM_BASE,
					      .bytes = 4 });
	ctx_ring(&ctx);
	ipu_card_resume(host->card);
	ctx_finish(&ctx);
	wait_for_interrupts(&ctx, 4);
	ipu_card_pause(host->card);
	put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	ctx_put(&ctx, (const uint32_t[IPU_CMD_SIZE / 4]){ 0xff });
	ctx_ring(&ctx);
	ipu_card_resume(host->card);
	ctx_fault(&ctx, IPU_FAULT_BAD_OPCODE, 0, 0xff);
	wait_for_interrupts(&ctx, 5);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_EVENT), IPU_CTX_EVENT_FENCE | IPU_CTX_EVENT_FAULT);
}

/* Behind a run that does not end, a message is sent when its time has come. */
static void test_coalesce_time(void **state)
{
	struct host *host = *state;
	struct context ctx;

	ctx_open(&ctx, host, 4, 0, QUEUE_TILES);
	load_loop(&ctx);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	ctx_set(&ctx, IPU_CTX_COALESCE, coalesce(255, 20000));
	ipu_card_pause(host->card);
	put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	put_run(&ctx, 0, 1, 0);
	ctx_ring(&ctx);
	ipu_card_resume(host->card);
	ctx_wait(&ctx, IPU_CTX_EVENT, IPU_CTX_EVENT_FENCE);
	wait_for_interrupts(&ctx, 1);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_RUNNING);

	/* One that is held back is not lost with the context, nor when the card is paused. */
	ctx_disable(&ctx);
	ctx_set(&ctx, IPU_CTX_COALESCE, coalesce(255, 65535));
	ctx_enable(&ctx, IPU_CTX_CTRL_PRIV);
	put_fence(&ctx, 1, IPU_CMD_FENCE_IRQ);
	put_run(&ctx, 0, 1, 0);
	ctx_ring(&ctx);
	ctx_wait(&ctx, IPU_CTX_HEAD, 1);
	ctx_disable(&ctx);
	wait_for_interrupts(&ctx, 2);
}

/* ---- Their time ---- */

static uint64_t uq_ns(struct queue *q)
{
	uint64_t high = uq_get(q, IPU_UQ_NS_HI);

	return high << 32 | uq_get(q, IPU_UQ_NS_LO);
}

/* A command's time counts while it is executed, that of other queues and of the ring does not. */
static void test_time(void **state)
{
	struct host *host = *state;
	struct context ctx;
	struct queue q, other;
	uint64_t begin, busy, more;

	ctx_open(&ctx, host, 1, 0, QUEUE_TILES);
	load_loop(&ctx);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	uq_open(&q, &ctx, 0);
	uq_open(&other, &ctx, 1);
	assert_int_equal(uq_ns(&q), 0);
	uq_nop(&q);
	uq_finish(&q);
	busy = uq_ns(&q);
	assert_true(busy > 0);
	usleep(2000);
	assert_int_equal(uq_ns(&q), busy);
	uq_loop(&q);
	begin = now_ms();
	doorbell(&q, q.written);
	ctx_wait(&ctx, IPU_CTX_UQ(0) + IPU_UQ_STATUS, IPU_UQ_BUSY);
	busy = uq_ns(&q);
	usleep(50000);
	more = uq_ns(&q) - busy;
	assert_in_range(more, 50000000, (now_ms() + 1 - begin) * 1000000);
	assert_int_equal(uq_ns(&other), 0);
	/* What it was stays until it is enabled. */
	ctx_restart(&ctx);
	busy = uq_ns(&q);
	assert_true(busy >= 50000000);
	usleep(2000);
	assert_int_equal(uq_ns(&q), busy);
	uq_enable(&q);
	assert_int_equal(uq_ns(&q), 0);
	assert_int_equal(host->errors, 0);
}

/* ---- Saved in the middle ---- */

static void test_save(void **state)
{
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8);
	struct program p = { .count = 0 };
	struct stream stream;
	struct context ctx;
	struct queue q;
	uint64_t ns;
	char *error;

	ctx_open(&ctx, host, 0, 0, QUEUE_TILES);
	/* Longer than a busy machine keeps this thread from seeing that it has begun. */
	li(&p, T0, 200000000);
	addi(&p, T0, T0, -1);
	bne(&p, T0, ZERO, here(&p) - 4);
	exit_with(&p, ZERO);
	tiles_write(&ctx, 0, 1, IPU_SRAM_BASE, p.word, program_bytes(&p));
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	uq_open(&q, &ctx, 1);
	arm(&q, 2);
	uq_fence(&q, VA(word), 1, 0);
	uq_loop(&q);
	uq_fence(&q, VA(word), 2, 0);
	doorbell(&q, q.written);
	ctx_wait(&ctx, IPU_CTX_UQ(1) + IPU_UQ_HEAD, 1);
	ns = uq_ns(&q);
	ipu_card_pause(host->card);
	host_save(host, &stream);
	host_replace(host, 1);
	error = host_load(host, &stream);
	free(stream.data);
	if (error)
		fail_msg("%s", error);
	assert_int_equal(uq_get(&q, IPU_UQ_STATUS), IPU_UQ_BUSY);
	assert_int_equal(uq_get(&q, IPU_UQ_VALUE_LO), 1);
	assert_true(uq_ns(&q) >= ns);
	ns = uq_ns(&q);
	ipu_card_resume(host->card);
	/* It has not run backwards since. */
	assert_in_range(uq_ns(&q), ns, ns + PATIENCE_MS * 1000000ull);
	uq_finish(&q);
	assert_true(uq_ns(&q) > ns);
	assert_int_equal(*(uint64_t *)host_at(host, word), 2);
	wait_for_interrupts(&ctx, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_arm, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_coalesce, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_coalesce_time, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_time, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_save, queue_setup, queue_teardown),
	};

	return cmocka_run_group_tests_name("card user queues: the host", tests, NULL, NULL);
}
