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

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

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

/* A lost interrupt delays a job by no more than that. */
TEST_F(module, lost_interrupt)
{
	static const uint32_t bad[16] = { 0x77 };
	struct ipu_session s;
	int64_t start;

	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("job_timeout_ms=1000"));
	ASSERT_EQ(0, ipu_session_open(&s, 0, 0));
	ASSERT_EQ(0, ipu_mask_interrupts(true));
	start = ipu_deadline(0);
	EXPECT_EQ(0, works(&s));
	EXPECT_LE(start + 900000000, ipu_deadline(0));
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
