/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_NOTIFY_H_
#define _IPU_NOTIFY_H_

#include <linux/workqueue.h>

struct drm_file;
struct ipu_ctx;
struct ipu_device;
struct ipu_lost_event;

/**
 * enum ipu_wedged - what the card needs, for the uevent of that name
 */
enum ipu_wedged {
	/** @IPU_WEDGED_RECOVERED: nothing, the driver has reset it */
	IPU_WEDGED_RECOVERED,
	/** @IPU_WEDGED: to be bound to the driver anew, or reset with its bus */
	IPU_WEDGED,
	/** @IPU_WEDGED_GONE: it does not answer, and has to be found anew on its bus */
	IPU_WEDGED_GONE,
};

/**
 * struct ipu_notify - what user space is about to be told
 */
struct ipu_notify {
	/** @wedged: bits of &enum ipu_wedged, each of which is an event */
	unsigned long wedged;
	/** @work: sends them */
	struct work_struct work;
};

void ipu_notify_init(struct ipu_device *ipu);
void ipu_notify_flush(struct ipu_device *ipu);
void ipu_notify_wedged(struct ipu_device *ipu, enum ipu_wedged wedged);

struct ipu_lost_event *ipu_notify_prepare(struct ipu_device *ipu, struct drm_file *file);
void ipu_notify_arm(struct ipu_ctx *ctx, struct ipu_lost_event *lost);
void ipu_notify_disarm(struct ipu_ctx *ctx);
void ipu_notify_lost(struct ipu_ctx *ctx);
void ipu_notify_cancel(struct ipu_device *ipu, struct ipu_lost_event *lost);

#endif /* _IPU_NOTIFY_H_ */
