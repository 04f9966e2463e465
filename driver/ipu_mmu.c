// SPDX-License-Identifier: GPL-2.0-only

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "ipu_hw.h"
#include "ipu_mmu.h"

/**
 * DOC: page tables
 *
 * Each context has page tables of three levels, which the card walks for every
 * access to host memory, so that only what is mapped can be read or written. A
 * table is one 4 KiB page of coherent memory: the card may read it at any time,
 * and sees an entry as soon as it is written. What only the driver needs is kept
 * separately: the tables below, and how many entries are in use.
 *
 * A table is cleared before an entry leads to it, so that the card never follows
 * one to a table that is not ready. Unmapping is done in reverse:
 * ipu_mmu_unmap() clears the leaves and unlinks tables that have become empty
 * but does not free them, since the card may still have translations cached; the
 * caller invalidates these and only then releases the memory that was mapped and
 * frees the tables, with ipu_mmu_free_tables().
 *
 * A page of the card is 4 KiB, whatever the host's page size is.
 *
 * Tables are charged to the memory cgroup of the process that maps, and limited:
 * one page that is mapped at many addresses needs a table for each.
 */

static_assert(IPU_PT_ENTRIES * sizeof(__le64) == IPU_PAGE_SIZE);

/* What a context may have beyond the tables that map all of the machine's memory. */
#define IPU_PT_SPARE	1024

/**
 * struct ipu_pt - one table
 */
struct ipu_pt {
	/** @entries: the table as the card reads it */
	__le64 *entries;
	/** @dma: its bus address */
	dma_addr_t dma;
	/** @used: entries that are valid */
	unsigned int used;
	/** @empty: on the list of tables to free, once unlinked */
	struct list_head empty;
	/** @child: tables below; none at level 0 */
	struct ipu_pt *child[];
};

static unsigned int ipu_pt_index(u64 va, unsigned int level)
{
	return va >> (IPU_PAGE_SHIFT + 9 * level) & (IPU_PT_ENTRIES - 1);
}

static struct ipu_pt *ipu_pt_alloc(struct ipu_mmu *mmu, unsigned int level)
{
	struct ipu_pt *pt;

	if (mmu->tables >= ipu_mmu_max_tables())
		return ERR_PTR(-EDQUOT);

	pt = kzalloc(struct_size(pt, child, level ? IPU_PT_ENTRIES : 0), GFP_KERNEL_ACCOUNT);
	if (!pt)
		return ERR_PTR(-ENOMEM);

	pt->entries = dma_alloc_coherent(mmu->dev, IPU_PAGE_SIZE, &pt->dma, GFP_KERNEL_ACCOUNT);
	if (!pt->entries) {
		kfree(pt);
		return ERR_PTR(-ENOMEM);
	}
	mmu->tables++;

	return pt;
}

static void ipu_pt_free(struct ipu_mmu *mmu, struct ipu_pt *pt)
{
	dma_free_coherent(mmu->dev, IPU_PAGE_SIZE, pt->entries, pt->dma);
	kfree(pt);
	mmu->tables--;
}

static void ipu_pt_set(struct ipu_pt *pt, unsigned int index, u64 entry)
{
	WRITE_ONCE(pt->entries[index], cpu_to_le64(entry));
}

/* The level 0 table of @va, allocated if there is none; or an error pointer. */
static struct ipu_pt *ipu_pt_get(struct ipu_mmu *mmu, u64 va)
{
	struct ipu_pt *pt = mmu->root;
	unsigned int level;

	for (level = IPU_PT_LEVELS - 1; level > 0; level--) {
		unsigned int index = ipu_pt_index(va, level);
		struct ipu_pt *child = pt->child[index];

		if (!child) {
			child = ipu_pt_alloc(mmu, level - 1);
			if (IS_ERR(child))
				return child;
			/* The table is zeroed before the card can find it. */
			dma_wmb();
			pt->child[index] = child;
			pt->used++;
			ipu_pt_set(pt, index, child->dma | IPU_PTE_V);
		}
		pt = child;
	}

	return pt;
}

/**
 * ipu_mmu_max_tables() - how many tables a context may have
 *
 * As many as map all of the machine's memory once without gaps, and some more.
 *
 * Return: the number, the root included.
 */
unsigned int ipu_mmu_max_tables(void)
{
	return (totalram_pages() << (PAGE_SHIFT - IPU_PAGE_SHIFT)) / IPU_PT_ENTRIES + IPU_PT_SPARE;
}

/**
 * ipu_mmu_init() - allocate the root table, with nothing mapped
 * @mmu: page tables
 * @dev: device that will read them
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_mmu_init(struct ipu_mmu *mmu, struct device *dev)
{
	struct ipu_pt *root;

	mmu->dev = dev;
	root = ipu_pt_alloc(mmu, IPU_PT_LEVELS - 1);
	if (IS_ERR(root))
		return PTR_ERR(root);
	mmu->root = root;

	return 0;
}

/**
 * ipu_mmu_fini() - free the root table
 * @mmu: page tables with nothing mapped, which the card no longer uses
 */
void ipu_mmu_fini(struct ipu_mmu *mmu)
{
	ipu_pt_free(mmu, mmu->root);
	mmu->root = NULL;
}

/**
 * ipu_mmu_root() - where the card finds the page tables
 * @mmu: page tables
 *
 * Return: bus address of the root table.
 */
u64 ipu_mmu_root(const struct ipu_mmu *mmu)
{
	return mmu->root->dma;
}

/**
 * ipu_mmu_map() - map a range
 * @mmu: page tables
 * @va: context virtual address, page aligned; nothing is mapped in the range
 * @addr: bus address, page aligned
 * @size: bytes, whole pages
 * @flags: IPU_PTE_W, IPU_PTE_P
 *
 * Return: 0; -EDQUOT if the context would have more than ipu_mmu_max_tables(), or
 * -ENOMEM, with part of the range mapped: ipu_mmu_unmap() of all of it undoes that.
 */
int ipu_mmu_map(struct ipu_mmu *mmu, u64 va, dma_addr_t addr, u64 size, u64 flags)
{
	u64 end = va + size;

	while (va < end) {
		struct ipu_pt *pt = ipu_pt_get(mmu, va);
		unsigned int index = ipu_pt_index(va, 0);

		if (IS_ERR(pt))
			return PTR_ERR(pt);

		for (; index < IPU_PT_ENTRIES && va < end; index++) {
			ipu_pt_set(pt, index, addr | flags | IPU_PTE_V);
			pt->used++;
			va += IPU_PAGE_SIZE;
			addr += IPU_PAGE_SIZE;
		}
	}

	return 0;
}

/* Unlink the tables on the way to @va that have become empty. */
static void ipu_pt_prune(struct ipu_mmu *mmu, u64 va, struct list_head *empty)
{
	struct ipu_pt *path[IPU_PT_LEVELS];
	unsigned int level;

	path[IPU_PT_LEVELS - 1] = mmu->root;
	for (level = IPU_PT_LEVELS - 1; level > 0; level--) {
		path[level - 1] = path[level]->child[ipu_pt_index(va, level)];
		if (!path[level - 1])
			break;
	}

	for (; level < IPU_PT_LEVELS - 1; level++) {
		unsigned int index = ipu_pt_index(va, level + 1);

		if (path[level]->used)
			return;
		ipu_pt_set(path[level + 1], index, 0);
		path[level + 1]->child[index] = NULL;
		path[level + 1]->used--;
		list_add(&path[level]->empty, empty);
	}
}

/**
 * ipu_mmu_unmap() - unmap a range
 * @mmu: page tables
 * @va: context virtual address, page aligned
 * @size: bytes, whole pages; pages that are not mapped are skipped
 * @empty: list that tables no longer needed are put on
 *
 * The card may still have translations of the range cached, until they are
 * invalidated.
 */
void ipu_mmu_unmap(struct ipu_mmu *mmu, u64 va, u64 size, struct list_head *empty)
{
	const u64 span = (u64)IPU_PT_ENTRIES * IPU_PAGE_SIZE;
	u64 end = va + size;

	while (va < end) {
		u64 next = min(end, round_down(va, span) + span);
		struct ipu_pt *pt = mmu->root->child[ipu_pt_index(va, 2)];
		unsigned int index;

		if (pt)
			pt = pt->child[ipu_pt_index(va, 1)];
		if (pt) {
			unsigned int last = ipu_pt_index(next - 1, 0);

			for (index = ipu_pt_index(va, 0); index <= last; index++) {
				if (!pt->entries[index])
					continue;
				ipu_pt_set(pt, index, 0);
				pt->used--;
			}
		}
		ipu_pt_prune(mmu, va, empty);
		va = next;
	}
}

/**
 * ipu_mmu_free_tables() - free tables that ipu_mmu_unmap() has unlinked
 * @mmu: page tables
 * @empty: the list; empty afterwards
 *
 * The card's translations have been invalidated, or the context is not enabled.
 */
void ipu_mmu_free_tables(struct ipu_mmu *mmu, struct list_head *empty)
{
	struct ipu_pt *pt, *next;

	list_for_each_entry_safe(pt, next, empty, empty)
		ipu_pt_free(mmu, pt);
	INIT_LIST_HEAD(empty);
}
