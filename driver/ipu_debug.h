/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_DEBUG_H_
#define _IPU_DEBUG_H_

#include <linux/types.h>
#include <linux/wait.h>

struct drm_device;
struct drm_file;
struct ipu_ctx;

/**
 * struct ipu_debug - a context's debugger
 */
struct ipu_debug {
	/** @attached: it has one; under &ipu_ring.lock, set under &ipu_ctx.lock as well */
	bool attached;
	/**
	 * @halted: the card has reported that the context is halted; may be out of
	 * date; written under &ipu_ring.lock
	 */
	bool halted;
	/** @wait: for @halted, and for the context's end */
	wait_queue_head_t wait;
};

void ipu_debug_halted(struct ipu_ctx *ctx);
void ipu_debug_wake(struct ipu_ctx *ctx);

int ipu_debug_ctl_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_debug_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_debug_point_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_debug_access_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_DEBUG_H_ */
