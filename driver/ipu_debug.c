// SPDX-License-Identifier: GPL-2.0-only

#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <drm/drm_utils.h>

#include "ipu_ctx.h"
#include "ipu_debug.h"
#include "ipu_drv.h"
#include "ipu_job.h"
#include "ipu_regs.h"

/**
 * DOC: debugging
 *
 * The card implements what a debugger needs, in registers of the context; the driver
 * gives access to them only through the open file that created the context. The debug
 * state survives a fault: the card keeps these registers when the context is
 * restarted, and clears them when a context is enabled with its SRAM cleared.
 *
 * A context that is halted makes no progress, which is no reason to reset it: while
 * a debugger is attached it has no time limits, neither the driver's nor the card's.
 * So fences that others may wait on and a debugger exclude each other: what comes
 * second is refused. To destroy such a context the driver need not resume it: the
 * card stops a halted context like any other.
 */

static_assert(DRM_IPU_DEBUG_POINTS == IPU_DBG_POINTS);

/* Most words to access before the lock is dropped. */
#define IPU_DEBUG_CHUNK		64

/**
 * ipu_debug_wake() - wake up those that wait for a halt, to check again
 * @ctx: context
 */
void ipu_debug_wake(struct ipu_ctx *ctx)
{
	wake_up_all(&ctx->debug.wait);
}

/**
 * ipu_debug_halted() - the card reported that a context is halted
 * @ctx: context; &ipu_ring.lock is held
 */
void ipu_debug_halted(struct ipu_ctx *ctx)
{
	lockdep_assert_held(&ctx->ring.lock);

	WRITE_ONCE(ctx->debug.halted, true);
	ipu_debug_wake(ctx);
}

/* Take the lock of a context whose registers can be used; on success it is held. */
static int ipu_debug_lock(struct ipu_ctx *ctx, bool attached)
{
	struct ipu_ring *ring = &ctx->ring;
	int ret = 0;

	mutex_lock(&ring->lock);
	if (ring->error || !ring->on)
		ret = ring->error == -ENODEV ? -ENODEV : -EIO;
	else if (attached && !ctx->debug.attached)
		ret = ipu_refuse(ctx->ipu, -EINVAL, "debug: context %u is not debugged\n",
				 ctx->id);
	if (ret)
		mutex_unlock(&ring->lock);

	return ret;
}

/* Is the context halted? 0, -EBUSY, or -ENODEV; the lock is held. */
static int ipu_debug_check_halted(struct ipu_ctx *ctx)
{
	u32 status = ipu_ctx_read(ctx, IPU_CTX_DBG_STATUS);

	if (status == IPU_REG_GONE)
		return -ENODEV;

	return status & IPU_CTX_DBG_HALTED ? 0 : -EBUSY;
}

static int ipu_debug_attach(struct ipu_ctx *ctx, u32 flags)
{
	u32 ctrl = IPU_CTX_DBG_ENABLE;
	int ret;

	if (!(ctx->ipu->info.caps & IPU_CAP_DEBUG))
		return -EOPNOTSUPP;
	if (flags & DRM_IPU_DEBUG_AT_START)
		ctrl |= IPU_CTX_DBG_AT_START;
	if (flags & DRM_IPU_DEBUG_AT_END)
		ctrl |= IPU_CTX_DBG_AT_END;

	/* No job is submitted meanwhile. */
	mutex_lock(&ctx->lock);
	ret = ipu_debug_lock(ctx, false);
	if (ret)
		goto out;
	if (ctx->debug.attached) {
		ret = ipu_refuse(ctx->ipu, -EBUSY, "debug: context %u is debugged already\n",
				 ctx->id);
	} else if (ipu_job_exported_pending(ctx)) {
		ret = ipu_refuse(ctx->ipu, -EBUSY,
				 "debug: others may wait on a job of context %u\n", ctx->id);
	} else {
		WRITE_ONCE(ctx->debug.attached, true);
		ipu_ctx_write(ctx, IPU_CTX_DBG_CTRL, ctrl);
	}
	mutex_unlock(&ctx->ring.lock);
out:
	mutex_unlock(&ctx->lock);

	return ret;
}

static int ipu_debug_detach(struct ipu_ctx *ctx)
{
	unsigned int i;
	int ret;

	ret = ipu_debug_lock(ctx, true);
	if (ret)
		return ret;
	for (i = 0; i < IPU_DBG_POINTS; i++)
		ipu_ctx_write(ctx, IPU_CTX_DBG_POINT(i) + IPU_DBG_POINT_ACCESS, 0);
	ipu_ctx_write(ctx, IPU_CTX_DBG_CTRL, 0);
	WRITE_ONCE(ctx->debug.attached, false);
	/* Wake up the waiters: they find the context no longer debugged. */
	ipu_debug_halted(ctx);
	mutex_unlock(&ctx->ring.lock);

	return 0;
}

static int ipu_debug_halt(struct ipu_ctx *ctx)
{
	int ret = ipu_debug_lock(ctx, true);

	if (ret)
		return ret;
	ipu_ctx_write(ctx, IPU_CTX_DBG_CMD, IPU_CTX_DBG_HALT);
	mutex_unlock(&ctx->ring.lock);

	return 0;
}

static int ipu_debug_go(struct ipu_ctx *ctx, const struct drm_ipu_debug_ctl *args)
{
	u32 cmd = IPU_CTX_DBG_GO;
	int ret;

	if (args->flags & DRM_IPU_DEBUG_STEP)
		cmd |= IPU_CTX_DBG_STEP;
	if (args->flags & DRM_IPU_DEBUG_ALONE)
		cmd |= IPU_CTX_DBG_ALONE;

	ret = ipu_debug_lock(ctx, true);
	if (ret)
		return ret;
	ret = ipu_debug_check_halted(ctx);
	if (!ret) {
		WRITE_ONCE(ctx->debug.halted, false);
		ipu_ctx_write(ctx, IPU_CTX_DBG_TILE, args->tile);
		ipu_ctx_write(ctx, IPU_CTX_DBG_UNIT, args->unit);
		ipu_ctx_write(ctx, IPU_CTX_DBG_CMD, cmd);
	}
	mutex_unlock(&ctx->ring.lock);

	return ret;
}

/* Flags of an operation, and whether it may name a unit. */
static int ipu_debug_check_ctl(struct ipu_ctx *ctx, const struct drm_ipu_debug_ctl *args)
{
	u32 flags = 0;

	if (args->op == DRM_IPU_DEBUG_ATTACH)
		flags = DRM_IPU_DEBUG_AT_START | DRM_IPU_DEBUG_AT_END;
	else if (args->op == DRM_IPU_DEBUG_GO)
		flags = DRM_IPU_DEBUG_STEP | DRM_IPU_DEBUG_ALONE;

	if (args->flags & ~flags)
		return ipu_refuse(ctx->ipu, -EINVAL, "debug_ctl: flags 0x%x\n", args->flags);
	if (!(args->op == DRM_IPU_DEBUG_GO && args->flags) && (args->tile || args->unit))
		return ipu_refuse(ctx->ipu, -EINVAL, "debug_ctl: tile or unit not 0\n");
	if (args->tile >= ctx->tile_count || args->unit > IPU_UNIT_SUPERVISOR)
		return ipu_refuse(ctx->ipu, -EINVAL, "debug_ctl: no unit %u of tile %u\n",
				  args->unit, args->tile);

	return 0;
}

static int ipu_debug_ctl(struct ipu_ctx *ctx, const struct drm_ipu_debug_ctl *args)
{
	int ret = ipu_debug_check_ctl(ctx, args);

	if (ret)
		return ret;

	switch (args->op) {
	case DRM_IPU_DEBUG_ATTACH:
		return ipu_debug_attach(ctx, args->flags);
	case DRM_IPU_DEBUG_DETACH:
		return ipu_debug_detach(ctx);
	case DRM_IPU_DEBUG_HALT:
		return ipu_debug_halt(ctx);
	case DRM_IPU_DEBUG_GO:
		return ipu_debug_go(ctx, args);
	default:
		return ipu_refuse(ctx->ipu, -EINVAL, "debug_ctl: operation %u\n", args->op);
	}
}

/**
 * ipu_debug_ctl_ioctl() - DRM_IOCTL_IPU_DEBUG_CTL
 * @drm: device
 * @data: &struct drm_ipu_debug_ctl
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_debug_ctl_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_debug_ctl *args = data;
	struct ipu_ctx *ctx;
	int ret;

	if (args->pad)
		return ipu_refuse(ipu, -EINVAL, "debug_ctl: pad not 0\n");

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "debug_ctl: no context %u\n", args->ctx);

	ret = ipu_debug_ctl(ctx, args);
	ipu_ctx_put(ctx);

	return ret;
}

/* Why the context is halted; -EBUSY if it is not. */
static int ipu_debug_read_stop(struct ipu_ctx *ctx, struct drm_ipu_debug_wait *args)
{
	int ret = ipu_debug_lock(ctx, true);

	if (ret)
		return ret;
	ret = ipu_debug_check_halted(ctx);
	if (!ret) {
		args->reason = ipu_ctx_read(ctx, IPU_CTX_DBG_REASON);
		args->tile = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_TILE);
		args->unit = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_UNIT);
		args->pc = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_PC);
		args->addr = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_ADDR);
		args->cause = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_CAUSE);
		args->info = ipu_ctx_read(ctx, IPU_CTX_DBG_STOP_INFO);
	} else if (ret == -EBUSY) {
		/* @halted is out of date; an interrupt reports the next halt. */
		WRITE_ONCE(ctx->debug.halted, false);
	}
	mutex_unlock(&ctx->ring.lock);

	return ret;
}

static int ipu_debug_wait(struct ipu_ctx *ctx, struct drm_ipu_debug_wait *args)
{
	long left;
	int ret;

	for (;;) {
		ret = ipu_debug_read_stop(ctx, args);
		if (ret != -EBUSY)
			return ret;
		left = drm_timeout_abs_to_jiffies(args->timeout_ns);
		if (!left)
			return -ETIME;
		left = wait_event_interruptible_timeout(ctx->debug.wait,
							READ_ONCE(ctx->debug.halted) ||
							READ_ONCE(ctx->ring.error), left);
		if (left < 0)
			return left;
	}
}

/**
 * ipu_debug_wait_ioctl() - DRM_IOCTL_IPU_DEBUG_WAIT
 * @drm: device
 * @data: &struct drm_ipu_debug_wait
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_debug_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_debug_wait *args = data;
	struct ipu_ctx *ctx;
	int ret;

	if (args->pad || args->pad2)
		return ipu_refuse(ipu, -EINVAL, "debug_wait: pad not 0\n");

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "debug_wait: no context %u\n", args->ctx);

	ret = ipu_debug_wait(ctx, args);
	ipu_ctx_put(ctx);

	return ret;
}

static int ipu_debug_check_point(struct ipu_ctx *ctx, const struct drm_ipu_debug_point *args)
{
	bool exec = args->access == IPU_DBG_EXEC;
	struct ipu_device *ipu = ctx->ipu;

	if (args->index >= IPU_DBG_POINTS)
		return ipu_refuse(ipu, -EINVAL, "debug_point: no point %u\n", args->index);
	if (!args->access)
		return args->tile || args->addr || args->len ?
		       ipu_refuse(ipu, -EINVAL, "debug_point: none, but not all 0\n") : 0;
	if (!exec && args->access & ~(IPU_DBG_READ | IPU_DBG_WRITE))
		return ipu_refuse(ipu, -EINVAL, "debug_point: access 0x%x\n", args->access);
	if (args->tile != IPU_DBG_ALL_TILES && args->tile >= ctx->tile_count)
		return ipu_refuse(ipu, -EINVAL, "debug_point: no tile %u\n", args->tile);
	if (exec ? args->len || args->addr % 2 : !args->len)
		return ipu_refuse(ipu, -EINVAL, "debug_point: %u bytes at 0x%x\n", args->len,
				  args->addr);

	return 0;
}

static int ipu_debug_point(struct ipu_ctx *ctx, const struct drm_ipu_debug_point *args)
{
	u32 reg = IPU_CTX_DBG_POINT(args->index);
	int ret;

	ret = ipu_debug_check_point(ctx, args);
	if (ret)
		return ret;
	ret = ipu_debug_lock(ctx, true);
	if (ret)
		return ret;
	ipu_ctx_write(ctx, reg + IPU_DBG_POINT_ACCESS, args->access);
	ipu_ctx_write(ctx, reg + IPU_DBG_POINT_TILE, args->tile);
	ipu_ctx_write(ctx, reg + IPU_DBG_POINT_ADDR, args->addr);
	ipu_ctx_write(ctx, reg + IPU_DBG_POINT_LEN, args->len);
	mutex_unlock(&ctx->ring.lock);

	return 0;
}

/**
 * ipu_debug_point_ioctl() - DRM_IOCTL_IPU_DEBUG_POINT
 * @drm: device
 * @data: &struct drm_ipu_debug_point
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_debug_point_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_debug_point *args = data;
	struct ipu_ctx *ctx;
	int ret;

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "debug_point: no context %u\n", args->ctx);

	ret = ipu_debug_point(ctx, args);
	ipu_ctx_put(ctx);

	return ret;
}

/* Access @count words, at most IPU_DEBUG_CHUNK, from @addr on. */
static int ipu_debug_access_chunk(struct ipu_ctx *ctx, const struct drm_ipu_debug_access *args,
				  u32 addr, u32 *words, u32 count)
{
	bool write = args->flags & DRM_IPU_DEBUG_WRITE;
	u32 i;
	int ret;

	ret = ipu_debug_lock(ctx, true);
	if (ret)
		return ret;
	ret = ipu_debug_check_halted(ctx);
	if (ret)
		goto out;

	ipu_ctx_write(ctx, IPU_CTX_DBG_TILE, args->tile);
	ipu_ctx_write(ctx, IPU_CTX_DBG_UNIT, args->unit);
	ipu_ctx_write(ctx, IPU_CTX_DBG_ADDR, addr);
	for (i = 0; i < count && !ret; i++) {
		if (write)
			ipu_ctx_write(ctx, IPU_CTX_DBG_DATA, words[i]);
		else
			words[i] = ipu_ctx_read(ctx, IPU_CTX_DBG_DATA);
		if (ipu_ctx_read(ctx, IPU_CTX_DBG_ERROR))
			ret = -ENOENT;
	}
out:
	mutex_unlock(&ctx->ring.lock);

	return ret;
}

static int ipu_debug_access(struct ipu_ctx *ctx, const struct drm_ipu_debug_access *args)
{
	u32 step = args->addr & IPU_DBG_REG ? 1 : sizeof(u32);
	bool write = args->flags & DRM_IPU_DEBUG_WRITE;
	u32 words[IPU_DEBUG_CHUNK];
	u32 done, count;
	int ret;

	for (done = 0; done < args->count; done += count) {
		u32 __user *user = u64_to_user_ptr(args->data) + done * sizeof(u32);

		if (signal_pending(current))
			return -EINTR;
		count = min(args->count - done, IPU_DEBUG_CHUNK);
		if (write && copy_from_user(words, user, count * sizeof(u32)))
			return -EFAULT;
		ret = ipu_debug_access_chunk(ctx, args, args->addr + done * step, words, count);
		if (ret)
			return ret;
		if (!write && copy_to_user(user, words, count * sizeof(u32)))
			return -EFAULT;
		cond_resched();
	}

	return 0;
}

/**
 * ipu_debug_access_ioctl() - DRM_IOCTL_IPU_DEBUG_ACCESS
 * @drm: device
 * @data: &struct drm_ipu_debug_access
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_debug_access_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_debug_access *args = data;
	struct ipu_ctx *ctx;
	int ret;

	if (args->flags & ~DRM_IPU_DEBUG_WRITE || args->count > DRM_IPU_DEBUG_MAX_WORDS)
		return ipu_refuse(ipu, -EINVAL, "debug_access: flags 0x%x, %u words\n",
				  args->flags, args->count);

	ctx = ipu_ctx_get(file, args->ctx);
	if (!ctx)
		return ipu_refuse(ipu, -ENOENT, "debug_access: no context %u\n", args->ctx);

	if (args->tile >= ctx->tile_count || args->unit > IPU_UNIT_SUPERVISOR)
		ret = ipu_refuse(ipu, -EINVAL, "debug_access: no unit %u of tile %u\n",
				 args->unit, args->tile);
	else
		ret = ipu_debug_access(ctx, args);
	ipu_ctx_put(ctx);

	return ret;
}
