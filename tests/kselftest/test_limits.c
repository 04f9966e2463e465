// SPDX-License-Identifier: MIT
/*
 * What one user, and one context, may take: contexts and tiles of the card, page
 * tables, mappings and jobs. Who meets a limit is told so, and others are not
 * affected. The tests run as root, who has no share, and start others.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

#define USER 65534
#define OTHER 65533
#define SHARE "/sys/module/ipu/parameters/user_share"

/* How many contexts that are closed a user may have, in addition to those of the card. */
#define CLOSED 16

/* What 2 MiB of addresses need at least: a table. */
#define SPAN 0x200000ull

/* Whether the child did as it should; a step's number if not. */
static int finish(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

/* ---- one user --------------------------------------------------------------------- */

FIXTURE(user)
{
	struct drm_ipu_query_info info;
	struct drm_ipu_query_limits limits;
	int fd;
	uint32_t contexts;
	uint32_t tiles;
};

FIXTURE_SETUP(user)
{
	self->fd = ipu_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, chmod("/dev/accel/accel0", 0666));
	ASSERT_EQ(0, ipu_query_info(self->fd, &self->info));
	ASSERT_EQ(0, ipu_query_limits(self->fd, &self->limits));
	/* Half of each, and one at least. */
	self->contexts = self->info.contexts > 1 ? self->info.contexts / 2 : 1;
	self->tiles = self->info.tiles > 1 ? self->info.tiles / 2 : 1;
}

FIXTURE_TEARDOWN(user)
{
	close(self->fd);
	EXPECT_EQ(0, ipu_write_file(SHARE, "50"));
}

/*
 * A child that is the user @uid, creates contexts of @tiles each until that fails,
 * and keeps them until it is killed. It reports how many, and the error.
 */
struct taken {
	pid_t pid;
	uint32_t contexts;
	int error;
};

static void take(struct taken *taken, uid_t uid, uint32_t tiles)
{
	struct taken mine = { 0 };
	uint32_t ctx;
	int fds[2], fd;

	taken->error = 0;
	taken->contexts = 0;
	taken->pid = pipe(fds) ? -1 : fork();
	if (!taken->pid) {
		if (setgid(uid) || setuid(uid))
			_exit(1);
		fd = ipu_open();
		while (fd >= 0 && !(mine.error = ipu_ctx_create(fd, tiles, 0, &ctx)))
			mine.contexts++;
		if (write(fds[1], &mine, sizeof(mine)) != sizeof(mine))
			_exit(1);
		pause();
	}
	close(fds[1]);
	if (read(fds[0], &mine, sizeof(mine)) == sizeof(mine)) {
		taken->contexts = mine.contexts;
		taken->error = mine.error;
	}
	close(fds[0]);
}

static void release(struct taken *taken)
{
	kill(taken->pid, SIGKILL);
	waitpid(taken->pid, NULL, 0);
}

TEST_F(user, root_has_all)
{
	EXPECT_EQ(self->info.contexts, self->limits.user_contexts);
	EXPECT_EQ(self->info.tiles, self->limits.user_tiles);
	EXPECT_EQ(0, self->limits.used_contexts);
	EXPECT_EQ(0, self->limits.used_tiles);
	EXPECT_EQ(0, self->limits.pad);
	EXPECT_EQ(0, self->limits.used_bytes);
}

TEST_F(user, contexts)
{
	uint32_t most = self->contexts < self->tiles ? self->contexts : self->tiles;
	struct taken first, second;
	uint32_t ctx;

	if (self->info.tiles < 4)
		SKIP(return, "needs 4 tiles");
	take(&first, USER, 1);
	EXPECT_EQ(most, first.contexts);
	EXPECT_EQ(-EDQUOT, first.error);

	/* Another process of that user gets none, another user and root do. */
	take(&second, USER, 1);
	EXPECT_EQ(0, second.contexts);
	EXPECT_EQ(-EDQUOT, second.error);
	release(&second);
	EXPECT_EQ(0, ipu_ctx_create(self->fd, 1, 0, &ctx));
	EXPECT_EQ(0, ipu_ctx_destroy(self->fd, ctx));
	take(&second, OTHER, 1);
	EXPECT_EQ(most, second.contexts);
	release(&second);

	/* All is given back. */
	release(&first);
	take(&first, USER, 1);
	EXPECT_EQ(most, first.contexts);
	release(&first);
}

TEST_F(user, tiles)
{
	struct taken taken;

	if (self->info.tiles < 2)
		SKIP(return, "needs 2 tiles");
	take(&taken, USER, self->info.tiles);
	EXPECT_EQ(0, taken.contexts);
	EXPECT_EQ(-EDQUOT, taken.error);
	release(&taken);
	take(&taken, USER, self->tiles);
	EXPECT_EQ(1, taken.contexts);
	EXPECT_EQ(-EDQUOT, taken.error);
	release(&taken);
}

TEST_F(user, parameter)
{
	struct taken taken;

	ASSERT_EQ(0, ipu_write_file(SHARE, "100"));
	take(&taken, USER, self->info.tiles);
	EXPECT_EQ(1, taken.contexts);
	release(&taken);
	/* One of each, whatever the share is. */
	ASSERT_EQ(0, ipu_write_file(SHARE, "0"));
	take(&taken, USER, 1);
	EXPECT_EQ(1, taken.contexts);
	EXPECT_EQ(-EDQUOT, taken.error);
	release(&taken);
}

/* A context that is closed at once, with a job that waits for the syncobj. */
static int make_closed(int fd, uint32_t in)
{
	const struct drm_ipu_sync sync = { .handle = in };
	struct drm_ipu_submit submit = {
		.cmd_va = SPAN,
		.cmd_count = 1,
		.in_syncs = { sizeof(sync), 1, (uintptr_t)&sync },
	};
	int ret = ipu_ctx_create(fd, 1, 0, &submit.ctx);

	if (ret)
		return ret;
	ret = ipu_do(fd, DRM_IOCTL_IPU_SUBMIT, &submit);
	return ret ? ret : ipu_ctx_destroy(fd, submit.ctx);
}

/* Returns 0, or which step did not do as it should. */
static int fill_with_closed(uint32_t contexts)
{
	struct ipu_session s;
	unsigned int count;
	uint64_t loop;
	uint32_t fence;
	int ret = 0;

	if (setgid(USER) || setuid(USER) || ipu_session_open(&s, 1, 50000))
		return 1;
	if (ipu_syncobj_new(s.fd, &fence) || ipu_start_loop(&s, &loop))
		return 2;
	ipu_add_fill(&s, IPU_TILE_DATA, 4, 1);
	if (ipu_submit_out(&s, fence, &(uint64_t){ 0 }))
		return 2;
	/* The session's own, and those that are closed. */
	for (count = 1; !ret && count < 1000; count++)
		ret = make_closed(s.fd, fence);
	if (ret != -EDQUOT || count - 1 != contexts + CLOSED)
		return 3;
	/* With the fence they go, some time. */
	if (ipu_job_cancel(&s, loop))
		return 4;
	for (count = 0; ret && count < IPU_TEST_WAIT_MS / 10; count++) {
		ipu_sleep_ms(10);
		ret = make_closed(s.fd, fence);
	}
	return ret ? 5 : 0;
}

/* A context with a job that waits takes memory after it was closed, and so counts. */
TEST_F(user, closed)
{
	pid_t pid = fork();

	if (!pid)
		_exit(fill_with_closed(self->info.contexts));
	EXPECT_EQ(0, finish(pid));
}

/* Make buffers of 1 MiB as the user until that fails; nothing is mapped, so they take nothing. */
static int fill_memory(int fd, uint64_t most)
{
	struct drm_ipu_bo_create create = { .size = 1 << 20 };
	struct drm_ipu_query_limits limits;
	uint64_t count = 0;
	int ret;

	if (setgid(USER) || setuid(USER))
		return 1;
	while (!(ret = ipu_do(fd, DRM_IOCTL_IPU_BO_CREATE, &create)))
		count++;
	if (ret != -EDQUOT || count != most >> 21)
		return 2;
	if (ipu_query_limits(fd, &limits) || limits.used_bytes != count << 20)
		return 3;
	/* What was freed can be had again. */
	struct drm_gem_close gem_close = { .handle = create.handle };

	if (ipu_do(fd, DRM_IOCTL_GEM_CLOSE, &gem_close))
		return 4;
	return ipu_do(fd, DRM_IOCTL_IPU_BO_CREATE, &create) ? 5 : 0;
}

TEST_F(user, memory)
{
	struct drm_ipu_query_limits limits;
	int fd = ipu_open(), again;
	pid_t pid;

	ASSERT_LE(0, fd);
	pid = fork();
	if (!pid)
		_exit(fill_memory(fd, self->limits.user_bytes));
	EXPECT_EQ(0, finish(pid));
	/* Root is not affected, and all is given back with the file. */
	struct ipu_bo bo;

	ASSERT_EQ(0, ipu_bo_new(fd, 4096, &bo));
	ASSERT_EQ(0, ipu_query_limits(fd, &limits));
	EXPECT_EQ(4096, limits.used_bytes);
	ipu_bo_close(fd, &bo);
	close(fd);
	pid = fork();
	if (!pid) {
		again = ipu_open();
		_exit(fill_memory(again, self->limits.user_bytes));
	}
	EXPECT_EQ(0, finish(pid));
}

static int query_as_user(int fd, const struct drm_ipu_query_limits *wanted)
{
	struct drm_ipu_query_limits limits;
	uint32_t ctx;

	if (setgid(USER) || setuid(USER))
		return 1;
	if (ipu_ctx_create(fd, 1, 0, &ctx) || ipu_query_limits(fd, &limits))
		return 2;
	return memcmp(&limits, wanted, sizeof(limits)) ? 3 : 0;
}

/* The limits are those of the process that asks. */
TEST_F(user, query)
{
	struct drm_ipu_query_limits wanted = self->limits;
	pid_t pid;

	wanted.user_contexts = self->contexts;
	wanted.user_tiles = self->tiles;
	wanted.used_contexts = 1;
	wanted.used_tiles = 1;
	wanted.user_bytes = self->limits.user_bytes / 2 & ~4095ull;
	pid = fork();
	if (!pid)
		_exit(query_as_user(self->fd, &wanted));
	EXPECT_EQ(0, finish(pid));
}

/* A namespace's user of another uid, who shares with the user that made the namespace. */
static int take_as_subuser(int ready, int go)
{
	struct taken taken = { 0 };
	uint32_t ctx;
	char c = 0;
	int fd = ipu_open();

	if (fd < 0 || setgid(USER) || setuid(USER))
		return 1;
	while (!(taken.error = ipu_ctx_create(fd, 1, 0, &ctx)))
		taken.contexts++;
	if (unshare(CLONE_NEWUSER))
		return 100;
	if (write(ready, &c, 1) != 1 || read(go, &c, 1) != 1)
		return 2;
	if (setuid(1) || getuid() != 1)
		return 3;
	return taken.contexts && ipu_ctx_create(fd, 1, 0, &ctx) == -EDQUOT ? 0 : 4;
}

TEST_F(user, namespace)
{
	int ready[2], go[2], result;
	char path[64], c;
	pid_t pid;

	if (self->info.tiles < 4)
		SKIP(return, "needs 4 tiles");
	ASSERT_EQ(0, pipe(ready));
	ASSERT_EQ(0, pipe(go));
	pid = fork();
	if (!pid)
		_exit(take_as_subuser(ready[1], go[0]));
	close(ready[1]);
	close(go[0]);
	if (read(ready[0], &c, 1) == 1) {
		snprintf(path, sizeof(path), "/proc/%d/uid_map", pid);
		EXPECT_EQ(0, ipu_write_file(path, "0 65534 1\n1 100000 1\n"));
		ASSERT_EQ(1, write(go[1], &c, 1));
	}
	result = finish(pid);
	close(ready[0]);
	close(go[1]);
	if (result == 100)
		SKIP(return, "no user namespaces here: the kernel has none, or this is a chroot");
	EXPECT_EQ(0, result);
}

/* ---- one context -------------------------------------------------------------------- */

FIXTURE(context)
{
	struct drm_ipu_query_limits limits;
	struct ipu_session s;
	struct ipu_bo bo;
};

FIXTURE_SETUP(context)
{
	ASSERT_EQ(0, ipu_session_open(&self->s, 1, 60000));
	ASSERT_EQ(0, ipu_query_limits(self->s.fd, &self->limits));
	ASSERT_EQ(0, ipu_bo_new(self->s.fd, 4096, &self->bo));
}

FIXTURE_TEARDOWN(context)
{
	ipu_bo_close(self->s.fd, &self->bo);
	ipu_session_close(&self->s);
	/* Another one works. */
	EXPECT_EQ(0, ipu_session_open(&self->s, 1, 0));
	ipu_add_fill(&self->s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(0, ipu_run(&self->s));
	ipu_session_close(&self->s);
}

static int map_at(struct ipu_session *s, struct ipu_bo *bo, uint64_t va)
{
	bo->va = va;
	return ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_FIXED, bo);
}

/* Map a page at every span from @first on until that fails. */
static int map_sparsely(struct ipu_session *s, struct ipu_bo *bo, uint64_t first, uint64_t most,
			uint64_t *count)
{
	int ret = 0;

	for (*count = 0; *count < most && !ret; ++*count)
		ret = map_at(s, bo, (first + *count) * SPAN);
	if (ret)
		--*count;
	return ret;
}

/* A page table for each mapping of one page: they are limited. */
TEST_F(context, tables)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_ctx_query before, after;
	struct ipu_bo large;
	uint64_t count;

	ASSERT_EQ(-EDQUOT, map_sparsely(s, &self->bo, 8, 200000, &count));
	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &before));
	EXPECT_EQ(self->limits.ctx_tables, before.tables);
	EXPECT_GE(before.tables, count);
	EXPECT_LE(before.tables * 9 / 10, count);

	/* What needs no new table works, and so does all of it once one is free. */
	EXPECT_EQ(0, map_at(s, &self->bo, 8 * SPAN + 4096));
	EXPECT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, 9 * SPAN));
	EXPECT_EQ(0, map_at(s, &self->bo, (8 + count) * SPAN));
	EXPECT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, (8 + count) * SPAN));

	/* A mapping that fails half way has changed nothing. */
	ASSERT_EQ(0, ipu_bo_new(s->fd, 2 * SPAN, &large));
	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &before));
	/* Not at a multiple of 2 MiB, where large pages would need no tables. */
	EXPECT_EQ(-EDQUOT, map_at(s, &large, (8 + count) * SPAN + 4096));
	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &after));
	EXPECT_EQ(before.tables, after.tables);
	EXPECT_EQ(before.mappings, after.mappings);
	EXPECT_EQ(0, map_at(s, &self->bo, 9 * SPAN));
	ipu_bo_close(s->fd, &large);

	/* And the context works. */
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	EXPECT_EQ(0, ipu_run(s));
}

/* 65,536 calls take a debug kernel on a busy machine minutes. */
TEST_F_TIMEOUT(context, mappings, 900)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_ctx_query state;
	uint32_t i;

	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &state));
	for (i = state.mappings; i < self->limits.ctx_mappings; i++)
		ASSERT_EQ(0, map_at(s, &self->bo, 8 * SPAN + i * 4096ull));
	EXPECT_EQ(-EDQUOT, map_at(s, &self->bo, 8 * SPAN + i * 4096ull));
	EXPECT_EQ(0, ipu_bo_unmap(s->fd, s->ctx, 8 * SPAN + (i - 1) * 4096ull));
	EXPECT_EQ(0, map_at(s, &self->bo, 8 * SPAN + i * 4096ull));
}

TEST_F(context, jobs)
{
	struct ipu_session *s = &self->s;
	struct drm_ipu_ctx_query state;
	uint64_t seqno, last;
	uint32_t i;

	ASSERT_EQ(0, ipu_start_loop(s, &seqno));
	ipu_add_fill(s, IPU_TILE_DATA, 4, 1);
	ASSERT_EQ(0, ipu_submit(s, &last));
	struct drm_ipu_submit submit = {
		.ctx = s->ctx,
		.cmd_va = s->list.va + (s->end - 1) * IPU_CMD_SIZE,
		.cmd_count = 1,
	};

	for (i = 2; i < self->limits.ctx_jobs; i++)
		ASSERT_EQ(0, ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit));
	last = submit.seqno;
	EXPECT_EQ(-EDQUOT, ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit));
	EXPECT_EQ(last, seqno + self->limits.ctx_jobs - 1);
	ASSERT_EQ(0, ipu_ctx_query(s->fd, s->ctx, &state));
	EXPECT_EQ(self->limits.ctx_jobs, state.jobs);
}

/* ---- accounting ----------------------------------------------------------------------- */

#define CGROUP "/tmp/ipu-test-cgroup"

static long long read_number(const char *path)
{
	FILE *file = fopen(path, "r");
	long long number = -1;

	if (file) {
		if (fscanf(file, "%lld", &number) != 1)
			number = -1;
		fclose(file);
	}
	return number;
}

/* A process in a memory cgroup that maps a page at many addresses: what is it charged? */
static int map_in_cgroup(long long *charged)
{
	struct ipu_session s;
	struct ipu_bo bo;
	uint64_t count;
	long long before;

	if (ipu_write_file(CGROUP "/test/cgroup.procs", "0"))
		return 1;
	if (ipu_session_open(&s, 1, 0) || ipu_bo_new(s.fd, 4096, &bo))
		return 2;
	before = read_number(CGROUP "/test/memory.current");
	if (map_sparsely(&s, &bo, 8, 1000, &count))
		return 3;
	*charged = read_number(CGROUP "/test/memory.current") - before;
	return 0;
}

TEST(accounted)
{
	long long charged = 0;
	int fds[2], result;
	pid_t pid;

	mkdir(CGROUP, 0755);
	if (mount("none", CGROUP, "cgroup2", 0, NULL))
		SKIP(return, "this kernel has no cgroups");
	if (ipu_write_file(CGROUP "/cgroup.subtree_control", "+memory")) {
		umount(CGROUP);
		SKIP(return, "this kernel has no memory cgroup");
	}
	mkdir(CGROUP "/test", 0755);
	EXPECT_EQ(0, pipe(fds));
	pid = fork();
	if (!pid) {
		result = map_in_cgroup(&charged);
		if (write(fds[1], &charged, sizeof(charged)) != sizeof(charged))
			result = 4;
		_exit(result);
	}
	EXPECT_EQ(0, finish(pid));
	EXPECT_EQ(sizeof(charged), read(fds[0], &charged, sizeof(charged)));
	/* A table of 4 KiB for each; but up to 64 pages were charged in advance. */
	EXPECT_LE((1000 - 64) * 4096ll, charged);
	rmdir(CGROUP "/test");
	umount(CGROUP);
	rmdir(CGROUP);
}

TEST_HARNESS_MAIN
