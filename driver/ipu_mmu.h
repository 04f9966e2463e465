/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _IPU_MMU_H_
#define _IPU_MMU_H_

#include <linux/types.h>

struct device;
struct ipu_pt;
struct list_head;

/**
 * struct ipu_mmu - the page tables of one context
 *
 * Not locked: &ipu_vm.lock is held for each call.
 */
struct ipu_mmu {
	/** @dev: device that reads the tables */
	struct device *dev;
	/** @root: level 2 table */
	struct ipu_pt *root;
	/** @tables: tables there are, @root included; at most ipu_mmu_max_tables() */
	unsigned int tables;
};

unsigned int ipu_mmu_max_tables(void);
int ipu_mmu_init(struct ipu_mmu *mmu, struct device *dev);
void ipu_mmu_fini(struct ipu_mmu *mmu);
u64 ipu_mmu_root(const struct ipu_mmu *mmu);
int ipu_mmu_map(struct ipu_mmu *mmu, u64 va, dma_addr_t addr, u64 size, u64 flags);
void ipu_mmu_unmap(struct ipu_mmu *mmu, u64 va, u64 size, struct list_head *empty);
void ipu_mmu_free_tables(struct ipu_mmu *mmu, struct list_head *empty);

#endif /* _IPU_MMU_H_ */
