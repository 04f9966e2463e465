/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_USERQ_H_
#define _IPU_USERQ_H_

#include <linux/types.h>
#include <linux/wait.h>

#include "ipu_doorbell.h"
#include "ipu_hw.h"

struct drm_device;
struct drm_file;
struct seq_file;
struct ipu_client;
struct ipu_ctx;
struct ipu_device;

/**
 * struct ipu_userq - a user queue
 */
struct ipu_userq {
	/** @doorbell: its doorbell, which counts references to the queue */
	struct ipu_doorbell doorbell;
	/** @wait: calls that wait for a value */
	wait_queue_head_t wait;
	/** @index: which one of the context */
	u32 index;
	/** @lost: it executes nothing any more; under &ipu_ring.lock */
	bool lost;
	/** @value: what the card had written when that was last read; likewise */
	u64 value;
	/** @armed: the value that the card is to tell of, U64_MAX if none; likewise */
	u64 armed;
	/** @busy_ns: how long the card had been executing it when last asked; likewise */
	u64 busy_ns;
	/** @head: how many commands were complete then, free running; likewise */
	u32 head;
};

/**
 * struct ipu_userqs - user queues of a context; &ipu_ring.lock is held for all of it
 */
struct ipu_userqs {
	/** @queue: those that there are, references; one that is lost is there until destroyed */
	struct ipu_userq *queue[IPU_USER_QUEUES];
	/** @waiters: calls that wait for one of them */
	unsigned int waiters;
	/** @retired: IPU_CTX_RETIRED when the context was last looked at */
	u32 retired;
	/** @looked: when that was, in jiffies */
	unsigned long looked;
	/** @progress: when it was last seen to change, or nothing was executed, in jiffies */
	unsigned long progress;
	/** @asked_ns: before the card was asked last for their time, as ktime_get_ns() */
	u64 asked_ns;
};

void ipu_userq_events(struct ipu_ctx *ctx);
bool ipu_userq_any(const struct ipu_ctx *ctx);
void ipu_userq_lose(struct ipu_ctx *ctx, bool readable);
void ipu_userq_end_all(struct ipu_ctx *ctx);
void ipu_userq_zap_all(struct ipu_device *ipu);
u32 ipu_userq_faulted(struct ipu_ctx *ctx);
void ipu_userq_show(struct seq_file *m, struct ipu_ctx *ctx);

u32 ipu_userq_read(struct ipu_ctx *ctx, const struct ipu_userq *queue, u32 reg);
bool ipu_userq_read64(struct ipu_ctx *ctx, const struct ipu_userq *queue, u32 low, u64 *value);
void ipu_userq_count(struct ipu_ctx *ctx);
bool ipu_userq_overdue(struct ipu_ctx *ctx, unsigned long limit);
void ipu_userq_count_client(struct ipu_device *ipu, const struct ipu_client *client);

int ipu_userq_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_userq_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_userq_wait_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_USERQ_H_ */
