// SPDX-License-Identifier: GPL-2.0-only
/*
 * Driver of the IPU card: a processing accelerator of up to 1472 tiles, each with
 * memory of its own, that run programs in supersteps.
 */

#include <linux/module.h>
#include <linux/pci.h>
#include <linux/slab.h>

#include <drm/drm_accel.h>
#include <drm/drm_drv.h>
#include <drm/drm_gem.h>
#include <drm/drm_ioctl.h>

#include "ipu_bind.h"
#include "ipu_ctx.h"
#include "ipu_debug.h"
#include "ipu_drv.h"
#include "ipu_fault.h"
#include "ipu_gem.h"
#include "ipu_job.h"
#include "ipu_link.h"
#include "ipu_pinned.h"
#include "ipu_queue.h"
#include "ipu_usage.h"
#include "ipu_userq.h"
#include "ipu_vm.h"

struct workqueue_struct *ipu_wq;
struct workqueue_struct *ipu_fence_wq;

static int ipu_open(struct drm_device *drm, struct drm_file *file)
{
	struct ipu_file *priv;

	priv = kzalloc_obj(*priv, GFP_KERNEL_ACCOUNT);
	if (!priv)
		return -ENOMEM;

	priv->client = ipu_client_alloc();
	if (!priv->client) {
		kfree(priv);
		return -ENOMEM;
	}
	xa_init_flags(&priv->ctxs, XA_FLAGS_ALLOC1);
	file->driver_priv = priv;

	return 0;
}

static void ipu_postclose(struct drm_device *drm, struct drm_file *file)
{
	struct ipu_file *priv = file->driver_priv;
	struct ipu_ctx *ctx;
	unsigned long id;

	xa_for_each(&priv->ctxs, id, ctx)
		ipu_ctx_close(ctx);
	xa_destroy(&priv->ctxs);
	ipu_client_put(priv->client);
	kfree(priv);
}

static const struct drm_ioctl_desc ipu_ioctls[] = {
	DRM_IOCTL_DEF_DRV(IPU_DEV_QUERY, ipu_dev_query_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_CREATE, ipu_bo_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_MMAP_OFFSET, ipu_bo_mmap_offset_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_CTX_CREATE, ipu_ctx_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_CTX_DESTROY, ipu_ctx_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_MAP, ipu_bo_map_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_UNMAP, ipu_bo_unmap_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_SUBMIT, ipu_submit_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_WAIT, ipu_wait_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_GET_FAULT, ipu_get_fault_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_DEBUG_CTL, ipu_debug_ctl_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_DEBUG_WAIT, ipu_debug_wait_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_DEBUG_POINT, ipu_debug_point_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_DEBUG_ACCESS, ipu_debug_access_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_CTX_QUERY, ipu_ctx_query_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_VM_BIND, ipu_vm_bind_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_FROM_USER, ipu_bo_from_user_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_BO_MADVISE, ipu_bo_madvise_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_QUEUE_CREATE, ipu_queue_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_QUEUE_DESTROY, ipu_queue_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_JOB_CANCEL, ipu_job_cancel_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_USERQ_CREATE, ipu_userq_create_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_USERQ_DESTROY, ipu_userq_destroy_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_USERQ_WAIT, ipu_userq_wait_ioctl, 0),
	DRM_IOCTL_DEF_DRV(IPU_LINK_CREATE, ipu_link_create_ioctl, 0),
};

/* DRM_ACCEL_FOPS and the client's statistics, which it leaves out. */
static const struct file_operations ipu_fops = {
	.owner = THIS_MODULE,
	.open = accel_open,
	.release = drm_release,
	.unlocked_ioctl = drm_ioctl,
	.compat_ioctl = drm_compat_ioctl,
	.poll = drm_poll,
	.read = drm_read,
	.llseek = noop_llseek,
	.mmap = drm_gem_mmap,
	.show_fdinfo = drm_show_fdinfo,
	.fop_flags = FOP_UNSIGNED_OFFSET,
};

const struct drm_driver ipu_accel_driver = {
	.driver_features = DRIVER_COMPUTE_ACCEL | DRIVER_GEM | DRIVER_SYNCOBJ |
			   DRIVER_SYNCOBJ_TIMELINE,
	.name = "ipu",
	.desc = "IPU processing accelerator",
	.major = DRM_IPU_VERSION_MAJOR,
	.minor = DRM_IPU_VERSION_MINOR,
	.fops = &ipu_fops,
	.open = ipu_open,
	.postclose = ipu_postclose,
	.show_fdinfo = ipu_show_fdinfo,
	.ioctls = ipu_ioctls,
	.num_ioctls = ARRAY_SIZE(ipu_ioctls),
	.gem_create_object = ipu_gem_create_object,
	.gem_prime_import = ipu_gem_prime_import,
	.gem_prime_import_sg_table = drm_gem_shmem_prime_import_sg_table,
};

static int __init ipu_init(void)
{
	int ret;

	ipu_wq = alloc_workqueue("ipu", WQ_UNBOUND, 0);
	if (!ipu_wq)
		return -ENOMEM;
	ret = -ENOMEM;
	ipu_fence_wq = alloc_workqueue("ipu-fence", WQ_UNBOUND | WQ_MEM_RECLAIM, 0);
	if (!ipu_fence_wq)
		goto err_wq;

	ret = pci_register_driver(&ipu_pci_driver);
	if (ret)
		goto err_fence_wq;

	return 0;

err_fence_wq:
	destroy_workqueue(ipu_fence_wq);
err_wq:
	destroy_workqueue(ipu_wq);

	return ret;
}
module_init(ipu_init);

static void __exit ipu_exit(void)
{
	pci_unregister_driver(&ipu_pci_driver);
	ipu_ctx_wait_all();
	destroy_workqueue(ipu_fence_wq);
	destroy_workqueue(ipu_wq);
}
module_exit(ipu_exit);

MODULE_AUTHOR("The IPU project");
MODULE_DESCRIPTION("DRM accel driver of the IPU card");
MODULE_LICENSE("GPL");
