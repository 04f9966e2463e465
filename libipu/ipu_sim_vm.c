// SPDX-License-Identifier: MIT
/* The address space of a context of a simulated card. */
#include <errno.h>
#include <stdlib.h>

#include "ipu_hw.h"
#include "ipu_sim_vm.h"

#define VA_FIRST 0x100000ull /* so that a small number is never a valid address */
#define VA_SIZE (1ull << IPU_VA_BITS)
#define TABLE_BITS 9
#define TABLE_BYTES ((uint64_t)IPU_PT_ENTRIES << IPU_PAGE_SHIFT) /* that level 0 translates */

int ipu_sim_vm_init(struct ipu_sim_vm *vm, struct ipu_sim_bus *bus)
{
	*vm = (struct ipu_sim_vm){ .bus = bus };
	vm->root = ipu_sim_memory_new(bus, IPU_PAGE_SIZE);
	return vm->root ? 0 : -ENOMEM;
}

void ipu_sim_vm_fini(struct ipu_sim_vm *vm)
{
	while (vm->mappings) {
		struct ipu_sim_mapping *mapping = vm->mappings;

		vm->mappings = mapping->next;
		ipu_sim_memory_put(mapping->memory);
		free(mapping);
	}
	for (size_t i = 0; i < vm->table_count; i++)
		ipu_sim_memory_put(vm->tables[i]);
	free(vm->tables);
	ipu_sim_memory_put(vm->root);
}

uint64_t ipu_sim_vm_root(const struct ipu_sim_vm *vm)
{
	return (uintptr_t)vm->root->data;
}

static uint64_t *new_table(struct ipu_sim_vm *vm)
{
	struct ipu_sim_memory *table;

	if (vm->table_count == vm->table_room) {
		size_t room = vm->table_room ? vm->table_room * 2 : 8;
		struct ipu_sim_memory **tables = realloc(vm->tables, room * sizeof(*tables));

		if (!tables)
			return NULL;
		vm->tables = tables;
		vm->table_room = room;
	}
	table = ipu_sim_memory_new(vm->bus, IPU_PAGE_SIZE);
	if (!table)
		return NULL;
	vm->tables[vm->table_count++] = table;
	return table->data;
}

/* The level 0 entry of @va; missing tables are allocated. NULL without memory. */
static uint64_t *find_entry(struct ipu_sim_vm *vm, uint64_t va)
{
	uint64_t *table = vm->root->data;

	for (unsigned int level = IPU_PT_LEVELS - 1; level; level--) {
		unsigned int shift = IPU_PAGE_SHIFT + level * TABLE_BITS;
		uint64_t *entry = &table[(va >> shift) % IPU_PT_ENTRIES];

		if (!(*entry & IPU_PTE_V)) {
			table = new_table(vm);
			if (!table)
				return NULL;
			pthread_rwlock_wrlock(&vm->bus->lock);
			*entry = (uintptr_t)table | IPU_PTE_V;
			pthread_rwlock_unlock(&vm->bus->lock);
		} else {
			table = (uint64_t *)(uintptr_t)(*entry & IPU_PTE_ADDR);
		}
	}
	return &table[(va >> IPU_PAGE_SHIFT) % IPU_PT_ENTRIES];
}

/* The bytes from @va on that one level 0 table translates, @size at most. */
static size_t in_table(uint64_t va, size_t size)
{
	size_t rest = TABLE_BYTES - va % TABLE_BYTES;

	return rest < size ? rest : size;
}

/* Write the entries of a range whose tables exist; @flags 0 clears them. */
static void set_entries(struct ipu_sim_vm *vm, uint64_t va, const struct ipu_sim_memory *memory,
			uint64_t flags)
{
	for (size_t offset = 0; offset < memory->size;) {
		size_t end = offset + in_table(va + offset, memory->size - offset);
		uint64_t *entry = find_entry(vm, va + offset);

		pthread_rwlock_wrlock(&vm->bus->lock);
		for (; offset < end; offset += IPU_PAGE_SIZE)
			*entry++ = flags ? ((uintptr_t)memory->data + offset) | flags : 0;
		pthread_rwlock_unlock(&vm->bus->lock);
	}
}

/* The place for a mapping of @size bytes, with a free page after every mapping. */
static struct ipu_sim_mapping **find_gap(struct ipu_sim_vm *vm, size_t size, uint64_t *va)
{
	struct ipu_sim_mapping **place = &vm->mappings;
	uint64_t from = VA_FIRST;

	while (*place && (*place)->va - from < size + IPU_PAGE_SIZE) {
		from = (*place)->va + (*place)->memory->size + IPU_PAGE_SIZE;
		place = &(*place)->next;
	}
	if (from > VA_SIZE || size > VA_SIZE - from)
		return NULL;
	*va = from;
	return place;
}

int ipu_sim_vm_map(struct ipu_sim_vm *vm, struct ipu_sim_memory *memory, uint64_t flags,
		   uint64_t *va)
{
	struct ipu_sim_mapping **place = find_gap(vm, memory->size, va);
	struct ipu_sim_mapping *mapping;

	if (!place)
		return -ENOSPC;
	for (size_t offset = 0; offset < memory->size;
	     offset += in_table(*va + offset, memory->size - offset))
		if (!find_entry(vm, *va + offset))
			return -ENOMEM;
	mapping = malloc(sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;

	set_entries(vm, *va, memory, flags | IPU_PTE_V);
	mapping->va = *va;
	mapping->memory = ipu_sim_memory_get(memory);
	mapping->next = *place;
	*place = mapping;
	return 0;
}

int ipu_sim_vm_unmap(struct ipu_sim_vm *vm, uint64_t va, struct ipu_sim_memory **memory)
{
	struct ipu_sim_mapping **place = &vm->mappings;
	struct ipu_sim_mapping *mapping;

	while (*place && (*place)->va != va)
		place = &(*place)->next;
	mapping = *place;
	if (!mapping)
		return -ENOENT;

	set_entries(vm, va, mapping->memory, 0);
	*memory = mapping->memory;
	*place = mapping->next;
	free(mapping);
	return 0;
}
