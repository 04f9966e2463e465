/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_CTX_H_
#define _IPU_CTX_H_

#include <linux/kref.h>
#include <linux/sched.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#include "ipu_debug.h"
#include "ipu_limits.h"
#include "ipu_queue.h"
#include "ipu_ring.h"
#include "ipu_userq.h"
#include "ipu_vm.h"

struct drm_device;
struct drm_file;
struct ipu_client;
struct ipu_device;
struct ipu_link;
struct ipu_lost_event;

/**
 * enum ipu_ctx_state - does a context take jobs?
 */
enum ipu_ctx_state {
	/** @IPU_CTX_USABLE: yes */
	IPU_CTX_USABLE,
	/** @IPU_CTX_LOST: no, see its &enum ipu_ctx_why */
	IPU_CTX_LOST,
	/** @IPU_CTX_BANNED: no, the driver had to stop it too often */
	IPU_CTX_BANNED,
};

/**
 * enum ipu_ctx_why - why a context does not take jobs any more
 */
enum ipu_ctx_why {
	/** @IPU_CTX_WHY_NONE: it does; or it was destroyed, or the card removed */
	IPU_CTX_WHY_NONE,
	/** @IPU_CTX_WHY_FAULT: it could not go on after a fault of its own */
	IPU_CTX_WHY_FAULT,
	/** @IPU_CTX_WHY_HANG: the driver had to stop it, for a time limit */
	IPU_CTX_WHY_HANG,
	/** @IPU_CTX_WHY_RESET: the card was reset, or does not answer */
	IPU_CTX_WHY_RESET,
	/** @IPU_CTX_WHY_SUSPEND: the machine was suspended */
	IPU_CTX_WHY_SUSPEND,
	/** @IPU_CTX_WHY_PCI: an error on the PCI link */
	IPU_CTX_WHY_PCI,
};

/* How many failed jobs a context remembers, in addition to those still queued. */
#define IPU_CTX_FAILURES	1024

/* Most jobs of one context that have not been freed. */
#define IPU_CTX_MAX_JOBS	4096u

/**
 * struct ipu_busy_wait - whether it was worthwhile to look for the end of jobs
 *
 * Several threads may wait at a time; that one overwrites what another wrote does no harm.
 */
struct ipu_busy_wait {
	/** @vain: how many waits do not look after the last one, 0 if it was worthwhile */
	u32 vain;
	/** @skip: how many of them are left */
	u32 skip;
};

/**
 * struct ipu_ctx - a context: tiles, an address space and a queue of jobs
 */
struct ipu_ctx {
	/** @ref: the file's, each job's, and those of calls that use the context */
	struct kref ref;
	/** @ipu: the card, whose DRM device the context has a reference to */
	struct ipu_device *ipu;
	/** @id: its handle in user space; counts from 1 in each file */
	u32 id;
	/** @comm: name of the process that made it, for messages */
	char comm[TASK_COMM_LEN];
	/** @pid: that process, for messages */
	pid_t pid;
	/** @owner: the user it counts for */
	struct ipu_owner owner;
	/** @living: in &ipu_device.ctxs; under &ipu_device.ctxs_lock */
	struct list_head living;
	/** @client: the open file's usage that it counts for, a reference */
	struct ipu_client *client;

	/** @slot: which of the card's contexts it is, while @attached */
	unsigned int slot;
	/** @tile_first: first tile on the card */
	unsigned int tile_first;
	/** @tile_count: tiles */
	unsigned int tile_count;
	/** @link: its key, a reference, or NULL; until it has left the card */
	struct ipu_link *link;
	/** @link_rank: which of the contexts with that key it is */
	u32 link_rank;
	/** @watchdog_ms: time limit of a RUN in host ms, 0 for none */
	unsigned int watchdog_ms;

	/** @lock: order of submissions and the context's end, see ipu_drv.h */
	struct mutex lock;
	/** @attached: it has a slot and tiles of the card; under @lock */
	bool attached;
	/** @closed: takes no more jobs; under @lock */
	bool closed;
	/** @last_seqno: number of the job submitted last; written under @lock */
	u64 last_seqno;
	/** @exported: &struct ipu_job whose fences user space got and that have not ended */
	struct list_head exported;
	/** @exported_lock: of @exported */
	spinlock_t exported_lock;

	/** @vm: address space */
	struct ipu_vm vm;
	/** @state: whether it takes jobs; under &ipu_ring.lock */
	enum ipu_ctx_state state;
	/** @why: why it does not; likewise */
	enum ipu_ctx_why why;
	/** @ring: what the card executes */
	struct ipu_ring ring;
	/** @watch: looks at the context while it has jobs on the card, see ipu_recovery.c */
	struct delayed_work watch;

	/**
	 * @jobs: by number: the fence of a job that has not been freed, marked with
	 * IPU_JOB_CANCELLED if it was cancelled; or, as a value entry, the error of one of
	 * the last IPU_CTX_FAILURES jobs that failed. A job that is not here has succeeded
	 * if its number is above @forgotten.
	 */
	struct xarray jobs;
	/** @failures: number of value entries in @jobs; under its lock */
	unsigned int failures;
	/** @forgotten: highest number of a failed job that is no longer in @jobs; likewise */
	u64 forgotten;
	/** @scheduled: jobs that were given to the scheduler and have not ended */
	atomic_t scheduled;
	/** @queued: jobs that have not been freed, at most IPU_CTX_MAX_JOBS */
	atomic_t queued;
	/** @busy_wait: for those that wait for a job, see ipu_wait.c */
	struct ipu_busy_wait busy_wait;
	/** @debug: its debugger, if any */
	struct ipu_debug debug;
	/** @lost: what tells its file that it is lost, or NULL; under &ipu_ring.lock */
	struct ipu_lost_event *lost;
	/** @sched: scheduler of this context's jobs */
	struct drm_gpu_scheduler sched;
	/**
	 * @queues: &struct ipu_queue by id: 0, which every context has, and up to
	 * DRM_IPU_MAX_QUEUES; under @lock
	 */
	struct xarray queues;
	/** @userqs: queues that user space rings itself */
	struct ipu_userqs userqs;
	/** @bind_sched: scheduler of asynchronous changes of the address space */
	struct drm_gpu_scheduler bind_sched;
	/** @binds: its one queue */
	struct ipu_queue *binds;
	/** @last_bind: number of the last one; under @lock */
	u64 last_bind;
	/** @binding: those that have not been freed, at most IPU_CTX_MAX_JOBS */
	atomic_t binding;
	/** @free_work: frees the context */
	struct rcu_work free_work;
};

struct ipu_ctx *ipu_ctx_get(struct drm_file *file, u32 id);
struct ipu_ctx *ipu_ctx_get_slot(struct ipu_device *ipu, unsigned int slot);
void ipu_ctx_put(struct ipu_ctx *ctx);
void ipu_ctx_close(struct ipu_ctx *ctx);
void ipu_ctx_detach_all(struct ipu_device *ipu);
void ipu_ctx_wait_all(void);

int ipu_ctx_create_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_ctx_destroy_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_ctx_query_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#if IS_ENABLED(CONFIG_KUNIT)
/* For tests/ only. */
int ipu_ctx_place(struct ipu_ctx *ctx);
#endif

#endif /* _IPU_CTX_H_ */
