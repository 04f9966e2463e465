/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * Decoded code as it is executed: pages of ops. tile/ipu_code_cache.h creates the
 * pages and shares them between tiles.
 */
#ifndef IPU_CODE_PAGE_H
#define IPU_CODE_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "isa/ipu_isa.h"
#include "isa/ipu_op.h"

#define IPU_CODE_PAGE		1024
#define IPU_CODE_PAGES		(IPU_SRAM_SIZE / IPU_CODE_PAGE)
#define IPU_PAGE_HALVES		(IPU_CODE_PAGE / 2)
#define IPU_PAGE_BYTES		(IPU_CODE_PAGE + 2)	/* zeros after the end of SRAM */
/* for each halfword an instruction, its check, a goto to its target or what sets sp, one after it */
#define IPU_PAGE_OPS		(1 + 4 * IPU_PAGE_HALVES)

_Static_assert(IPU_SRAM_SIZE % IPU_CODE_PAGE == 0 && IPU_SRAM_BASE % IPU_CODE_PAGE == 0,
	       "SRAM is whole code pages");

/**
 * struct ipu_code_page - one page of code
 * @base: its tile address
 * @checked: there is a check before every instruction, see ipu_check.h
 * @refs: tiles that hold it; under the cache's lock, as are the links
 * @counted: bytes of host memory that it has touched; under the cache's lock
 * @hash: of @base, @checked and @bytes
 * @chain: next of the same bucket
 * @link: what points to it: the bucket, or @chain of the one before it
 * @spare_prev, @spare_next: links of the list of pages no tile holds, oldest first
 * @used: entries of @ops in use; under the cache's lock, as is @draft
 * @draft: like @map, including what is being decoded
 * @map: for each halfword the index in @ops of the instruction that starts there; 0 if
 *	it is not decoded, or can only be reached from the instruction before it; read
 *	without the lock
 * @at: for each op that is an instruction, its halfword
 * @bytes: the code, and the halfword after it
 * @ops: once @map leads to an op only its handler changes, to one that does the same;
 *	on pages of the host's own, of which only those in use are touched
 */
struct ipu_code_page {
	uint32_t base;
	bool checked;
	unsigned int refs;
	size_t counted;
	uint64_t hash;
	struct ipu_code_page *chain;
	struct ipu_code_page **link;
	struct ipu_code_page *spare_prev;
	struct ipu_code_page *spare_next;
	unsigned int used;
	uint16_t draft[IPU_PAGE_HALVES];
	_Atomic uint16_t map[IPU_PAGE_HALVES];
	uint8_t bytes[IPU_PAGE_BYTES];
	uint16_t at[IPU_PAGE_OPS];
	struct ipu_op ops[IPU_PAGE_OPS] __attribute__((aligned(4096)));
};

/** ipu_code_page_bits - the bits of the instruction at @half */
static inline uint32_t ipu_code_page_bits(const struct ipu_code_page *page, unsigned int half)
{
	uint32_t bits = page->bytes[2 * half] | page->bytes[2 * half + 1] << 8;

	if ((bits & 3) != 3)
		return bits;
	return bits | page->bytes[2 * half + 2] << 16 | (uint32_t)page->bytes[2 * half + 3] << 24;
}

#endif /* IPU_CODE_PAGE_H */
