// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-fence-chain.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_syncobj.h>

#include "ipu_drv.h"
#include "ipu_job.h"
#include "ipu_sync.h"

static int ipu_sync_check(struct ipu_device *ipu, const struct drm_ipu_obj_array *array)
{
	if (array->count > DRM_IPU_MAX_SYNCS)
		return ipu_refuse(ipu, -EINVAL, "submit: %u syncobjs\n", array->count);
	if (array->count && (array->stride < sizeof(struct drm_ipu_sync) ||
			     array->stride > PAGE_SIZE))
		return ipu_refuse(ipu, -EINVAL, "submit: syncobj stride %u\n", array->stride);
	if (!array->count && array->array)
		return ipu_refuse(ipu, -EINVAL, "submit: an array of no syncobjs\n");

	return 0;
}

/* Element @i; members that this driver does not know must be 0. */
static int ipu_sync_read(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, u32 i,
			 struct drm_ipu_sync *sync)
{
	const void __user *from = u64_to_user_ptr(array->array + (u64)i * array->stride);
	int ret;

	ret = copy_struct_from_user(sync, sizeof(*sync), from, array->stride);
	if (ret == -E2BIG)
		return ipu_refuse(ipu, -EINVAL, "submit: syncobj %u has members we do not know\n",
				  i);
	if (ret)
		return ret;
	if (sync->flags)
		return ipu_refuse(ipu, -EINVAL, "submit: syncobj %u: unknown flags 0x%x\n",
				  i, sync->flags);

	return 0;
}

static int ipu_sync_add_dep(struct ipu_device *ipu, struct drm_file *file, struct ipu_job *job,
			    const struct drm_ipu_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = drm_syncobj_find_fence(file, sync->handle, sync->point, 0, &fence);
	if (ret)
		return ipu_refuse(ipu, ret, "submit: no fence at point %llu of syncobj %u\n",
				  sync->point, sync->handle);

	job->deps[job->deps_count++] = dma_fence_get(fence);

	return drm_sched_job_add_dependency(&job->base, fence);
}

/**
 * ipu_sync_add_deps() - make a job wait on syncobjs
 * @ipu: card
 * @file: caller
 * @job: the job; drops the references when it is freed, after an error, too
 * @array: &struct drm_ipu_sync in user memory
 *
 * Return: 0 or a negative errno.
 */
int ipu_sync_add_deps(struct ipu_device *ipu, struct drm_file *file, struct ipu_job *job,
		      const struct drm_ipu_obj_array *array)
{
	struct drm_ipu_sync sync;
	int ret;
	u32 i;

	ret = ipu_sync_check(ipu, array);
	if (ret || !array->count)
		return ret;

	job->deps = kcalloc(array->count, sizeof(*job->deps), GFP_KERNEL_ACCOUNT);
	if (!job->deps)
		return -ENOMEM;

	for (i = 0; i < array->count; i++) {
		ret = ipu_sync_read(ipu, array, i, &sync);
		if (!ret)
			ret = ipu_sync_add_dep(ipu, file, job, &sync);
		if (ret)
			return ret;
	}

	return 0;
}

static int ipu_sync_out_get_one(struct ipu_device *ipu, struct drm_file *file,
				const struct drm_ipu_sync *sync, struct ipu_sync_out *out)
{
	if (sync->point) {
		out->chain = dma_fence_chain_alloc();
		if (!out->chain)
			return -ENOMEM;
		out->point = sync->point;
	}

	out->syncobj = drm_syncobj_find(file, sync->handle);
	if (!out->syncobj)
		return ipu_refuse(ipu, -ENOENT, "submit: no syncobj %u\n", sync->handle);

	return 0;
}

/**
 * ipu_sync_out_get() - look up the syncobjs that a job will signal
 * @ipu: card
 * @file: caller
 * @array: &struct drm_ipu_sync in user memory
 *
 * Return: as many elements as @array has, for ipu_sync_out_put(); NULL if it is
 * empty; or an error pointer.
 */
struct ipu_sync_out *ipu_sync_out_get(struct ipu_device *ipu, struct drm_file *file,
				      const struct drm_ipu_obj_array *array)
{
	struct ipu_sync_out *outs;
	struct drm_ipu_sync sync;
	int ret;
	u32 i;

	ret = ipu_sync_check(ipu, array);
	if (ret)
		return ERR_PTR(ret);
	if (!array->count)
		return NULL;

	outs = kcalloc(array->count, sizeof(*outs), GFP_KERNEL);
	if (!outs)
		return ERR_PTR(-ENOMEM);

	for (i = 0; i < array->count; i++) {
		ret = ipu_sync_read(ipu, array, i, &sync);
		if (!ret)
			ret = ipu_sync_out_get_one(ipu, file, &sync, &outs[i]);
		if (ret) {
			ipu_sync_out_put(outs, i + 1);
			return ERR_PTR(ret);
		}
	}

	return outs;
}

/**
 * ipu_sync_out_attach() - attach a job's fence to syncobjs
 * @outs: from ipu_sync_out_get()
 * @count: elements
 * @fence: the job's fence
 */
void ipu_sync_out_attach(struct ipu_sync_out *outs, u32 count, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; i < count; i++) {
		struct ipu_sync_out *out = &outs[i];

		if (out->chain) {
			drm_syncobj_add_point(out->syncobj, out->chain, fence, out->point);
			/* The syncobj owns it now. */
			out->chain = NULL;
		} else {
			drm_syncobj_replace_fence(out->syncobj, fence);
		}
	}
}

/**
 * ipu_sync_out_put() - release syncobjs
 * @outs: from ipu_sync_out_get(), may be NULL
 * @count: elements
 */
void ipu_sync_out_put(struct ipu_sync_out *outs, u32 count)
{
	u32 i;

	for (i = 0; outs && i < count; i++) {
		if (outs[i].syncobj)
			drm_syncobj_put(outs[i].syncobj);
		dma_fence_chain_free(outs[i].chain);
	}
	kfree(outs);
}
