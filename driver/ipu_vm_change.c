// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>
#include <linux/slab.h>

#include <drm/drm_gem.h>

#include "ipu_ctx.h"
#include "ipu_drv.h"
#include "ipu_gem.h"
#include "ipu_recovery.h"
#include "ipu_trace.h"
#include "ipu_vm.h"
#include "ipu_vm_change.h"

/**
 * DOC: changes of address spaces
 *
 * A change is prepared first: buffers are pinned, and mappings and page tables that
 * it may need are allocated, so that making it cannot fail but for the context's
 * end, and waits for no memory: it may be part of what a fence waits for (ipu_bind.c).
 * Then it is made under the lock; then, without a lock, the card is made to forget
 * the translations that are no more; and only then is what was mapped released.
 *
 * While a change waits for the card to forget, its addresses can be mapped again. So
 * that nobody meets the old translations there, a change that is made in the meantime
 * makes the card forget them, too, before it is over.
 */

/**
 * struct ipu_mapping - a part of a buffer at an address of a context
 */
struct ipu_mapping {
	/** @base: its range and the buffer, which it uses */
	struct drm_gpuva base;
	/** @flags: IPU_PTE_W or 0 */
	u64 flags;
	/** @link: in &ipu_vm_change.spare or &ipu_vm_change.dead */
	struct list_head link;
};

static struct ipu_mapping *to_ipu_mapping(struct drm_gpuva *va)
{
	return container_of(va, struct ipu_mapping, base);
}

static int ipu_mapping_reserve(struct ipu_vm_change *change)
{
	struct ipu_vm *vm = &change->ctx->vm;
	struct ipu_mapping *mapping;

	if (atomic_inc_return(&vm->mappings) > IPU_VM_MAX_MAPPINGS) {
		atomic_dec(&vm->mappings);
		return ipu_refuse(change->ctx->ipu, -EDQUOT, "context %u has %u mappings\n",
				  change->ctx->id, IPU_VM_MAX_MAPPINGS);
	}
	mapping = kzalloc_obj(*mapping, GFP_KERNEL_ACCOUNT);
	if (!mapping) {
		atomic_dec(&vm->mappings);
		return -ENOMEM;
	}
	list_add(&mapping->link, &change->spare);

	return 0;
}

static struct ipu_mapping *ipu_mapping_take(struct ipu_vm_change *change, u64 flags)
{
	struct ipu_mapping *mapping = list_first_entry(&change->spare, struct ipu_mapping, link);

	list_del_init(&mapping->link);
	mapping->flags = flags;

	return mapping;
}

/**
 * ipu_mappings_free() - release mappings and their use of buffers
 * @vm: address space that they were of, or in reserve for
 * @list: &struct ipu_mapping; empty afterwards
 *
 * May take a buffer's lock.
 */
void ipu_mappings_free(struct ipu_vm *vm, struct list_head *list)
{
	struct ipu_mapping *mapping, *next;

	list_for_each_entry_safe(mapping, next, list, link) {
		if (mapping->base.gem.obj)
			ipu_bo_unuse(mapping->base.gem.obj);
		kfree(mapping);
		atomic_dec(&vm->mappings);
	}
	INIT_LIST_HEAD(list);
}

/* Call @fn for each part of an operation's range that is contiguous for the card. */
static int ipu_vm_op_walk(struct ipu_ctx *ctx, const struct ipu_vm_op *op, u64 va,
			  int (*fn)(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 size,
				    void *data),
			  void *data)
{
	u64 skip = op->offset, left = op->size;
	struct scatterlist *sg;
	unsigned int i;
	int ret;

	for_each_sgtable_dma_sg(op->sgt, sg, i) {
		u64 size = sg_dma_len(sg), from = min(skip, size);

		/* A large buffer can be of millions of parts. */
		if (!(i % 1024))
			cond_resched();
		skip -= from;
		size = min(size - from, left);
		if (!size)
			continue;
		ret = fn(ctx, va, sg_dma_address(sg) + from, size, data);
		if (ret)
			return ret;
		va += size;
		left -= size;
		if (!left)
			return 0;
	}

	return ipu_refuse(ctx->ipu, -EINVAL, "map: the buffer has less memory than it says\n");
}

/* Is it memory that the card can be given; how many page tables may it need? */
static int ipu_vm_check_part(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 size, void *data)
{
	/* An imported buffer's pages need not be aligned. */
	if (!IS_ALIGNED(addr | size, IPU_PAGE_SIZE) || addr & ~IPU_PTE_ADDR)
		return ipu_refuse(ctx->ipu, -EINVAL, "map: memory not page aligned\n");
	if (ipu_dma_is_copy(ctx->ipu->drm.dev, addr))
		return ipu_refuse(ctx->ipu, -EOPNOTSUPP,
				  "map: the card would see a copy of the memory\n");
	ipu_mmu_count(&ctx->vm.mmu, data, va, addr, size);

	return 0;
}

static u64 ipu_vm_align(const struct ipu_vm *vm, u64 size)
{
	return vm->mmu.large && size >= IPU_LARGE_PAGE_SIZE ? IPU_LARGE_PAGE_SIZE : PAGE_SIZE;
}

/* Find a free range: the next one after that which was found last. */
static int ipu_vm_pick(struct ipu_vm *vm, struct ipu_vm_op *op)
{
	u64 align = ipu_vm_align(vm, op->size), va = vm->next;
	const struct drm_gpuva *taken;
	bool again = false;

	for (;;) {
		va = ALIGN(va, align);
		if (va >= IPU_VA_USER_END || op->size > IPU_VA_USER_END - va) {
			if (again)
				return -ENOSPC;
			again = true;
			va = IPU_VA_USER_START;
			continue;
		}
		taken = drm_gpuva_find_first(&vm->base, va, op->size);
		if (!taken)
			break;
		va = taken->va.addr + taken->va.range;
	}
	op->va = va;
	vm->next = va + op->size;

	return 0;
}

/* Count the page tables that an operation can need; &ipu_vm.lock is held. */
static int ipu_vm_count_tables(struct ipu_ctx *ctx, const struct ipu_vm_op *op,
			       struct ipu_mmu_count *sum)
{
	struct ipu_mmu_count count = {};
	int ret;

	if (!ctx->vm.live)
		return -ENOENT;
	ret = ipu_vm_op_walk(ctx, op, op->va, ipu_vm_check_part, &count);
	if (ret)
		return ret;

	/* Elsewhere, it can lie across one boundary more than there. */
	if (op->anywhere && op->size > PAGE_SIZE) {
		count.tables[0] += ipu_vm_align(&ctx->vm, op->size) == PAGE_SIZE;
		count.tables[1]++;
	}
	sum->tables[0] += count.tables[0];
	sum->tables[1] += count.tables[1];
	sum->missing[0] += count.missing[0];
	sum->missing[1] += count.missing[1];

	return 0;
}

/* Pin a buffer and count the page tables that mapping it can need. */
static int ipu_vm_prepare_map(struct ipu_ctx *ctx, struct ipu_vm_op *op,
			      struct ipu_mmu_count *count)
{
	struct sg_table *sgt = ipu_bo_use(op->obj);
	int ret;

	if (IS_ERR(sgt))
		return ipu_refuse(ctx->ipu, PTR_ERR(sgt), "map: the buffer has no memory\n");
	op->sgt = sgt;

	mutex_lock(&ctx->vm.lock);
	/* Likely to be free then, too. */
	ret = op->anywhere ? ipu_vm_pick(&ctx->vm, op) : 0;
	if (!ret)
		ret = ipu_vm_count_tables(ctx, op, count);
	mutex_unlock(&ctx->vm.lock);

	return ret;
}

/**
 * ipu_vm_change_alloc() - make a list of operations, which the caller fills in
 * @ctx: context
 * @count: how many
 *
 * Return: the change, with zeros for operations; or an error pointer, -ENOMEM.
 */
struct ipu_vm_change *ipu_vm_change_alloc(struct ipu_ctx *ctx, u32 count)
{
	struct ipu_vm_change *change;

	change = kvzalloc(struct_size(change, ops, count), GFP_KERNEL_ACCOUNT);
	if (!change)
		return ERR_PTR(-ENOMEM);
	change->count = count;
	change->ctx = ctx;
	kref_get(&ctx->ref);
	INIT_LIST_HEAD(&change->link);
	INIT_LIST_HEAD(&change->spare);
	INIT_LIST_HEAD(&change->dead);
	ipu_mmu_tables_init(&change->tables);

	return change;
}

/**
 * ipu_vm_change_prepare() - allocate what a change can need
 * @change: the change, complete
 *
 * Within drm_dev_enter(). May wait for memory.
 *
 * Return: 0 or a negative errno; ipu_vm_change_free() in any case.
 */
int ipu_vm_change_prepare(struct ipu_vm_change *change)
{
	struct ipu_ctx *ctx = change->ctx;
	struct ipu_mmu_count count = {};
	u32 i, spare = 0;
	int ret = 0;

	for (i = 0; i < change->count && !ret; i++) {
		struct ipu_vm_op *op = &change->ops[i];

		if (op->obj) {
			ret = ipu_vm_prepare_map(ctx, op, &count);
			spare++;
		}
		/* Where it begins and where it ends, a mapping and a large page can be split. */
		if (!op->whole) {
			count.tables[0] += 2;
			spare += 2;
		}
	}
	while (spare-- && !ret)
		ret = ipu_mapping_reserve(change);
	if (ret)
		return ret;

	ret = -EDQUOT;
	if (ipu_mmu_may_have(&ctx->vm.mmu, count.missing[0] + count.missing[1]))
		ret = ipu_mmu_reserve(&ctx->vm.mmu, change->lean ? count.missing : count.tables,
				      &change->tables);
	if (ret)
		return ipu_refuse(ctx->ipu, ret, "map: context %u has %u page tables\n",
				  ctx->id, atomic_read(&ctx->vm.mmu.tables));

	return 0;
}

/**
 * ipu_vm_change_keep() - a change will outlive the call that has prepared it
 * @change: prepared; the end of the context releases what the card can access of it
 *
 * Return: 0, or -ENOENT if the context has ended.
 */
int ipu_vm_change_keep(struct ipu_vm_change *change)
{
	struct ipu_vm *vm = &change->ctx->vm;
	int ret = -ENOENT;

	mutex_lock(&vm->release_lock);
	if (!vm->released) {
		list_add_tail(&change->link, &vm->changes);
		ret = 0;
	}
	mutex_unlock(&vm->release_lock);

	return ret;
}

/**
 * ipu_vm_change_free() - release a change and what it has not used
 * @change: made, or not
 *
 * May take a buffer's lock, so not where a fence waits for it.
 */
void ipu_vm_change_free(struct ipu_vm_change *change)
{
	struct ipu_ctx *ctx = change->ctx;
	u32 i;

	mutex_lock(&ctx->vm.release_lock);
	list_del_init(&change->link);
	ipu_mmu_release(&ctx->vm.mmu, &change->tables);
	mutex_unlock(&ctx->vm.release_lock);

	ipu_mappings_free(&ctx->vm, &change->spare);
	ipu_mappings_free(&ctx->vm, &change->dead);
	for (i = 0; i < change->count; i++) {
		if (change->ops[i].sgt)
			ipu_bo_unuse(change->ops[i].obj);
		if (change->ops[i].obj)
			drm_gem_object_put(change->ops[i].obj);
	}
	kvfree(change);
	ipu_ctx_put(ctx);
}

/* What the steps of drm_gpuvm get. */
struct ipu_vm_step {
	struct ipu_vm_change *change;
	const struct ipu_vm_op *op;
};

static int ipu_vm_map_part(struct ipu_ctx *ctx, u64 va, dma_addr_t addr, u64 size, void *data)
{
	struct ipu_vm_step *step = data;

	ipu_mmu_map(&ctx->vm.mmu, va, addr, size, step->op->flags, &step->change->tables);

	return 0;
}

static int ipu_vm_step_map(struct drm_gpuva_op *op, void *data)
{
	struct ipu_vm_step *step = data;
	struct ipu_ctx *ctx = step->change->ctx;
	struct ipu_mapping *mapping = ipu_mapping_take(step->change, step->op->flags);

	drm_gpuva_map(&ctx->vm.base, &mapping->base, &op->map);
	trace_ipu_map(ctx, op->map.va.addr, op->map.va.range,
		      step->op->flags & IPU_PTE_W ? DRM_IPU_MAP_WRITE : 0);
	ipu_bo_use_again(mapping->base.gem.obj);

	return ipu_vm_op_walk(ctx, step->op, op->map.va.addr, ipu_vm_map_part, step);
}

/* Unmap from the page tables. */
static void ipu_vm_clear(struct ipu_vm_change *change, u64 start, u64 end)
{
	ipu_mmu_unmap(&change->ctx->vm.mmu, start, end - start, &change->tables);
	trace_ipu_unmap(change->ctx, start, end - start, 0);
	change->unmapped = true;
}

static int ipu_vm_step_unmap(struct drm_gpuva_op *op, void *data)
{
	struct ipu_vm_step *step = data;
	struct drm_gpuva *va = op->unmap.va;

	ipu_vm_clear(step->change, va->va.addr, va->va.addr + va->va.range);
	drm_gpuva_unmap(&op->unmap);
	list_add(&to_ipu_mapping(va)->link, &step->change->dead);

	return 0;
}

/* What is left of a mapping before or after the range that is unmapped. */
static struct drm_gpuva *ipu_vm_rest(struct ipu_vm_change *change,
				     const struct ipu_mapping *mapping)
{
	ipu_bo_use_again(mapping->base.gem.obj);

	return &ipu_mapping_take(change, mapping->flags)->base;
}

static int ipu_vm_step_remap(struct drm_gpuva_op *op, void *data)
{
	struct ipu_vm_step *step = data;
	const struct drm_gpuva_op_map *before = op->remap.prev, *after = op->remap.next;
	struct ipu_mapping *mapping = to_ipu_mapping(op->remap.unmap->va);
	struct drm_gpuva *va = &mapping->base, *prev = NULL, *next = NULL;
	u64 start = va->va.addr, end = start + va->va.range;

	if (before) {
		start = before->va.addr + before->va.range;
		prev = ipu_vm_rest(step->change, mapping);
	}
	if (after) {
		end = after->va.addr;
		next = ipu_vm_rest(step->change, mapping);
	}
	ipu_vm_clear(step->change, start, end);
	drm_gpuva_remap(prev, next, &op->remap);
	list_add(&mapping->link, &step->change->dead);

	return 0;
}

/* It is part of the context, which is freed later. */
static void ipu_vm_free(struct drm_gpuvm *vm)
{
}

/* What drm_gpuvm_sm_map() and drm_gpuvm_sm_unmap() call. */
const struct drm_gpuvm_ops ipu_vm_ops = {
	.vm_free = ipu_vm_free,
	.sm_step_map = ipu_vm_step_map,
	.sm_step_remap = ipu_vm_step_remap,
	.sm_step_unmap = ipu_vm_step_unmap,
};

/* The mapping that starts at @va. */
static struct drm_gpuva *ipu_vm_find(struct ipu_vm *vm, u64 va)
{
	struct drm_gpuva *found = drm_gpuva_find_first(&vm->base, va, 1);

	return found && found->va.addr == va ? found : NULL;
}

/* Where a range is to be mapped, or what is to be unmapped. */
static int ipu_vm_place(struct ipu_vm *vm, struct ipu_vm_op *op)
{
	const struct drm_gpuva *found;

	if (op->anywhere)
		return drm_gpuva_find_first(&vm->base, op->va, op->size) ? ipu_vm_pick(vm, op) : 0;
	if (!op->whole)
		return 0;
	if (op->obj)
		return drm_gpuva_find_first(&vm->base, op->va, op->size) ? -EBUSY : 0;

	found = ipu_vm_find(vm, op->va);
	if (!found)
		return -ENOENT;
	op->size = found->va.range;

	return 0;
}

/* Tables that were there when it was prepared may be gone, or the address is another. */
static int ipu_vm_still_enough(struct ipu_vm_change *change, const struct ipu_vm_op *op)
{
	struct ipu_mmu_count count = {};
	int ret;

	ret = ipu_vm_op_walk(change->ctx, op, op->va, ipu_vm_check_part, &count);
	if (!ret && !ipu_mmu_has_reserved(&change->tables, count.missing))
		ret = -EAGAIN;

	return ret;
}

static int ipu_vm_apply(struct ipu_vm_change *change, struct ipu_vm_op *op)
{
	struct ipu_vm *vm = &change->ctx->vm;
	struct ipu_vm_step step = { .change = change, .op = op };
	struct drm_gpuvm_map_req req = {};
	int ret;

	ret = ipu_vm_place(vm, op);
	if (!ret && change->lean && op->obj)
		ret = ipu_vm_still_enough(change, op);
	if (ret)
		return ret;
	req.map.va.addr = op->va;
	req.map.va.range = op->size;
	req.map.gem.obj = op->obj;
	req.map.gem.offset = op->offset;
	if (op->obj)
		return drm_gpuvm_sm_map(&vm->base, &step, &req);

	return drm_gpuvm_sm_unmap(&vm->base, &step, op->va, op->size);
}

/**
 * ipu_vm_change_make() - make a change
 * @change: prepared
 *
 * Returns once no access through what was unmapped is in flight. Waits for no memory.
 *
 * Return: 0; -ENOENT if the context has ended; of an operation with @whole or
 * @anywhere, which is the only one, -EBUSY, -ENOENT or -ENOSPC; -EAGAIN if the change is
 * lean, and what it has is not enough.
 */
int ipu_vm_change_make(struct ipu_vm_change *change)
{
	struct ipu_ctx *ctx = change->ctx;
	struct ipu_vm *vm = &ctx->vm;
	bool forget;
	int ret;
	u32 i;

	mutex_lock(&vm->lock);
	ret = vm->live ? 0 : -ENOENT;
	for (i = 0; i < change->count && !ret; i++)
		ret = ipu_vm_apply(change, &change->ops[i]);
	forget = !ret && (change->unmapped || vm->forgetting);
	vm->forgetting += forget;
	mutex_unlock(&vm->lock);

	if (forget) {
		ipu_ctx_forget_translations(ctx);
		mutex_lock(&vm->lock);
		vm->forgetting--;
		mutex_unlock(&vm->lock);
	}

	return ret;
}

/**
 * ipu_vm_clear_all() - remove all mappings; no change can be made from now on
 * @ctx: context
 * @tables: gets page tables that are unlinked
 * @mappings: gets what was mapped, for ipu_mappings_free()
 */
void ipu_vm_clear_all(struct ipu_ctx *ctx, struct ipu_mmu_tables *tables,
		      struct list_head *mappings)
{
	struct ipu_vm *vm = &ctx->vm;
	struct drm_gpuva *va, *next;

	mutex_lock(&vm->lock);
	vm->live = false;
	drm_gpuvm_for_each_va_safe(va, next, &vm->base) {
		ipu_mmu_unmap(&vm->mmu, va->va.addr, va->va.range, tables);
		trace_ipu_unmap(ctx, va->va.addr, va->va.range, 0);
		drm_gpuva_remove(va);
		list_add(&to_ipu_mapping(va)->link, mappings);
	}
	mutex_unlock(&vm->lock);
}
