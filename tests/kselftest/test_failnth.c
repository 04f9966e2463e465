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

#include "failnth_calls.h"
#include "ipu_harness.h"

/* ---- calls, and more of them in failnth_calls.c ---------------------------------------- */

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

static int bo_create(struct state *st, uint32_t flags)
{
	struct drm_ipu_bo_create args = { .size = 8192, .flags = flags };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_BO_CREATE, &args);

	return ret ? ret : close_handle(st, args.handle);
}

static int do_bo_create(struct state *st)
{
	return bo_create(st, 0);
}

static int do_bo_create_wc(struct state *st)
{
	return bo_create(st, DRM_IPU_BO_WC);
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

static int need_other(struct state *st)
{
	st->other = ipu_open_card(1);
	return st->other < 0 ? st->other : 0;
}

/* Of the other card's, a new buffer each time: the kernel remembers what it has imported. */
static int do_import(struct state *st)
{
	struct drm_prime_handle args = {};
	struct ipu_bo bo;
	int ret = ipu_bo_new(st->other, 8192, &bo);

	if (ret)
		return ret;
	args.fd = ipu_bo_export(st->other, bo.handle);
	ipu_bo_close(st->other, &bo);
	if (args.fd < 0)
		return args.fd;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);
	close(args.fd);
	return ret ? ret : close_handle(st, args.handle);
}

/* ---- tests ------------------------------------------------------------------------------ */

/* Each test is a process of its own. */
static void __attribute__((constructor)) prepare(void)
{
	failnth_prepare();
}

FIXTURE(failnth)
{
	struct state st;
};

FIXTURE_VARIANT(failnth)
{
	int (*prepare)(struct state *st);
	int (*call)(struct state *st);
	/* The ioctl that it makes, for those of the driver. */
	unsigned long request;
	/* How many of its points fail it, at least: copies of arguments, and memory. */
	unsigned int least;
	/* What it may say, too. */
	int error;
};

#define OTHER_CALL(name, ...)                  \
	FIXTURE_VARIANT_ADD(failnth, name)     \
	{                                      \
		.call = do_##name, __VA_ARGS__ \
	}

/* The numbers of those that are listed here. */
static uint64_t listed;

#define CALL(name, ioctl, ...)                                     \
	static void __attribute__((constructor)) list_##name(void) \
	{                                                          \
		listed |= 1ull << DRM_IPU_##ioctl;                 \
	}                                                          \
	OTHER_CALL(name, .request = DRM_IOCTL_IPU_##ioctl, __VA_ARGS__)

CALL(query, DEV_QUERY, .least = 3);
/* The kernel's tmpfs has no space when it has no memory for an inode. */
CALL(bo_create, BO_CREATE, .least = 4, .error = -ENOSPC);
CALL(bo_create_wc, BO_CREATE, .least = 4, .error = -ENOSPC);
CALL(bo_from_user, BO_FROM_USER, .least = 4, .prepare = need_memory);
CALL(bo_mmap_offset, BO_MMAP_OFFSET, .least = 2);
CALL(bo_madvise, BO_MADVISE, .least = 2);
CALL(ctx_create, CTX_CREATE, .least = 10);
CALL(ctx_create_linked, CTX_CREATE, .least = 10);
CALL(ctx_destroy, CTX_DESTROY, .least = 1);
CALL(ctx_query, CTX_QUERY, .least = 2);
CALL(link_create, LINK_CREATE, .least = 4);
CALL(bo_map, BO_MAP, .least = 3);
CALL(bo_unmap, BO_UNMAP, .least = 1);
CALL(vm_bind, VM_BIND, .least = 8);
CALL(vm_bind_later, VM_BIND, .least = 10, .prepare = need_syncs);
CALL(submit, SUBMIT, .least = 8, .prepare = need_job);
CALL(wait, WAIT, .least = 2, .prepare = need_job);
CALL(job_cancel, JOB_CANCEL, .least = 1, .prepare = need_job);
CALL(queue_create, QUEUE_CREATE, .least = 3);
CALL(queue_destroy, QUEUE_DESTROY, .least = 1);
CALL(userq_create, USERQ_CREATE, .least = 4);
CALL(userq_destroy, USERQ_DESTROY, .least = 1);
CALL(userq_wait, USERQ_WAIT, .least = 2, .prepare = need_userq);
CALL(get_fault, GET_FAULT, .least = 2, .prepare = need_fault);
CALL(debug_ctl, DEBUG_CTL, .least = 1);
CALL(debug_wait, DEBUG_WAIT, .least = 2, .prepare = need_halted);
CALL(debug_point, DEBUG_POINT, .least = 1, .prepare = need_halted);
CALL(debug_read, DEBUG_ACCESS, .least = 2, .prepare = need_halted);
CALL(debug_write, DEBUG_ACCESS, .least = 2, .prepare = need_halted);
OTHER_CALL(open, .least = 3);
OTHER_CALL(mmap, .least = 1);
OTHER_CALL(userq_mmap, .least = 1, .prepare = need_userq);
OTHER_CALL(export, .least = 2);
OTHER_CALL(import, .least = 5, .prepare = need_other);

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
	if (self->st.other > 0)
		close(self->st.other);
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
	EXPECT_EQ(variant->request, variant->request ? self->st.faults.request : 0);
	EXPECT_EQ(0, ipu_check_works());
}

/*
 * Of an ioctl that there is, the kernel first tries to read the argument; and none of the
 * driver's is missing above.
 */
TEST(all_ioctls)
{
	int fd = ipu_open(), n;

	ASSERT_LE(0, fd);
	for (n = 0; n < DRM_COMMAND_END - DRM_COMMAND_BASE; n++) {
		bool is_listed = n < 64 && listed & 1ull << n;

		EXPECT_EQ(is_listed ? -EFAULT : -EINVAL,
			  ipu_do(fd, DRM_IOWR(DRM_COMMAND_BASE + n, uint64_t), NULL))
		{
			TH_LOG("ioctl 0x%02x: %s", n, is_listed ? "is none" : "is not tested");
		}
	}
	close(fd);
}

TEST_HARNESS_MAIN
