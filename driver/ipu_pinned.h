/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_PINNED_H_
#define _IPU_PINNED_H_

struct drm_device;
struct drm_file;

int ipu_bo_from_user_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_PINNED_H_ */
