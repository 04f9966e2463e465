// SPDX-License-Identifier: MIT
/*
 * User queues of a context: whose turn it is, and what a program that is hostile can do with
 * one.
 */
#include <string.h>
#include <unistd.h>

#include "card_queue.h"

/* The context has faulted because of the queue's command at @va. */
static void uq_fault(struct queue *q, uint32_t cause, uint64_t addr, uint32_t info, uint64_t va)
{
	ctx_wait(q->ctx, IPU_CTX_STATUS, IPU_CTX_FAULTED);
	assert_int_equal(ctx_get(q->ctx, IPU_CTX_FAULT_QUEUE), q->n + 1);
	assert_int_equal(ctx_get(q->ctx, IPU_CTX_FAULT_CAUSE), cause);
	assert_int_equal(ctx_get64(q->ctx, IPU_CTX_FAULT_ADDR_LO), addr);
	assert_int_equal(ctx_get(q->ctx, IPU_CTX_FAULT_INFO), info);
	assert_int_equal(ctx_get64(q->ctx, IPU_CTX_FAULT_CMD_LO), va);
	assert_int_equal(uq_get(q, IPU_UQ_STATUS), 0);
}

/* Once more, as after such a fault. */
static void uq_restart(struct queue *q)
{
	ctx_restart(q->ctx);
	assert_int_equal(uq_get(q, IPU_UQ_CTRL), 0);
	uq_enable(q);
	assert_int_equal(uq_get(q, IPU_UQ_HEAD) + uq_get(q, IPU_UQ_TAIL), 0);
}

/* ---- What it is for ---- */

static void test_submit(void **state)
{
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8);
	struct queue q[IPU_USER_QUEUES];
	struct context ctx;
	uint32_t i, n;

	ctx_open(&ctx, host, 3, 0, QUEUE_TILES);
	for (n = 0; n < IPU_USER_QUEUES; n++)
		uq_open(&q[n], &ctx, n);
	/* Several times around. */
	for (i = 1; i < 50; i++) {
		for (n = 0; n < IPU_USER_QUEUES; n++) {
			uq_nop(&q[n]);
			uq_fence(&q[n], VA(word), i << 8 | n | 1ull << 40, 0);
			uq_finish(&q[n]);
			assert_int_equal(*(uint64_t *)host_at(host, word), i << 8 | n | 1ull << 40);
			assert_int_equal(uq_get(&q[n], IPU_UQ_VALUE_LO), i << 8 | n);
			assert_int_equal(uq_get(&q[n], IPU_UQ_VALUE_HI), 1 << 8);
			assert_int_equal(uq_get(&q[n], IPU_UQ_STATUS), 0);
		}
	}
	assert_int_equal(interrupts(&ctx), 0);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 0);
	assert_int_equal(host->errors, 0);
}

/* Of a whole ring at once, and by a list. */
static void test_full_ring(void **state)
{
	struct host *host = *state;
	uint64_t words = host_alloc(host, 8 * 16), list = host_alloc(host, IPU_PAGE_SIZE);
	struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .va = VA(list), .count = 3 };
	struct context ctx;
	struct queue q;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 1);
	for (i = 0; i < 16; i++)
		uq_fence(&q, VA(words) + 8 * i, i + 1, 0);
	uq_finish(&q);
	for (i = 0; i < 16; i++)
		assert_int_equal(((uint64_t *)host_at(host, words))[i], i + 1);
	for (i = 0; i < 3; i++) {
		uq_fence(&q, VA(words), 100 + i, 0);
		memcpy(host_at(host, list + i * IPU_CMD_SIZE),
		       host_at(host, q.ring + i * IPU_CMD_SIZE), IPU_CMD_SIZE);
	}
	q.written -= 3;
	uq_put(&q, &exec);
	uq_finish(&q);
	assert_int_equal(uq_get(&q, IPU_UQ_VALUE_LO), 102);
	assert_int_equal(*(uint64_t *)host_at(host, words), 102);

	/* EXEC in a list is refused there, too. */
	memcpy(host_at(host, list), &exec, IPU_CMD_SIZE);
	uq_put(&q, &exec);
	doorbell(&q, q.written);
	uq_fault(&q, IPU_FAULT_PRIVILEGE, 0, IPU_CMD_EXEC, VA(list));
}

/* ---- Registers ---- */

static void check_not_enabled(struct queue *q, uint64_t ring_va, uint32_t log2)
{
	unsigned int before = q->ctx->host->errors;

	uq_config(q, ring_va, log2);
	uq_enable(q);
	assert_int_equal(uq_get(q, IPU_UQ_CTRL), 0);
	assert_int_equal(q->ctx->host->errors, before + 1);
	doorbell(q, 1);
	assert_int_equal(uq_get(q, IPU_UQ_TAIL), 0);
}

static void test_config(void **state)
{
	struct host *host = *state;
	uint64_t end = 1ull << IPU_VA_BITS;
	struct context ctx;
	struct queue q = { .ctx = &ctx, .n = 1 };

	ctx_init(&ctx, host, 2);
	ctx_config(&ctx, 0, QUEUE_TILES);
	check_not_enabled(&q, VA(0), 4); /* nor is the context */
	ctx_enable(&ctx, 0);
	check_not_enabled(&q, VA(32), 4);
	check_not_enabled(&q, VA(0), IPU_RING_LOG2_MIN - 1);
	check_not_enabled(&q, VA(0), IPU_RING_LOG2_MAX + 1);
	check_not_enabled(&q, VA(0), UINT32_MAX);
	check_not_enabled(&q, end, 4);
	check_not_enabled(&q, end - IPU_CMD_SIZE * 15, 4);
	check_not_enabled(&q, UINT64_MAX - IPU_CMD_SIZE + 1, 4);
	uq_config(&q, end - IPU_CMD_SIZE * 16, 4);
	uq_enable(&q);
	assert_int_equal(uq_get(&q, IPU_UQ_CTRL), IPU_UQ_ENABLE);

	/* Its ring stays where it is while it is enabled. */
	host->errors = 0;
	uq_config(&q, VA(0), 5);
	assert_int_equal(host->errors, 3);
	assert_int_equal(uq_get(&q, IPU_UQ_RING_LO), (uint32_t)(end - IPU_CMD_SIZE * 16));
	assert_int_equal(uq_get(&q, IPU_UQ_RING_LOG2), 4);
	uq_set(&q, IPU_UQ_HEAD, 1);
	assert_non_null(strstr(host->error, "context 2: UQ_HEAD = 0x1: it is read-only"));
	uq_set(&q, IPU_UQ_CTRL, 2);
	assert_non_null(strstr(host->error, "bits 0x2 are reserved"));
	assert_int_equal(uq_get(&q, IPU_UQ_CTRL), 0);
	assert_int_equal(card_get(host, IPU_UQ_DOORBELL(2 * IPU_USER_QUEUES + 1)), 0);
}

/* Whoever has the page may ring whenever they like. */
static void test_late_doorbells(void **state)
{
	struct host *host = *state;
	struct context ctx;
	struct queue q;

	ctx_open(&ctx, host, 1, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 0);
	uq_set(&q, IPU_UQ_CTRL, 0);
	doorbell(&q, 1000000);
	ctx_disable(&ctx);
	doorbell(&q, 3);
	card_set(host, IPU_UQ_DOORBELL(IPU_MAX_CONTEXTS * IPU_USER_QUEUES - 1), 7);
	ctx_config(&ctx, QUEUE_TILES, 1);
	ctx_enable(&ctx, 0);
	assert_int_equal(ctx_state(&ctx), IPU_CTX_FAULTED);
	doorbell(&q, 5);
	assert_int_equal(uq_get(&q, IPU_UQ_TAIL), 0);
	assert_int_equal(host->errors, 0);
}

/* A queue whose command runs is busy until that is over, and begins no other. */
static void test_disable(void **state)
{
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8);
	struct context ctx;
	struct queue q;

	ctx_open(&ctx, host, 1, 0, QUEUE_TILES);
	load_loop(&ctx);
	ctx_set(&ctx, IPU_CTX_WATCHDOG_MS, 0);
	uq_open(&q, &ctx, 0);
	uq_loop(&q);
	uq_fence(&q, VA(word), 1, 0);
	doorbell(&q, q.written);
	ctx_wait(&ctx, IPU_CTX_UQ(0) + IPU_UQ_STATUS, IPU_UQ_BUSY);
	uq_set(&q, IPU_UQ_CTRL, 0);
	usleep(2000);
	assert_int_equal(uq_get(&q, IPU_UQ_STATUS), IPU_UQ_BUSY);
	uq_set(&q, IPU_UQ_CTRL, IPU_UQ_ENABLE);
	assert_non_null(strstr(host->error, "it has not stopped yet"));
	assert_int_equal(uq_get(&q, IPU_UQ_CTRL), 0);
	ctx_restart(&ctx);
	assert_int_equal(uq_get(&q, IPU_UQ_STATUS), 0);
	uq_enable(&q);
	uq_nop(&q);
	uq_finish(&q);
	assert_int_equal(*(uint64_t *)host_at(host, word), 0);
}

/* ---- Hostile ones ---- */

static void check_tail(struct queue *q, uint32_t tail)
{
	doorbell(q, tail);
	uq_fault(q, IPU_FAULT_BAD_TAIL, 0, tail, 0);
	uq_restart(q);
}

static void test_bad_tails(void **state)
{
	struct context ctx;
	struct queue q;

	ctx_open(&ctx, *state, 1, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 1);
	check_tail(&q, 17);
	check_tail(&q, UINT32_MAX);
	check_tail(&q, 0x80000000);
	uq_nop(&q);
	uq_nop(&q);
	uq_finish(&q);
	check_tail(&q, 1);
	uq_nop(&q);
	uq_finish(&q);
	check_tail(&q, 0);
}

static void test_privilege(void **state)
{
	struct host *host = *state;
	uint64_t secret = host_alloc(host, IPU_PAGE_SIZE), va;
	struct context ctx;
	struct queue q;

	ctx_open(&ctx, host, 1, 0, QUEUE_TILES);
	*ctx_pte(&ctx, VA(secret)) |= IPU_PTE_P;
	uq_open(&q, &ctx, 0);
	uq_fence(&q, VA(secret), 1, 0);
	doorbell(&q, q.written);
	uq_fault(&q, IPU_FAULT_DMA_PRIV, VA(secret), 0, VA(q.ring));
	assert_int_equal(*(uint64_t *)host_at(host, secret), 0);
	assert_int_equal(uq_get(&q, IPU_UQ_HEAD), 0);
	assert_int_equal(uq_get(&q, IPU_UQ_VALUE_LO), 0);

	ctx_restart(&ctx);
	uq_config(&q, VA(secret), 4);
	uq_enable(&q);
	doorbell(&q, 1);
	uq_fault(&q, IPU_FAULT_DMA_PRIV, VA(secret), 0, VA(secret));

	/* The ring itself is privileged all the same. */
	ctx_restart(&ctx);
	uq_config(&q, VA(q.ring), 4);
	uq_enable(&q);
	uq_nop(&q);
	uq_finish(&q);
	va = VA(secret);
	ctx_put(&ctx, &(struct ipu_cmd_fence){ .op = IPU_CMD_FENCE, .va = va, .value = 5 });
	ctx_finish(&ctx);
	assert_int_equal(*(uint64_t *)host_at(host, secret), 5);
}

static void test_bad_commands(void **state)
{
	struct host *host = *state;
	uint32_t command[IPU_CMD_SIZE / 4] = { 0xff };
	struct context ctx;
	struct queue q;
	uint64_t *pte, va;

	ctx_open(&ctx, host, 0, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 1);
	va = uq_put(&q, command);
	doorbell(&q, q.written);
	uq_fault(&q, IPU_FAULT_BAD_OPCODE, 0, 0xff, va);
	uq_restart(&q);
	command[0] = 0;
	command[5] = 9;
	va = uq_put(&q, command);
	doorbell(&q, q.written);
	uq_fault(&q, IPU_FAULT_BAD_FIELD, 9, 20, va);
	uq_restart(&q);

	/* The ring is unmapped while it is being used. */
	uq_nop(&q);
	uq_finish(&q);
	pte = ctx_pte(&ctx, VA(q.ring));
	*pte &= ~IPU_PTE_V;
	uq_nop(&q);
	doorbell(&q, q.written);
	uq_fault(&q, IPU_FAULT_DMA_UNMAPPED, VA(q.ring) + IPU_CMD_SIZE, 0,
		 VA(q.ring) + IPU_CMD_SIZE);
	/* A fault of the ring is not a queue's. */
	*pte |= IPU_PTE_V;
	uq_restart(&q);
	uq_nop(&q);
	uq_finish(&q);
	ctx_put(&ctx, command);
	ctx_fault(&ctx, IPU_FAULT_BAD_FIELD, 9, 20);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_FAULT_QUEUE), 0);
}

/* ---- Turns ---- */

/*
 * Three jobs of the ring, of two commands each; many commands of one queue; and the third of
 * the other one is bad. All are there at once.
 */
static void test_turns(void **state)
{
	const uint32_t nop[IPU_CMD_SIZE / 4] = { IPU_CMD_NOP }, bad[IPU_CMD_SIZE / 4] = { 0xfe };
	struct host *host = *state;
	struct queue q[2];
	struct context ctx;
	uint32_t i;

	ctx_open(&ctx, host, 0, 0, QUEUE_TILES);
	for (i = 0; i < 2; i++)
		uq_open(&q[i], &ctx, i);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
	ipu_card_pause(host->card);
	for (i = 0; i < 4; i++) {
		ctx_put(&ctx, nop);
		put_fence(&ctx, i, 0);
	}
	for (i = 0; i < 8; i++)
		uq_nop(&q[0]);
	uq_nop(&q[1]);
	uq_nop(&q[1]);
	uq_put(&q[1], bad);
	ctx_ring(&ctx);
	for (i = 0; i < 2; i++)
		doorbell(&q[i], q[i].written);
	ipu_card_resume(host->card);
	uq_fault(&q[1], IPU_FAULT_BAD_OPCODE, 0, 0xfe, VA(q[1].ring) + 2 * IPU_CMD_SIZE);
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 6);
	assert_int_equal(uq_get(&q[0], IPU_UQ_HEAD), 3);
	assert_int_equal(uq_get(&q[1], IPU_UQ_HEAD), 2);
}

/* A FENCE in a job's list does not end the job's turn. */
static void test_turn_of_list(void **state)
{
	const uint32_t bad[IPU_CMD_SIZE / 4] = { 0xfe };
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8), list = host_alloc(host, IPU_PAGE_SIZE);
	const struct ipu_cmd_fence fence = { .op = IPU_CMD_FENCE, .va = VA(word), .value = 3 };
	const struct ipu_cmd_exec exec = { .op = IPU_CMD_EXEC, .va = VA(list), .count = 2 };
	struct context ctx;
	struct queue q;

	ctx_open(&ctx, host, 0, 0, QUEUE_TILES);
	uq_open(&q, &ctx, 0);
	memcpy(host_at(host, list), &fence, IPU_CMD_SIZE);
	memcpy(host_at(host, list + IPU_CMD_SIZE), &fence, IPU_CMD_SIZE);
	ctx_wait(&ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
	ipu_card_pause(host->card);
	ctx_put(&ctx, &exec);
	put_fence(&ctx, 1, 0);
	put_fence(&ctx, 2, 0);
	uq_put(&q, bad);
	ctx_ring(&ctx);
	doorbell(&q, q.written);
	ipu_card_resume(host->card);
	uq_fault(&q, IPU_FAULT_BAD_OPCODE, 0, 0xfe, VA(q.ring));
	assert_int_equal(ctx_get(&ctx, IPU_CTX_HEAD), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_submit, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_full_ring, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_config, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_late_doorbells, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_disable, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_bad_tails, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_privilege, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_bad_commands, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_turns, queue_setup, queue_teardown),
		cmocka_unit_test_setup_teardown(test_turn_of_list, queue_setup, queue_teardown),
	};

	return cmocka_run_group_tests_name("card user queues", tests, NULL, NULL);
}
