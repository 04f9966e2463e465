/* SPDX-License-Identifier: MIT */
/*
 * A user queue of a session's context, for tests.
 */
#ifndef IPU_USERQ_H
#define IPU_USERQ_H

#include "../userq_bell.h"
#include "ipu_rv.h"
#include "ipu_test.h"

/**
 * struct ipu_uq - a user queue
 * @ring: its ring, and memory for values
 */
struct ipu_uq {
	struct ipu_session *s;
	struct ipu_bo ring;
	struct uq_bell bell;
};

/* One more queue, with a ring that is there already. Returns 0 or a negative errno. */
static inline int uq_create(struct ipu_uq *q)
{
	return uq_bell_create(&q->bell, q->s->fd, q->s->ctx, q->ring.va);
}

static inline int uq_open(struct ipu_uq *q, struct ipu_session *s)
{
	int ret;

	*q = (struct ipu_uq){ .s = s };
	ret = ipu_bo_new(s->fd, 2 * UQ_PAGE, &q->ring);
	if (!ret)
		ret = ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &q->ring);
	return ret ? ret : uq_create(q);
}

static inline int uq_destroy(struct ipu_uq *q)
{
	struct drm_ipu_userq_destroy args = { .ctx = q->s->ctx, .queue = q->bell.id };

	return ipu_do(q->s->fd, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
}

/* The process has nothing of it any more, so that the file can be closed. */
static inline void uq_unmap(struct ipu_uq *q)
{
	uq_bell_unmap(&q->bell);
	ipu_bo_close(q->s->fd, &q->ring);
}

static inline void uq_put(struct ipu_uq *q, const void *cmd)
{
	uq_bell_put(&q->bell, q->ring.map, cmd);
}

static inline uint64_t uq_value(struct ipu_uq *q)
{
	return uq_bell_value(q->ring.map);
}

static inline void uq_fence(struct ipu_uq *q, uint64_t value)
{
	uq_bell_fence(&q->bell, q->ring.map, q->ring.va, value);
}

static inline void uq_ring(struct ipu_uq *q)
{
	uq_bell_ring(&q->bell);
}

static inline void uq_put_loop(struct ipu_uq *q)
{
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN,
		.tile_count = 1,
		.entry = IPU_TILE_CODE,
	};

	uq_put(q, &run);
}

/* A jump to itself, which uq_put_loop() runs. */
static inline int uq_load_loop(struct ipu_session *s)
{
	static const uint32_t loop[] = { RV_JUMP_SELF };

	ipu_add_code(s, loop, ARRAY_LEN(loop));
	return ipu_run(s);
}

static inline int uq_wait(struct ipu_uq *q, uint64_t value, unsigned int ms)
{
	struct drm_ipu_userq_wait args = {
		.ctx = q->s->ctx,
		.queue = q->bell.id,
		.value = value,
		.timeout_ns = ms ? ipu_deadline(ms) : 0,
	};

	return ipu_do(q->s->fd, DRM_IOCTL_IPU_USERQ_WAIT, &args);
}

#endif /* IPU_USERQ_H */
