// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Mappings of host memory, see ipu_host_memory.h.
 */
#include "ipu_host_memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* 0: as the host says; else what a test has set. */
static size_t pretended;

void ipu_host_pretend(size_t page)
{
	pretended = page;
}

static size_t page_size(void)
{
	return pretended ? pretended : (size_t)sysconf(_SC_PAGESIZE);
}

size_t ipu_host_whole(size_t size)
{
	const size_t page = page_size();

	return (size + page - 1) / page * page;
}

bool ipu_host_reserve(struct ipu_mapping *map, size_t size)
{
	void *base = mmap(NULL, ipu_host_whole(size), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return false;
	map->base = base;
	map->size = ipu_host_whole(size);
	/* A process that locks its memory would have all of it at once, and could give none back. */
	munlock(base, map->size);
	/* A huge page is three tiles' SRAM, of which one byte may be needed. */
	madvise(base, map->size, MADV_NOHUGEPAGE);
	/* A child of the host has none of the card's threads, and no use for copies of its memory. */
	madvise(base, map->size, MADV_DONTFORK);
	return true;
}

bool ipu_host_open(uint8_t *base, size_t size)
{
	return !mprotect(base, ipu_host_whole(size), PROT_READ | PROT_WRITE);
}

void ipu_host_close(uint8_t *base, size_t size)
{
	ipu_host_discard(base, ipu_host_whole(size));
	mprotect(base, ipu_host_whole(size), PROT_NONE);
}

bool ipu_host_map(struct ipu_mapping *map, size_t size)
{
	size = ipu_host_whole(size);
	if (!ipu_host_reserve(map, size + ipu_host_whole(1)))
		return false;
	if (ipu_host_open(map->base, size))
		return true;
	ipu_host_unmap(map);
	return false;
}

void ipu_host_unmap(struct ipu_mapping *map)
{
	ipu_host_unmap_after(map, 0);
}

void ipu_host_unmap_after(struct ipu_mapping *map, size_t keep)
{
	keep = ipu_host_whole(keep);
	if (keep >= map->size)
		return;
	munmap(map->base + keep, map->size - keep);
	map->size = keep;
}

/* Linux has it from 6.1 on, headers of glibc from 2.37 on; other kernels refuse it. */
#if defined(__linux__) && !defined(MADV_COLLAPSE)
#define MADV_COLLAPSE	25
#endif

#define HUGE	((uintptr_t)2 << 20)

void ipu_host_huge(const struct ipu_mapping *map, uint8_t *base, size_t size)
{
#if defined(MADV_COLLAPSE)
	uintptr_t first = (uintptr_t)base / HUGE * HUGE;
	uintptr_t end = ((uintptr_t)base + size + HUGE - 1) / HUGE * HUGE;

	/* pages that are partly outside of the mapping are not its own */
	while (first < (uintptr_t)map->base)
		first += HUGE;
	while (end > (uintptr_t)map->base + map->size - ipu_host_whole(1))
		end -= HUGE;
	if (first < end && !madvise((void *)first, end - first, MADV_HUGEPAGE))
		madvise((void *)first, end - first, MADV_COLLAPSE);
#else
	(void)map;
	(void)base;
	(void)size;
#endif
}

/* The host takes whole pages back, and rounds up: what shares a page with others is cleared here. */
void ipu_host_discard(uint8_t *base, size_t size)
{
	const size_t page = page_size();
	size_t before = -(uintptr_t)base % page;
	size_t pages;

	if (before > size)
		before = size;
	pages = (size - before) / page * page;
	memset(base, 0, before);
	/* Without this the memory would stay and keep its contents. */
	if (pages && madvise(base + before, pages, MADV_DONTNEED))
		memset(base + before, 0, pages);
	memset(base + before + pages, 0, size - before - pages);
}
