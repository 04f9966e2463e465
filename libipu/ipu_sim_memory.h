/* SPDX-License-Identifier: MIT */
/*
 * Host memory that a simulated card may reach. A bus address is a pointer of
 * this process, and an access that is not inside one piece of registered memory
 * is refused, as an IOMMU would.
 */
#ifndef IPU_SIM_MEMORY_H
#define IPU_SIM_MEMORY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ipu_sim_bus - all the memory of one card
 * @lock: read for an access, written to change what is registered or to change
 *	page tables, so that neither happens in the middle of an access
 * @pieces: sorted by address
 */
struct ipu_sim_bus {
	pthread_rwlock_t lock;
	struct ipu_sim_memory **pieces;
	size_t count;
	size_t room;
};

/**
 * struct ipu_sim_memory - a piece of it
 * @bus: where it is registered
 * @data: page aligned
 * @size: whole pages
 * @foreign: somebody else's, who releases it; else it was zeroed at first
 * @refs: a buffer and its mappings, or a page table
 */
struct ipu_sim_memory {
	struct ipu_sim_bus *bus;
	void *data;
	size_t size;
	bool foreign;
	atomic_uint refs;
};

void ipu_sim_bus_init(struct ipu_sim_bus *bus);
void ipu_sim_bus_fini(struct ipu_sim_bus *bus);

/** ipu_sim_memory_new - @size is whole pages; NULL without memory */
struct ipu_sim_memory *ipu_sim_memory_new(struct ipu_sim_bus *bus, size_t size);

/**
 * ipu_sim_memory_wrap - register pages of this process that exist already
 * @data: page aligned; stays until the last reference has been put
 * Return: NULL without memory, and when some of it is registered already.
 */
struct ipu_sim_memory *ipu_sim_memory_wrap(struct ipu_sim_bus *bus, void *data, size_t size);
struct ipu_sim_memory *ipu_sim_memory_get(struct ipu_sim_memory *memory);

/** ipu_sim_memory_put - the last one waits for accesses in flight; NULL is allowed */
void ipu_sim_memory_put(struct ipu_sim_memory *memory);

/** ipu_sim_bus_read - the card's read; -EFAULT when it is refused */
int ipu_sim_bus_read(struct ipu_sim_bus *bus, uint64_t addr, void *buf, size_t len);
int ipu_sim_bus_write(struct ipu_sim_bus *bus, uint64_t addr, const void *buf, size_t len);

#endif /* IPU_SIM_MEMORY_H */
