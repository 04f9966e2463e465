// SPDX-License-Identifier: MIT
/*
 * What the threads of the stress test do. Those with a context of their own know what must
 * come of each call, whatever the others do; those that share contexts know which errors may.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "ipu_rv.h"
#include "ipu_userq.h"
#include "stress.h"

#define WATCHDOG_MS 20000 /* longer than a busy machine lets a debugger wait */

struct stress_shared *stress_shared;

/* Tell what is wrong, the first one of all. Returns whether it is so. */
static bool expect(struct stress_worker *w, int ret, int wanted, const char *what)
{
	if (ret != wanted && !atomic_exchange(&stress_shared->failed, true))
		snprintf(stress_shared->wrong, sizeof(stress_shared->wrong),
			 "%s: %s: %d instead of %d", stress_role_name(w->role), what, ret, wanted);
	return ret == wanted;
}

static bool more(const struct stress_worker *w)
{
	return ipu_deadline(0) < w->end && !stress_shared->failed;
}

/* Contexts of closed files and killed processes are there a little longer. */
static bool open_session(struct stress_worker *w, struct ipu_session *s)
{
	int64_t deadline = ipu_deadline(IPU_TEST_WAIT_MS);
	int ret;

	do {
		ret = ipu_session_open(s, 1, WATCHDOG_MS);
		if (ret == -EBUSY)
			ipu_sleep_ms(2);
	} while (ret == -EBUSY && ipu_deadline(0) < deadline);
	return expect(w, ret, 0, "a session opens");
}

static bool wait_for(struct stress_worker *w, struct ipu_session *s, uint64_t seqno, int wanted)
{
	int status = 0;

	return expect(w, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status), 0,
		      "the job ends") &&
	       expect(w, status, wanted, "the job's status");
}

/* Copy a word that is written to the tile back to va. */
static bool submit_word(struct stress_worker *w, struct ipu_session *s, uint32_t value, uint64_t va,
			uint64_t *seqno)
{
	ipu_add_fill(s, IPU_TILE_DATA, 4, value);
	ipu_add_copy(s, IPU_CMD_COPY_FROM_TILES, 0, 1, IPU_TILE_DATA, va, 0, 4);
	return expect(w, ipu_submit(s, seqno), 0, "submit");
}

/* ---- contexts of their own -------------------------------------------------------------- */

/* Jobs, several at a time, and each has the right result. */
static void submits(struct stress_worker *w)
{
	struct ipu_session s;
	uint64_t seqno = 0;
	uint32_t *out, value, jobs, i;

	if (!open_session(w, &s))
		return;
	out = ipu_mem(&s, IPU_MEM_DATA);
	for (unsigned int round = 0; round < 16 && more(w); round++) {
		jobs = 1 + fuzz_below(&w->seed, 8);
		value = fuzz_below(&w->seed, UINT32_MAX - 8);
		for (i = 0; i < jobs; i++) {
			if (!submit_word(w, &s, value + i, ipu_mem_va(&s, IPU_MEM_DATA + 4 * i),
					 &seqno))
				break;
		}
		if (i < jobs || !wait_for(w, &s, seqno, 0))
			break;
		for (i = 0; i < jobs; i++)
			expect(w, out[i] == value + i, true, "the right word");
	}
	ipu_session_close(&s);
}

static int bind_op(struct ipu_session *s, struct drm_ipu_bind_op *op, uint32_t syncobj)
{
	struct drm_ipu_sync out = { .handle = syncobj };
	struct drm_ipu_vm_bind args = {
		.ctx = s->ctx,
		.flags = syncobj ? DRM_IPU_BIND_ASYNC : 0,
		.ops = { sizeof(*op), 1, (uintptr_t)op },
		.out_syncs = { sizeof(out), !!syncobj, syncobj ? (uintptr_t)&out : 0 },
	};

	return ipu_do(s->fd, DRM_IOCTL_IPU_VM_BIND, &args);
}

/* A buffer is mapped, used, and unmapped and closed when the job has ended, or before. */
static void maps_one(struct stress_worker *w, struct ipu_session *s)
{
	uint64_t size = 4096ull * (1 + fuzz_below(&w->seed, 64)), seqno;
	uint64_t at = 4 * fuzz_below(&w->seed, (uint32_t)(size / 4));
	uint32_t value = 1 + fuzz_below(&w->seed, UINT32_MAX - 1), syncobj = 0;
	struct drm_syncobj_destroy destroy;
	struct drm_ipu_bind_op op;
	struct ipu_bo bo;
	bool waits = fuzz_one_in(&w->seed, 2);
	int status;

	if (!expect(w, ipu_bo_new(s->fd, size, &bo), 0, "a buffer"))
		return;
	if (fuzz_one_in(&w->seed, 2) && !ipu_syncobj_new(s->fd, &syncobj)) {
		bo.va = 0x40000000ull + 0x200000ull * fuzz_below(&w->seed, 64);
		op = (struct drm_ipu_bind_op){ .type = DRM_IPU_BIND_MAP,
					       .flags = DRM_IPU_MAP_WRITE,
					       .handle = bo.handle,
					       .va = bo.va,
					       .size = size };
		expect(w, bind_op(s, &op, syncobj), 0, "bind");
		expect(w, ipu_syncobj_wait(s->fd, syncobj, 0, IPU_TEST_WAIT_MS), 0, "bound");
	} else {
		expect(w, ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_WRITE, &bo), 0, "map");
	}
	if (submit_word(w, s, value, bo.va + at, &seqno)) {
		if (waits && wait_for(w, s, seqno, 0))
			expect(w, *(uint32_t *)(void *)((char *)bo.map + at) == value, true,
			       "the right word in a mapping");
		op = (struct drm_ipu_bind_op){ .type = DRM_IPU_BIND_UNMAP,
					       .va = bo.va,
					       .size = size };
		expect(w, bind_op(s, &op, 0), 0, "unmap");
		/* If it was unmapped before the job came to it, that has faulted. */
		if (!waits)
			expect(w, ipu_wait(s->fd, s->ctx, seqno, IPU_TEST_WAIT_MS, &status), 0,
			       "a job ends whose memory was unmapped");
	}
	ipu_bo_close(s->fd, &bo);
	destroy = (struct drm_syncobj_destroy){ .handle = syncobj };
	if (syncobj)
		ipu_do(s->fd, DRM_IOCTL_SYNCOBJ_DESTROY, &destroy);
}

static void maps(struct stress_worker *w)
{
	struct drm_ipu_ctx_query state;
	struct ipu_session s;

	if (!open_session(w, &s))
		return;
	for (unsigned int round = 0; round < 16 && more(w); round++) {
		maps_one(w, &s);
		/* After so many faults it is given up, as it should be. */
		if (ipu_ctx_query(s.fd, s.ctx, &state) || state.state)
			break;
	}
	ipu_session_close(&s);
}

static int debug_ctl(struct ipu_session *s, uint32_t op, uint32_t flags)
{
	struct drm_ipu_debug_ctl args = {
		.ctx = s->ctx,
		.op = op,
		.flags = flags,
		.unit = flags & DRM_IPU_DEBUG_STEP ? IPU_UNIT_SUPERVISOR : 0,
	};

	return ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_CTL, &args);
}

static bool halts(struct stress_worker *w, struct ipu_session *s)
{
	struct drm_ipu_debug_wait stop = { .ctx = s->ctx,
					   .timeout_ns = ipu_deadline(IPU_TEST_WAIT_MS) };

	/* Halted before the loop began, which a busy card may not have come to yet, there is none. */
	return expect(w, ipu_do(s->fd, DRM_IOCTL_IPU_DEBUG_WAIT, &stop), 0, "it halts") &&
	       expect(w, stop.pc == IPU_TILE_CODE || (stop.reason == IPU_DBG_HALT && !stop.pc),
		      true, "the loop's address");
}

/* A program that never ends is halted, steps and goes on; then it is cancelled, or closed. */
static void debugs(struct stress_worker *w)
{
	struct drm_ipu_job_cancel cancel = { 0 };
	struct ipu_session s;
	uint32_t flags;
	uint64_t seqno;

	if (!open_session(w, &s))
		return;
	if (!expect(w, ipu_start_loop(&s, &seqno), 0, "the loop starts") ||
	    !expect(w, debug_ctl(&s, DRM_IPU_DEBUG_ATTACH, 0), 0, "attach"))
		goto close;
	for (uint32_t n = 1 + fuzz_below(&w->seed, 8); n && more(w); n--) {
		expect(w, debug_ctl(&s, DRM_IPU_DEBUG_HALT, 0), 0, "halt");
		if (!halts(w, &s))
			goto close;
		for (uint32_t steps = fuzz_below(&w->seed, 4); steps; steps--) {
			flags = DRM_IPU_DEBUG_STEP;
			flags |= fuzz_one_in(&w->seed, 2) ? DRM_IPU_DEBUG_ALONE : 0;
			expect(w, debug_ctl(&s, DRM_IPU_DEBUG_GO, flags), 0, "step");
			if (!halts(w, &s))
				goto close;
		}
		expect(w, debug_ctl(&s, DRM_IPU_DEBUG_GO, 0), 0, "resume");
	}
	if (fuzz_one_in(&w->seed, 2)) {
		cancel.ctx = s.ctx;
		cancel.seqno = seqno;
		expect(w, debug_ctl(&s, DRM_IPU_DEBUG_DETACH, 0), 0, "detach");
		expect(w, ipu_do(s.fd, DRM_IOCTL_IPU_JOB_CANCEL, &cancel), 0, "cancel");
		wait_for(w, &s, seqno, -ECANCELED);
	}
close:
	ipu_session_close(&s);
}

/* A user queue, and jobs beside it. */
static void rings(struct stress_worker *w)
{
	struct ipu_session s;
	uint64_t seqno, value;
	struct ipu_uq q;
	bool jobs;

	if (!open_session(w, &s))
		return;
	for (unsigned int round = 0; round < 4 && more(w); round++) {
		if (!expect(w, uq_open(&q, &s), 0, "a user queue"))
			break;
		jobs = fuzz_one_in(&w->seed, 2);
		if (jobs && !submit_word(w, &s, 1, ipu_mem_va(&s, IPU_MEM_DATA), &seqno))
			break;
		for (value = 1; value < 8; value++) {
			uq_fence(&q, value);
			uq_ring(&q);
			if (!fuzz_one_in(&w->seed, 3))
				expect(w, uq_wait(&q, value, IPU_TEST_WAIT_MS), 0, "a value");
		}
		if (jobs && !wait_for(w, &s, seqno, 0))
			break;
		expect(w, uq_destroy(&q), 0, "the queue ends");
		expect(w, ipu_bo_unmap(s.fd, s.ctx, q.ring.va), 0, "the ring is unmapped");
		uq_unmap(&q);
	}
	ipu_session_close(&s);
}

/* The file is closed, or the context destroyed, while a job runs and others wait. */
static void closes(struct stress_worker *w)
{
	struct ipu_session s;
	uint64_t seqno;

	if (!open_session(w, &s))
		return;
	expect(w, ipu_start_loop(&s, &seqno), 0, "the loop starts");
	for (uint32_t n = fuzz_below(&w->seed, 20); n; n--)
		submit_word(w, &s, n, ipu_mem_va(&s, IPU_MEM_DATA), &seqno);
	if (fuzz_one_in(&w->seed, 2)) {
		expect(w, ipu_ctx_destroy(s.fd, s.ctx), 0, "the context ends");
		expect(w, ipu_ctx_destroy(s.fd, s.ctx), -ENOENT, "the context ends again");
	}
	ipu_session_close(&s);
}

/* ---- contexts of all threads of a process ---------------------------------------------------- */

#define SLOTS 2
#define LIST_VA 0x10000000ull
#define EXTRA_VA 0x20000000ull

static struct {
	int fd;
	struct ipu_bo list, extra;
	_Atomic uint32_t ctx[SLOTS];
} common;

int stress_common_open(void)
{
	const struct ipu_cmd_fill fill = {
		.op = IPU_CMD_FILL, .tile_count = 1, .tile_addr = IPU_TILE_DATA, .bytes = 4
	};
	const struct ipu_cmd_run run = {
		.op = IPU_CMD_RUN, .tile_count = 1, .entry = IPU_TILE_CODE, .sp = IPU_SRAM_END
	};
	static const uint32_t loop[] = { RV_JUMP_SELF };
	const struct ipu_cmd_copy load = {
		.op = IPU_CMD_COPY_TO_TILES,
		.tile_count = 1,
		.tile_addr = IPU_TILE_CODE,
		.host_va = LIST_VA + 3 * IPU_CMD_SIZE,
		.row_bytes = sizeof(loop),
		.rows = 1,
	};
	char *cmds;
	int ret;

	common.fd = ipu_open();
	if (common.fd < 0)
		return common.fd;
	ret = ipu_bo_new(common.fd, 4096, &common.list);
	if (!ret)
		ret = ipu_bo_new(common.fd, 4096, &common.extra);
	if (ret)
		return ret;
	cmds = common.list.map;
	memcpy(cmds, &load, sizeof(load));
	memcpy(cmds + IPU_CMD_SIZE, &fill, sizeof(fill));
	memcpy(cmds + 2 * IPU_CMD_SIZE, &run, sizeof(run));
	memcpy(cmds + 3 * IPU_CMD_SIZE, loop, sizeof(loop));
	return 0;
}

/* Make a context, let others use it, and destroy it meanwhile. */
static void destroys(struct stress_worker *w)
{
	uint32_t slot = fuzz_below(&w->seed, SLOTS), ctx, old;
	struct ipu_bo list = common.list;
	int ret = ipu_ctx_create(common.fd, 1, 50, &ctx);

	if (ret == -EBUSY) {
		ipu_sleep_ms(2);
		return;
	}
	list.va = LIST_VA;
	if (!expect(w, ret, 0, "a context") ||
	    !expect(w, ipu_bo_map(common.fd, ctx, DRM_IPU_MAP_FIXED, &list), 0, "the list"))
		return;
	old = atomic_exchange(&common.ctx[slot], ctx);
	usleep(fuzz_below(&w->seed, 30000));
	if (old)
		expect(w, ipu_ctx_destroy(common.fd, old), 0, "a used context ends");
}

static int use(struct stress_worker *w, struct ipu_session *s, uint64_t *seqno)
{
	struct drm_ipu_submit submit = { .ctx = s->ctx, .cmd_va = LIST_VA, .cmd_count = 2 };
	struct drm_ipu_job_cancel cancel = { .ctx = s->ctx, .seqno = *seqno };
	struct ipu_bo extra = common.extra;
	struct drm_ipu_ctx_query state;
	int ret, status;

	extra.va = EXTRA_VA + 4096 * fuzz_below(&w->seed, 4);
	switch (fuzz_below(&w->seed, 8)) {
	case 0:
	case 1:
		/* One in two never ends. */
		submit.cmd_count += fuzz_below(&w->seed, 2);
		ret = ipu_do(s->fd, DRM_IOCTL_IPU_SUBMIT, &submit);
		if (!ret)
			*seqno = submit.seqno;
		return ret;
	case 2:
		return ipu_wait(s->fd, s->ctx, *seqno, 1 + fuzz_below(&w->seed, 60), &status);
	case 3:
		return ipu_do(s->fd, DRM_IOCTL_IPU_JOB_CANCEL, &cancel);
	case 4:
		return ipu_bo_map(s->fd, s->ctx, DRM_IPU_MAP_FIXED, &extra);
	case 5:
		return ipu_bo_unmap(s->fd, s->ctx, extra.va);
	case 6:
		return debug_ctl(s, fuzz_below(&w->seed, 4), 0);
	default:
		return ipu_ctx_query(s->fd, s->ctx, &state);
	}
}

/* Use a context that others destroy. */
static void uses(struct stress_worker *w)
{
	static const int allowed[] = { 0, ENOENT, EINVAL, EBUSY, ETIME, EIO, EDQUOT, ENODATA };
	struct ipu_session s = { .fd = common.fd, .ctx = common.ctx[fuzz_below(&w->seed, SLOTS)] };
	uint64_t seqno = 1;
	size_t i;
	int ret;

	if (!s.ctx) {
		ipu_sleep_ms(1);
		return;
	}
	for (unsigned int calls = 0; calls < 8; calls++) {
		ret = use(w, &s, &seqno);
		for (i = 0; i < ARRAY_LEN(allowed) && ret != -allowed[i]; i++)
			;
		expect(w, i < ARRAY_LEN(allowed) ? 0 : ret, 0, "an error that may be");
	}
}

/* ---- threads -------------------------------------------------------------------------------- */

#define STRESS_ENTRY(name) { #name, name },

static const struct {
	const char *name;
	void (*work)(struct stress_worker *w);
} roles[] = { STRESS_ROLES(STRESS_ENTRY) };

const char *stress_role_name(unsigned int role)
{
	return roles[role].name;
}

void *stress_work(void *arg)
{
	struct stress_worker *w = arg;

	while (more(w)) {
		roles[w->role].work(w);
		atomic_fetch_add(&stress_shared->done[w->role], 1);
	}
	return NULL;
}
