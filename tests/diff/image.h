/* SPDX-License-Identifier: MIT */
/*
 * Many programs in one ELF file: the runtime (runtime.S), a block for each
 * program, and the programs one after the other.
 */
#ifndef DIFF_IMAGE_H
#define DIFF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generate.h"
#include "isa/ipu_isa.h"

/**
 * struct diff_head - shared by the runtime and the test, after the runtime's first instruction
 * @load_state, @save_state, @finish: routines
 * @memory, @memory_init: the programs' memory, and its contents when one starts
 * @runtime_end: where the blocks can begin
 * @blocks, @blocks_bytes: the blocks; set by the test, as is @programs, the first program
 */
struct diff_head {
	uint32_t load_state;
	uint32_t save_state;
	uint32_t finish;
	uint32_t memory;
	uint32_t memory_init;
	uint32_t runtime_end;
	uint32_t blocks;
	uint32_t blocks_bytes;
	uint32_t programs;
};

#define DIFF_IMAGE_PROGRAMS 1000 /* most programs of one image */

/**
 * struct diff_image - an image under construction
 * @sram: tile address IPU_SRAM_BASE and up
 * @head: a copy of what is in @sram
 * @programs: how many there are
 * @start: their addresses, and the end of the last
 * @size: bytes of @sram in use
 */
struct diff_image {
	uint8_t sram[IPU_SRAM_SIZE];
	struct diff_head head;
	unsigned int programs;
	uint32_t start[DIFF_IMAGE_PROGRAMS + 1];
	uint32_t size;
};

/**
 * diff_image_build - make an image of as many programs as fit, at most @most,
 *	which is DIFF_IMAGE_PROGRAMS or less
 * @runtime: the runtime's bytes
 * @first: number of the first program in the sequence of @seed
 */
void diff_image_build(struct diff_image *image, const uint8_t *runtime, size_t runtime_bytes,
		      uint64_t seed, uint64_t first, unsigned int most);

/** diff_image_program - number within the image of the program whose code @pc is in, or -1 */
int diff_image_program(const struct diff_image *image, uint32_t pc);

#endif /* DIFF_IMAGE_H */
