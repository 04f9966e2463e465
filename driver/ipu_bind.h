/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_BIND_H_
#define _IPU_BIND_H_

struct drm_device;
struct drm_file;
struct drm_ipu_bind_op;
struct ipu_ctx;
struct ipu_vm_op;

int ipu_bind_init(struct ipu_ctx *ctx);
void ipu_bind_fini(struct ipu_ctx *ctx);
int ipu_vm_bind_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#if IS_ENABLED(CONFIG_KUNIT)
/* For tests/ only. */
int ipu_bind_op(struct ipu_ctx *ctx, struct drm_file *file, const struct drm_ipu_bind_op *args,
		struct ipu_vm_op *op);
#endif

#endif /* _IPU_BIND_H_ */
