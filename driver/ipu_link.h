/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_LINK_H_
#define _IPU_LINK_H_

struct drm_device;
struct drm_file;
struct drm_ipu_ctx_create;
struct drm_ipu_query_link;
struct ipu_ctx;
struct ipu_device;
struct ipu_link;

int ipu_link_join(struct ipu_ctx *ctx, const struct drm_ipu_ctx_create *args);
void ipu_link_leave(struct ipu_ctx *ctx);
void ipu_link_write_regs(struct ipu_ctx *ctx);
int ipu_link_query(struct ipu_device *ipu, struct drm_ipu_query_link *link);

int ipu_link_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_LINK_H_ */
