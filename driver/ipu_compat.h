/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that the driver is built for, 6.12 and newer.
 * A driver in the kernel's own tree would not need this file.
 *
 * IPU_SCHED_* come from Kbuild, which checks the kernel's header: the stable
 * kernels of 6.12 have parts of later interfaces backported.
 */
#ifndef _IPU_COMPAT_H_
#define _IPU_COMPAT_H_

#include <drm/gpu_scheduler.h>

/*
 * A scheduler with one run queue and its own submission work queue. Before 6.15
 * the arguments were passed one by one.
 */
static inline int ipu_compat_sched_init(struct drm_gpu_scheduler *sched,
					const struct drm_sched_backend_ops *ops,
					u32 credits, long timeout,
					struct workqueue_struct *timeout_wq,
					const char *name, struct device *dev)
{
#ifdef IPU_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.num_rqs = 1,
		.credit_limit = credits,
		.timeout = timeout,
		.timeout_wq = timeout_wq,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, NULL, 1, credits, 0, timeout, timeout_wq, NULL,
			      name, dev);
#endif
}

/* A job of one credit. Since 6.17 the client is named for trace events. */
static inline int ipu_compat_sched_job_init(struct drm_sched_job *job,
					    struct drm_sched_entity *entity, u64 client)
{
#ifdef IPU_SCHED_CLIENT_ID
	return drm_sched_job_init(job, entity, 1, NULL, client);
#else
	return drm_sched_job_init(job, entity, 1, NULL);
#endif
}

/*
 * What timedout_job() returns so that the scheduler puts the job back on its
 * pending list, and frees it once its fence has signaled. Before 6.17 a driver
 * did that itself; the fence may have signaled meanwhile, so the list has to be
 * scanned again, unless the scheduler is stopped.
 */
static inline enum drm_gpu_sched_stat ipu_compat_sched_keep_job(struct drm_sched_job *job)
{
#ifdef IPU_SCHED_NO_HANG
	return DRM_GPU_SCHED_STAT_NO_HANG;
#else
	struct drm_gpu_scheduler *sched = job->sched;

	spin_lock(&sched->job_list_lock);
	list_add(&job->list, &sched->pending_list);
	spin_unlock(&sched->job_list_lock);
	if (!READ_ONCE(sched->pause_submit))
		queue_work(sched->submit_wq, &sched->work_free_job);
	return DRM_GPU_SCHED_STAT_NOMINAL;
#endif
}

#endif /* _IPU_COMPAT_H_ */
