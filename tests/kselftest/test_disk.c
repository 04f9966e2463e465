// SPDX-License-Identifier: MIT
/*
 * A disk reads into a buffer of the process's memory, and writes from it, with O_DIRECT: the
 * kernel pins the pages of a buffer that the driver has pinned, and two devices access them.
 * IPU_TEST_DISK names the disk. tests/vm/test-disk is around this: the disk's first half has
 * what it made up, and is to be in the second half at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ipu_harness.h"
#include "ipu_test.h"

/* What goes at once, and how often until half of the disk is through. */
#define SIZE 0x10000
#define TURNS 8
#define SECTOR 512

/* @disk: for accesses around the page cache; @cached: through it */
FIXTURE(disk)
{
	struct ipu_session s;
	struct ipu_bo from, to;
	void *in, *out;
	int disk, cached;
};

static void *pages(void)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

FIXTURE_SETUP(disk)
{
	const char *path = getenv("IPU_TEST_DISK");

	ASSERT_NE(NULL, path);
	self->disk = open(path, O_RDWR | O_DIRECT | O_CLOEXEC);
	self->cached = open(path, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, self->disk);
	ASSERT_LE(0, self->cached);
	self->in = pages();
	self->out = pages();
	ASSERT_NE(MAP_FAILED, self->in);
	ASSERT_NE(MAP_FAILED, self->out);
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 0));
	ASSERT_EQ(0, ipu_bo_from_user(self->s.fd, self->in, SIZE, &self->from));
	ASSERT_EQ(0, ipu_bo_from_user(self->s.fd, self->out, SIZE, &self->to));
	ASSERT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, 0, &self->from));
	ASSERT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, DRM_IPU_MAP_WRITE, &self->to));
}

FIXTURE_TEARDOWN(disk)
{
	ipu_session_close(&self->s);
	close(self->cached);
	close(self->disk);
}

/* What the disk has been asked for, so far: Documentation/block/stat.rst. */
static void count_sectors(unsigned long long *read, unsigned long long *written)
{
	char path[PATH_MAX], text[512];

	*read = *written = 0;
	snprintf(path, sizeof(path), "/sys/class/block/%s/stat", basename(getenv("IPU_TEST_DISK")));
	if (!ipu_read_file(path, text, sizeof(text)))
		sscanf(text, "%*u %*u %llu %*u %*u %*u %llu", read, written);
}

/* Disk, card, disk; each of them accesses pages that the others have just accessed. */
TEST_F(disk, through_the_card)
{
	unsigned long long read[2], written[2];
	off_t at;

	count_sectors(&read[0], &written[0]);
	for (at = 0; at < TURNS * SIZE; at += SIZE) {
		memset(self->out, 0, SIZE);
		ASSERT_EQ(SIZE, pread(self->disk, self->in, SIZE, at));
		ASSERT_EQ(0, ipu_card_copy(&self->s, &self->from, &self->to));
		EXPECT_EQ(0, memcmp(self->in, self->out, SIZE));
		ASSERT_EQ(SIZE, pwrite(self->disk, self->out, SIZE, TURNS * SIZE + at));
	}
	count_sectors(&read[1], &written[1]);
	/* The page cache had no part in it. */
	EXPECT_EQ(TURNS * SIZE / SECTOR, read[1] - read[0]);
	EXPECT_EQ(TURNS * SIZE / SECTOR, written[1] - written[0]);
}

/* The disk reads into the first half of a buffer while the card reads the second. */
TEST_F(disk, at_the_same_time)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno;
	int status, i;

	memset((char *)self->in + SIZE / 2, 0x5a, SIZE / 2);
	for (i = 0; i < TURNS; i++) {
		memset(self->out, 0, SIZE);
		ipu_add_copy(s, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA,
			     self->from.va + SIZE / 2, 0, SIZE / 2);
		ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, self->to.va, 0,
			     SIZE / 2);
		ASSERT_EQ(0, ipu_submit(s, &seqno));
		ASSERT_EQ(SIZE / 2, pread(self->disk, self->in, SIZE / 2, i * SIZE));
		ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
		ASSERT_EQ(0, status);
		EXPECT_EQ(0, memcmp((char *)self->in + SIZE / 2, self->out, SIZE / 2));
		ASSERT_EQ(SIZE / 2, pread(self->cached, self->out, SIZE / 2, i * SIZE));
		EXPECT_EQ(0, memcmp(self->in, self->out, SIZE / 2));
	}
}

/* The process has no mapping any more, and the card reads what the disk has read. */
TEST_F(disk, unmapped)
{
	void *want = pages();

	ASSERT_NE(MAP_FAILED, want);
	ASSERT_EQ(SIZE, pread(self->cached, want, SIZE, 0));
	ASSERT_EQ(SIZE, pread(self->disk, self->in, SIZE, 0));
	ASSERT_EQ(0, munmap(self->in, SIZE));
	ASSERT_EQ(0, ipu_card_copy(&self->s, &self->from, &self->to));
	EXPECT_EQ(0, memcmp(want, self->out, SIZE));
}

/* The driver's own memory is no place for that, but for what comes through the page cache. */
TEST_F(disk, mapping_of_the_device)
{
	struct ipu_bo bo;

	ASSERT_EQ(0, ipu_bo_new(self->s.fd, SIZE, &bo));
	ASSERT_EQ(0, ipu_bo_map(self->s.fd, self->s.ctx, 0, &bo));
	EXPECT_EQ(-1, pread(self->disk, bo.map, SIZE, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, pwrite(self->disk, bo.map, SIZE, TURNS * SIZE));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(SIZE, pread(self->cached, bo.map, SIZE, 0));
	ASSERT_EQ(0, ipu_card_copy(&self->s, &bo, &self->to));
	ASSERT_EQ(SIZE, pread(self->disk, self->in, SIZE, 0));
	EXPECT_EQ(0, memcmp(self->in, self->out, SIZE));
	ipu_bo_close(self->s.fd, &bo);
}

TEST_HARNESS_MAIN
