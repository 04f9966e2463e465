/* SPDX-License-Identifier: MIT */
/* Programs made in memory: an ELF file with segments, tensor notes and a symbol. */
#ifndef LIB_ELF_MAKE_H
#define LIB_ELF_MAKE_H

#include <stdbool.h>

#include "lib_test.h"

#define MAKE_MAX 8

/**
 * struct make_segment - a segment
 * @addr: tile address
 * @data: @file_bytes of contents
 * @file_bytes: in the file
 * @bytes: in memory; 0 takes @file_bytes
 * @flags: PF_*; 0 takes PF_R | PF_W | PF_X
 */
struct make_segment {
	uint32_t addr;
	const void *data;
	uint32_t file_bytes;
	uint32_t bytes;
	uint32_t flags;
};

/**
 * struct make_elf - what is to be in the file
 * @segments: those with neither bytes nor an address are left out
 * @tensors: those without a name are left out
 * @tensor_count: notes, so that one without a name can be made
 * @entry: 0 takes the first segment's address
 * @attributes: contents of the section of RISC-V attributes, @attribute_bytes of them
 * @symbol: name for the first segment's code, NULL for no symbol table
 */
struct make_elf {
	struct make_segment segments[MAKE_MAX];
	struct ipu_note_tensor tensors[MAKE_MAX];
	size_t tensor_count;
	uint32_t entry;
	const void *attributes;
	uint32_t attribute_bytes;
	const char *symbol;
};

#define MAKE_ELF_BYTES (512 * 1024)

/** make_elf - write the file into @to, MAKE_ELF_BYTES long; returns its length */
size_t make_elf(const struct make_elf *make, unsigned char *to);

/** make_program - make a file and open it */
struct ipu_program *make_program(const struct make_elf *make);

/** make_code - a program of one segment of instructions at the start of SRAM */
struct ipu_program *make_code(const uint32_t *code, size_t words);

/* A tensor of @rows rows a tile, each @columns elements. */
struct ipu_note_tensor make_tensor(const char *name, uint32_t dtype, uint32_t direction,
				   uint32_t layout, uint32_t rows, uint32_t columns, uint32_t data,
				   uint32_t rows_addr);

#endif /* LIB_ELF_MAKE_H */
