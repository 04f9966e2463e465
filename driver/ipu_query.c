// SPDX-License-Identifier: GPL-2.0-only

#include <linux/uaccess.h>

#include "ipu_drv.h"
#include "ipu_limits.h"
#include "ipu_link.h"

static void ipu_query_usage(struct ipu_device *ipu, struct drm_ipu_query_usage *usage)
{
	const unsigned int tiles = ipu->info.tiles;
	unsigned int slot, start, end;

	mutex_lock(&ipu->slots_lock);
	for (slot = 0; slot < ipu->info.contexts; slot++)
		usage->contexts += !!ipu->slots[slot];
	usage->tiles = bitmap_weight(ipu->tiles, tiles);
	for_each_clear_bitrange(start, end, ipu->tiles, tiles)
		usage->largest_free = max(usage->largest_free, end - start);
	mutex_unlock(&ipu->slots_lock);
	usage->resets = atomic64_read(&ipu->resets);
}

static int ipu_query_copy(struct drm_ipu_dev_query *args, const void *from, size_t size)
{
	if (args->data) {
		size = min_t(size_t, size, args->size);
		if (copy_to_user(u64_to_user_ptr(args->data), from, size))
			return -EFAULT;
	}
	args->size = size;

	return 0;
}

/**
 * ipu_dev_query_ioctl() - DRM_IOCTL_IPU_DEV_QUERY
 * @drm: device
 * @data: &struct drm_ipu_dev_query
 * @file: caller
 *
 * Return: 0 or a negative errno, see the uAPI header.
 */
int ipu_dev_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file)
{
	struct ipu_device *ipu = to_ipu_device(drm);
	struct drm_ipu_dev_query *args = data;
	struct drm_ipu_query_usage usage = {};
	struct drm_ipu_query_limits limits;
	struct drm_ipu_query_link link;
	int ret;

	switch (args->type) {
	case DRM_IPU_QUERY_INFO:
		return ipu_query_copy(args, &ipu->info, sizeof(ipu->info));
	case DRM_IPU_QUERY_USAGE:
		ipu_query_usage(ipu, &usage);
		return ipu_query_copy(args, &usage, sizeof(usage));
	case DRM_IPU_QUERY_LIMITS:
		ipu_limits_query(ipu, &limits);
		return ipu_query_copy(args, &limits, sizeof(limits));
	case DRM_IPU_QUERY_LINK:
		ret = ipu_link_query(ipu, &link);
		return ret ?: ipu_query_copy(args, &link, sizeof(link));
	default:
		return ipu_refuse(ipu, -EINVAL, "dev_query: unknown type %u\n", args->type);
	}
}
