// SPDX-License-Identifier: MIT
/* The transport to a real card: the ioctls of the kernel's ipu driver. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xf86drm.h>

#include "drm/ipu_accel.h"
#include "ipu_hw.h"
#include "ipu_internal.h"

struct drm_device {
	struct ipu_device base;
	int fd;
};

static int fd_of(struct ipu_device *dev)
{
	return ((struct drm_device *)dev)->fd;
}

static int call(struct ipu_device *dev, unsigned long request, void *arg)
{
	return drmIoctl(fd_of(dev), request, arg) ? -errno : 0;
}

static int query(int fd, uint32_t type, void *data, uint32_t size)
{
	struct drm_ipu_dev_query args = {
		.type = type,
		.size = size,
		.data = (uintptr_t)data,
	};

	return drmIoctl(fd, DRM_IOCTL_IPU_DEV_QUERY, &args) ? -errno : 0;
}

static int open_node(const char *node)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);
	int err = fd < 0 ? -errno : 0;

	switch (err) {
	case 0:
		return fd;
	case -EACCES:
	case -EPERM:
		return ipu_fail_access(node, err);
	case -ENOENT:
		return ipu_fail(-ENODEV,
				"There is no device file %s: is the module loaded (modprobe ipu)? "
				"ipu-info lists the cards.",
				node);
	case -ENODEV:
	case -ENXIO:
		return ipu_fail(-ENODEV, "The card behind %s is gone.", node);
	default:
		return ipu_fail(err, "Cannot open %s: %s.", node, strerror(-err));
	}
}

/* Does the file belong to our driver, and does it have our version? */
static int check_driver(int fd, const char *node, struct ipu_info *info)
{
	drmVersionPtr version = drmGetVersion(fd);
	int err = 0;

	if (!version)
		return ipu_fail(-EPROTO, "%s is not the device file of a DRM driver.", node);
	if (strcmp(version->name, "ipu"))
		err = ipu_fail(-EPROTO,
			       "%s belongs to the driver \"%s\", not to \"ipu\"; ipu-info "
			       "lists the cards.",
			       node, version->name);
	else if (version->version_major != DRM_IPU_VERSION_MAJOR)
		err = ipu_fail(-EPROTO,
			       "The ipu module has interface version %d.%d, and this libipu (%s) "
			       "wants %d.x: install the module and the library from the same "
			       "release.",
			       version->version_major, version->version_minor, ipu_version(),
			       DRM_IPU_VERSION_MAJOR);
	snprintf(info->driver, sizeof(info->driver), "%s", version->name);
	snprintf(info->driver_version, sizeof(info->driver_version), "%d.%d.%d",
		 version->version_major, version->version_minor, version->version_patchlevel);
	drmFreeVersion(version);
	return err;
}

static int query_info(int fd, const char *node, struct ipu_info *info)
{
	struct drm_ipu_query_info card = { 0 };
	int err = query(fd, DRM_IPU_QUERY_INFO, &card, sizeof(card));

	if (err == -ENODEV)
		return ipu_fail(err, "The card behind %s is gone.", node);
	if (err)
		return ipu_fail(err, "The ipu driver does not describe the card behind %s: %s.",
				node, strerror(-err));

	info->size = sizeof(*info);
	snprintf(info->name, sizeof(info->name), "%s", node);
	info->hw_version = card.hw_version;
	info->fw_version = card.fw_version;
	info->caps = card.caps;
	info->isa = card.isa;
	info->vlen = card.vlen;
	info->tiles = card.tiles;
	info->sram_base = card.sram_base;
	info->sram_size = card.sram_size;
	info->workers = card.workers;
	info->clock_khz = card.clock_khz;
	info->contexts = card.contexts;
	info->max_cmds = card.max_cmds;
	info->serial = card.serial;
	info->va_size = card.va_size;
	return 0;
}

static void drm_close(struct ipu_device *dev)
{
	close(fd_of(dev));
	free(dev);
}

static int drm_get_usage(struct ipu_device *dev, struct ipu_usage *usage)
{
	struct drm_ipu_query_usage now = { 0 };
	int err = query(fd_of(dev), DRM_IPU_QUERY_USAGE, &now, sizeof(now));

	if (err)
		return err;
	usage->contexts = now.contexts;
	usage->tiles = now.tiles;
	usage->largest_free = now.largest_free;
	usage->resets = now.resets;
	return 0;
}

/* An older driver has no limits; its errors do not ask for them. */
static int drm_get_limits(struct ipu_device *dev, struct ipu_limits *limits)
{
	struct drm_ipu_query_limits now = { 0 };
	int err = query(fd_of(dev), DRM_IPU_QUERY_LIMITS, &now, sizeof(now));

	if (err)
		return err;
	*limits = (struct ipu_limits){
		.user_contexts = now.user_contexts,
		.user_tiles = now.user_tiles,
		.used_contexts = now.used_contexts,
		.used_tiles = now.used_tiles,
		.user_bytes = now.user_bytes,
		.used_bytes = now.used_bytes,
		.ctx_tables = now.ctx_tables,
		.ctx_mappings = now.ctx_mappings,
		.ctx_jobs = now.ctx_jobs,
	};
	return 0;
}

static int drm_bo_create(struct ipu_device *dev, struct ipu_bo *bo)
{
	struct drm_ipu_bo_create create = { .size = bo->size };
	struct drm_ipu_bo_mmap_offset offset = { 0 };
	int err = call(dev, DRM_IOCTL_IPU_BO_CREATE, &create);

	if (err)
		return err;
	bo->handle = create.handle;
	offset.handle = create.handle;
	err = call(dev, DRM_IOCTL_IPU_BO_MMAP_OFFSET, &offset);
	if (!err) {
		bo->data = mmap(NULL, bo->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_of(dev),
				(off_t)offset.offset);
		if (bo->data == MAP_FAILED)
			err = -errno;
	}
	if (err)
		drmCloseBufferHandle(fd_of(dev), bo->handle);
	return err;
}

static void drm_bo_destroy(struct ipu_device *dev, struct ipu_bo *bo)
{
	munmap(bo->data, bo->size);
	drmCloseBufferHandle(fd_of(dev), bo->handle);
}

static int drm_get_chain(struct ipu_device *dev, struct ipu_chain *chain)
{
	struct drm_ipu_query_link link = { 0 };
	int err = query(fd_of(dev), DRM_IPU_QUERY_LINK, &link, sizeof(link));

	/* What a driver returns that does not know of links. */
	if (err == -EINVAL)
		err = 0;
	chain->group = link.group;
	chain->index = link.index;
	return err;
}

static int drm_link_new(struct ipu_device *dev, struct ipu_link_place *place)
{
	struct drm_ipu_link_create args = { .count = place->count };
	int err = call(dev, DRM_IOCTL_IPU_LINK_CREATE, &args);

	place->fd = args.fd;
	return err;
}

static void drm_link_end(struct ipu_link_place *place)
{
	close(place->fd);
}

static int drm_ctx_create(struct ipu_device *dev, uint32_t tiles, uint32_t watchdog_ms,
			  const struct ipu_link_place *place, uint32_t *ctx)
{
	struct drm_ipu_ctx_create args = { .tiles = tiles, .watchdog_ms = watchdog_ms };
	int err;

	if (place) {
		args.flags = DRM_IPU_CTX_LINKED;
		args.link_fd = place->fd;
		args.link_rank = place->rank;
	}
	err = call(dev, DRM_IOCTL_IPU_CTX_CREATE, &args);
	*ctx = args.ctx;
	return err;
}

static void drm_ctx_destroy(struct ipu_device *dev, uint32_t ctx)
{
	struct drm_ipu_ctx_destroy args = { .ctx = ctx };

	call(dev, DRM_IOCTL_IPU_CTX_DESTROY, &args);
}

static int drm_ctx_health(struct ipu_device *dev, uint32_t ctx, struct ipu_health *health)
{
	struct drm_ipu_ctx_query args = { .ctx = ctx };
	int err = call(dev, DRM_IOCTL_IPU_CTX_QUERY, &args);

	/* What a driver without this ioctl returns. */
	if (err)
		return err == -EINVAL ? -ENOTSUP : err;
	health->state = args.state;
	health->why = args.why;
	return 0;
}

static int drm_bo_map(struct ipu_device *dev, uint32_t ctx, struct ipu_bo *bo, bool writable,
		      uint64_t *va)
{
	struct drm_ipu_bo_map args = {
		.ctx = ctx,
		.handle = bo->handle,
		.flags = writable ? DRM_IPU_MAP_WRITE : 0,
	};
	int err = call(dev, DRM_IOCTL_IPU_BO_MAP, &args);

	*va = args.va;
	return err;
}

static int drm_bo_unmap(struct ipu_device *dev, uint32_t ctx, uint64_t va)
{
	struct drm_ipu_bo_unmap args = { .ctx = ctx, .va = va };

	return call(dev, DRM_IOCTL_IPU_BO_UNMAP, &args);
}

static int drm_submit(struct ipu_device *dev, uint32_t ctx, uint64_t va, uint32_t count,
		      uint64_t *seqno)
{
	struct drm_ipu_submit args = { .ctx = ctx, .cmd_va = va, .cmd_count = count };
	int err = call(dev, DRM_IOCTL_IPU_SUBMIT, &args);

	*seqno = args.seqno;
	return err;
}

static int drm_wait(struct ipu_device *dev, uint32_t ctx, uint64_t seqno, int64_t deadline_ns,
		    int *status)
{
	struct drm_ipu_wait args = { .ctx = ctx, .seqno = seqno, .timeout_ns = deadline_ns };
	int err = call(dev, DRM_IOCTL_IPU_WAIT, &args);

	*status = err == -ENODATA ? err : args.status;
	return err == -ENODATA ? 0 : err;
}

static void fill_fault(struct ipu_fault *fault, const struct drm_ipu_get_fault *args)
{
	fault->seqno = args->seqno;
	fault->cause = args->cause;
	fault->tile = args->tile;
	fault->unit = args->unit;
	fault->pc = args->pc;
	fault->addr = args->addr;
	fault->info = args->info;
	fault->cmd_va = args->cmd_va;
}

static int drm_get_fault(struct ipu_device *dev, uint32_t ctx, uint64_t seqno,
			 struct ipu_fault *fault)
{
	struct drm_ipu_get_fault args = { .ctx = ctx, .seqno = seqno };
	int err = call(dev, DRM_IOCTL_IPU_GET_FAULT, &args);

	if (err)
		return err;
	fill_fault(fault, &args);
	return 0;
}

/* ---- User queues ---- */

static void drm_userq_destroy(struct ipu_device *dev, uint32_t ctx, struct ipu_doorbell *bell)
{
	struct drm_ipu_userq_destroy args = { .ctx = ctx, .queue = bell->id };

	call(dev, DRM_IOCTL_IPU_USERQ_DESTROY, &args);
}

static int drm_userq_create(struct ipu_device *dev, uint32_t ctx, uint64_t va, uint32_t count,
			    struct ipu_doorbell *bell)
{
	struct drm_ipu_userq_create args = { .ctx = ctx, .ring_va = va, .ring_count = count };
	int err = call(dev, DRM_IOCTL_IPU_USERQ_CREATE, &args);
	void *page;

	/* -EINVAL is what a driver without this ioctl returns. */
	if (err)
		return err == -EOPNOTSUPP || err == -EINVAL ? -ENOTSUP : err;
	bell->id = args.queue;
	page = mmap(NULL, IPU_PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd_of(dev),
		    (off_t)args.doorbell);
	if (page == MAP_FAILED) {
		err = -errno;
		drm_userq_destroy(dev, ctx, bell);
		return err;
	}
	bell->page = page;
	return 0;
}

static void drm_userq_ring(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			   uint32_t written)
{
	(void)dev;
	(void)ctx;
	*bell->page = written;
}

static int drm_userq_wait(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			  uint64_t value, int64_t deadline_ns)
{
	struct drm_ipu_userq_wait args = {
		.ctx = ctx,
		.queue = bell->id,
		.value = value,
		.timeout_ns = deadline_ns,
	};

	return call(dev, DRM_IOCTL_IPU_USERQ_WAIT, &args);
}

static int drm_userq_fault(struct ipu_device *dev, uint32_t ctx, const struct ipu_doorbell *bell,
			   struct ipu_fault *fault)
{
	struct drm_ipu_get_fault args = { .ctx = ctx };
	int err = call(dev, DRM_IOCTL_IPU_GET_FAULT, &args);

	if (!err && args.userq != bell->id)
		err = -ENODATA;
	if (err)
		return err;
	fill_fault(fault, &args);
	return 0;
}

/* ---- Debugging ---- */

static int debug_ctl(struct ipu_device *dev, uint32_t ctx, uint32_t op, uint32_t flags,
		     uint32_t tile, uint32_t unit)
{
	struct drm_ipu_debug_ctl args = {
		.ctx = ctx,
		.op = op,
		.flags = flags,
		.tile = tile,
		.unit = unit,
	};

	return call(dev, DRM_IOCTL_IPU_DEBUG_CTL, &args);
}

static int drm_debug_attach(struct ipu_device *dev, uint32_t ctx, uint32_t flags)
{
	uint32_t how = 0;
	int err;

	if (flags & IPU_DEBUG_STOP_AT_START)
		how |= DRM_IPU_DEBUG_AT_START;
	if (flags & IPU_DEBUG_STOP_AT_END)
		how |= DRM_IPU_DEBUG_AT_END;
	err = debug_ctl(dev, ctx, DRM_IPU_DEBUG_ATTACH, how, 0, 0);
	/* What a driver without this ioctl returns. */
	return err == -EINVAL ? -ENOTSUP : err;
}

static int drm_debug_detach(struct ipu_device *dev, uint32_t ctx)
{
	return debug_ctl(dev, ctx, DRM_IPU_DEBUG_DETACH, 0, 0, 0);
}

static int drm_debug_halt(struct ipu_device *dev, uint32_t ctx)
{
	return debug_ctl(dev, ctx, DRM_IPU_DEBUG_HALT, 0, 0, 0);
}

static int drm_debug_go(struct ipu_device *dev, uint32_t ctx, uint32_t flags, uint32_t tile,
			uint32_t unit)
{
	uint32_t how = 0;

	if (flags & IPU_DEBUG_ONE_STEP)
		how |= DRM_IPU_DEBUG_STEP;
	if (flags & IPU_DEBUG_ALONE)
		how |= DRM_IPU_DEBUG_ALONE;
	return debug_ctl(dev, ctx, DRM_IPU_DEBUG_GO, how, how ? tile : 0, how ? unit : 0);
}

static int drm_debug_wait(struct ipu_device *dev, uint32_t ctx, int64_t deadline_ns,
			  struct ipu_debug_stop *stop)
{
	struct drm_ipu_debug_wait args = { .ctx = ctx, .timeout_ns = deadline_ns };
	int err = call(dev, DRM_IOCTL_IPU_DEBUG_WAIT, &args);

	if (err)
		return err;
	stop->reason = args.reason;
	stop->tile = args.tile;
	stop->unit = args.unit;
	stop->pc = args.pc;
	stop->addr = args.addr;
	stop->cause = args.cause;
	if (args.reason == IPU_DBG_WATCH)
		stop->access = args.info;
	else
		stop->info = args.info;
	return 0;
}

static int drm_debug_point(struct ipu_device *dev, uint32_t ctx, uint32_t index,
			   const struct ipu_debug_point *point)
{
	struct drm_ipu_debug_point args = {
		.ctx = ctx,
		.index = index,
		.access = point->access,
		.tile = point->tile,
		.addr = point->addr,
		.len = point->len,
	};

	return call(dev, DRM_IOCTL_IPU_DEBUG_POINT, &args);
}

static int drm_debug_access(struct ipu_device *dev, uint32_t ctx, bool write, uint32_t tile,
			    uint32_t unit, uint32_t addr, uint32_t *data, uint32_t words)
{
	struct drm_ipu_debug_access args = {
		.ctx = ctx,
		.flags = write ? DRM_IPU_DEBUG_WRITE : 0,
		.tile = tile,
		.unit = unit,
		.addr = addr,
		.count = words,
		.data = (uintptr_t)data,
	};

	return call(dev, DRM_IOCTL_IPU_DEBUG_ACCESS, &args);
}

static const struct ipu_transport drm_transport = {
	.close = drm_close,
	.get_usage = drm_get_usage,
	.get_limits = drm_get_limits,
	.bo_create = drm_bo_create,
	.bo_destroy = drm_bo_destroy,
	.get_chain = drm_get_chain,
	.link_new = drm_link_new,
	.link_end = drm_link_end,
	.ctx_create = drm_ctx_create,
	.ctx_destroy = drm_ctx_destroy,
	.ctx_health = drm_ctx_health,
	.bo_map = drm_bo_map,
	.bo_unmap = drm_bo_unmap,
	.submit = drm_submit,
	.wait = drm_wait,
	.get_fault = drm_get_fault,
	.userq_create = drm_userq_create,
	.userq_destroy = drm_userq_destroy,
	.userq_ring = drm_userq_ring,
	.userq_wait = drm_userq_wait,
	.userq_fault = drm_userq_fault,
	.debug_attach = drm_debug_attach,
	.debug_detach = drm_debug_detach,
	.debug_halt = drm_debug_halt,
	.debug_go = drm_debug_go,
	.debug_wait = drm_debug_wait,
	.debug_point = drm_debug_point,
	.debug_access = drm_debug_access,
};

int ipu_transport_drm_open(const char *node, struct ipu_device **out)
{
	struct drm_device *dev;
	int err;
	int fd;

	*out = NULL;
	err = ipu_process_init();
	if (err)
		return err;
	fd = open_node(node);
	if (fd < 0)
		return fd;
	dev = calloc(1, sizeof(*dev));
	if (!dev) {
		close(fd);
		return ipu_fail_nomem("a device");
	}
	dev->fd = fd;
	dev->base.ops = &drm_transport;
	dev->base.process = ipu_process();
	dev->base.refs = 1;

	err = check_driver(fd, node, &dev->base.info);
	if (!err)
		err = query_info(fd, node, &dev->base.info);
	if (err) {
		drm_close(&dev->base);
		return err;
	}
	*out = &dev->base;
	return 0;
}
