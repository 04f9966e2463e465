/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_VM_H_
#define _IPU_VM_H_

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

#include <drm/drm_gpuvm.h>

#include "ipu_hw.h"
#include "ipu_mmu.h"

struct drm_device;
struct drm_file;
struct drm_gem_object;
struct ipu_ctx;
struct sg_table;

/*
 * A context's address space: user space has all of it but the first page, so
 * that no address is 0, and the last 2 MiB, which the driver uses.
 */
#define IPU_VA_SIZE		BIT_ULL(IPU_VA_BITS)
#define IPU_VA_USER_START	((u64)PAGE_SIZE)
#define IPU_VA_USER_END		(IPU_VA_SIZE - SZ_2M)
#define IPU_VA_RING		IPU_VA_USER_END
#define IPU_VA_FENCE		(IPU_VA_USER_END + IPU_PAGE_SIZE)

/* Most mappings of user space in one context. */
#define IPU_VM_MAX_MAPPINGS	65536u

/**
 * struct ipu_vm - the address space of one context
 */
struct ipu_vm {
	/** @lock: all of this, and the page tables; see ipu_drv.h */
	struct mutex lock;
	/** @base: what is mapped where, &drm_gpuva of &struct ipu_mapping */
	struct drm_gpuvm base;
	/** @next: where the search for a free range begins */
	u64 next;
	/**
	 * @mappings: how many &struct ipu_mapping there are, those that changes have in
	 * reserve included; at most IPU_VM_MAX_MAPPINGS
	 */
	atomic_t mappings;
	/** @mmu: page tables */
	struct ipu_mmu mmu;
	/** @forgetting: changes that wait for the card to forget translations */
	unsigned int forgetting;
	/** @live: it can be changed */
	bool live;
	/** @release_lock: what follows; page tables are freed with it held */
	struct mutex release_lock;
	/** @changes: &struct ipu_vm_change that outlive the call they are of */
	struct list_head changes;
	/** @released: the page tables are freed */
	bool released;
};

/**
 * struct ipu_vm_op - maps or unmaps one range
 */
struct ipu_vm_op {
	/** @obj: the buffer to map, a reference; NULL to unmap */
	struct drm_gem_object *obj;
	/** @sgt: its memory as the card sees it, once it is prepared and the buffer in use */
	struct sg_table *sgt;
	/** @offset: where in the buffer the range begins, in whole pages */
	u64 offset;
	/** @va: address; chosen when the change is made with @anywhere */
	u64 va;
	/** @size: bytes, whole pages */
	u64 size;
	/** @flags: IPU_PTE_W or 0 */
	u64 flags;
	/** @anywhere: map: at an address that is free */
	bool anywhere;
	/** @whole: map: only where nothing is mapped; unmap: the mapping that starts at @va */
	bool whole;
};

/**
 * struct ipu_vm_change - a list of operations, and what they need
 *
 * Everything that can fail or wait for memory is done before, by
 * ipu_vm_change_prepare(), so that a change can be made where fences depend on it.
 */
struct ipu_vm_change {
	/** @ctx: context, a reference */
	struct ipu_ctx *ctx;
	/** @link: in &ipu_vm.changes; under &ipu_vm.release_lock */
	struct list_head link;
	/** @tables: page tables in reserve, and those that it unlinked */
	struct ipu_mmu_tables tables;
	/** @spare: &struct ipu_mapping in reserve */
	struct list_head spare;
	/** @dead: those that it removed, whose buffers the card may still access */
	struct list_head dead;
	/** @lean: it has the tables in reserve that were missing, not all that it could need */
	bool lean;
	/** @unmapped: it has unmapped something */
	bool unmapped;
	/** @count: elements of @ops */
	u32 count;
	/** @ops: operations, in order */
	struct ipu_vm_op ops[] __counted_by(count);
};

/* May user space have this range, of whole pages? */
static inline bool ipu_vm_range_valid(u64 va, u64 size)
{
	return PAGE_ALIGNED(va | size) && size && va >= IPU_VA_USER_START &&
	       va < IPU_VA_USER_END && size <= IPU_VA_USER_END - va;
}

int ipu_vm_init(struct ipu_ctx *ctx);
void ipu_vm_fini(struct ipu_ctx *ctx);
int ipu_vm_map_private(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 flags);
void ipu_vm_unmap_private(struct ipu_ctx *ctx, u64 va);
bool ipu_vm_peek(struct ipu_vm *vm, u64 va, void *to, size_t bytes);

struct ipu_vm_change *ipu_vm_change_alloc(struct ipu_ctx *ctx, u32 count);
int ipu_vm_change_prepare(struct ipu_vm_change *change);
int ipu_vm_change_keep(struct ipu_vm_change *change);
int ipu_vm_change_make(struct ipu_vm_change *change);
void ipu_vm_change_free(struct ipu_vm_change *change);

int ipu_bo_map_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_unmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_VM_H_ */
