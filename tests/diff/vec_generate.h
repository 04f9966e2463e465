/* SPDX-License-Identifier: MIT */
/*
 * Random programs of vector instructions. A program is a loop; each iteration has
 * other operands. All instructions come from the vector rows of the model's decode
 * table, so one that is added there is tested here.
 */
#ifndef DIFF_VEC_GENERATE_H
#define DIFF_VEC_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

#include "random.h"

/* operands by kind, each kind in its own area */
enum vec_area {
	VEC_AREA_INT8,
	VEC_AREA_INT16,
	VEC_AREA_INT32,
	VEC_AREA_F16,
	VEC_AREA_F32,
	VEC_AREA_FREG, /* of both widths, as f registers hold them */
	VEC_AREA_MASK,
	VEC_AREA_INDEX16, /* offsets in the window */
	VEC_AREA_INDEX32,
	VEC_AREA_FINITE, /* singles whose products and sums are finite */
	VEC_AREAS,
};

#define VEC_AREA_BYTES 8192
#define VEC_AREA_STARTS 4096 /* offsets of iterations are below; accesses reach further */

/* registers that programs use as the runtime defines; they write x8 and up */
#define VEC_REG_WINDOW 2
#define VEC_REG_OFFSET 3
#define VEC_REG_LOG 4
#define VEC_REG_COUNT 5
#define VEC_REG_TEMP 6
#define VEC_REG_BASE 8 /* address of a memory instruction */
#define VEC_REG_STRIDE 9
#define VEC_REG_FREE 10 /* x10..x31: operands */

/** vec_window_bytes - the memory of the programs, at the very end of SRAM */
static inline uint32_t vec_window_bytes(unsigned int vlen)
{
	return 32 * vlen / 8;
}

/**
 * struct vec_layout - what a program must know of the image
 * @vlen: bits of a vector register
 * @begin, @fresh, @dump, @dump_window: routines of the runtime
 * @areas: the areas one after the other, at a multiple of 4096
 * @window: the memory
 * @dense: call dump before each instruction as well as after it; each entry is written
 *	at once, so that the log is complete up to a crash
 * @custom: include instructions of custom opcodes
 */
struct vec_layout {
	unsigned int vlen;
	uint32_t begin;
	uint32_t fresh;
	uint32_t dump;
	uint32_t dump_window;
	uint32_t areas;
	uint32_t window;
	bool dense;
	bool custom;
};

#define VEC_PROGRAM_MAX 1000 /* words of the longest program */

/**
 * struct vec_program - a random program
 * @at: address of its first instruction, set by the caller
 * @code: instructions
 * @words: how many
 */
struct vec_program {
	uint32_t at;
	uint32_t code[VEC_PROGRAM_MAX];
	unsigned int words;
};

/** vec_generate - make program number @n of the sequence of @seed */
void vec_generate(struct vec_program *program, const struct vec_layout *layout, uint64_t seed,
		  uint64_t n);

/** vec_random_row - a vector instruction of the table, not a custom one, with any operands */
uint32_t vec_random_row(struct diff_random *random);

/**
 * vec_reads_twice - whether an instruction reads a register with two element widths
 * @key: SEW and LMUL, see ipu_vec_key()
 *
 * This is reserved, including a mask in v0, but QEMU executes most of it.
 */
bool vec_reads_twice(uint32_t bits, unsigned int key);

/** vec_row_name - the name of a vector instruction, or NULL if it is none of the table's */
const char *vec_row_name(uint32_t bits);

/**
 * vec_missing - an instruction that no program so far contained
 * @what: room for its name, and the element width and masking that did not occur
 * Return: whether there is one.
 */
bool vec_missing(char what[64], bool custom);

#endif /* DIFF_VEC_GENERATE_H */
