/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Host memory that programs can make the card use: mapped for this purpose alone, so
 * that the host has it back at once when it is released, and counted against a limit.
 */
#ifndef IPU_HOST_MEMORY_H
#define IPU_HOST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The unit in which memory is counted. A host with larger pages may use somewhat more. */
#define IPU_HOST_PAGE	4096

/**
 * struct ipu_mapping - address space of the host
 * @base: its start
 * @size: bytes, with the page behind it that cannot be accessed; 0 if there is no mapping
 */
struct ipu_mapping {
	uint8_t *base;
	size_t size;
};

/**
 * struct ipu_budget - how much host memory something may use
 * @limit: bytes
 * @used: bytes, at most @limit
 *
 * Its user locks it.
 */
struct ipu_budget {
	size_t limit;
	size_t used;
};

/** ipu_budget_take - count @bytes as used. Return: false, and nothing is counted, if that is too much */
static inline bool ipu_budget_take(struct ipu_budget *budget, size_t bytes)
{
	if (bytes > budget->limit - budget->used)
		return false;
	budget->used += bytes;
	return true;
}

static inline void ipu_budget_give(struct ipu_budget *budget, size_t bytes)
{
	budget->used -= bytes;
}

/** ipu_host_round - @bytes in whole pages of the host */
static inline size_t ipu_host_round(size_t bytes)
{
	return (bytes + IPU_HOST_PAGE - 1) / IPU_HOST_PAGE * IPU_HOST_PAGE;
}

/**
 * ipu_host_map - map zeros
 * @size: bytes; rounded up to whole pages
 *
 * The host allocates memory for a page when the page is first touched. A page that
 * cannot be accessed follows.
 *
 * Return: false, with errno set, if there is no address space.
 */
bool ipu_host_map(struct ipu_mapping *map, size_t size);

/**
 * ipu_host_reserve - address space of which nothing can be accessed yet
 * @size: bytes, of which parts become memory with ipu_host_open()
 *
 * Return: false, with errno set, if there is none.
 */
bool ipu_host_reserve(struct ipu_mapping *map, size_t size);

/**
 * ipu_host_open - make zeros of a part of reserved address space
 * @base: aligned to a page of the host, see ipu_host_whole()
 * @size: bytes; rounded up to whole pages
 *
 * Return: false if there is no memory for that.
 */
bool ipu_host_open(uint8_t *base, size_t size);

/** ipu_host_close - as it was before ipu_host_open() of the same; its memory is released */
void ipu_host_close(uint8_t *base, size_t size);

/**
 * ipu_host_huge - use huge pages for this part of a mapping, and for what shares them
 *
 * It keeps its contents. More memory is used: all of the pages. Nothing is done on a
 * host that has none, or none to spare.
 */
void ipu_host_huge(const struct ipu_mapping *map, uint8_t *base, size_t size);

/** ipu_host_whole - @bytes in whole pages of this host, however large they are */
size_t ipu_host_whole(size_t bytes);

/**
 * ipu_host_pretend - for tests: take the host's pages to be of @page bytes, a multiple of what they
 *	are; 0: as they are. Nothing is mapped or unmapped meanwhile.
 */
void ipu_host_pretend(size_t page);

/** ipu_host_unmap - unmap, and release the memory; nothing is done if there is no mapping */
void ipu_host_unmap(struct ipu_mapping *map);

/** ipu_host_unmap_after - keep about the first @keep bytes, and never less, of a mapping */
void ipu_host_unmap_after(struct ipu_mapping *map, size_t keep);

/**
 * ipu_host_discard - make zeros of memory, and release as much of it as is whole pages of the host
 * @base, @size: any; memory around is not touched
 */
void ipu_host_discard(uint8_t *base, size_t size);

#endif /* IPU_HOST_MEMORY_H */
