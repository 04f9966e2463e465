/* SPDX-License-Identifier: MIT */
/* The address space of a context of a simulated card: its page tables and what is mapped. */
#ifndef IPU_SIM_VM_H
#define IPU_SIM_VM_H

#include "ipu_sim_memory.h"

/**
 * struct ipu_sim_mapping - a piece of memory in an address space
 * @next: the one with the next higher address
 * @va: its first address
 * @memory: reference
 */
struct ipu_sim_mapping {
	struct ipu_sim_mapping *next;
	uint64_t va;
	struct ipu_sim_memory *memory;
};

/**
 * struct ipu_sim_vm - an address space; its user does the locking
 * @bus: where page tables come from
 * @root: level 2 table
 * @tables: the other tables
 * @mappings: sorted by address
 */
struct ipu_sim_vm {
	struct ipu_sim_bus *bus;
	struct ipu_sim_memory *root;
	struct ipu_sim_memory **tables;
	size_t table_count;
	size_t table_room;
	struct ipu_sim_mapping *mappings;
};

int ipu_sim_vm_init(struct ipu_sim_vm *vm, struct ipu_sim_bus *bus);
void ipu_sim_vm_fini(struct ipu_sim_vm *vm);

/** ipu_sim_vm_root - bus address of the root page table */
uint64_t ipu_sim_vm_root(const struct ipu_sim_vm *vm);

/**
 * ipu_sim_vm_map - map memory at the lowest address where it fits
 * @flags: IPU_PTE_W, IPU_PTE_P
 * Return: 0; -ENOSPC without room in the address space; -ENOMEM.
 */
int ipu_sim_vm_map(struct ipu_sim_vm *vm, struct ipu_sim_memory *memory, uint64_t flags,
		   uint64_t *va);

/**
 * ipu_sim_vm_unmap - remove the mapping that starts at @va
 * @memory: out: the reference, to be put once the card's translations are invalidated
 * Return: 0; -ENOENT.
 */
int ipu_sim_vm_unmap(struct ipu_sim_vm *vm, uint64_t va, struct ipu_sim_memory **memory);

#endif /* IPU_SIM_VM_H */
