/* SPDX-License-Identifier: MIT */
/*
 * What is so once a card has been reset or is gone, for tests that have it work until then.
 */
#ifndef IPU_LOST_H
#define IPU_LOST_H

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

/* Does the card work, for a new user? The node may take a moment to appear. */
static inline int works(void)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	struct ipu_session s;
	uint32_t *out;
	int ret;

	do {
		ret = ipu_session_open(&s, 0, 0);
		if (ret == -ENODEV)
			ipu_sleep_ms(50);
	} while (ret == -ENODEV && ipu_deadline(0) < deadline);
	if (ret)
		return ret;

	out = ipu_mem(&s, IPU_MEM_DATA);
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 0x600d);
	ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, s.tiles - 1, 1, IPU_TILE_DATA,
		     ipu_mem_va(&s, IPU_MEM_DATA), 0, 4);
	ret = ipu_run(&s);
	if (!ret && out[0] != 0x600d)
		ret = -EBADMSG;
	ipu_session_close(&s);
	return ret;
}

/* A thread that waits for a job meanwhile. */
struct waiter {
	struct ipu_session *s;
	uint64_t seqno;
	int ret;
	int status;
	pthread_t thread;
	volatile pid_t tid;
};

static inline void *wait_for_job(void *arg)
{
	struct waiter *w = arg;

	w->tid = gettid();
	w->ret = ipu_wait(w->s->fd, w->s->ctx, w->seqno, IPU_TEST_WAIT_MS, &w->status);
	return NULL;
}

/* The thread does not sleep before the ioctl; so once it sleeps, it waits there. */
static inline int start_waiter(struct waiter *w)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	char path[64], state = 0;

	if (pthread_create(&w->thread, NULL, wait_for_job, w))
		return -EAGAIN;
	while (state != 'S') {
		FILE *file;

		if (ipu_deadline(0) > deadline)
			return -ETIME;
		ipu_sleep_ms(1);
		snprintf(path, sizeof(path), "/proc/self/task/%d/stat", w->tid);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		fclose(file);
	}
	return 0;
}

#define EXPECT_JOBS_END(self, error)                        \
	do {                                                \
		pthread_join((self)->running.thread, NULL); \
		pthread_join((self)->queued.thread, NULL);  \
		EXPECT_EQ(0, (self)->running.ret);          \
		EXPECT_EQ(error, (self)->running.status);   \
		EXPECT_EQ(0, (self)->queued.ret);           \
		EXPECT_EQ(error, (self)->queued.status);    \
	} while (0)

/* Every ioctl returns that the device is gone; memory can still be used. */
#define EXPECT_GONE(s)                                                                 \
	do {                                                                           \
		struct drm_ipu_query_usage usage_;                                     \
		struct drm_ipu_get_fault fault_ = { .ctx = (s)->ctx };                 \
		struct ipu_bo bo_ = (s)->mem;                                          \
		uint64_t seqno_;                                                       \
		uint32_t ctx_;                                                         \
		int status_;                                                           \
		EXPECT_EQ(-ENODEV, ipu_query_usage((s)->fd, &usage_));                 \
		EXPECT_EQ(-ENODEV, ipu_ctx_create((s)->fd, 1, 0, &ctx_));              \
		EXPECT_EQ(-ENODEV, ipu_ctx_destroy((s)->fd, (s)->ctx));                \
		EXPECT_EQ(-ENODEV, ipu_bo_map((s)->fd, (s)->ctx, 0, &bo_));            \
		EXPECT_EQ(-ENODEV, ipu_bo_unmap((s)->fd, (s)->ctx, bo_.va));           \
		EXPECT_EQ(-ENODEV, ipu_bo_new((s)->fd, 4096, &bo_));                   \
		ipu_add_fill(s, IPU_TILE_DATA, 4, 1);                                  \
		EXPECT_EQ(-ENODEV, ipu_submit(s, &seqno_));                            \
		EXPECT_EQ(-ENODEV, ipu_wait((s)->fd, (s)->ctx, 1, 0, &status_));       \
		EXPECT_EQ(-ENODEV, ipu_do((s)->fd, DRM_IOCTL_IPU_GET_FAULT, &fault_)); \
		EXPECT_EQ(-ENODEV, ipu_syncobj_new((s)->fd, &ctx_));                   \
		memset((s)->mem.map, 0x5a, (s)->mem.size);                             \
		EXPECT_EQ(0x5a5a5a5a, *(uint32_t *)ipu_mem(s, IPU_MEM_SIZE - 4));      \
	} while (0)

/* The context is lost, and everything except submitting to it works. */
#define EXPECT_LOST(s, because)                                                  \
	do {                                                                     \
		struct ipu_bo bo_ = (s)->mem;                                    \
		struct drm_ipu_ctx_query state_;                                 \
		uint64_t seqno_;                                                 \
		EXPECT_EQ(0, ipu_ctx_query((s)->fd, (s)->ctx, &state_));         \
		EXPECT_EQ(DRM_IPU_CTX_LOST, state_.state);                       \
		EXPECT_EQ((uint32_t)(because), state_.why);                      \
		ipu_add_fill(s, IPU_TILE_DATA, 4, 1);                            \
		EXPECT_EQ(-EIO, ipu_submit(s, &seqno_));                         \
		bo_.va = 0;                                                      \
		EXPECT_EQ(0, ipu_bo_map((s)->fd, (s)->ctx, 0, &bo_));            \
		EXPECT_EQ(0, ipu_bo_unmap((s)->fd, (s)->ctx, bo_.va));           \
		EXPECT_EQ(0, ipu_ctx_destroy((s)->fd, (s)->ctx));                \
		EXPECT_EQ(0, ipu_ctx_create((s)->fd, (s)->tiles, 0, &(s)->ctx)); \
		EXPECT_EQ(0, ipu_ctx_query((s)->fd, (s)->ctx, &state_));         \
		EXPECT_EQ(DRM_IPU_CTX_USABLE, state_.state);                     \
	} while (0)

/* Whoever rings it rings a page of memory. */
#define EXPECT_SILENT(q)                            \
	do {                                        \
		*(q)->bell.page = 0x5555;           \
		EXPECT_EQ(0x5555, *(q)->bell.page); \
		EXPECT_EQ(0, uq_value(q));          \
	} while (0)

#endif /* IPU_LOST_H */
