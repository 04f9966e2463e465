/* SPDX-License-Identifier: MIT */
/*
 * Many random vector programs in one image of SRAM: the runtime (vec_runtime.S)
 * with the areas of operands, the programs, the log, and at the end the window,
 * the programs' memory. Entries of the log hold the state after each vector
 * instruction.
 */
#ifndef DIFF_VEC_IMAGE_H
#define DIFF_VEC_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "isa/ipu_isa.h"
#include "vec_generate.h"

/**
 * struct vec_head - shared by the runtime and the test, after the runtime's first instruction
 * @begin, @fresh, @dump, @dump_window, @finish: routines
 * @areas, @runtime_end: where the areas begin, and where the runtime ends
 * @window, @log, @log_limit, @programs: set by the test: the window; the log, which is
 *	full once it is past @log_limit; the first program
 */
struct vec_head {
	uint32_t begin;
	uint32_t fresh;
	uint32_t dump;
	uint32_t dump_window;
	uint32_t finish;
	uint32_t areas;
	uint32_t runtime_end;
	uint32_t window;
	uint32_t log;
	uint32_t log_limit;
	uint32_t programs;
};

#define VEC_LOG_BYTES 0x20000
#define VEC_LOG (IPU_SRAM_END - 0x1000 - VEC_LOG_BYTES)
#define VEC_ENTRY_MAX 0x2400 /* bytes, more than the longest entry has */
#define VEC_LOG_LIMIT (VEC_LOG + VEC_LOG_BYTES - VEC_ENTRY_MAX)

#define VEC_IMAGE_PROGRAMS 1000 /* most programs of one image */

/**
 * struct vec_image - an image under construction
 * @sram: tile address IPU_SRAM_BASE and up
 * @layout: what programs need to know of it
 * @programs: how many there are
 * @start: their addresses, and the end of the last
 */
struct vec_image {
	uint8_t sram[IPU_SRAM_SIZE];
	struct vec_layout layout;
	unsigned int programs;
	uint32_t start[VEC_IMAGE_PROGRAMS + 1];
};

/**
 * vec_image_build - make an image of as many programs as fit, at most @most,
 *	which is VEC_IMAGE_PROGRAMS or less
 * @image: vlen, dense and custom of @image->layout are set
 * @runtime: the runtime's bytes
 * @seed: of the areas and of the sequence of programs
 * @first: number of the first program in it
 */
void vec_image_build(struct vec_image *image, const uint8_t *runtime, size_t runtime_bytes,
		     uint64_t seed, uint64_t first, unsigned int most);

/** vec_image_program - number within the image of the program whose code @pc is in, or -1 */
int vec_image_program(const struct vec_image *image, uint32_t pc);

/** vec_image_word - the word at a tile address */
uint32_t vec_image_word(const struct vec_image *image, uint32_t addr);

/* ---- Entries of the log -------------------------------------------------------------------- */

enum {
	VEC_ENTRY_RETURN, /* 8 bytes after the instruction */
	VEC_ENTRY_FCSR,
	VEC_ENTRY_VCSR,
	VEC_ENTRY_VSTART,
	VEC_ENTRY_VL,
	VEC_ENTRY_VTYPE,
	VEC_ENTRY_WINDOW, /* whether the window is also in the entry */
	VEC_ENTRY_COUNT,
	VEC_ENTRY_X, /* x8 and up */
	VEC_ENTRY_F = 32,
	VEC_ENTRY_V = 64,
};

/** vec_entry_bytes - the length of an entry that begins with these words */
static inline uint32_t vec_entry_bytes(const uint32_t *entry, unsigned int vlen)
{
	return 4 * VEC_ENTRY_V + 32 * vlen / 8 +
	       (entry[VEC_ENTRY_WINDOW] ? vec_window_bytes(vlen) : 0);
}

#endif /* DIFF_VEC_IMAGE_H */
