/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Differences between the kernels that the driver is built for, 6.12 and newer.
 * A driver in the kernel's own tree would not need this file.
 *
 * IPU_SCHED_*, IPU_GPUVM_* and IPU_SHMEM_* come from Kbuild, which checks the kernel's headers: the
 * stable kernels of 6.12 have parts of later interfaces backported.
 */
#ifndef _IPU_COMPAT_H_
#define _IPU_COMPAT_H_

#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_gpuvm.h>
#include <drm/gpu_scheduler.h>

/*
 * A scheduler with a run queue for each priority, its own submission work queue, and no
 * time-outs. Before 6.15 the arguments were passed one by one.
 */
static inline int ipu_compat_sched_init(struct drm_gpu_scheduler *sched,
					const struct drm_sched_backend_ops *ops,
					u32 credits, const char *name, struct device *dev)
{
#ifdef IPU_SCHED_INIT_ARGS
	const struct drm_sched_init_args args = {
		.ops = ops,
		.num_rqs = DRM_SCHED_PRIORITY_COUNT,
		.credit_limit = credits,
		.timeout = MAX_SCHEDULE_TIMEOUT,
		.name = name,
		.dev = dev,
	};

	return drm_sched_init(sched, &args);
#else
	return drm_sched_init(sched, ops, NULL, DRM_SCHED_PRIORITY_COUNT, credits, 0,
			      MAX_SCHEDULE_TIMEOUT, NULL, NULL, name, dev);
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

/* Map a range, after what is in its way was unmapped. Since 6.18 it is a request. */
static inline int ipu_compat_gpuvm_map(struct drm_gpuvm *vm, void *priv, u64 va, u64 size,
				       struct drm_gem_object *obj, u64 offset)
{
#ifdef IPU_GPUVM_MAP_REQ
	const struct drm_gpuvm_map_req req = {
		.map.va.addr = va,
		.map.va.range = size,
		.map.gem.obj = obj,
		.map.gem.offset = offset,
	};

	return drm_gpuvm_sm_map(vm, priv, &req);
#else
	return drm_gpuvm_sm_map(vm, priv, va, size, obj, offset);
#endif
}

/* The buffer's reservation lock is held. */
static inline bool ipu_compat_shmem_madvise(struct drm_gem_shmem_object *shmem, int madv)
{
#ifdef IPU_SHMEM_LOCKED
	return drm_gem_shmem_madvise_locked(shmem, madv);
#else
	return drm_gem_shmem_madvise(shmem, madv);
#endif
}

static inline void ipu_compat_shmem_purge(struct drm_gem_shmem_object *shmem)
{
#ifdef IPU_SHMEM_LOCKED
	drm_gem_shmem_purge_locked(shmem);
#else
	drm_gem_shmem_purge(shmem);
#endif
}

#endif /* _IPU_COMPAT_H_ */
