/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The driver is written for the newest kernel's interfaces. This has them on older
 * kernels, from 6.12 on: Kbuild includes it before all else. In the kernel's own tree there
 * is no such file.
 *
 * IPU_SCHED_*, IPU_GPUVM_*, IPU_GEM_*, IPU_SHMEM_*, IPU_DEV_* and IPU_NS_* come from Kbuild,
 * which checks the kernel's headers: the stable kernels of 6.12 have parts of later interfaces
 * backported.
 */
#ifndef _IPU_COMPAT_H_
#define _IPU_COMPAT_H_

#include <linux/device.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <drm/drm_gem_shmem_helper.h>
#include <drm/drm_gpuvm.h>
#include <drm/gpu_scheduler.h>

/* Before 6.15, the arguments were passed one by one. */
#ifndef IPU_SCHED_INIT_ARGS
struct drm_sched_init_args {
	const struct drm_sched_backend_ops *ops;
	struct workqueue_struct *submit_wq;
	struct workqueue_struct *timeout_wq;
	u32 num_rqs;
	u32 credit_limit;
	unsigned int hang_limit;
	long timeout;
	atomic_t *score;
	const char *name;
	struct device *dev;
};

static inline int ipu_compat_sched_init(struct drm_gpu_scheduler *sched,
					const struct drm_sched_init_args *args)
{
	return drm_sched_init(sched, args->ops, args->submit_wq, args->num_rqs,
			      args->credit_limit, args->hang_limit, args->timeout,
			      args->timeout_wq, args->score, args->name, args->dev);
}

#define drm_sched_init		ipu_compat_sched_init
#endif

/* Since 6.17 the client is named, for trace events. */
#ifndef IPU_SCHED_CLIENT_ID
static inline int ipu_compat_sched_job_init(struct drm_sched_job *job,
					    struct drm_sched_entity *entity, u32 credits,
					    void *owner, u64 client_id)
{
	return drm_sched_job_init(job, entity, credits, owner);
}

#define drm_sched_job_init	ipu_compat_sched_job_init
#endif

/* Since 6.18, what is to be mapped is in a structure. */
#ifndef IPU_GPUVM_MAP_REQ
struct drm_gpuvm_map_req {
	struct drm_gpuva_op_map map;
};

static inline int ipu_compat_gpuvm_sm_map(struct drm_gpuvm *gpuvm, void *priv,
					  const struct drm_gpuvm_map_req *req)
{
	return drm_gpuvm_sm_map(gpuvm, priv, req->map.va.addr, req->map.va.range,
				req->map.gem.obj, req->map.gem.offset);
}

#define drm_gpuvm_sm_map	ipu_compat_gpuvm_sm_map
#endif

/* Since 6.14, what is active is shown by drivers that know it. */
#ifndef IPU_GEM_ACTIVE
#define DRM_GEM_OBJECT_ACTIVE	0
#endif

/* Since 6.16, names say that a lock is held. */
#ifndef IPU_SHMEM_LOCKED
#define drm_gem_shmem_madvise_locked	drm_gem_shmem_madvise
#define drm_gem_shmem_purge_locked	drm_gem_shmem_purge
#endif

/* Since 7.0, and in later releases of 6.12. */
#ifndef kzalloc_obj
#define kzalloc_obj(what, gfp)	kzalloc(sizeof(what), gfp)
#endif

/* Since 7.0, flags of devices are bits. */
#if !defined(IPU_DEV_FLAGS) && defined(CONFIG_DMA_NEED_SYNC)
static inline bool ipu_compat_dma_skip_sync(const struct device *dev)
{
	return dev->dma_skip_sync;
}

#define dev_dma_skip_sync	ipu_compat_dma_skip_sync
#endif

/* Since 6.13, a namespace of symbols is a string. */
#ifndef IPU_NS_STRING
#undef MODULE_IMPORT_NS
#define MODULE_IMPORT_NS(ns)	MODULE_INFO(import_ns, ns)
#endif

#endif /* _IPU_COMPAT_H_ */
