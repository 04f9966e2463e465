// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Mappings of host memory, see ipu_host_memory.h.
 */
#include "ipu_host_memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

bool ipu_host_map(struct ipu_mapping *map, size_t size)
{
	size_t guard = whole_pages(1);
	void *base;

	size = whole_pages(size);
	base = mmap(NULL, size + guard, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0);
	if (base == MAP_FAILED)
		return false;
	if (mprotect(base, size, PROT_READ | PROT_WRITE)) {
		munmap(base, size + guard);
		return false;
	}
	/* A huge page is three tiles' SRAM, of which one byte may be needed. */
	madvise(base, size, MADV_NOHUGEPAGE);
	/* A child of the host has none of the card's threads, and no use for copies of its memory. */
	madvise(base, size, MADV_DONTFORK);
	map->base = base;
	map->size = size + guard;
	return true;
}

void ipu_host_unmap(struct ipu_mapping *map)
{
	ipu_host_unmap_after(map, 0);
}

void ipu_host_unmap_after(struct ipu_mapping *map, size_t keep)
{
	keep = whole_pages(keep);
	if (keep >= map->size)
		return;
	munmap(map->base + keep, map->size - keep);
	map->size = keep;
}

void ipu_host_discard(uint8_t *base, size_t size)
{
	/* Without this the memory would stay and keep its contents. */
	if (size && madvise(base, size, MADV_DONTNEED))
		memset(base, 0, size);
}
