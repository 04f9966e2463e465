// SPDX-License-Identifier: MIT
/*
 * Debugging by ioctls: who may debug, what happens to a halted context when its
 * owner closes it or dies, and that arguments are checked. What a debugger can do
 * with a tile is tested with libipu.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define WATCHDOG_MS 1000

FIXTURE(debug)
{
	struct ipu_session s;
};

FIXTURE_SETUP(debug)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, WATCHDOG_MS));
}

FIXTURE_TEARDOWN(debug)
{
	ipu_session_close(&self->s);
}

static int ctl(int fd, uint32_t ctx, uint32_t op, uint32_t flags, uint32_t tile, uint32_t unit)
{
	struct drm_ipu_debug_ctl args = {
		.ctx = ctx,
		.op = op,
		.flags = flags,
		.tile = tile,
		.unit = unit,
	};

	return ipu_do(fd, DRM_IOCTL_IPU_DEBUG_CTL, &args);
}

static int attach(struct ipu_session *s, uint32_t flags)
{
	return ctl(s->fd, s->ctx, DRM_IPU_DEBUG_ATTACH, flags, 0, 0);
}

static int detach(struct ipu_session *s)
{
	return ctl(s->fd, s->ctx, DRM_IPU_DEBUG_DETACH, 0, 0, 0);
}

static int halt(struct ipu_session *s)
{
	return ctl(s->fd, s->ctx, DRM_IPU_DEBUG_HALT, 0, 0, 0);
}

static int go(struct ipu_session *s, uint32_t flags, uint32_t tile)
{
	return ctl(s->fd, s->ctx, DRM_IPU_DEBUG_GO, flags, tile, flags ? IPU_UNIT_SUPERVISOR : 0);
}

static int wait_halt(struct ipu_session *s, unsigned int ms, struct drm_ipu_debug_wait *stop)
{
	*stop = (struct drm_ipu_debug_wait){
		.ctx = s->ctx,
		.timeout_ns = ms ? ipu_deadline(ms) : 0,
	};
	return ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_WAIT, stop);
}

static int point(struct ipu_session *s, uint32_t index, uint32_t access, uint32_t tile,
		 uint32_t addr, uint32_t len)
{
	struct drm_ipu_debug_point args = {
		.ctx = s->ctx,
		.index = index,
		.access = access,
		.tile = tile,
		.addr = addr,
		.len = len,
	};

	return ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_POINT, &args);
}

static int access_words(struct ipu_session *s, uint32_t flags, uint32_t tile, uint32_t addr,
			uint32_t *words, uint32_t count)
{
	struct drm_ipu_debug_access args = {
		.ctx = s->ctx,
		.flags = flags,
		.tile = tile,
		.unit = addr & IPU_DBG_REG ? IPU_UNIT_SUPERVISOR : 0,
		.addr = addr,
		.count = count,
		.data = (uintptr_t)words,
	};

	return ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_ACCESS, &args);
}

static uint32_t reg(struct ipu_session *s, uint32_t tile, uint32_t number)
{
	uint32_t value = 0;

	return access_words(s, 0, tile, IPU_DBG_REG | number, &value, 1) ? 0xbad0bad0 : value;
}

/* Submit a program that counts in a0 for ever. */
static int start_counting(struct ipu_session *s, uint64_t *seqno)
{
	static const uint32_t code[] = {
		RV_ADDI(RV_A0, RV_A0, 1),
		RV_I(0x6f, 7, 0, 31, -3), /* jal zero, -4 */
		RV_IPU_EXIT(0),
	};

	ipu_add_code(s, code, ARRAY_LEN(code));
	ipu_add_run(s, 0, false);
	return ipu_submit(s, seqno);
}

#define AT_LOOP IPU_TILE_CODE
#define AT_EXIT (IPU_TILE_CODE + 8)

/* Attach and have the program halted. */
static int halt_counting(struct ipu_session *s, uint64_t *seqno)
{
	struct drm_ipu_debug_wait stop;
	int ret = attach(s, DRM_IPU_DEBUG_AT_START);

	if (!ret)
		ret = start_counting(s, seqno);
	if (!ret)
		ret = wait_halt(s, IPU_TEST_WAIT_MS, &stop);
	return ret ? ret : stop.reason == IPU_DBG_START ? 0 : -EBADMSG;
}

TEST_F(debug, step_break_and_detach)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_wait stop;
	uint32_t value, tile;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, halt_counting(s, &seqno));
	EXPECT_EQ(AT_LOOP, reg(s, 0, IPU_DBG_REG_PC));
	ASSERT_EQ(0, go(s, DRM_IPU_DEBUG_STEP | DRM_IPU_DEBUG_ALONE, s->tiles - 1));
	ASSERT_EQ(0, wait_halt(s, IPU_TEST_WAIT_MS, &stop));
	EXPECT_EQ(IPU_DBG_STEP, stop.reason);
	EXPECT_EQ(s->tiles - 1, stop.tile);
	EXPECT_EQ(AT_LOOP + 4, stop.pc);
	EXPECT_EQ(1, reg(s, s->tiles - 1, IPU_DBG_REG_X + RV_A0));

	ASSERT_EQ(0, point(s, 31, IPU_DBG_EXEC, s->tiles - 1, AT_LOOP, 0));
	ASSERT_EQ(0, go(s, 0, 0));
	ASSERT_EQ(0, wait_halt(s, IPU_TEST_WAIT_MS, &stop));
	EXPECT_EQ(IPU_DBG_BREAK, stop.reason);
	EXPECT_EQ(1, reg(s, s->tiles - 1, IPU_DBG_REG_X + RV_A0));
	/* halted for longer than a run may take, and it does not time out */
	ASSERT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 3 * WATCHDOG_MS, &status));
	ASSERT_EQ(0, wait_halt(s, 0, &stop));

	value = AT_EXIT;
	for (tile = 0; tile < s->tiles; tile++)
		ASSERT_EQ(0, access_words(s, DRM_IPU_DEBUG_WRITE, tile,
					  IPU_DBG_REG | IPU_DBG_REG_PC, &value, 1));
	ASSERT_EQ(0, detach(s));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(0, status);
	EXPECT_EQ(-EINVAL, wait_halt(s, 0, &stop));
}

TEST_F(debug, the_watchdog_counts_without_a_debugger)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, halt_counting(s, &seqno));
	ASSERT_EQ(0, detach(s));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-ETIMEDOUT, status);
}

TEST_F(debug, halt_what_runs)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_wait stop;
	uint32_t before, words[64];
	uint64_t seqno;
	int status, i;

	ASSERT_EQ(0, attach(s, 0));
	ASSERT_EQ(0, start_counting(s, &seqno));
	/* its time does not count either */
	ASSERT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 2 * WATCHDOG_MS, &status));
	EXPECT_EQ(-EBUSY, access_words(s, 0, 0, IPU_SRAM_BASE, words, 1));
	EXPECT_EQ(-EBUSY, go(s, 0, 0));
	for (i = 0; i < 10; i++) {
		int64_t end = ipu_deadline(10);

		EXPECT_EQ(-ETIME, wait_halt(s, 10, &stop));
		EXPECT_LE(end, ipu_deadline(0));
	}
	ASSERT_EQ(0, halt(s));
	ASSERT_EQ(0, wait_halt(s, IPU_TEST_WAIT_MS, &stop));
	EXPECT_EQ(IPU_DBG_HALT, stop.reason);
	before = reg(s, stop.tile, IPU_DBG_REG_X + RV_A0);
	EXPECT_NE(0, before);
	ipu_sleep_ms(20);
	EXPECT_EQ(before, reg(s, stop.tile, IPU_DBG_REG_X + RV_A0));
	ASSERT_EQ(0, access_words(s, 0, 0, IPU_TILE_CODE, words, 2));
	EXPECT_EQ(RV_ADDI(RV_A0, RV_A0, 1), words[0]);
	EXPECT_EQ(-ENOENT, access_words(s, 0, 0, IPU_SRAM_END - 4, words, 2));
	EXPECT_EQ(-ENOENT, access_words(s, 0, 0, IPU_SRAM_BASE + 2, words, 1));
	EXPECT_EQ(-ENOENT, access_words(s, 0, 0, IPU_DBG_REG | 0xfff0, words, 1));
	ASSERT_EQ(0, go(s, 0, 0));
	EXPECT_EQ(-ETIME, wait_halt(s, 20, &stop));
}

/* A debugger may take its time, so others cannot wait on what is debugged. */
TEST_F(debug, no_fences)
{
	struct ipu_session *s = &self->s;
	uint64_t seqno;
	uint32_t out;
	int status;

	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	ipu_add_endless_copy(s);
	ASSERT_EQ(0, ipu_submit_out(s, out, &seqno));
	EXPECT_EQ(-EBUSY, attach(s, 0));
	ASSERT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, out, 0, IPU_TEST_WAIT_MS));

	ipu_session_close(s);
	ASSERT_EQ(0, ipu_session_open(s, 0, WATCHDOG_MS));
	ASSERT_EQ(0, ipu_syncobj_new(s->fd, &out));
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit_out(s, out, &seqno));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	ASSERT_EQ(0, attach(s, 0));
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(-EOPNOTSUPP, ipu_submit_out(s, out, &seqno));
	ASSERT_EQ(0, detach(s));
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(0, ipu_submit_out(s, out, &seqno));
	EXPECT_EQ(2, seqno);
	EXPECT_EQ(0, ipu_syncobj_wait(s->fd, out, 0, IPU_TEST_WAIT_MS));
}

/* the context is destroyed while it is halted, and its jobs with it */
TEST_F(debug, destroy_while_halted)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_wait stop;
	uint64_t seqno;
	uint32_t ctx;

	ASSERT_EQ(0, halt_counting(s, &seqno));
	ASSERT_EQ(0, ipu_ctx_destroy(s->fd, s->ctx));
	EXPECT_EQ(-ENOENT, wait_halt(s, 0, &stop));
	/* the next context on these tiles is not debugged */
	ASSERT_EQ(0, ipu_ctx_create(s->fd, s->tiles, 0, &ctx));
	s->ctx = ctx;
	EXPECT_EQ(-EINVAL, wait_halt(s, 0, &stop));
}

TEST_F(debug, close_while_halted)
{
	struct drm_ipu_query_usage usage;
	struct ipu_session s;
	uint64_t seqno;
	int fd;

	fd = ipu_open();
	ASSERT_LE(0, fd);
	ipu_session_close(&self->s);
	ASSERT_EQ(0, ipu_session_open(&s, 0, WATCHDOG_MS));
	ASSERT_EQ(0, halt_counting(&s, &seqno));
	ipu_session_close(&s);
	ASSERT_EQ(0, ipu_query_usage(fd, &usage));
	EXPECT_EQ(0, usage.tiles);
	close(fd);
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, WATCHDOG_MS));
}

/* a process halts a context and is killed */
TEST_F(debug, kill_while_halted)
{
	struct drm_ipu_query_usage usage;
	char byte = 0;
	int pipes[2];
	int status;
	pid_t pid;
	int fd;

	ipu_session_close(&self->s);
	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		struct drm_ipu_debug_wait stop;
		struct ipu_session s;
		uint64_t seqno;

		if (ipu_session_open(&s, 0, WATCHDOG_MS) || halt_counting(&s, &seqno) ||
		    write(pipes[1], &byte, 1) != 1)
			_exit(1);
		/* and waits for a halt that does not come */
		if (!go(&s, 0, 0))
			wait_halt(&s, IPU_TEST_WAIT_MS, &stop);
		_exit(1);
	}
	ASSERT_EQ(1, read(pipes[0], &byte, 1));
	ipu_sleep_ms(50);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	close(pipes[0]);
	close(pipes[1]);
	fd = ipu_open();
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ipu_query_usage(fd, &usage));
	EXPECT_EQ(0, usage.tiles);
	close(fd);
	ASSERT_EQ(0, ipu_session_open(&self->s, 0, WATCHDOG_MS));
}

TEST_F(debug, another_file)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_wait stop;
	struct ipu_session other;
	uint32_t value = 0;
	uint64_t seqno;

	ASSERT_EQ(0, halt_counting(s, &seqno));
	/* the same number, through another file */
	other = *s;
	other.fd = ipu_open();
	ASSERT_LE(0, other.fd);
	EXPECT_EQ(-ENOENT, attach(&other, 0));
	EXPECT_EQ(-ENOENT, detach(&other));
	EXPECT_EQ(-ENOENT, halt(&other));
	EXPECT_EQ(-ENOENT, go(&other, 0, 0));
	EXPECT_EQ(-ENOENT, wait_halt(&other, 0, &stop));
	EXPECT_EQ(-ENOENT, point(&other, 0, 0, 0, 0, 0));
	EXPECT_EQ(-ENOENT, access_words(&other, 0, 0, IPU_SRAM_BASE, &value, 1));
	close(other.fd);
	EXPECT_EQ(0, wait_halt(s, 0, &stop));
}

TEST_F(debug, bad_arguments)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_ctl padded = { .ctx = s->ctx, .pad = 1 };
	struct drm_ipu_debug_wait wait = { .ctx = s->ctx, .pad = 1 };
	static uint32_t words[DRM_IPU_DEBUG_MAX_WORDS + 1];
	struct drm_ipu_debug_wait stop;
	uint64_t seqno;

	/* not debugged */
	EXPECT_EQ(-EINVAL, detach(s));
	EXPECT_EQ(-EINVAL, halt(s));
	EXPECT_EQ(-EINVAL, go(s, 0, 0));
	EXPECT_EQ(-EINVAL, wait_halt(s, 0, &stop));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_EXEC, 0, AT_LOOP, 0));
	EXPECT_EQ(-EINVAL, access_words(s, 0, 0, IPU_SRAM_BASE, words, 1));
	EXPECT_EQ(-EINVAL, attach(s, DRM_IPU_DEBUG_STEP));
	EXPECT_EQ(-EINVAL, ctl(s->fd, s->ctx, 4, 0, 0, 0));
	EXPECT_EQ(-EINVAL, ctl(s->fd, s->ctx, DRM_IPU_DEBUG_ATTACH, 0, 0, 1));
	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_CTL, &padded));
	EXPECT_EQ(-ENOENT, ctl(s->fd, s->ctx + 1, DRM_IPU_DEBUG_ATTACH, 0, 0, 0));

	ASSERT_EQ(0, halt_counting(s, &seqno));
	EXPECT_EQ(-EBUSY, attach(s, 0));
	EXPECT_EQ(-EINVAL, ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_WAIT, &wait));
	EXPECT_EQ(-EINVAL, go(s, DRM_IPU_DEBUG_AT_END, 0));
	EXPECT_EQ(-EINVAL, go(s, DRM_IPU_DEBUG_STEP, s->tiles));
	EXPECT_EQ(-EINVAL, ctl(s->fd, s->ctx, DRM_IPU_DEBUG_GO, DRM_IPU_DEBUG_STEP, 0, 7));
	EXPECT_EQ(-EINVAL, point(s, 32, IPU_DBG_EXEC, 0, AT_LOOP, 0));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_EXEC, s->tiles, AT_LOOP, 0));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_EXEC, 0, AT_LOOP + 1, 0));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_EXEC, 0, AT_LOOP, 1));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_EXEC | IPU_DBG_READ, 0, AT_LOOP, 0));
	EXPECT_EQ(-EINVAL, point(s, 0, IPU_DBG_WRITE, 0, AT_LOOP, 0));
	EXPECT_EQ(-EINVAL, point(s, 0, 8, 0, AT_LOOP, 1));
	EXPECT_EQ(-EINVAL, point(s, 0, 0, 1, 0, 0));
	EXPECT_EQ(-EINVAL, access_words(s, 2, 0, IPU_SRAM_BASE, words, 1));
	EXPECT_EQ(-EINVAL, access_words(s, 0, s->tiles, IPU_SRAM_BASE, words, 1));
	EXPECT_EQ(-EINVAL, access_words(s, 0, 0, IPU_SRAM_BASE, words, ARRAY_LEN(words)));
	EXPECT_EQ(-EFAULT, access_words(s, 0, 0, IPU_SRAM_BASE, NULL, 1));
	EXPECT_EQ(-EFAULT, access_words(s, DRM_IPU_DEBUG_WRITE, 0, IPU_SRAM_BASE, NULL, 1));
	EXPECT_EQ(0, access_words(s, 0, 0, IPU_SRAM_BASE, words, ARRAY_LEN(words) - 1));
	EXPECT_EQ(0, access_words(s, 0, 0, IPU_SRAM_BASE, NULL, 0));
}

/* a fault is reported first, and then ends the job; the context continues, still debugged */
TEST_F(debug, fault)
{
	static const uint32_t bad[] = { RV_LW(RV_A0, 0, 0) };
	struct ipu_session *s = &self->s;
	struct drm_ipu_debug_wait stop;
	uint64_t seqno;
	int status;

	ASSERT_EQ(0, attach(s, 0));
	ipu_add_code(s, bad, ARRAY_LEN(bad));
	ipu_add_run(s, 0, false);
	ASSERT_EQ(0, ipu_submit(s, &seqno));
	ASSERT_EQ(0, wait_halt(s, IPU_TEST_WAIT_MS, &stop));
	EXPECT_EQ(IPU_DBG_FAULT, stop.reason);
	EXPECT_EQ(IPU_FAULT_LOAD, stop.cause);
	EXPECT_EQ(IPU_TILE_CODE, stop.pc);
	ASSERT_EQ(-ETIME, ipu_wait(s->fd, s->ctx, seqno, 20, &status));
	ASSERT_EQ(0, go(s, 0, 0));
	ASSERT_EQ(0, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status));
	EXPECT_EQ(-EIO, status);
	ASSERT_EQ(0, halt(s));
	ASSERT_EQ(0, wait_halt(s, IPU_TEST_WAIT_MS, &stop));
	EXPECT_EQ(IPU_DBG_HALT, stop.reason);
}

TEST_HARNESS_MAIN
