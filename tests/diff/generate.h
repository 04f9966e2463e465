/* SPDX-License-Identifier: MIT */
/*
 * Random programs. A program as a whole runs straight through: jumps lead forward,
 * loops end, and memory accesses stay in the 256 bytes the runtime provides. All
 * instructions come from the rows of the model's decode table, so one that is
 * added there is tested here.
 */
#ifndef DIFF_GENERATE_H
#define DIFF_GENERATE_H

#include <stdint.h>

#define DIFF_MEMORY 256

/* registers that programs do not write, or restore at once */
#define DIFF_REG_LOW 2 /* x2: address of the memory's first byte */
#define DIFF_REG_MIDDLE 8 /* x8: address of its middle */
#define DIFF_REG_COUNT 30 /* x30: counts loops */
#define DIFF_REG_BLOCK 31 /* x31: the block */

#define DIFF_PROGRAM_MAX 1024 /* halfwords of the longest program */

/**
 * struct diff_state - a program's block: its initial and its final state
 * @sum: checksum of the memory, at the end
 */
struct diff_state {
	uint32_t x[32];
	uint32_t f[32];
	uint32_t fcsr;
	uint32_t sum;
};

/**
 * struct diff_program - a random program
 * @state: its initial state, except the reserved registers, which depend on the image
 * @code: instructions
 * @halves: halfwords of @code
 */
struct diff_program {
	struct diff_state state;
	uint16_t code[DIFF_PROGRAM_MAX];
	unsigned int halves;
};

/**
 * diff_generate - make program number @n of the sequence of @seed
 * @memory: tile address of its memory
 */
void diff_generate(struct diff_program *program, uint64_t seed, uint64_t n, uint32_t memory);

/** diff_missing - an instruction that no program so far contained, or NULL */
const char *diff_missing(void);

#endif /* DIFF_GENERATE_H */
