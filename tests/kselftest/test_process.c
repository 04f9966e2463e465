// SPDX-License-Identifier: MIT
/*
 * Several processes: each has its tiles, none can access another's, and what
 * one had is freed when it is killed.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

/* Run work() in a process of its own; its exit status. */
static pid_t start(int (*work)(uint32_t), uint32_t arg)
{
	pid_t pid = fork();

	if (!pid)
		_exit(work(arg));
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static uint32_t card_tiles(void)
{
	struct drm_ipu_query_info info;
	int fd = ipu_open();

	if (fd < 0 || ipu_query_info(fd, &info))
		info.tiles = 0;
	close(fd);
	return info.tiles;
}

/* Fill half of the card with a value of its own, over and over, and check it. */
static int fill_and_look(uint32_t value)
{
	struct ipu_session s;
	uint32_t *out, i;
	int round;

	if (ipu_session_open(&s, card_tiles() / 2, 0))
		return 1;
	out = ipu_mem(&s, IPU_MEM_DATA);
	for (round = 0; round < 30; round++) {
		ipu_add_fill(&s, IPU_SRAM_BASE, 4096, value + round);
		ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, 0, s.tiles, IPU_SRAM_BASE + 1024,
			     ipu_mem_va(&s, IPU_MEM_DATA), 16, 16);
		if (ipu_run(&s))
			return 2;
		for (i = 0; i < 4 * s.tiles; i++) {
			if (out[i] != value + round)
				return 3;
		}
	}
	ipu_session_close(&s);
	return 0;
}

TEST(two_at_once)
{
	pid_t a, b;

	if (card_tiles() < 2)
		SKIP(return, "needs 2 tiles");
	a = start(fill_and_look, 0x10000);
	b = start(fill_and_look, 0x20000);
	EXPECT_EQ(0, finish(a));
	EXPECT_EQ(0, finish(b));
}

/* Tiles are numbered within the context: there is no number for another's. */
TEST(foreign_tiles)
{
	struct ipu_session mine, other;
	uint32_t half = card_tiles() / 2;
	uint32_t *out;

	if (!half)
		SKIP(return, "needs 2 tiles");
	ASSERT_EQ(0, ipu_session_open(&mine, half, 0));
	ASSERT_EQ(0, ipu_session_open(&other, half, 0));

	/* After the last one, before the first one, and far away. */
	ipu_add_copy(&mine, IPU_CMD_COPY_FROM_TILES, half, 1, IPU_SRAM_BASE,
		     ipu_mem_va(&mine, IPU_MEM_DATA), 0, 4);
	EXPECT_EQ(-EIO, ipu_run(&mine));
	ipu_add_copy(&mine, IPU_CMD_COPY_TO_TILES, half - 1, 2, IPU_SRAM_BASE,
		     ipu_mem_va(&mine, IPU_MEM_DATA), 4, 4);
	EXPECT_EQ(-EIO, ipu_run(&mine));
	ipu_add_copy(&other, IPU_CMD_COPY_TO_TILES, UINT32_MAX, 1, IPU_SRAM_BASE,
		     ipu_mem_va(&other, IPU_MEM_DATA), 4, 4);
	EXPECT_EQ(-EIO, ipu_run(&other));
	ipu_add_copy(&other, IPU_CMD_COPY_TO_TILES, 1, UINT32_MAX, IPU_SRAM_BASE,
		     ipu_mem_va(&other, IPU_MEM_DATA), 4, 4);
	EXPECT_EQ(-EIO, ipu_run(&other));

	out = ipu_mem(&other, IPU_MEM_DATA);
	out[0] = 1;
	ipu_add_copy(&other, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_SRAM_BASE,
		     ipu_mem_va(&other, IPU_MEM_DATA), 0, 4);
	EXPECT_EQ(0, ipu_run(&other));
	EXPECT_EQ(0, out[0]);
	ipu_session_close(&mine);
	ipu_session_close(&other);
}

/* A tile pulls from any tile of its run, and from no other. */
TEST(foreign_exchange)
{
	static const uint32_t code[] = {
		RV_LUI(RV_T0, IPU_TILE_DATA >> 12), /* lui t0, %hi(table) */
		RV_CSRW(IPU_CSR_XTAB, RV_T0), /* csrw xtab, t0 */
		RV_LI(RV_T1, 1), /* li t1, 1 */
		RV_CSRW(IPU_CSR_XCNT, RV_T1), /* csrw xcnt, t1 */
		RV_IPU_SYNC(IPU_ZONE_INTERNAL), /* ipu.sync internal */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
	};
	struct ipu_session mine, other;
	uint32_t half = card_tiles() / 2;
	struct ipu_xfer *xfer;
	struct drm_ipu_get_fault fault = {};

	if (!half)
		SKIP(return, "needs 2 tiles");
	ASSERT_EQ(0, ipu_session_open(&mine, half, 0));
	ASSERT_EQ(0, ipu_session_open(&other, half, 0));

	xfer = ipu_mem(&mine, IPU_MEM_DATA);
	*xfer = (struct ipu_xfer){
		.src_tile = half,
		.src_addr = IPU_SRAM_BASE,
		.dst_addr = IPU_TILE_DATA + 64,
		.bytes = 4,
	};
	ipu_add_copy(&mine, IPU_CMD_COPY_TO_TILES, 0, half, IPU_TILE_DATA,
		     ipu_mem_va(&mine, IPU_MEM_DATA), 0, sizeof(*xfer));
	ipu_add_code(&mine, code, ARRAY_LEN(code));
	ipu_add_run(&mine, 0, false);
	EXPECT_EQ(-EIO, ipu_run(&mine));
	fault.ctx = mine.ctx;
	ASSERT_EQ(0, ipu_do(mine.fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
	EXPECT_EQ(IPU_FAULT_EXCHANGE, fault.cause);
	ipu_session_close(&mine);
	ipu_session_close(&other);
}

/* A buffer that is mapped in one context is not mapped in another. */
TEST(foreign_buffers)
{
	struct ipu_session mine, other;
	struct ipu_bo secret;

	if (card_tiles() < 2)
		SKIP(return, "needs 2 tiles");
	ASSERT_EQ(0, ipu_session_open(&mine, 1, 0));
	ASSERT_EQ(0, ipu_session_open(&other, 1, 0));
	ASSERT_EQ(0, ipu_bo_new(other.fd, 4096, &secret));
	secret.va = 0x7000000000;
	ASSERT_EQ(0,
		  ipu_bo_map(other.fd, other.ctx, DRM_IPU_MAP_FIXED | DRM_IPU_MAP_WRITE, &secret));
	*(uint32_t *)secret.map = 0x5ec2e7;

	ipu_add_copy(&mine, IPU_CMD_COPY_TO_TILES, 0, 1, IPU_TILE_DATA, secret.va, 0, 4);
	EXPECT_EQ(-EIO, ipu_run(&mine));
	ipu_add_copy(&mine, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, secret.va, 0, 4);
	EXPECT_EQ(-EIO, ipu_run(&mine));
	EXPECT_EQ(0x5ec2e7, *(uint32_t *)secret.map);
	/* Nor is its handle valid in another file. */
	struct ipu_bo stolen = { .handle = secret.handle + 100 };

	EXPECT_EQ(-ENOENT, ipu_bo_map(mine.fd, mine.ctx, 0, &stolen));
	/* Nor the context. */
	EXPECT_EQ(-ENOENT, ipu_bo_unmap(mine.fd, other.ctx + 100, secret.va));
	ipu_bo_close(other.fd, &secret);
	ipu_session_close(&mine);
	ipu_session_close(&other);
}

/* Loop on all tiles, with more jobs queued, until the process is killed. */
static int loop_for_ever(uint32_t pipe_fd)
{
	struct ipu_session s;
	uint64_t seqno;
	unsigned int i;

	if (ipu_session_open(&s, 0, 0xffffffff) || ipu_start_loop(&s, &seqno))
		return 1;
	for (i = 0; i < 40; i++) {
		ipu_add_fill(&s, IPU_TILE_DATA, 4, i);
		if (ipu_submit(&s, &seqno))
			return 1;
	}
	if (write(pipe_fd, "", 1) != 1)
		return 1;
	pause();
	return 0;
}

TEST(killed)
{
	struct drm_ipu_query_usage usage;
	struct ipu_session s;
	uint32_t *out;
	int fds[2], round, status, fd;
	pid_t pid;
	char c;

	for (round = 0; round < 20; round++) {
		ASSERT_EQ(0, pipe(fds));
		pid = start(loop_for_ever, fds[1]);
		close(fds[1]);
		ASSERT_EQ(1, read(fds[0], &c, 1));
		close(fds[0]);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));

		/* All tiles are free, clean, and work. */
		fd = ipu_open();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ipu_query_usage(fd, &usage));
		EXPECT_EQ(0, usage.contexts);
		EXPECT_EQ(0, usage.tiles);
		close(fd);
		ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
		out = ipu_mem(&s, IPU_MEM_DATA);
		out[0] = 1;
		ipu_add_copy(&s, IPU_CMD_COPY_FROM_TILES, s.tiles - 1, 1, IPU_TILE_CODE,
			     ipu_mem_va(&s, IPU_MEM_DATA), 0, 4);
		EXPECT_EQ(0, ipu_run(&s));
		EXPECT_EQ(0, out[0]);
		ipu_session_close(&s);
	}
}

/* A child that inherited the file keeps the context after its creator has exited. */
TEST(inherited)
{
	struct ipu_session s;
	pid_t pid;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	pid = fork();
	if (!pid) {
		ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
		_exit(ipu_run(&s) ? 1 : 0);
	}
	EXPECT_EQ(0, finish(pid));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ipu_session_close(&s);
}

static const uint32_t bad_command[16] = { 0x77 };

/* Be user @uid, and fault @count times. */
static int fault_as(uid_t uid, uint32_t count)
{
	struct ipu_session s;
	uint32_t i;

	if (setgid(uid) || setuid(uid) || ipu_session_open(&s, 1, 0))
		return 1;
	for (i = 0; i < count; i++) {
		ipu_add(&s, bad_command);
		if (ipu_run(&s) != -EIO)
			return 2;
	}
	ipu_session_close(&s);
	return 0;
}

/* A user whose faults fill the log. */
static int fault_often(uint32_t count)
{
	return fault_as(65534, count);
}

static int fault_once(uint32_t uid)
{
	return fault_as(uid, 1);
}

/*
 * What one user's programs do wrong does not keep another's from the log. One in 64 other
 * users shares the first one's limit, and which ones is drawn at each probe: so four are
 * asked, and one that is seen will do.
 */
TEST(log_for_each_user)
{
	uint32_t uid, seen = 0;
	char line[64];
	pid_t pid;

	/* Whoever may use the card: here, everyone. */
	ASSERT_EQ(0, chmod("/dev/accel/accel0", 0666));
	/* What the tests before this one made this user log is over after five seconds. */
	sleep(6);
	ASSERT_EQ(0, finish(start(fault_often, 60)));
	for (uid = 1; uid <= 4; uid++) {
		pid = start(fault_once, uid);
		ASSERT_EQ(0, finish(pid));
		snprintf(line, sizeof(line), "[%d], job 1: unknown command", pid);
		seen += ipu_log_has(line);
	}
	EXPECT_NE(0, seen);
}

TEST_HARNESS_MAIN
