// SPDX-License-Identifier: GPL-2.0-only

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/pci.h>

#include <drm/drm_drv.h>
#include <drm/drm_vma_manager.h>

#include "ipu_doorbell.h"
#include "ipu_drv.h"
#include "ipu_hw.h"

/**
 * DOC: doorbell pages
 *
 * A process rings a user queue through a page of BAR 0 that it has mapped: writing to it
 * is all that it can do there. Only the open file of the queue's context can map the page,
 * and a child does not inherit the mapping.
 *
 * When the page may become another queue's, or the card is about to lose its power or to go,
 * the mapping is removed from the processes' page tables. They fault then, and from there on
 * write to a page of memory of their own, which nobody reads: so a program needs no handler
 * of signals. Removing mappings can wait for other drivers, which may wait for fences of
 * this one: it is done where no fence waits for it.
 */

static vm_fault_t ipu_doorbell_fault(struct vm_fault *vmf)
{
	struct ipu_doorbell *doorbell = container_of(vmf->vma->vm_private_data,
						     struct ipu_doorbell, base);
	struct ipu_device *ipu = to_ipu_device(doorbell->base.dev);
	unsigned long pfn = page_to_pfn(doorbell->dummy);
	/* Memory is mapped as the kernel has it mapped, the card's page is not. */
	pgprot_t prot = vm_get_page_prot(vmf->vma->vm_flags);
	vm_fault_t ret;
	bool there;
	int idx;

	there = drm_dev_enter(&ipu->drm, &idx);
	mutex_lock(&doorbell->lock);
	if (there && doorbell->pfn) {
		pfn = doorbell->pfn;
		prot = pgprot_decrypted(pgprot_noncached(prot));
	}
	ret = vmf_insert_pfn_prot(vmf->vma, vmf->address & PAGE_MASK, pfn, prot);
	mutex_unlock(&doorbell->lock);
	if (there)
		drm_dev_exit(idx);

	return ret;
}

/* It would give either kind of page the attributes of the other. */
static int ipu_doorbell_mprotect(struct vm_area_struct *vma, unsigned long start,
				 unsigned long end, unsigned long flags)
{
	return -EACCES;
}

const struct vm_operations_struct ipu_doorbell_vm_ops = {
	.fault = ipu_doorbell_fault,
	.mprotect = ipu_doorbell_mprotect,
	.open = drm_gem_vm_open,
	.close = drm_gem_vm_close,
};

/**
 * ipu_doorbell_mmap() - &drm_gem_object_funcs.mmap of a doorbell
 * @obj: &ipu_doorbell.base
 * @vma: where
 *
 * Return: 0, or -EINVAL for a mapping that is private or executable.
 */
int ipu_doorbell_mmap(struct drm_gem_object *obj, struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return ipu_refuse(to_ipu_device(obj->dev), -EINVAL,
				  "mmap: a doorbell can be mapped shared, and not executable\n");
	vm_flags_mod(vma, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
		     VM_MAYEXEC);
	vma->vm_page_prot = pgprot_noncached(vm_get_page_prot(vma->vm_flags));

	return 0;
}

/**
 * ipu_doorbell_init() - initialize a doorbell that nobody can map
 * @ipu: card
 * @doorbell: zeroed
 * @funcs: of the object it is part of: ipu_doorbell_mmap(), &ipu_doorbell_vm_ops, and
 *	a release with ipu_doorbell_fini()
 *
 * Return: 0 or a negative errno.
 */
int ipu_doorbell_init(struct ipu_device *ipu, struct ipu_doorbell *doorbell,
		      const struct drm_gem_object_funcs *funcs)
{
	int ret;

	doorbell->dummy = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!doorbell->dummy)
		return -ENOMEM;
	mutex_init(&doorbell->lock);
	doorbell->base.funcs = funcs;
	drm_gem_private_object_init(&ipu->drm, &doorbell->base, PAGE_SIZE);
	ret = drm_gem_create_mmap_offset(&doorbell->base);
	if (ret)
		ipu_doorbell_fini(doorbell);

	return ret;
}

/**
 * ipu_doorbell_fini() - release what it has
 * @doorbell: revoked, and mapped nowhere
 */
void ipu_doorbell_fini(struct ipu_doorbell *doorbell)
{
	drm_gem_object_release(&doorbell->base);
	mutex_destroy(&doorbell->lock);
	__free_page(doorbell->dummy);
}

/**
 * ipu_doorbell_allow() - from now on it can be mapped
 * @doorbell: doorbell
 * @file: through this file
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_doorbell_allow(struct ipu_doorbell *doorbell, struct drm_file *file)
{
	int ret = drm_vma_node_allow(&doorbell->base.vma_node, file);

	if (!ret)
		doorbell->file = file;

	return ret;
}

/**
 * ipu_doorbell_open() - from now on it rings
 * @doorbell: doorbell
 * @offset: the page in BAR 0
 */
void ipu_doorbell_open(struct ipu_doorbell *doorbell, u32 offset)
{
	struct ipu_device *ipu = to_ipu_device(doorbell->base.dev);
	resource_size_t bar = pci_resource_start(to_pci_dev(ipu->drm.dev), IPU_BAR_REGS);

	mutex_lock(&doorbell->lock);
	doorbell->pfn = PHYS_PFN(bar + offset);
	mutex_unlock(&doorbell->lock);
}

/**
 * ipu_doorbell_zap() - see to it that nobody rings it any more
 * @doorbell: doorbell
 *
 * Not where a fence waits for it. Can be called again, then does nothing.
 */
void ipu_doorbell_zap(struct ipu_doorbell *doorbell)
{
	struct drm_device *drm = doorbell->base.dev;

	mutex_lock(&doorbell->lock);
	doorbell->pfn = 0;
	mutex_unlock(&doorbell->lock);
	drm_vma_node_unmap(&doorbell->base.vma_node, drm->anon_inode->i_mapping);
}

/**
 * ipu_doorbell_revoke() - it cannot be mapped any more; what is mapped stays
 * @doorbell: doorbell
 */
void ipu_doorbell_revoke(struct ipu_doorbell *doorbell)
{
	if (doorbell->file)
		drm_vma_node_revoke(&doorbell->base.vma_node, doorbell->file);
	doorbell->file = NULL;
}
