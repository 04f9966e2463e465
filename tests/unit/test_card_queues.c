// SPDX-License-Identifier: MIT
/*
 * User queues of a context: whose turn it is, what a program that is hostile can do with one,
 * and when the host is told of what.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "card_host.h"
#include "card_program.h"

#define TILES 4

/* A context, and one of its queues. */
struct queue {
	struct context *ctx;
	uint32_t n;
	uint64_t ring;
	uint32_t log2;
	uint32_t written;
};

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

static uint32_t uq_get(struct queue *q, uint32_t reg)
{
	return ctx_get(q->ctx, IPU_CTX_UQ(q->n) + reg);
}

static void uq_set(struct queue *q, uint32_t reg, uint32_t value)
{
	ctx_set(q->ctx, IPU_CTX_UQ(q->n) + reg, value);
}

static void uq_config(struct queue *q, uint64_t ring_va, uint32_t log2)
{
	uq_set(q, IPU_UQ_RING_LO, (uint32_t)ring_va);
	uq_set(q, IPU_UQ_RING_HI, (uint32_t)(ring_va >> 32));
	uq_set(q, IPU_UQ_RING_LOG2, log2);
}

static void uq_enable(struct queue *q)
{
	q->written = 0;
	uq_set(q, IPU_UQ_CTRL, IPU_UQ_ENABLE);
}

static void uq_open(struct queue *q, struct context *ctx, uint32_t n)
{
	*q = (struct queue){ .ctx = ctx, .n = n, .log2 = 4 };
	q->ring = host_alloc(ctx->host, IPU_CMD_SIZE << q->log2);
	uq_config(q, VA(q->ring), q->log2);
	uq_enable(q);
	assert_int_equal(uq_get(q, IPU_UQ_CTRL), IPU_UQ_ENABLE);
}

static uint64_t uq_put(struct queue *q, const void *command)
{
	uint64_t bus = q->ring + (q->written++ & ((1u << q->log2) - 1)) * IPU_CMD_SIZE;

	memcpy(host_at(q->ctx->host, bus), command, IPU_CMD_SIZE);
	return VA(bus);
}

static void doorbell(struct queue *q, uint32_t tail)
{
	card_set(q->ctx->host, IPU_UQ_DOORBELL(q->ctx->index * IPU_USER_QUEUES + q->n), tail);
}

static void uq_nop(struct queue *q)
{
	const uint32_t nop[IPU_CMD_SIZE / 4] = { IPU_CMD_NOP };

	uq_put(q, nop);
}

static void uq_fence(struct queue *q, uint64_t va, uint64_t value, uint32_t flags)
{
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE | flags,
		.va = va,
		.value = value,
	};

	uq_put(q, &fence);
}

/* Ring, and wait until all is done. */
static void uq_finish(struct queue *q)
{
	doorbell(q, q->written);
	ctx_wait(q->ctx, IPU_CTX_UQ(q->n) + IPU_UQ_HEAD, q->written);
	ctx_wait(q->ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
}

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

static unsigned int interrupts(struct context *ctx)
{
	return ctx->host->interrupts[1 + ctx->index];
}

static void wait_for_interrupts(struct context *ctx, unsigned int count)
{
	uint64_t end = now_ms() + PATIENCE_MS;

	while (interrupts(ctx) < count && now_ms() < end)
		usleep(50);
	assert_int_equal(interrupts(ctx), count);
}

static void load_loop(struct context *ctx)
{
	struct program p = { .count = 0 };

	jump(&p, here(&p));
	tiles_write(ctx, 0, 1, IPU_SRAM_BASE, p.word, program_bytes(&p));
}

/* Until the program that the queue runs is changed from outside, it runs. */
static void uq_loop(struct queue *q)
{
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_count = 1,
		.entry = IPU_SRAM_BASE,
	};

	uq_put(q, &run);
}

/* ---- What it is for ---- */

static void test_submit(void **state)
{
	struct host *host = *state;
	uint64_t word = host_alloc(host, 8);
	struct queue q[IPU_USER_QUEUES];
	struct context ctx;
	uint32_t i, n;

	ctx_open(&ctx, host, 3, 0, TILES);
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

	ctx_open(&ctx, host, 0, 0, TILES);
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
	ctx_config(&ctx, 0, TILES);
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

	ctx_open(&ctx, host, 1, 0, TILES);
	uq_open(&q, &ctx, 0);
	uq_set(&q, IPU_UQ_CTRL, 0);
	doorbell(&q, 1000000);
	ctx_disable(&ctx);
	doorbell(&q, 3);
	card_set(host, IPU_UQ_DOORBELL(IPU_MAX_CONTEXTS * IPU_USER_QUEUES - 1), 7);
	ctx_config(&ctx, TILES, 1);
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

	ctx_open(&ctx, host, 1, 0, TILES);
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

	ctx_open(&ctx, *state, 1, 0, TILES);
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

	ctx_open(&ctx, host, 1, 0, TILES);
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

	ctx_open(&ctx, host, 0, 0, TILES);
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

	ctx_open(&ctx, host, 0, 0, TILES);
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

	ctx_open(&ctx, host, 0, 0, TILES);
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

	ctx_open(&ctx, host, 5, 0, TILES);
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

	ctx_open(&ctx, host, 4, 0, TILES);
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

	ctx_open(&ctx, host, 4, 0, TILES);
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

	ctx_open(&ctx, host, 1, 0, TILES);
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

	ctx_open(&ctx, host, 0, 0, TILES);
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
		cmocka_unit_test_setup_teardown(test_submit, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_ring, setup, teardown),
		cmocka_unit_test_setup_teardown(test_config, setup, teardown),
		cmocka_unit_test_setup_teardown(test_late_doorbells, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disable, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_tails, setup, teardown),
		cmocka_unit_test_setup_teardown(test_privilege, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_commands, setup, teardown),
		cmocka_unit_test_setup_teardown(test_turns, setup, teardown),
		cmocka_unit_test_setup_teardown(test_turn_of_list, setup, teardown),
		cmocka_unit_test_setup_teardown(test_arm, setup, teardown),
		cmocka_unit_test_setup_teardown(test_coalesce, setup, teardown),
		cmocka_unit_test_setup_teardown(test_coalesce_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_time, setup, teardown),
		cmocka_unit_test_setup_teardown(test_save, setup, teardown),
	};

	return cmocka_run_group_tests_name("card user queues", tests, NULL, NULL);
}
