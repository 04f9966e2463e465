/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_FAULT_H_
#define _IPU_FAULT_H_

#include <drm/ipu_accel.h>

struct drm_device;
struct drm_file;
struct ipu_ctx;
struct ipu_device;
struct ipu_job;

/* Faults that a context remembers. */
#define IPU_FAULTS		16

/**
 * struct ipu_fault_log - the last faults of a context
 */
struct ipu_fault_log {
	/** @count: faults so far; fault n is in @record[n % IPU_FAULTS] */
	unsigned int count;
	/** @record: as user space gets them */
	struct drm_ipu_get_fault record[IPU_FAULTS];
};

void ipu_fault_init(struct ipu_device *ipu);
bool ipu_fault_is_known(u32 cause);
int ipu_fault_read(struct ipu_ctx *ctx, const struct ipu_job *job, u32 userq);
int ipu_fault_force(struct ipu_ctx *ctx, const struct ipu_job *job, u32 cause);
int ipu_get_fault_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_FAULT_H_ */
