// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/dma-fence-chain.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <drm/drm_syncobj.h>
#include <drm/gpu_scheduler.h>

#include "ipu_drv.h"
#include "ipu_sync.h"

/**
 * ipu_array_check() - check an array in user memory
 * @ipu: card
 * @array: the array
 * @size: bytes of an element as the driver knows it
 * @most: most elements
 *
 * Return: 0 or -EINVAL.
 */
int ipu_array_check(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, size_t size,
		    u32 most)
{
	if (array->count > most)
		return ipu_refuse(ipu, -EINVAL, "array: %u elements, at most %u\n", array->count,
				  most);
	if (array->count && (array->stride < size || array->stride > PAGE_SIZE))
		return ipu_refuse(ipu, -EINVAL, "array: stride %u\n", array->stride);
	if (!array->count && array->array)
		return ipu_refuse(ipu, -EINVAL, "array: an address, but no elements\n");

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_array_check);

/**
 * ipu_array_read() - read an element of an array in user memory
 * @ipu: card
 * @array: the array, which was checked
 * @i: which element
 * @to: where to; members of it that the driver does not know must be 0
 * @size: bytes of an element as the driver knows it
 *
 * Return: 0 or a negative errno.
 */
int ipu_array_read(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, u32 i, void *to,
		   size_t size)
{
	const void __user *from = u64_to_user_ptr(array->array + (u64)i * array->stride);
	int ret;

	ret = copy_struct_from_user(to, size, from, array->stride);
	if (ret == -E2BIG)
		return ipu_refuse(ipu, -EINVAL, "array: element %u has members we do not know\n",
				  i);

	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_array_read);

static int ipu_sync_check(struct ipu_device *ipu, const struct drm_ipu_obj_array *array)
{
	return ipu_array_check(ipu, array, sizeof(struct drm_ipu_sync), DRM_IPU_MAX_SYNCS);
}

static int ipu_sync_read(struct ipu_device *ipu, const struct drm_ipu_obj_array *array, u32 i,
			 struct drm_ipu_sync *sync)
{
	int ret;

	ret = ipu_array_read(ipu, array, i, sync, sizeof(*sync));
	if (ret)
		return ret;
	if (sync->flags)
		return ipu_refuse(ipu, -EINVAL, "syncobj %u: unknown flags 0x%x\n", i,
				  sync->flags);

	return 0;
}

static int ipu_sync_add_dep(struct ipu_device *ipu, struct drm_file *file,
			    struct drm_sched_job *job, struct ipu_deps *deps,
			    const struct drm_ipu_sync *sync)
{
	struct dma_fence *fence;
	int ret;

	ret = drm_syncobj_find_fence(file, sync->handle, sync->point, 0, &fence);
	if (ret)
		return ipu_refuse(ipu, ret, "no fence at point %llu of syncobj %u\n",
				  sync->point, sync->handle);

	deps->fences[deps->count++] = fence;
	/* The scheduler need not know one that has signaled: a job with none is faster. */
	if (dma_fence_is_signaled(fence))
		return 0;

	return drm_sched_job_add_dependency(job, dma_fence_get(fence));
}

/**
 * ipu_sync_add_deps() - make a job wait on syncobjs
 * @ipu: card
 * @file: caller
 * @job: the job
 * @deps: what it waits for, none so far; for ipu_deps_put(), after an error, too
 * @array: &struct drm_ipu_sync in user memory
 *
 * Return: 0 or a negative errno.
 */
int ipu_sync_add_deps(struct ipu_device *ipu, struct drm_file *file, struct drm_sched_job *job,
		      struct ipu_deps *deps, const struct drm_ipu_obj_array *array)
{
	struct drm_ipu_sync sync;
	int ret;
	u32 i;

	ret = ipu_sync_check(ipu, array);
	if (ret || !array->count)
		return ret;

	deps->fences = kcalloc(array->count, sizeof(*deps->fences), GFP_KERNEL_ACCOUNT);
	if (!deps->fences)
		return -ENOMEM;

	for (i = 0; i < array->count; i++) {
		ret = ipu_sync_read(ipu, array, i, &sync);
		if (!ret)
			ret = ipu_sync_add_dep(ipu, file, job, deps, &sync);
		if (ret)
			return ret;
	}

	return 0;
}

/**
 * ipu_deps_error() - did something fail that a job waited for?
 * @deps: what it waited for, all signaled
 *
 * Return: the error of the first fence that has one, or 0.
 */
int ipu_deps_error(const struct ipu_deps *deps)
{
	u32 i;

	for (i = 0; i < deps->count; i++) {
		int status = dma_fence_get_status(dma_fence_chain_contained(deps->fences[i]));

		if (status < 0)
			return status;
	}

	return 0;
}

/**
 * ipu_deps_put() - drop the references
 * @deps: what a job waited for
 */
void ipu_deps_put(struct ipu_deps *deps)
{
	while (deps->count)
		dma_fence_put(deps->fences[--deps->count]);
	kfree(deps->fences);
}

static void ipu_sync_out_put(struct ipu_sync_out *outs, u32 count)
{
	u32 i;

	for (i = 0; outs && i < count; i++) {
		if (outs[i].syncobj)
			drm_syncobj_put(outs[i].syncobj);
		dma_fence_chain_free(outs[i].chain);
	}
	kfree(outs);
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
		return ipu_refuse(ipu, -ENOENT, "no syncobj %u\n", sync->handle);

	return 0;
}

/**
 * ipu_sync_out_get() - look up the syncobjs that a job will signal
 * @ipu: card
 * @file: caller
 * @array: &struct drm_ipu_sync in user memory
 *
 * Return: as many elements as @array has, for ipu_sync_out_finish(); NULL if it is
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

static void ipu_sync_out_attach(struct ipu_sync_out *out, struct dma_fence *fence)
{
	if (out->chain) {
		drm_syncobj_add_point(out->syncobj, out->chain, fence, out->point);
		/* The syncobj owns it now. */
		out->chain = NULL;
	} else {
		drm_syncobj_replace_fence(out->syncobj, fence);
	}
}

/**
 * ipu_sync_out_finish() - attach a job's fence to syncobjs, and release them
 * @outs: from ipu_sync_out_get(), may be NULL
 * @count: elements
 * @fence: the job's fence; or an error pointer, then the syncobjs stay as they are
 */
void ipu_sync_out_finish(struct ipu_sync_out *outs, u32 count, struct dma_fence *fence)
{
	u32 i;

	for (i = 0; outs && !IS_ERR(fence) && i < count; i++)
		ipu_sync_out_attach(&outs[i], fence);
	ipu_sync_out_put(outs, count);
}
