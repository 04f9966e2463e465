/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_VM_CHANGE_H_
#define _IPU_VM_CHANGE_H_

#include <linux/list.h>
#include <linux/types.h>

#include "ipu_mmu.h"

struct drm_gem_object;
struct drm_gpuvm_ops;
struct ipu_ctx;
struct ipu_vm;
struct sg_table;

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

struct ipu_vm_change *ipu_vm_change_alloc(struct ipu_ctx *ctx, u32 count);
int ipu_vm_change_prepare(struct ipu_vm_change *change);
int ipu_vm_change_keep(struct ipu_vm_change *change);
int ipu_vm_change_make(struct ipu_vm_change *change);
void ipu_vm_change_free(struct ipu_vm_change *change);

extern const struct drm_gpuvm_ops ipu_vm_ops;

void ipu_vm_clear_all(struct ipu_ctx *ctx, struct ipu_mmu_tables *tables,
		      struct list_head *mappings);
void ipu_mappings_free(struct ipu_vm *vm, struct list_head *list);

#endif /* _IPU_VM_CHANGE_H_ */
