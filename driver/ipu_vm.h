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
struct ipu_ctx;

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

int ipu_bo_map_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_unmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_VM_H_ */
