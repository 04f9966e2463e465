/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_USAGE_H_
#define _IPU_USAGE_H_

#include <linux/kref.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct drm_file;
struct drm_printer;
struct ipu_ctx;

/**
 * struct ipu_usage - what an open file, or all of them, has and has had of a card
 */
struct ipu_usage {
	/** @lock: all of this; a leaf lock */
	spinlock_t lock;
	/**
	 * @busy_ns: the sum, over tiles, of the time that a job of theirs ran, up to @since_ns, or
	 * a user queue's command, as far as the card has been asked
	 */
	u64 busy_ns;
	/** @since_ns: when @running changed last */
	u64 since_ns;
	/** @running: tiles of contexts that have a job on the card */
	unsigned int running;
	/** @contexts: contexts on the card */
	unsigned int contexts;
	/** @tiles: their tiles */
	unsigned int tiles;
	/** @jobs: jobs that ran and have ended */
	u64 jobs;
	/** @failed: those of them that ended with an error */
	u64 failed;
	/** @commands: commands of user queues that are complete, as far as the card was asked */
	u64 commands;
};

/**
 * struct ipu_client - the usage of an open file, which its contexts may outlive
 */
struct ipu_client {
	/** @ref: the file's, and each context's */
	struct kref ref;
	/** @usage: what it counts */
	struct ipu_usage usage;
};

void ipu_usage_init(struct ipu_usage *usage);
void ipu_usage_read(struct ipu_usage *usage, struct ipu_usage *now);
void ipu_usage_place(struct ipu_ctx *ctx, bool placed);
void ipu_usage_run(struct ipu_ctx *ctx, bool running);
void ipu_usage_ran(struct ipu_ctx *ctx, u64 ns);
void ipu_usage_commands(struct ipu_ctx *ctx, u64 count);
void ipu_usage_job(struct ipu_ctx *ctx, int error);

struct ipu_client *ipu_client_alloc(void);
void ipu_client_put(struct ipu_client *client);

void ipu_show_fdinfo(struct drm_printer *p, struct drm_file *file);

#endif /* _IPU_USAGE_H_ */
