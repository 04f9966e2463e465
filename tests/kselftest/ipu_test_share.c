// SPDX-License-Identifier: MIT
/*
 * Several files and devices: which is which, and what they share: buffers, syncobjs, and the
 * fences that jobs wait for.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sync_file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "ipu_test.h"

/* ---- cards ------------------------------------------------------------------- */

int ipu_sysfs_of(int fd, char *path, size_t size)
{
	char link[64], found[PATH_MAX];
	struct stat node;

	if (fstat(fd, &node))
		return -errno;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/device", major(node.st_rdev),
		 minor(node.st_rdev));
	if (!realpath(link, found))
		return -errno;
	return snprintf(path, size, "%s", found) < (int)size ? 0 : -ENAMETOOLONG;
}

/* ---- buffers ----------------------------------------------------------------- */

int ipu_bo_export(int fd, uint32_t handle)
{
	struct drm_prime_handle args = { .handle = handle, .flags = DRM_CLOEXEC | DRM_RDWR };
	int ret = ipu_do(fd, DRM_IOCTL_PRIME_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int ipu_bo_import(int fd, int dma_buf, uint64_t size, struct ipu_bo *bo)
{
	struct drm_prime_handle args = { .fd = dma_buf };
	int ret = ipu_do(fd, DRM_IOCTL_PRIME_FD_TO_HANDLE, &args);

	*bo = (struct ipu_bo){ .handle = args.handle, .size = size };
	return ret;
}

/* ---- syncobjs ---------------------------------------------------------------- */

int ipu_syncobj_new(int fd, uint32_t *handle)
{
	struct drm_syncobj_create args = {};
	int ret = ipu_do(fd, DRM_IOCTL_SYNCOBJ_CREATE, &args);

	*handle = args.handle;
	return ret;
}

int ipu_syncobj_wait(int fd, uint32_t handle, uint64_t point, unsigned int ms)
{
	struct drm_syncobj_timeline_wait args = {
		.handles = (uintptr_t)&handle,
		.points = (uintptr_t)&point,
		.timeout_nsec = ms ? ipu_deadline(ms) : 0,
		.count_handles = 1,
	};

	return ipu_do(fd, DRM_IOCTL_SYNCOBJ_TIMELINE_WAIT, &args);
}

int ipu_syncobj_to_sync_file(int fd, uint32_t handle)
{
	struct drm_syncobj_handle args = {
		.handle = handle,
		.flags = DRM_SYNCOBJ_HANDLE_TO_FD_FLAGS_EXPORT_SYNC_FILE,
		.fd = -1,
	};
	int ret = ipu_do(fd, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	return ret ? ret : args.fd;
}

int ipu_syncobj_status(int fd, uint32_t handle)
{
	struct sync_file_info info = {};
	int file = ipu_syncobj_to_sync_file(fd, handle);
	int ret;

	if (file < 0)
		return file;
	ret = ipu_do(file, SYNC_IOC_FILE_INFO, &info);
	close(file);
	return ret ? ret : info.status;
}

int ipu_syncobj_import(int fd, int sync_file, uint32_t *handle)
{
	struct drm_syncobj_handle args = {
		.flags = DRM_SYNCOBJ_FD_TO_HANDLE_FLAGS_IMPORT_SYNC_FILE,
		.fd = sync_file,
	};
	int ret = ipu_syncobj_new(fd, handle);

	args.handle = *handle;
	return ret ? ret : ipu_do(fd, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
}

int ipu_syncobj_share(int from, uint32_t handle, int to, uint32_t *shared)
{
	struct drm_syncobj_handle args = { .handle = handle, .fd = -1 };
	int ret = ipu_do(from, DRM_IOCTL_SYNCOBJ_HANDLE_TO_FD, &args);

	if (ret)
		return ret;
	args.handle = 0;
	ret = ipu_do(to, DRM_IOCTL_SYNCOBJ_FD_TO_HANDLE, &args);
	close(args.fd);
	*shared = args.handle;
	return ret;
}

int ipu_submit_sync(struct ipu_session *s, uint32_t in, uint64_t in_point, uint32_t out,
		    uint64_t out_point, uint64_t *seqno)
{
	const struct drm_ipu_sync in_sync = {
		.handle = in,
		.point = in_point,
	};
	const struct drm_ipu_sync out_sync = {
		.handle = out,
		.point = out_point,
	};
	struct drm_ipu_submit args = {
		.in_syncs = {
			.stride = sizeof(in_sync),
			.count = !!in,
			.array = in ? (uintptr_t)&in_sync : 0,
		},
		.out_syncs = {
			.stride = sizeof(out_sync),
			.count = !!out,
			.array = out ? (uintptr_t)&out_sync : 0,
		},
	};
	int ret = ipu_submit_args(s, &args);

	*seqno = args.seqno;
	return ret;
}

int ipu_submit_out(struct ipu_session *s, uint32_t syncobj, uint64_t *seqno)
{
	return ipu_submit_sync(s, 0, 0, syncobj, 0, seqno);
}

/* ---- fences of the test's own -------------------------------------------------- */

struct sw_sync_create_fence {
	uint32_t value;
	char name[32];
	int32_t fence;
};

#define SW_SYNC_CREATE_FENCE _IOWR('W', 0, struct sw_sync_create_fence)
#define SW_SYNC_INC _IOW('W', 1, uint32_t)

int ipu_sw_sync_open(int *sync_file)
{
	struct sw_sync_create_fence create = {
		.value = 1,
		.name = "ipu test",
	};
	int fd = open("/sys/kernel/debug/sync/sw_sync", O_RDWR | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = ipu_do(fd, SW_SYNC_CREATE_FENCE, &create);
	if (ret) {
		close(fd);
		return ret;
	}
	*sync_file = create.fence;
	return fd;
}

int ipu_sw_sync_signal(int timeline)
{
	uint32_t step = 1;

	return ipu_do(timeline, SW_SYNC_INC, &step);
}
