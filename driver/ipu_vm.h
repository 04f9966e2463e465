/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_VM_H_
#define _IPU_VM_H_

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

#include <drm/drm_mm.h>

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
	/** @lock: all of this, and the page tables */
	struct mutex lock;
	/** @ranges: allocated ranges of user space, nodes of &struct ipu_mapping */
	struct drm_mm ranges;
	/** @mappings: how many; at most IPU_VM_MAX_MAPPINGS */
	unsigned int mappings;
	/** @mmu: page tables */
	struct ipu_mmu mmu;
	/** @live: the page tables exist */
	bool live;
};

int ipu_vm_init(struct ipu_ctx *ctx);
void ipu_vm_fini(struct ipu_ctx *ctx);
int ipu_vm_map_private(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 flags);
void ipu_vm_unmap_private(struct ipu_ctx *ctx, u64 va);

int ipu_bo_map_ioctl(struct drm_device *drm, void *data, struct drm_file *file);
int ipu_bo_unmap_ioctl(struct drm_device *drm, void *data, struct drm_file *file);

#endif /* _IPU_VM_H_ */
