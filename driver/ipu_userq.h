/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_USERQ_H_
#define _IPU_USERQ_H_

#include <linux/types.h>

#include "ipu_hw.h"

struct drm_device;
struct drm_file;
struct seq_file;
struct ipu_ctx;
struct ipu_device;
struct ipu_userq;

/**
 * struct ipu_userqs - user queues of a context; &ipu_ring.lock is held for all of it
 */
struct ipu_userqs {
	/** @queue: those that there are, references; one that is lost is there until destroyed */
	struct ipu_userq *queue[IPU_USER_QUEUES];
	/** @waiters: calls that wait for one of them */
	unsigned int waiters;
};

void ipu_userq_events(struct ipu_ctx *ctx);
bool ipu_userq_any(const struct ipu_ctx *ctx);
void ipu_userq_lose(struct ipu_ctx *ctx, bool readable);
void ipu_userq_end_all(struct ipu_ctx *ctx);
void ipu_userq_zap_all(struct ipu_device *ipu);
u32 ipu_userq_faulted(struct ipu_ctx *ctx);
void ipu_userq_show(struct seq_file *m, struct ipu_ctx *ctx);

int ipu_userq_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_userq_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_userq_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_USERQ_H_ */
