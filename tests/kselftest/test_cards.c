// SPDX-License-Identifier: MIT
/*
 * Two cards in one machine: each is a device of its own; jobs of one wait for those of the
 * other, and use its buffers; and what happens to one does nothing to the other.
 */
#include <errno.h>
#include <limits.h>
#include <linux/dma-buf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

/* A card's session, and the buffer that both have. */
struct side {
	struct ipu_session s;
	struct ipu_bo shared;
};

/* @shared: a buffer of the first card, which the second one has imported, mapped in both */
FIXTURE(cards)
{
	struct side a, b;
	int dma_buf;
	uint32_t *shared;
};

FIXTURE_SETUP(cards)
{
	ASSERT_EQ(0, ipu_session_open_card(&self->a.s, 0, 1, 0));
	ASSERT_EQ(0, ipu_session_open_card(&self->b.s, 1, 1, 0));
	ASSERT_EQ(0, ipu_bo_new(self->a.s.fd, 4096, &self->a.shared));
	self->shared = self->a.shared.map;
	self->dma_buf = ipu_bo_export(self->a.s.fd, self->a.shared.handle);
	ASSERT_LE(0, self->dma_buf);
	ASSERT_EQ(0, ipu_bo_import(self->b.s.fd, self->dma_buf, 4096, &self->b.shared));
	ASSERT_EQ(0, ipu_bo_map(self->a.s.fd, self->a.s.ctx, DRM_IPU_MAP_WRITE, &self->a.shared));
	ASSERT_EQ(0, ipu_bo_map(self->b.s.fd, self->b.s.ctx, DRM_IPU_MAP_WRITE, &self->b.shared));
}

FIXTURE_TEARDOWN(cards)
{
	ipu_bo_close(self->b.s.fd, &self->b.shared);
	ipu_bo_close(self->a.s.fd, &self->a.shared);
	close(self->dma_buf);
	ipu_session_close(&self->a.s);
	ipu_session_close(&self->b.s);
}

/* The tile adds 1 to the word that is copied there, after counting down from a million. */
static const uint32_t add_1[] = {
	RV_LUI(RV_T0, 250), /* lui t0, 250 */
	RV_ADDI(RV_T0, RV_T0, -1), /* 1: addi t0, t0, -1 */
	RV_BNE(RV_T0, 0, -4), /* bnez t0, 1b */
	RV_LUI(RV_T0, IPU_TILE_DATA >> 12), /* lui t0, data */
	RV_LW(RV_T1, 0, RV_T0), /* lw t1, 0(t0) */
	RV_ADDI(RV_T1, RV_T1, 1), /* addi t1, t1, 1 */
	RV_SW(RV_T1, 0, RV_T0), /* sw t1, 0(t0) */
	RV_IPU_EXIT(0), /* ipu.exit zero */
};

/* Commands that make word @n of the shared buffer one more than the word before. */
static void add_step(struct side *side, unsigned int n)
{
	const uint64_t va = side->shared.va + 4 * n;

	ipu_add_copy(&side->s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, va - 4, 0, 4);
	ipu_add_run(&side->s, 0, false);
	ipu_add_copy(&side->s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, va, 0, 4);
}

/* A card works: it takes one step on words that nobody else uses. */
static int works(struct side *side, uint32_t *shared)
{
	int ret;

	shared[1000] = 41;
	shared[1001] = 0;
	ipu_add_code(&side->s, add_1, ARRAY_LEN(add_1));
	add_step(side, 1001);
	ret = ipu_run(&side->s);
	return ret ? ret : shared[1001] == 42 ? 0 : -EBADMSG;
}

/* How much of its buffers a user may have left, as one of few rights. */
static int take_bytes_as_user(const struct ipu_session *a, const struct ipu_session *b)
{
	struct drm_ipu_query_limits limits;
	struct drm_ipu_bo_create create = { 0 };

	if (setgid(65534) || setuid(65534) || ipu_query_limits(a->fd, &limits))
		return 1;
	create.size = limits.user_bytes / 5 * 3 & ~4095ull;
	if (ipu_do(a->fd, DRM_IOCTL_IPU_BO_CREATE, &create) || ipu_query_limits(b->fd, &limits) ||
	    limits.used_bytes != create.size)
		return 2;
	return ipu_do(b->fd, DRM_IOCTL_IPU_BO_CREATE, &create) == -EDQUOT ? 0 : 3;
}

/* What is limited is the machine's memory, of which each card has all. */
TEST_F(cards, memory_of_user)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(take_bytes_as_user(&self->a.s, &self->b.s));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* Nodes, contexts and tiles of their own. */
TEST_F(cards, nodes)
{
	struct drm_ipu_query_usage before, after;
	char path[2][PATH_MAX];
	struct stat node[2];
	uint32_t other;

	ASSERT_EQ(0, fstat(self->a.s.fd, &node[0]));
	ASSERT_EQ(0, fstat(self->b.s.fd, &node[1]));
	EXPECT_NE(node[0].st_rdev, node[1].st_rdev);
	ASSERT_EQ(0, ipu_sysfs_of(self->a.s.fd, path[0], sizeof(path[0])));
	ASSERT_EQ(0, ipu_sysfs_of(self->b.s.fd, path[1], sizeof(path[1])));
	EXPECT_STRNE(path[0], path[1]);
	EXPECT_EQ(-ENODEV, ipu_open_card(2));

	ASSERT_EQ(0, ipu_query_usage(self->b.s.fd, &before));
	ASSERT_EQ(0, ipu_ctx_create(self->a.s.fd, 1, 0, &other));
	EXPECT_EQ(-ENOENT, ipu_ctx_destroy(self->b.s.fd, other));
	ASSERT_EQ(0, ipu_query_usage(self->b.s.fd, &after));
	EXPECT_EQ(before.contexts, after.contexts);
	EXPECT_EQ(before.tiles, after.tiles);
	ASSERT_EQ(0, ipu_query_usage(self->a.s.fd, &after));
	EXPECT_EQ(2, after.contexts);
}

/* Each job is the other card's, waits for the one before, and needs what it wrote. */
TEST_F(cards, ping_pong)
{
	struct side *sides[] = { &self->a, &self->b };
	uint32_t timeline[2], i;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_syncobj_new(self->a.s.fd, &timeline[0]));
	ASSERT_EQ(0, ipu_syncobj_share(self->a.s.fd, timeline[0], self->b.s.fd, &timeline[1]));
	for (i = 0; i < 2; i++)
		ipu_add_code(&sides[i]->s, add_1, ARRAY_LEN(add_1));
	self->shared[0] = 7;
	for (i = 1; i <= 20; i++) {
		add_step(sides[i % 2], i);
		ASSERT_EQ(0, ipu_submit_sync(&sides[i % 2]->s, i > 1 ? timeline[i % 2] : 0, i - 1,
					     timeline[i % 2], i, &seqno));
	}
	ASSERT_EQ(0, ipu_syncobj_wait(self->b.s.fd, timeline[1], 20, IPU_TEST_WAIT_MS));
	for (i = 1; i <= 20; i++)
		EXPECT_EQ(7 + i, self->shared[i]);
}

/* The same with sync files, one way and the other. */
TEST_F(cards, sync_file)
{
	struct side *sides[] = { &self->a, &self->b };
	uint32_t done, before = 0, i;
	uint64_t seqno;
	int file, status;

	for (i = 0; i < 2; i++)
		ipu_add_code(&sides[i]->s, add_1, ARRAY_LEN(add_1));
	self->shared[0] = 1;
	for (i = 1; i <= 4; i++) {
		struct ipu_session *s = &sides[i % 2]->s;

		ASSERT_EQ(0, ipu_syncobj_new(s->fd, &done));
		add_step(sides[i % 2], i);
		ASSERT_EQ(0, ipu_submit_sync(s, before, 0, done, 0, &seqno));
		file = ipu_syncobj_to_sync_file(s->fd, done);
		ASSERT_LE(0, file);
		ASSERT_EQ(0, ipu_syncobj_import(sides[(i + 1) % 2]->s.fd, file, &before));
		close(file);
	}
	ASSERT_EQ(0, ipu_wait(self->a.s.fd, self->a.s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(5, self->shared[4]);
}

/* A buffer of each card, used by the other, which still has it when the first one closes it. */
TEST_F(cards, prime_both_ways)
{
	struct side *sides[] = { &self->a, &self->b };
	struct ipu_bo own, imported;
	uint32_t i;
	int dma_buf;

	for (i = 0; i < 2; i++) {
		struct ipu_session *from = &sides[i]->s, *to = &sides[1 - i]->s;

		ASSERT_EQ(0, ipu_bo_new(from->fd, 8192, &own));
		ASSERT_EQ(0, ipu_bo_map(from->fd, from->ctx, DRM_IPU_MAP_WRITE, &own));
		dma_buf = ipu_bo_export(from->fd, own.handle);
		ASSERT_LE(0, dma_buf);
		ASSERT_EQ(0, ipu_bo_import(to->fd, dma_buf, 8192, &imported));
		ASSERT_EQ(0, ipu_bo_map(to->fd, to->ctx, DRM_IPU_MAP_WRITE, &imported));
		close(dma_buf);

		*(uint32_t *)own.map = 0x1234 + i;
		ipu_add_copy(from, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, own.va, 0, 4);
		ipu_add_copy(from, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, own.va + 4096, 0,
			     4);
		ASSERT_EQ(0, ipu_run(from));
		ASSERT_EQ(0, ipu_bo_unmap(from->fd, from->ctx, own.va));
		ipu_bo_close(from->fd, &own);

		ipu_add_copy(to, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, imported.va + 4096, 0,
			     4);
		ipu_add_copy(to, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA,
			     ipu_mem_va(to, IPU_MEM_DATA), 0, 4);
		ASSERT_EQ(0, ipu_run(to));
		EXPECT_EQ(0x1234 + i, *(uint32_t *)ipu_mem(to, IPU_MEM_DATA));
		ipu_bo_close(to->fd, &imported);
	}
}

/*
 * A shared buffer alone orders nothing. Its dma-buf hands a fence from one card's job to the
 * other's when both ask for it.
 */
TEST_F(cards, explicit_fences)
{
	struct dma_buf_import_sync_file put = { .flags = DMA_BUF_SYNC_WRITE };
	struct dma_buf_export_sync_file get = { .flags = DMA_BUF_SYNC_READ };
	struct ipu_session *a = &self->a.s, *b = &self->b.s;
	uint32_t done, before;
	uint64_t loop, seqno;
	int status;

	ASSERT_EQ(0, ipu_syncobj_new(a->fd, &done));
	ASSERT_EQ(0, ipu_start_loop(a, &loop));
	ipu_add_copy(a, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, self->a.shared.va, 0, 4);
	ASSERT_EQ(0, ipu_submit_out(a, done, &seqno));
	put.fd = ipu_syncobj_to_sync_file(a->fd, done);
	ASSERT_LE(0, put.fd);
	ASSERT_EQ(0, ioctl(self->dma_buf, DMA_BUF_IOCTL_IMPORT_SYNC_FILE, &put));
	close(put.fd);

	/* The first card's job is about to write there, and the second one's reads it now. */
	EXPECT_EQ(0, works(&self->b, self->shared));

	ASSERT_EQ(0, ioctl(self->dma_buf, DMA_BUF_IOCTL_EXPORT_SYNC_FILE, &get));
	ASSERT_EQ(0, ipu_syncobj_import(b->fd, get.fd, &before));
	close(get.fd);
	add_step(&self->b, 1);
	ASSERT_EQ(0, ipu_submit_sync(b, before, 0, 0, 0, &seqno));
	EXPECT_EQ(-ETIME, ipu_wait(b->fd, b->ctx, seqno, 200, &status));
	ASSERT_EQ(0, ipu_ctx_destroy(a->fd, a->ctx));
	ASSERT_EQ(0, ipu_wait(b->fd, b->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ECANCELED, status);
}

/* A job of the second card that waits for one of the first, which loops. */
static int submit_waiting(struct side *a, struct side *b, uint64_t *looping, uint64_t *waiting)
{
	uint32_t done, before;
	uint64_t seqno;
	int ret;

	ret = ipu_start_loop(&a->s, looping);
	if (!ret)
		ret = ipu_syncobj_new(a->s.fd, &done);
	ipu_add_write(&a->s, 0, 1);
	if (!ret)
		ret = ipu_submit_out(&a->s, done, &seqno);
	if (!ret)
		ret = ipu_syncobj_share(a->s.fd, done, b->s.fd, &before);
	ipu_add_write(&b->s, 0, 1);
	return ret ? ret : ipu_submit_sync(&b->s, before, 0, 0, 0, waiting);
}

/* The job that waited has taken over @error, has done nothing, and its card works. */
#define EXPECT_ENDS(self, seqno, error)                                                     \
	do {                                                                                \
		struct ipu_session *b_ = &(self)->b.s;                                      \
		int status_ = 0;                                                            \
		EXPECT_EQ(0, ipu_wait(b_->fd, b_->ctx, seqno, IPU_TEST_WAIT_MS, &status_)); \
		EXPECT_EQ(error, status_);                                                  \
		EXPECT_EQ(0, *(uint64_t *)ipu_mem(b_, IPU_MEM_DATA));                       \
		EXPECT_EQ(0, works(&(self)->b, (self)->shared));                            \
	} while (0)

TEST_F(cards, fault_of_one)
{
	static const uint32_t bad[16] = { 0x77 };
	uint32_t done, before;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_syncobj_new(self->a.s.fd, &done));
	ipu_add(&self->a.s, bad);
	ASSERT_EQ(0, ipu_submit_out(&self->a.s, done, &seqno));
	ASSERT_EQ(0, ipu_syncobj_share(self->a.s.fd, done, self->b.s.fd, &before));
	ipu_add_write(&self->b.s, 0, 1);
	ASSERT_EQ(0, ipu_submit_sync(&self->b.s, before, 0, 0, 0, &seqno));
	EXPECT_ENDS(self, seqno, -EIO);
}

TEST_F(cards, reset_of_one)
{
	struct drm_ipu_ctx_query state;
	uint64_t looping, waiting;
	char path[PATH_MAX];

	ASSERT_EQ(0, ipu_sysfs_of(self->a.s.fd, path, sizeof(path) - 8));
	strcat(path, "/reset");
	ASSERT_EQ(0, submit_waiting(&self->a, &self->b, &looping, &waiting));
	ASSERT_EQ(0, ipu_write_file(path, "1"));
	EXPECT_ENDS(self, waiting, -EIO);
	ASSERT_EQ(0, ipu_ctx_query(self->b.s.fd, self->b.s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_USABLE, state.state);
	ASSERT_EQ(0, ipu_ctx_query(self->a.s.fd, self->a.s.ctx, &state));
	EXPECT_EQ(DRM_IPU_CTX_LOST, state.state);
}

/* The second card keeps the memory of the first one's buffer, too. */
TEST_F(cards, unplug_of_one)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	uint64_t looping, waiting;
	char path[PATH_MAX];
	int fd;

	ASSERT_EQ(0, ipu_sysfs_of(self->a.s.fd, path, sizeof(path) - 8));
	strcat(path, "/remove");
	ASSERT_EQ(0, submit_waiting(&self->a, &self->b, &looping, &waiting));
	ASSERT_EQ(0, ipu_write_file(path, "1"));
	EXPECT_ENDS(self, waiting, -ENODEV);

	ASSERT_EQ(0, ipu_write_file("/sys/bus/pci/rescan", "1"));
	while ((fd = ipu_open_card(1)) == -ENODEV && ipu_deadline(0) < deadline)
		ipu_sleep_ms(20);
	ASSERT_LE(0, fd);
	close(fd);
	EXPECT_EQ(0, works(&self->b, self->shared));
}

/* The one that has the buffer imported goes; the one whose it is does not mind. */
TEST_F(cards, unplug_of_importer)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	uint64_t looping, waiting;
	char path[PATH_MAX];
	int fd, status;

	ASSERT_EQ(0, ipu_sysfs_of(self->b.s.fd, path, sizeof(path) - 8));
	strcat(path, "/remove");
	ASSERT_EQ(0, submit_waiting(&self->b, &self->a, &looping, &waiting));
	ASSERT_EQ(0, ipu_write_file(path, "1"));
	ASSERT_EQ(0, ipu_wait(self->a.s.fd, self->a.s.ctx, waiting, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ENODEV, status);
	EXPECT_EQ(0, works(&self->a, self->shared));

	ASSERT_EQ(0, ipu_write_file("/sys/bus/pci/rescan", "1"));
	while ((fd = ipu_open_card(1)) == -ENODEV && ipu_deadline(0) < deadline)
		ipu_sleep_ms(20);
	ASSERT_LE(0, fd);
	close(fd);
}

TEST_HARNESS_MAIN
