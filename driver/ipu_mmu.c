// SPDX-License-Identifier: GPL-2.0-only

#include <kunit/visibility.h>

#include <linux/dma-mapping.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sizes.h>
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
 * frees the tables, with ipu_mmu_release().
 *
 * A page of the card is 4 KiB, whatever the host's page size is. Where 2 MiB are
 * contiguous for the card, an entry of level 1 maps them without a table.
 *
 * Page tables change while fences depend on it, where memory cannot be allocated: so
 * the tables that a change can need at most are reserved before, ipu_mmu_reserve().
 *
 * Tables are charged to the memory cgroup of the process that maps, and limited:
 * one page that is mapped at many addresses needs a table for each.
 */

static_assert(IPU_PT_ENTRIES * sizeof(__le64) == IPU_PAGE_SIZE);

/* What ipu_mmu_next_run() looks at, so that it takes no longer than milliseconds. */
#define IPU_RUN_MAX	(65536ull * IPU_PAGE_SIZE)

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
	/** @link: among those that are reserved, or unlinked and to be freed */
	struct list_head link;
	/** @child: tables below; none at level 0 */
	struct ipu_pt *child[];
};

static unsigned int ipu_pt_index(u64 va, unsigned int level)
{
	return va >> (IPU_PAGE_SHIFT + 9 * level) & (IPU_PT_ENTRIES - 1);
}

static struct ipu_pt *ipu_pt_alloc(struct device *dev, unsigned int level)
{
	struct ipu_pt *pt;

	pt = kzalloc(struct_size(pt, child, level ? IPU_PT_ENTRIES : 0), GFP_KERNEL_ACCOUNT);
	if (!pt)
		return NULL;

	pt->entries = dma_alloc_coherent(dev, IPU_PAGE_SIZE, &pt->dma, GFP_KERNEL_ACCOUNT);
	if (!pt->entries) {
		kfree(pt);
		return NULL;
	}

	return pt;
}

static void ipu_pt_free(struct device *dev, struct ipu_pt *pt)
{
	dma_free_coherent(dev, IPU_PAGE_SIZE, pt->entries, pt->dma);
	kfree(pt);
}

static void ipu_pt_set(struct ipu_pt *pt, unsigned int index, u64 entry)
{
	WRITE_ONCE(pt->entries[index], cpu_to_le64(entry));
}

static u64 ipu_pt_entry(const struct ipu_pt *pt, unsigned int index)
{
	return le64_to_cpu(pt->entries[index]);
}

/* Whether an entry of level 1 maps a large page. */
static bool ipu_pt_is_large(const struct ipu_pt *pt, unsigned int index)
{
	return pt->entries[index] && !pt->child[index];
}

/* Put a reserved table into an entry that is not in use; what is in it is complete. */
static void ipu_pt_link(struct ipu_pt *pt, unsigned int index, struct ipu_pt *child)
{
	/* The table is written before the card can find it. */
	dma_wmb();
	pt->child[index] = child;
	ipu_pt_set(pt, index, child->dma | IPU_PTE_V);
}

static struct ipu_pt *ipu_pt_take(struct ipu_mmu *mmu, struct ipu_mmu_tables *reserved,
				  unsigned int level)
{
	struct ipu_pt *pt = list_first_entry(&reserved->list[level], struct ipu_pt, link);

	list_del_init(&pt->link);
	atomic_dec(&mmu->spare);
	atomic_inc(&mmu->tables);

	return pt;
}

/* The table below @pt for @va, made if there is none. */
static struct ipu_pt *ipu_pt_get(struct ipu_mmu *mmu, struct ipu_pt *pt, u64 va,
				 unsigned int level, struct ipu_mmu_tables *reserved)
{
	unsigned int index = ipu_pt_index(va, level);

	if (!pt->child[index]) {
		ipu_pt_link(pt, index, ipu_pt_take(mmu, reserved, level - 1));
		pt->used++;
	}

	return pt->child[index];
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
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_max_tables);

/**
 * ipu_mmu_init() - allocate the root table, with nothing mapped
 * @mmu: page tables
 * @dev: device that will read them
 * @large: it knows large pages
 *
 * Return: 0 or -ENOMEM.
 */
int ipu_mmu_init(struct ipu_mmu *mmu, struct device *dev, bool large)
{
	mmu->dev = dev;
	mmu->large = large;
	mmu->root = ipu_pt_alloc(dev, IPU_PT_LEVELS - 1);
	if (!mmu->root)
		return -ENOMEM;
	atomic_set(&mmu->tables, 1);

	return 0;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_init);

/**
 * ipu_mmu_fini() - free the root table
 * @mmu: page tables with nothing mapped, which the card no longer uses
 */
void ipu_mmu_fini(struct ipu_mmu *mmu)
{
	ipu_pt_free(mmu->dev, mmu->root);
	mmu->root = NULL;
	atomic_dec(&mmu->tables);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_fini);

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

/* How many bytes of a range one step of ipu_mmu_map() maps: a large page, or what is in a table. */
static u64 ipu_mmu_step(const struct ipu_mmu *mmu, u64 va, dma_addr_t addr, u64 size, bool *large)
{
	*large = mmu->large && size >= IPU_LARGE_PAGE_SIZE &&
		 IS_ALIGNED(va | addr, IPU_LARGE_PAGE_SIZE);

	return min(size, round_down(va, IPU_LARGE_PAGE_SIZE) + IPU_LARGE_PAGE_SIZE - va);
}

/**
 * ipu_mmu_count() - count the tables that mapping a range can need
 * @mmu: page tables
 * @count: to add to; zeroed before the first part of a range
 * @va: context virtual address, page aligned, where the part before it ended
 * @addr: bus address, page aligned
 * @size: bytes, whole pages
 *
 * For each part of a range that is contiguous on the bus, in order.
 */
void ipu_mmu_count(const struct ipu_mmu *mmu, struct ipu_mmu_count *count, u64 va,
		   dma_addr_t addr, u64 size)
{
	const struct ipu_pt *pt;
	u64 end = va + size, step;
	bool large;

	for (; va < end; va += step, addr += step) {
		step = ipu_mmu_step(mmu, va, addr, end - va, &large);
		pt = mmu->root->child[ipu_pt_index(va, 2)];
		/* The next number, so that 0 stands for none. */
		if (count->root != ipu_pt_index(va, 2) + 1) {
			count->root = ipu_pt_index(va, 2) + 1;
			count->tables[1]++;
			count->missing[1] += !pt;
		}
		if (!large && count->span != (va >> IPU_LARGE_PAGE_SHIFT) + 1) {
			count->span = (va >> IPU_LARGE_PAGE_SHIFT) + 1;
			count->tables[0]++;
			count->missing[0] += !pt || !pt->child[ipu_pt_index(va, 1)];
		}
	}
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_count);

/**
 * ipu_mmu_may_have() - may a context have so many tables more?
 * @mmu: page tables
 * @tables: how many
 *
 * Changes that were accepted and are not yet made do not count: what they have in
 * reserve has a limit of its own.
 *
 * Return: whether it may.
 */
bool ipu_mmu_may_have(const struct ipu_mmu *mmu, unsigned int tables)
{
	return tables <= ipu_mmu_max_tables() &&
	       atomic_read(&mmu->tables) <= ipu_mmu_max_tables() - tables;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_may_have);

static int ipu_mmu_reserve_one(struct ipu_mmu *mmu, unsigned int level, struct list_head *list)
{
	struct ipu_pt *pt;
	int ret = -EDQUOT;

	if (atomic_inc_return(&mmu->spare) > ipu_mmu_max_tables())
		goto err;
	ret = -ENOMEM;
	pt = ipu_pt_alloc(mmu->dev, level);
	if (!pt)
		goto err;
	list_add(&pt->link, list);

	return 0;

err:
	atomic_dec(&mmu->spare);

	return ret;
}

/**
 * ipu_mmu_reserve() - allocate tables for a change
 * @mmu: page tables
 * @tables: how many of level 0 and of level 1
 * @reserved: where they are put, for ipu_mmu_release()
 *
 * May wait for memory. Needs no lock.
 *
 * Return: 0; -EDQUOT if the context would have more than ipu_mmu_max_tables() in
 * reserve, or -ENOMEM, with some of them reserved.
 */
int ipu_mmu_reserve(struct ipu_mmu *mmu, const unsigned int tables[2],
		    struct ipu_mmu_tables *reserved)
{
	unsigned int level, i;
	int ret = 0;

	for (level = 0; level < ARRAY_SIZE(reserved->list); level++) {
		for (i = 0; i < tables[level] && !ret; i++)
			ret = ipu_mmu_reserve_one(mmu, level, &reserved->list[level]);
	}

	return ret;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_reserve);

/**
 * ipu_mmu_has_reserved() - are there as many tables in reserve?
 * @reserved: tables
 * @tables: how many of level 0 and of level 1
 *
 * Return: whether there are.
 */
bool ipu_mmu_has_reserved(const struct ipu_mmu_tables *reserved, const unsigned int tables[2])
{
	return list_count_nodes((struct list_head *)&reserved->list[0]) >= tables[0] &&
	       list_count_nodes((struct list_head *)&reserved->list[1]) >= tables[1];
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_has_reserved);

static void ipu_mmu_map_pages(struct ipu_pt *pt, u64 va, dma_addr_t addr, u64 size, u64 flags)
{
	unsigned int index = ipu_pt_index(va, 0);

	for (; size; size -= IPU_PAGE_SIZE, addr += IPU_PAGE_SIZE) {
		ipu_pt_set(pt, index++, addr | flags | IPU_PTE_V);
		pt->used++;
	}
}

/**
 * ipu_mmu_map() - map a range
 * @mmu: page tables
 * @va: context virtual address, page aligned; nothing is mapped in the range
 * @addr: bus address, page aligned
 * @size: bytes, whole pages
 * @flags: IPU_PTE_W, IPU_PTE_P
 * @reserved: as many tables as ipu_mmu_count() says
 */
void ipu_mmu_map(struct ipu_mmu *mmu, u64 va, dma_addr_t addr, u64 size, u64 flags,
		 struct ipu_mmu_tables *reserved)
{
	u64 end = va + size, step;
	struct ipu_pt *pt;
	bool large;

	/*
	 * The memory was cleared before the card can find it: a program that runs meanwhile
	 * would see what was in it.
	 */
	dma_wmb();
	for (; va < end; va += step, addr += step) {
		step = ipu_mmu_step(mmu, va, addr, end - va, &large);
		pt = ipu_pt_get(mmu, mmu->root, va, 2, reserved);
		if (large) {
			ipu_pt_set(pt, ipu_pt_index(va, 1), addr | flags | IPU_PTE_V | IPU_PTE_L);
			pt->used++;
		} else {
			pt = ipu_pt_get(mmu, pt, va, 1, reserved);
			ipu_mmu_map_pages(pt, va, addr, step, flags);
		}
	}
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_map);

/* Replace the large page at @va by a table of small ones. */
static void ipu_mmu_split(struct ipu_mmu *mmu, struct ipu_pt *pt, u64 va,
			  struct ipu_mmu_tables *reserved)
{
	unsigned int index = ipu_pt_index(va, 1);
	u64 entry = ipu_pt_entry(pt, index) & ~IPU_PTE_L;
	struct ipu_pt *child = ipu_pt_take(mmu, reserved, 0);

	ipu_mmu_map_pages(child, 0, entry & IPU_PTE_ADDR, IPU_LARGE_PAGE_SIZE,
			  entry & ~IPU_PTE_ADDR);
	ipu_pt_link(pt, index, child);
}

static void ipu_mmu_unmap_pages(struct ipu_pt *pt, u64 va, u64 size)
{
	unsigned int index = ipu_pt_index(va, 0);

	for (; size; size -= IPU_PAGE_SIZE, index++) {
		if (!pt->entries[index])
			continue;
		ipu_pt_set(pt, index, 0);
		pt->used--;
	}
}

/* Clear an entry; a table that it led to is empty, and goes to the list. */
static void ipu_pt_unlink(struct ipu_mmu *mmu, struct ipu_pt *pt, unsigned int index,
			  struct list_head *empty)
{
	ipu_pt_set(pt, index, 0);
	pt->used--;
	if (pt->child[index]) {
		list_add(&pt->child[index]->link, empty);
		atomic_dec(&mmu->tables);
		atomic_inc(&mmu->spare);
	}
	pt->child[index] = NULL;
}

/* Unmap what is within one entry of level 1. */
static void ipu_mmu_unmap_span(struct ipu_mmu *mmu, struct ipu_pt *pt, u64 va, u64 size,
			       struct ipu_mmu_tables *tables)
{
	unsigned int index = ipu_pt_index(va, 1);

	if (ipu_pt_is_large(pt, index) && size == IPU_LARGE_PAGE_SIZE) {
		ipu_pt_unlink(mmu, pt, index, &tables->empty);
		return;
	}
	if (ipu_pt_is_large(pt, index))
		ipu_mmu_split(mmu, pt, va, tables);
	if (!pt->child[index])
		return;
	ipu_mmu_unmap_pages(pt->child[index], va, size);
	if (!pt->child[index]->used)
		ipu_pt_unlink(mmu, pt, index, &tables->empty);
}

/**
 * ipu_mmu_unmap() - unmap a range
 * @mmu: page tables
 * @va: context virtual address, page aligned
 * @size: bytes, whole pages; pages that are not mapped are skipped
 * @tables: has a table reserved for each end of the range that may be within a large
 *	page; those no longer needed are added
 *
 * The card may still have translations of the range cached, until they are
 * invalidated.
 */
void ipu_mmu_unmap(struct ipu_mmu *mmu, u64 va, u64 size, struct ipu_mmu_tables *tables)
{
	u64 end = va + size, next;

	for (; va < end; va = next) {
		unsigned int index = ipu_pt_index(va, 2);
		struct ipu_pt *pt = mmu->root->child[index];

		next = min(end, round_down(va, IPU_LARGE_PAGE_SIZE) + IPU_LARGE_PAGE_SIZE);
		if (!pt) {
			next = min(end, round_down(va, SZ_1G) + SZ_1G);
			continue;
		}
		ipu_mmu_unmap_span(mmu, pt, va, next - va, tables);
		if (!pt->used)
			ipu_pt_unlink(mmu, mmu->root, index, &tables->empty);
	}
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_unmap);

static void ipu_mmu_free_list(struct ipu_mmu *mmu, struct list_head *tables)
{
	struct ipu_pt *pt, *next;

	list_for_each_entry_safe(pt, next, tables, link) {
		ipu_pt_free(mmu->dev, pt);
		atomic_dec(&mmu->spare);
	}
	INIT_LIST_HEAD(tables);
}

/**
 * ipu_mmu_tables_init() - initialize, with no tables
 * @tables: tables
 */
void ipu_mmu_tables_init(struct ipu_mmu_tables *tables)
{
	INIT_LIST_HEAD(&tables->list[0]);
	INIT_LIST_HEAD(&tables->list[1]);
	INIT_LIST_HEAD(&tables->empty);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_tables_init);

/**
 * ipu_mmu_release() - free the tables that were reserved and not needed, and those unlinked
 * @mmu: page tables
 * @tables: has none afterwards
 *
 * The card's translations have been invalidated, or the context is not enabled. Needs
 * no lock.
 */
void ipu_mmu_release(struct ipu_mmu *mmu, struct ipu_mmu_tables *tables)
{
	ipu_mmu_free_list(mmu, &tables->list[0]);
	ipu_mmu_free_list(mmu, &tables->list[1]);
	ipu_mmu_free_list(mmu, &tables->empty);
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_release);

/**
 * ipu_mmu_walk() - the entries that lead to an address
 * @mmu: page tables
 * @va: any context virtual address
 * @entry: out: from the root's on, as the card reads them
 *
 * Return: how many there are: up to one that leads to no other table, and none for an
 * address that is beyond the address space.
 */
unsigned int ipu_mmu_walk(const struct ipu_mmu *mmu, u64 va, __le64 entry[IPU_PT_LEVELS])
{
	const struct ipu_pt *pt = va >> IPU_VA_BITS ? NULL : mmu->root;
	unsigned int level = IPU_PT_LEVELS;

	while (pt && level--) {
		unsigned int index = ipu_pt_index(va, level);

		entry[IPU_PT_LEVELS - 1 - level] = READ_ONCE(pt->entries[index]);
		if (!level)
			return IPU_PT_LEVELS;
		pt = pt->child[index];
	}

	return IPU_PT_LEVELS - level;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_walk);

/* The first entry of a table that maps memory, from @va on; @base is what the table maps. */
static bool ipu_pt_first(const struct ipu_pt *pt, unsigned int level, u64 base, u64 va,
			 struct ipu_mmu_run *run)
{
	const u64 span = (u64)IPU_PAGE_SIZE << (9 * level);
	u64 index = va > base ? div64_u64(va - base, span) : 0;

	for (; index < IPU_PT_ENTRIES; index++) {
		u64 entry = le64_to_cpu(pt->entries[index]);
		u64 start = base + index * span;

		if (!(entry & IPU_PTE_V))
			continue;
		if (level && pt->child[index]) {
			if (ipu_pt_first(pt->child[index], level - 1, start, va, run))
				return true;
			continue;
		}
		run->va = start;
		run->size = span;
		run->addr = entry & IPU_PTE_ADDR;
		run->flags = entry & (IPU_PTE_W | IPU_PTE_P);
		return true;
	}

	return false;
}

/**
 * ipu_mmu_next_run() - what the tables say
 * @mmu: page tables
 * @va: where to start to look, page aligned
 * @run: set to pages that are mapped to memory in a row, from the first one on; of more than
 *	256 MiB, a part
 *
 * Return: whether any is mapped.
 */
bool ipu_mmu_next_run(const struct ipu_mmu *mmu, u64 va, struct ipu_mmu_run *run)
{
	struct ipu_mmu_run next;

	if (!ipu_pt_first(mmu->root, IPU_PT_LEVELS - 1, 0, va, run))
		return false;
	while (run->size < IPU_RUN_MAX &&
	       ipu_pt_first(mmu->root, IPU_PT_LEVELS - 1, 0, run->va + run->size, &next) &&
	       next.va == run->va + run->size && next.addr == run->addr + run->size &&
	       next.flags == run->flags)
		run->size += next.size;

	return true;
}
EXPORT_SYMBOL_IF_KUNIT(ipu_mmu_next_run);
