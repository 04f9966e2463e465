/* SPDX-License-Identifier: MIT */
/*
 * Marks in a profile: a program says where it is, and ipu-run --profile shows it in the
 * trace, with the time, the tile and the unit. Included by <ipu/tile.h>.
 *
 * A mark takes one slot, as other instructions do, whether or not the run is profiled; that
 * is all it does in one that is not. A name takes room in SRAM, too.
 */
#ifndef IPU_TILE_TRACE_H
#define IPU_TILE_TRACE_H

#include <ipu/tile.h>

/**
 * ipu_trace - mark this moment with a number
 * @id: below IPU_SRAM_BASE, which is 311296
 */
IPU_INLINE_ void ipu_trace(uint32_t id)
{
	__asm__ volatile("csrw %0, %1" : : "i"(IPU_CSR_MARK), "r"(id));
}

/**
 * ipu_trace_name - mark this moment with a name
 * @name: a string literal, or another text that the program file has for this address
 */
IPU_INLINE_ void ipu_trace_name(const char *name)
{
	ipu_trace((uint32_t)name);
}

#endif /* IPU_TILE_TRACE_H */
