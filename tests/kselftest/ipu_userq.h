/* SPDX-License-Identifier: MIT */
/*
 * A user queue of a session's context, for tests: its ring and its doorbell.
 */
#ifndef IPU_USERQ_H
#define IPU_USERQ_H

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "ipu_test.h"

#define UQ_PAGE 4096u
#define UQ_COUNT 16u

/**
 * struct ipu_uq - a user queue
 * @ring: its ring, of UQ_COUNT commands, and behind it, from UQ_PAGE on, memory for values
 * @id: its id in the context
 * @doorbell: its page
 * @written: commands so far
 */
struct ipu_uq {
	struct ipu_session *s;
	struct ipu_bo ring;
	uint32_t id;
	volatile uint32_t *doorbell;
	uint32_t written;
};

static inline void *uq_mmap(int fd, uint64_t offset)
{
	return mmap(NULL, UQ_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
}

/* One more queue, with a ring that is there already. Returns 0 or a negative errno. */
static inline int uq_create(struct ipu_uq *q)
{
	struct drm_ipu_userq_create args = {
		.ctx = q->s->ctx,
		.ring_va = q->ring.va,
		.ring_count = UQ_COUNT,
	};
	int ret = ipu_do(q->s->fd, DRM_IOCTL_IPU_USERQ_CREATE, &args);
	void *page;

	if (ret)
		return ret;
	page = uq_mmap(q->s->fd, args.doorbell);
	if (page == MAP_FAILED)
		return -errno;
	q->id = args.queue;
	q->doorbell = page;
	q->written = 0;
	return 0;
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
	struct drm_ipu_userq_destroy args = { .ctx = q->s->ctx, .queue = q->id };

	return ipu_do(q->s->fd, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
}

/* The process has nothing of it any more, so that the file can be closed. */
static inline void uq_unmap(struct ipu_uq *q)
{
	munmap((void *)(uintptr_t)q->doorbell, UQ_PAGE);
	ipu_bo_close(q->s->fd, &q->ring);
}

static inline void uq_put(struct ipu_uq *q, const void *cmd)
{
	uint32_t place = q->written++ % UQ_COUNT;

	memcpy((char *)q->ring.map + place * IPU_CMD_SIZE, cmd, IPU_CMD_SIZE);
}

static inline uint64_t uq_value(struct ipu_uq *q)
{
	return *(volatile uint64_t *)(void *)((char *)q->ring.map + UQ_PAGE);
}

static inline void uq_fence(struct ipu_uq *q, uint64_t value)
{
	const struct ipu_cmd_fence cmd = {
		.op = IPU_CMD_FENCE,
		.va = q->ring.va + UQ_PAGE,
		.value = value,
	};

	uq_put(q, &cmd);
}

static inline void uq_ring(struct ipu_uq *q)
{
	__sync_synchronize();
	*q->doorbell = q->written;
}

static inline int uq_wait(struct ipu_uq *q, uint64_t value, unsigned int ms)
{
	struct drm_ipu_userq_wait args = {
		.ctx = q->s->ctx,
		.queue = q->id,
		.value = value,
		.timeout_ns = ms ? ipu_deadline(ms) : 0,
	};

	return ipu_do(q->s->fd, DRM_IOCTL_IPU_USERQ_WAIT, &args);
}

#endif /* IPU_USERQ_H */
