// SPDX-License-Identifier: MIT
/*
 * Memory that cannot be had and user memory that cannot be accessed, at each point of every
 * ioctl once: the kernel's fault injection (Documentation/fault-injection) fails the first
 * allocation or copy of a call, then the second one, until the call meets no more. A call
 * that fails says so and leaves nothing behind; the next one works. Needs the debug kernel.
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

#include "failnth.h"
#include "ipu_rv.h"
#include "ipu_harness.h"
#include "ipu_test.h"

/* Where buffers are mapped that a case needs mapped. */
#define AT 0x40000000ull

/* ---- calls ----------------------------------------------------------------------------- */

/* What a call needs, made by its prepare(). */
struct state {
	struct ipu_session s;
	struct failnth faults;
	struct ipu_bo bo;
	/* Signaled, and not. */
	uint32_t in, out;
	uint64_t point;
	uint64_t seqno;
	void *memory;
};

static int do_query(struct state *st)
{
	struct drm_ipu_query_limits limits;
	struct drm_ipu_dev_query args = {
		.type = DRM_IPU_QUERY_LIMITS,
		.size = sizeof(limits),
		.data = (uintptr_t)&limits,
	};

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEV_QUERY, &args);
}

static int close_handle(struct state *st, uint32_t handle)
{
	struct drm_gem_close args = { .handle = handle };

	return ipu_do(st->s.fd, DRM_IOCTL_GEM_CLOSE, &args);
}

static int do_bo_create(struct state *st)
{
	struct drm_ipu_bo_create args = { .size = 8192 };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_CREATE, &args);

	return ret ? ret : close_handle(st, args.handle);
}

static int need_memory(struct state *st)
{
	st->memory = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	return st->memory == MAP_FAILED ? -errno : 0;
}

static int do_bo_from_user(struct state *st)
{
	struct drm_ipu_bo_from_user args = { .addr = (uintptr_t)st->memory, .size = 8192 };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_FROM_USER, &args);

	return ret ? ret : close_handle(st, args.handle);
}

static int do_bo_mmap_offset(struct state *st)
{
	struct drm_ipu_bo_mmap_offset args = { .handle = st->bo.handle };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &args);
}

static int do_bo_madvise(struct state *st)
{
	struct drm_ipu_bo_madvise args = { .handle = st->bo.handle };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_MADVISE, &args);
}

static int do_ctx_create(struct state *st)
{
	struct drm_ipu_ctx_create args = { .tiles = 1, .flags = DRM_IPU_CTX_EVENTS };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_CTX_CREATE, &args);

	return ret ? ret : ipu_ctx_destroy(st->s.fd, args.ctx);
}

static int do_ctx_destroy(struct state *st)
{
	struct drm_ipu_ctx_destroy args = {};
	int ret = ipu_ctx_create(st->s.fd, 1, 0, &args.ctx);

	if (ret)
		return ret;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_CTX_DESTROY, &args);
	/* It still exists. */
	if (ret && ipu_ctx_destroy(st->s.fd, args.ctx))
		return -EBADE;
	return ret;
}

static int do_ctx_query(struct state *st)
{
	struct drm_ipu_ctx_query args = { .ctx = st->s.ctx };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_CTX_QUERY, &args);
}

/* What is mapped is made anew each time: its pages, too, are allocated by the call. */
static int do_bo_map(struct state *st)
{
	struct ipu_bo bo;
	struct drm_ipu_bo_map args = { .ctx = st->s.ctx };
	int ret = ipu_bo_new(st->s.fd, 8192, &bo);

	if (ret)
		return ret;
	args.handle = bo.handle;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_MAP, &args);
	if (!ret)
		ret = ipu_bo_unmap(st->s.fd, st->s.ctx, args.va);
	ipu_bo_close(st->s.fd, &bo);
	return ret;
}

static int do_bo_unmap(struct state *st)
{
	struct drm_ipu_bo_unmap args = { .ctx = st->s.ctx, .va = AT };
	int ret;

	st->bo.va = AT;
	ret = ipu_bo_map(st->s.fd, st->s.ctx, DRM_IPU_MAP_FIXED, &st->bo);
	if (ret)
		return ret;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_UNMAP, &args);
	/* It still is mapped. */
	if (ret && ipu_bo_unmap(st->s.fd, st->s.ctx, AT))
		return -EBADE;
	return ret;
}

/* Map two pages, and unmap one of them. */
static int bind(struct state *st, uint32_t flags)
{
	const struct drm_ipu_bind_op ops[] = {
		{ .type = DRM_IPU_BIND_MAP, .handle = st->bo.handle, .va = AT, .size = 8192 },
		{ .type = DRM_IPU_BIND_UNMAP, .va = AT, .size = 4096 },
	};
	const struct drm_ipu_sync in = { .handle = st->in };
	const struct drm_ipu_sync out = { .handle = st->out, .point = st->point + 1 };
	struct drm_ipu_vm_bind args = {
		.ctx = st->s.ctx,
		.flags = flags,
		.ops = { sizeof(ops[0]), ARRAY_LEN(ops), (uintptr_t)ops },
	};

	if (flags & DRM_IPU_BIND_ASYNC) {
		args.in_syncs = (struct drm_ipu_obj_array){ sizeof(in), 1, (uintptr_t)&in };
		args.out_syncs = (struct drm_ipu_obj_array){ sizeof(out), 1, (uintptr_t)&out };
	}
	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_VM_BIND, &args);
}

static int do_vm_bind(struct state *st)
{
	return bind(st, 0);
}

static int need_syncs(struct state *st)
{
	struct drm_syncobj_create args = { .flags = DRM_SYNCOBJ_CREATE_SIGNALED };
	int ret = ipu_do(st->s.fd, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	st->in = args.handle;
	return ret ? ret : ipu_syncobj_new(st->s.fd, &st->out);
}

static int do_vm_bind_later(struct state *st)
{
	int ret = bind(st, DRM_IPU_BIND_ASYNC);

	if (ret)
		return ret;
	return ipu_syncobj_wait(st->s.fd, st->out, ++st->point, IPU_TEST_WAIT_MS);
}

/* A list of one command, which can be submitted often. */
static int need_job(struct state *st)
{
	ipu_add_fill(&st->s, IPU_TILE_DATA, 4, 1);
	return need_syncs(st);
}

static struct drm_ipu_submit submission(struct state *st)
{
	return (struct drm_ipu_submit){
		.ctx = st->s.ctx,
		.cmd_va = st->s.list.va,
		.cmd_count = 1,
	};
}

static int do_submit(struct state *st)
{
	const struct drm_ipu_sync in = { .handle = st->in };
	const struct drm_ipu_sync out[] = {
		{ .handle = st->out, .point = st->point + 1 },
		{ .handle = st->in },
	};
	struct drm_ipu_submit args = submission(st);
	int ret, status;

	args.in_syncs = (struct drm_ipu_obj_array){ sizeof(in), 1, (uintptr_t)&in };
	args.out_syncs = (struct drm_ipu_obj_array){ sizeof(out[0]), 2, (uintptr_t)out };
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_SUBMIT, &args);
	if (ret)
		return ret;
	st->point++;
	ret = ipu_wait(st->s.fd, st->s.ctx, args.seqno, IPU_TEST_WAIT_MS, &status);
	return ret ? ret : status;
}

static int do_wait(struct state *st)
{
	struct drm_ipu_submit submit = submission(st);
	struct drm_ipu_wait args = { .ctx = st->s.ctx };
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_SUBMIT, &submit);

	if (ret)
		return ret;
	args.seqno = submit.seqno;
	args.timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS);
	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_WAIT, &args);
}

static int do_job_cancel(struct state *st)
{
	struct drm_ipu_submit submit = submission(st);
	struct drm_ipu_job_cancel args = { .ctx = st->s.ctx };
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_SUBMIT, &submit);

	if (ret)
		return ret;
	args.seqno = submit.seqno;
	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_JOB_CANCEL, &args);
}

static int do_queue_create(struct state *st)
{
	struct drm_ipu_queue_create args = { .ctx = st->s.ctx };
	struct drm_ipu_queue_destroy destroy = { .ctx = st->s.ctx };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_QUEUE_CREATE, &args);

	destroy.queue = args.queue;
	return ret ? ret : ipu_do(st->s.fd, DRM_IOCTL_IPU_QUEUE_DESTROY, &destroy);
}

static int do_queue_destroy(struct state *st)
{
	struct drm_ipu_queue_create create = { .ctx = st->s.ctx };
	struct drm_ipu_queue_destroy args = { .ctx = st->s.ctx };
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_QUEUE_CREATE, &create);

	if (ret)
		return ret;
	args.queue = create.queue;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_QUEUE_DESTROY, &args);
	if (ret && ipu_do(st->s.fd, DRM_IOCTL_IPU_QUEUE_DESTROY, &args))
		return -EBADE;
	return ret;
}

static int need_fault(struct state *st)
{
	static const uint32_t bad[16] = { 0x77 };

	ipu_add(&st->s, bad);
	return ipu_run(&st->s) == -EIO ? 0 : -EBADE;
}

static int do_get_fault(struct state *st)
{
	struct drm_ipu_get_fault args = { .ctx = st->s.ctx };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_GET_FAULT, &args);
}

static int debug_ctl(struct state *st, uint32_t op, uint32_t flags)
{
	struct drm_ipu_debug_ctl args = { .ctx = st->s.ctx, .op = op, .flags = flags };

	return ipu_do(st->s.fd, DRM_IOCTL_IPU_DEBUG_CTL, &args);
}

static int do_debug_ctl(struct state *st)
{
	struct drm_ipu_debug_ctl args = { .ctx = st->s.ctx, .op = DRM_IPU_DEBUG_ATTACH };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEBUG_CTL, &args);

	return ret ? ret : debug_ctl(st, DRM_IPU_DEBUG_DETACH, 0);
}

static int debug_wait(struct state *st, struct drm_ipu_debug_wait *args)
{
	*args = (struct drm_ipu_debug_wait){
		.ctx = st->s.ctx,
		.timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS),
	};
	return ipu_do(st->s.fd, DRM_IOCTL_IPU_DEBUG_WAIT, args);
}

/* A run that is halted where it begins. */
static int need_halted(struct state *st)
{
	static const uint32_t code[] = {
		RV_JUMP_SELF,
	};
	struct drm_ipu_debug_wait args;
	int ret = debug_ctl(st, DRM_IPU_DEBUG_ATTACH, DRM_IPU_DEBUG_AT_START);

	if (ret)
		return ret;
	ipu_add_code(&st->s, code, ARRAY_LEN(code));
	ipu_add_run(&st->s, 0, false);
	ret = ipu_submit(&st->s, &st->seqno);
	return ret ? ret : debug_wait(st, &args);
}

static int do_debug_wait(struct state *st)
{
	struct drm_ipu_debug_wait args = { .ctx = st->s.ctx };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEBUG_WAIT, &args);
}

static int do_debug_point(struct state *st)
{
	struct drm_ipu_debug_point args = {
		.ctx = st->s.ctx,
		.access = IPU_DBG_EXEC,
		.tile = 0xffffffff,
		.addr = IPU_TILE_CODE,
	};

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEBUG_POINT, &args);
}

static int debug_access(struct state *st, uint32_t flags)
{
	uint32_t words[64] = {};
	struct drm_ipu_debug_access args = {
		.ctx = st->s.ctx,
		.flags = flags,
		.addr = IPU_TILE_DATA,
		.count = ARRAY_LEN(words),
		.data = (uintptr_t)words,
	};

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEBUG_ACCESS, &args);
}

static int do_debug_read(struct state *st)
{
	return debug_access(st, 0);
}

static int do_debug_write(struct state *st)
{
	return debug_access(st, DRM_IPU_DEBUG_WRITE);
}

static int do_open(struct state *st)
{
	int fd;

	failnth_arm(&st->faults);
	fd = open("/dev/accel/accel0", O_RDWR | O_CLOEXEC);
	fd = fd < 0 ? -errno : fd;
	failnth_disarm(&st->faults);
	return fd < 0 ? fd : close(fd);
}

static int do_mmap(struct state *st)
{
	struct drm_ipu_bo_mmap_offset offset = { .handle = st->bo.handle };
	void *at;
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset);

	if (ret)
		return ret;
	failnth_arm(&st->faults);
	at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, st->s.fd, offset.offset);
	ret = at == MAP_FAILED ? -errno : 0;
	failnth_disarm(&st->faults);
	return ret ? ret : munmap(at, 8192);
}

/* Of a new buffer each time: the kernel remembers what it has exported. */
static int do_export(struct state *st)
{
	struct drm_prime_handle args = { .flags = DRM_CLOEXEC };
	struct ipu_bo bo;
	int ret = ipu_bo_new(st->s.fd, 8192, &bo), next = dup(st->s.fd);

	if (ret)
		return ret;
	args.handle = bo.handle;
	close(next);
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);
	/* If it cannot say its number, the file is there all the same: it is the next one. */
	close(next);
	ipu_bo_close(st->s.fd, &bo);
	return ret;
}

/* ---- tests ------------------------------------------------------------------------------ */

FIXTURE(failnth)
{
	struct state st;
};

FIXTURE_VARIANT(failnth)
{
	int (*prepare)(struct state *st);
	int (*call)(struct state *st);
	/* How many of its points fail it, at least: copies of arguments, and memory. */
	unsigned int least;
	/* What it may say, too. */
	int error;
};

#define CALL(name, ...)                        \
	FIXTURE_VARIANT_ADD(failnth, name)     \
	{                                      \
		.call = do_##name, __VA_ARGS__ \
	}

CALL(query, .least = 3);
/* The kernel's tmpfs has no space when it has no memory for an inode. */
CALL(bo_create, .least = 4, .error = -ENOSPC);
CALL(bo_from_user, .least = 4, .prepare = need_memory);
CALL(bo_mmap_offset, .least = 2);
CALL(bo_madvise, .least = 2);
CALL(ctx_create, .least = 10);
CALL(ctx_destroy, .least = 1);
CALL(ctx_query, .least = 2);
CALL(bo_map, .least = 3);
CALL(bo_unmap, .least = 1);
CALL(vm_bind, .least = 8);
CALL(vm_bind_later, .least = 10, .prepare = need_syncs);
CALL(submit, .least = 8, .prepare = need_job);
CALL(wait, .least = 2, .prepare = need_job);
CALL(job_cancel, .least = 1, .prepare = need_job);
CALL(queue_create, .least = 3);
CALL(queue_destroy, .least = 1);
CALL(get_fault, .least = 2, .prepare = need_fault);
CALL(debug_ctl, .least = 1);
CALL(debug_wait, .least = 2, .prepare = need_halted);
CALL(debug_point, .least = 1, .prepare = need_halted);
CALL(debug_read, .least = 2, .prepare = need_halted);
CALL(debug_write, .least = 2, .prepare = need_halted);
CALL(open, .least = 3);
CALL(mmap, .least = 1);
CALL(export, .least = 2);

FIXTURE_SETUP(failnth)
{
	struct state *st = &self->st;

	if (failnth_open(&st->faults))
		SKIP(return, FAILNTH_NONE);
	ASSERT_EQ(0, ipu_session_open(&st->s, 1, 0));
	ASSERT_EQ(0, ipu_bo_new(st->s.fd, 8192, &st->bo));
	if (variant->prepare)
		ASSERT_EQ(0, variant->prepare(st));
}

FIXTURE_TEARDOWN(failnth)
{
	if (self->st.faults.file <= 0)
		return;
	munmap(self->st.bo.map, self->st.bo.size);
	ipu_session_close(&self->st.s);
	EXPECT_EQ(0, ipu_wait_freed());
}

static bool may_say(int ret, const struct failnth *f, int other)
{
	return !ret || (f->reached && (ret == -ENOMEM || ret == -EFAULT || ret == other));
}

/* How many points of a call failed it. The last call meets no failure, and works. */
static unsigned int fail_each(struct __test_metadata *_metadata, struct state *st,
			      int (*call)(struct state *st), int error)
{
	struct failnth *f = &st->faults;
	unsigned int failed = 0;
	int ret = 0;

	f->reached = true;
	for (f->nth = 1; f->reached && f->nth < FAILNTH_MOST; f->nth++) {
		ret = call(st);
		EXPECT_TRUE(may_say(ret, f, error))
		{
			TH_LOG("point %u: error %d", f->nth, ret);
		}
		failed += !!ret;
	}
	EXPECT_EQ(0, ret);
	EXPECT_FALSE(f->reached);
	TH_LOG("%u of %u points failed it", failed, f->nth - 2);
	return failed;
}

/*
 * A point may be another's once, as of a page fault or of the sanitizer's store of stacks, and
 * the call's own move by one: then it is missed, and all are tried again.
 */
TEST_F(failnth, each)
{
	unsigned int tries = 3, failed = 0;

	while (tries-- && failed < variant->least)
		failed = fail_each(_metadata, &self->st, variant->call, variant->error);
	EXPECT_LE(variant->least, failed);
	EXPECT_EQ(0, ipu_check_works());
}

TEST_HARNESS_MAIN
