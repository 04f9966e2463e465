// SPDX-License-Identifier: MIT
/*
 * Calls of which test_failnth has each point fail: those of queues, links and debugging.
 */
#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "failnth_calls.h"
#include "ipu_rv.h"

/* ---- queues ------------------------------------------------------------------------------- */

int do_queue_create(struct state *st)
{
	struct drm_ipu_queue_create args = { .ctx = st->s.ctx };
	struct drm_ipu_queue_destroy destroy = { .ctx = st->s.ctx };
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_QUEUE_CREATE, &args);

	destroy.queue = args.queue;
	return ret ? ret : ipu_do(st->s.fd, DRM_IOCTL_IPU_QUEUE_DESTROY, &destroy);
}

int do_queue_destroy(struct state *st)
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

/* ---- user queues -------------------------------------------------------------------------- */

/* Nothing is ever written to its ring. */
static struct drm_ipu_userq_create userq_args(struct state *st)
{
	return (struct drm_ipu_userq_create){
		.ctx = st->s.ctx,
		.ring_va = AT,
		.ring_count = 4,
	};
}

static int destroy_userq(struct state *st, uint32_t queue)
{
	struct drm_ipu_userq_destroy args = { .ctx = st->s.ctx, .queue = queue };

	return ipu_do(st->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
}

int do_userq_create(struct state *st)
{
	struct drm_ipu_userq_create args = userq_args(st);
	int ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_USERQ_CREATE, &args);

	return ret ? ret : destroy_userq(st, args.queue);
}

int need_userq(struct state *st)
{
	struct drm_ipu_userq_create args = userq_args(st);
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_USERQ_CREATE, &args);

	st->queue = args.queue;
	st->doorbell = args.doorbell;
	return ret;
}

int do_userq_destroy(struct state *st)
{
	struct drm_ipu_userq_create create = userq_args(st);
	struct drm_ipu_userq_destroy args = { .ctx = st->s.ctx };
	int ret = ipu_do(st->s.fd, DRM_IOCTL_IPU_USERQ_CREATE, &create);

	if (ret)
		return ret;
	args.queue = create.queue;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
	if (ret && destroy_userq(st, args.queue))
		return -EBADE;
	return ret;
}

int do_userq_wait(struct state *st)
{
	struct drm_ipu_userq_wait args = { .ctx = st->s.ctx, .queue = st->queue };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_USERQ_WAIT, &args);
}

/* An access whose page table cannot be had is made again by the kernel. */
int do_userq_mmap(struct state *st)
{
	volatile uint32_t *page;
	int ret = 0;

	failnth_arm(&st->faults);
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, st->s.fd, (off_t)st->doorbell);
	if (page == MAP_FAILED)
		ret = -errno;
	else
		*page = 0;
	failnth_disarm(&st->faults);
	return ret ? ret : munmap((void *)(uintptr_t)page, 4096);
}

/* ---- linked contexts ---------------------------------------------------------------------- */

/* If it cannot say its number, the file is there all the same: it is the next one. */
int do_link_create(struct state *st)
{
	struct drm_ipu_link_create args = { .count = 1 };
	int next = dup(st->s.fd), ret;

	close(next);
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_LINK_CREATE, &args);
	if (!ret && args.fd != next)
		ret = -EBADE;
	close(next);
	return ret;
}

/* By a file of its own each time: a context whose number could not be said keeps its place. */
int do_ctx_create_linked(struct state *st)
{
	struct drm_ipu_ctx_create args = { .tiles = 1, .flags = DRM_IPU_CTX_LINKED };
	int ret;

	args.link_fd = ipu_link_create(st->s.fd, 1);
	if (args.link_fd < 0)
		return args.link_fd;
	ret = failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_CTX_CREATE, &args);
	close(args.link_fd);
	return ret ? ret : ipu_ctx_destroy(st->s.fd, args.ctx);
}

/* ---- debugging ---------------------------------------------------------------------------- */

static int debug_ctl(struct state *st, uint32_t op, uint32_t flags)
{
	struct drm_ipu_debug_ctl args = { .ctx = st->s.ctx, .op = op, .flags = flags };

	return ipu_do(st->s.fd, DRM_IOCTL_IPU_DEBUG_CTL, &args);
}

int do_debug_ctl(struct state *st)
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
int need_halted(struct state *st)
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

int do_debug_wait(struct state *st)
{
	struct drm_ipu_debug_wait args = { .ctx = st->s.ctx };

	return failnth_do(&st->faults, st->s.fd, DRM_IOCTL_IPU_DEBUG_WAIT, &args);
}

int do_debug_point(struct state *st)
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

int do_debug_read(struct state *st)
{
	return debug_access(st, 0);
}

int do_debug_write(struct state *st)
{
	return debug_access(st, DRM_IPU_DEBUG_WRITE);
}
