// SPDX-License-Identifier: MIT
/*
 * The module: loaded and unloaded, not unloaded while it is in use, and its
 * parameters. The environment's IPU_MODULE says where ipu.ko is.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_dumped.h"
#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define NS_PER_S 1000000000ll

static int load(const char *parameters)
{
	const char *path = getenv("IPU_MODULE");
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	return ret;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "ipu", O_NONBLOCK) ? -errno : 0;
}

/* Once what was in use is freed, which takes a moment when a job was running. */
static int unload_soon(void)
{
	int64_t deadline = ipu_deadline(20000);
	int ret;

	while ((ret = unload()) == -EWOULDBLOCK && ipu_deadline(0) < deadline)
		ipu_sleep_ms(10);
	return ret;
}

static int works(struct ipu_session *s)
{
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	return ipu_run(s);
}

FIXTURE(module){};

FIXTURE_SETUP(module)
{
	if (!getenv("IPU_MODULE"))
		SKIP(return, "IPU_MODULE is not set");
}

/* As it was. */
FIXTURE_TEARDOWN(module)
{
	int fd = ipu_open();

	if (fd >= 0)
		close(fd);
	else if (getenv("IPU_MODULE"))
		EXPECT_EQ(0, load(""));
}

TEST_F(module, reload)
{
	struct ipu_session s;
	unsigned int i;

	for (i = 0; i < 20; i++) {
		ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
		ASSERT_EQ(0, works(&s));
		ipu_session_close(&s);
		ASSERT_EQ(0, unload());
		ASSERT_EQ(-ENODEV, ipu_open());
		ASSERT_EQ(0, load(""));
	}
}

TEST_F(module, in_use)
{
	struct ipu_session s;
	uint64_t seqno;

	ASSERT_EQ(0, ipu_session_open(&s, 0, 0xffffffff));
	ASSERT_EQ(0, ipu_start_loop(&s, &seqno));
	EXPECT_EQ(-EWOULDBLOCK, unload());
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

/* A fence that is held in user space keeps the module. */
TEST_F(module, fence_held)
{
	struct drm_ipu_sync sync = {};
	struct drm_ipu_submit submit = {
		.out_syncs = { .stride = sizeof(sync), .count = 1, .array = (uintptr_t)&sync },
	};
	struct ipu_session s;
	int sync_file;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, ipu_syncobj_new(s.fd, &sync.handle));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit_args(&s, &submit));
	sync_file = ipu_syncobj_to_sync_file(s.fd, sync.handle);
	ASSERT_LE(0, sync_file);
	ipu_session_close(&s);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	close(sync_file);
	EXPECT_EQ(0, unload_soon());
}

/* A job that waits on another driver's fence when its context is destroyed, and the module. */
TEST_F(module, foreign_fence)
{
	struct drm_ipu_sync sync = {};
	struct drm_ipu_submit submit = {
		.in_syncs = { .stride = sizeof(sync), .count = 1, .array = (uintptr_t)&sync },
	};
	struct ipu_session s;
	int timeline, sync_file, status;
	pid_t pid;

	timeline = ipu_sw_sync_open(&sync_file);
	if (timeline < 0)
		SKIP(return, IPU_NO_SW_SYNC);
	ASSERT_EQ(0, ipu_session_open(&s, 1, 0));
	ASSERT_EQ(0, ipu_syncobj_import(s.fd, sync_file, &sync.handle));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit_args(&s, &submit));
	ipu_session_close(&s);

	pid = fork();
	if (!pid)
		_exit(unload() ? 1 : 0);
	ipu_sleep_ms(500);
	EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
	EXPECT_EQ(0, ipu_sw_sync_signal(timeline));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	close(sync_file);
	close(timeline);
}

TEST_F(module, watchdog_parameter)
{
	struct drm_ipu_get_fault fault = {};
	struct ipu_session s;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("watchdog_ms=200"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	ASSERT_EQ(0, ipu_start_loop(&s, &seqno));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	fault.ctx = s.ctx;
	EXPECT_EQ(0, ipu_do(s.fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
	EXPECT_EQ(IPU_FAULT_WATCHDOG, fault.cause);
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

/* The driver's own time limit, where the card's watchdog does not apply. */
TEST_F(module, job_timeout_parameter)
{
	struct drm_ipu_get_fault fault = {};
	struct ipu_session s;
	uint64_t looping, behind;
	int status;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("job_timeout_ms=1000"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0xffffffff));
	ASSERT_EQ(0, ipu_start_loop(&s, &looping));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(&s, &behind));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, looping, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, behind, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	/* The card has no fault to report. */
	fault.ctx = s.ctx;
	EXPECT_EQ(-ENODATA, ipu_do(s.fd, DRM_IOCTL_IPU_GET_FAULT, &fault));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

/* A job that hangs outside of a run is found when the documentation says. */
TEST_F(module, hang_is_found_in_time)
{
	struct ipu_session s;
	int64_t start;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, ipu_session_open(&s, 1, 1000));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ipu_add_endless_copy(&s);
	start = ipu_deadline(0);
	ASSERT_EQ(0, ipu_submit(&s, &seqno));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	EXPECT_LE(start + 11 * NS_PER_S, ipu_deadline(0));
	/* Half a second later, and what a busy machine adds. */
	EXPECT_GE(start + 30 * NS_PER_S, ipu_deadline(0));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
}

/* Two contexts, the second one with a value in SRAM. */
static int open_two(struct ipu_session *a, uint32_t watchdog_ms, struct ipu_session *b)
{
	int ret = ipu_session_open(a, 1, watchdog_ms);

	if (!ret)
		ret = ipu_session_open(b, 1, 0);
	if (ret)
		return ret;
	ipu_add_fill(b, IPU_TILE_DATA, 4, 0x600d);
	return ipu_run(b);
}

/* Is it still there? */
static int keeps(struct ipu_session *s)
{
	uint32_t *out = ipu_mem(s, IPU_MEM_DATA);
	int ret;

	out[0] = 0;
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, ipu_mem_va(s, IPU_MEM_DATA),
		     0, 4);
	ret = ipu_run(s);
	return ret ? ret : out[0] == 0x600d ? 0 : -EBADMSG;
}

static bool one_tile(void)
{
	struct drm_ipu_query_info info = {};
	int fd = ipu_open();

	ipu_query_info(fd, &info);
	close(fd);
	return info.tiles < 2;
}

/* A context that the driver has to stop for the third time is banned, and only that. */
TEST_F(module, banned)
{
	struct ipu_session s, other;
	uint64_t looping, behind;
	int status, i;

	if (one_tile())
		SKIP(return, "needs 2 tiles");
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("job_timeout_ms=500"));
	ASSERT_EQ(0, open_two(&s, 0xffffffff, &other));
	for (i = 1; i <= 3; i++) {
		ASSERT_EQ(0, ipu_start_loop(&s, &looping));
		ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
		ASSERT_EQ(0, ipu_submit(&s, &behind));
		ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, looping, IPU_TEST_WAIT_MS, &status));
		EXPECT_EQ(-ETIMEDOUT, status);
		ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, behind, IPU_TEST_WAIT_MS, &status));
		EXPECT_EQ(i < 3 ? 0 : -EIO, status);
	}
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(-EIO, ipu_submit(&s, &behind));
	EXPECT_EQ(0, keeps(&other));
	ipu_session_close(&s);
	ipu_session_close(&other);
	EXPECT_EQ(0, unload());
}

/* A mapping that the card does not forget in time costs the context a job, and others nothing. */
TEST_F(module, unmap_takes_too_long)
{
	struct drm_ipu_query_usage before, after;
	struct ipu_session s, other;
	struct ipu_bo bo;
	uint64_t seqno;
	int status, i;

	if (one_tile())
		SKIP(return, "needs 2 tiles");
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("inval_timeout_ms=0"));
	ipu_dump_clear();
	ASSERT_EQ(0, open_two(&s, 0, &other));
	ASSERT_EQ(0, ipu_bo_new(s.fd, 4096, &bo));
	ipu_add_endless_copy(&s);
	ASSERT_EQ(0, ipu_submit(&s, &seqno));
	ASSERT_EQ(0, ipu_query_usage(s.fd, &before));
	after = before;
	for (i = 0; i < 10000 && after.resets == before.resets; i++) {
		bo.va = 0;
		ASSERT_EQ(0, ipu_bo_map(s.fd, s.ctx, DRM_IPU_MAP_WRITE, &bo));
		ASSERT_EQ(0, ipu_bo_unmap(s.fd, s.ctx, bo.va));
		ASSERT_EQ(0, ipu_query_usage(s.fd, &after));
	}
	EXPECT_EQ(before.resets + 1, after.resets);
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	EXPECT_EQ(IPU_DUMP_INVALIDATE, ipu_dump_take_kind());
	EXPECT_EQ(0, works(&s));
	EXPECT_EQ(0, keeps(&other));
	ipu_bo_close(s.fd, &bo);
	ipu_session_close(&s);
	ipu_session_close(&other);
	EXPECT_EQ(0, unload_soon());
}

/* Many short runs: each is within the watchdog's limit. Takes minutes. */
static void add_long_job(struct ipu_session *s)
{
	/* Count down from 64 million, then exit. */
	static const uint32_t code[] = {
		RV_LUI(RV_T0, 16000), /* lui t0, 16000 */
		RV_ADDI(RV_T0, RV_T0, -1), /* 1: addi t0, t0, -1 */
		RV_BNE(RV_T0, 0, -4), /* bnez t0, 1b */
		RV_LI(RV_A0, 0), /* li a0, 0 */
		RV_IPU_EXIT(RV_A0), /* ipu.exit a0 */
	};
	int i;

	ipu_add_code(s, code, ARRAY_LEN(code));
	for (i = 0; i < 1000; i++)
		ipu_add_run(s, 0, false);
}

/* What others can wait on has a time limit in all; what they cannot has none. */
TEST_F(module, fence_timeout_parameter)
{
	struct ipu_session s;
	uint64_t seqno, last;
	int64_t start;
	uint32_t out;
	int status;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("fence_timeout_ms=8000"));
	ASSERT_EQ(0, ipu_session_open(&s, 1, 8000));
	ASSERT_EQ(0, ipu_syncobj_new(s.fd, &out));
	add_long_job(&s);
	ASSERT_EQ(0, ipu_submit(&s, &seqno));
	EXPECT_EQ(-ETIME, ipu_wait(s.fd, s.ctx, seqno, 10000, &status));
	/* Now it has: a job behind it has a fence. Its time counts from here. */
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	start = ipu_deadline(0);
	ASSERT_EQ(0, ipu_submit_out(&s, out, &last));
	EXPECT_EQ(0, ipu_syncobj_wait(s.fd, out, 0, IPU_TEST_WAIT_MS));
	EXPECT_LE(start + 7 * NS_PER_S, ipu_deadline(0));
	EXPECT_GE(start + 30 * NS_PER_S, ipu_deadline(0));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, seqno, 0, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, last, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

/* The driver looks itself, so a lost interrupt delays a job by half a second. */
TEST_F(module, lost_interrupt)
{
	static const uint32_t bad[16] = { 0x77 };
	struct ipu_session s;
	int64_t start;

	ASSERT_EQ(0, unload());
	/* Who waits does not look. */
	ASSERT_EQ(0, load("job_timeout_ms=32000 busy_wait_us=0"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	ASSERT_EQ(0, ipu_mask_interrupts(true));
	start = ipu_deadline(0);
	EXPECT_EQ(0, works(&s));
	EXPECT_LE(start + 2 * NS_PER_S / 5, ipu_deadline(0));
	EXPECT_GE(start + 10 * NS_PER_S, ipu_deadline(0));
	ipu_add(&s, bad);
	EXPECT_EQ(-EIO, ipu_run(&s));
	ASSERT_EQ(0, ipu_mask_interrupts(false));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

/* The card is found gone when a job times out, and comes back. */
TEST_F(module, no_answer)
{
	struct ipu_session s;
	uint64_t looping, behind;
	int status;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("job_timeout_ms=1000"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0xffffffff));
	ASSERT_EQ(0, ipu_start_loop(&s, &looping));
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(&s, &behind));
	ASSERT_EQ(0, ipu_answer(false));
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, looping, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ENODEV, status);
	ASSERT_EQ(0, ipu_wait(s.fd, s.ctx, behind, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ENODEV, status);

	ASSERT_EQ(0, ipu_answer(true));
	ASSERT_EQ(0, ipu_write_sysfs("reset", "1"));
	ipu_session_close(&s);
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	EXPECT_EQ(0, works(&s));
	ipu_session_close(&s);
	EXPECT_EQ(0, unload());
}

TEST_HARNESS_MAIN
