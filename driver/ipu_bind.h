/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_BIND_H_
#define _IPU_BIND_H_

struct drm_device;
struct drm_file;
struct ipu_ctx;

int ipu_bind_init(struct ipu_ctx *ctx);
void ipu_bind_fini(struct ipu_ctx *ctx);
int ipu_vm_bind_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_BIND_H_ */
