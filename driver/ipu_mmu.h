/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_MMU_H_
#define _IPU_MMU_H_

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>

#include "ipu_hw.h"

struct device;
struct ipu_pt;

/**
 * struct ipu_mmu - the page tables of one context
 *
 * &ipu_vm.lock is held for each call that says nothing else.
 */
struct ipu_mmu {
	/** @dev: device that reads the tables */
	struct device *dev;
	/** @large: it knows large pages */
	bool large;
	/** @root: level 2 table */
	struct ipu_pt *root;
	/** @tables: tables there are, with @root; see ipu_mmu_may_have() */
	atomic_t tables;
	/** @spare: tables that are reserved, or to be freed; at most ipu_mmu_max_tables() */
	atomic_t spare;
};

/**
 * struct ipu_mmu_count - how many tables mapping a range can need
 */
struct ipu_mmu_count {
	/** @tables: of level 0 and of level 1, so far, if none is there */
	unsigned int tables[2];
	/** @missing: likewise, those that are not there now */
	unsigned int missing[2];
	/** @span: 1 and the number of the last 2 MiB that need one */
	u64 span;
	/** @root: 1 and the last entry of level 2 */
	unsigned int root;
};

/**
 * struct ipu_mmu_tables - tables that a change of the page tables needs, and leaves over
 */
struct ipu_mmu_tables {
	/** @list: reserved ones of level 0 and of level 1 */
	struct list_head list[2];
	/** @empty: those that were unlinked, to be freed when the card has forgotten them */
	struct list_head empty;
};

/**
 * struct ipu_mmu_run - pages that are mapped in a row
 */
struct ipu_mmu_run {
	/** @va: context virtual address of the first */
	u64 va;
	/** @size: bytes */
	u64 size;
	/** @addr: bus address of the first */
	u64 addr;
	/** @flags: IPU_PTE_W, IPU_PTE_P */
	u64 flags;
};

unsigned int ipu_mmu_max_tables(void);
int ipu_mmu_init(struct ipu_mmu *mmu, struct device *dev, bool large);
void ipu_mmu_fini(struct ipu_mmu *mmu);
u64 ipu_mmu_root(const struct ipu_mmu *mmu);
void ipu_mmu_count(const struct ipu_mmu *mmu, struct ipu_mmu_count *count, u64 va,
		   dma_addr_t addr, u64 size);
void ipu_mmu_tables_init(struct ipu_mmu_tables *tables);
bool ipu_mmu_may_have(const struct ipu_mmu *mmu, unsigned int tables);
int ipu_mmu_reserve(struct ipu_mmu *mmu, const unsigned int tables[2],
		    struct ipu_mmu_tables *reserved);
bool ipu_mmu_has_reserved(const struct ipu_mmu_tables *reserved, const unsigned int tables[2]);
void ipu_mmu_map(struct ipu_mmu *mmu, u64 va, dma_addr_t addr, u64 size, u64 flags,
		 struct ipu_mmu_tables *reserved);
void ipu_mmu_unmap(struct ipu_mmu *mmu, u64 va, u64 size, struct ipu_mmu_tables *tables);
void ipu_mmu_release(struct ipu_mmu *mmu, struct ipu_mmu_tables *tables);
unsigned int ipu_mmu_walk(const struct ipu_mmu *mmu, u64 va, __le64 entry[IPU_PT_LEVELS]);
bool ipu_mmu_next_run(const struct ipu_mmu *mmu, u64 va, struct ipu_mmu_run *run);

#endif /* _IPU_MMU_H_ */
