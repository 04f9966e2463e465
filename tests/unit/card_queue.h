/* SPDX-License-Identifier: MIT */
/* User queues of a context, for tests. */
#ifndef CARD_QUEUE_H
#define CARD_QUEUE_H

#include <string.h>

#include "card_host.h"
#include "card_program.h"

#define QUEUE_TILES 4 /* of the card that queue_setup() makes */

/* A context, and one of its queues. */
struct queue {
	struct context *ctx;
	uint32_t n;
	uint64_t ring;
	uint32_t log2;
	uint32_t written;
};

static inline int queue_setup(void **state)
{
	*state = host_new(QUEUE_TILES, 2);
	return 0;
}

static inline int queue_teardown(void **state)
{
	host_free(*state);
	return 0;
}

static inline uint32_t uq_get(struct queue *q, uint32_t reg)
{
	return ctx_get(q->ctx, IPU_CTX_UQ(q->n) + reg);
}

static inline void uq_set(struct queue *q, uint32_t reg, uint32_t value)
{
	ctx_set(q->ctx, IPU_CTX_UQ(q->n) + reg, value);
}

static inline void uq_config(struct queue *q, uint64_t ring_va, uint32_t log2)
{
	uq_set(q, IPU_UQ_RING_LO, (uint32_t)ring_va);
	uq_set(q, IPU_UQ_RING_HI, (uint32_t)(ring_va >> 32));
	uq_set(q, IPU_UQ_RING_LOG2, log2);
}

static inline void uq_enable(struct queue *q)
{
	q->written = 0;
	uq_set(q, IPU_UQ_CTRL, IPU_UQ_ENABLE);
}

static inline void uq_open(struct queue *q, struct context *ctx, uint32_t n)
{
	*q = (struct queue){ .ctx = ctx, .n = n, .log2 = 4 };
	q->ring = host_alloc(ctx->host, IPU_CMD_SIZE << q->log2);
	uq_config(q, VA(q->ring), q->log2);
	uq_enable(q);
	assert_int_equal(uq_get(q, IPU_UQ_CTRL), IPU_UQ_ENABLE);
}

static inline uint64_t uq_put(struct queue *q, const void *command)
{
	uint64_t bus = q->ring + (q->written++ & ((1u << q->log2) - 1)) * IPU_CMD_SIZE;

	memcpy(host_at(q->ctx->host, bus), command, IPU_CMD_SIZE);
	return VA(bus);
}

static inline void doorbell(struct queue *q, uint32_t tail)
{
	card_set(q->ctx->host, IPU_UQ_DOORBELL(q->ctx->index * IPU_USER_QUEUES + q->n), tail);
}

static inline void uq_nop(struct queue *q)
{
	const uint32_t nop[IPU_CMD_SIZE / 4] = { IPU_CMD_NOP };

	uq_put(q, nop);
}

static inline void uq_fence(struct queue *q, uint64_t va, uint64_t value, uint32_t flags)
{
	const struct ipu_cmd_fence fence = {
		.op = IPU_CMD_FENCE | flags,
		.va = va,
		.value = value,
	};

	uq_put(q, &fence);
}

/* Ring, and wait until all is done. */
static inline void uq_finish(struct queue *q)
{
	doorbell(q, q->written);
	ctx_wait(q->ctx, IPU_CTX_UQ(q->n) + IPU_UQ_HEAD, q->written);
	ctx_wait(q->ctx, IPU_CTX_STATUS, IPU_CTX_IDLE);
}

static inline unsigned int interrupts(struct context *ctx)
{
	return ctx->host->interrupts[1 + ctx->index];
}

static inline void load_loop(struct context *ctx)
{
	struct program p = { .count = 0 };

	jump(&p, here(&p));
	tiles_write(ctx, 0, 1, IPU_SRAM_BASE, p.word, program_bytes(&p));
}

/* Until the program that the queue runs is changed from outside, it runs. */
static inline void uq_loop(struct queue *q)
{
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_count = 1,
		.entry = IPU_SRAM_BASE,
	};

	uq_put(q, &run);
}

#endif /* CARD_QUEUE_H */
